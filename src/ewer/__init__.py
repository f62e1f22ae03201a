"""Ewer: Flask's API, FastAPI's powers, faster than both.

The names of `flask`, each living in the module that Flask promises, and `Ewer`, the main class. A name's module is
imported when the name is first used.
"""

from __future__ import annotations

import builtins
import typing as t

if t.TYPE_CHECKING:
    from . import json as json
    from ._ewer import Ewer as Ewer
    from ._openapi import OpenAPI as OpenAPI
    from .app import Flask as Flask
    from .blueprints import Blueprint as Blueprint
    from .config import Config as Config
    from .ctx import after_this_request as after_this_request
    from .ctx import copy_current_request_context as copy_current_request_context
    from .ctx import has_app_context as has_app_context
    from .ctx import has_request_context as has_request_context
    from .globals import current_app as current_app
    from .globals import g as g
    from .globals import request as request
    from .globals import session as session
    from .helpers import abort as abort
    from .helpers import flash as flash
    from .helpers import get_flashed_messages as get_flashed_messages
    from .helpers import get_template_attribute as get_template_attribute
    from .helpers import make_response as make_response
    from .helpers import redirect as redirect
    from .helpers import send_file as send_file
    from .helpers import send_from_directory as send_from_directory
    from .helpers import stream_with_context as stream_with_context
    from .helpers import url_for as url_for
    from .json import jsonify as jsonify
    from .signals import appcontext_popped as appcontext_popped
    from .signals import appcontext_pushed as appcontext_pushed
    from .signals import appcontext_tearing_down as appcontext_tearing_down
    from .signals import before_render_template as before_render_template
    from .signals import got_request_exception as got_request_exception
    from .signals import message_flashed as message_flashed
    from .signals import request_finished as request_finished
    from .signals import request_started as request_started
    from .signals import request_tearing_down as request_tearing_down
    from .signals import template_rendered as template_rendered
    from .templating import render_template as render_template
    from .templating import render_template_string as render_template_string
    from .templating import stream_template as stream_template
    from .templating import stream_template_string as stream_template_string
    from .typed import Body as Body
    from .typed import Cookie as Cookie
    from .typed import Depends as Depends
    from .typed import File as File
    from .typed import Form as Form
    from .typed import Header as Header
    from .typed import Partial as Partial
    from .typed import Path as Path
    from .typed import Query as Query
    from .typed import Security as Security
    from .typed import SetupError as SetupError
    from .typed import UploadFile as UploadFile
    from .wrappers import Request as Request
    from .wrappers import Response as Response

_FLASK_VERSION = "3.1.3"
"""The version of Flask whose behaviour this is."""

_NAMES = {
    "_ewer": ("Ewer",),
    "_openapi": ("OpenAPI",),
    "app": ("Flask",),
    "blueprints": ("Blueprint",),
    "config": ("Config",),
    "ctx": ("after_this_request", "copy_current_request_context", "has_app_context", "has_request_context"),
    "globals": ("current_app", "g", "request", "session"),
    "helpers": (
        "abort", "flash", "get_flashed_messages", "get_template_attribute", "make_response", "redirect", "send_file",
        "send_from_directory", "stream_with_context", "url_for",
    ),
    "json": ("jsonify",),
    "signals": (
        "appcontext_popped", "appcontext_pushed", "appcontext_tearing_down", "before_render_template", "got_request_exception",
        "message_flashed", "request_finished", "request_started", "request_tearing_down", "template_rendered",
    ),
    "templating": ("render_template", "render_template_string", "stream_template", "stream_template_string"),
    "wrappers": ("Request", "Response"),
}  # fmt: skip
_TYPED_NAMES = (
    "Body", "Cookie", "Depends", "File", "Form", "Header", "Partial", "Path", "Query", "Security", "SetupError", "UploadFile",
)  # fmt: skip
"""What views are annotated with. NOTE: not part of `from flask import *`, which would put its own `Path` over another."""
_namespace = builtins.globals()  # NOTE: a module of that name stands here by the time the package is reloaded
_HOMES = {name: module for module, names in (*_NAMES.items(), ("typed", _TYPED_NAMES)) for name in names}
for _name in _HOMES:  # NOTE: a reload undoes what was put in place of these names, as Flask's import of them does
    _namespace.pop(_name, None)
# Flask imports these along with itself, so applications use them as attributes.
_SUBMODULES = frozenset({
    "app", "blueprints", "cli", "config", "ctx", "debughelpers", "globals", "helpers", "json", "logging", "sansio", "sessions", "signals",
    "templating", "typing", "wrappers",
})  # fmt: skip

__all__ = sorted({*_HOMES, *_SUBMODULES} - {*_TYPED_NAMES})  # for `from flask import *`, which asks for every name


def __getattr__(name: str) -> t.Any:
    """Import a public name when it is first used.

    Raises:
        AttributeError: there is no such name.
    """
    if name == "__version__":
        return _deprecated_version()
    from importlib import import_module

    if name in _SUBMODULES:
        return import_module(f"{__name__}.{name}")
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    # NOTE: a real attribute from now on, so that whoever replaces it (a tracing agent, a test) replaces it for good.
    return _namespace.setdefault(name, getattr(import_module(f"{__name__}.{_HOMES[name]}"), name))


def _deprecated_version() -> str:
    import warnings

    warnings.warn(
        "The '__version__' attribute is deprecated and will be removed in Flask 3.2. Use feature detection or"
        " 'importlib.metadata.version(\"flask\")' instead.",
        DeprecationWarning,
        stacklevel=3,
    )
    return _FLASK_VERSION


def __dir__() -> list[str]:
    return sorted({*_namespace, *_HOMES, *_SUBMODULES})

"""Errors and explanations that an app in debug mode gives its developer."""

from __future__ import annotations

import typing as t

import werkzeug
from werkzeug.routing import RequestRedirect

from ._borrowed import borrowing
from .blueprints import Blueprint
from .globals import _get_request
from .sansio.app import App

if t.TYPE_CHECKING:
    from jinja2.loaders import BaseLoader

    from .sansio.scaffold import Scaffold
    from .wrappers import Request


class UnexpectedUnicodeError(AssertionError, UnicodeError):
    """Text came where bytes were needed, or the other way round."""


class DebugFilesKeyError(KeyError, AssertionError):
    """A file was asked for that an HTML form sent by name only, for lack of the right ``enctype``."""

    def __init__(self, request: Request, key: str) -> None:
        self.msg = (
            f"You tried to access the file {key!r} in the request.files dictionary but it does not exist. The"
            f" mimetype for the request is {request.mimetype!r} instead of 'multipart/form-data' which means"
            " that no file contents were transmitted. To fix this error you should provide"
            ' enctype="multipart/form-data" in your form.'
        )
        names = request.form.getlist(key)
        if names:
            sent = ", ".join(map(repr, names))
            self.msg += f"\n\nThe browser instead transmitted some file names. This was submitted: {sent}"

    def __str__(self) -> str:
        return self.msg


class FormDataRoutingRedirect(AssertionError):
    """Routing redirects a request in such a way that browsers repeat it as GET and drop its body.

    Raises:
        AssertionError: The request's routing exception is no redirect.
    """

    def __init__(self, request: Request) -> None:
        redirect = request.routing_exception
        if not isinstance(redirect, RequestRedirect):
            raise AssertionError(f"No routing redirect: {redirect!r}")
        message = (
            f"A request was sent to '{request.url}', but routing issued a redirect to the canonical URL"
            f" '{redirect.new_url}'."
        )
        if redirect.new_url.partition("?")[0] == f"{request.base_url}/":
            message += (
                " The URL was defined with a trailing slash. Flask will redirect to the URL with a trailing"
                " slash if it was accessed without one."
            )
        message += (
            " Send requests to the canonical URL, or use 307 or 308 for routing redirects. Otherwise, browsers"
            " will drop form data.\n\nThis exception is only raised in debug mode."
        )
        super().__init__(message)


def attach_enctype_error_multidict(request: Request) -> None:
    """Make ``request.files[key]`` tell about the missing ``enctype`` where the form has a field of that name."""
    plain: t.Any = type(request.files)

    class FilesThatTell(plain):  # type: ignore[misc]  # the base is known only here
        def __getitem__(self, key: str) -> t.Any:
            try:
                return super().__getitem__(key)
            except KeyError as error:
                if key not in request.form:
                    raise
                raise DebugFilesKeyError(request, key).with_traceback(error.__traceback__) from None

    FilesThatTell.__name__ = plain.__name__
    FilesThatTell.__module__ = plain.__module__
    request.files.__class__ = FilesThatTell


def _dump_loader_info(loader: BaseLoader) -> t.Iterator[str]:
    """Describe a loader by its class and its public attributes that are plain values or lists of names."""
    yield f"class: {type(loader).__module__}.{type(loader).__name__}"
    for name, value in sorted(vars(loader).items()):
        if name.startswith("_"):
            continue
        if isinstance(value, (str, int, float, bool)):
            yield f"{name}: {value!r}"
        elif isinstance(value, (tuple, list)) and all(isinstance(item, str) for item in value):
            yield f"{name}:"
            yield from (f"  - {item}" for item in value)


def _describe_owner(owner: object) -> str:
    if isinstance(owner, App):
        return f"application {owner.import_name!r}"
    if isinstance(owner, Blueprint):
        return f"blueprint {owner.name!r} ({owner.import_name})"
    return repr(owner)


def _suspicion(found: int) -> str | None:
    if found == 0:
        return "Error: the template could not be found."
    if found > 1:
        return "Warning: multiple loaders returned a match for the template."
    return None


def explain_template_loading_attempts(
    app: App,
    template: str,
    attempts: list[tuple[BaseLoader, Scaffold, tuple[str, str | None, t.Callable[[], bool] | None] | None]],
) -> None:
    """Log where a template was looked for and found, and what looks wrong about it."""
    lines = [f"Locating template {template!r}:"]
    for number, (loader, owner, source) in enumerate(attempts, start=1):
        lines.append(f"{number:5}: trying loader of {_describe_owner(owner)}")
        lines.extend(f"       {line}" for line in _dump_loader_info(loader))
        outcome = "no match" if source is None else f"found ({source[1] or '<string>'!r})"
        lines.append(f"       -> {outcome}")

    suspicion = _suspicion(sum(source is not None for _loader, _owner, source in attempts))
    if suspicion is not None:
        lines.append(suspicion)
        context = _get_request(None)
        blueprint = None if context is None else context.request.blueprint
        if blueprint is not None:
            lines += (
                f"  The template was looked up from an endpoint that belongs to the blueprint {blueprint!r}.",
                "  Maybe you did not place a template in the right folder?",
                "  See https://flask.palletsprojects.com/blueprints/#templates",
            )
    app.logger.info("\n".join(lines))


__getattr__ = borrowing(__name__)  # the names that Flask's module has besides

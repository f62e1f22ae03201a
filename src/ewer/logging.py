"""The app's logger: its default handler, which writes to the error stream of the request at hand.

Werkzeug is not loaded here: the proxy `wsgi_errors_stream` is made when somebody first asks for it.
"""

from __future__ import annotations

import logging
import sys
import typing as t

from ._borrowed import borrow
from .globals import _get_request

if t.TYPE_CHECKING:
    from .sansio.app import App

    wsgi_errors_stream: t.TextIO


def _current_errors() -> t.TextIO:
    """Find the stream to report on: the active request's ``wsgi.errors``, else ``sys.stderr``."""
    context = _get_request(None)
    if context is None:
        return sys.stderr
    return t.cast("t.TextIO", context.environ["wsgi.errors"])


class _ErrorsStream:
    """A file object that is always the current error stream, until the real proxy is asked for."""

    __slots__ = ()

    def __getattr__(self, name: str) -> t.Any:
        return getattr(_current_errors(), name)


default_handler: logging.StreamHandler[t.TextIO] = logging.StreamHandler(t.cast("t.TextIO", _ErrorsStream()))
default_handler.setFormatter(logging.Formatter("[%(asctime)s] %(levelname)s in %(module)s: %(message)s"))


def __getattr__(name: str) -> t.Any:
    if name != "wsgi_errors_stream":
        return borrow(__name__, name)
    import werkzeug
    from werkzeug.local import LocalProxy

    # NOTE: setdefault, so that two threads asking at once get one proxy.
    proxy = globals().setdefault("wsgi_errors_stream", LocalProxy(_current_errors))
    if isinstance(t.cast("object", default_handler.stream), _ErrorsStream):
        default_handler.stream = proxy
    return proxy


def has_level_handler(logger: logging.Logger) -> bool:
    """Tell whether some handler up the logger's chain takes records of its effective level."""
    level = logger.getEffectiveLevel()
    current: logging.Logger | None = logger
    while current:
        if any(handler.level <= level for handler in current.handlers):
            return True
        current = current.parent if current.propagate else None
    return False


def create_logger(app: App) -> logging.Logger:
    """Get the logger named like the app, ready for use.

    In debug mode its level becomes DEBUG unless it has one. Where no handler would take its records it gets
    `default_handler`.
    """
    logger = logging.getLogger(app.name)
    if app.debug and not logger.level:
        logger.setLevel(logging.DEBUG)
    if not has_level_handler(logger):
        logger.addHandler(default_handler)
    return logger

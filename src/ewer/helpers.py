"""Functions for views: answers, URLs, flashed messages, files, streams.

Most ask the current app to do the work, so that an app that overrides a method is obeyed here too. What
needs only the standard library stands in `ewer._paths` and is named here.
"""

from __future__ import annotations

import typing as t
from functools import update_wrapper

import werkzeug
import werkzeug.utils
from werkzeug.exceptions import abort as _wz_abort
from werkzeug.utils import redirect as _wz_redirect

from ._borrowed import borrowing
from ._paths import _split_blueprint_path as _split_blueprint_path
from ._paths import get_debug_flag as get_debug_flag
from ._paths import get_load_dotenv as get_load_dotenv
from ._paths import get_root_path as get_root_path
from .globals import _cv_app, _get_request, current_app, request, request_ctx, session
from .signals import message_flashed

if t.TYPE_CHECKING:
    import os
    from datetime import datetime

    from werkzeug.wrappers import Response as BaseResponse

    from .wrappers import Response


@t.overload
def stream_with_context(generator_or_function: t.Iterator[t.AnyStr]) -> t.Iterator[t.AnyStr]: ...


@t.overload
def stream_with_context(
    generator_or_function: t.Callable[..., t.Iterator[t.AnyStr]],
) -> t.Callable[..., t.Iterator[t.AnyStr]]: ...


def stream_with_context(
    generator_or_function: t.Iterator[t.AnyStr] | t.Callable[..., t.Iterator[t.AnyStr]],
) -> t.Iterator[t.AnyStr] | t.Callable[..., t.Iterator[t.AnyStr]]:
    """Keep the current contexts for a generator that the server runs after the view has returned.

    Takes a generator, or decorates a function that returns one. ``request``, ``session`` and ``g`` then work
    in it as they did in the view, and the request is torn down when the generator ends.

    Raises:
        RuntimeError: No request context is active when the generator is wrapped.
    """
    try:
        chunks = iter(t.cast("t.Iterator[t.AnyStr]", generator_or_function))
    except TypeError:
        function = t.cast("t.Callable[..., t.Iterator[t.AnyStr]]", generator_or_function)

        def wrapped(*args: t.Any, **kwargs: t.Any) -> t.Iterator[t.AnyStr]:
            return stream_with_context(function(*args, **kwargs))

        return update_wrapper(wrapped, function)

    streaming = _stream_in_contexts(chunks)
    # NOTE: runs up to the bare yield, where the contexts of now have been noted. They are pushed only when
    # the server asks for the first chunk, perhaps in another thread or task.
    next(streaming)
    return streaming


def _stream_in_contexts(chunks: t.Iterator[t.AnyStr]) -> t.Iterator[t.AnyStr]:
    request_context = _get_request(None)
    if request_context is None:
        raise RuntimeError(
            "'stream_with_context' can only be used when a request context is active, such as in a view function."
        )
    app_context = _cv_app.get()
    yield t.cast("t.AnyStr", None)

    # NOTE: the app context first, else the request context would push a new one, with another g.
    with app_context, request_context:
        try:
            yield from chunks
        finally:
            close = getattr(chunks, "close", None)
            if close is not None:
                close()


def make_response(*args: t.Any) -> Response:
    """Make a response object of what a view could return, to set headers or cookies on it.

    Without arguments the response is empty; several arguments mean the tuple of them.

    Raises:
        TypeError: A view could not return this.
    """
    if not args:
        return current_app.response_class()
    return current_app.make_response(args[0] if len(args) == 1 else args)


def url_for(
    endpoint: str,
    *,
    _anchor: str | None = None,
    _method: str | None = None,
    _scheme: str | None = None,
    _external: bool | None = None,
    **values: t.Any,
) -> str:
    """Build the URL of an endpoint with ``current_app.url_for``, which tells what the arguments mean.

    Raises:
        RuntimeError: No app context is active, or outside a request the server name is not configured.
        werkzeug.routing.BuildError: No rule has this endpoint and these values.
    """
    return current_app.url_for(
        endpoint, _anchor=_anchor, _method=_method, _scheme=_scheme, _external=_external, **values
    )


def redirect(location: str, code: int = 302, Response: type[BaseResponse] | None = None) -> BaseResponse:
    """Make a response that sends the client to another URL.

    With an app at hand its ``redirect`` makes the response, of its ``response_class``; ``Response`` is the
    class to use without one.
    """
    if current_app:  # type: ignore[truthy-bool]  # a proxy, false outside an app context
        return current_app.redirect(location, code=code)
    return _wz_redirect(location, code=code, Response=Response)


def abort(code: int | BaseResponse, *args: t.Any, **kwargs: t.Any) -> t.NoReturn:
    """Leave the view with an HTTP error, or with a ready response; further arguments go to the exception.

    With an app at hand its ``aborter`` decides which exception belongs to a status.

    Raises:
        werkzeug.exceptions.HTTPException: Always, unless the next applies.
        LookupError: The status is unknown.
    """
    if current_app:  # type: ignore[truthy-bool]  # a proxy, false outside an app context
        current_app.aborter(code, *args, **kwargs)
    _wz_abort(code, *args, **kwargs)


def get_template_attribute(template_name: str, attribute: str) -> t.Any:
    """Get a macro or variable out of a template, to use it in Python.

    Raises:
        jinja2.TemplateNotFound: There is no such template.
        AttributeError: The template exports no such name.
    """
    return getattr(current_app.jinja_env.get_template(template_name).module, attribute)


def flash(message: str, category: str = "message") -> None:
    """Keep a message in the session until a template shows it with `get_flashed_messages`.

    The category is any word; ``message``, ``error``, ``info`` and ``warning`` are customary.

    Raises:
        RuntimeError: No request is active, or the app has no secret key.
    """
    # NOTE: read, append, write back: a session kept in a store may hand out copies of what it holds.
    flashes = session.get("_flashes", [])
    flashes.append((category, message))
    session["_flashes"] = flashes
    app = current_app._get_current_object()  # type: ignore[attr-defined]  # the proxy's own method
    message_flashed.send(app, _async_wrapper=app.ensure_sync, message=message, category=category)


def get_flashed_messages(
    with_categories: bool = False, category_filter: t.Iterable[str] = ()
) -> list[str] | list[tuple[str, str]]:
    """Take the flashed messages out of the session; in one request every call gives the same ones.

    ``with_categories`` gives pairs of category and message; a non-empty ``category_filter`` leaves only the
    categories in it. Messages left out by it are gone from the session as well.
    """
    flashes = request_ctx.flashes
    if flashes is None:
        flashes = session.pop("_flashes") if "_flashes" in session else []
        request_ctx.flashes = flashes
    if category_filter:
        flashes = [flashed for flashed in flashes if flashed[0] in category_filter]
    if with_categories:
        return flashes
    return [flashed[1] for flashed in flashes]


def _prepare_send_file_kwargs(**kwargs: t.Any) -> dict[str, t.Any]:
    """Add to the arguments of a send function what the app and the request decide."""
    environ = request.environ  # first, so that its absence is what gets explained
    if kwargs.get("max_age") is None:
        kwargs["max_age"] = current_app.get_send_file_max_age
    return {
        **kwargs,
        "environ": environ,
        "use_x_sendfile": current_app.config["USE_X_SENDFILE"],
        "response_class": current_app.response_class,
        "_root_path": current_app.root_path,
    }


def send_file(
    path_or_file: os.PathLike[t.AnyStr] | str | t.IO[bytes],
    mimetype: str | None = None,
    as_attachment: bool = False,
    download_name: str | None = None,
    conditional: bool = True,
    etag: bool | str = True,
    last_modified: datetime | int | float | None = None,
    max_age: int | t.Callable[[str | None], int | None] | None = None,
) -> Response:
    """Answer with a file, given by path (relative ones from the app's root) or as a file open for bytes.

    SECURITY: the path is trusted. One that comes from a client goes to `send_from_directory`.

    Args:
        path_or_file: A path is better where there is one: size, time of change and ETag come from it.
        mimetype: Guessed from the file's name if not given.
        as_attachment: Have browsers save the file rather than show it.
        download_name: The name to save it under; by default the file's own.
        conditional: Answer conditional and range requests (RFC 9110, sections 13 and 14).
        etag: Whether to work out an ETag from the path, or the ETag itself.
        last_modified: Time of the last change, in seconds since the epoch; by default the file's.
        max_age: Seconds the client may keep the file, or a function of the path that tells them; by default
            the app's ``get_send_file_max_age``.

    Raises:
        OSError: The file cannot be read.
        TypeError: A file object without any name to guess the type from.
        ValueError: The file object is open for text.
    """
    return werkzeug.utils.send_file(  # type: ignore[return-value]  # it is of the app's response class
        **_prepare_send_file_kwargs(
            path_or_file=path_or_file,
            mimetype=mimetype,
            as_attachment=as_attachment,
            download_name=download_name,
            conditional=conditional,
            etag=etag,
            last_modified=last_modified,
            max_age=max_age,
        )
    )


def send_from_directory(directory: os.PathLike[str] | str, path: os.PathLike[str] | str, **kwargs: t.Any) -> Response:
    """Answer with a file below a directory, whose ``path`` may come from the client.

    Further arguments are those of `send_file`. A relative directory is taken from the app's root.

    SECURITY: the path can not lead out of the directory; the directory itself must not come from the client.

    Raises:
        werkzeug.exceptions.NotFound: There is no such regular file below the directory.
    """
    return werkzeug.utils.send_from_directory(  # type: ignore[return-value]  # it is of the app's response class
        directory, path, **_prepare_send_file_kwargs(**kwargs)
    )


__getattr__ = borrowing(__name__)  # the names that Flask's module has besides

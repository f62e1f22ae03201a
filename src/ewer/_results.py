"""What views may return: taking a result tuple apart, and saying clearly what is wrong with everything else."""

from __future__ import annotations

import sys
import typing as t

from ._core.reply import STATUS_LINES, TEXT, Encoded, Ready

if t.TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

    from .wrappers import Response


def split_result(result: tuple[t.Any, ...]) -> tuple[t.Any, t.Any, t.Any]:
    """Return body, status and headers of a result tuple; status and headers are None where it has none.

    Raises:
        TypeError: it has neither two nor three items.
    """
    if len(result) == 3:
        return result
    if len(result) != 2:
        raise TypeError(
            "The view function did not return a valid response tuple. The tuple must have the form"
            f" (body, status, headers), (body, status), or (body, headers). It has {len(result)} items."
        )
    body, second = result
    if isinstance(second, (dict, tuple, list)) or _is_headers(second):
        return body, None, second
    return body, second, None


def _is_headers(value: object) -> bool:
    if isinstance(value, (int, str, bytes)):
        return False
    import werkzeug
    from werkzeug.datastructures import Headers

    return isinstance(value, Headers)


OWN_RESULTS = frozenset({Encoded, Ready})
"""The types of what this framework's own views return in place of a response object."""


def response_of(result: Encoded | Ready, response_class: type[Response]) -> Response:
    """Make the response object that sends the same as such a result."""
    if type(result) is Ready:
        from .wrappers import WholeFile

        body: t.Any = WholeFile(result.body)
        if getattr(response_class, "_is_made_plainly", False):
            return response_class._of_file(body, result.headers.copy())
        return response_class(body, result.status, result.headers.copy(), direct_passthrough=True)
    encoded = t.cast("Encoded", result)
    response = response_class(encoded.body, encoded.status, content_type=encoded.content_type[1])
    if not encoded.body:
        response.headers.clear()
    return response


def plain_response(text: t.Any, status: t.Any, response_class: type[Response]) -> Response | None:
    """Make the response for a text or bytes; None where it, the status or the class asks for more than is always the same.

    PERF: every text that meets a hook comes this way (tests/call_budgets.toml, "hooks").
    """
    kind = type(text)
    is_known = status is None or (type(status) is int and status in STATUS_LINES)
    if (
        not is_known
        or (kind is not str and kind is not bytes)
        or not getattr(response_class, "_is_made_plainly", False)
    ):
        return None
    if response_class.default_mimetype != "text/html":
        return None
    response = response_class._of_body(text.encode() if kind is str else text, TEXT.html)
    if status is not None:
        response._status_code, response._status = status, STATUS_LINES[status]
    return response


def as_response(result: t.Any, response_class: type[Response], environ: WSGIEnvironment) -> Response:
    """Turn another kind of response object or a WSGI callable into a `response_class`.

    Raises:
        TypeError: the result is neither.
    """
    import werkzeug
    from werkzeug.wrappers import Response as BaseResponse

    kinds = (
        "The view function did not return a valid response. The return type must be a string, dict, list, tuple"
        f" with headers or status, Response instance, or WSGI callable, but it was a {type(result).__name__}."
    )
    if not isinstance(result, BaseResponse) and not callable(result):
        raise TypeError(kinds)
    try:
        return t.cast("Response", response_class.force_type(result, environ))
    except TypeError as error:
        raise TypeError(f"{error}\n{kinds}").with_traceback(sys.exc_info()[2]) from None


def explain_none(endpoint: str | None, view_functions: t.Mapping[str, t.Any]) -> str:
    """Say which view returned nothing, and where it stands."""
    text = (
        f"The view function for {endpoint!r} did not return a valid response."
        " The function either returned None or ended without a return statement."
    )
    code = getattr(view_functions.get(endpoint or ""), "__code__", None)
    if code is None:
        return text
    return (
        f"{text}\n"
        f"  It is {code.co_name}() in {code.co_filename}:{code.co_firstlineno}.\n"
        '  Fix: return a value on every way through it; for an empty reply write: return "", 204'
    )

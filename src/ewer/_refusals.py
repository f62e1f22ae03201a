"""What a typed view answers when it cannot serve: refused requests as HTTP errors, and HTTP errors as problem details.

It is loaded with the first of them: an application that starts has not refused anything yet. Next: `ewer.typed.problems` for the texts.
"""

from __future__ import annotations

import functools
import typing as t

import werkzeug
from werkzeug.exceptions import HTTPException, default_exceptions

from ._typed_views import ByMethod, TypedView
from .globals import _get_request
from .wrappers import Response

if t.TYPE_CHECKING:
    from ._ewer import Ewer
    from .typed.errors import RequestInvalid
    from .typed.problems import Problems


class InvalidRequest(HTTPException):
    """A refused request as error handlers know it: also an exception of its status, so `errorhandler(422)` finds it."""

    def __init__(self, refusal: RequestInvalid, problems: Problems) -> None:
        HTTPException.__init__(self, refusal.title)
        self.refusal = refusal
        self.problems = problems
        self.code = problems.status(refusal)

    def get_response(self, environ: t.Any = None, scope: t.Any = None) -> t.Any:
        """Return the refusal in the application's shape."""
        status, content_type, body = self.problems.render(self.refusal)
        return Response(body, status, content_type=content_type)


def refused(refusal: RequestInvalid, problems: Problems) -> InvalidRequest:
    """Return what to raise for a refused request."""
    return _refusal_class(problems.status(refusal))(refusal, problems)


@functools.lru_cache(maxsize=16)
def _refusal_class(status: int) -> type[InvalidRequest]:
    bases = (InvalidRequest, default_exceptions[status]) if status in default_exceptions else (InvalidRequest,)
    return t.cast("type[InvalidRequest]", type("InvalidRequest", bases, {}))


def problem_for(app: Ewer, error: t.Any) -> Response | None:
    """Return problem details for an HTTP error in a view whose answers are JSON; None where the error is its own answer.

    Source: RFC 9457.
    """
    if not isinstance(error, HTTPException) or isinstance(error, InvalidRequest) or error.response is not None:
        return None
    context = _get_request()
    rule = context.request.url_rule
    if rule is None or error.code is None or error.code < 400:
        return None
    served = app._typed(app.view_functions.get(rule.endpoint), rule)
    if isinstance(served, ByMethod):
        served = served.typed.get(context.environ["REQUEST_METHOD"])
    if not isinstance(served, TypedView) or served.binding.answer is None:
        return None
    response = app.response_class(
        app.problems.render_error(error.code, error.name, error.description or ""),
        error.code,
        content_type=app.problems.media_type,
    )
    kept = [(name, value) for name, value in error.get_headers(context.environ) if name.lower() != "content-type"]
    response.headers.extend(kept)
    return response

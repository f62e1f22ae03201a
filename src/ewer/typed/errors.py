"""What can go wrong in the typed layer: at set-up, in a request, in an answer.

Three audiences, three types. ``SetupError`` speaks to whoever writes the view, ``RequestInvalid`` to whoever calls
it, ``ResponseInvalid`` to whoever reads the log. How a ``RequestInvalid`` looks on the wire is decided in
``problems``.
"""

from __future__ import annotations

import typing as t

import msgspec

if t.TYPE_CHECKING:
    from collections.abc import Callable

Location = tuple[t.Union[str, int], ...]

#: How many errors one refusal lists at most; the rest is left out so that hostile input stays cheap to refuse.
MAX_ERRORS = 100

_TITLES = {
    400: "The request could not be read.",
    413: "The request is too large.",
    415: "The content type is not supported.",
    422: "The request does not fit what this endpoint accepts.",
}


class ErrorRecord(msgspec.Struct, frozen=True):
    """One thing that is wrong with a request.

    ``location`` starts with the place (``path``, ``query``, ``header``, ``cookie``, ``body``, ``form`` or ``file``) and
    goes on with keys and positions. ``type`` is one of ``missing``, ``wrong_type``, ``constraint``,
    ``invalid_format``, ``not_allowed``, ``unknown_field``, ``malformed``, ``unsupported`` and ``invalid``.
    """

    location: Location
    message: str
    expected: str
    received: str
    type: str


class SetupError(TypeError):
    """A view, dependency or model is written in a way the typed layer cannot serve.

    Raised while routes are registered or when the application starts, never during a request.
    """

    def __init__(self, what: str, *, where: str, fix: str) -> None:
        super().__init__(f"{what}\n  Where: {where}\n  Fix: {fix}")
        self.what = what
        self.where = where
        self.fix = fix


class SetupErrors(SetupError):
    """Several views of an application cannot be served; `errors` holds what is wrong with each."""

    def __init__(self, errors: t.Sequence[SetupError]) -> None:
        first = errors[0]
        super().__init__(first.what, where=first.where, fix=first.fix)
        self.errors = tuple(errors)

    def __str__(self) -> str:
        listed = "\n\n".join(map(str, self.errors))
        return f"{len(self.errors)} views are written in a way that cannot be served.\n\n{listed}"


class RequestInvalid(Exception):
    """The request does not fit the view: 400, 413, 415 or 422, with every error found (at most ``MAX_ERRORS``)."""

    def __init__(self, status: int, errors: t.Sequence[ErrorRecord]) -> None:
        self.status = status
        self.errors = tuple(errors[:MAX_ERRORS])
        super().__init__(status, self.errors)

    @property
    def title(self) -> str:
        """A sentence for the kind of failure, the same for all requests that fail like this."""
        return _TITLES.get(self.status, "The request is not valid.")

    def __str__(self) -> str:
        lines = [f"{self.status}: {self.title}"]
        for error in self.errors:
            lines.append(f"  {'.'.join(map(str, error.location))}: {error.message}")
        return "\n".join(lines)


class ResponseInvalid(TypeError):
    """A view returned a value that its return annotation does not admit; the client gets a plain 500."""

    def __init__(self, view: str, *, where: str, annotation: str, value: object, reason: str) -> None:
        super().__init__(
            f"View {view}() returned {type(value).__name__}, which does not fit its annotation {annotation}: {reason}\n"
            f"  Where: {where}\n"
            f"  Fix: return what {annotation} describes, or change the return annotation"
        )


def place_of(function: Callable[..., t.Any] | type) -> str:
    """The ``file:line`` where a function or class is defined, as far as Python still knows it."""
    code = getattr(function, "__code__", None)
    if code is None and isinstance(function, type):
        init = getattr(vars(function).get("__init__"), "__code__", None)
        code = init if init is not None and init.co_filename[0] != "<" else None
    if code is None:
        code = getattr(vars(type(function)).get("__call__"), "__code__", None)
    if code is None:
        return f"{getattr(function, '__module__', '?')}.{getattr(function, '__qualname__', '?')}"
    return f"{code.co_filename}:{code.co_firstlineno}"


def name_of(thing: t.Any) -> str:
    """A short readable name of an annotation or callable, for messages."""
    origin = t.get_origin(thing)
    if origin is t.Annotated:
        return name_of(t.get_args(thing)[0])
    if thing is type(None):
        return "None"
    if isinstance(thing, type) and origin is None:
        return thing.__name__
    if origin is not None:
        args = t.get_args(thing)
        if origin is t.Union or type(thing).__name__ == "UnionType":
            return " | ".join(map(name_of, args))
        if origin is t.Literal:
            return f"Literal[{', '.join(map(repr, args))}]"
        return f"{getattr(origin, '__name__', origin)}[{', '.join(map(name_of, args))}]"
    return getattr(thing, "__qualname__", None) or str(thing)

"""What a return annotation says: which JSON a result becomes, narrowed to the declared fields, in one native pass.

``Answer.encode`` gives bytes, empty ones for ``None`` (204), or None for what Flask's own rules are to answer: responses,
text and bytes, WSGI callables. Instances of exactly the declared type are written as they are; anything wider or
different is first read into a record of the declared fields.
"""

from __future__ import annotations

import collections.abc
import enum
import sys
import typing as t

import msgspec

from . import kinds, models
from .errors import ResponseInvalid, SetupError, name_of
from .foreign import PydanticShape
from .frames import CSV, JSON, PARQUET, choose, encode_frame, is_frame
from .leaves import from_wire, to_wire
from .markers import MISSING, Marker
from .shape_reader import ShapeReader
from .shapes import Model, Sequence, Shape
from .signature import UNRESOLVED

if t.TYPE_CHECKING:
    import logging

Chunks = t.Union[t.Iterator[bytes], t.AsyncIterator[bytes]]

_ENCODER = msgspec.json.Encoder(enc_hook=to_wire)
_STREAMS = (
    collections.abc.Iterator,
    collections.abc.Generator,
    collections.abc.AsyncIterator,
    collections.abc.AsyncGenerator,
    collections.abc.AsyncIterable,
)
_WHOLE = (list, tuple, set, frozenset, str, bytes, dict)
JSON_LINES = "application/jsonl"


class Answer:
    """How the results of one view are written.

    Attributes:
        shape: what is written, None for an answer that is always empty or a frame.
        may_be_empty: whether ``None`` is a result, answered with 204.
        streams: whether the result is an iterator whose items are lines of JSON.
        in_tuple: whether the annotation is Flask's ``(body, status, headers)``, of which the body is written.
        content_types: what the answer may be; the first unless ``encode_frame`` chose another.
        headers: response headers that the annotation documents.
    """

    __slots__ = (
        "_dump",
        "_exact",
        "_exact_item",
        "_view",
        "_where",
        "annotation",
        "content_types",
        "headers",
        "in_tuple",
        "is_frame",
        "may_be_empty",
        "shape",
        "streams",
    )

    def __init__(self, annotation: t.Any, shape: Shape | None, *, view: str, where: str) -> None:
        self.annotation = annotation
        self.shape = shape
        self.may_be_empty = False
        self.streams = False
        self.in_tuple = False
        self.is_frame = False
        self.headers: tuple[Marker, ...] = ()
        self.content_types: tuple[str, ...] = (JSON,)
        self._view = view
        self._where = where
        self._exact = _exact_type(shape)
        self._exact_item = _exact_type(shape.item) if isinstance(shape, Sequence) else None
        self._dump = _dumper_for(shape)

    @property
    def words(self) -> str:
        """What the answer is, for ``app.explain``."""
        return "204 without a body" if self.shape is None and not self.is_frame else name_of(self.annotation)

    # PERF: one Python call where the result has exactly the declared type; tests/typed/test_call_budget.py counts it.
    def encode(self, result: t.Any) -> bytes | None:
        """The body, ``b""`` for an answer without one, or None where the result is Flask's to answer.

        Raises:
            ResponseInvalid: the result does not fit the annotation.
        """
        kind = type(result)
        if kind is self._exact:
            return self._dump(result)
        if kind is list and self._exact_item is not None and {*map(type, result)} <= {self._exact_item}:
            return self._dump(result)
        if result is None and (self.may_be_empty or self.shape is None):
            return b""
        if kinds.is_response(kind):
            return None
        return self._narrow(result)

    def _narrow(self, result: t.Any) -> bytes | None:
        if self.shape is None:
            raise self._misfit(result, "it returns nothing, and None was expected")
        if isinstance(result, (str, bytes)) and self._lets_pass(type(result)):
            return None
        try:
            return self._dump(_narrowed(self.shape, result))
        except (ValueError, TypeError, NotImplementedError, RecursionError) as error:
            if callable(result) and not isinstance(result, type):
                return None
            raise self._misfit(result, str(error)) from error

    def _lets_pass(self, kind: type) -> bool:
        return any(kinds.bare(member) is kind for member in kinds.members_of(self.annotation))

    def _misfit(self, result: t.Any, reason: str) -> ResponseInvalid:
        error = ResponseInvalid(
            self._view, where=self._where, annotation=name_of(self.annotation), value=result, reason=reason
        )
        _logger().error("%s", error)
        return error

    def encode_lines(self, result: t.Any) -> Chunks:
        """Each item of a stream as a line of JSON. Source: https://jsonlines.org."""
        if hasattr(result, "__aiter__"):
            return self._lines_async(result)
        return self._lines(result)

    def _lines(self, items: t.Iterable[t.Any]) -> t.Iterator[bytes]:
        for item in items:
            yield (self.encode(item) or b"null") + b"\n"

    async def _lines_async(self, items: t.AsyncIterable[t.Any]) -> t.AsyncIterator[bytes]:
        async for item in items:
            yield (self.encode(item) or b"null") + b"\n"

    def encode_frame(self, result: t.Any, accept: str) -> tuple[bytes, str]:
        """A data frame's body and its content type; JSON where the frame has no other form, as one with lists has no CSV.

        Raises:
            ResponseInvalid: the result is no data frame.
        """
        if not is_frame(type(result)):
            raise self._misfit(result, "it is no table of columns")
        content_type = choose(accept)
        try:
            return encode_frame(result, content_type), content_type
        except (ValueError, TypeError, NotImplementedError, _error_of_polars()) as error:
            if content_type == JSON:
                raise
            _logger().warning("View %s() returned a data frame that cannot be %s: %s", self._view, content_type, error)
        return encode_frame(result, JSON), JSON


def _logger() -> logging.Logger:
    """The logger of what does not fit, which a server that has nothing to log starts without."""
    import logging

    return logging.getLogger("ewer.typed")


def _error_of_polars() -> type[Exception]:
    """What polars raises for what it cannot write, whose class is no one else's."""
    exceptions = sys.modules.get("polars.exceptions")
    return ValueError if exceptions is None else t.cast("type[Exception]", exceptions.PolarsError)


def _exact_type(shape: Shape | None) -> t.Any:
    """The class whose instances can be written as they are: a flat one, whose fields hold no other structured type."""
    if not isinstance(shape, Model) or shape.build is not None or not isinstance(shape.annotation, type):
        return None
    if models.family_of(shape.annotation) not in ("dataclass", "struct", "attrs"):
        return None
    # NOTE: msgspec leaves out fields of dataclasses and attrs classes that begin with an underscore.
    simple = all(_is_flat(inner) and not field.name.startswith("_") for field, inner in shape.fields)
    return shape.cls if simple else None


def _is_flat(shape: Shape) -> bool:
    if isinstance(shape, Sequence):
        return _is_flat(shape.item)
    alternatives = getattr(shape, "alternatives", None)
    if alternatives is not None:
        return all(map(_is_flat, alternatives))
    return type(shape) is Shape


def _dumper_for(shape: Shape | None) -> t.Callable[[t.Any], bytes]:
    if isinstance(shape, PydanticShape):
        adapter = shape.adapter
        return lambda value: adapter.dump_json(value, by_alias=True)
    return _ENCODER.encode


def _narrowed(shape: Shape, result: t.Any) -> t.Any:
    if isinstance(shape, PydanticShape):
        return shape.adapter.validate_python(result, from_attributes=True)
    if isinstance(shape, Sequence) and not isinstance(result, _WHOLE) and hasattr(result, "__iter__"):
        result = list(result)
    made = msgspec.convert(result, shape.native, from_attributes=True, dec_hook=from_wire)
    return made if shape.build is None else shape.build(made)


def read_answer(annotation: t.Any, *, view: str, where: str) -> Answer | None:
    """The answer a return annotation asks for; None where it leaves everything to Flask's rules.

    Raises:
        SetupError: values of the annotated type cannot be written.
    """
    if annotation is MISSING or annotation is UNRESOLVED:
        return None
    if annotation is None or annotation is type(None):
        answer = Answer(None, None, view=view, where=where)
        answer.may_be_empty = True
        return answer
    headers: tuple[Marker, ...] = ()
    if t.get_origin(annotation) is t.Annotated:
        headers = tuple(m for m in t.get_args(annotation)[1:] if isinstance(m, Marker) and m.place == "header")
    answer_or_none = _read_plain(annotation, view, where)
    if answer_or_none is not None:
        answer_or_none.headers = headers
    return answer_or_none


def _read_plain(annotation: t.Any, view: str, where: str) -> Answer | None:
    plain = kinds.bare(annotation)
    origin = t.get_origin(plain)
    if origin is tuple:
        return _read_tuple(plain, view, where)
    if origin in _STREAMS:
        item = t.get_args(plain)[0]
        if _is_for_flask(item):
            return None
        answer = _read_plain(item, view, where)
        if answer is not None:
            answer.streams, answer.content_types = True, (JSON_LINES,)
        return answer
    members = kinds.members_of(annotation)
    if all(member is type(None) or is_frame(kinds.bare(member)) for member in members):
        answer = Answer(annotation, None, view=view, where=where)
        answer.is_frame, answer.content_types = True, (JSON, CSV, PARQUET)
        answer.may_be_empty = type(None) in members
        return answer
    data = [member for member in members if member is not type(None) and not _is_for_flask(member)]
    if not data:
        return None
    wanted = t.Union[tuple(data)] if len(members) > 1 else annotation
    shape = ShapeReader(where=where, what=f"The return value of {view}()", output=True).of(wanted)
    answer = Answer(annotation, shape, view=view, where=where)
    answer.may_be_empty = type(None) in members
    return answer


def _read_tuple(annotation: t.Any, view: str, where: str) -> Answer | None:
    """The answer of Flask's ``(body, status, headers)``, which is what a view means by a tuple.

    Raises:
        SetupError: it is a tuple of something else, which would be taken apart.
    """
    arguments = t.get_args(annotation)
    if arguments[-1:] == (...,):
        return None
    if not _is_flasks_tuple(arguments):
        raise SetupError(
            f"View {view}() returns {name_of(annotation)}, but a tuple is the (body, status, headers) of a response",
            where=where,
            fix="return a list, a NamedTuple or a dataclass",
        )
    answer = _read_plain(arguments[0], view, where)
    if answer is not None:
        answer.in_tuple = True
    return answer


def _is_flasks_tuple(arguments: tuple[t.Any, ...]) -> bool:
    if len(arguments) == 3:
        return _may_be(arguments[1], _STATUSES) and _may_be(arguments[2], _HEADERS)
    return len(arguments) == 2 and _may_be(arguments[1], (*_STATUSES, *_HEADERS))


def _may_be(annotation: t.Any, wanted: tuple[type, ...]) -> bool:
    """Whether a value of an annotation may be of one of some classes; one that is no class may be anything."""
    for member in kinds.members_of(annotation):
        plain = kinds.bare(member)
        cls = t.get_origin(plain) or plain
        if not isinstance(cls, type) or cls in (t.Any, object, type(None)):
            return True
        if cls is not bool and (issubclass(cls, wanted) or cls.__module__.startswith(("collections", "werkzeug"))):
            return True
    return False


_STATUSES = (int, str)
_HEADERS = (dict, list, tuple)


def _is_for_flask(annotation: t.Any) -> bool:
    """Whether Flask answers such values itself, today and unchanged: text, bytes, free JSON, responses, callables."""
    plain = kinds.bare(annotation)
    origin = t.get_origin(plain)
    if plain in (t.Any, object, str, bytes, bytearray, list, dict, tuple, t.NoReturn) or kinds.is_response(plain):
        return True
    if origin in (dict, list, collections.abc.Mapping):
        return all(argument in (t.Any, object, str) for argument in t.get_args(plain)) and t.Any in t.get_args(plain)
    if origin is tuple or origin is collections.abc.Callable:
        return True
    if origin in _STREAMS:
        return all(argument in (str, bytes, t.Any, type(None)) for argument in t.get_args(plain))
    if isinstance(plain, type) and issubclass(plain, (str, bytes)) and not issubclass(plain, enum.Enum):
        return True
    return isinstance(plain, (str, t.ForwardRef)) or getattr(plain, "__name__", "") in ("WSGIApplication", "Never")

"""Reads the request body that is not a form: one JSON value, several keys of one JSON object, or the raw bytes."""

from __future__ import annotations

import typing as t

import msgspec

from .errors import ErrorRecord, RequestInvalid
from .foreign import PydanticShape
from .leaves import from_wire
from .markers import MISSING

if t.TYPE_CHECKING:
    from .parameters import Parameter
    from .shapes import Report, Shape
    from .source import Source

#: What a value that does not fit may raise on its way in, the user's own constructors included.
REFUSALS = (ValueError, TypeError, AssertionError, ArithmeticError, RecursionError, AttributeError)

_WHOLE = ("body",)

#: Below it every whole number is a float exactly.
_EXACT = 2.0**53


class Body:
    """How one view reads its body. ``read`` gives the keyword arguments it is the source of."""

    __slots__ = ("media_type", "parameters")

    def __init__(self, parameters: tuple[Parameter, ...], media_type: str) -> None:
        self.parameters = parameters
        self.media_type = media_type

    @property
    def required(self) -> bool:
        """Whether a request without a body is refused."""
        return any(parameter.required for parameter in self.parameters)

    def read(self, source: Source, values: dict[str, t.Any]) -> None:
        """Puts what the body gives into ``values``.

        Raises:
            RequestInvalid: the content type is not the one expected (415).
            ValueError, TypeError, AssertionError, ArithmeticError, RecursionError: the content does not fit.
        """
        raise NotImplementedError

    def explain(self, source: Source, report: Report) -> None:
        """Adds everything that is wrong with the body to a report.

        Raises:
            RequestInvalid: it cannot be read at all (400, 415).
        """
        raise NotImplementedError

    def _refuse_type(self, received: str) -> RequestInvalid:
        came = repr(received[:80]) if received else "no Content-Type"
        text = f"Expected the content type {self.media_type}, received {came}."
        return RequestInvalid(415, [ErrorRecord(_WHOLE, text, self.media_type, came, "unsupported")])

    def _check_type(self, source: Source) -> None:
        # SECURITY: text/plain and no type at all are refused too: a foreign page may send those without asking first.
        given = source.content_type
        if given != self.media_type and not accepts(self.media_type, given):
            raise self._refuse_type(given)


def accepts(media_type: str, given: str) -> bool:
    """Whether a Content-Type header fits; any ``+json`` type is JSON. Source: RFC 6839 section 3.1."""
    bare = given.partition(";")[0].strip().lower()
    if bare == media_type.lower() or media_type == "*/*":
        return True
    return media_type == "application/json" and bare.endswith("+json") and "/" in bare


def plain_json(data: bytes) -> t.Any:
    """JSON without any expectation.

    Raises:
        RequestInvalid: it is malformed (400).
    """
    try:
        return msgspec.json.decode(data)
    except RecursionError:
        reason = "it is nested too deeply"
    except UnicodeDecodeError as error:
        reason = f"it is not UTF-8 (byte {error.start})"
    except msgspec.DecodeError as error:
        reason = str(error).removeprefix("JSON is malformed: ").rstrip(".")
    text = f"The body is not valid JSON: {reason}."
    raise RequestInvalid(400, [ErrorRecord(_WHOLE, text, "valid JSON", f"{len(data)} bytes", "malformed")])


def _whole_again(data: bytes) -> t.Any:
    """A refused body with its whole numbers as integers.

    NOTE: in JSON 5.0 and 5e0 are the number 5, and JSON Schema calls them integers; msgspec tells them apart. Only a body
    that was refused is looked at again.

    Raises:
        ValueError: there is no such number in it, so it stays refused.
    """
    if b".0" not in data and b"e" not in data and b"E" not in data:
        raise ValueError("it does not fit")
    return whole_numbers(plain_json(data))


def whole_numbers(value: t.Any) -> t.Any:
    """JSON data with every float that is a whole number as an integer."""
    if isinstance(value, float):
        return int(value) if value.is_integer() and abs(value) < _EXACT else value
    if isinstance(value, list):
        return [whole_numbers(item) for item in value]
    if isinstance(value, dict):
        return {name: whole_numbers(item) for name, item in value.items()}
    return value


class JsonBody(Body):
    """The whole JSON body is one parameter."""

    __slots__ = ("_decode", "_key", "parameter")

    def __init__(self, parameter: Parameter, media_type: str) -> None:
        super().__init__((parameter,), media_type)
        self.parameter = parameter
        self._key = parameter.key
        self._decode = decoder_for(parameter.shape)

    def read(self, source: Source, values: dict[str, t.Any]) -> None:
        """As ``Body.read``."""
        data = source.body()
        if not data:
            if self.parameter.required:
                raise ValueError("no body")
            values[self._key] = self.parameter.make_default()
            return
        if source.content_type != self.media_type:
            self._check_type(source)
        try:
            values[self._key] = self._decode(data)
        except msgspec.ValidationError:
            values[self._key] = self.parameter.shape.convert(_whole_again(data), lax=False)

    def explain(self, source: Source, report: Report) -> None:
        """As ``Body.explain``."""
        data = source.body()
        if not data:
            if self.parameter.required:
                report.missing(_WHOLE, self.parameter.shape.expected)
            return
        self._check_type(source)
        self.parameter.shape.explain(whole_numbers(plain_json(data)), _WHOLE, report)


class KeyedBody(Body):
    """Several parameters, or one with ``embed=True``, are keys of one JSON object."""

    __slots__ = ("_builds", "_decoder", "_record")

    def __init__(self, parameters: tuple[Parameter, ...], media_type: str) -> None:
        super().__init__(parameters, media_type)
        self._record, self._builds = record_for(parameters, by_alias=True)
        self._decoder = msgspec.json.Decoder(self._record, dec_hook=from_wire)

    def read(self, source: Source, values: dict[str, t.Any]) -> None:
        """As ``Body.read``."""
        data = source.body()
        if data:
            self._check_type(source)
        try:
            record = self._decoder.decode(data or b"{}")
        except msgspec.ValidationError:
            record = msgspec.convert(_whole_again(data), self._record, dec_hook=from_wire)
        values.update(finish(record, self._builds))

    def explain(self, source: Source, report: Report) -> None:
        """As ``Body.explain``."""
        data = source.body()
        if data:
            self._check_type(source)
        value = whole_numbers(plain_json(data or b"{}"))
        if not isinstance(value, dict):
            report.add(_WHOLE, "wrong_type", "an object", value)
            return
        for parameter in self.parameters:
            place = ("body", parameter.alias)
            if parameter.alias in value:
                parameter.shape.explain(value[parameter.alias], place, report)
            elif parameter.required:
                report.missing(place, parameter.shape.expected)


class RawBody(Body):
    """The body as it came: bytes, or text in UTF-8."""

    __slots__ = ("_as_text", "parameter")

    def __init__(self, parameter: Parameter, media_type: str, *, as_text: bool) -> None:
        super().__init__((parameter,), media_type)
        self.parameter = parameter
        self._as_text = as_text

    def read(self, source: Source, values: dict[str, t.Any]) -> None:
        """As ``Body.read``."""
        data = source.body()
        if not data and not self.parameter.required:
            values[self.parameter.key] = self.parameter.make_default()
            return
        self._check_type(source)
        given: t.Any = data.decode() if self._as_text else data
        values[self.parameter.key] = self.parameter.shape.convert(given, lax=True)

    def explain(self, source: Source, report: Report) -> None:
        """As ``Body.explain``."""
        data = source.body()
        self._check_type(source)
        try:
            given: t.Any = data.decode() if self._as_text else data
        except UnicodeDecodeError as error:
            text = f"The body is not UTF-8 (byte {error.start})."
            raise RequestInvalid(400, [ErrorRecord(_WHOLE, text, "UTF-8 text", "other bytes", "malformed")]) from None
        self.parameter.shape.explain(given, _WHOLE, report)


def decoder_for(shape: Shape) -> t.Callable[[bytes], t.Any]:
    """The one pass from JSON bytes to the user's type."""
    if isinstance(shape, PydanticShape):
        return shape.decode
    decode = msgspec.json.Decoder(shape.native, dec_hook=from_wire).decode
    build = shape.build
    if build is None:
        return decode
    return lambda data: build(decode(data))


Builds = tuple[tuple[str, t.Any, "Parameter"], ...]


def record_for(parameters: t.Sequence[Parameter], *, by_alias: bool = False) -> tuple[t.Any, Builds]:
    """A record with a field for each parameter, and what is still to be built after it was filled."""
    fields: list[t.Any] = []
    builds = []
    for parameter in parameters:
        native = parameter.shape.native
        keywords: dict[str, t.Any] = {"name": parameter.alias} if by_alias else {}
        if parameter.shape.build is not None:
            builds.append((parameter.key, parameter.shape.build, parameter))
            if not parameter.required:
                native, keywords["default"] = t.Union[native, msgspec.UnsetType], msgspec.UNSET
        elif parameter.default_factory is not None:
            keywords["default_factory"] = parameter.default_factory
        elif isinstance(parameter.default, (list, dict, set, bytearray)):
            keywords["default_factory"] = parameter.default.copy
        elif parameter.default is not MISSING:
            keywords["default"] = parameter.default
        fields.append((parameter.key, native, msgspec.field(**keywords)) if keywords else (parameter.key, native))
    return msgspec.defstruct("Values", fields, kw_only=True, gc=False), tuple(builds)


def finish(record: t.Any, builds: Builds) -> dict[str, t.Any]:
    """The values of a filled record, with the user's types built where the native pass could not."""
    values: dict[str, t.Any] = msgspec.structs.asdict(record)
    for key, build, parameter in builds:
        value = values[key]
        values[key] = parameter.make_default() if value is msgspec.UNSET else build(value)
    return values

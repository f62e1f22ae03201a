"""How an app reads and writes JSON: the interface to replace, and the default made on the standard library.

The default writes exactly what ``json.dumps`` writes with the provider's options. It only skips what
``json.dumps`` does anew at each call: building a `json.JSONEncoder` and the closures around it.
"""

from __future__ import annotations

import json
import json.encoder
import sys
import typing as t
import weakref
from weakref import WeakKeyDictionary

from .._borrowed import borrowing
from .._core.reply import TEXT
from ..watched import PartType, WatchedPart
from .flat import WARM_UP, CompactReplies, library_is_untouched

if t.TYPE_CHECKING:
    from werkzeug.sansio.response import Response

    from ..sansio.app import App

_COMPACT = (",", ":")
_TEXTS = frozenset({str, bytes})
_STDLIB_LOADS = json.loads
_encoder: t.Any = json.encoder

# A dataclass field of one of these types is its own deep copy.
_ATOMS = frozenset({str, int, float, bool, type(None)})


class JSONProvider:
    """The JSON operations of an app; subclass it to use another library.

    A subclass implements `dumps` and `loads`; the others follow from them. It is put to use as
    ``Flask.json_provider_class`` or, made, as ``app.json``. The app is kept as a weak proxy.
    """

    def __init__(self, app: App) -> None:
        self._app: App = weakref.proxy(app)

    def dumps(self, obj: t.Any, **kwargs: t.Any) -> str:
        """Write data as JSON text. Keyword arguments are the library's own.

        Raises:
            NotImplementedError: The subclass does not write.
        """
        raise NotImplementedError

    def dump(self, obj: t.Any, fp: t.IO[str], **kwargs: t.Any) -> None:
        """Write data as JSON text to a file opened for text."""
        fp.write(self.dumps(obj, **kwargs))

    def loads(self, s: str | bytes, **kwargs: t.Any) -> t.Any:
        """Read data from JSON text, or from its bytes in UTF-8.

        Raises:
            NotImplementedError: The subclass does not read.
        """
        raise NotImplementedError

    def load(self, fp: t.IO[t.AnyStr], **kwargs: t.Any) -> t.Any:
        """Read data from a JSON file opened for text, or for bytes in UTF-8."""
        return self.loads(fp.read(), **kwargs)

    def _prepare_response_obj(self, args: tuple[t.Any, ...], kwargs: dict[str, t.Any]) -> t.Any:
        if args and kwargs:
            raise TypeError("app.json.response() takes either args or kwargs, not both")
        if len(args) == 1:
            return args[0]
        return args or kwargs or None

    def response(self, *args: t.Any, **kwargs: t.Any) -> Response:
        """Make a response with the arguments as its JSON body (`ewer.json.jsonify` calls this).

        One positional argument is the value; several are a list; keyword arguments are an object; nothing
        at all is ``null``.

        Raises:
            TypeError: Positional and keyword arguments together.
        """
        value = self._prepare_response_obj(args, kwargs)
        return t.cast("Response", self._app.response_class(self.dumps(value), mimetype="application/json"))


def _default(o: t.Any) -> t.Any:
    """Turn what `json` does not know into what it knows; dates, decimals, UUIDs, dataclasses and markup.

    PERF: a value can only be of a class whose module has been imported, so nothing is imported to find that
    it is not (`bench/` cold start).
    """
    modules: t.Any = sys.modules
    if isinstance(o, getattr(modules.get("datetime"), "date", ())):
        import werkzeug
        from werkzeug.http import http_date

        return http_date(t.cast("t.Any", o))
    if isinstance(o, getattr(modules.get("decimal"), "Decimal", ())):
        return str(o)
    if isinstance(o, getattr(modules.get("uuid"), "UUID", ())):
        return str(o)
    if hasattr(o if isinstance(o, type) else type(o), "__dataclass_fields__"):
        return _fields_of(o)
    if hasattr(o, "__html__"):
        return str(o.__html__())
    raise TypeError(f"Object of type {type(o).__name__} is not JSON serializable")


def _fields_of(o: t.Any) -> dict[str, t.Any]:
    """Do what `dataclasses.asdict` does, without its deep copy where every field is a plain value."""
    import dataclasses

    if isinstance(o, type):
        return dataclasses.asdict(t.cast("t.Any", o))  # NOTE: a class; asdict says so in its TypeError.
    names = _FIELD_NAMES.get(type(o))
    if names is None:
        names = tuple(field.name for field in dataclasses.fields(o))
        # PERF: finding the fields takes longer than writing them (bench workload "100 objects").
        if len(_FIELD_NAMES) < _MOST_CLASSES:
            _FIELD_NAMES[type(o)] = names
    plain = {name: getattr(o, name) for name in names}
    return plain if _ATOMS.issuperset(map(type, plain.values())) else dataclasses.asdict(o)


_PLAIN_FIELDS: WeakKeyDictionary[type, tuple[str, ...]] = WeakKeyDictionary()
_FIELD_NAMES: WeakKeyDictionary[type, tuple[str, ...]] = WeakKeyDictionary()
_MOST_CLASSES = 1024


def _dicts_of(objects: list[t.Any]) -> list[t.Any]:
    """Return the attributes of dataclass instances of one class, if they are its fields and nothing else; else the objects."""
    cls = type(objects[0])
    names = _PLAIN_FIELDS.get(cls)
    if names is None:
        names = _plain_fields(cls)
        if len(_PLAIN_FIELDS) < _MOST_CLASSES:
            _PLAIN_FIELDS[cls] = names
    # PERF: all loops are native (bench workload "hundred-objects").
    if not names or set(map(type, objects)) != {cls}:
        return objects
    dicts = list(map(vars, objects))
    return dicts if set(map(tuple, dicts)) == {names} else objects


def _plain_fields(cls: type) -> tuple[str, ...]:
    """Name the fields of a class whose instances keep each in their `__dict__` and nowhere else; empty for any other class."""
    import dataclasses

    names = tuple(field.name for field in dataclasses.fields(t.cast("t.Any", cls)))
    access: t.Any = cls.__getattribute__
    has_own_way = access is not object.__getattribute__ or not cls.__dictoffset__
    if has_own_way or any(hasattr(type(getattr(cls, name, None)), "__set__") for name in names):
        return ()
    return names


class DefaultJSONProvider(WatchedPart, JSONProvider, metaclass=PartType):
    """JSON by the standard library, with a few more types.

    Dates and datetimes become HTTP dates (RFC 9110, 5.6.7), decimals and UUIDs text, dataclasses objects,
    and whatever has an ``__html__`` method the text it returns.
    """

    default: t.Callable[[t.Any], t.Any] = staticmethod(_default)
    """Called with each value `json` cannot write; returns one it can, or raises TypeError."""

    ensure_ascii = True
    """Write everything outside ASCII as escapes."""

    sort_keys = True
    """Write objects with their keys sorted; keys of types that do not compare then raise TypeError."""

    compact: bool | None = None
    """Write responses without spaces and line breaks. None: unless the app is in debug mode."""

    mimetype = "application/json"
    """The media type of responses."""

    _reads = 0
    _made_encoder: tuple[tuple[t.Any, ...], t.Callable[[t.Any, int], t.Iterable[str]]] | None = None
    """The options of the latest text, and the encoder made for them."""
    _made_for: tuple[tuple[t.Any, ...], t.Callable[[t.Any], bytes]] | None = None
    """The options that the latest compact body was written with, and what wrote it."""

    def dumps(self, obj: t.Any, **kwargs: t.Any) -> str:
        """Write data as JSON text; keyword arguments are those of `json.dumps` and go before the attributes.

        Raises:
            TypeError: Something in ``obj`` has no JSON form, or keys that cannot be sorted.
            ValueError: ``obj`` contains itself, or a float JSON lacks with ``allow_nan=False``.
            RecursionError: ``obj`` is nested too deeply.
        """
        if not kwargs:
            separators = (", ", ": ")
        elif len(kwargs) == 1 and kwargs.get("separators") == _COMPACT:
            separators = _COMPACT
        else:
            return self._dumps_by_library(obj, kwargs)

        # PERF: the C encoder straight away, as JSONEncoder.encode would build it for each call, and the last one again
        # (bench workload "session"). It keeps no record of the objects in the making, which two threads that write one
        # object could not share: for a value that contains itself, the library finds the words. tests/test_json.py
        # holds both ways equal.
        make_encoder = _encoder.c_make_encoder
        default: t.Any = self.default
        if make_encoder is None or default is None or not library_is_untouched():
            return self._dumps_by_library(obj, kwargs)
        quote = _encoder.encode_basestring_ascii if self.ensure_ascii else _encoder.encode_basestring
        options = (make_encoder, default, quote, separators, self.sort_keys)
        made = self._made_encoder
        if made is None or made[0] != options:
            encode = make_encoder(None, default, quote, None, separators[1], separators[0], self.sort_keys, False, True)
            made = (options, encode)
            # NOTE: a bound method would make the provider keep itself alive.
            if getattr(default, "__self__", None) is not self:
                self._made_encoder = made
        try:
            return "".join(made[1](obj, 0))
        except RecursionError:
            return self._dumps_by_library(obj, kwargs)

    def _dumps_by_library(self, obj: t.Any, kwargs: dict[str, t.Any]) -> str:
        kwargs.setdefault("default", self.default)
        kwargs.setdefault("ensure_ascii", self.ensure_ascii)
        kwargs.setdefault("sort_keys", self.sort_keys)
        return json.dumps(obj, **kwargs)

    def loads(self, s: str | bytes, **kwargs: t.Any) -> t.Any:
        """Read data from JSON text or bytes; keyword arguments are those of `json.loads`.

        Raises:
            ValueError: The text is not JSON (`json.JSONDecodeError`), or the bytes are not UTF-8.
        """
        # PERF: msgspec reads what it takes to the same values; the rest, like an infinity, is the library's (bench workload
        # "json-body"; tests/test_json.py holds them equal).
        if not kwargs and json.loads is _STDLIB_LOADS and type(s) in _TEXTS:
            try:
                return self._decode(s)
            except Exception:
                return json.loads(s)
        return json.loads(s, **kwargs)

    def _decode(self, s: str | bytes) -> t.Any:
        """Read by the library, and by msgspec once that has been worth importing."""
        self._reads += 1
        if self._reads == WARM_UP:
            import msgspec

            vars(self)["_decode"] = msgspec.json.decode
        return json.loads(s)

    def response(self, *args: t.Any, **kwargs: t.Any) -> Response:
        """Make a response with the arguments as its JSON body, ending in a line feed.

        Takes its arguments as `JSONProvider.response` does; the body is indented by two spaces or written
        without any, as `compact` says.

        Raises:
            TypeError: Positional and keyword arguments together, or a value without a JSON form.
        """
        value = self._prepare_response_obj(args, kwargs)
        app: t.Any = self._app
        response_class = app.response_class
        serving: t.Any = getattr(app, "_serving", None)
        # PERF: what writes the bodies of plain replies also writes this one, as long as nothing has changed
        # (tests/call_budgets.toml, "response_object").
        is_current = serving is not None and serving.version == app._watch.version and app.json is self
        if is_current and serving.dump_json is not None and getattr(response_class, "_is_made_plainly", False):
            return response_class._of_body(serving.dump_json(value), TEXT.json)  # type: ignore[no-any-return]  # a cast is a call
        return response_class(self._dumps_body(value), mimetype=self.mimetype)  # type: ignore[no-any-return]  # as above

    def _dumps_body(self, value: t.Any) -> str:
        compact = self.compact
        if compact is False or (compact is None and self._app.debug):
            return f"{self.dumps(value, indent=2)}\n"
        return self._write_compactly(value).decode()

    def _write_compactly(self, value: t.Any) -> bytes:
        """Write a compact body, by the way made for the present options."""
        options = (self.default, self.ensure_ascii, self.sort_keys)
        made = self._made_for
        if made is not None and made[0] == options and self._writes_as_stock():
            return made[1](value)
        write = self._make_writer()
        # NOTE: a bound method would make the provider keep itself alive.
        if getattr(options[0], "__self__", None) is not self and self._writes_as_stock():
            self._made_for = (options, write)
        return write(value)

    def _writes_as_stock(self) -> bool:
        return getattr(self.dumps, "__func__", None) is _STOCK_DUMPS

    def _make_writer(self) -> t.Callable[[t.Any], bytes]:
        provider = weakref.ref(self)

        def by_dumps(value: t.Any) -> bytes:
            return f"{t.cast('t.Any', provider()).dumps(value, separators=_COMPACT)}\n".encode()

        default: t.Any = self.default
        if default is None or _encoder.c_make_encoder is None or not self._writes_as_stock():
            return by_dumps
        return CompactReplies(
            default,
            ensure_ascii=bool(self.ensure_ascii),
            sort_keys=bool(self.sort_keys),
            otherwise=by_dumps,
            as_dicts=_dicts_of if default is _default else None,
        ).write

    def _reply_writer(self, debug: bool) -> t.Callable[[t.Any], bytes]:
        """Return what writes the bodies that ``response()`` carries, for replies made without a response object.

        It holds for as long as no option changes. ``debug`` is the app's, which whoever calls knows already.
        """
        compact = self.compact
        if compact is False or (compact is None and debug):
            return lambda value: f"{self.dumps(value, indent=2)}\n".encode()
        return self._make_writer()


_STOCK_DUMPS = DefaultJSONProvider.dumps
"""What writes unless somebody puts something else on a subclass, on the class or on the provider."""


__getattr__ = borrowing(__name__)  # the names that Flask's module has besides

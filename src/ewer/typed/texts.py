"""Fetches the texts of a request into one plain dict, ready for a single native conversion. Nothing is judged here.

The texts are those of path, query, headers, cookies, form fields and files.
"""

from __future__ import annotations

import typing as t
from urllib.parse import unquote

from .kinds import is_upload, members_of
from .upload import UploadFile, wrap_storage

if t.TYPE_CHECKING:
    from .parameters import Parameter
    from .source import Source

Raw = dict[str, t.Any]
Reader = t.Callable[["Source", Raw], None]
GetList = t.Callable[[str], t.Sequence[t.Any]]


class _Wanted(t.NamedTuple):
    """One text to fetch: its wire name, the record's field and, for a model, the field inside of it."""

    alias: str
    key: str
    inner: str | None
    many: bool
    keeps_blank: bool


def reader_for(place: str, parameters: t.Sequence[Parameter]) -> Reader:
    """The step that fetches all parameters of one place."""
    if place == "path":
        return _path_reader([(p.alias, p.key) for p in parameters])
    keys = {p.alias: p.key for p in parameters}
    if place == "query" and len(keys) == len(parameters) and not any(p.many or p.fields for p in parameters):
        return _plain_query_reader(keys)
    if place == "file":
        return _file_reader(parameters)
    wanted = [entry for parameter in parameters for entry in _wanted_by(parameter)]
    always = [p.key for p in parameters if p.fields and p.required]
    open_key = next((p.key for p in parameters if p.closed), None)
    known = {entry.alias for entry in wanted}
    fetch = _FETCHERS[place]

    def read(source: Source, raw: Raw) -> None:
        for key in always:
            raw[key] = {}
        getlist, names = fetch(source)
        _fill(wanted, getlist, raw)
        if open_key is not None:
            for name in names():
                if name not in known:
                    raw.setdefault(open_key, {})[name] = getlist(name)[0]

    return read


def _wanted_by(parameter: Parameter) -> list[_Wanted]:
    if not parameter.fields:
        return [_Wanted(parameter.alias, parameter.key, None, parameter.many, parameter.keeps_blank)]
    return [
        _Wanted(alias, parameter.key, inner, many, keeps_blank) for alias, inner, many, keeps_blank in parameter.fields
    ]


def _fill(wanted: list[_Wanted], getlist: GetList, raw: Raw) -> None:
    for alias, key, inner, many, keeps_blank in wanted:
        values = getlist(alias)
        if not keeps_blank:
            values = [value for value in values if value != ""]
        if not values:
            continue
        value = list(values) if many else values[0]
        if inner is None:
            raw[key] = value
        else:
            raw.setdefault(key, {})[inner] = value


def _path_reader(pairs: list[tuple[str, str]]) -> Reader:
    def read(source: Source, raw: Raw) -> None:
        values = source.path_values
        for alias, key in pairs:
            if alias in values:
                raw[key] = values[alias]

    return read


def _plain_query_reader(keys: dict[str, str]) -> Reader:
    find = keys.get

    # PERF: one call for a query without escapes; tests/typed/test_call_budget.py counts it.
    def read(source: Source, raw: Raw) -> None:
        query = source.query
        if not query:
            return
        escaped = "%" in query or "+" in query
        for pair in query.split("&"):
            name, _, value = pair.partition("=")
            if escaped:
                name = unquote(name.replace("+", " "), errors="replace")
            key = find(name)
            if key is not None and key not in raw:
                raw[key] = unquote(value.replace("+", " "), errors="strict") if escaped else value

    return read


def parse_query(query: str) -> dict[str, list[str]]:
    """All values of a query string by name, in order; blank ones are kept.

    Raises:
        UnicodeDecodeError: a value is not UTF-8.
    """
    found: dict[str, list[str]] = {}
    if not query:
        return found
    escaped = "%" in query or "+" in query
    for pair in query.split("&"):
        if not pair:
            continue
        name, _, value = pair.partition("=")
        if escaped:
            name = unquote(name.replace("+", " "), errors="replace")
            value = unquote(value.replace("+", " "), errors="strict")
        found.setdefault(name, []).append(value)
    return found


Fetched = tuple[GetList, t.Callable[[], t.Iterable[str]]]


def _fetch_query(source: Source) -> Fetched:
    found = parse_query(source.query)
    return (lambda name: found.get(name, ())), found.keys


def _fetch_headers(source: Source) -> Fetched:
    # NOTE: repeated fields and one field with commas mean the same. Source: RFC 9110 section 5.3.
    def getlist(name: str) -> t.Sequence[str]:
        value = source.header(name)
        return () if value is None else _Folded(value)

    return getlist, lambda: ()


class _Folded(t.Sequence[str]):
    """A header value: whole where one value is asked for, split at its commas where a list is."""

    __slots__ = ("value",)

    def __init__(self, value: str) -> None:
        self.value = value

    def __len__(self) -> int:
        return 1

    def __getitem__(self, index: t.Any) -> t.Any:
        return self.value

    def __iter__(self) -> t.Iterator[str]:
        # NOTE: empty elements do not count. Source: RFC 9110 section 5.6.1.2.
        return (part.strip() for part in self.value.split(",") if part.strip())


def _fetch_cookies(source: Source) -> Fetched:
    cookies = source.cookies
    return (lambda name: (cookies[name],) if name in cookies else ()), cookies.keys


def _fetch_form(source: Source) -> Fetched:
    form, files = source.form, source.files

    def getlist(name: str) -> t.Sequence[t.Any]:
        return form.getlist(name) or [wrap_storage(f) for f in files.getlist(name) if f.filename]

    return getlist, form.keys


_FETCHERS: dict[str, t.Callable[[Source], Fetched]] = {
    "query": _fetch_query,
    "header": _fetch_headers,
    "cookie": _fetch_cookies,
    "form": _fetch_form,
}


def _file_reader(parameters: t.Sequence[Parameter]) -> Reader:
    wanted = [(p.alias, p.key, p.many, _wrapper_for(p.annotation)) for p in parameters]

    def read(source: Source, raw: Raw) -> None:
        for alias, key, many, wrap in wanted:
            # NOTE: a browser sends a file field that was left empty as a part without a filename.
            found = [wrap(storage) for storage in source.files.getlist(alias) if storage.filename]
            if found:
                raw[key] = found if many else found[0]

    return read


def _wrapper_for(annotation: t.Any) -> t.Callable[[t.Any], t.Any]:
    for member in members_of(annotation):
        inner = t.get_args(member)[0] if t.get_origin(member) in (list, tuple, set, t.Sequence) else member
        if inner is bytes:
            return lambda storage: storage.stream.read()
        if is_upload(inner):
            return wrap_storage if issubclass(inner, UploadFile) else lambda storage: storage
    return wrap_storage

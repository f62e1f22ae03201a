"""The words a view uses to say where a value comes from: ``Query``, ``Header``, ``Body``, ``Depends`` and the others.

Each may stand in ``Annotated[int, Query(ge=1)]`` or be the default, ``limit: int = Query(20, ge=1)``. They are functions
rather than classes so that a type checker compares a marker's default with the parameter's own type. Reading them is
the business of ``signature``; this module knows nothing but the words and imports next to nothing.
"""

from __future__ import annotations

import typing as t

T = t.TypeVar("T")

Place = t.Literal["path", "query", "header", "cookie", "body", "form", "file"]


class _Missing:
    """The type of ``MISSING``, which stands where no default was given."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "MISSING"

    def __bool__(self) -> bool:
        return False


MISSING: t.Any = _Missing()

#: The keywords of a marker that become constraints of the value.
CONSTRAINTS = ("gt", "ge", "lt", "le", "multiple_of", "min_length", "max_length", "pattern")


class Marker:
    """What one ``Query(...)``, ``Header(...)`` and so on said. Made once, at import; read at set-up."""

    __slots__ = (
        "alias",
        "convert_underscores",
        "default",
        "default_factory",
        "deprecated",
        "description",
        "embed",
        "examples",
        "constraints",
        "include_in_schema",
        "media_type",
        "place",
        "title",
    )

    def __init__(
        self,
        place: Place,
        default: t.Any = MISSING,
        *,
        default_factory: t.Callable[[], t.Any] | None = None,
        alias: str | None = None,
        title: str | None = None,
        description: str | None = None,
        examples: t.Sequence[t.Any] | None = None,
        deprecated: bool = False,
        include_in_schema: bool = True,
        embed: bool | None = None,
        media_type: str | None = None,
        convert_underscores: bool = True,
        **constraints: t.Any,
    ) -> None:
        self.place = place
        self.default = MISSING if default is ... else default
        self.default_factory = default_factory
        self.alias = alias
        self.title = title
        self.description = description
        self.examples = list(examples) if examples is not None else None
        self.deprecated = deprecated
        self.include_in_schema = include_in_schema
        self.embed = embed
        self.media_type = media_type
        self.convert_underscores = convert_underscores
        self.constraints = {name: value for name, value in constraints.items() if value is not None}

    def __repr__(self) -> str:
        return f"{self.place.capitalize()}()"


class Dependency:
    """What one ``Depends(...)`` or ``Security(...)`` said."""

    __slots__ = ("call", "scope", "scopes", "use_cache")

    def __init__(
        self,
        call: t.Callable[..., t.Any] | None,
        *,
        use_cache: bool = True,
        scope: Life = "request",
        scopes: t.Sequence[str] = (),
    ) -> None:
        self.call = call
        self.use_cache = use_cache
        self.scope = scope
        self.scopes = tuple(scopes)

    def __repr__(self) -> str:
        return f"Depends({getattr(self.call, '__name__', self.call)})"


#: How long what a dependency gave lives: until the view returned, until the response was sent, or as long as the app.
Life = t.Literal["function", "request", "app"]


def Path(
    *,
    alias: str | None = None,
    title: str | None = None,
    description: str | None = None,
    examples: t.Sequence[t.Any] | None = None,
    deprecated: bool = False,
    include_in_schema: bool = True,
    gt: t.Any = None,
    ge: t.Any = None,
    lt: t.Any = None,
    le: t.Any = None,
    multiple_of: float | None = None,
    min_length: int | None = None,
    max_length: int | None = None,
    pattern: str | None = None,
) -> t.Any:
    """A variable of the URL rule. It takes no default: a rule that matched always has its variables."""
    return Marker(
        "path",
        alias=alias,
        title=title,
        description=description,
        examples=examples,
        deprecated=deprecated,
        include_in_schema=include_in_schema,
        gt=gt,
        ge=ge,
        lt=lt,
        le=le,
        multiple_of=multiple_of,
        min_length=min_length,
        max_length=max_length,
        pattern=pattern,
    )


class _Word(t.Protocol):
    """The call signature shared by ``Query``, ``Header``, ``Cookie``, ``Body``, ``Form`` and ``File``."""

    @t.overload
    def __call__(
        self,
        default: T,
        *,
        alias: str | None = None,
        title: str | None = None,
        description: str | None = None,
        examples: t.Sequence[t.Any] | None = None,
        deprecated: bool = False,
        include_in_schema: bool = True,
        gt: t.Any = None,
        ge: t.Any = None,
        lt: t.Any = None,
        le: t.Any = None,
        multiple_of: float | None = None,
        min_length: int | None = None,
        max_length: int | None = None,
        pattern: str | None = None,
        media_type: str | None = None,
        embed: bool | None = None,
        convert_underscores: bool = True,
    ) -> T: ...

    @t.overload
    def __call__(
        self,
        *,
        default_factory: t.Callable[[], t.Any] | None = None,
        alias: str | None = None,
        title: str | None = None,
        description: str | None = None,
        examples: t.Sequence[t.Any] | None = None,
        deprecated: bool = False,
        include_in_schema: bool = True,
        gt: t.Any = None,
        ge: t.Any = None,
        lt: t.Any = None,
        le: t.Any = None,
        multiple_of: float | None = None,
        min_length: int | None = None,
        max_length: int | None = None,
        pattern: str | None = None,
        media_type: str | None = None,
        embed: bool | None = None,
        convert_underscores: bool = True,
    ) -> t.Any: ...


def _word(place: Place, text: str) -> _Word:
    def word(default: t.Any = MISSING, **keywords: t.Any) -> t.Any:
        unknown = keywords.keys() - _ALLOWED[place]
        if unknown:
            raise TypeError(f"{place.capitalize()}() got an unexpected keyword argument {sorted(unknown)[0]!r}")
        return Marker(place, default, **keywords)

    word.__name__ = word.__qualname__ = place.capitalize()
    word.__doc__ = text
    return t.cast(_Word, word)


_SHARED = frozenset(
    ("alias", "default_factory", "deprecated", "description", "examples", "include_in_schema", "title", *CONSTRAINTS)
)
_ALLOWED = {
    "path": _SHARED,
    "query": _SHARED,
    "header": _SHARED | {"convert_underscores"},
    "cookie": _SHARED,
    "body": _SHARED | {"embed", "media_type"},
    "form": _SHARED | {"media_type"},
    "file": _SHARED | {"media_type"},
}

Query = _word("query", "A value, list or model from the query string.")
Header = _word(
    "header", "A request header; underscores of the name become hyphens unless ``convert_underscores=False``."
)
Cookie = _word("cookie", "A cookie, or a model over the cookies.")
Body = _word("body", "The JSON body, one key of it (``embed=True``), or the raw body for ``bytes``.")
Form = _word("form", "A form field, or a model over the form fields.")
File = _word("file", "An uploaded file: ``UploadFile``, ``bytes``, or a list of either.")


@t.overload
def Depends(
    dependency: t.Callable[..., t.AsyncGenerator[T, t.Any]], *, use_cache: bool = ..., scope: Life = ...
) -> T: ...
@t.overload
def Depends(
    dependency: t.Callable[..., t.Generator[T, t.Any, t.Any]], *, use_cache: bool = ..., scope: Life = ...
) -> T: ...
@t.overload
def Depends(dependency: t.Callable[..., t.AsyncIterator[T]], *, use_cache: bool = ..., scope: Life = ...) -> T: ...
@t.overload
def Depends(dependency: t.Callable[..., t.Iterator[T]], *, use_cache: bool = ..., scope: Life = ...) -> T: ...
@t.overload
def Depends(
    dependency: t.Callable[..., t.Coroutine[t.Any, t.Any, T]], *, use_cache: bool = ..., scope: Life = ...
) -> T: ...
@t.overload
def Depends(dependency: t.Callable[..., T], *, use_cache: bool = ..., scope: Life = ...) -> T: ...
@t.overload
def Depends(*, use_cache: bool = ..., scope: Life = ...) -> t.Any: ...
def Depends(dependency: t.Any = None, *, use_cache: bool = True, scope: Life = "request") -> t.Any:
    """What another callable gives: a function, class, callable object, generator, or an async one of these.

    ``scope`` says when a generator is resumed for its clean-up: ``"function"`` when the view returned, ``"request"``
    after the response was sent, ``"app"`` when the application closes (the value is then made once per application).
    With ``use_cache=False`` the dependency runs anew for each place that asks for it. Without an argument the annotated
    class itself is the dependency.
    """
    return Dependency(dependency, use_cache=use_cache, scope=scope)


def Security(dependency: t.Callable[..., t.Any], *, scopes: t.Sequence[str] = (), use_cache: bool = True) -> t.Any:
    """A ``Depends`` that also names the scopes it needs, for ``SecurityScopes`` and the OpenAPI document."""
    return Dependency(dependency, use_cache=use_cache, scopes=scopes)

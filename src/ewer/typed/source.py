"""What the typed layer needs from a request, and nothing more: the ``Source`` protocol.

The engine's request object offers these names; a test passes a plain object with the same ones.
"""

from __future__ import annotations

import typing as t

if t.TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


class MultiValues(t.Protocol):
    """A multi-dict as Werkzeug gives for forms and files."""

    def getlist(self, key: str, /) -> Sequence[t.Any]:
        """All values of a key, in order."""

    def keys(self) -> t.Iterable[str]:
        """The keys that have values."""


class Source(t.Protocol):
    """One request. Attributes may be properties; each is read only if the view needs it."""

    @property
    def path_values(self) -> Mapping[str, t.Any]:
        """The URL variables as the router's converters made them, rule defaults included."""

    @property
    def query(self) -> str:
        """The query string, without the question mark, its escapes as they came. Reading it may raise UnicodeDecodeError."""

    @property
    def content_type(self) -> str:
        """The Content-Type header as sent, or an empty string."""

    @property
    def cookies(self) -> Mapping[str, str]:
        """The cookies, the first of each name."""

    @property
    def form(self) -> MultiValues:
        """The fields of a form body. Reading it may raise what the body parser raises (413 among others)."""

    @property
    def files(self) -> MultiValues:
        """The files of a multipart body, as objects with ``stream``, ``filename`` and ``headers``."""

    @property
    def request(self) -> t.Any:
        """The request object that a parameter annotated ``Request`` gets."""

    def header(self, name: str, /) -> str | None:
        """The value of a header by its lower-case hyphenated name, repeated ones joined by commas."""

    def body(self) -> bytes:
        """The whole body. May raise what a body over its limit raises."""

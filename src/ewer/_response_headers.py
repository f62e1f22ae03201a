"""The headers of a plain response: Werkzeug's, with shorter ways for what hooks do most.

Werkzeug looks a header up by raising an error where there is none, and sets one in four calls. Which values are refused, and what
comes first where a header stands twice, is the same. Next: `ewer.wrappers.Response`, which starts with these.
"""

from __future__ import annotations

import typing as t

import werkzeug
from werkzeug.datastructures import Headers


class ResponseHeaders(Headers):
    """Headers that know the common cases of reading, adding and setting one header.

    PERF: every hook that sets a header does these (tests/call_budgets.toml, "hooks" and "cors").
    """

    def __contains__(self, key: t.Any) -> bool:
        wanted = key.lower()
        return wanted in [name.lower() for name, _ in self._list]

    def get(self, key: t.Any, default: t.Any = None, type: t.Any = None) -> t.Any:  # type: ignore[override]  # Werkzeug's name, and its five signatures in one
        """Return the first value of a header, through `type` if given; `default` where there is none, or `type` raises ValueError."""
        if type is not None:
            return super().get(key, default, type)
        wanted = key.lower()
        for name, value in self._list:
            if name.lower() == wanted:
                return value
        return default

    def add(self, key: str, value: t.Any, /, **kwargs: t.Any) -> None:
        """Add a header, next to others of its name.

        Raises:
            ValueError: the value holds a line break.
        """
        if kwargs or type(value) is not str or not value.isprintable():
            super().add(key, value, **kwargs)
        else:
            self._list.append((key, value))

    def __setitem__(self, key: t.Any, value: t.Any) -> None:
        if type(key) is not str or type(value) is not str or not value.isprintable():
            super().__setitem__(key, value)
            return
        wanted = key.lower()
        for name, _ in self._list:
            if name.lower() == wanted:
                super().__setitem__(key, value)
                return
        self._list.append((key, value))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, ResponseHeaders):
            return Headers(t.cast("t.Any", self._list)) == other
        return super().__eq__(other)

    __hash__ = None

    def __reduce__(self) -> t.Any:
        # NOTE: caches keep pickled responses, and whoever reads them need not be this framework.
        return Headers, (list(self._list),)


# Messages and logs show Werkzeug's name.
ResponseHeaders.__name__ = ResponseHeaders.__qualname__ = "Headers"
ResponseHeaders.__module__ = Headers.__module__

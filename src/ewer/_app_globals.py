"""The class behind `g`, apart from `ewer.ctx`, where it belongs to the outside."""

from __future__ import annotations

import typing as t

from .globals import _cv_app

_sentinel: t.Any = object()


class _AppCtxGlobals:
    """The namespace behind `g`: attributes, plus the dict methods that ask before they touch."""

    # NOTE: attribute access is Python's own. Flask's class spells it out, and extensions that subclass it call none of those methods.

    if t.TYPE_CHECKING:

        def __getattr__(self, name: str) -> t.Any: ...
        def __setattr__(self, name: str, value: t.Any) -> None: ...
        def __delattr__(self, name: str) -> None: ...

    def get(self, name: str, default: t.Any | None = None) -> t.Any:
        """Return the attribute, or `default` where it is missing."""
        return self.__dict__.get(name, default)

    def pop(self, name: str, default: t.Any = _sentinel) -> t.Any:
        """Remove the attribute and return it.

        Raises:
            KeyError: it is missing and no default was given.
        """
        if default is _sentinel:
            return self.__dict__.pop(name)
        return self.__dict__.pop(name, default)

    def setdefault(self, name: str, default: t.Any = None) -> t.Any:
        """Return the attribute, set to `default` first where it is missing."""
        return self.__dict__.setdefault(name, default)

    def __contains__(self, item: str) -> bool:
        return item in self.__dict__

    def __iter__(self) -> t.Iterator[str]:
        return iter(self.__dict__)

    def __repr__(self) -> str:
        context = _cv_app.get(None)
        if context is not None:
            return f"<flask.g of {context.app.name!r}>"
        return object.__repr__(self)


_AppCtxGlobals.__module__ = f"{__package__}.ctx"

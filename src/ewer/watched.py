"""Containers and classes that tell when they change.

Set-up compiles a plan from hook tables, the view table, the configuration and the stations of the application class;
Flask's contract lets all of these change at any time, even inside a view. Each of them therefore holds one shared
`Watch`, and every change moves its `version`, so that serving notices a change by comparing two integers.

The containers stay what they look like: `isinstance`, equality, iteration, copying and pickling are those of the
built-in type. This module knows nothing of applications or requests.
"""

from __future__ import annotations

from abc import ABCMeta
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable
from functools import wraps
from typing import Any, ClassVar, TypeVar
from weakref import WeakKeyDictionary, WeakSet

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")

_LIST_MUTATORS = (
    "append", "clear", "extend", "insert", "pop", "remove", "reverse", "sort",
    "__delitem__", "__iadd__", "__imul__", "__setitem__",
)  # fmt: skip
_DICT_MUTATORS = ("clear", "pop", "popitem", "update", "setdefault", "__delitem__", "__ior__", "__setitem__")


class Watch:
    """A version number that moves with every change of whatever shares it, and that of the wider watch it is part of."""

    __slots__ = ("__weakref__", "version", "wider")

    def __init__(self, wider: Watch | None = None) -> None:
        self.version = 0
        self.wider = wider

    def moved(self) -> None:
        """Note one change."""
        self.version += 1
        if self.wider is not None:
            self.wider.moved()


def _announcing(base: type, name: str) -> Callable[..., Any]:
    """Wrap the mutator `name` of `base` so that the container's watch moves, also when the mutator raises half way."""
    mutate = getattr(base, name)

    @wraps(mutate)
    def announced(self: Any, *args: Any, **kwargs: Any) -> Any:
        try:
            return mutate(self, *args, **kwargs)
        finally:
            if self.watch is not None:
                self.watch.moved()

    return announced


class _StateWithoutWatch:
    """Pickling and copying leave the watch behind: a copy belongs to nobody."""

    __slots__ = ()

    def __getstate__(self) -> dict[str, Any] | None:
        return {key: value for key, value in vars(self).items() if key != "watch"} or None


class WatchedList(_StateWithoutWatch, list[V]):
    """A list that moves its watch when it changes."""

    watch: Watch | None = None

    def __init__(self, values: Iterable[V] = (), watch: Watch | None = None) -> None:
        super().__init__(values)
        self.watch = watch


class WatchedDict(_StateWithoutWatch, dict[K, V]):
    """A dict that moves its watch when it changes; `watch` is set by its owner."""

    watch: Watch | None = None


for _name in _LIST_MUTATORS:
    setattr(WatchedList, _name, _announcing(list, _name))
for _name in _DICT_MUTATORS:
    setattr(WatchedDict, _name, _announcing(dict, _name))


class HookTable(_StateWithoutWatch, defaultdict[K, list[V]]):
    """Flask's `defaultdict(list)` of hook functions by blueprint name, watched with all its lists.

    A list that somebody else made and put in stays that very list. Its changes cannot be seen, so `is_opaque` tells that it has to be read anew for
    each request.
    """

    watch: Watch | None = None

    def __init__(self, watch: Watch | None = None, initial: dict[K, list[V]] | None = None) -> None:
        super().__init__(list)
        self.watch = watch
        for key, functions in (initial or {}).items():
            self[key] = WatchedList(functions, watch)

    def __missing__(self, key: K) -> list[V]:
        functions: WatchedList[V] = WatchedList((), self.watch)
        dict.__setitem__(self, key, functions)  # NOTE: an empty list is no hook; nothing has changed for the plan.
        return functions

    def setdefault(self, key: K, default: list[V] | None = None) -> list[V]:
        """Return the list for `key`; an empty `default` is taken as a wish for a fresh list, which is then a watched one."""
        if key in self:
            return self[key]
        if not default:
            return self[key]
        self[key] = default
        return default

    def copy(self) -> defaultdict[K, list[V]]:  # type: ignore[override]  # the copy is nobody's: an ordinary table
        """Return an ordinary, unwatched table with the same lists."""
        return defaultdict(list, self)

    __copy__ = copy  # type: ignore[assignment]  # as above

    def __reduce__(self) -> Any:
        return defaultdict, (list, {key: list(functions) for key, functions in self.items()})

    @property
    def is_opaque(self) -> bool:
        """Whether some list in the table can change without being noticed."""
        # NOTE: a list of them first, because another thread may read a missing key meanwhile, which adds it.
        return any(
            type(functions) is not WatchedList or functions.watch is not self.watch for functions in list(self.values())
        )


for _name in ("clear", "pop", "popitem", "update", "__delitem__", "__ior__", "__setitem__"):
    setattr(HookTable, _name, _announcing(defaultdict, _name))


class WatchedType(ABCMeta):
    """The metaclass of applications: an attribute set on a class moves the watch of every live application.

    Tracing agents replace methods on the class after applications were made. Asking each class at each request whether it is still itself would cost
    more than a request; being told costs nothing. It derives from `ABCMeta` so that applications may still be abstract classes.
    """

    watches: ClassVar[WeakSet[Watch]] = WeakSet()

    # PERF: plain class checks: ABCMeta's own look through registries at every isinstance() (bench/startup.py, tests/call_budgets.toml).
    __instancecheck__ = type.__instancecheck__
    __subclasscheck__ = type.__subclasscheck__

    def __setattr__(cls, name: str, value: object) -> None:
        super().__setattr__(name, value)
        WatchedType.all_moved()

    def __delattr__(cls, name: str) -> None:
        super().__delattr__(name)
        WatchedType.all_moved()

    @staticmethod
    def all_moved() -> None:
        """Move the watch of every live application."""
        watches: list[Watch] | None = None
        while watches is None:
            try:
                watches = list(WatchedType.watches)
            except RuntimeError:  # another thread has made an application at this moment
                continue
        for watch in watches:
            watch.moved()


class EveryWatch(Watch):
    """Moves the watch of every live application."""

    __slots__ = ()

    def moved(self) -> None:
        """Note one change."""
        WatchedType.all_moved()


class PartType(WatchedType):
    """The metaclass of replaceable parts that a plan leaves out where they are stock: it remembers what was set on the class later."""

    originals: ClassVar[WeakKeyDictionary[type, dict[str, object]]] = WeakKeyDictionary()
    """What stood in a class before something was set there: an attribute that was put back counts as never replaced."""

    def __setattr__(cls, name: str, value: object) -> None:
        if _is_internal(name):
            type.__setattr__(cls, name, value)
            return
        PartType.originals.setdefault(cls, {}).setdefault(name, vars(cls).get(name, PartType))
        super().__setattr__(name, value)


class WatchedPart:
    """A part whose instances, too, are asked anew by every application when one of their attributes is set."""

    def __setattr__(self, name: str, value: object) -> None:
        super().__setattr__(name, value)
        if not _is_internal(name):
            WatchedType.all_moved()


def _is_internal(name: str) -> bool:
    """Tell whether a name is set while a class or a part is being made, not by somebody who replaces something."""
    return name == "__abstractmethods__" or (name.startswith("_") and not name.startswith("__"))


def is_changed(part: type | object, names: Iterable[str]) -> bool:
    """Tell whether one of `names` was replaced on a part's class after it was made, or on the part itself."""
    cls = part if isinstance(part, type) else type(part)
    changed = {
        name
        for base in cls.__mro__
        for name, original in PartType.originals.get(base, {}).items()
        if vars(base).get(name, PartType) is not original
    }
    if part is not cls:
        changed |= vars(part).keys()
    return not changed.isdisjoint(names)

"""Runs dependencies: the loop for threads and the loop for the event loop, side by side, and what they open and close.

A ``Scope`` lives for one request, an ``AppScope`` as long as the application. Both loops are held equal by
tests/typed/test_dependencies.py.
"""

from __future__ import annotations

import threading
import typing as t

if t.TYPE_CHECKING:
    import asyncio
    from collections.abc import Awaitable, Callable, Coroutine
    from concurrent.futures import Future

    from .graph import Graph, Step

Values = dict[str, t.Any]


class AppScope:
    """Dependencies with ``scope="app"``: each is made once, by whoever asks first, and closed with the application."""

    def __init__(self) -> None:
        self._made: dict[Callable[..., t.Any], Future[t.Any]] = {}
        self._lock = threading.Lock()
        self._keeper = Scope(app=self)

    def claim(self, step: Step) -> tuple[Future[t.Any], bool]:
        """The promise of a value, and whether the caller is the one to make it."""
        from concurrent.futures import Future

        with self._lock:
            known = self._made.get(step.call)
            if known is not None:
                return known, False
            promise = self._made[step.call] = Future()
            return promise, True

    def get(self, step: Step, values: Values, scope: Scope) -> t.Any:
        """The value of a step, made now if nobody asked before; others wait for the one who makes it."""
        promise, mine = self.claim(step)
        if not mine:
            return promise.result()
        try:
            self._keeper.await_sync = scope.await_sync
            made = _call(step, values, self._keeper)
        except BaseException as error:
            self._fail(step, promise, error)
            raise
        promise.set_result(made)
        return made

    async def get_async(self, step: Step, values: Values, scope: Scope) -> t.Any:
        """As ``get``, from an event loop."""
        promise, mine = self.claim(step)
        if not mine:
            import asyncio

            return await asyncio.wrap_future(promise)
        try:
            self._keeper.in_thread = scope.in_thread
            made = await _call_async(step, values, self._keeper)
        except BaseException as error:
            self._fail(step, promise, error)
            raise
        promise.set_result(made)
        return made

    def _fail(self, step: Step, promise: Future[t.Any], error: BaseException) -> None:
        """Forgets a value that could not be made, so that the next one who asks tries again."""
        with self._lock:
            self._made.pop(step.call, None)
        promise.set_exception(error)

    def close(self) -> None:
        """Resumes the clean-up of all app-wide generators, the youngest first."""
        self._made.clear()
        self._keeper.close()

    async def aclose(self) -> None:
        """As ``close``, from an event loop."""
        self._made.clear()
        await self._keeper.aclose()


class Scope:
    """What the dependencies of one request opened, and how to reach the other side of the sync/async divide.

    ``await_sync`` runs a coroutine to its end from a thread; ``in_thread`` runs a function in a worker thread from the
    event loop.
    """

    __slots__ = ("_open", "_own_loop", "app", "await_sync", "in_thread")

    def __init__(
        self,
        *,
        app: AppScope | None = None,
        await_sync: Callable[[Coroutine[t.Any, t.Any, t.Any]], t.Any] | None = None,
        in_thread: Callable[..., Awaitable[t.Any]] | None = None,
    ) -> None:
        self.app = app
        self.await_sync = await_sync or self._run_on_own_loop
        self._own_loop: asyncio.AbstractEventLoop | None = None
        self.in_thread = in_thread or _to_thread
        self._open: list[tuple[Step, t.Any]] = []

    @property
    def is_open(self) -> bool:
        """Whether a generator is still to be resumed."""
        return bool(self._open)

    def close(self, error: BaseException | None = None, *, only_function: bool = False) -> None:
        """Resumes every open generator, the youngest first; with ``error`` it is raised at its ``yield``.

        ``only_function`` closes those with ``scope="function"`` and leaves the others open.

        Raises:
            BaseException: what a clean-up raised in place of ``error``. Swallowing ``error`` hides it from the
                generators that were opened earlier, never from the caller.
        """
        raised = error
        for step, generator in self._take(only_function):
            try:
                if step.is_async:
                    self.await_sync(_resume_async(step, generator, raised))
                else:
                    _resume(step, generator, raised)
                raised = None
            except BaseException as other:
                raised = other
        if self._own_loop is not None and not self._open:
            self._own_loop.close()
            self._own_loop = None
        if raised is not None and raised is not error:
            raise raised

    async def aclose(self, error: BaseException | None = None, *, only_function: bool = False) -> None:
        """As ``close``, from an event loop; blocking clean-ups run in a thread."""
        raised = error
        for step, generator in self._take(only_function):
            try:
                if step.is_async:
                    await _resume_async(step, generator, raised)
                else:
                    await self.in_thread(_resume, step, generator, raised)
                raised = None
            except BaseException as other:
                raised = other
        if raised is not None and raised is not error:
            raise raised

    def opened(self, step: Step, generator: t.Any) -> None:
        """Remembers a generator that is to be resumed later."""
        self._open.append((step, generator))

    def _run_on_own_loop(self, coroutine: Coroutine[t.Any, t.Any, t.Any]) -> t.Any:
        """Runs coroutines where the engine gave no loop to run them on: in scripts and tests.

        NOTE: one loop for the whole scope, because a loop that ends closes the generators that are still open on it.
        """
        if self._own_loop is None:
            import asyncio

            self._own_loop = asyncio.new_event_loop()
        return self._own_loop.run_until_complete(coroutine)

    def _take(self, only_function: bool) -> list[tuple[Step, t.Any]]:
        if not self._open:
            return []
        taken = [entry for entry in reversed(self._open) if not only_function or entry[0].life == "function"]
        self._open = [entry for entry in self._open if only_function and entry[0].life != "function"]
        return taken


def run(graph: Graph, values: Values, scope: Scope) -> Values:
    """Calls every dependency in a thread and gives the view's keyword arguments.

    When one fails, the caller closes the scope with the error, as it does when the view fails.
    """
    values.update(graph.constants)
    for step in graph.steps:
        if step.life == "app":
            values[step.key] = _app_of(scope).get(step, values, scope)
        else:
            values[step.key] = _call(step, values, scope)
    return {name: values[key] for name, key in graph.arguments}


async def run_async(graph: Graph, values: Values, scope: Scope) -> Values:
    """As ``run``, on an event loop: blocking dependencies that follow each other share one trip to a thread."""
    values.update(graph.constants)
    for blocking, steps in graph.batches:
        if blocking:
            await scope.in_thread(_call_all, steps, values, scope)
            continue
        for step in steps:
            if step.life == "app":
                values[step.key] = await _app_of(scope).get_async(step, values, scope)
            else:
                values[step.key] = await _call_async(step, values, scope)
    return {name: values[key] for name, key in graph.arguments}


def _call_all(steps: t.Sequence[Step], values: Values, scope: Scope) -> None:
    for step in steps:
        values[step.key] = _call(step, values, scope)


def _call(step: Step, values: Values, scope: Scope) -> t.Any:
    made = step.call(**{name: values[key] for name, key in step.arguments})
    if step.kind == "plain":
        return made
    if step.kind == "coroutine":
        return scope.await_sync(made)
    if step.kind == "generator":
        return _opened(step, made, next(made, _NOTHING), scope)
    return _opened(step, made, scope.await_sync(_first(made)), scope)


async def _call_async(step: Step, values: Values, scope: Scope) -> t.Any:
    if not step.is_async:
        return await scope.in_thread(_call, step, values, scope)
    made = step.call(**{name: values[key] for name, key in step.arguments})
    if step.kind == "coroutine":
        return await made
    return _opened(step, made, await _first(made), scope)


_NOTHING = object()


def _opened(step: Step, generator: t.Any, value: t.Any, scope: Scope) -> t.Any:
    if value is _NOTHING:
        raise RuntimeError(f"Dependency {step.name}() ended without a yield ({step.where})")
    scope.opened(step, generator)
    return value


async def _first(generator: t.Any) -> t.Any:
    async for value in generator:
        return value
    return _NOTHING


def _resume(step: Step, generator: t.Any, error: BaseException | None) -> None:
    try:
        if error is None:
            next(generator)
        else:
            generator.throw(error)
    except StopIteration:
        return
    except RuntimeError as other:
        # NOTE: a StopIteration thrown into a generator comes back as the cause of a RuntimeError (PEP 479).
        if error is not None and other.__cause__ is error:
            raise error from None
        raise
    generator.close()
    raise RuntimeError(f"Dependency {step.name}() yields more than once ({step.where})")


async def _resume_async(step: Step, generator: t.Any, error: BaseException | None) -> None:
    try:
        if error is None:
            await generator.__anext__()
        else:
            await generator.athrow(error)
    except StopAsyncIteration:
        return
    except RuntimeError as other:
        if error is not None and other.__cause__ is error:
            raise error from None
        raise
    await generator.aclose()
    raise RuntimeError(f"Dependency {step.name}() yields more than once ({step.where})")


def _app_of(scope: Scope) -> AppScope:
    if scope.app is None:
        scope.app = AppScope()
    return scope.app


async def _to_thread(function: Callable[..., t.Any], *arguments: t.Any) -> t.Any:
    import asyncio

    return await asyncio.to_thread(function, *arguments)

"""Coroutines called from plain threads: which loop they run on, what they share with the caller, and that nobody waits for himself.

Each test ends by a hard limit: a deadlock is a failure.
"""

from __future__ import annotations

import asyncio
import contextvars
import os
import signal
import threading

import pytest

import ewer
from ewer._async_bodies import AsyncChunks
from ewer._bridge import _Background, _Call, async_to_sync, wait_for
from ewer.homes import set_home_loop, take_over

LIMIT_S = 30.0
variable: contextvars.ContextVar[str] = contextvars.ContextVar("variable", default="unset")


def in_thread(function, limit_s: float = LIMIT_S):
    """Call `function` in a thread of its own and return its result; fail when it takes longer than the limit."""
    outcome: dict[str, object] = {}

    def work() -> None:
        try:
            outcome["result"] = function()
        except BaseException as error:
            outcome["error"] = error

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    thread.join(limit_s)
    assert not thread.is_alive(), "the thread waits for ever"
    if "error" in outcome:
        raise outcome["error"]  # type: ignore[misc]  # it is an exception
    return outcome["result"]


async def running_loop():
    return asyncio.get_running_loop()


def test_a_coroutine_function_called_from_a_plain_thread_gives_its_result():
    async def double(number: int) -> int:
        await asyncio.sleep(0)
        return 2 * number

    assert in_thread(lambda: async_to_sync(double)(21)) == 42


def test_an_error_comes_back_as_it_was_raised():
    async def failing():
        raise KeyError("lost")

    with pytest.raises(KeyError, match="lost"):
        in_thread(async_to_sync(failing))


def test_all_plain_threads_share_one_background_loop():
    loops = {in_thread(async_to_sync(running_loop)) for _ in range(5)}

    assert len(loops) == 1
    assert async_to_sync(running_loop)() in loops


def test_context_variables_go_in_and_come_back():
    async def change() -> str:
        seen = variable.get()
        variable.set("set by the coroutine")
        return seen

    def calling():
        variable.set("set by the caller")
        return async_to_sync(change)(), variable.get()

    assert in_thread(calling) == ("set by the caller", "set by the coroutine")


def test_the_caller_of_another_thread_does_not_see_them():
    async def change() -> None:
        variable.set("set by the coroutine")

    in_thread(async_to_sync(change))
    assert in_thread(variable.get) == "unset"


def test_taking_over_leaves_alone_what_is_the_same():
    variable.set("here")
    context = contextvars.copy_context()
    other: contextvars.ContextVar[int] = contextvars.ContextVar("other")
    context.run(other.set, 1)

    take_over(context)

    assert (variable.get(), other.get()) == ("here", 1)


@pytest.mark.parametrize("depth", [1, 2, 3, 6])
def test_coroutines_that_wait_for_coroutines_never_wait_for_themselves(depth):
    app = ewer.Flask("nested")

    async def nested(left: int) -> int:
        await asyncio.sleep(0)
        return 1 + (app.ensure_sync(nested)(left - 1) if left else 0)

    assert in_thread(lambda: app.ensure_sync(nested)(depth)) == depth + 1


def test_nested_coroutines_of_many_threads_never_wait_for_each_other():
    app = ewer.Flask("nested")
    start = threading.Barrier(8)

    async def inner() -> int:
        await asyncio.sleep(0)
        return 1

    async def outer() -> int:
        return app.ensure_sync(inner)() + 1

    def calling() -> int:
        start.wait(LIMIT_S)
        return app.ensure_sync(outer)()

    results: list[int] = []
    threads = [threading.Thread(target=lambda: results.append(calling()), daemon=True) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(LIMIT_S)
    assert results == [2] * 8


def test_a_coroutine_that_waits_in_a_thread_for_a_coroutine_is_served_by_the_same_loop():
    async def inner():
        return asyncio.get_running_loop()

    async def outer():
        return asyncio.get_running_loop(), await asyncio.to_thread(async_to_sync(inner))

    first, second = in_thread(async_to_sync(outer))
    assert first is second


def test_a_coroutine_that_blocks_its_loop_for_a_thread_that_waits_for_a_coroutine_is_no_deadlock():
    async def innermost():
        return threading.current_thread().name, asyncio.get_running_loop()

    async def blocking():
        found = []
        thread = threading.Thread(target=lambda: found.append(wait_for(innermost)))
        thread.start()
        thread.join(LIMIT_S)
        return asyncio.get_running_loop(), found

    outer, ((name, inner),) = in_thread(lambda: wait_for(blocking))
    assert name.startswith("ewer-loop-")
    assert inner is not outer


def test_while_a_loop_is_blocked_others_are_served_by_the_next_and_then_by_it_again():
    blocked, free = threading.Event(), threading.Event()

    async def block():
        blocked.set()
        free.wait(LIMIT_S)
        return asyncio.get_running_loop()

    async def here():
        await asyncio.sleep(0)
        return asyncio.get_running_loop()

    first: list[asyncio.AbstractEventLoop] = []
    thread = threading.Thread(target=lambda: first.append(wait_for(block)))
    thread.start()
    assert blocked.wait(LIMIT_S)
    others = [in_thread(lambda: wait_for(here)) for _ in range(3)]
    free.set()
    thread.join(LIMIT_S)

    assert first[0] not in others
    assert len(set(others)) == 1
    assert any(in_thread(lambda: wait_for(here)) is first[0] for _ in range(1000))


def test_a_coroutine_that_its_loop_comes_to_late_runs_once():
    runs, free, blocked = [], threading.Event(), threading.Event()

    async def block():
        blocked.set()
        free.wait(LIMIT_S)

    async def count():
        runs.append(1)

    thread = threading.Thread(target=lambda: wait_for(block))
    thread.start()
    assert blocked.wait(LIMIT_S)
    in_thread(lambda: wait_for(count))
    free.set()
    thread.join(LIMIT_S)
    in_thread(lambda: wait_for(_nothing))

    assert runs == [1]


def test_the_chunks_of_a_stream_come_from_the_loop_that_made_the_first():
    async def generate():
        for _ in range(3):
            yield asyncio.get_running_loop()

    blocked, free = threading.Event(), threading.Event()

    async def block():
        blocked.set()
        free.wait(LIMIT_S)

    async def late():
        free.set()

    chunks = AsyncChunks(generate())
    first = in_thread(lambda: next(chunks))
    thread = threading.Thread(target=lambda: wait_for(block))
    thread.start()
    assert blocked.wait(LIMIT_S)
    others: list[object] = []
    reader = threading.Thread(target=lambda: others.extend(chunks))
    reader.start()
    in_thread(lambda: wait_for(late))  # on the next loop: the first one counts as blocked by now
    reader.join(LIMIT_S)
    thread.join(LIMIT_S)

    assert others == [first, first]


async def _nothing():
    """Show that a loop has come past everything that was handed to it before."""


def test_code_on_a_foreign_loop_may_wait_for_a_coroutine():
    async def inner() -> str:
        await asyncio.sleep(0)
        return "inner"

    async def outer() -> str:
        return async_to_sync(inner)()  # holds this loop, as any plain call would

    assert in_thread(lambda: asyncio.run(outer())) == "inner"


def test_a_thread_that_a_loop_gave_work_runs_its_coroutines_there():
    async def serving():
        loop = asyncio.get_running_loop()

        def work():
            set_home_loop(loop)
            return async_to_sync(running_loop)()

        return loop is await loop.run_in_executor(None, work)

    assert in_thread(lambda: asyncio.run(serving()))


def test_a_thread_whose_loop_has_stopped_uses_the_background_loop():
    stopped = asyncio.new_event_loop()

    def work():
        set_home_loop(stopped)
        return async_to_sync(running_loop)()

    try:
        assert in_thread(work) is _Background.loop().loop
    finally:
        stopped.close()


def test_a_loop_that_is_closed_before_the_coroutine_ran_is_an_error_and_no_hanging():
    loop = asyncio.new_event_loop()
    call = _Call(running_loop, contextvars.copy_context())
    loop.call_soon_threadsafe(call.start, loop)
    loop.close()

    with pytest.raises(RuntimeError, match="The event loop was closed before it had run a coroutine"):
        in_thread(lambda: call.wait(loop))


def test_a_task_cancelled_before_its_first_step_wakes_the_caller():
    loop = asyncio.new_event_loop()
    call = _Call(running_loop, contextvars.copy_context())
    call.start(loop)
    for task in asyncio.all_tasks(loop):
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            loop.run_until_complete(task)
    loop.run_until_complete(asyncio.sleep(0))

    in_thread(lambda: call.wait(loop))
    loop.close()
    assert isinstance(call.error, asyncio.CancelledError)


def test_wait_for_takes_a_function_that_makes_the_coroutine():
    assert in_thread(lambda: wait_for(running_loop)) is _Background.loop().loop


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system cannot fork")
def test_the_background_loop_is_started_again_after_a_fork():
    async_to_sync(running_loop)()

    child = os.fork()
    if child == 0:
        signal.alarm(int(LIMIT_S))
        try:
            os._exit(0 if async_to_sync(running_loop)().is_running() else 1)
        finally:
            os._exit(2)

    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0

"""The worker threads beside an event loop: how many there are, when they come and go, and how results get back."""

from __future__ import annotations

import asyncio
import contextvars
import threading
import time

import pytest

import ewer
from ewer.interfaces.workers import MOST_THREADS, Workers, _Growth, most_threads

from .asgi_driver import in_time

LIMIT_S = 30.0
variable: contextvars.ContextVar[str] = contextvars.ContextVar("variable", default="unset")


def live_workers() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "ewer-worker"]


def compute(seconds: float) -> None:
    """Hold the interpreter for about so long, by the clock of this thread."""
    end_s = time.thread_time() + seconds
    while time.thread_time() < end_s:
        sum(range(200))


def run_with(workers_of, *, bound: int = 512, idle_s: float = 10.0):
    """Run `workers_of(workers)` on a loop with a pool, and let the pool's threads go afterwards."""

    async def work():
        workers = Workers(asyncio.get_running_loop(), bound, idle_s=idle_s)
        try:
            return await workers_of(workers)
        finally:
            workers.stop()

    return in_time(work(), 60)


def test_a_function_runs_in_another_thread_and_its_result_comes_back():
    async def scenario(workers):
        return await workers.run(threading.get_ident)

    assert run_with(scenario) != threading.get_ident()


def test_an_error_comes_back_as_it_was_raised():
    async def scenario(workers):
        with pytest.raises(KeyError, match="lost"):
            await workers.run(lambda: {}["lost"])

    run_with(scenario)


def test_stop_iteration_comes_back_as_an_error_that_a_future_can_carry():
    async def scenario(workers):
        with pytest.raises(RuntimeError, match="StopIteration"):
            await workers.run(lambda: next(iter(())))

    run_with(scenario)


def test_a_function_sees_the_context_variables_of_its_caller():
    async def scenario(workers):
        variable.set("set by the caller")
        return await workers.run(variable.get)

    assert run_with(scenario) == "set by the caller"


def test_the_next_function_in_a_thread_does_not_see_what_the_last_one_set():
    async def scenario(workers):
        await workers.run(lambda: variable.set("set by another"))
        seen = await workers.run(variable.get)
        return seen, workers.threads

    assert run_with(scenario, bound=1) == ("unset", 1)


def test_200_functions_that_wait_for_each_other_all_run():
    barrier = threading.Barrier(200)

    async def scenario(workers):
        await asyncio.gather(*(workers.run(lambda: barrier.wait(LIMIT_S)) for _ in range(200)))
        return workers.threads

    assert run_with(scenario) >= 200


def test_the_bound_is_never_passed():
    running, most, lock = 0, 0, threading.Lock()
    gate = threading.Event()

    def blocked():
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
            if running == 4:
                gate.set()
        gate.wait(LIMIT_S)
        with lock:
            running -= 1

    async def scenario(workers):
        await asyncio.gather(*(workers.run(blocked) for _ in range(50)))
        return workers.threads

    assert run_with(scenario, bound=4) == 4
    assert most == 4


def test_functions_that_compute_get_few_threads():
    async def scenario(workers):
        await asyncio.gather(*(workers.run(lambda: compute(0.002)) for _ in range(150)))
        return workers.threads

    assert run_with(scenario) <= 16


def test_a_function_that_computes_for_long_does_not_keep_others_waiting():
    stop = threading.Event()

    def hog():
        while not stop.is_set():
            sum(range(1000))

    async def scenario(workers):
        long = workers.run(hog)
        await workers.run(stop.set)
        await long

    run_with(scenario)


def test_growth_doubles_while_threads_block(monkeypatch):
    growth = _Growth(0)
    now, cpu_s = growth._wall_s, growth._cpu_s

    monkeypatch.setattr(time, "perf_counter", lambda: now + 0.003)
    monkeypatch.setattr(time, "process_time", lambda: cpu_s)
    assert growth.more_threads(8, 4) == 8


def test_growth_stops_while_the_interpreter_is_held(monkeypatch):
    growth = _Growth(0)
    growth._cpu_s -= 3600  # as if all that time had been computed
    now = growth._wall_s

    monkeypatch.setattr(time, "perf_counter", lambda: now + 0.003)
    assert growth.more_threads(8, 4) == 0


def test_growth_stops_while_others_hold_the_processor_and_the_loop_comes_late(monkeypatch):
    growth = _Growth(0)
    now, cpu_s = growth._wall_s, growth._cpu_s

    monkeypatch.setattr(time, "perf_counter", lambda: now + 0.012)
    monkeypatch.setattr(time, "process_time", lambda: cpu_s)
    assert growth.more_threads(8, 4) == 0


def test_growth_goes_on_slowly_when_no_work_was_begun_for_a_while(monkeypatch):
    growth = _Growth(4)
    growth._cpu_s -= 3600
    now = growth._wall_s

    monkeypatch.setattr(time, "perf_counter", lambda: now + 0.06)
    assert growth.more_threads(8, 4) == 4


def test_idle_threads_go():
    done = threading.Barrier(9)

    async def scenario(workers):
        await asyncio.gather(*(workers.run(lambda: done.wait(LIMIT_S)) for _ in range(9)))
        while workers.threads:
            await asyncio.sleep(0)
        return workers.threads

    assert run_with(scenario, idle_s=0.02) == 0


def test_threads_that_a_trickle_of_work_does_not_need_go_although_none_is_idle_for_long():
    many = threading.Barrier(20)

    async def scenario(workers):
        await asyncio.gather(*(workers.run(lambda: many.wait(LIMIT_S)) for _ in range(20)))
        while workers.threads > 2:
            await workers.run(int)
        return workers.threads

    assert run_with(scenario, idle_s=0.5) <= 2


@pytest.mark.parametrize("has_handed_over", [False, True])
def test_threads_go_when_their_loop_was_closed_without_a_word(has_handed_over):
    loop = asyncio.new_event_loop()
    workers = Workers(loop, 16, idle_s=0.05)
    together = threading.Barrier(5)

    async def scenario():
        await asyncio.gather(*(workers.run(lambda: together.wait(LIMIT_S)) for _ in range(5)))
        if has_handed_over:  # the thread that looks after the loop is let go first, as any may be
            guard = next(thread for thread in live_workers() if thread not in before)
            while guard.is_alive():
                workers._tasks.put(None)
                await asyncio.gather(*(workers.run(int) for _ in range(5)))

    before = live_workers()
    loop.run_until_complete(scenario())
    loop.close()
    for thread in live_workers():
        if thread not in before:
            thread.join(LIMIT_S)
    assert workers.threads == 0


def test_work_that_comes_as_the_last_thread_goes_is_done():
    async def scenario(workers):
        for _ in range(200):
            await workers.run(int)
            await asyncio.sleep(0.001)
        return True

    assert run_with(scenario, idle_s=0.001)


def test_results_that_are_ready_together_wake_the_loop_once():
    together = threading.Barrier(51)

    async def scenario(workers):
        futures = [workers.run(lambda: together.wait(LIMIT_S)) for _ in range(50)]
        while together.n_waiting < 50:
            await asyncio.sleep(0)
        before = workers.wake_ups
        together.wait(LIMIT_S)
        while len(workers._results) < 50:  # the loop is held: nothing can be handed over
            pass
        await asyncio.gather(*futures)
        return workers.wake_ups - before

    assert run_with(scenario) <= 2


def test_a_cancelled_future_is_ignored():
    gate = threading.Event()

    async def scenario(workers):
        cancelled = workers.run(lambda: gate.wait(LIMIT_S))
        cancelled.cancel()
        gate.set()
        return await workers.run(lambda: "the next one")

    assert run_with(scenario) == "the next one"


def test_a_function_cancelled_before_it_begins_never_runs():
    gate, ran = threading.Event(), []

    async def scenario(workers):
        first = workers.run(lambda: gate.wait(LIMIT_S))
        second = workers.run(lambda: ran.append(1))
        second.cancel()
        gate.set()
        await first
        await workers.run(int)

    run_with(scenario, bound=1)
    assert ran == []


def test_an_error_after_the_cancellation_is_told_once():
    gate, told = threading.Event(), []

    def failing():
        gate.wait(LIMIT_S)
        raise ValueError("late")

    async def scenario(workers):
        asyncio.get_running_loop().set_exception_handler(lambda loop, context: told.append(str(context["exception"])))
        future = workers.run(failing)
        while workers._tasks.qsize():
            await asyncio.sleep(0)
        future.cancel()
        gate.set()
        while not told:
            await workers.run(int)

    run_with(scenario)
    assert told == ["late"]


def test_stop_ends_all_threads():
    before = set(live_workers())
    together = threading.Barrier(12)

    async def scenario(workers):
        await asyncio.gather(*(workers.run(lambda: together.wait(LIMIT_S)) for _ in range(12)))
        return [thread for thread in live_workers() if thread not in before]

    own = run_with(scenario)
    for thread in own:
        thread.join(LIMIT_S)
    assert len(own) >= 12
    assert not any(thread.is_alive() for thread in own)


def test_threads_survive_a_loop_that_was_closed_under_them():
    gate = threading.Event()

    async def scenario(workers):
        workers.run(lambda: gate.wait(LIMIT_S))
        while workers._tasks.qsize():
            await asyncio.sleep(0)
        return list(live_workers())

    own = run_with(scenario)
    gate.set()
    for thread in own:
        thread.join(LIMIT_S)
    assert not any(thread.is_alive() for thread in own)


def test_the_bound_comes_from_the_environment(monkeypatch):
    monkeypatch.delenv("EWER_THREADS", raising=False)
    assert most_threads() == MOST_THREADS
    monkeypatch.setenv("EWER_THREADS", "7")
    assert most_threads() == 7


@pytest.mark.parametrize("text", ["0", "-1", "many", "1.5"])
def test_a_bound_that_makes_no_sense_is_named(monkeypatch, text):
    monkeypatch.setenv("EWER_THREADS", text)

    with pytest.raises(
        ValueError, match=f"EWER_THREADS is the most worker threads, a number from 1 up; it is '{text}'"
    ):
        most_threads()


def test_a_wrong_bound_is_told_as_soon_as_a_server_asks_for_the_application(monkeypatch):
    monkeypatch.setenv("EWER_THREADS", "many")

    with pytest.raises(ValueError, match="EWER_THREADS is the most worker threads"):
        ewer.Flask("bounded").asgi  # asking is what a server does

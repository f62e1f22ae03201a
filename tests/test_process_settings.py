"""What the process is set to while much is in flight, and that it is as before when that is gone."""

from __future__ import annotations

import asyncio
import gc
import sys
from collections.abc import Iterator

import pytest

from ewer import Ewer
from ewer.interfaces import clients as clients_module
from ewer.interfaces import workers as workers_module
from ewer.interfaces.workers import Workers
from ewer.process_settings import agreed_gc_threshold, agreed_switch_interval

from .asgi_driver import exchange, in_time, lifespan
from .test_workers import run_with


class Pool:
    """Stands for whoever has threads, or requests."""


@pytest.fixture(autouse=True)
def usual_s() -> Iterator[float]:
    before = sys.getswitchinterval()
    sys.setswitchinterval(0.005)
    yield sys.getswitchinterval()
    sys.setswitchinterval(before)


def test_a_few_threads_take_turns_as_usual(usual_s: float) -> None:
    pool = Pool()

    agreed_switch_interval().set_load(pool, 64)

    assert sys.getswitchinterval() == usual_s


def test_turns_grow_with_the_threads_of_all_pools_and_not_beyond_the_bound(usual_s: float) -> None:
    agreed, one, other = agreed_switch_interval(), Pool(), Pool()

    lengths = []
    for threads in (200, 400, 5000):
        agreed.set_load(one, threads)
        lengths.append(sys.getswitchinterval())
    agreed.set_load(one, 200)
    agreed.set_load(other, 200)

    assert lengths == pytest.approx([0.01, 0.02, 0.05])
    assert sys.getswitchinterval() == pytest.approx(0.02)


def test_turns_are_as_usual_again_when_the_threads_have_gone(usual_s: float) -> None:
    agreed, pool = agreed_switch_interval(), Pool()

    agreed.set_load(pool, 1000)
    agreed.set_load(pool, 0)

    assert sys.getswitchinterval() == usual_s


def test_a_pool_that_nobody_has_any_more_does_not_count(usual_s: float) -> None:
    agreed, pool, other = agreed_switch_interval(), Pool(), Pool()
    agreed.set_load(pool, 1000)

    del pool
    gc.collect()
    agreed.set_load(other, 1)

    assert sys.getswitchinterval() == usual_s


def test_a_length_that_somebody_else_sets_is_the_usual_one_from_then_on() -> None:
    agreed, pool = agreed_switch_interval(), Pool()
    agreed.set_load(pool, 1000)

    sys.setswitchinterval(0.03)
    agreed.set_load(pool, 10)

    assert sys.getswitchinterval() == pytest.approx(0.03)


def test_worker_threads_ask_for_longer_turns_while_there_are_hundreds(
    usual_s: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    agreed = agreed_switch_interval()  # not those of the process: pools of other tests may still be at work
    monkeypatch.setattr(workers_module, "switch_interval", agreed)

    async def scenario(workers: Workers) -> float:
        workers._add_threads(300)
        return sys.getswitchinterval()

    assert run_with(scenario) == pytest.approx(0.015)
    agreed.set_load(Pool(), 0)
    assert sys.getswitchinterval() == usual_s


@pytest.fixture
def usual_threshold() -> Iterator[int]:
    before = gc.get_threshold()
    gc.set_threshold(700, 10, 5)
    yield 700
    gc.set_threshold(*before)


@pytest.mark.parametrize(("requests", "threshold"), [(0, 700), (35, 700), (100, 2000), (1000, 20_000), (9000, 20_000)])
def test_the_collector_waits_for_more_objects_the_more_requests_there_are(
    usual_threshold: int, requests: int, threshold: int
) -> None:
    agreed, watch = agreed_gc_threshold(), Pool()

    agreed.set_load(watch, requests)
    while_in_flight = gc.get_threshold()
    agreed.set_load(watch, 0)

    assert while_in_flight == (threshold, 10, 5)
    assert gc.get_threshold() == (usual_threshold, 10, 5)


def test_a_collector_that_is_switched_off_stays_so(usual_threshold: int) -> None:
    agreed, watch = agreed_gc_threshold(), Pool()
    gc.set_threshold(0)

    agreed.set_load(watch, 1000)

    assert gc.get_threshold()[0] == 0


def test_requests_in_flight_under_asgi_make_the_collector_wait(
    usual_threshold: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clients_module, "gc_threshold", agreed_gc_threshold())
    monkeypatch.setattr(clients_module, "WATCH_S", 0.001)
    app, gate, seen = Ewer(__name__), asyncio.Event(), []

    @app.get("/")
    async def wait() -> str:
        await gate.wait()
        return "done"

    async def scenario() -> list[int]:
        requests = [asyncio.ensure_future(exchange(app)) for _ in range(100)]
        while gc.get_threshold()[0] == usual_threshold:
            await asyncio.sleep(0.001)
        seen.append(gc.get_threshold()[0])
        gate.set()
        answers = await asyncio.gather(*requests)
        while gc.get_threshold()[0] != usual_threshold:
            await asyncio.sleep(0.001)
        return [answer.status for answer in answers]

    assert in_time(scenario()) == [200] * 100
    assert seen == [2000]


def test_a_raised_threshold_that_somebody_saves_and_restores_is_not_taken_for_theirs(usual_threshold: int) -> None:
    agreed, watch = agreed_gc_threshold(), Pool()
    agreed.set_load(watch, 1000)
    saved = gc.get_threshold()

    gc.set_threshold(50_000)
    agreed.set_load(watch, 1000)
    assert gc.get_threshold()[0] == 50_000
    gc.set_threshold(*saved)
    agreed.set_load(watch, 0)
    assert gc.get_threshold()[0] == usual_threshold


def test_a_raised_threshold_that_comes_back_after_the_load_does_not_stay(usual_threshold: int) -> None:
    agreed, watch = agreed_gc_threshold(), Pool()
    agreed.set_load(watch, 1000)
    saved = gc.get_threshold()
    agreed.set_load(watch, 0)

    gc.set_threshold(*saved)
    agreed.set_load(watch, 0)

    assert gc.get_threshold()[0] == usual_threshold


def test_a_forked_process_begins_with_the_usual_value(usual_threshold: int) -> None:
    agreed, watch = agreed_gc_threshold(), Pool()
    agreed.set_load(watch, 1000)

    agreed.forget()
    assert gc.get_threshold()[0] == usual_threshold

    agreed.set_load(Pool(), 100)
    assert gc.get_threshold()[0] == 2000
    agreed.forget()


def test_slow_requests_count_for_as_long_as_they_last_and_a_loop_that_ends_has_none(
    usual_threshold: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clients_module, "gc_threshold", agreed_gc_threshold())
    monkeypatch.setattr(clients_module, "WATCH_S", 0.001)
    app = Ewer(__name__)
    gates = [asyncio.Event(), asyncio.Event()]

    @app.get("/<int:gate>")
    async def wait(gate: int) -> str:
        await gates[gate].wait()
        return "done"

    async def scenario() -> None:
        async with lifespan(app):
            requests = [asyncio.ensure_future(exchange(app, url=f"/{n % 2}")) for n in range(200)]
            watch = app.asgi._on_loops[0].clients
            while len(watch.listeners) < 200 or watch.is_looking:
                await asyncio.sleep(0.001)
            assert gc.get_threshold()[0] == 4000

            gates[0].set()
            await asyncio.gather(*requests[::2])
            assert gc.get_threshold()[0] == 2000
        assert gc.get_threshold()[0] == usual_threshold
        gates[1].set()
        await asyncio.gather(*requests[1::2])

    in_time(scenario())
    assert gc.get_threshold()[0] == usual_threshold

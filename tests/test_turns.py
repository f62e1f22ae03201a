"""How long threads may compute at a stretch while many of them are at work, and that it is as before when they are gone."""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterator

import pytest

from ewer.interfaces import workers as workers_module
from ewer.interfaces.workers import Workers
from ewer.turns import LONGEST_S, Turns

from .test_workers import run_with


class Pool:
    """Stands for whoever has threads."""


@pytest.fixture(autouse=True)
def usual_s() -> Iterator[float]:
    before = sys.getswitchinterval()
    sys.setswitchinterval(0.005)
    yield sys.getswitchinterval()
    sys.setswitchinterval(before)


def test_a_few_threads_take_turns_as_usual(usual_s: float) -> None:
    pool = Pool()

    Turns().have(pool, 64)

    assert sys.getswitchinterval() == usual_s


def test_turns_grow_with_the_threads_of_all_pools_and_not_beyond_the_bound(usual_s: float) -> None:
    agreed, one, other = Turns(), Pool(), Pool()

    lengths = []
    for threads in (200, 400, 5000):
        agreed.have(one, threads)
        lengths.append(sys.getswitchinterval())
    agreed.have(one, 200)
    agreed.have(other, 200)

    assert lengths == pytest.approx([0.01, 0.02, LONGEST_S])
    assert sys.getswitchinterval() == pytest.approx(0.02)


def test_turns_are_as_usual_again_when_the_threads_have_gone(usual_s: float) -> None:
    agreed, pool = Turns(), Pool()

    agreed.have(pool, 1000)
    agreed.have(pool, 0)

    assert sys.getswitchinterval() == usual_s


def test_a_pool_that_nobody_has_any_more_does_not_count(usual_s: float) -> None:
    agreed, pool, other = Turns(), Pool(), Pool()
    agreed.have(pool, 1000)

    del pool
    gc.collect()
    agreed.have(other, 1)

    assert sys.getswitchinterval() == usual_s


def test_a_length_that_somebody_else_sets_is_the_usual_one_from_then_on() -> None:
    agreed, pool = Turns(), Pool()
    agreed.have(pool, 1000)

    sys.setswitchinterval(0.03)
    agreed.have(pool, 10)

    assert sys.getswitchinterval() == pytest.approx(0.03)


def test_worker_threads_ask_for_longer_turns_while_there_are_hundreds(
    usual_s: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    agreed = Turns()  # not those of the process: pools of other tests may still be at work
    monkeypatch.setattr(workers_module, "turns", agreed)

    async def scenario(workers: Workers) -> float:
        workers._add_threads(300)
        return sys.getswitchinterval()

    assert run_with(scenario) == pytest.approx(0.015)
    agreed.have(Pool(), 0)
    assert sys.getswitchinterval() == usual_s

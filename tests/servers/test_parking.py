"""The server's threads: one stays awake while requests compute, as many as needed while they wait."""

from __future__ import annotations

import gc
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from ewer import _serve_threads
from ewer._serve_threads import Parking, Seat
from ewer.process_settings import agreed_gc_threshold, agreed_switch_interval

from .running import eventually

COMPUTING = 1.0
WAITING = 0.1


def sit(parking: Parking, number: int, *, is_busy: bool = False) -> tuple[list[Seat], threading.Event]:
    """Seat threads that then wait for the event, as threads of a server wait for requests, or as busy ones do for a database."""
    seats: list[Seat] = []
    leave = threading.Event()
    seated = threading.Barrier(number + 1)

    def run() -> None:
        seats.append(parking.sit_down())
        seated.wait()
        leave.wait()

    for _ in range(number):
        threading.Thread(target=run, daemon=True).start()
    seated.wait()
    for seat in seats:
        seat.is_busy = is_busy
    return seats, leave


def test_a_thread_has_one_seat_and_gives_it_up_when_it_ends() -> None:
    parking = Parking()
    assert parking.sit_down() is parking.sit_down()
    assert parking.awake == 1

    _, leave = sit(parking, 3)
    assert parking.awake == 4

    leave.set()
    gc.collect()
    eventually(lambda: parking.awake == 1, "the seats of ended threads are free")


def test_a_thread_is_parked_only_if_enough_others_are_awake() -> None:
    parking = Parking()
    seat = parking.sit_down()

    parking.park(seat)

    assert (parking.awake, parking.parked) == (1, 0)


def test_the_limit_grows_to_twice_the_stuck_requests_while_a_processor_is_free() -> None:
    parking = Parking()
    _, leave = sit(parking, 8, is_busy=True)

    parking.adjust(WAITING)
    assert parking.limit == 1  # nobody has been seen twice
    parking.adjust(WAITING)
    assert parking.limit == 16
    leave.set()


def test_the_limit_stays_while_requests_compute_and_shrinks_to_one_more_than_are_stuck() -> None:
    parking = Parking()
    seats, leave = sit(parking, 4, is_busy=True)
    parking.adjust(COMPUTING)
    parking.adjust(COMPUTING)
    assert parking.limit == 1

    parking.adjust(WAITING)
    assert parking.limit == 8
    for seat in seats[1:]:
        seat.is_busy = False
    for _ in range(20):
        parking.adjust(COMPUTING)
    assert parking.limit == 2
    leave.set()


def test_the_limit_stays_where_nobody_has_looked_at_the_processor() -> None:
    parking = Parking()
    _, leave = sit(parking, 4, is_busy=True)
    assert parking.adjust(None)
    parking.adjust(None)
    assert parking.limit == 1

    parking.adjust(WAITING)
    parking.adjust(None)
    assert parking.limit == 8
    leave.set()


def test_a_machine_without_a_free_processor_gets_no_more_threads() -> None:
    parking = Parking()
    _, leave = sit(parking, 4, is_busy=True)
    for _ in range(3):
        parking.adjust(WAITING, late_s=0.02)

    assert parking.limit == 1
    leave.set()


def test_a_parked_thread_wakes_when_the_one_awake_is_stuck() -> None:
    parking = Parking()
    (stuck,), leave = sit(parking, 1)
    parked = threading.Event()

    def run() -> None:
        seat = parking.sit_down()
        parking.park(seat)
        parked.set()

    threading.Thread(target=run, daemon=True).start()
    eventually(lambda: parking.parked == 1, "the second thread is parked")
    stuck.is_busy = True
    eventually(parked.is_set, "it is awake again", within_s=9)  # sooner than it would be by itself

    leave.set()


def test_a_thousand_waiting_threads_are_all_let_through() -> None:
    parking = Parking()

    def serve(_: int) -> None:
        seat = parking.sit_down()
        seat.is_busy = True
        time.sleep(0.01)
        seat.is_busy = False
        seat.served += 1
        if parking.awake > parking.limit:
            parking.park(seat)

    with ThreadPoolExecutor(200) as pool:
        list(pool.map(serve, range(1000)))


def test_the_settings_of_the_process_follow_the_requests_that_wait_and_come_back(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    before = gc.get_threshold(), sys.getswitchinterval()
    gc.set_threshold(700, *before[0][1:])
    sys.setswitchinterval(0.005)
    usual = gc.get_threshold(), sys.getswitchinterval()
    monkeypatch.setattr(_serve_threads, "_PARKED_S", 0.05)
    monkeypatch.setattr(_serve_threads, "gc_threshold", agreed_gc_threshold())
    monkeypatch.setattr(_serve_threads, "switch_interval", agreed_switch_interval())
    try:
        parking = Parking()
        seats, leave = sit(parking, 200, is_busy=True)
        parking.adjust(WAITING)
        parking.adjust(WAITING)
        assert gc.get_threshold()[0] == 20 * 200
        assert sys.getswitchinterval() == pytest.approx(200 * 0.00005)

        for seat in seats:
            seat.is_busy = False
        parking.limit = 150  # so that the first of them is one too many, and the watch begins
        threading.Thread(target=parking.park, args=(seats[0],), daemon=True).start()
        eventually(lambda: parking.limit == 1, "nobody needs more than one")
        eventually(lambda: (gc.get_threshold(), sys.getswitchinterval()) == usual, "the settings are the usual ones")
        eventually(lambda: parking._watch is not None and not parking._alarm.is_set(), "the watch sleeps")
        leave.set()
    finally:
        gc.set_threshold(*before[0])
        sys.setswitchinterval(before[1])

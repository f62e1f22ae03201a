"""The benchmark's own reckoning: statistics, wrk's output, verification, targets, tables. Nothing here measures anything."""

from __future__ import annotations

import http.client
import importlib
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

BENCH = Path(__file__).resolve().parent.parent / "bench"

REPORTED = (
    "Running 2s test @ http://127.0.0.1:1\n"
    'MEASURED {"duration_us": 2000000, "requests": 5000, "bytes": 750000, "connect": 0, "read": 2, "write": 0, '
    '"status": 1, "timeout": 0, "p50_us": 700, "p90_us": 900, "p99_us": 1500, "max_us": 9000}\n'
)


@pytest.fixture(autouse=True, scope="module")
def harness_importable() -> Any:
    sys.path.insert(0, str(BENCH))
    yield
    sys.path.remove(str(BENCH))


def module(name: str) -> Any:
    return importlib.import_module(f"harness.{name}")


def rounds(*values: float, figure: str = "requests_per_s") -> list[dict[str, Any]]:
    return [{"round": number, figure: value} for number, value in enumerate(values)]


def test_a_spread_is_the_distance_of_the_extremes_over_the_median() -> None:
    assert module("figures").spread([90.0, 100.0, 120.0]) == {
        "median": 100.0,
        "lowest": 90.0,
        "highest": 120.0,
        "spread": 0.3,
    }


def test_no_values_have_no_spread() -> None:
    with pytest.raises(ValueError, match="at least one"):
        module("figures").spread([])


def test_ratios_compare_rows_within_a_round_and_leave_out_rounds_that_failed() -> None:
    row = [*rounds(100.0, 300.0), {"round": 2, "failed": "gone"}, {"round": 3, "requests_per_s": 80.0}]
    baseline = [{"round": 0, "requests_per_s": 50.0}, {"round": 1, "requests_per_s": 100.0}]

    assert module("figures").ratios(row, baseline, "requests_per_s") == [2.0, 3.0]


def test_the_median_of_the_ratios_is_not_the_ratio_of_the_medians() -> None:
    found = module("figures").compared(
        {"a": rounds(10.0, 40.0, 90.0), "b": rounds(10.0, 20.0, 30.0)}, ("b",), "throughput"
    )

    assert found == {"a": {"b": {"median": 2.0, "rounds": [1.0, 2.0, 3.0]}}, "b": {}}


def test_a_row_that_failed_keeps_its_reason_and_has_no_figures() -> None:
    records = {"a": [{"round": 0, "failed": "no such command"}], "b": rounds(10.0, 20.0)}

    found = module("figures").summary(records, "throughput")

    assert found["a"] == {"failed": "no such command"}
    assert found["b"]["requests_per_s"]["median"] == 15.0


def test_wrks_report_is_read_in_units_that_people_use() -> None:
    found = module("load").parse(REPORTED)

    assert (found["requests_per_s"], found["bytes_per_request"]) == (2500.0, 150.0)
    assert (found["p50_ms"], found["p99_ms"], found["max_ms"]) == (0.7, 1.5, 9.0)
    assert (found["errors"], found["errors_by_kind"]) == (3, {"read": 2, "status": 1})


@pytest.mark.parametrize(
    ("output", "said"),
    [("unable to connect", "unable to connect"), (REPORTED.replace('"requests": 5000', '"requests": 0'), "no request")],
)
def test_a_load_that_brought_nothing_back_is_an_error(output: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        module("load").parse(output)


def test_one_request_needs_no_lua_call_and_several_are_sent_in_turn(tmp_path: Path) -> None:
    request = module("facts").Request

    alone = module("load").script((request("/a"),), tmp_path)
    several = module("load").script((request("/a"), request('/b"', "POST", {"X": "1"}, b"body")), tmp_path, "id=1")

    assert "request = function" not in alone
    assert "turn % 2 + 1" in several
    assert "wrk.init" not in several  # wrk's own, which calls the script's: an endless descent
    assert r'path = "/b\""' in several
    assert '["Cookie"] = "id=1"' in several
    assert (tmp_path / "body-1").read_bytes() == b"body"


def answer(status: int = 200, body: bytes = b"", content_type: str = "text/plain") -> Any:
    headers = http.client.HTTPMessage()
    headers["Content-Type"] = content_type
    return module("answers").Answer(status, headers, body)


@pytest.mark.parametrize(
    ("given", "expected", "said"),
    [
        ({"status": 500}, {}, "status 500, expected 200"),
        ({"body": b"Hello"}, {"text": "Hello, World!"}, "body 'Hello'"),
        ({"body": b'{"id": 1}'}, {"json": {"id": 2}}, "JSON {'id': 1}"),
        ({"body": b"<html>"}, {"json": {"id": 2}}, "not JSON"),
        ({"body": b"abc"}, {"length_bytes": 4}, "3 bytes, expected 4"),
        ({"body": b"abc"}, {"contains": ("a", "x")}, "lacks 'x'"),
        ({"body": b"abc"}, {"content_type": "text/css"}, "content type 'text/plain'"),
    ],
)
def test_a_wrong_answer_is_told_in_words(given: dict, expected: dict, said: str) -> None:
    assert said in module("answers").difference(answer(**given), module("facts").Expected(**expected))


def test_a_right_answer_has_no_difference() -> None:
    right = module("facts").Expected(text="é", contains=("é",), length_bytes=2, content_type="text/")

    assert module("answers").difference(answer(body="é".encode()), right) is None


def test_every_peer_serves_only_workloads_that_exist() -> None:
    catalogue = module("catalogue")
    known = {workload.routes for workload in catalogue.workloads()}

    for peer in catalogue.peers():
        assert peer.workloads <= known, f"{peer.module} has functions for no workload: {peer.workloads - known}"


def test_every_baseline_and_target_names_a_row_that_is_measured() -> None:
    catalogue, targets = module("catalogue"), module("targets")
    peers = catalogue.peers()
    rows = {workload.name: [row.name for row in catalogue.rows(workload, peers)] for workload in catalogue.workloads()}
    every_row = {name for names in rows.values() for name in names}

    for workload in catalogue.workloads():
        for baseline in workload.baselines:
            assert baseline.partition("/")[0] in every_row, f"{workload.name} is compared with {baseline}"
    for target in targets.TARGETS:
        assert target.row in rows[target.workload], target
        name, _, elsewhere = target.baseline.partition("/")
        assert name == targets.EVERY_PEER or name in rows[elsewhere or target.workload], target


def test_every_environment_has_its_requirements_pinned() -> None:
    for peer in module("catalogue").peers():
        if peer.environment is None:
            continue
        lines = (BENCH / "requirements" / f"{peer.environment}.txt").read_text(encoding="utf-8").splitlines()
        assert all("==" in line for line in lines if line.strip()), peer.environment


def results(**rows: list[float]) -> dict[str, Any]:
    names = {"ewer": "ewer@granian-wsgi", "bare": "bare@granian-wsgi", "falcon": "falcon@granian-wsgi"}
    found: dict[str, Any] = {}
    for short, values in rows.items():
        name = names[short]
        found[name] = {"title": short.title(), "server": "granian-wsgi", "rounds": rounds(*values)}
        found[name]["requests_per_s"] = module("figures").spread(values)
    run = {
        "machine": {"processor": "a processor"},
        "versions": {"ewer": {"python": "3.11.7"}},
        "date": "2026-01-02 03:04 UTC",
        "rounds": 2,
        "seconds": 1,
    }
    return {"plaintext": {"title": "plaintext", "kind": "throughput", "baselines": [], "rows": found, "run": run}}


def test_a_target_is_judged_by_the_ratios_within_the_rounds() -> None:
    judged = module("targets").judged(results(ewer=[85.0, 90.0], bare=[100.0, 100.0], falcon=[95.0, 100.0]))
    by_baseline = {judgement["baseline"]: (judgement["reached"], judgement["met"]) for judgement in judged}

    assert by_baseline["bare@granian-wsgi"] == (0.875, True)
    assert by_baseline["falcon@granian-wsgi"][1] is False
    assert by_baseline["flask@gunicorn-sync"] == (None, None)


def test_the_serving_table_names_the_fastest_other() -> None:
    table = module("tables").serving(results(ewer=[85.0, 90.0], bare=[100.0, 100.0], falcon=[50.0, 50.0]))

    assert "| plaintext | Granian WSGI | 88 | 88% |" in table
    assert "1.75 (Falcon, Granian WSGI)" in table
    assert "a processor, CPython 3.11.7, 2026-01-02" in table


def test_a_failed_row_stands_in_the_table_as_failed() -> None:
    found = results(ewer=[85.0, 90.0], bare=[100.0, 100.0])
    found["plaintext"]["rows"]["ewer@granian-wsgi"] = {"title": "Ewer", "server": "granian-wsgi", "failed": "why"}

    assert "| plaintext | Granian WSGI | failed |" in module("tables").serving(found)
    assert "| Ewer, Granian WSGI | failed |" in module("tables").peers(found)


@pytest.mark.parametrize("table", ["serving", "peers", "waiting", "footprint", "targets"])
def test_a_table_without_results_says_how_to_get_them(table: str) -> None:
    assert "make bench" in module("tables").TABLES[table]({})


def test_an_unknown_workload_is_answered_with_those_that_exist() -> None:
    done = subprocess.run(
        [sys.executable, str(BENCH / "compare.py"), "--only", "plainttext"], capture_output=True, text=True, check=False
    )

    assert done.returncode == 1
    assert "There is no workload plainttext. There are: plaintext, json" in done.stderr


@pytest.mark.parametrize(
    ("printed", "said"),
    [
        ("ImportError: no such name\n[ERROR] worker ended\n", "ImportError: no such name"),
        ("one\n  two  \n\n", "two"),
        ("", "(no message)"),
    ],
)
def test_a_failure_is_told_by_its_exception_before_what_the_server_says_of_it(printed: str, said: str) -> None:
    assert module("environments").last_line(printed) == said


def test_a_server_that_ended_is_reported_as_failed(monkeypatch: pytest.MonkeyPatch) -> None:
    measure = module("measure")

    def fails(row: Any, options: Any) -> dict[str, Any]:
        raise module("servers").ServerFailed("the server ended at once: no such command")

    monkeypatch.setitem(measure.KINDS, "throughput", fails)
    catalogue = module("catalogue")
    row = catalogue.rows(catalogue.workloads()[0], catalogue.peers())[0]

    assert measure.measure(row, SimpleNamespace(check_only=False)) == {
        "failed": "the server ended at once: no such command"
    }

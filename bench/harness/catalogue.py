"""Finds the peers and the workloads: every file in ``bench/peers`` and ``bench/workloads`` is one of them.

A peer's file is read, never imported: it needs packages that live in an environment of its own. Its facts stand in a
literal named ``PEER``; the workloads it takes part in are those for which it has a function.
"""

from __future__ import annotations

import ast
import importlib
from pathlib import Path
from typing import Any

from harness.facts import EVERY_ROW, Peer, Row, Workload

BENCH = Path(__file__).resolve().parent.parent
# Rows come in this order within a round and in tables: ceilings, Ewer, then the others by name.
FIRST = ("nginx", "bare", "bare-asgi", "bare-asgi-threads", "ewer", "ewer-asgi", "flask-on-ewer", "flask")
WORKLOAD_ORDER = (
    "plaintext", "json", "path-variable", "path-and-query", "json-body", "hundred-objects", "template", "signed-session",
    "static-file", "upload", "download", "routes-1", "routes-500", "flask-app", "flask-app-extensions", "sync-view",
    "wait-wsgi", "wait-sync-asgi", "wait-async", "typed-parameters", "typed-body", "dependencies",
    "cold-start", "typed-start", "idle-memory", "connection-memory",
)  # fmt: skip


def workloads() -> list[Workload]:
    """Return every workload, in the order in which they are run and shown."""
    names = [path.stem for path in (BENCH / "workloads").glob("*.py") if path.stem != "__init__"]
    found = [importlib.import_module(f"workloads.{name}").WORKLOAD for name in sorted(names)]
    place = {name: number for number, name in enumerate(WORKLOAD_ORDER)}
    return sorted(found, key=lambda workload: (place.get(workload.name, len(place)), workload.name))


def peers() -> list[Peer]:
    """Return every peer, ceilings first, then Ewer and Flask, then the others by name."""
    found = [read_peer(path) for path in (BENCH / "peers").glob("*.py") if path.stem != "__init__"]
    place = {name: number for number, name in enumerate(FIRST)}
    return sorted(found, key=lambda peer: (place.get(peer.name, len(place)), peer.name))


def read_peer(path: Path) -> Peer:
    """Return the facts in one peer's file.

    Raises:
        ValueError: The file has no literal ``PEER``.
    """
    tree = ast.parse(path.read_text(encoding="utf-8"), filename=str(path))
    facts, hello = literal(tree, "PEER"), literal(tree, "HELLO")
    if facts is None:
        raise ValueError(f"{path} says nothing of itself. Fix: PEER = {{'name': ..., 'title': ..., 'servers': ...}}")
    shown_in = path.with_name(facts["same_file_as"] + ".py") if "same_file_as" in facts else path
    functions = {
        node.name
        for node in ast.parse(shown_in.read_text(encoding="utf-8")).body
        if isinstance(node, ast.FunctionDef) and not node.name.startswith("_")
    }
    offered = set(facts.get("workloads", [name.replace("_", "-") for name in functions])) - set(
        facts.get("without", [])
    )
    return Peer(
        name=facts["name"],
        title=facts["title"],
        module=f"peers.{path.stem}",
        environment=facts["environment"],
        speaks=facts.get("speaks"),
        servers=facts["servers"],
        workloads=frozenset(offered | {"hello"} if hello else offered),
        hello=hello,
    )


def literal(tree: ast.Module, name: str) -> Any:
    """Return the value of a module's literal, or None if it has none of that name."""
    for node in tree.body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == name:
            return ast.literal_eval(node.value)
    return None


def rows(workload: Workload, among: list[Peer]) -> list[Row]:
    """Return the rows of a workload: each peer that has it, on each server where the peer wants it measured."""
    found = []
    for peer in among:
        for server, wanted in peer.servers.items():
            row = Row(peer, server, workload)
            if takes_part(row, wanted):
                found.append(row)
    return found


def takes_part(row: Row, wanted: list[str] | str) -> bool:
    workload, peer = row.workload, row.peer
    if workload.rows and row.name not in workload.rows:
        return False
    if workload.routes not in peer.workloads:
        return False
    if workload.kind == "cold-start":
        return peer.speaks is not None and row.server == next(iter(peer.servers))
    return wanted == EVERY_ROW or workload.name in wanted

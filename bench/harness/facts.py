"""The nouns of the benchmark: a request, the answer it must get, a workload, a peer, a row.

All of them are plain facts. Who acts on them: ``catalogue`` finds them, ``measure`` runs them, ``results`` keeps what
came out.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

EVERY_ROW = "all"


@dataclass(frozen=True)
class Request:
    """One HTTP request, as the load generator sends it."""

    path: str
    method: str = "GET"
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""


@dataclass(frozen=True)
class Expected:
    """What an answer must hold; what is left out is not looked at."""

    status: int = 200
    text: str | None = None
    json: Any = None
    contains: tuple[str, ...] = ()
    length_bytes: int | None = None
    content_type: str = ""


@dataclass(frozen=True)
class Exchange:
    """A request with the answer that it must get, checked before and after every measurement."""

    request: Request
    expected: Expected


@dataclass(frozen=True, eq=False)
class Workload:
    """What is asked of every peer, and how it is measured.

    Attributes:
        name: Hyphenated; the function of that name (with underscores) in a peer's file registers its routes.
        title: The row heading in tables.
        exchanges: Verified before and after the load; the requests of all of them make up the load, in turn, unless
            ``load`` names others.
        baselines: Rows (``peer@server``, or ``peer@server/workload`` within the same group) to which every other row
            is compared, round by round.
        group: Workloads of one group share their rounds, so that their figures can be compared.
        kind: ``throughput``, ``cold-start``, ``idle-memory`` or ``connection-memory``.
        keeps_cookie: The first exchange's cookie is sent by the load.
        threads: Worker threads given to every server that asks for a number of them (Granian WSGI, gunicorn gthread);
            None for the server table's own choice.
        routes_of: The workload whose routes are served, if not its own.
        rows: The only rows to measure (``peer@server``); empty for every row that has the routes.
        least_seconds: Of load in a round, where opening the connections would otherwise weigh too much.
        most_rounds: Where further rounds would find the same, as for memory.
    """

    name: str
    title: str
    exchanges: tuple[Exchange, ...]
    baselines: tuple[str, ...]
    load: tuple[Request, ...] = ()
    group: str = ""
    kind: str = "throughput"
    connections: int = 64
    keeps_cookie: bool = False
    threads: int | None = None
    routes_of: str = ""
    rows: tuple[str, ...] = ()
    most_rounds: int | None = None
    least_seconds: int = 1

    @property
    def requests(self) -> tuple[Request, ...]:
        """The requests that make up the load, sent in turn."""
        return self.load or tuple(exchange.request for exchange in self.exchanges)

    @property
    def routes(self) -> str:
        """The workload whose routes a peer serves."""
        return self.routes_of or self.name

    @property
    def function(self) -> str:
        """The name of the function that registers these routes in a peer's file."""
        return self.routes.replace("-", "_")


@dataclass(frozen=True, eq=False)
class Peer:
    """One file of ``bench/peers``: a framework, where its packages are listed, and the servers it runs on."""

    name: str
    title: str
    module: str
    environment: str | None
    speaks: str | None
    servers: dict[str, Any]
    workloads: frozenset[str]
    hello: str | None


@dataclass(frozen=True)
class Row:
    """A peer on a server: what is measured under one workload."""

    peer: Peer
    server: str
    workload: Workload

    @property
    def name(self) -> str:
        """``peer@server``."""
        return f"{self.peer.name}@{self.server}"

    @property
    def key(self) -> str:
        """``peer@server/workload``, unique in a run."""
        return f"{self.name}/{self.workload.name}"

    @property
    def module(self) -> str:
        """The module whose ``app`` is served: the peer's file, or its smallest app (see ``servers.write_hello``)."""
        return "hello_app" if self.workload.routes == "hello" else self.peer.module

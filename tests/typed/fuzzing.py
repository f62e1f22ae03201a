"""Sends generated requests to an application, over HTTP, and gathers the answers that its OpenAPI document does not promise.

Schemathesis makes the requests from the document: what it admits, what it rules out, and its edges. The requests go
through a real socket, because its WSGI client sends other bytes than it says.
"""

import logging
import re
import typing as t
from dataclasses import dataclass, field

from schemathesis import openapi
from schemathesis.config import SchemathesisConfig
from schemathesis.engine import Status, events, from_schema

from .serving import served

ANSWERS = {
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
    "unsupported_method",
    "allow_header_conformance",
    "missing_required_header",
}
"""The checks that every answer passes, whatever was sent."""

VERDICTS = {"positive_data_acceptance", "negative_data_rejection"}
"""The checks that a request is refused if, and only if, the document rules it out."""


_SEQUENCES = 50
"""Each of them is a dozen requests, one of which takes from the answers of others."""


@dataclass
class Findings:
    """How many requests were sent, and a text for each thing that was wrong: once for an operation and a check."""

    cases: int = 0
    wrong: dict[str, str] = field(default_factory=dict)

    def note(self, key: str, text: str) -> None:
        self.wrong.setdefault(key, text)

    def __str__(self) -> str:
        return f"{len(self.wrong)} of {self.cases} cases:\n\n" + "\n\n".join(self.wrong.values())


class _Gathered(logging.Handler):
    """Keeps the tracebacks that an application logs."""

    def __init__(self, findings: Findings) -> None:
        super().__init__(logging.ERROR)
        self.findings = findings

    def emit(self, record: logging.LogRecord) -> None:
        self.findings.note(f"log {record.getMessage()}", self.format(record))


def fuzz(
    app: t.Any,
    *,
    per_operation: int,
    edges: bool,
    seed: int,
    waived: t.Sequence[tuple[str, str]] = (),
    serve: t.Any = served,
) -> Findings:
    """Send what Schemathesis makes of an application's document.

    Args:
        app: an application that serves its document at `/openapi.json`.
        per_operation: how many random requests each operation gets at most.
        edges: whether the edges of every schema, and sequences of operations, are tried too.
        seed: of the random choices; the same seed makes the same requests.
        waived: verdicts, each with a pattern of the operations (`"POST /form/"`) for which it does not hold.
        serve: what serves the application.
    """
    findings = Findings()
    handler = _Gathered(findings)
    app.logger.addHandler(handler)
    app.logger.propagate = False
    try:
        with serve(app) as url:
            schema = openapi.from_url(f"{url}/openapi.json", config=_config(per_operation, edges, seed))
            for event in from_schema(schema).execute():
                _read(event, findings, waived)
    finally:
        app.logger.removeHandler(handler)
    return findings


def _config(per_operation: int, edges: bool, seed: int) -> SchemathesisConfig:
    enabled = {name: {"enabled": name in ANSWERS | VERDICTS} for name in _KNOWN_CHECKS}
    return SchemathesisConfig.from_dict(
        {
            "seed": seed,
            "continue-on-failure": True,
            "cache": {"enabled": False},
            "request-timeout": 20,
            "generation": {"max-examples": per_operation, "database": "none"},
            "phases": {
                "coverage": {"enabled": edges},
                "stateful": {"enabled": edges, "generation": {"max-examples": min(per_operation, _SEQUENCES)}},
            },
            "checks": enabled,
        }
    )


# NOTE: `ignored_auth` is left out, because a scheme only finds credentials: whether they are good is for the application.
_KNOWN_CHECKS = ANSWERS | VERDICTS | {"ignored_auth", "use_after_free", "ensure_resource_availability"}


def _read(event: t.Any, findings: Findings, waived: t.Sequence[tuple[str, str]]) -> None:
    if isinstance(event, (events.NonFatalError, events.FatalError)):
        label = getattr(event, "label", "the run")
        findings.note(f"error {label}", f"{label}: {getattr(event, 'value', None) or event!r}")
    if not isinstance(event, events.ScenarioFinished):
        return
    findings.cases += len(event.recorder.cases)
    for case_id, checks in event.recorder.checks.items():
        operation = event.recorder.cases[case_id].value.operation.label
        for check in checks:
            if check.status is Status.FAILURE and not _is_waived(check.name, operation, waived):
                findings.note(f"{check.name} {operation}", _told(event.recorder, case_id, check, operation))


def _is_waived(check: str, operation: str, waived: t.Sequence[tuple[str, str]]) -> bool:
    return check in VERDICTS and any(check == name and re.search(pattern, operation) for name, pattern in waived)


def _told(recorder: t.Any, case_id: str, check: t.Any, operation: str) -> str:
    failure = check.failure_info.failure
    interaction = recorder.interactions.get(case_id)
    answer = interaction.response if interaction is not None else None
    received = "" if answer is None else f"\n  answered {answer.status_code}: {answer.content[:300]!r}"
    return f"{operation} fails {check.name}: {failure.message}\n  {check.failure_info.code_sample}{received}"

"""How a refused request looks: RFC 9457 problem details, or any other shape, decided in this one place.

``Problems`` is the shape: it renders a refusal and describes itself for OpenAPI, so that runtime and document cannot
drift apart. Replace it by a subclass; ``FASTAPI`` is one that answers as FastAPI does.
"""

from __future__ import annotations

import typing as t

import msgspec

if t.TYPE_CHECKING:
    from .errors import ErrorRecord, RequestInvalid


class Problems:
    """Problem details. Source: RFC 9457.

    A subclass may replace ``body`` (what a refusal looks like), ``schema`` (the same as JSON Schema), ``media_type`` and
    ``schema_name``; ``status`` maps a refusal to the status that is sent.
    """

    media_type = "application/problem+json"
    schema_name = "ProblemDetails"
    error_schema_name = "ProblemDetails"

    def status(self, refusal: RequestInvalid) -> int:
        """The status to answer with; 422, 400, 413 or 415."""
        return refusal.status

    def body(self, refusal: RequestInvalid) -> t.Any:
        """The refusal as JSON-ready data."""
        return {
            "type": "about:blank",
            "title": refusal.title,
            "status": self.status(refusal),
            "errors": [msgspec.structs.asdict(error) for error in refusal.errors],
        }

    def schema(self) -> dict[str, t.Any]:
        """The JSON Schema of ``body``."""
        location = {"type": "array", "items": {"type": ["string", "integer"]}}
        error = {
            "type": "object",
            "required": ["location", "message", "expected", "received", "type"],
            "properties": {
                "location": {**location, "description": "The place, then keys and positions."},
                "message": {"type": "string"},
                "expected": {"type": "string"},
                "received": {"type": "string"},
                "type": {"type": "string"},
            },
        }
        return {
            "type": "object",
            "title": self.schema_name,
            "required": ["type", "title", "status"],
            "properties": {
                "type": {"type": "string", "format": "uri-reference"},
                "title": {"type": "string"},
                "status": {"type": "integer"},
                "detail": {"type": "string"},
                "errors": {"type": "array", "items": error},
            },
        }

    def render_error(self, status: int, title: str, detail: str) -> bytes:
        """An error that is not a refusal, such as 404, as the body of the answer."""
        return msgspec.json.encode(self.error_body(status, title, detail))

    def error_body(self, status: int, title: str, detail: str) -> t.Any:
        """An error that is not a refusal as JSON-ready data."""
        return {"type": "about:blank", "title": title, "status": status, "detail": detail}

    def error_schema(self) -> dict[str, t.Any]:
        """The JSON Schema of ``error_body``."""
        return {**Problems.schema(self), "title": self.error_schema_name}

    def render(self, refusal: RequestInvalid) -> tuple[int, str, bytes]:
        """Status, content type and body of the answer."""
        return self.status(refusal), self.media_type, msgspec.json.encode(self.body(refusal))


class FastAPIProblems(Problems):
    """The shape of FastAPI: ``{"detail": [{"type", "loc", "msg"}]}``, 422 for malformed JSON too."""

    media_type = "application/json"
    schema_name = "HTTPValidationError"
    error_schema_name = "HTTPError"

    def status(self, refusal: RequestInvalid) -> int:
        """As ``Problems.status``."""
        return 422 if refusal.status == 400 else refusal.status

    def body(self, refusal: RequestInvalid) -> t.Any:
        """As ``Problems.body``."""
        return {"detail": [self._entry(error) for error in refusal.errors]}

    def error_body(self, status: int, title: str, detail: str) -> t.Any:
        """As ``Problems.error_body``."""
        return {"detail": detail or title}

    def error_schema(self) -> dict[str, t.Any]:
        """As ``Problems.error_schema``."""
        return {
            "type": "object",
            "title": self.error_schema_name,
            "required": ["detail"],
            "properties": {"detail": {"type": "string"}},
        }

    def _entry(self, error: ErrorRecord) -> dict[str, t.Any]:
        place = "body" if error.location[:1] in (("form",), ("file",)) else error.location[0]
        return {
            "type": _FASTAPI_TYPES.get(error.type, error.type),
            "loc": [place, *error.location[1:]],
            "msg": "Field required" if error.type == "missing" else error.message,
        }

    def schema(self) -> dict[str, t.Any]:
        """As ``Problems.schema``."""
        entry = {
            "type": "object",
            "title": "ValidationError",
            "required": ["loc", "msg", "type"],
            "properties": {
                "loc": {"type": "array", "items": {"anyOf": [{"type": "string"}, {"type": "integer"}]}},
                "msg": {"type": "string"},
                "type": {"type": "string"},
            },
        }
        return {
            "type": "object",
            "title": self.schema_name,
            "properties": {"detail": {"type": "array", "items": entry}},
        }


_FASTAPI_TYPES = {"malformed": "json_invalid", "unknown_field": "extra_forbidden", "not_allowed": "enum"}

DEFAULT = Problems()
FASTAPI = FastAPIProblems()

"""``Binding``: the arguments of one view, from one request. Everything it needs was worked out by ``bind``.

``collect`` is the fast way and says only *that* a request is wrong; ``explain`` then walks the same request again and
says everything that is.
"""

from __future__ import annotations

import typing as t

from msgspec import UNSET, convert
from msgspec.structs import asdict

from .bodies import REFUSALS, Body, Builds, record_for
from .errors import ErrorRecord, RequestInvalid
from .leaves import from_wire
from .shapes import Report
from .texts import Raw, Reader, reader_for

if t.TYPE_CHECKING:
    from .graph import Graph
    from .parameters import Parameter
    from .responses import Answer
    from .source import Source

_TEXT_PLACES = ("path", "query", "header", "cookie", "form", "file")
_FORM_TYPES = ("multipart/form-data", "application/x-www-form-urlencoded")
_SHOWN = frozenset(("path", "query"))


class Binding:
    """What is to be done for one view: which values to collect, which dependencies to run, how to answer.

    Attributes:
        parameters: every request parameter, the dependencies' included.
        body: how the body is read, None where it is not, or is a form.
        graph: the dependencies; None where there are none, and then ``collect`` gives the view's own arguments.
        answer: what the return annotation says; None leaves the result to Flask's rules.
        name, where: the view's name and its file and line.
    """

    __slots__ = (
        "_builds",
        "_implied",
        "_needs_form",
        "_readers",
        "_record",
        "_request_keys",
        "_without",
        "answer",
        "body",
        "graph",
        "name",
        "overridden",
        "parameters",
        "where",
    )

    def __init__(
        self,
        *,
        name: str,
        where: str,
        parameters: tuple[Parameter, ...],
        body: Body | None,
        request_keys: tuple[str, ...],
        graph: Graph | None,
        answer: Answer | None,
        overridden: t.Callable[[t.Mapping[t.Any, t.Any]], Binding],
        without: t.Callable[[frozenset[str]], Binding | None],
    ) -> None:
        self.name = name
        self.where = where
        self.parameters = parameters
        self.body = body
        self.graph = graph
        self.answer = answer
        self.overridden = overridden
        self._without = without
        self._request_keys = request_keys
        texts = [p for p in parameters if p.place != "body"]
        self._record: t.Any = None
        self._builds: Builds = ()
        if texts:
            self._record, self._builds = record_for(texts)
        self._readers = _readers_for(texts)
        self._needs_form = any(p.place in ("form", "file") and p.required for p in texts)
        self._implied = frozenset(p.name for p in parameters if p.implied)

    @property
    def only_answers(self) -> bool:
        """Whether nothing is collected or injected: only the return annotation has something to say."""
        return not (self.parameters or self.graph is not None or self._request_keys)

    # PERF: one conversion for all texts, one decoding for the body; tests/typed/test_call_budget.py counts the calls.
    def collect(self, source: Source) -> dict[str, t.Any]:
        """The values that the request gives: the view's keyword arguments, or with ``graph`` what it starts from.

        Raises:
            RequestInvalid: the request does not fit.
        """
        if self._implied and not self._implied.isdisjoint(source.path_values):
            return self._collect_rest(source)
        try:
            raw: Raw = {}
            for read in self._readers:
                read(source, raw)
            if self._record is None:
                values: dict[str, t.Any] = {}
            else:
                values = asdict(convert(raw, self._record, strict=False, dec_hook=from_wire))
                for key, build, parameter in self._builds:
                    value = values[key]
                    values[key] = parameter.make_default() if value is UNSET else build(value)
            if self.body is not None:
                self.body.read(source, values)
        except REFUSALS as error:
            raise self.explain(source, error) from None
        except Exception as error:
            if getattr(error, "code", None) == 413:
                raise _too_large() from error
            raise
        for key in self._request_keys:
            values[key] = source.request
        return values

    def _collect_rest(self, source: Source) -> dict[str, t.Any]:
        """Under Flask's rules, what a ``url_value_preprocessor`` supplied is not looked for in the request."""
        rest = self._without(self._implied.intersection(source.path_values))
        return {} if rest is None else rest.collect(source)

    def explain(self, source: Source, cause: BaseException | None = None) -> RequestInvalid:
        """Everything that is wrong with a request that ``collect`` refused."""
        try:
            refused = self._explain_form_type(source)
            if refused is not None:
                return refused
            records = self._explain_texts(source)
            if self.body is not None:
                report = Report(lax=False)
                self.body.explain(source, report)
                records += report.records
        except RequestInvalid as refusal:
            return refusal
        except UnicodeDecodeError:
            text = "The request holds text that is not UTF-8."
            return RequestInvalid(400, [ErrorRecord(("query",), text, "UTF-8 text", "other bytes", "malformed")])
        except RecursionError:
            text = "The body is nested too deeply."
            return RequestInvalid(400, [ErrorRecord(("body",), text, "valid JSON", "deep nesting", "malformed")])
        if not records:
            place = "body" if self.body is not None else "query"
            text = str(cause)[:200] if cause is not None else "The request does not fit."
            records = [ErrorRecord((place,), text, "a valid value", "another value", "invalid")]
        return RequestInvalid(422, records)

    def _explain_form_type(self, source: Source) -> RequestInvalid | None:
        if not self._needs_form:
            return None
        bare = source.content_type.partition(";")[0].strip().lower()
        if bare in _FORM_TYPES:
            return None
        received = repr(source.content_type[:80]) if bare else "no Content-Type"
        if not bare and not source.body():
            return None
        wanted = " or ".join(_FORM_TYPES)
        text = f"Expected the content type {wanted}, received {received}."
        return RequestInvalid(415, [ErrorRecord(("form",), text, wanted, received, "unsupported")])

    def _explain_texts(self, source: Source) -> list[ErrorRecord]:
        raw: Raw = {}
        for read in self._readers:
            read(source, raw)
        records: list[ErrorRecord] = []
        for parameter in self.parameters:
            if parameter.place == "body":
                continue
            report = Report(lax=True, shows_text=parameter.place in _SHOWN)
            at = (parameter.place,) if parameter.fields else (parameter.place, parameter.alias)
            if parameter.key in raw:
                parameter.shape.explain(raw[parameter.key], at, report)
            elif parameter.required:
                report.missing(at, parameter.shape.expected)
            records += report.records
        return records

    def encode(self, result: t.Any) -> bytes | None:
        """The body of an answer: ``b""`` for one without a body (204), None where Flask's rules are to answer.

        Raises:
            ResponseInvalid: the result does not fit the return annotation.
        """
        return None if self.answer is None else self.answer.encode(result)

    def describe(self) -> list[str]:
        """One line for each step, in the order in which they run; for ``app.explain``."""
        lines = []
        for parameter in self.parameters:
            need = "required" if parameter.required else f"default {parameter.default!r}"
            lines.append(f"{parameter.place} {parameter.alias}: {parameter.shape.expected} ({need})")
        if self.graph is not None:
            lines += self.graph.describe()
        if self.answer is not None:
            lines.append(f"answer: {self.answer.words}")
        return lines


def _readers_for(texts: list[Parameter]) -> tuple[Reader, ...]:
    by_place: dict[str, list[Parameter]] = {}
    for parameter in texts:
        by_place.setdefault(parameter.place, []).append(parameter)
    return tuple(reader_for(place, by_place[place]) for place in _TEXT_PLACES if place in by_place)


def _too_large() -> RequestInvalid:
    text = "The body is larger than this application accepts."
    return RequestInvalid(413, [ErrorRecord(("body",), text, "a smaller body", "a larger one", "too_large")])

"""Switches for the tracing agents: each turns one on, keeps what it records in memory and tells it in plain data."""

from __future__ import annotations

import os
import sys
import types
from typing import Any


class Watcher:
    """One agent: `early` runs before the framework is imported, `late` with the finished app; `tell` reports."""

    #: Whether it hooks into an application that has not served yet, so that it must be given a new one.
    wants_new_app = False

    def early(self) -> None:
        """Do what must precede the import of the framework."""

    def late(self, app: Any) -> None:
        """Do what needs the application."""

    def tell(self) -> list[Any]:
        """Give what was recorded since the last call, as plain data without times and identifiers."""
        return []


class Sentry(Watcher):
    def __init__(self) -> None:
        self.items: list[Any] = []

    def late(self, app: Any) -> None:
        import sentry_sdk
        from sentry_sdk.integrations.flask import FlaskIntegration
        from sentry_sdk.transport import Transport

        items = self.items

        class Kept(Transport):
            def capture_envelope(self, envelope: Any) -> None:
                for item in envelope.items:
                    if item.type in {"event", "transaction"}:
                        items.append(item.payload.json)

        sentry_sdk.init(
            dsn="http://key@127.0.0.1/1",
            transport=Kept,
            traces_sample_rate=1.0,
            integrations=[FlaskIntegration()],
            auto_session_tracking=False,
        )

    def tell(self) -> list[Any]:
        import sentry_sdk

        sentry_sdk.flush()
        told = [self.describe(item) for item in self.items]
        self.items.clear()
        return told

    @staticmethod
    def describe(item: dict[str, Any]) -> Any:
        errors = [value["type"] for value in item.get("exception", {}).get("values", [])]
        mechanisms = [value["mechanism"]["type"] for value in item.get("exception", {}).get("values", [])]
        trace = item.get("contexts", {}).get("trace", {})
        request = item.get("request", {})
        spans = sorted((span["op"], span.get("description")) for span in item.get("spans", []))
        return [
            item.get("type", "event"),
            item.get("transaction"),
            item.get("transaction_info"),
            trace.get("op"),
            trace.get("status"),
            errors,
            mechanisms,
            request.get("method"),
            request.get("url"),
            request.get("data"),
            spans,
        ]


class OpenTelemetry(Watcher):
    wants_new_app = True

    def __init__(self) -> None:
        self.exporter: Any = None

    def provider(self) -> Any:
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import SimpleSpanProcessor
        from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

        self.exporter = InMemorySpanExporter()
        provider = TracerProvider()
        provider.add_span_processor(SimpleSpanProcessor(self.exporter))
        return provider

    def late(self, app: Any) -> None:
        from opentelemetry.instrumentation.flask import FlaskInstrumentor

        FlaskInstrumentor().instrument_app(app, tracer_provider=self.provider())

    def tell(self) -> list[Any]:
        told = []
        if self.exporter is None:
            return told
        for span in self.exporter.get_finished_spans():
            attributes = {key: value for key, value in span.attributes.items() if key != "net.peer.port"}
            events = [(event.name, event.attributes.get("exception.type")) for event in span.events]
            told.append([span.name, span.kind.name, span.status.status_code.name, sorted(attributes.items()), events])
        self.exporter.clear()
        return told


class OpenTelemetryWhole(OpenTelemetry):
    """Replaces the class `flask.Flask` itself, before the application is written."""

    def early(self) -> None:
        from opentelemetry.instrumentation.flask import FlaskInstrumentor

        FlaskInstrumentor().instrument(tracer_provider=self.provider())

    def late(self, app: Any) -> None:
        """Nothing is left to do."""


class Datadog(Watcher):
    def __init__(self) -> None:
        self.spans: list[Any] = []

    def early(self) -> None:
        for name in ("INSTRUMENTATION_TELEMETRY", "REMOTE_CONFIGURATION", "RUNTIME_METRICS", "CRASHTRACKING"):
            os.environ[f"DD_{name}_ENABLED"] = "false"
        os.environ["DD_TRACE_STARTUP_LOGS"] = "false"
        from ddtrace.trace import TraceFilter, tracer

        spans = self.spans

        class Keep(TraceFilter):
            def process_trace(self, trace: Any) -> None:
                spans.extend(trace)

        tracer.configure(trace_processors=[Keep()])

    def late(self, app: Any) -> None:
        import ddtrace

        ddtrace.patch(flask=True)

    def tell(self) -> list[Any]:
        told = []
        kept = (
            "flask.endpoint",
            "flask.url_rule",
            "http.method",
            "http.status_code",
            "http.url",
            "error.type",
            "flask.view_args.name",
        )
        for span in self.spans:
            tags = {key: str(span.get_tag(key)) for key in kept if span.get_tag(key) is not None}
            parent = next((other.name for other in self.spans if other.span_id == span.parent_id), None)
            told.append([span.name, span.resource, parent, span.error, sorted(tags.items())])
        self.spans.clear()
        return told


class DatadogEarly(Datadog):
    """Patches before the application is written, as `ddtrace-run` does."""

    def early(self) -> None:
        super().early()
        super().late(None)

    def late(self, app: Any) -> None:
        """Nothing is left to do."""


class NewRelic(Watcher):
    def __init__(self) -> None:
        self.nodes: list[Any] = []

    def early(self) -> None:
        os.environ.update(
            NEW_RELIC_DEVELOPER_MODE="true",
            NEW_RELIC_LICENSE_KEY="0" * 40,
            NEW_RELIC_APP_NAME="traced",
            NEW_RELIC_LOG="stderr",
            NEW_RELIC_LOG_LEVEL="critical",
            NEW_RELIC_STARTUP_TIMEOUT="10",
        )
        import newrelic.agent
        from newrelic.core.application import Application

        nodes = self.nodes

        def record(_self: Any, data: Any) -> None:
            nodes.append(data)

        Application.record_transaction = record
        newrelic.agent.initialize()
        newrelic.agent.register_application(timeout=10)

    def late(self, app: Any) -> None:
        import newrelic.agent

        wrapped = newrelic.agent.WSGIApplicationWrapper(app.wsgi_app)
        if not getattr(type(app).wsgi_app, "__wrapped__", None):
            app.wsgi_app = wrapped

    def tell(self) -> list[Any]:
        told = []
        for node in self.nodes:
            errors = [error.type for error in node.errors]
            status = node.agent_attributes and [a.value for a in node.agent_attributes if a.name == "response.status"]
            told.append([node.type, node.group, node.name, sorted(errors), status, sorted(self.names_below(node.root))])
        self.nodes.clear()
        return told

    def names_below(self, node: Any) -> list[str]:
        names = []
        for child in node.children:
            names.append(str(getattr(child, "name", type(child).__name__)))
            names.extend(self.names_below(child))
        return names


class Elastic(Watcher):
    wants_new_app = True

    def __init__(self) -> None:
        self.events: list[Any] = []

    def late(self, app: Any) -> None:
        os.environ["ELASTIC_APM_CLOUD_PROVIDER"] = "none"
        from elasticapm.base import Client
        from elasticapm.contrib.flask import ElasticAPM
        from elasticapm.transport.base import Transport

        events = self.events

        class Kept(Transport):
            def queue(self, event_type: str, data: Any, flush: bool = False) -> None:
                events.append((str(event_type), data))

            def start_thread(self, pid: Any = None) -> None:
                pass

            def close(self) -> None:
                pass

        client = make_elastic_client(Client, Kept)
        ElasticAPM(app, client=client)

    def tell(self) -> list[Any]:
        told = []
        for kind, data in self.events:
            context = data.get("context", {})
            told.append(
                [
                    kind,
                    data.get("name"),
                    data.get("result"),
                    data.get("outcome"),
                    data.get("type"),
                    data.get("exception", {}).get("type"),
                    context.get("request", {}).get("url", {}).get("full"),
                    context.get("response", {}).get("status_code"),
                ]
            )
        self.events.clear()
        return told


def make_elastic_client(client_class: Any, transport_class: Any) -> Any:
    """Build a client whose transport keeps events: the agent takes the transport by its dotted name."""
    module = types.ModuleType("kept_transport")
    module.Kept = transport_class  # type: ignore[attr-defined]
    sys.modules["kept_transport"] = module
    return client_class(
        service_name="traced",
        transport_class="kept_transport.Kept",
        metrics_interval="0ms",
        central_config=False,
        disable_metrics="*",
        cloud_provider="none",
    )


class XRay(Watcher):
    wants_new_app = True

    def __init__(self) -> None:
        self.segments: list[Any] = []

    def late(self, app: Any) -> None:
        from aws_xray_sdk.core import xray_recorder
        from aws_xray_sdk.ext.flask.middleware import XRayMiddleware

        segments = self.segments

        class Keep:
            def send_entity(self, entity: Any) -> None:
                segments.append(entity)

            def set_daemon_address(self, address: Any) -> None:
                pass

        xray_recorder.configure(service="traced", sampling=False, emitter=Keep())
        XRayMiddleware(app, xray_recorder)

    def tell(self) -> list[Any]:
        told = []
        for segment in self.segments:
            data = segment.to_dict()
            causes = [cause["type"] for cause in data.get("cause", {}).get("exceptions", [])]
            below = [(child["name"], child.get("namespace")) for child in data.get("subsegments", [])]
            http = data["http"]
            told.append(
                [
                    data["name"],
                    http["request"]["method"],
                    http["request"]["url"],
                    http.get("response", {}).get("status"),
                    bool(data.get("fault")),
                    bool(data.get("error")),
                    causes,
                    below,
                ]
            )
        self.segments.clear()
        return told


WATCHERS: dict[str, type[Watcher]] = {
    "none": Watcher,
    "sentry": Sentry,
    "opentelemetry": OpenTelemetry,
    "opentelemetry-class": OpenTelemetryWhole,
    "ddtrace": Datadog,
    "ddtrace-early": DatadogEarly,
    "newrelic": NewRelic,
    "elastic-apm": Elastic,
    "aws-xray": XRay,
}

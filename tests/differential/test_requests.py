"""Reading requests: forms, files, JSON, limits, encodings; and the JSON provider."""

from __future__ import annotations

import io
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from enum import Enum
from typing import Any
from uuid import UUID

from .harness import Seen, same_on_both


def showing(flask: Any, show: Any, **config: Any) -> Any:
    """Return an app that answers any method on `/` with the text of what `show(request)` gives."""
    app = flask.Flask(__name__)
    app.config.update(config)
    methods = ["GET", "POST", "PUT", "PATCH", "DELETE"]
    app.add_url_rule("/", "i", lambda: ascii(show(flask.request)), methods=methods)
    return app


@same_on_both
def test_forms_arrive_as_sent(flask: Any, seen: Seen) -> None:
    app = showing(flask, lambda r: (r.form.to_dict(False), r.values.to_dict(False), r.get_data(), r.content_length))
    seen.post(app, "/?q=1&a=url", form={"a": ["1", "2"], "b": "ü +&="})
    seen.post(app, form={})
    seen.post(app, data=b"a=%FF&b=%C3%BC&c", content_type="application/x-www-form-urlencoded")
    seen.post(app, data=b"a=1", content_type="text/plain")
    seen.post(app, data=b"a=1", content_type="application/x-www-form-urlencoded; charset=latin-1")
    seen.post(app, data=b"a=1")
    seen.send(app, "PUT", "/", form={"x": "y"})
    seen.get(app)


@same_on_both
def test_data_is_read_before_or_after_the_form_alike(flask: Any, seen: Seen) -> None:
    seen.post(showing(flask, lambda r: (r.get_data(), r.form.to_dict())), form={"a": "1"})
    seen.post(showing(flask, lambda r: (r.form.to_dict(), r.get_data())), form={"a": "1"})
    seen.post(showing(flask, lambda r: (r.data, r.form.to_dict())), form={"a": "1"})
    seen.post(showing(flask, lambda r: (r.get_data(parse_form_data=True), r.form.to_dict())), form={"a": "1"})
    seen.post(showing(flask, lambda r: (r.get_data(cache=False), r.get_data())), data=b"raw")
    seen.post(showing(flask, lambda r: (r.get_data(as_text=True), r.stream.read())), data="ü")
    seen.post(showing(flask, lambda r: (r.stream.read(2), r.stream.read(), r.get_data())), data=b"streamed")


@same_on_both
def test_uploads_arrive_with_names_and_types(flask: Any, seen: Seen) -> None:
    def show(request: Any) -> Any:
        files = [
            (k, f.filename, f.name, f.mimetype, f.content_type, f.read()) for k, f in request.files.items(multi=True)
        ]
        return files, request.form.to_dict(), request.content_type

    app = showing(flask, show)
    seen.post(
        app,
        files={"f": (b"content", "a.txt", "text/plain"), "g": (b"\x00\xff", "b c.bin", "application/x-bin")},
        form={"t": "x"},
    )
    seen.post(app, files={"empty": (b"", "", "application/octet-stream")})
    seen.post(app, data=b"broken", content_type="multipart/form-data; boundary=x")
    seen.post(app, data=b"broken", content_type="multipart/form-data")
    seen.post(app, data=b"--x\r\n\r\nno name\r\n--x--\r\n", content_type="multipart/form-data; boundary=x")


@same_on_both
def test_missing_keys_are_bad_requests(flask: Any, seen: Seen) -> None:
    for show in (
        lambda r: r.form["x"],
        lambda r: r.args["x"],
        lambda r: r.files["x"],
        lambda r: r.values["x"],
        lambda r: r.headers["X-No"],
    ):
        app = showing(flask, show)
        seen.post(app, form={"a": "b"})
        app.debug = True
        seen.post(app, form={"a": "b"})
    seen.post(showing(flask, lambda r: r.cookies["x"]))


@same_on_both
def test_debug_explains_a_form_without_enctype(flask: Any, seen: Seen) -> None:
    app = showing(flask, lambda r: r.files["picture"].filename)
    app.debug = True
    seen.post(app, form={"picture": "name.png"})
    seen.post(app, form={"other": "x"})
    seen.get(app)


@same_on_both
def test_json_bodies_are_read_or_refused(flask: Any, seen: Seen) -> None:
    app = showing(flask, lambda r: (r.is_json, r.get_json(), r.json))
    for body, kind in (
        (b'{"a": [1, 2.5, null, "\xc3\xbc"]}', "application/json"),
        (b"5", "application/json; charset=utf-8"),
        (b"null", "application/json"),
        (b'{"a": 1}', "application/problem+json"),
        (b'{"a": 1}', "APPLICATION/JSON"),
        (b"", "application/json"),
        (b"{broken", "application/json"),
        (b'{"a": NaN, "b": Infinity}', "application/json"),
        (b"\xff", "application/json"),
        (b"\xef\xbb\xbf{}", "application/json"),
        ('{"a": "ü"}'.encode("utf-16"), "application/json"),
        (b'{"a": 1}', "text/plain"),
        (b'{"a": 1}', ""),
        (b'{"a": 1, "a": 2}', "application/json"),
    ):
        seen.post(app, data=body, content_type=kind or None)
    app.debug = True
    seen.post(app, data=b"{broken", content_type="application/json")
    seen.post(app, data=b"x", content_type="text/plain")
    seen.get(app)


@same_on_both
def test_get_json_options_are_honoured(flask: Any, seen: Seen) -> None:
    for options in ({"force": True}, {"silent": True}, {"force": True, "silent": True}, {"cache": False}):
        app = showing(flask, lambda r, o=options: (r.get_json(**o), r.get_json(**o), r.get_data()))
        seen.post(app, json={"a": 1})
        seen.post(app, data=b'{"a": 1}', content_type="text/plain")
        seen.post(app, data=b"{", content_type="application/json")
    seen.post(
        showing(flask, lambda r: (r.get_json(silent=True), r.get_json())), data=b"{", content_type="application/json"
    )


@same_on_both
def test_a_request_class_may_answer_json_errors_itself(flask: Any, seen: Seen) -> None:
    class Mine(flask.Request):
        def on_json_loading_failed(self, error: Exception | None) -> Any:
            return f"failed {type(error).__name__}"

    app = showing(flask, lambda r: (type(r._get_current_object()).__name__, r.get_json()))
    app.request_class = Mine
    seen.post(app, data=b"{", content_type="application/json")
    seen.post(app, data=b"{", content_type="text/plain")


@same_on_both
def test_bodies_past_the_limit_are_refused(flask: Any, seen: Seen) -> None:
    app = showing(flask, lambda r: (r.get_data(), r.max_content_length), MAX_CONTENT_LENGTH=10)
    seen.post(app, data=b"0123456789")
    seen.post(app, data=b"0123456789x")
    seen.post(app, data=b"short", headers={"Content-Length": "nonsense"})
    form = showing(flask, lambda r: (r.form.to_dict(), r.files.to_dict()), MAX_CONTENT_LENGTH=20)
    seen.post(form, form={"a": "x" * 30})
    seen.post(form, files={"f": (b"x" * 100, "a", "text/plain")})


@same_on_both(
    not_over_asgi="there it is a 413; Flask takes the first MAX_CONTENT_LENGTH bytes of a chunked body for all of it"
)
def test_a_chunked_body_past_the_limit_is_read_alike(flask: Any, seen: Seen) -> None:
    app = showing(flask, lambda r: (r.get_data(), r.max_content_length), MAX_CONTENT_LENGTH=10)
    stream = {"wsgi.input": io.BytesIO(b"x" * 50), "wsgi.input_terminated": True, "HTTP_TRANSFER_ENCODING": "chunked"}
    seen.post(app, environ=stream)


@same_on_both
def test_form_limits_follow_config_and_request(flask: Any, seen: Seen) -> None:
    app = showing(flask, lambda r: (len(r.form.to_dict()), r.max_form_memory_size, r.max_form_parts))
    seen.post(app, form={"a": "x" * 400_000})
    seen.post(app, form={"a": "x" * 500_001})
    seen.post(app, files={"f": (b"1", "f", "text/plain")}, form={"big": "x" * 500_001})
    small = showing(flask, lambda r: len(r.form), MAX_FORM_MEMORY_SIZE=10, MAX_FORM_PARTS=2)
    seen.post(small, form={"a": "x" * 20})
    seen.post(small, files={"f": (b"1", "f", "text/plain")}, form={"a": "1", "b": "2"})

    def raised(request: Any) -> Any:
        request.max_form_memory_size = 100
        request.max_form_parts = 5
        request.max_content_length = 1000
        return request.form.to_dict(), request.max_content_length, request.max_form_parts

    seen.post(
        showing(flask, raised, MAX_FORM_MEMORY_SIZE=10, MAX_FORM_PARTS=1, MAX_CONTENT_LENGTH=5), form={"a": "x" * 20}
    )


@same_on_both
def test_odd_lengths_and_missing_bodies_are_read_alike(flask: Any, seen: Seen) -> None:
    app = showing(flask, lambda r: (r.get_data(), r.content_length))
    seen.post(app, environ={"CONTENT_LENGTH": "5", "wsgi.input": io.BytesIO(b"0123456789")})
    seen.post(app, environ={"CONTENT_LENGTH": "-1", "wsgi.input": io.BytesIO(b"0123456789")})
    seen.post(app, environ={"CONTENT_LENGTH": "", "wsgi.input": io.BytesIO(b"0123456789")})
    seen.post(app, environ={"CONTENT_LENGTH": "20", "wsgi.input": io.BytesIO(b"short")})


@same_on_both(not_over_asgi="the interface says itself whether its stream ends where the body ends")
def test_a_terminated_stream_is_read_whatever_its_length_says(flask: Any, seen: Seen) -> None:
    app = showing(flask, lambda r: (r.get_data(), r.content_length))
    seen.post(
        app, environ={"wsgi.input": io.BytesIO(b"terminated"), "wsgi.input_terminated": True, "CONTENT_LENGTH": ""}
    )


@same_on_both
def test_headers_are_read_alike(flask: Any, seen: Seen) -> None:
    def show(r: Any) -> Any:
        return (
            sorted(r.headers.items()), r.headers.get("x-custom"), "X-CUSTOM" in r.headers, r.accept_mimetypes.best, list(r.accept_languages),
            r.authorization and (r.authorization.type, r.authorization.username, r.authorization.token), str(r.user_agent),
            r.referrer, r.remote_addr, r.is_secure, r.scheme, r.if_none_match.to_header(), r.cache_control.to_header(),
            r.access_route, r.content_encoding, r.mimetype, r.mimetype_params, r.range, r.date, r.pragma.to_header(), r.origin,
        )  # fmt: skip

    app = showing(flask, show)
    seen.get(app)
    seen.get(app, environ={"REMOTE_ADDR": "1.2.3.4", "HTTP_X_FORWARDED_FOR": "9.9.9.9, 8.8.8.8"})
    seen.get(
        app,
        headers={
            "X-Custom": "v\u00fc".encode().decode("latin-1"),
            "Accept": "text/html;q=0.5, application/json",
            "Accept-Language": "de, en;q=0.3",
            "Authorization": "Basic dXNlcjpwYXNz",
            "User-Agent": "tester",
            "Referer": "http://there",
            "Cache-Control": "no-cache, max-age=5",
            "Range": "bytes=0-4",
            "Origin": "http://o",
        },
    )
    seen.get(app, headers={"Authorization": "Bearer token"}, base_url="https://host.test")


@same_on_both
def test_urls_of_the_request_are_the_same(flask: Any, seen: Seen) -> None:
    names = "url base_url root_url host_url host path full_path script_root root_path query_string scheme method is_secure server".split()
    app = showing(flask, lambda r: [(name, getattr(r, name)) for name in names])
    seen.get(app, "/?a=%C3%BC&b=c d".replace(" ", "%20"))
    seen.get(app, "/", base_url="https://host.test:8443/mount")
    seen.get(app, "/", base_url="http://host.test:80")


@same_on_both
def test_a_request_carries_attributes_and_one_environ(flask: Any, seen: Seen) -> None:
    app = flask.Flask(__name__)
    kept: list[Any] = []

    @app.before_request
    def before() -> None:
        flask.request.stamp = "stamped"
        flask.request.environ["my.key"] = [1]

    app.teardown_request(lambda e: kept.append((flask.request.stamp, flask.request.environ["my.key"])))
    app.add_url_rule(
        "/",
        "i",
        lambda: f"{flask.request.stamp} {flask.request.environ['my.key']} {flask.request.environ['PATH_INFO']}",
    )
    seen.get(app)
    seen.note("kept", kept)


@same_on_both
def test_the_request_and_proxies_have_the_same_repr(flask: Any, seen: Seen) -> None:
    app = showing(
        flask,
        lambda r: (
            repr(flask.request),
            repr(flask.g),
            repr(flask.current_app),
            bool(flask.request),
            str(flask.session),
        ),
    )
    seen.visit(app, "/", "/?a=b", "POST /")


@same_on_both
def test_jsonify_writes_the_same_bytes(flask: Any, seen: Seen) -> None:
    @dataclass
    class Point:
        x: int
        inner: Any = None

    class Html:
        def __html__(self) -> str:
            return "<b>html</b>"

    class Level(str, Enum):
        LOW = "low"

    values: list[Any] = [
        {"z": 1, "a": 2, "ü": "☃\u2028<"},
        [datetime(2024, 1, 2, 3, 4, 5), datetime(2024, 1, 2, tzinfo=timezone(timedelta(hours=2))), date(2024, 1, 2)],
        [Decimal("1.50"), UUID(int=7), Point(1, Point(2)), Html(), Level.LOW],
        [1, 1.0, 1e100, -0.0, True, None, 10**30, float("inf"), float("nan")],
        {"nested": {"b": {"d": 1, "c": 2}, "a": ()}},
        {1: "a", 2: "b"},
        "text",
        5,
        None,
    ]
    app = flask.Flask(__name__)
    app.add_url_rule("/<int:n>", "n", lambda n: flask.jsonify(values[n]))
    app.add_url_rule("/kw", "kw", lambda: flask.jsonify(b=1, a=2))
    app.add_url_rule("/many", "many", lambda: flask.jsonify(1, 2, 3))
    app.add_url_rule("/nothing", "nothing", lambda: flask.jsonify())
    for debug in (False, True):
        app.debug = debug
        seen.visit(app, *(f"/{n}" for n in range(len(values))), "/kw", "/many", "/nothing")


@same_on_both
def test_what_json_cannot_hold_is_refused_alike(flask: Any, seen: Seen) -> None:
    app = flask.Flask(__name__)
    app.testing = True
    app.add_url_rule("/both", "both", lambda: flask.jsonify(1, a=2))
    app.add_url_rule("/set", "set", lambda: {"x": {1}})
    app.add_url_rule("/object", "object", lambda: flask.jsonify(object))
    app.add_url_rule("/bytes", "bytes", lambda: {"x": b"b"})
    app.add_url_rule("/mixed", "mixed", lambda: {1: 1, "a": 2})
    app.add_url_rule("/key", "key", lambda: {(1, 2): 2})
    app.add_url_rule("/time", "time", lambda: {"x": timedelta(1)})
    seen.visit(app, "/both", "/set", "/object", "/bytes", "/mixed", "/key", "/time")
    circle: list[Any] = []
    circle.append(circle)
    with app.app_context():
        seen.attempt("circle", lambda: flask.json.dumps(circle))


@same_on_both
def test_provider_attributes_change_the_output(flask: Any, seen: Seen) -> None:
    for name, value in (
        ("sort_keys", False), ("ensure_ascii", False), ("compact", False), ("compact", True), ("mimetype", "application/x-json"),
    ):  # fmt: skip
        app = flask.Flask(__name__)
        setattr(app.json, name, value)
        app.add_url_rule("/", "i", lambda: {"b": "ü", "a": [1, 2]})
        seen.get(app)
        app.debug = True
        seen.get(app)
    app = flask.Flask(__name__)
    app.json.default = lambda value: f"default {type(value).__name__}"
    app.add_url_rule("/", "i", lambda: {"x": {1}, "d": date(2024, 1, 1)})
    seen.get(app)


@same_on_both
def test_a_provider_of_ones_own_is_used_everywhere(flask: Any, seen: Seen) -> None:
    class Provider(flask.json.provider.JSONProvider):
        def dumps(self, obj: Any, **kwargs: Any) -> str:
            return f"<{obj!r} {sorted(kwargs)}>"

        def loads(self, s: str | bytes, **kwargs: Any) -> Any:
            return {"loaded": s, "kwargs": kwargs}

    class Shop(flask.Flask):
        json_provider_class = Provider

    app = Shop(__name__)
    app.add_url_rule("/", "i", lambda: {"a": 1}, methods=["GET"])
    app.add_url_rule("/list", "l", lambda: ([1], 201))
    app.add_url_rule("/post", "p", lambda: repr(flask.request.get_json()), methods=["POST"])
    app.add_url_rule("/json", "j", lambda: flask.jsonify(1, 2))
    app.add_url_rule("/dumps", "d", lambda: flask.json.dumps([1], indent=2) + repr(flask.json.loads("x")))
    app.add_url_rule("/t", "t", lambda: flask.render_template_string("{{ [1]|tojson }}"))
    seen.visit(app, "/", "/list", "/json", "/dumps", "/t")
    seen.post(app, "/post", data=b"{}", content_type="application/json")
    replaced = flask.Flask(__name__)
    replaced.json = Provider(replaced)
    replaced.add_url_rule("/", "i", lambda: {"a": 1})
    seen.get(replaced)


@same_on_both
def test_a_default_provider_subclass_extends_default(flask: Any, seen: Seen) -> None:
    class Provider(flask.json.provider.DefaultJSONProvider):
        @staticmethod
        def default(o: Any) -> Any:
            if isinstance(o, set):
                return sorted(o)
            return flask.json.provider.DefaultJSONProvider.default(o)

    app = flask.Flask(__name__)
    app.json = Provider(app)
    app.add_url_rule("/", "i", lambda: {"set": {3, 1}, "uuid": UUID(int=1)})
    app.add_url_rule("/bad", "bad", lambda: {"x": object})
    app.testing = True
    seen.visit(app, "/", "/bad")


@same_on_both
def test_json_functions_work_with_and_without_an_app(flask: Any, seen: Seen) -> None:
    def use() -> None:
        seen.attempt("dumps", lambda: flask.json.dumps({"b": UUID(int=1), "a": "ü"}))
        seen.attempt("dumps options", lambda: flask.json.dumps({"b": 1, "a": 2}, indent=1, sort_keys=False))
        seen.attempt("loads", lambda: flask.json.loads('{"a": 1.5}', parse_float=Decimal))
        seen.attempt("load", lambda: flask.json.load(io.StringIO("[1]")))
        seen.attempt("load bytes", lambda: flask.json.load(io.BytesIO(b"[1]")))
        out = io.StringIO()
        seen.attempt("dump", lambda: flask.json.dump({"b": 1, "a": date(2024, 1, 1)}, out))
        seen.note("dumped", out.getvalue())
        seen.attempt("jsonify", lambda: flask.jsonify(a=1).get_data())

    use()
    with flask.Flask(__name__).app_context():
        use()

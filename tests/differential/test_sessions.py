"""Sessions, cookies and flashed messages."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from decimal import Decimal
from typing import Any
from uuid import UUID

from .harness import Seen, same_on_both


def counting(flask: Any, **config: Any) -> Any:
    """Return an app that keeps a counter in the session, with views to read, change and clear it."""
    app = flask.Flask(__name__)
    app.secret_key = "secret"
    app.config.update(config)

    @app.route("/count")
    def count() -> str:
        flask.session["n"] = flask.session.get("n", 0) + 1
        return str(flask.session["n"])

    @app.route("/permanent")
    def permanent() -> str:
        flask.session.permanent = True
        flask.session["p"] = 1
        return "kept"

    app.add_url_rule("/read", "read", lambda: repr(sorted(flask.session.items())))
    app.add_url_rule("/clear", "clear", lambda: flask.session.clear() or "cleared")
    app.add_url_rule("/untouched", "untouched", lambda: "untouched")
    app.add_url_rule("/pop", "pop", lambda: repr(flask.session.pop("n", None)))
    app.add_url_rule("/touch", "touch", lambda: str("n" in flask.session))
    return app


@same_on_both
def test_a_session_lives_in_a_signed_cookie(flask: Any, seen: Seen) -> None:
    app = counting(flask)
    seen.visit(
        app,
        "/read",
        "/count",
        "/count",
        "/read",
        "/untouched",
        "/touch",
        "/pop",
        "/read",
        "/count",
        "/clear",
        "/read",
        "/clear",
    )


@same_on_both
def test_cookie_settings_are_honoured(flask: Any, seen: Seen) -> None:
    for config in (
        {"SESSION_COOKIE_NAME": "other"},
        {"SESSION_COOKIE_DOMAIN": "localhost"},
        {"SESSION_COOKIE_PATH": "/sub"},
        {"SESSION_COOKIE_HTTPONLY": False},
        {"SESSION_COOKIE_SECURE": True},
        {"SESSION_COOKIE_PARTITIONED": True},
        {"SESSION_COOKIE_SECURE": True, "SESSION_COOKIE_PARTITIONED": True, "SESSION_COOKIE_SAMESITE": "None"},
        {"SESSION_COOKIE_SAMESITE": "Lax"},
        {"SESSION_COOKIE_SAMESITE": "Strict"},
        {"SESSION_COOKIE_SAMESITE": "wrong"},
        {"APPLICATION_ROOT": "/mounted"},
        {"SERVER_NAME": "localhost"},
    ):
        app = counting(flask, **config)
        seen.visit(app, "/count", "/read", "/clear", "/permanent", "/clear")


@same_on_both
def test_a_permanent_session_expires_and_is_refreshed(flask: Any, seen: Seen) -> None:
    for config in (
        {},
        {"PERMANENT_SESSION_LIFETIME": timedelta(minutes=5)},
        {"PERMANENT_SESSION_LIFETIME": 60},
        {"SESSION_REFRESH_EACH_REQUEST": False},
    ):
        app = counting(flask, **config)
        seen.visit(app, "/permanent", "/untouched", "/touch", "/read", "/count", "/clear", "/read")
        seen.note("lifetime", app.permanent_session_lifetime)


@same_on_both
def test_an_old_cookie_is_dropped_after_its_lifetime(flask: Any, seen: Seen) -> None:
    app = counting(flask)
    seen.visit(app, "/permanent", "/read")
    app.permanent_session_lifetime = timedelta(seconds=-1)
    seen.visit(app, "/read", "/count")


@same_on_both
def test_nested_changes_count_only_when_marked(flask: Any, seen: Seen) -> None:
    app = counting(flask)

    @app.route("/fill")
    def fill() -> str:
        flask.session["list"] = []
        return "x"

    @app.route("/nested")
    def nested() -> str:
        flask.session["list"].append(1)
        return repr((flask.session.modified, flask.session.accessed, flask.session.new))

    @app.route("/marked")
    def marked() -> str:
        flask.session["list"].append(2)
        flask.session.modified = True
        return repr(flask.session["list"])

    seen.visit(app, "/fill", "/nested", "/read", "/marked", "/read")


@same_on_both
def test_session_flags_tell_what_was_done(flask: Any, seen: Seen) -> None:
    app = counting(flask)

    @app.route("/flags/<what>")
    def flags(what: str) -> str:
        session = flask.session
        before = (session.new, session.permanent)
        actions = {
            "none": lambda: None,
            "len": lambda: len(session),
            "in": lambda: "x" in session,
            "get": lambda: session.get("x"),
            "set": lambda: session.__setitem__("x", 1),
            "del": lambda: session.pop("x", None),
            "update": lambda: session.update(a=1),
            "setdefault": lambda: session.setdefault("s", 1),
            "iter": lambda: list(session),
            "bool": lambda: bool(session),
            "popitem": lambda: session.popitem() if session else None,
            "repr": lambda: repr(session),
            "eq": lambda: session == {},
            "missing": lambda: session["missing"],
        }
        try:
            given = actions[what]()
        except KeyError as error:
            given = f"KeyError {error}"
        return repr(
            (
                before,
                given,
                session.modified,
                session.accessed,
                session.new,
                session.permanent,
                type(session._get_current_object()).__name__,
            )
        )

    for what in "none len in get set del update setdefault iter bool popitem repr eq missing get".split():
        seen.get(app, f"/flags/{what}")


@same_on_both
def test_every_tagged_type_survives_the_cookie(flask: Any, seen: Seen) -> None:
    from markupsafe import Markup

    app = counting(flask)

    @app.route("/store")
    def store() -> str:
        flask.session.update(
            tuple=(1, "a", (2,)),
            bytes=b"\x00\xff",
            markup=Markup("<b>"),
            uuid=UUID(int=5),
            moment=datetime(2024, 5, 6, 7, 8, 9, tzinfo=timezone.utc),
            naive=datetime(2024, 5, 6, 7, 8, 9, 123456),
            nested={"a": [(1, 2), {"b": b"x"}]},
            trap={" t": 1},
            trap2={" di": {" b": 2}},
            number=1.5,
            none=None,
            text="ümläut",
            empty={},
        )
        return "stored"

    seen.visit(app, "/store", "/read")


@same_on_both
def test_what_cannot_be_stored_fails_alike(flask: Any, seen: Seen) -> None:
    app = counting(flask)

    def store(what: str) -> str:
        flask.session["x"] = {"set": {1}, "object": object, "decimal": Decimal("1.5"), "intkeys": {1: 2}}[what]
        return "x"

    app.add_url_rule("/store/<what>", "store", store)
    seen.visit(app, "/store/set", "/store/object", "/store/decimal", "/read", "/store/intkeys", "/read")


@same_on_both
def test_without_a_secret_key_reading_works_and_writing_is_refused(flask: Any, seen: Seen) -> None:
    app = counting(flask, TESTING=True)
    app.secret_key = None
    app.add_url_rule(
        "/kinds", "kinds", lambda: type(flask.session._get_current_object()).__name__ + repr(dict(flask.session))
    )
    app.add_url_rule("/setdefault", "setdefault", lambda: flask.session.setdefault("a", 1))
    app.add_url_rule("/flash", "flash", lambda: flask.flash("x") or "flashed")
    seen.visit(
        app,
        "/read",
        "/touch",
        "/count",
        "/clear",
        "/pop",
        "/kinds",
        "/setdefault",
        "/flash",
        "/permanent",
        "/untouched",
    )


@same_on_both
def test_a_bad_cookie_is_an_empty_session(flask: Any, seen: Seen) -> None:
    app = counting(flask)
    for value in ("nonsense", "e30.aaaa.bbbb", "", ".eJyrVspTslIy1FGqBQAQ4gLp.aaaaaa.x", "eyJuIjo0fQ.Zw.x", "ü"):
        seen.get(app, "/read", environ={"HTTP_COOKIE": f"session={value}".encode().decode("latin-1")})


@same_on_both
def test_key_rotation_reads_old_cookies_and_writes_new_ones(flask: Any, seen: Seen) -> None:
    app = counting(flask)
    seen.visit(app, "/count")
    app.secret_key = "new secret"
    app.config["SECRET_KEY_FALLBACKS"] = ["older", "secret"]
    seen.visit(app, "/read", "/count")
    app.config["SECRET_KEY_FALLBACKS"] = None
    seen.visit(app, "/read")
    app.secret_key = b"bytes key"
    seen.visit(app, "/read", "/count", "/read")


@same_on_both
def test_cookies_of_one_framework_are_valid_in_the_other(flask: Any, seen: Seen) -> None:
    import flask as real

    def serializer(framework: Any) -> Any:
        return framework.sessions.SecureCookieSessionInterface().get_signing_serializer(counting(framework))

    value = {"a": (1, b"x"), "user": "ü"}
    seen.note("bytes", serializer(flask).dumps(value))
    seen.note("ours by Flask", serializer(real).loads(serializer(flask).dumps(value)))
    seen.note("Flask's by ours", serializer(flask).loads(serializer(real).dumps(value)))


@same_on_both
def test_a_session_response_varies_by_cookie_when_touched(flask: Any, seen: Seen) -> None:
    app = counting(flask)

    @app.route("/vary")
    def vary() -> Any:
        response = flask.make_response(str(len(flask.session)))
        response.vary.add("Accept")
        return response

    app.add_url_rule("/error", "error", lambda: flask.session.get("x") or flask.abort(400))
    app.add_url_rule("/boom", "boom", lambda: flask.session.__setitem__("boom", 1) or 1 // 0)
    seen.visit(app, "/vary", "/touch", "/untouched", "/error", "/boom", "/read")


@same_on_both
def test_a_session_written_in_a_hook_is_saved(flask: Any, seen: Seen) -> None:
    app = counting(flask)
    app.before_request(lambda: flask.session.__setitem__("before", flask.request.path))

    @app.after_request
    def after(response: Any) -> Any:
        flask.session["after"] = response.status_code
        return response

    seen.visit(app, "/untouched", "/read", "/none", "/read")


@same_on_both
def test_a_session_interface_of_ones_own_is_called(flask: Any, seen: Seen) -> None:
    trail: list[str] = []

    class Stored(dict, flask.sessions.SessionMixin):  # type: ignore[misc,type-arg]
        pass

    class Own(flask.sessions.SessionInterface):
        def open_session(self, app: Any, request: Any) -> Any:
            trail.append(f"open {request.path} {request.endpoint}")
            return None if request.args.get("none") else Stored(opened=True)

        def save_session(self, app: Any, session: Any, response: Any) -> None:
            trail.append(f"save {sorted(session)} {self.get_cookie_name(app)} {self.should_set_cookie(app, session)}")
            response.headers["X-Saved"] = "1"

        def make_null_session(self, app: Any) -> Any:
            trail.append("null")
            return super().make_null_session(app)

    app = counting(flask)
    app.session_interface = Own()
    seen.visit(app, "/untouched", "/read", "/count", "/none", "/read?none=1")
    app.testing = True
    seen.visit(app, "/count?none=1")
    seen.note("trail", trail)


@same_on_both
def test_a_session_is_opened_before_the_url_is_matched(flask: Any, seen: Seen) -> None:
    trail: list[Any] = []

    class Looking(flask.sessions.SecureCookieSessionInterface):
        def open_session(self, app: Any, request: Any) -> Any:
            trail.append((request.url_rule, request.path, flask.has_request_context()))
            return super().open_session(app, request)

    app = counting(flask)
    app.session_interface = Looking()
    seen.visit(app, "/count", "/none", "/untouched")
    seen.note("trail", trail)


@same_on_both
def test_whoever_says_which_cookies_there_are_is_believed(flask: Any, seen: Seen) -> None:
    signed = counting(flask).test_client().get("/count").headers["Set-Cookie"].partition(";")[0]

    class OwnCookies(flask.Request):  # type: ignore[name-defined,misc]
        @property
        def cookies(self) -> dict[str, str]:
            return {"session": signed.partition("=")[2]}

    app = counting(flask)
    app.request_class = OwnCookies
    seen.visit(app, "/read", "/untouched")

    app = counting(flask)
    inner = app.wsgi_app
    app.wsgi_app = lambda environ, start_response: inner({**environ, "HTTP_COOKIE": signed}, start_response)
    seen.visit(app, "/read", "/untouched")


@same_on_both
def test_a_secret_key_may_come_and_go(flask: Any, seen: Seen) -> None:
    class Keyed(flask.Flask):  # type: ignore[name-defined,misc]
        key: str | None = "a key"

        @property
        def secret_key(self) -> str | None:
            return self.key

    for app in (Keyed("keyed"), flask.Flask("plain")):

        @app.route("/read")
        def read() -> str:
            return f"{type(flask.session).__name__} {dict(flask.session)}"

        seen.visit(app, "/read", "/read")
        app.config["SECRET_KEY"] = "one"
        app.key = None
        seen.visit(app, "/read", "/read")
        app.config["SECRET_KEY"] = None
        app.key = "two"
        seen.visit(app, "/read", "/read")


@same_on_both
def test_cookies_are_set_read_and_deleted(flask: Any, seen: Seen) -> None:
    app = flask.Flask(__name__)

    @app.route("/set")
    def put() -> Any:
        response = flask.make_response("set")
        response.set_cookie("plain", "value")
        response.set_cookie("odd", 'a b;"ü"', max_age=60, path="/", httponly=True, samesite="Lax")
        response.set_cookie(
            "timed", "x", expires=datetime(2035, 1, 1, tzinfo=timezone.utc), secure=True, domain="localhost"
        )
        response.set_cookie("age", "x", max_age=timedelta(days=1), partitioned=True)
        return response

    @app.route("/delete")
    def delete() -> Any:
        response = flask.make_response("deleted")
        response.delete_cookie("plain")
        response.delete_cookie("odd", path="/", secure=True, httponly=True, samesite="Lax")
        return response

    app.add_url_rule("/read", "read", lambda: ascii(sorted(flask.request.cookies.items(multi=True))))
    seen.visit(app, "/set", "/read", "/delete", "/read")
    for value in ("a=1; b=2", "a=1;b", 'a="x y"', "a=1; a=2", "=x", "a", "a=\xc3\xbc", "a=%20"):
        seen.get(app, "/read", environ={"HTTP_COOKIE": value})


@same_on_both
def test_flashed_messages_live_until_they_are_read(flask: Any, seen: Seen) -> None:
    app = counting(flask)

    @app.route("/flash")
    def flash() -> str:
        flask.flash("one")
        flask.flash("two", "error")
        flask.flash(["a", 3], "data")
        return repr(flask.get_flashed_messages() if flask.request.args else "later")

    @app.route("/show")
    def show() -> str:
        get = flask.get_flashed_messages
        kinds = [
            get(),
            get(True),
            get(category_filter=["error"]),
            get(with_categories=True, category_filter=("data", "message")),
        ]
        return repr(kinds)

    template = "{% for kind, text in get_flashed_messages(with_categories=true) %}{{ kind }}={{ text }};{% endfor %}"
    app.add_url_rule("/template", "template", lambda: flask.render_template_string(template))
    seen.visit(
        app, "/flash", "/untouched", "/show", "/show", "/flash?now=1", "/template", "/flash", "/template", "/read"
    )


@same_on_both
def test_the_flash_signal_tells_the_message(flask: Any, seen: Seen) -> None:
    app = counting(flask)
    got: list[Any] = []

    def receive(sender: Any, **values: Any) -> None:
        got.append((sender is app, sorted((k, v) for k, v in values.items() if k != "_async_wrapper")))

    app.add_url_rule("/flash", "flash", lambda: flask.flash("text", "kind") or "x")
    with flask.message_flashed.connected_to(receive):
        seen.get(app, "/flash")
    seen.note("got", got)


@same_on_both
def test_a_big_session_cookie_warns(flask: Any, seen: Seen) -> None:
    app = counting(flask)
    app.add_url_rule("/big", "big", lambda: flask.session.update({str(n): n * 7919 for n in range(1500)}) or "x")
    seen.visit(app, "/big")


@same_on_both
def test_session_cookie_signing_can_be_changed_in_a_subclass(flask: Any, seen: Seen) -> None:
    import hashlib

    class Other(flask.sessions.SecureCookieSessionInterface):
        salt = "other-salt"
        digest_method = staticmethod(hashlib.sha256)
        key_derivation = "django-concat"

        def get_cookie_name(self, app: Any) -> str:
            return "renamed"

        def get_expiration_time(self, app: Any, session: Any) -> Any:
            return datetime(2040, 1, 1, tzinfo=timezone.utc)

    app = counting(flask)
    app.session_interface = Other()
    seen.visit(app, "/count", "/read", "/count", "/clear")

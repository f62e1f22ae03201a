"""The session and its cookie: signed, read and set exactly as Flask does, with its keys and its overrides."""

from __future__ import annotations

import datetime
import hashlib
import json
import re
import time
import uuid
import zlib

import flask
import flask.sessions
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from itsdangerous import URLSafeTimedSerializer
from markupsafe import Markup
from werkzeug.wrappers import Request, Response

import ewer._session_signing
import ewer.sessions
import ewer.wrappers
from ewer._session_signing import SessionSerializer, lazy_sha1


class StubApp:
    """What a session interface asks of its app."""

    def __init__(self, secret_key="secret", **config):
        real = flask.Flask(__name__)
        self.config = {**real.config, **config}
        self.secret_key = secret_key

    @property
    def permanent_session_lifetime(self):
        return self.config["PERMANENT_SESSION_LIFETIME"]


def request_with(cookie, name="session"):
    return Request({"HTTP_COOKIE": f"{name}={cookie}", "REQUEST_METHOD": "GET"})


def reply(module, app, data=None, *, cookie=None, touch=(), accessed=True):
    """Open a session, change it, save it; return the reply's headers with the moments masked."""
    interface = module.SecureCookieSessionInterface()
    session = interface.open_session(app, request_with(cookie) if cookie else Request({}))
    session.accessed = accessed
    for key, value in (data or {}).items():
        session[key] = value
    for name, args in touch:
        getattr(session, name)(*args)
    response = Response()
    interface.save_session(app, session, response)
    return [(name, re.sub(r"(Expires=)[^;]*|(session=)[^;]+", r"\1\2...", value)) for name, value in response.headers]


PAYLOADS = st.dictionaries(
    st.text(),
    st.recursive(
        st.one_of(st.none(), st.booleans(), st.integers(), st.text(), st.binary(max_size=5), st.uuids()),
        lambda inner: st.one_of(st.lists(inner, max_size=3), st.tuples(inner)),
        max_leaves=5,
    ),
    max_size=4,
)


@given(PAYLOADS)
@settings(max_examples=100, deadline=None)
def test_a_cookie_from_flask_is_read_and_one_made_here_is_flasks_byte_for_byte(data):
    app = StubApp()
    theirs = flask.sessions.SecureCookieSessionInterface().get_signing_serializer(app)
    interface = ewer.sessions.SecureCookieSessionInterface()
    ours = interface.get_signing_serializer(app)
    moment = theirs.make_signer(theirs.salt).get_timestamp()
    for serializer in (theirs, ours):
        serializer.signer = type("Frozen", (serializer.signer,), {"get_timestamp": lambda self: moment})
    cookie = theirs.dumps(data)
    assert ours.dumps(data) == cookie
    assert dict(interface.open_session(app, request_with(cookie))) == data


def test_every_tagged_type_survives_the_cookie():
    app = StubApp()
    data = {
        "t": (1, [2]), "b": b"\x00", "m": Markup("<b>"), "u": uuid.UUID(int=1), " t": {" t": 1},
        "d": datetime.datetime(2026, 1, 2, tzinfo=datetime.timezone.utc),
    }  # fmt: skip
    interface = ewer.sessions.SecureCookieSessionInterface()
    cookie = interface.get_signing_serializer(app).dumps(data)
    assert dict(interface.open_session(app, request_with(cookie))) == data


@pytest.mark.parametrize(
    "config",
    [
        {},
        {"SESSION_COOKIE_DOMAIN": "example.com", "SESSION_COOKIE_PATH": "/shop"},
        {"APPLICATION_ROOT": "/root"},
        {"SESSION_COOKIE_HTTPONLY": False, "SESSION_COOKIE_SECURE": True, "SESSION_COOKIE_SAMESITE": "Strict"},
        {"SESSION_COOKIE_PARTITIONED": True, "SESSION_COOKIE_SECURE": True},
        {"SESSION_REFRESH_EACH_REQUEST": False},
    ],
    ids=str,
)
@pytest.mark.parametrize(
    "act",
    [
        {},
        {"accessed": False},
        {"data": {"a": 1}},
        {"data": {"a": 1}, "touch": [("clear", ())]},
        {"data": {"_permanent": True, "a": 1}},
        {"cookie": "valid"},
        {"cookie": "valid", "accessed": False},
        {"cookie": "permanent"},
        {"cookie": "valid", "touch": [("clear", ())]},
        {"cookie": "forged"},
    ],
    ids=str,
)
def test_the_headers_of_the_reply_are_flasks(config, act):
    app = StubApp(**config)
    signer = flask.sessions.SecureCookieSessionInterface().get_signing_serializer(app)
    cookies = {
        "valid": signer.dumps({"a": 1}),
        "permanent": signer.dumps({"_permanent": True}),
        "forged": "eyJhIjoxfQ.aaaa.bbbb",
    }
    act = {**act, "cookie": cookies.get(act.get("cookie"))}
    assert reply(ewer.sessions, app, **act) == reply(flask.sessions, app, **act)


def test_an_old_key_still_reads_and_the_new_one_signs():
    old = ewer.sessions.SecureCookieSessionInterface().get_signing_serializer(StubApp("old"))
    rotated = StubApp("new", SECRET_KEY_FALLBACKS=["older", "old"])
    interface = ewer.sessions.SecureCookieSessionInterface()
    assert dict(interface.open_session(rotated, request_with(old.dumps({"a": 1})))) == {"a": 1}
    signed = interface.get_signing_serializer(rotated).dumps({"a": 2})
    assert dict(interface.open_session(StubApp("new"), request_with(signed))) == {"a": 2}
    assert dict(interface.open_session(StubApp("old"), request_with(signed))) == {}


def test_a_changed_secret_key_counts_at_once():
    app, interface = StubApp("one"), ewer.sessions.SecureCookieSessionInterface()
    cookie = interface.get_signing_serializer(app).dumps({"a": 1})
    assert dict(interface.open_session(app, request_with(cookie))) == {"a": 1}
    app.secret_key = "two"
    assert dict(interface.open_session(app, request_with(cookie))) == {}
    app.config["SECRET_KEY_FALLBACKS"] = ["one"]
    assert dict(interface.open_session(app, request_with(cookie))) == {"a": 1}
    app.secret_key = None
    assert interface.open_session(app, request_with(cookie)) is None


@pytest.mark.parametrize(
    ("attribute", "value"),
    [
        ("salt", "other"),
        ("digest_method", staticmethod(hashlib.sha256)),
        ("key_derivation", "django-concat"),
        ("serializer", __import__("json")),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_subclass_with_other_signing_is_obeyed(attribute, value):
    app = StubApp()
    theirs = type("Own", (flask.sessions.SecureCookieSessionInterface,), {attribute: value})()
    ours = type("Own", (ewer.sessions.SecureCookieSessionInterface,), {attribute: value})()
    cookie = theirs.get_signing_serializer(app).dumps({"a": 1})
    for _ in range(2):
        assert dict(ours.open_session(app, request_with(cookie))) == {"a": 1}
    setattr(ours, attribute, getattr(flask.sessions.SecureCookieSessionInterface(), attribute))
    opened = ours.open_session(app, request_with(cookie))
    assert dict(opened) == ({"a": 1} if attribute == "serializer" else {})


def own_signer(self, app):
    return URLSafeTimedSerializer("fixed", salt="fixed")


@pytest.mark.parametrize("how", ["subclass", "instance", "class"])
def test_an_overridden_signing_serializer_is_used_to_read_and_to_sign(how, monkeypatch):
    stock = ewer.sessions.SecureCookieSessionInterface
    app = StubApp()
    interface = stock()
    interface.open_session(app, request_with("x"))
    if how == "subclass":
        interface = type("Own", (stock,), {"get_signing_serializer": own_signer})()
    elif how == "instance":
        interface.get_signing_serializer = lambda app: own_signer(interface, app)
    else:
        monkeypatch.setattr(stock, "get_signing_serializer", own_signer)
    signer = own_signer(None, app)
    session = interface.open_session(app, request_with(signer.dumps({"a": 1})))
    assert dict(session) == {"a": 1}
    session["b"] = 2
    response = Response()
    interface.save_session(app, session, response)
    cookie = re.search("session=([^;]+)", response.headers["Set-Cookie"])[1]
    assert signer.loads(cookie) == {"a": 1, "b": 2}


def test_an_outdated_cookie_gives_an_empty_session():
    app = StubApp(PERMANENT_SESSION_LIFETIME=datetime.timedelta(seconds=-1))
    interface = ewer.sessions.SecureCookieSessionInterface()
    cookie = interface.get_signing_serializer(app).dumps({"a": 1})
    assert dict(interface.open_session(app, request_with(cookie))) == {}


@pytest.mark.parametrize(
    "change",
    [
        lambda session: session.__setitem__("a", 1),
        lambda session: session.__delitem__("x"),
        lambda session: session.pop("x"),
        lambda session: session.popitem(),
        lambda session: session.setdefault("b", 1),
        lambda session: session.update(b=1),
        lambda session: session.clear(),
        lambda session: setattr(session, "permanent", True),
    ],
)
def test_each_change_marks_the_session_and_a_null_session_refuses_it(change):
    session = ewer.sessions.SecureCookieSession({"x": 1})
    assert (session.modified, session.accessed, session.new) == (False, False, False)
    change(session)
    assert session.modified is True
    null = ewer.sessions.NullSession()
    with pytest.raises(RuntimeError, match=r"session is unavailable because no secret key was set\. "):
        change(null)


def test_reading_a_session_does_not_mark_it():
    session = ewer.sessions.SecureCookieSession({"x": [1]})
    session["x"].append(2)
    assert session.get("y") is None
    assert "x" in session
    assert session.modified is False


def test_an_interface_has_to_open_and_save():
    interface = ewer.sessions.SessionInterface()
    with pytest.raises(NotImplementedError):
        interface.open_session(StubApp(), Request({}))
    with pytest.raises(NotImplementedError):
        interface.save_session(StubApp(), ewer.sessions.NullSession(), Response())
    assert interface.is_null_session(interface.make_null_session(StubApp()))
    assert interface.pickle_based is False


def test_a_session_class_needs_only_a_dict_and_the_mixin():
    class Session(dict, ewer.sessions.SessionMixin):
        pass

    session = Session()
    session.permanent = 1
    assert session == {"_permanent": True}
    assert session.permanent is True
    assert session.modified is True


KEYS = st.lists(st.text(min_size=1, max_size=8), min_size=1, max_size=3)
SESSIONS = st.dictionaries(st.text(max_size=6), st.integers() | st.text(max_size=80) | st.booleans(), max_size=4)


@given(KEYS, SESSIONS, st.integers(0, 2**33), st.integers(-5, 5), st.sampled_from([None, 0, 3]))
@settings(max_examples=300, deadline=None)
def test_the_short_way_to_a_signature_gives_the_bytes_of_itsdangerous_and_judges_alike(keys, session, now, later, age):
    serializer = ewer.sessions.session_json_serializer
    ours = SessionSerializer(keys, salt="s", serializer=serializer, key_derivation="hmac", digest_method=lazy_sha1)
    theirs = URLSafeTimedSerializer(
        keys, salt="s", serializer=serializer, signer_kwargs={"key_derivation": "hmac", "digest_method": lazy_sha1}
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(time, "time", lambda: float(now))
        signed = ours.dumps(session)
        assert signed == theirs.dumps(session)
        old = URLSafeTimedSerializer(
            keys[:1],
            salt="s",
            serializer=serializer,
            signer_kwargs={"key_derivation": "hmac", "digest_method": lazy_sha1},
        ).dumps(session)
        patch.setattr(time, "time", lambda: float(max(now + later, 0)))
        for text in (
            signed,
            old,
            signed[:-1],
            signed + "A",
            "A" + signed,
            signed.replace(".", "..", 1),
            "." + signed,
            "",
            "..",
        ):
            assert judged(ours, text, age) == judged(theirs, text, age)


def judged(serializer, text, age):
    try:
        return serializer.loads(text, max_age=age)
    except Exception as error:
        return type(error), str(error)


@given(
    st.dictionaries(st.text('a{}[]:",\\0', max_size=12), st.integers(0, 9) | st.sampled_from(["", [], {}]), max_size=2)
)
def test_a_short_json_object_is_never_shorter_when_compressed(it):
    written = json.dumps(it, separators=(",", ":")).encode()
    if len(written) <= ewer._session_signing._NEVER_SHORTER:
        assert len(zlib.compress(written)) >= len(written) - 1


COOKIE_HEADERS = [
    "",
    "session=",
    "session=abc",
    " session=abc ",
    "session=abc; session=def",
    "other=1",
    "other=1; session=abc",
    'session="a b"',
    'session="abc"',
    "session=a%20b",
    "session=a=b",
    "session =abc",
    "session",
    "Session=abc",
    "session=\u00e9",
    "session=abc,session=def",
    "x-session=abc",
    "ses.sion=abc",
]


@pytest.mark.parametrize("header", COOKIE_HEADERS)
@pytest.mark.parametrize("name", ["session", "ses.sion", "x-session"])
def test_the_session_cookie_is_the_one_that_the_request_finds(header, name):
    environ = {"HTTP_COOKIE": header, "REQUEST_METHOD": "GET"}

    found = ewer.sessions._cookie_of(ewer.wrappers.Request(dict(environ)), name)

    assert found == Request(environ).cookies.get(name)


def test_cookies_that_a_request_was_given_or_its_class_makes_are_believed():
    class Mine(ewer.wrappers.Request):
        cookies = {"session": "mine"}

    given = ewer.wrappers.Request({"HTTP_COOKIE": "session=sent"})
    given.cookies = {"session": "given"}

    assert ewer.sessions._cookie_of(given, "session") == "given"
    assert ewer.sessions._cookie_of(Mine({"HTTP_COOKIE": "session=sent"}), "session") == "mine"


def test_the_attributes_of_the_cookie_follow_the_settings_of_each_application():
    interface, real = ewer.sessions.SecureCookieSessionInterface(), flask.sessions.SecureCookieSessionInterface()
    settings_in_turn = [
        {},
        {},
        {"SESSION_COOKIE_SECURE": True},
        {"SESSION_COOKIE_NAME": "it"},
        {"SESSION_COOKIE_NAME": "it", "SESSION_COOKIE_PATH": "/a b;c"},
        {"SESSION_COOKIE_DOMAIN": "b\u00fccher.example:8000", "SESSION_COOKIE_SAMESITE": "lax"},
        {},
    ]
    for config in settings_in_turn:
        app, lines = StubApp(**config), []
        for module in (interface, real):
            session, response = module.open_session(app, Request({})), Response()
            session["a"] = 1
            module.save_session(app, session, response)
            lines.append(re.sub(r"=[^;]+", "=...", response.headers["Set-Cookie"], count=1))
        assert lines[0] == lines[1]


def test_each_cookie_that_is_too_big_warns():
    app, interface = StubApp(), ewer.sessions.SecureCookieSessionInterface()
    for _ in range(2):
        session, response = interface.open_session(app, Request({})), Response()
        session.update({str(number): str(uuid.uuid4()) for number in range(300)})
        with pytest.warns(UserWarning, match="The 'session' cookie is too large"):
            interface.save_session(app, session, response)


def test_a_response_class_that_sets_cookies_its_own_way_is_asked():
    class Mine(Response):
        def set_cookie(self, *args, **kwargs):
            self.headers["X-Asked"] = args[0]

    app, interface = StubApp(), ewer.sessions.SecureCookieSessionInterface()
    for cls in (Response, Mine, Mine):
        session, response = interface.open_session(app, Request({})), cls()
        session["a"] = 1
        interface.save_session(app, session, response)
        assert ("X-Asked" in response.headers) == (cls is Mine)
        assert ("Set-Cookie" in response.headers) == (cls is Response)

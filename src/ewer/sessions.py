"""The session: what the view sees, and the interface that opens it before and saves it after a request.

The default keeps it in a cookie that the client can read but not change. Tagging is in `ewer.json.tag`;
signing is itsdangerous's; when a session is opened and saved is the request context's and the app's matter.
"""

from __future__ import annotations

import re
import typing as t
from collections.abc import Mapping, MutableMapping
from datetime import datetime, timezone

import werkzeug
from itsdangerous import BadSignature, URLSafeTimedSerializer
from werkzeug.datastructures import CallbackDict
from werkzeug.wrappers import Response as ResponseBase

from ._borrowed import borrowing
from ._session_signing import SessionSerializer
from ._session_signing import lazy_sha1 as _lazy_sha1
from .json.tag import TaggedJSONSerializer
from .watched import PartType, WatchedPart
from .wrappers import Request

if t.TYPE_CHECKING:
    from .app import Flask
    from .wrappers import Response


class SessionMixin(MutableMapping[str, t.Any]):
    """What a session has beyond a dict's methods."""

    new = False
    """Whether the session was made for this request. Not every interface can tell."""

    modified = True
    """Whether the session has changed. True here, for an interface that cannot tell has to save each time."""

    accessed = False
    """Whether the session was asked for in this request, which is why the reply then varies by cookie.

    The request context sets it when somebody reaches the session through it, as the `ewer.session` proxy does.
    """

    @property
    def permanent(self) -> bool:
        """Whether the session outlives the browser's: the key ``_permanent``."""
        return t.cast("bool", self.get("_permanent", False))

    @permanent.setter
    def permanent(self, value: bool) -> None:
        self["_permanent"] = bool(value)


def _note_change(session: t.Any) -> None:
    session.modified = True


class SecureCookieSession(CallbackDict[str, t.Any], SessionMixin):
    """A session kept in a signed cookie.

    A change to the session itself sets ``modified``; one inside a list or dict it holds is not noticed, and
    ``session.modified = True`` has to say so.
    """

    modified = False

    def __init__(self, initial: Mapping[str, t.Any] | None = None) -> None:
        # PERF: most sessions are empty, and this is what is left of CallbackDict's __init__ then (bench workload "flask-app-extensions").
        if initial is None:
            self.on_update = _note_change
        else:
            super().__init__(initial, _note_change)


class NullSession(SecureCookieSession):
    """The session of an app without a secret key: empty, and any attempt to change it tells why that fails."""

    def _refuse(self, *args: t.Any, **kwargs: t.Any) -> t.NoReturn:
        raise RuntimeError(
            "The session is unavailable because no secret key was set.  Set the secret_key on the application"
            " to something unique and secret."
        )

    __setitem__ = __delitem__ = clear = pop = popitem = update = setdefault = _refuse
    del _refuse


class SessionInterface:
    """Opens and saves the session; derive from it to keep sessions elsewhere, and assign ``app.session_interface``.

    `open_session` and `save_session` have to be written; the rest reads the ``SESSION_COOKIE_*`` settings.
    Requests of one client may run at the same time, so a store must stand concurrent reads and writes, and
    nothing promises the order in which they come.
    """

    null_session_class = NullSession
    """What `make_null_session` makes and `is_null_session` looks for."""

    pickle_based = False
    """Whether the store pickles, for extensions that want to know."""

    def make_null_session(self, app: Flask) -> NullSession:
        """Make the session used where `open_session` returned None: readable, and helpful when changed."""
        return self.null_session_class()

    def is_null_session(self, obj: object) -> bool:
        """Tell whether a session is such a stand-in, which is never saved."""
        # PERF: abstract base classes make it a long question (bench workload "signed session").
        if type(obj) is SecureCookieSession and self.null_session_class is NullSession:
            return False
        return isinstance(obj, self.null_session_class)

    def get_cookie_name(self, app: Flask) -> str:
        """Give the cookie's name, ``SESSION_COOKIE_NAME``."""
        return app.config["SESSION_COOKIE_NAME"]  # type: ignore[no-any-return]  # PERF: a cast is a call

    def get_cookie_domain(self, app: Flask) -> str | None:
        """Give the domain whose subdomains get the cookie too; None, the default, keeps it to the exact host."""
        return t.cast("str | None", app.config["SESSION_COOKIE_DOMAIN"])

    def get_cookie_path(self, app: Flask) -> str:
        """Give the path the cookie is for: ``SESSION_COOKIE_PATH``, else ``APPLICATION_ROOT``."""
        return t.cast("str", app.config["SESSION_COOKIE_PATH"] or app.config["APPLICATION_ROOT"])

    def get_cookie_httponly(self, app: Flask) -> bool:
        """Tell whether scripts are kept from the cookie, ``SESSION_COOKIE_HTTPONLY``."""
        return t.cast("bool", app.config["SESSION_COOKIE_HTTPONLY"])

    def get_cookie_secure(self, app: Flask) -> bool:
        """Tell whether the cookie goes over HTTPS only, ``SESSION_COOKIE_SECURE``."""
        return t.cast("bool", app.config["SESSION_COOKIE_SECURE"])

    def get_cookie_samesite(self, app: Flask) -> str | None:
        """Give ``SESSION_COOKIE_SAMESITE``: ``"Strict"``, ``"Lax"`` or None for no such attribute."""
        return t.cast("str | None", app.config["SESSION_COOKIE_SAMESITE"])

    def get_cookie_partitioned(self, app: Flask) -> bool:
        """Tell whether an embedded page gets a cookie jar of its own, ``SESSION_COOKIE_PARTITIONED``."""
        return t.cast("bool", app.config["SESSION_COOKIE_PARTITIONED"])

    def get_expiration_time(self, app: Flask, session: SessionMixin) -> datetime | None:
        """Give the moment (in UTC) a permanent session ends; None for one that ends with the browser's."""
        if not session.permanent:
            return None
        return datetime.now(timezone.utc) + app.permanent_session_lifetime

    def should_set_cookie(self, app: Flask, session: SessionMixin) -> bool:
        """Tell whether this reply sets the cookie: the session changed, or is permanent and refreshed each time."""
        return session.modified or (session.permanent and app.config["SESSION_REFRESH_EACH_REQUEST"])

    def open_session(self, app: Flask, request: Request) -> SessionMixin | None:
        """Make the session of a request, before its URL is matched; None if there cannot be one.

        Raises:
            NotImplementedError: The interface does not open sessions.
        """
        raise NotImplementedError

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        """Keep the session and set or delete its cookie on the response; not called for a null session.

        Raises:
            NotImplementedError: The interface does not save sessions.
        """
        raise NotImplementedError


session_json_serializer = TaggedJSONSerializer()


class SecureCookieSessionInterface(WatchedPart, SessionInterface, metaclass=PartType):
    """Keeps sessions in cookies signed by itsdangerous with the app's ``SECRET_KEY``.

    Sessions signed with one of ``SECRET_KEY_FALLBACKS`` are still read; new signatures are made with the
    current key alone.
    """

    salt = "cookie-session"
    """Keeps these signatures apart from others made with the same key."""

    digest_method = staticmethod(_lazy_sha1)
    """The hash of the signature."""

    key_derivation = "hmac"
    """How itsdangerous makes the signing key from key and salt."""

    serializer = session_json_serializer
    """Writes and reads the session's data."""

    session_class = SecureCookieSession

    _kept_signer: tuple[list[t.Any], URLSafeTimedSerializer] | None = None
    _kept_attributes: tuple[list[t.Any], str] | None = None

    def get_signing_serializer(self, app: Flask) -> URLSafeTimedSerializer | None:
        """Make the serializer that signs and checks the cookie; None if the app has no secret key."""
        if not app.secret_key:
            return None
        return self._make_signer(self._signing_keys(app))

    def _signing_keys(self, app: Flask) -> list[t.Any]:
        # NOTE: itsdangerous signs with the last key and accepts all of them.
        return [*(app.config["SECRET_KEY_FALLBACKS"] or ()), app.secret_key]

    def _make_signer(self, keys: list[t.Any]) -> URLSafeTimedSerializer:
        return SessionSerializer(
            keys,
            salt=self.salt,
            serializer=self.serializer,
            key_derivation=self.key_derivation,
            digest_method=self.digest_method,
        )

    def _signer(self, app: Flask) -> URLSafeTimedSerializer | None:
        """Give what `get_signing_serializer` would make, the last one again while nothing it depends on has changed.

        SECURITY: keys and attributes are compared at every call, so a changed secret key counts at once.
        """
        if not self._signs_as_usual():
            return self.get_signing_serializer(app)
        if not app.secret_key:
            return None
        keys = self._signing_keys(app)
        facts = [*keys, self.salt, self.serializer, self.key_derivation, self.digest_method]
        kept = self._kept_signer
        if kept is not None and kept[0] == facts:
            return kept[1]
        signer = self._make_signer(keys)
        self._kept_signer = (facts, signer)
        return signer

    def _signs_as_usual(self) -> bool:
        return getattr(self.get_signing_serializer, "__func__", None) is _STOCK_SIGNER

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        """Read the session from its cookie; a missing, changed or outdated one gives an empty session."""
        # PERF: without a cookie there is nothing to check, and no signer is needed to know it (tests/call_budgets.toml, "cors").
        cookie = _cookie_of(request, self.get_cookie_name(app))
        if not cookie and self._signs_as_usual():
            return self.session_class() if app.secret_key else None
        signer = self._signer(app)
        if signer is None:
            return None
        if not cookie:
            return self.session_class()
        try:
            data = signer.loads(cookie, max_age=int(app.permanent_session_lifetime.total_seconds()))
            return self.session_class(data)
        except BadSignature:
            return self.session_class()

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        """Set the cookie of a changed or refreshed session, delete that of an emptied one.

        Whoever read or wrote the session gets ``Vary: Cookie``, so that no cache gives the reply to another.
        """
        varies = session.accessed
        if varies:
            _vary_by_cookie(response)
        if not session:
            if session.modified:
                response.delete_cookie(self.get_cookie_name(app), **self._attributes(app))
                if not varies:
                    _vary_by_cookie(response)
            return
        if not self.should_set_cookie(app, session):
            return

        name = self.get_cookie_name(app)
        attributes = self._attributes(app)
        expires = self.get_expiration_time(app, session)
        value = t.cast("URLSafeTimedSerializer", self._signer(app)).dumps(dict(session))
        if expires is None:
            self._set_cookie(response, name, value, attributes)
        else:
            response.set_cookie(name, value, expires=expires, **attributes)
        if not varies:
            _vary_by_cookie(response)

    def _set_cookie(self, response: Response, name: str, value: str, attributes: dict[str, t.Any]) -> None:
        """Do what `response.set_cookie` does, with the attributes as they were last written while they are the same.

        PERF: Werkzeug quotes and checks name, path and domain for each cookie (bench workload "signed session").
        """
        facts = [name, *attributes.values()]
        kept = self._kept_attributes
        if (
            kept is None
            or kept[0] != facts
            or type(response).set_cookie is not ResponseBase.set_cookie
            or not _NEEDS_NO_QUOTES(value)
            or len(name) + len(value) + len(kept[1]) >= response.max_cookie_size
        ):
            response.set_cookie(name, value, expires=None, **attributes)
            written = response.headers.getlist("Set-Cookie")[-1:]
            if written and written[0].startswith(f"{name}={value};"):
                self._kept_attributes = (facts, written[0][len(name) + 1 + len(value) :])
            return
        response.headers.add("Set-Cookie", f"{name}={value}{kept[1]}")

    def _attributes(self, app: Flask) -> dict[str, t.Any]:
        return {
            "domain": self.get_cookie_domain(app),
            "path": self.get_cookie_path(app),
            "secure": self.get_cookie_secure(app),
            "partitioned": self.get_cookie_partitioned(app),
            "samesite": self.get_cookie_samesite(app),
            "httponly": self.get_cookie_httponly(app),
        }


def _cookie_of(request: Request, name: str) -> str | None:
    """Return the value of the request's first cookie of that name, None where there is none."""
    # PERF: the session's cookie is mostly the only one, or there is none: no need to parse (bench workload "signed session").
    if type(request).__dict__.get("cookies") is _STOCK_COOKIES and _TOUCHED.isdisjoint(request.__dict__):
        text = request.environ.get("HTTP_COOKIE")
        if not text:
            return None
        only = _ONLY_COOKIE.fullmatch(text)
        if only is not None:
            return only[2] if only[1] == name else None
    return request.cookies.get(name)


def _vary_by_cookie(response: Response) -> None:
    """Add `Cookie` to the `Vary` header, once."""
    # PERF: a header set is parsed and written anew for each change; mostly there is none yet (bench workload "signed session").
    headers = response.headers
    for name, value in headers:
        if name.lower() == "vary":
            if value != "Cookie":
                response.vary.add("Cookie")
            return
    headers.add("Vary", "Cookie")


_STOCK_COOKIES = vars(Request)["cookies"]
_TOUCHED = frozenset({"cookies", "headers"})
_ONLY_COOKIE = re.compile(r"([\w.-]+)=([\w.-]+)", re.ASCII)
"""A `Cookie` header that is one cookie, whose value means what it says."""
_NEEDS_NO_QUOTES = re.compile(r"[\w.-]+", re.ASCII).fullmatch
_STOCK_SIGNER = SecureCookieSessionInterface.get_signing_serializer


_default_interface = SecureCookieSessionInterface()
"""The interface of every application that names no other."""


__getattr__ = borrowing(__name__)  # the names that Flask's module has besides

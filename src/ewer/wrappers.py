"""`Request` and `Response`: Werkzeug's classes with Flask's additions, and lazy where Werkzeug is eager.

A request object reads the environ when one of its attributes is first asked for. Next: `ewer.ctx`, which makes it.
"""

from __future__ import annotations

import typing as t
from io import BytesIO

import werkzeug
from werkzeug._internal import _wsgi_decoding_dance
from werkzeug.datastructures import EnvironHeaders, Headers, ImmutableMultiDict
from werkzeug.exceptions import BadRequest, HTTPException
from werkzeug.sansio.http import parse_cookie
from werkzeug.wrappers import Request as RequestBase
from werkzeug.wrappers import Response as ResponseBase
from werkzeug.wsgi import FileWrapper

from . import json
from ._async_bodies import AsyncBody, AsyncChunks
from ._borrowed import borrowing
from ._core.reply import SHORT, TEXT
from ._environ_reading import RequestHeaders, headers_of, path_of, read_all, server_of, unquote_plus
from ._paths import _split_blueprint_path
from ._response_headers import ResponseHeaders
from .globals import find_current_app
from .watched import PartType

if t.TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment
    from werkzeug.datastructures import MultiDict
    from werkzeug.routing import Rule

    from ._core.table import Route
    from .app import Flask


if t.TYPE_CHECKING:
    from functools import cached_property as _Once
else:

    class _Once:
        """An attribute that is made on first use and is an ordinary attribute from then on.

        PERF: Werkzeug's `cached_property` and that of `functools` cost a call, or a lock, at each use (bench workload "path-query").
        """

        def __init__(self, make: t.Callable[[t.Any], t.Any]) -> None:
            self.make = make
            self.__doc__ = make.__doc__

        def __set_name__(self, owner: type, name: str) -> None:
            self.name = name

        def __get__(self, request: t.Any, owner: type) -> t.Any:
            if request is None:
                return self
            value = request.__dict__[self.name] = self.make(request)
            return value


class _RuleOfRoute:
    """`request.url_rule`: the rule object of the route that was found, None where none was."""

    def __get__(self, request: Request | None, owner: type) -> Rule | None:
        route = None if request is None else request._route
        if request is None or route is None:
            return None
        if route.bound is None:
            t.cast("Flask", request._served_by).url_map  # noqa: B018  # making the map gives every route its rule
        request.__dict__["url_rule"] = route.bound
        return t.cast("Rule", route.bound)


_READ = frozenset({"_cached_data", "data", "files", "form", "stream"})
"""What a request object has once its body was looked at."""
_SMALL_DIGITS = 7
_NAMING = frozenset({"blueprint", "blueprints", "endpoint", "url_rule"})
"""What a subclass may override of how a request names its blueprints."""


class Request(RequestBase, metaclass=PartType):
    """The request object that views see as `request`.

    Args:
        environ: the WSGI environ; read when an attribute needs it.
        populate_request: whether the environ gets this object as `werkzeug.request`.
        shallow: whether reading the body is an error.
    """

    json_module: t.Any = json
    view_args: dict[str, t.Any] | None = None
    """The arguments that the URL gave; None where no rule matched."""
    routing_exception: HTTPException | None = None
    """Why no rule matched; raised when the request is dispatched."""
    _max_content_length: int | None = None
    _max_form_memory_size: int | None = None
    _max_form_parts: int | None = None
    _route: Route | None = None
    _served_by: Flask | None = None
    _names_blueprints_plainly = True

    def __init_subclass__(cls, **kwargs: t.Any) -> None:
        super().__init_subclass__(**kwargs)
        own = {name for base in cls.__mro__ if not issubclass(Request, base) for name in vars(base)}
        cls._names_blueprints_plainly = own.isdisjoint(_NAMING)

    if t.TYPE_CHECKING:
        url_rule: Rule | None
    else:
        url_rule = _RuleOfRoute()
        # PERF: Werkzeug computes all eight for every request; most views look at one or two (tests/call_budgets.toml).
        method = _Once(lambda request: request.environ.get("REQUEST_METHOD", "GET").upper())
        scheme = _Once(lambda request: request.environ.get("wsgi.url_scheme", "http"))
        server = _Once(lambda request: server_of(request.environ))
        root_path = _Once(lambda request: _wsgi_decoding_dance(request.environ.get("SCRIPT_NAME") or "").rstrip("/"))
        path = _Once(lambda request: path_of(request.environ))
        query_string = _Once(lambda request: request.environ.get("QUERY_STRING", "").encode("latin1"))
        headers = _Once(lambda request: headers_of(request.environ))
        remote_addr = _Once(lambda request: request.environ.get("REMOTE_ADDR"))

    def __init__(self, environ: WSGIEnvironment, populate_request: bool = True, shallow: bool = False) -> None:
        self.environ = environ
        self.shallow = shallow
        if populate_request and not shallow:
            environ["werkzeug.request"] = self

    @_Once
    def args(self) -> MultiDict[str, str]:
        """The query parameters."""
        # PERF: only what has escapes is decoded, and by nobody in between (bench workload "path-and-query").
        query = self.environ.get("QUERY_STRING", "")
        if "query_string" in self.__dict__ or not query.isascii():
            return super().args
        pairs: t.Any = [part.partition("=")[::2] for part in query.split("&") if part]
        if "%" in query or "+" in query:
            pairs = [(unquote_plus(name), unquote_plus(value)) for name, value in pairs]
        if self.parameter_storage_class is not ImmutableMultiDict:
            return self.parameter_storage_class(pairs)
        lists: dict[str, list[str]] = {}
        for name, value in pairs:
            if name in lists:
                lists[name].append(value)
            else:
                lists[name] = [value]
        args: ImmutableMultiDict[str, str] = dict.__new__(ImmutableMultiDict)
        dict.update(args, lists)  # what a MultiDict is: a dict of lists
        return args

    @_Once
    def cookies(self) -> ImmutableMultiDict[str, str]:
        """The cookies; of those with one name, the first."""
        # PERF: the environ has them in one place; Werkzeug looks through all headers (bench workload "session").
        if "headers" in self.__dict__ and type(self.headers) is not RequestHeaders:
            return super().cookies
        text = self.environ.get("HTTP_COOKIE", "")
        if not text:
            return t.cast("ImmutableMultiDict[str, str]", self.dict_storage_class())
        return t.cast("ImmutableMultiDict[str, str]", parse_cookie(text, cls=self.dict_storage_class))

    @property
    def is_json(self) -> bool:
        """Whether the body says that it is JSON."""
        # PERF: what nearly every JSON client sends, without parsing it (bench workload "JSON body").
        return self.environ.get("CONTENT_TYPE") == "application/json" or super().is_json

    def get_data(self, cache: bool = True, as_text: bool = False, parse_form_data: bool = False) -> t.Any:
        """Read the whole body, or return what was read before.

        Args:
            cache: whether later calls get it again.
            as_text: whether to return text instead of bytes.
            parse_form_data: whether a form is parsed first, which leaves nothing to return.

        Raises:
            werkzeug.exceptions.RequestEntityTooLarge: the body is longer than `max_content_length`.
        """
        # PERF: a small body of known length straight from the server's stream (bench workload "JSON body").
        known = self.__dict__.get("_cached_data")
        if known is not None:
            return known.decode(errors="replace") if as_text else known
        if (
            cache
            and not parse_form_data
            and not self.shallow
            and type(self).stream is RequestBase.stream
            and _READ.isdisjoint(self.__dict__)
        ):
            environ = self.environ
            length = environ.get("CONTENT_LENGTH", "")
            if environ.get("wsgi.input_terminated") and self.max_content_length is None:
                data = self._cached_data = environ["wsgi.input"].read()  # the server sees to its end
                self.__dict__["stream"] = environ["wsgi.input"]
                return data.decode(errors="replace") if as_text else data
            if (
                length.isdecimal()
                and length.isascii()
                and len(length) <= _SMALL_DIGITS
                and "HTTP_TRANSFER_ENCODING" not in environ
                and not environ.get("wsgi.input_terminated")
                and self.max_content_length is None
            ):
                data = read_all(environ["wsgi.input"], int(length))
                if len(data) == int(length):
                    self._cached_data = data
                    self.__dict__["stream"] = BytesIO()  # consumed, as it would be
                    return data.decode(errors="replace") if as_text else data
                environ["wsgi.input"] = BytesIO(data)  # NOTE: Werkzeug says what is wrong with a body that ends early
        return super().get_data(cache, t.cast(t.Any, as_text), parse_form_data)

    @property
    def max_content_length(self) -> int | None:
        """The most body bytes that will be read; `MAX_CONTENT_LENGTH` unless set on this request. None is no limit."""
        return self._limit("max_content_length", "MAX_CONTENT_LENGTH")

    @max_content_length.setter
    def max_content_length(self, value: int | None) -> None:
        self._max_content_length = value

    @property
    def max_form_memory_size(self) -> int | None:
        """The most bytes one form field that is not a file may have; `MAX_FORM_MEMORY_SIZE` unless set on this request."""
        return self._limit("max_form_memory_size", "MAX_FORM_MEMORY_SIZE")

    @max_form_memory_size.setter
    def max_form_memory_size(self, value: int | None) -> None:
        self._max_form_memory_size = value

    @property  # type: ignore[override]  # None is no limit here, as in Flask
    def max_form_parts(self) -> int | None:
        """The most parts a multipart body may have; `MAX_FORM_PARTS` unless set on this request."""
        return self._limit("max_form_parts", "MAX_FORM_PARTS")

    @max_form_parts.setter
    def max_form_parts(self, value: int | None) -> None:
        self._max_form_parts = value

    def _limit(self, name: str, key: str) -> int | None:
        limit: int | None = getattr(self, f"_{name}")
        if limit is None:
            app = find_current_app()
            limit = getattr(super(), name) if app is None else app.config[key]
        return limit

    @property
    def endpoint(self) -> str | None:
        """The endpoint of the rule that matched; None where none did."""
        # PERF: the route knows its endpoint without its rule object (tests/call_budgets.toml).
        if self._route is not None and "url_rule" not in self.__dict__:
            return self._route.endpoint
        rule = self.url_rule
        return None if rule is None else t.cast(str, rule.endpoint)

    @property
    def blueprint(self) -> str | None:
        """The name under which the current blueprint was registered; None outside blueprints."""
        endpoint = self.endpoint
        if endpoint is None or "." not in endpoint:
            return None
        return endpoint.rpartition(".")[0]

    @property
    def blueprints(self) -> list[str]:
        """The names of the current blueprint and of its parents, innermost first."""
        name = self.blueprint
        return [] if name is None else _split_blueprint_path(name)

    def _load_form_data(self) -> None:
        super()._load_form_data()
        app = find_current_app()
        if app is None or not app.debug or self.files or self.mimetype == "multipart/form-data":
            return
        from .debughelpers import attach_enctype_error_multidict

        attach_enctype_error_multidict(self)

    def on_json_loading_failed(self, e: ValueError | None) -> t.Any:
        """Answer 400; in debug mode with the reason, else without it.

        Raises:
            werkzeug.exceptions.BadRequest: always.
            werkzeug.exceptions.UnsupportedMediaType: the content type is not JSON.
        """
        try:
            return super().on_json_loading_failed(e)
        except BadRequest as error:
            app = find_current_app()
            if app is not None and app.debug:
                raise
            raise BadRequest() from error


_CONTENT_TYPES = {
    "text/html": "text/html; charset=utf-8",
    "text/plain": "text/plain; charset=utf-8",
    "application/json": "application/json",
}
# What a subclass may override of how a response is made and sent; one that does gets Werkzeug's own way.
_MAKING = frozenset(
    {"__init__", "default_status", "headers", "set_data", "data", "status", "automatically_set_content_length"}
)
_SENDING = frozenset({
    "__call__", "automatically_set_content_length", "close", "direct_passthrough", "get_app_iter", "get_wsgi_headers", "get_wsgi_response",
    "is_sequence", "iter_encoded", "response", "status", "status_code",
})  # fmt: skip
_REPLACEABLE = _SENDING - {"direct_passthrough", "response", "status", "status_code"}
"""The methods that somebody may have put on one response."""
_OWN_ATTRIBUTES = 6
"""What a response made plainly has, and nothing else."""
_new_headers = ResponseHeaders.__new__
_HEADERS = frozenset({Headers, ResponseHeaders})
_NEEDS_WERKZEUG = frozenset({"location", "content-location"})
_sent_as_they_are = {"Content-Type"}
"""Names of headers that go out as they stand. PERF: any found to be one is added, and not looked at again (tests/call_budgets.toml, "cors")."""
_MOST_NAMES = 256
_LONGEST_NAME = 64
_WITHOUT_BODY = frozenset({204, 304})


def _has_no_body(environ: WSGIEnvironment, status_code: int) -> bool:
    return environ["REQUEST_METHOD"] == "HEAD" or status_code < 200 or status_code in (204, 304)


class WholeFile(FileWrapper):
    """The body of a small file, which has been read already."""

    def __init__(self, data: bytes) -> None:
        super().__init__(t.cast("t.Any", BytesIO(data)))
        self.data = data

    def is_untouched(self) -> bool:
        """Tell whether nobody has read from it, so that it can go out as it is."""
        return self.file.tell() == 0


class _ResponseType(PartType):
    """Notes that an attribute was set on the class later: its responses are made or sent in Werkzeug's own way from then on."""

    def __setattr__(cls, name: str, value: object) -> None:
        super().__setattr__(name, value)
        if name in _MAKING:
            type.__setattr__(cls, "_is_made_plainly", False)
        if name in _SENDING:
            type.__setattr__(cls, "_is_sent_plainly", False)


class Response(ResponseBase, metaclass=_ResponseType):
    """The response object that views may return and hooks are given; HTML by default.

    Args:
        response: the body: text, bytes, or an iterable of either; also an asynchronous one.
        status: a code, a code with its reason, or an `http.HTTPStatus`; 200 by default.
        headers: what goes out besides content type and length.
        mimetype: the content type without its charset, which is added for text.
        content_type: the content type as it goes out.
        direct_passthrough: whether the server gets the iterable as it is.
    """

    default_mimetype: str | None = "text/html"
    json_module = json
    autocorrect_location_header = False
    _is_made_plainly = True
    _is_sent_plainly = True

    def __init_subclass__(cls, **kwargs: t.Any) -> None:
        super().__init_subclass__(**kwargs)
        own = {name for base in cls.__mro__ if not issubclass(Response, base) for name in vars(base)}
        # NOTE: a subclass that overrides nothing keeps no mark of its own: what is set on its base later has to reach it.
        if own & _MAKING:
            cls._is_made_plainly = False
        if own & _SENDING:
            cls._is_sent_plainly = False

    def __init__(
        self,
        response: t.Any = None,
        status: t.Any = None,
        headers: t.Any = None,
        mimetype: str | None = None,
        content_type: str | None = None,
        direct_passthrough: bool = False,
    ) -> None:
        kind = type(response)
        plain_type = _CONTENT_TYPES.get(mimetype or self.default_mimetype or "")
        if (
            (kind is str or kind is bytes)
            and status is None
            and headers is None
            and content_type is None
            and plain_type is not None
            and self._is_made_plainly
        ):
            # PERF: what nearly every response is, without asking twelve methods (tests/call_budgets.toml, "response_object").
            body = response.encode() if kind is str else response
            self.headers = _new_headers(ResponseHeaders)
            self.headers._list = [("Content-Type", plain_type), ("Content-Length", str(len(body)))]
            self._status = "200 OK"
            self._status_code = 200
            self.direct_passthrough = direct_passthrough
            self._on_close = []
            self.response = [body]
            return
        if hasattr(response, "__aiter__"):
            response = AsyncChunks(response)
        super().__init__(response, status, headers, mimetype, content_type, direct_passthrough)

    @classmethod
    def _of_file(cls, body: t.Any, headers: list[tuple[str, str]]) -> Response:
        """Make the response that sends a file, with all of its headers."""
        response = cls._of_body(b"", TEXT.html)
        response.headers._list = headers
        response.direct_passthrough = True
        response.response = body
        return response

    @classmethod
    def _of_body(cls, body: bytes, content_type: tuple[str, str]) -> Response:
        """Make the response that sends a body, if the class is made plainly: what `__init__` comes to, in fewer steps.

        PERF: the way of every text, dict and `jsonify()` that meets a hook (tests/call_budgets.toml, "hooks", "response_object").
        """
        response = cls.__new__(cls)
        headers = response.headers = _new_headers(ResponseHeaders)
        size = len(body)
        headers._list = [content_type, TEXT.lengths[size] if size < SHORT else ("Content-Length", str(size))]
        response._status = "200 OK"
        response._status_code = 200
        response.direct_passthrough = False
        response._on_close = []
        response.response = [body]
        return response

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> t.Iterable[bytes]:
        """Send the response as a WSGI application. Source: PEP 3333."""
        whole = self._start_whole(environ["REQUEST_METHOD"], start_response)
        return super().__call__(environ, start_response) if whole is None else whole

    def _start_whole(self, method: str, start_response: StartResponse) -> list[bytes] | None:
        """Start a response whose body is whole and whose headers go out as they are; None, and nothing done, for any other."""
        # PERF: a whole body whose length is known goes out as it is (tests/call_budgets.toml, "hooks").
        body: t.Any = self.response
        if type(body) is WholeFile and self.direct_passthrough and body.is_untouched():
            body = [body.data]
        elif type(body) is not list or len(body) != 1 or type(body[0]) is not bytes or self.direct_passthrough:
            return None
        if (
            type(self.headers) not in _HEADERS
            or not self._is_sent_plainly
            or self._on_close
            or method == "HEAD"
            or ((code := self._status_code) != 200 and (code < 200 or code in _WITHOUT_BODY))
            or (len(own := self.__dict__) != _OWN_ATTRIBUTES and not _REPLACEABLE.isdisjoint(own))
        ):
            return None
        headers: list[tuple[str, str]] = self.headers._list.copy()
        has_length = False
        for name, value in headers:
            if name in _sent_as_they_are:
                continue
            if name == "Content-Length" or (plain := name.lower()) == "content-length":
                # SECURITY: a whole body is sent uncut; what is too much would be taken for the next answer (tests/servers/test_wrong_answers.py).
                size = len(body[0])
                if has_length or value != (TEXT.lengths[size][1] if size < SHORT else str(size)):
                    return None
                has_length = True
            elif plain in _NEEDS_WERKZEUG:
                return None
            elif len(_sent_as_they_are) < _MOST_NAMES and len(name) <= _LONGEST_NAME:
                _sent_as_they_are.add(name)
        if not has_length:
            return None
        start_response(self._status, headers)
        return t.cast("list[bytes]", body)

    def get_app_iter(self, environ: WSGIEnvironment) -> t.Iterable[bytes]:
        """Return the body for a WSGI server; an asynchronous one stays so for an ASGI server, which pulls it on its loop."""
        body = self.response
        if "asgi.scope" not in environ or not self._is_sent_plainly or _has_no_body(environ, self._status_code):
            return super().get_app_iter(environ)
        if isinstance(body, AsyncChunks):
            return AsyncBody(body, self.close)
        is_plain = not self._on_close and not self.direct_passthrough and _REPLACEABLE.isdisjoint(self.__dict__)
        if type(body) is list and is_plain:
            # PERF: a whole body goes out at once; an iterator takes three changes of threads (bench workload "sync view under ASGI").
            return list(self.iter_encoded())
        return super().get_app_iter(environ)

    @property
    def max_cookie_size(self) -> int:  # type: ignore[override]  # Werkzeug declares a plain attribute
        """The most bytes a cookie may have before a warning; `MAX_COOKIE_SIZE` of the current application."""
        app = find_current_app()
        return super().max_cookie_size if app is None else t.cast("int", app.config["MAX_COOKIE_SIZE"])


__getattr__ = borrowing(__name__)  # the names that Flask's module has besides

"""Security schemes as dependencies: each takes the credentials from the request and declares itself in OpenAPI.

They only *find* credentials; whether these are good is for the dependency that uses them. With ``auto_error`` (the
default) a request without credentials is answered 401 and told how to give them. Source: RFC 9110 section 11, RFC 7617,
RFC 6750.
"""

from __future__ import annotations

import base64
import binascii
import inspect
import typing as t

from .markers import Form, Marker

if t.TYPE_CHECKING:
    from collections.abc import Mapping

Scheme = dict[str, t.Any]


class SecurityScopes:
    """The scopes that the dependants of a dependency named in ``Security(..., scopes=[...])``, outermost first."""

    __slots__ = ("scopes",)

    def __init__(self, scopes: list[str]) -> None:
        self.scopes = scopes

    @property
    def scope_str(self) -> str:
        """The scopes with spaces between them, as OAuth2 writes them."""
        return " ".join(self.scopes)


class BasicCredentials(t.NamedTuple):
    """What HTTP Basic authentication carried."""

    username: str
    password: str


class BearerCredentials(t.NamedTuple):
    """The scheme's name as sent, and the token."""

    scheme: str
    credentials: str


class _SecurityBase:
    """What all schemes share: a name in the OpenAPI document and the answer for missing credentials."""

    challenge = ""

    def __init__(self, scheme: Scheme, *, scheme_name: str | None, description: str | None, auto_error: bool) -> None:
        if description is not None:
            scheme["description"] = description
        self.security_scheme = scheme
        self.scheme_name = scheme_name or type(self).__name__
        self.auto_error = auto_error

    def refuse(self) -> None:
        """Answers 401 unless ``auto_error`` is off; then the dependency gives None.

        Raises:
            werkzeug.exceptions.Unauthorized: always, with ``auto_error``.
        """
        if not self.auto_error:
            return
        import werkzeug
        from werkzeug.datastructures import WWWAuthenticate
        from werkzeug.exceptions import Unauthorized

        realm: dict[str, str | None] = {"realm": "api"}
        challenge = [WWWAuthenticate(self.challenge, realm)] if self.challenge else None
        raise Unauthorized("Credentials are missing.", www_authenticate=challenge)


_Authorization = t.Annotated[t.Optional[str], Marker("header", alias="authorization", include_in_schema=False)]


class HTTPBasic(_SecurityBase):
    """User name and password by HTTP Basic authentication; gives ``BasicCredentials``."""

    challenge = "basic"

    def __init__(
        self, *, scheme_name: str | None = None, description: str | None = None, auto_error: bool = True
    ) -> None:
        scheme = {"type": "http", "scheme": "basic"}
        super().__init__(scheme, scheme_name=scheme_name, description=description, auto_error=auto_error)

    def __call__(self, authorization: _Authorization = None) -> BasicCredentials | None:
        """Finds the credentials in the request."""
        scheme, _, given = (authorization or "").partition(" ")
        if scheme.lower() == "basic":
            try:
                text = base64.b64decode(given.strip(), validate=True).decode()
            except (binascii.Error, UnicodeDecodeError):
                text = ""
            username, colon, password = text.partition(":")
            if colon:
                return BasicCredentials(username, password)
        self.refuse()
        return None


class HTTPBearer(_SecurityBase):
    """A token in ``Authorization: Bearer``; gives ``BearerCredentials``."""

    challenge = "bearer"

    def __init__(
        self,
        *,
        bearer_format: str | None = None,
        scheme_name: str | None = None,
        description: str | None = None,
        auto_error: bool = True,
    ) -> None:
        scheme: Scheme = {"type": "http", "scheme": "bearer"}
        if bearer_format is not None:
            scheme["bearerFormat"] = bearer_format
        super().__init__(scheme, scheme_name=scheme_name, description=description, auto_error=auto_error)

    def __call__(self, authorization: _Authorization = None) -> BearerCredentials | None:
        """Finds the credentials in the request."""
        token = _bearer_token(authorization)
        if token is None:
            self.refuse()
            return None
        return BearerCredentials("Bearer", token)


def _bearer_token(authorization: str | None) -> str | None:
    scheme, _, given = (authorization or "").partition(" ")
    return given.strip() if scheme.lower() == "bearer" and given.strip() else None


class _APIKey(_SecurityBase):
    place: t.Literal["header", "query", "cookie"]

    def __init__(
        self,
        *,
        name: str,
        scheme_name: str | None = None,
        description: str | None = None,
        auto_error: bool = True,
    ) -> None:
        scheme = {"type": "apiKey", "in": self.place, "name": name}
        super().__init__(scheme, scheme_name=scheme_name, description=description, auto_error=auto_error)
        # NOTE: the parameter's name is only known here, so the signature that binding reads is made here.
        marker = Marker(self.place, None, alias=name, include_in_schema=False)

        def find(key: t.Any = None) -> str | None:
            if not key:
                self.refuse()
            return t.cast("str | None", key)

        find.__annotations__["key"] = t.Annotated[t.Optional[str], marker]
        self._find = find
        self.__signature__ = inspect.signature(find)

    def __call__(self, *args: t.Any, **kwargs: t.Any) -> str | None:
        return self._find(*args, **kwargs)


class APIKeyHeader(_APIKey):
    """A key in a header of the given name; gives its text."""

    place = "header"


class APIKeyQuery(_APIKey):
    """A key in the query string; gives its text."""

    place = "query"


class APIKeyCookie(_APIKey):
    """A key in a cookie; gives its text."""

    place = "cookie"


class OAuth2(_SecurityBase):
    """Any OAuth2 flows, in OpenAPI's own form; gives the bearer token."""

    challenge = "bearer"

    def __init__(
        self,
        *,
        flows: Mapping[str, t.Any],
        scheme_name: str | None = None,
        description: str | None = None,
        auto_error: bool = True,
    ) -> None:
        scheme: Scheme = {"type": "oauth2", "flows": dict(flows)}
        super().__init__(scheme, scheme_name=scheme_name, description=description, auto_error=auto_error)

    def __call__(self, authorization: _Authorization = None) -> str | None:
        """Finds the credentials in the request."""
        token = _bearer_token(authorization)
        if token is None:
            self.refuse()
        return token


class OAuth2PasswordBearer(OAuth2):
    """The password flow: the token comes from ``token_url``; gives the bearer token."""

    def __init__(
        self,
        token_url: str,
        *,
        refresh_url: str | None = None,
        scopes: Mapping[str, str] | None = None,
        scheme_name: str | None = None,
        description: str | None = None,
        auto_error: bool = True,
    ) -> None:
        flow = _flow(scopes, tokenUrl=token_url, refreshUrl=refresh_url)
        flows = {"password": flow}
        super().__init__(flows=flows, scheme_name=scheme_name, description=description, auto_error=auto_error)


class OAuth2AuthorizationCodeBearer(OAuth2):
    """The authorization code flow; gives the bearer token."""

    def __init__(
        self,
        authorization_url: str,
        token_url: str,
        *,
        refresh_url: str | None = None,
        scopes: Mapping[str, str] | None = None,
        scheme_name: str | None = None,
        description: str | None = None,
        auto_error: bool = True,
    ) -> None:
        flow = _flow(scopes, authorizationUrl=authorization_url, tokenUrl=token_url, refreshUrl=refresh_url)
        flows = {"authorizationCode": flow}
        super().__init__(flows=flows, scheme_name=scheme_name, description=description, auto_error=auto_error)


class OAuth2ClientCredentialsBearer(OAuth2):
    """The client credentials flow; gives the bearer token."""

    def __init__(self, token_url: str, *, scopes: Mapping[str, str] | None = None, auto_error: bool = True) -> None:
        super().__init__(flows={"clientCredentials": _flow(scopes, tokenUrl=token_url)}, auto_error=auto_error)


def _flow(scopes: Mapping[str, str] | None, **urls: str | None) -> dict[str, t.Any]:
    return {**{name: url for name, url in urls.items() if url is not None}, "scopes": dict(scopes or {})}


class OpenIdConnect(_SecurityBase):
    """OpenID Connect discovery; gives the bearer token."""

    challenge = "bearer"

    def __init__(
        self,
        *,
        open_id_connect_url: str,
        scheme_name: str | None = None,
        description: str | None = None,
        auto_error: bool = True,
    ) -> None:
        scheme: Scheme = {"type": "openIdConnect", "openIdConnectUrl": open_id_connect_url}
        super().__init__(scheme, scheme_name=scheme_name, description=description, auto_error=auto_error)

    def __call__(self, authorization: _Authorization = None) -> str | None:
        """Finds the credentials in the request."""
        token = _bearer_token(authorization)
        if token is None:
            self.refuse()
        return token


class OAuth2PasswordRequestForm:
    """The form that a token endpoint of the password flow receives. Source: RFC 6749 section 4.3.2."""

    def __init__(
        self,
        *,
        username: t.Annotated[str, Form()],
        password: t.Annotated[str, Form()],
        grant_type: t.Annotated[t.Optional[str], Form(pattern="^password$")] = None,
        scope: t.Annotated[str, Form()] = "",
        client_id: t.Annotated[t.Optional[str], Form()] = None,
        client_secret: t.Annotated[t.Optional[str], Form()] = None,
    ) -> None:
        self.grant_type = grant_type
        self.username = username
        self.password = password
        self.scopes = scope.split()
        self.client_id = client_id
        self.client_secret = client_secret

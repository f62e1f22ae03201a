"""What reverse proxies say about the client, believed only where the connection comes from one of them.

`X-Forwarded-For`, `-Proto`, `-Host`, `-Port` and `-Prefix` are what proxies send. Anybody can send them, so they count
only if the peer of the connection is trusted, and an address in `X-Forwarded-For` counts only as far as trusted
proxies added it: read from the right, the first one that is no proxy of ours is the client.
"""

from __future__ import annotations

import ipaddress
import re
import typing as t
from functools import lru_cache

if t.TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable

    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

    Scope = dict[str, t.Any]
    Receive = Callable[[], Awaitable[t.Any]]
    Send = Callable[[t.Any], Awaitable[None]]
    AsgiApplication = Callable[[Scope, Receive, Send], Awaitable[None]]

_SCHEMES = {"http": "http", "https": "https", "ws": "http", "wss": "https"}
_HOST = re.compile(r"(?:[a-z0-9._-]+|\[[0-9a-f:.]+\])(?::\d{1,5})?\Z", re.IGNORECASE)
_MOST_ADDRESSES = 1024
"""Of so many addresses is remembered what they are."""
_KEYS = {
    name: f"HTTP_{name.upper().replace('-', '_')}"
    for name in ("x-forwarded-for", "x-forwarded-proto", "x-forwarded-host", "x-forwarded-port", "x-forwarded-prefix")
}
_PREFIX = re.compile(r"/[A-Za-z0-9._~!$&'()*+,;=:@%/-]*\Z")


class TrustedPeers:
    """Addresses of one's own proxies.

    Args:
        text: addresses, networks (`10.0.0.0/8`), and `unix` for connections by a Unix socket, separated by commas;
            `*` trusts everybody.

    Raises:
        ValueError: one of them is none of these.
    """

    def __init__(self, text: str) -> None:
        names = [name.strip() for name in text.split(",") if name.strip()]
        self.trusts_everybody = "*" in names
        self._trusts_unix = "unix" in names
        self._networks = [_network(name) for name in names if name not in ("*", "unix")]
        # NOTE: proxies are few, and each comes with every request: its address is taken apart once.
        self._is_trusted = lru_cache(_MOST_ADDRESSES)(self._look_up)

    def __contains__(self, address: str) -> bool:
        return self._is_trusted(address)

    def _look_up(self, address: str) -> bool:
        if self.trusts_everybody:
            return True
        try:
            ip = ipaddress.ip_address(address)
        except ValueError:
            return self._trusts_unix and (not address or address.startswith("unix"))
        mapped = getattr(ip, "ipv4_mapped", None)
        return any((mapped or ip) in network for network in self._networks)

    def client_of(self, forwarded_for: str) -> tuple[str, int] | None:
        """Return the client's address, and how many hops from the right it stands; None if nothing there is an address."""
        found = None
        for place, text in enumerate(reversed(forwarded_for.split(","))):
            address = _address(text.strip())
            if address is None:
                break  # what stands further left came through somebody who is not to be relied on
            found = address, place
            if address not in self:
                break
        return found


def _network(name: str) -> ipaddress.IPv4Network | ipaddress.IPv6Network:
    try:
        return ipaddress.ip_network(name, strict=False)
    except ValueError:
        raise ValueError(
            f"{name!r} is no IP address and no network.\n  Fix: write for example '127.0.0.1,10.0.0.0/8', 'unix' or '*'."
        ) from None


@lru_cache(_MOST_ADDRESSES)
def _address(text: str) -> str | None:
    """Return the address in one item of X-Forwarded-For, which may carry a port and brackets."""
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        return str(ipaddress.ip_address(text))
    except ValueError:
        return None


class Forwarded(t.NamedTuple):
    """What the trusted proxies said; empty where they said nothing or nothing valid."""

    client: str
    scheme: str
    host: str
    port: str
    prefix: str


def read_forwarded(peer: str, header: Callable[[str], str], trusted: TrustedPeers) -> Forwarded | None:
    """Read the headers of one request.

    Args:
        peer: the address that the connection comes from.
        header: gives a header by its lower-case name, several of them joined by commas, empty if there is none.
        trusted: whose word counts.

    Returns:
        None if the peer is not trusted.
    """
    if peer not in trusted:
        return None
    client, place = trusted.client_of(header("x-forwarded-for")) or ("", 0)

    def said(name: str) -> str:
        values = [value.strip() for value in header(name).split(",")]
        # One value for each hop stands where the client's address does; a single one is for all. Otherwise the nearest proxy's counts.
        return values[-1 - place] if len(values) > place else values[-1]

    scheme = _SCHEMES.get(said("x-forwarded-proto").lower(), "")
    host = said("x-forwarded-host")
    port = said("x-forwarded-port")
    prefix = said("x-forwarded-prefix").rstrip("/")
    return Forwarded(
        client,
        scheme,
        host if _HOST.match(host) else "",
        port if port.isdecimal() and 0 < int(port) < 65536 else "",
        prefix if _PREFIX.match(prefix) and not prefix.startswith("//") else "",
    )


def _host_and_port(forwarded: Forwarded, host: str, scheme: str) -> tuple[str, str, str]:
    """Return what the Host header, the server's name and its port become."""
    host = forwarded.host or host
    name, colon, port = host.rpartition(":")
    if not colon or host.endswith("]"):
        name, port = host, ""
    if forwarded.port and (not forwarded.host or not port):
        port = forwarded.port
    standard = {"http": "80", "https": "443"}[scheme]
    return (f"{name}:{port}" if port and port != standard else name), name, port or standard


def trust_proxies_wsgi(app: WSGIApplication, trusted: TrustedPeers) -> WSGIApplication:
    """Wrap a WSGI application so that it sees the client, scheme, host and prefix that trusted proxies name."""

    def behind_proxies(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        def header(name: str) -> str:
            return str(environ.get(_KEYS[name], ""))

        forwarded = read_forwarded(environ.get("REMOTE_ADDR", ""), header, trusted)
        if forwarded is not None:
            _apply_to_environ(environ, forwarded)
        return app(environ, start_response)

    return behind_proxies


def _apply_to_environ(environ: WSGIEnvironment, forwarded: Forwarded) -> None:
    if forwarded.client:
        environ["REMOTE_ADDR"] = forwarded.client
        environ.pop("REMOTE_PORT", None)
    if forwarded.scheme:
        environ["wsgi.url_scheme"] = forwarded.scheme
    if forwarded.host or forwarded.port or forwarded.scheme:
        host, name, port = _host_and_port(forwarded, environ.get("HTTP_HOST", ""), environ["wsgi.url_scheme"])
        environ["HTTP_HOST"], environ["SERVER_NAME"], environ["SERVER_PORT"] = host, name, port
    if forwarded.prefix:
        environ["SCRIPT_NAME"] = forwarded.prefix


def trust_proxies_asgi(app: AsgiApplication, trusted: TrustedPeers) -> AsgiApplication:
    """Wrap an ASGI application so that it sees the client, scheme, host and prefix that trusted proxies name."""

    async def behind_proxies(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] in ("http", "websocket"):

            def header(name: str) -> str:
                wanted = name.encode()
                return ",".join(value.decode("latin-1") for key, value in scope["headers"] if key == wanted)

            forwarded = read_forwarded((scope.get("client") or ("",))[0], header, trusted)
            if forwarded is not None:
                scope = _applied_to_scope(scope, forwarded, header("host"))
        await app(scope, receive, send)

    return behind_proxies


def _applied_to_scope(scope: Scope, forwarded: Forwarded, host: str) -> Scope:
    scope = dict(scope)
    if forwarded.client:
        scope["client"] = (forwarded.client, 0)
    scheme = forwarded.scheme or _SCHEMES.get(scope["scheme"], "http")
    if forwarded.scheme:
        is_websocket = scope["type"] == "websocket"
        scope["scheme"] = {"http": "ws", "https": "wss"}[scheme] if is_websocket else scheme
    if forwarded.host or forwarded.port or forwarded.scheme:
        host, name, port = _host_and_port(forwarded, host, scheme)
        others = [(key, value) for key, value in scope["headers"] if key != b"host"]
        scope["headers"] = [(b"host", host.encode("latin-1")), *others]
        scope["server"] = (name, int(port))
    if forwarded.prefix:
        # The path of a scope starts with the root. Source: ASGI HTTP specification 2.5.
        scope["root_path"] = forwarded.prefix
        scope["path"] = forwarded.prefix + scope["path"]
        if scope.get("raw_path"):
            scope["raw_path"] = forwarded.prefix.encode("latin-1") + scope["raw_path"]
    return scope

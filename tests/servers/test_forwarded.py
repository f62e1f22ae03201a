"""What reverse proxies say: whose word counts, and what becomes of it."""

from __future__ import annotations

import pytest

from ewer._serve_facts import Facts
from ewer._serve_log import _escaped
from ewer._serve_proxy import Forwarded, TrustedPeers, read_forwarded, trust_proxies_wsgi

OURS = "10.0.0.0/8, 127.0.0.1, ::1"


def read(peer: str = "10.0.0.1", trusted: str = OURS, **headers: str) -> Forwarded | None:
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    return read_forwarded(peer, lambda name: given.get(name, ""), TrustedPeers(trusted))


@pytest.mark.parametrize(
    ("trusted", "peer", "is_trusted"),
    [
        (OURS, "10.255.0.1", True),
        (OURS, "11.0.0.1", False),
        (OURS, "::1", True),
        (OURS, "::ffff:10.1.2.3", True),
        (OURS, "", False),
        (OURS, "unix:", False),
        ("unix", "", True),
        ("unix", "unix:/run/x", True),
        ("*", "198.51.100.7", True),
        ("", "127.0.0.1", False),
    ],
)
def test_peers_are_trusted_by_address_network_or_socket(trusted: str, peer: str, is_trusted: bool) -> None:
    assert (peer in TrustedPeers(trusted)) is is_trusted


def test_a_name_that_is_no_address_is_refused() -> None:
    with pytest.raises(ValueError, match=r"'proxy\.local' is no IP address and no network"):
        TrustedPeers("127.0.0.1,proxy.local")


@pytest.mark.parametrize(
    ("forwarded_for", "client"),
    [
        ("1.2.3.4", "1.2.3.4"),
        ("6.6.6.6, 1.2.3.4", "1.2.3.4"),
        ("6.6.6.6, 1.2.3.4, 10.9.9.9", "1.2.3.4"),
        ("10.1.1.1, 10.2.2.2", "10.1.1.1"),
        ("1.2.3.4:5678", "1.2.3.4"),
        ("[2001:db8::1]:443", "2001:db8::1"),
        ("2001:db8::1", "2001:db8::1"),
        ("1.2.3.4, unknown", ""),
        ("1.2.3.4, nonsense, 10.0.0.2", "10.0.0.2"),
        ("", ""),
        (",,", ""),
    ],
)
def test_the_client_is_the_first_address_from_the_right_that_is_no_proxy(forwarded_for: str, client: str) -> None:
    assert read(x_forwarded_for=forwarded_for).client == client


def test_nothing_counts_from_a_stranger() -> None:
    assert read(peer="198.51.100.7", x_forwarded_for="1.2.3.4", x_forwarded_proto="https") is None


def test_the_scheme_stands_where_the_client_stands() -> None:
    hops = {"x_forwarded_for": "1.2.3.4, 10.0.0.2"}

    assert read(**hops, x_forwarded_proto="https, http").scheme == "https"
    assert read(**hops, x_forwarded_proto="https").scheme == "https"
    assert read(x_forwarded_for="6.6.6.6, 1.2.3.4", x_forwarded_proto="http, https").scheme == "https"
    assert read(x_forwarded_proto="gopher").scheme == ""


@pytest.mark.parametrize("host", ["evil\r\nX: y", "a b", "a/b", "a@b", "", "a:b", "user:pass@host"])
def test_a_host_that_cannot_be_one_is_ignored(host: str) -> None:
    assert read(x_forwarded_host=host).host == ""


@pytest.mark.parametrize(
    ("prefix", "kept"),
    [("/shop", "/shop"), ("/shop/", "/shop"), ("/", ""), ("shop", ""), ("//evil.example", ""), ("/a\nb", "")],
)
def test_a_prefix_is_a_path(prefix: str, kept: str) -> None:
    assert read(x_forwarded_prefix=prefix).prefix == kept


@pytest.mark.parametrize(
    ("headers", "host", "port"),
    [
        ({"HTTP_X_FORWARDED_PROTO": "https"}, "inner", "443"),
        ({"HTTP_X_FORWARDED_HOST": "shop.example"}, "shop.example", "80"),
        (
            {"HTTP_X_FORWARDED_HOST": "shop.example:8443", "HTTP_X_FORWARDED_PROTO": "https"},
            "shop.example:8443",
            "8443",
        ),
        ({"HTTP_X_FORWARDED_HOST": "shop.example", "HTTP_X_FORWARDED_PORT": "8080"}, "shop.example:8080", "8080"),
        ({"HTTP_X_FORWARDED_PORT": "443", "HTTP_X_FORWARDED_PROTO": "https"}, "inner", "443"),
        ({"HTTP_X_FORWARDED_HOST": "[2001:db8::1]"}, "[2001:db8::1]", "80"),
    ],
)
def test_the_environ_names_host_and_port_of_the_proxy(headers: dict[str, str], host: str, port: str) -> None:
    seen: dict[str, object] = {}

    def app(environ, start_response):
        seen.update(environ)
        return []

    environ = {"REMOTE_ADDR": "127.0.0.1", "HTTP_HOST": "inner", "wsgi.url_scheme": "http", **headers}
    trust_proxies_wsgi(app, TrustedPeers(OURS))(environ, lambda *_: None)

    assert (seen["HTTP_HOST"], seen["SERVER_PORT"]) == (host, port)


def test_the_interface_follows_from_the_views_and_the_proxies() -> None:
    plain, asynchronous = Facts(3, (), None), Facts(3, ("chat",), None)

    assert plain.choose_interface(behind_proxies=False) == ("wsgi", "all 3 views are plain functions")
    assert plain.choose_interface(behind_proxies=True)[0] == "asgi"
    assert asynchronous.choose_interface(behind_proxies=False) == ("asgi", "the view of 'chat' is async")


@pytest.mark.parametrize("text", ['a"b', "a\nb", "a\\b", "a\x1b[31m", "é\u2028"])
def test_what_is_logged_stays_within_its_quotes(text: str) -> None:
    escaped = _escaped(text)

    assert escaped.isascii()
    assert escaped.isprintable()
    assert '"' not in escaped.replace('\\"', "")

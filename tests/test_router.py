"""Holds Ewer's fast router against `werkzeug.routing.Map`, on random rules and paths, through the application.

Three answers are compared for each request: an app with the compiled plan, an app without it, and a bare Werkzeug map
with the same rules. Nothing here knows how the fast router works.
"""

from __future__ import annotations

import json
import os
import string
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from werkzeug.exceptions import HTTPException, MethodNotAllowed
from werkzeug.routing import Map, RequestRedirect, Rule
from werkzeug.urls import iri_to_uri

import ewer

pytestmark = pytest.mark.filterwarnings("ignore:Current server name")

EXAMPLES = int(os.environ.get("EWER_ROUTER_EXAMPLES", "150"))
SERVER = "example.test"
HOSTS = (SERVER, f"api.{SERVER}", f"x.{SERVER}", "other.test", f"{SERVER}:8080")
METHODS = ("GET", "HEAD", "POST", "PUT", "OPTIONS", "BREW")
WORDS = ("a", "b", "ab", "a-b", "x.y", "ü", "5", "A")
VALUES: dict[str, tuple[str, ...]] = {
    "": ("a", "b-c", "ü", "5", "a b", "%2F", "x.txt"),
    "string(length=2)": ("ab", "a", "abc"),
    "string(minlength=2, maxlength=3)": ("ab", "abcd", "x"),
    "int": ("5", "05", "-5", "x", "123456789012345678901"),
    "int(min=2, max=20)": ("1", "2", "20", "21"),
    "int(fixed_digits=3)": ("005", "5", "1234"),
    "int(signed=True)": ("-5", "5", "+5"),
    "float": ("1.5", "1", "1.", "-1.5"),
    "float(signed=True)": ("-1.5", "1.5"),
    "path": ("a/b", "a", "a//b", "a/b/", "/a"),
    "any(a, b, 'c d')": ("a", "c d", "c"),
    "uuid": ("a8098c1a-f86e-11da-bd1a-00112444be1e", "A8098C1A-F86E-11DA-BD1A-00112444BE1E", "nope"),
}


@dataclass
class Drawn:
    """One rule: its text, its options, and paths made from it that may or may not match."""

    text: str
    endpoint: str
    options: dict[str, Any] = field(default_factory=dict)


@dataclass
class RuleSet:
    """Rules with the settings of their map."""

    rules: list[Drawn]
    matching: str
    map_options: dict[str, bool]


@st.composite
def segments(draw: st.DrawFn, names: list[str]) -> str:
    """Draw one path segment: a word, a variable, or a mixture of both."""
    kind = draw(st.sampled_from(("word", "word", "variable", "variable", "mixed")))
    if kind == "word":
        return draw(st.sampled_from(WORDS))
    name = f"v{len(names)}"
    names.append(name)
    converter = draw(st.sampled_from(list(VALUES)))
    variable = f"<{converter}:{name}>" if converter else f"<{name}>"
    if kind == "variable":
        return variable
    return draw(st.sampled_from(("x{}", "{}.txt", "{}-b"))).format(variable)


@st.composite
def rules(draw: st.DrawFn, matching: str) -> list[Drawn]:
    """Draw one rule, or two of one endpoint where the second replaces a variable by a default or is an alias."""
    names: list[str] = []
    parts = draw(st.lists(segments(names), max_size=3))
    text = "/" + "/".join(parts)
    if draw(st.booleans()) and not text.endswith("/"):
        text += "/"
    options: dict[str, Any] = {}
    for name in ("strict_slashes", "merge_slashes"):
        value = draw(st.sampled_from((None, None, None, True, False)))
        if value is not None:
            options[name] = value
    methods = draw(st.sampled_from((None, None, None, ["POST"], ["GET", "POST"], ["PUT", "OPTIONS"], ["brew"])))
    if methods:
        options["methods"] = methods
    if matching == "subdomain":
        options["subdomain"] = draw(st.sampled_from(("", "api", "<sub>")))
    if matching == "host":
        options["host"] = draw(st.sampled_from((SERVER, f"<who>.{SERVER}", "<who>", f"{SERVER}:8080")))
    special = draw(st.sampled_from(("none",) * 6 + ("build_only", "redirect_to", "websocket", "fixed")))
    if special == "websocket":
        options.pop("methods", None)
    if special in {"build_only", "websocket"}:
        options[special] = True
    if special == "redirect_to":
        options["redirect_to"] = "a/b"
    if special == "fixed":
        options["defaults"] = {"fixed": 7}
    endpoint = draw(st.sampled_from(("one", "two", "three", "four", "five")))
    drawn = [Drawn(text, endpoint, options)]
    if special == "none" and text.endswith(">/") and "path" not in text:
        shorter = text[: text.rindex("<", 0, -2)]
        if "<" not in shorter.rsplit("/", 2)[-1] and shorter.endswith("/"):
            second = draw(st.sampled_from(("nothing", "default", "alias")))
            if second == "default":
                drawn.append(Drawn(shorter, endpoint, {**options, "defaults": {names[-1]: 5}}))
            if second == "alias":
                drawn.append(Drawn(f"/alias{text}", endpoint, {**options, "alias": True}))
    return drawn


@st.composite
def rule_sets(draw: st.DrawFn) -> RuleSet:
    """Draw rules and the settings of the map that holds them."""
    matching = draw(st.sampled_from(("none", "none", "none", "subdomain", "host")))
    groups = draw(st.lists(rules(matching), min_size=1, max_size=6))
    names = ("strict_slashes", "merge_slashes", "redirect_defaults")
    map_options = {name: draw(st.sampled_from((True, True, True, False))) for name in names}
    return RuleSet([rule for group in groups for rule in group], matching, map_options)


@st.composite
def paths(draw: st.DrawFn, rule_set: RuleSet) -> str:
    """Draw a path that looks like one of the rules, whole or damaged."""
    text = draw(st.sampled_from(rule_set.rules)).text
    path = ""
    while "<" in text:
        before, _, rest = text.partition("<")
        variable, _, text = rest.partition(">")
        converter = variable.rpartition(":")[0]
        known = VALUES[converter]
        path += before + draw(st.sampled_from((*known, "a", "5")))
    path += text
    damage = draw(st.sampled_from(("none",) * 5 + ("slash", "unslash", "double", "lead", "case", "more", "random")))
    if damage == "slash":
        path += "/"
    if damage == "unslash":
        path = path.rstrip("/") or "/"
    if damage == "double":
        path = path.replace("/", "//", draw(st.integers(1, 3)))
    if damage == "lead":
        path = "/" + path
    if damage == "case":
        path = path.swapcase()
    if damage == "more":
        path += draw(st.sampled_from(("x", "/x", "\n", ".", "//", "?", "|", "/../a")))
    if damage == "random":
        path = "/" + draw(st.text(alphabet=string.ascii_letters[:6] + "/5.-ü|", max_size=8))
    return path


@st.composite
def cases(draw: st.DrawFn) -> tuple[RuleSet, list[tuple[str, str, str, bool]]]:
    """Draw a rule set and requests to it: method, host, path, whether it is a websocket."""
    rule_set = draw(rule_sets())
    hosts = st.sampled_from(HOSTS if rule_set.matching != "none" else (SERVER, "other.test"))
    methods = st.sampled_from(("GET",) * 4 + METHODS)
    sockets = st.sampled_from((False,) * 9 + (True,))
    return rule_set, draw(st.lists(st.tuples(methods, hosts, paths(rule_set), sockets), min_size=1, max_size=8))


def environ_for(method: str, host: str, path: str, websocket: bool, query: str = "") -> dict[str, Any]:
    """Return a minimal environ."""
    environ = {
        "REQUEST_METHOD": method,
        "SCRIPT_NAME": "",
        "PATH_INFO": path.encode().decode("latin-1"),
        "QUERY_STRING": query,
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "HTTP_HOST": host,
        "wsgi.url_scheme": "http",
        "wsgi.input": None,
    }
    if websocket:
        environ |= {"HTTP_CONNECTION": "Upgrade", "HTTP_UPGRADE": "websocket"}
    return environ


def make_app(rule_set: RuleSet, plan: str) -> Any:
    """Return an app with these rules whose views tell in a header which rule and arguments were found."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("EWER_PLAN", plan)
        app = ewer.Flask(
            "router",
            static_folder=None,
            host_matching=rule_set.matching == "host",
            subdomain_matching=rule_set.matching == "subdomain",
        )
    app.testing = True
    if rule_set.matching == "subdomain":
        app.config["SERVER_NAME"] = SERVER
    for name, value in rule_set.map_options.items():
        setattr(app.url_map, name, value)

    def view(**values: Any) -> Any:
        rule = ewer.request.url_rule
        found = [rule.rule, rule.endpoint, sorted((key, repr(value)) for key, value in values.items())]
        return "x", {"X-Match": json.dumps(found)}

    for drawn in rule_set.rules:
        app.add_url_rule(drawn.text, drawn.endpoint, view, **drawn.options)
    return app


def ask(app: Any, environ: dict[str, Any]) -> tuple[Any, ...]:
    """Return what a caller can tell about the routing of one request."""
    started: list[Any] = []
    try:
        chunks = app(environ, lambda status, headers, exc_info=None: started.append((status, dict(headers))))
        getattr(chunks, "close", lambda: None)()
    except Exception as error:
        return "raised", type(error).__name__, str(error)
    status, headers = started[0]
    allow = tuple(sorted(headers.get("Allow", "").split(", "))) if "Allow" in headers else None
    return int(status[:3]), headers.get("Location"), headers.get("X-Match"), allow


def make_map(rule_set: RuleSet) -> Map:
    """Return a Werkzeug map with the rules as Flask would add them."""
    url_map = Map(host_matching=rule_set.matching == "host", **rule_set.map_options)
    for drawn in rule_set.rules:
        options = dict(drawn.options)
        methods = {method.upper() for method in options.pop("methods", None) or ["GET"]}
        rule = Rule(drawn.text, endpoint=drawn.endpoint, methods=methods | {"OPTIONS"}, **options)
        rule.automatic = "OPTIONS" not in methods  # type: ignore[attr-defined]
        url_map.add(rule)
    return url_map


def expected_from(url_map: Map, rule_set: RuleSet, environ: dict[str, Any]) -> tuple[Any, ...]:
    """Return what the map alone says about a request, in the form of `ask`."""
    if rule_set.matching == "subdomain":
        adapter = url_map.bind_to_environ(environ, server_name=SERVER)
    elif rule_set.matching == "host":
        adapter = url_map.bind_to_environ(environ)
    else:
        adapter = url_map.bind_to_environ(environ, subdomain="")
    try:
        rule, values = adapter.match(return_rule=True)
    except RequestRedirect as redirect:
        return redirect.code, iri_to_uri(redirect.new_url), None, None
    except MethodNotAllowed as refused:
        return 405, None, None, tuple(sorted(refused.valid_methods or ()))
    except HTTPException as error:
        return error.code, None, None, None
    except Exception as error:
        return "raised", type(error).__name__, str(error)
    if rule.automatic and environ["REQUEST_METHOD"] == "OPTIONS":  # type: ignore[attr-defined]
        return 200, None, None, tuple(sorted(adapter.allowed_methods())) or None
    found = [rule.rule, rule.endpoint, sorted((key, repr(value)) for key, value in values.items())]
    return 200, None, json.dumps(found), None


@given(case=cases())
@settings(
    max_examples=EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)
def test_the_fast_router_the_plain_path_and_werkzeugs_map_agree(case: Any) -> None:
    rule_set, requests = case
    fast, plain, url_map = make_app(rule_set, "1"), make_app(rule_set, "0"), make_map(rule_set)
    for request in requests + requests:
        expected = expected_from(url_map, rule_set, environ_for(*request))
        assert ask(plain, environ_for(*request)) == expected, f"the plain path differs from Werkzeug: {request}"
        assert ask(fast, environ_for(*request)) == expected, f"the fast router differs from Werkzeug: {request}"


@given(case=cases(), late=rules("none"))
@settings(
    max_examples=EXAMPLES // 3, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)
def test_a_rule_added_to_the_map_while_serving_is_routed_as_by_werkzeug(case: Any, late: list[Drawn]) -> None:
    rule_set, requests = case
    if rule_set.matching != "none":
        rule_set = RuleSet(late, "none", rule_set.map_options)
    fast, url_map = make_app(rule_set, "1"), make_map(rule_set)
    urls = [(method, host, path, False) for method, host, path, _ in requests]
    urls += [("GET", SERVER, quote(drawn.text, safe="/<>"), False) for drawn in late]
    for request in urls:
        assert ask(fast, environ_for(*request)) == expected_from(url_map, rule_set, environ_for(*request))
    for target in (fast.url_map, url_map):
        rule = Rule("/<path:anything>/late", endpoint="one", methods=["GET", "OPTIONS"])
        rule.automatic = True  # type: ignore[attr-defined]
        rule.provide_automatic_options = True  # type: ignore[attr-defined]
        target.add(rule)
    fast.view_functions.setdefault("one", next(iter(fast.view_functions.values())))
    for request in [
        *urls,
        ("GET", SERVER, "/a/late", False),
        ("GET", SERVER, "/a/b/late/", False),
        ("PUT", SERVER, "/x/late", False),
    ]:
        assert ask(fast, environ_for(*request)) == expected_from(url_map, rule_set, environ_for(*request))


@given(name=st.text(max_size=12), rest=st.text(max_size=12))
@settings(max_examples=EXAMPLES, deadline=None)
def test_building_and_matching_are_inverse(name: str, rest: str) -> None:
    app = ewer.Flask("router", static_folder=None)
    app.testing = True
    app.add_url_rule("/n/<name>/p/<path:rest>", "view", lambda name, rest: ("x", {"X-Match": json.dumps([name, rest])}))
    with app.test_request_context():
        url = ewer.url_for("view", name=name, rest=rest)
    path = url.partition("?")[0]
    simple = (
        name
        and rest
        and "/" not in name
        and "//" not in f"/{rest}"
        and not any(dots in f"{name}/{rest}" for dots in ("\n", "\r"))
    )
    if not simple:
        return
    from urllib.parse import unquote

    status, _, match, _ = ask(app, environ_for("GET", SERVER, unquote(path), False))
    assert (status, json.loads(match)) == (200, [name, rest])


def test_a_request_may_change_its_arguments_and_the_next_one_for_the_path_gets_its_own() -> None:
    app = ewer.Flask("router", static_folder=None)

    @app.before_request
    def count() -> None:
        ewer.request.view_args["number"] += 1

    app.add_url_rule("/n/<int:number>", "view", lambda number: ("x", {"X-Match": json.dumps(number)}))

    assert [ask(app, environ_for("GET", SERVER, "/n/5", False))[2] for _ in range(3)] == ["6", "6", "6"]


def test_what_the_table_remembers_of_paths_is_bounded() -> None:
    app = ewer.Flask("router", static_folder=None)
    app.add_url_rule("/n/<name>", "view", lambda name: ("x", {"X-Match": name}))
    names = [f"name-{number}" for number in range(3000)] + ["long" * 100]

    found = [ask(app, environ_for("GET", SERVER, f"/n/{name}", False))[2] for name in [*names, *names]]

    assert found == [*names, *names]
    assert len(app._serving.known) <= 1024

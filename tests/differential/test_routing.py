"""Routing: every option of `route()`, converters, methods, redirects, hosts and subdomains."""

from __future__ import annotations

from typing import Any

from .harness import Seen, same_on_both


def echo(**values: Any) -> str:
    """A view that shows the arguments it was called with."""
    return repr(sorted(values.items()))


@same_on_both
def test_a_plain_rule_answers_its_path_and_nothing_near_it(flask: Any, seen: Seen) -> None:
    app = flask.Flask(__name__)
    app.add_url_rule("/hello", view_func=echo)
    seen.visit(app, "/hello", "/hello/", "/hell", "/helloo", "/Hello", "/", "//hello", "/hello?x=1")


@same_on_both
def test_converters_accept_and_refuse_the_same_values(flask: Any, seen: Seen) -> None:
    app = flask.Flask(__name__)
    app.add_url_rule("/int/<int:v>", "int", echo)
    app.add_url_rule("/signed/<int(signed=True):v>", "signed", echo)
    app.add_url_rule("/digits/<int(fixed_digits=3):v>", "digits", echo)
    app.add_url_rule("/range/<int(min=5, max=10):v>", "range", echo)
    app.add_url_rule("/float/<float:v>", "float", echo)
    app.add_url_rule("/sfloat/<float(signed=True):v>", "sfloat", echo)
    app.add_url_rule("/path/<path:v>", "path", echo)
    app.add_url_rule("/any/<any(a, b, 'c d'):v>", "any", echo)
    app.add_url_rule("/uuid/<uuid:v>", "uuid", echo)
    app.add_url_rule("/string/<string(minlength=2, maxlength=4):v>", "string", echo)
    app.add_url_rule("/length/<string(length=3):v>", "length", echo)
    for path in (
        "int/5 int/-5 int/05 int/x int/1.5 int/99999999999999999999 signed/-5 signed/5 digits/005 digits/5 digits/1234 "
        "range/4 range/5 range/10 range/11 float/1.5 float/1 float/-1.5 sfloat/-1.5 float/1.5e3 path/a/b/c path/a/ path/ "
        "path//a any/a any/c%20d any/z uuid/a8098c1a-f86e-11da-bd1a-00112444be1e uuid/A8098C1A-F86E-11DA-BD1A-00112444BE1E "
        "uuid/nope string/a string/ab string/abcd string/abcde length/abc length/ab int/%35 int/٣"
    ).split():
        seen.get(app, f"/{path}")


@same_on_both
def test_a_converter_of_ones_own_converts_and_builds(flask: Any, seen: Seen) -> None:
    from werkzeug.routing import BaseConverter, ValidationError

    class Listed(BaseConverter):
        def to_python(self, value: str) -> list[str]:
            if "!" in value:
                raise ValidationError
            return value.split(",")

        def to_url(self, value: list[str]) -> str:
            return ",".join(super(Listed, self).to_url(part) for part in value)

    class Deep(BaseConverter):
        regex = "[a-z]/[a-z]"
        part_isolating = False

    app = flask.Flask(__name__)
    app.url_map.converters.update(listed=Listed, deep=Deep)
    app.add_url_rule("/<listed:names>", "listed", lambda names: "|".join(names) + flask.url_for("listed", names=names))
    app.add_url_rule("/deep/<deep:v>/end", "deep", echo)
    seen.visit(app, "/a,b", "/a", "/a,!", "/deep/a/b/end", "/deep/a/bb/end")


@same_on_both
def test_a_replaced_standard_converter_is_honoured(flask: Any, seen: Seen) -> None:
    from werkzeug.routing import IntegerConverter

    class Hex(IntegerConverter):
        regex = "[0-9a-f]+"

        def to_python(self, value: str) -> int:
            return int(value, 16)

    app = flask.Flask(__name__)
    app.url_map.converters["int"] = Hex
    app.add_url_rule("/n/<int:v>", "n", echo)
    seen.visit(app, "/n/ff", "/n/10", "/n/g")


@same_on_both
def test_methods_head_and_options_follow_the_rule(flask: Any, seen: Seen) -> None:
    app = flask.Flask(__name__)
    app.add_url_rule("/get", "get", lambda: "get")
    app.add_url_rule("/post", "post", lambda: "post", methods=["POST"])
    app.add_url_rule("/both", "both", lambda: flask.request.method, methods=["GET", "post", "Custom"])
    app.add_url_rule("/head", "head", lambda: "x", methods=["HEAD"])
    for path in ("get", "post", "both", "head"):
        seen.visit(app, *(f"{method} /{path}" for method in "GET HEAD POST PUT OPTIONS CUSTOM TRACE".split()))


@same_on_both
def test_one_path_with_several_rules_dispatches_by_method(flask: Any, seen: Seen) -> None:
    app = flask.Flask(__name__)
    app.get("/x")(lambda: "got")
    app.post("/x", endpoint="p")(lambda: "posted")
    app.put("/x", endpoint="u")(lambda: "put")
    app.patch("/x", endpoint="a")(lambda: "patched")
    app.delete("/x", endpoint="d")(lambda: "deleted")
    seen.visit(app, *(f"{method} /x" for method in "GET HEAD POST PUT PATCH DELETE OPTIONS TRACE".split()))


@same_on_both
def test_a_view_may_answer_options_itself(flask: Any, seen: Seen) -> None:
    app = flask.Flask(__name__)
    app.add_url_rule("/own", "own", lambda: "mine", methods=["OPTIONS"])
    app.add_url_rule("/off", "off", lambda: "off", provide_automatic_options=False)
    app.add_url_rule("/on", "on", lambda: "on", methods=["POST", "OPTIONS"], provide_automatic_options=True)

    def attributed() -> str:
        return flask.request.method

    attributed.provide_automatic_options = False  # type: ignore[attr-defined]
    attributed.methods = ["GET", "OPTIONS"]  # type: ignore[attr-defined]
    app.add_url_rule("/attributed", view_func=attributed)

    def required() -> str:
        return flask.request.method

    required.required_methods = {"PUT"}  # type: ignore[attr-defined]
    app.add_url_rule("/required", view_func=required)
    for path in ("own", "off", "on", "attributed", "required"):
        seen.visit(app, f"/{path}", f"OPTIONS /{path}", f"PUT /{path}")


@same_on_both
def test_automatic_options_can_be_switched_off_for_the_app(flask: Any, seen: Seen) -> None:
    app = flask.Flask(__name__)
    app.config["PROVIDE_AUTOMATIC_OPTIONS"] = False
    app.add_url_rule("/a", "a", echo)
    app.add_url_rule("/b", "b", echo, provide_automatic_options=True)
    seen.visit(app, "OPTIONS /a", "OPTIONS /b", "OPTIONS /none")


@same_on_both
def test_strict_slashes_redirect_or_match_as_told(flask: Any, seen: Seen) -> None:
    app = flask.Flask(__name__)
    app.add_url_rule("/folder/", "folder", echo, methods=["GET", "POST"])
    app.add_url_rule("/file", "file", echo)
    app.add_url_rule("/loose/", "loose", echo, strict_slashes=False)
    app.add_url_rule("/looser", "looser", echo, strict_slashes=False)
    app.add_url_rule("/v/<name>/", "v", echo)
    seen.visit(
        app, "/folder", "/folder/", "POST /folder", "HEAD /folder", "OPTIONS /folder", "/folder?a=b&c=%20d", "/file/", "/loose",
        "/loose/", "/looser", "/looser/", "/v/a", "/v/ü", "/v/a%2Fb", "PUT /folder", "PUT /folder/",
    )  # fmt: skip


@same_on_both
def test_strict_slashes_can_be_set_on_the_map(flask: Any, seen: Seen) -> None:
    app = flask.Flask(__name__)
    app.url_map.strict_slashes = False
    app.add_url_rule("/folder/", "folder", echo)
    app.add_url_rule("/file", "file", echo)
    seen.visit(app, "/folder", "/folder/", "/file", "/file/")


@same_on_both
def test_merged_slashes_redirect_unless_switched_off(flask: Any, seen: Seen) -> None:
    app = flask.Flask(__name__)
    app.add_url_rule("/a/b", "ab", echo)
    app.add_url_rule("/raw/<path:p>", "raw", echo, merge_slashes=False)
    app.add_url_rule("/p/<path:p>", "p", echo)
    seen.visit(app, "//a/b", "/a//b", "/a///b?q=1", "/raw/x//y", "/p/x//y", "/p//x", "//", "/a/b//")
    unmerged = flask.Flask(__name__)
    unmerged.url_map.merge_slashes = False
    unmerged.add_url_rule("/late/<path:p>", "late", echo)
    unmerged.add_url_rule("/a/b", "ab", echo)
    seen.visit(unmerged, "/late/x//y", "/a//b", "/late//y")


@same_on_both
def test_defaults_fill_arguments_and_redirect_to_the_short_rule(flask: Any, seen: Seen) -> None:
    app = flask.Flask(__name__)
    app.add_url_rule("/pages/", "pages", echo, defaults={"page": 1})
    app.add_url_rule("/pages/<int:page>", "pages", echo)
    app.add_url_rule("/d", "d", echo, defaults={"kind": "x", "n": 3})
    app.url_map.redirect_defaults = True
    seen.visit(app, "/pages/", "/pages/1", "/pages/2", "/pages/1?x=1", "/pages", "/d", "POST /pages/1")


@same_on_both
def test_default_redirects_can_be_switched_off(flask: Any, seen: Seen) -> None:
    app = flask.Flask(__name__)
    app.url_map.redirect_defaults = False
    app.add_url_rule("/pages/", "pages", echo, defaults={"page": 1})
    app.add_url_rule("/pages/<int:page>", "pages", echo)
    seen.visit(app, "/pages/1", "/pages/")


@same_on_both
def test_redirect_to_sends_on_by_text_and_by_function(flask: Any, seen: Seen) -> None:
    app = flask.Flask(__name__)
    app.add_url_rule("/old/<int:n>", "old", echo, redirect_to="new/<int:n>")
    app.add_url_rule("/older/<n>", "older", echo, redirect_to=lambda adapter, n: f"new/{int(n) + 1}")
    app.add_url_rule("/new/<int:n>", "new", echo)
    seen.visit(app, "/old/5", "/older/6", "/new/5", "/old/5?q=1", "POST /old/5")


@same_on_both
def test_an_alias_redirects_to_the_canonical_rule(flask: Any, seen: Seen) -> None:
    app = flask.Flask(__name__)
    app.add_url_rule("/users/", "users", echo, defaults={"page": 1})
    app.add_url_rule("/users/page/<int:page>", "users", echo)
    app.add_url_rule("/users.html", "users", echo, defaults={"page": 1}, alias=True)
    seen.visit(app, "/users.html", "/users/", "/users/page/1", "/users/page/2")


@same_on_both
def test_a_build_only_rule_builds_and_never_matches(flask: Any, seen: Seen) -> None:
    app = flask.Flask(__name__)
    app.add_url_rule("/cdn/<path:p>", "cdn", build_only=True)
    app.add_url_rule("/", "index", lambda: flask.url_for("cdn", p="a/b"))
    seen.visit(app, "/", "/cdn/a/b")


@same_on_both
def test_a_websocket_rule_is_not_matched_by_http(flask: Any, seen: Seen) -> None:
    app = flask.Flask(__name__)
    app.add_url_rule("/ws", "ws", echo, websocket=True)
    app.add_url_rule("/mixed", "mixed-ws", lambda: "ws", websocket=True)
    app.add_url_rule("/mixed", "mixed", lambda: "http")
    seen.visit(app, "/ws", "/mixed")
    seen.get(app, "/ws", headers={"Connection": "Upgrade", "Upgrade": "websocket"})
    seen.get(app, "/mixed", headers={"Connection": "Upgrade", "Upgrade": "websocket"})


@same_on_both
def test_more_exact_rules_win_whatever_their_order(flask: Any, seen: Seen) -> None:
    app = flask.Flask(__name__)
    for position, rule in enumerate(
        (
            "/<path:p>",
            "/<name>",
            "/<int:n>",
            "/fixed",
            "/<name>/x",
            "/<int:n>/x",
            "/<a>-<b>",
            "/<a>.<ext>",
            "/fixed/<path:p>",
        )
    ):
        app.add_url_rule(rule, f"r{position}", lambda _n=position, **values: f"{_n} {sorted(values.items())}")
    seen.visit(app, "/fixed", "/5", "/a", "/a-b", "/a-b-c", "/a.txt", "/a/x", "/5/x", "/fixed/x", "/a/b/c", "/a/y", "/")


@same_on_both
def test_the_first_of_two_equal_rules_wins(flask: Any, seen: Seen) -> None:
    app = flask.Flask(__name__)
    app.add_url_rule("/x", "first", lambda: "first")
    app.add_url_rule("/x", "second", lambda: "second")
    app.add_url_rule("/<a>", "third", lambda a: "third")
    app.add_url_rule("/<b>", "fourth", lambda b: "fourth")
    seen.visit(app, "/x", "/y")


@same_on_both
def test_paths_arrive_decoded_and_bad_ones_are_kept(flask: Any, seen: Seen) -> None:
    app = flask.Flask(__name__)
    app.add_url_rule(
        "/<name>", "name", lambda name: ascii(name) + ascii(flask.request.path) + ascii(flask.request.full_path)
    )
    app.add_url_rule("/ü/fixed", "umlaut", lambda: "umlaut")
    seen.visit(
        app,
        "/%C3%BC",
        "/%C3%BC/fixed",
        "/ü/fixed",
        "/%FF",
        "/a%20b",
        "/a+b",
        "/a%2Fb",
        "/a%25b",
        "/%00",
        "/a;b=c",
        "/a%3Fb",
    )


@same_on_both
def test_query_strings_arrive_as_sent(flask: Any, seen: Seen) -> None:
    app = flask.Flask(__name__)
    app.add_url_rule(
        "/", "i", lambda: ascii((flask.request.args.to_dict(False), flask.request.query_string, flask.request.url))
    )
    seen.visit(app, "/?a=1&a=2&b", "/?a=%C3%BC&c=%FF", "/?", "/?a+b=c+d", "/?=x&&y=", "/?a=1;b=2", "/?x=%zz")


@same_on_both
def test_subdomains_match_when_switched_on(flask: Any, seen: Seen) -> None:
    app = flask.Flask(__name__, subdomain_matching=True)
    app.config["SERVER_NAME"] = "example.test"
    app.add_url_rule("/", "index", lambda: "main")
    app.add_url_rule("/", "api", lambda: "api", subdomain="api")
    app.add_url_rule("/", "user", lambda user: f"user {user}", subdomain="<user>")
    app.add_url_rule(
        "/go", "go", lambda: flask.url_for("user", user="bob") + flask.url_for("api") + flask.url_for("index")
    )
    for host in ("example.test", "api.example.test", "bob.example.test", "a.b.example.test", "other.test"):
        seen.get(app, "/", base_url=f"http://{host}")
    seen.get(app, "/go", base_url="http://example.test")
    seen.get(app, "/go", base_url="http://api.example.test")


@same_on_both
def test_subdomains_are_ignored_unless_switched_on(flask: Any, seen: Seen) -> None:
    app = flask.Flask(__name__)
    app.config["SERVER_NAME"] = "example.test"
    app.add_url_rule("/", "index", lambda: "main")
    app.add_url_rule("/sub", "sub", lambda: "sub", subdomain="api")
    for host in ("example.test", "api.example.test", "other.test"):
        seen.get(app, "/", base_url=f"http://{host}")
        seen.get(app, "/sub", base_url=f"http://{host}")


@same_on_both
def test_host_matching_selects_rules_by_host(flask: Any, seen: Seen) -> None:
    app = flask.Flask(__name__, host_matching=True, static_host="static.test")
    app.add_url_rule("/", "one", lambda: "one", host="one.test")
    app.add_url_rule("/", "any", lambda name: f"any {name}", host="<name>.test:8080")
    app.add_url_rule("/go", "go", lambda: flask.url_for("any", name="x") + flask.url_for("one"), host="one.test")
    for url in ("http://one.test", "http://two.test", "http://two.test:8080", "http://one.test:80", "https://one.test"):
        seen.get(app, "/", base_url=url)
    seen.get(app, "/go", base_url="http://one.test")
    seen.get(app, "/static/x", base_url="http://static.test")


@same_on_both
def test_a_wrong_static_host_combination_is_refused(flask: Any, seen: Seen) -> None:
    seen.attempt("host without matching", lambda: flask.Flask(__name__, static_host="a.test"))
    seen.attempt("matching without host", lambda: flask.Flask(__name__, host_matching=True))
    seen.attempt("neither", lambda: flask.Flask(__name__, host_matching=True, static_folder=None).name)


@same_on_both
def test_trusted_hosts_refuse_others(flask: Any, seen: Seen) -> None:
    app = flask.Flask(__name__)
    app.config["TRUSTED_HOSTS"] = ["ok.test", ".dom.test"]
    app.add_url_rule("/", "i", lambda: flask.request.host)
    for host in ("ok.test", "a.dom.test", "dom.test", "bad.test", "ok.test:5000"):
        seen.get(app, "/", base_url=f"http://{host}")


@same_on_both
def test_a_malformed_host_header_is_a_bad_request_or_passes_alike(flask: Any, seen: Seen) -> None:
    app = flask.Flask(__name__)
    app.add_url_rule("/", "i", lambda: flask.request.host + flask.request.host_url)
    for host in ("a b.test", "a_b.test", "[::1]", "[::1]:5000", "ü.test", "a.test:x", ""):
        seen.get(app, "/", environ={"HTTP_HOST": host.encode().decode("latin-1")})


@same_on_both
def test_a_script_name_prefixes_urls_and_redirects(flask: Any, seen: Seen) -> None:
    app = flask.Flask(__name__)
    app.add_url_rule(
        "/x/", "x", lambda: flask.url_for("x") + " " + flask.request.root_url + " " + flask.request.script_root
    )
    for path in ("/x", "/x/", "/none"):
        seen.get(app, path, base_url="http://localhost/mount")


@same_on_both
def test_not_found_and_method_errors_say_the_same(flask: Any, seen: Seen) -> None:
    app = flask.Flask(__name__)
    app.add_url_rule("/x", "x", echo, methods=["POST", "DELETE"])
    seen.visit(app, "/", "/x", "HEAD /x", "PUT /x", "HEAD /none", "OPTIONS /none", "FOO /x", "/static/none", "/static/")


@same_on_both
def test_an_absent_path_is_the_root(flask: Any, seen: Seen) -> None:
    app = flask.Flask(__name__)
    app.add_url_rule("/", "i", lambda: ascii((flask.request.path, flask.request.url, flask.request.root_path)))
    seen.get(app, "/", environ={"PATH_INFO": ""})
    seen.get(app, "/", environ={"PATH_INFO": "", "SCRIPT_NAME": "/m"})


@same_on_both
def test_an_endpoint_can_be_named_before_or_after_its_rule(flask: Any, seen: Seen) -> None:
    app = flask.Flask(__name__)
    app.add_url_rule("/late", endpoint="late")
    app.add_url_rule("/never", endpoint="never")

    @app.endpoint("late")
    def anything() -> str:
        return str(flask.request.endpoint)

    seen.visit(app, "/late", "/never")


@same_on_both
def test_registration_mistakes_are_refused_with_the_same_errors(flask: Any, seen: Seen) -> None:
    app = flask.Flask(__name__)

    @app.route("/x")
    def view() -> str:
        return ""

    seen.attempt("same endpoint", lambda: app.add_url_rule("/y", "view", lambda: ""))
    seen.attempt("same endpoint, same view", lambda: app.add_url_rule("/z", "view", view))
    seen.attempt("methods as text", lambda: app.add_url_rule("/m", "m", view, methods="GET"))
    seen.attempt("methods in get()", lambda: app.get("/m", methods=["POST"])(view))
    seen.attempt("no slash", lambda: app.add_url_rule("m", "n", view))
    seen.attempt("unknown converter", lambda: app.add_url_rule("/<nope:x>", "o", view))
    seen.attempt("bad rule", lambda: app.add_url_rule("/<x", "q", view))
    seen.attempt("twice the same variable", lambda: app.add_url_rule("/<x>/<x>", "r", view))
    seen.attempt("unknown option", lambda: app.add_url_rule("/s", "s", view, nonsense=1))
    seen.attempt("no endpoint, no view", lambda: app.add_url_rule("/t"))
    seen.attempt("dotted names are fine on an app", lambda: app.add_url_rule("/u", "a.b", view))
    seen.note("rules", sorted((r.rule, r.endpoint, sorted(r.methods or ())) for r in app.url_map.iter_rules()))


@same_on_both
def test_setup_after_the_first_request_is_refused(flask: Any, seen: Seen) -> None:
    app = flask.Flask(__name__)
    app.add_url_rule("/", "i", lambda: "x")
    seen.get(app)
    seen.attempt("route", lambda: app.add_url_rule("/late", "late", echo))
    seen.attempt("before_request", lambda: app.before_request(echo))
    seen.attempt("after_request", lambda: app.after_request(echo))
    seen.attempt("teardown_request", lambda: app.teardown_request(echo))
    seen.attempt("teardown_appcontext", lambda: app.teardown_appcontext(echo))
    seen.attempt("context_processor", lambda: app.context_processor(dict))
    seen.attempt("errorhandler", lambda: app.register_error_handler(404, echo))
    seen.attempt("template_filter", lambda: app.add_template_filter(str))
    seen.attempt("blueprint", lambda: app.register_blueprint(flask.Blueprint("b", __name__)))
    seen.attempt("url_defaults", lambda: app.url_defaults(echo))
    seen.attempt("endpoint", lambda: app.endpoint("e")(echo))


@same_on_both
def test_the_request_knows_its_rule(flask: Any, seen: Seen) -> None:
    app = flask.Flask(__name__)

    @app.route("/<int:n>", methods=["GET", "POST"])
    def view(n: int) -> str:
        request = flask.request
        assert request.url_rule is not None
        return repr(
            (
                request.url_rule.rule,
                request.endpoint,
                request.view_args,
                request.blueprint,
                request.blueprints,
                request.routing_exception,
            )
        )

    @app.errorhandler(404)
    def missing(error: Exception) -> str:
        request = flask.request
        return repr(
            (
                request.url_rule,
                request.endpoint,
                request.view_args,
                request.blueprint,
                type(request.routing_exception).__name__,
            )
        )

    seen.visit(app, "/5", "/x", "POST /5")

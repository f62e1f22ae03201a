"""Blueprints: prefixes, nesting, names, subdomains, templates, registration mistakes."""

from __future__ import annotations

from typing import Any

from .harness import Seen, same_on_both


def named(flask: Any) -> str:
    """A view that tells where it was found."""
    request = flask.request
    return repr((request.endpoint, request.blueprint, request.blueprints, request.view_args, request.path))


@same_on_both
def test_prefixes_join_as_in_flask(flask: Any, seen: Seen) -> None:
    app = flask.Flask(__name__)
    for position, prefix in enumerate((None, "/a", "/b/", "/<int:n>/c")):
        blueprint = flask.Blueprint(f"b{position}", __name__, url_prefix=prefix)
        blueprint.add_url_rule(f"/x{position}", "x", lambda **v: named(flask))
        blueprint.add_url_rule("" if prefix else "/root", "root", lambda **v: named(flask))
        if prefix:
            blueprint.add_url_rule("/", "slash", lambda **v: named(flask))
        app.register_blueprint(blueprint)
    seen.note("rules", sorted(rule.rule for rule in app.url_map.iter_rules()))
    seen.visit(app, "/x0", "/root", "/a/x1", "/a", "/a/", "/b/x2", "/b", "/b/", "/5/c/x3", "/5/c", "/5/c/", "/z/c/x3")


@same_on_both
def test_registration_options_override_the_blueprints_own(flask: Any, seen: Seen) -> None:
    app = flask.Flask(__name__)
    blueprint = flask.Blueprint("b", __name__, url_prefix="/own", url_defaults={"kind": "own"})
    blueprint.add_url_rule("/x", "x", lambda **v: repr(sorted(v.items())))
    blueprint.add_url_rule("/y", "y", lambda **v: repr(sorted(v.items())), defaults={"kind": "rule"})
    app.register_blueprint(blueprint)
    app.register_blueprint(blueprint, name="again", url_prefix="/again", url_defaults={"kind": "registered"})
    app.register_blueprint(blueprint, name="third", url_prefix="")
    seen.visit(app, "/own/x", "/own/y", "/again/x", "/again/y", "/x", "/y")
    seen.note("names", sorted(app.blueprints))
    seen.note("endpoints", sorted(rule.endpoint for rule in app.url_map.iter_rules()))


@same_on_both
def test_nested_blueprints_join_names_and_prefixes(flask: Any, seen: Seen) -> None:
    app = flask.Flask(__name__)
    grand = flask.Blueprint("grand", __name__)
    parent = flask.Blueprint("parent", __name__, url_prefix="/parent")
    child = flask.Blueprint("child", __name__, url_prefix="/child")

    def links() -> str:
        return " ".join(flask.url_for(name) for name in (".links", "grand.parent.links", "grand.parent.child.links"))

    for blueprint in (grand, parent, child):
        blueprint.add_url_rule("/links", "links", links)
        blueprint.add_url_rule("/where", "where", lambda: named(flask))
    parent.register_blueprint(child)
    parent.register_blueprint(child, name="second", url_prefix="/2nd")
    grand.register_blueprint(parent)
    app.register_blueprint(grand, url_prefix="/g")
    for prefix in ("/g", "/g/parent", "/g/parent/child", "/g/parent/2nd"):
        seen.visit(app, f"{prefix}/links", f"{prefix}/where")


@same_on_both
def test_nested_blueprints_join_subdomains(flask: Any, seen: Seen) -> None:
    app = flask.Flask(__name__, subdomain_matching=True)
    app.config["SERVER_NAME"] = "example.test"
    parent = flask.Blueprint("parent", __name__, subdomain="p")
    child = flask.Blueprint("child", __name__, subdomain="c")
    free = flask.Blueprint("free", __name__)
    for blueprint in (parent, child, free):
        blueprint.add_url_rule(f"/{blueprint.name}", "where", lambda: named(flask))
    parent.register_blueprint(child)
    parent.register_blueprint(free)
    app.register_blueprint(parent)
    for host in ("example.test", "p.example.test", "c.p.example.test", "c.example.test"):
        for path in ("parent", "child", "free"):
            seen.get(app, f"/{path}", base_url=f"http://{host}")


@same_on_both
def test_a_blueprint_can_live_on_a_subdomain_with_a_variable(flask: Any, seen: Seen) -> None:
    app = flask.Flask(__name__, subdomain_matching=True)
    app.config["SERVER_NAME"] = "example.test"
    blueprint = flask.Blueprint("b", __name__, subdomain="<user>")
    blueprint.add_url_rule(
        "/", "i", lambda user: f"{user} {flask.url_for('.i', user='other')} {flask.url_for('.i', user=user)}"
    )
    app.register_blueprint(blueprint)
    for host in ("example.test", "ann.example.test", "a.b.example.test"):
        seen.get(app, "/", base_url=f"http://{host}")


@same_on_both
def test_wrong_names_and_late_changes_are_refused(flask: Any, seen: Seen) -> None:
    app = flask.Flask(__name__)
    blueprint = flask.Blueprint("b", __name__)
    seen.attempt("dotted name", lambda: flask.Blueprint("a.b", __name__))
    seen.attempt("empty name", lambda: flask.Blueprint("", __name__))
    seen.attempt("dotted endpoint", lambda: blueprint.add_url_rule("/", "a.b", lambda: ""))
    seen.attempt(
        "dotted view name", lambda: blueprint.add_url_rule("/", view_func=type("V", (), {"__name__": "a.b"})())
    )
    seen.attempt("onto itself", lambda: blueprint.register_blueprint(blueprint))
    seen.attempt("bad error code", lambda: blueprint.errorhandler(999)(lambda e: "") and None)
    app.register_blueprint(blueprint)
    seen.attempt("twice", lambda: app.register_blueprint(blueprint))
    seen.attempt("same name", lambda: app.register_blueprint(flask.Blueprint("b", __name__)))
    seen.attempt("same name, renamed", lambda: app.register_blueprint(flask.Blueprint("b", __name__), name="c"))
    seen.attempt("dotted new name", lambda: app.register_blueprint(flask.Blueprint("d", __name__), name="x.y"))
    seen.attempt("late route", lambda: blueprint.add_url_rule("/late", "late", lambda: ""))
    seen.attempt("late hook", lambda: blueprint.before_request(lambda: None))
    seen.attempt("late record", lambda: blueprint.record(lambda state: None))
    seen.attempt("late nesting", lambda: blueprint.register_blueprint(flask.Blueprint("e", __name__)))
    seen.note("repr", blueprint)


@same_on_both
def test_recorded_functions_get_the_setup_state(flask: Any, seen: Seen) -> None:
    app = flask.Flask(__name__)
    blueprint = flask.Blueprint("b", __name__, url_prefix="/own", subdomain=None)
    states: list[Any] = []

    def look(state: Any) -> None:
        states.append(
            (state.first_registration, state.url_prefix, state.name, state.name_prefix, state.options, state.subdomain)
        )

    blueprint.record(look)
    blueprint.record_once(lambda state: states.append("once"))
    blueprint.record(lambda state: state.add_url_rule("/rec", "rec", lambda: named(flask)))
    app.register_blueprint(blueprint)
    app.register_blueprint(blueprint, name="two", url_prefix="/two", extra="option")
    seen.note("states", states)
    seen.visit(app, "/own/rec", "/two/rec")


@same_on_both
def test_the_setup_state_can_be_replaced(flask: Any, seen: Seen) -> None:
    class State(flask.blueprints.BlueprintSetupState):
        def add_url_rule(self, rule: str, endpoint: Any = None, view_func: Any = None, **options: Any) -> None:
            super().add_url_rule(f"/state{rule}", endpoint, view_func, **options)

    class Mine(flask.Blueprint):
        def make_setup_state(self, app: Any, options: dict[str, Any], first_registration: bool = False) -> Any:
            return State(self, app, options, first_registration)

        def register(self, app: Any, options: dict[str, Any]) -> None:
            app.extensions["registered"] = dict(options)
            super().register(app, options)

    app = flask.Flask(__name__)
    blueprint = Mine("b", __name__)
    blueprint.add_url_rule("/x", "x", lambda: named(flask))
    app.register_blueprint(blueprint, url_prefix="/p")
    seen.visit(app, "/p/state/x", "/p/x")
    seen.note("options", app.extensions)


@same_on_both
def test_templates_of_the_app_come_before_a_blueprints(flask: Any, seen: Seen) -> None:
    seen.file("templates/both.html", "app")
    seen.file("one/templates/both.html", "one")
    seen.file("one/templates/mine.html", "mine one")
    seen.file("two/pages/mine.html", "mine two")
    seen.file("two/pages/only.html", "only two")
    app = flask.Flask(__name__, root_path=str(seen.folder))
    one = flask.Blueprint("one", __name__, template_folder="templates", root_path=str(seen.folder / "one"))
    two = flask.Blueprint("two", __name__, template_folder="pages", root_path=str(seen.folder / "two"))
    app.register_blueprint(one)
    app.register_blueprint(two)
    app.add_url_rule("/<name>", "t", lambda name: flask.render_template(name))
    seen.visit(app, "/both.html", "/mine.html", "/only.html")
    seen.note("all", sorted(app.jinja_env.list_templates()))


@same_on_both
def test_template_helpers_of_blueprints_are_the_apps(flask: Any, seen: Seen) -> None:
    app = flask.Flask(__name__)
    blueprint = flask.Blueprint("b", __name__)
    blueprint.add_app_template_filter(lambda text: text[::-1], "back")
    blueprint.add_app_template_test(lambda n: n > 5, "big")
    blueprint.add_app_template_global(lambda: "global", "glob")

    @blueprint.app_template_filter()
    def shout(text: str) -> str:
        return text.upper()

    blueprint.context_processor(lambda: {"mine": "bp only"})
    blueprint.app_context_processor(lambda: {"ours": "all"})
    source = "{{ 'abc'|back }} {{ 'abc'|shout }} {{ 7 is big }} {{ glob() }} {{ mine }} {{ ours }}"
    blueprint.add_url_rule("/bp", "v", lambda: flask.render_template_string(source))
    app.add_url_rule("/app", "v", lambda: flask.render_template_string(source))
    app.register_blueprint(blueprint)
    seen.visit(app, "/bp", "/app")


@same_on_both
def test_url_defaults_and_value_preprocessors_stay_in_their_blueprint(flask: Any, seen: Seen) -> None:
    app = flask.Flask(__name__)
    blueprint = flask.Blueprint("b", __name__, url_prefix="/<lang>")

    @blueprint.url_value_preprocessor
    def pull(endpoint: Any, values: dict[str, Any]) -> None:
        flask.g.lang = values.pop("lang")

    blueprint.url_defaults(lambda endpoint, values: values.setdefault("lang", flask.g.get("lang", "none")))
    blueprint.app_url_defaults(lambda endpoint, values: values.setdefault("all", "1"))
    blueprint.add_url_rule("/a", "a", lambda: f"{flask.g.lang} {flask.url_for('.b')} {flask.url_for('home')}")
    blueprint.add_url_rule("/b", "b", lambda: "b")
    app.add_url_rule("/", "home", lambda: flask.url_for("b.a", lang="x") + flask.url_for("b.a"))
    app.register_blueprint(blueprint)
    seen.visit(app, "/de/a", "/en/b", "/")


@same_on_both
def test_method_shortcuts_and_endpoints_work_on_blueprints(flask: Any, seen: Seen) -> None:
    app = flask.Flask(__name__)
    blueprint = flask.Blueprint("b", __name__)
    for name in ("get", "post", "put", "patch", "delete"):
        getattr(blueprint, name)("/m", endpoint=f"m_{name}")(lambda n=name: f"{n} {flask.request.method}")
    blueprint.add_url_rule("/late", endpoint="late")
    blueprint.endpoint("late")(lambda: named(flask))
    app.register_blueprint(blueprint, url_prefix="/b")
    seen.visit(app, *(f"{m} /b/m" for m in "GET POST PUT PATCH DELETE OPTIONS HEAD TRACE".split()), "/b/late")


@same_on_both
def test_one_blueprint_serves_two_apps(flask: Any, seen: Seen) -> None:
    blueprint = flask.Blueprint("b", __name__)
    blueprint.add_url_rule("/", "i", lambda: f"{flask.current_app.config['NAME']} {flask.url_for('.i')}")
    for name, prefix in (("one", "/1"), ("two", "/2")):
        app = flask.Flask(name)
        app.config["NAME"] = name
        app.register_blueprint(blueprint, url_prefix=prefix)
        seen.visit(app, f"{prefix}/", "/")


@same_on_both
def test_an_empty_blueprint_registers_and_warns_of_nothing(flask: Any, seen: Seen) -> None:
    app = flask.Flask(__name__)
    blueprint = flask.Blueprint("b", "no.such.module", root_path=str(seen.folder), cli_group=None)
    app.register_blueprint(blueprint)
    seen.note("blueprints", list(app.iter_blueprints()))
    seen.note(
        "fields",
        (
            blueprint.name,
            blueprint.import_name,
            blueprint.url_prefix,
            blueprint.static_folder,
            blueprint.has_static_folder,
        ),
    )
    seen.attempt("send_static_file", lambda: blueprint.send_static_file("x"))
    seen.visit(app, "/")

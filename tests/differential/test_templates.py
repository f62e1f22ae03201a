"""Templates: context, filters, autoescape, streams, missing files."""

from __future__ import annotations

from typing import Any

from .harness import Seen, same_on_both


def templated(flask: Any, seen: Seen, **files: str) -> Any:
    """Return an app whose template folder holds the given files; `__` in a name stands for the dot."""
    for name, source in files.items():
        seen.file(f"templates/{name.replace('__', '.')}", source)
    app = flask.Flask(__name__, root_path=str(seen.folder))
    app.add_url_rule("/t/<path:name>", "t", lambda name: flask.render_template(name, value="<&>", text="given"))
    return app


@same_on_both
def test_autoescaping_follows_the_files_ending(flask: Any, seen: Seen) -> None:
    files = {f"a__{ending}": "{{ value }}" for ending in ("html", "htm", "xml", "xhtml", "svg", "txt", "HTML", "js")}
    app = templated(flask, seen, noending="{{ value }}", **files)
    app.add_url_rule(
        "/s",
        "s",
        lambda: flask.render_template_string(
            "{{ v }} {{ v|safe }}{% autoescape false %}{{ v }}{% endautoescape %}", v="<&>"
        ),
    )
    seen.visit(app, *(f"/t/{name.replace('__', '.')}" for name in [*files, "noending"]), "/s")
    app.select_jinja_autoescape = lambda filename: False
    seen.visit(app, "/s")


@same_on_both
def test_standard_names_are_in_every_template(flask: Any, seen: Seen) -> None:
    source = (
        "{{ request.path }} {{ session.get('x') }} {{ g.y }} {{ config.NAME }} {{ url_for('t', name='n') }} {{ get_flashed_messages() }}"
        "{% import 'macro.html' as m %}{{ m.show() }}{% from 'macro.html' import show with context %}{{ show() }}"
    )
    macro = "{% macro show() %}[{{ request.path }} {{ g.y }} {{ text }}]{% endmacro %}"
    app = templated(flask, seen, page__html=source, macro__html=macro)
    app.config["NAME"] = "configured"
    app.before_request(lambda: setattr(flask.g, "y", "from g"))
    seen.visit(app, "/t/page.html")
    with app.app_context():
        flask.g.y = "app only"
        seen.attempt(
            "app context", lambda: flask.render_template_string("{{ g.y }} {{ config.NAME }} {{ request is defined }}")
        )
        seen.attempt("request outside", lambda: flask.render_template_string("{{ request.path }}"))


@same_on_both
def test_context_processors_add_and_arguments_win(flask: Any, seen: Seen) -> None:
    app = templated(flask, seen, page__html="{{ text }} {{ extra }} {{ g }} {{ twice('x') }}")
    app.context_processor(lambda: {"text": "processor", "extra": "one", "g": "hidden"})

    @app.context_processor
    def functions() -> dict[str, Any]:
        return {"extra": "two", "twice": lambda text: text * 2}

    seen.visit(app, "/t/page.html")
    with app.app_context():
        seen.attempt("outside a request", lambda: flask.render_template("page.html"))
        context: dict[str, Any] = {"extra": "mine"}
        app.update_template_context(context)
        seen.note("context", sorted(context))
        seen.note("kept", context["extra"])
    app.template_context_processors[None].append(lambda: None)
    seen.visit(app, "/t/page.html")


@same_on_both
def test_filters_tests_and_globals_register_in_every_way(flask: Any, seen: Seen) -> None:
    app = templated(flask, seen)

    @app.template_filter()
    def back(text: str) -> str:
        return text[::-1]

    @app.template_filter("named")
    def other(text: str) -> str:
        return f"<{text}>"

    @app.template_test("big")
    def is_big(number: int) -> bool:
        return number > 5

    @app.template_global()
    def now() -> str:
        return "never"

    app.add_template_filter(str.upper, "up")
    app.add_template_test(lambda v: v == 1, "one")
    app.add_template_global(lambda: "lambda", "lam")
    app.jinja_env.filters["direct"] = lambda v: f"direct {v}"
    app.jinja_env.globals["plain"] = 5
    source = "{{ 'abc'|back }} {{ 'a'|named }} {{ 7 is big }} {{ now() }} {{ 'a'|up }} {{ 1 is one }} {{ lam() }} {{ 'x'|direct }} {{ plain }}"
    app.add_url_rule("/", "i", lambda: flask.render_template_string(source))
    seen.get(app)
    app.jinja_env.globals["plain"] = 6
    seen.get(app)


@same_on_both
def test_tojson_in_a_template_is_safe_and_uses_the_provider(flask: Any, seen: Seen) -> None:
    app = templated(
        flask,
        seen,
        a__html="<script>{{ v|tojson }}</script><p x='{{ v|tojson|forceescape }}'>{{ 'ü'|tojson(indent=1) }}",
    )
    app.add_url_rule("/", "i", lambda: flask.render_template("a.html", v={"b": "</script>&'", "a": [1, None]}))
    seen.get(app)
    app.json.sort_keys = False
    seen.get(app)


@same_on_both
def test_inheritance_includes_and_blocks_render(flask: Any, seen: Seen) -> None:
    app = templated(
        flask,
        seen,
        base__html="<{% block body %}base{% endblock %}>",
        page__html="{% extends 'base.html' %}{% block body %}{{ super() }} {% include 'part.html' %}"
        "{% include 'gone.html' ignore missing %}{% endblock %}",
        part__html="part {{ text }}",
    )
    seen.visit(app, "/t/page.html", "/t/part.html")
    with app.test_request_context():
        template = app.jinja_env.get_template("part.html")
        seen.attempt("an object", lambda: flask.render_template(template, text="object"))
        seen.attempt("a list", lambda: flask.render_template(["gone.html", "part.html"], text="list"))
        seen.attempt("an attribute", lambda: flask.get_template_attribute("page.html", "missing"))


@same_on_both
def test_a_missing_template_is_a_500_or_an_error(flask: Any, seen: Seen) -> None:
    app = templated(
        flask, seen, bad__html="{% if %}", outer__html="{% include 'gone.html' %}", undefined__html="{{ a.b.c }}"
    )
    for testing in (False, True):
        app.testing = testing
        seen.visit(app, "/t/gone.html", "/t/bad.html", "/t/outer.html", "/t/undefined.html", "/t/sub/none.html")
    with app.app_context():
        seen.attempt("none of a list", lambda: flask.render_template(["a.html", "b.html"]))


@same_on_both
def test_explain_template_loading_logs_where_it_looked(flask: Any, seen: Seen) -> None:
    app = templated(flask, seen, a__html="a")
    blueprint = flask.Blueprint("bp", __name__, template_folder="bp_templates", root_path=str(seen.folder))
    blueprint.add_url_rule("/bp/<name>", "t", lambda name: flask.render_template(name))
    seen.file("bp_templates/a.html", "bp")
    seen.file("bp_templates/b.html", "bp")
    app.register_blueprint(blueprint)
    app.config["EXPLAIN_TEMPLATE_LOADING"] = True
    app.logger.setLevel("INFO")
    seen.visit(app, "/t/a.html", "/t/b.html", "/t/gone.html", "/bp/gone.html")


@same_on_both
def test_streamed_templates_keep_their_context(flask: Any, seen: Seen) -> None:
    app = templated(flask, seen, a__html="{% for n in range(3) %}{{ n }} {{ request.path }} {{ text }};{% endfor %}")
    app.add_url_rule("/stream", "s", lambda: flask.stream_template("a.html", text="<s>"))
    app.add_url_rule(
        "/string", "ss", lambda: flask.stream_template_string("{{ request.args.a }} {{ text }}", text="<s>")
    )
    app.add_url_rule(
        "/response", "r", lambda: flask.Response(flask.stream_template("a.html", text="r"), mimetype="text/plain")
    )
    app.add_url_rule("/gone", "g", lambda: flask.stream_template("gone.html"))
    seen.visit(app, "/stream", "/string?a=b", "/response", "/gone")
    got: list[Any] = []

    def rendered(sender: Any, template: Any, context: Any, **extra: Any) -> None:
        got.append((template.name, context.get("text")))

    with flask.template_rendered.connected_to(rendered, app):
        seen.visit(app, "/stream")
    seen.note("signals", got)
    with app.app_context():
        seen.attempt("outside a request", lambda: "".join(flask.stream_template_string("{{ x }}", x="<")))


@same_on_both
def test_jinja_options_and_environment_are_honoured(flask: Any, seen: Seen) -> None:
    class Environment(flask.templating.Environment):
        def join_path(self, template: str, parent: str) -> str:
            return f"joined/{template}"

    class Mine(flask.Flask):
        jinja_options = {
            "trim_blocks": True,
            "variable_start_string": "[[",
            "variable_end_string": "]]",
            "extensions": ["jinja2.ext.do"],
        }
        jinja_environment = Environment

    seen.file("templates/a.html", "{% if true %}\n[[ text ]]{% endif %}{% include 'b.html' %}")
    seen.file("templates/joined/b.html", "joined [[ value ]]")
    app = Mine(__name__, root_path=str(seen.folder))
    app.add_url_rule("/", "i", lambda: flask.render_template("a.html", text="t", value="<"))
    seen.get(app)
    seen.note("environment", (type(app.jinja_env).__name__, app.jinja_env.auto_reload, app.jinja_env.app is app))


@same_on_both
def test_templates_auto_reload_follows_config_and_debug(flask: Any, seen: Seen) -> None:
    for config in (
        {},
        {"TEMPLATES_AUTO_RELOAD": True},
        {"TEMPLATES_AUTO_RELOAD": False, "DEBUG": True},
        {"DEBUG": True},
    ):
        app = flask.Flask(__name__)
        app.config.update(config)
        seen.note(str(config), app.jinja_env.auto_reload)
    app = flask.Flask(__name__)
    app.config["TEMPLATES_AUTO_RELOAD"] = None
    seen.note("before", app.jinja_env.auto_reload)
    app.debug = True
    seen.note("after debug", app.jinja_env.auto_reload)


@same_on_both
def test_a_template_folder_can_be_moved_or_absent(flask: Any, seen: Seen) -> None:
    seen.file("pages/a.html", "from pages")
    seen.file("late/b.html", "from late")
    app = flask.Flask(__name__, root_path=str(seen.folder), template_folder="pages")
    app.add_url_rule("/<name>", "t", lambda name: flask.render_template(name))
    seen.visit(app, "/a.html")
    none = flask.Flask(__name__, root_path=str(seen.folder), template_folder=None)
    none.add_url_rule("/<name>", "t", lambda name: flask.render_template(name))
    seen.visit(none, "/a.html")
    late = flask.Flask(__name__, root_path=str(seen.folder))
    late.template_folder = "late"
    late.add_url_rule("/<name>", "t", lambda name: flask.render_template(name))
    seen.visit(late, "/b.html")


@same_on_both
def test_a_jinja_loader_of_ones_own_is_used(flask: Any, seen: Seen) -> None:
    from jinja2 import DictLoader

    class Mine(flask.Flask):
        def create_global_jinja_loader(self) -> Any:
            return DictLoader({"x.html": "global {{ v }}"})

    class Other(flask.Flask):
        jinja_loader = DictLoader({"x.html": "attribute {{ v }}"})

    for cls in (Mine, Other):
        app = cls(__name__)
        app.add_url_rule("/", "i", lambda: flask.render_template("x.html", v="<"))
        seen.get(app)
    app = flask.Flask(__name__)
    app.jinja_loader = DictLoader({"x.html": "instance {{ v }}"})
    app.add_url_rule("/", "i", lambda: flask.render_template("x.html", v="<"))
    seen.get(app)


@same_on_both
def test_a_patched_render_function_is_called(flask: Any, seen: Seen) -> None:
    app = templated(flask, seen, a__html="a {{ text }}")
    calls: list[Any] = []
    original = flask.templating._render

    def render(app: Any, template: Any, context: dict[str, Any]) -> str:
        calls.append((template.name, context.get("text")))
        return f"patched {original(app, template, context)}"

    flask.templating._render = render
    try:
        seen.visit(app, "/t/a.html")
    finally:
        flask.templating._render = original
    seen.visit(app, "/t/a.html")
    seen.note("calls", calls)

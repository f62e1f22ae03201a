"""Templates are found, rendered, streamed and explained as on Flask; one not found tells where it was sought."""

from __future__ import annotations

import sys

import jinja2
import jinja2.sandbox
import pytest
from jinja2 import DictLoader

from .side_by_side import EWER, both


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "app").mkdir()
    (tmp_path / "blueprint").mkdir()
    (tmp_path / "app" / "hello.html").write_text("Hello {{ name }} {{ request.path }} {{ g.x }} {{ session.y }}")
    (tmp_path / "app" / "broken.html").write_text("{% if %}")
    (tmp_path / "app" / "both.html").write_text("app")
    (tmp_path / "blueprint" / "both.html").write_text("blueprint")
    (tmp_path / "blueprint" / "only.html").write_text("{% include ['no.html', 'both.html'] %}{{ config.X }}")
    return tmp_path


def shop(fw, folder, **config):
    app = fw.make_app(template_folder=folder / "app")
    app.config.update(X="from config", **config)
    blueprint = fw.blueprints.Blueprint("cart", "cart", template_folder=folder / "blueprint", root_path=str(folder))
    app.register_blueprint(blueprint)
    app.register_blueprint(fw.blueprints.Blueprint("bare", "bare", root_path=str(folder)))
    return app


@pytest.mark.parametrize("function", ["render_template", "stream_template"])
@pytest.mark.parametrize(
    "name",
    ["hello.html", "both.html", "only.html", ["no.html", "both.html"], "no.html", ["no.html"], [], "broken.html"],
)
@pytest.mark.parametrize("explain", [False, True])
def test_a_template_is_found_and_rendered_as_on_flask(folder, function, name, explain):
    def scenario(fw):
        app = shop(fw, folder, EXPLAIN_TEMPLATE_LOADING=explain)
        with app.test_request_context("/path"):
            fw.globals.g.x = 1
            fw.globals.session["y"] = 2
            try:
                return "".join(getattr(fw.templating, function)(name, name="you"))
            except jinja2.TemplateError as error:
                text = str(error).split("\nSearched:")[0]
                return type(error), text, getattr(error, "name", None), getattr(error, "templates", None)

    both(scenario)


@pytest.mark.parametrize("function", ["render_template_string", "stream_template_string"])
def test_a_template_given_as_text_is_rendered_with_and_without_a_request(folder, function):
    def scenario(fw):
        app = shop(fw, folder)
        render = getattr(fw.templating, function)
        with app.app_context():
            outside = "".join(render("{{ x }} {{ request is defined }} {{ g is defined }}{{ '<' }}", x="<"))
        with app.test_request_context("/p"):
            inside = "".join(render("{{ request.path }} {{ url_for is defined }} {{ get_flashed_messages() }}"))
        return outside, inside

    both(scenario)


def test_both_signals_come_around_the_rendering_and_may_change_the_context(folder):
    def scenario(fw):
        app, log = shop(fw, folder), []

        def before(sender, template, context):
            log.append(("before", sender is app, template.name, sorted(context)))
            context["name"] = "changed"

        def after(sender, template, context):
            log.append(("after", template.name, context["name"]))

        signals = fw.signals
        with signals.before_render_template.connected_to(before), signals.template_rendered.connected_to(after):
            with app.test_request_context():
                log.append(fw.templating.render_template("hello.html", name="you"))
                stream = fw.templating.stream_template("hello.html", name="you")
                log.append("made")
                log.append("".join(stream))
        return log

    both(scenario)


def test_a_render_function_put_in_place_of_the_modules_own_is_called(folder, monkeypatch):
    def scenario(fw):
        app = shop(fw, folder)
        original = fw.templating._render
        monkeypatch.setattr(
            fw.templating, "_render", lambda *args: (len(args), args[0] is app, args[1].name, original(*args))
        )
        with app.test_request_context():
            return fw.templating.render_template("both.html"), fw.templating.render_template_string("x")[:2]

    both(scenario)


def test_a_context_processor_and_the_default_one_fill_the_context(folder):
    def scenario(fw):
        app = shop(fw, folder)
        app.context_processor(lambda: {"extra": 1, "name": "processor"})
        default = app.template_context_processors[None][0]
        assert default is fw.templating._default_template_ctx_processor
        with app.app_context():
            outside = sorted(default())
        with app.test_request_context():
            inside = default()
            same = inside["request"] is fw.globals.request._get_current_object()
            rendered = fw.templating.render_template_string("{{ extra }} {{ name }}", name="view")
        return outside, sorted(inside), same, sorted(default()), rendered

    both(scenario)


def test_all_templates_are_listed_once(folder):
    def scenario(fw):
        app = shop(fw, folder)
        with app.app_context():
            return sorted(app.jinja_env.list_templates()), app.jinja_env.autoescape("a.html")

    both(scenario)


def test_an_environment_may_be_made_with_a_loader_of_its_own():
    def scenario(fw):
        app = fw.make_app()
        environment = fw.templating.Environment(app, loader=DictLoader({"a": "A"}))
        assert environment.app is app
        return environment.get_template("a").render()

    assert both(scenario) == "A"


def told(error):
    return "\n".join([str(error), *getattr(error, "__notes__", [])])


@pytest.mark.parametrize("name", ["no.html", ["no.html", "neither.html"]])
def test_a_template_not_found_tells_every_place_that_was_searched(folder, name):
    app = shop(EWER, folder)
    with app.app_context(), pytest.raises(jinja2.TemplateNotFound) as caught:
        EWER.templating.render_template(name)
    text = told(caught.value)
    assert f"{folder / 'app'} (application 'shop')" in text
    assert f"{folder / 'blueprint'} (blueprint 'cart')" in text
    assert text.count("Searched:") == 1
    if sys.version_info >= (3, 11) and name == "no.html":
        assert str(caught.value) == "no.html"


def test_without_any_template_folder_the_error_says_so():
    app = EWER.make_app(template_folder=None)
    with app.app_context(), pytest.raises(jinja2.TemplateNotFound) as caught:
        EWER.templating.render_template("no.html")
    assert "There is no template folder" in told(caught.value)


def test_the_search_is_explained_in_the_log_on_demand(folder, caplog):
    def scenario(fw):
        caplog.clear()
        app = shop(fw, folder, EXPLAIN_TEMPLATE_LOADING=True)
        app.debug = True

        def look(name):
            try:
                app.jinja_env.cache.clear()
                return fw.templating.render_template(name)
            except jinja2.TemplateNotFound:
                return None

        blueprint = fw.blueprints.Blueprint("inner", "inner", root_path=str(folder))
        blueprint.add_url_rule("/look/<name>", "look", lambda name: look(name) or "none")
        app.register_blueprint(blueprint)
        client = app.test_client()
        for name in ("both.html", "hello.html", "no.html"):
            client.get(f"/look/{name}")
        with app.app_context():
            look("no.html")
        return [record.getMessage().replace("flask.", "ewer.") for record in caplog.records]

    assert len(both(scenario)) == 4


class Looked:
    """Has an attribute, items, and a property that fails."""

    here = "attribute"

    @property
    def failing(self):
        raise AttributeError("inside")

    def __getitem__(self, name):
        return {"here": "item", "failing": "item after all", "only": "item"}[name]


class LikeADict(dict):
    also = "attribute of the class"

    def __missing__(self, name):
        return f"made for {name}"


@pytest.mark.parametrize(
    "expression",
    [
        "it.title",
        "it.items",
        "it.items()|list",
        "it.missing",
        "it.missing is defined",
        "it.missing.more",
        "it['items']",
        "it.keys is callable",
        "it.__class__",
        "it|attr('title') is defined",
        "it.nothing is none",
        "like.a",
        "like.also",
        "like.b",
        "looked.here",
        "looked.failing",
        "looked.only",
        "looked.neither",
        "text.upper()",
        "text.title is callable",
        "none.anything",
        "numbers.append is callable",
        "numbers.first",
        "items|map(attribute='title')|list",
        "items|sum(attribute='price')",
        "items|groupby('title')|list",
    ],
)
@pytest.mark.parametrize("undefined", [jinja2.Undefined, jinja2.StrictUndefined, jinja2.ChainableUndefined])
def test_a_dot_in_a_template_means_what_jinja_says(expression, undefined):
    values = {
        "it": {"title": "Emma", "items": "an item", "nothing": None, 1: 2},
        "like": LikeADict(a=1),
        "looked": Looked(),
        "text": "text",
        "none": None,
        "numbers": [1, 2],
        "items": [{"title": "b", "price": 2}, {"title": "a", "price": 1}],
    }

    def rendered(environment):
        environment.undefined = undefined
        try:
            return environment.from_string("{{ " + expression + " }}").render(values)
        except Exception as error:
            return type(error), str(error)

    found = rendered(EWER.make_app().jinja_env)
    assert found == rendered(jinja2.Environment(autoescape=True)) or "built-in method" in found


def test_a_property_that_fails_runs_once():
    class Counting:
        looks = 0

        @property
        def failing(self):
            self.looks += 1
            raise AttributeError("inside")

    it = Counting()
    assert EWER.make_app().jinja_env.from_string("{{ it.failing }}").render(it=it) == ""
    assert it.looks == 1


@pytest.mark.parametrize("sandbox_comes", ["first", "last"])
def test_beside_a_sandbox_among_the_bases_the_sandbox_decides(sandbox_comes):
    sandbox = jinja2.sandbox.SandboxedEnvironment
    environment = EWER.templating.Environment
    bases = (sandbox, environment) if sandbox_comes == "first" else (environment, sandbox)
    app = EWER.make_app()
    made = type("Guarded", bases, {})(app, loader=DictLoader({}))

    text = "{{ it.title }} {{ it.__class__ is defined }} {{ it.keys.__self__ is defined }}"
    assert made.from_string(text).render(it={"title": "Emma"}) == "Emma False False"


def test_a_subclass_with_a_dot_of_its_own_is_asked():
    class Mine(EWER.templating.Environment):
        def getattr(self, obj, attribute):
            return f"mine: {attribute}"

    class Further(Mine):
        pass

    for cls in (Mine, Further):
        assert cls(EWER.make_app()).from_string("{{ it.title }}").render(it={"title": 1}) == "mine: title"

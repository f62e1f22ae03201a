"""The command line runner and the features of the test client."""

from __future__ import annotations

from typing import Any

import click

from .harness import Seen, same_on_both


def outcome(result: Any) -> tuple[Any, ...]:
    """Return what a command did, as plain values."""
    return result.exit_code, result.output, repr(result.exception)


@same_on_both(by="client")
def test_commands_run_with_an_app_context(flask: Any, seen: Seen) -> None:
    app = flask.Flask("shop")
    app.config["NAME"] = "configured"

    @app.cli.command()
    @click.argument("who")
    @click.option("--loud", is_flag=True)
    def greet(who: str, loud: bool) -> None:
        """Greet somebody."""
        click.echo(f"hello {who}{'!' if loud else ''} {flask.current_app.config['NAME']} {flask.has_app_context()}")

    @app.cli.command("bare", with_appcontext=False)
    def bare() -> None:
        click.echo(str(flask.has_app_context()))

    @app.cli.group("tools")
    def tools() -> None:
        """Some tools."""

    @tools.command("one")
    def one() -> None:
        click.echo(flask.current_app.name)

    @click.command()
    @flask.cli.with_appcontext
    def decorated() -> None:
        click.echo(flask.current_app.name)

    @click.command()
    @flask.cli.pass_script_info
    def info(info: Any) -> None:
        click.echo(f"{type(info).__name__} {info.load_app().name}")

    app.cli.add_command(decorated)
    app.cli.add_command(info)
    runner = app.test_cli_runner()
    for args in (
        ["greet", "bob", "--loud"],
        ["greet"],
        ["greet", "--help"],
        ["bare"],
        ["tools", "one"],
        ["tools"],
        ["decorated"],
        ["info"],
        ["none"],
    ):
        seen.note(str(args), outcome(runner.invoke(args=args)))
    seen.note("direct", outcome(runner.invoke(greet, ["direct"])))


@same_on_both(by="client")
def test_blueprint_commands_are_grouped_as_told(flask: Any, seen: Seen) -> None:
    app = flask.Flask("shop")
    for name, options in (("own", {}), ("flat", {"cli_group": None}), ("renamed", {"cli_group": "other"})):
        blueprint = flask.Blueprint(name, __name__, **options)
        blueprint.cli.command(f"do-{name}")(lambda n=name: click.echo(f"did {n} {flask.current_app.name}"))
        app.register_blueprint(blueprint)
    late = flask.Blueprint("late", __name__)
    late.cli.command("do-late")(lambda: click.echo("late"))
    app.register_blueprint(late, cli_group="given")
    runner = app.test_cli_runner()
    for args in (["own", "do-own"], ["do-flat"], ["other", "do-renamed"], ["given", "do-late"], ["do-own"]):
        seen.note(str(args), outcome(runner.invoke(args=args)))


@same_on_both(by="client")
def test_routes_lists_the_rules(flask: Any, seen: Seen) -> None:
    app = flask.Flask("shop", static_folder=None)
    app.add_url_rule("/", "index", lambda: "")
    app.add_url_rule("/b/<int:n>", "b", lambda n: "", methods=["GET", "POST"])
    app.add_url_rule("/a", "z", lambda: "", methods=["DELETE"])
    runner = app.test_cli_runner()
    for args in (
        [],
        ["--sort", "rule"],
        ["--sort", "methods"],
        ["--sort", "match"],
        ["-s", "endpoint", "--all-methods"],
    ):
        seen.note(str(args), outcome(runner.invoke(args=["routes", *args])))
    empty = flask.Flask("empty", static_folder=None)
    seen.note("empty", outcome(empty.test_cli_runner().invoke(args=["routes"])))
    hosts = flask.Flask("hosts", host_matching=True, static_folder=None)
    hosts.add_url_rule("/", "index", lambda: "", host="a.test")
    seen.note("hosts", outcome(hosts.test_cli_runner().invoke(args=["routes"])))


@same_on_both(by="client")
def test_a_factory_and_a_flask_group_load_the_app(flask: Any, seen: Seen) -> None:
    from click.testing import CliRunner

    def create() -> Any:
        app = flask.Flask("made")
        app.cli.command("hello")(lambda: click.echo(f"hello {flask.current_app.name}"))
        return app

    group = flask.cli.FlaskGroup(create_app=create, load_dotenv=False, set_debug_flag=False)
    result = CliRunner().invoke(group, ["hello"])
    seen.note("group", (result.exit_code, result.output))
    info = flask.cli.ScriptInfo(create_app=create)
    seen.note("info", (info.load_app().name, info.load_app() is info.load_app()))
    seen.attempt("nothing to load", lambda: flask.cli.ScriptInfo().load_app())


@same_on_both(by="client")
def test_the_shell_context_holds_what_processors_add(flask: Any, seen: Seen) -> None:
    app = flask.Flask(__name__)
    app.shell_context_processor(lambda: {"extra": 5})
    with app.app_context():
        context = app.make_shell_context()
        seen.note("context", sorted(context))
        seen.note("app", (context["app"] is app, context["extra"]))


@same_on_both(by="client")
def test_apps_are_found_in_modules_alike(flask: Any, seen: Seen) -> None:
    from types import SimpleNamespace as Module

    app, other = flask.Flask("app"), flask.Flask("other")

    def needs_argument(name: str) -> Any:
        return flask.Flask(name)

    def broken() -> Any:
        raise TypeError("inside")

    modules = {
        "app": Module(app=app, x=other),
        "application": Module(application=app, x=other),
        "single": Module(anything=app),
        "two": Module(one=app, two=other),
        "factory": Module(create_app=lambda: app),
        "make": Module(make_app=lambda: app),
        "needs": Module(create_app=needs_argument),
        "broken": Module(create_app=broken),
        "none": Module(),
        "not an app": Module(app=5, create_app=lambda: 5),
    }
    for name, module in modules.items():
        module.__name__ = f"module_{name}"
        seen.attempt(name, lambda m=module: flask.cli.find_best_app(m).name)
    module = Module(app=app, create=needs_argument, value=5, broken=broken, __name__="named")
    for text in (
        "app",
        "create('x')",
        "create(name='y')",
        "create()",
        "create",
        "gone",
        "value",
        "app.x",
        "create(",
        "create(z)",
        "broken()",
        "1",
    ):
        seen.attempt(text, lambda t=text: flask.cli.find_app_by_string(module, t).name)


@same_on_both(by="client")
def test_the_client_follows_redirects_and_keeps_cookies(flask: Any, seen: Seen) -> None:
    app = flask.Flask(__name__)
    app.secret_key = "k"
    app.add_url_rule("/a", "a", lambda: flask.session.__setitem__("x", 1) or flask.redirect("/b"))
    app.add_url_rule("/b", "b", lambda: f"b {flask.session.get('x')}")
    client = app.test_client()
    response = client.get("/a", follow_redirects=True)
    seen.note(
        "followed", (response.status, response.text, [r.status_code for r in response.history], response.request.path)
    )
    seen.note("cookie", client.get_cookie("session") is not None)
    client.delete_cookie("session")
    client.set_cookie("other", "v")
    seen.note("after", (client.get("/b").text, client.get_cookie("other").value))
    seen.note("no cookies", app.test_client(use_cookies=False).get("/a", follow_redirects=True).text)


@same_on_both(by="client")
def test_a_client_block_keeps_the_context(flask: Any, seen: Seen) -> None:
    app = flask.Flask(__name__)
    app.secret_key = "k"
    torn: list[str] = []
    app.teardown_request(lambda e: torn.append(flask.request.path))

    @app.route("/<x>")
    def view(x: str) -> str:
        flask.g.x = x
        flask.session["x"] = x
        return x

    client = app.test_client()
    with client:
        client.get("/one?a=b")
        seen.note("kept", (flask.request.path, flask.request.args["a"], flask.g.x, flask.session["x"], torn))
        client.get("/two")
        seen.note("kept", (flask.request.path, flask.g.x, torn))
        client.get("/none/at/all")
        seen.note("kept", (flask.request.path, repr(flask.request.routing_exception), torn))
    seen.note("after", (flask.has_request_context(), torn))
    with client:
        seen.attempt("nested", lambda: client.__enter__())
    app.testing = True
    with client:
        seen.attempt("error", lambda: client.get("/"))


@same_on_both(by="client")
def test_a_session_transaction_reads_and_writes_the_cookie(flask: Any, seen: Seen) -> None:
    app = flask.Flask(__name__)
    app.secret_key = "k"
    app.add_url_rule("/", "i", lambda: repr(sorted(flask.session.items())))
    client = app.test_client()
    with client.session_transaction() as session:
        session["x"] = 1
        seen.note("in transaction", (flask.has_request_context(), type(session).__name__))
    seen.note("seen", client.get("/").text)
    with client.session_transaction("/", method="POST") as session:
        seen.note("has", dict(session))
        session.clear()
    seen.note("cleared", client.get("/").text)

    def transact(target: Any) -> None:
        with target.session_transaction() as session:
            session["x"] = 1

    seen.attempt("without cookies", lambda: transact(app.test_client(use_cookies=False)))
    keyless = flask.Flask(__name__)
    seen.attempt("without key", lambda: transact(keyless.test_client()))


@same_on_both(by="client")
def test_client_arguments_build_the_same_requests(flask: Any, seen: Seen) -> None:
    app = flask.Flask(__name__)
    app.add_url_rule(
        "/",
        "i",
        lambda: repr(
            (flask.request.url, flask.request.get_data(), flask.request.mimetype, flask.request.get_json(silent=True))
        ),
        methods=["GET", "POST"],
    )
    app.add_url_rule(
        "/env",
        "env",
        lambda: repr((flask.request.remote_addr, str(flask.request.user_agent), flask.request.environ.get("X"))),
    )
    client = app.test_client()
    seen.note("json", client.post("/", json={"b": 1, "a": [2]}).text)
    seen.note("query", client.get("/", query_string={"a": "b c"}).text)
    seen.note("base", client.get("/", base_url="https://h.test/").text)
    seen.note("scheme", client.get("/", url_scheme="https").text)
    seen.note("full url", client.get("http://full.test/").text)
    seen.note("headers", client.get("/env", environ_overrides={"X": "y"}).text)
    client.environ_base["REMOTE_ADDR"] = "9.8.7.6"
    seen.note("base environ", client.get("/env").text)
    seen.note("json reply", app.test_client().get("/").json)
    app.config.update(SERVER_NAME="s.test", APPLICATION_ROOT="/root", PREFERRED_URL_SCHEME="https")
    seen.note("configured", client.get("/").text)
    with app.test_request_context("/", subdomain="sub") as context:
        seen.note("subdomain", context.request.url)
    seen.attempt("both", lambda: app.test_request_context("/", subdomain="a", base_url="http://x"))
    with app.test_request_context("/p?a=b", data={"x": "y"}, method="POST") as context:
        seen.note("data", (context.request.form.to_dict(), context.request.full_path))
    builder = flask.testing.EnvironBuilder(app, "/x", json={"d": 1})
    seen.note("builder", (builder.get_environ()["CONTENT_TYPE"], builder.json_dumps({"b": 1, "a": 2})))


@same_on_both(by="client")
def test_client_and_runner_classes_may_be_replaced(flask: Any, seen: Seen) -> None:
    class Client(flask.testing.FlaskClient):
        def __init__(self, *args: Any, token: str = "none", **kwargs: Any) -> None:
            super().__init__(*args, **kwargs)
            self.token = token

        def open(self, *args: Any, **kwargs: Any) -> Any:
            kwargs.setdefault("headers", {})["X-Token"] = self.token
            return super().open(*args, **kwargs)

    class Runner(flask.testing.FlaskCliRunner):
        def invoke(self, *args: Any, **kwargs: Any) -> Any:
            return f"own {kwargs}"

    app = flask.Flask(__name__)
    app.test_client_class = Client
    app.test_cli_runner_class = Runner
    app.add_url_rule("/", "i", lambda: flask.request.headers["X-Token"])
    seen.note("client", app.test_client(token="t").get("/").text)
    seen.note("runner", app.test_cli_runner().invoke(args=["x"]))


@same_on_both(by="client")
def test_streams_reach_the_client_piece_by_piece(flask: Any, seen: Seen) -> None:
    app = flask.Flask(__name__)
    trail: list[str] = []

    def parts() -> Any:
        for n in range(3):
            trail.append(f"made {n}")
            yield f"{n}"

    app.add_url_rule("/", "i", lambda: flask.stream_with_context(parts()))
    app.teardown_request(lambda e: trail.append("teardown"))
    response = app.test_client().get("/", buffered=False)
    for piece in response.response:
        trail.append(f"got {piece!r}")
    response.close()
    seen.note("trail", trail)
    aborted = app.test_client().get("/", buffered=False)
    next(iter(aborted.response))
    aborted.close()
    seen.note("trail", trail)

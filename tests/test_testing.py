"""The test client and the command line runner do on Ewer what they do on Flask."""

from __future__ import annotations

import click
import pytest
from werkzeug.test import EnvironBuilder
from werkzeug.wrappers import Request

from .side_by_side import both, outcome


def echo_app(fw, **config):
    app = fw.make_app()
    app.config.update(config)

    @app.route("/", methods=["GET", "POST"])
    @app.route("/<path:rest>", methods=["GET", "POST"])
    def echo(rest=""):
        request = fw.globals.request
        return {
            "url": request.url, "method": request.method, "json": request.get_json(silent=True), "path": request.path,
            "root": request.root_path, "agent": request.user_agent.string, "addr": request.remote_addr,
            "form": request.form, "session": dict(fw.globals.session), "own": request.environ.get("own.key"),
        }  # fmt: skip

    @app.route("/redirect")
    def redirect():
        fw.globals.g.where = "redirect"
        return fw.helpers.redirect("/target")

    @app.route("/set/<value>")
    def store(value):
        fw.globals.session["value"] = value
        return "set"

    return app


SETTINGS = [
    {},
    {"SERVER_NAME": "example.com:8000"},
    {"APPLICATION_ROOT": "/shop"},
    {"PREFERRED_URL_SCHEME": "https", "SERVER_NAME": "example.com", "APPLICATION_ROOT": "/a/b/"},
]
REQUESTS = [
    (("/",), {}),
    (("/a?b=c&d",), {}),
    (("/a",), {"query_string": {"x": "y"}}),
    (("http://other.org/x?y=1",), {}),
    (("",), {}),
    (("/a",), {"subdomain": "sub"}),
    (("/a",), {"url_scheme": "wss"}),
    (("/a",), {"base_url": "https://base.org/root"}),
    (("/a",), {"base_url": "https://base.org/root", "subdomain": "sub"}),
    (("/a",), {"base_url": "", "url_scheme": "https"}),
    (("/a",), {"base_url": ""}),
    (("/",), {"json": {"b": 1, "a": "ü"}, "method": "POST"}),
    (("/",), {"data": {"a": "1"}, "method": "POST"}),
]


@pytest.mark.parametrize("config", SETTINGS, ids=str)
@pytest.mark.parametrize(("args", "kwargs"), REQUESTS, ids=str)
def test_an_environ_is_built_from_the_apps_settings(config, args, kwargs):
    def scenario(fw):
        builder = fw.testing.EnvironBuilder(echo_app(fw, **config), *args, **kwargs)
        environ = builder.get_environ()
        body = environ["wsgi.input"].read()
        names = ("wsgi.url_scheme", "CONTENT_TYPE")
        kept = {name: value for name, value in environ.items() if name.isupper() or name in names}
        builder.close()
        return kept, body

    both(scenario)


@pytest.mark.parametrize(("args", "kwargs"), REQUESTS, ids=str)
def test_a_request_by_path_arrives(args, kwargs):
    both(lambda fw: echo_app(fw).test_client().open(*args, **kwargs).json)


@pytest.mark.parametrize("kind", ["builder", "environ", "request", "own builder"])
def test_a_request_may_be_a_builder_an_environ_or_a_request(kind):
    def scenario(fw):
        app = echo_app(fw)
        client = app.test_client()
        client.environ_base["own.key"] = "own"
        client.environ_base["REMOTE_ADDR"] = "10.0.0.1"
        builder = EnvironBuilder("/a", method="POST", json={"x": 1}, headers={"User-Agent": "Mine"})
        source = {
            "builder": lambda: builder,
            "environ": builder.get_environ,
            "request": lambda: Request(builder.get_environ()),
            "own builder": lambda: fw.testing.EnvironBuilder(app, "/a"),
        }[kind]()
        return client.open(source).json, client.open(source).status

    both(scenario)


def test_the_contexts_of_the_last_request_are_kept_in_a_with_block():
    def scenario(fw):
        app, log = echo_app(fw), []
        app.teardown_request(lambda error: log.append("torn down"))
        with app.test_client() as client:
            client.get("/a")
            log.append(fw.globals.request.path)
            client.get("/redirect", follow_redirects=True)
            log.append((fw.globals.request.path, fw.globals.g.get("where")))
            log.append(outcome(client.__enter__))
        log.append(fw.ctx.has_request_context())
        client.get("/a")
        log.append(fw.ctx.has_request_context())
        return log

    both(scenario)


def test_an_error_leaves_no_context_after_the_block():
    def scenario(fw):
        app = echo_app(fw)
        app.testing = True
        app.add_url_rule("/fail", "fail", lambda: 1 / 0)
        found = []
        with app.test_client() as client:
            found.append(outcome(client.get, "/fail"))
            found.append(fw.ctx.has_request_context())
        return found, fw.ctx.has_request_context(), fw.ctx.has_app_context()

    both(scenario)


def test_a_session_transaction_changes_the_session_of_the_client():
    def scenario(fw):
        client = echo_app(fw).test_client()
        with client.session_transaction() as session:
            session["a"] = [1]
        with client.session_transaction("/x", base_url="http://localhost") as session:
            before = dict(session)
            session["b"] = (1, 2)
        client.get("/set/1")
        with client.session_transaction() as session:
            return before, dict(session), client.get("/").json["session"], type(session).__name__

    both(scenario)


def test_a_session_transaction_needs_cookies_and_a_session():
    def scenario(fw):
        app = echo_app(fw)

        def enter(client):
            with client.session_transaction():
                raise AssertionError("never")

        without_cookies = outcome(enter, app.test_client(use_cookies=False))
        app.secret_key = None
        return without_cookies, outcome(enter, app.test_client())

    both(scenario)


def test_an_error_in_a_session_transaction_saves_nothing():
    def scenario(fw):
        client = echo_app(fw).test_client()

        def fail():
            with client.session_transaction() as session:
                session["a"] = 1
                raise ValueError("stop")

        return outcome(fail), client.get("/").json["session"]

    both(scenario)


def test_the_response_reads_json_with_the_apps_provider():
    def scenario(fw):
        app = echo_app(fw)
        app.json.loads = lambda text, **kwargs: "read by the provider"
        return app.test_client().get("/").json

    assert both(scenario) == "read by the provider"


def test_a_command_is_run_with_the_app_loaded():
    def scenario(fw):
        app = fw.make_app()

        @app.cli.command("hello")
        @click.argument("name", default="World")
        def hello(name):
            click.echo(f"Hello {name} from {fw.globals.current_app.name}")

        @click.command()
        @click.pass_context
        def alone(context):
            click.echo(type(context.obj).__name__)

        runner = app.test_cli_runner()
        own = runner.invoke(alone, obj="own")
        results = [runner.invoke(args=["hello"]), runner.invoke(args=["hello", "x"]), runner.invoke(alone), own]
        results.append(runner.invoke(cli=hello, args=["y"]))
        return [(result.output, result.exit_code) for result in results]

    both(scenario)


def test_the_clients_user_agent_names_werkzeug():
    def scenario(fw):
        return fw.testing._get_werkzeug_version(), echo_app(fw).test_client().get("/").json["agent"]

    both(scenario)

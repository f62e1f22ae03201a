"""Configuration loaders, application attributes and logging."""

from __future__ import annotations

import io
import json
import logging
import os
from typing import Any

from .harness import Seen, same_on_both


@same_on_both(by="client")
def test_every_default_is_flasks(flask: Any, seen: Seen) -> None:
    app = flask.Flask(__name__)
    seen.note("config", sorted(app.config.items()))
    seen.note("class default", sorted(flask.Flask.default_config.items()))
    names = (
        "name import_name debug testing secret_key static_url_path static_folder template_folder has_static_folder import_name "
        "permanent_session_lifetime use_x_sendfile subdomain_matching extensions blueprints jinja_options url_build_error_handlers "
        "teardown_appcontext_funcs shell_context_processors session_cookie_name got_first_request"
    ).split()
    for name in names:
        seen.attempt(name, lambda n=name: getattr(app, n))
    seen.note(
        "types",
        [
            type(getattr(app, n)).__name__
            for n in ("config", "json", "url_map", "aborter", "cli", "logger", "session_interface")
        ],
    )
    seen.note(
        "classes",
        sorted(
            (n, getattr(flask.Flask, n).__name__)
            for n in dir(flask.Flask)
            if n.endswith("_class") and getattr(flask.Flask, n)
        ),
    )
    seen.note("repr", (app, app.config))
    seen.note(
        "tables",
        [
            (isinstance(table, dict), table == {}, dict(table))
            for table in (app.before_request_funcs, app.after_request_funcs)
        ],
    )


@same_on_both(by="client")
def test_app_attributes_mirror_the_config(flask: Any, seen: Seen) -> None:
    app = flask.Flask(__name__)
    app.secret_key = "s"
    app.testing = True
    app.debug = True
    app.use_x_sendfile = True
    app.permanent_session_lifetime = 60
    app.config["SEND_FILE_MAX_AGE_DEFAULT"] = 5
    seen.note(
        "config", [app.config[k] for k in "SECRET_KEY TESTING DEBUG USE_X_SENDFILE PERMANENT_SESSION_LIFETIME".split()]
    )
    seen.note("lifetime", app.permanent_session_lifetime)
    app.config.update(SECRET_KEY="t", TESTING=False, DEBUG=False)
    seen.note("attributes", (app.secret_key, app.testing, app.debug))
    app.config["DEBUG"] = True
    seen.note("jinja follows debug", app.jinja_env.auto_reload)
    app.debug = False
    seen.note("jinja follows debug", app.jinja_env.auto_reload)


@same_on_both(by="client")
def test_config_is_loaded_from_files_and_objects(flask: Any, seen: Seen) -> None:
    seen.file("settings.py", "KEY = 'py'\nlower = 1\nLIST = [__name__]\n")
    seen.file("broken.py", "KEY = (\n")
    seen.file("settings.json", json.dumps({"KEY": "json", "lower": 2, "MORE": {"a": 1}}))
    os.environ["CONFIG_FILE"] = str(seen.folder / "settings.py")
    app = flask.Flask(__name__, root_path=str(seen.folder))

    class Settings:
        KEY = "object"
        lower = "no"

        @property
        def PROP(self) -> str:
            return "property"

    def shown() -> list[tuple[str, Any]]:
        return sorted((k, v) for k, v in app.config.items() if k in {"KEY", "LIST", "MORE", "lower", "PROP", "A", "B"})

    config = app.config
    for label, action in (
        ("pyfile", lambda: config.from_pyfile("settings.py")),
        ("missing silent", lambda: config.from_pyfile("gone.py", silent=True)),
        ("missing", lambda: config.from_pyfile("gone.py")),
        ("broken", lambda: config.from_pyfile("broken.py")),
        ("object", lambda: config.from_object(Settings())),
        ("class", lambda: config.from_object(Settings)),
        ("import", lambda: config.from_object("no.such.module")),
        ("file", lambda: config.from_file("settings.json", load=json.load)),
        ("binary", lambda: config.from_file("settings.json", load=lambda f: {"KEY": str(f.read()[:1])}, text=False)),
        ("file missing", lambda: config.from_file("gone.json", load=json.load)),
        ("file missing silent", lambda: config.from_file("gone.json", load=json.load, silent=True)),
        ("envvar", lambda: config.from_envvar("CONFIG_FILE")),
        ("envvar missing", lambda: config.from_envvar("NO_SUCH_VARIABLE")),
        ("envvar missing silent", lambda: config.from_envvar("NO_SUCH_VARIABLE", silent=True)),
        ("mapping", lambda: config.from_mapping({"A": 1, "a": 2}, B=3, b=4)),
        ("mapping pairs", lambda: config.from_mapping([("A", 5)])),
        ("mapping two", lambda: config.from_mapping({}, {})),
        ("namespace", lambda: config.get_namespace("K")),
        ("namespace kept", lambda: config.get_namespace("K", lowercase=False, trim_namespace=False)),
    ):
        seen.attempt(label, action)
        seen.note(f"after {label}", shown())


@same_on_both(by="client")
def test_prefixed_environment_variables_are_parsed(flask: Any, seen: Seen) -> None:
    variables = {
        "FLASK_TEXT": "text",
        "FLASK_NUMBER": "5",
        "FLASK_BOOL": "true",
        "FLASK_JSON": '{"a": [1]}',
        "FLASK_QUOTED": '"5"',
        "FLASK_BROKEN": "{nope",
        "FLASK_DEEP__a__b": "1",
        "FLASK_DEEP__a__c": "null",
        "FLASK_EXISTING__key": "new",
        "MY_OWN": "mine",
    }
    os.environ.update(variables)
    try:
        app = flask.Flask(__name__)
        app.config["EXISTING"] = {"key": "old", "other": 1}
        seen.attempt("load", lambda: app.config.from_prefixed_env())
        seen.attempt("own", lambda: app.config.from_prefixed_env("MY", loads=str.upper))
        keys = ("TEXT", "NUMBER", "BOOL", "JSON", "QUOTED", "BROKEN", "DEEP", "EXISTING", "OWN")
        seen.note("loaded", [(key, app.config.get(key)) for key in keys])
    finally:
        for name in variables:
            del os.environ[name]


@same_on_both
def test_config_may_be_a_foreign_mapping(flask: Any, seen: Seen) -> None:
    class Foreign(dict):  # type: ignore[type-arg]
        def __init__(self, config: Any) -> None:
            super().__init__(config)
            self.asked: set[str] = set()

        def __getitem__(self, key: str) -> Any:
            self.asked.add(key)
            return super().__getitem__(key)

    class Own(flask.Config):
        pass

    class Mine(flask.Flask):
        config_class = Own

    app = Mine(__name__)
    seen.note("class", type(app.config).__name__)
    app.config = Foreign(app.config)
    app.secret_key = "s"
    app.add_url_rule("/", "i", lambda: flask.session.setdefault("x", "1") + str(flask.current_app.config is app.config))
    seen.visit(app, "/", "/none")
    seen.note("asked", sorted(app.config.asked & {"SECRET_KEY", "SESSION_COOKIE_NAME", "TRUSTED_HOSTS"}))


@same_on_both
def test_config_changed_between_requests_takes_effect(flask: Any, seen: Seen) -> None:
    app = flask.Flask(__name__)
    app.add_url_rule("/", "i", lambda: flask.request.form["x"], methods=["GET", "POST"])
    app.add_url_rule("/boom", "boom", lambda: 1 // 0)
    seen.visit(app, "/", "/boom")
    app.config["TRAP_BAD_REQUEST_ERRORS"] = True
    app.config["MAX_CONTENT_LENGTH"] = 3
    seen.visit(app, "/")
    seen.post(app, form={"x": "long enough"})
    app.config["PROPAGATE_EXCEPTIONS"] = True
    seen.visit(app, "/boom")
    app.config["TRUSTED_HOSTS"] = ["other.test"]
    seen.visit(app, "/boom")
    app.config["TRUSTED_HOSTS"] = None
    app.config["APPLICATION_ROOT"] = "/x"
    app.config["SERVER_NAME"] = "server.test"
    seen.visit(app, "/")


@same_on_both(by="client")
def test_instance_and_root_paths_are_found_alike(flask: Any, seen: Seen) -> None:
    seen.attempt("module", lambda: flask.Flask("json").root_path == os.path.dirname(json.__file__))
    seen.attempt("given root", lambda: flask.Flask(__name__, root_path=str(seen.folder)).root_path)
    seen.attempt("no module", lambda: flask.Flask("no_such_module_at_all").root_path)
    seen.attempt("instance", lambda: flask.Flask(__name__, instance_path=str(seen.folder)).instance_path)
    seen.attempt("relative instance", lambda: flask.Flask(__name__, instance_path="relative"))
    seen.attempt("auto", lambda: flask.Flask("no_such_module_at_all").instance_path)
    app = flask.Flask(__name__, instance_path=str(seen.folder), instance_relative_config=True)
    seen.file("conf.py", "A = 1")
    seen.attempt("relative config", lambda: app.config.from_pyfile("conf.py") and app.config["A"])
    seen.note("main", flask.Flask("__main__").name != "__main__")


@same_on_both
def test_errors_are_logged_with_the_request_line(flask: Any, seen: Seen) -> None:
    app = flask.Flask("own_logger_name")
    app.add_url_rule("/boom", "boom", lambda: 1 // 0, methods=["GET", "POST"])
    app.add_url_rule("/log", "log", lambda: app.logger.warning("warned %s", 5) or app.logger.info("hidden") or "x")
    seen.visit(app, "/boom", "POST /boom?x=1", "/log")
    app.debug = True
    app.config["PROPAGATE_EXCEPTIONS"] = False
    seen.visit(app, "/boom", "/log")


@same_on_both(not_over_asgi="a scope has no stream for errors")
def test_the_default_handler_writes_to_wsgi_errors(flask: Any, seen: Seen) -> None:
    handlers = logging.getLogger().handlers[:]
    logging.getLogger().handlers = []
    try:
        app = flask.Flask("quiet_logger")
        app.add_url_rule(
            "/",
            "i",
            lambda: app.logger.error("to the stream") or str(app.logger.handlers == [flask.logging.default_handler]),
        )
        stream = io.StringIO()
        seen.get(app, environ={"wsgi.errors": stream})
        text = stream.getvalue()
    finally:
        logging.getLogger().handlers = handlers
    seen.note("written", text.partition("] ")[2])


@same_on_both(by="client")
def test_the_logger_follows_debug_and_existing_set_up(flask: Any, seen: Seen) -> None:
    app = flask.Flask("debug_logger")
    app.debug = True
    seen.note("debug level", (app.logger.level, app.logger.name, app.logger is logging.getLogger("debug_logger")))
    logging.getLogger("set_up_logger").setLevel("ERROR")
    other = flask.Flask("set_up_logger")
    other.debug = True
    seen.note("kept level", other.logger.level)
    seen.note("has handler", flask.logging.has_level_handler(other.logger))


@same_on_both
def test_log_exception_may_be_overridden(flask: Any, seen: Seen) -> None:
    logged: list[Any] = []

    class Mine(flask.Flask):
        def log_exception(self, exc_info: Any) -> None:
            logged.append((exc_info[0].__name__, str(exc_info[1]), flask.request.path))

    app = Mine(__name__)
    app.add_url_rule("/", "i", lambda: 1 // 0)
    seen.get(app)
    seen.note("logged", logged)


@same_on_both(by="client")
def test_debug_comes_from_the_environment(flask: Any, seen: Seen) -> None:
    for value in ("1", "0", "true", "false", "no", "", "yes"):
        os.environ["FLASK_DEBUG"] = value
        try:
            app = flask.Flask(__name__)
            seen.note(
                value, (app.debug, app.config["DEBUG"], flask.helpers.get_debug_flag(), app.jinja_env.auto_reload)
            )
        finally:
            del os.environ["FLASK_DEBUG"]


@same_on_both(by="client")
def test_deprecated_and_missing_names_behave_alike(flask: Any, seen: Seen) -> None:
    seen.attempt("version", lambda: flask.__version__)
    seen.note("unknown", hasattr(flask, "no_such_name"))
    seen.note("removed", hasattr(flask, "_request_ctx_stack"))
    seen.attempt("removed", lambda: flask.json.JSONEncoder)
    seen.attempt("removed", lambda: flask.helpers.locked_cached_property)
    app = flask.Flask(__name__)
    seen.attempt("before_first_request", lambda: app.before_first_request)
    seen.attempt("json_encoder", lambda: app.json_encoder)
    seen.note("Markup", hasattr(flask, "Markup"))

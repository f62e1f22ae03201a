"""Count the Python calls of one warm request to small apps, and print them as JSON; ``test_call_budgets`` runs it.

``counting_calls.py flask | ewer-as-flask | ewer``: the very same apps, built on real Flask, on Ewer under Flask's name,
and on ``ewer.Ewer``. A process each, since two frameworks cannot both own the name ``flask``.
"""

from __future__ import annotations

import atexit
import gc
import json
import os
import shutil
import sys
import tempfile
from io import BytesIO

if sys.argv[1] != "flask":
    import ewer._static_files
    import ewer.as_flask

import flask

WARM_UPS = 20
COUNTED = 5

if sys.argv[1] == "ewer":
    import ewer

    Application = ewer.Ewer
else:
    Application = flask.Flask


def plain_text() -> tuple[flask.Flask, dict]:
    app = Application("plain_text")

    @app.route("/")
    def index() -> str:
        return "Hello, World!"

    return app, environ("/")


def json_with_path_variable() -> tuple[flask.Flask, dict]:
    app = Application("json_with_path_variable")

    @app.route("/hello/<int:number>")
    def hello(number: int) -> dict:
        return {"hello": number}

    return app, environ("/hello/42")


def hooks() -> tuple[flask.Flask, dict]:
    app = Application("hooks")
    seen: list[str] = []

    @app.before_request
    def before() -> None:
        seen.append("before")

    @app.after_request
    def after(response: flask.Response) -> flask.Response:
        response.headers["X-After"] = "1"
        return response

    @app.teardown_request
    def teardown(error: BaseException | None) -> None:
        seen.clear()

    @app.route("/")
    def index() -> str:
        return "Hello, World!"

    return app, environ("/")


def session() -> tuple[flask.Flask, dict]:
    app = Application("session")
    app.secret_key = "for counting"

    @app.route("/")
    def index() -> str:
        flask.session["visits"] = flask.session.get("visits", 0) + 1
        return "Hello, World!"

    cookie = dict(request(app, environ("/")))["Set-Cookie"].partition(";")[0]
    return app, {**environ("/"), "HTTP_COOKIE": cookie}


def cors() -> tuple[flask.Flask, dict]:
    import flask_cors

    app = Application("cors")
    flask_cors.CORS(app)

    @app.route("/")
    def index() -> str:
        return "Hello, World!"

    return app, {**environ("/"), "HTTP_ORIGIN": "https://elsewhere.example"}


def response_object() -> tuple[flask.Flask, dict]:
    app = Application("response_object")

    @app.route("/")
    def index() -> flask.Response:
        return flask.jsonify(hello="world")

    return app, environ("/")


def static_file() -> tuple[flask.Flask, dict]:
    folder = tempfile.mkdtemp()
    atexit.register(shutil.rmtree, folder)
    with open(f"{folder}/style.css", "w") as file:
        file.write("a { }")
    os.utime(file.name, (1_700_000_000, 1_700_000_000))
    if sys.argv[1] != "flask":
        ewer._static_files._KEPT_AFTER_S = -60.0  # the file is to pass for an old one
    return Application("static_file", static_folder=folder, static_url_path="/static"), environ("/static/style.css")


def environ(path: str) -> dict:
    return {
        "REQUEST_METHOD": "GET",
        "SCRIPT_NAME": "",
        "PATH_INFO": path,
        "QUERY_STRING": "",
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "8000",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "HTTP_HOST": "localhost:8000",
        "REMOTE_ADDR": "127.0.0.1",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": BytesIO(),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }


def request(app: flask.Flask, sent: dict) -> list[tuple[str, str]]:
    """Make one request the way a server does; return the headers."""
    answered: list = []

    answer = app(dict(sent), lambda status, headers, exc_info=None: answered.extend([status, headers]))
    b"".join(answer)
    if hasattr(answer, "close"):
        answer.close()
    if answered[0] != "200 OK":
        raise SystemExit(f"{app.name} answered {answered[0]}")
    return answered[1]


def calls_of_one_request(app: flask.Flask, sent: dict) -> int:
    """Count 'call' events from entering the app on; what the counting itself calls is left out."""
    count = 0
    answered: list = []

    def start_response(status: str, headers: list, exc_info: object = None) -> None:
        answered.append(status)

    def profile(frame: object, event: str, argument: object) -> None:
        nonlocal count
        if event == "call" and frame.f_code is not start_response.__code__:
            count += 1

    fresh = dict(sent)
    sys.setprofile(profile)
    try:
        answer = app(fresh, start_response)
        for _ in answer:
            pass
        if hasattr(answer, "close"):
            answer.close()
    finally:
        sys.setprofile(None)
    if answered != ["200 OK"]:
        raise SystemExit(f"{app.name} answered {answered}")
    return count


def main() -> None:
    counts = {}
    for build in (plain_text, json_with_path_variable, response_object, static_file, hooks, session, cors):
        try:
            app, sent = build()
        except ModuleNotFoundError as error:
            print(f"{build.__name__} is not counted: {error}", file=sys.stderr)
            continue
        for _ in range(WARM_UPS):
            request(app, sent)
        gc.disable()
        counts[build.__name__] = min(calls_of_one_request(app, sent) for _ in range(COUNTED))
        gc.enable()
    print(json.dumps(counts))


if __name__ == "__main__":
    main()

"""Requests that come at once to a process that has served none yet are answered as they are later on.

What a request does not need is not imported, so the first requests import much; each round is a fresh process.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

START = {
    "ewer": "import ewer as flask\nfrom ewer import Ewer as Flask",
    "ewer-as-flask": "import ewer.as_flask, flask\nfrom flask import Flask",
}
PROGRAM = """
import json, sys, threading
from io import BytesIO

app = Flask("shop")
app.secret_key = "key"
app.logger.disabled = True

@app.get("/session")
def session():
    flask.session["seen"] = True
    return "kept"

@app.get("/template")
def template():
    return flask.render_template_string("{{ url_for('session') }} {{ request.path }}")

@app.get("/json")
def as_json():
    return flask.jsonify(x=flask.request.args.get("x"))

@app.get("/abort")
def abort():
    flask.abort(410)

@app.get("/redirect")
def redirect():
    return flask.redirect(flask.url_for("as_json"))

@app.get("/file")
def file():
    return flask.send_file(BytesIO(b"file"), mimetype="text/plain")

@app.post("/form")
def form():
    return flask.request.form.get("x", "") + "".join(flask.request.files)

@app.post("/body")
def body():
    return flask.request.get_json()

@app.get("/stream")
def stream():
    return flask.Response(flask.stream_with_context(str(number) for number in range(3)))

@app.get("/flash")
def flash():
    flask.flash("done")
    return flask.get_flashed_messages()

@app.get("/cookie")
def cookie():
    reply = flask.make_response("cookie")
    reply.set_cookie("seen", "yes")
    return reply

@app.get("/crash")
def crash():
    raise ValueError("crash")

@app.get("/async")
async def on_the_loop():
    return "async"

FORM = "application/x-www-form-urlencoded"
PARTS = b'--b\\r\\nContent-Disposition: form-data; name="f"; filename="a"\\r\\n\\r\\nx\\r\\n--b--\\r\\n'
ASKED = [
    ("GET", "/session"), ("GET", "/template"), ("GET", "/json"), ("GET", "/abort"), ("GET", "/redirect"), ("GET", "/file"),
    ("POST", "/form", b"x=1", FORM), ("POST", "/form", PARTS, "multipart/form-data; boundary=b"),
    ("POST", "/body", b'{"a": 1}', "application/json"), ("POST", "/body", b"{", "application/json"), ("GET", "/stream"), ("GET", "/flash"),
    ("GET", "/cookie"), ("GET", "/crash"), ("GET", "/async"), ("GET", "/missing"), ("GET", "/session/"), ("POST", "/json"), ("GET", "/static/x"),
]

def ask(method, path, body=b"", content_type=""):
    environ = {
        "REQUEST_METHOD": method, "PATH_INFO": path, "SCRIPT_NAME": "", "QUERY_STRING": "x=1", "SERVER_NAME": "localhost", "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1", "CONTENT_TYPE": content_type, "CONTENT_LENGTH": str(len(body)), "HTTP_COOKIE": "session=e30.x.y",
        "wsgi.url_scheme": "http", "wsgi.input": BytesIO(body), "wsgi.errors": sys.stderr, "wsgi.version": (1, 0), "wsgi.multithread": True,
        "wsgi.multiprocess": False, "wsgi.run_once": False,
    }
    told = []
    iterable = app(environ, lambda status, headers, error=None: told.append(status))
    try:
        return [told[0], b"".join(iterable).decode()]
    finally:
        getattr(iterable, "close", bool)()

def answer(number):
    barrier.wait()
    try:
        first[number] = ask(*ASKED[number])
    except BaseException as error:
        first[number] = repr(error)

first, barrier = {}, threading.Barrier(len(ASKED))
threads = [threading.Thread(target=answer, args=[number], daemon=True) for number in range(len(ASKED))]
[thread.start() for thread in threads]
[thread.join(60) for thread in threads]
print(json.dumps([[first.get(number, "no answer"), ask(*ASKED[number])] for number in range(len(ASKED))]))
"""


@pytest.mark.parametrize("plan", ["1", "0"], ids=["plan", "plain"])
@pytest.mark.parametrize("round_", range(3))
@pytest.mark.parametrize("start", START)
def test_first_requests_that_come_at_once_are_answered_as_later_ones(start: str, round_: int, plan: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", f"{START[start]}\n{PROGRAM}"],
        env={**os.environ, "EWER_PLAN": plan},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    pairs = json.loads(done.stdout)
    assert [first for first, _ in pairs] == [later for _, later in pairs], done.stderr[-2000:]

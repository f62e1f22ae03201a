"""What real Flask answers to the same bytes, for the tests that compare."""

from __future__ import annotations

from urllib.parse import unquote_to_bytes

import flask

app = flask.Flask(__name__, static_folder=None)


@app.route("/echo/", defaults={"rest": ""})
@app.route("/echo/<path:rest>")
def echo(rest: str) -> flask.Response:
    request = flask.request
    return flask.jsonify(
        rest=rest, args=request.args.to_dict(), host=request.host, letter=request.headers.get("X-Letter")
    )


def flask_answers(path: bytes, query: bytes = b"") -> bytes:
    """Return the body of the answer to GET on a path that is percent-encoded."""
    environ = {"PATH_INFO": "/" + unquote_to_bytes(path).decode("latin-1"), "QUERY_STRING": query.decode("latin-1")}
    return app.test_client().get("/", environ_overrides=environ).data

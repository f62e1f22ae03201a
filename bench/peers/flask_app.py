"""Flask. ``flask_on_ewer`` serves this same file on Ewer."""

from __future__ import annotations

import time
from dataclasses import dataclass

from flask import Blueprint, Flask, Response, g, jsonify, render_template, request, session

from peers import set_up

PEER = {
    "name": "flask",
    "title": "Flask",
    "environment": "flask",
    "speaks": "wsgi",
    "servers": {
        "granian-wsgi": "all",
        "gunicorn-sync": ["plaintext", "json", "path-variable", "flask-app", "flask-app-extensions"],
        "gunicorn-gthread": ["plaintext", "flask-app", "flask-app-extensions"],
    },
}

HELLO = """
from flask import Flask

app = Flask(__name__)


@app.get("/")
def hello():
    return "Hello, World!"
"""

flask = Flask(__name__, template_folder="../templates", static_folder="../static")
flask.secret_key = "a secret that only this benchmark knows"


@dataclass
class Book:
    """One of the hundred objects."""

    id: int
    title: str
    author: str
    price: float
    in_stock: bool


BOOKS = [Book(number, f"Book {number}", "A. Writer", number + 0.5, number % 2 == 0) for number in range(100)]


def plaintext():
    @flask.get("/plaintext")
    def hello():
        return "Hello, World!"

    return flask


def json():
    @flask.get("/json")
    def hello():
        return {"message": "Hello, World!"}

    return flask


def path_variable():
    @flask.get("/items/<int:item_id>")
    def item(item_id):
        return {"id": item_id}

    return flask


def path_and_query():
    @flask.get("/users/<int:user_id>/posts")
    def posts(user_id):
        return {"user": user_id, "page": request.args.get("page", 1, type=int), "tag": request.args.get("tag")}

    return flask


def json_body():
    @flask.post("/orders")
    def order():
        data = request.get_json()
        return {"name": data["name"], "total": data["price"] * data["quantity"], "tags": len(data["tags"])}

    return flask


def hundred_objects():
    @flask.get("/books")
    def books():
        return jsonify(BOOKS)

    return flask


def template():
    @flask.get("/page")
    def page():
        books = [{"id": number, "title": f"Book & {number}"} for number in range(20)]
        return render_template("books.html", heading="Books", books=books)

    return flask


def signed_session():
    @flask.get("/visits")
    def visits():
        session["visits"] = session.get("visits", 0) + 1
        return f"visits: {session['visits']}"

    return flask


def static_file():
    return flask


def upload():
    @flask.post("/upload")
    def receive():
        return str(len(request.get_data()))

    return flask


def download():
    chunk = b"d" * 16384

    @flask.get("/download")
    def stream():
        return Response((chunk for _ in range(64)), mimetype="application/octet-stream")

    return flask


def _routes(count):
    def item(item_id):
        return {"id": item_id}

    for number in range(count):
        flask.add_url_rule(f"/section-{number}/items/<int:item_id>", f"item-{number}", item)
    return flask


def routes_1():
    return _routes(1)


def routes_500():
    return _routes(500)


def wait_wsgi():
    @flask.get("/wait")
    def wait():
        time.sleep(0.05)
        return "waited"

    return flask


def flask_app():
    api = Blueprint("api", __name__, url_prefix="/api")

    @flask.route("/")
    def index():
        return "Hello, World!"

    @api.get("/hello/<name>")
    def hello(name):
        return jsonify(hello=name)

    @api.get("/search")
    def search():
        return jsonify(q=request.args["q"], limit=request.args.get("limit", 10, type=int))

    @api.post("/orders")
    def order():
        data = request.get_json()
        return jsonify(name=data["name"], quantity=data["quantity"]), 201

    @flask.errorhandler(404)
    def not_found(error):
        return jsonify(error="not found"), 404

    flask.register_blueprint(api)
    return flask


def flask_app_extensions():
    from flask_cors import CORS
    from flask_login import LoginManager, UserMixin

    class User(UserMixin):
        def __init__(self, name):
            self.id = name

    CORS(flask)
    login = LoginManager(flask)

    @login.user_loader
    def load_user(name):
        return User(name)

    @flask.before_request
    def start_clock():
        g.started = time.perf_counter()

    @flask.after_request
    def show_clock(response):
        response.headers["X-Took"] = f"{time.perf_counter() - g.started:.6f}"
        return response

    return flask_app()


app = set_up(globals())

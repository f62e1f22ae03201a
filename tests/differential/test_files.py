"""Files: `send_file`, `send_from_directory`, static folders, ranges and conditions."""

from __future__ import annotations

import io
from datetime import datetime, timedelta, timezone
from typing import Any

from .harness import Seen, same_on_both


def serving(flask: Any, seen: Seen, **options: Any) -> Any:
    """Return an app whose `/` sends a fixed file with the given options."""
    path = seen.file("text.txt", b"0123456789" * 10)
    app = flask.Flask(__name__, root_path=str(seen.folder))
    app.add_url_rule("/", "i", lambda: flask.send_file(path, **options))
    return app


@same_on_both
def test_send_file_sends_path_objects_texts_and_streams(flask: Any, seen: Seen) -> None:
    seen.file("a.html", "<p>ü")
    seen.file("noext", "x")
    seen.file("b.tar.gz", "x")
    app = flask.Flask(__name__, root_path=str(seen.folder))
    app.add_url_rule("/f/<name>", "f", lambda name: flask.send_file(name))
    app.add_url_rule("/abs", "abs", lambda: flask.send_file(seen.folder / "a.html", mimetype="text/x"))
    app.add_url_rule("/io", "io", lambda: flask.send_file(io.BytesIO(b"in memory"), mimetype="text/plain"))
    app.add_url_rule("/io2", "io2", lambda: flask.send_file(io.BytesIO(b"x"), download_name="a.csv"))
    app.add_url_rule("/io3", "io3", lambda: flask.send_file(io.BytesIO(b"no type")))
    app.add_url_rule("/text", "text", lambda: flask.send_file(io.StringIO("x"), mimetype="text/plain"))
    app.add_url_rule(
        "/open", "open", lambda: flask.send_file(open(seen.folder / "a.html", "rb"), download_name="a.html")
    )
    seen.visit(
        app,
        "/f/a.html",
        "HEAD /f/a.html",
        "/f/noext",
        "/f/b.tar.gz",
        "/f/gone",
        "/abs",
        "/io",
        "HEAD /io",
        "/io2",
        "/io3",
    )
    seen.visit(app, "/text", "/open")


@same_on_both
def test_send_file_honours_every_option(flask: Any, seen: Seen) -> None:
    moment = datetime(2020, 1, 2, 3, 4, 5, tzinfo=timezone.utc)
    for options in (
        {"as_attachment": True},
        {"as_attachment": True, "download_name": "näme with ümlaut.txt"},
        {"download_name": "other.json"},
        {"conditional": False},
        {"etag": False},
        {"etag": "my-tag"},
        {"last_modified": moment},
        {"last_modified": 1_500_000_000.7},
        {"max_age": 60},
        {"max_age": 0},
        {"max_age": lambda path: 7},
        {"mimetype": "application/x-y", "etag": False, "conditional": False},
    ):
        app = serving(flask, seen, **options)
        seen.get(app)
        seen.get(app, headers={"Range": "bytes=5-9"})


@same_on_both
def test_ranges_are_answered_alike(flask: Any, seen: Seen) -> None:
    app = serving(flask, seen)
    for value in (
        "bytes=0-0 bytes=0-9 bytes=90- bytes=-5 bytes=0-999 bytes=100- bytes=99-99 bytes=5-2 bytes=0-1,4-5 bytes=x-y items=0-1 bytes="
    ).split():
        seen.get(app, headers={"Range": value})
        seen.send(app, "HEAD", "/", headers={"Range": value})
    etag = seen.get(app).header("ETag")
    seen.get(app, headers={"Range": "bytes=0-4", "If-Range": etag})
    seen.get(app, headers={"Range": "bytes=0-4", "If-Range": '"old"'})
    seen.get(app, headers={"Range": "bytes=0-4", "If-Range": "Tue, 14 Nov 2023 22:13:20 GMT"})


@same_on_both
def test_ranges_of_a_stream_are_answered_alike(flask: Any, seen: Seen) -> None:
    app = flask.Flask(__name__)
    app.add_url_rule(
        "/", "i", lambda: flask.send_file(io.BytesIO(b"0123456789"), mimetype="text/plain", conditional=True)
    )
    for value in ("bytes=2-4", "bytes=-3", "bytes=20-30"):
        seen.get(app, headers={"Range": value})


@same_on_both
def test_conditions_are_answered_alike(flask: Any, seen: Seen) -> None:
    app = serving(flask, seen)
    etag = seen.get(app).header("ETag")
    for headers in (
        {"If-None-Match": etag},
        {"If-None-Match": '"x"'},
        {"If-None-Match": f'"x", {etag}'},
        {"If-None-Match": "*"},
        {"If-Match": etag},
        {"If-Match": '"x"'},
        {"If-Modified-Since": "Tue, 14 Nov 2023 22:13:20 GMT"},
        {"If-Modified-Since": "Tue, 14 Nov 2023 22:13:19 GMT"},
        {"If-Unmodified-Since": "Tue, 14 Nov 2000 22:13:19 GMT"},
        {"If-Modified-Since": "nonsense"},
        {"If-None-Match": '"x"', "If-Modified-Since": "Tue, 14 Nov 2023 22:13:20 GMT"},
    ):
        seen.get(app, headers=headers)
        seen.send(app, "HEAD", "/", headers=headers)


@same_on_both
def test_x_sendfile_names_the_file_instead_of_sending_it(flask: Any, seen: Seen) -> None:
    app = serving(flask, seen)
    app.use_x_sendfile = True
    seen.note("config", app.config["USE_X_SENDFILE"])
    seen.visit(app, "/", "HEAD /")


@same_on_both
def test_send_file_refuses_impossible_options(flask: Any, seen: Seen) -> None:
    app = flask.Flask(__name__)
    app.testing = True
    app.add_url_rule("/a", "a", lambda: flask.send_file(io.BytesIO(b"x"), as_attachment=True, mimetype="a/b"))
    app.add_url_rule("/b", "b", lambda: flask.send_file(io.BytesIO(b"x")))
    app.add_url_rule("/c", "c", lambda: flask.send_file("not/there.txt"))
    app.add_url_rule("/d", "d", lambda: flask.send_file(5))
    seen.visit(app, "/a", "/b", "/c", "/d")


@same_on_both
def test_send_from_directory_stays_inside(flask: Any, seen: Seen) -> None:
    seen.file("inner/a.txt", "a")
    seen.file("inner/deep/b.txt", "b")
    seen.file("secret.txt", "s")
    app = flask.Flask(__name__, root_path=str(seen.folder))
    app.add_url_rule("/f/<path:name>", "f", lambda name: flask.send_from_directory("inner", name))
    app.add_url_rule(
        "/g/<path:name>", "g", lambda name: flask.send_from_directory(seen.folder / "inner", name, as_attachment=True)
    )
    for name in (
        "a.txt",
        "deep/b.txt",
        "deep",
        "../secret.txt",
        "%2e%2e/secret.txt",
        "/etc/passwd",
        "gone",
        "a.txt/x",
        "%00",
        ".",
    ):
        seen.visit(app, f"/f/{name}", f"/g/{name}")


@same_on_both
def test_the_static_folder_is_served(flask: Any, seen: Seen) -> None:
    seen.file("static/style.css", "body{}")
    seen.file("static/js/app.js", "1")
    app = flask.Flask(__name__, root_path=str(seen.folder))
    app.add_url_rule(
        "/url",
        "url",
        lambda: flask.url_for("static", filename="style.css") + flask.url_for("static", filename="a b?.x"),
    )
    for path in ("style.css", "js/app.js", "gone.css", "", "../x", "js"):
        seen.visit(app, f"/static/{path}", f"HEAD /static/{path}")
    seen.visit(app, "POST /static/style.css", "OPTIONS /static/style.css", "/url")
    etag = seen.get(app, "/static/style.css").header("ETag")
    seen.get(app, "/static/style.css", headers={"If-None-Match": etag})
    seen.get(app, "/static/style.css", headers={"Range": "bytes=0-1"})


@same_on_both
def test_static_folder_and_url_can_be_renamed_or_switched_off(flask: Any, seen: Seen) -> None:
    seen.file("assets/a.txt", "a")
    root = str(seen.folder)
    for options in (
        {"static_folder": "assets"},
        {"static_folder": "assets/"},
        {"static_folder": str(seen.folder / "assets"), "static_url_path": "/cdn"},
        {"static_folder": "assets", "static_url_path": ""},
        {"static_folder": "assets", "static_url_path": "/"},
        {"static_folder": "assets", "static_url_path": "/cdn/"},
        {"static_folder": None},
        {"static_folder": seen.folder / "assets"},
        {"static_folder": None, "static_url_path": "/x"},
    ):
        app = flask.Flask(__name__, root_path=root, **options)
        seen.note("paths", (app.static_folder, app.static_url_path, app.has_static_folder))
        seen.note("rules", sorted(rule.rule for rule in app.url_map.iter_rules()))
        seen.visit(app, "/assets/a.txt", "/cdn/a.txt", "/a.txt", "/static/a.txt", "/x/a.txt")


@same_on_both
def test_max_age_comes_from_config_or_the_method(flask: Any, seen: Seen) -> None:
    seen.file("static/a.txt", "a")
    for age in (None, 0, 3600, timedelta(hours=2)):
        app = flask.Flask(__name__, root_path=str(seen.folder))
        app.config["SEND_FILE_MAX_AGE_DEFAULT"] = age
        seen.get(app, "/static/a.txt")

    class ByName(flask.Flask):
        def get_send_file_max_age(self, filename: str | None) -> int | None:
            return len(filename or "")

    app = ByName(__name__, root_path=str(seen.folder))
    app.add_url_rule("/direct", "direct", lambda: flask.send_file("static/a.txt"))
    seen.visit(app, "/static/a.txt", "/direct")


@same_on_both
def test_a_replaced_static_view_is_called(flask: Any, seen: Seen) -> None:
    app = flask.Flask(__name__, root_path=str(seen.folder))
    app.view_functions["static"] = lambda filename: f"replaced {filename}"
    seen.get(app, "/static/a/b")
    seen.file("static/a.txt", "a")
    app = flask.Flask(__name__, root_path=str(seen.folder))
    app.send_static_file = lambda filename: f"method {filename}"
    seen.get(app, "/static/a.txt")


@same_on_both
def test_blueprint_static_files_have_their_own_url(flask: Any, seen: Seen) -> None:
    seen.file("static/a.txt", "app")
    seen.file("bp/files/a.txt", "bp")
    app = flask.Flask(__name__, root_path=str(seen.folder))
    blueprint = flask.Blueprint(
        "bp", __name__, static_folder="files", url_prefix="/bp", root_path=str(seen.folder / "bp")
    )
    bare = flask.Blueprint(
        "bare", __name__, static_folder="files", root_path=str(seen.folder / "bp"), static_url_path="/bare-files"
    )
    blueprint.add_url_rule(
        "/", "i", lambda: flask.url_for(".static", filename="a.txt") + flask.url_for("static", filename="a.txt")
    )
    app.register_blueprint(blueprint)
    app.register_blueprint(bare)
    seen.visit(app, "/bp/files/a.txt", "/static/a.txt", "/bare-files/a.txt", "/files/a.txt", "/bp/", "/bp/files/gone")


@same_on_both
def test_resources_are_opened_relative_to_root_and_instance(flask: Any, seen: Seen) -> None:
    seen.file("data.txt", "dätä")
    seen.file("instance/i.txt", "instance")
    app = flask.Flask(__name__, root_path=str(seen.folder), instance_path=str(seen.folder / "instance"))

    def read(opener: Any, *args: Any, **options: Any) -> Any:
        with opener(*args, **options) as file:
            return file.read()

    seen.attempt("bytes", lambda: read(app.open_resource, "data.txt"))
    seen.attempt("text", lambda: read(app.open_resource, "data.txt", "r", encoding="utf-8"))
    seen.attempt("write", lambda: read(app.open_resource, "data.txt", "w"))
    seen.attempt("gone", lambda: read(app.open_resource, "gone.txt"))
    seen.attempt("instance", lambda: read(app.open_instance_resource, "i.txt", "r"))
    seen.attempt("instance bytes", lambda: read(app.open_instance_resource, "i.txt"))
    blueprint = flask.Blueprint("b", __name__, root_path=str(seen.folder))
    seen.attempt("blueprint", lambda: read(blueprint.open_resource, "data.txt"))
    seen.attempt("blueprint write", lambda: read(blueprint.open_resource, "data.txt", "a"))


@same_on_both
def test_a_big_file_is_sent_whole(flask: Any, seen: Seen) -> None:
    path = seen.file("big.bin", b"0123456789abcdef" * 20_000)
    app = flask.Flask(__name__)
    app.add_url_rule("/", "i", lambda: flask.send_file(path))
    seen.get(app)
    seen.get(app, headers={"Range": "bytes=100000-299999"})


@same_on_both(not_over_asgi="the interface brings its own file wrapper")
def test_a_servers_file_wrapper_is_used(flask: Any, seen: Seen) -> None:
    path = seen.file("big.bin", b"0123456789abcdef" * 20_000)
    app = flask.Flask(__name__)
    app.add_url_rule("/", "i", lambda: flask.send_file(path))
    seen.get(app, environ={"wsgi.file_wrapper": lambda file, size=8192: iter(lambda: file.read(size), b"")})

"""The functions for views do on Ewer what they do on Flask: each scenario runs on both and is compared."""

from __future__ import annotations

import io
import pathlib
import sys
import types

import pytest
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response

import ewer._paths

from .side_by_side import EWER, FLASK, both, outcome, seen


@pytest.mark.parametrize("value", [None, "", "0", "1", "false", "False", "no", "yes", "true", "anything"])
def test_the_environment_flags_are_read_as_flask_reads_them(monkeypatch, value):
    for name in ("FLASK_DEBUG", "FLASK_SKIP_DOTENV"):
        monkeypatch.delenv(name, raising=False)
        if value is not None:
            monkeypatch.setenv(name, value)
    both(lambda fw: (fw.helpers.get_debug_flag(), fw.helpers.get_load_dotenv(), fw.helpers.get_load_dotenv(False)))


@pytest.mark.parametrize("name", ["a", "a.b", "a.b.c.d", "", ".", "a."])
def test_a_blueprint_name_is_listed_with_its_parents(name):
    both(lambda fw: fw.helpers._split_blueprint_path(name))


def test_a_root_path_is_found_for_every_kind_of_module(monkeypatch, tmp_path):
    (tmp_path / "not_imported.py").write_text("raise SystemExit")
    (tmp_path / "space").mkdir()
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setitem(sys.modules, "no_file", types.ModuleType("no_file"))
    monkeypatch.chdir(tmp_path)
    for name in ("os", "json", "not_imported", "space", "no_file", "__main__", "does.not.exist", "doesnotexist"):
        both(lambda fw, name=name: fw.helpers.get_root_path(name))


def test_a_module_without_a_file_needs_its_root_path_given(monkeypatch):
    class Loader:
        def create_module(self, spec):
            return None

        def exec_module(self, module):
            pass

    class Finder:
        def find_spec(self, name, path=None, target=None):
            from importlib.machinery import ModuleSpec

            return ModuleSpec(name, Loader()) if name == "conjured" else None

    monkeypatch.setattr(sys, "meta_path", [*sys.meta_path, Finder()])

    def scenario(fw):
        sys.modules.pop("conjured", None)
        return fw.helpers.get_root_path("conjured")

    assert both(scenario)[0] == "RuntimeError"
    sys.modules.pop("conjured", None)


def test_the_names_kept_apart_belong_to_helpers_to_the_outside():
    for name in ("get_debug_flag", "get_load_dotenv", "get_root_path"):
        function = getattr(EWER.helpers, name)
        assert function is getattr(ewer._paths, name)
        assert function.__module__ == "ewer.helpers"


@pytest.mark.parametrize("how", ["none", "text", "tuple", "two", "three", "dict", "wrong", "nothing"])
def test_make_response_takes_what_a_view_returns(how):
    args = {
        "none": (), "text": ("a",), "tuple": (("a", 201),), "two": ("a", {"X": "1"}), "three": ("a", 404, {"X": "1"}),
        "dict": ({"a": 1},), "wrong": (object,), "nothing": (None,),
    }[how]  # fmt: skip

    def scenario(fw):
        app = fw.make_app()
        with app.test_request_context():
            response = fw.helpers.make_response(*args)
            assert type(response) is app.response_class
            return seen(response)

    if how in ("wrong", "nothing"):
        with pytest.raises(TypeError):
            with EWER.make_app().test_request_context():
                EWER.helpers.make_response(*args)
    else:
        both(scenario)


def test_urls_are_built_by_the_current_app():
    def scenario(fw):
        app = fw.make_app()
        app.add_url_rule("/item/<int:number>", "item", lambda number: "")
        url_for = fw.helpers.url_for
        with app.test_request_context("/item/1"):
            built = [
                url_for("item", number=2),
                url_for("item", number=2, q="a b", _anchor="x y", _external=True, _scheme="https"),
                url_for("item", number=2, _method="GET"),
                outcome(url_for, "missing"),
            ]
        app.config["SERVER_NAME"] = "example.com"
        with app.app_context():
            built.append(url_for("item", number=3))
        app.url_for = lambda *args, **kwargs: (args, sorted(kwargs.items(), key=str))
        with app.app_context():
            built.append(url_for("item", number=3, _external=True))
        return built

    both(scenario)
    assert outcome(EWER.helpers.url_for, "x") == outcome(FLASK.helpers.url_for, "x")


def test_redirect_asks_the_app_if_there_is_one():
    def scenario(fw):
        class Own(Response):
            pass

        app = fw.make_app()
        outside = fw.helpers.redirect("/a", 307, Own)
        with app.app_context():
            inside = fw.helpers.redirect("/ü?b=c", 303)
            app.redirect = lambda location, code: (location, code)
            asked = fw.helpers.redirect("/a")
        return seen(outside), type(outside) is Own, seen(inside), type(inside) is app.response_class, asked

    both(scenario)


def test_abort_raises_what_the_apps_aborter_says():
    def scenario(fw):
        app = fw.make_app()

        class Teapot(HTTPException):
            code = 600
            description = "own"

        app.aborter.mapping[600] = Teapot
        found = []
        for code, args in ((404, ()), (400, ("why",)), (600, ()), (601, ()), (Response("ready"), ())):
            with app.app_context():
                found.append(outcome(fw.helpers.abort, code, *args))
            found.append(outcome(fw.helpers.abort, code, *args))
        return found

    both(scenario)


def test_flashed_messages_come_once_and_stay_for_the_request():
    def scenario(fw):
        app = fw.make_app()
        got = []

        @app.route("/flash")
        def flash():
            fw.helpers.flash("plain")
            fw.helpers.flash("bad", "error")
            return str(fw.helpers.get_flashed_messages())

        @app.route("/show")
        def show():
            read = fw.helpers.get_flashed_messages
            got.append(read())
            got.append(read(with_categories=True))
            got.append(read(with_categories=True, category_filter=["error"]))
            got.append(read(category_filter=("none",)))
            return ""

        client = app.test_client()
        first = client.get("/flash").text
        client.get("/flash")
        client.get("/show")
        client.get("/show")
        return first, got

    both(scenario)


def test_a_flash_tells_its_receivers():
    def scenario(fw):
        app, got = fw.make_app(), []

        def receiver(sender, message, category):
            got.append((sender is app, message, category))

        with fw.signals.message_flashed.connected_to(receiver, app), app.test_request_context():
            fw.helpers.flash("a", "b")
        return got

    assert both(scenario) == [(True, "a", "b")]


def test_a_macro_is_taken_out_of_a_template(tmp_path):
    (tmp_path / "m.html").write_text("{% macro hello(name) %}Hello {{ name }}!{% endmacro %}")

    def scenario(fw):
        with fw.make_app(template_folder=tmp_path).app_context():
            return fw.helpers.get_template_attribute("m.html", "hello")("World")

    assert both(scenario) == "Hello World!"


FILE_CASES = {
    "path": (lambda folder: folder / "a.txt", {}, {}),
    "text path": (lambda folder: str(folder / "a.txt"), {"as_attachment": True, "max_age": 60}, {}),
    "download name": (lambda folder: folder / "a.txt", {"download_name": "ü.html", "etag": "x"}, {}),
    "no etag": (lambda folder: folder / "a.txt", {"etag": False, "conditional": False, "last_modified": 5}, {}),
    "bytes": (lambda folder: io.BytesIO(b"abc"), {"mimetype": "text/x"}, {}),
    "nameless": (lambda folder: io.BytesIO(b"abc"), {}, {}),
    "text file": (lambda folder: io.StringIO("abc"), {"mimetype": "text/x"}, {}),
    "range": (lambda folder: folder / "a.txt", {}, {"Range": "bytes=1-2"}),
    "unsatisfiable": (lambda folder: folder / "a.txt", {}, {"Range": "bytes=100-"}),
    "unchanged": (lambda folder: folder / "a.txt", {}, {"If-Modified-Since": "Fri, 01 Jan 2100 00:00:00 GMT"}),
    "relative": (lambda folder: "test_helpers.py", {}, {}),
    "missing": (lambda folder: folder / "missing", {}, {}),
    "max age function": (lambda folder: folder / "a.txt", {"max_age": lambda path: len(path) * 0 + 9}, {}),
}


@pytest.mark.parametrize("case", FILE_CASES)
@pytest.mark.parametrize("sendfile", [False, True])
def test_a_file_is_sent_with_flasks_headers(tmp_path, case, sendfile):
    (tmp_path / "a.txt").write_text("abcdef")
    make, options, headers = FILE_CASES[case]

    def scenario(fw):
        app = fw.make_app()
        app.config["USE_X_SENDFILE"] = sendfile
        app.config["SEND_FILE_MAX_AGE_DEFAULT"] = 7
        with app.test_request_context(headers=headers):
            response = fw.helpers.send_file(make(tmp_path), **options)
            assert type(response) is app.response_class
            response.direct_passthrough = False
            found = seen(response)
            response.close()
            return found

    both(scenario)


@pytest.mark.parametrize(
    "name", ["a.txt", "sub/b.txt", "../secret.txt", "/etc/passwd", "sub", "missing", "a.txt\0", ""]
)
@pytest.mark.parametrize("wrap", [str, pathlib.Path])
def test_only_what_lies_below_the_directory_is_sent(tmp_path, name, wrap):
    folder = tmp_path / "folder"
    (folder / "sub").mkdir(parents=True)
    (folder / "a.txt").write_text("a")
    (folder / "sub" / "b.txt").write_text("b")
    (tmp_path / "secret.txt").write_text("secret")

    def scenario(fw):
        with fw.make_app().test_request_context():
            response = fw.helpers.send_from_directory(wrap(folder), name if "\0" in name else wrap(name))
            response.direct_passthrough = False
            found = seen(response)
            response.close()
            return found

    assert b"secret" not in str(both(scenario)).encode()


def streaming_app(fw, log):
    app = fw.make_app()

    @app.teardown_request
    def torn_down(error):
        log.append("teardown")

    class Chunks:
        def __iter__(self):
            yield "Hello "
            yield fw.globals.request.args["name"]
            fw.globals.g.seen = True
            log.append("end")

        def close(self):
            log.append("close")

    @app.route("/generator")
    def generator():
        return app.response_class(fw.helpers.stream_with_context(Chunks()))

    @app.route("/decorated")
    def decorated():
        @fw.helpers.stream_with_context
        def produce(greeting):
            """Say it."""
            yield greeting
            yield fw.globals.request.args["name"]

        log.append((produce.__name__, produce.__doc__))
        return app.response_class(produce("Hello "))

    @app.route("/session")
    def with_session():
        fw.globals.session["a"] = "b"

        @fw.helpers.stream_with_context
        def produce():
            yield fw.globals.session["a"]

        return app.response_class(produce())

    return app


@pytest.mark.parametrize("path", ["/generator?name=you", "/decorated?name=you", "/session"])
def test_a_stream_runs_in_the_contexts_of_its_view(path):
    def scenario(fw):
        log = []
        response = streaming_app(fw, log).test_client().get(path)
        return response.get_data(), response.close(), log

    both(scenario)


def test_a_stream_left_half_read_is_closed_and_torn_down():
    def scenario(fw):
        log = []
        response = streaming_app(fw, log).test_client().get("/generator?name=you", buffered=False)
        first = next(response.iter_encoded())
        response.close()
        return first, log

    both(scenario)


def test_a_stream_needs_a_request():
    assert both(lambda fw: fw.helpers.stream_with_context(iter("abc")))[0] == "RuntimeError"

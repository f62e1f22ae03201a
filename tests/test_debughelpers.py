"""What an app in debug mode tells its developer, held equal to Flask's words."""

from __future__ import annotations

import io

import pytest
from jinja2 import ChoiceLoader, DictLoader, FileSystemLoader, PackageLoader
from werkzeug.exceptions import NotFound

from .side_by_side import EWER, both, outcome


@pytest.mark.parametrize("debug", [True, False])
@pytest.mark.parametrize("data", [{"file": "name.txt"}, {"other": "x"}, {"file": ["a", "b"]}, {}])
def test_a_file_missing_for_lack_of_the_enctype_is_explained_in_debug_mode(debug, data):
    def scenario(fw):
        app = fw.make_app()
        app.testing, app.debug = True, debug

        @app.post("/")
        def upload():
            request = fw.globals.request
            found = outcome(lambda: request.files["file"].filename)
            return [*found, type(request.files).__name__, len(request.files)]

        response = app.test_client().post("/", data=data)
        return response.status, response.json or response.text

    both(scenario)


def test_a_file_that_came_is_left_alone():
    def scenario(fw):
        app = fw.make_app()
        app.testing = app.debug = True
        app.add_url_rule("/", "up", lambda: fw.globals.request.files["file"].filename, methods=["POST"])
        return app.test_client().post("/", data={"file": (io.BytesIO(b"x"), "name.txt")}).text

    assert both(scenario) == "name.txt"


@pytest.mark.parametrize("rule", ["/page/", "/page"])
@pytest.mark.parametrize("url", ["/page", "/page?a=b", "/page/", "//page"])
@pytest.mark.parametrize("debug", [True, False])
def test_a_redirect_that_would_drop_the_form_is_explained_in_debug_mode(rule, url, debug):
    def scenario(fw):
        app = fw.make_app()
        app.testing, app.debug = True, debug
        app.add_url_rule(rule, "page", lambda: "page", methods=["GET", "POST"])

        def post():
            response = app.test_client().post(url, data={"a": "b"})
            return response.status, response.headers.get("Location")

        return outcome(post)

    both(scenario)


def test_only_a_redirect_can_be_explained_as_one():
    app = EWER.make_app()
    with app.test_request_context("/missing") as context:
        assert isinstance(context.request.routing_exception, NotFound)
        with pytest.raises(AssertionError):
            EWER.debughelpers.FormDataRoutingRedirect(context.request)


@pytest.mark.parametrize(
    "loader",
    [
        FileSystemLoader(["/a", "/b"]),
        PackageLoader("click", "."),
        DictLoader({"a": "b"}),
        ChoiceLoader([DictLoader({})]),
    ],
    ids=lambda loader: type(loader).__name__,
)
def test_a_loader_is_described_line_by_line(loader):
    both(lambda fw: list(fw.debughelpers._dump_loader_info(loader)))


def test_the_errors_are_of_flasks_kinds():
    names = ("UnexpectedUnicodeError", "DebugFilesKeyError", "FormDataRoutingRedirect")
    both(lambda fw: [[base.__name__ for base in getattr(fw.debughelpers, name).__mro__] for name in names])

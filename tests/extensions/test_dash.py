"""Dash on the names of Flask: its page, layout, callbacks, pages and assets, inside an app of one's own."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import flask
import pytest
from dash import Dash, Input, Output, State, callback_context, dcc, html
from dash.exceptions import PreventUpdate


@pytest.fixture
def application(tmp_path: Path) -> flask.Flask:
    (tmp_path / "own.css").write_text("b {}")
    server = flask.Flask(__name__)
    server.secret_key = "k" * 32
    server.add_url_rule("/health", "health", lambda: "healthy")
    dash = Dash(__name__, server=server, url_base_pathname="/dash/", assets_folder=str(tmp_path))
    dash.layout = html.Div([dcc.Input(id="in", value="x"), html.Div(id="out"), html.Div(id="who")])

    @dash.callback(Output("out", "children"), Input("in", "value"), State("in", "id"))
    def shout(value: str, name: str) -> Any:
        if value == "stop":
            raise PreventUpdate
        if value == "crash":
            raise RuntimeError("callback crashed")
        callback_context.response.set_cookie("shouted", value)
        return f"{name}: {value.upper()} {flask.request.path}"

    return server


def call(application: flask.Flask, value: str) -> Any:
    body = {
        "output": "out.children",
        "outputs": {"id": "out", "property": "children"},
        "inputs": [{"id": "in", "property": "value", "value": value}],
        "state": [{"id": "in", "property": "id", "value": "in"}],
        "changedPropIds": ["in.value"],
    }
    return application.test_client().post("/dash/_dash-update-component", json=body)


def test_the_page_names_its_scripts_and_assets(application: flask.Flask) -> None:
    page = application.test_client().get("/dash/").text
    assert "_dash-component-suites" in page
    assert "/dash/assets/own.css" in page


def test_the_layout_is_json(application: flask.Flask) -> None:
    layout = application.test_client().get("/dash/_dash-layout").json
    assert [child["props"]["id"] for child in layout["props"]["children"]] == ["in", "out", "who"]


def test_the_callbacks_are_listed(application: flask.Flask) -> None:
    (entry,) = application.test_client().get("/dash/_dash-dependencies").json
    assert (entry["output"], entry["inputs"]) == ("out.children", [{"id": "in", "property": "value"}])


def test_a_callback_answers_with_its_request_and_cookie(application: flask.Flask) -> None:
    reply = call(application, "hey")
    assert reply.json["response"] == {"out": {"children": "in: HEY /dash/_dash-update-component"}}
    assert "shouted=hey" in reply.headers["Set-Cookie"]


def test_a_callback_that_changes_nothing_is_204(application: flask.Flask) -> None:
    assert call(application, "stop").status_code == 204


def test_a_crashed_callback_is_500(application: flask.Flask) -> None:
    assert call(application, "crash").status_code == 500


def test_assets_and_component_scripts_are_served(application: flask.Flask) -> None:
    client = application.test_client()
    asset = client.get("/dash/assets/own.css")
    assert asset.text == "b {}"
    asset.close()
    page = client.get("/dash/").text
    script = page.split('<script src="')[1].split('"')[0]
    reply = client.get(script)
    assert reply.status_code == 200
    reply.close()


def test_the_rest_of_the_server_is_untouched(application: flask.Flask) -> None:
    assert application.test_client().get("/health").text == "healthy"


def test_dash_makes_a_flask_of_its_own() -> None:
    dash = Dash("own")
    dash.layout = html.Div("hello")
    assert type(dash.server) is flask.Flask
    assert dash.server.test_client().get("/").status_code == 200

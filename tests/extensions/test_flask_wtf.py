"""Flask-WTF on the names of Flask: forms, files, CSRF tokens in forms, headers and templates, exemptions."""

from __future__ import annotations

import io
import re
from typing import Any

import pytest
from flask import Blueprint, Flask, g, jsonify, render_template_string, session
from flask_wtf import CSRFProtect, FlaskForm
from flask_wtf.csrf import CSRFError, generate_csrf
from flask_wtf.file import FileAllowed, FileField, FileRequired, FileSize, MultipleFileField
from wtforms import EmailField, IntegerField, StringField, SubmitField
from wtforms.validators import DataRequired, Email, NumberRange


class OrderForm(FlaskForm):
    name = StringField("Name", validators=[DataRequired()])
    email = EmailField("E-mail", validators=[Email()])
    count = IntegerField("Count", validators=[NumberRange(min=1, max=9)])
    submit = SubmitField("Order")


class CoverForm(FlaskForm):
    class Meta:
        csrf = False

    cover = FileField(validators=[FileRequired(), FileAllowed(["png"], "only png"), FileSize(max_size=20)])
    pages = MultipleFileField()


FORM = "<form method=post>{{ form.hidden_tag() }}{{ form.name() }}{{ form.email() }}{{ form.count() }}</form>"


def make_app(*, protect: bool = True) -> Flask:
    app = Flask(__name__)
    app.secret_key = "k" * 32
    app.testing = True
    if protect:
        csrf = CSRFProtect(app)
        app.extensions["the_csrf"] = csrf

    @app.route("/order", methods=["GET", "POST"])
    def order() -> Any:
        form = OrderForm()
        if form.validate_on_submit():
            return f"{form.count.data} for {form.name.data}"
        return (
            render_template_string(FORM, form=form),
            (400 if form.errors else 200),
            {"X-Errors": ",".join(form.errors)},
        )

    @app.get("/token")
    def token() -> str:
        return generate_csrf()

    @app.get("/template-token")
    def template_token() -> str:
        return render_template_string("{{ csrf_token() }}")

    @app.route("/plain", methods=["POST", "PUT", "GET"])
    def plain() -> str:
        return "plain"

    @app.post("/cover")
    def cover() -> Any:
        form = CoverForm()
        if not form.validate():
            return jsonify(form.errors), 400
        return jsonify(name=form.cover.data.filename, pages=[page.filename for page in form.pages.data if page])

    return app


@pytest.fixture
def application() -> Flask:
    return make_app()


def token_of(client: Any) -> str:
    return str(client.get("/token").text)


def test_a_form_renders_its_token_and_accepts_it_back(application: Flask) -> None:
    client = application.test_client()
    found = re.search(r'name="csrf_token" type="hidden" value="([^"]+)"', client.get("/order").text)
    assert found
    data = {"name": "Ada", "email": "ada@example.com", "count": "3", "csrf_token": found[1]}
    assert client.post("/order", data=data).text == "3 for Ada"


def test_each_wrong_field_is_reported(application: Flask) -> None:
    client = application.test_client()
    data = {"name": "", "email": "nobody", "count": "12", "csrf_token": token_of(client)}
    reply = client.post("/order", data=data)
    assert reply.status_code == 400
    assert reply.headers["X-Errors"] == "name,email,count"


def test_a_form_reads_a_json_body(application: Flask) -> None:
    client = application.test_client()
    reply = client.post(
        "/order",
        json={"name": "Ada", "email": "ada@example.com", "count": 2},
        headers={"X-CSRFToken": token_of(client)},
    )
    assert reply.text == "2 for Ada"


def test_a_form_checks_its_token_without_the_global_protection() -> None:
    client = make_app(protect=False).test_client()
    reply = client.post("/order", data={"name": "A", "email": "a@example.com", "count": "1"})
    assert reply.headers["X-Errors"] == "csrf_token"


@pytest.mark.parametrize("method", ["POST", "PUT"])
def test_an_unsafe_method_without_a_token_is_refused(application: Flask, method: str) -> None:
    reply = application.test_client().open("/plain", method=method)
    assert reply.status_code == 400
    assert "The CSRF token is missing." in reply.text


def test_a_safe_method_needs_no_token(application: Flask) -> None:
    assert application.test_client().get("/plain").text == "plain"


def test_the_token_may_come_in_a_header(application: Flask) -> None:
    client = application.test_client()
    assert client.post("/plain", headers={"X-CSRFToken": token_of(client)}).text == "plain"
    assert client.post("/plain", headers={"X-CSRF-Token": client.get("/template-token").text}).text == "plain"


def test_a_token_of_another_session_is_refused(application: Flask) -> None:
    foreign = token_of(application.test_client())
    client = application.test_client()
    token_of(client)
    reply = client.post("/plain", data={"csrf_token": foreign})
    assert reply.status_code == 400
    assert "do not match" in reply.text


def test_an_unknown_url_is_404_not_a_csrf_error(application: Flask) -> None:
    assert application.test_client().post("/nowhere").status_code == 404


def test_an_https_post_needs_a_referrer_of_the_same_origin(application: Flask) -> None:
    client = application.test_client()
    token = client.get("/token", base_url="https://localhost").text
    headers = {"X-CSRFToken": token}
    reply = client.post("/plain", base_url="https://localhost", headers=headers)
    assert "The referrer header is missing." in reply.text
    headers["Referer"] = "https://evil.example/"
    assert client.post("/plain", base_url="https://localhost", headers=headers).status_code == 400
    headers["Referer"] = "https://localhost/token"
    assert client.post("/plain", base_url="https://localhost", headers=headers).text == "plain"


def test_an_exempt_view_is_left_alone(application: Flask) -> None:
    csrf = application.extensions["the_csrf"]

    @application.post("/hook")
    @csrf.exempt
    def hook() -> str:
        return "hook"

    assert application.test_client().post("/hook").text == "hook"


def test_a_view_is_exempted_by_its_dotted_name(application: Flask) -> None:
    view = application.view_functions["plain"]
    application.extensions["the_csrf"].exempt(f"{view.__module__}.{view.__name__}")
    assert application.test_client().post("/plain").text == "plain"


def test_an_exempt_blueprint_is_left_alone(application: Flask) -> None:
    api = Blueprint("api", __name__, url_prefix="/api")

    @api.post("/")
    def index() -> str:
        return "api"

    application.register_blueprint(api)
    application.extensions["the_csrf"].exempt(api)
    assert application.test_client().post("/api/").text == "api"


def test_checking_can_be_done_by_hand(application: Flask) -> None:
    application.config["WTF_CSRF_CHECK_DEFAULT"] = False

    @application.before_request
    def check() -> None:
        if not session.get("trusted"):
            application.extensions["the_csrf"].protect()

    client = application.test_client()
    assert client.post("/plain").status_code == 400
    with client.session_transaction() as stored:
        stored["trusted"] = True
    assert client.post("/plain").text == "plain"


def test_an_error_handler_shapes_the_refusal(application: Flask) -> None:
    @application.errorhandler(CSRFError)
    def refused(error: CSRFError) -> Any:
        return {"reason": error.description}, 403

    reply = application.test_client().post("/plain")
    assert reply.status_code == 403
    assert reply.json == {"reason": "The CSRF token is missing."}


def test_the_token_is_made_once_a_request_and_the_raw_one_kept_in_the_session(application: Flask) -> None:
    with application.test_request_context("/"):
        assert generate_csrf() == generate_csrf()
        assert g.csrf_token == generate_csrf()
        assert re.fullmatch("[0-9a-f]{40}", session["csrf_token"])


def test_an_expired_token_is_refused(application: Flask) -> None:
    client = application.test_client()
    token = token_of(client)
    application.config["WTF_CSRF_TIME_LIMIT"] = -1
    reply = client.post("/plain", data={"csrf_token": token})
    assert "The CSRF token has expired." in reply.text


def test_protection_is_switched_off_by_config(application: Flask) -> None:
    application.config["WTF_CSRF_ENABLED"] = False
    assert application.test_client().post("/plain").text == "plain"


def upload(application: Flask, name: str, size: int) -> Any:
    application.config["WTF_CSRF_ENABLED"] = False
    data = {
        "cover": (io.BytesIO(b"x" * size), name),
        "pages": [(io.BytesIO(b"1"), "1.txt"), (io.BytesIO(b"2"), "2.txt")],
    }
    return application.test_client().post("/cover", data=data)


def test_an_uploaded_file_reaches_its_field(application: Flask) -> None:
    assert upload(application, "c.png", 5).json == {"name": "c.png", "pages": ["1.txt", "2.txt"]}


def test_a_file_of_the_wrong_kind_or_size_is_refused(application: Flask) -> None:
    assert upload(application, "c.exe", 5).json == {"cover": ["only png"]}
    assert "20" in upload(application, "c.png", 50).json["cover"][0]


def test_a_missing_file_is_refused(application: Flask) -> None:
    application.config["WTF_CSRF_ENABLED"] = False
    assert application.test_client().post("/cover", data={}).json == {"cover": ["This field is required."]}

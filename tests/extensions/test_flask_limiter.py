"""Flask-Limiter on the names of Flask: limits, headers, 429, exemptions, blueprints, costs, shared limits, CLI."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from flask import Blueprint, Flask, make_response, request
from flask.cli import FlaskGroup
from flask.views import MethodView
from flask_limiter import ExemptionScope, Limiter
from flask_limiter.util import get_remote_address


def key_of_client() -> str:
    return request.headers.get("X-Client", "nobody")


@pytest.fixture
def application() -> Flask:
    return Flask(__name__)


def limiter_of(app: Flask, **options: Any) -> Limiter:
    return Limiter(key_of_client, app=app, storage_uri="memory://", **options)


def hit(app: Flask, path: str, times: int, method: str = "GET", **headers: str) -> list[int]:
    client = app.test_client()
    return [client.open(path, method=method, headers=headers).status_code for _ in range(times)]


def test_the_request_over_a_view_limit_is_429(application: Flask) -> None:
    limiter = limiter_of(application)

    @application.get("/")
    @limiter.limit("2/minute")
    def index() -> str:
        return "index"

    assert hit(application, "/", 3) == [200, 200, 429]
    assert "2 per 1 minute" in application.test_client().get("/").text


def test_each_key_has_a_budget_of_its_own(application: Flask) -> None:
    limiter = limiter_of(application)

    @application.get("/")
    @limiter.limit("1/minute")
    def index() -> str:
        return "index"

    assert hit(application, "/", 2, **{"X-Client": "a"}) == [200, 429]
    assert hit(application, "/", 1, **{"X-Client": "b"}) == [200]


def test_default_limits_hold_for_every_view_and_exempt_ones_are_free(application: Flask) -> None:
    limiter = limiter_of(application, default_limits=["1/hour"])

    @application.get("/limited")
    def limited() -> str:
        return "limited"

    @application.get("/free")
    @limiter.exempt
    def free() -> str:
        return "free"

    assert hit(application, "/limited", 2) == [200, 429]
    assert hit(application, "/free", 3) == [200, 200, 200]


def test_application_limits_count_all_views_together(application: Flask) -> None:
    limiter_of(application, application_limits=["2/hour"])
    application.add_url_rule("/a", "a", lambda: "a")
    application.add_url_rule("/b", "b", lambda: "b")
    assert hit(application, "/a", 1) + hit(application, "/b", 2) == [200, 200, 429]


def test_headers_tell_limit_remaining_and_reset(application: Flask) -> None:
    limiter = limiter_of(application, headers_enabled=True)

    @application.get("/")
    @limiter.limit("2/hour")
    def index() -> str:
        return "index"

    client = application.test_client()
    reply = client.get("/")
    assert (reply.headers["X-RateLimit-Limit"], reply.headers["X-RateLimit-Remaining"]) == ("2", "1")
    assert int(reply.headers["X-RateLimit-Reset"]) > 0
    client.get("/")
    refused = client.get("/")
    assert refused.status_code == 429
    assert refused.headers["X-RateLimit-Remaining"] == "0"
    assert 0 < int(refused.headers["Retry-After"]) <= 3601


def test_an_error_handler_shapes_the_refusal(application: Flask) -> None:
    limiter = limiter_of(application)

    @application.get("/")
    @limiter.limit("1/day", error_message="come back tomorrow")
    def index() -> str:
        return "index"

    @application.errorhandler(429)
    def refused(error: Any) -> Any:
        return {"why": error.description}, 429

    client = application.test_client()
    client.get("/")
    assert client.get("/").json == {"why": "come back tomorrow"}


def test_a_blueprint_is_limited_and_another_exempt(application: Flask) -> None:
    limiter = limiter_of(application, default_limits=["5/hour"])
    slow, free = Blueprint("slow", __name__), Blueprint("free", __name__)
    slow.add_url_rule("/slow", "slow", lambda: "slow")
    free.add_url_rule("/free", "free", lambda: "free")
    limiter.limit("1/hour")(slow)
    limiter.exempt(free)
    application.register_blueprint(slow)
    application.register_blueprint(free)
    assert hit(application, "/slow", 2) == [200, 429]
    assert hit(application, "/free", 7) == [200] * 7


def test_nested_blueprints_inherit_an_exemption_when_asked(application: Flask) -> None:
    limiter = limiter_of(application, default_limits=["1/hour"])
    parent, child = Blueprint("parent", __name__, url_prefix="/p"), Blueprint("child", __name__, url_prefix="/c")
    child.add_url_rule("/", "index", lambda: "child")
    limiter.exempt(parent, flags=ExemptionScope.DEFAULT | ExemptionScope.DESCENDENTS)
    parent.register_blueprint(child)
    application.register_blueprint(parent)
    assert hit(application, "/p/c/", 3) == [200, 200, 200]


def test_a_limit_may_hold_for_some_methods_only(application: Flask) -> None:
    limiter = limiter_of(application)

    @application.route("/", methods=["GET", "POST"])
    @limiter.limit("1/hour", methods=["POST"])
    def index() -> str:
        return "index"

    assert hit(application, "/", 3) == [200, 200, 200]
    assert hit(application, "/", 2, method="POST") == [200, 429]


def test_a_limit_per_method_counts_each_alone(application: Flask) -> None:
    limiter = limiter_of(application)

    @application.route("/", methods=["GET", "POST"])
    @limiter.limit("1/hour", per_method=True)
    def index() -> str:
        return "index"

    assert hit(application, "/", 2) + hit(application, "/", 2, method="POST") == [200, 429, 200, 429]


def test_a_shared_limit_counts_its_views_together(application: Flask) -> None:
    limiter = limiter_of(application)
    shared = limiter.shared_limit("2/hour", scope="things")
    application.add_url_rule("/a", "a", shared(lambda: "a"))
    application.add_url_rule("/b", "b", shared(lambda: "b"))
    assert hit(application, "/a", 1) + hit(application, "/b", 2) == [200, 200, 429]


def test_class_based_views_take_limits_as_decorators(application: Flask) -> None:
    limiter = limiter_of(application)

    class Items(MethodView):
        decorators = [limiter.limit("1/hour")]

        def get(self) -> str:
            return "items"

    application.add_url_rule("/items", view_func=Items.as_view("items"))
    assert hit(application, "/items", 2) == [200, 429]


def test_an_async_view_is_limited(application: Flask) -> None:
    limiter = limiter_of(application)

    @application.get("/")
    @limiter.limit("1/hour")
    async def index() -> str:
        return "async"

    client = application.test_client()
    assert client.get("/").text == "async"
    assert client.get("/").status_code == 429


def test_exempt_when_and_cost_are_asked_on_each_request(application: Flask) -> None:
    limiter = limiter_of(application)

    @application.get("/")
    @limiter.limit("4/hour", cost=lambda: int(request.args.get("cost", 1)), exempt_when=lambda: "admin" in request.args)
    def index() -> str:
        return "index"

    assert hit(application, "/?cost=3", 1) + hit(application, "/?cost=2", 1) == [200, 429]
    assert hit(application, "/?admin=1", 3) == [200, 200, 200]


def test_a_dynamic_limit_is_read_on_each_request(application: Flask) -> None:
    limiter = limiter_of(application)
    limits = {"a": "1/hour", "b": "2/hour"}

    @application.get("/")
    @limiter.limit(lambda: limits[key_of_client()])
    def index() -> str:
        return "index"

    assert hit(application, "/", 3, **{"X-Client": "a"}) == [200, 429, 429]
    assert hit(application, "/", 3, **{"X-Client": "b"}) == [200, 200, 429]


def test_a_deduction_may_wait_for_the_response(application: Flask) -> None:
    limiter = limiter_of(application)

    @application.get("/<int:status>")
    @limiter.limit("1/hour", deduct_when=lambda response: response.status_code == 400)
    def answer(status: int) -> Any:
        return "x", status

    assert hit(application, "/200", 3) == [200, 200, 200]
    assert hit(application, "/400", 2) == [400, 429]


def test_a_request_filter_frees_what_it_matches(application: Flask) -> None:
    limiter = limiter_of(application, default_limits=["1/hour"])
    application.add_url_rule("/", "index", lambda: "index")

    @limiter.request_filter
    def internal() -> bool:
        return "internal" in request.args

    assert hit(application, "/?internal=1", 3) == [200, 200, 200]
    assert hit(application, "/", 2) == [200, 429]


def test_a_limit_as_context_manager_works_inside_a_view(application: Flask) -> None:
    limiter = limiter_of(application)

    @application.get("/")
    def index() -> str:
        with limiter.limit("1/hour"):
            return "inside"

    assert hit(application, "/", 2) == [200, 429]


def test_the_current_limit_is_known_in_the_view(application: Flask) -> None:
    limiter = limiter_of(application)

    @application.get("/")
    @limiter.limit("5/hour")
    def index() -> Any:
        current = limiter.current_limit
        return {"limit": str(current.limit), "remaining": current.remaining} if current else {}

    assert application.test_client().get("/").json == {"limit": "5 per 1 hour", "remaining": 4}


def test_on_breach_may_answer_itself(application: Flask) -> None:
    limiter = limiter_of(application, on_breach=lambda limit: make_response("slow down", 503))

    @application.get("/")
    @limiter.limit("1/hour")
    def index() -> str:
        return "index"

    client = application.test_client()
    client.get("/")
    reply = client.get("/")
    assert (reply.status_code, reply.text) == (503, "slow down")


def test_the_remote_address_is_a_key(application: Flask) -> None:
    Limiter(get_remote_address, app=application, default_limits=["1/hour"], storage_uri="memory://")
    application.add_url_rule("/", "index", lambda: "index")
    client = application.test_client()
    statuses = [
        client.get("/", environ_base={"REMOTE_ADDR": ip}).status_code for ip in ("1.1.1.1", "1.1.1.1", "2.2.2.2")
    ]
    assert statuses == [200, 429, 200]


def test_limits_come_from_the_config(application: Flask) -> None:
    application.config.update(
        RATELIMIT_DEFAULT="1/hour", RATELIMIT_STORAGE_URI="memory://", RATELIMIT_HEADERS_ENABLED=True
    )
    Limiter(key_of_client, app=application)
    application.add_url_rule("/", "index", lambda: "index")
    assert hit(application, "/", 2) == [200, 429]


def test_the_limiter_can_be_switched_off(application: Flask) -> None:
    application.config["RATELIMIT_ENABLED"] = False
    limiter_of(application, default_limits=["1/hour"])
    application.add_url_rule("/", "index", lambda: "index")
    assert hit(application, "/", 3) == [200, 200, 200]


def test_static_files_are_not_limited(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("a")
    app = Flask(__name__, static_folder=str(tmp_path), static_url_path="/static")
    limiter_of(app, default_limits=["1/hour"])
    assert hit(app, "/static/a.txt", 3) == [200, 200, 200]


def test_the_command_of_the_entry_point_lists_limits(application: Flask) -> None:
    limiter = limiter_of(application, default_limits=["9/hour"])

    @application.get("/listed")
    @limiter.limit("1/hour")
    def listed() -> str:
        return "listed"

    group = FlaskGroup(create_app=lambda: application)
    result = CliRunner().invoke(group, ["limiter", "limits", "--path=/listed"])
    assert result.exit_code == 0, result.output

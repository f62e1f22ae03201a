"""Typed views behave alike by their plan, through Flask's stations, and under ASGI; as `def` and as `async def`."""

import dataclasses
import json
import typing as t
from typing import Annotated

import pytest

from ewer import Blueprint, Ewer, abort, g, make_response, request
from ewer.typed import Depends, Header, Partial, Query
from ewer.views import MethodView

from .. import asgi_driver
from .models import Item, NewItem


class Answer(t.NamedTuple):
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> t.Any:
        return json.loads(self.body)

    @property
    def kind(self) -> str:
        return self.headers.get("content-type", "")


def over_wsgi(app, method, url, headers, body):
    made = app.test_client().open(url, method=method, headers=headers, data=body)
    made.close()
    return Answer(made.status_code, {k.lower(): v for k, v in made.headers}, made.data)


def over_asgi(app, method, url, headers, body):
    made = asgi_driver.request(app, method, url, headers.items(), body)
    return Answer(made.status, {k.decode(): v.decode() for k, v in made.headers}, made.body)


ROADS = {
    "plan": (over_wsgi, "1"),
    "stations": (over_wsgi, "0"),
    "asgi": (over_asgi, "1"),
    "asgi stations": (over_asgi, "0"),
}


@pytest.fixture(params=ROADS)
def send(request, monkeypatch):
    sender, plan = ROADS[request.param]
    monkeypatch.setenv("EWER_PLAN", plan)

    def send(app, target, data=None, **headers):
        method, _, url = target.rpartition(" ")
        body = None if data is None else json.dumps(data).encode()
        if body is not None:
            headers["Content-Type"] = "application/json"
        return sender(app, method or "GET", url, {k.replace("_", "-"): v for k, v in headers.items()}, body)

    return send


@pytest.fixture(params=["def", "async def"])
def as_view(request):
    """Registers a function as it is, or as a coroutine function of the same signature."""
    if request.param == "def":
        return lambda view: view

    def as_coroutine(view):
        async def coroutine(**kwargs):
            return view(**kwargs)

        coroutine.__signature__ = __import__("inspect").signature(view)
        coroutine.__name__, coroutine.__annotations__ = view.__name__, view.__annotations__
        return coroutine

    return as_coroutine


@pytest.fixture
def log():
    return []


@pytest.fixture
def shop(send):  # the environment says how it is to serve
    # NOTE: not named `app`: pytest-flask would push a request context for it, and no request would then go by its plan.
    return Ewer("app")


def resource(name, log, inner=None, kind="sync"):
    """Make a generator dependency that logs its life, and what it saw of an error."""

    def sync(below: t.Any = Depends(inner or (lambda: None))):
        log.append(f"open {name}")
        try:
            yield name
        except Exception as error:
            log.append(f"{name} saw {type(error).__name__}")
            raise
        finally:
            log.append(f"close {name}")

    async def asynchronous(below: t.Any = Depends(inner or (lambda: None))):
        log.append(f"open {name}")
        try:
            yield name
        except Exception as error:
            log.append(f"{name} saw {type(error).__name__}")
            raise
        finally:
            log.append(f"close {name}")

    return sync if kind == "sync" else asynchronous


# values, bodies, answers


def test_values_come_from_where_their_annotations_say(shop, send, as_view):
    def show(
        item_id: int, tag: list[str], limit: Annotated[int, Query(le=9)] = 5, x_key: Annotated[str, Header()] = ""
    ) -> list[str]:
        return [repr(item_id), repr(tag), repr(limit), x_key]

    shop.get("/show/<item_id>")(as_view(show))
    assert send(shop, "/show/7?tag=a&tag=b&limit=3", X_Key="k").json == ["7", "['a', 'b']", "3", "k"]
    refused = send(shop, "/show/x?limit=10")
    assert (refused.status, refused.kind) == (422, "application/problem+json")
    assert [tuple(e["location"]) for e in refused.json["errors"]] == [
        ("path", "item_id"),
        ("query", "tag"),
        ("query", "limit"),
    ]


def test_a_body_becomes_the_model_and_the_result_its_declared_fields(shop, send, as_view):
    def create(item: NewItem) -> Item:
        return {**dataclasses.asdict(item), "id": "1", "secret": "s"}

    shop.post("/items", status=201)(as_view(create))
    made = send(shop, "POST /items", {"name": "a", "price": 2})
    assert (made.status, made.kind) == (201, "application/json")
    assert made.json == {"name": "a", "price": 2.0, "description": None, "in_stock": True, "id": "1"}
    assert send(shop, "POST /items", {"name": ""}).status == 422
    assert send(shop, "POST /items").status in (415, 422)


def test_none_is_a_204_without_a_body(shop, send, as_view):
    def delete(n: int) -> None:
        pass

    shop.delete("/items/<int:n>")(as_view(delete))
    gone = send(shop, "DELETE /items/3")
    assert (gone.status, gone.body) == (204, b"")
    assert "content-type" not in gone.headers


def test_the_routes_status_is_for_results_that_name_none(shop, send, as_view):
    shop.get("/plain", status=202)(as_view(lambda: "text"))
    shop.get("/own", endpoint="own", status=202)(as_view(lambda: ("text", 203)))
    shop.get("/made", endpoint="made", status=202)(as_view(lambda: make_response("text", 299)))

    def typed() -> tuple[list[int], int]:
        return [1], 207

    shop.get("/typed", status=202)(as_view(typed))
    assert [send(shop, url).status for url in ("/plain", "/own", "/made", "/typed")] == [202, 203, 299, 207]


def test_a_result_that_does_not_fit_is_a_500_and_not_wrong_data(shop, send, as_view):
    def wrong() -> Item:
        return {"name": 3}

    shop.get("/wrong")(as_view(wrong))
    answer = send(shop, "/wrong")
    assert answer.status == 500
    assert b"name" not in answer.body


def test_a_partial_model_tells_absent_from_null(shop, send, as_view):
    def patch(change: Partial[NewItem]) -> dict[str, t.Any]:
        return dict(change.set_fields) if hasattr(change, "set_fields") else {"set": sorted(change)}

    shop.patch("/items")(as_view(patch))
    assert send(shop, "PATCH /items", {"description": None}).body != send(shop, "PATCH /items", {}).body


# problem details


def test_abort_in_a_json_view_is_problem_details_and_html_in_others(shop, send, as_view):
    def find(n: int) -> Item:
        abort(404, f"no item {n}")

    shop.get("/items/<n>")(as_view(find))
    shop.get("/page", endpoint="page")(as_view(lambda: abort(404)))
    missing = send(shop, "/items/3")
    assert (missing.status, missing.kind) == (404, "application/problem+json")
    assert (missing.json["status"], missing.json["detail"]) == (404, "no item 3")
    assert send(shop, "/page").kind.startswith("text/html")
    assert send(shop, "/nowhere").kind.startswith("text/html")


def test_error_handlers_see_refusals_by_code_and_by_class(shop, send, as_view):
    from werkzeug.exceptions import NotFound

    def create(item: NewItem) -> Item: ...

    def find() -> Item:
        abort(404)

    shop.post("/items")(as_view(create))
    shop.get("/items")(as_view(find))
    shop.register_error_handler(422, lambda error: (f"{len(error.refusal.errors)} wrong", 422))
    shop.register_error_handler(NotFound, lambda error: ("not here", 404))
    assert send(shop, "POST /items", {}).body == b"2 wrong"
    assert send(shop, "/items").body == b"not here"


# hooks


def test_hooks_run_around_typed_views(shop, send, as_view, log):
    def show(n: int) -> list[int]:
        log.append("view")
        return [n, g.added]

    shop.get("/show")(as_view(show))

    @shop.before_request
    def before():
        log.append("before")
        g.added = 1
        return ("stopped", 403) if "stop" in request.args else None

    @shop.after_request
    def after(response):
        log.append(f"after {response.status_code}")
        response.headers["X-After"] = "1"
        return response

    shop.teardown_request(lambda error: log.append("teardown"))
    answer = send(shop, "/show?n=3")
    assert (answer.json, answer.headers["x-after"], log) == ([3, 1], "1", ["before", "view", "after 200", "teardown"])
    assert send(shop, "/show?n=x").headers["x-after"] == "1"
    assert send(shop, "/show?stop").status == 403


# dependencies


@pytest.mark.parametrize("kind", ["sync", "async"])
def test_generators_are_closed_after_the_view_innermost_last(shop, send, as_view, log, kind):
    outer = resource("outer", log, resource("inner", log, kind=kind), kind=kind)

    def show(value: Annotated[str, Depends(outer)]) -> list[str]:
        log.append("view")
        return [value]

    shop.get("/")(as_view(show))
    assert send(shop, "/").json == ["outer"]
    assert log == ["open inner", "open outer", "view", "close outer", "close inner"]


@pytest.mark.parametrize("kind", ["sync", "async"])
def test_clean_up_sees_what_the_view_raised(shop, send, as_view, log, kind):
    def show(value: Annotated[str, Depends(resource("db", log, kind=kind))]) -> list[str]:
        abort(409)

    def broken(value: Annotated[str, Depends(resource("db", log, kind=kind))]) -> list[str]:
        raise KeyError(value)

    shop.get("/")(as_view(show))
    shop.get("/broken")(as_view(broken))
    assert send(shop, "/").status == 409
    assert log == ["open db", "db saw Conflict", "close db"]
    log.clear()
    assert send(shop, "/broken").status == 500
    assert log == ["open db", "db saw KeyError", "close db"]


def test_what_is_open_is_closed_when_a_later_dependency_refuses(shop, send, as_view, log):
    def refuse(value: Annotated[str, Depends(resource("db", log))]):
        abort(401)

    def show(value: Annotated[str, Depends(refuse)]) -> list[str]:
        log.append("view")

    shop.get("/")(as_view(show))
    refused = send(shop, "/")
    assert (refused.status, refused.kind) == (401, "application/problem+json")
    assert log == ["open db", "db saw Unauthorized", "close db"]


def test_a_dependency_is_made_once_a_request(shop, send, as_view):
    made = []

    def number() -> int:
        made.append(1)
        return len(made)

    def double(n: Annotated[int, Depends(number)]) -> int:
        return n * 2

    def show(
        a: Annotated[int, Depends(number)],
        b: Annotated[int, Depends(double)],
        c: Annotated[int, Depends(number, use_cache=False)],
    ) -> list[int]:
        return [a, b, c]

    shop.get("/")(as_view(show))
    assert send(shop, "/").json == [1, 2, 2]
    assert send(shop, "/").json == [3, 6, 4]


def test_an_application_wide_dependency_is_one_object(shop, send, as_view):
    class Pool:
        pass

    def show(pool: Annotated[Pool, Depends(Pool, scope="app")]) -> list[int]:
        return [id(pool)]

    shop.get("/")(as_view(show))
    assert send(shop, "/").json == send(shop, "/").json
    with shop.app_context():
        resolved = shop.resolve(Pool)
        assert isinstance(resolved, Pool)


def test_dependencies_of_the_application_the_blueprint_and_the_route_run_in_that_order(send, as_view, log):
    def noting(text):
        return Depends(lambda: log.append(text))

    app = Ewer("app", dependencies=[noting("app")])
    outer, inner = Blueprint("outer", __name__), Blueprint("inner", __name__)
    outer.dependencies, inner.dependencies = [noting("outer")], [noting("inner")]
    inner.get("/typed", dependencies=[noting("route")])(as_view(lambda: log.append("view") or "typed"))
    outer.register_blueprint(inner)
    app.register_blueprint(outer)
    app.get("/plain")(as_view(lambda: "plain"))
    assert send(app, "/typed").body == b"typed"
    assert log == ["app", "outer", "inner", "route", "view"]
    log.clear()
    assert send(app, "/plain").body == b"plain"
    assert log == ["app"]


def test_a_routes_own_dependencies_run_before_a_view_without_annotations(shop, send, as_view):
    def refuse():
        abort(401)

    shop.get("/", dependencies=[Depends(refuse)])(as_view(lambda: "secret"))
    assert send(shop, "/").status == 401


def test_overrides_stand_for_dependencies_while_the_block_runs(shop, send, as_view):
    def user() -> str:
        return "real"

    def show(name: Annotated[str, Depends(user)]) -> list[str]:
        return [name]

    shop.get("/")(as_view(show))
    assert send(shop, "/").json == ["real"]
    with shop.override_dependencies({user: lambda: "fake"}):
        assert send(shop, "/").json == ["fake"]
    assert send(shop, "/").json == ["real"]
    shop.dependency_overrides[user] = lambda: "other"
    assert send(shop, "/").json == ["other"]


def test_resolve_gives_what_views_get_and_cleans_up_with_the_context(shop, send, log):
    database = resource("db", log)
    with shop.app_context():
        assert shop.resolve(database) == "db"
        assert shop.resolve(database) == "db"
        assert log == ["open db"]
    assert log == ["open db", "close db"]
    with pytest.raises(RuntimeError):
        shop.resolve(database)


# class-based views, blueprints


def test_a_method_view_is_bound_method_by_method(shop, send):
    class Things(MethodView):
        def get(self, n: int = 1) -> list[int]:
            return [n]

        async def post(self, item: NewItem) -> tuple[NewItem, int, dict[str, str]]:
            return item, 202, {"X-Thing": "1"}

        def delete(self):
            return "gone"

    shop.add_url_rule("/things", view_func=Things.as_view("things"))
    assert send(shop, "/things?n=4").json == [4]
    made = send(shop, "POST /things", {"name": "a", "price": 1})
    assert (made.status, made.headers["x-thing"], made.json["name"]) == (202, "1", "a")
    assert send(shop, "DELETE /things").body == b"gone"
    assert send(shop, "HEAD /things?n=x").status == 422


def test_views_of_blueprints_take_route_options_and_variables_of_the_prefix(shop, send, as_view):
    branch = Blueprint("branch", __name__, url_prefix="/shops/<int:shop_id>")

    def create(shop_id: int, item: NewItem) -> dict[str, int]:
        return {item.name: shop_id}

    branch.post("/items", status=201)(as_view(create))
    shop.register_blueprint(branch)
    made = send(shop, "POST /shops/7/items", {"name": "a", "price": 1})
    assert (made.status, made.json) == (201, {"a": 7})


def test_explain_lists_what_is_collected_run_and_encoded(shop):
    def create(item: NewItem, db: Annotated[str, Depends(lambda: "db")], dry: bool = False) -> Item: ...

    shop.post("/items")(create)
    steps = [line.split(". ", 1)[1] for line in shop.explain("create").splitlines() if ". " in line]
    kinds = [step.split()[0].rstrip(":") for step in steps]
    assert kinds == ["body", "query", "dependency", "view", "answer"]
    assert "Item" in steps[-1]

"""An API on flask-pydantic: query, body, form and path from annotations, several models in one reply, its own settings.

The extension reads annotations as they stand, so this file must not turn them into strings.
"""

from typing import Any, Optional

from flask import Blueprint, Flask, jsonify, request
from flask.views import MethodView
from flask_httpauth import HTTPTokenAuth
from flask_pydantic import ValidationError, validate
from pydantic import BaseModel, Field, RootModel


class Query(BaseModel):
    age: int
    tags: list[str] = []
    name: Optional[str] = None


class Body(BaseModel):
    name: str = Field(min_length=2)
    inner: Optional["Body"] = None


class Out(BaseModel):
    name: str
    age: int = 1


class Several(RootModel[list[Body]]):
    pass


def make_app() -> Flask:
    app = Flask(__name__)
    auth = HTTPTokenAuth()
    auth.verify_token({"good": "ada"}.get)

    @app.post("/both/<int:number>")
    @validate(on_success_status=201)
    def both(number: int, body: Body, query: Query) -> Out:
        return Out(name=body.name, age=query.age + number)

    @app.get("/by-request")
    @validate(query=Query)
    def by_request() -> Any:
        return {"age": request.query_params.age, "tags": request.query_params.tags}  # type: ignore[attr-defined]

    @app.post("/body-model")
    @validate(body=Body)
    def body_model() -> Any:
        return jsonify(request.body_params.model_dump())  # type: ignore[attr-defined]

    @app.post("/form")
    @validate()
    def form(form: Body) -> Any:
        return form

    @app.post("/many")
    @validate(response_many=True)
    def many(body: Several) -> Any:
        return [Out(name=item.name) for item in body.root]

    @app.post("/many-bodies")
    @validate(request_body_many=True)
    def many_bodies(body: Body) -> Any:
        return {"names": [item.name for item in body]}  # type: ignore[attr-defined]

    @app.get("/path/<number>")
    @validate()
    def path(number: int) -> Any:
        return {"double": number * 2}

    @app.get("/tuple")
    @validate(exclude_none=True)
    def a_tuple(query: Query) -> Any:
        return query, 202, {"X-Made": "here"}

    @app.get("/async")
    @validate()
    async def coroutine(query: Query) -> Any:
        return Out(name="async", age=query.age)

    @app.get("/private")
    @auth.login_required
    @validate()
    def private(query: Query) -> Any:
        return Out(name=auth.current_user(), age=query.age)

    return with_views(app)


def with_views(app: Flask) -> Flask:
    class Item(MethodView):
        @validate()
        def get(self, item_id: int, query: Query) -> Any:
            return {"id": item_id, "age": query.age}

        @validate()
        def put(self, item_id: int, body: Body) -> Any:
            return body

    raising = Blueprint("raising", __name__, url_prefix="/raising")

    @raising.errorhandler(ValidationError)
    def told(error: ValidationError) -> Any:
        return {"body": error.body_params, "query": [one["loc"] for one in error.query_params or []]}, 418

    @raising.get("/")
    @validate()
    def index(query: Query) -> Any:
        return {}

    app.add_url_rule("/items/<int:item_id>", view_func=Item.as_view("item"))
    app.register_blueprint(raising)
    return app


ASKED: list[tuple[str, str, dict[str, Any]]] = [
    ("POST", "/both/3?age=4", {"json": {"name": "ada"}}),
    ("POST", "/both/3?age=x", {"json": {"name": "a"}}),
    ("POST", "/both/3", {"data": "{", "content_type": "application/json"}),
    ("POST", "/both/3?age=1", {"data": "name=ada"}),
    ("POST", "/both/3?age=1", {}),
    ("POST", "/both/x?age=1", {"json": {"name": "ada"}}),
    ("GET", "/by-request?age=4&tags=a&tags=b", {}),
    ("GET", "/by-request?tags=a", {}),
    ("POST", "/body-model", {"json": {"name": "ada", "inner": {"name": "eve"}}}),
    ("POST", "/body-model", {"json": {"name": "ada", "inner": {}}}),
    ("POST", "/body-model", {"json": [1]}),
    ("POST", "/form", {"data": {"name": "ada"}}),
    ("POST", "/form", {"data": {"name": "a"}}),
    ("POST", "/many", {"json": [{"name": "ada"}, {"name": "eve"}]}),
    ("POST", "/many", {"json": {"name": "ada"}}),
    ("POST", "/many-bodies", {"json": [{"name": "ada"}, {"name": "eve"}]}),
    ("POST", "/many-bodies", {"json": {"name": "ada"}}),
    ("GET", "/path/4", {}),
    ("GET", "/path/x", {}),
    ("GET", "/tuple?age=4", {}),
    ("GET", "/async?age=4", {}),
    ("GET", "/async?age=x", {}),
    ("GET", "/private?age=4", {}),
    ("GET", "/private?age=4", {"headers": {"Authorization": "Bearer good"}}),
    ("GET", "/items/1?age=4", {}),
    ("GET", "/items/1?age=x", {}),
    ("PUT", "/items/1", {"json": {"name": "ada"}}),
    ("PATCH", "/items/1", {"json": {"name": "ada"}}),
    ("OPTIONS", "/items/1", {}),
    ("GET", "/raising/?age=x", {}),
    ("GET", "/raising", {}),
]

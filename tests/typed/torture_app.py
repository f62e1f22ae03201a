"""An application of more than 150 operations: every parameter place, model, body, file, form, dependency and scheme.

Its views give back what they were given, so whatever the document promises of an answer is promised of what was sent.
Nothing is kept between requests: an operation that has another's id in its path finds something for every id.
"""

import dataclasses
import datetime as dt
import decimal
import pathlib
import typing as t
import uuid
from typing import Annotated

import marshmallow as ma
import msgspec
import pydantic

from ewer import Blueprint, Ewer, OpenAPI, abort
from ewer.typed import Body, Cookie, Depends, File, Form, Header, Partial, Path, Query, Security, UploadFile, security
from ewer.views import MethodView

from .models import (
    AsAttrs,
    AsNamedTuple,
    AsPydantic,
    AsStruct,
    AsTypedDict,
    Cat,
    ClosedStruct,
    Colour,
    Dog,
    Filter,
    Item,
    Line,
    NewItem,
    Order,
    Page,
    Plain,
    PydanticClosed,
    Size,
    TaggedCat,
    TaggedDog,
    Tree,
)


class LeafSchema(ma.Schema):
    n = ma.fields.Integer()


class NestedSchema(ma.Schema):
    line = ma.fields.Nested(f"{__name__}.LeafSchema")
    when = ma.fields.DateTime(required=True)
    names = ma.fields.List(ma.fields.String(allow_none=True))


class Computed(pydantic.BaseModel):
    colour: Colour
    children: list["Computed"] = []

    @pydantic.computed_field
    def size(self) -> int:
        return 1


@dataclasses.dataclass
class Bounds:
    whole: Annotated[int, msgspec.Meta(ge=-5, lt=1000, multiple_of=5)]
    part: Annotated[float, msgspec.Meta(gt=0, le=1)]
    word: Annotated[str, msgspec.Meta(pattern="^[a-z]+$", max_length=8)]
    many: Annotated[list[int], msgspec.Meta(min_length=1, max_length=3)]
    table: Annotated[dict[str, bool], msgspec.Meta(max_length=2)]
    when: dt.datetime | None = None
    sizes: set[Size] = dataclasses.field(default_factory=set)


SCALARS: dict[str, t.Any] = {
    "int": int,
    "str": str,
    "float": float,
    "bool": bool,
    "date": dt.date,
    "datetime": dt.datetime,
    "time": dt.time,
    "timedelta": dt.timedelta,
    "uuid": uuid.UUID,
    "decimal": decimal.Decimal,
    "enum": Colour,
    "int_enum": Size,
    "literal": t.Literal["a", "b", 1],
    "optional": t.Optional[int],
    "union": t.Union[int, uuid.UUID],
    "file_path": pathlib.PurePosixPath,
    "bounded": Annotated[int, msgspec.Meta(ge=-3, le=30, multiple_of=3)],
    "worded": Annotated[str, msgspec.Meta(min_length=2, max_length=5, pattern="^[A-Z]*$")],
}
"""Values that one text holds, by the name that their operations carry."""

MODELS: dict[str, t.Any] = {
    "new_item": NewItem,
    "item": Item,
    "plain": Plain,
    "typed_dict": AsTypedDict,
    "named_tuple": AsNamedTuple,
    "struct": AsStruct,
    "attrs": AsAttrs,
    "pydantic": AsPydantic,
    "pydantic_closed": PydanticClosed,
    "closed": ClosedStruct,
    "order": Order,
    "tree": Tree,
    "union": t.Union[Cat, Dog],
    "tagged": t.Union[TaggedCat, TaggedDog],
    "page_of_lines": Page[Line],
    "page_of_items": Page[Item],
    "trees": list[Tree],
    "orders": dict[str, Order],
    "pair": tuple[int, str],
    "maybe_order": t.Optional[Order],
    "computed": Computed,
    "computeds": list[Computed],
    "marshmallow": NestedSchema,
    "bounds": Bounds,
    "scalars": list[t.Union[int, str, None]],
}
"""What a body may hold, by the name that its operations carry."""

TEXT_MODELS: dict[str, t.Any] = {
    "filter": Filter,
    "struct": AsStruct,
    "closed": ClosedStruct,
    "attrs": AsAttrs,
    "pydantic": AsPydantic,
    "pydantic_closed": PydanticClosed,
    "typed_dict": AsTypedDict,
    "named_tuple": AsNamedTuple,
    "new_item": NewItem,
}
"""Models whose fields are read from texts: of a query, of a form, of cookies."""


def make_app(**settings: t.Any) -> Ewer:
    """Make the application; `settings` are those of `Ewer`."""
    app = Ewer("torture", openapi=OpenAPI(title="Torture", version="1.0.0"), **settings)
    for add in (_add_texts, _add_path_variables, _add_bodies, _add_text_models, _add_keyed, _add_raw, _add_files):
        add(app)
    for add in (_add_dependencies, _add_security, _add_answers, _add_classes, _add_blueprint):
        add(app)
    return app


def _echo(annotation: t.Any, returns: t.Any) -> t.Any:
    """Make a view that gives back what it is given.

    NOTE: a tuple is Flask's (body, status), and Schemathesis 4.32 cannot read `prefixItems` at the top of an answer.
    """
    if returns is AsNamedTuple:
        return _wrapped(annotation, returns)
    if returns is MODELS["pair"]:
        return _listed(annotation)

    def echo(it: t.Any):
        return it

    echo.__annotations__ = {"it": annotation, "return": returns}
    return echo


def _add_texts(app: Ewer) -> None:
    for name, kind in SCALARS.items():
        app.get(f"/query/{name}", endpoint=f"query_{name}")(_wrapped(Annotated[kind, Query()], kind))
        app.get(f"/queries/{name}", endpoint=f"queries_{name}")(_echo(Annotated[list[kind], Query()], list[kind]))
        app.post(f"/form/{name}", endpoint=f"form_{name}")(_echo(Annotated[list[kind], Form()], list[kind]))
        app.get(f"/elsewhere/{name}", endpoint=f"elsewhere_{name}")(_elsewhere(kind))


def _wrapped(annotation: t.Any, returns: t.Any) -> t.Any:
    def wrapped(it: t.Any):
        return {"it": it}

    wrapped.__annotations__ = {"it": annotation, "return": dict[str, returns]}
    return wrapped


def _listed(annotation: t.Any) -> t.Any:
    def listed(it: t.Any) -> list[t.Union[int, str]]:
        return list(it)

    listed.__annotations__["it"] = annotation
    return listed


def _elsewhere(kind: t.Any) -> t.Any:
    def elsewhere(x_it: t.Any, biscuit: t.Any = None):
        return [x_it, biscuit]

    elsewhere.__annotations__ = {
        "x_it": Annotated[kind, Header()],
        "biscuit": Annotated[t.Optional[kind], Cookie()],
        "return": list[t.Optional[kind]],
    }
    return elsewhere


def _add_path_variables(app: Ewer) -> None:
    converters = {
        "int": int,
        "int(min=2, max=9)": int,
        "int(signed=True)": int,
        "float": float,
        "uuid": uuid.UUID,
        "any('a b', c)": str,
        "string(minlength=2, maxlength=4)": str,
        "string(length=3)": str,
        "path": str,
        "default": dt.date,
        "string": Annotated[int, Path(ge=0, le=100)],
    }
    for number, (converter, kind) in enumerate(converters.items()):

        def show(it: t.Any):
            return [it]

        show.__annotations__ = {"it": kind, "return": list[t.get_args(kind)[0] if number == 10 else kind]}
        app.get(f"/path/{number}/<{converter}:it>/end", endpoint=f"path_{number}")(show)

    @app.get("/pages/", defaults={"number": 1}, endpoint="pages_first")
    @app.get("/pages/<int:number>", endpoint="pages")
    def pages(number: int) -> list[int]:
        return [number]


def _add_bodies(app: Ewer) -> None:
    for name, model in MODELS.items():
        app.post(f"/body/{name}", endpoint=f"body_{name}", status=201)(_echo(Annotated[model, Body()], model))

    for name in ("new_item", "typed_dict", "struct", "attrs", "pydantic", "order", "tree"):

        def change(it_id: int, it: t.Any):
            return {"id": it_id, "changed": sorted(it.changes)}

        change.__annotations__ = {
            "it_id": int,
            "it": Partial[MODELS[name]],
            "return": dict[str, t.Union[int, list[str]]],
        }
        app.patch(f"/body/{name}/<int:it_id>", endpoint=f"patch_{name}")(change)

    @app.put("/optional")
    def optional(it: t.Optional[NewItem] = None) -> t.Optional[NewItem]:
        return it

    @app.post("/anything")
    def anything(it: Annotated[t.Any, Body()]) -> Annotated[dict[str, str], "what its type is called"]:
        return {"type": type(it).__name__}

    @app.post("/object")
    def free_object(it: dict) -> list[int]:
        return [len(it)]


def _add_text_models(app: Ewer) -> None:
    for name, model in TEXT_MODELS.items():
        for place, marker in (("query", Query()), ("form", Form()), ("cookies", Cookie()), ("headers", Header())):
            if place == "headers" and name != "filter":
                continue
            method = app.post if place == "form" else app.get
            method(f"/models/{place}/{name}", endpoint=f"{place}_model_{name}")(_echo(Annotated[model, marker], model))

    @app.get("/models/two")
    def two(f: Annotated[Filter, Query()], it: Annotated[AsPydantic, Query()], page: int = 1) -> Plain:
        return Plain(it.name, page, f.tag)


def _add_keyed(app: Ewer) -> None:
    @app.post("/keyed/one")
    def keyed_one(it: Annotated[NewItem, Body(embed=True)]) -> NewItem:
        return it

    @app.post("/keyed/two")
    def keyed_two(it: Annotated[NewItem, Body()], line: Line, n: Annotated[int, Body(ge=0)] = 1) -> list[Line]:
        return [line] * min(n, 3)

    @app.put("/keyed/<int:it_id>")
    def keyed_all(
        it_id: int,
        it: NewItem,
        q: Annotated[list[Colour], Query(description="Colours")] = [],
        x_token: Annotated[t.Optional[str], Header(max_length=10)] = None,
        session: Annotated[str, Cookie(min_length=1)] = "none",
    ) -> Item:
        return Item(it.name, it.price, it.description, it.in_stock, str(it_id))


def _add_raw(app: Ewer) -> None:
    @app.post("/raw/bytes")
    def raw_bytes(it: Annotated[bytes, Body()]) -> dict[str, int]:
        return {"bytes": len(it)}

    @app.post("/raw/image")
    def raw_image(it: Annotated[bytes, Body(media_type="image/png")]) -> dict[str, int]:
        return {"bytes": len(it)}

    @app.post("/raw/text")
    def raw_text(it: Annotated[str, Body(media_type="text/plain", max_length=20)]) -> dict[str, str]:
        return {"text": it}

    @app.post("/raw/merge")
    def raw_merge(it: Annotated[Filter, Body(media_type="application/merge-patch+json")]) -> Filter:
        return it


def _add_files(app: Ewer) -> None:
    @app.post("/files/one")
    def one_file(it: UploadFile) -> dict[str, str]:
        return {"name": it.filename or "", "type": it.content_type or ""}

    @app.post("/files/many")
    def many_files(it: list[UploadFile], note: Annotated[str, Form(max_length=9)] = "") -> dict[str, int]:
        return {"files": len(it)}

    @app.post("/files/bytes")
    def file_bytes(it: Annotated[bytes, File()], more: Annotated[list[bytes], File()] = []) -> list[int]:
        return [len(it), len(more)]

    @app.post("/files/maybe")
    def maybe_file(it: t.Optional[UploadFile] = None, n: Annotated[int, Form(ge=1)] = 1) -> list[int]:
        return [n, int(it is not None)]

    @app.post("/files/beside-a-model")
    def file_beside_model(it: Annotated[NewItem, Form()], cover: UploadFile) -> NewItem:
        return it


def _add_dependencies(app: Ewer) -> None:
    def page(skip: Annotated[int, Query(ge=0)] = 0, limit: Annotated[int, Query(ge=1, le=100)] = 20):
        yield skip, limit

    async def tenant(x_tenant: Annotated[str, Header(pattern="^[a-z]+$")]) -> str:
        return x_tenant

    class Pager:
        def __init__(self, cursor: uuid.UUID | None = None, size: Size = Size.SMALL) -> None:
            self.cursor, self.size = cursor, size

    def both(where: Annotated[tuple, Depends(page)], who: Annotated[str, Depends(tenant)]) -> str:
        return f"{who} {where[0]} {where[1]}"

    def settings() -> dict:
        return {"made": 1}

    @app.get("/depends/page")
    def depends_page(where: Annotated[tuple, Depends(page, scope="function")]) -> list[int]:
        return list(where)

    @app.get("/depends/both", dependencies=[Depends(page)])
    def depends_both(words: Annotated[str, Depends(both)], skip: int = 5) -> list[t.Union[str, int]]:
        return [words, skip]

    @app.get("/depends/class")
    async def depends_class(pager: Annotated[Pager, Depends()]) -> dict[str, t.Union[Size, uuid.UUID, None]]:
        return {"size": pager.size, "cursor": pager.cursor}

    @app.post("/depends/app")
    def depends_app(it: NewItem, made: Annotated[dict, Depends(settings, scope="app")]) -> dict[str, int]:
        return made

    @app.get("/depends/path/<int:it_id>")
    def depends_path(it: Annotated[int, Depends(lambda it_id: it_id)], it_id: int) -> list[int]:
        return [it]


def _add_security(app: Ewer) -> None:
    bearer = security.OAuth2PasswordBearer("/token", scopes={"read": "reading", "write": "writing"})
    schemes = {
        "basic": security.HTTPBasic(),
        "bearer": security.HTTPBearer(bearer_format="JWT"),
        "key_header": security.APIKeyHeader(name="X-Key"),
        "key_query": security.APIKeyQuery(name="key"),
        "key_cookie": security.APIKeyCookie(name="key"),
        "oauth2": bearer,
        "code": security.OAuth2AuthorizationCodeBearer("https://id.example/authorize", "https://id.example/token"),
        "client": security.OAuth2ClientCredentialsBearer("https://id.example/token"),
        "openid": security.OpenIdConnect(open_id_connect_url="https://id.example/.well-known/openid-configuration"),
        "optional": security.HTTPBearer(auto_error=False, scheme_name="Optional"),
    }
    for name, scheme in schemes.items():

        def secret(who: t.Any, n: int = 1):
            return {"known": who is not None}

        secret.__annotations__ = {"who": Annotated[t.Any, Depends(scheme)], "n": int, "return": dict[str, bool]}
        app.get(f"/secret/{name}", endpoint=f"secret_{name}")(secret)

    @app.post("/token")
    def token(form: Annotated[security.OAuth2PasswordRequestForm, Depends()]) -> dict[str, str]:
        return {"access_token": form.username, "token_type": "bearer"}

    def user(given: Annotated[str, Depends(bearer)], scopes: security.SecurityScopes) -> str:
        return scopes.scope_str

    @app.get("/secret/scopes", responses={403: "Not yours"})
    def secret_scopes(
        who: Annotated[str, Security(user, scopes=["read"])], n: Annotated[int, Query(ge=0)] = 1
    ) -> list[str]:
        return [who] if n % 2 else abort(403, "Odd ones only.")


def _add_answers(app: Ewer) -> None:
    @app.delete("/things/<int:it_id>")
    def remove(it_id: int) -> None:
        return None

    @app.get("/things/<int:it_id>", responses={410: {"description": "Gone"}})
    def find(it_id: int) -> t.Optional[Item]:
        if it_id % 3 == 2:
            abort(410, "It was here once.")
        return Item("Teapot", 12.5, id=str(it_id)) if it_id % 3 else None

    @app.put("/things/<int:it_id>", responses={409: Line})
    def replace(it_id: int, it: NewItem):
        return (Line("taken", 1), 409) if it_id % 2 else (Item(it.name, it.price), 200, {"X-Total": "1"})

    replace.__annotations__["return"] = t.Union[Item, Line]

    @app.get("/lines")
    def lines(n: Annotated[int, Query(ge=0, le=9)] = 3) -> t.Iterator[Line]:
        return (Line(str(number), number + 1) for number in range(n))

    @app.get("/lines/later")
    async def lines_later(n: Annotated[int, Query(ge=0, le=9)] = 3) -> t.AsyncIterator[Line]:
        async def later():
            for number in range(n):
                yield Line(str(number), number + 1)

        return later()

    @app.get("/headers")
    def headers(n: int = 0):
        return [n], 200, {"X-Total": str(n)}

    headers.__annotations__["return"] = Annotated[list[int], Header(alias="x-total", description="How many")]

    @app.get("/text")
    def text(q: str = "") -> str:
        return q

    @app.get("/free")
    def free(q: str = "") -> dict:
        return {"q": q}

    @app.get("/plain/<name>")
    def plain(name):
        return {"name": name}


def _add_classes(app: Ewer) -> None:
    class Things(MethodView):
        def get(self, it_id: int, q: t.Optional[Colour] = None) -> dict[str, t.Union[int, Colour, None]]:
            return {"id": it_id, "q": q}

        async def post(self, it_id: int, it: AsPydantic) -> AsPydantic:
            return it

        def delete(self, it_id: int) -> None: ...

    app.add_url_rule("/classes/<int:it_id>", view_func=Things.as_view("things"))


def _add_blueprint(app: Ewer) -> None:
    shop = Blueprint("shop", __name__, url_prefix="/shop/<int(max=99):shop_id>")

    @shop.get("/orders/<uuid:order_id>")
    def order(shop_id: int, order_id: uuid.UUID) -> Order:
        return Order(str(order_id), [Line("a", shop_id + 1)])

    @shop.post("/orders", status=202)
    async def new_order(shop_id: int, it: Order, dry: bool = False) -> Order:
        return it

    app.register_blueprint(shop)

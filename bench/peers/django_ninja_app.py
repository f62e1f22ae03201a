"""Django-Ninja: schemas of pydantic in and out, plain views under WSGI, settings as for production."""

from __future__ import annotations

import time

import django
from django.conf import settings

settings.configure(
    DEBUG=False,
    ALLOWED_HOSTS=["127.0.0.1", "localhost"],
    SECRET_KEY="a secret that only this benchmark knows",
    ROOT_URLCONF=__name__,
    SESSION_ENGINE="django.contrib.sessions.backends.signed_cookies",
    MIDDLEWARE=["django.middleware.common.CommonMiddleware"],
    TEMPLATES=[
        {"BACKEND": "django.template.backends.jinja2.Jinja2", "DIRS": ["templates"], "OPTIONS": {"autoescape": True}}
    ],
    USE_TZ=True,
)
django.setup()

from django.core.wsgi import get_wsgi_application  # noqa: E402  (Django is imported after its settings)
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse  # noqa: E402
from django.shortcuts import render  # noqa: E402
from django.urls import path  # noqa: E402
from ninja import NinjaAPI, Schema  # noqa: E402

from peers import set_up  # noqa: E402

PEER = {
    "name": "django-ninja",
    "title": "Django-Ninja",
    "environment": "django-ninja",
    "speaks": "wsgi",
    "servers": {"granian-wsgi": "all"},
}

HELLO = """
import django
from django.conf import settings

settings.configure(
    ALLOWED_HOSTS=["*"],
    SECRET_KEY="a secret",
    ROOT_URLCONF=__name__,
    MIDDLEWARE=["django.middleware.common.CommonMiddleware"],
)
django.setup()

from django.core.wsgi import get_wsgi_application
from django.http import HttpResponse
from django.urls import path
from ninja import NinjaAPI

api = NinjaAPI()


@api.get("/")
def hello(request):
    return HttpResponse("Hello, World!", content_type="text/plain")


urlpatterns = [path("", api.urls)]
app = get_wsgi_application()
"""

api = NinjaAPI()
urlpatterns = []


class Book(Schema):
    """One of the hundred objects."""

    id: int
    title: str
    author: str
    price: float
    in_stock: bool


class Order(Schema):
    """What is sent to /orders."""

    name: str
    price: float
    quantity: int
    tags: list[str]


class NewItem(Schema):
    """What is sent to /items."""

    name: str
    price: float
    tags: list[str]


class Item(NewItem):
    """What /items answers with."""

    id: int


BOOKS = [
    Book(id=number, title=f"Book {number}", author="A. Writer", price=number + 0.5, in_stock=number % 2 == 0)
    for number in range(100)
]


def _app():
    urlpatterns.append(path("", api.urls))
    return get_wsgi_application()


def plaintext():
    @api.get("/plaintext")
    def hello(request):
        return HttpResponse("Hello, World!", content_type="text/plain")

    return _app()


def json():
    @api.get("/json")
    def hello(request):
        return {"message": "Hello, World!"}

    return _app()


def path_variable():
    @api.get("/items/{int:item_id}")
    def item(request, item_id: int):
        return {"id": item_id}

    return _app()


def path_and_query():
    @api.get("/users/{int:user_id}/posts")
    def posts(request, user_id: int, tag: str, page: int = 1):
        return {"user": user_id, "page": page, "tag": tag}

    return _app()


def json_body():
    @api.post("/orders")
    def create(request, order: Order):
        return {"name": order.name, "total": order.price * order.quantity, "tags": len(order.tags)}

    return _app()


def hundred_objects():
    @api.get("/books", response=list[Book])
    def books(request):
        return BOOKS

    return _app()


def template():
    @api.get("/page")
    def page(request):
        books = [{"id": number, "title": f"Book & {number}"} for number in range(20)]
        return render(request, "books.html", {"heading": "Books", "books": books})

    return _app()


def signed_session():
    settings.MIDDLEWARE.append("django.contrib.sessions.middleware.SessionMiddleware")

    @api.get("/visits")
    def visits(request: HttpRequest):
        request.session["visits"] = request.session.get("visits", 0) + 1
        return HttpResponse(f"visits: {request.session['visits']}", content_type="text/plain")

    return _app()


def upload():
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 2**22

    @api.post("/upload")
    def receive(request):
        return HttpResponse(str(len(request.body)), content_type="text/plain")

    return _app()


def download():
    chunk = b"d" * 16384

    @api.get("/download")
    def stream(request):
        return StreamingHttpResponse((chunk for _ in range(64)), content_type="application/octet-stream")

    return _app()


def _routes(count):
    def item(request, item_id: int):
        return {"id": item_id}

    for number in range(count):
        api.get(f"/section-{number}/items/{{int:item_id}}", operation_id=f"item_{number}")(item)
    return _app()


def routes_1():
    return _routes(1)


def routes_500():
    return _routes(500)


def wait_wsgi():
    @api.get("/wait")
    def wait(request):
        time.sleep(0.05)
        return HttpResponse("waited", content_type="text/plain")

    return _app()


def typed_parameters():
    return path_and_query()


def typed_body():
    @api.post("/items", response={201: Item})
    def create(request, item: NewItem):
        return 201, {"name": item.name, "price": item.price, "tags": item.tags, "id": 1}

    return _app()


app = set_up(globals())

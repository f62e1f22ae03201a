"""Flask-Caching on the names of Flask: cached views, memoize, keys, unless, templates, request-time after_request."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from flask import Flask, jsonify, render_template_string, request
from flask_caching import Cache, make_template_fragment_key


@pytest.fixture
def application(tmp_path: Path) -> Flask:
    app = Flask(__name__)
    app.config.update(CACHE_TYPE="SimpleCache", CACHE_DEFAULT_TIMEOUT=60)
    app.extensions["the_cache"] = Cache(app)
    app.extensions["count"] = {}
    return app


def cache_of(app: Flask) -> Cache:
    return app.extensions["the_cache"]


def tick(app: Flask, name: str) -> int:
    count: dict[str, int] = app.extensions["count"]
    count[name] = count.get(name, 0) + 1
    return count[name]


def texts(app: Flask, *paths: str, **options: Any) -> list[str]:
    client = app.test_client()
    return [client.get(path, **options).text for path in paths]


def test_a_cached_view_runs_once_per_path(application: Flask) -> None:
    @application.get("/<name>")
    @cache_of(application).cached()
    def show(name: str) -> str:
        return f"{name} {tick(application, name)}"

    assert texts(application, "/a", "/a", "/b", "/a") == ["a 1", "a 1", "b 1", "a 1"]


def test_the_query_string_is_part_of_the_key_when_asked(application: Flask) -> None:
    @application.get("/")
    @cache_of(application).cached(query_string=True)
    def show() -> str:
        return str(tick(application, "q"))

    assert texts(application, "/?a=1&b=2", "/?b=2&a=1", "/?a=2", "/") == ["1", "1", "2", "3"]


def test_a_post_body_is_part_of_the_key_when_asked(application: Flask) -> None:
    @application.post("/")
    @cache_of(application).cached(make_cache_key=lambda *a, **k: request.get_data(as_text=True))
    def show() -> str:
        return str(tick(application, "p"))

    client = application.test_client()
    assert [client.post("/", data=data).text for data in ("x", "x", "y")] == ["1", "1", "2"]


def test_unless_passes_the_cache_by(application: Flask) -> None:
    @application.get("/")
    @cache_of(application).cached(unless=lambda: "fresh" in request.args)
    def show() -> str:
        return str(tick(application, "u"))

    assert texts(application, "/", "/?fresh=1", "/") == ["1", "2", "1"]


def test_forced_update_refills_the_cache(application: Flask) -> None:
    @application.get("/")
    @cache_of(application).cached(forced_update=lambda: "force" in request.args)
    def show() -> str:
        return str(tick(application, "f"))

    assert texts(application, "/", "/?force=1", "/") == ["1", "2", "2"]


def test_a_response_filter_keeps_errors_out(application: Flask) -> None:
    @application.get("/")
    @cache_of(application).cached(response_filter=lambda reply: reply[1] == 200)
    def show() -> Any:
        number = tick(application, "r")
        return str(number), 200 if number > 1 else 500

    assert texts(application, "/", "/", "/") == ["1", "2", "2"]


def test_a_cached_response_keeps_status_and_headers(application: Flask) -> None:
    @application.get("/")
    @cache_of(application).cached()
    def show() -> Any:
        return jsonify(n=tick(application, "h")), 201, {"X-Made": "here"}

    client = application.test_client()
    first, second = client.get("/"), client.get("/")
    assert first.json == second.json == {"n": 1}
    assert (second.status_code, second.headers["X-Made"]) == (201, "here")


def test_a_hit_is_marked_on_the_very_response_by_an_after_request_added_inside_the_view(application: Flask) -> None:
    @application.get("/")
    @cache_of(application).cached(response_hit_indication=True)
    def show() -> str:
        return "shown"

    client = application.test_client()
    assert "hit_cache" not in client.get("/").headers
    assert client.get("/").headers["hit_cache"] == "True"


def test_an_async_view_is_cached(application: Flask) -> None:
    @application.get("/")
    @cache_of(application).cached()
    async def show() -> str:
        return f"async {tick(application, 'async')}"

    assert texts(application, "/", "/") == ["async 1", "async 1"]


def test_a_view_that_yields_is_cached_with_all_its_chunks(application: Flask) -> None:
    @application.get("/")
    @cache_of(application).cached()
    def show() -> Any:
        for number in range(3):
            yield f"{number}:{tick(application, 'stream')};"

    assert texts(application, "/", "/") == ["0:1;1:2;2:3;", "0:1;1:2;2:3;"]


def test_memoize_keys_on_the_arguments(application: Flask) -> None:
    cache = cache_of(application)

    @cache.memoize()
    def add(a: int, b: int = 0) -> tuple[int, int]:
        return a + b, tick(application, "memo")

    with application.app_context():
        assert add(1, 2) == add(1, b=2) == add(a=1, b=2) == (3, 1)
        assert add(2, 2) == (4, 2)
        cache.delete_memoized(add, 1, 2)
        assert add(1, 2) == (3, 3)
        assert add(2, 2) == (4, 2)
        cache.delete_memoized(add)
        assert add(2, 2) == (4, 4)


def test_memoize_tells_instances_apart(application: Flask) -> None:
    cache = cache_of(application)

    class Shop:
        def __init__(self, name: str) -> None:
            self.name = name

        def __repr__(self) -> str:
            return f"Shop({self.name})"

        @cache.memoize()
        def stock(self) -> str:
            return f"{self.name} {tick(application, self.name)}"

    with application.app_context():
        assert [Shop("a").stock(), Shop("a").stock(), Shop("b").stock()] == ["a 1", "a 1", "b 1"]


def test_the_plain_interface_stores_and_forgets(application: Flask) -> None:
    cache = cache_of(application)
    with application.app_context():
        cache.set("k", {"v": 1})
        cache.set_many({"x": 1, "y": 2})
        assert cache.get("k") == {"v": 1}
        assert cache.get_dict("x", "y") == {"x": 1, "y": 2}
        assert cache.has("x")
        cache.delete("x")
        assert cache.get("x") is None
        assert cache.add("y", 3) is False
        cache.clear()
        assert cache.get("k") is None


def test_a_view_is_dropped_from_the_cache_by_its_key(application: Flask) -> None:
    cache = cache_of(application)

    @application.get("/page")
    @cache.cached(key_prefix="the page")
    def page() -> str:
        return str(tick(application, "page"))

    client = application.test_client()
    assert [client.get("/page").text, client.get("/page").text] == ["1", "1"]
    with application.app_context():
        cache.delete("the page")
    assert client.get("/page").text == "2"


def test_uncached_reaches_the_bare_view(application: Flask) -> None:
    @cache_of(application).cached(key_prefix="bare")
    def number() -> int:
        return tick(application, "bare")

    with application.test_request_context():
        assert (number(), number(), number.uncached()) == (1, 1, 2)


def test_a_template_fragment_is_cached(application: Flask) -> None:
    template = "{% cache 60, 'frag' %}{{ tick() }}{% endcache %}"

    @application.get("/")
    def show() -> str:
        return render_template_string(template, tick=lambda: tick(application, "frag"))

    client = application.test_client()
    assert [client.get("/").text, client.get("/").text] == ["1", "1"]
    with application.app_context():
        cache_of(application).delete(make_template_fragment_key("frag"))
    assert client.get("/").text == "2"


def test_a_file_system_cache_outlives_the_app(tmp_path: Path) -> None:
    def make_app() -> tuple[Flask, Cache]:
        app = Flask(__name__)
        return app, Cache(app, config={"CACHE_TYPE": "FileSystemCache", "CACHE_DIR": str(tmp_path)})

    first, cache = make_app()
    with first.app_context():
        cache.set("kept", [1, 2])
    second, cache = make_app()
    with second.app_context():
        assert cache.get("kept") == [1, 2]


def test_two_apps_share_one_cache_object_without_mixing(application: Flask) -> None:
    cache = cache_of(application)
    other = Flask(__name__)
    cache.init_app(other, config={"CACHE_TYPE": "SimpleCache"})
    with application.app_context():
        cache.set("k", "first")
    with other.app_context():
        assert cache.get("k") is None


def test_a_null_cache_never_hits() -> None:
    app = Flask(__name__)
    cache = Cache(app, config={"CACHE_TYPE": "NullCache", "CACHE_NO_NULL_WARNING": True})
    app.extensions["count"] = {}

    @app.get("/")
    @cache.cached()
    def show() -> str:
        return str(tick(app, "null"))

    assert texts(app, "/", "/") == ["1", "2"]

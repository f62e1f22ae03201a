"""Views written as classes make the same view functions and replies as on Flask."""

from __future__ import annotations

import asyncio
import functools

import pytest

from .side_by_side import both, outcome, seen


def attributes(view):
    names = ("__name__", "__doc__", "__module__", "methods", "provide_automatic_options")
    return {name: getattr(view, name) for name in names} | {"class": view.view_class.__name__}


def ask(app, path="/", methods=("GET", "HEAD", "POST", "PUT", "OPTIONS", "PATCH", "DELETE")):
    client = app.test_client()
    found = []
    for method in methods:
        response = client.open(path, method=method)
        headers = sorted(response.headers.getlist("Allow") and response.headers["Allow"].split(", "))
        found.append((method, response.status, headers, response.get_data()))
    return found


def test_a_view_answers_with_its_dispatch_method():
    def scenario(fw):
        class Index(fw.views.View):
            """The index."""

            methods = ["GET", "POST"]

            def __init__(self, a, b=2):
                self.args = (a, b)

            def dispatch_request(self, x="none"):
                return f"{self.args} {x} {fw.globals.request.method}"

        app = fw.make_app()
        view = Index.as_view("index", 1, b=3)
        app.add_url_rule("/", view_func=view)
        app.add_url_rule("/<x>", view_func=view)
        return attributes(view), ask(app), ask(app, "/value")

    both(scenario)


@pytest.mark.parametrize("each", [True, False])
def test_an_instance_serves_one_request_or_all(each):
    def scenario(fw):
        class Counter(fw.views.View):
            init_every_request = each
            count = 0

            def dispatch_request(self):
                self.count += 1
                return str(self.count)

        app = fw.make_app()
        app.add_url_rule("/", view_func=Counter.as_view("counter"))
        return [app.test_client().get("/").text for _ in range(3)]

    assert both(scenario) == (["1"] * 3 if each else ["1", "2", "3"])


def test_decorators_are_applied_in_order_and_see_the_name():
    def scenario(fw):
        names = []

        def adding(text):
            def decorator(function):
                names.append((function.__name__, function.__module__))

                def decorated(*args, **kwargs):
                    return function(*args, **kwargs) + text

                return decorated

            return decorator

        class Index(fw.views.View):
            decorators = [adding("first"), adding("second")]

            def dispatch_request(self):
                return "view"

        app = fw.make_app()
        view = Index.as_view("index")
        app.add_url_rule("/", view_func=view)
        return names, attributes(view), ask(app, methods=["GET"])

    both(scenario)


@pytest.mark.parametrize("wraps", [True, False])
def test_the_class_on_the_view_may_be_replaced(wraps):
    def scenario(fw):
        def decorator(function):
            def decorated(**kwargs):
                return function(**kwargs)

            return functools.wraps(function)(decorated) if wraps else decorated

        class Index(fw.views.View):
            decorators = [decorator]

            def dispatch_request(self):
                return "old"

        class Replacement(fw.views.View):
            def dispatch_request(self):
                return "new"

        app = fw.make_app()
        view = Index.as_view("index")
        app.add_url_rule("/", view_func=view)
        before = app.test_client().get("/").text
        view.view_class = Replacement
        return before, app.test_client().get("/").text

    assert both(scenario) == ("old", "new")


def test_a_method_view_takes_its_methods_from_its_functions_and_bases():
    def scenario(fw):
        method_view = fw.views.MethodView

        class Get(method_view):
            def get(self):
                return "get"

        class Put(method_view):
            def put(self):
                return "put"

        class Child(Get, Put):
            def delete(self):
                return "delete"

        class Mixed(method_view, type("Plain", (), {"methods": ["PROPFIND"], "patch": lambda self: "patch"})):
            pass

        class Given(Child):
            methods = ["GET", "POST"]

        class Empty(method_view):
            pass

        classes = (Get, Put, Child, Mixed, Given, Empty)
        found = [(each.__name__, None if each.methods is None else sorted(each.methods)) for each in classes]
        for each in (Get, Child, Mixed):
            app = fw.make_app()
            app.add_url_rule("/", view_func=each.as_view("index"))
            found.append(ask(app))
        return found, sorted(fw.views.http_method_funcs)

    both(scenario)


def test_a_method_of_the_route_that_the_class_lacks_is_an_assertion_error():
    def scenario(fw):
        class Given(fw.views.MethodView):
            methods = ["GET", "POST"]

            def get(self):
                return "get"

        app = fw.make_app()
        app.testing = True
        app.add_url_rule("/", view_func=Given.as_view("index"))
        return outcome(app.test_client().post, "/")

    assert both(scenario) == ("AssertionError", "Unimplemented method 'POST'")


def test_head_is_answered_by_its_own_method_or_by_get():
    def scenario(fw):
        class Own(fw.views.MethodView):
            def get(self):
                return "get"

            def head(self):
                return fw.helpers.make_response("", {"X-Method": "head"})

        app = fw.make_app()
        app.add_url_rule("/", view_func=Own.as_view("index"))
        return seen(app.test_client().head("/"))

    both(scenario)


@pytest.mark.parametrize("automatic", [None, True, False])
def test_options_is_answered_as_the_class_says(automatic):
    def scenario(fw):
        class Index(fw.views.View):
            methods = ["GET", "OPTIONS"]
            provide_automatic_options = automatic

            def dispatch_request(self):
                return "own"

        app = fw.make_app()
        app.add_url_rule("/", view_func=Index.as_view("index"))
        return ask(app, methods=["OPTIONS"])

    both(scenario)


def test_a_view_without_its_method_is_not_implemented():
    def scenario(fw):
        app = fw.make_app()
        app.testing = True
        app.add_url_rule("/", view_func=fw.views.View.as_view("index"))
        return outcome(app.test_client().get, "/")

    both(scenario)


def test_coroutine_methods_are_awaited():
    def scenario(fw):
        class Index(fw.views.MethodView):
            async def get(self):
                await asyncio.sleep(0)
                return "get"

        class Other(fw.views.View):
            async def dispatch_request(self):
                await asyncio.sleep(0)
                return "other"

        app = fw.make_app()
        app.add_url_rule("/", view_func=Index.as_view("index"))
        app.add_url_rule("/other", view_func=Other.as_view("other"))
        client = app.test_client()
        return client.get("/").text, client.get("/other").text

    pytest.importorskip("asgiref", reason="real Flask needs it for coroutines")
    both(scenario)

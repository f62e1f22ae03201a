"""Dependencies: one suite over both loops, in a thread and on an event loop."""

import asyncio
import threading
import typing as t
from typing import Annotated

import pytest

from ewer.typed import Depends, Header, Query, Security, bind_view, resolve, resolve_async
from ewer.typed.errors import RequestInvalid
from ewer.typed.runner import AppScope, Scope
from ewer.typed.security import (
    APIKeyCookie,
    APIKeyHeader,
    APIKeyQuery,
    HTTPBasic,
    HTTPBearer,
    OAuth2PasswordBearer,
    OAuth2PasswordRequestForm,
    SecurityScopes,
)

from .binding_of import bound, collected
from .fakes import FakeSource

log: list[t.Any] = []


@pytest.fixture(autouse=True)
def _empty_log():
    log.clear()


class Runner:
    """Runs a binding the way the engine does: collect, run, the view, close."""

    def __init__(self, *, on_loop: bool) -> None:
        self.on_loop = on_loop

    def __call__(
        self,
        view: t.Any,
        *,
        overrides: t.Any = None,
        app: AppScope | None = None,
        error: BaseException | None = None,
        keywords: t.Any = None,
        **request: t.Any,
    ) -> dict[str, t.Any]:
        binding = bound(view, **(keywords or {}))
        if overrides:
            binding = binding.overridden(overrides)
        scope = Scope(app=app)
        values = binding.collect(FakeSource(**request))
        if self.on_loop:
            return asyncio.run(self._on_loop(binding, values, scope, error))
        return self._in_thread(binding, values, scope, error)

    def _in_thread(self, binding, values, scope, error):
        try:
            got = binding.graph.run(values, scope)
            log.append("view")
            if error is not None:
                raise error
            if binding.graph.closes_early:
                scope.close(only_function=True)
        except BaseException as raised:
            scope.close(raised)
            raise
        log.append("sent")
        scope.close()
        return got

    async def _on_loop(self, binding, values, scope, error):
        try:
            got = await binding.graph.run_async(values, scope)
            log.append("view")
            if error is not None:
                raise error
            if binding.graph.closes_early:
                await scope.aclose(only_function=True)
        except BaseException as raised:
            await scope.aclose(raised)
            raise
        log.append("sent")
        await scope.aclose()
        return got


@pytest.fixture(params=["thread", "loop"])
def run(request):
    return Runner(on_loop=request.param == "loop")


def plain():
    log.append("plain")
    return "plain"


async def coroutine():
    await asyncio.sleep(0)
    return "coroutine"


def generator():
    log.append("open")
    try:
        yield "generator"
    except BaseException as error:
        log.append(f"saw {error!r}")
        raise
    finally:
        log.append("close")


async def async_generator():
    log.append("aopen")
    try:
        yield "async generator"
    except BaseException as error:
        log.append(f"asaw {error!r}")
        raise
    finally:
        log.append("aclose")


class Pager:
    def __init__(self, skip: int = 0, limit: Annotated[int, Query(le=100)] = 10) -> None:
        self.skip, self.limit = skip, limit


class Callable_:
    def __init__(self, factor: int) -> None:
        self.factor = factor

    def __call__(self, n: int = 1) -> int:
        return n * self.factor


class AsyncCallable:
    async def __call__(self, n: int = 1) -> int:
        return n + 1


def test_every_kind_of_callable_is_a_dependency(run):
    def view(
        a: Annotated[str, Depends(plain)],
        b: Annotated[str, Depends(coroutine)],
        c: Annotated[str, Depends(generator)],
        d: Annotated[str, Depends(async_generator)],
        e: Annotated[Pager, Depends()],
        f: Annotated[int, Depends(Callable_(3))],
        g: Annotated[int, Depends(AsyncCallable())],
        h: str = Depends(plain),
    ): ...

    got = run(view, query="skip=2&n=5")
    pager = got.pop("e")
    assert (pager.skip, pager.limit) == (2, 10)
    assert got == {
        "a": "plain", "b": "coroutine", "c": "generator", "d": "async generator", "f": 15, "g": 6, "h": "plain",
    }  # fmt: skip


def test_a_dependency_runs_once_a_request_unless_told_otherwise(run):
    def left(p: Annotated[str, Depends(plain)]): ...

    def right(p: Annotated[str, Depends(plain)]): ...

    def view(a: Annotated[None, Depends(left)], b: Annotated[None, Depends(right)]): ...

    def twice(
        a: Annotated[str, Depends(plain, use_cache=False)], b: Annotated[str, Depends(plain, use_cache=False)]
    ): ...

    run(view)
    assert log.count("plain") == 1
    run(twice)
    assert log.count("plain") == 3


def outer(inner: Annotated[str, Depends(generator)], last: Annotated[str, Depends(async_generator)]):
    log.append("outer open")
    yield f"{inner} in outer"
    log.append("outer close")


def test_clean_up_comes_after_the_response_youngest_first(run):
    def view(o: Annotated[str, Depends(outer)]): ...

    assert run(view) == {"o": "generator in outer"}
    assert log == ["open", "aopen", "outer open", "view", "sent", "outer close", "aclose", "close"]


def test_clean_up_sees_the_error_of_the_view(run):
    def view(a: Annotated[str, Depends(generator)], b: Annotated[str, Depends(async_generator)]): ...

    with pytest.raises(KeyError):
        run(view, error=KeyError("x"))
    assert log == ["open", "aopen", "view", "asaw KeyError('x')", "aclose", "saw KeyError('x')", "close"]


def test_clean_up_sees_a_stop_iteration_of_the_view_as_what_it_is(run):
    def view(a: Annotated[str, Depends(generator)]): ...

    with pytest.raises(BaseException) as caught:
        run(view, error=StopIteration("x")) if not run.on_loop else run(view, error=ValueError("x"))
    assert type(caught.value) in (StopIteration, ValueError)
    assert log[-1] == "close"


def translating():
    try:
        yield 1
    except KeyError as error:
        raise LookupError("translated") from error


def test_a_dependency_may_put_another_error_in_the_place_of_the_views(run):
    def view(a: Annotated[str, Depends(generator)], b: Annotated[int, Depends(translating)]): ...

    with pytest.raises(LookupError, match="translated"):
        run(view, error=KeyError("x"))
    assert "saw LookupError('translated')" in log


def swallowing():
    try:
        yield 1
    except KeyError:
        log.append("swallowed")


def test_swallowing_an_error_does_not_make_a_failed_request_succeed(run):
    def view(a: Annotated[str, Depends(generator)], b: Annotated[int, Depends(swallowing)]): ...

    with pytest.raises(KeyError):
        run(view, error=KeyError("x"))
    assert log == ["open", "view", "swallowed", "close"]


def failing(a: Annotated[str, Depends(generator)]):
    raise OSError("no database")


def test_a_dependency_that_fails_closes_those_before_it(run):
    def view(b: Annotated[str, Depends(failing)]): ...

    with pytest.raises(OSError, match="no database"):
        run(view)
    assert log == ["open", "saw OSError('no database')", "close"]


def test_function_scope_ends_before_the_response_is_sent(run):
    def view(a: Annotated[str, Depends(generator, scope="function")], b: Annotated[str, Depends(async_generator)]): ...

    run(view)
    assert log == ["open", "aopen", "view", "close", "sent", "aclose"]


def test_app_scope_is_made_once_and_closed_with_the_app(run):
    def view(a: Annotated[str, Depends(generator, scope="app")]): ...

    app = AppScope()
    run(view, app=app)
    run(view, app=app)
    assert log == ["open", "view", "sent", "view", "sent"]
    app.close()
    assert log[-1] == "close"


def test_app_scope_is_made_once_by_many_threads():
    made = []

    def slow():
        made.append(threading.get_ident())
        threading.Event().wait(0.02)
        return object()

    def view(a: Annotated[object, Depends(slow, scope="app")]): ...

    app, binding, got = AppScope(), bound(view), []
    threads = [
        threading.Thread(target=lambda: got.append(binding.graph.run({}, Scope(app=app))["a"])) for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(made) == 1
    assert len({id(value) for value in got}) == 1


def test_an_app_wide_value_that_could_not_be_made_is_tried_again(run):
    attempts = []

    def flaky():
        attempts.append(1)
        if len(attempts) == 1:
            raise OSError
        return "up"

    def view(a: Annotated[str, Depends(flaky, scope="app")]): ...

    app = AppScope()
    with pytest.raises(OSError):
        run(view, app=app)
    assert run(view, app=app) == {"a": "up"}


def test_blocking_dependencies_of_an_asynchronous_view_leave_the_loop():
    loop_thread = threading.get_ident()

    def where():
        return threading.get_ident()

    def also(w: Annotated[int, Depends(where)]):
        return w == threading.get_ident()

    def view(a: Annotated[int, Depends(where)], b: Annotated[bool, Depends(also)]): ...

    got = Runner(on_loop=True)(view)
    assert got["a"] != loop_thread
    assert got["b"] is True, "two that follow each other share one trip"


def test_an_override_stands_for_a_dependency_at_any_depth(run):
    def fake(header: Annotated[str, Header()] = "none"):
        return f"fake {header}"

    def middle(p: Annotated[str, Depends(plain)]):
        return f"middle of {p}"

    def view(m: Annotated[str, Depends(middle)]): ...

    assert run(view, overrides={plain: fake}, headers={"header": "h"}) == {"m": "middle of fake h"}
    assert run(view) == {"m": "middle of plain"}


def test_bindings_with_overrides_are_compiled_once():
    def view(p: Annotated[str, Depends(plain)]): ...

    binding = bound(view)
    assert binding.overridden({plain: coroutine}) is binding.overridden({plain: coroutine})


def test_parameters_of_dependencies_are_validated_with_the_views():
    def view(p: Annotated[Pager, Depends(Pager)], n: int): ...

    with pytest.raises(RequestInvalid) as caught:
        collected(view, query="skip=x&limit=1000&n=y")
    assert [error.location[1] for error in caught.value.errors] == ["skip", "limit", "n"]


def test_a_dependency_gets_url_variables_and_the_request(run):
    from werkzeug.wrappers import Request

    def owner(item_id: int, request: Request, plain_id):
        return (item_id, request, plain_id)

    owner.__annotations__["request"] = Request

    def view(item_id, o: Annotated[tuple, Depends(owner)]): ...

    keywords = {"rule_variables": {"item_id": str, "plain_id": str}, "check_variables": False}
    got = run(view, keywords=keywords, path={"item_id": "7", "plain_id": "8"}, request="the request")
    assert got == {"o": (7, "the request", "8")}


def test_dependencies_of_the_route_run_for_their_effect(run):
    def view(): ...

    assert run(view, keywords={"dependencies": [Depends(plain)]}) == {}
    assert log == ["plain", "view", "sent"]


def test_scopes_of_security_reach_the_dependency(run):
    def check(scopes: SecurityScopes):
        return scopes.scope_str

    def user(c: Annotated[str, Security(check, scopes=["read"])]):
        return c

    def view(a: Annotated[str, Security(user, scopes=["me"])], b: Annotated[str, Security(user, scopes=["admin"])]): ...

    assert run(view) == {"a": "me read", "b": "admin read"}


def test_resolve_gives_a_dependency_outside_a_request():
    scope = Scope()
    assert resolve(generator, scope) == "generator"
    scope.close()
    assert log == ["open", "close"]
    assert resolve(plain, Scope(), {plain: coroutine}) == "coroutine"
    assert resolve(Pager, Scope()).limit == 10
    assert asyncio.run(resolve_async(coroutine, Scope())) == "coroutine"


def test_resolve_refuses_what_only_a_request_has():
    def needs(token: Annotated[str, Header()]): ...

    with pytest.raises(TypeError, match="cannot be resolved outside a request: it needs 'token'"):
        resolve(needs, Scope())


def never():
    if not log:
        return
    yield


def many():
    yield 1
    yield 2


def test_a_generator_yields_exactly_once(run):
    def none(a: Annotated[None, Depends(never)]): ...

    def two(a: Annotated[int, Depends(many)]): ...

    with pytest.raises(RuntimeError, match=r"never\(\) ended without a yield .*test_dependencies.py"):
        run(none)
    with pytest.raises(RuntimeError, match=r"many\(\) yields more than once"):
        run(two)


CREDENTIALS = [
    (HTTPBasic(), {"headers": {"authorization": "Basic YTpiOmM="}}, ("a", "b:c")),
    (HTTPBearer(), {"headers": {"authorization": "bearer tok"}}, ("Bearer", "tok")),
    (OAuth2PasswordBearer("/token"), {"headers": {"authorization": "Bearer tok"}}, "tok"),
    (APIKeyHeader(name="X-Key"), {"headers": {"x-key": "k"}}, "k"),
    (APIKeyQuery(name="key"), {"query": "key=k"}, "k"),
    (APIKeyCookie(name="key"), {"cookies": {"key": "k"}}, "k"),
]


@pytest.mark.parametrize(("scheme", "request_", "expected"), CREDENTIALS)
def test_security_schemes_find_their_credentials_or_answer_401(run, scheme, request_, expected):
    from werkzeug.exceptions import Unauthorized

    def view(c: Annotated[t.Any, Depends(scheme)]): ...

    assert run(view, **request_) == {"c": expected}
    with pytest.raises(Unauthorized) as caught:
        run(view)
    challenge = caught.value.get_response().headers.get("WWW-Authenticate", "")
    assert challenge.lower().startswith(scheme.challenge)


@pytest.mark.parametrize("given", ["Basic !!!", "Basic", "Basic YQ==", "Basic /w==", "Bearer x"])
def test_basic_credentials_that_cannot_be_read_are_none(given):
    assert HTTPBasic(auto_error=False)(given) is None


def test_the_form_of_the_password_flow_is_a_dependency(run):
    def view(form: Annotated[OAuth2PasswordRequestForm, Depends()]): ...

    got = run(view, form=[("username", "u"), ("password", "p"), ("scope", "a b")])["form"]
    assert (got.username, got.password, got.scopes) == ("u", "p", ["a", "b"])


def test_unused_dependencies_leave_no_trace():
    def view(n: int): ...

    assert bind_view(view, rule_variables={}, methods=["GET"]).graph is None

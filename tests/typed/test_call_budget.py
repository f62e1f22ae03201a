"""What must stay short is counted: Python calls of the typed layer for one valid, warm request."""

from __future__ import annotations

import gc
import sys
import typing as t
from typing import Annotated

from ewer.typed import Depends, Query
from ewer.typed.runner import Scope

from .binding_of import bound
from .fakes import FakeSource
from .models import AsStruct, Item, NewItem


def calls(function: t.Callable[[], t.Any]) -> list[str]:
    """The Python functions called, after one call to warm up."""
    function()
    seen: list[str] = []

    def note(frame: t.Any, event: str, _: t.Any) -> None:
        if event == "call":
            seen.append(frame.f_code.co_name)

    gc.disable()  # other tests' callbacks on collections are not ours to count
    sys.setprofile(note)
    try:
        function()
    finally:
        sys.setprofile(None)
        gc.enable()
    return seen[1:]


def test_a_json_body_and_a_query_parameter_take_at_most_ten_calls():
    def view(item: NewItem, notify: bool, limit: Annotated[int, Query(ge=1)] = 20) -> Item: ...

    binding = bound(view)
    source = FakeSource(json=b'{"name":"a","price":1}', query="limit=3")
    answer = Item("a", 1.0)

    def request() -> None:
        binding.collect(source)
        binding.encode(answer)

    source.query = "limit=3&notify=1"
    seen = calls(request)
    assert len(seen) <= 10, seen


def test_a_plain_struct_body_takes_at_most_six_calls():
    def view(item: AsStruct) -> AsStruct: ...

    binding = bound(view)
    source = FakeSource(json=b'{"name":"a","price":1}')
    answer = AsStruct("a", 1.0)

    def request() -> None:
        binding.collect(source)
        binding.encode(answer)

    seen = calls(request)
    assert len(seen) <= 6, seen


def test_query_parameters_alone_take_at_most_two_calls():
    def view(skip: int = 0, limit: Annotated[int, Query(le=100)] = 10, q: t.Optional[str] = None): ...

    binding = bound(view)
    source = FakeSource(query="skip=1&limit=10&q=a")
    seen = calls(lambda: binding.collect(source))
    assert len(seen) <= 2, seen


def test_a_hundred_objects_are_written_in_two_calls():
    def view() -> list[Item]: ...

    binding = bound(view)
    answer = [Item("a", 1.0) for _ in range(100)]
    seen = calls(lambda: binding.encode(answer))
    assert len(seen) <= 2, seen


def test_binding_another_view_over_known_models_takes_at_most_a_thousand_calls():
    def view(item: NewItem, limit: Annotated[int, Query(ge=1)] = 20, q: t.Optional[str] = None) -> Item: ...

    seen = calls(lambda: bound(view))
    assert len(seen) <= 1000, len(seen)


def first() -> int:
    return 1


def second(f: Annotated[int, Depends(first)]) -> int:
    return f + 1


def test_two_nested_dependencies_take_at_most_twelve_calls():
    def view(s: Annotated[int, Depends(second)]): ...

    binding = bound(view)
    source = FakeSource()

    def request() -> None:
        scope = Scope()
        binding.graph.run(binding.collect(source), scope)
        scope.close()

    seen = calls(request)
    assert len(seen) <= 14, seen

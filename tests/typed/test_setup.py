"""Which parameters are bound, in Ewer and under Flask's rules, and how mistakes are told at set-up."""

import functools
import typing as t
from typing import Annotated

import pytest

from ewer.typed import Body, Depends, File, Form, Path, Query, UploadFile, bind_methods, bind_view
from ewer.typed.errors import SetupError

from .binding_of import bound, mistaken
from .fakes import FakeSource
from .models import Line, NewItem, Plain

if t.TYPE_CHECKING:
    from .models import Tree


def transparent(view):
    @functools.wraps(view)
    def wrapper(*args, **kwargs):
        return view(*args, **kwargs)

    return wrapper


def injecting(view):
    @functools.wraps(view)
    def wrapper(n):
        return view(n, user="u")

    return wrapper


class TestInEwer:
    def test_a_plain_view_costs_nothing(self):
        def view(a, b=1): ...

        assert bind_view(view, rule_variables={"a": str}) is None

    def test_telling_a_plain_view_imports_nothing(self):
        import subprocess
        import sys

        code = (
            "import sys, ewer.typed as t\n"
            "t.bind_view(lambda a: 1, rule_variables={'a': str})\n"
            "bad = {'inspect', 'msgspec', 'dataclasses', 'werkzeug', 'asyncio'} & sys.modules.keys()\n"
            "loaded = [m for m in sys.modules if m.startswith('ewer.typed.')]\n"
            "assert loaded == ['ewer.typed.markers'], loaded\n"
        )
        subprocess.run([sys.executable, "-c", code], check=True)

    def test_transparent_wrappers_are_looked_through(self):
        @transparent
        @transparent
        def view(n: int): ...

        assert bound(view).collect(FakeSource(query="n=3")) == {"n": 3}

    def test_a_wrapper_with_a_signature_of_its_own_is_taken_at_its_word(self):
        @injecting
        def view(n: int, user: str): ...

        binding = bound(view)
        assert binding is None or [p.name for p in binding.parameters] == ["n"]

    def test_rule_defaults_are_not_looked_for(self):
        def view(n: int, m: int): ...

        binding = bound(view, rule_defaults=["n"])
        assert [p.name for p in binding.parameters] == ["m"]

    def test_class_based_views_are_bound_method_by_method(self):
        class View:
            def get(self, q: str = ""): ...

            def post(self, item: Plain): ...

            def delete(self): ...

        bindings = bind_methods(View, rule_variables={})
        assert {m: [p.place for p in b.parameters] for m, b in bindings.items()} == {
            "GET": ["query"], "HEAD": ["query"], "POST": ["body"],
        }  # fmt: skip

    def test_wrapt_wrappers_are_looked_through(self):
        wrapt = pytest.importorskip("wrapt")

        @wrapt.decorator
        def decorate(wrapped, instance, args, kwargs):
            return wrapped(*args, **kwargs)

        @decorate
        def view(n: int): ...

        assert bound(view).collect(FakeSource(query="n=3")) == {"n": 3}

    def test_asynchronous_views_are_bound_alike(self):
        async def view(n: int): ...

        assert bound(view).collect(FakeSource(query="n=3")) == {"n": 3}


class TestUnderFlasksRules:
    """Trap T14: nothing that works under Flask changes."""

    @pytest.mark.parametrize("mode", ["flask"])
    def test_what_flask_supplies_is_left_alone(self, mode):
        def view(user_id: int, page: int = 1) -> str: ...

        assert bind_view(view, rule_variables={"user_id": str}, methods=["GET"], mode=mode) is None

    def test_a_required_annotated_parameter_is_bound(self):
        def view(user_id: int, page: int): ...

        binding = bind_view(view, rule_variables={"user_id": int}, methods=["GET"], mode="flask")
        assert binding.collect(FakeSource(query="page=2")) == {"page": 2}

    def test_a_wrapped_view_is_bound_only_where_marked(self):
        """Trap T13: flask-smorest and its like inject arguments through such wrappers."""

        @transparent
        def plain(args: Plain, n: int): ...

        @transparent
        def marked(args: Plain, n: Annotated[int, Query()]): ...

        assert bind_view(plain, rule_variables={}, methods=["POST"], mode="flask") is None
        binding = bind_view(marked, rule_variables={}, methods=["POST"], mode="flask")
        assert [p.name for p in binding.parameters] == ["n"]

    def test_what_a_url_value_preprocessor_supplied_is_not_looked_for(self):
        def view(user: Plain, page: int): ...

        binding = bind_view(view, rule_variables={}, methods=["POST"], mode="flask")
        assert binding.collect(FakeSource(path={"user": "supplied"}, query="page=2")) == {"page": 2}
        assert binding.collect(FakeSource(path={"user": "supplied", "page": 1})) == {}

    @pytest.mark.parametrize("annotation", [object, "Missing", t.Any, "Tree"])
    def test_what_cannot_be_bound_is_left_alone(self, annotation):
        def view(it): ...

        view.__annotations__ = {"it": annotation}
        assert bind_view(view, rule_variables={}, methods=["GET"], mode="flask") is None

    def test_a_body_that_never_comes_is_left_alone(self):
        def view(it: Plain): ...

        assert bind_view(view, rule_variables={}, methods=["GET"], mode="flask") is None


class TestMistakes:
    def test_two_bodies(self):
        def replace_order(order: Plain, note: Line): ...

        text = mistaken(replace_order)
        assert text.startswith(
            "View replace_order() reads the request body twice: 'order' and 'note' are both body parameters.\n"
        )
        assert "Fix: keep one body parameter, or mark the other: note: Annotated[str, Query()]" in text
        assert "test_setup.py:" in text

    def test_a_body_and_a_form(self):
        def view(item: Plain, name: Annotated[str, Form()]): ...

        assert "reads the request body twice: 'item' as JSON and 'name' as a form" in mistaken(view)

    def test_a_body_on_get(self):
        def view(item: Plain): ...

        text = mistaken(view, methods=["GET", "HEAD", "OPTIONS"])
        assert "View view() reads 'item' from the body, but is served for GET, whose requests have none" in text
        assert "methods=['POST']" in text

    def test_a_url_variable_without_a_parameter(self):
        def view(name: str): ...

        def unannotated(name): ...

        for wrong in (view, unannotated):
            text = mistaken(wrong, rule_variables={"name": str, "item_id": int})
            assert "has no parameter for the URL variable 'item_id'" in text
            assert "Fix: add the parameter, or take <item_id> out of the rule" in text

    def test_a_path_parameter_without_a_variable(self):
        def view(item_id: Annotated[int, Path()]): ...

        assert "the rule has no variable of that name" in mistaken(view)

    def test_a_url_variable_marked_as_something_else(self):
        def view(item_id: Annotated[int, Query()]): ...

        assert "marks the URL variable 'item_id' as Query()" in mistaken(view, rule_variables={"item_id": int})

    def test_a_default_for_a_path_parameter(self):
        def view(item_id: Annotated[int, Path()] = 3): ...

        assert "a default, which can never be used" in mistaken(view, rule_variables={"item_id": int})

    def test_an_unknown_type(self):
        def view(it: Annotated["threading_lock", Query()]): ...

        def unmarked(it: "threading_lock"): ...

        assert "which Ewer does not know how to read" in mistaken(view)
        assert "which no request can give" in mistaken(unmarked)

    def test_an_unknown_type_deep_in_a_model(self):
        def view(it: "Deep"): ...

        assert "parameter 'it': field lock of Deep has type" in mistaken(view)

    def test_a_constraint_that_does_not_suit(self):
        def view(it: Annotated[str, Query(gt=3)]): ...

        assert "which its constraint does not suit: gt needs a number" in mistaken(view)

    def test_a_forward_reference_that_cannot_be_found(self):
        def view(it: "Tree"): ...

        text = mistaken(view)
        assert "annotates 'it' with 'Tree', which cannot be found" in text
        assert "outside `if TYPE_CHECKING:`" in text

    def test_a_return_annotation_that_cannot_be_found(self):
        def view() -> "Tree": ...

        def flask_like() -> "ResponseReturnValue": ...  # noqa: F821

        assert "has the return annotation 'Tree'" in mistaken(view)
        assert bound(flask_like) is None

    def test_a_return_type_that_cannot_be_written(self):
        def view() -> "threading_lock": ...

        assert "The return value of view() has type" in mistaken(view)

    def test_a_positional_only_parameter(self):
        def view(it: int, /): ...

        assert "takes 'it' by position only" in mistaken(view)

    def test_a_model_in_the_query_with_structures_in_it(self):
        def view(it: Annotated["Nested", Query()]): ...

        assert "field 'line' is a structure" in mistaken(view)

    def test_a_dict_in_the_query(self):
        def view(it: Annotated[dict[str, int], Query()]): ...

        assert "cannot be read from the query: its fields are not known" in mistaken(view)

    def test_a_file_of_another_type(self):
        def view(it: Annotated[int, File()]): ...

        assert "is marked File() but has type int" in mistaken(view)

    def test_a_dependency_that_cannot_be_called(self):
        def view(it: Annotated[int, Depends(t.cast(t.Any, 3))]): ...

        assert "the dependency of 'it' is 3, which cannot be called" in mistaken(view)

    def test_a_dependency_with_a_parameter_from_nowhere(self):
        def dependency(connection): ...

        def view(it: Annotated[int, Depends(dependency)]): ...

        text = mistaken(view)
        assert "Dependency" in text
        assert "has a parameter 'connection' that has no annotation" in text

    def test_dependencies_in_a_circle(self):
        def view(it: "Annotated[int, Depends(chicken)]"): ...

        assert "Dependencies go in a circle: chicken -> egg -> chicken" in mistaken(view)

    def test_an_app_wide_dependency_on_a_request(self):
        def pool(q: str = ""): ...

        def view(it: Annotated[int, Depends(pool, scope="app")]): ...

        assert "lives as long as the app, but reads values from a request" in mistaken(view)

    def test_a_dependency_that_outlives_what_it_uses(self):
        def short(): ...

        def long(s: Annotated[int, Depends(short, scope="function")]): ...

        def view(it: Annotated[int, Depends(long)]): ...

        assert "lives for the request, but uses" in mistaken(view)

    def test_an_unknown_keyword_of_a_marker(self):
        with pytest.raises(TypeError, match="unexpected keyword argument 'embed'"):
            Query(embed=True)

    def test_every_message_names_place_and_fix(self):
        def view(a: NewItem, b: Annotated[UploadFile, File()]): ...

        with pytest.raises(SetupError) as caught:
            bound(view)
        assert caught.value.where.endswith(f"test_setup.py:{view.__code__.co_firstlineno}")
        assert str(caught.value).endswith(f"Fix: {caught.value.fix}")


class threading_lock:
    def __init__(self) -> None: ...


class Deep(t.NamedTuple):
    lock: threading_lock


class Nested(t.NamedTuple):
    line: Line


def chicken(e: Annotated[int, Depends(lambda: 0)]): ...


def egg(c: Annotated[int, Depends(chicken)]): ...


chicken.__annotations__["e"] = Annotated[int, Depends(egg)]


def test_body_may_be_given_as_a_default():
    def view(item: Plain = Body(), limit: int = Query(3)): ...

    binding = bound(view)
    assert binding.collect(FakeSource(json=b'{"name":"a","price":1}')) == {"item": Plain("a", 1.0), "limit": 3}


def test_annotations_in_text_may_name_what_stands_near_the_registration():
    class Local(t.NamedTuple):
        n: int

    def view(it: "Annotated[Local, Query()]"): ...

    assert "which cannot be found" in mistaken(view)
    assert bound(view, nearby={"Local": Local}).collect(FakeSource(query="n=3")) == {"it": Local(3)}

"""JSON out and in: the bytes, the errors and the extra types are Flask's, whichever way they are written."""

from __future__ import annotations

import dataclasses
import datetime
import json
import json.encoder
import sys
import threading
import types
import uuid
from decimal import Decimal

import flask.json.provider
import flask.json.tag
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markupsafe import Markup
from werkzeug.wrappers import Response

import ewer.json
import ewer.json.provider
import ewer.json.tag


@dataclasses.dataclass
class Point:
    x: object
    y: object = None


@dataclasses.dataclass
class Pair(Point):
    pass


class StubApp:
    """The two things a provider asks of its app."""

    response_class = Response

    def __init__(self, debug=False):
        self.debug = debug


@pytest.fixture(params=[False, True], ids=["plain", "debug"])
def providers(request):
    app = StubApp(request.param)
    theirs = flask.json.provider.DefaultJSONProvider(app)
    ours = ewer.json.provider.DefaultJSONProvider(app)
    yield theirs, ours
    del app


APP = StubApp()
THEIRS = flask.json.provider.DefaultJSONProvider(APP)
OURS = ewer.json.provider.DefaultJSONProvider(APP)


def outcome(function, *args, **kwargs):
    try:
        return function(*args, **kwargs)
    except Exception as error:
        return type(error), str(error), getattr(error, "__notes__", None)


ATOMS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(),
    st.binary(max_size=3),
    st.dates(),
    st.datetimes(),
    st.datetimes(timezones=st.just(datetime.timezone.utc)),
    st.decimals(),
    st.uuids(),
    st.text().map(Markup),
    st.complex_numbers(),
    st.just(Point),
    st.builds(Point, st.integers(), st.text()),
)
KEYS = st.one_of(st.text(), st.integers(), st.floats(), st.booleans(), st.none(), st.tuples(st.integers()))
VALUES = st.recursive(
    ATOMS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.lists(inner, max_size=4).map(tuple),
        st.dictionaries(st.text(), inner, max_size=4),
        st.dictionaries(KEYS, inner, max_size=4),
        st.builds(Point, inner, inner),
        st.builds(Pair, inner),
        st.frozensets(st.integers(), max_size=2),
    ),
    max_leaves=12,
)
OPTIONS = st.fixed_dictionaries(
    {
        "ensure_ascii": st.booleans(),
        "sort_keys": st.booleans(),
        "compact": st.sampled_from([None, True, False]),
    }
)


@given(VALUES, OPTIONS)
@settings(max_examples=400, deadline=None)
def test_text_and_errors_equal_flasks_for_any_value_and_option(value, options):
    theirs, ours = flask.json.provider.DefaultJSONProvider(APP), ewer.json.provider.DefaultJSONProvider(APP)
    vars(theirs).update(options)
    vars(ours).update(options)
    assert outcome(ours.dumps, value) == outcome(theirs.dumps, value)
    compact = {"separators": (",", ":")}
    assert outcome(ours.dumps, value, **compact) == outcome(theirs.dumps, value, **compact)


LEAVES = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text()
    | st.sampled_from(["\x7f", "\ud800", "ü", "a" * 300])
)


FLAT = st.dictionaries(st.text(max_size=6) | st.integers(0, 3), LEAVES, max_size=20)


@given(FLAT | st.lists(FLAT, max_size=4), st.booleans(), st.booleans())
@settings(max_examples=2000, deadline=None)
def test_flat_objects_and_lists_of_them_have_the_bytes_of_the_library(value, sort_keys, ensure_ascii):
    app = StubApp(False)
    ours, theirs = ewer.json.provider.DefaultJSONProvider(app), flask.json.provider.DefaultJSONProvider(app)
    for provider in (ours, theirs):
        vars(provider).update(sort_keys=sort_keys, ensure_ascii=ensure_ascii)
    write = ours._reply_writer(False)
    for _ in range(5):  # the first few are the library's own
        write({})
    assert outcome(write, value) == outcome(lambda: theirs.response(value).get_data())


@dataclasses.dataclass
class Plain:
    name: object
    price: object = 1


@dataclasses.dataclass
class Odd:
    name: object

    @property
    def price(self):
        return 5

    def __post_init__(self):
        self.more = 1


@dataclasses.dataclass
class Hidden:
    value: object

    def __getattribute__(self, name):
        found = object.__getattribute__(self, name)
        return "hidden" if name == "value" else found


@dataclasses.dataclass
class Slotted:
    __slots__ = ("value",)
    value: object


OBJECTS = (
    st.builds(Plain, LEAVES, LEAVES) | st.builds(Odd, LEAVES) | st.builds(Hidden, LEAVES) | st.builds(Slotted, LEAVES)
)


@given(
    st.lists(st.builds(Plain, LEAVES, LEAVES), max_size=4) | st.lists(OBJECTS | FLAT, max_size=4),
    st.booleans(),
    st.booleans(),
)
@settings(max_examples=500, deadline=None)
def test_a_list_of_dataclass_instances_has_the_bytes_of_the_library(value, sort_keys, ensure_ascii):
    app = StubApp(False)
    ours, theirs = ewer.json.provider.DefaultJSONProvider(app), flask.json.provider.DefaultJSONProvider(app)
    for provider in (ours, theirs):
        vars(provider).update(sort_keys=sort_keys, ensure_ascii=ensure_ascii)
    write = ours._reply_writer(False)
    for _ in range(5):
        write({})
    assert outcome(write, value) == outcome(lambda: theirs.response(value).get_data())


NUMBERS = st.from_regex(r"-?[0-9]{1,25}(\.[0-9]{1,25})?([eE][+-]?[0-9]{1,3})?", fullmatch=True)
ODD_TEXTS = st.sampled_from(
    [
        "NaN",
        "-Infinity",
        "1E400",
        "-0",
        "01",
        "[1,]",
        '"\\ud800"',
        '"\ud800"',
        "\ufeff1",
        " \t1\r\n",
        '"\x01"',
        "9" * 4400,
    ]
)
DOCUMENTS = (
    VALUES.map(lambda value: json.dumps(value, default=repr, skipkeys=True))
    | NUMBERS
    | ODD_TEXTS
    | st.text(alphabet='[]{}",:0123456789.eE+-truefalsn \\u', max_size=12)
)


@given(DOCUMENTS, st.sampled_from(["text", "utf-8", "utf-16", "latin-1"]))
@settings(max_examples=2000, deadline=None)
def test_documents_are_read_as_by_the_library(document, encoding):
    provider = ewer.json.provider.DefaultJSONProvider(StubApp(False))
    for _ in range(5):  # the first few are read by the library
        provider.loads("1")
    data = (
        document
        if encoding == "text"
        else document.encode(encoding, "replace" if encoding == "latin-1" else "surrogatepass")
    )
    assert outcome(lambda: repr(provider.loads(data))) == outcome(lambda: repr(json.loads(data)))


@given(VALUES, OPTIONS, st.booleans())
@settings(max_examples=200, deadline=None)
def test_the_reply_bytes_are_the_body_of_the_response(value, options, debug):
    app = StubApp(debug)
    theirs, ours = flask.json.provider.DefaultJSONProvider(app), ewer.json.provider.DefaultJSONProvider(app)
    vars(theirs).update(options)
    vars(ours).update(options)
    expected = outcome(lambda: theirs.response(value).get_data())
    assert outcome(lambda: ours._reply_writer(debug)(value)) == expected
    assert outcome(lambda: ours.response(value).get_data()) == expected


@pytest.mark.parametrize(
    "kwargs",
    [
        {"indent": 2},
        {"skipkeys": True},
        {"allow_nan": False},
        {"sort_keys": False},
        {"separators": ("; ", "= ")},
        {"separators": None},
        {"default": None},
        {"default": str},
        {"cls": json.JSONEncoder},
        {"check_circular": False},
        {"unknown": 1},
    ],
    ids=str,
)
def test_a_keyword_of_json_dumps_has_the_effect_it_has_there(kwargs):
    value = {"b": [1, float("nan"), Decimal(1)], "a": {(1, 2): "ü"}, "c": {1, 2}}
    for part in (value, value["b"], value["c"], "ü", [1, "ü"], {"b": 1, "a": 2}):
        assert outcome(OURS.dumps, part, **dict(kwargs)) == outcome(THEIRS.dumps, part, **dict(kwargs))


def test_a_value_that_contains_itself_is_refused_as_by_json_dumps():
    circle = {}
    circle["self"] = [circle]
    assert outcome(OURS.dumps, circle) == outcome(THEIRS.dumps, circle)
    assert outcome(OURS.dumps, circle)[0] is ValueError


def test_a_failure_leaves_nothing_behind_for_the_next_value():
    shared = {"bad": {1, 2}}
    for _ in range(3):
        assert outcome(OURS.dumps, shared)[0] is TypeError


def test_a_dict_may_grow_while_it_is_written():
    shared = {f"key {number}": number for number in range(500)}
    is_over = threading.Event()

    def change() -> None:
        number = 0
        while not is_over.is_set():
            shared[f"more {number % 50}"] = number
            shared.pop(f"more {(number + 25) % 50}", None)
            number += 1

    thread = threading.Thread(target=change)
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    thread.start()
    try:
        bodies = [OURS._write_compactly(shared) for _ in range(300)]
    finally:
        is_over.set()
        thread.join()
        sys.setswitchinterval(interval)
    assert all(len(json.loads(body)) >= 500 for body in bodies)


def test_two_threads_may_write_one_object_at_the_same_time():
    both_inside = threading.Barrier(2, timeout=10)

    class Slow:
        def __html__(self):
            both_inside.wait()
            return "slow"

    shared = {"list": [Slow()]}
    texts = []
    threads = [threading.Thread(target=lambda: texts.append(OURS.dumps(shared))) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert texts == ['{"list": ["slow"]}'] * 2


def test_a_default_that_writes_json_itself_may_do_so_inside_the_writing():
    class Nested:
        def __html__(self):
            return OURS.dumps(["inside"])

    assert OURS.dumps([Nested()]) == '["[\\"inside\\"]"]'


def test_nesting_beyond_the_recursion_limit_is_a_recursion_error_in_both():
    deep = []
    for _ in range(200_000):
        deep = [deep]
    assert outcome(OURS.dumps, deep)[0] is outcome(THEIRS.dumps, deep)[0] is RecursionError


@pytest.mark.parametrize(
    "make",
    [
        lambda base: type("Own", (base,), {"default": staticmethod(lambda o: "own")}),
        lambda base: type("Own", (base,), {"default": lambda self, o: type(self).__name__}),
        lambda base: type("Own", (base,), {"default": None}),
        lambda base: type("Own", (base,), {"sort_keys": False, "ensure_ascii": False, "compact": True}),
        lambda base: type("Own", (base,), {"mimetype": "application/vnd.api+json"}),
        lambda base: type("Own", (base,), {"dumps": lambda self, obj, **kwargs: f"<{sorted(kwargs)}>"}),
    ],
    ids=["static default", "method default", "no default", "options", "mimetype", "dumps"],
)
def test_a_subclass_that_changes_the_provider_is_obeyed(make, providers):
    app = StubApp(providers[0]._app.debug)
    theirs = make(flask.json.provider.DefaultJSONProvider)(app)
    ours = make(ewer.json.provider.DefaultJSONProvider)(app)
    value = {"b": {3}, "a": "ü", "c": Decimal(2)}
    for part in (value, "ü", {"b": 1, "a": 2}):
        expected = outcome(lambda part=part: (theirs.response(part).data, theirs.response(part).mimetype))
        assert outcome(lambda part=part: (ours.response(part).data, ours.response(part).mimetype)) == expected


def test_a_json_module_replaced_for_the_whole_process_writes(monkeypatch):
    monkeypatch.setattr(json, "dumps", lambda obj, **kwargs: "replaced")
    assert OURS.dumps([1]) == THEIRS.dumps([1]) == "replaced"


def test_without_the_c_encoder_the_text_is_the_same(monkeypatch):
    expected = OURS.dumps({"b": [1.5, "ü"], "a": None})
    monkeypatch.setattr(json.encoder, "c_make_encoder", None)
    assert OURS.dumps({"b": [1.5, "ü"], "a": None}) == expected


@dataclasses.dataclass
class Everything:
    text: str = "a"
    number: float = 1.5
    nothing: None = None
    items: list = dataclasses.field(default_factory=lambda: [Point(1, 2)])
    by_name: dict = dataclasses.field(default_factory=lambda: {"p": Point("x")})
    kind: type = int
    hidden: int = dataclasses.field(default=3, repr=False)


@pytest.mark.parametrize(
    "value",
    [
        Point(1, "a"),
        Point(datetime.date(2026, 1, 2), uuid.UUID(int=5)),
        Everything(),
        Point(threading.Lock()),
        Point,
        types.SimpleNamespace(a=1),
        datetime.time(1, 2),
        datetime.datetime(2026, 1, 2, 3, 4, 5, tzinfo=datetime.timezone(datetime.timedelta(hours=5))),
    ],
    ids=lambda value: type(value).__name__,
)
def test_dataclasses_and_dates_are_written_as_flask_writes_them(value):
    assert outcome(OURS.dumps, value) == outcome(THEIRS.dumps, value)


def test_the_encoder_for_extra_types_imports_nothing_to_refuse_a_value(monkeypatch):
    for name in ("decimal", "uuid", "dataclasses"):
        monkeypatch.delitem(sys.modules, name)
    with pytest.raises(TypeError, match="Object of type object is not JSON serializable"):
        ewer.json.provider._default(object())
    assert not {"decimal", "uuid", "dataclasses"} & set(sys.modules)


@pytest.mark.parametrize("args", [(), (1,), (None,), ({},), (1, 2), ([1, 2],)])
@pytest.mark.parametrize("kwargs", [{}, {"a": 1}])
def test_the_response_takes_its_arguments_as_flasks_does(providers, args, kwargs):
    theirs, ours = providers
    expected = outcome(lambda: theirs.response(*args, **kwargs).data)
    assert outcome(lambda: ours.response(*args, **kwargs).data) == expected


@pytest.mark.parametrize("name", ["dumps", "loads"])
def test_a_provider_without_its_own_methods_does_nothing(name):
    with pytest.raises(NotImplementedError):
        getattr(ewer.json.provider.JSONProvider(APP), name)("1")


def test_outside_an_app_the_extra_types_are_written_too(tmp_path):
    value = {"b": Decimal(1), "a": Point(1)}
    assert ewer.json.dumps(value) == flask.json.dumps(value)
    assert ewer.json.dumps(value, sort_keys=True) == flask.json.dumps(value, sort_keys=True)
    path = tmp_path / "value.json"
    with path.open("w") as file:
        ewer.json.dump(value, file)
    with path.open() as file:
        assert ewer.json.load(file) == flask.json.loads(flask.json.dumps(value))
    assert ewer.json.loads(b'{"a": 1}', parse_int=str) == {"a": "1"}


def test_jsonify_outside_an_app_says_what_is_missing():
    with pytest.raises(RuntimeError, match="Working outside of application context"):
        ewer.json.jsonify(1)


TAGGED = st.recursive(
    st.one_of(
        st.none(), st.booleans(), st.integers(), st.text(), st.binary(max_size=9), st.uuids(), st.text().map(Markup),
        st.datetimes(min_value=datetime.datetime(1000, 1, 1), timezones=st.just(datetime.timezone.utc)).map(
            lambda moment: moment.replace(microsecond=0)
        ),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.lists(inner, max_size=3).map(tuple),
        st.dictionaries(st.one_of(st.text(), st.sampled_from([" t", " di", " b", " t__"])), inner, max_size=3),
    ),
    max_leaves=10,
)  # fmt: skip


@given(TAGGED)
@settings(max_examples=300, deadline=None)
def test_tagged_json_is_flasks_text_and_reading_it_gives_the_value_back(value):
    ours, theirs = ewer.json.tag.TaggedJSONSerializer(), flask.json.tag.TaggedJSONSerializer()
    text = ours.dumps(value)
    assert text == theirs.dumps(value)
    assert ours.loads(text) == value


def test_a_registered_tag_is_asked_at_its_place():
    class Tag(ewer.json.tag.JSONTag):
        __slots__ = ()
        key = " s"

        def check(self, value):
            return isinstance(value, set)

        def to_json(self, value):
            return self.serializer.tag(sorted(value))

        def to_python(self, value):
            return set(value)

    serializer = ewer.json.tag.TaggedJSONSerializer()
    serializer.register(Tag, index=0)
    assert type(serializer.order[0]) is Tag
    assert serializer.loads(serializer.dumps({"a": {1, 2}})) == {"a": {1, 2}}
    with pytest.raises(KeyError, match="Tag ' s' is already registered."):
        serializer.register(Tag)
    serializer.register(Tag, force=True, index=-1)
    assert type(serializer.order[-2]) is Tag


class Text(str):
    def __html__(self):
        return "html"


@pytest.mark.parametrize(
    "value",
    [{" t": 1}, {" t": {" t": 1}}, {1: (1,)}, [{}, {" b": b""}], Text("x"), {"a": Text("x")}, ((),), {(1,): 2}, {1}],
    ids=repr,
)
@pytest.mark.parametrize("change", ["none", "own tag first", "a tag removed", "subclass"])
def test_tags_are_asked_in_the_order_the_serializer_has_now(value, change):
    def text(module):
        class Shout(module.JSONTag):
            __slots__ = ()
            key = " !"

            def check(self, value):
                return type(value) in (str, int)

            def to_json(self, value):
                return f"{value}!"

        class Own(module.TaggedJSONSerializer):
            def tag(self, value):
                return ["own", super().tag(value)]

        serializer = Own() if change == "subclass" else module.TaggedJSONSerializer()
        if change == "own tag first":
            serializer.register(Shout, index=0)
        if change == "a tag removed":
            del serializer.order[1]
        return serializer.dumps(value)

    assert outcome(text, ewer.json.tag) == outcome(text, flask.json.tag)

"""Data frames of pandas, polars and pyarrow are sent as JSON records, CSV or Parquet, by what the client accepts."""

import datetime as dt
import io
import typing as t

import pytest

from ewer import Ewer, make_response
from ewer.typed.errors import ResponseInvalid, SetupError
from ewer.typed.frames import choose

pa = pytest.importorskip("pyarrow")
pd = pytest.importorskip("pandas")
pl = pytest.importorskip("polars")
parquet = pytest.importorskip("pyarrow.parquet")

JSON, CSV, PARQUET = "application/json", "text/csv", "application/vnd.apache.parquet"
COLUMNS = {"n": [1, 2], "word": ["a", 'q"x'], "part": [0.5, None], "ok": [True, False]}
RECORDS = [{"n": 1, "word": "a", "part": 0.5, "ok": True}, {"n": 2, "word": 'q"x', "part": None, "ok": False}]

MAKERS = {
    "pandas": (pd.DataFrame, lambda columns: pd.DataFrame(columns)),
    "polars": (pl.DataFrame, lambda columns: pl.DataFrame(columns)),
    "arrow table": (pa.Table, pa.table),
    "arrow batch": (pa.RecordBatch, pa.RecordBatch.from_pydict),
    "arrow reader": (pa.RecordBatchReader, lambda columns: pa.table(columns).to_reader()),
}


class Streamed:
    """A frame of a library that nobody knows, which speaks Arrow."""

    columns = property(list)

    def __init__(self, columns: dict[str, t.Any]) -> None:
        self._table = pa.table(columns)

    def __arrow_c_stream__(self, requested_schema: t.Any = None) -> t.Any:
        return self._table.__arrow_c_stream__(requested_schema)


MAKERS["another"] = (Streamed, Streamed)


def client_for(annotation: t.Any, make: t.Callable[[], t.Any], **options: t.Any) -> t.Any:
    app = Ewer("frames")
    app.testing = True

    def view():
        return make()

    view.__annotations__["return"] = annotation
    app.get("/", **options)(view)
    return app.test_client()


@pytest.fixture(params=MAKERS)
def client(request):
    kind, make = MAKERS[request.param]
    return client_for(kind, lambda: make(COLUMNS))


@pytest.mark.parametrize("accept", [None, "*/*", JSON, "image/png", "text/html,application/xhtml+xml,*/*;q=0.8"])
def test_a_frame_is_sent_as_records_unless_another_form_is_asked_for(client, accept):
    answer = client.get("/", headers={"Accept": accept} if accept else {})
    assert (answer.json, answer.content_type, answer.headers["Vary"]) == (RECORDS, JSON, "Accept")


def test_a_frame_is_sent_as_csv(client):
    answer = client.get("/", headers={"Accept": CSV})
    assert (answer.content_type, answer.headers["Vary"]) == (CSV, "Accept")
    back = pd.read_csv(io.BytesIO(answer.data))
    assert back.astype(object).where(back.notna(), None).to_dict("records") == RECORDS


@pytest.mark.parametrize("accept", [PARQUET, "application/parquet", "application/x-parquet"])
def test_a_frame_is_sent_as_parquet(client, accept):
    answer = client.get("/", headers={"Accept": accept})
    assert (answer.content_type, answer.headers["Vary"]) == (PARQUET, "Accept")
    assert parquet.read_table(io.BytesIO(answer.data)).to_pylist() == RECORDS


@pytest.mark.parametrize(
    ("accept", "chosen"),
    [
        ("", JSON),
        (f"{CSV};q=0.5, {JSON};q=0.4", CSV),
        ("TEXT/CSV;Q=0.5, application/json;q=0.4", CSV),
        (f"{CSV}; header=present; q=0.1, {JSON}", JSON),
        (f"*/*, {CSV}", CSV),
        (f"{CSV};q=0.5, */*", JSON),
        (f"{CSV};q=0, */*", JSON),
        (f"{JSON};q=0, */*", CSV),
        (f"{JSON};q=0", JSON),
        ("text/*", CSV),
        ("application/*", JSON),
        (f"{CSV}, {JSON}", CSV),
        (f"{CSV};q=much", JSON),
    ],
)
def test_the_most_precise_range_speaks_for_a_format_and_its_weight_decides(accept, chosen):
    assert choose(accept) == chosen


@pytest.mark.parametrize("name", ["polars", "arrow table"])
def test_times_are_written_as_in_other_answers(name):
    kind, make = MAKERS[name]
    columns = {"at": [dt.datetime(2024, 1, 2, 3, 4, 5), None], "day": [dt.date(2024, 1, 2), None], "b": [b"\xff", None]}
    assert client_for(kind, lambda: make(columns)).get("/").json == [
        {"at": "2024-01-02T03:04:05", "day": "2024-01-02", "b": "/w=="},
        {"at": None, "day": None, "b": None},
    ]


@pytest.mark.parametrize("name", ["polars", "arrow table"])
def test_a_frame_that_has_no_csv_is_sent_as_records_and_the_log_says_why(name, caplog):
    kind, make = MAKERS[name]
    answer = client_for(kind, lambda: make({"many": [[1], [2, 3]]})).get("/", headers={"Accept": CSV})
    assert (answer.json, answer.content_type) == ([{"many": [1]}, {"many": [2, 3]}], JSON)
    assert "View view() returned a data frame that cannot be text/csv" in caplog.text


def test_a_frame_may_come_with_a_status_and_headers():
    made = client_for(pl.DataFrame, lambda: (pl.DataFrame(COLUMNS), 202, {"X-Total": "2"}), status=201).get("/")
    assert (made.json, made.status_code, made.headers["X-Total"]) == (RECORDS, 202, "2")
    declared = client_for(tuple[pl.DataFrame, int], lambda: (pl.DataFrame(COLUMNS), 202)).get("/")
    assert (declared.json, declared.status_code) == (RECORDS, 202)
    assert client_for(pl.DataFrame, lambda: pl.DataFrame(COLUMNS), status=201).get("/").status_code == 201


def test_a_response_in_the_place_of_a_frame_stays_as_it_is():
    answer = client_for(pd.DataFrame, lambda: make_response("later", 503)).get("/")
    assert (answer.status_code, answer.text) == (503, "later")


def test_none_in_the_place_of_a_frame_is_a_204_where_it_is_declared():
    client = client_for(t.Optional[pd.DataFrame], lambda: None)
    answer = client.get("/")
    assert (answer.status_code, answer.data) == (204, b"")
    responses = client.get("/openapi.json").json["paths"]["/"]["get"]["responses"]
    assert list(responses) == ["200", "204"]
    assert list(responses["200"]["content"]) == [JSON, CSV, PARQUET]


@pytest.mark.parametrize("result", [None, {"n": 1}, [1]])
def test_what_is_no_frame_is_refused(result):
    with pytest.raises(ResponseInvalid, match="it is no table of columns"):
        client_for(pd.DataFrame, lambda: result).get("/")


@pytest.mark.parametrize("kind", [pd.Series, pl.Series, pa.ChunkedArray, pl.LazyFrame])
def test_a_single_column_is_no_table(kind):
    with pytest.raises(SetupError, match="does not know how to read"):
        client_for(kind, lambda: None).get("/")

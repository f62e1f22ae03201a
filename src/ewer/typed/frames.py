"""Data frames as answers - Arrow, pandas, polars - as JSON records, CSV or Parquet by what the client accepts.

No data library is imported but the one that made the frame; other kinds of frame come in through the Arrow C stream
(``__arrow_c_stream__``) or the dataframe interchange protocol (``__dataframe__``), for which pyarrow must be installed.
"""

from __future__ import annotations

import importlib
import io
import typing as t

JSON, CSV, PARQUET = "application/json", "text/csv", "application/vnd.apache.parquet"


def is_frame(annotation: t.Any) -> bool:
    """Whether an annotation is a table of columns; a single column, such as a ``Series``, is none."""
    if not isinstance(annotation, type) or not (hasattr(annotation, "columns") or hasattr(annotation, "schema")):
        return False
    return hasattr(annotation, "__arrow_c_stream__") or hasattr(annotation, "__dataframe__")


def choose(accept: str) -> str:
    """The format that an Accept header prefers; JSON where it says nothing that is known. Source: RFC 9110 12.5.1.

    Of formats with the same weight one that is named goes before one that a wildcard stands for, and then the first.
    """
    given: dict[str, tuple[float, int]] = {}
    for place, entry in enumerate(accept.split(",")):
        name, _, parameters = entry.partition(";")
        given.setdefault(name.strip().lower(), (_weight(parameters), -place))
    found = []
    for order, (content_type, ranges) in enumerate(_RANGES.items()):
        # NOTE: the most precise range alone speaks for a format: "text/csv;q=0, */*" does not take CSV.
        precise = next((wanted for wanted in ranges if wanted in given), None)
        if precise is not None and given[precise][0] > 0:
            weight, place = given[precise]
            found.append((weight, -precise.count("*"), place, -order, content_type))
    return max(found)[-1] if found else JSON


_RANGES = {
    JSON: (JSON, "application/*", "*/*"),
    CSV: (CSV, "text/*", "*/*"),
    PARQUET: (PARQUET, "application/parquet", "application/x-parquet", "*/*"),
}


def _weight(parameters: str) -> float:
    for parameter in parameters.split(";"):
        name, _, value = parameter.strip().partition("=")
        if name.lower() != "q":
            continue
        try:
            return float(value)
        except ValueError:
            return 0.0
    return 1.0


def encode_frame(frame: t.Any, content_type: str) -> bytes:
    """The frame as bytes of one of the three content types.

    Raises:
        ImportError: the frame's own library cannot write the format and pyarrow is not installed.
    """
    module = type(frame).__module__.partition(".")[0]
    writer = {"polars": _encode_polars, "pandas": _encode_pandas}.get(module, _encode_arrow)
    return writer(frame, content_type)


def _encode_polars(frame: t.Any, content_type: str) -> bytes:
    if content_type == JSON:
        return _records(frame.to_dicts())
    if content_type == CSV:
        return t.cast(str, frame.write_csv()).encode()
    target = io.BytesIO()
    frame.write_parquet(target)
    return target.getvalue()


def _encode_pandas(frame: t.Any, content_type: str) -> bytes:
    if content_type == JSON:
        return t.cast(str, frame.to_json(orient="records", date_format="iso")).encode()
    if content_type == CSV:
        return t.cast(str, frame.to_csv(index=False)).encode()
    target = io.BytesIO()
    frame.to_parquet(target)
    return target.getvalue()


def _encode_arrow(frame: t.Any, content_type: str) -> bytes:
    pa = importlib.import_module("pyarrow")

    if isinstance(frame, pa.RecordBatch):
        table = pa.Table.from_batches([frame])
    elif isinstance(frame, pa.Table):
        table = frame
    elif hasattr(frame, "__arrow_c_stream__"):
        table = pa.table(frame)
    else:
        table = importlib.import_module("pyarrow.interchange").from_dataframe(frame)
    if content_type == JSON:
        return _records(table.to_pylist())
    target = pa.BufferOutputStream()
    if content_type == CSV:
        importlib.import_module("pyarrow.csv").write_csv(table, target)
    else:
        importlib.import_module("pyarrow.parquet").write_table(table, target)
    return t.cast(bytes, target.getvalue().to_pybytes())


def _records(rows: list[dict[str, t.Any]]) -> bytes:
    import msgspec

    return msgspec.json.encode(rows)

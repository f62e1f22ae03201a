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
    """Whether an annotation is a table of columns."""
    return isinstance(annotation, type) and (
        hasattr(annotation, "__arrow_c_stream__") or hasattr(annotation, "__dataframe__")
    )


def choose(accept: str) -> str:
    """The format that an Accept header prefers; JSON where it says nothing that is known. Source: RFC 9110 12.5.1."""
    best, quality = JSON, 0.0
    for entry in accept.split(","):
        name, _, parameters = entry.partition(";")
        weight = _weight(parameters)
        known = _ALIASES.get(name.strip().lower())
        if known is not None and weight > quality:
            best, quality = known, weight
    return best


_ALIASES = {
    JSON: JSON,
    "application/*": JSON,
    "*/*": JSON,
    CSV: CSV,
    "text/*": CSV,
    PARQUET: PARQUET,
    "application/parquet": PARQUET,
    "application/x-parquet": PARQUET,
}


def _weight(parameters: str) -> float:
    name, _, value = parameters.strip().partition("=")
    try:
        return float(value) if name == "q" else 1.0
    except ValueError:
        return 0.0


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

"""A request as the typed layer sees it, made by hand: what a test gives is all there is."""

from __future__ import annotations

import io
import typing as t

from werkzeug.datastructures import FileStorage, MultiDict


class FakeSource:
    """A ``Source`` of plain values. ``reads`` counts how often the body was asked for."""

    def __init__(
        self,
        *,
        query: str | bytes = "",
        path: dict[str, t.Any] | None = None,
        headers: dict[str, str] | None = None,
        cookies: dict[str, str] | None = None,
        json: bytes | None = None,
        body: bytes = b"",
        content_type: str = "",
        form: t.Any = (),
        files: t.Any = (),
        request: t.Any = None,
    ) -> None:
        if isinstance(query, str):
            self.query = query
        else:
            self._raw_query = query
        self.path_values = path or {}
        self.cookies = cookies or {}
        self.content_type = content_type
        self.form: t.Any = MultiDict(form)
        self.files: t.Any = MultiDict(files)
        self.request = request
        self._headers = headers or {}
        self._body = body
        if json is not None:
            self._body, self.content_type = json, content_type or "application/json"
        if (form or files) and not content_type:
            self.content_type = "multipart/form-data; boundary=x"

    def __getattr__(self, name: str) -> str:
        if name != "query":
            raise AttributeError(name)
        return self._raw_query.decode()  # fails when it is read, if it does

    def header(self, name: str, /) -> str | None:
        return self._headers.get(name)

    def body(self) -> bytes:
        return self._body


def upload(content: bytes, filename: str = "a.txt", content_type: str = "text/plain") -> FileStorage:
    return FileStorage(io.BytesIO(content), filename=filename, content_type=content_type)

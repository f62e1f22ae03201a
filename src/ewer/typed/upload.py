"""``UploadFile``: one uploaded file as a view sees it. Parsing and spooling are Werkzeug's."""

from __future__ import annotations

import os
import typing as t

if t.TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_CHUNK_BYTES = 64 * 1024


class UploadFile:
    """A file from a multipart body, in memory up to Werkzeug's spooling size and on disk beyond it.

    ``filename`` is what the client claims: a display name, never a path to write to.
    """

    __slots__ = ("content_type", "file", "filename", "headers")

    def __init__(
        self,
        file: t.IO[bytes],
        *,
        filename: str | None = None,
        content_type: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        self.file = file
        self.filename = filename
        self.content_type = content_type
        self.headers: Mapping[str, str] = headers if headers is not None else {}

    @property
    def size(self) -> int:
        """The number of bytes, whatever has been read so far."""
        here = self.file.tell()
        size = self.file.seek(0, os.SEEK_END)
        self.file.seek(here)
        return size

    def read(self, size: int = -1) -> bytes:
        """Up to ``size`` bytes from where reading stopped; all of the rest by default."""
        return self.file.read(size)

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Moves to a byte offset, as ``io`` files do."""
        return self.file.seek(offset, whence)

    def save(self, destination: str | os.PathLike[str] | t.IO[bytes]) -> None:
        """Copies the file, from its start, to a path or an open binary file, 64 KiB at a time."""
        self.file.seek(0)
        if isinstance(destination, (str, os.PathLike)):
            with open(destination, "wb") as target:
                target.writelines(self)
            return
        for chunk in self:
            destination.write(chunk)

    def __iter__(self) -> Iterator[bytes]:
        while chunk := self.file.read(_CHUNK_BYTES):
            yield chunk

    def close(self) -> None:
        """Frees the memory or temporary file early; the end of the request does it too."""
        self.file.close()

    def __repr__(self) -> str:
        return f"UploadFile(filename={self.filename!r}, content_type={self.content_type!r})"


def wrap_storage(storage: t.Any) -> UploadFile:
    """Makes an ``UploadFile`` of a Werkzeug ``FileStorage``."""
    return UploadFile(
        storage.stream, filename=storage.filename, content_type=storage.content_type, headers=storage.headers
    )

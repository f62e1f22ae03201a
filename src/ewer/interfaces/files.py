"""Files as response bodies under ASGI: `wsgi.file_wrapper` with blocks worth a change of threads. Source: PEP 3333."""

from __future__ import annotations

from typing import IO

import werkzeug
from werkzeug.wsgi import FileWrapper

BLOCK_BYTES = 256 * 1024
"""At least so much of a file is read at a time; each read crosses from the event loop to a worker thread and back."""


class FileBlocks(FileWrapper):
    """The blocks of a file.

    Args:
        file: an open file; closed with the response.
        buffer_size: bytes in a block, at least `BLOCK_BYTES`.
    """

    def __init__(self, file: IO[bytes], buffer_size: int = BLOCK_BYTES) -> None:
        super().__init__(file, max(buffer_size, BLOCK_BYTES))

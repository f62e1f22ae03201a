"""Response bodies that come from an asynchronous iterator."""

from __future__ import annotations

import asyncio
import typing as t


class AsyncChunks:
    """An asynchronous iterable of chunks as a plain iterator: each chunk is waited for on an event loop.

    Args:
        source: the asynchronous iterable, of text or bytes.
    """

    def __init__(self, source: t.AsyncIterable[t.Any]) -> None:
        self.chunks = source.__aiter__()
        self.is_closed = False
        self._loop: asyncio.AbstractEventLoop | None = None
        """Where the first chunk was made, and what it left open may be bound to."""

    def __iter__(self) -> AsyncChunks:
        return self

    def __next__(self) -> t.Any:
        from ._bridge import wait_for

        try:
            return wait_for(self._next, on=self._loop)
        except StopAsyncIteration:
            raise StopIteration from None

    async def _next(self) -> t.Any:
        self._loop = asyncio.get_running_loop()
        return await self.chunks.__anext__()

    async def aclose(self) -> None:
        """Run the clean-up of a generator that was not read to its end, once."""
        if self.is_closed:
            return
        self.is_closed = True
        aclose = getattr(self.chunks, "aclose", None)
        if aclose is not None:
            await aclose()

    def close(self) -> None:
        """Like `aclose`, for plain code."""
        if not self.is_closed:
            from ._bridge import wait_for

            wait_for(self.aclose, on=self._loop)


class AsyncBody:
    """What an ASGI interface is given instead of a plain iterator: it pulls `async_chunks` itself, then calls `aclose` and `close`.

    Args:
        chunks: the body.
        close: the response's clean-up, which closes the body too.
    """

    def __init__(self, chunks: AsyncChunks, close: t.Callable[[], None]) -> None:
        self.async_chunks = chunks.chunks
        self.aclose = chunks.aclose
        self._chunks = chunks
        self.close = close

    def __iter__(self) -> t.Iterator[t.Any]:
        """Be a plain iterable to middleware that knows no better."""
        return iter(self._chunks)

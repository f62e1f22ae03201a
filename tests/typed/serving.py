"""Serves an application on a port of this machine, for clients that are no test clients."""

import contextlib
import socket
import threading
import typing as t
from concurrent.futures import Future

from werkzeug.serving import WSGIRequestHandler, make_server


class _SilentHandler(WSGIRequestHandler):
    protocol_version = "HTTP/1.1"  # connections are kept: thousands of closed ones use up the ports
    disable_nagle_algorithm = True  # or each answer waits 40 ms for its own acknowledgement

    def log(self, type: str, message: str, *args: t.Any) -> None: ...


@contextlib.contextmanager
def served(app: t.Any) -> t.Iterator[str]:
    """Serve an application on a free port, in threads, and give its URL."""
    server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=_SilentHandler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextlib.contextmanager
def served_by_asgi(app: t.Any) -> t.Iterator[str]:
    """Serve an application on a free port, on an event loop of uvicorn's, and give its URL."""
    import uvicorn

    started: Future[None] = Future()

    class Server(uvicorn.Server):
        async def startup(self, sockets: t.Any = None) -> None:
            await super().startup(sockets)
            started.set_result(None)

    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    server = Server(uvicorn.Config(app.asgi, log_level="error"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    try:
        started.result(timeout=20)
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join()
        listener.close()

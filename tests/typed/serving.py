"""Serves an application on a port of this machine, for clients that are no test clients."""

import contextlib
import threading
import typing as t

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

"""The workloads, one file each: what is asked, what must come back, and whom it is compared with.

The apps that answer are in ``bench/peers``, one file for each framework, under a function of the workload's name.
"""

from __future__ import annotations

# The rows that others are measured against.
BARE = "bare@granian-wsgi"
BARE_ASGI = "bare-asgi@uvicorn"
BARE_ASGI_THREADS = "bare-asgi-threads@uvicorn"
FLASK = "flask@granian-wsgi"
FLASK_GUNICORN = "flask@gunicorn-sync"
FASTAPI = "fastapi@uvicorn"
LITESTAR = "litestar@uvicorn"
FALCON = "falcon@granian-wsgi"
PEERS = (BARE, BARE_ASGI, FLASK, FLASK_GUNICORN, FASTAPI, FALCON)

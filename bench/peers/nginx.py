"""nginx, which answers from its configuration (``bench/nginx.conf``): the ceiling of the machine and of the load."""

from __future__ import annotations

PEER = {
    "name": "nginx",
    "title": "nginx",
    "environment": None,
    "servers": {"nginx": "all"},
    "workloads": ["plaintext", "json", "static-file", "hello"],
}

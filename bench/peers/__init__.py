"""The peers, one file each: a framework, set up as its own documentation recommends, one function for each workload.

A file says of itself in a literal ``PEER`` (read without importing): its ``name`` and ``title``, the ``environment``
(a file in ``bench/requirements``), the ``servers`` it runs on, each with ``"all"`` or the workloads to measure there,
and what it ``speaks`` (``wsgi`` or ``asgi``; left out if it only runs on a server of its own). A function without
underscore in front registers the routes of the workload of that name, and only those of the chosen one are registered,
so that no framework pays for the others. The module's ``app`` is what is served. ``HELLO`` is the framework's smallest
app, a file of its own, on which start and memory are measured: there no other workload's imports count.
"""

from __future__ import annotations

import os


def set_up(functions: dict) -> object:
    """Call the function of the workload chosen in ``BENCH_WORKLOAD``."""
    return functions[os.environ.get("BENCH_WORKLOAD", "plaintext")]()

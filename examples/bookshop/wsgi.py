"""Serve the bookshop: `ewer --app wsgi run` with Ewer, `flask --app wsgi run` with Flask; this file is the same for both.

The `ewer` command makes the name `flask` mean Ewer before it imports this file, so nothing in the application mentions it.
A server that imports this module by itself, such as gunicorn, runs it on Flask; put `import ewer.as_flask` above the
import below to run it on Ewer there as well.
"""

from __future__ import annotations

from bookshop import create_app

app = create_app()

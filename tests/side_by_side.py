"""Runs a small scenario on real Flask and on Ewer and holds the results equal, for tests of single modules."""

from __future__ import annotations

import os
import re
from importlib import import_module


class Framework:
    """Gives the modules of real Flask or of Ewer as attributes: ``framework.helpers``."""

    def __init__(self, name):
        self.name = name

    def __getattr__(self, module):
        return import_module(f"{self.name}.{module}")

    def make_app(self, **options):
        app = self.app.Flask("shop", root_path=os.path.dirname(__file__), **options)
        app.secret_key = "secret"
        return app


FLASK, EWER = Framework("flask"), Framework("ewer")


def outcome(function, *args, **kwargs):
    """Return what the function returns, or the name and the text of what it raises."""
    try:
        return function(*args, **kwargs)
    except Exception as error:
        return type(error).__name__, re.sub(r" at 0x[0-9a-f]+", "", str(error))


def both(scenario, *args):
    """Run the scenario on real Flask and on Ewer, hold the results equal and return them."""
    expected = outcome(scenario, FLASK, *args)
    assert outcome(scenario, EWER, *args) == expected
    return expected


def seen(response):
    """Return what the client sees of a response, without the moments in it."""
    headers = {name: value for name, value in response.headers.items() if name not in ("Date", "Expires")}
    return response.status, headers, response.get_data()

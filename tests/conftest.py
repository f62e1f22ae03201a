"""What every test needs: a process environment that no test changes for the next."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest


@pytest.fixture(autouse=True)
def same_environment() -> Iterator[None]:
    """Take back what a `FlaskGroup` leaves behind: FLASK_RUN_FROM_CLI makes a later `app.run()` do nothing."""
    before = dict(os.environ)
    yield
    for name in os.environ.keys() - before.keys():
        if name.startswith("FLASK_"):
            del os.environ[name]

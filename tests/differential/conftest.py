"""Skips the differential tests where `flask` is Ewer under Flask's name: then there is nothing to compare with."""

from __future__ import annotations

from pathlib import Path

import pytest

from .harness import flask_is_real

HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip what stands in this folder when real Flask cannot be imported here."""
    if flask_is_real():
        return
    skip = pytest.mark.skip(reason="`flask` is Ewer in this process; run without -p ewer.as_flask")
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(skip)

"""The parts of applications and blueprints that only collect facts and never handle a request."""

from __future__ import annotations

from .._borrowed import borrowing

__getattr__ = borrowing(__name__)  # its modules, which come along with Flask

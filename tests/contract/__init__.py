"""The rows and traps of the compatibility contract, each with a test that names it.

The tests are written against `flask`: they pass on real Flask, and with `-p ewer.as_flask` on Ewer. Rows that speak of
Ewer alone are marked `ewer_only` and skipped on real Flask.
"""

from __future__ import annotations

import sys

import pytest

ON_EWER = "ewer.as_flask" in sys.modules
ewer_only = pytest.mark.skipif(not ON_EWER, reason="speaks of Ewer alone; run with -p ewer.as_flask")

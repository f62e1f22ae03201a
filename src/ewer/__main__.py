"""``python -m ewer``: the console script ``ewer`` without a script."""

from __future__ import annotations

from .commands import main

main()

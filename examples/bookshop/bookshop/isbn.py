"""Book numbers: the check digit of an ISBN-13."""

from __future__ import annotations


def check_digit(first_twelve: str) -> str:
    """Compute the last digit of an ISBN-13 from the twelve before it. Source: ISO 2108, annex C."""
    total = sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(first_twelve))
    return str(-total % 10)

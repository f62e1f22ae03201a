"""Binds a function and reads one request, in one line."""

from __future__ import annotations

import typing as t

import pytest

from ewer.typed import bind_view
from ewer.typed.errors import RequestInvalid, SetupError

from .fakes import FakeSource


def bound(view: t.Any, **keywords: t.Any) -> t.Any:
    """The binding of a view served for POST, unless the test says otherwise."""
    keywords.setdefault("rule_variables", {})
    keywords.setdefault("methods", ["POST"])
    return bind_view(view, **keywords)


def collected(view: t.Any, **request: t.Any) -> dict[str, t.Any]:
    """What a request gives to a view."""
    return bound(view).collect(FakeSource(**request))


def refused(view: t.Any, **request: t.Any) -> RequestInvalid:
    """How a request is refused."""
    with pytest.raises(RequestInvalid) as caught:
        bound(view).collect(FakeSource(**request))
    return caught.value


def records(view: t.Any, **request: t.Any) -> list[tuple[tuple[t.Any, ...], str]]:
    """Place and type of each error of a refused request."""
    return [(error.location, error.type) for error in refused(view, **request).errors]


def mistaken(view: t.Any, **keywords: t.Any) -> str:
    """The text of the set-up error that a view causes."""
    with pytest.raises(SetupError) as caught:
        bound(view, **keywords)
    return str(caught.value)

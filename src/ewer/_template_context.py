"""The context processor every app starts with, apart from `ewer.templating` so that it loads without Jinja."""

from __future__ import annotations

import typing as t

from .globals import _get_request, find_current_g


def _default_template_ctx_processor() -> dict[str, t.Any]:
    """Give templates ``g`` and ``request`` as the objects themselves, which are faster to reach than the proxies.

    NOTE: the session is left to its proxy: reading it through the request context is what marks it as accessed.
    """
    context: dict[str, t.Any] = {}
    g = find_current_g()
    if g is not None:
        context["g"] = g
    request_context = _get_request(None)
    if request_context is not None:
        context["request"] = request_context.request
    return context


_default_template_ctx_processor.__module__ = f"{__package__}.templating"

"""JSON in and out through the current app's provider, or plain `json` with the same extra types outside one.

With an app context pushed every function here calls the method of the same name on ``current_app.json``;
how that reads and writes is settled in `ewer.json.provider`.
"""

from __future__ import annotations

import json as _json
import typing as t

from .._borrowed import borrowing
from ..globals import find_current_app
from .provider import _default

if t.TYPE_CHECKING:
    from ..wrappers import Response
    from .provider import JSONProvider


def _current_provider() -> JSONProvider | None:
    # PERF: not the current_app proxy: Werkzeug stays unloaded (bench/startup.py).
    app = find_current_app()
    return None if app is None else app.json


def dumps(obj: t.Any, **kwargs: t.Any) -> str:
    """Write data as JSON text; keyword arguments go to the provider's ``dumps``, or to `json.dumps`.

    Raises:
        TypeError: Something in ``obj`` has no JSON form, or keys that cannot be sorted.
        ValueError: ``obj`` contains itself.
    """
    provider = _current_provider()
    if provider is not None:
        return provider.dumps(obj, **kwargs)
    kwargs.setdefault("default", _default)
    return _json.dumps(obj, **kwargs)


def dump(obj: t.Any, fp: t.IO[str], **kwargs: t.Any) -> None:
    """Write data as JSON text to a file opened for text; otherwise as `dumps`, with the same errors."""
    provider = _current_provider()
    if provider is not None:
        provider.dump(obj, fp, **kwargs)
        return
    kwargs.setdefault("default", _default)
    _json.dump(obj, fp, **kwargs)


def loads(s: str | bytes, **kwargs: t.Any) -> t.Any:
    """Read data from JSON text, or from its bytes in UTF-8.

    Raises:
        ValueError: The text is not JSON (`json.JSONDecodeError`), or the bytes are not UTF-8.
    """
    provider = _current_provider()
    if provider is not None:
        return provider.loads(s, **kwargs)
    return _json.loads(s, **kwargs)


def load(fp: t.IO[t.AnyStr], **kwargs: t.Any) -> t.Any:
    """Read data from a JSON file opened for text, or for bytes in UTF-8; errors as `loads`."""
    provider = _current_provider()
    if provider is not None:
        return provider.load(fp, **kwargs)
    return _json.load(fp, **kwargs)


def jsonify(*args: t.Any, **kwargs: t.Any) -> Response:
    """Make a response with the arguments as its JSON body.

    One positional argument is the value; several are a list; keyword arguments are an object; nothing at all
    is ``null``. A dict or list returned from a view becomes the same without this call.

    Raises:
        RuntimeError: No app context is pushed.
        TypeError: Positional and keyword arguments together, or a value without a JSON form.
    """
    provider: t.Any = _current_provider()
    if provider is None:
        from ..globals import current_app

        # NOTE: the proxy knows the words for "outside of application context".
        provider = current_app.json
    return provider.response(*args, **kwargs)  # type: ignore[no-any-return]  # PERF: a cast is a call


__getattr__ = borrowing(__name__)  # the names that Flask's module has besides

"""The ten signals every app sends, and the namespace class to make further ones.

Each signal is sent with the app object itself (never the ``current_app`` proxy) as sender and with
``_async_wrapper=app.ensure_sync``, so receivers may be coroutine functions.
"""

from __future__ import annotations

from blinker import Namespace as Namespace

from .watched import EveryWatch, WatchedDict

# NOTE: only the framework's own signals live here; an extension makes a Namespace of its own, so that
# two of them can use one name.
_signals = Namespace()

appcontext_pushed = _signals.signal("appcontext-pushed")
appcontext_popped = _signals.signal("appcontext-popped")
appcontext_tearing_down = _signals.signal("appcontext-tearing-down")
request_started = _signals.signal("request-started")
request_finished = _signals.signal("request-finished")
request_tearing_down = _signals.signal("request-tearing-down")
got_request_exception = _signals.signal("got-request-exception")
before_render_template = _signals.signal("before-render-template")
template_rendered = _signals.signal("template-rendered")
message_flashed = _signals.signal("message-flashed")

_of_each_request = (
    appcontext_pushed,
    appcontext_popped,
    appcontext_tearing_down,
    request_started,
    request_finished,
    request_tearing_down,
)
for _signal in _of_each_request:
    # PERF: that somebody listens is told once, not asked at each request (tests/call_budgets.toml). blinker never replaces the dict.
    _signal.receivers = WatchedDict(_signal.receivers)
    _signal.receivers.watch = EveryWatch()


def has_receivers() -> bool:
    """Tell whether somebody listens to the signals of a request."""
    return any(signal.receivers for signal in _of_each_request)

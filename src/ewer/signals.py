"""The ten signals every app sends, and the namespace class to make further ones.

Each signal is sent with the app object itself (never the ``current_app`` proxy) as sender and with
``_async_wrapper=app.ensure_sync``, so receivers may be coroutine functions.
"""

from __future__ import annotations

from blinker import Namespace as Namespace

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

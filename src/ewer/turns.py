"""How long a thread may compute before those that wait for the interpreter ask it to let go.

Every waiting thread wakes up once in that time to ask. With a dozen threads nobody notices; a thousand clients that are
each waited for by a thread make two hundred thousand wake-ups a second, and those take the processor that the requests
need (docs/decisions/0013-turns-of-many-threads.md). So whoever has many threads at work asks for longer turns, and for
the usual ones again when they are gone. It knows nothing of requests or servers.
"""

from __future__ import annotations

import sys
import threading
from weakref import WeakKeyDictionary

SHARE_S = 0.00005
"""The length of a turn for each thread at work: one wake-up of a waiting thread each 50 µs, whatever their number."""
LONGEST_S = 0.05
"""The longest turn: a thread that computes keeps the others, the event loop among them, waiting no longer than that."""


class Turns:
    """The length of a turn for all threads of the process, agreed between the pools that have threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._at_work: WeakKeyDictionary[object, int] = WeakKeyDictionary()
        self._usual_s = self._set_s = sys.getswitchinterval()

    def have(self, pool: object, threads: int) -> None:
        """Say how many threads of `pool` are at work now.

        Turns last as long as usual, or `SHARE_S` for each thread of all pools where that is longer, up to `LONGEST_S`.
        """
        with self._lock:
            self._at_work[pool] = threads
            now_s = sys.getswitchinterval()
            if now_s != self._set_s:
                self._usual_s = now_s  # somebody else has set it: that is the usual length from now on
            wanted_s = max(self._usual_s, min(LONGEST_S, SHARE_S * sum(self._at_work.values())))
            if wanted_s != now_s:
                sys.setswitchinterval(wanted_s)
            self._set_s = sys.getswitchinterval()


turns = Turns()
"""Those of this process."""

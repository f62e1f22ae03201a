"""Which `Host` values are plain enough to need no further look.

Everything else goes the documented way, where Werkzeug decides whether the host is malformed.
"""

from __future__ import annotations

import re

# A label has 1 to 63 octets; the last one carries the port. Source: RFC 1035, section 2.3.4.
_PLAIN_HOST = re.compile(r"[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63})*(?::[0-9]{1,5})?", re.ASCII)
_MOST_LABEL_OCTETS = 63


def is_plain_host(host: str | None) -> bool:
    """Tell whether `host` (`name[:port]`) is a name that no part of URL matching can object to; None means that none was sent."""
    if host is None:
        return True
    return _PLAIN_HOST.fullmatch(host) is not None and len(host.rpartition(".")[2]) <= _MOST_LABEL_OCTETS

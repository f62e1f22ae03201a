"""Run the watched app: `python -m traced FRAMEWORK AGENT`, printing replies and the agent's records as JSON.

The app answers all requests once before its agent is switched on and once after it, so that an agent that arrives
late is seen by views that have already been served.
"""

from __future__ import annotations

import json
import logging
import sys

from traced.watchers import WATCHERS


def main(framework: str, agent: str) -> None:
    if framework == "ewer":
        import ewer.as_flask  # noqa: F401

    logging.disable(logging.CRITICAL)
    watcher = WATCHERS[agent]()
    watcher.early()
    import flask

    from traced.app import ask_everything, make_app

    app = make_app()
    before = ask_everything(app)
    watcher.tell()
    if watcher.wants_new_app:
        app = make_app(watcher.late)
    else:
        watcher.late(app)
    after = ask_everything(app)
    report = {
        "framework": "ewer" if "ewer.app" in sys.modules else "flask",
        "class": flask.Flask.__name__,
        "before": before,
        "after": after,
        "seen": watcher.tell(),
    }
    sys.stdout.write("\n@@@" + json.dumps(report, default=str) + "\n")


main(sys.argv[1], sys.argv[2])

"""Write the figures in the docs from the results files, so that no figure is ever typed.

A page marks the place with ``<!-- figures: NAME -->`` and ``<!-- end -->``; what stands between is replaced by the
table of that name. ``render.py --check`` changes nothing and fails if a page is out of date.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "bench"))

from harness import tables  # noqa: E402  (it lies beside this file)
from harness.catalogue import WORKLOAD_ORDER  # noqa: E402
from harness.results import read  # noqa: E402

RESULTS = ROOT / "bench" / "results"
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
PLACE = re.compile(r"(<!-- figures: (?P<name>[\w-]+) -->\n)(?P<old>.*?)(<!-- end -->)", re.DOTALL)


def startup() -> str:
    """Return the start-up table."""
    results = json.loads((RESULTS / "startup.json").read_text(encoding="utf-8"))
    titles = {
        "flask": f"Flask {results['versions']['flask']}",
        "ewer": "Ewer",
        "ewer-as-flask": "the Flask app, on Ewer (`import ewer.as_flask`)",
    }
    lines = [
        "| hello world, import to first response | median | of Flask's time | modules imported |",
        "| --- | ---: | ---: | ---: |",
    ]
    for name, title in titles.items():
        row = results["contestants"][name]
        lines.append(f"| {title} | {row['median_ms']:.0f} ms | {row['ratio_to_flask']:.2f} | {row['modules']} |")
    about = f"CPython {results['python']}, {results['system']}; medians of {results['rounds']} interleaved rounds"
    return "\n".join([*lines, "", f"({about}; `make bench-startup` measures it on your machine.)", ""])


def compared(table: Callable[[tables.Results], str]) -> Callable[[], str]:
    """Return what renders a table of ``compare.py``'s results."""
    return lambda: table(in_order(read(RESULTS)))


def in_order(results: tables.Results) -> tables.Results:
    """Return the results in the order in which workloads are shown."""
    place = {name: number for number, name in enumerate(WORKLOAD_ORDER)}
    return {name: results[name] for name in sorted(results, key=lambda name: place.get(name, len(place)))}


TABLES: dict[str, Callable[[], str]] = {
    "startup": startup,
    **{name: compared(table) for name, table in tables.TABLES.items()},
}


def rendered(page: str) -> str:
    """Return a page's text with its figures replaced."""
    return PLACE.sub(lambda place: place[1] + TABLES[place["name"]]() + place[4], page)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="change nothing, fail if a page is out of date")
    options = parser.parse_args()
    stale = [page for page in PAGES if rendered(page.read_text(encoding="utf-8")) != page.read_text(encoding="utf-8")]
    for page in stale:
        print(f"{page.relative_to(ROOT)}: {'out of date, run make docs' if options.check else 'figures written'}")
        if not options.check:
            page.write_text(rendered(page.read_text(encoding="utf-8")), encoding="utf-8")
    return 1 if options.check and stale else 0


if __name__ == "__main__":
    sys.exit(main())

"""Time of a report on 1,500 messages in a store of 1,000, 10,000 and 100,000.

Every figure of both periods and all breakdowns, from the first query to the last number. `python
benchmarks/bench_figures.py [--sqlite] [SIZE …]`. OSM_TEST_POSTGRES_URL adds PostgreSQL, --sqlite leaves it out.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from datetime import timedelta
from math import ceil
from pathlib import Path
from statistics import median

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from benchmarks.seeding.installation import installation
from benchmarks.seeding.seeder import A_DAY
from osm.base.application import current_now
from osm.base.types import Span
from osm.flow.acts.clocks import in_force
from osm.reports.queries.streets import Report, report_of
from tests.databases import SQLITE, backends

SIZES = (1_000, 10_000, 100_000)
COUNTED = 1_500
MOST_MS = 500
ASKED = 7
"""Number of reports measured, after two that do not count."""


def measure(backend: str, size: int) -> tuple[float, float, int]:
    """Milliseconds of a report, those of this process, and the number of messages received."""
    with installation(backend, size) as app, app.app_context():
        now, calendar = current_now(), in_force().calendar
        yesterday = calendar.local(now).date() - timedelta(days=1)
        span = Span(yesterday - timedelta(days=ceil(COUNTED / A_DAY) - 1), yesterday, calendar.tz)
        walls, works = [], []
        report: Report | None = None
        for _ in range(ASKED + 2):
            wall, work = time.perf_counter(), time.process_time()
            report = report_of(span, now, calendar)
            walls.append((time.perf_counter() - wall) * 1000)
            works.append((time.process_time() - work) * 1000)
        assert report is not None
        return median(walls[2:]), median(works[2:]), report.figures.counts["received"]


def curve(backend: str, sizes: list[int]) -> bool:
    """Print one table; returns whether the bound is kept at the largest size."""
    print(f"\n{backend:<12}{'time':>12}{'own work':>12}{'messages':>12}")
    wall = 0.0
    for size in sizes:
        wall, work, received = measure(backend, size)
        print(
            f"{size:<12,}{wall:>9.0f} ms{work:>9.0f} ms{received:>12,}"
            + ("" if wall < MOST_MS else "   over the bound")
        )
    return wall < MOST_MS


def main(arguments: list[str]) -> int:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("sizes", nargs="*", type=int, metavar="SIZE")
    options.add_argument("--sqlite", action="store_true", help="SQLite only")
    chosen = options.parse_args(arguments)
    print(f"load of the machine before: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores; bound: {MOST_MS} ms")
    wanted = [SQLITE] if chosen.sqlite else backends()
    kept = [curve(backend, sorted(chosen.sizes) or list(SIZES)) for backend in wanted]
    return 0 if all(kept) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

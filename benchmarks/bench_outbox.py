"""Proof of the outbox: 500 acts on ten pages, the worker killed a hundred times, a third of the connections cut.

`python benchmarks/bench_outbox.py [ACTS [PAGES [KILLS [WORKERS]]]]` runs the test of that name with these numbers on
SQLite, and also on PostgreSQL if OSM_TEST_POSTGRES_URL is set. Each act must happen exactly once and in order; the
emulated network counts. Prints the number of requests, and how many came faster than allowed.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def main(arguments: list[str]) -> int:
    acts, pages, kills, workers = [*arguments, *("500", "10", "100", "1")[len(arguments) :]][:4]
    command = [sys.executable, "-m", "pytest", "tests/worker/test_outbox_killed.py", "-q", "-n0", "-s", "--no-header"]
    asked = {
        "OSM_TEST_ACTS": acts,
        "OSM_TEST_PAGES": pages,
        "OSM_TEST_KILLS": kills,
        "OSM_TEST_WORKERS": workers,
        "OSM_TEST_CUTS": "1000",
    }
    ended = subprocess.run(command, cwd=ROOT, env={**os.environ, **asked}, text=True, capture_output=True)
    print("\n".join(line for line in ended.stdout.splitlines() if " kills, " in line or "passed" in line))
    if ended.returncode:
        print(ended.stdout[-4000:])
    return ended.returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""Soak test of the worker: SIGKILL at 50 random moments under load; no work is lost or done twice.

`python benchmarks/bench_killed.py [KILLS]` runs the test of that name with so many kills (50 by default) on SQLite, and
also on PostgreSQL if OSM_TEST_POSTGRES_URL is set.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def main(arguments: list[str]) -> int:
    kills = arguments[0] if arguments else "50"
    command = [sys.executable, "-m", "pytest", "tests/worker/test_killed.py", "-q", "-n0", "-s", "--no-header"]
    ended = subprocess.run(
        command, cwd=ROOT, env={**os.environ, "OSM_TEST_KILLS": kills}, text=True, capture_output=True
    )
    print("\n".join(line for line in ended.stdout.splitlines() if " kills, " in line or "passed" in line))
    if ended.returncode:
        print(ended.stdout[-4000:])
    return ended.returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

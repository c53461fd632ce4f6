"""Twenty visitors a second read the public register while the office works: times of office pages.

`python benchmarks/bench_public.py [SECONDS]` (30 by default) on a register of OSM_BENCH_MESSAGES messages (10,000 by
default); OSM_TEST_POSTGRES_URL adds PostgreSQL. The same people click first alone, then with the visitors; half of
these come again and get a 304. At the end a flood without pauses must reach the limit.
"""

from __future__ import annotations

import http.client
import os
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from benchmarks.bench_load import everybody, spread
from benchmarks.seeding.installation import installation
from benchmarks.seeding.served import Served, served
from tests.databases import backends

VISITORS = 20
"""Per second."""
MOST_MS, MOST_SLOWER_MS = 100, 100
"""95 % of visitors' waits; growth of the office's 95 % with visitors."""
PAGES = ("/public/accounts", "/public/accounts.css", "/public/accounts/embed", "/public/accounts.json")


@dataclass
class Seen:
    """Results of visitors: milliseconds and statuses."""

    times: list[float] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)


def visit(port: int, path: str, tag: str, seen: Seen) -> str:
    """One request of a new visitor; returns the tag of the answer."""
    begun = time.perf_counter()
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    connection.request("GET", path, headers={"If-None-Match": tag} if tag else {})
    answer = connection.getresponse()
    answer.read()
    connection.close()
    seen.times.append((time.perf_counter() - begun) * 1000)
    seen.statuses[answer.status] += 1
    return answer.headers.get("ETag", "")


def visitors(port: int, seconds: float, seen: Seen) -> None:
    """Each begins at his twentieth of a second; every second one makes a second visit."""
    threads, start, tags = [], time.perf_counter(), dict.fromkeys(PAGES, "")
    for number in range(int(seconds * VISITORS)):
        time.sleep(max(0.0, start + number / VISITORS - time.perf_counter()))
        path = PAGES[number % len(PAGES)]

        def come(path: str = path, back: bool = number // len(PAGES) % 2 == 1) -> None:
            tags[path] = visit(port, path, tags[path] if back else "", seen) or tags[path]

        thread = threading.Thread(target=come, daemon=True)
        thread.start()
        threads.append(thread)
    for thread in threads:
        thread.join(60)


def flood(port: int, seconds: float, seen: Seen) -> None:
    """Four connections without pauses."""
    until = time.perf_counter() + seconds

    def ask() -> None:
        while time.perf_counter() < until:
            visit(port, PAGES[0], "", seen)

    threads = [threading.Thread(target=ask, daemon=True) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)


def waits(server: Served, seconds: float, public: Callable[[int, float, Seen], None] | None) -> tuple[float, Seen]:
    """95 % of the office's waits, with or without visitors."""
    seen = Seen()
    thread = threading.Thread(target=public, args=(server.port, seconds, seen)) if public else None
    if thread:
        thread.start()
    clicks = everybody(server, seconds)
    if thread:
        thread.join()
    times = clicks.all
    name = public.__name__ if public else "nobody"
    print(f"  office with {name:<9} {spread(times)}, errors: {dict(clicks.wrong) or 'none'}")
    if seen.times:
        print(f"  {name:<22} {spread(seen.times)}, {len(seen.times) / seconds:.0f} a second, {dict(seen.statuses)}")
    return times[int(len(times) * 0.95)], seen


def run(backend: str, messages: int, seconds: float) -> bool:
    """Print one measurement; returns whether the bounds were kept."""
    with installation(backend, messages) as app, served(app) as server:
        print(f"\n{backend}, {messages:,} messages, {seconds:.0f} s each, load {os.getloadavg()[0]:.1f}")
        alone, _ = waits(server, seconds, None)
        busy, seen = waits(server, seconds, visitors)
        flooded, rude = waits(server, seconds, flood)
    late = sorted(seen.times)[int(len(seen.times) * 0.95)] >= MOST_MS
    slower = max(busy, flooded) - alone >= MOST_SLOWER_MS
    return not (late or slower or set(seen.statuses) - {200, 304} or 429 not in rude.statuses)


def main(arguments: list[str]) -> int:
    seconds = float(arguments[0]) if arguments else 30.0
    messages = int(os.environ.get("OSM_BENCH_MESSAGES", "10000"))
    print(
        f"bounds: visitors 95 % under {MOST_MS} ms, the office's 95 % not {MOST_SLOWER_MS} ms longer, a flood meets 429"
    )
    kept = [run(backend, messages, seconds) for backend in backends()]
    return 0 if all(kept) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""More connections than the office has browsers: time of an office page, and memory.

`python benchmarks/bench_connections.py [CLICKS]` (100 by default) on a register of OSM_BENCH_MESSAGES messages (2,000
by default). Sixty browsers keep six connections each and have used all of them; five hundred more sockets are open and
idle. The office's page is requested before and during this; then all 360 make a request at once.
"""

from __future__ import annotations

import http.client
import os
import resource
import socket
import sys
import threading
import time
from contextlib import ExitStack
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from benchmarks.bench_load import spread
from benchmarks.seeding.installation import installation
from benchmarks.seeding.served import Person, Served, served

BROWSERS, EACH, SILENT = 60, 6, 500
MOST_MS, MOST_MEGABYTES = 300, 300


def clicks(person: Person, count: int) -> list[float]:
    """Milliseconds of the office's page, one click after another."""
    times = []
    for _ in range(count):
        begun = time.perf_counter()
        status, _page = person.get("/")
        times.append((time.perf_counter() - begun) * 1000)
        if status != 200:
            raise RuntimeError(f"the page was answered with {status}")
    return times


def connections(stack: ExitStack, server: Served) -> list[http.client.HTTPConnection]:
    """All other open connections; those of the browsers have been used."""
    for _ in range(SILENT):
        stack.enter_context(socket.create_connection(("127.0.0.1", server.port), timeout=60))
    opened = [http.client.HTTPConnection("127.0.0.1", server.port, timeout=60) for _ in range(BROWSERS * EACH)]
    for connection in opened:
        stack.callback(connection.close)
        ask(connection)
    return opened


def ask(connection: http.client.HTTPConnection) -> None:
    """Get a page by a connection that stays open. Raises RuntimeError without an answer."""
    connection.request("GET", "/healthz")
    answer = connection.getresponse()
    answer.read()
    if answer.status != 200:
        raise RuntimeError(f"answered with {answer.status}")


def burst(opened: list[http.client.HTTPConnection]) -> list[float]:
    """Milliseconds of all of them at once, as when everybody comes to work."""
    times: list[float] = []
    start = threading.Barrier(len(opened))

    def one(connection: http.client.HTTPConnection) -> None:
        start.wait()
        begun = time.perf_counter()
        ask(connection)
        times.append((time.perf_counter() - begun) * 1000)

    threads = [threading.Thread(target=one, args=(connection,)) for connection in opened]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return times


def main(arguments: list[str]) -> int:
    count = int(arguments[0]) if arguments else 100
    _soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    print(f"bounds: 95 % under {MOST_MS} ms, no error, the whole product under {MOST_MEGABYTES} MB")
    with installation("sqlite", int(os.environ.get("OSM_BENCH_MESSAGES", "2000"))) as app, served(app) as server:
        person = Person(server.port, "anna")
        clicks(person, 5)
        print(f"  alone                {spread(clicks(person, count))}\n  memory: {server.memory_words()}")
        with ExitStack() as stack:
            opened = connections(stack, server)
            busy = clicks(person, count)
            print(f"  with {SILENT + len(opened)} connections {spread(busy)}")
            at_once = burst(opened)
            print(f"  {len(opened)} at once          {spread(at_once)}")
            memory = sum(process.pss for process in server.memory().values())
            print(f"  memory: {server.memory_words()}, load {os.getloadavg()[0]:.1f}")
    late = sorted(busy)[int(len(busy) * 0.95)] >= MOST_MS
    return 1 if late or len(at_once) < len(opened) or memory >= MOST_MEGABYTES else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""Fifty people click at once over real HTTP while the worker works: page times.

`python benchmarks/bench_load.py [SECONDS]` (30 by default) on a register of OSM_BENCH_MESSAGES messages (10,000 by
default); OSM_TEST_POSTGRES_URL adds PostgreSQL. A person waits one to three seconds between two clicks; every tenth
click writes. Sometimes a message is entered by hand, so that the worker has work.
"""

from __future__ import annotations

import os
import random
import re
import sys
import threading
import time
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from urllib.parse import quote

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from benchmarks.seeding.installation import installation
from benchmarks.seeding.office import MORE
from benchmarks.seeding.served import Person, Served, served
from tests.databases import backends

PEOPLE = 50
MOST_MS, MOST_MEGABYTES = 300, 300
"""Of the whole product (supervisor, web, worker), shared memory counted once."""
READS = (1.0, 3.0)
"""Seconds between two clicks of a person."""
LOGINS = ["anna", "vera", "gleb", "boris", "lidia", "roman", *(login for login, _ in MORE)]
SEARCHES = ("ямы на Калининской", "отопление", "автобус", "не горят фонари", "мусор")


@dataclass
class Clicks:
    """Results of all people: milliseconds by kind of page, and errors."""

    times: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    wrong: Counter[str] = field(default_factory=Counter)

    @property
    def all(self) -> list[float]:
        return sorted(time for times in self.times.values() for time in times)


def use(person: Person, clicks: Clicks, stop: threading.Event, chance: random.Random) -> None:
    """One person's day: list, card, badges, register, search, and sometimes something to write."""
    cards: list[str] = ["/"]
    time.sleep(chance.uniform(0, READS[1]))
    while not stop.is_set():
        kind = chance.choices(
            ["list", "card", "badges", "register", "search", "write"], [25, 30, 15, 12, 8, 10]
        )[0]  # fmt: skip
        path, form = _what(kind, person, cards, chance)
        begun = time.perf_counter()
        try:
            status, page = person.post(path, form) if form else person.get(path)
        except OSError as error:
            clicks.wrong[f"{kind}: {type(error).__name__}"] += 1
            return
        clicks.times[kind].append((time.perf_counter() - begun) * 1000)
        if status not in (200, 204, 303):
            clicks.wrong[f"{kind} {path.split('?')[0]}: {status}"] += 1
        if kind == "list":
            cards = sorted(set(re.findall(r'href="(/messages/\d+)"', page))) or ["/"]
        stop.wait(chance.uniform(*READS))


def _what(kind: str, person: Person, cards: list[str], chance: random.Random) -> tuple[str, dict[str, str]]:
    """Address and form; an empty form means GET."""
    if kind == "card":
        return chance.choice(cards), {}
    if kind == "badges":
        return "/nav/badges", {}
    if kind == "register":
        return chance.choice(("/messages", "/messages?status=in_work", "/messages?status=answered")), {}
    if kind == "search":
        return f"/messages?q={quote(chance.choice(SEARCHES))}", {}
    if kind == "write" and (person.login in ("anna", "vera") or person.login.startswith("curator")):
        number = time.time_ns()  # a text from an earlier part of the run would be a repeat
        return "/messages/new", {
            "text": f"Обращение {number}: не горит фонарь на Речной, {number % 90}",
            "network": "vk",
        }
    return "/", {}


def everybody(server: Served, seconds: float) -> Clicks:
    """Run all of them for this time."""
    clicks, stop = Clicks(), threading.Event()
    people = [Person(server.port, login) for login in LOGINS[:PEOPLE]]
    threads = [
        threading.Thread(target=use, args=(person, clicks, stop, random.Random(number)), daemon=True)
        for number, person in enumerate(people)
    ]
    for thread in threads:
        thread.start()
    stop.wait(seconds)
    stop.set()
    for thread in threads:
        thread.join(60)
    return clicks


def spread(times: list[float]) -> str:
    """Median, 95 % and longest."""
    ordered = sorted(times)
    late = ordered[int(len(ordered) * 0.95)]
    return f"median {median(ordered):>6.0f} ms, 95 % {late:>6.0f} ms, max {ordered[-1]:>6.0f} ms"


def run(backend: str, messages: int, seconds: float) -> bool:
    """Print one measurement; returns whether the bounds were kept."""
    with installation(backend, messages) as app, served(app) as server:
        at_rest = server.memory_words()
        before = server.work()["web"]
        clicks = everybody(server, seconds)
        work = server.work()["web"] - before
        together = server.memory()
        print(f"\n{backend}, {messages:,} messages, {PEOPLE} people for {seconds:.0f} s, load {os.getloadavg()[0]:.1f}")
        for kind, times in sorted(clicks.times.items()):
            print(f"  {kind:<10}{len(times):>6} clicks  {spread(times)}")
        everything = clicks.all
        print(
            f"  {'all':<10}{len(everything):>6} clicks  {spread(everything)}, {len(everything) / seconds:.0f} a second"
        )
        print(
            f"  work of the web process: {work * 1000 / len(everything):.0f} ms a click, {work / seconds:.0%} of a core"
        )
        print(f"  errors: {dict(clicks.wrong) or 'none'}")
        print(f"  memory before: {at_rest}")
        print(f"  memory after:  {server.memory_words()}")
    late = everything[int(len(everything) * 0.95)] >= MOST_MS
    much = sum(process.pss for process in together.values()) >= MOST_MEGABYTES
    return not (late or much or clicks.wrong)


def main(arguments: list[str]) -> int:
    seconds = float(arguments[0]) if arguments else 30.0
    messages = int(os.environ.get("OSM_BENCH_MESSAGES", "10000"))
    print(f"bounds: 95 % under {MOST_MS} ms, no error, the whole product under {MOST_MEGABYTES} MB")
    kept = [run(backend, messages, seconds) for backend in backends()]
    return 0 if all(kept) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

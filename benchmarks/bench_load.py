"""An office in the morning over real HTTP while the worker works: log-ins, clicks and typing; page times.

`python benchmarks/bench_load.py [PEOPLE] [SECONDS]` (200 people and 120 seconds by default) on a register of
OSM_BENCH_MESSAGES messages (10,000 by default); OSM_TEST_POSTGRES_URL adds PostgreSQL. All log in within two minutes,
with real hashes of passwords. Then for so many seconds each clicks every 5 to 15 seconds, and whoever has an answer in
work has it saved every 10. A late page makes nobody click less. OSM_BENCH_PROCESSES: web processes (2 by default).
"""

from __future__ import annotations

import os
import random
import re
import sys
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from html import unescape
from http.client import HTTPException
from pathlib import Path
from statistics import median
from typing import Any
from urllib.parse import quote

from flask import Flask
from sqlalchemy import update

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from benchmarks.seeding.installation import installation
from benchmarks.seeding.office import MORE
from benchmarks.seeding.served import Person, Served, served
from osm.base.transaction import transaction
from osm.login.acts import passwords
from osm.models import User
from osm.regulation.words import Role
from tests.databases import backends

PEOPLE, SECONDS, PROCESSES = 200, 120.0, 2
MOST_MS, MOST_MEGABYTES = 250, 650
"""Of the whole product (supervisor, web processes, worker), shared memory counted once."""
LOGIN_SECONDS = 120.0
"""Everybody logs in within this time; fewer people in less."""
CLICKS, SAVES = (5.0, 15.0), 10.0
"""Seconds between two clicks of a person, and between two savings of a text."""
PASSWORD = "one-long-password-of-the-benchmark"
AT_ONCE = 50
READS = (1.0, 3.0)
"""Seconds between two clicks of a person where everybody clicks at once (`everybody`)."""
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
        kind = chance.choices(["list", "card", "badges", "register", "search", "write"], [25, 30, 15, 12, 8, 10])[0]
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
            cards = cards_on(page)
        stop.wait(chance.uniform(*READS))


def cards_on(page: str) -> list[str]:
    """Addresses of the cards that a list shows; its own where it shows none."""
    found = re.findall(r'href="(/messages/\d+(?:\?[^"#]*)?)(?:#[^"]*)?"', page)
    return sorted(set(map(unescape, found))) or ["/"]


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
    people = [Person(server.port, login) for login in LOGINS[:AT_ONCE]]
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


# --- The morning
class Colleague:
    """One person of the morning: logs in at his minute, clicks and types by a timetable that no late page changes."""

    def __init__(self, port: int, login: str, number: int, clicks: Clicks) -> None:
        self._port, self._login, self._clicks = port, login, clicks
        self._chance = random.Random(number)
        self._cards: list[str] = ["/"]
        self._form: dict[str, str] = {}
        self._save = ""

    def live(self, logs_in: float, begins: float, ends: float) -> None:
        """Instants of the monotonic clock."""
        _sleep_until(logs_in)
        try:
            self._person = self._timed("log-in", lambda: Person(self._port, self._login, PASSWORD))
            self._page("list", "/")
            self._open_answer()
            self._person.rest()
            _sleep_until(begins)
            clicks, saves = begins + self._chance.uniform(0, CLICKS[1]), begins + self._chance.uniform(0, SAVES)
            while (due := min(clicks, saves)) < ends:
                _sleep_until(due)
                if due == clicks:
                    self._click()
                    clicks += self._chance.uniform(*CLICKS)
                else:
                    if self._save:
                        self._type()
                    saves += SAVES
        except (OSError, RuntimeError, HTTPException) as error:
            self._clicks.wrong[f"{self._login}: {error!r}"] += 1

    def _open_answer(self) -> None:
        for card in self._cards[:6]:
            self._page("card", card)
            _, page = self._person.get(f"{card.partition('?')[0]}/answer")  # not everybody has one to write there
            if found := re.search(r'hx-post="(/messages/\d+/answer/text)"', page):
                self._save = found[1]
                self._form = {name: _value(page, name) for name in ("saved_at", "reply_id", "screen")}
                return

    def _click(self) -> None:
        kind = self._chance.choices(["list", "card", "badges", "register", "search", "write"], [25, 30, 15, 12, 8, 10])[
            0
        ]
        path, form = _what(kind, self._person, self._cards, self._chance)
        if form:
            self._answered(kind, path, self._timed(kind, lambda: self._person.post(path, form)))
        else:
            self._page(kind, path)

    def _type(self) -> None:
        text = f"Здравствуйте! Работы идут, закончим в срок. {time.time_ns()}"
        form, headers = {**self._form, "text": text}, {"HX-Request": "true"}
        saved = self._answered(
            "save", self._save, self._timed("save", lambda: self._person.post(self._save, form, headers))
        )
        self._form["saved_at"] = _value(saved, "saved_at") or self._form["saved_at"]

    def _page(self, kind: str, path: str) -> str:
        page = self._answered(kind, path, self._timed(kind, lambda: self._person.get(path)))
        if kind == "list":
            self._cards = cards_on(page)
        return page

    def _timed(self, kind: str, ask: Callable[[], Any]) -> Any:
        begun = time.perf_counter()
        found = ask()
        self._clicks.times[kind].append((time.perf_counter() - begun) * 1000)
        return found

    def _answered(self, kind: str, path: str, answer: tuple[int, str]) -> str:
        if answer[0] not in (200, 204, 303):
            self._clicks.wrong[f"{kind} {path.split('?')[0]}: {answer[0]}"] += 1
        return answer[1]


def _value(page: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', page)
    return unescape(found[1]) if found else ""


def _sleep_until(instant: float) -> None:
    time.sleep(max(0.0, instant - time.monotonic()))


def morning(server: Served, logins: list[str], seconds: float, begun: Callable[[], None]) -> tuple[Clicks, Clicks]:
    """What happened while all logged in, and then; `begun` is called in between."""
    entering, working = Clicks(), Clicks()
    now, spread_over = time.monotonic() + 1, LOGIN_SECONDS * len(logins) / PEOPLE
    begins = now + spread_over + 5
    people = [Colleague(server.port, login, number, entering) for number, login in enumerate(logins)]
    threads = [
        threading.Thread(
            target=person.live, args=(now + spread_over * number / len(people), begins, begins + seconds), daemon=True
        )
        for number, person in enumerate(people)
    ]
    for thread in threads:
        thread.start()
    _sleep_until(begins - 1)
    for person in people:
        person._clicks = working
    begun()
    for thread in threads:
        thread.join(max(1.0, begins + seconds + 60 - time.monotonic()))
    return entering, working


def hire_more(people: int) -> list[str]:
    """The logins of so many people, who are hired with the next office."""
    known = len(LOGINS)
    MORE.extend((f"executor{number}", Role.EXECUTOR) for number in range(41, 41 + people - known))
    return [*LOGINS[:6], *(login for login, _ in MORE)][:people]


def give_password(app: Flask) -> None:
    """One for all, hashed as in an office: only the time that the hash takes matters."""
    with app.app_context(), transaction() as session:
        session.execute(update(User).values(password_hash=passwords.hasher.hash(PASSWORD)))


def run(backend: str, logins: list[str], messages: int, seconds: float) -> bool:
    """Print one measurement; returns whether the bounds were kept."""
    people, processes = len(logins), int(os.environ.get("OSM_BENCH_PROCESSES", PROCESSES))
    with installation(backend, messages, in_hand=6 * people) as app:
        give_password(app)
        with served(app, processes) as server:
            marks: list[tuple[dict[str, float], float]] = []

            def mark() -> None:
                marks.append((server.work(), time.process_time()))

            mark()
            entering, working = morning(server, logins, seconds, mark)
            mark()
            together, words = server.memory(), server.memory_words()
    (first, _), (second, ours), (third, ours_then) = marks
    load = os.getloadavg()[0]
    print(f"\n{backend}, {messages:,} messages, {people} people, {processes} web processes, load {load:.1f}")
    for name, clicks in (("log-ins", entering), ("work", working)):
        print(f" {name}")
        for kind, times in sorted(clicks.times.items()):
            print(f"  {kind:<10}{len(times):>6} times  {spread(times)}")
        print(f"  errors: {dict(clicks.wrong.most_common(5)) or 'none'}")
    saves, everything = len(working.times["save"]), working.all
    clicks_made = len(everything) - saves
    wanted = people * (seconds - CLICKS[1] / 2) / (sum(CLICKS) / 2)
    late = everything[int(len(everything) * 0.95)]
    work = {name: third[name] - second[name] for name in third}
    print(f"  all       {len(everything):>6} times  {spread(everything)}, {len(everything) / seconds:.0f} a second")
    print(f"  {clicks_made} clicks of {wanted:.0f} expected, {saves} savings")
    print(
        f"  work: web processes {work['web'] * 1000 / len(everything):.1f} ms a request, "
        f"{work['web'] / seconds:.0%} of a core; worker {work['worker'] / seconds:.0%}, "
        f"this generator {(ours_then - ours) / seconds:.0%}; all log-ins {second['web'] - first['web']:.0f} s"
    )
    print(f"  memory: {words}")
    much = sum(process.pss for process in together.values()) >= MOST_MEGABYTES
    few = clicks_made < 0.9 * wanted or not saves
    return not (late >= MOST_MS or much or few or entering.wrong or working.wrong)


def main(arguments: list[str]) -> int:
    people, seconds = (*map(float, arguments), *(float(PEOPLE), SECONDS)[len(arguments) :])
    messages = int(os.environ.get("OSM_BENCH_MESSAGES", "10000"))
    print(f"bounds: 95 % under {MOST_MS} ms, no error, the whole product under {MOST_MEGABYTES} MB")
    logins = hire_more(int(people))
    kept = [run(backend, logins, messages, seconds) for backend in backends()]
    return 0 if all(kept) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

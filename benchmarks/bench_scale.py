"""Time of the daily pages with 1,000, 10,000 and 100,000 messages, in the server, from request to answer.

`python benchmarks/bench_scale.py [--pile] [--sqlite] [SIZE …]`. OSM_TEST_POSTGRES_URL adds PostgreSQL, --sqlite leaves
it out. About 300 messages are open, as in an office that keeps up, with any length of history. With --pile a third of
all messages is open, as after an export of several years.
"""

from __future__ import annotations

import argparse
import os
import random
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from flask import Flask
from sqlalchemy import event, func, select
from werkzeug.exceptions import NotFound

from benchmarks.seeding.installation import installation
from benchmarks.seeding.office import password_of
from benchmarks.seeding.seeder import A_DAY, IN_HAND
from osm.base.database import db
from osm.models import Event, Message
from tests.cast import Browser
from tests.databases import SQLITE, backends

SIZES = (1_000, 10_000, 100_000)
MOST_MS, MOST_GROWTH = 50, 1.5
"""At 100,000 messages; growth is against 1,000."""
ACTS = 20
"""Acts between two polls of a busy office."""
ASKED = 25
"""Requests of each page, after three that do not count."""


@dataclass(frozen=True)
class Page:
    """A page and its reader. `grows`: whether its growth is bounded too.

    In the address {last} is the id of the last row of the log, {before} of one some acts earlier.
    """

    name: str
    login: str
    address: Callable[[random.Random, list[int]], str]
    grows: bool = True


def _always(address: str) -> Callable[[random.Random, list[int]], str]:
    return lambda _chance, _ids: address


def _card(chance: random.Random, ids: list[int]) -> str:
    return f"/messages/{chance.choice(ids)}"


def _half_way_back(_chance: random.Random, ids: list[int]) -> str:
    """Until the middle of each history: on a fixed day a long history has a full page and a short one none."""
    day = datetime.now(UTC).date() - timedelta(days=round(len(ids) / A_DAY / 2))
    return f"/admin/log?action=approve_draft&to={day}"


PAGES = (
    Page("«Ждёт меня», curator", "anna", _always("/")),
    Page("«Ждёт меня», executor", "boris", _always("/")),
    Page("«Ждёт меня», head", "gleb", _always("/")),
    Page("is the list another one?", "anna", _always("/inbox/news?seen=x")),
    Page("the same after some acts", "anna", _always("/inbox/news?seen=x&looked={before}&checked={before}")),
    Page("the same while nobody acts", "anna", _always("/inbox/news?checked={last}&stays=99999999999")),
    Page("badges of the menu", "anna", _always("/nav/badges")),
    Page("card, curator", "anna", _card),
    Page("register, first page", "anna", _always("/messages")),
    Page("register, on approval", "anna", _always("/messages?status=on_approval")),
    Page("to be entered in «Инцидент Менеджмент»", "anna", _always("/im")),
    Page("log, first page", "dina", _always("/admin/log")),
    Page("log, one person", "dina", _always("/admin/log?who=1")),
    Page("log, one action until a day", "dina", _half_way_back),
    Page("register, search", "anna", _always("/messages?q=ямы на Калининской"), grows=False),
)


@dataclass(frozen=True)
class Time:
    """Milliseconds of one page: median on the clock, median of this process, number of queries."""

    wall: float
    work: float
    statements: int


def measure(app: Flask) -> dict[str, Time]:
    """Page name → time; pages that do not exist yet are left out."""
    app.test_client_class = Browser
    chance = random.Random(7)
    with app.app_context():
        ids = list(db.session.scalars(select(Message.id)))
        last = db.session.scalar(select(func.max(Event.id)))
    found = {}
    browsers: dict[str, Browser] = {}
    for page in PAGES:
        if not _is_there(app, page.address(chance, ids)):
            continue
        if page.login not in browsers:
            browsers[page.login] = app.test_client()
            browsers[page.login].log_in(page.login, password_of(page.login))
        log = {"last": last, "before": last - ACTS}
        addresses = [page.address(chance, ids).format(**log) for _ in range(ASKED + 3)]
        found[page.name] = _time(app, browsers[page.login], addresses)
    return found


def _is_there(app: Flask, address: str) -> bool:
    try:
        app.url_map.bind("localhost").match(address.split("?")[0])
    except NotFound:
        return False
    return True


def _time(app: Flask, browser: Browser, addresses: list[str]) -> Time:
    walls, works = [], []
    with counted(app) as statements:
        for address in addresses:
            del statements[:]
            wall, work = time.perf_counter(), time.process_time()
            answer = browser.get(address)
            walls.append((time.perf_counter() - wall) * 1000)
            works.append((time.process_time() - work) * 1000)
            assert answer.status_code in (200, 204), (address, answer.status)
    return Time(median(walls[3:]), median(works[3:]), len(statements))


@contextmanager
def counted(app: Flask) -> Iterator[list[str]]:
    """The database statements within the block."""
    said: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        said.append(statement)

    with app.app_context():
        event.listen(db.engine, "before_cursor_execute", note)
    yield said
    with app.app_context():
        event.remove(db.engine, "before_cursor_execute", note)


def curve(backend: str, sizes: list[int], pile: bool) -> bool:
    """Print one table; returns whether the bounds are kept at the largest size."""
    times: dict[int, dict[str, Time]] = {}
    for size in sizes:
        begun = time.perf_counter()
        with installation(backend, size, size // 3 if pile else IN_HAND) as app:
            filled = time.perf_counter() - begun
            times[size] = measure(app)
        print(f"  {size:,} messages filled in {filled:.0f} s", file=sys.stderr)
    last, first = times[sizes[-1]], times[sizes[0]]
    title = f"{backend}, {'a third of them open' if pile else f'{IN_HAND} of them open'}"
    print(f"\n{title:<36}" + "".join(f"{size:>10,}" for size in sizes) + "    growth   own work  statements")
    kept = True
    for page in PAGES:
        if page.name not in last:
            print(f"{page.name:<36}   (there is no such page yet)")
            continue
        growth = last[page.name].wall / first[page.name].wall
        good = last[page.name].wall < MOST_MS and (growth <= MOST_GROWTH or not page.grows)
        kept = kept and good
        row = "".join(f"{times[size][page.name].wall:>7.1f} ms" for size in sizes)
        print(
            f"{page.name:<36}{row}{growth:>8.2f} × {last[page.name].work:>7.1f} ms{last[page.name].statements:>8}"
            + ("" if good else "   over the bound")
        )
    return kept


def main(arguments: list[str]) -> int:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("sizes", nargs="*", type=int, metavar="SIZE")
    options.add_argument("--pile", action="store_true", help="a third of the messages is open")
    options.add_argument("--sqlite", action="store_true", help="SQLite only")
    chosen = options.parse_args(arguments)
    sizes = sorted(chosen.sizes) or list(SIZES)
    print(f"load of the machine before: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    print(f"bounds at {sizes[-1]:,}: under {MOST_MS} ms; but for the search {MOST_GROWTH} × the time at {sizes[0]:,}")
    wanted = [SQLITE] if chosen.sqlite else backends()
    kept = [curve(backend, sizes, chosen.pile) for backend in wanted]
    return 0 if all(kept) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

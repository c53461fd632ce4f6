"""The queue of comments with 1,000, 10,000 and 100,000 waiting: entry and check of one comment, and pages.

`python benchmarks/bench_moderation_queue.py [--sqlite] [SIZE …]`. OSM_TEST_POSTGRES_URL adds PostgreSQL, --sqlite
leaves it out. Pages are timed in the server, from request to answer, by the moderator: median, slowest in twenty,
processor time of this process and of PostgreSQL. PostgreSQL is not made to analyse its tables: pages are requested
before its own analysis. At the end: the growth of the queue with its comments.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import re
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median, quantiles
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from flask import Flask

from benchmarks.seeding.work import Work
from osm import create_app
from osm.base.application import current_now
from osm.base.database import db
from osm.check.acts import verdicts
from osm.comments.acts.importing import import_comments
from osm.settings import load_settings
from osm.store.schema import set_up
from tests.cast import Browser, browser_of, hire
from tests.databases import SQLITE, backends, fresh_database

SIZES = (1_000, 10_000, 100_000)
MOST_MS = 50
"""A page of the queue, with 100,000 comments waiting."""
ASKED = 25

_PLACES = ("на Лесной", "у рынка", "на Калининской, 12", "во дворе", "у школы", "на Речной", "за вокзалом")
_MATTERS = (
    "когда починят дорогу",
    "опять не вывезли мусор",
    "второй день нет воды",
    "спасибо за фонари",
    "яма глубже прежней",
    "автобус не пришёл",
    "холодные батареи",
)
_BAD = (
    "вы там все сволочи и бездельники",
    "займ без отказа за 5 минут, переходите по ссылке http://zaim.example/go",
    "ремонт котлов недорого, звоните 8 900 000-00-00",
    "ноги тебе переломаю, глава",
)


def lines(count: int) -> Iterator[bytes]:
    """Comments under 200 posts, every seventh a bad one; there are a tenth as many authors."""
    chance = random.Random(7)
    for number in range(count):
        what = chance.choice(_BAD if number % 7 == 0 else _MATTERS)
        author, post = chance.randrange(max(1, count // 10)), chance.randrange(200)
        yield json.dumps(
            {
                "id": f"-1_{number}",
                "network": "vk" if post % 3 else "ok",
                "kind": "discussion" if post % 20 == 0 else "comment",
                "post_url": f"https://vk.com/wall-1_{post}" if post % 3 else f"https://ok.ru/group/1/topic/{post}",
                "author_id": str(author + 1),
                "author_name": f"Житель {author + 1}",
                "published_at": f"2026-11-{1 + number % 24:02}T12:00:00+10:00",
                "text": f"{chance.choice(_PLACES).capitalize()} {what} ({number})",
            }
        ).encode()


class Spent(NamedTuple):
    """Milliseconds of an act: median, slowest in twenty, processor time (median)."""

    half: float
    slow: float
    work: float


def timed(act: Callable[[], object], work: Work) -> Spent:
    """After three rounds that do not count."""
    spent, worked = [], []
    for _ in range(ASKED + 3):
        before, begun = work.now(), time.perf_counter()
        act()
        spent.append((time.perf_counter() - begun) * 1000)
        worked.append(work.now() - before)
    return Spent(median(spent[3:]), quantiles(spent[3:], n=20)[-1], median(worked[3:]))


def pages(app: Flask, ids: dict[str, int]) -> dict[str, Spent]:
    """Page name → time."""
    vera = browser_of(app, ids, "vera")
    token = vera.token("/moderation")
    with app.app_context():
        work = Work()

    def get(address: str) -> Callable[[], object]:
        def ask() -> None:
            answer = vera.get(address)
            assert answer.status_code == 200, answer.status

        return ask

    def decide() -> None:
        page = pending.pop()
        answer = vera.post(
            f"/moderation/{page}/decide",
            data={"csrf_token": token, "version": "1", "choice": "delete", "ground": "spam"},
            headers={"Accept": "application/json"},
        )
        assert answer.status_code == 200, answer.text

    found = {
        "queue": timed(get("/moderation"), work),
        "by category": timed(get("/moderation?category=insult"), work),
        "nothing marked": timed(get("/moderation?category=none"), work),
        "by network and kind": timed(get("/moderation?network=ok&kind=discussion"), work),
        "by post": timed(get("/moderation?post=https://vk.com/wall-1_7"), work),
        "list of posts": timed(get("/moderation/posts"), work),
    }
    pending = list(map(int, re.findall(r'id="comment-(\d+)"', vera.get("/moderation").text)))
    pending += list(map(int, re.findall(r'id="comment-(\d+)"', vera.get(f"/moderation/more?key={_key(vera)}").text)))
    found["one decision"] = timed(decide, work)
    found["decided"] = timed(get("/moderation/decided"), work)
    found["outbox"] = timed(get("/moderation/outbox"), work)
    return found


def _key(browser: Browser) -> str:
    found = re.search(r'data-key="(\w+)"', browser.get("/moderation").text)
    assert found
    return found[1]


def measured(backend: str, size: int) -> Spent:
    """Print one line for entry and one for each page; returns the time of the queue."""
    with tempfile.TemporaryDirectory(prefix="osm-bench-") as name, fresh_database(backend, Path(name)) as url:
        app = create_app(load_settings({"OSM_DATA_DIR": f"{name}/data", "OSM_DATABASE_URL": url}))
        app.test_client_class = Browser
        set_up(app)
        with app.app_context():
            ids = hire(current_now())
            work = Work()
            begun = time.perf_counter(), work.now()
            report = import_comments(lines(size), actor=None, now=current_now())
            entered = time.perf_counter(), work.now()
            assert report.created == size, report.rejected[:3]
            verdicts.read_due_comments(current_now())
            checked = time.perf_counter(), work.now()
            db.session.remove()
        entry, check = (
            f"{(after[0] - before[0]) * 1e3 / size:.3f} ms (work {(after[1] - before[1]) / size:.3f})"
            for before, after in ((begun, entered), (entered, checked))
        )
        print(f"{backend:<12}{size:>9,}  a comment: entry {entry}, check {check}; load {os.getloadavg()[0]:.1f}")
        found = pages(app, ids)
        for what, (half, slow, worked) in found.items():
            print(f"{'':<23}{what:<22}{half:>7.1f} ms{slow:>9.1f} ms{worked:>9.1f} ms of work", flush=True)
        with app.app_context():
            db.engine.dispose()
    return found["queue"]


def main(arguments: list[str]) -> int:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("sizes", nargs="*", type=int, metavar="SIZE")
    options.add_argument("--sqlite", action="store_true", help="SQLite only")
    chosen = options.parse_args(arguments)
    print(f"load of the machine before: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores; bound {MOST_MS} ms a page")
    kept = True
    for backend in [SQLITE] if chosen.sqlite else backends():
        sizes = sorted(chosen.sizes) or SIZES
        took = [measured(backend, size) for size in sizes]
        for size, one in zip(sizes, took, strict=True):
            growth = f"{one.half / took[0].half:.2f} × on the clock, {one.work / took[0].work:.2f} × of work"
            print(f"{backend:<12}{size:>9,}  {size / sizes[0]:>5.0f} × the comments: the queue takes {growth}")
            kept = kept and one.half <= MOST_MS
    return 0 if kept else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""Time from an event in a network to the queue of comments, by long poll and by polling; memory; a flood of calls.

`python benchmarks/bench_networks.py [COMMENTS]` (30 by default) runs the product with an emulated VK, which sends
events, and an emulated OK, which is polled, on a register of OSM_BENCH_MESSAGES messages (10,000 by default);
OSM_TEST_POSTGRES_URL adds PostgreSQL. A moderator's browser requests `/moderation` until a comment is shown. Then the
worker is killed, and all comments written until its restart must arrive once; at the end VK calls us FLOOD times by
SENDERS connections at once, and each call must be accepted.
"""

from __future__ import annotations

import http.client
import json
import os
import sys
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from flask import Flask

from benchmarks.seeding.installation import installation
from benchmarks.seeding.served import Person, Served, served
from osm.base.application import current_now
from osm.base.database import db
from osm.listening.acts.called import arrange_hearing
from osm.models import Account, Comment, Connection, DueReading, ReceivedEvent
from osm.pages.acts.connecting import connect_page
from tests.databases import backends
from tests.emulators import ok as ok_emulator
from tests.emulators import vk as vk_emulator
from tests.emulators.ok import ok_network
from tests.emulators.vk import Vk, vk_network

COMMENTS = 30
BY_POLL, BY_LOOK, MOST_MB = 5.0, 60.0, 300.0
"""Seconds from the event to the page, and megabytes of web and worker together (shared pages counted once)."""
LOOKS = 3
"""Comments on the polled page: each takes up to twenty seconds."""
CITIZEN = 100500
FLOOD, SENDERS = 5000, 32


def connected(app: Flask, urls: dict[str, str], pages: dict[str, tuple[str, dict[str, str]]]) -> None:
    """Connect both pages as an administrator does."""
    app.extensions["osm"].settings = replace(app.extensions["osm"].settings, network_urls=urls)
    with app.app_context():
        for network, (page, keys) in pages.items():
            connect_page(network, page, keys, actor=None, now=current_now())
        db.session.remove()


def until_shown(person: Person, mark: str, within: float) -> float:
    """Seconds until the queue shows these words; a little more than `within` if it does not."""
    begun = time.perf_counter()
    while True:
        is_there = mark in person.get("/moderation")[1]
        spent = time.perf_counter() - begun
        if is_there or spent > within + 1:
            return spent
        time.sleep(0.05)


def wait_until_read(app: Flask) -> None:
    """Wait until the worker has read the filled register: normally the worker of an office is up to date."""
    until = time.monotonic() + 600
    while time.monotonic() < until:
        with app.app_context():
            owed = db.session.scalar(db.select(db.func.count()).select_from(DueReading))
            db.session.remove()
        if not owed:
            return
        time.sleep(1)
    raise RuntimeError("the worker does not come to an end with the register")


def measured(person: Person, write: Callable[[str], object], count: int, within: float, name: str) -> list[float]:
    spent = []
    for number in range(count):
        mark = f"Измерение {name} № {number}: когда вывезут мусор?"
        write(mark)
        spent.append(until_shown(person, mark, within))
    return sorted(spent)


def report(name: str, spent: list[float], most: float) -> bool:
    middle, worst = spent[len(spent) // 2], spent[-1]
    verdict = "within" if worst <= most else "OVER"
    print(
        f"  {name}: median {middle:.2f} s, slowest of {len(spent)} {worst:.2f} s ({verdict} {most:.0f} s)", flush=True
    )
    return worst <= most


def missed(app: Flask, vk: Vk, post: int, count: int, office: Served) -> int:
    """Number of comments written while the worker was dead that did not arrive exactly once."""
    before = office.kill_worker()
    marks = [f"Пока не слушали {number}" for number in range(count)]
    for mark in marks:
        vk.world.write(post, CITIZEN, mark)
    until = time.monotonic() + 60
    while time.monotonic() < until:
        with app.app_context():
            found = list(db.session.scalars(db.select(Comment.text).where(Comment.text.in_(marks))))
            db.session.remove()
        if len(found) >= count:
            break
        time.sleep(0.5)
    print(f"  worker {before} killed: {len(found)} of {count} comments came in afterwards", flush=True)
    return count - len(set(found)) + len(found) - len(set(found))


def called(app: Flask) -> str:
    """VK calls us from now on; returns the secret. The poll after this change has ended."""
    with app.app_context():
        page = db.session.scalars(db.select(Connection).join(Account).where(Account.network == "vk")).one()
        secret = arrange_hearing(page.account_id, page.version, by="callback", actor=None, now=current_now())
        while page.gap_since is not None:
            time.sleep(0.5)
            db.session.rollback()
        db.session.remove()
    return secret


def flood(app: Flask, vk: Vk, post: int, office: Served) -> int:
    """Number of calls refused or not stored."""
    secret = called(app)
    for number in range(FLOOD):
        vk.world.write(post, CITIZEN, f"Вызов {number}")
    events = [json.dumps({**event, "secret": secret}).encode() for event in vk.world.events[-FLOOD:]]

    def send(mine: list[bytes]) -> list[tuple[int, float]]:
        connection, answers = http.client.HTTPConnection("127.0.0.1", office.port, timeout=60), []
        for event in mine:
            begun = time.perf_counter()
            connection.request("POST", "/callback/vk", event, {"Content-Type": "application/json"})
            answer = connection.getresponse()
            answer.read()
            answers.append((answer.status, time.perf_counter() - begun))
        connection.close()
        return answers

    begun = time.perf_counter()
    with ThreadPoolExecutor(SENDERS) as pool:
        answers = [one for found in pool.map(send, (events[at::SENDERS] for at in range(SENDERS))) for one in found]
    spent, times = time.perf_counter() - begun, sorted(took for _status, took in answers)
    with app.app_context():
        stored = db.session.scalar(db.select(db.func.count()).select_from(ReceivedEvent)) or 0
        db.session.remove()
    statuses = dict(Counter(status for status, _took in answers))
    print(
        f"  {FLOOD} calls by {SENDERS} at once: {statuses}, {stored} stored, {FLOOD / spent:.0f} a second; "
        f"median {times[len(times) // 2]:.2f} s, slowest {times[-1]:.2f} s",
        flush=True,
    )
    return FLOOD - statuses.get(200, 0) + abs(FLOOD - stored)


def measure(backend: str, comments: int) -> bool:
    register = int(os.environ.get("OSM_BENCH_MESSAGES", "10000"))
    print(f"{backend}, register of {register}", flush=True)
    with vk_network(limits=False) as vk, ok_network(limits=False) as ok, installation(backend, register) as app:
        vk.world.now, ok.world.now = int(time.time()), int(time.time()) * 1000
        vk.world.person(CITIZEN, "Анна", "Тестова")
        ok.world.person(str(CITIZEN), "Анна Тестова")
        urls = {"vk": vk.base, "ok": ok.base}
        pages = {
            "vk": (str(vk.world.group), vk_emulator.KEYS),
            "ok": (str(ok.world.group), ok_emulator.KEYS),
        }
        connected(app, urls, pages)
        os.environ |= {f"OSM_{network.upper()}_URL": url for network, url in urls.items()}
        vk_post, ok_post = vk.world.post("График вывоза мусора"), ok.world.post("График вывоза мусора")
        with served(app) as office:
            moderator = Person(office.port, "vera")
            time.sleep(5)  # both pages have been polled once: later events are new
            wait_until_read(app)
            by_poll = measured(
                moderator, lambda mark: vk.world.write(vk_post, CITIZEN, mark), comments, BY_POLL, "опросом"
            )
            by_look = measured(
                moderator, lambda mark: ok.world.write(ok_post, str(CITIZEN), mark), LOOKS, BY_LOOK, "просмотром"
            )
            fits = report("VK, long poll", by_poll, BY_POLL) & report("OK, looked at", by_look, BY_LOOK)
            family = sum(one.pss for one in office.family())
            print(f"  memory: {family:.0f} MB of web and worker, of {MOST_MB:.0f}; {office.memory_words()}", flush=True)
            lost = missed(app, vk, vk_post, comments, office) + flood(app, vk, vk_post, office)
        return fits and family <= MOST_MB and not lost


def main(arguments: list[str]) -> int:
    comments = int(arguments[0]) if arguments else COMMENTS
    done = [measure(backend, comments) for backend in backends()]
    return 0 if all(done) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""Two machines over one PostgreSQL and one folder, at work: each loses its power in turn, then both the database.

Nothing is lost, nothing done twice, /readyz tells the truth. The clock of the second goes seven minutes ahead.
"""

from __future__ import annotations

import json
import threading
import time
from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from http.client import HTTPException
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, make_url, select

from benchmarks.seeding.served import Person
from osm import create_app
from osm.base.application import SystemClock
from osm.base.database import db
from osm.base.transaction import Lease
from osm.imports.models import ImportState
from osm.jobs.lease import LENGTH
from osm.log.acts import audit, contents
from osm.models import Event, ImportRun, Message, OutboxAction, Reminder
from osm.outbox.acts.kinds import LEASE
from osm.people.acts.users import create_user
from osm.regulation.blacklist import OutboxState
from osm.regulation.words import Role
from osm.settings import load_settings
from osm.store.schema import set_up
from tests.databases import fresh_database, server_url
from tests.emulators.vk import vk_network
from tests.imports.waiting import waiting
from tests.office import hire
from tests.worker import test_outbox_killed as outbox
from tests.worker.test_killed import store_missed

from .machine import PORT, Machine, has_spaces, wait_for

# At night: it takes minutes of a whole machine. By day tests/worker and test_several_processes.py prove each part.
pytestmark = [pytest.mark.nightly, pytest.mark.postgresql, pytest.mark.xdist_group("worker")]

PASSWORD = "a-password-of-two-machines"
INSTALLATION, AHEAD = "two machines", 7.0
MISSED, ROWS = 40, 120


class Office:
    """Two machines, their program, and this process's own way to the database."""

    def __init__(self, app: Flask, folder: Path, vk_port: int) -> None:
        self.app = app
        url = make_url(server_url())
        database = (url.host or "127.0.0.1", url.port or 5432)
        self.machines = [
            Machine(number, folder, database=database, network=("127.0.0.1", vk_port), ahead=ahead)
            for number, ahead in ((1, 0.0), (2, AHEAD))
        ]

    def start(self, one: Machine) -> None:
        settings = self.app.extensions["osm"].settings
        url = make_url(settings.database_url)

        def environ(database: int, network: int) -> dict[str, str]:
            here = one.here(0).partition(":")[0]
            return {
                "OSM_DATA_DIR": str(settings.data_dir),
                "OSM_DATABASE_URL": url.set(host=here, port=database).render_as_string(hide_password=False),
                "OSM_VK_URL": f"http://{here}:{network}",
                "OSM_INSTALLATION": INSTALLATION,
            }

        one.start(environ)

    def owners(self) -> set[str]:
        """The processes that hold lanes."""
        found = set(db.session.scalars(select(Lease.owner)))
        db.session.rollback()
        return found


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    with fresh_database("postgresql", tmp_path) as url, vk_network(limits=False) as vk:
        app = create_app(
            load_settings(
                {
                    "OSM_DATA_DIR": str(tmp_path / "data"), "OSM_DATABASE_URL": url, "OSM_VK_URL": vk.base,
                    "OSM_INSTALLATION": INSTALLATION,
                }
            )
        )  # fmt: skip
        set_up(app)
        found = Office(app, tmp_path, int(vk.base.rpartition(":")[2]))
        with app.app_context():
            found.wanted, found.missed = _bring_about(vk)
            found.vk = vk
            try:
                yield found
            finally:
                for one in found.machines:
                    one.forget()
                db.session.remove()
                db.engine.dispose()


def _bring_about(vk) -> tuple[Counter[str], list[int]]:
    """Work for the lanes: acts in a network, a file, messages whose term has passed.

    Returns what must happen in the network, and those messages.
    """
    office, now = hire(), SystemClock().now() - outbox.timedelta(minutes=1)
    create_user("kira", "Кира", [Role.CURATOR], PASSWORD, now=now)
    comments = [one for page in range(outbox.PAGES) for one in outbox.comments_on(vk, page, office, now)]
    kinds = [kind for kind in outbox.KINDS if kind != "edit"]
    wanted = sum((outbox.order(kinds[n % len(kinds)], one, office, now) for n, one in enumerate(comments)), Counter())
    missed = store_missed(MISSED, 9_000_001)
    waiting(ROWS, now=now)
    audit.seal_events(now)
    db.session.rollback()
    return wanted, missed


class Entering(threading.Thread):
    """A curator who enters messages all the time, by a proxy that leaves out a machine that does not answer."""

    def __init__(self, machines: list[Machine]) -> None:
        super().__init__(daemon=True)
        self._machines, self.stop = machines, threading.Event()
        self.answered: Counter[str] = Counter()
        """How many each machine has answered."""
        self.texts: list[str] = []
        self.unsure: list[str] = []
        self.refused: Counter[int] = Counter()
        self.error: BaseException | None = None
        self.last = ""
        self._person = Person(PORT, "kira", PASSWORD, host=machines[0].address)

    def ready(self) -> str:
        """For `wait_for`, which says it when it gives up."""
        return f"{self.answered} {self.refused} {len(self.unsure)} {self.error!r}"

    def words(self) -> str:
        return self.last

    def run(self) -> None:
        try:
            for turn in count():
                if self.stop.wait(0.1):
                    return
                self._enter(self._machines[turn % 2])
        except BaseException as error:
            self.error = error
            raise

    def _enter(self, at: Machine) -> None:
        if not at.is_on:
            return
        text = f"Обращение {time.time_ns()}: не горит фонарь"
        self._person.ask_at(at.address, seconds=15)
        try:
            status, there = self._person.post("/messages/new", {"text": text, "network": "vk"})
        except (OSError, HTTPException) as error:
            self.unsure.append(text)
            self.last = repr(error)
            return
        self.last = f"{status} {there}"
        if status == 303 and there.startswith("/messages/"):
            self.texts.append(text)
            self.answered[at.address] += 1
        else:
            self.unsure.append(text)
            self.refused[status] += 1


def number(query: Any) -> int:
    found = db.session.scalar(query) or 0
    db.session.rollback()
    return int(found)


def test_each_loses_power_and_both_the_database_and_nothing_is_lost_or_doubled(office):
    first, second = office.machines
    for one in office.machines:
        office.start(one)
    wait_for(lambda: all(one.ready()[0] == 200 for one in office.machines), *office.machines)
    entering = Entering(office.machines)
    entering.start()
    taken = [_loses_power(office, one, other, entering) for one, other in ((first, second), (second, first))]
    _the_database_is_away(office, entering)
    wait_for(lambda: outbox.pending() == 0, *office.machines, seconds=LEASE.total_seconds() + 240)
    entering.stop.set()
    entering.join(120)
    wait_for(lambda: _imported() and _told(office.missed) == MISSED, *office.machines)
    _nothing_is_lost_or_doubled(office, entering)
    spaces = "name spaces" if has_spaces() else "addresses of loopback"
    print(
        f"machines as {spaces}: lanes taken over after {taken[0]:.0f} and {taken[1]:.0f} s; {len(entering.texts)} "
        f"messages entered, {len(entering.unsure)} without an answer {dict(entering.refused)}"
    )


def _loses_power(office: Office, one: Machine, other: Machine, entering: Entering) -> float:
    """Seconds until the other has all its lanes; then it is switched on again."""
    asked, entered = outbox.acts_asked(office.vk), entering.answered[one.address]
    wait_for(lambda: outbox.acts_asked(office.vk) > asked or outbox.pending() == 0, one, other)
    wait_for(lambda: entering.answered[one.address] > entered, one, other, entering)
    one.kill()
    killed_at = SystemClock().now()
    assert one.ready()[0] == 0
    entered = entering.answered[other.address]
    seconds = wait_for(lambda: _has_all_lanes(killed_at), other)
    wait_for(lambda: entering.answered[other.address] > entered + 3, other, entering)
    assert other.ready()[0] == 200
    office.start(one)
    wait_for(lambda: one.ready()[0] == 200, one)
    return seconds


def _has_all_lanes(killed_at: datetime) -> bool:
    """Whether one worker has renewed all lanes since: what the killed one had ends no later than LENGTH after."""
    renewed = set(db.session.scalars(select(Lease.owner).where(Lease.until > killed_at + LENGTH)))
    others = number(select(func.count()).where(Lease.until <= killed_at + LENGTH))
    return len(renewed) == 1 and not others


def _the_database_is_away(office: Office, entering: Entering) -> None:
    for one in office.machines:
        one.cables[0].cut()
    for one in office.machines:
        status, words = one.ready()
        assert (status, json.loads(words)["database"]) == (503, False)
    refused = entering.refused.total()
    wait_for(lambda: entering.refused.total() > refused + 3, *office.machines, entering)
    for one in office.machines:
        one.cables[0].mend()
    wait_for(lambda: all(one.ready()[0] == 200 for one in office.machines), *office.machines)
    entered = entering.answered.total()
    wait_for(lambda: entering.answered.total() > entered, *office.machines, entering)


def _imported() -> bool:
    return number(select(func.count()).where(ImportRun.state == ImportState.DONE)) == 1


def _told(missed: list[int]) -> int:
    """Of how many of these messages it was noted that a term has passed."""
    about = select(func.count(func.distinct(Event.message_id)))
    return number(about.where(Event.action == "breach", Event.message_id.in_(missed)))


def _nothing_is_lost_or_doubled(office: Office, entering: Entering) -> None:
    stored = Counter(db.session.scalars(select(Message.text)))
    assert {stored[text] for text in entering.texts} == {1}
    assert {stored[text] for text in entering.unsure} <= {0, 1}
    assert entering.error is None
    assert set(entering.refused) <= {503}, "the page that keeps what was typed"
    assert min(entering.answered[one.address] for one in office.machines) > 5
    happened: Counter[str] = Counter()
    for world in office.vk.others.values():
        assert max(world.effects.values()) == 1, world.effects
        for (act, _what), times in world.effects.items():
            happened["publish" if act == "reply" else act] += times
    assert happened == office.wanted
    assert set(db.session.scalars(select(OutboxAction.state))) == {OutboxState.DONE}
    run = db.session.scalars(select(ImportRun)).one()
    assert run.counts["created"] == ROWS
    noted = Counter(db.session.scalars(select(Event.object_id).where(Event.action == "breach")))
    assert set(noted.values()) == {1}
    about = (Reminder.recipient_id, Reminder.kind, Reminder.object_id, Reminder.message_id, Reminder.at)
    told = Counter(db.session.execute(select(*about)))
    assert set(told.values()) == {1}
    assert number(select(func.count()).where(Event.action == contents.FAULT)) == 1, "that of the first seal"
    future = select(func.count()).where(Event.at > SystemClock().now() + outbox.timedelta(seconds=5))
    assert number(future) == 0, "by the clock of the machine that goes ahead"

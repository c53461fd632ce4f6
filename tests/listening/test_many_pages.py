"""All pages are heard, however many there are, and one that hangs delays no other; by the worker and by `osm tick`."""

from __future__ import annotations

import sqlite3
import time
from datetime import timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import OperationalError

from osm.base.database import db
from osm.base.durable import this_installation
from osm.base.transaction import WHOLE, Pace, transaction
from osm.listening.acts import hearing
from osm.listening.acts.hearing import Listening
from osm.models import Account, Comment, Connection, ConnectionState, OutboxAction
from osm.outbox.acts import keys, rounds
from osm.regulation.blacklist import OutboxKind
from tests.by_day import by_day
from tests.connections.conftest import CITIZEN
from tests.emulators.serving import Trouble
from tests.emulators.vk_world import World

FIRST, HOLD = 300_000_001, 2
HANG = {17: 1, 1: 0, 100: 3}
"""Pages → how many of them do not answer. By day the first alone."""
SOON = 25
"""Seconds in which all of a hundred pages are heard, on a busy machine; a page that hangs is waited for longer."""


@pytest.fixture
def pages(vk, office, now):
    """`pages(count)` connects so many pages, asks each once and returns their worlds. From then on they are heard."""

    def connected(count):
        worlds = [World(group=FIRST + number, now=int(now.timestamp())) for number in range(count)]
        given = {"switched_on_at": now, "installation": this_installation(), "can": ["read", "look_up"]}
        with transaction() as session:
            for world in worlds:
                world.person(CITIZEN, "Анна", "Тестова")
                account = Account(network="vk", external_id=str(world.group), title="Округ", created_at=now)
                session.add(account)
                session.flush()
                session.add(Connection(account_id=account.id, keys=keys.sealed(vk.add(world)), **given))
        hearing.run(now, WHOLE)
        return worlds

    return connected


def write_on(worlds):
    for world in worlds:
        world.write(world.post("Пост"), CITIZEN, "Когда вывезут?")


def hang(vk, worlds):
    """From now on these pages do not answer."""
    numbers = tuple(str(world.group) for world in worlds)
    vk.serving.always = lambda asked: Trouble.SILENT if asked.path.endswith(numbers) else None


def came():
    return db.session.scalar(select(func.count()).select_from(Comment))


def listen_until(listening, wanted, now, seconds=SOON):
    """Rounds of the worker; how many seconds until so many comments were there."""
    begun = time.monotonic()
    while came() < wanted and time.monotonic() - begun < seconds:
        hearing._listen(listening, now, HOLD)
        time.sleep(0.05)
    db.session.rollback()
    return time.monotonic() - begun


@pytest.mark.parametrize("count", by_day(HANG))
def test_each_page_is_heard_in_rounds_although_some_hang(vk, pages, now, count):
    worlds = pages(count)
    hanging, others = worlds[: HANG[count]], worlds[HANG[count] :]
    hang(vk, hanging)
    listening = Listening()
    hearing._listen(listening, now, HOLD)
    write_on(worlds)
    spent = listen_until(listening, len(others), now)
    assert came() == len(others)
    begun = time.monotonic()
    hearing._listen(listening, now, HOLD)
    print(f"{count} pages, {len(hanging)} hang: heard after {spent:.1f} s, a round {time.monotonic() - begun:.3f} s")
    write_on(others)
    listen_until(listening, 2 * len(others), now)
    assert came() == 2 * len(others)


def test_an_act_goes_out_although_eight_pages_hang(vk, pages, now):
    worlds = pages(9)
    hanging = {str(world.owner) for world in worlds[:8]}
    vk.serving.always = lambda asked: Trouble.SILENT if asked.given.get("owner_id") in hanging else None
    with transaction() as session:
        for connection in session.scalars(select(Connection).order_by(Connection.id)):
            connection.can = [*connection.can, "restore"]
            for number in range(6):
                owner = f"-{connection.account.external_id}"
                target = {"kind": "comment", "id": str(number), "place": "1", "owner": owner}
                about = {"account_id": connection.account_id, "target": target, "network": "vk", "created_at": now}
                key = f"restore:{connection.id}:{number}"
                session.add(OutboxAction(kind=OutboxKind.RESTORE, not_before=now, idempotency_key=key, **about))
    begun, done = time.monotonic(), 0
    while done < 6 and time.monotonic() - begun < 10:
        rounds.run("this process", now, Pace(seconds=1.0))
        time.sleep(0.05)
        done = db.session.scalar(
            select(func.count()).where(OutboxAction.attempts > 0, OutboxAction.leased_until.is_(None))
        )
    db.session.rollback()
    print(f"8 pages hang: six acts on the ninth after {time.monotonic() - begun:.1f} s")
    assert done == 6


def test_more_pages_than_are_asked_at_the_same_time_take_turns(vk, pages, now, monkeypatch):
    worlds = pages(5)
    monkeypatch.setattr(hearing, "MOST_AT_ONCE", 2)
    hang(vk, worlds[:1])
    write_on(worlds)
    listen_until(Listening(), 4, now)
    assert came() == 4


@pytest.mark.parametrize("count", by_day(HANG))
def test_a_tick_hears_each_page_once_and_leaves_those_that_hang(vk, pages, now, count, monkeypatch):
    monkeypatch.setattr(hearing, "TICK", 2 + count / 6)
    worlds = pages(count)
    hanging, others = worlds[: HANG[count]], worlds[HANG[count] :]
    hang(vk, hanging)
    write_on(worlds)
    asked, begun = len(vk.serving.asked), time.monotonic()
    assert hearing.run(now, WHOLE) == len(others)
    spent = time.monotonic() - begun
    assert spent < SOON
    polls = [one.path for one in vk.serving.asked[asked:] if one.path.startswith("/whp/")]
    assert len(polls) == len(set(polls)) == count
    failing = select(func.count()).select_from(Connection).where(Connection.state == ConnectionState.FAILING)
    assert db.session.scalar(failing) == len(hanging)
    print(f"{count} pages, {len(hanging)} hang: a tick {spent:.1f} s")


def test_a_page_that_a_busy_database_kept_unread_holds_up_no_other(vk, pages, now, monkeypatch):
    worlds = pages(3)
    write_on(worlds)
    store, busy = hearing.received.store, [OperationalError("", {}, sqlite3.OperationalError("database is locked"))]

    def once_busy(*given):
        if busy:
            raise busy.pop()
        return store(*given)

    monkeypatch.setattr(hearing.received, "store", once_busy)
    with pytest.raises(OperationalError):
        hearing.run(now, WHOLE)
    assert came() == 2
    assert hearing.run(now, WHOLE) == 1


def test_after_a_gap_comments_come_soon_without_waiting_for_an_event(vk, pages, now):
    worlds = pages(2)
    write_on(worlds)
    for world in worlds:
        world.forget()
    listening, begun, later = Listening(), time.monotonic(), now + timedelta(minutes=1)
    while came() < 2 and time.monotonic() - begun < 20:
        hearing._listen(listening, later, 15)
        time.sleep(0.05)
    spent = time.monotonic() - begun
    print(f"after a gap: {spent:.1f} s")
    assert (came(), spent < 10) == (2, True)

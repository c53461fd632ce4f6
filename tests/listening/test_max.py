"""A channel of MAX in the queue: nobody's comments, what waits for a person."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from osm.base.database import db
from osm.base.transaction import WHOLE, transaction
from osm.blacklist.acts import entries
from osm.listening.acts import hearing
from osm.models import Author, Comment, Connection, OutboxAction
from osm.outbox.acts import orders, rounds
from osm.pages.acts import connecting
from osm.pages.acts.connecting import connect_page
from osm.regulation.blacklist import OutboxKind, OutboxState
from osm.regulation.errors import MissingInput
from tests.desk import NOW
from tests.emulators.max import CHANNEL, KEYS, max_network
from tests.emulators.serving import Trouble
from tests.worker.killing import order

A_MINUTE = timedelta(minutes=1)


@pytest.fixture
def world(app, desk):
    with max_network(limits=False) as found:
        kept = app.extensions["osm"].settings
        app.extensions["osm"].settings = replace(kept, network_urls={"max": found.base})
        yield found
        app.extensions["osm"].settings = kept


def listen(now):
    db.session.rollback()
    hearing.run(now, WHOLE)


def stored() -> list[Comment]:
    return list(db.session.scalars(select(Comment).order_by(Comment.id)))


def test_two_of_nobody_are_not_one_author_and_none_is_banned(world, desk):
    world.names_people = False
    post = world.post("График вывоза мусора")
    connect_page("max", str(-CHANNEL), KEYS, actor=desk.anna, now=NOW)
    listen(NOW)
    for text in ("Первый", "Второй"):
        world.write(post, 100500, "Анна Тестова", text)
    listen(NOW + A_MINUTE)
    found = stored()
    assert [(one.text, one.author_id) for one in found] == [("Первый", None), ("Второй", None)]
    assert db.session.scalar(select(func.count()).select_from(Author)) == 0
    with pytest.raises(MissingInput, match="Автор неизвестен"):
        entries.propose(found[0], ground="insult", actor=desk.vera, now=NOW + A_MINUTE)


@pytest.mark.parametrize("kind", ["unban", "restore"])
def test_what_max_cannot_do_waits_for_a_person_with_the_reason(world, desk, kind):
    post = world.post("График вывоза мусора")
    connect_page("max", str(-CHANNEL), KEYS, actor=desk.anna, now=NOW)
    listen(NOW)
    world.write(post, 100500, "Анна Тестова", "Обидный")
    listen(NOW + A_MINUTE)
    (comment,) = stored()
    about = {"network": "max", "author_id": comment.author_id, "not_before": NOW, "created_at": NOW + A_MINUTE}
    about |= {} if kind == "unban" else {"comment_id": comment.id}
    by = {"created_by_id": desk.ids["anna"], "idempotency_key": kind}
    with transaction() as session:
        session.add(OutboxAction(kind=OutboxKind(kind), **about, **by))
    rounds.run("this process", NOW + 2 * A_MINUTE, WHOLE)
    db.session.rollback()
    row = db.session.scalars(select(OutboxAction)).one()
    assert (row.state, row.for_person) == (OutboxState.PENDING, True)
    assert "MAX не" in row.error
    assert not world.effects


def test_what_an_ended_token_left_to_people_is_repeated_with_another(world, desk, anna):
    post = world.post("График вывоза мусора")
    page = connect_page("max", str(-CHANNEL), KEYS, actor=desk.anna, now=NOW).account_id
    listen(NOW)
    number = world.write(post, 100500, "Анна Тестова", "Обидный")
    listen(NOW + A_MINUTE)
    (comment,) = stored()
    order("delete", comment, desk, NOW + 2 * A_MINUTE)
    world.refuse.append((401, "verify.token"))
    listen(NOW + 2 * A_MINUTE)
    rounds.run("this process", NOW + 2 * A_MINUTE, WHOLE)
    db.session.rollback()
    row = db.session.scalars(select(OutboxAction)).one()
    assert (row.for_person, row.attempts, number in world.comments) == (True, 0, True)
    assert "Повторить" not in anna.get("/moderation/outbox").text
    version = db.session.scalar(select(Connection.version).where(Connection.account_id == page))
    connecting.replace_keys(page, version, KEYS, actor=desk.dina, now=NOW + 3 * A_MINUTE)
    assert "Повторить" in anna.get("/moderation/outbox").text
    assert anna.submit(f"/moderation/outbox/{row.id}/again", {"version": row.version}).status_code == 303
    db.session.rollback()
    rounds.run("this process", NOW + 4 * A_MINUTE, WHOLE)
    assert number not in world.comments


def test_a_ban_with_an_unclear_end_is_repeated_when_a_person_has_looked(world, desk):
    post = world.post("График вывоза мусора")
    connect_page("max", str(-CHANNEL), KEYS, actor=desk.anna, now=NOW)
    listen(NOW)
    world.write(post, 100500, "Анна Тестова", "Обидный")
    listen(NOW + A_MINUTE)
    order("ban", stored()[0], desk, NOW + A_MINUTE)
    world.serving.trouble("/members", Trouble.CUT_BEFORE)
    for minutes in (1, 2):
        rounds.run("this process", NOW + minutes * A_MINUTE, WHOLE)
    db.session.rollback()
    row = db.session.scalars(select(OutboxAction)).one()
    assert (row.for_person, world.blocked) == (True, set())
    assert "«Повторить»" in row.error
    orders.try_again(row.id, row.version, actor=desk.anna, now=NOW)
    rounds.run("this process", NOW + 3 * A_MINUTE, WHOLE)
    assert world.blocked == {100500}

"""Two people set one tick at once, with real threads: one sets it, the other is refused, the log has one row."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from osm.base.database import db
from osm.base.transaction import transaction
from osm.imports.acts import mending
from osm.imports.acts.mending import EntryMovedOn
from osm.log.acts.record import record
from osm.messages.acts import executors
from osm.models import Event, Reply, User
from osm.regulation.words import Status
from tests.desk import NOW


def at_once(app, act: Callable[[User], object], people: list[int]) -> list[object]:
    """The result for each: the answer of the service, or the exception."""
    together = Barrier(len(people))

    def run(person_id: int) -> object:
        with app.app_context():
            actor = db.session.get_one(User, person_id)
            together.wait()
            try:
                return act(actor)
            except EntryMovedOn as error:
                return error

    with ThreadPoolExecutor(len(people)) as threads:
        return list(threads.map(run, people))


def actions(message_id: int) -> list[str]:
    db.session.rollback()
    query = db.select(Event.action).where(Event.message_id == message_id, Event.action.like("source%"))
    return list(db.session.scalars(query.order_by(Event.id)))


@pytest.mark.parametrize("back", [False, True], ids=["set", "taken back"])
def test_a_tick_is_set_and_taken_back_once(app, desk, back):
    message = desk.in_status(Status.ANSWERED)
    reply_id, message_id = message.replies[0].id, message.id
    if back:
        mending.mark_entered(reply_id, actor=desk.anna, now=NOW)

    def act(actor: User) -> object:
        if back:
            return mending.take_back(reply_id, NOW, actor=actor, now=NOW).id
        return mending.mark_entered(reply_id, actor=actor, now=NOW).id

    people = [desk.ids["anna"], desk.ids["vera"]]
    done = at_once(app, act, people)
    assert sorted(isinstance(answer, EntryMovedOn) for answer in done) == [False, True]
    assert actions(message_id) == (["source_entered", "source_entry_undone"] if back else ["source_entered"])
    reply = db.session.get_one(Reply, reply_id)
    assert (reply.entered_in_source_at is None) is back


def test_a_change_of_the_source_is_acknowledged_once(app, desk):
    message = desk.in_status(Status.NEW)
    message_id, changes = message.id, {"source_status": ("Новый", "В работе")}
    with transaction() as session:
        event = record("source_changed", at=NOW, actor=None, message=message, changes=changes)
        session.flush()
        upto = event.id

    people = [desk.ids["anna"], desk.ids["vera"]]
    done = at_once(app, lambda actor: executors.acknowledge(message_id, upto, actor=actor, now=NOW), people)
    assert sorted(done) == [False, True]
    assert actions(message_id) == ["source_changed", "source_change_seen"]

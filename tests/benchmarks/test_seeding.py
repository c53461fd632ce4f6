"""The register that the benchmarks fill has what the product itself would have written, on both databases."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

from benchmarks.seeding.office import password_of
from benchmarks.seeding.seeder import FIRST_NUMBER, fill
from osm.base.database import db
from osm.flow.acts import act
from osm.messages.acts import entry
from osm.models import Deadline, Draft, Event, Message, Reply, User
from osm.regulation.words import DeadlineState, Status

COUNT = 400


@pytest.fixture
def filled(app, now):
    with app.app_context():
        fill(COUNT, now, in_hand=200)
        yield app


def counted(*conditions) -> int:
    return db.session.scalar(select(func.count()).select_from(Message).where(*conditions)) or 0


def test_it_is_whole(filled, now):
    """One test, since filling is slow: hashing the passwords of an office takes its time."""
    every_key_leads_somewhere()
    assert set(db.session.scalars(select(Message.status).distinct())) == set(Status)
    numbers = db.session.scalars(select(Message.number).order_by(Message.received_at, Message.id)).all()
    assert numbers == [str(FIRST_NUMBER + place) for place in range(COUNT)]
    only_what_waits_has_a_running_clock()
    published_replies_name_a_version_of_their_own()
    no_term_is_left_to_notice(now)
    each_card_opens(filled, now)


def every_key_leads_somewhere() -> None:
    """On PostgreSQL foreign keys are not checked while the rows are written, so they are checked here."""
    for table in db.metadata.sorted_tables:
        for key in table.foreign_keys:
            lost = key.parent.is_not(None) & key.parent.not_in(select(key.column))
            assert db.session.scalar(select(func.count()).select_from(table).where(lost)) == 0, key


def only_what_waits_has_a_running_clock() -> None:
    runs = select(Deadline.message_id).where(Deadline.state == DeadlineState.OPEN)
    waits = Message.status.in_([Status.NEW, Status.IN_WORK, Status.ON_APPROVAL, Status.REWORK, Status.AWAITING_FINAL])
    assert counted(waits, Message.id.not_in(runs)) == 0
    over = Message.status.in_([Status.ANSWERED, Status.DISMISSED, Status.EXCLUDED, Status.UNANSWERABLE])
    assert counted(over, Message.id.in_(runs)) == 0


def published_replies_name_a_version_of_their_own() -> None:
    published = db.session.scalars(select(Reply).where(Reply.published_at.is_not(None))).all()
    assert published
    drafts = {draft.id: draft.reply_id for draft in db.session.scalars(select(Draft))}
    assert all(drafts[reply.approved_draft_id or 0] == reply.id for reply in published)


def no_term_is_left_to_notice(now) -> None:
    late = db.session.scalars(select(Deadline.id).where(Deadline.breached_at.is_not(None))).all()
    noted = db.session.scalars(select(Event.object_id).where(Event.action == "breach")).all()
    assert late
    assert sorted(noted) == sorted(late)
    assert act.record_breaches(now) == 0


def each_card_opens(app, now) -> None:
    """The card of a message that comes in afterwards opens too: its number is still free."""
    ids = db.session.scalars(select(func.max(Message.id)).group_by(Message.status)).all()
    anna = db.session.scalar(select(User).where(User.login == "anna"))
    message = entry.enter_message(text="Яма у дома", network="vk", actor=anna, now=now)
    assert message.id > max(ids)
    browser = app.test_client()
    browser.log_in("anna", password_of("anna"))
    for message_id in (*ids, message.id):
        assert browser.get(f"/messages/{message_id}").status_code == 200
    assert browser.get("/").status_code == 200

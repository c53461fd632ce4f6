"""Before a term, at 16:00, before a promised day: once, in working time, and not about finished work."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from osm.answers.acts import publication
from osm.answers.acts.promises import Control
from osm.base.database import db
from osm.base.transaction import transaction
from osm.flow.acts.clocks import in_force
from osm.messages.acts import executors
from osm.models import Deadline, Reminder
from osm.regulation.control import BEFORE
from osm.regulation.words import ClockKind, DeadlineState, Status
from osm.reminders.acts.due import remind_of_promises, remind_of_terms, remind_of_the_morning
from tests.desk import NOW, URL
from tests.office import at

from .conftest import select_kinds

MINUTE = timedelta(minutes=1)


def due_of(message, kind: ClockKind):
    return next(d.due_at for d in message.deadlines if d.kind is kind and d.state is DeadlineState.OPEN and d.due_at)


def reminded(desk, login: str) -> list[str]:
    found = select_kinds(desk.ids[login])
    db.session.rollback()
    return found


CLOCKS = [
    (Status.NEW, ClockKind.ROUTE, "anna"),
    (Status.IN_WORK, ClockKind.DRAFT, "boris"),
    (Status.ON_APPROVAL, ClockKind.APPROVE, "anna"),
    (Status.REWORK, ClockKind.REWORK, "boris"),
    (Status.APPROVED, ClockKind.ANSWER, "anna"),
    (Status.AWAITING_FINAL, ClockKind.FINAL, "boris"),
]


@pytest.mark.parametrize(("status", "kind", "login"), CLOCKS)
def test_before_the_term_and_no_sooner(desk, status, kind, login):
    message = desk.in_status(status)
    moment = in_force().calendar.subtract(due_of(message, kind), BEFORE[kind])
    only = {kind: BEFORE[kind]}
    assert remind_of_terms(moment - MINUTE, only) == 0
    assert remind_of_terms(moment, only) >= 1
    assert reminded(desk, login) == ["term"]
    assert remind_of_terms(moment + MINUTE, only) == 0
    assert "efim" not in {r.recipient.login for r in db.session.scalars(db.select(Reminder))}


def test_the_office_sets_how_long_before(desk):
    message = desk.in_status(Status.IN_WORK)
    due = due_of(message, ClockKind.DRAFT)
    assert remind_of_terms(due - 10 * MINUTE, {ClockKind.DRAFT: 0}) == 0
    assert remind_of_terms(due - 60 * MINUTE, {ClockKind.DRAFT: 60}) == 1


def test_finished_work_is_not_mentioned(desk):
    message = desk.in_status(Status.IN_WORK)
    due = due_of(message, ClockKind.DRAFT)
    desk.submitted(message, "25.11 10:30")
    assert remind_of_terms(due - MINUTE, {ClockKind.DRAFT: 30}) == 0


def test_a_term_that_moves_is_another_one(desk):
    message = desk.in_status(Status.IN_WORK)
    due = due_of(message, ClockKind.DRAFT)
    remind_of_terms(due - MINUTE, {ClockKind.DRAFT: 30})
    message = desk.again(message)
    executors.raise_importance(
        message.id, message.version, detected_at=None, reason="", actor=desk.anna, now=due - MINUTE
    )
    later = due_of(desk.again(message), ClockKind.DRAFT)
    assert later != due
    remind_of_terms(later - MINUTE, {ClockKind.DRAFT: 30})
    assert reminded(desk, "boris") == ["term", "term"]


def test_a_morning_term_is_reminded_in_the_morning(desk):
    """Due Thursday 9:10: half a working hour before is Wednesday 17:40; after the close no reminders are sent."""
    message = desk.in_status(Status.IN_WORK)
    with transaction() as session:
        row = session.scalars(
            db.select(Deadline).where(Deadline.message_id == message.id, Deadline.kind == ClockKind.DRAFT)
        ).one()
        row.due_at = at("26.11 09:10")
    only = {ClockKind.DRAFT: 30}
    assert remind_of_terms(at("25.11 17:39"), only) == 0
    assert remind_of_terms(at("25.11 20:00"), only) == 0
    assert remind_of_terms(at("26.11 09:00"), only) == 1


def test_at_sixteen_each_learns_what_is_due_in_the_morning(desk):
    """The draft is Boris's; the answer is due after lunch, so it is not mentioned."""
    for _ in range(2):
        message = desk.in_status(Status.IN_WORK)
        with transaction() as session:
            for row in session.scalars(db.select(Deadline).where(Deadline.message_id == message.id)):
                if row.state is DeadlineState.OPEN:
                    row.due_at = at("26.11 09:20") if row.kind is ClockKind.DRAFT else at("26.11 15:00")
    assert remind_of_the_morning(at("25.11 15:59")) == 0
    assert remind_of_the_morning(at("25.11 16:00")) == 1
    assert remind_of_the_morning(at("25.11 16:30")) == 0
    told = db.session.scalars(db.select(Reminder)).one()
    assert (told.recipient_id, told.kind) == (desk.ids["boris"], "morning")
    assert told.facts == {"count": 2, "due": at("26.11 09:20").isoformat()}


def test_nothing_due_nothing_said(desk):
    desk.in_status(Status.ANSWERED)
    assert remind_of_the_morning(at("25.11 16:00")) == 0


@pytest.fixture
def promised(desk):
    """An answer that names Friday 27 November."""
    message = desk.in_status(Status.APPROVED)
    publication.publish_by_hand(
        message.id, message.version, url=URL, published_at=None, controls=[Control(date(2026, 11, 27))],
        actor=desk.anna, now=NOW,
    )  # fmt: skip
    return message


def test_a_promise_of_somebody_who_has_left_is_told_to_the_curators_a_day_before(desk, promised):
    with transaction():
        desk.boris.is_active = False
    assert remind_of_promises(at("26.11 09:00")) == 1
    assert select_kinds(desk.ids["anna"]) == ["promise"]


def test_a_promise_is_reminded_a_working_day_before_and_that_day(desk, promised):
    assert remind_of_promises(at("25.11 12:00")) == 0
    assert remind_of_promises(at("26.11 08:00")) == 0
    assert remind_of_promises(at("26.11 09:00")) == 1
    assert remind_of_promises(at("26.11 12:00")) == 0
    assert remind_of_promises(at("27.11 09:00")) == 2
    assert remind_of_promises(at("27.11 09:01")) == 0
    assert (reminded(desk, "boris"), reminded(desk, "anna")) == (["promise", "promise"], ["promise"])


def test_beyond_the_calendar_there_are_no_reminders(desk):
    desk.in_status(Status.IN_WORK)
    far = NOW.replace(year=2090)
    assert remind_of_terms(far, BEFORE) == remind_of_promises(far) == remind_of_the_morning(far) == 0

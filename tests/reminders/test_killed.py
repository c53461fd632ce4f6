"""Reminders are sent exactly once, before whichever statement the worker dies.

In tests/worker/test_killed.py it dies by SIGKILL at random moments.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import event as sql_event
from sqlalchemy import select

from osm.base.database import db
from osm.base.transaction import give_up
from osm.flow.acts.act import record_breaches
from osm.models import Reminder
from osm.regulation.words import ClockKind, Status
from osm.reminders.acts import due
from osm.reminders.acts.due import remind_of_terms
from tests.desk import NOW
from tests.office import at


class Killed(BaseException):
    """The process has ended."""


@contextmanager
def dying_before(number: int) -> Iterator[list[int]]:
    """The process dies before its statement with this number; the list counts the statements so far."""
    sent = [0]

    def count(*_given: Any) -> None:
        sent[0] += 1
        if sent[0] == number:
            raise Killed

    sql_event.listen(db.engine, "before_cursor_execute", count)
    try:
        yield sent
    finally:
        sql_event.remove(db.engine, "before_cursor_execute", count)


def test_a_death_before_any_statement_leaves_each_reminder_once(desk, monkeypatch):
    """Three kinds of work in turn; after each death the work begins again, until one run ends normally."""
    monkeypatch.setattr(due, "BATCH", 3)
    for _ in range(3):
        desk.in_status(Status.ON_APPROVAL)
    late = at("25.11 15:30")
    record_breaches(late)

    def work() -> None:
        due.read_log(late)
        remind_of_terms(NOW, {ClockKind.ANSWER: 8 * 60})

    deaths = 0
    while True:
        with dying_before(deaths + 1) as sent:
            try:
                work()
            except Killed:
                give_up()
                deaths += 1
                assert sent[0] == deaths
                continue
        break
    assert deaths > 15
    told = Counter(db.session.execute(select(Reminder.recipient_id, Reminder.kind).order_by(Reminder.id)))
    anna, boris = desk.ids["anna"], desk.ids["boris"]
    assert told[boris, "assigned"] == told[anna, "submitted"] == told[anna, "term"] == 3
    assert told[anna, "breach"] == len(set(keys("breach")))


def keys(kind: str) -> list[str]:
    return list(db.session.scalars(select(Reminder.key).where(Reminder.kind == kind)))

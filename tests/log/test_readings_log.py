"""Reading personal data is logged: once per person, object and day; files that leave the house every time."""

from __future__ import annotations

import pytest

from osm.base.database import db
from osm.log.acts.record import EVERY_TIME, Reading, record_reading
from osm.log.queries.history import log_of
from osm.models import Event
from tests.office import at


def readings() -> list[tuple[str, int | None, int | None]]:
    rows = db.session.scalars(db.select(Event).where(Event.action == "read").order_by(Event.id))
    return [(row.object_kind, row.object_id, row.actor_id) for row in rows]


@pytest.mark.parametrize("what", Reading)
def test_the_second_time_a_day_only_files_are_logged_again(office, what):
    message = office.incident("25.11 10:00")
    for expected in (True, what in EVERY_TIME):
        done = record_reading(what, actor=office.anna, now=at("25.11 10:05"), message_id=message.id)
        assert done is expected
    assert readings() == [(what.value, message.id, office.anna.id)] * (2 if what in EVERY_TIME else 1)


@pytest.mark.parametrize(
    ("how", "logged"),
    [
        (lambda office, first, second: (office.anna, first, "25.11 23:59"), False),
        (lambda office, first, second: (office.anna, first, "26.11 00:00"), True),
        (lambda office, first, second: (office.vera, first, "25.11 10:06"), True),
        (lambda office, first, second: (office.anna, second, "25.11 10:06"), True),
    ],
    ids=["the same local day", "the next local day", "another person", "another message"],
)
def test_once_a_person_object_and_local_day(office, how, logged):
    first, second = office.incident("25.11 10:00").id, office.incident("25.11 10:00").id
    record_reading(Reading.CARD, actor=office.anna, now=at("25.11 00:00"), message_id=first)
    person, message_id, when = how(office, first, second)
    assert record_reading(Reading.CARD, actor=person, now=at(when), message_id=message_id) is logged


def test_a_page_without_message_is_one_object_and_commands_one_reader(office):
    for person in (office.anna, None):
        assert record_reading(Reading.LOG, actor=person, now=at("25.11 10:00")) is True
        assert record_reading(Reading.LOG, actor=person, now=at("25.11 10:01")) is False


def test_details_are_kept_as_numbers_and_instants(office):
    details = {"rows": 120, "from": at("01.11 00:00")}
    record_reading(Reading.REGISTER_EXPORT, actor=office.anna, now=at("25.11 10:00"), details=details)
    event = db.session.scalars(db.select(Event).where(Event.action == "read")).one()
    assert event.changes == {"rows": [None, 120], "from": [None, "2026-10-31T14:00:00+00:00"]}


def test_the_history_of_a_message_has_acts_only(office):
    message = office.incident("25.11 10:00")
    before = len(log_of(message.id))
    record_reading(Reading.CARD, actor=office.anna, now=at("25.11 10:05"), message_id=message.id)
    assert len(log_of(message.id)) == before

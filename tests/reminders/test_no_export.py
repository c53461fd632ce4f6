"""«No export, no peace»: after 45 minutes of working time without a load whoever is on duty is reminded, once a gap."""

from __future__ import annotations

from datetime import timedelta

import pytest

from osm.base.database import db
from osm.models import DutyTurn, ImportRun, ImportSource, ImportState, Reminder
from osm.reminders.acts.letters import remind_of_loads
from tests.office import at, hire


@pytest.fixture
def office(app):
    with app.app_context():
        yield hire()


def loaded(when) -> None:
    source = db.session.scalar(db.select(ImportSource)) or ImportSource(name="ИМ", mapping={})
    db.session.add(
        ImportRun(
            source=source, filename="a", sha256="0" * 64, state=ImportState.DONE, created_at=when, finished_at=when
        )
    )
    db.session.commit()


def reminded() -> list[int]:
    return sorted(db.session.scalars(db.select(Reminder.recipient_id)))


def test_after_45_minutes_the_curators_are_reminded_once(office):
    loaded(at("02.11 10:00"))
    assert remind_of_loads(at("02.11 10:45")) == 0
    assert remind_of_loads(at("02.11 10:46")) == 1
    assert remind_of_loads(at("02.11 11:30")) == 0
    loaded(at("02.11 11:40"))
    assert remind_of_loads(at("02.11 12:20")) == 0
    assert remind_of_loads(at("02.11 14:00")) == 1
    assert reminded() == [office.ids["anna"]] * 2


def test_who_loads_today_is_reminded_in_their_place(office):
    begins = at("02.11 09:00")
    db.session.add(
        DutyTurn(
            person_id=office.ids["vera"], begins_at=begins, ends_at=begins + timedelta(hours=9), loads_exports=True,
            entered_at=begins, entered_by_id=office.ids["anna"],
        )
    )  # fmt: skip
    loaded(at("02.11 10:00"))
    remind_of_loads(at("02.11 11:00"))
    assert reminded() == [office.ids["vera"]]


def test_at_night_and_where_nothing_was_ever_loaded_nobody_is(office):
    assert remind_of_loads(at("02.11 12:00")) == 0
    loaded(at("02.11 10:00"))
    assert remind_of_loads(at("02.11 22:00")) == 0
    assert remind_of_loads(at("01.11 12:00")) == 0


def test_the_office_sets_the_minutes(office, set_office):
    set_office(load_minutes=90)
    loaded(at("02.11 10:00"))
    assert remind_of_loads(at("02.11 11:30")) == 0
    assert remind_of_loads(at("02.11 11:31")) == 1

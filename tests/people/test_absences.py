"""Absences in the database (П.3): who may enter which, what is refused, what is logged, and which rights follow."""

from __future__ import annotations

from datetime import date

import pytest

from osm.base.database import db
from osm.base.errors import NotYours
from osm.base.transaction import transaction
from osm.models import Absence, Event
from osm.people.acts import absences
from osm.people.acts.absences import AbsenceOver, Given
from osm.people.queries.absences import rights_of, roster_on
from osm.regulation.errors import MissingInput, StaleVersion
from osm.regulation.words import Role
from tests.office import Office, at

NOW = at("17.03 10:00")


def march(number: int) -> date:
    return date(2026, 3, number)


def given(first: int, last: int, substitute_id: int | None = None, reason: str = "leave") -> Given:
    return Given(reason, march(first), march(last), substitute_id)


def enter(office: Office, person: str, first: int, last: int, substitute: str = "", by: str = "anna") -> Absence:
    chosen = office.ids[substitute] if substitute else None
    return absences.enter_absence(office.ids[person], given(first, last, chosen), actor=getattr(office, by), now=NOW)


@pytest.mark.parametrize(
    ("by", "person", "allowed"),
    [
        ("anna", "boris", True),
        ("anna", "anna", True),
        ("boris", "boris", True),
        ("vera", "vera", True),
        ("boris", "nina", False),
        ("vera", "boris", False),
    ],
)
def test_who_may_enter_which_absence(office, by, person, allowed):
    if allowed:
        assert enter(office, person, 20, 25, by=by).entered_by_id == office.ids[by]
        return
    with pytest.raises(NotYours, match="куратор или администратор"):
        enter(office, person, 20, 25, by=by)
    assert db.session.scalars(db.select(Absence)).all() == []


def test_an_administrator_enters_anybodys(office):
    with transaction():
        office.gleb.role_rows[0].role = Role.ADMIN
    assert enter(office, "boris", 20, 25, by="gleb").person_id == office.ids["boris"]


@pytest.mark.words
@pytest.mark.parametrize(
    ("what", "field"),
    [
        (Given("", march(20), march(21), None), "reason"),
        (Given("holiday", march(20), march(21), None), "reason"),
        (Given("leave", None, march(21), None), "first_day"),
        (Given("leave", march(20), None, None), "last_day"),
        (Given("leave", march(21), march(20), None), "last_day"),
        (Given("illness", march(10), march(16), None), "last_day"),
        (Given("leave", march(20), march(21), 99_999), "substitute_id"),
    ],
)
def test_what_cannot_be_entered(office, what, field):
    with pytest.raises(MissingInput) as refused:
        absences.enter_absence(office.ids["boris"], what, actor=office.anna, now=NOW)
    assert refused.value.field == field
    assert db.session.scalars(db.select(Absence)).all() == []


def test_an_illness_that_has_begun_is_entered_later(office):
    row = enter(office, "boris", 16, 17)
    assert (row.first_day, row.last_day) == (march(16), march(17))


def test_an_absence_without_work_to_hand_over_is_not_entered(office):
    with transaction():
        office.gleb.role_rows[0].role = Role.ADMIN
    for person in (office.ids["gleb"], None):
        with pytest.raises(MissingInput, match="Выберите сотрудника"):
            absences.enter_absence(person, given(20, 21), actor=office.anna, now=NOW)


def test_overlapping_and_circular_ones_are_refused_against_what_is_stored(office):
    enter(office, "boris", 20, 25, "nina")
    with pytest.raises(MissingInput, match=r"с 20\.03 по 25\.03\.2026"):
        enter(office, "boris", 25, 28)
    with pytest.raises(MissingInput, match="круг"):
        enter(office, "nina", 24, 30, "boris")
    assert enter(office, "nina", 26, 30, "boris").id


def test_an_edit_is_not_held_against_itself(office):
    row = enter(office, "boris", 20, 25, "nina")
    after = absences.edit_absence(row.id, row.version, given(21, 26), actor=office.boris, now=NOW)
    assert (after.first_day, after.last_day, after.substitute_id, after.version) == (march(21), march(26), None, 2)


def test_the_second_of_two_edits_gets_a_conflict(office):
    row = enter(office, "boris", 20, 25, "nina")
    absences.edit_absence(row.id, 1, given(20, 24), actor=office.anna, now=NOW)
    with pytest.raises(StaleVersion):
        absences.edit_absence(row.id, 1, given(20, 26), actor=office.boris, now=NOW)
    with pytest.raises(StaleVersion):
        absences.end_absence(row.id, 1, actor=office.boris, now=NOW)
    assert db.session.get_one(Absence, row.id).last_day == march(24)


def test_ended_early_it_holds_no_longer_and_stays_as_it_was(office):
    row = enter(office, "boris", 16, 25, "nina")
    assert roster_on(march(17)).stand_in(office.ids["boris"]) == office.ids["nina"]
    absences.end_absence(row.id, row.version, actor=office.boris, now=NOW)
    assert roster_on(march(17)).stand_in(office.ids["boris"]) == office.ids["boris"]
    with pytest.raises(AbsenceOver):
        absences.edit_absence(row.id, row.version, given(16, 26), actor=office.anna, now=NOW)
    enter(office, "boris", 18, 25)  # its days are free again


def test_what_is_over_is_not_changed(office):
    row = enter(office, "boris", 16, 17)
    with pytest.raises(AbsenceOver):
        absences.end_absence(row.id, row.version, actor=office.anna, now=at("18.03 00:01"))


def test_the_log_keeps_codes_days_and_ids(office):
    row = enter(office, "boris", 20, 25, "nina")
    absences.edit_absence(row.id, 1, given(20, 26, office.ids["nina"], "illness"), actor=office.anna, now=NOW)
    entered, edited = db.session.scalars(db.select(Event).where(Event.object_kind == "absence").order_by(Event.id))
    assert entered.changes == {
        "person_id": [None, office.ids["boris"]],
        "reason": [None, "leave"],
        "first_day": [None, "2026-03-20"],
        "last_day": [None, "2026-03-25"],
        "substitute_id": [None, office.ids["nina"]],
    }
    assert (entered.clause, entered.actor_id) == ("П.3", office.ids["anna"])
    assert edited.changes == {
        "reason": ["leave", "illness"],
        "last_day": ["2026-03-25", "2026-03-26"],
        "version": [1, 2],
    }


@pytest.mark.parametrize(
    ("person", "day", "expected"),
    [
        ("vera", 19, []),
        ("vera", 20, [("Anna", {Role.CURATOR}, 25)]),
        ("vera", 25, [("Anna", {Role.CURATOR}, 25)]),
        ("vera", 26, []),
        ("nina", 20, []),
        ("anna", 20, []),
    ],
)
def test_the_curators_rights_go_over_for_those_days(office, person, day, expected):
    enter(office, "anna", 20, 25, "vera")
    enter(office, "boris", 20, 25, "nina")
    found = rights_of(office.ids[person], roster_on(march(day)))
    assert [(one.name, set(one.roles), one.last_day.day) for one in found] == expected


def test_a_blocked_curators_rights_are_not_passed_on(office):
    enter(office, "anna", 20, 25, "vera")
    with transaction():
        office.anna.is_active = False
    assert rights_of(office.ids["vera"], roster_on(march(20))) == ()

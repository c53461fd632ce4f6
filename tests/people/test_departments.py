"""Departments: telephones, the duty officer and deputies (П.3); who can be called, and what is refused."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from osm.base.database import db
from osm.base.errors import NotFound
from osm.base.transaction import transaction
from osm.models import Department, Event, Topic, User
from osm.people.acts import absences, users
from osm.people.acts.absences import StillNeeded
from osm.people.queries.handovers import contacts
from osm.regulation.errors import MissingInput, StaleVersion
from tests.office import at

NOW = at("17.03 12:00")
GIVEN = {
    "name": "Отдел дорог",
    "short_name": "Дороги",
    "phone": "8 000 1",
    "other_phones": "8 000 2, приёмная\n\n 8 000 3,  диспетчер ",
    "duty_officer_id": None,
    "deputy_ids": [],
    "supervisor_id": None,
}


@pytest.fixture
def roads(office):
    return absences.create_department(**GIVEN, actor=office.anna, now=NOW).id


def department(department_id):
    return db.session.get_one(Department, department_id, populate_existing=True)


def edit(department_id, version, **changed):
    return absences.edit_department(department_id, version, **{**GIVEN, **changed}, actor=None, now=NOW)


def test_who_can_be_called_in_the_order_in_which_they_are_asked(office, roads):
    nina, boris, vera = office.ids["nina"], office.ids["boris"], office.ids["vera"]
    edit(roads, 1, duty_officer_id=vera, deputy_ids=[nina, boris, nina])
    found = contacts([roads, None, roads])
    assert [office_of.short_name for office_of in found] == ["Дороги"]
    assert found[0].other_phones == ("8 000 2, приёмная", "8 000 3, диспетчер")
    assert (found[0].duty_officer.id, [person.id for person in found[0].deputies]) == (vera, [nina, boris])
    edit(roads, 2, duty_officer_id=vera, deputy_ids=[boris, nina])
    users.block_user(vera, 1, actor=None, now=NOW)
    users.block_user(nina, 1, actor=None, now=NOW)
    found = contacts([roads])
    assert (found[0].duty_officer, [person.id for person in found[0].deputies]) == (None, [boris])
    # A blocked user keeps his place while the rest is edited: he may come back.
    edit(roads, 3, phone="8 000 9", duty_officer_id=vera, deputy_ids=[nina, boris])
    assert [deputy.user_id for deputy in department(roads).deputies] == [nina, boris]


def test_the_log_names_ids_and_fields_and_no_texts(office, roads):
    edit(roads, 1, phone="8 000 777", deputy_ids=[office.ids["boris"]])
    events = db.session.scalars(select(Event).where(Event.object_kind == "department").order_by(Event.id)).all()
    assert [event.action for event in events] == ["create_department", "edit_department"]
    assert events[1].changes == {
        "fields": [[], ["phone"]],
        "deputy_ids": [[], [office.ids["boris"]]],
        "version": [1, 2],
    }


REFUSED = {
    "no name": ({"name": " \n"}, "name"),
    "a name that is there": ({"name": "ОТДЕЛ СВЯЗИ"}, "name"),
    "a short name that is there": ({"short_name": "связь"}, "short_name"),
    "a long name and no short one": ({"name": "я" * 61, "short_name": ""}, "short_name"),
    "a long telephone": ({"phone": "8" * 61}, "phone"),
    "a long line of telephones": ({"other_phones": "8" * 121}, "other_phones"),
    "too many telephones": ({"other_phones": "\n".join(str(number) for number in range(21))}, "other_phones"),
    "a duty officer who is not there": ({"duty_officer_id": 999}, "duty_officer_id"),
    "a supervisor who holds no post": ({"supervisor_id": 1}, "supervisor_id"),
    "a deputy who prepares no answers": ({"deputy_ids": ["vera"]}, "deputies"),
    "too many deputies": ({"deputy_ids": [1, 2, 3, 4, 5]}, "deputies"),
}


@pytest.mark.words
@pytest.mark.parametrize(("changed", "where"), REFUSED.values(), ids=REFUSED)
def test_unusable_values_are_refused_by_field_and_not_stored(office, roads, changed, where):
    absences.create_department(**{**GIVEN, "name": "Отдел связи", "short_name": "Связь"}, actor=None, now=NOW)
    changed = dict(changed)
    if "deputy_ids" in changed:
        changed["deputy_ids"] = [office.ids.get(who, who) for who in changed["deputy_ids"]]
    with pytest.raises(MissingInput) as refused:
        edit(roads, 1, **changed)
    assert refused.value.field == where
    assert (department(roads).version, department(roads).name) == (1, "Отдел дорог")
    with pytest.raises(MissingInput) as refused:
        new = {**GIVEN, "name": "Третий отдел", "short_name": "Третий", **changed}
        absences.create_department(**new, actor=None, now=NOW)
    assert refused.value.field == where


def test_without_a_short_name_the_name_serves(office, roads):
    assert edit(roads, 1, short_name="").short_name == "Отдел дорог"


def test_an_older_version_gets_a_conflict(office, roads):
    edit(roads, 1, phone="8")
    for act in (
        lambda: edit(roads, 1, phone="9"),
        lambda: absences.archive_department(roads, 1, actor=None, now=NOW),
        lambda: absences.restore_department(roads, 1, actor=None, now=NOW),
    ):
        with pytest.raises(StaleVersion):
            act()
    assert department(roads).phone == "8"
    with pytest.raises(NotFound):
        edit(999, 1)


def test_an_empty_department_can_be_archived(office, roads):
    with transaction() as session:
        session.get_one(User, office.ids["boris"]).department_id = roads
        session.add(topic := Topic(name="Ямы", department_id=roads))
    with pytest.raises(StillNeeded, match="сотрудников: 1, тем: 1"):
        absences.archive_department(roads, 1, actor=None, now=NOW)
    with transaction() as session:
        session.get_one(User, office.ids["boris"]).department_id = None
        session.get_one(Topic, topic.id).department_id = None
    absences.archive_department(roads, 1, actor=None, now=NOW)
    assert department(roads).archived_at == NOW
    absences.restore_department(roads, 2, actor=None, now=NOW)
    assert department(roads).archived_at is None

"""Topics of the office: edited under a version, never lost to messages, filled from the starter file, suggested."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from osm.base.database import db
from osm.base.transaction import transaction
from osm.messages.acts import entry, routing
from osm.models import Department, Event, Message, Topic
from osm.regulation.errors import MissingInput, StaleVersion
from osm.topics import acts
from osm.topics.queries import suggest_topic
from tests.office import at

NOW = at("17.03 12:00")


@pytest.fixture
def roads(office):
    """A topic with a word, of Boris's department."""
    return acts.create_topic(
        name="Ремонт дорог", department_id=office.boris.department_id, words="Яма, грейдер", actor=office.anna, now=NOW
    ).id


def topic(topic_id):
    return db.session.get_one(Topic, topic_id, populate_existing=True)


def edit(topic_id, version, **changed):
    was = topic(topic_id)
    values = {"name": was.name, "department_id": was.department_id, "words": was.words, **changed}
    return acts.edit_topic(topic_id, version, **values, actor=None, now=NOW)


def test_what_is_edited_is_stored_and_the_log_names_fields_only(office, roads):
    edit(roads, 1, name=" Дороги  города ", words="яма\nасфальт")
    assert (topic(roads).name, topic(roads).words, topic(roads).version) == ("Дороги города", "яма\nасфальт", 2)
    events = db.session.scalars(select(Event).where(Event.object_kind == "topic").order_by(Event.id)).all()
    assert [event.action for event in events] == ["create_topic", "edit_topic"]
    assert events[1].changes == {"fields": [[], ["name", "words"]], "version": [1, 2]}
    with pytest.raises(StaleVersion):
        edit(roads, 1, name="Другое")
    assert topic(roads).name == "Дороги города"


REFUSED = {
    "no name": ({"name": " "}, "name"),
    "a name that is there in large letters": ({"name": "ШКОЛЫ"}, "name"),
    "a long name": ({"name": "я" * 201}, "name"),
    "unusable words": ({"words": "яма!"}, "words"),
    "a department that is not there": ({"department_id": 999}, "department_id"),
}


@pytest.mark.words
@pytest.mark.parametrize(("changed", "where"), REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_used_is_refused_by_its_field(office, roads, changed, where):
    acts.create_topic(name="Школы", department_id=None, words="", actor=None, now=NOW)
    with pytest.raises(MissingInput) as refused:
        edit(roads, 1, **changed)
    assert refused.value.field == where
    with pytest.raises(MissingInput) as refused:
        acts.create_topic(**{"name": "Новая", "department_id": None, "words": "", **changed}, actor=None, now=NOW)
    assert refused.value.field == where
    assert topic(roads).version == 1


def test_an_archived_topic_is_not_offered_but_stays_on_messages(office, roads):
    message = office.incident("17.03 09:30", text="Ямы на Калининской")
    with transaction():
        message.topic_id = roads
    acts.archive_topic(roads, 1, actor=None, now=NOW)
    assert suggest_topic("Ямы") is None
    with pytest.raises(MissingInput):
        entry.enter_message(text="Ямы", network="vk", topic_id=roads, actor=office.anna, now=NOW)
    routing.route_message(
        message.id, 1, executor_id=office.boris.id, task="", topic_id=None, actor=office.anna, now=NOW
    )
    assert db.session.get_one(Message, message.id).topic_id == roads
    acts.restore_topic(roads, 2, actor=None, now=NOW)
    assert suggest_topic("Ямы").topic_id == roads


def test_the_starter_topics_add_what_is_missing_and_keep_what_was_written(office, roads):
    own = topic(roads).words
    empty = acts.create_topic(name="школы", department_id=None, words="", actor=None, now=NOW).id
    assert acts.add_starter_topics(actor=office.anna, now=NOW) == len(acts.starter_topics()) - 1
    assert topic(roads).words == own
    assert "учитель" in topic(empty).words.splitlines()
    assert acts.add_starter_topics(actor=office.anna, now=NOW) == 0
    assert suggest_topic("Учителя математики нет с осени").topic_id == empty


def _department(office, login):
    return getattr(office, login).department_id


# the executor chosen, whether the message has another topic → whether the suggested one is taken over
AGREED = {
    "an executor of its department": ("boris", False, True),
    "an executor of another department": ("nina", False, False),
    "a topic was there": ("boris", True, False),
}


@pytest.mark.parametrize(("login", "has_topic", "taken"), AGREED.values(), ids=AGREED)
def test_a_suggested_topic_comes_with_its_department_and_never_replaces(office, roads, login, has_topic, taken):
    with transaction() as session:
        session.add(other := Department(name="Другой отдел", short_name="Другой"))
        session.flush()
        office.nina.department_id = other.id
    message = office.incident("17.03 09:30", text="Ямы")
    mine = acts.create_topic(name="Своя", department_id=None, words="", actor=None, now=NOW).id
    if has_topic:
        with transaction():
            db.session.get_one(Message, message.id).topic_id = mine
    executor = getattr(office, login).id
    routing.route_message(
        message.id, 1, executor_id=executor, task="", suggested_topic_id=roads, actor=office.anna, now=NOW
    )
    assert db.session.get_one(Message, message.id).topic_id == (roads if taken else mine if has_topic else None)

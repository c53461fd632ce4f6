"""Instructions: a leader gives one, the executor reports, the leader accepts or returns it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from osm.base.database import db
from osm.base.errors import NotYours, ServiceError
from osm.base.transaction import transaction
from osm.inbox.queries import news
from osm.inbox.queries.inbox import waiting_places
from osm.models import Event, Instruction, InstructionState, User, UserRole
from osm.people.acts.users import block_user
from osm.people.queries.absences import Roster
from osm.people.views import asker_of
from osm.regulation.errors import MissingInput, StaleVersion
from osm.regulation.words import Post, Role
from osm.urgent.acts import instructions
from osm.urgent.acts.instructions import Order
from osm.urgent.queries import instructions as queries
from tests.office import at

NOW = at("25.11 12:00")
DUE = at("25.11 15:00")
ALONE = Roster(NOW.date())


def give(office, to="anna", **more):
    order = Order(more.pop("text", "Выехать на место"), office.ids.get(to), more.pop("due_at", DUE))
    return instructions.give(order, actor=more.pop("actor", office.gleb), now=NOW, **more)


def test_from_giving_to_accepting_with_a_return(office):
    message = office.incident("25.11 10:00")
    row = give(office, message_id=message.id)
    for words, version in (("Выехали", 1), ("Трубу заменили", 3)):
        row = instructions.report(row.id, version, report=words, roster=ALONE, actor=office.anna, now=NOW)
        assert (row.state, row.report) == (InstructionState.REPORTED, words)
        if version == 1:
            row = instructions.give_back(row.id, 2, remarks="А труба?", actor=office.gleb, now=NOW)
            assert (row.state, row.remarks, row.closed_at) == (InstructionState.OPEN, "А труба?", None)
    row = instructions.accept(row.id, 4, actor=office.gleb, now=DUE)
    assert (row.state, row.closed_at, row.closed_by_id) == (InstructionState.ACCEPTED, DUE, office.gleb.id)
    log = db.session.scalars(
        db.select(Event).where(Event.object_kind == "instruction", Event.message_id == message.id).order_by(Event.id)
    )
    assert [event.action.removeprefix("instruction_") for event in log] == [
        "given", "reported", "returned", "reported", "accepted"
    ]  # fmt: skip


def test_of_an_executor_who_has_left_its_giver_hears_at_once(desk, gleb):
    row = give(desk, to="boris")
    assert queries.instructions_waiting(desk.gleb, (), NOW) == []
    block_user(desk.boris.id, desk.boris.version, actor=desk.dina, now=NOW)
    assert [one.row.id for one in queries.instructions_waiting(desk.gleb, (), NOW)] == [row.id]
    assert "исполнитель больше не работает" in gleb.get("/").text


REFUSED = {
    "no words": ("text", {"text": " "}),
    "nobody": ("to_id", {"to": "nobody"}),
    "a term that has passed": ("due_at", {"due_at": NOW}),
    "no term": ("due_at", {"due_at": None}),
}


@pytest.mark.words
@pytest.mark.parametrize(("field", "given"), REFUSED.values(), ids=REFUSED)
def test_what_is_missing_is_named(office, field, given):
    with pytest.raises(MissingInput) as refused:
        give(office, **given)
    assert refused.value.field == field
    assert db.session.scalar(db.select(Instruction.id)) is None


def test_only_leaders_give_them_and_only_its_people_act_upon_one(office):
    with pytest.raises(NotYours):
        give(office, actor=office.anna)
    row = give(office)
    with pytest.raises(NotYours):
        instructions.report(row.id, 1, report="Сделано", roster=ALONE, actor=office.boris, now=NOW)
    row = instructions.report(row.id, 1, report="Сделано", roster=ALONE, actor=office.anna, now=NOW)
    with pytest.raises(NotYours):
        instructions.accept(row.id, 2, actor=office.anna, now=NOW)
    with pytest.raises(StaleVersion):
        instructions.accept(row.id, 1, actor=office.gleb, now=NOW)


def test_said_on_the_telephone_it_is_the_leaders_own(office):
    row = give(office, actor=office.vera, said_by_id=office.gleb.id)
    assert (row.given_by_id, row.entered_by_id) == (office.gleb.id, office.vera.id)


def test_taken_back_with_a_reason_it_is_over(office):
    row = give(office)
    with pytest.raises(MissingInput):
        instructions.drop(row.id, 1, reason="", actor=office.gleb, now=NOW)
    row = instructions.drop(row.id, 1, reason="Уже починили", actor=office.gleb, now=NOW + timedelta(hours=1))
    assert row.state is InstructionState.DROPPED
    with pytest.raises(ServiceError):
        instructions.report(row.id, 2, report="Сделано", roster=ALONE, actor=office.anna, now=NOW)


@pytest.mark.parametrize("is_reported", [True, False])
def test_of_a_leader_who_has_left_the_head_or_the_chief_of_staff_decides(desk, is_reported):
    """Not the other deputies."""
    row, later = give(desk, actor=desk.sveta), DUE + timedelta(days=1)
    if is_reported:
        instructions.report(row.id, 1, report="Сделано", roster=ALONE, actor=desk.anna, now=NOW)
    with transaction() as session:
        more = {"post": Post.DEPUTY_HEAD, "password_hash": "-", "role_rows": [UserRole(role=Role.HEAD)]}
        session.add(User(login="oleg", name="Олег", created_at=NOW, **more))
    desk.ids["oleg"] = db.session.scalar(db.select(User.id).where(User.login == "oleg"))
    assert who_decides(desk, later) == ["sveta"]
    block_user(desk.sveta.id, desk.sveta.version, actor=desk.dina, now=NOW)
    assert who_decides(desk, later) == ["maxim", "gleb"]


def who_decides(desk, now) -> list[str]:
    """By «Ждёт меня», whose count and list say the same."""
    found = []
    for login in ("maxim", "gleb", "sveta", "oleg"):
        if not getattr(desk, login).is_active:
            continue
        asker = asker_of(getattr(desk, login), now)
        listed = [place for place in waiting_places(asker) if place.duty == news.INSTRUCTION]
        assert len(listed) == len(queries.instructions_waiting(getattr(desk, login), (), now))
        found += [login] if listed else []
    return found

"""A missed term adds a row in the same transaction: who was to act then, and which miss it follows from."""

from __future__ import annotations

import pytest

from osm.answers.acts import publication
from osm.base.transaction import transaction
from osm.flow.acts.act import record_breaches
from osm.messages.acts import closing, routing
from osm.messages.acts.executors import PartOrder
from osm.models import Absence
from osm.regulation.control import ShortcomingState, Side
from osm.regulation.executors import AbsenceReason
from tests.control.late import late_draft, recorded, rows
from tests.office import at
from tests.statements import counted


def away(person_id: int, substitute_id: int | None) -> None:
    with transaction() as session:
        day = at("17.03 12:00").date()
        session.add(
            Absence(person_id=person_id, reason=AbsenceReason.ILLNESS, first_day=day, last_day=day,
                    substitute_id=substitute_id, entered_at=at("01.03 09:00"))
        )  # fmt: skip


def test_a_late_draft_that_makes_the_answer_late_is_asked_about_once(office):
    late_draft(office)
    assert recorded(office) == [("draft", "boris", ""), ("answer", "boris", "draft")]
    draft, answer = rows()
    assert draft.side is Side.EXECUTOR
    assert draft.state is answer.state is ShortcomingState.ASKED
    assert draft.occurred_at < draft.noted_at
    assert (draft.department_id, draft.clause) == (office.boris.department_id, "П.10")


def test_the_curators_breaches_are_hers_or_her_substitutes(office):
    office.incident("17.03 09:00")
    record_breaches(at("17.03 11:00"))
    assert recorded(office) == [("route", "anna", "")]
    away(office.ids["anna"], office.ids["vera"])
    office.incident("17.03 09:05")
    record_breaches(at("17.03 11:00"))
    assert recorded(office)[1] == ("route", "vera", "")
    assert rows()[1].for_id == office.ids["anna"]
    assert rows()[1].side is Side.CURATOR


def test_the_open_step_is_read_as_of_then_however_late(office):
    message = office.routed("17.03 09:00", "17.03 09:12")
    office.submitted(message, "17.03 15:00")
    record_breaches(at("17.03 15:10"))
    office.approved(message, "17.03 18:00")
    office.published(message, "18.03 10:00")
    found = recorded(office)
    assert ("draft", "boris", "") in found
    assert ("approve", "anna", "") in found
    assert ("answer", "anna", "approve") in found


@pytest.mark.parametrize(("substitute", "whose"), [("nina", "nina"), (None, "anna")])
def test_an_absent_executor_is_not_to_blame(office, substitute, whose):
    office.routed("17.03 09:00", "17.03 09:12")
    away(office.ids["boris"], office.ids.get(substitute))
    record_breaches(at("17.03 17:30"))
    assert [person for _, person, _ in recorded(office)] == [whose, whose]


def test_a_publication_entered_later_takes_its_row_back(office):
    message = office.answered()
    assert rows() == []
    late = office.routed("17.03 09:00", "17.03 09:12")
    office.submitted(late, "17.03 11:00")
    office.approved(late, "17.03 11:10")
    record_breaches(at("17.03 18:00"))
    assert [str(row.clock) for row in rows(late)] == ["answer"]
    publication.publish_by_hand(
        late.id, late.version, url="https://vk.com/wall-1_1?reply=3", published_at=at("17.03 12:00"),
        actor=office.anna, now=at("17.03 18:10"),
    )  # fmt: skip
    assert rows(late) == rows(message) == []


def test_what_is_closed_and_restored_makes_none_by_that(office):
    message = office.incident("17.03 09:00")
    closing.dismiss_message(message.id, message.version, reason="Не о нас", actor=office.anna, now=at("17.03 09:30"))
    record_breaches(at("17.03 12:00"))
    closing.restore_message(message.id, message.version, reason="О нас", actor=office.anna, now=at("18.03 12:00"))
    record_breaches(at("18.03 12:00"))
    assert rows() == []


def test_it_costs_the_same_for_one_and_for_many(app, office):
    def cost(count: int) -> int:
        for _ in range(count):
            office.incident("17.03 09:00")
        with counted(app) as seen:
            assert record_breaches(at("17.03 11:00")) == count
        return len(seen)

    assert cost(2) == cost(8)


def test_of_several_executors_it_is_the_one_without_a_sent_part(three):
    message = three.incident("17.03 09:00")
    orders = [PartOrder(three.ids[login], 1, "") for login in ("boris", "oleg")]
    routing.route_to_several(message.id, message.version, orders=orders, actor=three.anna, now=at("17.03 09:12"))
    record_breaches(at("17.03 17:30"))
    found = recorded(three)
    assert {("part", "boris", ""), ("part", "oleg", "")} <= set(found)
    assert ("draft", "boris", "part") in found

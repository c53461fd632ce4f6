"""The curator's common draft (П.14): one button, a second person, back and forth, the parts on the same page."""

from __future__ import annotations

from dataclasses import replace

import pytest

from osm.answers.acts import drafting, publication
from osm.approvals import acts as approval
from osm.base.database import db
from osm.base.errors import NotYours
from osm.base.transaction import transaction
from osm.flow.acts.moving import active_assignments
from osm.groups.acts import members
from osm.messages.acts import closing, executors
from osm.messages.acts.executors import PartOrder
from osm.models import UserRole
from osm.regulation.errors import MissingInput
from osm.regulation.words import DeadlineState, Role, Status
from tests.office import OVERRIDE, at, events

from .sharing import COMMON, approve_common, of_part, part_clocks, row_of, send, shared, states


def test_one_button_approves_the_common_draft_and_leads_to_the_publication(three):
    message = shared(three, "boris 1, nina 1")
    send(three, message, "boris", "17.03 10:00")
    draft = approve_common(three, message, "17.03 10:30")
    assert (message.status, draft.author_id) == (Status.APPROVED, three.ids["anna"])
    assert part_clocks(message) == {}
    nina = of_part(three, message, "nina")[0]
    assert (nina.state, nina.breached_at) == (DeadlineState.CLOSED, None)
    three.published(message, "17.03 10:31")
    assert message.status is Status.ANSWERED
    assert [event.action for event in events(message)][-3:] == ["submit_draft", "approve_draft", "publish_final"]


@pytest.fixture
def second_person(app, monkeypatch):
    settings = replace(app.extensions["osm"].settings, second_person_approves=True)
    monkeypatch.setattr(app.extensions["osm"], "settings", settings)


def test_an_office_may_demand_a_second_person(three, second_person):
    message = shared(three, "boris 1, nina 1")
    with pytest.raises(MissingInput):
        approve_common(three, message, "17.03 10:30")
    draft = members.submit_common(
        message.id, message.version, text=COMMON, kind="final", actor=three.anna, now=at("17.03 10:30")
    )
    with pytest.raises(NotYours):
        approval.approve_draft(
            message.id, message.version, draft_id=draft.id, override=OVERRIDE, actor=three.anna, now=at("17.03 10:31")
        )
    with transaction() as session:
        session.add(UserRole(user_id=three.ids["vera"], role=Role.CURATOR))
    db.session.expire_all()
    approval.approve_draft(
        message.id, message.version, draft_id=draft.id, override=OVERRIDE, actor=three.vera, now=at("17.03 10:32")
    )
    assert message.status is Status.APPROVED


def test_a_withdrawn_common_draft_lets_the_missing_parts_go_on(three, second_person):
    message = shared(three, "boris 1, nina 1")
    send(three, message, "boris", "17.03 10:00")
    members.submit_common(
        message.id, message.version, text=COMMON, kind="final", actor=three.anna, now=at("17.03 10:30")
    )
    assert part_clocks(message) == {}
    drafting.withdraw_draft(message.id, message.version, actor=three.anna, now=at("17.03 10:40"))
    assert part_clocks(message) == {"nina part": "17.03 11:10"}


def test_closing_the_message_stops_every_part_without_a_breach(three):
    message = shared(three)
    closing.dismiss_message(message.id, message.version, reason="Автор ошибся", actor=three.anna, now=at("17.03 10:00"))
    assert part_clocks(message) == {}
    assert {d.breached_at for d in message.deadlines} == {None}
    assert active_assignments(message) == []


def test_when_the_author_writes_again_everybody_is_asked_again_in_order(three):
    message = shared(three, "boris 1, nina 2")
    send(three, message, "boris", "17.03 09:30")
    send(three, message, "nina", "17.03 09:40")
    approve_common(three, message, "17.03 10:00", "clarification")
    three.published(message, "17.03 10:05")
    publication.author_answered(
        message.id, message.version, text="Дом 12", url="", actor=three.anna, now=at("18.03 10:00")
    )
    assert part_clocks(message) == {"boris part": "18.03 12:00"}
    assert states(message) == {"boris": "asked", "nina": "waiting"}


def test_no_clock_runs_while_the_common_draft_is_decided(three, second_person):
    message = shared(three, "boris 1, nina 1")
    send(three, message, "boris", "17.03 10:00")
    members.submit_common(
        message.id, message.version, text=COMMON, kind="final", actor=three.anna, now=at("17.03 10:30")
    )
    order = PartOrder(three.ids["oleg"], 1)
    executors.add_executor(message.id, message.version, order=order, actor=three.anna, now=at("17.03 10:40"))
    assert part_clocks(message) == {}
    drafting.withdraw_draft(message.id, message.version, actor=three.anna, now=at("17.03 10:50"))
    assert part_clocks(message) == {"nina part": "17.03 11:10", "oleg part": "17.03 12:50"}


def test_an_interim_answer_asks_again_those_who_have_not_sent(three):
    message = shared(three, "boris 1, nina 1")
    send(three, message, "boris", "17.03 10:00")
    approve_common(three, message, "17.03 10:30", "interim")
    three.published(message, "17.03 10:31")
    assert part_clocks(message) == {}
    publication.prepare_final(message.id, message.version, actor=three.anna, now=at("18.03 10:00"))
    assert part_clocks(message) == {"nina part": "18.03 12:00"}
    assert states(message) == {"boris": "sent", "nina": "asked"}


def test_minutes_shortened_for_the_old_draft_no_longer_count_afterwards(three):
    message = shared(three, "boris 1 10, nina 1 240, oleg 2 15")
    approve_common(three, message, "17.03 09:30", "interim")
    three.published(message, "17.03 09:31")
    publication.prepare_final(message.id, message.version, actor=three.boris, now=at("18.03 09:00"))
    assert part_clocks(message) == {"boris part": "18.03 11:00", "nina part": "18.03 13:00"}
    assert row_of(three, message, "oleg").part_minutes is None

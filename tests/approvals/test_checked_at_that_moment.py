"""An approval checks once more what the submission checked: the message may have changed since then."""

from __future__ import annotations

import pytest

from osm.answers.acts import drafting
from osm.answers.acts.templates import Explained
from osm.approvals import acts as approval
from osm.base.database import db
from osm.base.transaction import transaction
from osm.messages.acts import closing
from osm.models import Draft, LinkKind, LinkState, Message, MessageLink
from osm.regulation.errors import MissingInput
from osm.regulation.words import InterimReason, Status
from tests.cast import browser_of
from tests.desk import NOW
from tests.office import OVERRIDE

WAYS = ("approve", "correct")


@pytest.fixture
def became_a_repeat(desk):
    """An interim answer waits for the curator; then the message is found to be a repeat (П.15)."""
    earlier = desk.in_status(Status.ANSWERED)
    message = desk.in_status(Status.IN_WORK)
    drafting.submit_draft(
        message.id, message.version, text="Здравствуйте! Ждём подрядчика.", kind="interim", confirmed=True,
        actor=desk.boris, now=NOW,
    )  # fmt: skip
    with transaction() as session:
        pair = {"later_id": message.id, "earlier_id": earlier.id, "kind": LinkKind.REPEAT}
        session.add(MessageLink(**pair, state=LinkState.PROPOSED, score=0, version=1, marks=False))
    closing.decide_link(message.id, earlier.id, 1, confirmed=True, actor=desk.anna, now=NOW)
    return desk.again(message)


def decide(desk, message, way, text="Здравствуйте! Ждём подрядчика, срок — 30 ноября."):
    about = {"draft_id": drafting.submitted_draft(message).id, "override": OVERRIDE, "actor": desk.anna, "now": NOW}
    if way == "approve":
        return approval.approve_draft(message.id, message.version, **about)
    return approval.correct_and_approve(message.id, message.version, text=text, **about)


@pytest.mark.parametrize("way", WAYS)
def test_an_interim_answer_to_what_has_become_a_repeat_needs_its_reason(desk, became_a_repeat, way):
    with pytest.raises(MissingInput, match="почему ответ промежуточный"):
        decide(desk, became_a_repeat, way)
    message = desk.again(became_a_repeat)
    assert message.status is Status.ON_APPROVAL
    draft = drafting.submitted_draft(message)
    approval.return_draft(
        message.id, message.version, draft_id=draft.id, remarks="Укажите причину", actor=desk.anna, now=NOW
    )
    drafting.submit_draft(
        message.id, message.version, text=draft.text, kind="interim", confirmed=True, actor=desk.boris, now=NOW,
        interim=Explained(InterimReason.WAITING_FOR_OTHERS),
    )  # fmt: skip
    decide(desk, message, way)
    assert desk.again(message).status is Status.APPROVED


def test_the_curator_reads_why_and_what_to_do(app, desk, became_a_repeat):
    message = became_a_repeat
    page = browser_of(app, desk.ids, "anna").submit(
        f"/approvals/{message.id}/approve",
        {"version": message.version, "draft_id": drafting.submitted_draft(message).id, "in_spite": "is_there"},
    )
    assert page.status_code == 422
    assert "Верните проект, причину выберет тот, кто его готовит" in page.text


@pytest.mark.parametrize("way", WAYS)
def test_a_version_of_before_with_a_field_still_empty_is_not_approved(desk, way):
    message = desk.in_status(Status.ON_APPROVAL)
    text = "Здравствуйте! Яму засыпят до {срок}."
    with transaction() as session:
        session.get_one(Draft, drafting.submitted_draft(message).id).text = text
    with pytest.raises(MissingInput, match="Заполните поля шаблона"):
        decide(desk, db.session.get_one(Message, message.id), way, text)

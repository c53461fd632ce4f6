"""Approval and П.16: unmet criteria need a reason, which is kept with the version; the log holds codes only."""

from html import unescape

import pytest

from osm.base.database import db
from osm.base.transaction import transaction
from osm.models import CriteriaException, Event, OverrideReason
from osm.regulation.words import ReplyKind, Status

GOOD = "Здравствуйте, Мария! «Горсвет» заменит лампу до 5 декабря."
POOR = "Здравствуйте, Мария! Лампу заменят скоро."


@pytest.fixture
def waiting(desk):
    def make(text):
        message = desk.in_status(Status.IN_WORK)
        desk.submitted(message, "25.11 10:50", text)
        return desk.again(message)

    return make


def form(message, **more):
    return {"version": message.version, "draft_id": message.replies[-1].drafts[-1].id, **more}


def exceptions():
    db.session.rollback()  # see what a request has committed in between
    return db.session.scalars(db.select(CriteriaException)).all()


def test_the_screen_shows_the_checklist_of_the_version(anna, waiting):
    page = unescape(anna.get(f"/approvals/{waiting(POOR).id}").text)
    assert "Проверка версии 1" in page
    assert "Не хватает: кто отвечает, срок." in page
    assert "Почему согласуете, хотя не всё на месте" in page


def test_a_complete_answer_asks_for_no_reason(desk, anna, waiting):
    message = waiting(GOOD)
    page = unescape(anna.get(f"/approvals/{message.id}").text)
    assert "Всё, что требует п. 16, на месте." in page
    assert "Почему согласуете" not in page
    assert anna.submit(f"/approvals/{message.id}/approve", form(message, in_spite="hurry")).status_code == 303
    assert desk.again(message).status is Status.APPROVED
    assert exceptions() == []


def test_approval_needs_a_reason(desk, anna, waiting):
    message = waiting(POOR)
    answer = anna.submit(f"/approvals/{message.id}/approve", form(message))
    assert answer.status_code == 422
    assert "Не хватает: кто отвечает, срок. Исправьте ответ или выберите" in answer.text
    assert desk.again(message).status is Status.ON_APPROVAL


def test_another_reason_wants_words_and_keeps_the_choice(desk, anna, waiting):
    message = waiting(POOR)
    answer = anna.submit(f"/approvals/{message.id}/approve", form(message, in_spite="other", in_spite_text=" "))
    assert answer.status_code == 422
    assert "Напишите причину своими словами." in answer.text
    assert '<option value="other" selected>' in answer.text


def test_the_reason_is_kept_with_the_version_and_the_log_has_codes(desk, anna, waiting):
    message = waiting(POOR)
    more = {"in_spite": "other", "in_spite_text": "Подрядчика выберут в понедельник"}
    assert anna.submit(f"/approvals/{message.id}/approve", form(message, **more)).status_code == 303
    kept = exceptions()
    assert [(row.criteria, row.reason, row.text) for row in kept] == [
        ("responsible_body,terms", OverrideReason.OTHER, "Подрядчика выберут в понедельник")
    ]
    assert kept[0].decided_by_id == desk.ids["anna"]
    event = db.session.scalars(db.select(Event).where(Event.action == "approve_draft")).one()
    assert event.changes["unmet"] == [None, "responsible_body,terms"]
    assert event.changes["in_spite"] == [None, "other"]
    assert "Подрядчика" not in str(event.changes)
    page = unescape(anna.get(f"/messages/{message.id}").text)
    assert "Согласовано несмотря на: кто отвечает, срок — другая причина (напишите): «Подрядчика выберут" in page


def test_a_correction_is_checked_by_its_own_text(desk, anna, waiting):
    message = waiting(POOR)
    more = {"text": "Здравствуйте, Мария! Лампу заменят быстро.", "screen": "approval", "saved_at": ""}
    answer = anna.submit(f"/approvals/{message.id}/correct", form(message, **more))
    assert answer.status_code == 422
    assert "заменят быстро." in answer.text
    more = {**more, "in_spite": "not_known", "saved_at": answer.text.split('name="saved_at" value="')[1].split('"')[0]}
    assert anna.submit(f"/approvals/{message.id}/correct", form(message, **more)).status_code == 303
    assert [row.reason for row in exceptions()] == [OverrideReason.NOT_KNOWN]


def test_the_executor_is_warned_and_not_held_up(desk, boris):
    message = desk.in_status(Status.IN_WORK)
    more = {"text": POOR, "kind": "final", "confirmed": "1", "screen": "answer", "version": message.version}
    assert boris.submit(f"/messages/{message.id}/answer", more).status_code == 303
    assert desk.again(message).status is Status.ON_APPROVAL


def test_a_clarification_to_a_repeat_needs_no_work_but_gets_advice(desk, anna, waiting):
    text = "Здравствуйте, Мария! Подскажите, пожалуйста, у какого дома не горит лампа?"
    message = waiting(text)
    with transaction():
        message.is_repeat = True
        message.replies[-1].kind = ReplyKind.CLARIFICATION
    page = unescape(anna.get(f"/approvals/{message.id}").text)
    assert "Всё, что требует п. 16, на месте." in page
    assert "Лучше сказать, что уже сделано" in page
    assert "Почему согласуете" not in page
    assert anna.submit(f"/approvals/{message.id}/approve", form(message)).status_code == 303
    assert desk.again(message).status is Status.APPROVED
    assert exceptions() == []

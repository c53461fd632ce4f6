"""A draft goes back with remarks, never without (П.11, П.12); an approval is taken back with a reason."""

from __future__ import annotations

import re
from html import unescape

import pytest

from osm.approvals.views import MISSING, REASONS
from osm.models import DraftState
from osm.regulation.words import ClockKind, Status
from osm.wording.criteria import Key
from tests.office import last_deadline, running


@pytest.fixture
def message(desk):
    return desk.in_status(Status.ON_APPROVAL)


def send(browser, message, **more):
    form = {"version": message.version, "draft_id": message.replies[0].drafts[0].id, **more}
    return browser.submit(f"/approvals/{message.id}/return", form)


@pytest.mark.parametrize(
    ("typed", "remarks"),
    [
        ({"remarks": "Назовите день"}, "Назовите день"),
        ({"reasons": [REASONS[2]]}, REASONS[2]),
        (
            {"reasons": [REASONS[2], REASONS[0]], "remarks": " Назовите день "},
            f"{REASONS[2]}\n{REASONS[0]}\nНазовите день",
        ),
        ({"reasons": ["чужая строка"], "remarks": "Назовите день"}, "Назовите день"),
    ],
)
def test_the_executor_reads_the_ticked_reasons_and_the_words(desk, anna, boris, message, typed, remarks):
    assert send(anna, message, **typed).status_code == 303
    message = desk.again(message)
    assert message.replies[0].drafts[0].remarks == remarks
    assert remarks in unescape(boris.get(f"/messages/{message.id}/answer").text)
    assert remarks.splitlines()[0] in boris.get("/").text or message.number in boris.get("/").text


def test_he_has_an_hour_and_the_curators_half_hour_has_ended(desk, anna, message):
    send(anna, message, remarks="Назовите день")
    message = desk.again(message)
    assert running(message)["rework"] == "25.11 12:00"
    assert last_deadline(message, ClockKind.APPROVE).ended_at is not None


@pytest.mark.words
@pytest.mark.parametrize("typed", [{}, {"remarks": "  "}, {"reasons": ["чужая строка"]}])
def test_without_remarks_nothing_goes_back(desk, anna, message, typed):
    answer = send(anna, message, **typed)
    assert answer.status_code == 422
    assert "Напишите замечание: что исправить." in answer.text
    assert '<details class="step" id="return" name="decision" open>' in answer.text
    assert desk.again(message).status is Status.ON_APPROVAL


def test_ticks_survive_a_refusal(desk, anna, message):
    answer = send(anna, message, version=message.version - 1, reasons=[REASONS[1]], remarks="Ещё срок")
    assert answer.status_code == 409
    page = unescape(answer.text)
    assert f'value="{REASONS[1]}" checked' in page
    assert page.count(" checked") == 1
    assert ">\nЕщё срок</textarea>" in page


def test_an_approval_is_taken_back_with_a_reason_that_the_executor_reads(desk, anna, boris):
    message = desk.in_status(Status.APPROVED)
    form = {"version": message.version, "reason": "Перепутана улица"}
    assert anna.submit(f"/approvals/{message.id}/revoke", form).status_code == 303
    message = desk.again(message)
    assert message.replies[0].approved_draft_id is None
    assert message.replies[0].drafts[0].state is DraftState.REVOKED
    page = boris.get(f"/messages/{message.id}/answer").text
    assert "Согласование отозвано" in page
    assert "Перепутана улица" in page


def test_an_approval_is_not_taken_back_without_a_reason(desk, anna):
    message = desk.in_status(Status.APPROVED)
    answer = anna.submit(f"/approvals/{message.id}/revoke", {"version": message.version, "reason": " "})
    assert answer.status_code == 422
    form = answer.text.partition('<details class="confirm" open>')[2]
    assert "исполнитель увидит это как замечание" in form, "what was refused is not folded away"
    assert desk.again(message).status is Status.APPROVED


def test_what_was_published_is_not_taken_back(desk, anna):
    message = desk.in_status(Status.ANSWERED)
    answer = anna.submit(f"/approvals/{message.id}/revoke", {"version": message.version, "reason": "Ошибка"})
    assert answer.status_code == 409
    assert "сообщение сейчас в статусе «Ответ дан»" in unescape(answer.text)


# --- What the check found missing is ticked


def ticked_on(page: str) -> list[str]:
    return re.findall(r'name="reasons" id="reasons-\d+" value="([^"]+)" checked', unescape(page))


def test_the_remarks_come_ticked_from_what_the_check_found_missing(desk, anna):
    message = desk.in_status(Status.IN_WORK)
    desk.submitted(message, "25.11 10:20", "Исх. № 15\nЗаткнитесь уже, дебилы.")
    page = anna.get(f"/approvals/{message.id}").text
    missing = (Key.MEASURES, Key.TERMS, Key.RESPONSIBLE_BODY, Key.GREETING, Key.POLITE, Key.FORMAT)
    assert ticked_on(page) == [MISSING[key] for key in missing]
    complete = desk.in_status(Status.IN_WORK)
    desk.submitted(complete, "25.11 10:20", "Здравствуйте! МКУ «Дорожник» засыплет яму до 27 ноября.")
    assert ticked_on(anna.get(f"/approvals/{complete.id}").text) == []


def test_what_the_curator_ticked_stays_when_the_form_comes_back(desk, anna):
    message = desk.in_status(Status.IN_WORK)
    desk.submitted(message, "25.11 10:20", "Вопрос на контроле.")
    message = desk.again(message)
    answer = send(anna, message, version=message.version - 1, reasons=[REASONS[7]])
    assert answer.status_code == 409
    assert ticked_on(answer.text) == [REASONS[7]]


def test_each_criterion_that_can_be_missing_has_its_remark():
    assert set(MISSING) == set(Key)
    assert set(MISSING.values()) <= set(REASONS)

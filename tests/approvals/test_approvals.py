"""The list of what waits for the curator, and the screen of one version (П.11)."""

from __future__ import annotations

import re
from datetime import timedelta
from html import unescape

import pytest

from osm.answers.acts import drafting
from osm.approvals import acts as approval
from osm.approvals import queries
from osm.base.database import db
from osm.base.transaction import transaction
from osm.messages.acts import executors
from osm.models import Deadline
from osm.regulation.words import ClockKind, Status
from tests.answers.conftest import photo
from tests.desk import NOW
from tests.office import at
from tests.page_reading import words
from tests.statements import counted


def rework(desk, message, text="Здравствуйте! Яму засыпали 24 ноября."):
    """The version was returned and comes again with another text."""
    draft, version = message.replies[-1].drafts[-1], message.version
    approval.return_draft(
        message.id, version, draft_id=draft.id, remarks="Назовите срок", actor=desk.anna, now=at("25.11 10:35")
    )
    return desk.submitted(message, "25.11 10:45", text)


def test_an_empty_list_says_what_comes_next(anna, desk):
    page = anna.get("/approvals").text
    assert "Ничего не ждёт согласования" in page
    assert "Когда исполнитель пришлёт проект" in page


def test_waiting_versions_are_ordered_by_term_with_what_matters(desk, anna):
    later = desk.in_status(Status.ON_APPROVAL, text="Вторая яма")
    rework(desk, later)
    first = desk.in_status(Status.ON_APPROVAL, text="Первая яма")
    desk.in_status(Status.IN_WORK, text="Её ещё пишут")
    page = anna.get("/approvals").text
    assert page.index(f"№ {first.number}") < page.index(f"№ {later.number}")
    assert "Её ещё пишут" not in page
    assert "Борис Ежов (ЖКХ)" in page
    assert "окончательный ответ, версия 2" in page
    assert "просрочено 10 мин" in page
    assert "осталось 15 мин" in page
    assert "Согласовать или вернуть, п. 11" in page


def test_of_two_clocks_that_are_due_at_once_the_first_is_shown(desk):
    message = desk.in_status(Status.APPROVED)
    with transaction() as session:
        answer = session.scalars(db.select(Deadline).filter_by(message_id=message.id, kind=ClockKind.ANSWER)).one()
        both = {"clause": "П.13", "unit": "", "started_at": NOW, "due_at": answer.due_at}
        session.add(Deadline(message_id=message.id, kind=ClockKind.FINAL, **both))
    assert [row.clock.kind for row in queries.approved_unpublished()] == [ClockKind.ANSWER]


def test_its_tab_counts_them(desk, anna):
    for _ in range(2):
        desk.in_status(Status.ON_APPROVAL)
    assert 'id="badge-approvals" class="count">2' in anna.get("/journal").text


def test_approved_and_unpublished_versions_are_listed_below(desk, anna):
    message = desk.in_status(Status.APPROVED, text="Опубликовать бы")
    page = anna.get("/approvals").text
    below = page.split("Согласовано, не опубликовано")[1]
    assert "Опубликовать бы" in below
    assert f'href="/messages/{message.id}/publish"' in below
    assert "согласовано сегодня в 10:30" in words(below)


def test_the_list_takes_as_many_statements_for_ten_as_for_one(app, desk, anna):
    desk.in_status(Status.ON_APPROVAL)
    anna.get("/approvals")
    with counted(app) as for_one:
        anna.get("/approvals")
    for _ in range(9):
        desk.in_status(Status.ON_APPROVAL)
    with counted(app) as for_ten:
        anna.get("/approvals")
    assert len(for_ten) == len(for_one)


def test_the_screen_has_the_message_the_version_and_its_author(desk, anna):
    message = desk.in_status(Status.ON_APPROVAL, text="Яма <script>alert(1)</script>")
    page = anna.get(f"/approvals/{message.id}").text
    assert "Яма &lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "Окончательный ответ, версия 1" in page
    assert "Борис Ежов" in page
    assert "Здравствуйте! Яму засыпали." in page
    assert "изменено с версии" not in page
    assert "Согласовать версию 1" in page


def test_the_difference_to_the_last_version_is_marked_without_colours_too(desk, anna):
    message = desk.in_status(Status.ON_APPROVAL)
    rework(desk, message)
    page = anna.get(f"/approvals/{message.id}").text
    assert "изменено с версии 1" in page
    assert "Замечания к версии 1: Назовите срок" in page
    assert (
        '<ins><span class="visually-hidden">[добавлено: </span> 24 ноября<span class="visually-hidden">]</span></ins>'
        in page
    )
    assert "подчёркнуто" in page
    assert "Здравствуйте! Яму засыпали 24 ноября.</div></details>" in page


def test_a_version_that_was_taken_back_is_passed_over(desk, anna):
    message = desk.in_status(Status.ON_APPROVAL)
    rework(desk, message, "Здравствуйте! Ошибка.")
    drafting.withdraw_draft(message.id, message.version, actor=desk.boris, now=at("25.11 10:46"))
    desk.submitted(message, "25.11 10:47", "Здравствуйте! Яму засыпали.")
    page = anna.get(f"/approvals/{message.id}").text
    assert "версия 3" in page
    assert "Текст тот же, что в версии 1." in page


def test_markup_in_a_draft_is_text_in_the_difference_too(desk, anna):
    message = desk.in_status(Status.ON_APPROVAL)
    rework(desk, message, "<img src=x onerror=alert(1)> {{ 7 * 7 }}")
    page = anna.get(f"/approvals/{message.id}").text
    assert "<img src=x" not in page
    assert "&lt;img src=x onerror=alert(1)&gt; {{ 7 * 7 }}" in page


def test_photos_of_the_reply_are_there(desk, anna, boris):
    message = desk.in_status(Status.IN_WORK)
    boris.htmx(f"/messages/{message.id}/answer/photos", {"files": photo()}, content_type="multipart/form-data")
    message = desk.again(message)
    desk.submitted(message, "25.11 10:50")
    assert "яма.jpg" in anna.get(f"/approvals/{message.id}").text


@pytest.mark.parametrize(
    ("high", "words"),
    [
        # Answer by 17:58; the version is overdue, so the curator decides at 11:00 at the earliest: 2:00 + 4:10.
        (False, "Запас до срока ответа: 6 ч 10 мин. После возврата на доработку останется 4 ч 40 мин."),
        # Found out at 10:05, answer by 13:53.
        (True, "Запас до срока ответа: 2 ч 5 мин. После возврата на доработку останется 35 мин."),
    ],
)
def test_the_reserve_before_the_term_of_the_answer(desk, anna, high, words):
    """Reading 7: what remains if everybody uses the whole term."""
    message = desk.in_status(Status.ON_APPROVAL, high=high)
    assert words in unescape(anna.get(f"/approvals/{message.id}").text)


def test_when_the_reserve_is_gone_it_is_said(desk, anna, clock):
    message = desk.in_status(Status.ON_APPROVAL, high=True)
    clock.set(NOW + timedelta(hours=1))
    page = unescape(anna.get(f"/approvals/{message.id}").text)
    assert "После возврата на доработку ответ опоздает." in page
    assert "reserve-gone" in page


@pytest.mark.sqlite
@pytest.mark.parametrize("status", [status for status in Status if status is not Status.ON_APPROVAL])
def test_with_nothing_to_decide_the_screen_says_so(desk, anna, status):
    message = desk.in_status(status)
    answer = anna.get(f"/approvals/{message.id}")
    assert answer.status_code == 200
    assert "/approve" not in answer.text
    assert ("Отозвать согласование" in answer.text) is (status is Status.APPROVED)


@pytest.mark.words
@pytest.mark.parametrize("login", ["boris", "vera", "gleb", "dina", "efim"])
def test_the_screens_are_the_curators(desk, request, login):
    message = desk.in_status(Status.ON_APPROVAL)
    for path in ("/approvals", f"/approvals/{message.id}"):
        assert request.getfixturevalue(login).get(path).status_code == 403


def test_an_unknown_message_is_not_found(anna, desk):
    assert anna.get("/approvals/999999").status_code == 404


def test_words_of_a_return_are_kept_when_the_draft_was_taken_back(desk, anna):
    message = desk.in_status(Status.ON_APPROVAL)
    form = {
        "version": message.version,
        "draft_id": message.replies[0].drafts[0].id,
        "remarks": "Назовите, кто отвечает",
    }
    drafting.withdraw_draft(message.id, message.version, actor=desk.boris, now=at("25.11 10:58"))
    answer = anna.submit(f"/approvals/{message.id}/return", form)
    assert answer.status_code == 409
    assert "проект отозван — версия 1" in answer.text
    assert ">\nНазовите, кто отвечает</textarea>" in answer.text


def test_a_decision_is_bound_to_the_version_that_was_seen(desk, anna):
    """The executor took it back and sent another version: the old page decides nothing and shows the new one."""
    message = desk.in_status(Status.ON_APPROVAL)
    form = {"version": message.version, "draft_id": message.replies[0].drafts[0].id}
    drafting.withdraw_draft(message.id, message.version, actor=desk.boris, now=at("25.11 10:57"))
    desk.submitted(message, "25.11 10:58", "Здравствуйте! Совсем другое.")
    answer = anna.submit(f"/approvals/{message.id}/approve", form)
    assert answer.status_code == 409
    assert "Совсем другое" in answer.text
    # The old draft is not approved even with the new version number of the message.
    message = desk.again(message)
    answer = anna.submit(f"/approvals/{message.id}/approve", {**form, "version": message.version})
    assert answer.status_code == 422
    assert "На согласовании уже другая версия" in answer.text
    assert desk.again(message).status is Status.ON_APPROVAL


def test_after_a_decision_comes_the_version_that_waits_next(desk, anna):
    first, second = (desk.in_status(Status.ON_APPROVAL) for _ in range(2))
    form = {"version": first.version, "draft_id": first.replies[0].drafts[0].id, "in_spite": "not_due"}
    answer = anna.submit(f"/approvals/{first.id}/approve", form)
    assert answer.location == f"/approvals/{second.id}"
    page = anna.get(answer.location).text
    assert f"Дальше: № {second.number}." in page
    assert f'<a href="/messages/{first.id}/publish">Опубликовать</a>' in page
    form = {"version": second.version, "draft_id": second.replies[0].drafts[0].id, "in_spite": "not_due"}
    answer = anna.submit(f"/approvals/{second.id}/approve", form)
    assert answer.location == "/approvals"
    assert "Больше ничего не ждёт решения." in anna.get(answer.location).text


def test_what_was_passed_over_does_not_come_back_before_the_rest(desk, anna):
    passed_over, decided, last = (desk.in_status(Status.ON_APPROVAL) for _ in range(3))
    form = {"version": decided.version, "draft_id": decided.replies[0].drafts[0].id, "in_spite": "not_due"}
    behind = re.search(r'name="behind" value="(\d+)"', anna.get(f"/approvals/{decided.id}").text)[1]
    assert int(behind) == last.id
    answer = anna.submit(f"/approvals/{decided.id}/approve", {**form, "behind": behind})
    assert answer.location == f"/approvals/{last.id}"
    assert 'name="behind"' not in anna.get(answer.location).text  # the last one: then what was passed over comes
    form = {"version": last.version, "draft_id": last.replies[0].drafts[0].id, "in_spite": "not_due"}
    assert anna.submit(f"/approvals/{last.id}/approve", form).location == f"/approvals/{passed_over.id}"


def test_a_message_of_raised_importance_is_marked(desk, anna):
    message = desk.in_status(Status.ON_APPROVAL)
    executors.raise_importance(message.id, message.version, reason="", detected_at=None, actor=desk.anna, now=NOW)
    assert "повышенная важность" in anna.get("/approvals").text
    assert "повышенная важность" in anna.get(f"/approvals/{message.id}").text

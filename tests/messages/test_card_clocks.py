"""The card: what its strip of clocks says of terms, breaches, reserves and the night."""

from __future__ import annotations

import re

import pytest

from osm.messages.acts import routing
from osm.regulation.words import Status
from tests.office import at
from tests.page_reading import card, words


def test_the_strip_says_what_is_done_what_runs_and_why(desk, anna):
    page = words(card(anna, desk.in_status(Status.IN_WORK)))
    assert re.search(r"✓ Направить исполнителю п\. 7 до 11:05 сегодня сделано сегодня в 10:10", page)
    # Selected at 10:10: the answer in seven working hours, the draft three before it.
    assert re.search(
        r"◐ Проект на согласование п\. 10 до 14:58 сегодня осталось 3 ч 10 мин назад от срока ответа", page
    )
    assert re.search(
        r"○ Ответ в соцсети п\. 8 до 17:58 сегодня осталось 6 ч 10 мин 25\.11 10:10 → 13:00 2 ч 50 мин", page
    )


def test_a_missed_term_is_shown_in_words(desk, anna):
    message = desk.incident("25.11 09:00")
    routing.route_message(message.id, 1, executor_id=desk.boris.id, task="", actor=desk.anna, now=at("25.11 10:10"))
    page = card(anna, message)
    assert "сделано сегодня в 10:10, срок нарушен" in words(page)
    assert "term-late" in page


def test_what_fell_due_by_raising_alone_is_no_breach_on_the_screen(desk, anna, clock):
    message = desk.in_status(Status.IN_WORK)
    clock.set(at("25.11 15:00"))
    form = {"version": message.version, "detected_at": "2026-11-25T10:05", "reason": ""}
    assert anna.submit(f"/messages/{message.id}/raise-importance", form).status_code == 303
    page = card(anna, message)
    assert page.split('id="clocks-title"')[1].count("срок прошёл до повышения важности, не нарушение") == 2
    assert "просрочено" not in page


def test_earlier_clocks_of_the_same_kind_are_folded_away(desk, anna):
    message = desk.in_status(Status.REWORK)
    desk.submitted(message, "25.11 10:45", "Новый")
    page = card(anna, message)
    strip, earlier = page.split('id="clocks-title"')[1].split("Прежние сроки: 1")
    assert strip.count("Согласовать или вернуть") == 1
    assert earlier.count("Согласовать или вернуть") == 1


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (Status.IN_WORK, None),
        (Status.ON_APPROVAL, "Запас до срока ответа: 6 ч 10 мин. После возврата на доработку останется 4 ч 40 мин."),
        (Status.REWORK, "Запас до срока ответа: 5 ч 10 мин. После возврата на доработку останется 3 ч 40 мин."),
    ],
)
def test_the_reserve_is_shown_where_a_return_uses_it_up(desk, anna, status, expected):
    page = words(card(anna, desk.in_status(status)))
    assert (expected in page) if expected else ("Запас" not in page)


def test_a_reserve_that_is_gone_is_loud(desk, anna, clock):
    message = desk.in_status(Status.REWORK)
    clock.set(at("25.11 17:40"))
    page = card(anna, message)
    assert "Запаса до срока ответа нет: если все используют свой срок, опоздание 12 мин." in words(page)
    assert "notice-danger" in page


def test_outside_working_time_the_chip_says_when_counting_continues(desk, anna, clock):
    message = desk.in_status(Status.IN_WORK)
    clock.set(at("25.11 13:20"))
    assert "Нерабочее время, отсчёт с 13:48" in card(anna, message)

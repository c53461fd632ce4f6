"""The form of several executors: rows, times, order; adding, removing, arranging."""

from __future__ import annotations

import re

import pytest

from osm.regulation.executors import PartState
from osm.regulation.words import Status
from tests.office import at, running
from tests.page_reading import words as page_words

from .conftest import row_of


def url(message, more: str = "") -> str:
    return f"/messages/{message.id}/executors{more}"


def rows(desk, *people: str, **more: object) -> dict[str, object]:
    """Two or more rows, «boris 1 30»: who, number, minutes."""
    form: dict[str, object] = {"rows": len(people), **more}
    for n, words in enumerate(people, start=1):
        login, number, *minutes = words.split()
        form |= {f"executor_id{n}": desk.ids[login], f"order_no{n}": number, f"minutes{n}": "".join(minutes)}
        form[f"task{n}"] = f"Задание {n}"
    return form


@pytest.mark.parametrize("status", [Status.NEW, Status.SELECTED])
def test_several_are_asked_at_once_each_with_his_own(desk, anna, status):
    message = desk.in_status(status)
    form = rows(desk, "boris 1 45", "roman 2", "lidia 1", version=message.version, topic_id=desk.topics["Ремонт дорог"])
    answer = anna.submit(url(message), form)
    assert (answer.status_code, answer.location) == (303, f"/messages/{message.id}")
    message = desk.again(message)
    assert message.status is Status.IN_WORK
    assert message.topic_id == desk.topics["Ремонт дорог"]
    asked = {row.executor_id: (row.order_no, row.part_minutes, row.task, row.part_state) for row in message.assignments}
    assert asked == {
        desk.ids["boris"]: (1, 45, "Задание 1", PartState.ASKED),
        desk.ids["roman"]: (2, None, "Задание 2", PartState.WAITING),
        desk.ids["lidia"]: (1, None, "Задание 3", PartState.ASKED),
    }
    assert "route" not in running(message)


def test_empty_rows_are_no_executors(desk, anna):
    message = desk.in_status(Status.NEW)
    form = rows(desk, "boris 1", "roman 1", version=message.version) | {"rows": 5, "order_no4": "1"}
    assert anna.submit(url(message), form).status_code == 303
    assert len(desk.again(message).assignments) == 2


@pytest.mark.words
@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"executor_id2": ""}, "Выберите исполнителя"),
        ({"executor_id2": "", "task2": ""}, "хотя бы двух"),
        ({"order_no2": "0"}, "Очередь"),
        ({"order_no1": "первый"}, "Очередь"),
        ({"minutes1": "много"}, "Выберите срок"),
    ],
)
def test_a_refusal_keeps_every_field(desk, anna, change, said):
    message = desk.in_status(Status.NEW)
    form = rows(desk, "boris 1", "roman 2", version=message.version) | change
    answer = anna.submit(url(message), form)
    assert answer.status_code == 422
    assert said in answer.text
    assert "Задание 1" in answer.text
    assert desk.again(message).status is Status.NEW


def test_a_stale_form_says_what_happened_and_keeps_the_text(desk, anna):
    message = desk.in_status(Status.SELECTED)
    answer = anna.submit(url(message), rows(desk, "boris 1", "roman 2", version=message.version - 1))
    assert answer.status_code == 409
    assert "Задание 2" in answer.text
    assert "отобрано" in answer.text


def test_one_more_row_without_scripts_and_with(desk, anna):
    message = desk.in_status(Status.NEW)
    assert "Исполнитель 4" not in anna.get(url(message)).text
    form = rows(desk, "boris 1", "roman 2") | {"rows": 3}
    for answer in (anna.submit(url(message, "/rows"), form), anna.htmx(url(message, "/rows"), form)):
        assert answer.status_code == 200
        assert "Исполнитель 4" in answer.text
        assert "Задание 2" in answer.text
    assert "<html" not in answer.text


def test_high_importance_shows_the_late_end_and_proposes_a_time(desk, anna):
    message = desk.in_status(Status.NEW, high=True)
    # Received 10:05, draft due 11:05; at 11:00 there is no time left. A fresh message has more.
    page = anna.get(url(message)).text
    assert "позже срока проекта" in page
    assert "почти не осталось" in page


def test_the_proposed_time_is_chosen_already(desk, anna, clock):
    message = desk.in_status(Status.NEW, high=True)
    clock.set(message.received_at)
    page = anna.get(url(message)).text
    assert "Обычный срок информации, 2 ч (п. 14), закончится сегодня в 12:05." in page_words(page)
    assert "Это позже срока проекта" in page
    assert "Поэтому предложено по 30 мин каждой очереди." in page
    assert re.search(r'<option value="30" selected>', page)


def test_in_normal_importance_two_hours_fit(desk, anna):
    page = anna.get(url(desk.in_status(Status.NEW))).text
    assert "Проект сводного ответа нужен до" in page_words(page)
    assert "позже срока проекта" not in page


def test_the_times_follow_the_numbers(desk, anna):
    message = desk.in_status(Status.NEW)
    two_after_another = anna.htmx(url(message, "/times"), rows(desk, "boris 1", "roman 2", "lidia 3")).text
    assert "очередь 3" in two_after_another
    assert "позже срока проекта" in two_after_another
    at_once = anna.htmx(url(message, "/times"), rows(desk, "boris 1", "roman 1", "lidia 1")).text
    assert "позже срока проекта" not in at_once


def test_add_arrange_remove(desk, anna, shared):
    message = shared()
    add = {"version": message.version, "executor_id": desk.ids["lidia"], "order_no": "2", "task": "Смета"}
    assert anna.submit(url(message, "/add"), add).status_code == 303
    boris, roman = row_of(desk, message, "boris"), row_of(desk, message, "roman")
    version = desk.again(message).version
    change = {"version": version, f"order_no-{boris.id}": "3", f"order_no-{roman.id}": "1", f"minutes-{roman.id}": "60"}
    assert anna.submit(url(message, "/arrange"), change).status_code == 303
    roman, lidia = row_of(desk, message, "roman"), row_of(desk, message, "lidia")
    assert (roman.part_state, roman.part_minutes, lidia.part_state) == (PartState.ASKED, 60, PartState.WAITING)
    version = desk.again(message).version
    assert anna.submit(url(message, f"/{roman.id}/remove"), {"version": version}).status_code == 303
    assert row_of(desk, message, "lidia").part_state is PartState.ASKED


def test_a_second_executor_is_added_to_the_only_one(desk, anna):
    message = desk.in_status(Status.IN_WORK)
    assert "Добавить исполнителя" in anna.get(f"/messages/{message.id}").text
    add = {"version": message.version, "executor_id": desk.ids["roman"], "order_no": "1", "task": ""}
    assert anna.submit(url(message, "/add"), add).status_code == 303
    states = {row.executor_id: row.part_state for row in desk.again(message).assignments}
    assert states == {desk.ids["boris"]: PartState.ASKED, desk.ids["roman"]: PartState.ASKED}


@pytest.mark.words
@pytest.mark.parametrize(
    ("act", "form", "said"),
    [("/add", {"executor_id": ""}, "Выберите исполнителя"), ("/arrange", {}, "ничего не изменилось")],
)
def test_what_cannot_be_done_is_said(desk, anna, shared, act, form, said):
    message = shared()
    answer = anna.submit(url(message, act), {"version": message.version, **form})
    assert answer.status_code == 422
    assert said in answer.text


def test_the_executor_of_another_message_is_not_removed_here(desk, anna, shared):
    one, other = shared(), shared()
    row = row_of(desk, other, "boris")
    assert anna.submit(url(one, f"/{row.id}/remove"), {"version": desk.again(one).version}).status_code == 422
    assert row_of(desk, other, "boris").ended_at is None


def test_one_more_in_high_importance_is_offered_the_remaining_time(desk, anna, clock, shared):
    message = shared(high=True)
    clock.set(at("25.11 10:15"))
    page = anna.get(url(message)).text
    # The draft is due at 11:05: 50 minutes for one number and the curator.
    assert "по 25 мин" in page
    assert re.search(r'<option value="25" selected>', page)
    assert "Борис Ежов (ЖКХ): срок до" in page_words(page)
    assert "позже срока проекта" in page


def test_in_normal_importance_the_time_is_enough(desk, anna, shared):
    assert "Дайте меньше времени" not in anna.get(url(shared())).text

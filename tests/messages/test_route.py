"""Routing from the card and from the list: preselected by the topic, one after the other, by two people at once."""

from __future__ import annotations

import re
from html import unescape

import pytest

from osm.messages.acts import routing
from osm.people.acts.users import block_user
from osm.regulation.words import Status
from tests.desk import NOW
from tests.office import at
from tests.page_reading import proposed_executor


def chosen(page: str, select_id: str) -> str:
    """The value that is preselected in a list."""
    found = re.search(rf'<select[^>]*id="{select_id}".*?</select>', page, re.DOTALL)
    assert found, page
    selected = re.search(r'<option value="(\d*)" selected', found[0])
    return selected[1] if selected else ""


@pytest.mark.parametrize(("topic", "login"), [("Отопление", "boris"), ("Ремонт дорог", "roman"), (None, None)])
def test_the_department_of_the_topic_is_preselected(desk, anna, topic, login):
    message = desk.in_status(Status.NEW)
    if topic:
        desk.give_topic(message, topic)
    expected = str(desk.ids[login]) if login else ""
    assert chosen(anna.get(f"/messages/{message.id}").text, "route-executor") == expected
    assert proposed_executor(anna.get("/").text, message.id) == expected


def test_only_executors_are_offered_under_their_departments(app, desk, anna):
    block_user(desk.ids["lidia"], 1, now=NOW, actor=None)
    page = anna.get(f"/messages/{desk.in_status(Status.NEW).id}").text
    listed = re.search(r'<select[^>]*id="route-executor".*?</select>', page, re.DOTALL)[0]
    assert re.findall(r'optgroup label="([^"]+)"', listed) == ["Дороги", "ЖКХ"]
    assert [unescape(name) for name in re.findall(r'<option value="\d+">([^<]+)<', listed)] == [
        "Роман Соболев (Дороги)",
        "Борис Ежов (ЖКХ)",
    ]


def test_the_topic_and_the_task_go_with_it(desk, anna):
    message = desk.in_status(Status.NEW)
    form = {
        "executor_id": desk.ids["roman"],
        "topic_id": desk.topics["Ремонт дорог"],
        "task": "Осмотреть",
        "version": 1,
    }
    anna.submit(f"/messages/{message.id}/route", form)
    message = desk.again(message)
    assert message.topic_id == desk.topics["Ремонт дорог"]
    (assignment,) = message.assignments
    assert (assignment.executor_id, assignment.task) == (desk.ids["roman"], "Осмотреть")


def test_after_routing_she_lands_on_the_next_one_that_waits(desk, anna):
    first, second, high = (
        desk.in_status(Status.NEW),
        desk.incident("25.11 10:20"),
        desk.incident("25.11 10:40", high=True),
    )
    answer = anna.submit(f"/messages/{first.id}/route", {"executor_id": desk.ids["boris"], "version": 1})
    assert answer.location == f"/messages/{high.id}"  # though 11:20 comes before its 11:40
    page = anna.get(answer.location).text
    assert f'<a href="/messages/{first.id}">№ {first.number}</a>: Направлено: Борис Ежов (ЖКХ). ' in page
    assert f"Дальше: № {high.number}." in page
    anna.submit(f"/messages/{second.id}/dismiss", {"reason": "Спасибо", "version": 1})
    answer = anna.submit(f"/messages/{high.id}/route", {"executor_id": desk.ids["boris"], "version": 1})
    assert answer.location == "/"
    assert "Больше направлять нечего" in anna.get("/").text


def test_from_the_list_without_scripts_she_comes_back_to_the_list(desk, anna):
    first, second = desk.in_status(Status.NEW), desk.incident("25.11 10:20")
    form = {"executor_id": desk.ids["boris"], "version": 1, "back": "inbox"}
    answer = anna.submit(f"/messages/{first.id}/route", form)
    assert (answer.status_code, answer.location) == (303, f"/#m-{second.id}")
    assert f"Дальше: № {second.number}." in anna.get("/").text


def test_from_the_list_by_htmx_the_row_alone_changes(desk, anna):
    first = desk.in_status(Status.NEW)
    desk.incident("25.11 10:20")
    form = {"executor_id": desk.ids["boris"], "version": 1, "back": "inbox"}
    answer = anna.htmx(f"/messages/{first.id}/route", form)
    assert answer.status_code == 200
    assert "<html" not in answer.text
    assert f'id="m-{first.id}"' in answer.text
    assert "Направлено: Борис Ежов (ЖКХ)." in answer.text
    assert "Дальше" not in answer.text, "the list goes on at the next row, which need not be the first of all"
    assert re.search(r'id="badge-inbox" class="count" hx-swap-oob="true">1<', answer.text)


def test_in_the_list_no_chosen_executor_is_an_error_of_the_row(desk, anna):
    message = desk.in_status(Status.NEW)
    form = {"executor_id": "", "version": 1, "back": "inbox"}
    answer = anna.htmx(f"/messages/{message.id}/route", form)
    assert answer.status_code == 422
    assert answer.headers["HX-Retarget"] == f"#m-{message.id}"
    assert answer.text.count("<li") == 1
    assert "Выберите исполнителя" in answer.text
    assert desk.again(message).status is Status.NEW


def test_in_the_list_a_message_that_another_curator_took_says_so(desk, anna):
    message = desk.in_status(Status.NEW)
    routing.route_message(message.id, 1, executor_id=desk.roman.id, task="", actor=desk.anna, now=at("25.11 10:30"))
    form = {"executor_id": desk.ids["boris"], "version": 1, "back": "inbox"}
    answer = anna.htmx(f"/messages/{message.id}/route", form)
    assert answer.status_code == 409
    assert "направлено — Роман Соболев (Дороги)" in answer.text
    assert f'href="/messages/{message.id}"' in answer.text
    assert [row.executor_id for row in desk.again(message).assignments] == [desk.ids["roman"]]


def test_in_the_list_a_changed_message_can_be_routed_from_its_row(desk, anna):
    message = desk.in_status(Status.NEW)
    routing.select_message(message.id, 1, actor=desk.anna, now=at("25.11 10:30"))
    form = {"executor_id": desk.ids["lidia"], "version": 1, "back": "inbox"}
    answer = anna.htmx(f"/messages/{message.id}/route", form)
    assert answer.status_code == 409
    assert "отобрано" in answer.text
    assert chosen(answer.text, f"executor-{message.id}") == str(desk.ids["lidia"])
    assert 'name="version" value="2"' in answer.text


def test_the_card_of_a_message_that_is_routed_already_keeps_the_task(desk, anna):
    message = desk.in_status(Status.NEW)
    routing.route_message(message.id, 1, executor_id=desk.roman.id, task="", actor=desk.anna, now=at("25.11 10:30"))
    form = {"executor_id": desk.ids["boris"], "task": "Узнать, когда дадут тепло", "version": 1}
    for answer in (
        anna.submit(f"/messages/{message.id}/route", form),
        anna.htmx(f"/messages/{message.id}/route", form),
    ):
        assert answer.status_code == 409
        assert "направлено — Роман Соболев (Дороги)" in answer.text
        assert "Этот шаг теперь не нужен" in answer.text
        assert "Узнать, когда дадут тепло</textarea>" in answer.text


@pytest.mark.parametrize("who", ["anna", "vera", "lidia-blocked", "9999999", "text", ""])
def test_only_an_active_executor_can_be_chosen(app, desk, anna, who):
    message = desk.in_status(Status.NEW)
    if who == "lidia-blocked":
        block_user(desk.ids["lidia"], 1, now=NOW, actor=None)
    executor = desk.ids.get(who.partition("-")[0], who)
    answer = anna.submit(f"/messages/{message.id}/route", {"executor_id": executor, "version": 1, "task": "Задание"})
    assert answer.status_code == 422
    assert "Выберите исполнителя" in answer.text
    assert desk.again(message).status is Status.NEW


def test_rerouting_to_the_same_person_is_refused_in_words(desk, anna):
    message = desk.in_status(Status.IN_WORK)
    answer = anna.submit(
        f"/messages/{message.id}/reroute", {"executor_id": desk.ids["boris"], "version": message.version}
    )
    assert answer.status_code == 422
    assert "уже у этого исполнителя" in answer.text

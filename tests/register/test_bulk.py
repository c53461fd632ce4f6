"""Acts on ticked rows: all of them or none, one log row each, and refused ones are named."""

from __future__ import annotations

import re

import pytest

from osm.base.database import db
from osm.messages.acts import bulk, routing
from osm.models import Event, Evidence, Message
from osm.regulation.words import Status
from tests.cast import browser_of
from tests.office import at

from .reading import listed, ticks


@pytest.fixture
def anna_now(app, desk):
    """The curator at 11:00."""
    return browser_of(app, desk.ids, "anna")


def given(desk, action: str) -> dict[str, str]:
    return {
        "route": {"executor_id": str(desk.ids["boris"]), "task": "Когда починят?"},
        "dismiss": {"reason": "Не о нашем городе"},
        "exclude": {"ground": "ad", "note": "окна"},
    }[action]


def send(browser, action: str, rows, *, query: str = "", **values):
    return browser.submit(f"/messages/bulk/{action}", {"row": list(rows), "query": query, **values})


def state() -> list[tuple[str, str, int]]:
    db.session.rollback()
    return list(db.session.execute(db.select(Message.number, Message.status, Message.version)))


def logged(action: str) -> list[int]:
    db.session.rollback()
    return list(db.session.scalars(db.select(Event.message_id).where(Event.action == action).order_by(Event.id)))


@pytest.mark.parametrize(
    ("action", "event", "status", "said"),
    [
        ("route", "route", Status.IN_WORK, "Направлено: 3 сообщения."),
        ("dismiss", "dismiss", Status.DISMISSED, "Отмечено «реагирование не требуется»: 3 сообщения."),
        ("exclude", "exclude", Status.EXCLUDED, "Исключено (п. 17): 3 сообщения."),
    ],
)
def test_all_ticked_rows_are_done_with_one_reason_each_logged(desk, anna_now, action, event, status, said):
    chosen = [desk.in_status(Status.NEW) for _ in range(3)]
    left = desk.in_status(Status.NEW)
    rows = [f"{message.id}:{message.version}" for message in chosen]
    answer = send(anna_now, action, rows, query="status=new&after=1.2", **given(desk, action))
    assert (answer.status_code, answer.location) == (303, "/messages?status=new&after=1.2")
    assert said in anna_now.get(answer.location).text
    assert {desk.again(message).status for message in chosen} == {status}
    assert desk.again(left).status is Status.NEW
    assert logged(event) == [message.id for message in chosen]


def test_excluding_keeps_what_each_message_said(desk, anna_now):
    chosen = [desk.in_status(Status.NEW, text=f"Окна № {number}") for number in range(2)]
    send(anna_now, "exclude", [f"{m.id}:{m.version}" for m in chosen], **given(desk, "exclude"))
    db.session.rollback()
    assert db.session.scalars(db.select(Evidence.text).order_by(Evidence.id)).all() == ["Окна № 0", "Окна № 1"]


@pytest.mark.parametrize("action", ["route", "dismiss", "exclude"])
def test_a_row_that_another_changed_stops_everything_and_is_named(desk, anna_now, action):
    first, second, third = (desk.in_status(Status.NEW) for _ in range(3))
    rows = ticks(anna_now.get("/messages?status=new").text)
    routing.select_message(second.id, second.version, actor=desk.anna, now=at("25.11 10:55"))
    before, events = state(), logged("enter")
    answer = send(anna_now, action, rows.values(), query="status=open", **given(desk, action))
    assert answer.status_code == 409
    assert "Ничего не сделано" in answer.text
    named = re.findall(r'target="_blank">№ ([^<]+)</a>: ([^<]+)<', answer.text)
    assert named == [(second.number, "изменено, пока список был открыт, сейчас «Отобрано, исполнитель не назначен»")]
    assert (state(), logged("enter")) == (before, events)
    assert not logged(action)
    # The ticks stay, with the new versions, and so does the typed text.
    assert len(re.findall(r'name="row" value="\d+:\d+"[^>]*\s[^>]*checked', answer.text)) == 3
    assert ticks(answer.text)[second.number].endswith(f":{desk.again(second).version}")
    for value in given(desk, action).values():
        assert value in answer.text
    assert first.number in answer.text
    assert third.number in answer.text


def test_typed_text_stays_when_the_list_has_become_empty(desk, anna_now):
    message = desk.in_status(Status.NEW)
    rows = ticks(anna_now.get("/messages?status=new").text)
    routing.select_message(message.id, message.version, actor=desk.anna, now=at("25.11 10:55"))
    answer = send(anna_now, "dismiss", rows.values(), query="status=new", reason="Писали по ошибке")
    assert answer.status_code == 409
    assert "сообщений больше нет" in answer.text
    assert "Писали по ошибке" in answer.text


def test_every_row_that_cannot_be_done_is_named_at_once(desk, anna_now):
    fine = desk.in_status(Status.NEW)
    finished = [desk.in_status(status) for status in (Status.ANSWERED, Status.WITHDRAWN)]
    rows = [f"{m.id}:{m.version}" for m in (*finished, fine)]
    answer = send(anna_now, "dismiss", rows, reason="Не о нас")
    assert answer.status_code == 409
    assert re.findall(r'target="_blank">№ ([^<]+)</a>: ([^<]+)<', answer.text) == [
        (finished[0].number, "сейчас «Ответ дан», так сделать нельзя"),
        (finished[1].number, "сейчас «Удалено автором», так сделать нельзя"),
    ]
    assert desk.again(fine).status is Status.NEW


@pytest.mark.words
@pytest.mark.parametrize(
    ("action", "field", "said"),
    [
        ("route", "executor_id", "исполнител"),
        ("dismiss", "reason", "Напишите, почему"),
        ("exclude", "ground", "Выберите основание"),
    ],
)
def test_what_is_missing_is_shown_next_to_its_field(desk, anna_now, action, field, said):
    message = desk.in_status(Status.NEW)
    values = {**given(desk, action), field: ""}
    answer = send(anna_now, action, [f"{message.id}:{message.version}"], **values)
    assert answer.status_code == 422
    error = re.search(rf'id="bulk-{action}-{field}-error">(.*?)</p>', answer.text, re.DOTALL)
    assert said in error[1]
    assert desk.again(message).status is Status.NEW


def test_nothing_ticked_and_too_much_ticked_are_refused_in_words(desk, anna_now, monkeypatch):
    messages = [desk.in_status(Status.NEW) for _ in range(3)]
    monkeypatch.setattr(bulk, "MOST", 2)
    assert "Отметьте хотя бы одно сообщение" in send(anna_now, "dismiss", [], reason="Нет").text
    answer = send(anna_now, "dismiss", [f"{m.id}:{m.version}" for m in messages], reason="Нет")
    assert answer.status_code == 422
    assert "Отмечено 3 сообщений, за один раз можно не больше 2" in answer.text
    assert logged("dismiss") == []


@pytest.mark.words
@pytest.mark.parametrize("rows", [["x"], ["1"], ["1:"], ["9999999999:1"], ["-1:1"], ["1:1:1"]])
def test_rows_that_no_form_sends_are_nothing_ticked(desk, anna_now, rows):
    desk.in_status(Status.NEW)
    assert send(anna_now, "dismiss", rows, reason="Нет").status_code == 422


def test_one_message_ticked_twice_is_done_once(desk, anna_now):
    message = desk.in_status(Status.NEW)
    row = f"{message.id}:{message.version}"
    assert send(anna_now, "dismiss", [row, row], reason="Нет").status_code == 303
    assert logged("dismiss") == [message.id]


def test_a_message_that_is_not_there_stops_everything(desk, anna_now):
    message = desk.in_status(Status.NEW)
    answer = send(anna_now, "dismiss", [f"{message.id}:{message.version}", "999999:1"], reason="Нет")
    assert answer.status_code == 409
    assert desk.again(message).status is Status.NEW


def test_a_moderator_may_exclude_and_nothing_else(app, desk):
    message = desk.in_status(Status.NEW)
    vera = browser_of(app, desk.ids, "vera")
    page = vera.get("/messages").text
    assert "Исключить отмеченные" in page
    assert "Направить отмеченные" not in page
    rows = [f"{message.id}:{message.version}"]
    assert send(vera, "dismiss", rows, reason="Нет").status_code == 403
    assert send(vera, "exclude", rows, ground="spam").status_code == 303
    assert listed(vera, "status=excluded") == [message.number]


def test_a_head_ticks_nothing(app, desk):
    desk.in_status(Status.NEW)
    page = browser_of(app, desk.ids, "gleb").get("/messages").text
    assert 'name="row"' not in page

"""«Отменить» for ten seconds after routing: in the row and on the next page; later it is refused in words."""

from __future__ import annotations

from datetime import timedelta

import pytest

from osm.messages.acts import bulk, closing, executors, routing
from osm.models import LinkState, Message
from osm.regulation.errors import StaleVersion, TransitionNotAllowed
from osm.regulation.words import Status
from tests.desk import NOW
from tests.office import running
from tests.page_reading import words

from .test_linked import link, same_author

SECONDS = timedelta(seconds=10)


def route(browser, desk, message: Message, **more: object):
    form = {"version": message.version, "executor_id": desk.ids["boris"], "back": "inbox", **more}
    return browser.htmx(f"/messages/{message.id}/route", form)


def undo(send, message: Message, version: int, back: str = "inbox"):
    """By `submit` or `htmx` of a browser."""
    return send("/inbox/slips/undo", {"row": f"{message.id}:{version}", "back": back})


def test_the_row_comes_back_and_the_curators_hour_continues(desk, anna, clock):
    message = desk.in_status(Status.NEW)
    done = route(anna, desk, message).text
    assert "data-done" in done
    assert f'name="row" value="{message.id}:2"' in done
    clock.set(NOW + SECONDS)
    row = undo(anna.htmx, message, 2)
    assert row.status_code == 200
    assert "data-route" in row.text
    message = desk.again(message)
    assert (message.status, message.version) == (Status.SELECTED, 3)
    assert not [one for one in message.assignments if one.ended_at is None]
    assert running(message)["route"] == "25.11 11:05", "as before the routing"
    assert running(message)["answer"], "the selection stays, and with it the term of П.8"
    assert "направление отменено — Борис Ежов (ЖКХ)" in words(anna.get(f"/messages/{message.id}").text)
    assert route(anna, desk, message, executor_id=desk.ids["roman"]).status_code == 200
    assert "route" not in running(desk.again(message))


def after_eleven_seconds(desk, message, clock):
    clock.set(NOW + SECONDS + timedelta(seconds=1))


def opened(desk, message, clock):
    routing.mark_opened(message.id, actor=desk.boris, now=NOW)


def worked_upon(desk, message, clock):
    executors.raise_importance(message.id, 2, detected_at=None, reason="", actor=desk.anna, now=NOW)


@pytest.mark.parametrize("happens", [after_eleven_seconds, opened, worked_upon])
def test_too_late_is_said_and_changes_nothing(desk, anna, clock, happens):
    message = desk.in_status(Status.NEW)
    route(anna, desk, message)
    happens(desk, message, clock)
    version = desk.again(message).version
    answer = undo(anna.htmx, message, 2)
    assert answer.status_code == 409
    assert "Ничего не изменено." in words(answer.text)
    assert f'id="m-{message.id}"' in answer.text
    assert 'role="alert"' in answer.text
    message = desk.again(message)
    assert (message.status, message.version) == (Status.IN_WORK, version)
    assert len(message.assignments) == 1


def test_the_person_who_routed_it_takes_it_back(desk):
    message = desk.in_status(Status.NEW)
    routing.route_message(message.id, 1, executor_id=desk.boris.id, task="", actor=desk.anna, now=NOW)
    with pytest.raises(TransitionNotAllowed):
        bulk.take_routing_back(message.id, 2, actor=desk.vera, now=NOW)
    with pytest.raises(StaleVersion):
        bulk.take_routing_back(message.id, 1, actor=desk.anna, now=NOW)
    bulk.take_routing_back(message.id, 2, actor=desk.anna, now=NOW)
    with pytest.raises(TransitionNotAllowed):
        bulk.take_routing_back(message.id, 3, actor=desk.anna, now=NOW)


def test_the_next_page_offers_it_for_ten_seconds(desk, anna, clock):
    """As after sending the form of a card, or without scripts."""
    first, second = desk.in_status(Status.NEW), desk.incident("25.11 10:20")
    anna.submit(f"/messages/{first.id}/route", {"executor_id": desk.ids["boris"], "version": 1})
    page = anna.get(f"/messages/{second.id}").text
    assert f"Направление ещё можно отменить: № {first.number}, Борис Ежов" in words(page)
    answer = undo(anna.submit, first, 2, back="")
    assert answer.location == f"/messages/{first.id}"
    assert "Отменено, снова ждёт исполнителя" in anna.get(answer.location).text
    assert desk.again(first).status is Status.SELECTED
    assert "data-undo" not in anna.get("/").text
    anna.submit(f"/messages/{second.id}/route", {"executor_id": desk.ids["boris"], "version": 1})
    clock.set(NOW + SECONDS)
    assert "data-undo" not in anna.get("/").text


def test_what_was_decided_with_the_routing_goes_too(desk, anna):
    earlier = desk.in_status(Status.ANSWERED, text="Яма на Лазо, 7, пробил колесо")
    later = desk.in_status(Status.NEW, text="Яму на Лазо, 7 так и не засыпали")
    same_author(earlier, later)
    topic, pair = desk.topics["Отопление"], f"{earlier.id}:{link().version}"
    route(anna, desk, later, suggested_topic_id=topic, repeat=pair)
    later = desk.again(later)
    assert (later.topic_id, later.is_repeat, link().state) == (topic, True, LinkState.CONFIRMED)
    undo(anna.htmx, later, 2)
    later = desk.again(later)
    assert (later.topic_id, later.is_repeat, link().state) == (None, False, LinkState.PROPOSED)
    assert "отметка о связи снята вместе с направлением" in words(anna.get(f"/messages/{earlier.id}").text)


def test_a_bulk_routing_is_undone_together_except_for_opened_messages(desk, anna, clock):
    messages = [desk.incident(f"25.11 10:{minute}") for minute in (10, 20, 30)]
    rows = [f"{message.id}:1" for message in messages]
    anna.submit("/messages/bulk/route", {"row": rows, "executor_id": desk.ids["boris"]})
    assert "Направление ещё можно отменить: 3 сообщения" in words(anna.get("/messages").text)
    routing.mark_opened(messages[0].id, actor=desk.boris, now=NOW)
    anna.submit("/inbox/slips/undo", {"row": [f"{message.id}:2" for message in messages]})
    said = words(anna.get("/").text)
    assert "снова ждёт исполнителя: 2 сообщения" in said
    assert f"№ {messages[0].number}: Действие «Отменить направление» сейчас невозможно" in said
    assert [desk.again(one).status for one in messages] == [Status.IN_WORK, Status.SELECTED, Status.SELECTED]


def test_a_form_without_rows_is_foreign(anna):
    assert anna.submit("/inbox/slips/undo", {}).status_code == 400


CLOSINGS = [
    ("dismiss", {"reason": "Реклама"}, Status.DISMISSED),
    ("exclude", {"ground": "spam", "note": ""}, Status.EXCLUDED),
]


@pytest.mark.parametrize(("step", "given", "status"), CLOSINGS)
def test_a_closing_is_taken_back_in_its_row(desk, anna, clock, step, given, status):
    message = desk.in_status(Status.NEW)
    before = running(message)
    done = anna.htmx(f"/messages/{message.id}/{step}", {"version": 1, "back": "inbox", **given}).text
    assert f'name="row" value="{message.id}:2"' in done
    assert desk.again(message).status is status
    row = undo(anna.htmx, message, 2)
    assert (row.status_code, "data-route" in row.text) == (200, True)
    message = desk.again(message)
    assert (message.status, message.version, running(message)) == (Status.NEW, 3, before)


@pytest.mark.parametrize(("step", "given", "status"), CLOSINGS)
def test_the_next_page_offers_to_take_a_closing_back_for_ten_seconds(desk, anna, clock, step, given, status):
    first, second = desk.in_status(Status.NEW), desk.incident("25.11 10:20")
    anna.submit(f"/messages/{first.id}/{step}", {"version": 1, **given})
    page = anna.get(f"/messages/{second.id}").text
    assert f"Решение ещё можно отменить: № {first.number}" in words(page)
    clock.set(NOW + SECONDS + timedelta(seconds=1))
    assert "data-undo" not in anna.get("/").text
    answer = undo(anna.htmx, first, 2)
    assert (answer.status_code, "Вернуть в работу" in words(answer.text)) == (409, True)
    assert desk.again(first).status is status


def test_what_is_worked_on_or_of_another_is_no_slip(desk, anna):
    worked = desk.in_status(Status.IN_WORK)
    anna.submit(f"/messages/{worked.id}/dismiss", {"version": worked.version, "reason": "Решено"})
    assert "data-undo" not in anna.get("/").text
    new = desk.in_status(Status.NEW)
    closing.dismiss_message(new.id, 1, reason="Реклама", actor=desk.anna, now=NOW)
    with pytest.raises(TransitionNotAllowed):
        bulk.take_closing_back(new.id, 2, actor=desk.vera, now=NOW)
    with pytest.raises(StaleVersion):
        bulk.take_closing_back(new.id, 1, actor=desk.anna, now=NOW)


def test_a_moderator_takes_his_own_exclusion_back(desk, vera):
    message = desk.in_status(Status.NEW)
    vera.submit(f"/messages/{message.id}/exclude", {"version": 1, "ground": "spam", "note": ""})
    undo(vera.submit, message, 2, back="")
    assert desk.again(message).status is Status.NEW


def test_several_closed_at_once_are_taken_back_at_once(desk, anna):
    messages = [desk.incident(f"25.11 10:{minute}") for minute in (10, 20)]
    anna.submit("/messages/bulk/dismiss", {"row": [f"{one.id}:1" for one in messages], "reason": "Реклама"})
    assert "Решение ещё можно отменить: 2 сообщения" in words(anna.get("/messages").text)
    anna.submit("/inbox/slips/undo", {"row": [f"{one.id}:2" for one in messages]})
    assert [desk.again(one).status for one in messages] == [Status.NEW] * 2

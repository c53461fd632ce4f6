"""«Не моё»: the executor names the right person, no clock moves, the curator passes it on with one press."""

from __future__ import annotations

from datetime import timedelta

import pytest

from osm.base.database import db
from osm.base.errors import NotYours
from osm.messages.acts import routing
from osm.messages.acts.executors import PartOrder
from osm.models import Deadline, Department, Note
from osm.regulation.words import Status
from osm.talk import acts
from tests.cast import browser_of
from tests.desk import NOW
from tests.page_reading import badge, page_of, rows, sections, words

WHY = "Это дорога округа, не двор"


def note() -> Note:
    db.session.rollback()
    return db.session.scalars(db.select(Note)).one()


def roads() -> Department:
    return db.session.scalars(db.select(Department).where(Department.short_name == "Дороги")).one()


def clocks(message) -> list[tuple]:
    db.session.rollback()
    found = db.session.scalars(db.select(Deadline).where(Deadline.message_id == message.id).order_by(Deadline.id))
    return [(one.kind, one.state, one.due_at, one.ended_at) for one in found]


def declined(desk, message, *, to_roads: bool = True):
    given = {"reason": WHY, "department_id": roads().id if to_roads else None}
    return acts.decline(message.id, message.version, **given, actor=desk.boris, now=NOW)


def holders(desk, message) -> list[int]:
    return [row.executor_id for row in desk.again(message).assignments if row.ended_at is None]


def test_it_is_said_on_the_executors_page_and_no_clock_moves(desk, boris, anna):
    message = desk.in_status(Status.IN_WORK)
    before = clocks(message)
    form = {
        "version": message.version,
        "reason": WHY,
        "department_id": roads().id,
        "back": f"/messages/{message.id}/answer",
    }
    answer = boris.submit(f"/messages/{message.id}/talk/decline", form)
    assert (answer.status_code, answer.location) == (303, f"/messages/{message.id}/answer#talk")
    assert clocks(message) == before
    assert (desk.again(message).status, holders(desk, message)) == (Status.IN_WORK, [desk.ids["boris"]])
    page = words(boris.get(f"/messages/{message.id}/answer").text)
    assert (
        "Пока куратор не передал сообщение, оно у вас. Срок идёт дальше: проект на согласование до 14:58 сегодня."
        in page
    )
    page = anna.get("/").text
    assert ("notes", 1) in sections(page)
    assert badge(page) == 1
    row = rows(page)[f"note-{note().id}"]
    assert WHY in row
    assert "предлагает: Дороги" in row
    assert "Передать: Роман Соболев (Дороги)" in row
    event = next(one for one in desk.log(desk.again(message)) if one.action == "decline")
    assert (event.action, event.clause, event.note) == ("decline", "П.18", None)


def test_one_press_gives_it_to_the_proposed_department(app, desk, anna):
    message = desk.in_status(Status.IN_WORK)
    before = clocks(message)
    found = declined(desk, message)
    version = desk.again(message).version
    form = {"version": version, "executor_id": desk.ids["roman"], "back": "/"}
    answer = anna.submit(f"/messages/{message.id}/notes/{found.id}/reroute", form)
    assert (answer.status_code, answer.location) == (303, "/")
    assert holders(desk, message) == [desk.ids["roman"]]
    assert clocks(message) == before
    assert "kind=notes" not in anna.get("/").text
    assert [row.task for row in desk.again(message).assignments] == ["Узнать сроки"] * 2


def test_where_no_department_is_proposed_the_curator_chooses(desk, anna):
    message = desk.in_status(Status.IN_WORK)
    declined(desk, message, to_roads=False)
    row = rows(anna.get("/").text)[f"note-{note().id}"]
    assert "Кому передать…" in row


def test_rerouted_on_the_card_it_waits_no_longer(desk, anna):
    message = desk.in_status(Status.IN_WORK)
    declined(desk, message)
    message = desk.again(message)
    routing.reroute_message(
        message.id, message.version, executor_id=desk.ids["roman"], task="", actor=desk.anna, now=NOW
    )
    assert "kind=notes" not in anna.get("/").text


def test_the_curator_leaves_it_and_the_executor_is_informed(desk, anna, boris):
    message = desk.in_status(Status.IN_WORK)
    declined(desk, message)
    anna.submit(f"/messages/{message.id}/notes/{note().id}/read", {"back": "/"})
    assert "kind=notes" not in anna.get("/").text
    assert "Куратор оставил сообщение у вас (Анна Ларина, сегодня в 11:00)" in words(
        boris.get(f"/messages/{message.id}/answer").text
    )
    assert "decline_kept" in [event.action for event in desk.log(desk.again(message))]


def test_it_needs_a_reason_and_keeps_what_was_chosen(desk, boris):
    message = desk.in_status(Status.IN_WORK)
    chosen = roads().id
    form = {"version": message.version, "reason": " ", "department_id": chosen}
    answer = boris.submit(f"/messages/{message.id}/talk/decline", form)
    assert answer.status_code == 422
    assert "Напишите, почему это не ваше" in answer.text
    assert f'<option value="{chosen}" selected' in answer.text


def test_a_stale_form_changes_nothing(desk, boris):
    message = desk.in_status(Status.IN_WORK)
    form = {"version": message.version - 1, "reason": WHY, "department_id": ""}
    answer = boris.submit(f"/messages/{message.id}/talk/decline", form)
    assert answer.status_code == 409
    assert WHY in answer.text
    assert db.session.scalars(db.select(Note)).all() == []


def test_it_is_said_once_until_the_curator_decides(desk, boris):
    message = desk.in_status(Status.IN_WORK)
    declined(desk, message)
    version = desk.again(message).version
    answer = boris.submit(
        f"/messages/{message.id}/talk/decline", {"version": version, "reason": "И ещё", "department_id": ""}
    )
    assert answer.status_code == 422
    assert "куратор ещё не решил" in answer.text
    assert note().text == WHY


@pytest.mark.words
@pytest.mark.parametrize("login", ["anna", "vera", "gleb"])
def test_only_an_executor_declines(desk, request, login):
    message = desk.in_status(Status.IN_WORK)
    form = {"version": message.version, "reason": WHY, "department_id": ""}
    assert request.getfixturevalue(login).submit(f"/messages/{message.id}/talk/decline", form).status_code == 403


def test_a_colleague_cannot_decline_for_him(app, desk):
    message = desk.in_status(Status.IN_WORK)
    with pytest.raises(NotYours):
        acts.decline(message.id, message.version, reason=WHY, department_id=None, actor=desk.lidia, now=NOW)


def test_of_several_executors_his_part_alone_goes_over(app, desk, anna):
    message = desk.incident("25.11 10:05")
    orders = [PartOrder(desk.ids["boris"], 1, "Фонарь"), PartOrder(desk.ids["lidia"], 2, "Двор")]
    routing.route_to_several(message.id, message.version, orders=orders, actor=desk.anna, now=NOW)
    found = declined(desk, desk.again(message))
    form = {"version": desk.again(message).version, "executor_id": desk.ids["roman"], "back": "/"}
    assert anna.submit(f"/messages/{message.id}/notes/{found.id}/reroute", form).status_code == 303
    active = [row for row in desk.again(message).assignments if row.ended_at is None]
    assert {(row.executor_id, row.order_no, row.task) for row in active} == {
        (desk.ids["roman"], 1, "Фонарь"),
        (desk.ids["lidia"], 2, "Двор"),
    }
    assert "kind=notes" not in page_of(app, desk, "anna")


def test_the_executor_may_decline_again_when_it_comes_back(desk):
    message = desk.in_status(Status.IN_WORK)
    declined(desk, message)
    for minutes, login in ((1, "roman"), (2, "boris")):
        message, now = desk.again(message), NOW + timedelta(minutes=minutes)
        routing.reroute_message(
            message.id, message.version, executor_id=desk.ids[login], task="", actor=desk.anna, now=now
        )
    message, now = desk.again(message), NOW + timedelta(minutes=5)
    acts.decline(message.id, message.version, reason="Снова не моё", department_id=None, actor=desk.boris, now=now)
    assert len(db.session.scalars(db.select(Note)).all()) == 2


def test_the_curators_old_browser_shows_what_happened(app, desk):
    message = desk.in_status(Status.IN_WORK)
    seen = message.version
    found = declined(desk, message)
    form = {"version": seen, "executor_id": desk.ids["roman"], "back": "/"}
    answer = browser_of(app, desk.ids, "anna").submit(f"/messages/{message.id}/notes/{found.id}/reroute", form)
    assert answer.status_code == 409
    assert "исполнитель ответил «Не моё»" in words(answer.text)
    assert holders(desk, message) == [desk.ids["boris"]]

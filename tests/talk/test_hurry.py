"""«Поторопить»: a line on the executor's page, logged, shown next to the button, not twice in half an hour."""

from __future__ import annotations

from datetime import timedelta

import pytest

from osm.answers.acts import drafting
from osm.approvals import acts as approval
from osm.base.database import db
from osm.groups.acts import members
from osm.messages.acts import routing
from osm.messages.acts.executors import PartOrder
from osm.models import Note, NoteKind
from osm.regulation.errors import MissingInput
from osm.regulation.words import Status
from osm.talk import acts
from osm.talk.acts import HurriedAlready
from tests.cast import browser_of
from tests.desk import NOW
from tests.office import at
from tests.page_reading import rows, words

LATE = at("25.11 15:00")


def hurried() -> list[Note]:
    db.session.rollback()
    return list(db.session.scalars(db.select(Note).where(Note.kind == NoteKind.HURRY).order_by(Note.id)))


@pytest.fixture
def late(desk, clock):
    """Boris' draft was due at 14:58."""
    message = desk.in_status(Status.IN_WORK)
    clock.set(LATE)
    return message


def test_one_press_in_the_list_informs_the_executor(app, desk, late):
    anna = browser_of(app, desk.ids, "anna")
    answer = anna.submit(f"/messages/{late.id}/talk/hurry", {"back": "/"})
    assert (answer.status_code, answer.location) == (303, "/")
    assert "Поторопили: Борис Ежов." in words(anna.get("/").text)
    assert rows(anna.get("/?kind=others").text)[f"m-{late.id}"].endswith("торопили сегодня в 15:00 Поторопить")
    boris = browser_of(app, desk.ids, "boris")
    assert "куратор торопит" in words(boris.get("/").text)
    line = "Куратор торопит: Проект на согласование: срок был 25.11 в 14:58."
    assert line in words(boris.get(f"/messages/{late.id}/answer").text)
    assert "kind=notes" not in boris.get("/").text  # he has opened it
    assert line in words(boris.get(f"/messages/{late.id}").text)  # and it stays on his page
    assert "hurried" in [event.action for event in desk.log(desk.again(late))]
    history = words(anna.get(f"/messages/{late.id}").text)
    assert "исполнителя поторопили — Борис Ежов (ЖКХ)" in history
    assert "торопили сегодня в 15:00" in history


def test_htmx_gets_the_button_again_with_the_time(app, desk, late):
    anna = browser_of(app, desk.ids, "anna")
    answer = anna.htmx(f"/messages/{late.id}/talk/hurry", {"back": "/", "loud": "1"})
    assert answer.text.lstrip().startswith("<div")
    assert "Поторопили: Борис Ежов." in answer.text
    assert "торопили сегодня в 15:00" in words(answer.text)
    refused = anna.htmx(f"/messages/{late.id}/talk/hurry", {"back": "/", "loud": "1"})
    assert refused.status_code == 409
    assert "Уже торопили в 15:00. Снова можно в 15:30; если срочно, позвоните." in words(refused.text)
    assert len(hurried()) == 1


def test_not_twice_in_half_an_hour(desk, late):
    acts.hurry(late.id, actor=desk.anna, now=LATE)
    with pytest.raises(HurriedAlready, match="Снова можно в 15:30"):
        acts.hurry(late.id, actor=desk.vera, now=LATE + timedelta(minutes=29))
    acts.hurry(late.id, actor=desk.anna, now=LATE + timedelta(minutes=30))
    assert [note.to_id for note in hurried()] == [desk.ids["boris"]] * 2


def test_without_scripts_it_is_said_on_a_page(app, desk, late):
    acts.hurry(late.id, actor=desk.anna, now=LATE)
    answer = browser_of(app, desk.ids, "anna").submit(f"/messages/{late.id}/talk/hurry", {"back": "/"})
    assert answer.status_code == 409
    assert "Уже торопили в 15:00." in answer.text


@pytest.mark.words
@pytest.mark.parametrize("login", ["boris", "vera", "gleb"])
def test_only_a_curator_hurries(app, desk, late, login):
    answer = browser_of(app, desk.ids, login).submit(f"/messages/{late.id}/talk/hurry", {})
    assert answer.status_code == 403
    assert hurried() == []


@pytest.mark.parametrize("status", [Status.NEW, Status.ON_APPROVAL, Status.APPROVED, Status.ANSWERED, Status.DISMISSED])
def test_without_preparation_hurrying_is_refused(desk, status):
    message = desk.in_status(status)
    with pytest.raises(MissingInput, match="Торопить некого"):
        acts.hurry(message.id, actor=desk.anna, now=NOW)


def test_who_has_sent_his_draft_is_hurried_no_more(app, desk, late):
    acts.hurry(late.id, actor=desk.anna, now=LATE)
    message, then = desk.again(late), LATE + timedelta(minutes=1)
    drafting.submit_draft(
        message.id, message.version, text="Здравствуйте! Засыпали.", kind="final", confirmed=True, actor=desk.boris,
        now=then,
    )  # fmt: skip
    draft = drafting.submitted_draft(message)
    approval.return_draft(message.id, message.version, draft_id=draft.id, remarks="Срок?", actor=desk.anna, now=then)
    boris = browser_of(app, desk.ids, "boris")
    assert "торопит" not in boris.get("/").text
    assert "торопит" not in boris.get(f"/messages/{late.id}/answer").text


def test_of_several_executors_those_who_are_late_are_hurried(app, desk, clock):
    message = desk.incident("25.11 10:05")
    orders = [PartOrder(desk.ids["boris"], 1), PartOrder(desk.ids["roman"], 1), PartOrder(desk.ids["lidia"], 2)]
    routing.route_to_several(message.id, message.version, orders=orders, actor=desk.anna, now=at("25.11 10:10"))
    row = next(one for one in message.assignments if one.executor_id == desk.ids["roman"])
    members.submit_part(row.id, row.version, text="Яма наша", confirmed=True, actor=desk.roman, now=at("25.11 10:40"))
    clock.set(LATE)
    others = browser_of(app, desk.ids, "anna").get("/?kind=others").text
    assert rows(others)[f"m-{message.id}"].endswith("Поторопить")
    acts.hurry(message.id, actor=desk.anna, now=LATE)
    assert [note.to_id for note in hurried()] == [desk.ids["boris"]]
    assert "срок был 25.11 в 12:10" in hurried()[0].text
    page = words(browser_of(app, desk.ids, "boris").get(f"/messages/{message.id}/part").text)
    assert "Куратор торопит:" in page

"""The press centre's substitute: rights for those days only, shown in the page header, named in every record."""

from __future__ import annotations

import re
from datetime import date

import pytest

from osm.answers.acts import drafting, promises, publication
from osm.answers.acts.promises import Control
from osm.answers.queries.drafting import editor_text
from osm.base.database import db
from osm.base.errors import NotYours
from osm.log.models import ON_BEHALF_OF
from osm.messages.acts import routing
from osm.messages.acts.executors import PartOrder
from osm.models import Draft, Event, Promise
from osm.regulation.words import Status
from tests.desk import NOW
from tests.office import at


def plain(page: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())


def again(browser):
    browser.log_in(browser.login, f"пароль-{browser.login}")
    return browser


def test_rights_last_from_the_first_to_the_last_day(vera, desk, away, clock):
    message = desk.in_status(Status.ON_APPROVAL)
    away("anna", 26, 27, "vera")
    for instant, allowed in (
        ("25.11 23:59", False),
        ("26.11 00:00", True),
        ("27.11 23:59", True),
        ("28.11 00:00", False),
    ):
        clock.set(at(instant))
        again(vera)
        answer = vera.get(f"/approvals/{message.id}")
        assert answer.status_code == (200 if allowed else 403), instant
        assert ("Вы замещаете: Анна Ларина , по 27.11" in plain(vera.get("/").text)) == allowed, instant
        assert ("Согласование" in vera.get("/journal").text) == allowed, instant


@pytest.fixture
def lidia(app, desk):
    """She has Boris's password."""
    from osm.base.transaction import transaction

    with transaction():
        desk.lidia.password_hash = desk.boris.password_hash
    browser = app.test_client()
    assert browser.log_in("lidia", "пароль-boris").status_code == 303
    browser.login = "lidia"
    return browser


@pytest.mark.parametrize(
    ("instant", "seen"),
    [("25.11 23:59", False), ("26.11 00:00", True), ("27.11 23:59", True), ("28.11 00:00", False)],
)
def test_an_executor_reads_for_which_person_he_acts_until_when(app, desk, away, clock, lidia, instant, seen):
    away("boris", 26, 27, "lidia")
    clock.set(at(instant))
    lidia.log_in("lidia", "пароль-boris")
    for page in ("/", "/promises", "/absences"):
        assert ("Вы замещаете: Борис Ежов , по 27.11" in plain(lidia.get(page, follow_redirects=True).text)) == seen, (
            page
        )


def test_a_chain_names_everybody_and_the_absent_acts_for_none(desk, away, boris, lidia):
    away("roman", 25, 26, "boris")
    away("boris", 25, 27, "lidia")
    page = plain(lidia.get("/").text)
    assert "Вы замещаете: Борис Ежов , по 27.11" in page
    assert "Вы замещаете: Роман Соболев , по 26.11" in page
    assert "Вы замещаете" not in boris.get("/").text


def test_what_she_does_is_done_for_the_curator(vera, gleb, dina, desk, away):
    message = desk.in_status(Status.ON_APPROVAL)
    away("anna", 25, 27, "vera")
    draft = drafting.submitted_draft(message)
    answer = vera.submit(
        f"/approvals/{message.id}/return",
        {"version": message.version, "draft_id": draft.id, "remarks": "Назовите срок, пожалуйста"},
    )
    assert answer.status_code == 303, answer.text
    db.session.rollback()
    draft = db.session.get_one(Draft, draft.id, populate_existing=True)
    assert (draft.decided_by_id, draft.decided_for_id) == (desk.ids["vera"], desk.ids["anna"])
    event = db.session.scalars(db.select(Event).where(Event.action == "return_draft")).one()
    assert (event.actor_id, event.changes[ON_BEHALF_OF]) == (desk.ids["vera"], [None, desk.ids["anna"]])
    named = "Вера Носова (замещает: Анна Ларина)"
    assert named in gleb.get(f"/messages/{message.id}").text
    assert named in gleb.get(f"/messages/{message.id}/print").text
    assert named in dina.get("/admin/log").text


def test_what_is_her_own_right_she_does_as_herself(vera, desk, away):
    message = desk.in_status(Status.NEW)
    away("anna", 25, 27, "vera")
    vera.submit(f"/messages/{message.id}/exclude", {"version": message.version, "ground": "ad", "note": "окна"})
    db.session.rollback()
    event = db.session.scalars(db.select(Event).where(Event.action == "exclude")).one()
    assert ON_BEHALF_OF not in event.changes


def test_an_act_without_a_message_names_the_curator_too(vera, desk, away):
    away("anna", 25, 27, "vera")
    mine = {"reason": "trip", "first_day": "2026-11-30", "last_day": "2026-12-01", "person_id": desk.ids["boris"]}
    assert vera.submit("/admin/absences", mine).status_code == 303
    db.session.rollback()
    entered = db.select(Event).where(Event.action == "enter_absence").order_by(Event.id.desc())
    event = db.session.scalars(entered).first()
    assert event.actor_id == desk.ids["vera"]
    assert event.changes[ON_BEHALF_OF] == [None, desk.ids["anna"]]


@pytest.mark.parametrize("how", ["ended", "no role", "blocked"])
def test_rights_end_at_once(vera, desk, away, how):
    from osm.base.transaction import transaction
    from osm.people.acts.absences import end_absence
    from osm.regulation.words import Role

    row = away("anna", 25, 27, "vera")
    assert vera.get("/approvals").status_code == 200
    if how == "ended":
        end_absence(row.id, row.version, actor=desk.anna, now=NOW)
    else:
        with transaction():
            if how == "blocked":
                desk.anna.is_active = False
            else:
                desk.anna.role_rows[0].role = Role.HEAD
    assert vera.get("/approvals").status_code == 403


def test_her_own_account_shows_her_own_roles(vera, dina, desk, away):
    away("anna", 25, 27, "vera")
    page = dina.get(f"/admin/users/{desk.ids['vera']}").text
    checked = set(re.findall(r'name="role" value="(\w+)" checked', page))
    assert checked == {"moderator"}


def test_the_substitutes_answer_names_both_everywhere(anna, gleb, desk, away):
    message = desk.in_status(Status.NEW)
    away("boris", 25, 27, "lidia")
    fields = {"version": message.version, "executor_id": desk.ids["boris"], "task": ""}
    anna.submit(f"/messages/{message.id}/route", fields)
    message = desk.again(message)
    text = "Здравствуйте! Яму засыпали."
    drafting.submit_draft(
        message.id, message.version, text=text, kind="final", confirmed=True, actor=desk.lidia, now=NOW
    )
    named = "Лидия Журавлёва (замещает: Борис Ежов)"
    for page in ("/approvals", f"/approvals/{message.id}", f"/messages/{message.id}", "/journal"):
        assert named in anna.get(page).text, page
    assert "направлено — Лидия Журавлёва (ЖКХ), замещает: Борис Ежов" in gleb.get(f"/messages/{message.id}").text


def promised(desk) -> Promise:
    """Boris's answer promises something for the 26th."""
    message = desk.in_status(Status.APPROVED)
    publication.publish_by_hand(
        message.id, message.version, url="https://vk.com/wall-1_1?reply=2", published_at=None, actor=desk.anna,
        now=at("25.11 11:05"), controls=[Control(date(2026, 11, 26), "до 26 ноября")],
    )  # fmt: skip
    return db.session.scalars(db.select(Promise)).one()


def test_an_absent_executors_promise_is_asked_of_his_substitute(desk, away, clock, lidia, gleb):
    screen = f"/promises/{promised(desk).id}"
    away("boris", 26, 27, "lidia")
    assert screen not in lidia.get("/").text
    clock.set(at("26.11 10:00"))
    lidia.log_in("lidia", "пароль-boris")
    assert screen in lidia.get("/").text
    assert lidia.submit(f"{screen}/report", {"version": 1, "result": "Засыпали"}).status_code == 303
    event = db.session.scalars(db.select(Event).where(Event.action == "promise_reported")).one()
    assert (event.actor_id, event.changes[ON_BEHALF_OF]) == (desk.ids["lidia"], [None, desk.ids["boris"]])
    assert "Лидия Журавлёва (замещает: Борис Ежов)" in again(gleb).get(screen).text


def test_another_persons_substitute_reports_nothing_of_it(desk, away):
    promise = promised(desk)
    away("roman", 25, 27, "lidia")
    with pytest.raises(NotYours):
        promises.report(promise.id, 1, result="Всё", uploads=[], actor=desk.lidia, now=at("26.11 10:00"))


def test_an_absent_curators_common_draft_goes_to_the_substitute(vera, desk, away, clock):
    message = desk.incident("25.11 10:05")
    orders = [PartOrder(desk.ids["boris"], 1), PartOrder(desk.ids["roman"], 1)]
    message = routing.route_to_several(message.id, message.version, orders=orders, actor=desk.anna, now=NOW)
    here, reply_id = f"/messages/{message.id}/common", message.replies[-1].id
    drafting.save_text(reply_id, text="Анна начала ответ", seen_at=None, actor=desk.anna, now=NOW)
    away("anna", 26, 27, "vera")
    clock.set(at("26.11 10:00"))
    page = again(vera).get(here).text
    assert "Не отправлено: Анна Ларина" in page
    assert "Анна начала ответ" in page
    form = {"version": message.version, "reply_id": reply_id, "screen": "common", "saved_at": "", "text": ""}
    taken = vera.submit(f"/messages/{message.id}/answer/take/{desk.ids['anna']}", form)
    assert (taken.status_code, taken.location) == (303, here)
    db.session.rollback()
    assert editor_text(reply_id, desk.ids["vera"]).text == "Анна начала ответ"
    assert "Не отправлено: Анна Ларина" not in vera.get(here).text

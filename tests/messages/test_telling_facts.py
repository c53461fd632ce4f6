"""A message that П.17 excludes is not answered, but the facts can be sent to a department."""

from __future__ import annotations

import pytest

from osm.base.database import db
from osm.base.errors import NotYours, ServiceError
from osm.base.transaction import transaction
from osm.check.acts import verdicts
from osm.messages.acts import closing, routing
from osm.models import Deadline, Department, Message, ToldFacts
from osm.people.acts import absences
from osm.regulation.words import DeadlineState, Status
from tests.cast import browser_of
from tests.desk import NOW

RUDE = "Вы там все сволочи, квартиру на Лазо, 7 затопило!"
TYPED = {"facts": "Лазо, 7: затоплена квартира", "asked": "Проверьте подвал и стояк"}


@pytest.fixture
def message(desk, anna):
    """Rightly marked, and excluded by the letter of П.17."""
    found = desk.in_status(Status.NEW, text=RUDE)
    verdicts.read_due(NOW)
    anna.submit(f"/messages/{found.id}/exclude", {"version": desk.again(found).version, "ground": "insult", "note": ""})
    return desk.again(found)


@pytest.fixture
def lidia(app, desk):
    return browser_of(app, desk.ids, "lidia")


@pytest.fixture
def roman(app, desk):
    """Of another department."""
    return browser_of(app, desk.ids, "roman")


def given(desk, message, **more):
    return {"version": message.version, "department_id": desk.boris.department_id, **TYPED, **more}


def send_facts(desk, anna, message):
    anna.submit(f"/messages/{message.id}/tell-facts", given(desk, message))
    db.session.rollback()
    return db.session.scalars(db.select(ToldFacts)).one()


def test_the_card_of_an_excluded_message_offers_the_head_and_the_department(message, anna, vera):
    for browser in (anna, vera):
        page = browser.get(f"/messages/{message.id}").text
        assert f'href="/messages/{message.id}/urgent"' in page
        assert "Передать сведения отделу без ответа автору" in page
    report = anna.get(f"/messages/{message.id}/urgent")
    assert report.status_code == 200


def test_on_the_card_an_auditor_reads_the_facts_without_a_link(desk, anna, message, zoya):
    send_facts(desk, anna, message)
    page = zoya.get(f"/messages/{message.id}").text
    assert TYPED["asked"] in page
    assert 'href="/facts/' not in page


def test_on_the_card_an_executor_sees_the_facts_for_his_department_alone(desk, anna, boris, roman):
    found = desk.in_status(Status.IN_WORK)
    closing.exclude_message(found.id, found.version, ground="ad", note="", actor=desk.anna, now=NOW)
    told = given(desk, desk.again(found), department_id=desk.roman.department_id)
    assert anna.submit(f"/messages/{found.id}/tell-facts", told).status_code == 303
    shown = ['href="/facts/' in browser.get(f"/messages/{found.id}").text for browser in (anna, boris)]
    assert shown == [True, False]


def test_facts_of_a_restored_message_do_not_say_that_it_is_excluded(desk, message, anna, boris):
    row = send_facts(desk, anna, message)
    assert "сообщение исключено" in boris.get(f"/facts/{row.id}").text
    db.session.rollback()
    version = db.session.get_one(Message, message.id, populate_existing=True).version
    closing.restore_message(message.id, version, reason="Отметка ошибочна", actor=desk.anna, now=NOW)
    page = boris.get(f"/facts/{row.id}").text
    assert "сообщение исключено" not in page
    assert "С сообщением снова работают" in page


def test_the_department_sees_what_is_asked_and_notes_what_was_done(desk, message, anna, boris, lidia, roman):
    row = send_facts(desk, anna, message)
    for browser in (boris, lidia):
        listed = browser.get("/").text
        assert f'data-row="facts-{row.id}"' in listed
        assert "Проверьте подвал и стояк" in listed
    assert "Проверьте подвал" not in roman.get("/").text
    page = boris.get(f"/facts/{row.id}").text
    assert "Лазо, 7: затоплена квартира" in page
    assert "сволочи" not in page
    assert boris.get(f"/messages/{message.id}").status_code == 404, "the message itself is not theirs"
    assert roman.get(f"/facts/{row.id}").status_code == 404
    done = {"version": 1, "done": "Воду откачали, стояк заменён"}
    assert roman.submit(f"/facts/{row.id}/done", done).status_code == 404
    assert boris.submit(f"/facts/{row.id}/done", {"version": 1, "done": " "}).status_code == 422
    assert boris.submit(f"/facts/{row.id}/done", done).status_code == 303
    assert f'data-row="facts-{row.id}"' not in boris.get("/").text
    card = anna.get(f"/messages/{message.id}").text
    assert "Воду откачали, стояк заменён" in card
    assert "сведения переданы отделу без ответа автору — " in card
    assert "отдел отметил, что сделано по переданным сведениям" in card
    printed = anna.get(f"/messages/{message.id}/print").text
    assert "Сведения отделу, без ответа автору" in printed
    assert "Воду откачали, стояк заменён" in printed


def test_no_clock_runs_and_the_message_stays_excluded(desk, message, anna):
    seen = message.version
    send_facts(desk, anna, message)
    again = desk.again(message)
    assert (again.status, again.version) == (Status.EXCLUDED, seen + 1)
    running = (Deadline.message_id == message.id, Deadline.state == DeadlineState.OPEN)
    assert db.session.scalars(db.select(Deadline).where(*running)).all() == []
    event = desk.log(again)[-1]
    assert (event.action, event.clause, event.changes["department_id"]) == (
        "tell_facts", "П.17", [None, desk.boris.department_id],
    )  # fmt: skip


def test_what_is_missing_is_said_and_what_was_typed_stays(desk, message, anna):
    for field in ("department_id", "facts", "asked"):
        refused = anna.submit(f"/messages/{message.id}/tell-facts", given(desk, message, **{field: ""}))
        assert refused.status_code == 422, field
        kept = TYPED["facts"] if field != "facts" else TYPED["asked"]
        assert kept in refused.text
    assert db.session.scalars(db.select(ToldFacts)).all() == []


def test_an_open_message_goes_the_usual_way(desk, anna):
    plain = desk.in_status(Status.NEW)
    assert "Передать сведения отделу" not in anna.get(f"/messages/{plain.id}").text
    assert anna.submit(f"/messages/{plain.id}/tell-facts", given(desk, plain)).status_code == 409


def test_of_two_the_second_gets_a_conflict_and_departments_are_asked_once(desk, message, anna, vera):
    seen = given(desk, message)
    send_facts(desk, anna, message)
    late = vera.submit(f"/messages/{message.id}/tell-facts", seen)
    assert (late.status_code, TYPED["facts"] in late.text) == (409, True)
    twice = vera.submit(f"/messages/{message.id}/tell-facts", given(desk, desk.again(message)))
    assert (twice.status_code, "сведения уже переданы" in twice.text) == (422, True)
    assert len(db.session.scalars(db.select(ToldFacts)).all()) == 1


def test_of_two_colleagues_the_second_keeps_his_words(desk, message, anna, boris, lidia):
    row = send_facts(desk, anna, message)
    boris.submit(f"/facts/{row.id}/done", {"version": 1, "done": "Откачали"})
    late = lidia.submit(f"/facts/{row.id}/done", {"version": 1, "done": "Стояк заменён"})
    assert (late.status_code, "Стояк заменён" in late.text, "Откачали" in late.text) == (409, True, True)
    with pytest.raises(ServiceError):
        routing.withdraw(row.id, 2, reason="Поздно", actor=desk.anna, now=NOW)


def test_the_press_centre_withdraws_it_with_a_reason(desk, message, anna, boris):
    row = send_facts(desk, anna, message)
    assert anna.submit(f"/facts/{row.id}/withdraw", {"version": 1, "reason": ""}).status_code == 422
    assert boris.submit(f"/facts/{row.id}/withdraw", {"version": 1, "reason": "Не наше"}).status_code == 403
    anna.submit(f"/facts/{row.id}/withdraw", {"version": 1, "reason": "Другой дом"})
    assert f'data-row="facts-{row.id}"' not in boris.get("/").text
    assert "Отозвано" in anna.get(f"/facts/{row.id}").text


def test_another_department_cannot_note_it(desk, message, anna):
    row = send_facts(desk, anna, message)
    with pytest.raises(NotYours):
        routing.note_done(row.id, 1, outcome="Сделано", absent=(), actor=desk.roman, now=NOW)


def test_a_department_without_executors_is_not_offered(desk, message, anna):
    with transaction():
        for person in (desk.boris, desk.lidia):
            person.is_active = False
    refused = anna.submit(f"/messages/{message.id}/tell-facts", given(desk, message))
    assert (refused.status_code, "Выберите отдел" in refused.text) == (422, True)


def test_a_department_that_is_asked_is_not_put_away(desk, message, anna):
    row = send_facts(desk, anna, message)
    department = db.session.get_one(Department, row.department_id)
    with transaction():
        for person in (desk.boris, desk.lidia):
            person.is_active = False
        for topic in department.topics:
            topic.archived_at = NOW
    with pytest.raises(ServiceError, match="Отделу переданы сведения"):
        absences.archive_department(department.id, department.version, actor=desk.anna, now=NOW)


def test_a_marked_message_without_a_judgement_says_how_to_help(desk, anna):
    marked = desk.in_status(Status.NEW, text=RUDE)
    verdicts.read_due(NOW)
    refused = anna.submit(
        f"/messages/{marked.id}/route", {"version": desk.again(marked).version, "executor_id": desk.ids["boris"]}
    )
    assert (refused.status_code, "передать сведения отделу без ответа автору" in refused.text) == (422, True)


def test_facts_for_a_department_without_executors_return_to_the_curator(desk, message, anna, vera):
    row = send_facts(desk, anna, message)
    listed = f'data-row="facts-{row.id}"'
    assert listed not in anna.get("/").text
    with transaction():
        for person in (desk.boris, desk.lidia):
            person.is_active = False
    page = anna.get("/").text
    assert listed in page
    assert "в отделе больше нет исполнителей" in page
    assert listed not in vera.get("/").text
    shown = anna.get(f"/facts/{row.id}").text
    assert "В отделе больше нет исполнителей" in shown
    assert f"/facts/{row.id}/done" not in shown
    assert (
        anna.submit(f"/facts/{row.id}/withdraw", {"version": 1, "reason": "Передаём другому отделу"}).status_code == 303
    )
    assert listed not in anna.get("/").text

"""«Защита страниц»: what is recorded, the check of a page and its term, and that no secret is stored."""

from __future__ import annotations

from datetime import timedelta

import pytest

from osm.base.database import db
from osm.base.transaction import transaction
from osm.guarding.acts.leaving import remind_of_checks
from osm.models import AccountEdition, Event, PageAdministrator, PageCheck, PageGuard, Reminder, User
from osm.regulation.own_pages import PageState
from tests.cast import browser_of

from .conftest import GOOD, SECRET

SOMEBODY = {"name": "Ирина Сотова", "right": "admin", "since": "2024-03-01", "second_factor": "off", "profile": "id77"}
LOGIN = {"second_factor": "on", "changed_on": "2025-01-10", "recovery": "2-05-05, дежурный", "applications": "SMM2go"}


def texts_of(app):
    """Everything that the database holds of the pages' security and its log, as one text."""
    with app.app_context():
        rows = [*db.session.query(PageGuard), *db.session.query(PageAdministrator), *db.session.query(PageCheck)]
        told = [str({c.key: getattr(row, c.key) for c in row.__table__.columns}) for row in rows]
        return " ".join([*told, *(str(event.changes) for event in db.session.query(Event))])


def test_who_administers_it_and_how_one_logs_in_is_written_down(dina, anna, at):
    assert dina.submit(at, LOGIN | {"version": 1}).location == at
    assert anna.submit(f"{at}/people", SOMEBODY | {"version": 2}).location == at
    assert dina.submit(f"{at}/people", SOMEBODY | {"version": 3, "name": "", "user_id": anna.user_id}).location == at
    shown = anna.get(at).text
    for words in ("Ирина Сотова", "Анна Ларина", "01.03.2024", "больше года назад", "2-05-05, дежурный", "SMM2go"):
        assert words in shown, words
    assert "не у всех: 2 человека" in anna.get("/admin/security").text
    assert "Защита страницы «Администрация»" in dina.get("/admin/log").text


def test_the_same_person_is_recorded_once_and_kept_when_removed(app, anna, at):
    anna.submit(f"{at}/people", SOMEBODY | {"version": 1})
    again = anna.submit(f"{at}/people", SOMEBODY | {"version": 2})
    assert again.status_code == 422
    assert "уже записан" in again.text
    with app.app_context():
        one = db.session.query(PageAdministrator.id).scalar()
    assert anna.submit(f"{at}/people/{one}", SOMEBODY | {"version": 2, "right": "editor"}).location == at
    assert "редактор" in anna.get(at).text
    assert anna.submit(f"{at}/people/{one}/remove", {"version": 3}).location == at
    assert "Раньше управляли: 1" in anna.get(at).text
    gone = anna.submit(f"{at}/people/{one}", SOMEBODY | {"version": 4})
    assert gone.status_code == 409
    assert "уже нет среди тех" in gone.text


@pytest.mark.words
@pytest.mark.parametrize("field", ["recovery", "applications"])
def test_what_looks_like_a_password_is_refused_with_words(app, dina, at, field):
    answer = dina.submit(at, LOGIN | {"version": 1, field: SECRET})
    assert answer.status_code == 422
    assert "Паролей, ключей и кодов в программе не пишут" in answer.text
    assert "2025-01-10" in answer.text
    assert "Zima" not in texts_of(app)


def test_a_secret_is_refused_in_name_profile_and_remark_too(app, anna, at):
    for name in ("name", "profile"):
        assert anna.submit(f"{at}/people", SOMEBODY | {"version": 1, name: SECRET}).status_code == 422
    assert anna.submit(f"{at}/check", GOOD | {"version": 1, "months": 3, "remark": SECRET}).status_code == 422
    assert "Zima" not in texts_of(app)


def test_a_check_is_answered_question_by_question_and_sets_the_next(anna, vera, dina, at):
    half = anna.submit(f"{at}/check", {"version": 1, "months": 3, "sessions": "good", "remark": "Смотрела сама"})
    assert half.status_code == 422
    assert "здесь не бывает" in half.text
    assert "Смотрела сама" in half.text
    unsaid = anna.submit(f"{at}/check", GOOD | {"version": 1, "months": 3, "sessions": "bad"})
    assert "напишите, что найдено" in unsaid.text
    found = {"version": 1, "months": 3, "sessions": "bad", "remark": "Чужой планшет, уберёт Вера"}
    assert anna.submit(f"{at}/check", GOOD | found).location == at
    shown = vera.get(at).text
    for words in ("25.02.2027", "Анна Ларина", "Чужой планшет", "нет чужих устройств"):
        assert words in shown, words
    assert "<td>замечаний: 1<br>" in dina.get("/admin/log").text
    late = vera.submit(f"{at}/check", GOOD | found | {"remark": "Позже"})
    assert late.status_code == 409
    assert "защита страницы проверена" in late.text
    assert "Позже" in late.text


def test_what_is_due_reaches_the_press_centre_once_a_term(app, cast, clock, now, at):
    def people():
        return (browser_of(app, cast, login) for login in ("anna", "vera", "boris"))

    assert "п. 1.2.3 Порядка" not in next(people()).get("/").text
    clock.set(now + timedelta(days=14))
    anna, vera, boris = people()
    with app.app_context():
        assert remind_of_checks(clock.now()) == 2
        assert remind_of_checks(clock.now()) == 0
        told = db.session.query(Reminder.recipient_id).filter_by(kind="page_check")
        assert {one for (one,) in told} == {anna.user_id, vera.user_id}
    for person in (anna, vera):
        shown = person.get("/").text
        assert "п. 1.2.3 Порядка" in shown
        assert "ещё не проверялась" in shown
        assert person.get("/inbox/news?seen=other&looked=0&checked=0&stays=0").status_code == 200
    assert "Пора проверить защиту страницы: Администрация" in anna.get("/reminders").text
    assert "уже сделано" not in anna.get("/reminders").text
    assert "п. 1.2.3 Порядка" not in boris.get("/").text
    assert vera.submit(f"{at}/check", GOOD | {"version": 1, "months": 1}).location == at
    for version, name in enumerate(("Ирина Сотова", "Пётр Седых"), start=2):  # fewer people would still be asked for
        vera.submit(f"{at}/people", SOMEBODY | {"version": version, "name": name, "profile": ""})
    assert "п. 1.2.3 Порядка" not in anna.get("/").text
    assert "уже сделано" in anna.get("/reminders").text
    clock.set(now + timedelta(days=50))
    with app.app_context():
        assert remind_of_checks(clock.now()) == 2
    assert "срок прошёл" in next(people()).get("/admin/security").text


def test_a_user_who_was_switched_off_is_pointed_out(app, anna, boris, at):
    anna.submit(f"{at}/people", SOMEBODY | {"version": 1, "name": "", "user_id": boris.user_id})
    with app.app_context(), transaction() as session:
        session.get_one(User, boris.user_id).is_active = False
    assert "в программе заблокирован" in anna.get(at).text


def test_a_page_that_the_register_calls_closed_is_not_due(app, cast, clock, now, page):
    with app.app_context(), transaction() as session:
        closed = {"state": PageState.CLOSED, "title": "Администрация", "url": "https://vk.com/gorod", "body": "Округ"}
        session.add(AccountEdition(account_id=page, number=1, since=now, **closed))
    clock.set(now + timedelta(days=14))
    with app.app_context():
        assert remind_of_checks(clock.now()) == 0
    assert "страница закрыта" in browser_of(app, cast, "anna").get("/admin/security").text


def test_days_that_are_to_come_and_pages_that_are_not_there(anna, at):
    wrong = anna.submit(at, LOGIN | {"version": 1, "changed_on": "2027-01-10"})
    assert wrong.status_code == 422
    assert "ещё не наступил" in wrong.text
    assert anna.submit(at, LOGIN | {"version": 1, "changed_on": "вчера"}).status_code == 422
    assert anna.get("/admin/pages/999/security").status_code == 404
    assert anna.submit("/admin/pages/999/security", LOGIN | {"version": 1}).status_code == 404

"""Somebody new gets a letter with a link for one use, or a sheet with a password for one use."""

from __future__ import annotations

import re
from datetime import timedelta
from email.message import EmailMessage

import pytest

from osm.base.database import db
from osm.login.acts.sessions import INVITED_FOR
from osm.models import Event, User
from osm.regulation.control import MailMode

from .mailbox import text_of

NEW = {"name": "Семёнов Пётр", "email": "semenov@example.ru", "role": "executor", "post": ""}
PASSWORD = "трамвай и клюква 7"


def link_in(letter: EmailMessage) -> str:
    found = re.search(r"https://osm\.example\.ru(/invitation\?key=\S+)", text_of(letter))
    assert found
    return found[1]


def accept(browser, link: str, password: str = PASSWORD, again: str = PASSWORD):
    form = {"key": link.partition("key=")[2], "password": password, "password_again": again}
    return browser.submit("/invitation", form, page="/login")


def user(login: str) -> User:
    db.session.rollback()
    return db.session.scalars(db.select(User).where(User.login == login)).one()


@pytest.fixture
def link(mailbox, dina) -> str:
    answer = dina.submit("/admin/users", {**NEW, "deliver": "letter"})
    assert answer.location == "/admin/users/new"
    return link_in(mailbox.letters[-1])


def test_the_link_sets_the_password_and_logs_in_once(desk, mailbox, link, client):
    assert "Ваш логин: semenov" in text_of(mailbox.letters[-1])
    for _ in range(3):  # the mail server looks at it before the person does
        page = client.get(link)
        assert page.status_code == 200
        assert page.headers["Cache-Control"] == "no-store"
        assert page.headers["Referrer-Policy"] == "no-referrer"
    assert accept(client, link).location == "/"
    assert client.get("/").status_code == 200
    assert not user("semenov").must_change_password
    assert accept(client, link, "другой трамвай 8", "другой трамвай 8").status_code == 404
    assert client.get(link).status_code == 404
    actions = db.session.scalars(db.select(Event.action).where(Event.object_id == user("semenov").id))
    assert {"create_user", "invite_user", "accept_invitation"} <= set(actions)


def test_a_refused_password_leaves_the_link_as_it_is(link, client):
    assert accept(client, link, "коротк", "коротк").status_code == 422
    assert "Пароли не совпали" in accept(client, link, again="иначе").text
    assert accept(client, link).status_code == 303


def test_the_link_ends(app, desk, link, client, dina, clock):
    clock.set(clock.now() + INVITED_FOR + timedelta(minutes=1))
    assert "больше не действует" in client.get(link).text
    assert client.get(link[:-3]).status_code == client.get("/invitation").status_code == 404


def test_another_password_or_a_blocked_account_ends_it_too(desk, mailbox, link, client, dina):
    page = f"/admin/users/{user('semenov').id}"
    again = dina.submit(f"{page}/reset-password", {"version": 1, "deliver": "letter"})
    assert again.location == page
    assert client.get(link).status_code == 404
    newer = link_in(mailbox.letters[-1])
    assert client.get(newer).status_code == 200
    dina.submit(f"{page}/block", {"version": 2})
    assert client.get(newer).status_code == 404


def test_the_letter_to_a_wrong_address_is_worth_nothing_once_the_address_is_mended(desk, link, client, dina):
    person = user("semenov")
    form = {"name": person.name, "role": "executor", "email": "semyonov@example.ru", "version": 1}
    assert dina.submit(f"/admin/users/{person.id}", form).status_code == 303
    assert client.get(link).status_code == 404


def test_where_no_letter_goes_out_the_password_is_on_the_sheet(desk, mailbox, dina):
    mailbox.refused["semenov@example.ru"] = "550 no such box"
    page = dina.submit("/admin/users", {**NEW, "deliver": "letter"})
    assert page.status_code == 200
    assert "Письмо не ушло: сервер ответил 550" in page.text
    assert re.search(r'id="first-password">\w{4}-\w{4}-\w{4}<', page.text)
    assert "https://osm.example.ru" in page.text
    assert user("semenov").must_change_password


def test_without_mail_only_the_sheet_is_offered(desk, dina):
    page = dina.get("/admin/users/new").text
    assert 'value="letter"' not in page
    assert 'value="paper"' in page
    page = dina.submit("/admin/users", {**NEW, "email": "", "deliver": "paper"}).text
    assert "semenov</strong>" in page, "the login is made from the name"


def test_a_login_that_is_taken_gets_a_number(desk, dina):
    for login in ("semenov", "semenov2", "semenov3"):
        dina.submit("/admin/users", {**NEW, "deliver": "paper", "namesake": NEW["name"]})
        assert user(login).email == "semenov@example.ru"


def test_a_wrong_address_is_refused_and_nobody_is_added(desk, dina):
    answer = dina.submit("/admin/users", {**NEW, "email": "semenov", "deliver": "paper"})
    assert answer.status_code == 422
    assert "Адрес не похож на почтовый" in answer.text
    assert db.session.scalar(db.select(User.id).where(User.login == "semenov")) is None


def test_the_administrator_edits_the_address_and_switches_letters_off(desk, dina):
    boris = user("boris")
    form = {"name": boris.name, "role": "executor", "department_id": boris.department_id, "version": 1}
    dina.submit(f"/admin/users/{boris.id}", {**form, "email": "ezhov@example.ru", "without_mail": "1"})
    assert (user("boris").email, user("boris").mail_mode) == ("ezhov@example.ru", MailMode.NONE)
    dina.submit(f"/admin/users/{boris.id}", {**form, "email": "ezhov@example.ru", "version": 2})
    assert user("boris").mail_mode is MailMode.AT_ONCE
    page = dina.get(f"/admin/users/{boris.id}").text
    assert 'value="ezhov@example.ru"' in page

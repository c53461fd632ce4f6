"""The pages of a user: create, save, block, reset; a first password is seen once and must be changed."""

from __future__ import annotations

import re

from sqlalchemy import select

from osm.base.database import db
from osm.models import User

NEW = {"login": "zoya", "name": "Зоя Лисина", "position": "", "phone": "", "role": ["executor"]}
NAMES = {"name": "Борис Ежов", "position": "", "phone": "", "role": ["executor"]}


def first_password(page):
    found = re.search(r'id="first-password">([^<]+)<', page)
    return found[1] if found else ""


def version(app, user_id):
    with app.app_context():
        return db.session.get(User, user_id).version


def test_a_new_person_logs_in_with_the_first_password_and_chooses_one(app, dina, client):
    answer = dina.submit("/admin/users", NEW)
    password = first_password(answer.text)
    assert answer.headers["Cache-Control"] == "no-store"
    assert client.log_in("zoya", password).status_code == 303
    for path in ("/", "/messages/1", "/nav/badges"):
        assert client.get(path).location == "/password", path
    page = client.get("/password").text
    assert "Придумайте свой пароль" in page
    assert "Ждёт меня" not in page
    assert "Второй фактор" not in page
    assert client.get("/healthz").status_code == 200
    client.login = "zoya"
    done = client.submit(
        "/password", {"old_password": password, "password": "сосна-42-утро", "password_again": "сосна-42-утро"}
    )
    assert done.location == "/"
    assert client.get("/").status_code == 200
    assert password not in dina.get("/admin/users?q=зоя").text


def test_what_cannot_be_used_comes_back_with_all_that_was_typed(dina):
    answer = dina.submit("/admin/users", {**NEW, "login": "Я", "position": "методист", "role": ["executor", "system"]})
    assert answer.status_code == 422
    assert 'value="методист"' in answer.text
    assert 'value="executor" checked' in answer.text
    assert "Логин: от 2 до 60" in answer.text
    assert not first_password(answer.text)


def test_a_namesake_is_asked_about_once_and_what_was_typed_is_kept(app, dina):
    form = {**NEW, "name": "ежов  борис", "position": "методист"}
    asked = dina.submit("/admin/users", form)
    assert asked.status_code == 422
    assert "«boris»" in asked.text
    assert 'value="методист"' in asked.text
    with app.app_context():
        assert db.session.scalar(select(User).where(User.login == "zoya")) is None
    # The answer is about this name alone.
    other = dina.submit("/admin/users", {**form, "name": "Анна Ларина", "namesake": "ежов  борис"})
    assert other.status_code == 422
    assert 'value="Анна Ларина" checked' not in other.text
    confirmed = {**form, "namesake": "ежов  борис"}
    assert 'value="ежов  борис" checked' in dina.submit("/admin/users", {**confirmed, "login": "Я"}).text
    assert first_password(dina.submit("/admin/users", confirmed).text)


def test_saved_is_shown_and_the_slower_one_gets_both_texts(app, dina, cast):
    path = f"/admin/users/{cast['boris']}"
    assert dina.submit(path, {**NAMES, "phone": "8 000 1", "version": 1}).location == path
    assert 'value="8 000 1"' in dina.get(path).text
    late = dina.submit(path, {**NAMES, "phone": "8 000 2", "version": 1})
    assert late.status_code == 409
    assert 'value="8 000 2"' in late.text
    assert "Сейчас записано: 8 000 1." in late.text
    assert "Дина Орлова: данные изменены" in late.text
    assert 'name="version" value="2"' in late.text


def test_the_last_administrator_is_reported_and_the_page_stays(dina, cast):
    path = f"/admin/users/{cast['dina']}"
    assert "это последний действующий администратор" in dina.get(path).text
    answer = dina.submit(f"{path}/block", {"version": 1})
    assert answer.status_code == 409
    assert "последний действующий администратор: без него" in answer.text
    assert 'value="Дина Орлова"' in answer.text


def test_the_buttons_of_access(app, dina, boris, cast):
    path = f"/admin/users/{cast['boris']}"
    for act, shown in (
        ("end-sessions", "Сеансы завершены"),
        ("block", "Разблокировать"),
        ("unblock", "Разблокировано"),
    ):
        answer = dina.submit(f"{path}/{act}", {"version": version(app, cast["boris"])}, follow_redirects=True)
        assert shown in answer.text, act
        assert boris.get("/").status_code == 302, act
    again = dina.submit(f"{path}/reset-password", {"version": version(app, cast["boris"])})
    assert boris.log_in("boris", first_password(again.text)).status_code == 303
    stale = dina.submit(f"{path}/reset-password", {"version": 1})
    assert stale.status_code == 409
    assert not first_password(stale.text)


def test_ending_ones_own_sessions_keeps_this_one(dina, cast):
    path = f"/admin/users/{cast['dina']}"
    assert dina.submit(f"{path}/end-sessions", {"version": 1}).location == path
    assert dina.get(path).status_code == 200


def test_no_such_user(dina):
    assert dina.get("/admin/users/999").status_code == 404
    assert dina.submit("/admin/users/999/block", {"version": 1}).status_code == 404

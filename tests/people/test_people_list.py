"""People from a list: looked through row by row, then made by one press, all or nobody."""

from __future__ import annotations

import io
import re
from dataclasses import replace
from datetime import UTC
from html import unescape

import pytest
from python_calamine import CalamineWorkbook
from sqlalchemy import func, select

from osm.base.database import db
from osm.documents.tables import Column, write_xlsx
from osm.models import Department, Event, User
from osm.people.acts import people_list
from osm.people.acts.absences import archive_department
from osm.people.acts.users import create_user
from osm.regulation.words import Role

PATH = "/admin/users/list"
HEADINGS = ("ФИО", "Логин", "E-mail", "Телефон", "Должность", "Отдел", "Роли")
ZOYA = ("Лисина Зоя", "zoya", "zoya@example.ru", "8 000 1", "методист", "жкх", "Исполнитель")
OLEG = ("Котов Олег", "", "", "", "", "", "модератор, Куратор")


def book(*rows, headings=HEADINGS, above=()):
    file = io.BytesIO()
    write_xlsx(file, [Column(one) for one in headings], rows, zone=UTC, above=above)
    return file.getvalue()


def look(browser, content, name="list.xlsx"):
    return browser.submit(PATH, {"file": (io.BytesIO(content), name)})


def form(page):
    return {name: unescape(re.search(rf'name="{name}" value="([^"]*)"', page)[1]) for name in ("key", "rows")}


def press(browser, page, deliver="paper"):
    return browser.submit(f"{PATH}/make", {**form(page), "deliver": deliver})


def sheets(page):
    found = re.findall(r"<dt>Логин</dt><dd><strong>([^<]+)</strong>.*?first-code\">([^<]+)<", page, re.DOTALL)
    return dict(found)


def logins(app):
    with app.app_context():
        return set(db.session.scalars(select(User.login)))


def rows_of(page):
    cells = re.findall(r"<tr>\s*<td><span class=\"row-word\">строка </span>(\d+)(.*?)</tr>", page, re.DOTALL)
    return {int(number): " ".join(re.sub(r"<[^>]+>", " ", rest).split()) for number, rest in cells}


def test_the_template_comes_back_filled(dina):
    answer = dina.get(f"{PATH}/template.xlsx")
    read = CalamineWorkbook.from_filelike(io.BytesIO(answer.data))
    assert [one.casefold() for one in read.get_sheet_by_index(0).to_python()[0]] == [one.casefold() for one in HEADINGS]
    how = read.get_sheet_by_index(1).to_python()
    assert {"ЖКХ", "Пресс-центр", "Исполнитель", "Модератор"} <= {row[2] for row in how}
    assert "нет ни одного сотрудника" in look(dina, answer.data).text


def test_looking_makes_nobody_and_one_press_makes_all(app, dina, client):
    before = logins(app)
    page = look(dina, book(ZOYA, OLEG, above=["Приём на работу"])).text
    assert "Новых: <strong>2</strong>" in page
    assert logins(app) == before
    made = press(dina, page)
    assert made.headers["Cache-Control"] == "no-store"
    assert logins(app) == before | {"zoya", "kotov"}
    with app.app_context():
        zoya, oleg = (db.session.scalars(select(User).where(User.login == one)).one() for one in ("zoya", "kotov"))
        assert (zoya.name, zoya.email, zoya.phone, zoya.position) == (ZOYA[0], *ZOYA[2:5])
        assert (zoya.department.name, zoya.roles) == ("ЖКХ", {Role.EXECUTOR})
        assert (oleg.department, oleg.roles) == (None, {Role.MODERATOR, Role.CURATOR})
        assert zoya.must_change_password
    assert client.log_in("kotov", sheets(made.text)["kotov"]).status_code == 303
    assert client.get("/").location == "/password"


def test_a_second_press_shows_the_same_sheets_and_makes_nobody(app, dina, client):
    page = look(dina, book(ZOYA, OLEG)).text
    first = press(dina, page)
    again = press(dina, page)
    assert again.status_code == 200
    assert sheets(first.text) == sheets(again.text)
    assert set(sheets(again.text)) == {"zoya", "kotov"}
    with app.app_context():
        assert db.session.scalar(select(func.count()).where(Event.action == "create_user")) == 2
    other = look(dina, book(ZOYA, OLEG)).text
    assert "все из списка уже есть" in other


def test_the_scanner_of_the_office_sees_the_file_first(app, dina, monkeypatch):
    settings = replace(app.extensions["osm"].settings, scan_command=("/bin/false",))
    monkeypatch.setattr(app.extensions["osm"], "settings", settings)
    answer = look(dina, book(ZOYA))
    assert answer.status_code == 422
    assert "проверка нашла в нём вирус" in answer.text


def test_who_is_there_is_named_and_never_changed(app, dina, cast):
    boris = ("борис  ЁЖОВ".replace("Ё", "Е"), "", "new@example.ru", "", "", "Пресс-центр", "Исполнитель")
    anna = ("Анна Ларина", "ANNA", "", "", "", "", "")
    page = look(dina, book(boris, anna, ZOYA)).text
    rows = rows_of(page)
    assert "boris" in rows[2]
    assert "уже есть, не изменится" in rows[2]
    assert "В программе другое: почта, отдел." in rows[2]
    assert "В программе другое" not in rows[3]
    assert press(dina, page).status_code == 200
    with app.app_context():
        user = db.session.get(User, cast["boris"])
        assert (user.email, user.department.name, user.version) == ("", "ЖКХ", 1)


def test_a_person_is_known_with_the_surname_first_too(app, dina, cast):
    page = look(
        dina, book(("Ежов Борис", *[""] * 5, "Исполнитель"), ("Ларина Анна", "larina", *[""] * 4, "Куратор"))
    ).text
    assert "Новых: <strong>1</strong>" in page
    assert "проверьте, что это другой человек" in page


def test_each_error_is_named_with_its_row_and_nobody_can_be_made(app, dina, now):
    with app.app_context():
        old = Department(name="Архив", short_name="Архив")
        db.session.add(old)
        db.session.commit()
        archive_department(old.id, 1, actor=None, now=now)
    wrong = {
        ("", "nina", "", "", "", "", "Модератор"): "Укажите имя и фамилию",
        ("Нина Сова", "я", "", "", "", "", "Модератор"): "Логин: от 2 до 60 латинских букв",
        ("Нина Лось", "", "не адрес", "", "", "", "Модератор"): "Адрес не похож на почтовый",
        ("Нина Рысь", "", "", "", "", "Отдел луны", "Модератор"): "Отдела «Отдел луны» нет",
        ("Нина Выдра", "", "", "", "", "Архив", "Модератор"): "убран из списка",
        ("Нина Соболь", "", "", "", "", "", "Модератор, Царь, Система"): "Роли «Царь, Система» нет",
        ("Нина Кабан", "boris", "", "", "", "", "Модератор"): "Логин «boris» уже занят: Борис Ежов",
        ("Нина Куница", "zoya", "", "", "", "", ""): "Логин «zoya» уже в строке 2",
        ("нина рысь", "", "", "", "", "", ""): "Этот человек уже в строке 6",
        ("Нина " + "я" * 250, "", "", "", "", "", ""): "больше 200 знаков",
        ("Нина Барсук", "x" * 80, "", "", "", "", ""): "Логин: от 2 до 60 латинских букв",
    }
    page = look(dina, book(ZOYA, *wrong)).text
    rows = rows_of(page)
    for number, words in enumerate(wrong.values(), start=3):
        assert words in unescape(rows[number]), number
    assert "будет добавлен" in rows[2]
    assert 'name="key"' not in page
    forged = '[[2, "Зоя", "zoya", "", "", "", "Отдел луны", "", "zoya"]]'
    answer = dina.submit(f"{PATH}/make", {"key": "k" * 20, "rows": forged})
    assert answer.status_code == 409
    assert "zoya" not in logins(app)


def test_logins_taken_meanwhile_make_nobody_and_the_list_is_shown_again(app, dina, now):
    page = look(dina, book(ZOYA, OLEG)).text
    with app.app_context():
        create_user("kotov", "Котов Иван", [], None, now=now)
    before = logins(app)
    answer = press(dina, page)
    assert answer.status_code == 409
    assert "Никто не добавлен" in answer.text
    assert logins(app) == before
    assert "kotov2" in rows_of(answer.text)[3]
    assert set(sheets(press(dina, answer.text).text)) == {"zoya", "kotov2"}


def test_a_namesake_added_meanwhile_is_not_made_twice(app, dina, now):
    page = look(dina, book(OLEG)).text
    with app.app_context():
        create_user("oleg", "Котов Олег", [], None, now=now)
    assert press(dina, page).status_code == 409
    assert "kotov" not in logins(app)
    own = look(dina, book(("Котов Олег", "kotov", *OLEG[2:]))).text
    assert "проверьте, что это другой человек" in own


def test_nobody_is_made_if_one_cannot_be(app, dina, monkeypatch):
    page, made = look(dina, book(ZOYA, OLEG)).text, people_list._create

    def fail_at_the_second(row, *rest):
        if row.login == "kotov":
            raise RuntimeError
        return made(row, *rest)

    monkeypatch.setattr(people_list, "_create", fail_at_the_second)
    before = logins(app)
    assert press(dina, page).status_code == 500
    assert logins(app) == before


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "Файл пуст"),
        (b"PK\x03\x04 broken", "повреждён"),
        (book(("Зоя", "1"), headings=("Имя", "Права")), "Не найдены столбцы «ФИО» и «Роли»"),
        (book(*[(f"Человек {n}", *OLEG[1:]) for n in range(101)]), "больше 100 человек"),
    ],
)
def test_a_file_without_a_list_is_refused_in_words(dina, content, words):
    answer = look(dina, content)
    assert answer.status_code == 422
    assert words in answer.text
    assert "Ничего не " in answer.text


def test_columns_that_are_not_read_are_named(dina):
    page = look(dina, book((*ZOYA, "5 кабинет"), headings=(*HEADINGS, "Кабинет"))).text
    assert "не прочитаны, программе они не нужны: Кабинет" in page


def test_a_bad_request_and_no_file(dina):
    for rows in ("{", "5", "[[1,2,3,4,5,6,7,8,9,10,11]]", "[[1, 2]]", '[[1, "a\\u0000"]]', '{"a": 1}'):
        assert dina.submit(f"{PATH}/make", {"key": "k" * 20, "rows": rows}).status_code == 400, rows
    assert dina.submit(f"{PATH}/make", {"key": "k" * 20, "rows": "[]"}).status_code == 409
    assert dina.submit(PATH).status_code == 422

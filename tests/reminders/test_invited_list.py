"""People from a list are invited by letter; who cannot be gets a sheet."""

from __future__ import annotations

import re
from dataclasses import replace

from osm.base.database import db
from osm.models import Event
from tests.people.test_people_list import book, look, press, sheets
from tests.reminders.mailbox import text_of

NINA = ("Сова Нина", "", "nina@example.ru", "", "", "ЖКХ", "Исполнитель")
PETR = ("Лось Пётр", "", "petr@example.ru", "", "", "", "Модератор")
OLEG = ("Котов Олег", "", "", "", "", "", "Модератор")


def invitations() -> int:
    db.session.rollback()
    return db.session.scalar(db.select(db.func.count()).where(Event.action == "invite_user")) or 0


def test_those_with_an_address_are_invited_once_the_others_get_a_sheet(desk, mailbox, dina, client):
    page = look(dina, book(NINA, PETR, OLEG)).text
    first, again = (press(dina, page, "letter") for _ in range(2))
    assert set(sheets(first.text)) == set(sheets(again.text)) == {"kotov"}
    assert "Приглашение ушло письмом: 2." in again.text
    assert sorted(letter["To"] for letter in mailbox.letters) == ["nina@example.ru", "petr@example.ru"]
    link = re.search(r"https://osm\.example\.ru(/invitation\?key=\S+)", text_of(mailbox.to("nina")[0]))[1]
    assert "Сова Нина" in client.get(link).text
    assert invitations() == 2


def test_a_refused_letter_becomes_a_sheet_and_the_rest_are_sent(desk, mailbox, dina):
    mailbox.refused["nina@example.ru"] = "550 no such box"
    answer = press(dina, look(dina, book(NINA, PETR)).text, "letter")
    assert set(sheets(answer.text)) == {"nina"}
    assert "Сова Нина: Письмо не ушло" in answer.text
    assert [letter["To"] for letter in mailbox.letters] == ["petr@example.ru"]


def test_no_server_no_waiting_for_each_letter(app, desk, mailbox, dina, monkeypatch):
    page, settings = look(dina, book(NINA, PETR)).text, app.extensions["osm"].settings
    nobody = replace(settings, mail=replace(settings.mail, port=1))
    monkeypatch.setattr(app.extensions["osm"], "settings", nobody)
    answer = press(dina, page, "letter")
    assert set(sheets(answer.text)) == {"nina", "petr"}
    assert answer.text.count("Письмо не ушло") == 1


def test_by_paper_no_letter_is_sent(desk, mailbox, dina):
    answer = press(dina, look(dina, book(NINA)).text, "paper")
    assert set(sheets(answer.text)) == {"nina"}
    assert mailbox.letters == []

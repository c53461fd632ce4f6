"""Saved filters: in the person's own menu, counted to «999+», hidden from others."""

from __future__ import annotations

import re
from html import unescape

import pytest

from osm.base.database import db
from osm.models import SavedFilter
from osm.register import acts
from osm.register.queries import rows
from osm.regulation.words import Status

pytestmark = pytest.mark.usefixtures("desk")


def entries(page: str) -> dict[str, tuple[str, str]]:
    """Name → address and number of each entry of the menu."""
    number = r' <span class="count">(?:<span[^>]*>)*([^<]+)<.*?'
    found = re.findall(rf'<li><a href="([^"]+)"[^>]*>([^<]+?)(?:{number})?</a></li>', page)
    return {unescape(name).strip(): (unescape(address), number) for address, name, number in found}


def keep(browser, name: str, query: str = "status=new"):
    return browser.submit("/messages/filters", {"name": name, "query": query})


def test_a_saved_filter_is_in_the_menu_with_its_number(desk, anna):
    desk.in_status(Status.NEW, text="Яма")
    desk.in_status(Status.SELECTED)
    answer = keep(anna, "  Новое   сегодня ", "sort=newest&status=new&strange=1&term=")
    assert (answer.status_code, answer.location) == (303, "/messages?status=new")
    menu = entries(anna.htmx("/messages/filters", method="GET").text)
    assert menu["Новое сегодня"] == ("/messages?status=new", "1")
    assert menu["Открытые"] == ("/messages?status=open", "2")
    assert menu["Не внесено в ИМ"] == ("/messages?im=no", "0")


def test_numbers_end_at_999(desk, anna, monkeypatch):
    desk.in_status(Status.NEW)
    monkeypatch.setattr(rows, "count", lambda *_: 1000)
    assert {number for _, number in entries(anna.get("/messages/filters").text).values()} == {"999+"}


def test_the_current_one_is_marked(anna):
    page = anna.get("/messages?status=open").text
    assert re.search(r'<a href="/messages\?status=open" aria-current="page">Открытые', page)


def test_the_same_name_replaces_and_another_persons_is_his_own(anna, vera):
    keep(anna, "Мой", "status=new")
    keep(vera, "Мой", "status=rework")
    keep(anna, "Мой", "status=open&network=ok")
    db.session.rollback()
    assert db.session.scalars(db.select(SavedFilter.query).order_by(SavedFilter.query)).all() == [
        "status=open&network=ok",
        "status=rework",
    ]


@pytest.mark.words
@pytest.mark.parametrize(
    ("name", "query", "said"),
    [
        ("", "status=new", "Назовите фильтр"),
        ("х" * 61, "status=new", "Название длиннее 60 знаков"),
        ("Всё", "", "Сначала выберите"),
    ],
)
def test_what_cannot_be_kept_is_said_and_what_was_typed_stays(desk, anna, name, query, said):
    desk.in_status(Status.NEW)
    answer = keep(anna, name, query)
    assert answer.status_code == 422
    assert said in answer.text or not query
    assert db.session.scalars(db.select(SavedFilter)).all() == []


def test_there_are_not_too_many(anna, monkeypatch):
    monkeypatch.setattr(acts, "MOST", 1)
    keep(anna, "Один")
    assert "Сохранено уже 1 фильтров" in keep(anna, "Два").text
    assert keep(anna, "Один", "status=open").status_code == 303


def test_only_its_owner_takes_it_out(anna, vera):
    keep(anna, "Мой")
    kept = db.session.scalars(db.select(SavedFilter.id)).one()
    assert vera.submit(f"/messages/filters/{kept}/remove", {"query": ""}).status_code == 303
    assert "Мой" in entries(anna.get("/messages/filters").text)
    answer = anna.submit(f"/messages/filters/{kept}/remove", {"query": "status=new"})
    assert (answer.status_code, answer.location) == (303, "/messages?status=new")
    assert "Мой" not in entries(anna.get("/messages/filters").text)

"""The list of users: who is listed, searching, and the menu entry for it."""

from __future__ import annotations

import re

from osm.base.database import db
from osm.base.transaction import transaction
from osm.models import User
from osm.people.acts.users import block_user


def names(page: str) -> list[str]:
    return re.findall(r'class="person-name"[^>]*>([^<]+)</a>', page)


EVERYONE = ["Анна Ларина", "Борис Ежов", "Вера Носова", "Глеб Титов", "Дина Орлова"]
FOUND = {
    "": EVERYONE,
    "?q=ЛАРИНА": ["Анна Ларина"],
    "?q=нос+пресс": ["Вера Носова"],
    "?q=boris": ["Борис Ежов"],
    "?q=%00": EVERYONE,  # a NUL is removed, and the question is then empty
    "?q=bor%00is": ["Борис Ежов"],
    "?show=blocked": ["Ефим Чужой"],
    "?show=all&q=чуж": ["Ефим Чужой"],
    "?show=nonsense&q=чуж": [],
}


def test_finds_people_by_any_of_their_words(app, dina, cast, now):
    with app.app_context():
        block_user(cast["efim"], 1, now=now, actor=None)
    for query, expected in FOUND.items():
        assert names(dina.get(f"/admin/users{query}").text) == expected, query


def test_answers_a_fragment_to_htmx_and_a_page_without(dina):
    fragment = dina.htmx("/admin/users?q=анна", method="GET").text
    assert fragment.lstrip().startswith('<div id="people">')
    assert names(fragment) == ["Анна Ларина"]
    assert "<main" in dina.get("/admin/users?q=анна").text


def test_the_menu_leads_to_the_first_page_that_one_may_open(dina, boris):
    page = dina.get("/admin/users").text
    assert '<a href="/admin" aria-current="page">Управление' in page
    inside = page.split('class="tabs tabs-inner"')[1].split("</nav>")[0]
    assert '<a href="/admin/users" aria-current="page">Пользователи</a>' in inside
    assert "Управление" not in boris.get("/").text


def test_a_description_that_looks_like_html_is_text(app, dina, cast):
    with app.app_context(), transaction():
        db.session.get(User, cast["boris"]).position = "<script>alert(1)</script>"
    assert "<script>alert" not in dina.get("/admin/users").text

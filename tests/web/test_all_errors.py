"""A refused form says of every field what is wrong with it, not of the first alone."""

from __future__ import annotations

from html import unescape

import pytest

LONG, LATER = "я" * 600, "2030-01-01"
FORMS = {
    "office": ("dina", "/admin/office", {"name": LONG, "inn": "1", "site": "сайт"}, ("name", "inn", "site")),
    "settings": (
        "dina",
        "/admin/regulation",
        {"load_minutes": "1", "answer_marked": "1"},
        ("load_minutes", "act_number", "act_on"),
    ),
    "person": (
        "dina",
        "/admin/users",
        {"name": "", "email": "x", "login": "Я", "role": "executor", "post": "head"},
        ("name", "email", "login", "role"),
    ),
    "department": ("dina", "/admin/departments", {"name": LONG, "short_name": LONG}, ("name", "short_name")),
    "auditor": ("dina", "/admin/auditors", {"name": "Юлия", "document": ""}, ("last_day", "ordered_by", "document")),
    "page": (
        "anna",
        "/accounts",
        {"url": "x", "title": "", "email": "x", "body": "Я", "body_inn": "1"},
        ("url", "title", "email", "body_inn"),
    ),
    "connection": (
        "dina",
        "/admin/pages",
        {"network": "vk", "id": "x", "title": LONG},
        ("id", "title", "key-community"),
    ),
    "message": (
        "anna",
        "/messages/new",
        {"text": "", "url": "x y", "author_url": "x y", "place": LONG},
        ("text", "url", "author_url", "place"),
    ),
    "terms": (
        "dina",
        "/admin/keeping/terms",
        {"messages": "0", "comments": "", "notes": "40000"},
        ("messages", "notes"),
    ),
    "task": ("anna", "/plan/tasks", {"title": "", "text": "", "due_at": ""}, ("title", "text", "due_at")),
    "absence": ("anna", "/admin/absences", {"person_id": "2", "reason": ""}, ("reason", "first_day", "last_day")),
}


@pytest.mark.parametrize("case", FORMS)
def test_every_wrong_field_is_marked(app, cast, dina, anna, case):
    who, address, form, wrong = FORMS[case]
    answer = {"dina": dina, "anna": anna}[who].submit(address, {"version": 1, **form})
    assert answer.status_code == 422
    assert [name for name in wrong if f'id="{name}-error"' not in unescape(answer.text)] == []


def test_mistakes_are_read_in_the_order_of_the_fields(boris):
    said = boris.htmx("/admin/absences/effects", {"reason": "leave", "first_day": "", "last_day": ""}).text
    assert 0 < said.index("первый день") < said.index("последний день")

"""The address of the page's security."""

from __future__ import annotations

from datetime import timedelta

import pytest

from osm.base.database import db
from osm.base.transaction import transaction
from osm.models import Account, AccountEdition
from osm.regulation.own_pages import PageState, is_lone_phone
from tests.cast import browser_of
from tests.page_reading import words

from .conftest import GOOD

ONE = {"name": "Ирина Сотова", "right": "admin", "second_factor": "on"}
LOGIN = {"second_factor": "on", "recovery": "2-05-05, дежурный\npress@lesozavodsk.example, служебная"}
FEW = "меньше двух"
PHONE = "один телефон"


@pytest.mark.parametrize(
    ("recovery", "lone"),
    [
        ("+7 914 000-00-00, Ирина", True),
        ("89140000000", True),
        ("8 914 000-00-00 личный, Сотова", True),
        ("2-05-05, дежурный", False),
        ("+7 914 000-00-00, служебный телефон пресс-центра", False),
        ("+7 914 000-00-00, Ирина\npress@lesozavodsk.example", False),
        ("press@lesozavodsk.example", False),
        ("Ирина Сотова", False),
        ("", False),
    ],
)
def test_one_telephone_that_is_not_known_as_the_offices(recovery, lone):
    assert is_lone_phone(recovery) is lone


def test_one_administrator_is_red_everywhere_and_waits_with_the_steps_of_recovery(anna, dina, at):
    anna.submit(at, LOGIN | {"version": 1})
    anna.submit(f"{at}/people", ONE | {"version": 2})
    for shown in (anna.get(at).text, anna.get("/admin/security").text, anna.get("/").text):
        assert FEW in words(shown)
        assert 'class="alarm"' in shown
    steps = words(anna.get(at).text)
    assert "Если доступ потерян" in steps
    assert "vk.com/restore" in steps
    assert FEW not in words(dina.get("/").text)  # the press centre looks after the pages


def test_a_second_administrator_mends_it_and_an_editor_does_not(anna, at):
    anna.submit(at, LOGIN | {"version": 1})
    anna.submit(f"{at}/people", ONE | {"version": 2})
    anna.submit(f"{at}/people", ONE | {"version": 3, "name": "Пётр Седых", "right": "editor"})
    assert FEW in words(anna.get("/").text)
    anna.submit(f"{at}/people", ONE | {"version": 4, "name": "Олег Дьяков", "right": "owner"})
    for where in (at, "/admin/security", "/"):
        assert FEW not in words(anna.get(where).text)


def test_a_single_private_telephone_is_red_until_the_office_has_a_contact(anna, at):
    for version, name in enumerate(("Ирина Сотова", "Пётр Седых"), start=1):
        anna.submit(f"{at}/people", ONE | {"version": version, "name": name})
    anna.submit(at, LOGIN | {"version": 3, "recovery": "+7 914 000-00-00, Ирина"})
    for where in (at, "/admin/security", "/"):
        assert PHONE in words(anna.get(where).text)
    anna.submit(at, LOGIN | {"version": 4})
    assert PHONE not in words(anna.get("/").text)


def test_a_new_page_without_data_yet_has_two_weeks(app, cast, at, clock):
    assert FEW not in words(browser_of(app, cast, "anna").get("/").text)
    clock.set(clock.now() + timedelta(days=15))
    assert FEW in words(browser_of(app, cast, "anna").get("/").text)


def test_a_closed_page_needs_no_keepers(app, anna, at, now):
    anna.submit(f"{at}/people", ONE | {"version": 1})
    with app.app_context(), transaction() as session:
        account = session.scalars(db.select(Account)).one()
        closed = {"state": PageState.CLOSED, "title": "Администрация", "url": "https://vk.com/gorod", "body": "Округ"}
        session.add(AccountEdition(account_id=account.id, number=1, since=now, **closed))
    assert FEW not in words(anna.get("/").text)


def test_a_check_does_not_end_it(anna, at):
    anna.submit(f"{at}/people", ONE | {"version": 1})
    assert anna.submit(f"{at}/check", GOOD | {"version": 2, "months": 3}).location == at
    assert FEW in words(anna.get("/").text)

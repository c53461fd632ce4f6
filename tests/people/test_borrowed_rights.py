"""Borrowed rights are not permanent: Vera is the curator while Anna is away, and cannot prolong that."""

from __future__ import annotations

import re
from datetime import date

import pytest

from osm.base.database import db
from osm.base.errors import NotYours
from osm.base.transaction import transaction
from osm.models import Absence, UserRole
from osm.people.acts.absences import Given, edit_absence, end_absence, enter_absence
from osm.people.acts.users import create_user
from osm.regulation.errors import MissingInput
from osm.regulation.executors import PASSED_ON
from osm.regulation.words import Role
from tests.desk import NOW
from tests.web.routes import ROUTES, address

from .ways import vera as acting

LIST = "/admin/absences"
WORDS = "сотрудника пресс-центра даёт права"


def given(first: int, last: int, substitute: int | None) -> Given:
    return Given("leave", date(2026, 11, first), date(2026, 11, last), substitute)


def stored() -> list[tuple[int, int, int | None, bool]]:
    db.session.rollback()
    rows = db.session.scalars(db.select(Absence).order_by(Absence.id).execution_options(populate_existing=True))
    return [(row.person_id, row.last_day.day, row.substitute_id, row.ended_at is None) for row in rows]


@pytest.fixture
def staff(desk, away):
    """Anna is away until the 27th, Vera is her substitute; a second curator and a second moderator are at work."""
    away("anna", 25, 27, "vera")
    for login, name, role in (("igor", "Игорь Второй", Role.CURATOR), ("nadia", "Надежда Белая", Role.MODERATOR)):
        desk.ids[login] = create_user(login, name, [role], "сосна-утро-42", now=NOW).id
    return desk


@pytest.mark.words
@pytest.mark.parametrize(
    ("person", "substitute"),
    [("anna", "vera"), ("anna", "nadia"), ("anna", None), ("igor", "vera"), ("igor", "nadia"), ("igor", "anna"),
     ("nadia", "igor")],
)  # fmt: skip
def test_the_substitute_enters_nothing_that_gives_rights(staff, person, substitute):
    before = stored()
    asked = given(28, 30, staff.ids[substitute] if substitute else None)
    with pytest.raises(NotYours, match=WORDS):
        enter_absence(staff.ids[person], asked, actor=acting(staff), now=NOW)
    assert stored() == before


def test_the_substitute_changes_and_ends_nothing_that_gives_rights(staff, away):
    chain = away("igor", 25, 27, "nadia")
    hers = db.session.scalars(db.select(Absence).where(Absence.person_id == staff.ids["anna"])).one()
    before = stored()
    for row in (hers, chain):
        for asked in (given(25, 30, staff.ids["vera"]), given(25, 26, row.substitute_id)):
            with pytest.raises(NotYours, match=WORDS):
                edit_absence(row.id, row.version, asked, actor=acting(staff), now=NOW)
        with pytest.raises(NotYours, match=WORDS):
            end_absence(row.id, row.version, actor=acting(staff), now=NOW)
    assert stored() == before


def test_a_substitutes_absence_entry_brings_her_no_work(staff, away):
    """Vera is an executor too: she can send the work neither to herself nor to Lidia, as Lidia's substitute."""
    with transaction() as session:
        session.add(UserRole(user_id=staff.ids["vera"], role=Role.EXECUTOR))
    away("lidia", 27, 29, "vera")
    for substitute in ("vera", "lidia"):
        with pytest.raises(MissingInput, match="Работа перешла бы к вам"):
            enter_absence(staff.ids["boris"], given(26, 28, staff.ids[substitute]), actor=acting(staff), now=NOW)
    enter_absence(staff.ids["boris"], given(25, 26, staff.ids["lidia"]), actor=acting(staff), now=NOW)


def test_she_enters_changes_and_ends_what_gives_no_rights(staff):
    row = enter_absence(staff.ids["boris"], given(25, 26, staff.ids["lidia"]), actor=acting(staff), now=NOW)
    edit_absence(row.id, 1, given(25, 27, staff.ids["roman"]), actor=acting(staff), now=NOW)
    end_absence(row.id, 2, actor=acting(staff), now=NOW)
    assert stored()[-1] == (staff.ids["boris"], 27, staff.ids["roman"], False)


def test_her_own_absence_is_hers(staff):
    row = enter_absence(staff.ids["vera"], given(28, 30, staff.ids["nadia"]), actor=acting(staff), now=NOW)
    edit_absence(row.id, 1, given(28, 29, staff.ids["igor"]), actor=acting(staff), now=NOW)
    end_absence(row.id, 2, actor=acting(staff), now=NOW)


@pytest.mark.parametrize("role", [Role.CURATOR, Role.ADMIN])
def test_a_permanent_right_is_kept_while_acting_for_another(staff, role):
    with transaction() as session:
        session.add(UserRole(user_id=staff.ids["vera"], role=role))
    enter_absence(staff.ids["igor"], given(28, 30, staff.ids["vera"]), actor=acting(staff), now=NOW)


def test_the_page_says_why_and_shows_no_button(vera, staff):
    row = db.session.scalars(db.select(Absence)).one()
    page = vera.get(f"{LIST}/{row.id}").text
    assert WORDS in page
    for words in ("Сохранить", "Снова на месте", "Завершить отсутствие"):
        assert words not in page
    form = vera.get(f"{LIST}/new").text
    assert "Вы замещаете куратора" in form
    offered = re.search(r'<select[^>]* name="person_id".*?</select>', form, re.DOTALL)[0]
    assert {login for login, i in staff.ids.items() if f'value="{i}"' in offered} == {"boris", "lidia", "roman", "vera"}


@pytest.mark.words
@pytest.mark.parametrize(("path", "status"), [("", 409), ("/effects", 422)])
def test_the_refusal_is_said_and_what_was_typed_stays(vera, staff, path, status):
    typed = {"person_id": staff.ids["anna"], "reason": "leave", "first_day": "2026-11-28", "last_day": "2026-11-30",
             "substitute_id": staff.ids["vera"]}  # fmt: skip
    answer = vera.submit(f"{LIST}{path}", typed)
    assert answer.status_code == status
    assert WORDS in answer.text
    assert 'value="2026-11-30"' in answer.text


def test_an_administrators_rights_are_never_borrowed(vera, staff):
    """Only the administrator decides about accounts, roles, log-ins and keys, and an absence does not lend his role."""
    assert PASSED_ON.isdisjoint({Role.ADMIN, Role.HEAD, Role.AUDITOR})
    with transaction() as session:
        session.add_all(UserRole(user_id=staff.ids["anna"], role=role) for role in (Role.ADMIN, Role.HEAD))
    about_rights = [r for r in ROUTES if re.match(r"/admin/(users|logins|departments|sources|log)\b", r.rule)]
    assert len(about_rights) > 20
    for route in about_rights:
        assert route.access - {Role.AUDITOR} == {Role.ADMIN}, route.rule
        for method in route.methods:
            ask = vera.get if method == "GET" else vera.submit
            assert ask(address(route.rule)).status_code == 403, route.rule

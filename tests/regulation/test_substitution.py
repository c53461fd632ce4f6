"""Which substitute acts for which person on a day (П.3): chains, circles, and impossible absences."""

from __future__ import annotations

from datetime import date

import pytest

from osm.regulation.errors import MissingInput
from osm.regulation.executors import (
    FITTING,
    Absence,
    Colleague,
    check_absence,
    fits,
    passed_on,
    period_words,
    stand_in,
)
from osm.regulation.words import Role

A, B, C, D = 1, 2, 3, 4
PEOPLE = {
    person: Colleague(name, is_active=True, roles=frozenset({Role.EXECUTOR}))
    for person, name in ((A, "Алла Ким"), (B, "Борис Ежов"), (C, "Вера Цой"), (D, "Денис Ли"))
}


def day(number: int) -> date:
    return date(2026, 12, number)


def away(person: int, first: int, last: int, substitute: int | None = None) -> Absence:
    return Absence(person, day(first), day(last), substitute)


CHAIN = (away(A, 1, 10, B), away(B, 5, 7, C))


@pytest.mark.parametrize(
    ("person", "on", "absences", "expected"),
    [
        (A, 1, (), A),
        (A, 1, (away(A, 2, 3, B),), A),
        (A, 2, (away(A, 2, 3, B),), B),
        (A, 3, (away(A, 2, 3, B),), B),
        (A, 4, (away(A, 2, 3, B),), A),
        (A, 2, (away(A, 2, 3),), None),
        (A, 4, CHAIN, B),
        (A, 5, CHAIN, C),
        (A, 7, CHAIN, C),
        (A, 8, CHAIN, B),
        (B, 5, CHAIN, C),
        (B, 8, CHAIN, B),
        (A, 5, (*CHAIN, away(C, 5, 5)), None),
        (A, 5, (*CHAIN, away(C, 5, 5, D)), D),
        (A, 2, (away(A, 1, 3, B), away(B, 1, 3, A)), None),
        (A, 2, (away(A, 1, 3, B), away(B, 1, 3, C), away(C, 1, 3, B)), None),
    ],
)
def test_who_does_the_work(person, on, absences, expected):
    assert stand_in(person, day(on), absences, PEOPLE) == expected


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({}, C),
        ({C: Colleague("Вера Цой", is_active=False, roles=frozenset({Role.EXECUTOR}))}, None),
        ({C: Colleague("Вера Цой", is_active=True, roles=frozenset({Role.HEAD}))}, None),
        ({B: Colleague("Борис Ежов", is_active=False, roles=frozenset({Role.EXECUTOR}))}, None),
    ],
)
def test_a_substitute_who_cannot_work_does_not_count(changed, expected):
    assert stand_in(A, day(6), CHAIN, PEOPLE | changed) == expected


def test_being_away_ends_with_the_last_day():
    assert [stand_in(A, day(number), CHAIN, PEOPLE) == A for number in (1, 10, 11)] == [False, False, True]


CURATOR, MODERATOR, EXECUTOR, HEAD, ADMIN = Role.CURATOR, Role.MODERATOR, Role.EXECUTOR, Role.HEAD, Role.ADMIN


@pytest.mark.parametrize(
    ("absent", "substitute", "expected"),
    [
        ({EXECUTOR}, {EXECUTOR}, True),
        ({EXECUTOR}, {CURATOR}, False),
        ({EXECUTOR}, {MODERATOR, EXECUTOR}, True),
        ({CURATOR}, {CURATOR}, True),
        ({CURATOR}, {MODERATOR}, True),
        ({CURATOR}, {EXECUTOR}, False),
        ({CURATOR}, {ADMIN}, False),
        ({CURATOR}, {HEAD}, False),
        ({MODERATOR}, {CURATOR}, True),
        ({MODERATOR}, {EXECUTOR}, False),
        ({CURATOR, EXECUTOR}, {MODERATOR}, False),
        ({CURATOR, EXECUTOR}, {MODERATOR, EXECUTOR}, True),
        ({HEAD}, set(), True),
        ({ADMIN, CURATOR}, {MODERATOR}, True),
    ],
)
def test_which_roles_fit(absent, substitute, expected):
    one = Colleague("А", is_active=True, roles=frozenset(absent))
    other = Colleague("Б", is_active=True, roles=frozenset(substitute))
    assert fits(one, other) is expected


def test_chains_of_fitting_roles_stay_fitting():
    for role, fitting in FITTING.items():
        for further in fitting:
            assert FITTING[further] <= FITTING[role]


def test_only_the_press_centres_rights_are_passed_on():
    assert passed_on(Role) == {Role.CURATOR, Role.MODERATOR}


@pytest.mark.parametrize(
    ("new", "others", "field", "words"),
    [
        (away(A, 3, 2), (), "last_day", "раньше первого"),
        (Absence(A, day(1), date(2029, 12, 30), B), (), "last_day", "трёх лет"),
        (away(A, 3, 5, B), (away(A, 5, 8, B),), "first_day", "с 05.12 по 08.12.2026"),
        (away(A, 3, 5, B), (away(A, 1, 3),), "first_day", "с 01.12 по 03.12.2026"),
        (away(A, 3, 5, A), (), "substitute_id", "Сам себя"),
        (away(A, 3, 5, 99), (), "substitute_id", "не работает"),
        (away(A, 1, 5, B), (away(B, 5, 9, A),), "substitute_id", "05.12.2026 Борис Ежов"),
        (away(A, 1, 9, B), (away(B, 2, 9, C), away(C, 4, 6, A)), "substitute_id", "04.12.2026 Вера Цой"),
    ],
)
def test_an_absence_that_cannot_be(new, others, field, words):
    with pytest.raises(MissingInput, match=words) as refused:
        check_absence(new, others, PEOPLE)
    assert refused.value.field == field


@pytest.mark.parametrize(
    ("new", "others"),
    [
        (away(A, 3, 3), ()),
        (away(A, 3, 5, B), (away(A, 6, 8, B), away(A, 1, 2))),
        (away(A, 1, 4, B), (away(B, 5, 9, A),)),
        (away(A, 1, 9, B), (away(B, 2, 3, C), away(C, 4, 6, A))),
        (away(A, 1, 9, B), (away(B, 2, 9, C), away(C, 2, 9, B))),
    ],
    ids=["without a substitute", "side by side", "one after the other", "never all at once", "a circle of others"],
)
def test_an_absence_that_can(new, others):
    check_absence(new, others, PEOPLE)


def test_the_refusal_names_the_role_that_is_needed():
    people = PEOPLE | {A: Colleague("Алла Ким", is_active=True, roles=frozenset({CURATOR}))}
    with pytest.raises(MissingInput, match="куратор или модератор"):
        check_absence(away(A, 1, 2, B), (), people)


@pytest.mark.parametrize(
    ("first", "last", "words"),
    [
        (day(1), day(1), "01.12.2026"),
        (day(1), day(10), "с 01.12 по 10.12.2026"),
        (day(28), date(2027, 1, 8), "с 28.12.2026 по 08.01.2027"),
    ],
)
def test_days_in_words(first, last, words):
    assert period_words(first, last) == words

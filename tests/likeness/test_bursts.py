"""What is a burst: many voices against the usual of this hour and weekday; copies and one author count little."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st

from osm.likeness.bursts import Mark, Run, counted, is_same, runs, strangers, typical, usual_of, voices
from osm.regulation.parameters import BurstRules
from tests.office import VLADIVOSTOK, at

RULES = BurstRules()
THEN = at("25.11 14:00")
"""A Wednesday."""
LONG_AGO = THEN - timedelta(weeks=8)


def written(number: int, since: datetime = THEN, *, minutes: int = 100, first: int = 1, **fields: object) -> list[Mark]:
    """So many by different people, evenly over so many minutes."""
    step = timedelta(minutes=minutes) / max(1, number)
    return [Mark(first + n, since + n * step, f"житель {first + n}", **fields) for n in range(number)]


def usually(number: int) -> list[Mark]:
    """So many in the same two hours of every day of the eight weeks before."""
    ids = count(10_000)
    return [
        Mark(next(ids), THEN - timedelta(days=day) + timedelta(minutes=10 * n), f"прежний {day}-{n}")
        for day in range(1, 57)
        for n in range(number)
    ]


def found(marks: list[Mark], before: list[Mark] = (), known_from: datetime = LONG_AGO, **more: object) -> list[Run]:
    everything = counted(sorted([*before, *marks], key=lambda mark: mark.at), RULES.few_authors)
    fresh = {mark.id for mark in marks}
    return runs(everything, fresh, known_from=known_from, rules=RULES, tz=VLADIVOSTOK, **more)


def test_twelve_where_one_is_usual():
    run = found(written(12), usually(1))[0]
    assert (run.since, run.count, run.usual, run.window) == (THEN, 12, 1.0, timedelta(hours=2))


@pytest.mark.parametrize(
    ("marks", "before", "is_burst"),
    [
        (written(4), [], True),  # where usually no messages come the least number is enough
        (written(3), [], False),
        (written(12), usually(6), False),
        (written(40), usually(6), True),
        (written(12, is_comment=True), [], True),
        (written(11, is_comment=True), [], False),  # a talk below one post
        (written(24, minutes=450), [], True),  # slow: within eight hours
        ([Mark(n, THEN + timedelta(minutes=n), "один") for n in range(30)], [], False),
        (written(12, copies=7), [], True),  # one text by many residents (reading 11)
        (written(12, is_spam=True), [], False),
    ],
)
def test_what_is_a_burst(marks, before, is_burst):
    assert bool(found(marks, before)) is is_burst


def test_copies_by_few_are_a_mailing():
    mailing = [Mark(n, THEN + timedelta(minutes=n), f"рассыльный {n % 3}", copies=5) for n in range(12)]
    assert counted(mailing, RULES.few_authors) == []
    assert not found([*mailing, *written(3, first=100)])
    assert found([*mailing, *written(4, first=100)])[0].count == 4


def test_until_a_week_is_known_it_takes_twice_the_least():
    assert not found(written(7), known_from=THEN - timedelta(days=2))
    assert found(written(8), known_from=THEN - timedelta(days=2))


def test_when_all_is_lively_one_topic_must_be_livelier():
    marks, before = written(9), usually(1)
    assert found(marks, before)
    assert not found(marks, before, level=lambda since, until: 3.0)


def test_a_burst_of_last_week_does_not_become_the_usual():
    last_week = written(40, THEN - timedelta(weeks=1), first=500)
    assert found(written(14), [*usually(1), *last_week])


def test_only_windows_with_news_are_judged():
    assert runs(written(12), [], known_from=LONG_AGO, rules=RULES, tz=VLADIVOSTOK) == []


@pytest.mark.parametrize(
    ("texts", "others", "same"),
    [("abcd", "cdefgh", False), ("abcd", "bcdefgh", True), ("ab", "abcdefgh", True), ("a", "", False)],
)
def test_what_is_written_of_in_the_same_texts(texts, others, same):
    assert is_same(set(texts), set(others)) is is_same(set(others), set(texts)) is same


def by_minutes(*minutes: int, signs: int = 1) -> list[tuple[int, datetime, int]]:
    return [(minute, THEN + timedelta(minutes=minute), signs) for minute in minutes]


@pytest.mark.parametrize(
    ("texts", "out"),
    [
        (by_minutes(-300, *range(12)), {-300}),
        (by_minutes(-400, -300, *range(12)), {-400, -300}),
        (by_minutes(-59, *range(12)), set()),  # no long pause
        (by_minutes(*range(0, 480, 40)), set()),  # a slow one
        (by_minutes(-300, *range(3)), {-300}),
        (by_minutes(-300, *range(2)), set()),  # a third of the burst belongs to it
        (by_minutes(-300, *range(12), signs=2), set()),  # of the topic and of the street: who noticed it first
        ([*by_minutes(-400), *by_minutes(-300, signs=2), *by_minutes(*range(12))], {-400}),
    ],
)
def test_who_is_a_stranger_at_the_start(texts, out):
    assert strangers(texts, RULES) == out


def test_a_typical_text_is_near_to_all_others():
    assert typical([{"вода"}, {"вода", "нет", "дом"}, {"вода", "нет"}, {"лифт", "крыша", "вода"}, set()]) == 2
    assert typical([{"вода"}] * 7) == 3


def test_the_very_weekday_weighs_twice():
    assert usual_of([(3, 3.0, 2.0), (0, 0.0, 1.0)]).items == pytest.approx(2.0)


@given(st.lists(st.tuples(st.integers(0, 5), st.booleans()), max_size=30))
def test_a_voice_more_is_never_a_voice_less(given):
    marks = [Mark(n, THEN, who or None, is_comment) for n, (who, is_comment) in enumerate(given)]
    numbers = [voices(marks[:n], RULES) for n in range(len(marks) + 1)]
    assert numbers == sorted(numbers)
    assert numbers[-1] <= len(marks)

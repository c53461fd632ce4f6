"""П.14 in order: which executor's turn it is, and when the parts do not fit before the draft."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from osm.calendar.queries import load_calendar
from osm.regulation.executors import Line, PartState, fit, turns

CODES = {"в": PartState.WAITING, "г": PartState.ASKED, "о": PartState.SENT, "д": PartState.RETURNED}


def lines(told: str) -> list[Line]:
    """«1г 1о 2в»: number and state of each executor, ids from 1."""
    return [Line(i, int(word[:-1]), CODES[word[-1]]) for i, word in enumerate(told.split(), start=1)]


@pytest.mark.parametrize(
    ("told", "opens", "closes"),
    [
        ("1в", [1], []),
        ("1в 1в 2в", [1, 2], []),
        ("1г 2в", [], []),
        ("1о 2в", [2], []),
        ("1о 1г 2в", [], []),
        ("1о 1о 2в 2в 3в", [3, 4], []),
        ("1о 1д 2в", [], []),  # an earlier part is not complete while it is being reworked
        ("1д 2г", [], []),  # but a return stops no executor who works already
        ("1г 2г", [], [2]),  # put behind an executor who has not sent
        ("1в 2г", [1], [2]),  # another executor was added before him
        ("3в 7в", [1], []),  # numbers may have gaps
        ("2в 1в", [2], []),
        ("1о 2о", [], []),
        ("1г 2д", [], []),  # a returned part is asked for in any order
        ("", [], []),
    ],
)
def test_which_executors_turn_it_is(told: str, opens: list[int], closes: list[int]):
    found = turns(lines(told))
    assert (list(found.opens), list(found.closes)) == (opens, closes)


def test_every_state_has_its_words():
    assert set(PartState.labels()) == set(PartState)


CALENDAR = load_calendar()
START = datetime(2026, 3, 17, 0, 0, tzinfo=UTC)  # Tuesday 10:00 in Vladivostok


@pytest.mark.parametrize(
    ("minutes", "draft_in", "fits", "proposed"),
    [
        ([120], 180, True, ()),
        ([120], 120, True, ()),  # exactly at that instant is in time
        ([120], 60, False, (30,)),  # an hour for two: the executor, and the curator who writes the common draft
        ([120, 120], 60, False, (20, 20)),
        ([60, 60], 150, True, ()),
        ([120], 9, False, ()),  # less than two steps: too short to propose
        ([120], -30, False, ()),
        ([], 60, True, ()),
    ],
)
def test_two_hours_against_the_term_of_the_draft(
    minutes: list[int], draft_in: int, fits: bool, proposed: tuple[int, ...]
):
    found = fit(minutes, START, START + timedelta(minutes=draft_in), CALENDAR)
    assert (found.fits, found.proposed) == (fits, proposed)


def test_one_number_begins_where_the_one_before_ends():
    ends = fit([120, 60], START, START + timedelta(hours=9), CALENDAR).ends
    assert [f"{end.astimezone(CALENDAR.tz):%H:%M}" for end in ends] == ["12:00", "13:00"]

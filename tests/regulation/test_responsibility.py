"""П.19, reading 10: which person's breach it is, what is asked about once, who decides about which person."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from osm.regulation.control import CAUSES_OF, Earlier, Side, chain_of, may_decide, side_of
from osm.regulation.words import ClockKind as Clock
from osm.regulation.words import Status

CURATOR, EXECUTOR = Side.CURATOR, Side.EXECUTOR


def hour(number: int) -> datetime:
    return datetime(2026, 3, 17, number, tzinfo=UTC)


@pytest.mark.parametrize(
    ("clock", "status", "side"),
    [
        (Clock.ROUTE, Status.NEW, CURATOR),
        (Clock.APPROVE, Status.ON_APPROVAL, CURATOR),
        (Clock.DRAFT, Status.IN_WORK, EXECUTOR),
        (Clock.REWORK, Status.REWORK, EXECUTOR),
        (Clock.PART, Status.IN_WORK, EXECUTOR),
        (Clock.ANSWER, Status.NEW, CURATOR),
        (Clock.ANSWER, Status.SELECTED, CURATOR),
        (Clock.ANSWER, Status.IN_WORK, EXECUTOR),
        (Clock.ANSWER, Status.ON_APPROVAL, CURATOR),
        (Clock.ANSWER, Status.REWORK, EXECUTOR),
        (Clock.ANSWER, Status.APPROVED, CURATOR),
        (Clock.FINAL, Status.AWAITING_FINAL, EXECUTOR),
        (Clock.FINAL, Status.IN_WORK, EXECUTOR),
        (Clock.FINAL, Status.ON_APPROVAL, CURATOR),
        (Clock.FINAL, Status.AWAITING_AUTHOR, CURATOR),
    ],
)
def test_which_persons_step_was_late(clock, status, side):
    assert side_of(clock, status) is side


@pytest.mark.parametrize("clock", [Clock.DRAFT, Clock.ANSWER, Clock.FINAL])
def test_the_common_draft_is_the_curators_once_every_part_is_in(clock):
    assert side_of(clock, Status.IN_WORK, several=True, parts_owed=True) is EXECUTOR
    assert side_of(clock, Status.IN_WORK, several=True) is CURATOR


ANNA, BORIS = 1, 2
DRAFT, APPROVE = Earlier(10, Clock.DRAFT, BORIS, hour(12)), Earlier(11, Clock.APPROVE, ANNA, hour(14))


@pytest.mark.parametrize(
    ("person", "begun", "earlier", "root"),
    [
        (BORIS, 9, [DRAFT], 10),
        (BORIS, 9, [DRAFT, APPROVE], 10),  # his own before a later one of another person
        (ANNA, 9, [DRAFT, APPROVE], 11),
        (ANNA, 9, [DRAFT], 10),
        (BORIS, 13, [DRAFT], None),  # the clock began to run when it was already late
        (BORIS, 9, [], None),
    ],
)
def test_a_late_draft_that_makes_the_answer_late_is_one_chain(person, begun, earlier, root):
    assert chain_of(Clock.ANSWER, hour(begun), hour(16), person, earlier) == root


def test_nothing_follows_of_an_answer():
    assert not any(Clock.ANSWER in causes or Clock.FINAL in causes for causes in CAUSES_OF.values())


@pytest.mark.parametrize(
    ("side", "by", "curator", "chief", "may"),
    [
        (EXECUTOR, ANNA, True, False, True),
        (EXECUTOR, ANNA, False, True, False),  # the chief of staff decides only about the curator's
        (CURATOR, ANNA, True, False, False),
        (CURATOR, ANNA, False, True, True),
        (EXECUTOR, BORIS, True, False, False),  # his own
        (CURATOR, BORIS, True, True, False),
    ],
)
def test_own_breaches_are_never_waived_and_the_curators_by_the_chief(side, by, curator, chief, may):
    assert may_decide(side, BORIS, by, is_curator=curator, is_chief=chief) is may

"""Reminders: the table of kinds, working time, 16:00, the hours of the digests."""

from __future__ import annotations

from datetime import time

import pytest

from osm.calendar.queries import load_calendar
from osm.regulation.control import BEFORE, MailMode, goes_at_once, is_evening, shown_from
from osm.regulation.control import last_digest as last
from osm.regulation.reminding import RULES, Haste, Kind, Whom, sentence
from osm.regulation.words import ClockKind
from tests.office import at

CALENDAR = load_calendar()
DIGEST_TIMES = (time(9), time(16))
DUE = "2026-11-25T04:58:00+00:00"
AT_ONCE = {
    Kind.ASSIGNED, Kind.AGAIN, Kind.HURRIED, Kind.INSTRUCTION, Kind.INSTRUCTION_RETURNED, Kind.PUBLICATION,
    Kind.BACKUP_FAILED, Kind.TRIAL_FAILED, Kind.PLAN_BY_HAND, Kind.PLAN_FAILED, Kind.KRAI_TERM, Kind.PAGE_TASK,
    Kind.PAGE_STRANGER, Kind.LOGIN_CHANGED, Kind.SECOND_FACTOR, Kind.FACTOR_RESET,
    Kind.CODE_AGAIN, Kind.NO_EXPORT, Kind.EXPORT_WAITS, Kind.EXPORT_REFUSED, Kind.PORTAL_GIVEN, Kind.PORTAL_TERM,
    Kind.NEIGHBOUR_ANSWERED, Kind.NEIGHBOUR_ENDED,
}  # fmt: skip
OF_OFFICE = {
    Kind.URGENT_REPORT, Kind.CALL, Kind.BURST, Kind.PAGE_STOPPED, Kind.INSTRUCTION_URGENT,
    Kind.INSTRUCTION_URGENT_RETURNED, Kind.DANGER,
}  # fmt: skip
URGENT = {Kind.JOB_FAILED, Kind.LANE_LATE, Kind.DISK_FULL, Kind.LOG_FAULT}


@pytest.mark.parametrize("kind", Kind)
def test_how_soon_each_kind_is_sent(kind):
    wanted = Haste.URGENT if kind in URGENT | OF_OFFICE else Haste.AT_ONCE if kind in AT_ONCE else Haste.DIGEST
    assert RULES[kind].haste is wanted


def test_alarms_are_the_administrators():
    alarms = URGENT | {Kind.BACKUP_FAILED, Kind.TRIAL_FAILED}
    assert {kind for kind, rule in RULES.items() if rule.whom is Whom.ADMINS} == alarms


@pytest.mark.parametrize(
    ("haste", "mode", "high", "wanted"),
    [
        (Haste.DIGEST, MailMode.AT_ONCE, False, False),
        (Haste.DIGEST, MailMode.AT_ONCE, True, True),  # П.9
        (Haste.AT_ONCE, MailMode.AT_ONCE, False, True),
        (Haste.AT_ONCE, MailMode.DIGEST, True, False),
        (Haste.URGENT, MailMode.DIGEST, False, True),
    ],
)
def test_who_wants_digests_gets_at_once_what_is_urgent(haste, mode, high, wanted):
    assert goes_at_once(haste, mode, high=high) is wanted


@pytest.mark.parametrize(
    ("happened", "shown"),
    [
        ("25.11 11:00", "25.11 11:00"),
        ("25.11 13:10", "25.11 13:48"),  # lunch
        ("25.11 21:00", "26.11 09:00"),
        ("27.11 17:30", "30.11 09:00"),  # Friday after the close
    ],
)
def test_in_working_time_only_unless_it_is_urgent(happened, shown):
    assert shown_from(at(happened), Haste.AT_ONCE, CALENDAR) == at(shown)
    assert shown_from(at(happened), Haste.DIGEST, CALENDAR) == at(shown)
    assert shown_from(at(happened), Haste.URGENT, CALENDAR) == at(happened)


@pytest.mark.parametrize(
    ("now", "wanted"),
    [
        ("25.11 15:59", False),
        ("25.11 16:00", True),
        ("25.11 17:59", True),
        ("25.11 18:00", False),  # after hours
        ("27.11 16:00", True),  # Friday, to 17:00
        ("28.11 16:00", False),  # Saturday
        ("30.04 15:00", False),  # before a holiday, Thursday to 17:00: an hour before that is 16:00
        ("30.04 16:00", True),
    ],
)
def test_evening_is_from_sixteen(now, wanted):
    assert is_evening(at(now), CALENDAR) is wanted


@pytest.mark.parametrize(
    ("now", "until"),
    [
        ("25.11 09:01", None),
        ("25.11 09:02", "25.11 09:02"),
        ("25.11 12:00", "25.11 09:02"),
        ("25.11 16:01", "25.11 09:02"),
        ("25.11 16:02", "25.11 16:02"),  # it includes what was noted at 16:00
        ("25.11 18:30", None),  # until the morning
        ("28.11 12:00", None),
    ],
)
def test_digests_go_at_their_hours_in_working_time(now, until):
    assert last(at(now), DIGEST_TIMES, CALENDAR) == (at(until) if until else None)


def test_on_short_days_the_last_digest_goes_an_hour_earlier():
    """The day before a holiday that is a Friday closes at 16:00."""
    short = at("08.05 15:02")
    assert CALENDAR.day(CALENDAR.local(short).date()).hours[-1][1] == time(16)
    assert last(short, DIGEST_TIMES, CALENDAR) == short
    assert is_evening(at("08.05 15:00"), CALENDAR)


def test_beyond_the_calendar_it_is_shown_at_once_and_no_digest_goes():
    far = at("25.11 21:00").replace(year=2090)
    assert shown_from(far, Haste.DIGEST, CALENDAR) == far
    assert last(far, DIGEST_TIMES, CALENDAR) is None
    assert not is_evening(far, CALENDAR)


@pytest.mark.parametrize(
    ("kind", "facts", "words"),
    [
        ("term", {"clock": "draft", "due": DUE}, "Срок подходит: проект на согласование — 25.11 в 14:58"),
        ("breach", {"clock": "route", "due": DUE}, "Срок прошёл: направить исполнителю — был 25.11 в 14:58"),
        ("morning", {"count": 3, "due": "2026-11-25T23:20:00+00:00"}, "Завтра с утра 3 срока, первый — 26.11 в 09:20"),
        ("promise", {"day": "2026-11-26"}, "Обещано автору на 26.11"),
        ("disk_full", {"free": 300}, "На диске сервера осталось 300 МБ"),
        ("of another edition", {}, "of another edition"),
    ],
)
def test_the_sentence(kind, facts, words):
    assert sentence(kind, facts, CALENDAR) == words


def test_every_clock_has_its_time_before():
    assert set(BEFORE) == set(ClockKind)

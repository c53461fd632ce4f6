"""The terms of П.7–П.14 computed by hand for 38 events: three schedules, shortened days, moved days, local acts."""

from datetime import UTC, datetime, time
from zoneinfo import ZoneInfo

import pytest

from osm.calendar.queries import load_calendar, load_parameters
from osm.regulation.deadlines import compute_clocks, due_times
from osm.regulation.words import ClockKind, Importance
from osm.regulation.working_time.production_calendar import Layer, Override, office_week

TZ = ZoneInfo("Asia/Vladivostok")
SCHEDULES = {
    "S1": office_week("09:00-18:00", "09:00-17:00", "13:00-14:00"),
    "S2": office_week("09:00-18:00", "09:00-17:00", "13:00-13:48"),
    "S3": office_week("09:00-18:00", "09:00-16:45", "13:00-13:45"),
}

# schedule | event | importance | counted from | answer | draft | approve | route, rework | part | final | special
# A term in the year of its event is written without the year; "-" is not asked.
TABLE = """
S1 | 2026-03-17 09:00 | normal | 03-17 09:00 | 03-17 17:00      | 03-17 14:00      | 03-17 09:30 | 03-17 10:00 | 03-17 11:00      | 03-20 17:00      | a day without surprises
S1 | 2026-03-17 12:30 | normal | 03-17 12:30 | 03-18 11:30      | 03-17 17:30      | 03-17 13:00 | 03-17 14:30 | 03-17 15:30      | 03-20 17:00      | over lunch and into the next morning
S1 | 2026-03-17 13:20 | high   | 03-17 14:00 | 03-17 17:00      | 03-17 15:00      | 03-17 14:30 | 03-17 15:00 | 03-17 16:00      | 03-20 17:00      | in the lunch hour
S1 | 2026-03-17 13:00 | high   | 03-17 14:00 | 03-17 17:00      | 03-17 15:00      | 03-17 14:30 | 03-17 15:00 | 03-17 16:00      | 03-20 17:00      | 13:00 sharp is lunch already
S1 | 2026-03-17 18:00 | normal | 03-18 09:00 | 03-18 17:00      | 03-18 14:00      | 03-18 09:30 | 03-18 10:00 | 03-18 11:00      | 03-20 17:00      | 18:00 sharp is closed
S1 | 2026-03-18 02:15 | normal | 03-18 09:00 | 03-18 17:00      | 03-18 14:00      | 03-18 09:30 | 03-18 10:00 | 03-18 11:00      | 03-23 18:00      | before opening, in the night
S1 | 2026-03-19 08:30 | normal | 03-19 09:00 | 03-19 17:00      | 03-19 14:00      | 03-19 09:30 | 03-19 10:00 | 03-19 11:00      | 03-24 18:00      | given in UTC, whose date is the day before
S1 | 2026-03-20 16:30 | normal | 03-20 16:30 | 03-23 16:30      | 03-23 12:30      | 03-20 17:00 | 03-23 09:30 | 03-23 10:30      | 03-25 18:00      | half an hour left on Friday
S1 | 2026-03-20 17:05 | high   | 03-23 09:00 | 03-23 12:00      | 03-23 10:00      | 03-23 09:30 | 03-23 10:00 | 03-23 11:00      | 03-25 18:00      | after Friday's close
S1 | 2026-03-21 11:00 | normal | 03-23 09:00 | 03-23 17:00      | 03-23 14:00      | 03-23 09:30 | 03-23 10:00 | 03-23 11:00      | 03-25 18:00      | on a Saturday
S1 | 2025-12-30 15:00 | normal | 12-30 15:00 | 2026-01-12 13:00 | 2026-01-12 10:00 | 12-30 15:30 | 12-30 16:00 | 12-30 17:00      | 2026-01-14 18:00 | 30.12 is not shortened: 31.12 is a moved day off, no holiday
S1 | 2026-01-01 00:05 | high   | 01-12 09:00 | 01-12 12:00      | 01-12 10:00      | 01-12 09:30 | 01-12 10:00 | 01-12 11:00      | 01-14 18:00      | first minutes of the year
S1 | 2026-01-09 10:00 | normal | 01-12 09:00 | 01-12 17:00      | 01-12 14:00      | 01-12 09:30 | 01-12 10:00 | 01-12 11:00      | 01-14 18:00      | a Friday that took over a day off
S1 | 2026-02-20 16:00 | normal | 02-20 16:00 | 02-24 16:00      | 02-24 12:00      | 02-20 16:30 | 02-20 17:00 | 02-24 10:00      | 02-26 18:00      | Friday before a holiday Monday stays whole
S1 | 2026-03-06 12:00 | normal | 03-06 12:00 | 03-10 12:00      | 03-10 09:00      | 03-06 12:30 | 03-06 13:00 | 03-06 15:00      | 03-12 18:00      | draft on Tuesday's opening, not on Friday's close
S1 | 2026-04-30 10:00 | normal | 04-30 10:00 | 05-04 10:00      | 04-30 15:00      | 04-30 10:30 | 04-30 11:00 | 04-30 12:00      | 05-06 18:00      | shortened Thursday
S1 | 2026-05-08 09:30 | normal | 05-08 09:30 | 05-12 10:30      | 05-08 14:30      | 05-08 10:00 | 05-08 10:30 | 05-08 11:30      | 05-14 18:00      | shortened Friday before three days off
S1 | 2026-05-08 16:00 | high   | 05-12 09:00 | 05-12 12:00      | 05-12 10:00      | 05-12 09:30 | 05-12 10:00 | 05-12 11:00      | 05-14 18:00      | at the shortened close
S1 | 2026-06-11 16:30 | high   | 06-11 16:30 | 06-15 11:30      | 06-15 09:30      | 06-11 17:00 | 06-15 09:30 | 06-15 10:30      | 06-17 18:00      | half an hour of a shortened day
S1 | 2026-11-03 14:00 | normal | 11-03 14:00 | 11-05 13:00      | 11-05 10:00      | 11-03 14:30 | 11-03 15:00 | 11-03 16:00      | 11-09 18:00      | shortened, then a holiday in midweek
S1 | 2026-11-04 12:00 | high   | 11-05 09:00 | 11-05 12:00      | 11-05 10:00      | 11-05 09:30 | 11-05 10:00 | 11-05 11:00      | 11-09 18:00      | on the holiday itself
S1 | 2025-10-31 15:00 | normal | 10-31 15:00 | 11-01 15:00      | 11-01 11:00      | 10-31 15:30 | 10-31 16:00 | 10-31 17:00      | 11-06 18:00      | the Saturday works as a Monday before a holiday
S1 | 2025-11-01 16:00 | normal | 11-01 16:00 | 11-05 16:00      | 11-05 12:00      | 11-01 16:30 | 11-01 17:00 | 11-05 10:00      | 11-07 17:00      | on that working Saturday
S1 | 2027-02-20 09:00 | normal | 02-20 09:00 | 02-20 17:00      | 02-20 14:00      | 02-20 09:30 | 02-20 10:00 | 02-20 11:00      | 02-26 17:00      | working Saturday, exactly its seven hours
S1 | 2026-12-30 17:00 | normal | 12-30 17:00 | 2027-01-11 16:00 | 2027-01-11 12:00 | 12-30 17:30 | 12-30 18:00 | 2027-01-11 10:00 | 2027-01-13 18:00 | over the New Year into the year with a decree
S2 | 2026-03-17 12:30 | normal | 03-17 12:30 | 03-18 11:18      | 03-17 17:18      | 03-17 13:00 | 03-17 14:18 | 03-17 15:18      | 03-20 17:00      | lunch of 48 minutes
S2 | 2026-05-08 15:00 | high   | 05-08 15:00 | 05-12 11:00      | 05-12 09:00      | 05-08 15:30 | 05-08 16:00 | 05-12 10:00      | 05-14 18:00      | lunch of 48 minutes, shortened Friday
S3 | 2026-03-20 16:00 | high   | 03-20 16:00 | 03-23 11:15      | 03-23 09:15      | 03-20 16:30 | 03-23 09:15 | 03-23 10:15      | 03-25 18:00      | Friday until 16:45
S1 | 2026-07-01 16:00 | normal | 07-01 16:00 | 07-03 15:00      | 07-03 11:00      | 07-01 16:30 | -           | -                | 07-07 18:00      | a day off by local act
S1 | 2026-12-30 10:00 | normal | 12-30 10:00 | 2027-01-11 13:00 | 2027-01-11 10:00 | 12-30 10:30 | -           | -                | 2027-01-13 18:00 | own hours by local act
S1 | 2021-04-30 15:00 | normal | 04-30 15:00 | 05-04 16:00      | 05-04 12:00      | 04-30 15:30 | 04-30 16:00 | 05-04 10:00      | 05-06 18:00      | days of the President do not count as off
S1 | 2021-04-30 15:00 | normal | 04-30 15:00 | 05-11 16:00      | 05-11 12:00      | 04-30 15:30 | -           | -                | 05-13 18:00      | days of the President as a layer
S1 | 2020-12-25 16:00 | normal | 12-25 16:00 | 12-26 16:00      | 12-26 12:00      | 12-25 16:30 | -           | -                | 12-29 18:00      | regional swap: Saturday worked, 31.12 off
"""  # noqa: E501

BACK = [
    ("2026-03-23 10:00", 180, "2026-03-20 15:00", "back over a weekend"),
    ("2026-11-05 11:00", 180, "2026-11-03 16:00", "back over a holiday and a shortened day"),
    ("2026-03-17 14:30", 180, "2026-03-17 10:30", "back over lunch"),
    ("2026-03-23 08:00", 180, "2026-03-20 14:00", "back from before opening, to the latest instant"),
    ("2026-05-10 12:00", 180, "2026-05-08 12:00", "back from a Sunday"),
]


def day(text: str) -> datetime:
    return datetime.fromisoformat(text)


ACTS = {
    "a day off by local act": [Override(day("2026-07-02").date(), (), "распоряжение")],
    "own hours by local act": [Override(day("2026-12-30").date(), ((time(9), time(13)),), "распоряжение")],
    "regional swap: Saturday worked, 31.12 off": [
        Override(
            day("2020-12-26").date(),
            ((time(9), time(13)), (time(14), time(18))),
            "постановление Губернатора",
            Layer.REGION,
        ),
        Override(day("2020-12-31").date(), (), "постановление Губернатора", Layer.REGION),
    ],
}
ROWS = [[cell.strip() for cell in line.split("|")] for line in TABLE.strip().splitlines()]


def local(text: str, year: str = "") -> datetime:
    return datetime.fromisoformat(text if len(text) > len("03-17 09:00") else f"{year}-{text}").replace(tzinfo=TZ)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[-1])
def test_terms_of_an_event(row: list[str]) -> None:
    schedule, event, importance, counted_from, answer, draft, approve, hour, part, final, special = row
    calendar = load_calendar(
        schedule=SCHEDULES[schedule],
        overrides=ACTS.get(special, ()),
        presidential=special == "days of the President as a layer",
    )
    at = local(event).astimezone(UTC) if "UTC" in special else local(event)
    clocks = compute_clocks(at, Importance(importance), parameters=load_parameters(), calendar=calendar)

    assert clocks[ClockKind.ANSWER].counted_from == local(counted_from, event[:4])
    expected = {
        ClockKind.ANSWER: answer,
        ClockKind.DRAFT: draft,
        ClockKind.APPROVE: approve,
        ClockKind.ROUTE: hour,
        ClockKind.REWORK: hour,
        ClockKind.PART: part,
        ClockKind.FINAL: final,
    }
    for kind, due in expected.items():
        if due != "-":
            assert clocks[kind].due_at == local(due, event[:4]), kind
    times = due_times(at, Importance(importance), parameters=load_parameters(), calendar=calendar)
    assert times == {kind: clock.due_at for kind, clock in clocks.items()}
    assert all(clock.due_at.tzinfo is calendar.tz for clock in clocks.values())


@pytest.mark.parametrize(("deadline", "minutes", "expected", "special"), BACK, ids=[row[-1] for row in BACK])
def test_counting_back(deadline: str, minutes: int, expected: str, special: str) -> None:
    assert load_calendar(schedule=SCHEDULES["S1"]).subtract(local(deadline), minutes) == local(expected)


def test_the_tables_hold_all_cases() -> None:
    assert len(ROWS) + len(BACK) == 38
    assert set(ACTS) <= {row[-1] for row in ROWS}

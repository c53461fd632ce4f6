"""Terms in all units, and the arithmetic that the screen shows."""

from dataclasses import replace
from datetime import date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from osm.calendar.queries import load_calendar, load_parameters
from osm.regulation.deadlines import compute_clock, compute_clocks
from osm.regulation.errors import CalendarOutOfRange
from osm.regulation.parameters import Parameters, Unit
from osm.regulation.words import ClockKind, Importance
from osm.regulation.working_time.production_calendar import Override, office_week

from .counting import HIGH, NORMAL, SEVASTOPOL, at, clock
from .test_pauses import INSTANTS


def counted(parameters: Parameters, kind: ClockKind, unit: Unit, value: int) -> Parameters:
    """The same terms with one of them counted in another unit."""
    terms = {
        key: replace(term, unit=unit, value=value) if key[0] is kind else term for key, term in parameters.terms.items()
    }
    return replace(parameters, terms=terms)


EXPLAINED = [
    (
        "over a holiday from a shortened day",
        ClockKind.ANSWER,
        "2026-04-30 10:00",
        NORMAL,
        (
            "30.04 10:00 → 13:00 3 ч, 13:48 → 17:00 3 ч 12 мин (предпраздничный день), 01.05 праздник, "
            "02.05–03.05 выходные, 04.05 09:00 → 09:48 48 мин (п. 8: 7 рабочих часов)"
        ),
    ),
    (
        "counted back over the same days",
        ClockKind.DRAFT,
        "2026-04-30 10:00",
        NORMAL,
        (
            "назад от срока ответа: 04.05 09:48 → 09:00 48 мин, 02.05–03.05 выходные, 01.05 праздник, "
            "30.04 17:00 → 14:48 2 ч 12 мин (предпраздничный день) (п. 10: за 3 рабочих часа до срока ответа)"
        ),
    ),
    (
        "lunch within the draft's time",
        ClockKind.DRAFT,
        "2026-03-17 09:00",
        NORMAL,
        "назад от срока ответа: 17.03 16:48 → 13:48 3 ч (п. 10: за 3 рабочих часа до срока ответа)",
    ),
    (
        "received on a day off",
        ClockKind.ANSWER,
        "2026-03-21 11:00",
        HIGH,
        "21.03 11:00 выходной, 22.03 выходной, 23.03 09:00 → 12:00 3 ч (п. 9: 3 рабочих часа)",
    ),
    (
        "received at lunch",
        ClockKind.ROUTE,
        "2026-03-17 13:20",
        NORMAL,
        "17.03 13:20 нерабочее время, 17.03 13:48 → 14:48 1 ч (п. 7: 1 рабочий час)",
    ),
    (
        "received after Friday's close",
        ClockKind.APPROVE,
        "2026-03-20 17:05",
        NORMAL,
        (
            "20.03 17:05 нерабочее время, 21.03–22.03 выходные, 23.03 09:00 → 09:30 30 мин "
            "(п. 11: 30 мин рабочего времени)"
        ),
    ),
    (
        "over the New Year, the other year is said",
        ClockKind.PART,
        "2026-12-30 17:00",
        NORMAL,
        (
            "30.12 17:00 → 18:00 1 ч, 31.12 перенос с 04.01 по постановлению, 01.01.2027–08.01.2027 праздники, "
            "09.01.2027–10.01.2027 выходные, 11.01.2027 09:00 → 10:00 1 ч (п. 14: 2 рабочих часа)"
        ),
    ),
    (
        "working days",
        ClockKind.FINAL,
        "2026-03-06 12:00",
        NORMAL,
        (
            "06.03 не считается (день события), 07.03 выходной, 08.03 праздник, 09.03 выходной перенесён с 08.03, "
            "1-й день 10.03, 2-й день 11.03, 3-й день 12.03 до 18:00 (п. 13: 3 рабочих дня)"
        ),
    ),
    (
        "seconds are not shown and do not spoil the sum",
        ClockKind.ROUTE,
        "2026-03-17 17:00:30",
        NORMAL,
        "17.03 17:00 → 18:00 1 ч, 18.03 09:00 → 09:00 меньше минуты (п. 7: 1 рабочий час)",
    ),
    (
        "a year without its decree",
        ClockKind.ANSWER,
        "2028-12-28 09:00",
        HIGH,
        (
            "28.12 09:00 → 12:00 3 ч (п. 9: 3 рабочих часа). "
            "Календарь на 2028 год предварительный: постановления о переносе выходных ещё нет"
        ),
    ),
    (
        "two years without their decrees",
        ClockKind.FINAL,
        "2028-12-28 09:00",
        HIGH,
        (
            "28.12 не считается (день события), 1-й день 29.12, 30.12–31.12 выходные, 01.01.2029–08.01.2029 праздники, "
            "2-й день 09.01.2029, 3-й день 10.01.2029 до 18:00 (п. 13: 3 рабочих дня). "
            "Календарь на 2028, 2029 годы предварительный: постановления о переносе выходных ещё нет"
        ),
    ),
]


@pytest.mark.parametrize(
    ("kind", "event", "importance", "text"), [r[1:] for r in EXPLAINED], ids=[r[0] for r in EXPLAINED]
)
def test_explanation(kind: ClockKind, event: str, importance: Importance, text: str) -> None:
    assert clock(kind, event, importance).explanation == text


def test_working_saturday_and_local_acts_are_named() -> None:
    assert "01.11 09:00 → 10:00 1 ч (рабочий день по постановлению, предпраздничный день)" in (
        clock(ClockKind.PART, "2025-10-31 16:00").explanation
    )
    calendar = load_calendar(overrides=[Override(date(2026, 7, 2), (), "распоряжение № 7-р")])
    part = compute_clock(
        ClockKind.PART, at("2026-07-01 17:00"), NORMAL, parameters=load_parameters(), calendar=calendar
    )
    assert ", 02.07 местный акт: распоряжение № 7-р, 03.07 09:00 → 10:00 1 ч" in part.explanation


def test_sevastopol() -> None:
    sevastopol = load_parameters(SEVASTOPOL)
    assert clock(ClockKind.ANSWER, "2026-03-17 09:00", NORMAL, sevastopol).due_at == at("2026-03-18 09:48")
    assert clock(ClockKind.ANSWER, "2026-03-17 09:00", HIGH, sevastopol).due_at == at("2026-03-17 13:00")
    final = clock(ClockKind.FINAL, "2026-03-17 09:00", NORMAL, sevastopol)
    assert final.due_at == at("2026-03-26 18:00")
    assert final.explanation.endswith("7-й день 26.03 до 18:00 (п. 13: 7 рабочих дней)")


def test_hours_by_the_clock_run_at_night_and_beyond_the_calendar() -> None:
    sevastopol = load_parameters(SEVASTOPOL)
    route = clock(ClockKind.ROUTE, "2026-03-20 23:30", NORMAL, sevastopol)
    assert (route.due_at, route.unit, route.counted_from) == (at("2026-03-21 00:30"), Unit.CLOCK, route.started_at)
    assert route.explanation == "20.03 23:30 → 21.03 00:30 подряд, с ночами и выходными (п. 7: 1 час)"
    approve = clock(ClockKind.APPROVE, "2040-03-20 23:30", NORMAL, sevastopol)
    assert approve.due_at == at("2040-03-21 00:00")
    assert approve.explanation.endswith("(п. 11: 30 мин)")


def test_a_draft_by_the_clock_is_counted_back_by_the_clock() -> None:
    parameters = counted(load_parameters(), ClockKind.DRAFT, Unit.CLOCK, 180)
    draft = clock(ClockKind.DRAFT, "2026-03-20 16:00", NORMAL, parameters)
    assert draft.due_at == at("2026-03-23 12:48")
    assert draft.explanation == (
        "назад от срока ответа: 23.03 15:48 → 23.03 12:48 подряд, с ночами и выходными "
        "(п. 10: за 3 часа до срока ответа)"
    )


def test_a_draft_counted_back_from_a_night_names_it() -> None:
    parameters = counted(load_parameters(), ClockKind.ANSWER, Unit.CLOCK, 12 * 60)
    draft = clock(ClockKind.DRAFT, "2026-03-18 14:00", NORMAL, parameters)
    assert draft.due_at == at("2026-03-18 15:00")
    assert draft.explanation.startswith("назад от срока ответа: 19.03 нерабочее время, 18.03 18:00 → 15:00 3 ч")


def test_a_long_list_of_days_is_shown_by_its_ends() -> None:
    days = clock(
        ClockKind.FINAL, "2026-03-02 10:00", NORMAL, counted(load_parameters(), ClockKind.FINAL, Unit.WORKING_DAYS, 30)
    )
    assert days.explanation == (
        "02.03 не считается (день события), 1-й день 03.03, 2-й день 04.03, ещё 26 рабочих дней, "
        "11.04–12.04 выходные, 29-й день 13.04, 30-й день 14.04 до 18:00 (п. 13: 30 рабочих дней)"
    )
    hours = clock(
        ClockKind.ANSWER,
        "2026-03-02 09:00",
        NORMAL,
        counted(load_parameters(), ClockKind.ANSWER, Unit.WORKING, 200 * 60),
    )
    assert "ещё 21 рабочий день" in hours.explanation
    assert len(hours.explanation) < 300


def test_beyond_the_calendar_there_is_no_term() -> None:
    for kind in ClockKind:
        with pytest.raises(CalendarOutOfRange):
            clock(kind, "2031-03-17 10:00")
    with pytest.raises(CalendarOutOfRange):
        clock(ClockKind.FINAL, "2030-12-30 10:00")
    assert clock(ClockKind.ANSWER, "2030-12-30 10:00", HIGH).due_at == at("2030-12-30 13:00")


@given(INSTANTS, st.sampled_from(Importance))
def test_every_term_has_words_and_ends_after_its_event(event: datetime, importance: Importance) -> None:
    for computed in compute_clocks(event, importance, parameters=load_parameters(), calendar=load_calendar()).values():
        assert computed.due_at > event
        assert computed.due_at > computed.counted_from >= computed.started_at == event
        assert computed.clause.replace("П.", "п. ") in computed.explanation
        if computed.unit is Unit.WORKING:
            assert f"{computed.due_at:%H:%M}" in computed.explanation


def test_the_hours_of_another_office() -> None:
    calendar = load_calendar(schedule=office_week("08:00-17:00", "08:00-16:00", "12:00-12:48"))
    answer = compute_clock(
        ClockKind.ANSWER, at("2026-03-17 08:00"), NORMAL, parameters=load_parameters(), calendar=calendar
    )
    assert answer.due_at == at("2026-03-17 15:48")

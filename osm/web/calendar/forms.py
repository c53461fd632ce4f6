"""The forms of the calendar: what was typed as a decision, and what stands in a form that is opened."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date

from osm.clock import current_now
from osm.numbers import whole
from osm.regulation.errors import MissingInput, WrongParameters
from osm.regulation.office_calendar import Act, OfficeCalendar, OwnSchedule, OwnYear, days_between
from osm.regulation.production_calendar import Layer
from osm.regulation.schedules import DEFAULT_SCHEDULE, Hours, Schedule, hours_words, parse_hours
from osm.services.acts import required
from osm.services.calendar import decisions
from osm.services.calendar.changes import Decision
from osm.services.clocks.terms import in_force
from osm.web.form_values import number, text

WEEK = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
WEEK_LABELS = ("Понедельник", "Вторник", "Среда", "Четверг", "Пятница", "Суббота", "Воскресенье")
MOVES = 8
"""Pairs of dates in the form of a decree; none so far moved more than five."""
LONGEST_DOCUMENT = 200
_CALLED = re.compile(r"^постановление\s+правительства(\s+(рф|российской\s+федерации))?\s+", re.IGNORECASE)
"""Every screen says it itself before the date and the number."""
_RUSSIAN = re.compile(r"([0-9]{1,2})\.([0-9]{1,2})\.([0-9]{4})")


def decision_from_form() -> Decision:
    """What the form asks for. Raises MissingInput."""
    wanted = _READERS.get(text("what"))
    if wanted is None:
        raise MissingInput("what", "Непонятно, что изменить. Откройте календарь заново.")
    return wanted()


def year_of(values: Mapping[str, str]) -> int | None:
    """The year that the page shows after the form: that of its first date."""
    for name in ("year", "first", "valid_from"):
        if (year := whole(values.get(name, "")[:4])) is not None:
            return year
    return None


# --- What stands in a form that is opened


def act_values(act: Act) -> dict[str, str]:
    return {
        "first": act.days[0].isoformat(),
        "last": act.days[-1].isoformat() if len(act.days) > 1 else "",
        "mode": "hours" if act.hours else "off",
        "hours": hours_words(act.hours),
        "layer": act.layer.value,
        "document": act.document,
        "signed": act.signed.isoformat(),
    }


def schedule_values(own: OwnSchedule | None) -> dict[str, str]:
    """A new one begins with the packaged week."""
    schedule = own.schedule if own else DEFAULT_SCHEDULE
    values = {day: hours_words(hours) for day, hours in zip(WEEK, schedule.week, strict=True)}
    if own:
        values |= {"valid_from": schedule.valid_from.isoformat(), "document": own.document}
        values["signed"] = own.signed.isoformat()
    return values


def year_values(decided: OfficeCalendar, year: int) -> dict[str, str]:
    own = decided.own_year(year)
    values = {"year": str(year), "document": own.decree if own else ""}
    for place, (source, target) in enumerate(own.moved if own else ()):
        values |= {f"from-{place}": source.isoformat(), f"to-{place}": target.isoformat()}
    return values


# --- What was typed


def _act() -> Decision:
    first = _day("first", "Укажите день, на который действует акт.")
    last = _day("last", "") if text("last").strip() else first
    hours: Hours = ()
    if text("mode") == "hours":
        hours = _hours("hours", required("hours", text("hours"), "Укажите часы работы или выберите «Не работаем»."))
    if text("layer") not in set(Layer):
        raise MissingInput("layer", "Выберите, чей это акт: местный или региональный.")
    act = Act(number("number") or 0, days_between(first, last), hours, Layer(text("layer")), _document(), _signed())
    return decisions.enter_act(act)


def _schedule() -> Decision:
    week = tuple(_hours(day, text(day)) for day in WEEK)
    schedule = Schedule(week, _day("valid_from", "Укажите, с какой даты действует расписание."))
    return decisions.enter_schedule(OwnSchedule(number("number") or 0, schedule, _document(), _signed()))


def _year() -> Decision:
    moved = []
    for place in range(MOVES):
        source, target = text(f"from-{place}").strip(), text(f"to-{place}").strip()
        if source or target:
            sentence = "Укажите обе даты: откуда и куда перенесён выходной."
            moved.append(
                (_day(f"from-{place}", sentence, f"move-{place}"), _day(f"to-{place}", sentence, f"move-{place}"))
            )
    decree = _CALLED.sub("", _document()) if text("document").strip() else ""
    return decisions.enter_year(OwnYear(number("year") or 0, decree, tuple(moved)))


_READERS: dict[str, Callable[[], Decision]] = {
    "act": _act,
    "act-withdraw": lambda: decisions.withdraw_act(number("number") or 0),
    "schedule": _schedule,
    "schedule-withdraw": lambda: decisions.withdraw_schedule(number("number") or 0),
    "year": _year,
    "year-withdraw": lambda: decisions.withdraw_year(number("year") or 0),
    "presidential": lambda: decisions.set_presidential(text("presidential") == "1"),
}


def _day(name: str, missing: str, place: str = "") -> date:
    value = text(name).strip()
    if not value:
        raise MissingInput(place or name, missing)
    russian = _RUSSIAN.fullmatch(value)
    try:
        return date(*map(int, russian.groups()[::-1])) if russian else date.fromisoformat(value)
    except ValueError:
        raise MissingInput(place or name, "Дата не разобрана, нужна например 25.11.2026.") from None


def _hours(name: str, value: str) -> Hours:
    try:
        return parse_hours(name, value)
    except WrongParameters:
        raise MissingInput(
            name, "Часы не разобраны: нужно как «09:00–13:00, 13:48–18:00», по порядку и без наложений."
        ) from None


def _document() -> str:
    document = required("document", " ".join(text("document").split()), "Укажите документ-основание.")
    if len(document) > LONGEST_DOCUMENT:
        raise MissingInput("document", f"Название документа длиннее {LONGEST_DOCUMENT} знаков. Сократите.")
    return document


def _signed() -> date:
    signed = _day("signed", "Укажите дату документа.")
    if signed > in_force().calendar.local(current_now()).date():
        raise MissingInput("signed", "Дата документа ещё не наступила. Проверьте её.")
    return signed

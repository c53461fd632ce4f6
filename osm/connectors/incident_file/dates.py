"""Dates of an export: Excel serials, date cells, dd.mm.yyyy, ISO, words; wall clock to UTC."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta, timezone
from zoneinfo import ZoneInfo

from osm.connectors.incident_file.cells import Cell, as_line

MOSCOW = ZoneInfo("Europe/Moscow")
SERIAL_ZERO = datetime(1899, 12, 30)  # noqa: DTZ001  Excel counts days of the wall clock
SERIAL_DAYS = (36_526, 73_050)
"""2000-01-01 to 2099-12-31: a number outside is no date."""
YEARS = (2000, 2099)

MONTHS: tuple[tuple[str, int], ...] = (
    ("янв", 1), ("фев", 2), ("мар", 3), ("апр", 4), ("мая", 5), ("май", 5), ("июн", 6),
    ("июл", 7), ("авг", 8), ("сен", 9), ("окт", 10), ("ноя", 11), ("дек", 12),
)  # fmt: skip
"""Beginning of the month's name in any case."""

_CLOCK = r"(?P<hour>\d{1,2})[:.](?P<minute>\d{2})(?:[:.](?P<second>\d{2})(?:[.,]\d+)?)?"
_AFTER = rf"(?:[\sT,]+(?:в\s)?{_CLOCK})?"
_NUMBERS = r"(?P<day>\d{1,2})[./-](?P<month>\d{1,2})[./-](?P<year>\d{4}|\d{2})"
_YEAR_MARK = r"(?:\s*г(?:\.|ода)?(?=[\s,]|$))?"
FORMS: tuple[re.Pattern[str], ...] = (
    re.compile(rf"{_NUMBERS}{_YEAR_MARK}{_AFTER}"),
    re.compile(rf"{_CLOCK}[\s,]+{_NUMBERS}{_YEAR_MARK}"),
    re.compile(
        r"(?P<year>\d{4})[-./](?P<month>\d{1,2})[-./](?P<day>\d{1,2})" + _AFTER + r"\s*(?P<offset>Z|[+-]\d{2}:?\d{2})?"
    ),
    re.compile(rf"(?P<day>\d{{1,2}})\s+(?P<name>[а-я]+)\.?\s+(?P<year>\d{{4}}){_YEAR_MARK}{_AFTER}"),
)
_SERIAL = re.compile(r"\d{5}(?:[.,]\d+)?")


def wall_clock(cell: Cell) -> datetime:
    """The date and time that a cell shows; naive, or with the offset that it names. A date alone is its midnight.

    Raises ValueError with the reason in Russian: not a date, no such date, a year outside 2000–2099.
    """
    moment = _moment(cell)
    if not YEARS[0] <= moment.year <= YEARS[1]:
        raise ValueError(f"год {moment.year} невозможен")
    return moment


def to_utc(moment: datetime, zone: ZoneInfo) -> datetime:
    """A naive moment is the wall clock of `zone`; one with an offset keeps it."""
    return (moment if moment.tzinfo else moment.replace(tzinfo=zone)).astimezone(UTC)


def may_be_date(cell: Cell) -> bool:
    """Where a date is expected: also the number by which a program of sheets keeps one."""
    try:
        wall_clock(cell)
    except ValueError:
        return False
    return True


def looks_like_date(cell: Cell) -> bool:
    """Also outside a date column: a plain number does not, it may be anything."""
    return may_be_date(cell) and not isinstance(cell, (int, float)) and not _SERIAL.fullmatch(as_line(cell))


def _moment(cell: Cell) -> datetime:
    if isinstance(cell, datetime):
        return _whole_second(cell)
    if isinstance(cell, date):
        return datetime.combine(cell, time())
    if isinstance(cell, bool):
        raise ValueError("это не дата")
    if isinstance(cell, (int, float)):
        return _from_serial(cell)
    line = as_line(cell)
    if _SERIAL.fullmatch(line):
        return _from_serial(float(line.replace(",", ".")))
    for form in FORMS:
        match = form.fullmatch(line.lower().replace("t", "T").replace("z", "Z"))
        if match:
            return _from_parts(match.groupdict())
    raise ValueError("это не дата")


def _from_parts(parts: dict[str, str | None]) -> datetime:
    month = parts.get("month") or _month(parts.get("name") or "")
    year = parts["year"] or ""
    offset = _offset(parts.get("offset"))
    try:
        return datetime(
            int(year if len(year) == 4 else f"20{year}"),
            int(month),
            int(parts["day"] or 0),
            int(parts["hour"] or 0),
            int(parts["minute"] or 0),
            int(parts["second"] or 0),
            tzinfo=offset,
        )
    except ValueError as error:
        raise ValueError("такой даты или времени нет") from error


def _month(name: str) -> int:
    for start, month in MONTHS:
        if name.startswith(start):
            return month
    raise ValueError("такого месяца нет")


def _offset(text: str | None) -> timezone | None:
    if not text:
        return None
    if text == "Z":
        return UTC
    minutes = int(text[1:3]) * 60 + int(text[-2:])
    try:
        return timezone(timedelta(minutes=-minutes if text[0] == "-" else minutes))
    except ValueError as error:
        raise ValueError("такого часового пояса нет") from error


def _from_serial(days: float) -> datetime:
    if not SERIAL_DAYS[0] <= days < SERIAL_DAYS[1] + 1:
        raise ValueError("это число, а не дата")
    return _whole_second(SERIAL_ZERO + timedelta(days=days))


def _whole_second(moment: datetime) -> datetime:
    """A serial is a fraction of a day, so 22:02:00 may arrive as 22:01:59.999."""
    try:
        return (moment + timedelta(milliseconds=500)).replace(microsecond=0)
    except OverflowError:
        return moment.replace(microsecond=0)

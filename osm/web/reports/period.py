"""The days that are asked for: by a name, which moves on with the days, or by dates, which is the lasting address."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, tzinfo

from osm.store.queries.figures.span import Span
from osm.web.days import NO_DAY, TURNED, day_of

NAMES: dict[str, str] = {
    "week": "Эта неделя",
    "last-week": "Прошлая неделя",
    "month": "Этот месяц",
    "last-month": "Прошлый месяц",
}
LONGEST = timedelta(days=731)
TOO_LONG = "Период больше двух лет. Сократите его."


@dataclass(frozen=True, slots=True)
class Asked:
    """`name`: of NAMES, empty where dates were given. `typed` and `errors`: what stood in the fields, and why not."""

    span: Span
    name: str = ""
    typed: Mapping[str, str] = field(default_factory=dict)
    errors: Mapping[str, str] = field(default_factory=dict)

    @property
    def days(self) -> dict[str, str]:
        """For an address that shows the same in a year."""
        return {"from": self.span.first.isoformat(), "to": self.span.last.isoformat()}


def asked_period(arguments: Mapping[str, str], now: datetime, zone: tzinfo, default: str = "week") -> Asked:
    """What the address asks for; the `default` name where it says nothing, and beside errors."""
    today = now.astimezone(zone).date()
    typed = {name: arguments.get(name, "").strip()[:20] for name in ("from", "to")}
    name = arguments.get("period", "")
    named = name if name in NAMES else default
    if not any(typed.values()):
        return Asked(Span(*_named(named, today), zone), named)
    days = {field: day_of(value) for field, value in typed.items()}
    errors = {field: NO_DAY for field in typed if typed[field] and not days[field]}
    last = days["to"] or max(today, days["from"] or today)
    first = days["from"] or last.replace(day=1)
    if not errors and last < first:
        errors["to"] = TURNED
    if not errors and last - first > LONGEST:
        errors["from"] = TOO_LONG
    if errors:
        return Asked(Span(*_named(default, today), zone), "", typed, errors)
    return Asked(Span(first, last, zone), "", typed)


def _named(name: str, today: date) -> tuple[date, date]:
    monday, month = today - timedelta(days=today.weekday()), today.replace(day=1)
    match name:
        case "yesterday":
            return today - timedelta(days=1), today - timedelta(days=1)
        case "last-week":
            return monday - timedelta(days=7), monday - timedelta(days=1)
        case "month":
            return month, today
        case "last-month":
            last = month - timedelta(days=1)
            return last.replace(day=1), last
    return monday, today

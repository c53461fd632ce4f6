"""Days and hours as they stand in an address or in a form."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time

from flask import request

from osm.regulation.errors import MissingInput

NO_DAY = "Дата не разобрана. Нужна, например, 25.11.2026."
TURNED = "Конец периода раньше начала."

_FORMS = ("%Y-%m-%d", "%d.%m.%Y")


def days_of(arguments: Mapping[str, str]) -> tuple[date, date] | None:
    """`from` and `to` of an address, both included; None where they are no period."""
    first, last = (day_of(arguments.get(name, "")) for name in ("from", "to"))
    return (first, last) if first and last and first <= last else None


def typed_days(arguments: Mapping[str, str], today: date) -> tuple[date, date, Mapping[str, str], Mapping[str, str]]:
    """First and last day of a period, by default this month until today; the typed values, and what is wrong."""
    typed = {name: arguments.get(name, "").strip()[:20] for name in ("from", "to")}
    days = {name: day_of(value) for name, value in typed.items()}
    errors = {name: NO_DAY for name in typed if typed[name] and not days[name]}
    last = days["to"] or max(today, days["from"] or today)
    first = days["from"] or last.replace(day=1)
    if not errors and last < first:
        errors["to"] = TURNED
    return first, last, typed, errors


def day_of(value: str) -> date | None:
    """A day as the browser's picker sends it or as people write it; None for anything else, and for far years."""
    for form in _FORMS:
        try:
            found = datetime.strptime(value, form).date()  # noqa: DTZ007  (a day has no zone)
        except ValueError:
            continue
        return found if 2000 <= found.year < 2200 else None
    return None


def day_given(name: str) -> date | None:
    """The day of <input type="date"> in the form of this request, None when empty. Raises MissingInput."""
    typed = request.form.get(name, "").strip()
    found = day_of(typed)
    if typed and found is None:
        raise MissingInput(name, NO_DAY)
    return found


def hour_of(typed: str) -> time | None:
    """Of <input type="time">. Raises MissingInput."""
    if not typed.strip():
        return None
    try:
        return datetime.strptime(typed.strip()[:5], "%H:%M").time()  # noqa: DTZ007  (an hour of a local day)
    except ValueError:
        raise MissingInput("time", "Время не разобрано. Нужно, например, 09:40.") from None

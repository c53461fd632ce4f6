"""The filters of the log's screen as they stand in its address."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta, tzinfo

from osm.numbers import whole
from osm.store.queries.log.objects import KINDS
from osm.store.queries.log.page import MACHINE_ACTS, LogFilter
from osm.web.days import NO_DAY, TURNED, day_of

SHOWN: dict[str, tuple[str, bool | None]] = {
    "": ("Действия", False),
    "reads": ("Чтение персональных данных", True),
    "all": ("Всё", None),
}
"""Value in the address → label, and what LogFilter calls it."""

PERIODS = ("from", "to")
_OBJECT = re.compile(r"([a-z_]{1,40})-(\d{1,9})")


@dataclass(frozen=True, slots=True)
class Asked:
    """What stood in the address, what is to be shown, and what could not be understood (field → why)."""

    values: Mapping[str, str]
    wanted: LogFilter
    errors: Mapping[str, str] = field(default_factory=dict)

    @property
    def address(self) -> dict[str, str]:
        """The filters for another address: of the next page, of the export."""
        return {name: value for name, value in self.values.items() if value}


def asked(arguments: Mapping[str, str], zone: tzinfo) -> Asked:
    """Unknown values of lists are ignored; a date that cannot be read is an error."""
    values = {name: arguments.get(name, "").strip()[:60] for name in ("who", "action", "number", "object", "show")}
    days: dict[str, date | None] = {}
    errors: dict[str, str] = {}
    for name in PERIODS:
        values[name] = arguments.get(name, "").strip()[:20]
        days[name] = day_of(values[name])
        if values[name] and days[name] is None:
            errors[name] = NO_DAY
    begin, end = days["from"], days["to"]
    if begin and end and end < begin:
        errors["to"] = TURNED
    if values["show"] not in SHOWN:
        values["show"] = ""
    kind, object_id = _object(values["object"])
    wanted = LogFilter(
        actor_id=_person(values["who"]),
        action=values["action"],
        number=values["number"].removeprefix("№").strip(),
        object_kind=kind,
        object_id=object_id,
        begin=datetime.combine(begin, time(), zone) if begin else None,
        end=datetime.combine(end + timedelta(days=1), time(), zone) if end else None,
        readings=SHOWN[values["show"]][1],
    )
    return Asked(values, wanted, errors)


def _person(value: str) -> int | None:
    if value == "system":
        return MACHINE_ACTS
    return whole(value) or None


def _object(value: str) -> tuple[str, int | None]:
    found = _OBJECT.fullmatch(value)
    return (found[1], int(found[2])) if found and found[1] in KINDS else ("", None)

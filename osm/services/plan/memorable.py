"""The own list of memorable dates, kept by the press centre (Пр.1.2.4)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from osm.regulation.errors import MissingInput
from osm.services.edits import one_line
from osm.services.plan.kept_list import KeptList
from osm.store.models import MemorableDay


@dataclass(frozen=True, slots=True)
class Given:
    """What the form says."""

    title: str
    day: date | None
    every_year: bool


def _fill(row: MemorableDay, given: Given) -> None:
    row.title = one_line("title", "Название", given.title, 200, missing="Напишите, что за дата.")
    if given.day is None:
        raise MissingInput("day", "Укажите день.")
    row.day, row.every_year = given.day, given.every_year


DAYS = KeptList(MemorableDay, "memorable_day", "memorable", "Дата", "Памятные даты", _fill)

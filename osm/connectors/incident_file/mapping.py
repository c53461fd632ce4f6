"""Which column holds what: found by headings and content, corrected by a person, kept as JSON for the next file."""

from __future__ import annotations

from collections.abc import Mapping as MappingType
from dataclasses import dataclass, field, replace
from typing import Any, Literal, get_args

from osm.connectors.incident_file.cells import as_line
from osm.connectors.incident_file.fields import FIELDS

FoundBy = Literal["synonym", "stem", "content", "person", "saved"]

HOW: dict[FoundBy, str] = {
    "synonym": "по названию столбца",
    "stem": "по похожему названию",
    "content": "по содержимому столбца",
    "person": "указано вами",
    "saved": "как в прошлый раз",
}


@dataclass(frozen=True, slots=True)
class Choice:
    """Where a field is taken from. `column` counts from 0; None: a person decided that the field has no column."""

    column: int | None
    heading: str
    found_by: FoundBy


@dataclass(frozen=True, slots=True)
class Mapping:
    """Field → choice. A field without a choice was not found."""

    sheet: str
    header_row: int
    """Number of the row with the headings, as in Row.number."""
    headings: tuple[str, ...]
    choices: MappingType[str, Choice] = field(default_factory=dict)

    def column(self, name: str) -> int | None:
        choice = self.choices.get(name)
        return choice.column if choice else None

    @property
    def fields(self) -> dict[str, int]:
        """Field → column, only where there is one."""
        return {name: choice.column for name, choice in self.choices.items() if choice.column is not None}

    @property
    def missing(self) -> tuple[str, ...]:
        """What a message cannot do without and has no column; empty when the file can be imported."""
        found = self.fields
        lacks = [] if "text" in found else [FIELDS["text"].label.lower()]
        if not {"number", "url"} & found.keys():
            lacks.append("номер или ссылка")
        return tuple(lacks)

    def assign(self, name: str, column: int | None) -> Mapping:
        """The mapping after a person gave `name` this column (None: no column at all).

        Another field that had the column loses it. Raises KeyError for an unknown field, IndexError for a column that
        the table has not.
        """
        if name not in FIELDS:
            raise KeyError(name)
        heading = "" if column is None else self.headings[column]
        choices = {
            other: Choice(None, "", "person") if choice.column == column and column is not None else choice
            for other, choice in self.choices.items()
        }
        choices[name] = Choice(column, heading, "person")
        return replace(self, choices=choices)

    def to_json(self) -> dict[str, Any]:
        return {
            "sheet": self.sheet,
            "header_row": self.header_row,
            "headings": list(self.headings),
            "fields": {
                name: {"column": choice.column, "heading": choice.heading, "found_by": choice.found_by}
                for name, choice in self.choices.items()
            },
        }

    @classmethod
    def from_json(cls, value: MappingType[str, Any]) -> Mapping:
        """Fields that this version does not know are left out. Raises ValueError for what is no mapping."""
        try:
            headings = tuple(str(heading) for heading in value["headings"])
            choices = {
                name: _choice(choice, len(headings)) for name, choice in value["fields"].items() if name in FIELDS
            }
            return cls(str(value["sheet"]), int(value["header_row"]), headings, choices)
        except (KeyError, TypeError, AttributeError) as error:
            raise ValueError("это не разметка столбцов") from error


def _choice(value: MappingType[str, Any], columns: int) -> Choice:
    column, found_by = value["column"], value["found_by"]
    if found_by not in get_args(FoundBy) or not (column is None or (isinstance(column, int) and 0 <= column < columns)):
        raise ValueError("это не разметка столбцов")
    return Choice(column, str(value["heading"]), found_by)


def heading_names(cells: tuple[Any, ...], width: int) -> tuple[str, ...]:
    """Headings as one line each, all different: a column without one is «Столбец 3», a second «Тема» is «Тема (2)»."""
    names: list[str] = []
    for column in range(width):
        name = as_line(cells[column]) if column < len(cells) else ""
        name = name or f"Столбец {column + 1}"
        count = 2
        unique = name
        while unique in names:
            unique, count = f"{name} ({count})", count + 1
        names.append(unique)
    return tuple(names)

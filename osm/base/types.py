"""Column types: instants in UTC, codes of enumerations; partial indexes; columns for rows of screens; local days."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from enum import StrEnum
from typing import Any, TypeVar

from flask import g, has_app_context
from sqlalchemy import JSON, ColumnElement, DateTime, Enum, Index, Result, String, literal_column, text
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator

Shown = TypeVar("Shown")


class OfRow:
    """A row of a table with what was computed for it or joined to it: it has all attributes of `row` too. Read it again
    after an act: the act has outdated the row."""

    __slots__ = ()
    row: Any

    def __getattr__(self, name: str) -> Any:
        return getattr(self.row, name)


class UtcDateTime(TypeDecorator[datetime]):
    """An aware instant. A naive value is refused, because a guessed zone is a seven-hour mistake."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"an instant without a time zone cannot be stored: {value!r}")
        value = value.astimezone(UTC)
        # SQLite has no zones: UTC is stored bare, so that text order is time order.
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def bind_processor(self, dialect: Dialect) -> Callable[[Any], Any] | None:
        """Most instants of most rows are empty, and a large import writes millions of them."""
        process = super().bind_processor(dialect)
        return process and (lambda value: None if value is None else process(value))

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def code(enumeration: type[StrEnum], name: str) -> Enum:
    """A column that holds the code of an enumeration; the constraint `name` refuses anything else."""
    return Enum(
        enumeration, name=name, native_enum=False, create_constraint=True, length=32,
        values_callable=lambda members: [member.value for member in members],
    )  # fmt: skip


def is_code(column: Any, code_of: StrEnum) -> ColumnElement[bool]:
    """Whether the column holds this code, which is written into the statement itself. A database that keeps the plan of
    a statement must know it to use an index of such rows alone."""
    return among_codes(column, (code_of,))


def among_codes(column: Any, codes: Iterable[StrEnum]) -> ColumnElement[bool]:
    """The same for several codes, at least one."""
    written: list[ColumnElement[Any]] = [literal_column(f"'{code_of.value}'") for code_of in codes]
    found: ColumnElement[bool] = column == written[0] if len(written) == 1 else column.in_(written)
    return found


def index_where(name: str, *columns: Any, where: str, unique: bool = False) -> Index:
    """An index of some rows only, in both databases."""
    return Index(name, *columns, unique=unique, sqlite_where=text(where), postgresql_where=text(where))


def with_columns(model: Any, **others: Any) -> list[Any]:
    """What to select for `of_rows`: the rows of the model, and these columns by name."""
    return [model, *(column.label(name) for name, column in others.items())]


def of_rows(kind: Callable[..., Shown], found: Result[Any]) -> list[Shown]:
    """The selected rows, each with its columns: `kind` is an OfRow."""
    names = list(found.keys())[1:]
    return [kind(row[0], **dict(zip(names, row[1:], strict=True))) for row in found]


@dataclass(frozen=True, slots=True)
class Span:
    """Local days, both inclusive."""

    first: date
    last: date
    zone: tzinfo

    @property
    def begin(self) -> datetime:
        return datetime.combine(self.first, time(), self.zone)

    @property
    def end(self) -> datetime:
        """The instant after the last day."""
        return datetime.combine(self.last + timedelta(days=1), time(), self.zone)

    @property
    def before(self) -> Span:
        """The period to compare with: for a week or its first days the same days of the week before, for a month the
        same of the month before, else as many days directly before."""
        first, last, day = self.first, self.last, timedelta(days=1)
        if first.day == 1 and (first.year, first.month) == (last.year, last.month):
            end = first - day
            same = end if (last + day).day == 1 else end.replace(day=min(last.day, end.day))
            return Span(end.replace(day=1), same, self.zone)
        days = last - first + day
        shift = timedelta(days=7) if first.weekday() == 0 and days < timedelta(days=7) else days
        return Span(first - shift, last - shift, self.zone)

    def holds(self, column: Any) -> ColumnElement[bool]:
        """Whether the instant in the column lies in these days."""
        found: ColumnElement[bool] = (column >= self.begin) & (column < self.end)
        return found


# --- Citizens, hidden from an auditor: what the database answers is masked, whichever page or file asks.
# A function of SQL that changes the type of a column (`lower`, `substr`) loses the mask; `coalesce` and labels keep it.
HIDDEN = "скрыто"  # in place of a name, a profile or a link


def hide_people(is_hidden: bool) -> None:
    """Hide or show them to the rest of this request. Call it before the first row is read."""
    g.osm_hides_people = is_hidden


def people_are_hidden() -> bool:
    return has_app_context() and bool(g.get("osm_hides_people"))


class OfPerson(TypeDecorator[str]):
    """A name, a profile or a link that leads to a citizen."""

    impl = String
    cache_ok = True

    def process_result_value(self, value: str | None, _dialect: Dialect) -> str | None:
        return HIDDEN if value and people_are_hidden() else value


class AboutPerson(TypeDecorator[Any]):
    """A JSON object with such values under `keys`; without keys all of it is hidden."""

    impl = JSON
    cache_ok = True

    def __init__(self, *keys: str) -> None:
        super().__init__()
        self.keys = keys

    def process_result_value(self, value: Any, _dialect: Dialect) -> Any:
        if not isinstance(value, Mapping) or not people_are_hidden():
            return value
        return {name: _hidden(inner) if name in self.keys else inner for name, inner in value.items() if self.keys}


def _hidden(value: Any) -> Any:
    """The same shape: of an old and a new value both are hidden."""
    return [_hidden(inner) for inner in value] if isinstance(value, list) else value and HIDDEN

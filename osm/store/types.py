"""Column types: instants in UTC, enumerations kept as their codes; partial indexes; columns for rows of screens."""

from collections.abc import Iterable
from dataclasses import MISSING, fields
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, DateTime, Enum, Index, literal_column, text
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator

Row = TypeVar("Row")


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

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def code(enumeration: type[StrEnum], name: str) -> Enum:
    """A column that holds the code of an enumeration; the constraint `name` refuses anything else."""
    return Enum(
        enumeration,
        name=name,
        native_enum=False,
        create_constraint=True,
        length=32,
        values_callable=lambda members: [member.value for member in members],
    )


def is_code(column: Any, code_of: StrEnum) -> ColumnElement[bool]:
    """Whether the column holds this code, which is written into the statement itself.

    A database that keeps the plan of a statement must know it to use an index of such rows alone.
    """
    return among_codes(column, (code_of,))


def among_codes(column: Any, codes: Iterable[StrEnum]) -> ColumnElement[bool]:
    """The same for several codes, at least one."""
    written: list[ColumnElement[Any]] = [literal_column(f"'{code_of.value}'") for code_of in codes]
    found: ColumnElement[bool] = column == written[0] if len(written) == 1 else column.in_(written)
    return found


def index_where(name: str, *columns: Any, where: str, unique: bool = False) -> Index:
    """An index of some rows only, in both databases."""
    return Index(name, *columns, unique=unique, sqlite_where=text(where), postgresql_where=text(where))


def columns_for(row: Any, model: Any, **others: Any) -> list[Any]:
    """The columns for the fields of a dataclass, in their order: those of the model, or `others` by name.

    A field with a default has no column; it is filled in later.
    """
    names = [one.name for one in fields(row) if one.default is MISSING]
    return [(others[name] if name in others else getattr(model, name)).label(name) for name in names]


def row_for(kind: type[Row], source: Any, **others: Any) -> Row:
    """A dataclass with the values of the same names in `source`, or with `others`."""
    own: Any = kind
    return kind(**{one.name: getattr(source, one.name) for one in fields(own) if one.name not in others}, **others)

"""To which one department a message or a clock belongs, so that the rows by department add up."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.orm import aliased

from osm.store.models import Assignment, Message

NOBODY, UNNAMED, COMMON = 0, -1, -2
"""Keys of the rows that are no department; those of the others are their ids."""
NAMES: dict[int, str] = {
    NOBODY: "не направлено",
    UNNAMED: "отдел не указан",
    COMMON: "общий проект куратора",
}


def as_read(name: str) -> str:
    """By which a person finds a name in a list: small letters, ё as е."""
    return name.casefold().replace("ё", "е")


def is_or_was_in_the_end(assignment: Any = Assignment) -> ColumnElement[bool]:
    """Of an assignment beside its message: who was replaced on the way does not count (as in the register)."""
    return or_(assignment.ended_at.is_(None), assignment.ended_at == Message.closed_at)


def has(assignment: Any, at: ColumnElement[Any]) -> ColumnElement[bool]:
    """Whether the work was there at this instant."""
    return and_(assignment.assigned_at <= at, or_(assignment.ended_at.is_(None), assignment.ended_at > at))


def leads(assignment: Any, column: Any, *conditions: ColumnElement[bool]) -> Select[Any]:
    """The column of the first of these assignments, in the order of П.14."""
    return select(column).where(*conditions).order_by(assignment.order_no, assignment.id).limit(1)


def department_of_message() -> ColumnElement[int]:
    """Of the first who works on it or did so in the end."""
    one = aliased(Assignment)
    named = func.coalesce(one.department_id, UNNAMED)
    first = leads(one, named, one.message_id == Message.id, is_or_was_in_the_end(one)).correlate(Message)
    return func.coalesce(first.scalar_subquery(), NOBODY)

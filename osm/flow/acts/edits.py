"""What edits of rows have in common, and assignments.

Each function works in the caller's transaction.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Protocol, TypeVar

from sqlalchemy import select, text

from osm.base.database import db
from osm.base.errors import must_exist
from osm.log.acts.record import Change, record
from osm.models import Assignment, Message, User
from osm.regulation.errors import StaleVersion, refuse


# --- Edits by an administrator
class Versioned(Protocol):
    """A row with a `version` that rises with each edit."""

    __tablename__: str
    id: Any
    version: Any


Row = TypeVar("Row", bound=Versioned)


def lock(model: type[Row], row_id: int, what: str) -> Row:
    """The row, locked until the end of the transaction if the database locks rows. Raises NotFound with `what`. The key
    stays unlocked: a log row that refers to this row need not wait, so two who edit each other do not deadlock."""
    wanted = select(model).where(model.id == row_id).with_for_update(of=model, key_share=True)
    rows = db.session.execute(wanted.execution_options(populate_existing=True))
    return must_exist(rows.unique().scalar_one_or_none(), what)


def locked(model: type[Row], row_id: int, seen_version: int, what: str) -> Row:
    """The row, as `lock` gives it. Raises StaleVersion if somebody has edited it since the person saw it."""
    found = lock(model, row_id, what)
    if found.version != seen_version:
        raise StaleVersion(seen_version, found.version)
    return found


def hold_out_others(table: str) -> None:
    """Let only one transaction at a time enter rows that exclude each other. SQLite has one writer anyway."""
    if db.engine.dialect.name == "postgresql":
        db.session.execute(text(f"LOCK TABLE {table} IN SHARE ROW EXCLUSIVE MODE"))


def settle(
    action: str, row: Row, changes: Mapping[str, Change], *, actor: User | None, now: datetime, note: str = ""
) -> None:
    """End an edit: raise the version and log the act."""
    row.version += 1
    changes = {**changes, "version": (row.version - 1, row.version)}
    record(action, at=now, actor=actor, about=row, changes=changes, note=note)


def one_line(field: str, label: str, value: str, longest: int, *, missing: str = "") -> str:
    """The text as one line without NUL and double blanks. Raises MissingInput if it is longer than `longest`
    characters, or with the words `missing` if it is empty."""
    line = " ".join(value.replace("\0", "").split())
    refuse(field, missing and not line, missing)
    refuse(field, len(line) > longest, f"{label}: больше {longest} знаков. Сократите.")
    return line


def lines(field: str, label: str, value: str, *, longest: int, most: int) -> list[str]:
    """The non-empty lines of a text area, each once. Raises MissingInput if there are more than `most`, or if one is
    longer than `longest` characters."""
    found = list(dict.fromkeys(filter(None, (one_line(field, label, raw, longest) for raw in value.splitlines()))))
    refuse(field, len(found) > most, f"{label}: больше {most} строк. Уберите лишние.")
    return found


# --- Assignments
def active_assignments(message: Message) -> list[Assignment]:
    """Who prepares the answer now, in the order of П.14."""
    rows = [row for row in message.assignments if row.ended_at is None]
    return sorted(rows, key=lambda row: (row.order_no, row.id))


def is_shared(message: Message) -> bool:
    """Whether several executors prepare parts of the answer and the curator the common draft (П.14)."""
    return any(row.part_state is not None for row in active_assignments(message))


def end_assignment(row: Assignment, now: datetime) -> None:
    """End the assignment; the texts stay, and the act stops the clock of the part."""
    row.ended_at, row.version = now, row.version + 1


def end_assignments(message: Message, now: datetime) -> None:
    """End all assignments; the rows stay as history."""
    for row in active_assignments(message):
        end_assignment(row, now)
    # Free the index of active rows for the next executors.
    db.session.flush()

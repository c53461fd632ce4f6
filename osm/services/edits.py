"""What every edit by an administrator has in common: the row under the version seen, and lines fit to be stored."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TypeVar

from sqlalchemy import select, text

from osm.extensions import db
from osm.regulation.errors import MissingInput, StaleVersion
from osm.services.errors import NotFound
from osm.services.log.log import Change, record
from osm.store.models import (
    Absence,
    AnswerTemplate,
    Complaint,
    Connection,
    Department,
    DepartmentNews,
    Emergency,
    HelpPage,
    ImportSource,
    Instruction,
    KraiTask,
    MemorableDay,
    Office,
    OfficeSettings,
    PageGuard,
    PageTask,
    Publication,
    Shift,
    ToldFacts,
    Topic,
    UrgentReport,
    User,
    WeeklyHeading,
)

Row = TypeVar(
    "Row",
    Absence,
    AnswerTemplate,
    Complaint,
    User,
    Department,
    Topic,
    ImportSource,
    Office,
    OfficeSettings,
    ToldFacts,
    Connection,
    Instruction,
    UrgentReport,
    Publication,
    DepartmentNews,
    Emergency,
    KraiTask,
    MemorableDay,
    PageGuard,
    PageTask,
    HelpPage,
    Shift,
    WeeklyHeading,
)
"""A row whose `version` rises with every edit."""


def locked(model: type[Row], row_id: int, seen_version: int, what: str) -> Row:
    """The row, locked until the end of the transaction where the database locks rows.

    NotFound (`what` in Russian), StaleVersion when somebody edited it after the person had seen it.
    """
    # The key stays free: a row of the log that names this one does not wait, so two who edit each other never lock up.
    wanted = select(model).where(model.id == row_id).with_for_update(of=model, key_share=True)
    found = db.session.execute(wanted.execution_options(populate_existing=True)).unique().scalar_one_or_none()
    if found is None:
        raise NotFound(what)
    if found.version != seen_version:
        raise StaleVersion(seen_version, found.version)
    return found


def hold_out_others(table: str) -> None:
    """Rows that exclude one another are entered by one at a time; the others wait. SQLite has one writer anyway."""
    if db.engine.dialect.name == "postgresql":
        db.session.execute(text(f"LOCK TABLE {table} IN SHARE ROW EXCLUSIVE MODE"))


def settle(
    action: str,
    kind: str,
    row: Row,
    changes: Mapping[str, Change],
    *,
    actor: User | None,
    now: datetime,
    object_id: int | None = None,
    note: str = "",
) -> None:
    """The end of an edit: the version rises, and the act upon this kind of object stands in the log.

    `object_id`: where the row is not the object itself.
    """
    row.version += 1
    changes = {**changes, "version": (row.version - 1, row.version)}
    record(action, at=now, actor=actor, object_kind=kind, object_id=object_id or row.id, changes=changes, note=note)


def one_line(field: str, label: str, value: str, longest: int, *, missing: str = "") -> str:
    """What was typed, as one line without NUL and double blanks; `missing` is said where there is nothing.

    MissingInput when it is longer than `longest` characters.
    """
    line = " ".join(value.replace("\0", "").split())
    if missing and not line:
        raise MissingInput(field, missing)
    if len(line) > longest:
        raise MissingInput(field, f"{label}: больше {longest} знаков. Сократите.")
    return line


def lines(field: str, label: str, value: str, *, longest: int, most: int) -> list[str]:
    """What was typed into a text area: its lines that are not empty, each once.

    MissingInput when there are more than `most`, or one is longer than `longest` characters.
    """
    found = list(dict.fromkeys(filter(None, (one_line(field, label, raw, longest) for raw in value.splitlines()))))
    if len(found) > most:
        raise MissingInput(field, f"{label}: больше {most} строк. Уберите лишние.")
    return found

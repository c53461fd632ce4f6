"""Marked names in every column of words that a purge destroys, and where they can still be found."""

from __future__ import annotations

from datetime import datetime
from types import MappingProxyType
from typing import Any

from sqlalchemy import JSON, Table, and_, select, text, update

from osm.base.database import db
from osm.base.transaction import transaction
from osm.base.types import AboutPerson
from osm.retention.rules import DESTROYED, ROWS, WITH_AUTHOR, Columns
from tests.keeping.installations import Installation

NAME = "Ъяцкевичюте"
"""Occurs in no text and no dictionary."""

_KEYS = {("message", "key"), ("held_row", "other_key"), ("comment", "external_id"), ("own_comment", "external_id")}


def poison(besides: Columns = MappingProxyType({})) -> int:
    """Add the name to every value that a purge destroys; returns how many columns had one."""
    columns: dict[str, set[str]] = {}
    for tables in (*DESTROYED.values(), WITH_AUTHOR):
        for name, named in tables.items():
            table = db.metadata.tables[name]
            columns.setdefault(name, set()).update(_words_of(table) if named == ROWS else named.split())
    return sum(
        _mark(db.metadata.tables[name], names.difference(besides.get(name, "").split()))
        for name, names in columns.items()
    )


def _words_of(table: Table) -> list[str]:
    longest = [
        c.name for c in table.c if getattr(c.type, "length", 0) is None and not isinstance(c.type, JSON | AboutPerson)
    ]
    return [name for name in longest if str(table.c[name].type) in ("TEXT", "VARCHAR")]


def _mark(table: Table, names: set[str]) -> int:
    count = 0
    for name in sorted(names):
        column = table.c[name]
        if column.foreign_keys or (table.name, name) in _KEYS or name.endswith("digest") or "sha256" in name:
            continue
        if isinstance(column.type, JSON | AboutPerson):
            count += _mark_json(table, name)
            continue
        limit: Any = column.type
        if str(limit) == "INTEGER":
            continue
        with transaction() as session:
            named = column != ""
            if table.name == "outbox_action":  # what posts the plan is about nobody
                named = and_(named, table.c.placement_id.is_(None))
            if (table.name, name) == ("message", "place"):  # before its street it would be one
                session.execute(update(table).where(named).values(place=column + ", кв. 7, " + NAME))
                continue
            rows = session.execute(update(table).where(named).values({name: NAME + " " + column}
                if limit.length is None or limit.length > 100 else {name: NAME[: limit.length]}))  # fmt: skip
            count += bool(rows.rowcount)
    return count


def _mark_json(table: Table, name: str) -> int:
    keys = list(table.primary_key.columns)
    with transaction() as session:
        rows = session.execute(select(*keys, table.c[name])).all()
        if table.name == "outbox_action":
            posts = set(session.scalars(select(table.c.id).where(table.c.placement_id.is_not(None))))
            rows = [row for row in rows if row[0] not in posts]
        for row in rows:
            value = row[-1]
            if table.name == "memo":
                value = {"rows": [{"words": NAME, "cause": NAME, "person": "Борис Ежов"}]}
            elif isinstance(value, list):
                value = [*value, {"lemma": NAME}]
            else:
                value = {**(value or {}), "автор": NAME}
            where = [key == part for key, part in zip(keys, row[:-1], strict=True)]
            session.execute(update(table).where(*where).values({name: value}))
    return bool(rows)


def found_in(place: Installation) -> set[str]:
    """Tables and files in which the name can still be found; on SQLite the file of the database is one of them."""
    escaped = NAME.encode("unicode_escape").decode().casefold()
    tables = {
        name
        for name, rows in place.contents().items()
        if any(word in str(rows).casefold().replace("\\\\", "\\") for word in (NAME.casefold(), escaped))
    }
    place.let_go()
    spellings = [
        word.encode(code) for word in (NAME, NAME.lower()) for code in ("utf-8", "utf-16-le", "unicode_escape")
    ]
    files = {
        path.relative_to(place.folder).as_posix()
        for path in place.folder.rglob("*")
        if path.is_file() and any(word in path.read_bytes() for word in spellings)
    }
    return tables | files


def end_everything(now: datetime) -> None:
    """Nothing waits for anybody any more, so that every term runs."""
    over = {
        "message": ("closed_at IS NULL", {"status": "withdrawn", "closed_at": now}),
        "promise": ("state IN ('open', 'reported')", {"state": "dropped", "reason": "не нужно"}),
        "instruction": ("state IN ('open', 'reported')", {"state": "dropped", "reason": "не нужно", "closed_at": now}),
        "told_facts": ("state = 'open'", {
            "state": "withdrawn", "outcome": "не нужно", "closed_at": now, "closed_by_id": 1}),
        "comment": ("state = 'waiting'", {"state": "kept", "decided_at": now}),
        "blacklist_proposal": ("state IN ('pending', 'approved', 'applied')", {
            "state": "lifted", "lifted_at": now, "lift_reason": "по просьбе", "decided_at": now}),
        "complaint": ("outcome IS NULL", {
            "outcome": "kept", "reason": "верно", "reviewed_at": now, "reviewed_by_id": 1, "decider_id": None}),
        "outbox_action": ("state = 'pending' AND placement_id IS NULL", {"state": "cancelled", "settled_at": now}),
        "held_row": ("settled_at IS NULL", {"settled_at": now, "outcome": "declined"}),
        "import_run": ("state IN ('uploaded', 'checked')", {"state": "failed", "finished_at": now}),
        "memo": ("state = 'draft'", {
            "state": "sent", "sent_at": now, "number": "9-2026", "content": {"rows": [{"words": "слова"}]}}),
    }  # fmt: skip
    with transaction() as session:
        for name, (where, values) in over.items():
            session.execute(update(db.metadata.tables[name]).where(text(where)).values(values))

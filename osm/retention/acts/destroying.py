"""Destroy the words of one row and of all that hangs on it, in one transaction; the log says so, the row stays."""

import re
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl

from sqlalchemy import (
    JSON,
    CheckConstraint,
    Column,
    ColumnElement,
    RowMapping,
    String,
    Table,
    and_,
    case,
    cast,
    delete,
    exists,
    literal,
    null,
    or_,
    select,
    update,
)

from osm.base.database import add_row, db
from osm.base.transaction import transaction
from osm.base.types import AboutPerson
from osm.comments.models import purged_name
from osm.log.acts.record import record
from osm.log.models import PURGE
from osm.models import (
    Author,
    Comment,
    Draft,
    HeldRow,
    Memo,
    Message,
    MessageEdition,
    Purged,
    Purpose,
    Reply,
    SavedFilter,
)
from osm.regulation.words import REASONS
from osm.reports.queries.streets import street_of
from osm.retention.rules import DESTROYED, MARK, ROWS, Kept

_VIA = {
    "draft": "reply",
    "draft_text": "reply",
    "interim_explanation": "reply",
    "criteria_exception": "draft",
    "part": "assignment",
    "part_text": "assignment",
    "evidence": "closure",
    "neighbour_photo": "neighbour_question",
}
"""Table without a key of its own to the subject → the table between."""

_UNIQUE = {("message", "key"), ("held_row", "other_key"), ("own_comment", "external_id")}
_NULLED = {("outbox_action", "placed_name"), ("author", "profile_url"), ("author", "number")}
_PURGED_ROWS = {(Kept.MESSAGES, "message"), (Kept.COMMENTS, "comment"), (Kept.EVIDENCE, "comment")}
_TYPED = ("q", "place")  # what a person types in an address of the register; the rest are codes
_SHORTEST_NAME = 4
_WORDS_OF_MEMO = {"words", "cause", "objection", "reason", "waived"}


def destroy(
    kept: Kept, subject: str, object_id: int, *, condition: ColumnElement[bool], run_id: int | None, now: datetime
) -> Purged | None:
    """None if the row no longer meets the condition: it was opened again or put on hold meanwhile."""
    table = db.metadata.tables[subject]
    with transaction() as session:
        row = session.execute(
            select(table).where(table.c.id == object_id, condition).with_for_update(of=table)
        ).mappings().one_or_none()  # fmt: skip
        if row is None:
            return None
        if (kept, subject) == (Kept.MESSAGES, "message"):
            # Of a place the street alone stays: figures by street are those of before, and no house is named.
            street = street_of(row["place"])
            session.execute(update(Message).where(Message.id == object_id).values(place=street))
            # Of remarks those of the list stay: figures by reason of return are those of before.
            for draft in session.scalars(select(Draft).join(Draft.reply).where(Reply.message_id == object_id)):
                listed = [reason for reason in REASONS if reason in draft.remarks]
                draft.remarks = "\n".join(listed) or (draft.remarks and MARK)
            session.execute(update(Reply).where(Reply.message_id == object_id).values(for_source=False))
        if subject == "comment":
            _name_comment(row)
        if subject == "memo":
            without = _without_words(row["content"])
            session.execute(update(Memo).where(Memo.id == object_id).values(content=without))
        for name, columns in DESTROYED[kept, subject].items():
            _wipe(db.metadata.tables[name], columns, _rows(name, subject, object_id, kept))
        if (kept, subject) in _PURGED_ROWS:
            session.execute(update(table).where(table.c.id == object_id).values(purged_at=now))
            forget_author(row["author_id"])
        elif subject == "blacklist_proposal":
            forget_author(row["author_id"])
        event = record(
            PURGE, at=now, actor=None, object_kind=subject, object_id=object_id, changes={"kept": (None, kept)}
        )
        event.message_id = object_id if subject == "message" else None
        session.flush()
        purged = Purged(run_id=run_id, kept=kept, subject=subject, object_id=object_id, event_id=event.id, at=now)
        add_row(purged)
        session.expire_all()
        return purged


def forget_author(author_id: int | None) -> None:
    """Delete the author whom no row names any more, and the saved filters with his name. A ban that was ordered keeps
    the row without the name."""
    author = db.session.get(Author, author_id) if author_id else None
    if author is None or _is_named(author):
        return
    if len(author.name) >= _SHORTEST_NAME:
        whole = re.compile(rf"(?<!\w){re.escape(author.name)}(?!\w)", re.IGNORECASE)
        for one in db.session.scalars(select(SavedFilter)).all():
            typed = [value for name, value in parse_qsl(one.query) if name in _TYPED]
            if any(map(whole.search, typed)):
                db.session.delete(one)
        db.session.flush()
    outbox = db.metadata.tables["outbox_action"]
    bans = outbox.c.author_id == author.id
    if db.session.scalar(select(exists().where(bans))):
        _wipe(outbox, DESTROYED[Kept.BLACKLIST, "blacklist_proposal"]["outbox_action"], bans)
        author.name, author.profile_url, author.number = "", None, None
    else:
        db.session.delete(author)
    db.session.flush()


def _is_named(author: Author) -> bool:
    keys = [
        key.parent
        for table in db.metadata.sorted_tables
        for key in table.foreign_keys
        if key.column.table.name == "author" and table.name != "outbox_action"
    ]
    held = db.metadata.tables["legal_hold"]
    named = [
        exists().where(key == author.id, *((held.c.lifted_at.is_(None),) if key.table is held else ())) for key in keys
    ]
    former = exists().where(
        MessageEdition.recalled_at.is_(None), MessageEdition.before["author_id"].as_integer() == author.id
    )
    return bool(db.session.scalar(select(or_(*named, former))))


# --- Which rows
def _rows(name: str, subject: str, object_id: int, kept: Kept) -> ColumnElement[bool]:
    table = db.metadata.tables[name]
    if name == "event_note":
        return table.c.event_id.in_(_events(subject, object_id))
    found = _hanging(table, subject, object_id)
    if name == "attachment":
        is_evidence = table.c.purpose == Purpose.EVIDENCE
        found = and_(found, is_evidence if kept is Kept.EVIDENCE else ~is_evidence)
    if name == "held_row":
        found = and_(found, HeldRow.settled_at.is_not(None))
    return found


def _hanging(table: Table, subject: str, object_id: int) -> ColumnElement[bool]:
    if table.name == subject:
        return table.c.id == object_id
    if (via := _VIA.get(table.name)) is None:
        return _key(table, subject) == object_id
    between = db.metadata.tables[via]
    return _key(table, via).in_(select(between.c.id).where(_hanging(between, subject, object_id)))


def _key(table: Table, to: str) -> Column[Any]:
    return next(c for c in table.c if any(key.column.table.name == to for key in c.foreign_keys))


def _events(subject: str, object_id: int) -> Any:
    event = db.metadata.tables["event"]
    about = and_(event.c.object_kind == subject, event.c.object_id == object_id)
    return select(event.c.id).where(or_(about, event.c.message_id == object_id) if subject == "message" else about)


# --- What becomes of them
def _wipe(table: Table, columns: str, rows: ColumnElement[bool]) -> None:
    if columns == ROWS:
        db.session.execute(delete(table).where(rows))
        return
    values = {name: _emptied(table.c[name]) for name in columns.split() if (table.name, name) not in _APART}
    if values:
        db.session.execute(update(table).where(rows).values(values))


_APART = {("message", "place"), ("draft", "remarks"), ("memo", "content"), ("comment", "external_id")}


def _emptied(column: Column[Any]) -> Any:
    """What stays in a column, so that no constraint is broken: nothing, or that there were words."""
    place = (column.table.name, column.name)
    if place == ("message", "key"):  # by its number an export finds it again and leaves it alone
        return case((column.startswith("number:"), column), else_=_of_row(column))
    if place in _UNIQUE:
        return _of_row(column)
    if column.foreign_keys or place in _NULLED:
        return null()
    if isinstance(column.type, JSON | AboutPerson):
        default: Any = column.default
        is_list = column.name.startswith("findings") or (default is not None and default.arg.__name__ == "list")
        return [] if is_list else {}
    asked = re.compile(rf"\b{column.name} (<>|=) ''")  # by a constraint, if there are words
    checks = (one for one in column.table.constraints if isinstance(one, CheckConstraint))
    words = literal(MARK if any(asked.search(str(one.sqltext)) for one in checks) else "")
    return case((column.is_(None), null()), (column == "", column), else_=words)


def _of_row(column: Column[Any]) -> Any:
    return literal("purged:") + cast(column.table.c.id, String)


def _name_comment(row: RowMapping) -> None:
    """Its digest in place of its id in the network: a later look or file finds it again and leaves it alone."""
    if row["purged_at"] is None:
        name = purged_name(row["network"], row["external_id"])
        db.session.execute(update(Comment).where(Comment.id == row["id"]).values(external_id=name))


def _without_words(value: Any) -> Any:
    if isinstance(value, list):
        return [_without_words(inner) for inner in value]
    if not isinstance(value, dict):
        return value
    return {name: MARK if name in _WORDS_OF_MEMO and inner else _without_words(inner) for name, inner in value.items()}

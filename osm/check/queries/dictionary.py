"""The dictionary for its screens: entries, changes, changed verdicts."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import aliased

from osm.base.database import db
from osm.models import Comment, Decision, DictionaryChange, Message, OwnEntry, User, VerdictChange
from osm.regulation.words import Ground

SHOWN = 100  # changes on a page


@dataclass(frozen=True, slots=True)
class Entry:
    id: int
    kind: str
    text: str
    category: Ground
    severity: str
    exception: bool
    added_at: datetime
    added_by: str


@dataclass(frozen=True, slots=True)
class Change:
    id: int
    at: datetime
    actor: str
    kind: str
    undoes_id: int | None
    is_undone: bool
    added: tuple[str, ...]
    removed: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Changed:
    """A text with another verdict. `number`: of the message; a comment has its address."""

    at: datetime
    before: Decision
    grounds_before: tuple[Ground, ...]
    after: Decision
    grounds_after: tuple[Ground, ...]
    message_id: int | None
    number: str
    comment_id: int | None
    url: str
    text: str
    findings: list[dict[str, Any]]  # current findings; if there are none, the earlier ones


def entries() -> list[Entry]:
    """Entries in force, by category, in alphabetical order."""
    found = db.session.execute(_ENTRIES.where(OwnEntry.removed_id.is_(None)).order_by(OwnEntry.category, OwnEntry.text))
    return [Entry(*row) for row in found]


def entry(entry_id: int) -> Entry | None:
    """The entry, None if it is not in force."""
    found = db.session.execute(_ENTRIES.where(OwnEntry.id == entry_id, OwnEntry.removed_id.is_(None))).first()
    return Entry(*found) if found else None


def changes() -> list[Change]:
    """Latest changes, newest first."""
    other = aliased(DictionaryChange)
    undone = select(other.id).where(other.undoes_id == DictionaryChange.id).exists()
    rows = db.session.execute(
        select(DictionaryChange, User.name, undone)
        .join(User, User.id == DictionaryChange.actor_id)
        .order_by(DictionaryChange.id.desc())
        .limit(SHOWN)
    ).all()
    ids = [row.id for row, _, _ in rows]
    added, removed = _texts(OwnEntry.added_id, ids), _texts(OwnEntry.removed_id, ids)
    return [
        Change(row.id, row.at, name, row.kind, row.undoes_id, is_undone, tuple(added[row.id]), tuple(removed[row.id]))
        for row, name, is_undone in rows
    ]


def changed_verdicts() -> list[Changed]:
    """Verdicts changed by other rules or words, newest first."""
    rows = db.session.execute(
        select(VerdictChange, Message.number, Message.text, Comment.url, Comment.text)
        .outerjoin(Message, Message.id == VerdictChange.message_id)
        .outerjoin(Comment, Comment.id == VerdictChange.comment_id)
        .order_by(VerdictChange.id.desc())
        .limit(SHOWN)
    )
    return [
        Changed(
            row.at,
            row.before,
            _grounds(row.findings_before),
            row.after,
            _grounds(row.findings_after),
            row.message_id,
            number or "",
            row.comment_id,
            url or "",
            text if row.message_id else comment_text,
            row.findings_after or row.findings_before,
        )
        for row, number, text, url, comment_text in rows
    ]


def changed_count() -> int:
    return db.session.scalar(select(func.count()).select_from(VerdictChange)) or 0


def _grounds(findings: list[dict[str, Any]]) -> tuple[Ground, ...]:
    return tuple(dict.fromkeys(Ground(finding["category"]) for finding in findings))


def _texts(column: Any, change_ids: Collection[int]) -> dict[int, list[str]]:
    found: dict[int, list[str]] = defaultdict(list)
    for change_id, text in db.session.execute(
        select(column, OwnEntry.text).where(column.in_(change_ids)).order_by(OwnEntry.text)
    ):
        found[change_id].append(text)
    return found


_ENTRIES = (
    select(
        OwnEntry.id,
        OwnEntry.kind,
        OwnEntry.text,
        OwnEntry.category,
        OwnEntry.severity,
        OwnEntry.exception,
        DictionaryChange.at,
        User.name,
    )
    .join(DictionaryChange, DictionaryChange.id == OwnEntry.added_id)
    .join(User, User.id == DictionaryChange.actor_id)
)

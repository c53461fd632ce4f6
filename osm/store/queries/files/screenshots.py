"""Screenshots of what was written: files of an exclusion, and files that the log names beside a comment."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, select

from osm.extensions import db
from osm.store.models import Attachment, Event, Evidence

ATTACHED, COMMENT = "attach_screenshot", "comment"
"""Action and kind of object of the line in the log that gives a comment its screenshot."""
UNNAMED = "снимок экрана"
"""Of a file whose name has been purged from the log."""


@dataclass(frozen=True, slots=True)
class Shot:
    """One screenshot; `sha256` of the file as it came. `of_comment`: `id` is of a line of the log, else a file's."""

    id: int
    filename: str
    content_type: str
    sha256: str
    of_comment: bool


def of_closures(closure_ids: Collection[int]) -> dict[int, tuple[Shot, ...]]:
    """Those of exclusions, oldest first; an exclusion without any is left out."""
    if not closure_ids:
        return {}
    rows = db.session.execute(
        select(Evidence.closure_id, Attachment.id, Attachment.filename, Attachment.content_type, Attachment.sha256)
        .join(Attachment, Attachment.evidence_id == Evidence.id)
        .where(Evidence.closure_id.in_(closure_ids))
        .order_by(Attachment.id)
    )
    return _by_owner((owner, Shot(number, name, kind, sha256, False)) for owner, number, name, kind, sha256 in rows)


def of_comments(comment_ids: Collection[int]) -> dict[int, tuple[Shot, ...]]:
    """Those of comments, oldest first; a comment without any is left out."""
    if not comment_ids:
        return {}
    lines = db.session.scalars(_lines().where(Event.object_id.in_(comment_ids)).order_by(Event.id))
    return _by_owner((line.object_id or 0, _shot(line)) for line in lines)


def of_comment(event_id: int) -> Shot | None:
    """The one that this line of the log names; None where it names none."""
    line = db.session.scalar(_lines().where(Event.id == event_id))
    return _shot(line) if line else None


def kept_hashes() -> Select[Any]:
    """The changes of every line that names a file: what a backup must hold beside the tables."""
    return select(Event.changes).where(Event.action == ATTACHED, Event.object_kind == COMMENT)


def hash_of(changes: dict[str, Any]) -> str:
    """The file that such changes name."""
    return str(changes["sha256"][1])


def _lines() -> Select[Any]:
    return select(Event).where(Event.action == ATTACHED, Event.object_kind == COMMENT)


def _shot(line: Event) -> Shot:
    name = line.note.text if line.note else UNNAMED
    return Shot(line.id, name, str(line.changes["content_type"][1]), hash_of(line.changes), of_comment=True)


def _by_owner(pairs: Iterable[tuple[int, Shot]]) -> dict[int, tuple[Shot, ...]]:
    found: dict[int, tuple[Shot, ...]] = {}
    for owner, shot in pairs:
        found[owner] = (*found.get(owner, ()), shot)
    return found

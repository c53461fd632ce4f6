"""Screenshots: files of an exclusion, and files that the log names for a comment."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, exists, select
from sqlalchemy.orm import aliased

from osm.base.database import db
from osm.log.models import PURGE
from osm.models import Attachment, Comment, Event, Evidence

ATTACHED, COMMENT = "attach_screenshot", "comment"
"""Action and kind of object of the log line that gives a comment its screenshot."""
NOT_KEPT = "pictures_not_kept"
"""Action of the log line with the number of pictures of a deleted comment that could not be saved."""
UNNAMED = "снимок экрана"  # for a file with a name that was purged from the log


@dataclass(frozen=True, slots=True)
class Shot:
    """One screenshot; `sha256` of the original file. `id`: of a log line if `of_comment`, else of a file."""

    id: int
    filename: str
    content_type: str
    sha256: str
    of_comment: bool


def of_closures(closure_ids: Collection[int]) -> dict[int, tuple[Shot, ...]]:
    """Exclusion → its screenshots, oldest first; those without any are left out."""
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
    """Comment → its screenshots, oldest first; those without any are left out."""
    if not comment_ids:
        return {}
    lines = db.session.scalars(_lines().where(Event.object_id.in_(comment_ids)).order_by(Event.id))
    return _by_owner((line.object_id or 0, _shot(line)) for line in lines)


@dataclass(frozen=True, slots=True)
class Pictures:
    """The number of saved pictures of a deleted comment, and of all it had. `is_waiting`: more may still be saved."""

    kept: int = 0
    of: int = 0
    is_waiting: bool = False


def pictures_of(comment_ids: Collection[int]) -> dict[int, Pictures]:
    if not comment_ids:
        return {}
    waits = select(Comment.id).where(Comment.id.in_(comment_ids), Comment.pictures_until.is_not(None))
    found = {number: Pictures(is_waiting=True) for number in db.session.scalars(waits)}
    lost = (
        select(Event.object_id, Event.changes)
        .join(Comment, Comment.id == Event.object_id)
        .where(Event.action == NOT_KEPT, Event.object_kind == COMMENT, Event.object_id.in_(comment_ids))
        .where(Event.at >= Comment.decided_at)  # attempts before a repeated decision do not count
        .order_by(Event.id)
    )
    for number, changes in db.session.execute(lost):
        of, kept = changes["pictures_kept"]
        found.setdefault(number, Pictures(kept, of))
    return found


def of_comment(event_id: int) -> Shot | None:
    line = db.session.scalar(_lines().where(Event.id == event_id))
    return _shot(line) if line else None


def kept_hashes() -> Select[Any]:
    """The changes of all log lines with a file that is kept, which a backup has to include."""
    return _lines().with_only_columns(Event.changes)


def hash_of(changes: dict[str, Any]) -> str:
    return str(changes["sha256"][1])


def _lines() -> Select[Any]:
    """Without those of destroyed comments. An older database, whose backup is made, has no other sign of them."""
    later = aliased(Event)
    purged = exists().where(
        later.object_kind == COMMENT, later.object_id == Event.object_id, later.action == PURGE, later.id > Event.id
    )
    return select(Event).where(Event.action == ATTACHED, Event.object_kind == COMMENT, ~purged)


def _shot(line: Event) -> Shot:
    name = line.note.text if line.note else UNNAMED
    return Shot(line.id, name, str(line.changes["content_type"][1]), hash_of(line.changes), of_comment=True)


def _by_owner(pairs: Iterable[tuple[int, Shot]]) -> dict[int, tuple[Shot, ...]]:
    found: dict[int, tuple[Shot, ...]] = {}
    for owner, shot in pairs:
        found[owner] = (*found.get(owner, ()), shot)
    return found

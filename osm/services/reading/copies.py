"""Near copies of messages and comments, by any author in any place: the worker puts them into groups.

`reader` serves `due.work_off`. Texts are folded outside of any transaction; they are compared and written inside
one that nobody else shares, so that two copies that are read at the same time meet. A text that was read is not read
again until it changes: a crash doubles nothing.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, select

from osm.extensions import db
from osm.likeness import copies
from osm.likeness.copies import Folded
from osm.services.pace import WHOLE, Pace
from osm.services.reading import copy_index, due, mailings
from osm.services.reading.copy_index import Found, Indexed, Together
from osm.services.reading.due import Due
from osm.store.many_rows import draw_ids, write_rows
from osm.store.models import (
    Comment,
    CopyGroup,
    CopyText,
    DueCommentReading,
    DueReading,
    Message,
    ReadingKind,
)

SLICE = 50
"""Texts that are read and written together: a write of some 50 ms at most."""
LEADERS = 8
"""As long as fewer texts of the index are like it, a new variant of a known text is put into the index as well."""
SAME = 0.9
"""A copy that differs less from one that is in the index need not be there itself: whoever is like it finds the other.

So a mailing of thousands takes the room of a few texts.
"""


def read_due(now: datetime, pace: Pace = WHOLE) -> int:
    """Read what is owed of comments and messages, slice by slice, while `pace` allows; how many texts that was."""
    until = time.monotonic() + pace.seconds
    done = 0
    kinds: list[Due] = [DueCommentReading, DueReading]
    while kinds and pace.goes_on() and time.monotonic() < until:
        of = kinds.pop(0)
        if count := _slice(of, now):
            done += count
            kinds.append(of)
    if not kinds:
        copy_index.forget_old(now)
    return done


def _slice(of: Due, now: datetime) -> int:
    def reader(ids: Sequence[int]) -> Callable[[], None]:
        return read(of, ids, now)

    return due.work_off(ReadingKind.COPIES, reader, limit=SLICE, now=now, of=of)


@dataclass(frozen=True, slots=True)
class _Fresh:
    """A text as it stands now; `folded` is None where it is too short to be a copy."""

    subject_id: int
    digest: str
    written_at: datetime
    folded: Folded | None


def read(of: Due, ids: Sequence[int], now: datetime) -> Callable[[], None]:
    """Fold these texts; what is returned finds their copies and writes, in the transaction of the caller."""
    if issubclass(of, DueReading):
        written = func.coalesce(Message.published_at, Message.received_at)
        rows = db.session.execute(select(Message.id, Message.text, written).where(Message.id.in_(ids))).all()
    else:
        written = func.coalesce(Comment.published_at, Comment.stored_at)
        rows = db.session.execute(select(Comment.id, Comment.text, written).where(Comment.id.in_(ids))).all()
    subjects = [_Fresh(row[0], _digest(row[1]), row[2], copies.fold(row[1])) for row in rows]
    db.session.rollback()  # all is read: no snapshot is to be held while the write waits its turn

    def write() -> None:
        copy_index.alone()
        left = _leave(of, subjects)
        fresh = [one for one in left.fresh if one.folded is not None]
        slice_ = _Slice(of, fresh, now)
        grown = copy_index.count(left.groups | slice_.put_together(), now)
        comments = [] if issubclass(of, DueReading) else [one.subject_id for one in fresh]
        mailings.check_anew(grown, slice_.joined, comments)

    return write


@dataclass(frozen=True, slots=True)
class _Left:
    fresh: list[_Fresh]
    groups: set[int]


def _leave(of: Due, subjects: Sequence[_Fresh]) -> _Left:
    """Texts that have changed leave their groups and the index; what is to be read, and the groups to count again.

    An unchanged text may now be the same writing as another: a comment has become a message, or has come back.
    """
    column = _column(of)
    known = {
        row.subject: row
        for row in db.session.execute(
            select(column.label("subject"), CopyText.id, CopyText.digest, CopyText.group_id, CopyText.letters).where(
                column.in_([one.subject_id for one in subjects])
            )
        )
    }
    fresh = [one for one in subjects if one.subject_id not in known or known[one.subject_id].digest != one.digest]
    gone = [known[one.subject_id] for one in fresh if one.subject_id in known]
    if gone:
        db.session.execute(delete(CopyText).where(CopyText.id.in_([row.id for row in gone])))
    groups = {row.group_id for row in known.values() if row.group_id is not None}
    for group_id in {row.group_id for row in gone if row.group_id is not None and row.letters is not None}:
        _index_newest(group_id)
    return _Left(fresh, groups)


def _index_newest(group_id: int) -> None:
    """The text that the index had for this group has gone: index the newest of its other texts."""
    member = db.session.scalars(
        select(CopyText)
        .where(CopyText.group_id == group_id, CopyText.letters.is_(None))
        .order_by(CopyText.written_at.desc(), CopyText.id.desc())
        .limit(1)
    ).first()
    if member is None:
        return
    of_message = select(Message.text).where(Message.id == member.message_id)
    text = db.session.scalar(select(Comment.text).where(Comment.id == member.comment_id).union_all(of_message))
    folded = copies.fold(text or "")
    if folded is not None:
        member.letters = folded.letters
        db.session.flush()
        copy_index.keep_keys({member.id: list(folded.keys)})


class _Slice:
    """Fresh texts find those that they are copies of, in the store and among themselves."""

    def __init__(self, of: Due, fresh: Sequence[_Fresh], now: datetime) -> None:
        self.column, self.now = _column(of).key, now
        self.fresh = sorted(fresh, key=lambda one: (one.written_at, one.subject_id))
        self.together = Together()
        self.joined: set[int] = set()
        """Groups that others turned out to belong to."""

    def put_together(self) -> set[int]:
        """Write the texts, their keys and their groups; the groups whose texts are not the same any more."""
        if not self.fresh:
            return set()
        found = copy_index.look_up(one.folded for one in self.fresh if one.folded)
        ids = list(draw_ids(CopyText, len(self.fresh)))
        kept = {text_id: self._find(text_id, one, found) for text_id, one in zip(ids, self.fresh, strict=True)}
        group_of = self._groups()
        copy_index.put({text_id: group_id for text_id, group_id in group_of.items() if text_id not in kept})
        write_rows(
            CopyText,
            [
                {
                    self.column: one.subject_id,
                    "id": text_id,
                    "digest": one.digest,
                    "written_at": one.written_at,
                    "read_at": self.now,
                    "letters": one.folded.letters if one.folded and kept[text_id] else None,
                    "group_id": group_of.get(text_id),
                }
                for text_id, one in zip(ids, self.fresh, strict=True)
            ],
        )
        copy_index.keep_keys(kept)
        return set(group_of.values())

    def _find(self, text_id: int, one: _Fresh, found: Found) -> list[int]:
        """Note what it is a copy of; the keys under which it is to be found itself, if it is."""
        assert one.folded is not None
        mine = Indexed(text_id, one.folded.letters, None, one.written_at, one.written_at)
        near = [found.texts[other] for other in found.ranked(one.folded) if other in found.texts]
        near = [other for other in near if self.together.reaches(other, one.written_at)]
        likenesses = [copies.likeness(mine.letters, other.letters) for other in near]
        alike = [other for other, likeness in zip(near, likenesses, strict=True) if likeness]
        for other in alike:
            self.together.unite(mine, other)
        leads = len(alike) < LEADERS and max(likenesses, default=0) < SAME
        return found.add(mine, one.folded) if leads else []

    def _groups(self) -> dict[int, int]:
        """Text → group, of all that were put together; the groups of the store are joined where they turned out one."""
        group_of: dict[int, int] = {}
        for text_ids, group_ids in self.together.parts():
            target = min(group_ids, default=0) or self._new_group()
            copy_index.join(group_ids - {target}, target)
            if len(group_ids) > 1:
                self.joined.add(target)
            group_of.update(dict.fromkeys(text_ids, target))
        return group_of

    def _new_group(self) -> int:
        group = CopyGroup(size=0, first_at=self.now, last_at=self.now, read_at=self.now)
        db.session.add(group)
        db.session.flush()
        return group.id


def _column(of: Due) -> Any:
    return CopyText.message_id if issubclass(of, DueReading) else CopyText.comment_id


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()

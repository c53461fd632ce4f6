"""The index of near copies: which texts of the store may be copies of freshly folded ones, and what is kept of them."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from heapq import nsmallest
from typing import Any

from sqlalchemy import ColumnElement, bindparam, delete, func, or_, select, text, update
from sqlalchemy.orm import aliased

from osm.extensions import db
from osm.likeness.copies import Folded
from osm.store.many_rows import table_of, write_rows
from osm.store.models import Comment, CopyGroup, CopyKey, CopyText
from osm.store.transaction import transaction

WINDOW = timedelta(days=14)
"""Texts that were written further apart are no copies, unless others lie between them."""
HOLDERS = 32
"""Texts that may stand under one key: what more have in common («Здравствуйте, когда…») tells nothing apart."""
COMPARED = 12
"""Stored texts that one is compared with, letter by letter: those that share the most keys."""
_LOCK = 215_0016
"""Of PostgreSQL's advisory locks: one process at a time puts texts together. SQLite has one writer anyway."""


@dataclass(slots=True)
class Indexed:
    """A text that can be found, as it stands in the store; when it, or the texts of its group, were written."""

    id: int
    letters: str
    group_id: int | None
    first_at: datetime
    last_at: datetime


@dataclass(slots=True)
class Found:
    """What the index names for a slice: texts under each key, and the texts themselves."""

    under: dict[int, list[int]] = field(default_factory=lambda: defaultdict(list))
    texts: dict[int, Indexed] = field(default_factory=dict)

    def ranked(self, folded: Folded, most: int = COMPARED) -> list[int]:
        """Ids of those that share keys with this one, the most keys first, of as many keys the latest."""
        shared = Counter(text_id for key in folded.keys for text_id in self.under.get(key, ()))
        return nsmallest(most, shared, key=lambda text_id: (-shared[text_id], -text_id))

    def add(self, one: Indexed, folded: Folded) -> list[int]:
        """The text can be found from now on; the keys that are to be kept of it."""
        kept = [key for key in folded.keys if len(self.under.get(key, ())) < HOLDERS]
        for key in kept:
            self.under[key].append(one.id)
        self.texts[one.id] = one
        return kept


class Together:
    """Texts and groups of the store that turn out to belong together, and when their texts were written."""

    def __init__(self) -> None:
        self._above: dict[tuple[bool, int], tuple[bool, int]] = {}
        self._span: dict[tuple[bool, int], tuple[datetime, datetime]] = {}

    def reaches(self, one: Indexed, instant: datetime) -> bool:
        """Whether a text of this instant may still be a copy of it or of those it belongs with."""
        first, last = self._span[self._top(one)]
        return first - WINDOW <= instant <= last + WINDOW

    def unite(self, one: Indexed, other: Indexed) -> None:
        """The two are copies."""
        top, under = self._top(one), self._top(other)
        if top == under:
            return
        self._above[under] = top
        spans = self._span[top], self._span.pop(under)
        self._span[top] = min(first for first, _ in spans), max(last for _, last in spans)

    def parts(self) -> Iterator[tuple[set[int], set[int]]]:
        """What belongs together: ids of texts without a group so far, ids of groups."""
        found: dict[tuple[bool, int], tuple[set[int], set[int]]] = defaultdict(lambda: (set(), set()))
        for node in list(self._above):
            is_group, number = node
            found[self._root(node)][is_group].add(number)
        return (part for part in found.values() if len(part[0]) + len(part[1]) > 1)

    def _top(self, one: Indexed) -> tuple[bool, int]:
        node = (False, one.id) if one.group_id is None else (True, one.group_id)
        if node not in self._above:
            self._above[node], self._span[node] = node, (one.first_at, one.last_at)
        return self._root(node)

    def _root(self, node: tuple[bool, int]) -> tuple[bool, int]:
        while (above := self._above[node]) != node:
            self._above[node] = self._above[above]
            node = above
        return node


def alone() -> None:
    """Nobody else puts texts together until the end of this transaction."""
    if db.engine.dialect.name == "postgresql":
        db.session.execute(text(f"SELECT pg_advisory_xact_lock({_LOCK})"))


def look_up(fresh: Iterable[Folded]) -> Found:
    """What the store holds under the keys of these."""
    fresh = list(fresh)
    found = Found()
    keys = sorted({key for folded in fresh for key in folded.keys})
    if not keys:
        return found
    for key, text_id in db.session.execute(select(CopyKey.key, CopyKey.text_id).where(CopyKey.key.in_(keys))):
        found.under[key].append(text_id)
    wanted = sorted({text_id for folded in fresh for text_id in found.ranked(folded)})
    if wanted:
        first = func.coalesce(CopyGroup.first_at, CopyText.written_at)
        last = func.coalesce(CopyGroup.last_at, CopyText.written_at)
        rows = db.session.execute(
            select(CopyText.id, CopyText.letters, CopyText.group_id, first, last)
            .outerjoin(CopyGroup, CopyGroup.id == CopyText.group_id)
            .where(CopyText.id.in_(wanted), CopyText.letters.isnot(None))
        )
        found.texts = {row[0]: Indexed(row[0], row[1] or "", *row[2:]) for row in rows}
    return found


def keep_keys(kept: dict[int, list[int]]) -> None:
    """Text id → the keys that find it."""
    # In the order of the index: each of its pages is taken up once.
    rows = sorted((key, text_id) for text_id, keys in kept.items() for key in keys)
    write_rows(CopyKey, [{"key": key, "text_id": text_id} for key, text_id in rows])


def join(group_ids: Collection[int], target: int) -> None:
    """These groups turn out to be one."""
    if not group_ids:
        return
    db.session.execute(update(CopyText).where(CopyText.group_id.in_(group_ids)).values(group_id=target))
    db.session.execute(delete(CopyGroup).where(CopyGroup.id.in_(group_ids)))


def put(group_of: Mapping[int, int]) -> None:
    """Text → group: texts that stood alone belong to these groups."""
    rows = [{"of": text_id, "into": group_id} for text_id, group_id in sorted(group_of.items())]
    if rows:
        table = table_of(CopyText)
        into = update(table).where(table.c.id == bindparam("of")).values(group_id=bindparam("into"))
        db.session.execute(into, rows)


def count(group_ids: Collection[int], now: datetime) -> dict[int, tuple[int, int]]:
    """What stands in the rows of these groups follows their texts: group → its size before and now."""
    if not group_ids:
        return {}
    before = dict(db.session.execute(select(CopyGroup.id, CopyGroup.size).where(CopyGroup.id.in_(group_ids))).all())
    found = db.session.execute(
        select(CopyText.group_id, func.count(), func.min(CopyText.written_at), func.max(CopyText.written_at))
        .where(CopyText.group_id.in_(group_ids), ~is_of_its_comment())
        .group_by(CopyText.group_id)
        .order_by(CopyText.group_id)
    ).all()
    sizes = {row[0]: (before.get(row[0], 0), row[1]) for row in found if row[0] is not None}
    rows = [{"of": group, "n": size, "first": first, "last": last, "now": now} for group, size, first, last in found]
    if rows:
        table = table_of(CopyGroup)
        values: dict[str, Any] = {"size": bindparam("n"), "first_at": bindparam("first"), "last_at": bindparam("last")}
        follows = update(table).where(table.c.id == bindparam("of")).values(**values, read_at=bindparam("now"))
        db.session.execute(follows, rows)
    if emptied := before.keys() - sizes.keys():
        db.session.execute(delete(CopyGroup).where(CopyGroup.id.in_(emptied)))
    return sizes


def is_of_its_comment() -> ColumnElement[bool]:
    """Whether the text is that of a message made of a comment of its group: one writing, not two."""
    made = aliased(CopyText)
    return (
        select(made.id)
        .join(Comment, Comment.id == made.comment_id)
        .where(Comment.message_id == CopyText.message_id, made.group_id == CopyText.group_id)
        .correlate(CopyText)
        .exists()
    )


def forget_old(now: datetime, at_most: int = 1000) -> int:
    """Texts of which no copy can come any more leave the index; who belongs to which group stays. How many left."""
    before = now - WINDOW
    old = (
        select(CopyText.id)
        .outerjoin(CopyGroup, CopyGroup.id == CopyText.group_id)
        .where(
            CopyText.letters.isnot(None),
            CopyText.read_at < before,
            or_(CopyGroup.id.is_(None), CopyGroup.read_at < before),
        )
        .order_by(CopyText.read_at, CopyText.id)
        .limit(at_most)
    )
    if not db.session.scalars(old.limit(1)).first():
        return 0
    with transaction():
        alone()
        ids: Sequence[int] = db.session.scalars(old).all()
        db.session.execute(delete(CopyKey).where(CopyKey.text_id.in_(ids)))
        db.session.execute(delete(CopyText).where(CopyText.id.in_(ids), CopyText.group_id.is_(None)))
        db.session.execute(update(CopyText).where(CopyText.id.in_(ids)).values(letters=None))
    return len(ids)

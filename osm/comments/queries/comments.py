"""The queue of comments: rows, counters, history of the authors, other moderators at work."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, CompoundSelect, Row, Select, and_, case, func, literal, select, union_all
from sqlalchemy.orm import aliased, joinedload

from osm.base.database import db
from osm.check.queries import Checked, found_in
from osm.comments.queries.copies import Deletion, of_comments
from osm.models import UNMARKED as LAST_RANK
from osm.models import WEAK, Author, BlacklistProposal, Comment, User
from osm.regulation.blacklist import CommentGround, CommentKind, CommentState, ListState
from osm.regulation.words import Ground

# --- History of authors
MONTH = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class History:
    """History of an author: comments in the last 30 days, and decisions on all of them. `listed`: state of a current
    proposal for the black list."""

    month: int = 0
    kept: int = 0
    taken: int = 0
    deleted: Mapping[CommentGround, int] = field(default_factory=dict)
    listed: ListState | None = None

    @property
    def removed(self) -> int:
        return sum(self.deleted.values())


UNKNOWN = History()  # for an unknown author


def histories(author_ids: Collection[int], now: datetime) -> dict[int, History]:
    """Author id → history."""
    if not author_ids:
        return {}
    recent = func.sum(case((Comment.published_at >= now - MONTH, 1), else_=0))
    query = (
        select(Comment.author_id, Comment.state, Comment.ground, func.count(), recent)
        .where(Comment.author_id.in_(author_ids))
        .group_by(Comment.author_id, Comment.state, Comment.ground)
    )
    sums: dict[int, dict[str, Any]] = {}
    for author_id, state, ground, number, month in db.session.execute(query):
        one = sums.setdefault(author_id, {"month": 0, "deleted": {}})
        one["month"] += int(month)
        if state is CommentState.DELETED:
            one["deleted"][ground] = number
        elif state is not CommentState.WAITING:
            one[state.value] = one.get(state.value, 0) + number
    for author_id, listed in db.session.execute(_listed(author_ids)):
        sums[author_id]["listed"] = listed
    return {author_id: History(**values) for author_id, values in sums.items()}


def _listed(author_ids: Collection[int]) -> Select[Any]:
    """Current proposals, the latest of each author last."""
    current = (ListState.PENDING, ListState.APPROVED, ListState.APPLIED)
    columns: list[Any] = [BlacklistProposal.author_id, BlacklistProposal.state]
    query = select(*columns).where(BlacklistProposal.author_id.in_(author_ids), BlacklistProposal.state.in_(current))
    return query.order_by(BlacklistProposal.id)


# --- The queue
COUNTED = 1000  # from this number on, a counter shows «999+»
UNMARKED = "none"  # filter value for comments without marks
# Unmarked comments have an empty category and the last rank. Filtering by rank lets the queue start there. With the
# empty category, PostgreSQL walks past all marked ones; with `=`, it walks along the ids, past all decided ones.
_UNMARKED = Comment.rank >= LAST_RANK


@dataclass(frozen=True, slots=True)
class QueueFilter:
    """Filter of the queue; empty: all. `category` is a Ground or UNMARKED. `since`, `until`: period of arrival, as ISO
    texts from the address."""

    category: str = ""
    network: str = ""
    kind: str = ""
    post: str = ""
    since: str = ""
    until: str = ""

    def conditions(self) -> list[ColumnElement[bool]]:
        found: list[ColumnElement[bool]] = []
        if self.category == UNMARKED:
            found.append(_UNMARKED)
        elif self.category:
            found.append(Comment.category == Ground(self.category))
        if self.network:
            found.append(Comment.network == self.network)
        if self.kind:
            found.append(Comment.kind == CommentKind(self.kind))
        if self.post:
            found.append(Comment.post_url == self.post)
        if self.since:
            found.append(Comment.stored_at > datetime.fromisoformat(self.since))
        if self.until:
            found.append(Comment.stored_at <= datetime.fromisoformat(self.until))
        return found


@dataclass(frozen=True, slots=True)
class CommentRow:
    """A comment for the screen. `deletion`: the act that deletes it, None if there is none."""

    comment: Comment
    checked: Checked
    history: History = UNKNOWN
    deletion: Deletion | None = None

    @property
    def id(self) -> int:
        return self.comment.id

    @property
    def author_name(self) -> str:
        return self.comment.author.name if self.comment.author else ""

    @property
    def author_url(self) -> str:
        return (self.comment.author.profile_url or "") if self.comment.author else ""

    @property
    def is_weak(self) -> bool:
        """In this office all its marks are usually wrong."""
        return self.comment.rank == WEAK

    @property
    def proposed(self) -> Ground | None:
        return self.checked.proposed


def queue_rows(ids: Sequence[int], now: datetime) -> list[CommentRow]:
    """Rows in the order of ids, each with the history of its author."""
    found = {row.id: row for row in db.session.scalars(_whole().where(Comment.id.in_(ids)))}
    known = histories({row.author_id for row in found.values() if row.author_id}, now)
    return [_shown(found[one], known, {}) for one in ids if one in found]


def counters(networks: Collection[str]) -> dict[tuple[str, str], int]:
    """(«category», code), («network», code), («kind», code) → number waiting, at most COUNTED; zeros included."""
    return {(name, code): number for name, code, number in db.session.execute(_counting(tuple(networks))) if number}


@cache
def _counting(networks: tuple[str, ...]) -> CompoundSelect[Any]:
    # Cached: building the query takes a millisecond.
    wanted = [
        *(("category", ground.value, Comment.category == ground) for ground in Ground),
        ("category", UNMARKED, _UNMARKED),
        *(("network", code, Comment.network == code) for code in networks),
        *(("kind", kind.value, Comment.kind == kind) for kind in CommentKind),
    ]
    parts = []
    for name, code, condition in wanted:
        some = select(Comment.id).where(Comment.state == CommentState.WAITING, condition).limit(COUNTED).subquery()
        parts.append(select(literal(name), literal(code), func.count()).select_from(some))
    return union_all(*parts)


def at_work(actor: User, now: datetime) -> list[tuple[str, int]]:
    """Other moderators with comments on hold, and how many."""
    query = (
        select(User.name, func.count())
        .join(Comment, Comment.held_by_id == User.id)
        .where(Comment.held_until > now, Comment.held_by_id != actor.id)
        .group_by(User.name)
        .order_by(User.name)
    )
    return [(name, number) for name, number in db.session.execute(query)]


PAGE = 50  # decisions on one page


def decided(
    *conditions: ColumnElement[bool],
    author_id: int | None = None,
    state: CommentState | None = None,
    before: int | None = None,
) -> tuple[list[CommentRow], bool]:
    """A page of decisions, latest first, and whether there are earlier ones; `before`: those after this comment."""
    query = (
        _whole()
        .where(Comment.decided_at.is_not(None), *conditions)
        .order_by(Comment.decided_at.desc(), Comment.id.desc())
    )
    if author_id is not None:
        query = query.where(Comment.author_id == author_id)
    if state is not None:
        query = query.where(Comment.state == state)
    last = db.session.get(Comment, before) if before else None
    if last is not None and last.decided_at is not None:
        same_time = and_(Comment.decided_at == last.decided_at, Comment.id < last.id)
        query = query.where((Comment.decided_at < last.decided_at) | same_time)
    rows = list(db.session.scalars(query.limit(PAGE + 1)))
    actions = of_comments([row.id for row in rows])
    return [_shown(row, {}, actions) for row in rows[:PAGE]], len(rows) > PAGE


def latest_of(actor: User, since: datetime) -> CommentRow | None:
    """The person's last decision since then, for undo."""
    query = _whole().where(Comment.decided_by_id == actor.id, Comment.decided_at >= since)
    row = db.session.scalar(query.order_by(Comment.decided_at.desc(), Comment.id.desc()).limit(1))
    return _shown(row, {}, of_comments([row.id])) if row else None


def decided_by(seen: Sequence[tuple[int, int]], actor: User, since: datetime) -> bool:
    """Whether the person has decided all these (id, version) since then, and they have not changed."""
    query = select(Comment.id, Comment.version).where(
        Comment.id.in_([one for one, _ in seen]), Comment.decided_by_id == actor.id, Comment.decided_at >= since
    )
    return set(db.session.execute(query)) == set(seen)


def _whole() -> Select[Any]:
    return select(Comment).options(joinedload(Comment.author), joinedload(Comment.decided_by))


def _shown(row: Comment, known: Mapping[int, History], actions: Mapping[int, Deletion]) -> CommentRow:
    checked = Checked(row.decision, found_in(row.text, row.findings), None, row.version)
    return CommentRow(row, checked, known.get(row.author_id or 0, UNKNOWN), actions.get(row.id))


# --- Parent comments
def parents_among(rows: Sequence[CommentRow]) -> dict[int, Row[int, str, str]]:
    """Comment id → the text and the name of the author of the stored comment that it answers."""
    answers = [row.id for row in rows if row.comment.parent_external_id]
    if not answers:
        return {}
    parent = aliased(Comment)
    same = and_(parent.network == Comment.network, parent.external_id == Comment.parent_external_id)
    query = (
        select(Comment.id, Author.name.label("author_name"), parent.text)
        .join(parent, same)
        .outerjoin(Author, Author.id == parent.author_id)
        .where(Comment.id.in_(answers))
    )
    return {row.id: row for row in db.session.execute(query)}

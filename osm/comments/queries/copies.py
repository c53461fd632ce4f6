"""Deletions, waiting counts, near copies and posts of comments."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, and_, case, func, select

from osm.base.database import db
from osm.comments.models import UNMARKED
from osm.models import Author, Comment, Connection, ConnectionState, CopyGroup, CopyText, Message, OutboxAction, User
from osm.regulation.blacklist import CommentState, OutboxKind, OutboxState
from osm.regulation.words import Ground

# --- Deletions in the networks
_DONE = (OutboxState.DONE, OutboxState.DONE_BY_HAND)
_ON = (ConnectionState.WORKING, ConnectionState.FAILING)


@dataclass(frozen=True, slots=True)
class Deletion:
    """The last deletion of a comment. `is_restorable`: the page can restore what it deleted; `is_begun`: the network
    has been asked, and the result is not known yet."""

    state: OutboxState
    is_restorable: bool
    is_begun: bool

    @property
    def comes_back(self) -> bool:
        """Deleted in the network, but an undo restores it there."""
        return self.is_restorable and self.state in _DONE

    @property
    def why_final(self) -> str:
        """Why the decision cannot be undone; empty if it can, because it was not sent or can be restored."""
        if self.state in _DONE and not self.is_restorable:
            return "удаление в соцсети выполнено"
        return "удаление в соцсети сейчас выполняется" if self.is_begun else ""


def of_comments(ids: Sequence[int]) -> dict[int, Deletion]:
    """Comment id → deletion; comments without one, or with a cancelled one, are missing."""
    waits = (OutboxAction.state == OutboxState.PENDING, OutboxAction.for_person.is_(False))
    begun = and_(*waits, OutboxAction.sent_at.is_not(None))
    query = (
        select(OutboxAction.comment_id, OutboxAction.state, Connection.can, begun)
        .join(Comment, Comment.id == OutboxAction.comment_id)
        .outerjoin(Connection, (Connection.account_id == Comment.account_id) & Connection.state.in_(_ON))
        .where(
            OutboxAction.comment_id.in_(ids),
            OutboxAction.kind == OutboxKind.DELETE,
            OutboxAction.state != OutboxState.CANCELLED,
        )
        .order_by(OutboxAction.id)
    )
    rows = db.session.execute(query)
    return {
        number: Deletion(state, OutboxKind.RESTORE in (can or ()), bool(is_begun))
        for number, state, can, is_begun in rows
        if number
    }


# --- Waiting comments
@dataclass(frozen=True, slots=True)
class Waiting:
    """`oldest`: when the oldest one arrived; `threat`: the oldest one with a threat marked."""

    number: int
    oldest: datetime | None
    threat: datetime | None


_WAITS = Comment.state == CommentState.WAITING
_SINCE = select(func.min(Comment.waiting_since)).where(_WAITS)
WAITING = (
    select(func.count()).where(_WAITS).scalar_subquery(),
    _SINCE.scalar_subquery(),
    _SINCE.where(Comment.category == Ground.THREAT).scalar_subquery(),
)
"""The columns of Waiting, answered from the indexes."""


# --- Near copies
AUTHORS = 10  # authors shown for a group, those with the most comments first
MESSAGES = 20  # messages shown
DECIDED = 50  # decided copies shown; the others are in the list of decisions


@dataclass(frozen=True, slots=True)
class Mailing:
    """Number of near copies of a comment, including itself, and how many of them wait."""

    size: int
    waiting: int


def mailings_of(comment_ids: Collection[int], least: int) -> dict[int, Mailing]:
    """Comment id → its group, if it has at least `least` copies."""
    if not comment_ids:
        return {}
    query = select(CopyText.comment_id, CopyGroup.id, CopyGroup.size)
    of_group = query.join(CopyGroup, CopyGroup.id == CopyText.group_id)
    rows = db.session.execute(of_group.where(CopyText.comment_id.in_(comment_ids), CopyGroup.size >= least)).all()
    waiting = _waiting({group_id for _, group_id, _ in rows})
    return {
        comment_id: Mailing(size, waiting.get(group_id, 0))
        for comment_id, group_id, size in rows
        if comment_id is not None
    }


def _waiting(group_ids: Collection[int]) -> dict[int | None, int]:
    if not group_ids:
        return {}
    query = (
        select(CopyText.group_id, func.count())
        .join(Comment, Comment.id == CopyText.comment_id)
        .where(CopyText.group_id.in_(group_ids), Comment.state == CommentState.WAITING)
        .group_by(CopyText.group_id)
    )
    return dict(db.session.execute(query).all())


@dataclass(frozen=True, slots=True)
class Batch:
    """Copies decided by one person in one act: (id, version) each."""

    name: str
    at: datetime
    state: CommentState
    rows: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Group:
    id: int
    size: int
    first_at: datetime
    last_at: datetime
    waiting: int
    held: Sequence[Row[str, int]]  # by whom, and how many
    batches: tuple[Batch, ...]
    authors: tuple[tuple[str, int], ...]
    other_authors: int
    networks: tuple[str, ...]
    messages: tuple[Row[Any], ...]


def group_of_comment(comment_id: int, person: User, now: datetime) -> Group | None:
    """The group of a comment for this person; None if it has no copies."""
    found = db.session.execute(
        select(CopyGroup, Comment.message_id)
        .join(CopyText, CopyText.group_id == CopyGroup.id)
        .join(Comment, Comment.id == CopyText.comment_id)
        .where(CopyText.comment_id == comment_id, CopyGroup.size > 1)
    ).first()
    if found is None:
        return None
    group, made_of_it = found
    of_others = (Comment.held_until > now) & (Comment.held_by_id != person.id)
    holders = (
        select(User.name, func.count().label("number"))
        .select_from(CopyText)
        .join(Comment, Comment.id == CopyText.comment_id)
        .join(User, User.id == Comment.held_by_id)
        .where(CopyText.group_id == group.id, Comment.state == CommentState.WAITING, of_others)
        .group_by(User.name)
        .order_by(User.name)
    )
    authors = _authors(group.id)
    return Group(
        id=group.id, size=group.size, first_at=group.first_at, last_at=group.last_at,
        waiting=_waiting([group.id]).get(group.id, 0),
        held=db.session.execute(holders).all(), batches=_batches(group.id),
        authors=tuple(authors[:AUTHORS]), other_authors=len(authors[AUTHORS:]),
        networks=tuple(db.session.scalars(_comments(group.id).with_only_columns(Comment.network).distinct())),
        messages=tuple(one for one in _messages(group.id) if one.id != made_of_it),
    )  # fmt: skip


def in_group(group_id: int) -> ColumnElement[bool]:
    return Comment.id.in_(select(CopyText.comment_id).where(CopyText.group_id == group_id))


def copies_of_message(message_id: int) -> list[Row[Any]]:
    """Other messages with nearly the same text, newest first."""
    group_id = db.session.scalar(select(CopyText.group_id).where(CopyText.message_id == message_id))
    return [] if group_id is None else [one for one in _messages(group_id) if one.id != message_id]


def comments_like_message(message_id: int) -> tuple[int, int]:
    """Id of a comment with nearly the text of the message (0 if none), and their number; the message's own comment is
    not counted."""
    group = select(CopyText.group_id).where(CopyText.message_id == message_id).scalar_subquery()
    found = (
        select(func.max(CopyText.comment_id), func.count(CopyText.comment_id))
        .join(Comment, Comment.id == CopyText.comment_id)
        .where(CopyText.group_id == group, Comment.message_id.is_distinct_from(message_id))
    )
    newest, number = db.session.execute(found).one()
    return newest or 0, number


def _comments(group_id: int) -> Select[Comment]:
    return select(Comment).join(CopyText, CopyText.comment_id == Comment.id).where(CopyText.group_id == group_id)


def _authors(group_id: int) -> list[tuple[str, int]]:
    """Authors by name, or by profile if there is no name; the same name in two networks is one line."""
    number = func.count()
    name_of = func.coalesce(func.nullif(Author.name, ""), Author.profile_url, "")
    query = (
        select(name_of, number)
        .select_from(CopyText)
        .join(Comment, Comment.id == CopyText.comment_id)
        .outerjoin(Author, Author.id == Comment.author_id)
        .where(CopyText.group_id == group_id)
        .group_by(name_of)
        .order_by(number.desc(), name_of)
    )
    return [(name, count) for name, count in db.session.execute(query)]


def _batches(group_id: int) -> tuple[Batch, ...]:
    query = (
        _comments(group_id)
        .outerjoin(User, User.id == Comment.decided_by_id)
        .where(Comment.state != CommentState.WAITING)
        .with_only_columns(User.name, Comment.decided_at, Comment.state, Comment.id, Comment.version)
        .order_by(Comment.decided_at.desc(), Comment.id)
        .limit(1000)
    )
    found: dict[tuple[str, datetime, CommentState], list[tuple[int, int]]] = {}
    for name, decided_at, state, comment_id, version in db.session.execute(query):
        if decided_at is not None:
            found.setdefault((name or "", decided_at, state), []).append((comment_id, version))
    return tuple(Batch(*act, tuple(rows)) for act, rows in list(found.items())[:DECIDED])


def _messages(group_id: int) -> list[Row[Any]]:
    query = (
        select(Message.id, Message.number, Message.status, Message.received_at, Author.name.label("author_name"))
        .join(CopyText, CopyText.message_id == Message.id)
        .outerjoin(Author, Author.id == Message.author_id)
        .where(CopyText.group_id == group_id)
        .order_by(Message.received_at.desc(), Message.id.desc())
        .limit(MESSAGES + 1)
    )
    return list(db.session.execute(query))


# --- Posts with waiting comments
SHOWN = 100  # posts on a page, those with the most comments first


def waiting_posts() -> Sequence[Row[Any]]:
    """Posts with the most waiting comments, and how many of these have marks; read from the index of the queue."""
    number = func.count()
    marked = func.sum(case((Comment.rank < UNMARKED, 1), else_=0))
    counted = (
        select(Comment.post_url, number.label("waiting"), marked.label("marked"), func.min(Comment.id).label("first"))
        .where(Comment.state == CommentState.WAITING, Comment.post_url != "")
        .group_by(Comment.post_url)
        .order_by(number.desc(), Comment.post_url)
        .limit(SHOWN)
        .subquery()
    )
    rows = db.session.execute(
        select(
            Comment.network, counted.c.post_url.label("url"), Comment.post_title.label("title"), counted.c.waiting,
            counted.c.marked,
        )
        .join(Comment, Comment.id == counted.c.first)
        .order_by(counted.c.waiting.desc(), counted.c.post_url)
    )  # fmt: skip
    return rows.all()

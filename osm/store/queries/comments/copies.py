"""Near copies as screens show them: how many there are of a comment, whose they are, what was decided on them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Select, func, select

from osm.extensions import db
from osm.regulation.comment_words import CommentState
from osm.regulation.words import Status
from osm.store.models import Author, Comment, CopyGroup, CopyText, Message, User

AUTHORS = 10
"""Authors of a group that are named, the most diligent first."""
MESSAGES = 20
"""Messages among the copies that are named."""
DECIDED = 50
"""Decided copies that are shown; the others stand among the decided comments."""


@dataclass(frozen=True, slots=True)
class Mailing:
    """How many near copies there are of a comment, itself among them, and how many of those wait for a decision."""

    size: int
    waiting: int


def mailings_of(comment_ids: Collection[int], least: int) -> dict[int, Mailing]:
    """Comment → its mailing, where there are at least so many copies."""
    if not comment_ids:
        return {}
    of_group = select(CopyText.comment_id, CopyGroup.id, CopyGroup.size).join(
        CopyGroup, CopyGroup.id == CopyText.group_id
    )
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
class Held:
    """Copies that another moderator is looking at."""

    name: str
    number: int


@dataclass(frozen=True, slots=True)
class Batch:
    """Copies that one person decided in one act: id and version of each."""

    name: str
    at: datetime
    state: CommentState
    rows: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class TheSame:
    """A message with a near copy of the text."""

    id: int
    number: str
    status: Status
    received_at: datetime
    author_name: str


@dataclass(frozen=True, slots=True)
class Group:
    """The near copies of one comment."""

    id: int
    size: int
    first_at: datetime
    last_at: datetime
    waiting: int
    held: tuple[Held, ...]
    batches: tuple[Batch, ...]
    authors: tuple[tuple[str, int], ...]
    other_authors: int
    networks: tuple[str, ...]
    messages: tuple[TheSame, ...]


def group_of_comment(comment_id: int, person: User, now: datetime) -> Group | None:
    """The group of a comment as this person sees it; None where nothing is like it."""
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
        select(User.name, func.count())
        .select_from(CopyText)
        .join(Comment, Comment.id == CopyText.comment_id)
        .join(User, User.id == Comment.held_by_id)
        .where(CopyText.group_id == group.id, Comment.state == CommentState.WAITING, of_others)
        .group_by(User.name)
        .order_by(User.name)
    )
    authors = _authors(group.id)
    return Group(
        id=group.id,
        size=group.size,
        first_at=group.first_at,
        last_at=group.last_at,
        waiting=_waiting([group.id]).get(group.id, 0),
        held=tuple(Held(name, number) for name, number in db.session.execute(holders)),
        batches=_batches(group.id),
        authors=tuple(authors[:AUTHORS]),
        other_authors=len(authors[AUTHORS:]),
        networks=tuple(db.session.scalars(_comments(group.id).with_only_columns(Comment.network).distinct())),
        messages=tuple(one for one in _messages(group.id) if one.id != made_of_it),
    )


def in_group(group_id: int) -> ColumnElement[bool]:
    """The condition on Comment."""
    return Comment.id.in_(select(CopyText.comment_id).where(CopyText.group_id == group_id))


def copies_of_message(message_id: int) -> list[TheSame]:
    """Other messages with a near copy of the text, the newest first."""
    group_id = db.session.scalar(select(CopyText.group_id).where(CopyText.message_id == message_id))
    return [] if group_id is None else [one for one in _messages(group_id) if one.id != message_id]


def comments_like_message(message_id: int) -> tuple[int, int]:
    """One comment with a near copy of the message's text (0: there is none), and how many; its own is none."""
    group_id = db.session.scalar(select(CopyText.group_id).where(CopyText.message_id == message_id))
    if group_id is None:
        return 0, 0
    found = (
        select(func.max(CopyText.comment_id), func.count(CopyText.comment_id))
        .join(Comment, Comment.id == CopyText.comment_id)
        .where(CopyText.group_id == group_id, Comment.message_id.is_distinct_from(message_id))
    )
    newest, number = db.session.execute(found).one()
    return newest or 0, number


def _comments(group_id: int) -> Select[Comment]:
    return select(Comment).join(CopyText, CopyText.comment_id == Comment.id).where(CopyText.group_id == group_id)


def _authors(group_id: int) -> list[tuple[str, int]]:
    """By name, else by profile: one who writes in two networks under one name is one line."""
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


def _messages(group_id: int) -> list[TheSame]:
    query = (
        select(Message.id, Message.number, Message.status, Message.received_at, Author.name)
        .join(CopyText, CopyText.message_id == Message.id)
        .outerjoin(Author, Author.id == Message.author_id)
        .where(CopyText.group_id == group_id)
        .order_by(Message.received_at.desc(), Message.id.desc())
        .limit(MESSAGES + 1)
    )
    return [TheSame(row[0], row[1], row[2], row[3], row[4] or "") for row in db.session.execute(query)]

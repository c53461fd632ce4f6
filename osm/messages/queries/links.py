"""Pairs of messages on the same matter, as screens and commands show them (П.15)."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, or_, select, tuple_
from sqlalchemy.orm import aliased

from osm.extensions import db
from osm.messages.models import whose
from osm.networks.addresses import Sameness, Whose, sameness
from osm.regulation.words import Status
from osm.store.models import Author, LinkKind, LinkState, Message, MessageLink, Topic

# --- Pairs of messages on the same matter, as screens and commands show them (П.15)
LINKS_SHOWN = 5
"""Proposals of one kind that a person is shown, best first."""


@dataclass(frozen=True, slots=True)
class Link:
    """A pair, seen from one message: `other` is the message that it is linked with."""

    id: int
    version: int
    kind: LinkKind
    state: LinkState
    score: int
    other_is_earlier: bool
    other_id: int
    number: str
    status: Status
    received_at: datetime
    author_name: str
    text: str
    place: str
    same_author: Sameness | None


@dataclass(frozen=True, slots=True)
class Near:
    """A message that a person may put beside the one that he looks at."""

    id: int
    number: str
    status: Status
    received_at: datetime
    author_name: str
    text: str
    place: str
    same_author: Sameness | None
    is_earlier: bool


def near(message_id: int, other_ids: Sequence[int]) -> list[Near]:
    """These messages in this order, as they are seen from the one."""
    one = aliased(Message)
    rows = db.session.execute(
        select(
            Message.id,
            Message.number,
            Message.status,
            Message.received_at,
            func.coalesce(Author.name, ""),
            Message.text,
            Message.place,
            Author,
            tuple_(Message.received_at, Message.id) < tuple_(one.received_at, one.id),
        )
        .select_from(Message)
        .join(one, one.id == message_id)
        .outerjoin(Author, Author.id == Message.author_id)
        .where(Message.id.in_(other_ids))
    )
    own = _own(message_id)
    found = {row[0]: Near(*row[:7], sameness(own, whose(row[7])), row[8]) for row in rows}
    return [found[one_id] for one_id in other_ids if one_id in found]


def links_of(message_id: int, states: Collection[LinkState]) -> list[Link]:
    """The pairs of a message in these states: confirmed before proposed, the likeliest first."""
    other = aliased(Message)
    rows = db.session.execute(
        select(MessageLink, other, Author)
        .join(other, or_(other.id == MessageLink.later_id, other.id == MessageLink.earlier_id))
        .outerjoin(Author, Author.id == other.author_id)
        .where(
            or_(MessageLink.later_id == message_id, MessageLink.earlier_id == message_id),
            other.id != message_id,
            MessageLink.state.in_(states),
        )
        .order_by(MessageLink.state, MessageLink.score.desc(), other.received_at.desc(), other.id.desc())
    ).all()
    own = _own(message_id) if rows else None
    return [
        Link(
            id=link.id,
            version=link.version,
            kind=link.kind,
            state=link.state,
            score=link.score,
            other_is_earlier=link.earlier_id == message.id,
            other_id=message.id,
            number=message.number,
            status=message.status,
            received_at=message.received_at,
            author_name=author.name if author else "",
            text=message.text,
            place=message.place,
            same_author=sameness(own, whose(author)),
        )
        for link, message, author in rows
    ]


def _own(message_id: int) -> Whose | None:
    by_message = select(Author).join(Message, Message.author_id == Author.id).where(Message.id == message_id)
    return whose(db.session.scalar(by_message))


@dataclass(frozen=True, slots=True)
class Proposals:
    """Numbers, best first: of the same author's earlier messages, and of other authors'."""

    message_id: int
    number: str
    repeats: list[str]
    same_matter: list[str]


def all_proposals(batch: int = 500) -> Iterator[Proposals]:
    """What is proposed or confirmed for every message, in the order of entry; a rejected pair is left out."""
    last = 0
    while True:
        numbers = db.session.execute(
            select(Message.id, Message.number)
            .where(Message.id > last, Message.recalled_at.is_(None))
            .order_by(Message.id)
            .limit(batch)
        ).all()
        if not numbers:
            return
        last = numbers[-1].id
        found = _numbers_of([row.id for row in numbers])
        for row in numbers:
            repeats, same = found.get(row.id, ([], []))
            yield Proposals(row.id, row.number, repeats[:LINKS_SHOWN], same[:LINKS_SHOWN])


def numbers_of(message_ids: Sequence[int]) -> list[str]:
    """The numbers of these messages in this order."""
    found = dict(db.session.execute(select(Message.id, Message.number).where(Message.id.in_(message_ids))).all())
    return [found[one] for one in message_ids]


def _numbers_of(message_ids: Collection[int]) -> dict[int, tuple[list[str], list[str]]]:
    later, earlier = aliased(Message), aliased(Message)
    rows = db.session.execute(
        select(MessageLink.kind, MessageLink.later_id, MessageLink.earlier_id, later.number, earlier.number)
        .join(later, later.id == MessageLink.later_id)
        .join(earlier, earlier.id == MessageLink.earlier_id)
        .where(
            or_(MessageLink.later_id.in_(message_ids), MessageLink.earlier_id.in_(message_ids)),
            MessageLink.state != LinkState.REJECTED,
        )
        .order_by(MessageLink.score.desc(), earlier.received_at.desc(), earlier.id.desc(), later.id.desc())
    )
    found: dict[int, tuple[list[str], list[str]]] = {}
    for kind, later_id, earlier_id, later_number, earlier_number in rows:
        if kind is LinkKind.REPEAT:
            found.setdefault(later_id, ([], []))[0].append(earlier_number)
        else:
            found.setdefault(later_id, ([], []))[1].append(earlier_number)
            found.setdefault(earlier_id, ([], []))[1].append(later_number)
    return found


# --- What the form of a new message asks
ENTRY_SHOWN = 3


@dataclass(frozen=True, slots=True)
class Twin:
    """A message with the same link."""

    id: int
    number: str
    status: Status
    text: str


def topic_choices() -> list[tuple[int, str]]:
    """Id and name of every topic that can be chosen."""
    offered = select(Topic.id, Topic.name).where(Topic.archived_at.is_(None)).order_by(Topic.name)
    return list(db.session.execute(offered).tuples())


def messages_at(links: Collection[str]) -> tuple[Twin, ...]:
    """The newest messages with one of these spellings of a link; there may be several under one post."""
    if not links:
        return ()
    query = (
        select(Message.id, Message.number, Message.status, Message.text)
        .where(Message.url.in_(links))
        .order_by(Message.id.desc())
        .limit(ENTRY_SHOWN)
    )
    return tuple(Twin(*row) for row in db.session.execute(query).tuples())

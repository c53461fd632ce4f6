"""Pairs of messages on the same matter for screens and commands (П.15), and choices of the form of a new message."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import Row, or_, select, tuple_
from sqlalchemy.orm import aliased

from osm.base.database import db
from osm.messages.models import author_key
from osm.models import Author, LinkKind, LinkState, Message, MessageLink, Topic
from osm.networks.addresses import AuthorKey, Sameness, sameness
from osm.regulation.words import Status

LINKS_SHOWN = 5  # proposals of one kind that a person is shown, best first


@dataclass(frozen=True, slots=True)
class Link:
    """A pair seen from one message; `other` is the other message."""

    pair: MessageLink
    other: Message
    same_author: Sameness | None

    @property
    def other_is_earlier(self) -> bool:
        return self.pair.earlier_id == self.other.id


@dataclass(frozen=True, slots=True)
class Near:
    message: Message
    same_author: Sameness | None
    is_earlier: bool


def near(message_id: int, other_ids: Sequence[int]) -> list[Near]:
    """These messages in this order, compared with the given one."""
    one = aliased(Message)
    is_earlier = tuple_(Message.received_at, Message.id) < tuple_(one.received_at, one.id)
    rows = db.session.execute(
        select(Message, is_earlier).join(one, one.id == message_id).where(Message.id.in_(other_ids))
    )
    own = _own(message_id)
    found = {other.id: Near(other, sameness(own, author_key(other.author)), earlier) for other, earlier in rows}
    return [found[one_id] for one_id in other_ids if one_id in found]


def links_of(message_id: int, states: Collection[LinkState]) -> list[Link]:
    """The pairs of a message in these states: confirmed first, then by score."""
    other = aliased(Message)
    rows = db.session.execute(
        select(MessageLink, other)
        .join(other, or_(other.id == MessageLink.later_id, other.id == MessageLink.earlier_id))
        .where(
            or_(MessageLink.later_id == message_id, MessageLink.earlier_id == message_id),
            other.id != message_id,
            MessageLink.state.in_(states),
        )
        .order_by(MessageLink.state, MessageLink.score.desc(), other.received_at.desc(), other.id.desc())
    ).all()
    own = _own(message_id) if rows else None
    return [Link(pair, message, sameness(own, author_key(message.author))) for pair, message in rows]


def _own(message_id: int) -> AuthorKey | None:
    by_message = select(Author).join(Message, Message.author_id == Author.id).where(Message.id == message_id)
    return author_key(db.session.scalar(by_message))


@dataclass(frozen=True, slots=True)
class Proposals:
    """Numbers, best first: earlier messages of the same author, and of other authors."""

    message_id: int
    number: str
    repeats: list[str]
    same_matter: list[str]


def all_proposals(batch: int = 500) -> Iterator[Proposals]:
    """Proposed and confirmed pairs of every message, in the order of entry; rejected ones are left out."""
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
    """Of those that exist, in the same order."""
    found = dict(db.session.execute(select(Message.id, Message.number).where(Message.id.in_(message_ids))).all())
    return [found[one] for one in message_ids if one in found]


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


# --- The form of a new message
ENTRY_SHOWN = 3


def topic_choices() -> list[tuple[int, str]]:
    """Id and name of every topic that is not archived."""
    offered = select(Topic.id, Topic.name).where(Topic.archived_at.is_(None)).order_by(Topic.name)
    return list(db.session.execute(offered).tuples())


def messages_at(links: Collection[str]) -> Sequence[Row[int, str, Status, str]]:
    """The newest messages with one of these spellings of a link; one post may have several."""
    if not links:
        return []
    query = (
        select(Message.id, Message.number, Message.status, Message.text)
        .where(Message.url.in_(links))
        .order_by(Message.id.desc())
        .limit(ENTRY_SHOWN)
    )
    return db.session.execute(query).all()

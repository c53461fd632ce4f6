"""Finds earlier messages on the same matter, of the same author and of others (П.15), and proposes pairs."""

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any

from sqlalchemy import ColumnElement, Select, String, case, cast, delete, insert, or_, select

from osm.base.application import current_settings
from osm.base.database import among, db, table_of
from osm.base.transaction import WHOLE, Pace
from osm.check.acts import due
from osm.likeness import score
from osm.likeness.places import Known
from osm.likeness.score import VERSION, Traits, index_keys, learned, read
from osm.messages.models import AUTHOR_KEY, author_key, author_key_of_row
from osm.models import (
    Author,
    KnownPlace,
    LinkKind,
    LinkState,
    Message,
    MessageLink,
    MessageTraits,
    PlaceKind,
    ReadingKind,
    TraitKey,
)
from osm.networks.addresses import AuthorKey, sameness

# --- Candidates for comparison
OF_AUTHOR = 40  # messages of the same author compared, the latest first
OF_OTHERS = 30  # messages of others compared: those with the most common keys
NAMESAKES = 5_000  # authors with the same names looked at for a slice
KEY_ROWS = 20_000
"""Rows of the index read for a slice, the latest first; enough even for a pit that the whole town writes about."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Compared:
    id: int
    author: AuthorKey | None
    topic: str
    received_at: datetime
    traits: Traits

    @property
    def day(self) -> int:
        """Day of receipt since 1970, UTC."""
        return (self.received_at - _EPOCH).days


def of_authors(fresh: Sequence[Compared], window: timedelta) -> dict[int, list[Compared]]:
    """Id → stored messages of the same author within `window`, latest first."""
    authors = _alike({one.author for one in fresh if one.author is not None})
    if not authors:
        return {}
    times = [one.received_at for one in fresh]
    near = Message.received_at.between(min(times) - window, max(times) + window)
    rows = _compared(
        _STORED.where(Message.author_id.in_(authors), near)
        .order_by(Message.received_at.desc(), Message.id.desc())
        .limit(OF_AUTHOR * len(fresh))
    )
    return {one.id: list(islice((row for row in rows if sameness(one.author, row.author)), OF_AUTHOR)) for one in fresh}


def _alike(people: Collection[AuthorKey]) -> set[int]:
    """Ids of these authors and of those with the same name in the same network, latest first."""
    ids = {one.author_id for one in people}
    names = {(one.network, one.name_key) for one in people if one.name_key}
    if names:
        columns = table_of(Author).c
        alike = select(Author.id).where(among([columns.network, columns.name_key], names))
        ids.update(db.session.scalars(alike.order_by(Author.id.desc()).limit(NAMESAKES)))
    return ids


def of_others(
    fresh: Sequence[Compared], keys: Mapping[int, Collection[int]], window: timedelta
) -> dict[int, list[Compared]]:
    """Id → stored messages with common keys within `window`, most keys first."""
    holders: dict[int, list[int]] = defaultdict(list)
    for key, message_id in db.session.execute(_holders(fresh, keys, window)):
        holders[key].append(message_id)
    best: dict[int, list[int]] = {}
    for one in fresh:
        shared = Counter(other for key in keys[one.id] for other in holders.get(key, ()) if other != one.id)
        ranked = sorted(shared, key=lambda other: (-shared[other], -other))
        best[one.id] = list(islice(ranked, OF_OTHERS))
    wanted = sorted({other for others in best.values() for other in others})
    stored = {one.id: one for one in _compared(_STORED.where(Message.id.in_(wanted)))} if wanted else {}
    return {one: [stored[other] for other in others if other in stored] for one, others in best.items()}


def _holders(fresh: Sequence[Compared], keys: Mapping[int, Collection[int]], window: timedelta) -> Select[int, int]:
    every = sorted({key for one in fresh for key in keys[one.id]})
    days = [one.day for one in fresh]
    near = TraitKey.day.between(min(days) - window.days, max(days) + window.days)
    return (
        select(TraitKey.key, TraitKey.message_id)
        .where(TraitKey.key.in_(every), near)
        .order_by(TraitKey.day.desc(), TraitKey.message_id.desc(), TraitKey.key)
        .limit(KEY_ROWS)
    )


def topic_of_message() -> ColumnElement[str]:
    """Our topic, otherwise the source's words; may be empty."""
    return case((Message.topic_id.isnot(None), cast(Message.topic_id, String)), else_=Message.source_topic)


_STORED = (
    select(Message.id, topic_of_message(), Message.received_at, MessageTraits.traits, *AUTHOR_KEY)
    .join(MessageTraits, (MessageTraits.message_id == Message.id) & (MessageTraits.rules == VERSION))
    .outerjoin(Author, Author.id == Message.author_id)
)


def _compared(statement: Select[Any]) -> list[Compared]:
    return [
        Compared(message_id, author_key_of_row(*who), topic, received_at, Traits.from_json(traits))
        for message_id, topic, received_at, traits, *who in db.session.execute(statement)
    ]


# --- Pairs
SLICE = 50  # messages read and written together; a write takes at most 50 ms
LINKS = 10  # proposals of a kind stored for a message; screens show the best five


@dataclass(frozen=True, slots=True)
class _Pair:
    later_id: int
    earlier_id: int
    kind: LinkKind
    likeness: int


def read_due(now: datetime, pace: Pace = WHOLE) -> int:
    """Read due messages in slices while `pace` allows; return how many."""
    return due.work_through(ReadingKind.REPEATS, reader, limit=SLICE, now=now, pace=pace)


def enqueue_outdated() -> int:
    """Make messages read by older rules due again; return how many."""
    outdated = select(MessageTraits.message_id).where(MessageTraits.rules != VERSION)
    return due.enqueue_in_slices(outdated.order_by(MessageTraits.message_id), ReadingKind.REPEATS)


def reader(message_ids: Sequence[int]) -> Callable[[], None]:
    """Read these messages and return a function that writes the result in the caller's transaction."""
    window = timedelta(days=current_settings().repeat_days)
    columns = (Message.id, Author, topic_of_message(), Message.received_at, Message.text, Message.place)
    asked = select(*columns).outerjoin(Author, Author.id == Message.author_id).where(Message.id.in_(message_ids))
    rows = db.session.execute(asked.order_by(Message.id)).all()
    places = _new_places(row.place for row in rows)
    known = known_places(places)
    fresh = [
        Compared(message_id, author_key(author), topic, received_at, read(text, place, known))
        for message_id, author, topic, received_at, text, place in rows
    ]
    keys = {one.id: index_keys(one.traits, one.topic) for one in fresh}
    pairs = _pairs(fresh, keys, window)
    db.session.rollback()  # all is read; no snapshot while waiting for the write lock

    def write() -> None:
        stored = {(kind, key) for kind, key in db.session.execute(select(KnownPlace.kind, KnownPlace.key))}
        rows = [{"kind": kind, "key": key} for kind, key in sorted(places - stored)]
        if rows:
            db.session.execute(insert(KnownPlace), rows)
        write_traits(fresh, keys)
        _write_links([one.id for one in fresh], pairs)

    return write


def _new_places(addresses: Iterable[str]) -> set[tuple[PlaceKind, str]]:
    """Streets and settlements in the address fields of messages."""
    found: set[tuple[PlaceKind, str]] = set()
    for address in set(addresses) - {""}:
        places = learned(address)
        found.update((PlaceKind.STREET, key) for key in places.streets if len(key) <= 120)
        found.update((PlaceKind.SETTLEMENT, key) for key in places.settlements if len(key) <= 120)
    return found


def known_places(new: Collection[tuple[PlaceKind, str]] = ()) -> Known:
    """Places that the program knows, and the new ones."""
    together = {*db.session.execute(select(KnownPlace.kind, KnownPlace.key)), *new}
    return Known(
        frozenset(key for kind, key in together if kind is PlaceKind.STREET),
        frozenset(key for kind, key in together if kind is PlaceKind.SETTLEMENT),
    )


def _pairs(fresh: Sequence[Compared], keys: dict[int, set[int]], window: timedelta) -> list[_Pair]:
    """Likely pairs, with stored messages and among the new ones."""
    if not fresh:
        return []
    of_author, of_other = of_authors(fresh, window), of_others(fresh, keys, window)
    # New messages have their new traits here; the stored ones may be old.
    fresh_ids = {one.id for one in fresh}
    found: dict[tuple[int, int], _Pair] = {}
    for one in fresh:
        stored = {other.id: other for other in (*of_author.get(one.id, ()), *of_other[one.id])}
        others = [other for other in stored.values() if other.id not in fresh_ids]
        others += [other for other in fresh if other.id != one.id and _may_belong(one, other, keys)]
        pairs = sorted(filter(None, (_compare(one, other, window) for other in others)), key=lambda p: -p.likeness)
        for kind in LinkKind:
            for pair in [pair for pair in pairs if pair.kind is kind][:LINKS]:
                found[pair.later_id, pair.earlier_id] = pair
    return list(found.values())


def _may_belong(one: Compared, other: Compared, keys: dict[int, set[int]]) -> bool:
    return sameness(one.author, other.author) is not None or not keys[one.id].isdisjoint(keys[other.id])


def _compare(one: Compared, other: Compared, window: timedelta) -> _Pair | None:
    """The pair if it is likely enough, ordered by time of receipt."""
    earlier, later = sorted((one, other), key=lambda compared: (compared.received_at, compared.id))
    apart = later.received_at - earlier.received_at
    if apart > window:
        return None
    same_author = sameness(earlier.author, later.author) is not None
    compare = score.of_same_author if same_author else score.of_others
    same_topic = earlier.topic != "" and earlier.topic == later.topic
    likeness = compare(earlier.traits, later.traits, apart, same_topic=same_topic)
    if likeness < score.PROPOSED:
        return None
    kind = LinkKind.REPEAT if same_author else LinkKind.SAME_MATTER
    return _Pair(later.id, earlier.id, kind, round(likeness * 1000))


def write_traits(fresh: Sequence[Compared], keys: dict[int, set[int]]) -> None:
    ids = [one.id for one in fresh]
    for table in (MessageTraits, TraitKey):
        db.session.execute(delete(table).where(table.message_id.in_(ids)))
    if not fresh:
        return
    db.session.execute(
        insert(MessageTraits),
        [{"message_id": one.id, "rules": VERSION, "traits": one.traits.as_json()} for one in fresh],
    )
    rows = [{"key": key, "day": one.day, "message_id": one.id} for one in fresh for key in sorted(keys[one.id])]
    db.session.execute(insert(TraitKey), rows)


def _write_links(message_ids: Sequence[int], pairs: Sequence[_Pair]) -> None:
    """Update the proposals of these messages; rows keep their ids, and answers of people stay."""
    touched = or_(MessageLink.later_id.in_(message_ids), MessageLink.earlier_id.in_(message_ids))
    wanted = {(pair.later_id, pair.earlier_id): pair for pair in pairs}
    for link in db.session.scalars(select(MessageLink).where(touched)):
        pair = wanted.pop((link.later_id, link.earlier_id), None)
        if link.state is not LinkState.PROPOSED:
            continue
        if pair is None:
            db.session.delete(link)
        else:
            link.kind, link.score = pair.kind, pair.likeness
    rows = [
        {
            "later_id": pair.later_id, "earlier_id": pair.earlier_id, "kind": pair.kind, "state": LinkState.PROPOSED,
            "score": pair.likeness, "version": 1, "marks": False,
        }
        for pair in wanted.values()
    ]  # fmt: skip
    if rows:
        db.session.flush()
        db.session.execute(insert(MessageLink), rows)

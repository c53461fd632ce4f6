"""Which stored messages are worth comparing with a slice of freshly read ones (П.15)."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any

from sqlalchemy import ColumnElement, Select, String, case, cast, select

from osm.extensions import db
from osm.likeness.traits import VERSION, Traits
from osm.networks.authors import Whose, sameness
from osm.store.many_rows import among, table_of
from osm.store.models import Author, Message, MessageTraits, TraitKey
from osm.store.models.messages import WHOSE, whose_row

OF_AUTHOR = 40
"""Messages of the same author that one is compared with, the latest first."""
OF_OTHERS = 30
"""Messages of others that one is compared with: those that share the most keys."""
NAMESAKES = 5_000
"""Authors that are looked at for the names of one slice."""
KEY_ROWS = 20_000
"""Rows of the index that are read for one slice, the latest first: of a pit that a town writes about, enough."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Compared:
    """A message as far as it is compared with others."""

    id: int
    whose: Whose | None
    topic: str
    received_at: datetime
    traits: Traits

    @property
    def day(self) -> int:
        """Of receipt, counted from 1970 in UTC."""
        return (self.received_at - _EPOCH).days


def of_authors(fresh: Sequence[Compared], window: timedelta) -> dict[int, list[Compared]]:
    """Stored messages of the authors of these, received near them: fresh id → messages, the latest first."""
    authors = _alike({one.whose for one in fresh if one.whose is not None})
    if not authors:
        return {}
    times = [one.received_at for one in fresh]
    near = Message.received_at.between(min(times) - window, max(times) + window)
    rows = _compared(
        _STORED.where(Message.author_id.in_(authors), near)
        .order_by(Message.received_at.desc(), Message.id.desc())
        .limit(OF_AUTHOR * len(fresh))
    )
    return {one.id: list(islice((row for row in rows if sameness(one.whose, row.whose)), OF_AUTHOR)) for one in fresh}


def _alike(people: Collection[Whose]) -> set[int]:
    """These authors, and those of their names in their networks, the latest first."""
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
    """Stored messages that share keys with these and were received near them: fresh id → messages, most keys first."""
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
    """The topic by our list, else by the words of the source; empty where there is none."""
    return case((Message.topic_id.isnot(None), cast(Message.topic_id, String)), else_=Message.source_topic)


_STORED = (
    select(Message.id, topic_of_message(), Message.received_at, MessageTraits.traits, *WHOSE)
    .join(MessageTraits, (MessageTraits.message_id == Message.id) & (MessageTraits.rules == VERSION))
    .outerjoin(Author, Author.id == Message.author_id)
)


def _compared(statement: Select[Any]) -> list[Compared]:
    return [
        Compared(message_id, whose_row(*who), topic, received_at, Traits.from_json(traits))
        for message_id, topic, received_at, traits, *who in db.session.execute(statement)
    ]

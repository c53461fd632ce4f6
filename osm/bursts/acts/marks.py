"""Finds topics and places of messages and comments for the counting of bursts (П.20)."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache, partial
from typing import Any

from sqlalchemy import Row, delete, func, literal, null, select

from osm.base.database import db, write_rows
from osm.base.transaction import WHOLE, Pace
from osm.check.acts import due, repeats
from osm.flow.acts.clocks import in_force
from osm.likeness import places as place_words
from osm.likeness.words import Word, lines_of, words_of
from osm.models import (
    BurstKind,
    BurstMark,
    Comment,
    DueCommentReading,
    DueReading,
    Message,
    ReadingKind,
    Topic,
)
from osm.topics.queries import suggest_topics

SLICE = 50  # texts read and written in one transaction
MOST_PLACES = 3  # for one text; a text with more places is about the whole town
_NUMBERED = re.compile(r"(\d+)(\D+)")
_LONGEST_KEY, _LONGEST_NAME = 200, 300


@dataclass(frozen=True, slots=True)
class Subject:
    """A topic or place: its key and its name. The topic is the one set by a person or the source, else the one that the
    words suggest, else the source's own word. Places are streets, settlements and numbered landmarks of the text and
    the address field."""

    kind: BurstKind
    key: str
    name: str


def read_due(now: datetime, pace: Pace = WHOLE) -> int:
    """Read due messages and comments, newest first, while `pace` allows; return how many."""
    done = 0
    queues: tuple[due.Queue, ...] = (DueReading, DueCommentReading)
    for queue in queues:
        reader = partial(read, queue, now=now)
        done += due.work_through(
            ReadingKind.BURSTS, reader, limit=SLICE, now=now, pace=pace, newest_first=True, queue=queue
        )
    return done


def read(queue: due.Queue, ids: Sequence[int], now: datetime) -> Callable[[], None]:
    """Find the subjects of these texts and return a function that writes them in the caller's transaction."""
    rules = in_force().parameters.bursts
    texts = [one for one in _texts(queue, ids) if one.at >= now - rules.reach]
    subjects = _subjects(texts)
    db.session.rollback()  # all is read; no snapshot while waiting for the write lock
    column = BurstMark.message_id if issubclass(queue, DueReading) else BurstMark.comment_id
    rows = [
        {
            "kind": subject.kind, "key": subject.key, "name": subject.name, column.key: one.id, "at": one.at,
            "known_at": one.stored_at,
            # Texts published long ago are history and not judged when an import brings them.
            "judged_at": now if one.at < now - rules.oldest else None,
        }
        for one in texts
        for subject in subjects[one.id]
    ]  # fmt: skip

    def write() -> None:
        # An unchanged mark is kept, so it stays in its burst.
        before = select(BurstMark.id, BurstMark.kind, BurstMark.key, column, BurstMark.at).where(column.in_(ids))
        kept = {tuple(sign): mark for mark, *sign in db.session.execute(before)}
        new = {(row["kind"], row["key"], row[column.key], row["at"]): row for row in rows}
        gone = delete(BurstMark).where(BurstMark.id.in_([kept[sign] for sign in kept.keys() - new.keys()]))
        db.session.execute(gone.execution_options(synchronize_session=False))
        fresh = [row for sign, row in new.items() if sign not in kept]
        for known in (False, True):  # rows of one statement need the same columns
            write_rows(BurstMark, [row for row in fresh if (row["judged_at"] is not None) is known])

    return write


def _texts(queue: due.Queue, ids: Sequence[int]) -> Sequence[Row[Any]]:
    if issubclass(queue, DueReading):
        at = func.coalesce(Message.published_at, Message.received_at).label("at")
        told: Any = (Message.place, Message.topic_id, Message.source_topic)
        asked = select(Message.id, Message.text, Message.stored_at, at, *told).where(
            Message.id.in_(ids), Message.recalled_at.is_(None)
        )
        return db.session.execute(asked.order_by(Message.id)).all()
    at = func.coalesce(Comment.published_at, Comment.stored_at).label("at")
    nothing_told: Any = (literal("").label("place"), null().label("topic_id"), literal("").label("source_topic"))
    asked = select(Comment.id, Comment.text, Comment.stored_at, at, *nothing_told).where(Comment.id.in_(ids))
    return db.session.execute(asked.order_by(Comment.id)).all()


def _subjects(texts: Sequence[Row[Any]]) -> dict[int, list[Subject]]:
    known = repeats.known_places() if texts else place_words.Known()
    suggested = suggest_topics({one.id: one.text for one in texts if one.topic_id is None})
    wanted = {one.topic_id for one in texts if one.topic_id} | {found.topic_id for found in suggested.values()}
    names = dict(db.session.execute(select(Topic.id, Topic.name).where(Topic.id.in_(wanted))).all())
    found: dict[int, list[Subject]] = {}
    for one in texts:
        topic_id = one.topic_id or (suggested[one.id].topic_id if one.id in suggested else None)
        subjects = places_of(one.text, one.place, known)
        if topic_id in names:
            subjects.append(Subject(BurstKind.TOPIC, str(topic_id), names[topic_id]))
        elif one.source_topic:
            key = f"~{' '.join(one.source_topic.casefold().split())}"[:_LONGEST_KEY]
            subjects.append(Subject(BurstKind.TOPIC, key, one.source_topic[:_LONGEST_NAME]))
        found[one.id] = subjects
    return found


def places_of(text: str, address: str, known: place_words.Known) -> list[Subject]:
    """Places named in a text and its address field; empty if there are too many."""
    words = words_of(text)
    places = place_words.in_text(words, known)
    places.add(place_words.in_address(address, known))
    places.settle()
    spoken = [*words_of(address), *words]
    found = [Subject(BurstKind.PLACE, f"street {key}", f"улица {_street(key, spoken)}") for key in places.streets]
    found += [
        Subject(BurstKind.PLACE, f"settlement {key}", _settlement(key, spoken))
        for key in places.settlements - {place_words.TOWN_KEY}
    ]
    numbered = [mark for mark in places.landmarks if mark[-1].isdigit()]
    found += [Subject(BurstKind.PLACE, f"landmark {mark}", mark) for mark in numbered]
    return [one for one in found if len(one.key) <= _LONGEST_KEY] if len(found) <= MOST_PLACES else []


def _street(key: str, spoken: Sequence[Word]) -> str:
    return _listed("streets.txt").get(key) or _written(key, spoken, place_words.street_key)


def _settlement(key: str, spoken: Sequence[Word]) -> str:
    return _listed("settlements.txt").get(key) or _written(key, spoken, place_words.settlement_key)


def _written(key: str, spoken: Sequence[Word], key_of: Callable[[str], str]) -> str:
    """As the writer has it; an adjective as on a street sign: «9 Января», «Калининская»."""
    if numbered := _NUMBERED.fullmatch(key):
        return f"{numbered[1]} {_written(numbered[2], spoken, key_of)}"
    form = next((word.form for word in spoken if key_of(word.plain) == key), key)
    for ending in ("ской", "скую"):
        form = form.removesuffix(ending) + "ская" if form.endswith(ending) else form
    return form[:1].upper() + form[1:]


@cache
def _listed(name: str) -> dict[str, str]:
    """Key → name, for names that the program knows."""
    key_of = place_words.street_key if name == "streets.txt" else place_words.settlement_key
    return {key_of(word.lower().replace("ё", "е")): word for line in lines_of(name) for word in line.split()}

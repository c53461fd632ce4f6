"""The topics of the office: each with the department in whose competence it is (П.3) and the words that suggest it."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from osm.extensions import db
from osm.regulation.errors import MissingInput
from osm.services.edits import locked, one_line, settle
from osm.services.log.log import Change, record
from osm.services.reading import due
from osm.services.staff.users import offered_department
from osm.services.topics.suggestion import Suggestion, TopicWords, checked_words, suggester
from osm.store.models import Message, ReadingKind, Topic, User
from osm.store.transaction import transaction

_STARTER = Path(__file__).with_name("starter_topics.toml")


@dataclass(frozen=True, slots=True)
class StarterTopic:
    """A topic that a new installation can begin with; its words one a line."""

    name: str
    words: str


@cache
def starter_topics() -> tuple[StarterTopic, ...]:
    """The topics of the data file, in its order."""
    raw = tomllib.loads(_STARTER.read_text(encoding="utf-8"))["topic"]
    return tuple(StarterTopic(topic["name"], checked_words(topic["words"])) for topic in raw)


def create_topic(*, name: str, department_id: int | None, words: str, actor: User | None, now: datetime) -> Topic:
    """A new topic. MissingInput names the field that cannot be used."""
    name, words = _name(name), checked_words(words)
    try:
        with transaction() as session:
            _check_new_name(name)
            topic = Topic(name=name, department_id=_department_id(department_id), words=words)
            session.add(topic)
            session.flush()
            changes = {"department_id": (None, department_id)}
            record("create_topic", at=now, actor=actor, object_kind="topic", object_id=topic.id, changes=changes)
            return topic
    except IntegrityError:
        raise _taken(name) from None  # somebody was quicker by an instant


def edit_topic(
    topic_id: int,
    version: int,
    *,
    name: str,
    department_id: int | None,
    words: str,
    actor: User | None,
    now: datetime,
) -> Topic:
    """Another name, department or other words; messages keep their topic. MissingInput, StaleVersion."""
    given = {"name": _name(name), "words": checked_words(words)}
    try:
        with transaction():
            topic = locked(Topic, topic_id, version, "Тема")
            _check_new_name(given["name"], topic_id)
            edited = [field for field, value in given.items() if value != getattr(topic, field)]
            before = topic.department_id
            topic.name, topic.words = given["name"], given["words"]
            if department_id != before:
                topic.department_id = _department_id(department_id)
            changes: dict[str, Change] = {"fields": ([], edited), "department_id": (before, department_id)}
            settle("edit_topic", "topic", topic, changes, actor=actor, now=now)
    except IntegrityError:
        raise _taken(given["name"]) from None
    if "name" in edited:
        having_it = select(Message.id).where(Message.topic_id == topic_id)
        due.owe_in_slices(having_it, ReadingKind.SEARCH)  # the search finds them by the new name
    return topic


def archive_topic(topic_id: int, version: int, *, actor: User | None, now: datetime) -> Topic:
    """The topic is offered and suggested no longer; the messages that have it go on naming it."""
    return _archive("archive_topic", topic_id, version, now, actor, now)


def restore_topic(topic_id: int, version: int, *, actor: User | None, now: datetime) -> Topic:
    """The topic is offered again."""
    return _archive("restore_topic", topic_id, version, None, actor, now)


def add_starter_topics(*, actor: User | None, now: datetime) -> int:
    """Add the starter topics that are missing by name, and words to those that have none; returns how many changed.

    What the office has written itself stays as it is.
    """
    changed = 0
    with transaction() as session:
        there = {topic.name.casefold(): topic for topic in session.scalars(select(Topic).with_for_update(of=Topic))}
        for starter in starter_topics():
            topic = there.get(starter.name.casefold())
            if topic is None:
                create_topic(name=starter.name, department_id=None, words=starter.words, actor=actor, now=now)
            elif not topic.words and topic.archived_at is None:
                topic.words = starter.words
                settle("edit_topic", "topic", topic, {"fields": ([], ["words"])}, actor=actor, now=now)
            else:
                continue
            changed += 1
    return changed


def suggest_topics(texts: Mapping[int, str]) -> dict[int, Suggestion]:
    """Key → the topic that its text is likely about, where there is one; one statement for any number of texts."""
    if not texts:
        return {}
    rows = db.session.execute(
        select(Topic.id, Topic.words).where(Topic.archived_at.is_(None), Topic.words != "").order_by(Topic.id)
    )
    ready = suggester(tuple(TopicWords(*row) for row in rows))
    found = {key: ready.suggest(text) for key, text in texts.items()}
    return {key: suggestion for key, suggestion in found.items() if suggestion is not None}


def suggest_topic(text: str) -> Suggestion | None:
    """The same for one text."""
    return suggest_topics({0: text}).get(0)


def _archive(
    action: str, topic_id: int, version: int, since: datetime | None, actor: User | None, now: datetime
) -> Topic:
    with transaction():
        topic = locked(Topic, topic_id, version, "Тема")
        before, topic.archived_at = topic.archived_at, since
        settle(action, "topic", topic, {"archived_at": (before, since)}, actor=actor, now=now)
        return topic


def _name(name: str) -> str:
    return one_line("name", "Название", name, 200, missing="Назовите тему: под этим названием её выбирают.")


def _check_new_name(name: str, topic_id: int | None = None) -> None:
    """An export finds its topics by name, in large letters or small: two that differ so are one."""
    for other_id, other in db.session.execute(select(Topic.id, Topic.name)).tuples():
        if other_id != topic_id and other.casefold() == name.casefold():
            raise _taken(name)


def _taken(name: str) -> MissingInput:
    return MissingInput("name", f"Тема «{name}» уже есть (может быть, убрана из списка). Назовите иначе.")


def _department_id(department_id: int | None) -> int | None:
    return offered_department(department_id).id if department_id else None

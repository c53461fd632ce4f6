"""The topics of the office: added, edited, put away, filled from the ready ones, given to departments."""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path

from sqlalchemy import select

from osm.base.database import add_row, db
from osm.base.transaction import transaction, unless_taken
from osm.check.acts import due
from osm.flow.acts.moving import locked, one_line, put_away, settle, write_into
from osm.log.acts.record import Change, record
from osm.models import Department, Message, ReadingKind, Topic, User
from osm.people.acts import absences, users
from osm.regulation.errors import MissingInput
from osm.topics.rules import checked_words

_STARTER = Path(__file__).with_name("starter_topics.toml")


@dataclass(frozen=True, slots=True)
class StarterTopic:
    """A topic for a new installation; its words one a line."""

    name: str
    words: str


@cache
def starter_topics() -> tuple[StarterTopic, ...]:
    """The topics of the data file, in its order."""
    raw = tomllib.loads(_STARTER.read_text(encoding="utf-8"))["topic"]
    return tuple(StarterTopic(topic["name"], checked_words(topic["words"])) for topic in raw)


def create_topic(*, name: str, department_id: int | None, words: str, actor: User | None, now: datetime) -> Topic:
    """Raises MissingInput, which names the field."""
    name, words = _name(name), checked_words(words)
    with unless_taken(_taken(name)), transaction():
        _check_new_name(name)
        topic = add_row(Topic(name=name, department_id=_department_id(department_id), words=words))
        changes = {"department_id": (None, department_id)}
        record("create_topic", at=now, actor=actor, about=topic, changes=changes)
        return topic


def edit_topic(
    topic_id: int, version: int, *, name: str, department_id: int | None, words: str, actor: User | None, now: datetime
) -> Topic:
    """Change name, department or words; messages keep their topic. Raises MissingInput, StaleVersion."""
    given = {"name": _name(name), "words": checked_words(words)}
    with unless_taken(_taken(given["name"])), transaction():
        topic = locked(Topic, topic_id, version, "Тема")
        _check_new_name(given["name"], topic_id)
        edited, before = write_into(topic, given), topic.department_id
        if department_id != before:
            topic.department_id = _department_id(department_id)
        changes: dict[str, Change] = {"fields": ([], edited), "department_id": (before, department_id)}
        settle("edit_topic", topic, changes, actor=actor, now=now)
    if "name" in edited:
        having_it = select(Message.id).where(Message.topic_id == topic_id)
        due.enqueue_in_slices(having_it, ReadingKind.SEARCH)  # so that the search finds them by the new name
    return topic


def archive_topic(topic_id: int, version: int, *, actor: User | None, now: datetime) -> Topic:
    """Stop offering and suggesting the topic; its messages still name it."""
    return put_away(Topic, "Тема", "archive_topic", now, topic_id, version, actor=actor, now=now)


def restore_topic(topic_id: int, version: int, *, actor: User | None, now: datetime) -> Topic:
    return put_away(Topic, "Тема", "restore_topic", None, topic_id, version, actor=actor, now=now)


def add_starter_topics(*, actor: User | None, now: datetime) -> int:
    """Add missing starter topics by name, and words to those without any; returns how many changed. Words of the office
    are not changed."""
    changed = 0
    with transaction() as session:
        there = {topic.name.casefold(): topic for topic in session.scalars(select(Topic).with_for_update(of=Topic))}
        for starter in starter_topics():
            topic = there.get(starter.name.casefold())
            if topic is None:
                create_topic(name=starter.name, department_id=None, words=starter.words, actor=actor, now=now)
            elif not topic.words and topic.archived_at is None:
                topic.words = starter.words
                settle("edit_topic", topic, {"fields": ([], ["words"])}, actor=actor, now=now)
            else:
                continue
            changed += 1
    return changed


def _name(name: str) -> str:
    return one_line("name", "Название", name, 200, missing="Назовите тему: под этим названием её выбирают.")


def _check_new_name(name: str, topic_id: int | None = None) -> None:
    """An import finds topics by name in any case, so two may not differ in case only."""
    for other_id, other in db.session.execute(select(Topic.id, Topic.name)):
        if other_id != topic_id and other.casefold() == name.casefold():
            raise _taken(name)


def _taken(name: str) -> MissingInput:
    return MissingInput("name", f"Тема «{name}» уже есть (может быть, убрана из списка). Назовите иначе.")


def _department_id(department_id: int | None) -> int | None:
    return users.offered_department(department_id).id if department_id else None


# --- All departments at once
@dataclass(frozen=True, slots=True)
class Given:
    """A row of the table. `topic_id` None: a ready topic that is not there yet. `was`: the name the person saw."""

    key: str
    topic_id: int | None
    starter: StarterTopic | None
    department: str
    was: str
    is_unwanted: bool


class RowsRefused(MissingInput):
    """Nothing was saved; `rows`: row → what is wrong in it."""

    def __init__(self, rows: Mapping[str, str]) -> None:
        super().__init__("", f"Ничего не сохранено: ошибок {len(rows)}. Они отмечены в строках.")
        self.rows = rows


def give_departments(rows: Sequence[Given], *, actor: User, now: datetime) -> list[str]:
    """Save the rows that were changed, all or none; a name that no department has makes one. Returns the new names.
    Raises RowsRefused."""
    wrong: dict[str, str] = {}
    with transaction() as session:
        there = {one.id: one for one in session.scalars(select(Department).where(Department.archived_at.is_(None)))}
        named = {name.casefold(): one.id for one in there.values() for name in (one.short_name, one.name)}
        before = set(there)
        for row in rows:
            try:
                _give(row, named, actor, now)
            except MissingInput as error:
                wrong[row.key] = str(error)
        if wrong:
            raise RowsRefused(wrong)
        new = select(Department.name).where(Department.id.in_(set(named.values()) - before))
        return list(session.scalars(new.order_by(Department.name)))


def _give(row: Given, named: dict[str, int], actor: User, now: datetime) -> None:
    if row.topic_id is None:
        if row.starter and not row.is_unwanted:
            department_id = _of_name(row.department, named, actor, now)
            create_topic(
                name=row.starter.name, department_id=department_id, words=row.starter.words, actor=actor, now=now
            )
        return
    topic = db.session.get(Topic, row.topic_id, with_for_update={"of": Topic}, populate_existing=True)
    if topic is None or topic.archived_at is not None:
        return
    if row.is_unwanted:
        topic.archived_at = now
        settle("archive_topic", topic, {"archived_at": (None, now)}, actor=actor, now=now)
        return
    stored = topic.department.name if topic.department else ""
    typed = " ".join(row.department.split())
    if typed.casefold() in (row.was.casefold(), stored.casefold()):
        return
    if stored != row.was:
        raise MissingInput("", f"Пока вы заполняли, здесь выбрали «{stored}»." if stored else "Отдел здесь убрали.")
    was, topic.department_id = topic.department_id, _of_name(typed, named, actor, now)
    settle("edit_topic", topic, {"department_id": (was, topic.department_id)}, actor=actor, now=now)


def _of_name(typed: str, named: dict[str, int], actor: User, now: datetime) -> int | None:
    """The department with this name, long or short; a new one if there is none."""
    name = " ".join(typed.split())
    if not name:
        return None
    if name.casefold() not in named:
        made = absences.create_department(
            name=name, short_name="", phone="", other_phones="", duty_officer_id=None, deputy_ids=(),
            supervisor_id=None, actor=actor, now=now,
        )  # fmt: skip
        named[name.casefold()] = made.id
    return named[name.casefold()]

"""What the register can be narrowed by, and the conditions that this means for the database."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Select, String, and_, exists, false, literal_column, or_, select, union_all

from osm.extensions import db
from osm.regulation.comment_words import CommentKind
from osm.regulation.words import Importance, Role, Status
from osm.store.models import Assignment, Comment, Deadline, DeadlineState, Message
from osm.store.queries.clocks.day import DayBorders
from osm.store.queries.figures.lists import Listed
from osm.store.queries.figures.streets import places_in
from osm.store.queries.imports.source_entry import ids_not_in_source
from osm.store.queries.register.search import Question, matching
from osm.store.queries.staff.visibility import SEE_EVERYTHING

FILTER_LABELS: dict[str, str] = {
    "q": "поиск", "exact": "слова", "status": "статус", "term": "срок", "network": "соцсеть", "kind": "вид",
    "topic": "тема", "department": "отдел", "executor": "исполнитель", "importance": "важность",
    "from": "получено с", "to": "получено по", "repeat": "повтор", "im": "ИМ", "figure": "показатель",
    "place": "улица", "sort": "порядок",
}  # fmt: skip
"""The words of the register's address, as people read them."""


class Term(StrEnum):
    """Messages of which a clock runs that ends then, or at any known instant."""

    RUNNING = "running"
    OVERDUE = "overdue"
    TODAY = "today"
    MORNING = "morning"


@dataclass(frozen=True, slots=True)
class Reader:
    """Who looks at the register and when: he is shown what he may know of (П.3)."""

    user_id: int
    department_id: int | None
    roles: frozenset[Role]
    now: datetime
    borders: DayBorders

    @property
    def sees_everything(self) -> bool:
        return not self.roles.isdisjoint(SEE_EVERYTHING)


@dataclass(frozen=True, slots=True)
class RegisterFilter:
    """All of what is set must be fulfilled; what is not set is not asked for."""

    searches: bool = False
    """Something was typed, even where no word of it can be asked for: then nothing is found."""
    question: Question = ()
    numbers: tuple[str, ...] = ()
    links: tuple[str, ...] = ()
    statuses: frozenset[Status] = frozenset()
    term: Term | None = None
    network: str = ""
    kind: CommentKind | None = None
    """Of the comment of our page that it was made of."""
    topic_id: int | None = None
    without_topic: bool = False
    department_id: int | None = None
    executor_id: int | None = None
    importance: Importance | None = None
    received_from: datetime | None = None
    received_before: datetime | None = None
    is_repeat: bool | None = None
    not_in_source: bool = False
    figure: Listed | None = None
    """What a figure of the reports counts."""
    street: str = ""


def columns_fulfil(wanted: RegisterFilter) -> Iterator[ColumnElement[bool]]:
    """Conditions on the row of the message itself; several statuses are asked for by `elsewhere`."""
    if len(wanted.statuses) == 1:
        yield Message.status == next(iter(wanted.statuses))
    if wanted.network:
        yield Message.network == wanted.network
    if wanted.topic_id is not None:
        yield Message.topic_id == wanted.topic_id
    if wanted.without_topic:
        yield Message.topic_id.is_(None)
    if wanted.importance is not None:
        yield Message.importance == wanted.importance
    if wanted.received_from is not None:
        yield Message.received_at >= wanted.received_from
    if wanted.received_before is not None:
        yield Message.received_at < wanted.received_before
    if wanted.is_repeat is not None:
        yield Message.is_repeat.is_(wanted.is_repeat)
    if wanted.street:
        yield Message.place.in_(places_in(wanted.street))


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """A filter that a column of the message does not answer. `ids`: who fulfils it, some of them several times."""

    ids: Select[Any]
    on_the_way: ColumnElement[bool]
    """The condition as a check of row after row along an order: SQLite is kept from beginning with it."""
    to_begin_with: ColumnElement[bool]


def elsewhere(wanted: RegisterFilter, reader: Reader) -> Iterator[Elsewhere]:
    """All such filters that are set."""
    if not reader.sees_everything:
        yield _visible(reader)
    if wanted.searches:
        yield _among(matching(wanted.question, wanted.numbers, wanted.links))
    if len(wanted.statuses) > 1:
        statuses = sorted(wanted.statuses)
        among = Message.status.in_(statuses)
        in_no_index = literal_column("message.status || ''", String).in_([status.value for status in statuses])
        yield Elsewhere(select(Message.id).where(among, Message.recalled_at.is_(None)), in_no_index, among)
    if wanted.term is not None:
        yield _among(_in_term(wanted.term, reader))
    if wanted.executor_id is not None:
        yield _worked_on(Assignment.executor_id == wanted.executor_id)
    if wanted.department_id is not None:
        yield _worked_on(Assignment.department_id == wanted.department_id)
    if wanted.kind is not None:
        yield _among(select(Comment.message_id).where(Comment.kind == wanted.kind, Comment.message_id.is_not(None)))
    if wanted.not_in_source:
        yield _among(ids_not_in_source())
    if wanted.figure is not None:
        yield _among(wanted.figure.ids(reader.now))


def _among(ids: Select[Any], row_by_row: ColumnElement[bool] | None = None) -> Elsewhere:
    """SQLite gathers a set of ids once and looks into it; PostgreSQL knows how many to expect, and asks row by row
    where that is quicker.
    """
    if db.engine.dialect.name == "sqlite":
        return Elsewhere(ids, literal_column("+message.id").in_(ids), Message.id.in_(ids))
    check = Message.id.in_(ids) if row_by_row is None else row_by_row
    return Elsewhere(ids, check, check)


def _visible(reader: Reader) -> Elsewhere:
    """The same as `visibility.visible_to`, from the side of the assignments."""
    if Role.EXECUTOR not in reader.roles:
        return Elsewhere(select(Assignment.message_id).where(false()), false(), false())
    whose = [Assignment.executor_id == reader.user_id]
    if reader.department_id is not None:
        whose.append(Assignment.department_id == reader.department_id)
    # Apart, so that each half is read from an index alone.
    ids = union_all(*(select(Assignment.message_id).where(one) for one in whose)).subquery()
    one_row = exists().where(Assignment.message_id == Message.id, or_(*whose))
    return _among(select(ids.c.message_id), one_row)


def _worked_on(whose: ColumnElement[bool]) -> Elsewhere:
    """Whose work it is or was in the end: who was replaced on the way does not count."""
    now = select(Assignment.message_id).where(whose, Assignment.ended_at.is_(None))
    in_the_end = (
        select(Assignment.message_id)
        .join(Message, Message.id == Assignment.message_id)
        .where(whose, Assignment.ended_at.is_not(None), Assignment.ended_at == Message.closed_at)
    )
    ids = union_all(now, in_the_end).subquery()
    until_the_end = or_(Assignment.ended_at.is_(None), Assignment.ended_at == Message.closed_at)
    one_row = exists().where(Assignment.message_id == Message.id, whose, until_the_end)
    return _among(select(ids.c.message_id), one_row)


def _in_term(term: Term, reader: Reader) -> Select[Any]:
    borders = reader.borders
    between = {
        Term.RUNNING: Deadline.due_at.is_not(None),
        # A blameless clock is nobody's delay (П.9).
        Term.OVERDUE: and_(Deadline.due_at < reader.now, Deadline.blameless.is_(False)),
        Term.TODAY: and_(Deadline.due_at >= reader.now, Deadline.due_at <= borders.today),
        Term.MORNING: and_(Deadline.due_at > borders.today, Deadline.due_at <= borders.morning),
    }
    return select(Deadline.message_id).where(Deadline.state == DeadlineState.OPEN, between[term])

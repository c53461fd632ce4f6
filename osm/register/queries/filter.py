"""The filters of the register and their conditions, and the search by words, numbers and links."""

import json
from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Integer,
    Select,
    String,
    and_,
    bindparam,
    cast,
    exists,
    false,
    func,
    literal,
    literal_column,
    or_,
    select,
    text,
    union,
    union_all,
)
from sqlalchemy.dialects.postgresql import TSQUERY, TSVECTOR

from osm.base.database import db
from osm.base.types import is_code
from osm.flow.queries.duties import DayBorders
from osm.imports.queries.editions import ids_not_in_source
from osm.messages.models import FORMER_NUMBER
from osm.models import (
    Assignment,
    Author,
    Comment,
    Deadline,
    Department,
    Draft,
    Followup,
    Message,
    MessageSearch,
    Reply,
    Topic,
    User,
    UserRole,
)
from osm.people.queries.absences import SEE_EVERYTHING
from osm.regulation import blacklist
from osm.regulation.words import DeadlineState, Importance, Labelled, Role, Status
from osm.reports.queries import figures, streets

# --- Choices
Choices = tuple[tuple[int, str], ...]


@dataclass(frozen=True, slots=True)
class FilterChoices:
    """Id and name of each, by name."""

    topics: Choices
    departments: Choices
    executors: Choices


_WORKS = exists().where(UserRole.user_id == User.id, UserRole.role == Role.EXECUTOR)
_CHOSEN = User.id == bindparam("chosen", type_=Integer())
_CHOICES = union_all(
    select(literal("topics").label("choice"), Topic.id.label("id"), Topic.name.label("name")),
    select(literal("departments"), Department.id, Department.short_name),
    select(literal("executors"), User.id, User.name).where(or_(_WORKS, _CHOSEN)),
).order_by("name", "id")


def filter_choices(chosen_executor: int | None = None) -> FilterChoices:
    """One statement. A former executor is offered if he is already chosen."""
    found: dict[str, list[tuple[int, str]]] = defaultdict(list)
    for choice, number, name in db.session.execute(_CHOICES, {"chosen": chosen_executor}):
        found[choice].append((number, name))
    return FilterChoices(*(tuple(found[choice]) for choice in ("topics", "departments", "executors")))


# --- Search, with the same result on both databases
Question = Sequence[Sequence[str]]  # all of these words, each in one of these forms


@dataclass(frozen=True, slots=True)
class Searched:
    """The searchable texts of one message, as they are in the database."""

    message_id: int
    parts: tuple[str, ...]


def matching(question: Question, numbers: Collection[str] = (), links: Collection[str] = ()) -> Select[Any]:
    """Ids of messages with all these words; those with one of these numbers or links even before they are indexed."""
    found = [_by_words(question)] if question else []
    if numbers:
        found.append(select(Message.id).where(Message.number.in_(numbers)))
    if links:
        found.append(select(Message.id).where(Message.url.in_(links)))
    if len(found) > 1:
        return select(union(*found).subquery().c[0])
    return found[0] if found else select(Message.id).where(text("1 = 0"))


def _by_words(question: Question) -> Select[Any]:
    if db.engine.dialect.name == "sqlite":
        asked = " AND ".join("(" + " OR ".join(f'"{form}"' for form in forms) + ")" for forms in question)
        return (
            select(literal_column("message_fts.rowid").label("id"))
            .select_from(text("message_fts"))
            .where(text("message_fts MATCH :asked").bindparams(asked=asked))
        )
    asked = " & ".join("(" + " | ".join(f"'{form}'" for form in forms) + ")" for forms in question)
    lexemes = literal_column("message_search.message_fts", TSVECTOR)
    return select(MessageSearch.message_id.label("id")).where(lexemes.op("@@")(cast(asked, TSQUERY)))


_COUNT_EACH = {
    "sqlite": """
        SELECT value, (SELECT count(*) FROM (
            SELECT 1 FROM message_fts WHERE message_fts MATCH '"' || value || '"' LIMIT :at_most
        ) AS counted) FROM json_each(:forms)
    """,
    "postgresql": """
        SELECT form, (SELECT count(*) FROM (
            SELECT 1 FROM message_search WHERE message_fts @@ CAST(quote_literal(form) AS tsquery) LIMIT :at_most
        ) AS counted) FROM json_array_elements_text(CAST(:forms AS json)) AS form
    """,
}
"""One index look-up each: for hundreds in one condition PostgreSQL would read all messages."""


def word_counts(forms: Collection[str], at_most: int) -> dict[str, int]:
    """The number of messages with each of these forms, counted up to `at_most`; all forms are in the result."""
    counts = text(_COUNT_EACH[db.engine.dialect.name])
    given = {"forms": json.dumps(list(forms)), "at_most": at_most}
    return dict(db.session.execute(counts, given).all())


def texts_of(message_ids: Collection[int]) -> dict[int, str]:
    texts = select(Message.id, Message.text).where(Message.id.in_(message_ids))
    return dict(db.session.execute(texts).all())


def searched(message_ids: Sequence[int]) -> list[Searched]:
    """The searchable texts of these messages: number, text, place, topic, author, his later texts, the latest
    answers."""
    parts: dict[int, list[str]] = {}
    for row in db.session.execute(
        select(
            Message.id,
            Message.number,
            Message.source_raw[FORMER_NUMBER].as_string().label("former"),
            Message.text,
            Message.place,
            Message.source_topic,
            Topic.name.label("topic"),
            Author.name,
        )
        .outerjoin(Author, Author.id == Message.author_id)
        .outerjoin(Topic, Topic.id == Message.topic_id)
        .where(Message.id.in_(message_ids))
    ):
        where = (row.place, row.topic or "", row.source_topic)
        parts[row.id] = [row.number, row.former or "", row.text, *where, row.name or ""]
    for message_id, words in db.session.execute(
        select(Followup.message_id, Followup.text).where(Followup.message_id.in_(message_ids))
    ):
        parts[message_id].append(words)
    latest = (
        select(Draft.reply_id, func.max(Draft.number).label("number"))
        .join(Reply, Reply.id == Draft.reply_id)
        .where(Reply.message_id.in_(message_ids))
        .group_by(Draft.reply_id)
        .subquery()
    )
    for message_id, words in db.session.execute(
        select(Reply.message_id, Draft.text)
        .join(Draft, Draft.reply_id == Reply.id)
        .join(latest, (latest.c.reply_id == Draft.reply_id) & (latest.c.number == Draft.number))
    ):
        parts[message_id].append(words)
    return [Searched(message_id, tuple(filter(None, found))) for message_id, found in parts.items()]


# --- Filters
FILTER_LABELS: dict[str, str] = {
    "q": "поиск", "exact": "слова", "status": "статус", "term": "срок", "network": "соцсеть", "kind": "вид",
    "topic": "тема", "department": "отдел", "executor": "исполнитель", "importance": "важность",
    "from": "получено с", "to": "получено по", "repeat": "повтор", "im": "ИМ", "figure": "показатель",
    "place": "улица", "sort": "порядок",
}  # fmt: skip
"""The words of the register's address and their labels."""


class Term(Labelled):
    """Messages with a running clock that ends then, or at any known instant."""

    RUNNING = "running", "Срок идёт"
    OVERDUE = "overdue", "Просрочено"
    TODAY = "today", "Сегодня"
    MORNING = "morning", "Завтра с утра"


@dataclass(frozen=True, slots=True)
class Reader:
    """Who looks at the register and when; he sees only what he may see (П.3)."""

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
    """All filters that are set must be fulfilled."""

    searches: bool = False  # some text was typed; if it has no searchable word, no message is found
    question: Question = ()
    numbers: tuple[str, ...] = ()
    links: tuple[str, ...] = ()
    statuses: frozenset[Status] = frozenset()
    term: Term | None = None
    network: str = ""
    kind: blacklist.CommentKind | None = None  # of the comment on our page from which it was made
    topic_id: int | None = None
    without_topic: bool = False
    department_id: int | None = None
    executor_id: int | None = None
    importance: Importance | None = None
    received_from: datetime | None = None
    received_before: datetime | None = None
    is_repeat: bool | None = None
    not_in_source: bool = False
    figure: figures.Listed | None = None  # the messages that a figure of the reports counts
    street: str = ""


def columns_fulfil(wanted: RegisterFilter) -> Iterator[ColumnElement[bool]]:
    """Conditions on the message's own columns; several statuses are handled by `elsewhere`."""
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
        yield Message.place.in_(streets.places_in(wanted.street))


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """A filter that is not a column of the message. `ids`: the messages that fulfil it, possibly repeated."""

    ids: Select[Any]
    on_the_way: ColumnElement[bool]
    """The condition for reading row by row in an order; written so that SQLite does not begin with it."""
    to_begin_with: ColumnElement[bool]


def elsewhere(wanted: RegisterFilter, reader: Reader) -> Iterator[Elsewhere]:
    if not reader.sees_everything:
        yield _visible(reader)
    if wanted.searches and Role.AUDITOR in reader.roles:
        yield _among(matching((), wanted.numbers))  # words and links would find the messages of a known name
    elif wanted.searches:
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
    """SQLite collects a set of ids once; PostgreSQL may check row by row."""
    if db.engine.dialect.name == "sqlite":
        return Elsewhere(ids, literal_column("+message.id").in_(ids), Message.id.in_(ids))
    check = Message.id.in_(ids) if row_by_row is None else row_by_row
    return Elsewhere(ids, check, check)


def _visible(reader: Reader) -> Elsewhere:
    """As `visible_to` of `osm.people.queries`, but starting from the assignments."""
    if Role.EXECUTOR not in reader.roles:
        return Elsewhere(select(Assignment.message_id).where(false()), false(), false())
    whose = [Assignment.executor_id == reader.user_id]
    if reader.department_id is not None:
        whose.append(Assignment.department_id == reader.department_id)
    # Separate, so that each half uses one index.
    ids = union_all(*(select(Assignment.message_id).where(one) for one in whose)).subquery()
    one_row = exists().where(Assignment.message_id == Message.id, or_(*whose))
    return _among(select(ids.c.message_id), one_row)


def _worked_on(whose: ColumnElement[bool]) -> Elsewhere:
    """Messages of present or final executors; those replaced on the way do not count."""
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
        # A blameless clock is no delay (П.9).
        Term.OVERDUE: and_(Deadline.due_at < reader.now, Deadline.blameless.is_(False)),
        Term.TODAY: and_(Deadline.due_at >= reader.now, Deadline.due_at <= borders.today),
        Term.MORNING: and_(Deadline.due_at > borders.today, Deadline.due_at <= borders.morning),
    }
    return select(Deadline.message_id).where(is_code(Deadline.state, DeadlineState.OPEN), between[term])

"""Promises and templates as screens show them."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Date,
    Integer,
    ScalarSelect,
    Select,
    and_,
    bindparam,
    exists,
    func,
    or_,
    select,
    true,
)

from osm.base.database import db
from osm.base.types import OfRow, of_rows, with_columns
from osm.flow.queries.clocks import RowPerson, active_people, summary
from osm.log.queries.history import promises_on_behalf
from osm.models import (
    AnswerTemplate,
    Assignment,
    Author,
    Department,
    GroupMember,
    Message,
    Promise,
    PromisePhoto,
    PromiseState,
    TemplateUse,
    Topic,
    User,
)
from osm.people.queries.absences import visible_to
from osm.regulation.executors import acting_words
from osm.regulation.words import Labelled, Role
from osm.reports.queries.figures import Listed

# --- Promises
LIST_ROWS = 200


class Filter(Labelled):
    LIVE = "live", "На контроле"
    DUE = "due", "Срок наступил"
    REPORTED = "reported", "Ждут куратора"
    DONE = "done", "Выполнено"
    NOT_KEPT = "not_kept", "Не выполнено"
    MOVED = "moved", "Перенесено"
    DROPPED = "dropped", "Контроль снят"
    ALL = "all", "Все"


@dataclass(frozen=True, slots=True)
class PromiseRow(OfRow):
    row: Promise
    number: str
    summary: str
    place: str
    author: str
    reported_by: str = ""
    decided_by: str = ""
    people: tuple[RowPerson, ...] = ()
    photos: tuple[int, ...] = ()

    def is_late(self, today: date) -> bool:
        return self.row.state is PromiseState.OPEN and self.row.due_on < today

    def is_due(self, today: date) -> bool:
        return self.row.state is PromiseState.OPEN and self.row.due_on <= today


def counted(person: User, figure: Listed, now: datetime) -> list[PromiseRow]:
    counts = Promise.id.in_(figure.promise_ids(now))
    return _rows(_query().where(visible_to(person), counts).order_by(Promise.due_on, Promise.id))


def listed(person: User, wanted: Filter, today: date) -> list[PromiseRow]:
    """Promises of messages that this person may see, nearest day first."""
    query = _query().where(visible_to(person), _fits(wanted, today))
    order = (Promise.due_on, Promise.id) if wanted in (Filter.LIVE, Filter.DUE) else (Promise.due_on.desc(), Promise.id)
    return _rows(query.order_by(*order).limit(LIST_ROWS))


def waiting(person: User, today: date, absent: Collection[int] = ()) -> list[PromiseRow]:
    """Due promises that he has to report, and those he decides as curator. `absent`: whom he replaces today (П.3)."""
    if not person.has(Role.EXECUTOR, Role.CURATOR):
        return []
    waits = _waits(person.has(Role.EXECUTOR), person.has(Role.CURATOR), today, [person.id, *absent])
    return _rows(_query().where(waits).order_by(Promise.due_on, Promise.id))


PROMISED_BY: Any = bindparam("promised_by", type_=Date())
_PROMISED_OF: Any = bindparam("promised_of", expanding=True, type_=Integer())


def promise_waits(roles: Collection[Role]) -> ColumnElement[bool]:
    """The condition of `waiting` for somebody with these roles; its parameters are those of `promise_values`."""
    return _waits(Role.EXECUTOR in roles, Role.CURATOR in roles, PROMISED_BY, _PROMISED_OF)


def promise_values(today: date, people: Collection[int]) -> dict[str, Any]:
    """`people`: the person and those he substitutes for."""
    return {"promised_by": today, "promised_of": list(people)}


def number_waiting(person: User, today: date, absent: Collection[int] = ()) -> tuple[ScalarSelect[int], dict[str, Any]]:
    """The number of rows of `waiting`, as a column and the values of its parameters."""
    return _number(person.roles & {Role.EXECUTOR, Role.CURATOR}), promise_values(today, [person.id, *absent])


@lru_cache(maxsize=4)
def _number(roles: frozenset[Role]) -> ScalarSelect[int]:
    return select(func.count()).select_from(Promise).where(promise_waits(roles)).scalar_subquery()


def of_message(message_id: int) -> list[PromiseRow]:
    """Promises of its answers, including those of its common answer."""
    own = select(GroupMember.group_id).where(GroupMember.message_id == message_id, GroupMember.left_at.is_(None))
    together = select(GroupMember.reply_id).where(GroupMember.group_id.in_(own), GroupMember.left_at.is_(None))
    mine = or_(Promise.message_id == message_id, Promise.reply_id.in_(together))
    return _rows(_query().where(mine).order_by(Promise.due_on, Promise.id))


def one(promise_id: int, person: User, absent: Collection[int] = ()) -> PromiseRow | None:
    """The promise, if this person may see its message or works for one of the `absent` who have to report it."""
    known = or_(visible_to(person), _owed_by(absent)) if absent else visible_to(person)
    return next(iter(_rows(_query().where(Promise.id == promise_id, known))), None)


def _owed_by(people: Any) -> ColumnElement[bool]:
    return exists().where(
        Assignment.message_id == Promise.message_id, Assignment.executor_id.in_(people), Assignment.ended_at.is_(None)
    )


def _waits(executes: bool, decides: bool, today: Any, people: Any) -> ColumnElement[bool]:
    due = and_(Promise.state == PromiseState.OPEN, Promise.due_on <= today)
    late = and_(Promise.state == PromiseState.OPEN, Promise.due_on < today)
    parts = []
    if executes:
        parts.append(and_(due, _owed_by(people)))
    if decides:
        parts += [Promise.state == PromiseState.REPORTED, late]
    return or_(*parts)


def _fits(wanted: Filter, today: date) -> ColumnElement[bool]:
    match wanted:
        case Filter.ALL:
            return true()
        case Filter.LIVE:
            return Promise.state.in_((PromiseState.OPEN, PromiseState.REPORTED))
        case Filter.DUE:
            return and_(Promise.state == PromiseState.OPEN, Promise.due_on <= today)
    return Promise.state == PromiseState(wanted.value)


def _query() -> Any:
    author = func.coalesce(Author.name, "")
    columns = with_columns(Promise, number=Message.number, summary=Message.text, place=Message.place, author=author)
    return (
        select(*columns)
        .select_from(Promise)
        .join(Message, Message.id == Promise.message_id)
        .outerjoin(Author, Author.id == Message.author_id)
    )


def _rows(query: Any) -> list[PromiseRow]:
    found = of_rows(PromiseRow, db.session.execute(query))
    if not found:
        return []
    people, photos = active_people([row.message_id for row in found]), _photos([row.id for row in found])
    names = _names(found)
    return [
        replace(
            row, summary=summary(row.summary), reported_by=names.get((row.id, row.reported_at), ""),
            decided_by=names.get((row.id, row.decided_at), ""), people=tuple(people.get(row.message_id, ())),
            photos=photos.get(row.id, ()),
        )
        for row in found
    ]  # fmt: skip


def _names(found: Sequence[Any]) -> Mapping[tuple[int, datetime | None], str]:
    """(Promise id, time) → who reported or decided it then, with the absent colleague (П.3)."""
    done = [
        (row.id, at, person_id)
        for row in found
        for at, person_id in ((row.reported_at, row.reported_by_id), (row.decided_at, row.decided_by_id))
        if person_id
    ]
    if not done:
        return {}
    absent = promises_on_behalf([promise_id for promise_id, _, _ in done])
    ids = {person_id for _, _, person_id in done} | set(absent.values())
    names = dict(db.session.execute(select(User.id, User.name).where(User.id.in_(ids))).all())
    return {
        (promise_id, at): acting_words(names[person_id], names.get(absent.get((promise_id, at, person_id), 0), ""))
        for promise_id, at, person_id in done
    }


def _photos(ids: Sequence[int]) -> dict[int, tuple[int, ...]]:
    if not ids:
        return {}
    rows = db.session.execute(
        select(PromisePhoto.promise_id, PromisePhoto.attachment_id)
        .where(PromisePhoto.promise_id.in_(ids))
        .order_by(PromisePhoto.attachment_id)
    )
    photos: dict[int, tuple[int, ...]] = {}
    for promise_id, attachment_id in rows:
        photos[promise_id] = (*photos.get(promise_id, ()), attachment_id)
    return photos


# --- Answer templates
@dataclass(frozen=True, slots=True)
class TemplateRow(OfRow):
    row: AnswerTemplate
    topic: str
    uses: int


def _templates_rows() -> Select[Any]:
    uses = (
        select(func.count()).where(TemplateUse.template_id == AnswerTemplate.id).correlate(AnswerTemplate)
    ).scalar_subquery()
    columns = with_columns(AnswerTemplate, topic=func.coalesce(Topic.name, ""), uses=uses)
    return select(*columns).outerjoin(Topic, Topic.id == AnswerTemplate.topic_id)


def templates() -> list[TemplateRow]:
    """All templates by topic and name, archived ones at the end."""
    wanted = _templates_rows().order_by(AnswerTemplate.archived_at.isnot(None), Topic.name, AnswerTemplate.name)
    return of_rows(TemplateRow, db.session.execute(wanted))


def template(template_id: int) -> TemplateRow | None:
    found = db.session.execute(_templates_rows().where(AnswerTemplate.id == template_id))
    return next(iter(of_rows(TemplateRow, found)), None)


def templates_for(topic_id: int | None) -> list[TemplateRow]:
    """Templates for a topic: its own, then those for any, each by number of uses. One query."""
    own = AnswerTemplate.topic_id == topic_id if topic_id is not None else AnswerTemplate.topic_id.is_(None)
    wanted = _templates_rows().where(AnswerTemplate.archived_at.is_(None), own | AnswerTemplate.topic_id.is_(None))
    return sorted(
        of_rows(TemplateRow, db.session.execute(wanted)), key=lambda row: (row.topic_id is None, -row.uses, row.name)
    )


def department_name(department_id: int) -> str:
    """Full name, as an answer names the responsible body (П.16); empty if there is no such department."""
    return db.session.scalar(select(Department.name).where(Department.id == department_id)) or ""

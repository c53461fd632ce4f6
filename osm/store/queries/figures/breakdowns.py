"""The figures of a period by department, executor, topic, network and place."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import func, literal, select, union_all

from osm.extensions import db
from osm.networks.catalogue import NETWORKS
from osm.regulation.shares import share_words
from osm.store.models import Assignment, Department, Message, Topic, User
from osm.store.queries.figures.clocks import KEPT, TO_THE_AUTHOR, own_clocks
from osm.store.queries.figures.sources import SOURCES
from osm.store.queries.figures.span import Scope, Span
from osm.store.queries.figures.streets import street_of
from osm.store.queries.figures.whose import NAMES, as_read, department_of_message, is_or_was_in_the_end

COUNTED = ("received", "answered", "returned")


class By(StrEnum):
    """What the figures are told apart by; the words of the register's address."""

    DEPARTMENT = "department"
    EXECUTOR = "executor"
    TOPIC = "topic"
    NETWORK = "network"
    PLACE = "place"


WORKERS = (By.DEPARTMENT, By.EXECUTOR)


@dataclass(slots=True)
class Row:
    """One line. `kept` of `owed` clocks: of departments and executors their own (П.10, П.12, П.14), else those towards
    the author (П.8, П.9, П.13). `key`: of a department as in `whose`; None: without any.
    """

    key: Any
    name: str = ""
    received: int = 0
    answered: int = 0
    returned: int = 0
    kept: int = 0
    owed: int = 0

    @property
    def is_rest(self) -> bool:
        """«не направлено», «без темы», «без улицы»: what is no department, topic or street."""
        return not self.key or self.key in NAMES

    @property
    def share(self) -> str:
        """Of what was kept, in words; empty where there was no clock."""
        return share_words(self.kept, self.owed) if self.owed else ""

    def judge(self, verdict: int, number: int = 1) -> None:
        self.owed += number
        self.kept += number if verdict == KEPT else 0


def total_of(rows: Iterable[Row]) -> Row:
    """Of the rows by department: what they add up to."""
    total = Row(None, "Всего")
    for row in rows:
        for name in (*COUNTED, "kept", "owed"):
            setattr(total, name, getattr(total, name) + getattr(row, name))
    return total


Breakdowns = Mapping[By, list[Row]]


class _Rows(dict[Any, Row]):
    def __missing__(self, key: Any) -> Row:
        return self.setdefault(key, Row(key))


def breakdowns_of(span: Span, now: datetime, scope: Scope, clocks: Sequence[Any]) -> Breakdowns:
    """The most received first. `clocks`: those of the period (`clocks.read_clocks`)."""
    found = {by: _Rows() for by in By}
    _count_messages(found, span, scope)
    _count_executors(found[By.EXECUTOR], span, scope)
    for row in clocks:
        if row.verdict is not None and row.kind in TO_THE_AUTHOR:
            for by, key in _of(row):
                found[by][key].judge(row.verdict)
    for department, executor_id, verdict, number in own_clocks(span, now, scope):
        for by, key in ((By.DEPARTMENT, department), (By.EXECUTOR, executor_id)):
            if key is not None:
                found[by][key].judge(verdict, number)
    return {by: _named(rows.values(), _names(by)) for by, rows in found.items()}


def received_by_topic(span: Span, scope: Scope) -> dict[int | None, int]:
    """Topic → how many messages came in."""
    received = SOURCES["received"](span, scope).with_only_columns(Message.topic_id, func.count())
    return dict(db.session.execute(received.group_by(Message.topic_id)).tuples().all())


def _of(row: Any) -> Iterable[tuple[By, Any]]:
    return (By.TOPIC, row.topic_id), (By.NETWORK, row.network), (By.PLACE, street_of(row.place))


def _count_messages(found: dict[By, _Rows], span: Span, scope: Scope) -> None:
    counted = _counted(span, scope)
    department = department_of_message().label("department")
    query = select(counted.c.code, department, Message.topic_id, Message.network, Message.place)
    for row in db.session.execute(query.join(Message, Message.id == counted.c.id)):
        for by, key in ((By.DEPARTMENT, row.department), *_of(row)):
            _add(found[by][key], row.code)


def _count_executors(found: _Rows, span: Span, scope: Scope) -> None:
    """Whose work the messages are or were in the end: every one of several."""
    counted = _counted(span, scope)
    query = (
        select(counted.c.code, Assignment.executor_id)
        .join(Message, Message.id == counted.c.id)
        .join(Assignment, (Assignment.message_id == Message.id) & is_or_was_in_the_end())
    )
    for code, key in db.session.execute(query if scope.is_everything else query.where(scope.whose())):
        _add(found[key], code)


def _counted(span: Span, scope: Scope) -> Any:
    """Code and id of the message of everything that is counted."""
    sources = [(code, SOURCES[code](span, scope).subquery()) for code in COUNTED]
    return union_all(*(select(literal(code).label("code"), found.c.id) for code, found in sources)).subquery()


def _add(row: Row, code: str) -> None:
    setattr(row, code, getattr(row, code) + 1)


def _names(by: By) -> Callable[[Any], str]:
    match by:
        case By.DEPARTMENT:
            named = _stored(Department.id, Department.name)
            return lambda key: NAMES.get(key) or named(key)
        case By.EXECUTOR:
            return _stored(User.id, User.name)
        case By.TOPIC:
            named = _stored(Topic.id, Topic.name)
            return lambda key: "без темы" if key is None else named(key)
        case By.PLACE:
            return lambda key: key or "без улицы"
        case By.NETWORK:
            return lambda key: NETWORKS[key].label if key in NETWORKS else key


def _stored(key: Any, name: Any) -> Callable[[Any], str]:
    names: dict[Any, str] = dict(db.session.execute(select(key, name)).tuples().all())
    return lambda one: str(names.get(one, "—"))


def _named(rows: Iterable[Row], name: Callable[[Any], str]) -> list[Row]:
    """In the order of the page, the file and the forms."""
    named = list(rows)
    for row in named:
        row.name = name(row.key)
    return sorted(named, key=lambda row: (-row.received, -row.answered, row.is_rest, as_read(row.name), str(row.key)))

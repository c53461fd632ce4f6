"""Where thousands wait no list shows them all: which of them have the next terms, without looking at each.

An export of years that nobody has looked through leaves such a pile. What an executor has is never one: it is found by
his assignments.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Integer,
    Select,
    String,
    and_,
    any_,
    bindparam,
    func,
    not_,
    or_,
    select,
    union_all,
)

from osm.extensions import db
from osm.regulation.words import Role, Status
from osm.store.models import Deadline, DeadlineState, Message
from osm.store.queries.clocks.duties import Duty, When, measures, runs
from osm.store.types import among_codes, is_code

COUNTED = 1000
"""So many of each part of the day are looked at; counting ends here, and the screen says «999+»."""
CLOCKS = 3
"""As many clocks of one message may stand among those that are walked along."""

Near = dict[Status, list[int]]
"""Status → ids of its messages that may stand on the list."""


def is_pile(statuses: Collection[Status]) -> bool:
    """Whether more messages stand in these statuses than are looked at one by one."""
    return (db.session.scalar(_count_of(frozenset(statuses))) or 0) > COUNTED


@lru_cache(maxsize=64)
def _count_of(statuses: frozenset[Status]) -> Select[Any]:
    some = select(Message.id).where(among_codes(Message.status, sorted(statuses))).limit(COUNTED + 1)
    return select(func.count()).select_from(some.subquery())


def is_bounded(duty: Duty) -> bool:
    """Whether this duty may have a pile."""
    return duty.role is not Role.EXECUTOR


def near_ids(duties: Sequence[Duty], soon: ColumnElement[Any]) -> Select[Any]:
    """Id and status of COUNTED messages each: with the earliest terms until `soon`, with the next ones behind it, with
    a term that is not known, and (of the newest in each status) without one.
    """
    ahead = [duty for duty in duties if duty.when is not When.LATE]
    parts = [
        _by_term(duties, Deadline.due_at <= soon),
        _by_term(ahead, Deadline.due_at > soon),
        _by_term(ahead, Deadline.due_at.is_(None)),
        *(_without_term(duty) for duty in ahead if duty.when is When.ALWAYS),
    ]
    ids = union_all(*parts).subquery()
    columns: list[Any] = [Message.id, Message.status]
    return select(*columns).where(Message.id.in_(select(ids.c.id)))


def by_status(rows: Iterable[tuple[int, Status]]) -> Near:
    """The answer of `near_ids`, sorted."""
    near: Near = defaultdict(list)
    for message_id, status in rows:
        near[status].append(message_id)
    return near


def is_near(duty: Duty, dialect: str) -> ColumnElement[bool]:
    """The condition on Message, for `near_values`."""
    name = f"near_{duty.status.value}"
    if dialect == "sqlite":
        ids = func.json_each(bindparam(name, type_=String())).table_valued("value")
        return Message.id.in_(select(ids.c.value))
    return Message.id == any_(bindparam(name, type_=ARRAY(Integer)))


def near_values(near: Near, duties: Iterable[Duty], dialect: str) -> dict[str, Any]:
    """What `is_near` asks for."""
    ids = {f"near_{duty.status.value}": near.get(duty.status, []) for duty in duties}
    return {name: json.dumps(found) for name, found in ids.items()} if dialect == "sqlite" else dict(ids)


def _by_term(duties: Sequence[Duty], when: ColumnElement[bool]) -> Select[Any]:
    """Walks along the terms and leaves out what is nobody's duty here, message by message: soon enough are found."""
    concerns = or_(
        *(
            and_(is_code(Message.status, duty.status), among_codes(Deadline.kind, duty.clocks), measures(duty))
            for duty in duties
        )
    )
    walked = (
        select(Deadline.message_id, Deadline.due_at)
        .where(
            is_code(Deadline.state, DeadlineState.OPEN),
            when,
            select(concerns).where(Message.id == Deadline.message_id).correlate(Deadline).scalar_subquery(),
        )
        .order_by(Deadline.due_at, Deadline.id)
        .limit(CLOCKS * COUNTED)
        .subquery()
    )
    first = func.min(walked.c.due_at)
    by_message = select(walked.c.message_id.label("id")).group_by(walked.c.message_id)
    return select(by_message.order_by(first, walked.c.message_id).limit(COUNTED).subquery().c.id)


def _without_term(duty: Duty) -> Select[Any]:
    newest = (
        select(Message.id)
        .where(is_code(Message.status, duty.status))
        .order_by(Message.received_at.desc(), Message.id.desc())
        .limit(COUNTED)
        .subquery()
    )
    return select(Message.id).where(Message.id.in_(select(newest.c.id)), not_(runs(duty)))

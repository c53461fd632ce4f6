"""What the log says has happened since somebody looked: the small question of every poll."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import func, or_, select

from osm.extensions import db
from osm.regulation.words import Action
from osm.store.models import Event
from osm.store.models.log import READ

_NOBODYS_WORK = (READ, "log_in", "log_out")
"""Who reads or comes in changes nothing that waits for anybody."""

BRINGS: frozenset[str] = frozenset(
    {
        "enter",
        Action.RESTORE,
        Action.ROUTE,
        Action.TAKE_ROUTING_BACK,
        Action.REROUTE,
        Action.SUBSTITUTE,
        Action.ADD_EXECUTOR,
        Action.SUBMIT_PART,
        Action.RETURN_PART,
        Action.SUBMIT_DRAFT,
        Action.WITHDRAW_DRAFT,
        Action.APPROVE_DRAFT,
        Action.CORRECT_AND_APPROVE,
        Action.RETURN_DRAFT,
        Action.REVOKE_APPROVAL,
        Action.PUBLISH_CLARIFICATION,
        Action.PUBLISH_INTERIM,
        Action.AUTHOR_ANSWERED,
        Action.PREPARE_FINAL,
        Action.REOPEN,
    }
)
"""After these a message waits for somebody for whom it did not wait before."""


OTHERS = (
    "note",
    "instruction",
    "urgent_report",
    "shortcoming",
    "memo",
    "thread_offer",
    "page_guard",
    "page_task",
    "told_facts",
)
"""Kinds of objects that wait for people beside messages: whatever is done to one may bring it to somebody."""


@dataclass(frozen=True, slots=True)
class Arrivals:
    """What others have brought: messages that came to the next step, those with a term missed, and OTHERS by kind."""

    messages: frozenset[int]
    late: frozenset[int]
    others: Mapping[str, frozenset[int]]


def latest_event() -> int:
    """The number of the last row of the log; 0 in an empty one."""
    return db.session.scalar(select(func.max(Event.id))) or 0


def happened_after(event_id: int) -> int | None:
    """The number of the last act after this one, None where there was none: nothing has to be counted anew.

    One statement that walks along the end of the log. On PostgreSQL an act with a smaller number may be committed
    later; it is noticed with the next one.
    """
    return db.session.scalar(select(func.max(Event.id)).where(Event.id > event_id, Event.action.not_in(_NOBODYS_WORK)))


def arrivals(event_id: int, person_id: int) -> Arrivals:
    """What others than this person, or the machine, have brought after this row of the log."""
    others = or_(Event.actor_id.is_(None), Event.actor_id != person_id)
    found = db.session.execute(
        select(Event.message_id, Event.action, Event.object_kind, Event.object_id).where(
            Event.id > event_id,
            others,
            or_(Event.action.in_([*sorted(BRINGS), "breach"]), Event.object_kind.in_(OTHERS)),
        )
    ).all()
    return Arrivals(
        messages=frozenset(message for message, action, *_ in found if action in BRINGS and message),
        late=frozenset(message for message, action, *_ in found if action == "breach" and message),
        others={
            wanted: frozenset(object_id for *_, kind, object_id in found if kind == wanted and object_id)
            for wanted in OTHERS
        },
    )

"""What the log says has happened since somebody looked: the small question of every poll."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import bindparam, func, or_, select

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


MOST = 1000
"""So many numbers of the log are looked through for what others have brought: the question costs the same however long
the log is, and however long ago the list was opened.
"""


@dataclass(frozen=True, slots=True)
class Arrivals:
    """What others have brought: messages that came to the next step, those with a term missed, the rest by kind."""

    messages: frozenset[int]
    late: frozenset[int]
    others: Mapping[str, frozenset[int]]


_BROUGHT = select(Event.message_id, Event.action, Event.object_kind, Event.object_id).where(
    Event.id > bindparam("looked"),
    Event.id <= bindparam("looked") + MOST,
    or_(Event.actor_id.is_(None), Event.actor_id != bindparam("person")),
    or_(Event.action.in_([*sorted(BRINGS), "breach"]), Event.object_id.is_not(None)),
)
"""Built once: it takes longer to build than to run."""


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
    """What others than this person, or the machine, have brought in the MOST numbers of the log after this one."""
    found = db.session.execute(_BROUGHT, {"looked": event_id, "person": person_id}).tuples().all()
    others: defaultdict[str, set[int]] = defaultdict(set)
    for _, _, kind, object_id in found:
        if object_id:
            others[kind].add(object_id)
    return Arrivals(
        messages=frozenset(message for message, action, *_ in found if action in BRINGS and message),
        late=frozenset(message for message, action, *_ in found if action == "breach" and message),
        others={kind: frozenset(ids) for kind, ids in others.items()},
    )

"""A slip of the routing is taken back within seconds, before the executor has opened the message (design §3, П.7)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import select

from osm.extensions import db
from osm.regulation.errors import StaleVersion, TransitionNotAllowed
from osm.regulation.transition_row import ROUTING_UNDO
from osm.regulation.workflow import Action, Condition
from osm.services.acts import Act, act, load_message
from osm.services.assignments import active_assignments, end_assignments
from osm.services.errors import AnsweredTogether, NotFound
from osm.services.messages.bulk import MOST, Chosen
from osm.services.messages.linking import forget_answers
from osm.services.reading import due
from osm.store.models import DeadlineState, Event, Message, ReadingKind, User
from osm.store.transaction import transaction


def take_routing_back(message_id: int, version: int, *, actor: User, now: datetime) -> Message:
    """The message waits for an executor again: `selected`, the hour of П.7 runs on, nobody is asked for anything.

    What was decided with the routing goes too: its topic, and that the message repeats an earlier one.
    Raises StaleVersion where anything came after the routing, TransitionNotAllowed where it is too late or another's.
    """
    with transaction():
        message = load_message(message_id)
        routed = _routing(message)
        given: Collection[Condition] = {Condition.JUST_ROUTED} if _is_just_routed(message, routed, actor, now) else ()
        with act(Action.TAKE_ROUTING_BACK, message_id, version, actor, now, given=given) as step:
            first = active_assignments(message)[0]
            step.object_kind, step.object_id = "assignment", first.id
            end_assignments(message, now)
            if routed is not None:
                step.facts.stopped = (routed.at, DeadlineState.MET)
                _give_back_topic(step, routed)
                forget_answers(message, routed.at, actor=actor, now=now)
        return message


def take_all_back(chosen: Sequence[Chosen], *, actor: User, now: datetime) -> tuple[list[int], dict[int, Exception]]:
    """Each of these that still can be: one that an executor has opened holds up no other. Ids, and what was refused."""
    done: list[int] = []
    refused: dict[int, Exception] = {}
    for one in sorted(chosen, key=lambda one: one.message_id)[:MOST]:
        try:
            done.append(take_routing_back(one.message_id, one.version, actor=actor, now=now).id)
        except (StaleVersion, TransitionNotAllowed, AnsweredTogether, NotFound) as error:
            refused[one.message_id] = error
    return done, refused


def _routing(message: Message) -> Event | None:
    """The last time that it was directed."""
    routings = select(Event).where(Event.message_id == message.id, Event.action == Action.ROUTE)
    return db.session.scalars(routings.order_by(Event.id.desc()).limit(1)).first()


def _is_just_routed(message: Message, routed: Event | None, actor: User, now: datetime) -> bool:
    if routed is None or routed.actor_id != actor.id or now - routed.at > ROUTING_UNDO:
        return False
    is_last = routed.changes["version"][1] == message.version
    return is_last and all(row.opened_at is None for row in active_assignments(message))


def _give_back_topic(step: Act, routed: Event) -> None:
    if "topic_id" not in routed.changes:
        return
    before, chosen = routed.changes["topic_id"]
    step.message.topic_id = before
    step.changes["topic_id"] = (chosen, before)
    due.owe([step.message.id], [ReadingKind.SEARCH])

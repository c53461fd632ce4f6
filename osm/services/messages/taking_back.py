"""A slip is taken back within seconds: a routing before the executor has opened it (design §3, П.7), or a closing."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import select

from osm.extensions import db
from osm.regulation.errors import StaleVersion, TransitionNotAllowed
from osm.regulation.transition_row import SLIP_UNDO
from osm.regulation.workflow import CLOSED, Action, Condition, Role
from osm.services.acts import Act, act, load_message
from osm.services.assignments import active_assignments, end_assignments
from osm.services.errors import AnsweredTogether, NotFound
from osm.services.messages import closing
from osm.services.messages.bulk import MOST, Chosen
from osm.services.messages.linking import forget_answers
from osm.services.reading import due
from osm.store.models import DeadlineState, Event, Message, ReadingKind, User
from osm.store.queries.inbox.just_done import CLOSINGS, is_a_slip
from osm.store.transaction import transaction

SLIP = "Закрыто по ошибке, отменено сразу."
_TOO_LATE = f"отменяет тот, кто закрыл, за {SLIP_UNDO.seconds} секунд; дальше — «Вернуть в работу» на карточке"


def take_routing_back(message_id: int, version: int, *, actor: User, now: datetime) -> Message:
    """The message waits for an executor again: `selected`, the hour of П.7 runs on, nobody is asked for anything.

    What was decided with the routing goes too: its topic, and that the message repeats an earlier one.
    Raises StaleVersion where anything came after the routing, TransitionNotAllowed where it is too late or another's.
    """
    with transaction():
        message = load_message(message_id)
        routed = _last(message, (Action.ROUTE,))
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


def take_closing_back(message_id: int, version: int, *, actor: User, now: datetime) -> Message:
    """«Не требует ответа», «Исключить»: the message is new again, its clocks run on, the marks of the check return.

    Raises StaleVersion where anything came after it, TransitionNotAllowed where it is too late or another's.
    """
    with transaction():
        message = load_message(message_id)
        closed = _last(message, CLOSINGS)
        if message.version == version and not _is_just_closed(message, closed, actor, now):
            raise TransitionNotAllowed(
                message.status, Action.RESTORE, actor.roles, allowed=actor.roles, reason=_TOO_LATE
            )
        # A moderator excludes too, and takes back his own slip.
        as_curator = (Role.CURATOR,)
        return closing.restore_message(message_id, version, reason=SLIP, actor=actor, now=now, roles=as_curator)


def _take_back(message_id: int, version: int, *, actor: User, now: datetime) -> Message:
    """A closed message was closed by the slip, an open one was directed by it."""
    message = db.session.get(Message, message_id)
    is_closed = message is not None and message.status in CLOSED
    take = take_closing_back if is_closed else take_routing_back
    return take(message_id, version, actor=actor, now=now)


def take_all_back(chosen: Sequence[Chosen], *, actor: User, now: datetime) -> tuple[list[int], dict[int, Exception]]:
    """Each of these that still can be: one that an executor has opened holds up no other. Ids, and what was refused."""
    done: list[int] = []
    refused: dict[int, Exception] = {}
    for one in sorted(chosen, key=lambda one: one.message_id)[:MOST]:
        try:
            done.append(_take_back(one.message_id, one.version, actor=actor, now=now).id)
        except (StaleVersion, TransitionNotAllowed, AnsweredTogether, NotFound) as error:
            refused[one.message_id] = error
    return done, refused


def _last(message: Message, actions: Collection[Action]) -> Event | None:
    """The last of these acts upon it."""
    found = select(Event).where(Event.message_id == message.id, Event.action.in_(actions))
    return db.session.scalars(found.order_by(Event.id.desc()).limit(1)).first()


def _is_just_closed(message: Message, closed: Event | None, actor: User, now: datetime) -> bool:
    if closed is None or closed.actor_id != actor.id or now - closed.at > SLIP_UNDO:
        return False
    return is_a_slip(closed.changes, message.status, message.version)


def _is_just_routed(message: Message, routed: Event | None, actor: User, now: datetime) -> bool:
    if routed is None or routed.actor_id != actor.id or now - routed.at > SLIP_UNDO:
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

"""One act upon many messages with one reason: all of it happens or nothing, and each message has its own log row."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import select

from osm.check.acts import due
from osm.check.acts.verdicts import MarkedFirst, StillMarked
from osm.extensions import db
from osm.flow.acts.act import Act, act, load_message
from osm.flow.acts.edits import active_assignments, end_assignments
from osm.inbox.queries.inbox import CLOSINGS, is_a_slip
from osm.messages.acts import closing, routing
from osm.messages.acts.closing import forget_answers
from osm.regulation.errors import MissingInput, StaleVersion, TransitionNotAllowed
from osm.regulation.transition_row import SLIP_UNDO
from osm.regulation.words import STATUS_LABELS, Status
from osm.regulation.workflow import CLOSED, Action, Condition, Role
from osm.services.errors import AnsweredTogether, NotFound, ServiceError
from osm.store.models import DeadlineState, Event, Message, ReadingKind, User
from osm.store.transaction import transaction

# --- One act upon many messages with one reason
MOST = 200
"""Messages at once: more cannot have been read one by one, and others wait for the database."""

MARKED = "предлагается исключить (п. 17): сначала «Исключить» или «Отметка ошибочна» на карточке"


@dataclass(frozen=True, slots=True)
class Chosen:
    """A message and the version of it that the person saw."""

    message_id: int
    version: int


One = TypeVar("One", bound=Chosen)


@dataclass(frozen=True, slots=True)
class Proposed(Chosen):
    """A message with what was proposed for it and seen so."""

    executor_id: int | None
    topic_id: int | None
    """The topic that its words suggest."""
    repeat: tuple[int, int] | None
    """The earlier message that it repeats, and the version of that pair (П.15)."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why nothing can be done to this message. `was_changed`: somebody acted upon it since it was seen."""

    message_id: int
    number: str
    status: Status
    was_changed: bool
    why: str = ""
    """The reason in words, where it is neither the status nor a change."""

    @property
    def words(self) -> str:
        if self.why:
            return self.why
        stands = f"сейчас «{STATUS_LABELS[self.status]}»"
        return f"изменено, пока список был открыт, {stands}" if self.was_changed else f"{stands}, так сделать нельзя"


class BulkRefused(ServiceError):
    """Some of the messages cannot be acted upon, so none was; `refusals` says which and why."""

    def __init__(self, refusals: Sequence[Refusal]) -> None:
        self.refusals = tuple(refusals)
        super().__init__("Ничего не сделано: не все отмеченные сообщения можно изменить.")


class TooMany(ServiceError):
    """None chosen, or more than MOST."""


def route_messages(
    chosen: Sequence[Chosen],
    *,
    executor_id: int | None,
    task: str,
    marked_seen: bool = False,
    actor: User,
    now: datetime,
) -> int:
    """Direct all of them to one executor (П.7); how many. Raises BulkRefused, MarkedFirst, MissingInput, TooMany."""
    return _each(
        chosen,
        lambda one: routing.route_message(
            one.message_id,
            one.version,
            executor_id=executor_id,
            task=task,
            marked_seen=marked_seen,
            actor=actor,
            now=now,
        ),
    )


def route_proposed(chosen: Sequence[Proposed], *, actor: User, now: datetime) -> int:
    """Direct each of them to whom it was proposed (П.7); how many. Raises BulkRefused, TooMany."""
    return _each(
        chosen,
        lambda one: routing.route_message(
            one.message_id,
            one.version,
            executor_id=one.executor_id,
            task="",
            suggested_topic_id=one.topic_id,
            repeat=one.repeat,
            actor=actor,
            now=now,
        ),
        also=(MissingInput,),  # each has its own executor: what is wrong with one is no mistake of the form
    )


def dismiss_messages(chosen: Sequence[Chosen], *, reason: str, actor: User, now: datetime) -> int:
    """None of them needs a reaction (П.6), for one reason."""
    return _each(
        chosen,
        lambda one: closing.dismiss_message(one.message_id, one.version, reason=reason, actor=actor, now=now),
    )


def exclude_messages(chosen: Sequence[Chosen], *, ground: str, note: str, actor: User, now: datetime) -> int:
    """None of them is to be processed (П.17), on one ground; what each says now is kept as evidence."""
    return _each(
        chosen,
        lambda one: closing.exclude_message(
            one.message_id, one.version, ground=ground, note=note, actor=actor, now=now
        ),
    )


def _each(chosen: Sequence[One], act: Callable[[One], Any], also: tuple[type[Exception], ...] = ()) -> int:
    """Every act in its own savepoint, so that all refusals are known before everything is undone.

    `also`: what is a refusal of one message here, beside what always is.
    """
    # In one order: two people who chose the same messages wait for each other, never in a circle.
    ordered = sorted({one.message_id: one for one in chosen}.values(), key=lambda one: one.message_id)
    if not ordered:
        raise TooMany("Отметьте хотя бы одно сообщение.")
    if len(ordered) > MOST:
        raise TooMany(f"Отмечено {len(ordered)} сообщений, за один раз можно не больше {MOST}. Ничего не сделано.")
    refusals: tuple[type[Exception], ...] = (StaleVersion, TransitionNotAllowed, NotFound, StillMarked, *also)
    refused: dict[int, Exception] = {}
    marked: list[int] = []
    with transaction():
        for one in ordered:
            try:
                act(one)
            except refusals as error:
                refused[one.message_id] = error
            except MarkedFirst:
                marked.append(one.message_id)
        if refused:
            raise BulkRefused(_refusals(refused))
        if marked:
            raise MarkedFirst(_marked_words(marked, len(ordered)))
    return len(ordered)


def _marked_words(marked: Sequence[int], of: int) -> str:
    numbers = db.session.scalars(select(Message.number).where(Message.id.in_(marked)).order_by(Message.id))
    named = ", ".join(f"№ {number}" for number in numbers)
    return f"Проверка предлагает исключить {len(marked)} из {of} отмеченных (п. 17): {named}."


def _refusals(refused: dict[int, Exception]) -> list[Refusal]:
    found = db.session.execute(
        select(Message.id, Message.number, Message.status).where(Message.id.in_(refused)).order_by(Message.id)
    )
    return [
        Refusal(message_id, number, status, isinstance(error := refused[message_id], StaleVersion), why_not(error))
        for message_id, number, status in found
    ]


def why_not(error: Exception) -> str:
    """What a refusal says of one message among many, where it is neither its status nor a change."""
    if isinstance(error, StillMarked | MarkedFirst):
        return MARKED
    return str(error) if isinstance(error, MissingInput) else ""


# --- A slip is taken back within seconds
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
    due.enqueue([step.message.id], [ReadingKind.SEARCH])

"""One act on many messages with one reason: either all change or none, and each gets its own log row."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any, TypeVar

from sqlalchemy import select

from osm.base.database import db
from osm.base.errors import AnsweredTogether, BulkRefused, NotFound, TooMany
from osm.base.transaction import transaction
from osm.check.acts import due
from osm.check.acts.verdicts import MarkedFirst, StillMarked
from osm.flow.acts.act import Act, act, load_message
from osm.flow.acts.moving import active_assignments, end_assignments
from osm.inbox.queries.inbox import CLOSINGS, is_a_slip
from osm.messages.acts import closing, routing
from osm.models import Event, Message, ReadingKind, User
from osm.regulation.errors import MissingInput, StaleVersion, TransitionNotAllowed
from osm.regulation.transitions import CLOSED, SLIP_UNDO, Condition
from osm.regulation.words import Action, DeadlineState, Role, Status

MOST = 200  # messages at once: more cannot have been read one by one, and others wait for the database

MARKED = "предлагается исключить (п. 17): сначала «Исключить» или «Отметка ошибочна» на карточке"


@dataclass(frozen=True, slots=True)
class Chosen:
    message_id: int
    version: int


One = TypeVar("One", bound=Chosen)


@dataclass(frozen=True, slots=True)
class Proposed(Chosen):
    executor_id: int | None
    topic_id: int | None  # the topic that its words suggest
    repeat: tuple[int, int] | None  # the earlier message that it repeats, and the version of that pair (П.15)


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why nothing can be done to this message. `was_changed`: somebody acted on it after the person saw it."""

    message_id: int
    number: str
    status: Status
    was_changed: bool
    why: str = ""  # the reason in words, where it is neither the status nor a change

    @property
    def words(self) -> str:
        if self.why:
            return self.why
        present = f"сейчас «{self.status.label}»"
        return f"изменено, пока список был открыт, {present}" if self.was_changed else f"{present}, так сделать нельзя"


def route_messages(
    chosen: Sequence[Chosen], *, executor_id: int | None, task: str, marked_seen: bool = False, actor: User,
    now: datetime,
) -> int:  # fmt: skip
    """Direct all to one executor (П.7), return how many. Raises BulkRefused, MarkedFirst, MissingInput, TooMany."""
    route = partial(
        routing.route_message, executor_id=executor_id, task=task, marked_seen=marked_seen, actor=actor, now=now
    )
    return _each(chosen, lambda one: route(one.message_id, one.version))


def route_proposed(chosen: Sequence[Proposed], *, actor: User, now: datetime) -> int:
    """Direct each message to its proposed executor (П.7) and return their number. Raises BulkRefused, TooMany."""

    def route(one: Proposed) -> None:
        routing.route_message(
            one.message_id,
            one.version,
            executor_id=one.executor_id,
            task="",
            suggested_topic_id=one.topic_id,
            repeat=one.repeat,
            actor=actor,
            now=now,
        )

    return _each(chosen, route, also=(MissingInput,))  # each has its own executor: it is not an error of the form


def dismiss_messages(chosen: Sequence[Chosen], *, reason: str, actor: User, now: datetime) -> int:
    dismiss = partial(closing.dismiss_message, reason=reason, actor=actor, now=now)
    return _each(chosen, lambda one: dismiss(one.message_id, one.version))


def exclude_messages(chosen: Sequence[Chosen], *, ground: str, note: str, actor: User, now: datetime) -> int:
    exclude = partial(closing.exclude_message, ground=ground, note=note, actor=actor, now=now)
    return _each(chosen, lambda one: exclude(one.message_id, one.version))


def _each(chosen: Sequence[One], act: Callable[[One], Any], also: tuple[type[Exception], ...] = ()) -> int:
    """Run every act in its own savepoint, so that all refusals are known before everything is rolled back. `also`:
    further errors that refuse one message here."""
    ordered = in_order(chosen)
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


def in_order(chosen: Sequence[One]) -> list[One]:
    """Each message once, by id, so that two people who chose the same messages cannot deadlock. Raises TooMany."""
    ordered = sorted({one.message_id: one for one in chosen}.values(), key=lambda one: one.message_id)
    TooMany.when(not ordered, "Отметьте хотя бы одно сообщение.")
    words = f"Отмечено {len(ordered)} сообщений, за один раз можно не больше {MOST}. Ничего не сделано."
    TooMany.when(len(ordered) > MOST, words)
    return ordered


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
    """Why one of many messages was refused, in words; empty where the reason is its status or a change."""
    if isinstance(error, StillMarked | MarkedFirst):
        return MARKED
    return str(error) if isinstance(error, MissingInput) else ""


# --- Undo within seconds
SLIP = "Закрыто по ошибке, отменено сразу."
_TOO_LATE = f"отменяет тот, кто закрыл, за {SLIP_UNDO.seconds} секунд; дальше — «Вернуть в работу» на карточке"


def take_routing_back(message_id: int, version: int, *, actor: User, now: datetime) -> Message:
    """Undo the routing: the message is `selected` again, its hour of П.7 continues, its assignments end. The topic and
    the confirmed repeat that were set with the routing are undone too. Raises StaleVersion after any later act,
    TransitionNotAllowed after SLIP_UNDO or for another person."""
    with transaction():
        message = load_message(message_id)
        routed, active = _just_done(message, (Action.ROUTE,), actor, now), active_assignments(message)
        is_last = routed is not None and routed.changes["version"][1] == message.version
        can_undo = is_last and all(row.opened_at is None for row in active)
        given: Collection[Condition] = {Condition.JUST_ROUTED} if can_undo else ()
        with act(Action.TAKE_ROUTING_BACK, message_id, version, actor, now, given=given) as step:
            step.object_kind, step.object_id = "assignment", active[0].id
            end_assignments(message, now)
            if routed is not None:
                step.facts.stopped = (routed.at, DeadlineState.MET)
                _restore_topic(step, routed)
                closing.undo_decisions(message, routed.at, actor=actor, now=now)
        return message


def take_closing_back(message_id: int, version: int, *, actor: User, now: datetime) -> Message:
    """Undo «Не требует ответа» or «Исключить»: the message is new, its clocks continue, the marks of the check return.
    Raises StaleVersion after any later act, TransitionNotAllowed after SLIP_UNDO or for another person."""
    with transaction():
        message = load_message(message_id)
        closed = _just_done(message, CLOSINGS, actor, now)
        is_slip = closed is not None and is_a_slip(closed.changes, message.status, message.version)
        if message.version == version and not is_slip:
            raise TransitionNotAllowed(
                message.status, Action.RESTORE, actor.roles, allowed=actor.roles, reason=_TOO_LATE
            )
        # A moderator may exclude, so he may undo it as well.
        as_curator = (Role.CURATOR,)
        return closing.restore_message(message_id, version, reason=SLIP, actor=actor, now=now, roles=as_curator)


def take_all_back(chosen: Sequence[Chosen], *, actor: User, now: datetime) -> tuple[list[int], dict[int, Exception]]:
    """Undo those that still can be; one refusal does not stop the others. Returns the ids undone, the errors by id."""
    done: list[int] = []
    refused: dict[int, Exception] = {}
    for one in sorted(chosen, key=lambda one: one.message_id)[:MOST]:
        message = db.session.get(Message, one.message_id)
        is_closed = message is not None and message.status in CLOSED
        take_back = take_closing_back if is_closed else take_routing_back
        try:
            done.append(take_back(one.message_id, one.version, actor=actor, now=now).id)
        except (StaleVersion, TransitionNotAllowed, AnsweredTogether, NotFound) as error:
            refused[one.message_id] = error
    return done, refused


def _just_done(message: Message, actions: Collection[Action], actor: User, now: datetime) -> Event | None:
    """The last event of the message with one of these actions, if this person may still undo it."""
    found = select(Event).where(Event.message_id == message.id, Event.action.in_(actions))
    event = db.session.scalars(found.order_by(Event.id.desc()).limit(1)).first()
    return event if event and event.actor_id == actor.id and now - event.at <= SLIP_UNDO else None


def _restore_topic(step: Act, routed: Event) -> None:
    if "topic_id" not in routed.changes:
        return
    before, chosen = routed.changes["topic_id"]
    step.message.topic_id = before
    step.changes["topic_id"] = (chosen, before)
    due.enqueue([step.message.id], [ReadingKind.SEARCH])

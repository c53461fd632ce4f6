"""Open work goes over to whoever stands in, and back again, with one confirmation (П.3): all of it or nothing."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import text

from osm.extensions import db
from osm.regulation.errors import MissingInput, StaleVersion, TransitionNotAllowed
from osm.regulation.parts import PartState
from osm.regulation.words import Action, Role
from osm.services.acts import Act, act, load_message
from osm.services.assignments import active_assignments, end_assignment
from osm.services.errors import ServiceError
from osm.services.log.log import record
from osm.services.messages.co_executors import StandsIn, replace_executor
from osm.services.staff.absences import local_day
from osm.store.models import Assignment, User
from osm.store.queries.log.history_words import KEPT
from osm.store.queries.staff.handovers import Held, Offer, OfferKind, offers_on
from osm.store.queries.staff.substitutes import roster_on
from osm.store.transaction import transaction

Done = tuple[Offer, User]


class OfferChanged(ServiceError):
    """What was to be handed over is not what the person saw: somebody was quicker, or the absence was changed."""

    def __init__(self) -> None:
        super().__init__(
            "Пока страница была открыта, список сообщений или отсутствие изменились. Ничего не передано: "
            "откройте «Ждёт меня», проверьте и нажмите ещё раз, если ещё нужно."
        )


def hand_over(holder_id: int, owner_id: int, seen: str, *, target_id: int | None, actor: User, now: datetime) -> Done:
    """Give everything of an offer to its target, or to `target_id` where nobody stands in; what was done, and to whom.

    No term moves by it. `seen`: `Offer.seen` of what the person had before him. Raises OfferChanged, MissingInput.
    """
    try:
        with transaction():
            offer = _found(holder_id, owner_id, seen, now)
            target = _target(offer, target_id, now)
            for item in offer.items:
                _hand_over(item, offer, target, actor, now)
            return offer, target
    except (StaleVersion, TransitionNotAllowed):
        raise OfferChanged from None  # somebody acted upon one of the messages at this very moment


def keep(holder_id: int, owner_id: int, seen: str, *, actor: User, now: datetime) -> Offer:
    """The substitute finishes what he has, although the other is there again. Raises OfferChanged."""
    with transaction():
        offer = _found(holder_id, owner_id, seen, now)
        if offer.kind is not OfferKind.BACK:
            raise OfferChanged
        for item in offer.items:
            message = load_message(item.message_id)
            if message.version != item.version:
                raise OfferChanged
            row = db.session.get_one(Assignment, item.assignment_id)
            row.kept_at = now
            record(KEPT, at=now, actor=actor, message=message, object_kind="assignment", object_id=row.id, clause="П.3")
        return offer


def _found(holder_id: int, owner_id: int, seen: str, now: datetime) -> Offer:
    if db.engine.dialect.name == "postgresql":
        # An absence that is being changed at this moment is waited for: the work must not go where it led before.
        db.session.execute(text("LOCK TABLE absence IN SHARE MODE"))
    wanted = (holder_id, owner_id, seen)
    found = [o for o in offers_on(local_day(now)) if (o.holder_id, o.owner_id, o.seen) == wanted]
    if not found:
        raise OfferChanged
    return found[0]


def _target(offer: Offer, target_id: int | None, now: datetime) -> User:
    if offer.target_id is not None:
        return db.session.get_one(User, offer.target_id)
    target = db.session.get(User, target_id) if target_id else None
    if target is None or not target.is_active or Role.EXECUTOR not in target.own_roles or target.id == offer.holder_id:
        raise MissingInput("target_id", "Выберите, кому передать сообщения.")
    if roster_on(local_day(now)).is_away(target.id):
        raise MissingInput("target_id", f"{target.name} тоже отсутствует. Выберите другого исполнителя.")
    return target


def _hand_over(item: Held, offer: Offer, target: User, actor: User, now: datetime) -> None:
    action = Action.REROUTE if offer.kind is OfferKind.BLOCKED else Action.SUBSTITUTE
    with act(action, item.message_id, item.version, actor, now) as step:
        row = next((one for one in active_assignments(step.message) if one.id == item.assignment_id), None)
        if row is None:
            raise OfferChanged
        stands_for = None if offer.kind is OfferKind.BLOCKED or target.id == offer.owner_id else offer.owner_id
        _replace(step, row, target, stands_for)


def _replace(step: Act, row: Assignment, executor: User, for_id: int | None) -> None:
    """Another has the task from now on; the order and every term stay as they were.

    Who already prepares this message too gets the task beside his own, in one assignment.
    """
    own = next((one for one in active_assignments(step.message) if one.executor_id == executor.id), None)
    if own is None:
        own = replace_executor(step, row, executor, StandsIn(for_id))
    else:
        end_assignment(row, step.now)
        _add_task(own, row)
    step.changes["executor_id"] = (row.executor_id, executor.id)
    step.changes["stands_for_id"] = (row.for_id, for_id)
    step.object_kind, step.object_id = "assignment", own.id


def _add_task(own: Assignment, row: Assignment) -> None:
    if row.task and row.task != own.task:
        own.task = "\n".join(filter(None, (own.task, row.task)))
    own.version += 1
    if row.part_state is not PartState.SENT and own.part_state is PartState.SENT:
        own.part_state = PartState.WAITING  # he is asked once more, for what the other had not sent

"""Days and hours: moved, given a time, taken off it, cancelled, brought back; a whole week shifted (Пр.1.2.4)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta

from sqlalchemy import delete

from osm.extensions import db
from osm.regulation.errors import MissingInput
from osm.regulation.plan.steps import OPEN
from osm.regulation.plan.words import PlanAct, PublicationState
from osm.regulation.words import PRESS_CENTRE
from osm.services.edits import settle
from osm.services.errors import NotYours, ServiceError
from osm.services.plan import outgoing, versions
from osm.services.plan.outgoing import waiting_actions, withdraw
from osm.services.plan.steps import instant_of, local_time, not_past, plan_step, publication, step_upon, zone
from osm.store.models import EmergencyHold, Publication, User
from osm.store.transaction import transaction

LATE_MINUTES = (0, 15, 60, 180, 1440)
"""So late a post may go out when the server was off at its time; the first: it always waits for its author."""
_USUAL_LATE = 60
UNDO = timedelta(seconds=60)
"""So long «Выпустить сейчас» can be taken back: citizens have not seen it."""


def move(publication_id: int, version: int, day: date | None, *, actor: User, now: datetime) -> Publication:
    """To another day, at the same hour. Raises MissingInput (`day`)."""
    with plan_step(PlanAct.MOVE, publication_id, version, actor=actor, now=now) as step:
        row, before = step.row, step.row.day.isoformat()
        withdraw(row, actor=actor, now=now)
        _put(row, day, local_time(row.at), now)
        step.changes["plan_day"] = (before, row.day.isoformat())
        return row


def set_time(
    publication_id: int,
    version: int,
    day: date | None,
    at: time | None,
    *,
    late_minutes: int | None = None,
    schedule: bool = False,
    at_once: bool = False,
    actor: User,
    now: datetime,
) -> Publication:
    """Day and hour; `schedule`: it goes out then by itself, or a person is reminded to place it by hand.

    `at_once`: after UNDO, whatever day and hour were given.

    Raises MissingInput (`day`, `time`, `pages`).
    """
    act = PlanAct.SCHEDULE if schedule else PlanAct.MOVE
    with plan_step(act, publication_id, version, actor=actor, now=now) as step:
        row, before = step.row, (step.row.day.isoformat(), step.row.at)
        withdraw(row, actor=actor, now=now)
        if row.state is PublicationState.SCHEDULED:
            if at is None and not at_once:
                raise MissingInput("time", "Укажите время: без него публикация не выйдет.")
            if not row.placements:
                raise MissingInput("pages", "Сначала выберите страницы, на которых публикация выйдет.")
        if at_once:
            row.at = now + UNDO
            row.day = row.at.astimezone(zone()).date()
        else:
            _put(row, day, at, now)
        if schedule:  # who plans it anew has decided about it: no emergency holds it any more
            db.session.execute(delete(EmergencyHold).where(EmergencyHold.publication_id == row.id))
        row.late_minutes = late_minutes if late_minutes in LATE_MINUTES else _USUAL_LATE
        step.changes |= {"plan_day": (before[0], row.day.isoformat()), "plan_at": (before[1], row.at)}
        return row


def unschedule(publication_id: int, version: int, *, actor: User, now: datetime) -> Publication:
    """It stays approved and goes out no more by itself."""
    with plan_step(PlanAct.UNSCHEDULE, publication_id, version, actor=actor, now=now) as step:
        withdraw(step.row, actor=actor, now=now)
        return step.row


def try_again(publication_id: int, version: int, *, actor: User, now: datetime) -> Publication:
    """The program is to do after all what it had left to people. ServiceError where there is nothing of that kind."""
    with publication(publication_id, version) as row:
        if actor.roles.isdisjoint(PRESS_CENTRE):
            raise NotYours("План ведёт пресс-центр. Ничего не изменено.")
        if not outgoing.try_again(row, now=now):
            raise ServiceError("Программе здесь нечего повторять. Ничего не изменено.")
        settle("plan_try_again", "publication", row, {}, actor=actor, now=now)
        return row


def cancel(publication_id: int, version: int, *, reason: str, actor: User, now: datetime) -> Publication:
    """It will not go out; what stands on a page already stays there."""
    with plan_step(PlanAct.CANCEL, publication_id, version, actor=actor, now=now) as step:
        withdraw(step.row, actor=actor, now=now)
        step.row.reason = step.note = reason.strip()
        step.row.cancelled_at = now
        return step.row


def restore(publication_id: int, version: int, *, actor: User, now: datetime) -> Publication:
    """Back in the plan as a draft, on its day."""
    with plan_step(PlanAct.RESTORE, publication_id, version, actor=actor, now=now) as step:
        step.row.cancelled_at, step.row.reason = None, ""
        versions.forget_approval(step.row)
        return step.row


def shift(seen: Sequence[tuple[int, int]], days: int, *, actor: User, now: datetime) -> tuple[int, int]:
    """All of these by so many days, each under the version that was seen: how many moved, and how many did not.

    What has been placed or changed meanwhile, or would come into the past, stays where it is.
    """
    if actor.roles.isdisjoint(PRESS_CENTRE):
        raise NotYours("План ведёт пресс-центр. Ничего не перенесено.")
    moved = 0
    with transaction():
        wanted = db.select(Publication).where(Publication.id.in_([row_id for row_id, _ in seen]))
        rows = {row.id: row for row in db.session.scalars(wanted.order_by(Publication.id).with_for_update()).unique()}
        for row_id, version in seen:
            row = rows.get(row_id)
            if row is None or row.version != version or row.state not in OPEN:
                continue
            day = row.day + timedelta(days=days)
            at = instant_of(day, local_time(row.at))
            if _is_past(day, at, now) or waiting_actions(row):
                continue
            before = row.day.isoformat()
            with step_upon(row, PlanAct.MOVE, actor, now) as step:
                withdraw(row, actor=actor, now=now)
                row.day, row.at = day, at
                step.changes["plan_day"] = (before, day.isoformat())
            moved += 1
    return moved, len(seen) - moved


def _put(row: Publication, day: date | None, at: time | None, now: datetime) -> None:
    if day is None:
        raise MissingInput("day", "Выберите день.")
    instant = instant_of(day, at)
    not_past("day" if row.at and local_time(row.at) == at else "time", day, instant, now)
    row.day, row.at = day, instant


def _is_past(day: date, at: datetime | None, now: datetime) -> bool:
    try:
        not_past("day", day, at, now)
    except MissingInput:
        return True
    return False

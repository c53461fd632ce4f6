"""The day is handed over: who goes says what is open, who comes takes it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select

from osm.extensions import db
from osm.regulation.errors import MissingInput
from osm.regulation.words import PRESS_CENTRE
from osm.services.clocks.clocks import in_force
from osm.services.edits import hold_out_others, settle
from osm.services.errors import NotFound, NotYours, ServiceError
from osm.services.log.log import record
from osm.store.models import Shift, User
from osm.store.queries.control.shift_content import WAITS, open_now
from osm.store.transaction import transaction

LONGEST_NOTE = 4_000


class ShiftWaits(ServiceError):
    """Somebody has handed over, and nobody has taken it yet."""

    def __init__(self, row: Shift, actor: User) -> None:
        self.shift_id = row.id
        at = f"{in_force().calendar.local(row.given_at):%d.%m в %H:%M}"
        if row.given_by_id == actor.id:
            words = f"Вы уже сдали смену {at}, её ещё не приняли. Чтобы сдать заново, отмените прежнюю сдачу."
        else:
            words = f"Смену сдаёт {row.given_by.name}, {at}: её ещё не приняли. Сначала примите её."
        super().__init__(words)


class ShiftSettled(ServiceError):
    """Somebody was quicker: it was taken, or taken back."""

    def __init__(self, row: Shift) -> None:
        at = in_force().calendar.local(row.taken_at or row.withdrawn_at or row.given_at)
        if row.taken_by is not None:
            words = f"Смена уже принята: {row.taken_by.name}, {at:%d.%m в %H:%M}. Ничего не изменено."
        else:
            words = f"Сдача смены отменена: {row.given_by.name}, {at:%d.%m в %H:%M}. Ничего не изменено."
        super().__init__(words)


def give(*, note: str, actor: User, now: datetime) -> Shift:
    """Hand over: what is open now stands in it, with a note. Raises ShiftWaits, MissingInput."""
    _only_press_centre(actor)
    said = note.strip()
    if len(said) > LONGEST_NOTE:
        raise MissingInput("note", f"Больше {LONGEST_NOTE} знаков. Сократите.")
    with transaction() as session:
        hold_out_others("shift")
        waiting = session.scalars(select(Shift).where(WAITS).order_by(Shift.id).limit(1)).first()
        if waiting is not None:
            raise ShiftWaits(waiting, actor)
        row = Shift(given_at=now, given_by_id=actor.id, note=said, content=open_now(now, in_force().calendar.tz))
        session.add(row)
        session.flush()
        record("shift_given", at=now, actor=actor, object_kind="shift", object_id=row.id)
        return row


def take(shift_id: int, version: int, *, actor: User, now: datetime) -> Shift:
    """Who comes has read it. Raises ShiftSettled, NotYours."""
    _only_press_centre(actor)
    with transaction():
        row = _waiting(shift_id, version)
        if row.given_by_id == actor.id:
            raise NotYours("Смену принимает тот, кто заступает, а не тот, кто её сдал. Ничего не изменено.")
        row.taken_at, row.taken_by = now, actor
        settle("shift_taken", "shift", row, {"person_id": (None, actor.id)}, actor=actor, now=now)
        return row


def withdraw(shift_id: int, version: int, *, actor: User, now: datetime) -> Shift:
    """Who gave it goes on after all, or gives it anew."""
    with transaction():
        row = _waiting(shift_id, version)
        if row.given_by_id != actor.id:
            raise NotYours("Отменить сдачу может тот, кто сдал смену. Ничего не изменено.")
        row.withdrawn_at = now
        settle("shift_withdrawn", "shift", row, {}, actor=actor, now=now)
        return row


def _waiting(shift_id: int, version: int) -> Shift:
    """Who came first is named before all else: nothing but being taken or taken back changes it."""
    wanted = select(Shift).where(Shift.id == shift_id).with_for_update(of=Shift, key_share=True)
    row = db.session.execute(wanted.execution_options(populate_existing=True)).unique().scalar_one_or_none()
    if row is None:
        raise NotFound("Сдача смены")
    if row.taken_at is not None or row.withdrawn_at is not None or row.version != version:
        raise ShiftSettled(row)
    return row


def _only_press_centre(actor: User) -> None:
    if not actor.has(*PRESS_CENTRE):
        raise NotYours("Смену сдаёт и принимает пресс-центр. Ничего не изменено.")

"""Signs of danger to life (П.9, П.20): who is told of them, who has seen them, what a person decides.

In working time the press centre is told; at any other time the duty officer, then the next of the roster, until
somebody says that he has seen it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import select

from osm.extensions import db
from osm.regulation.control.hours import is_at_work
from osm.regulation.errors import StaleVersion
from osm.regulation.words import PRESS_CENTRE, Importance, Role
from osm.regulation.workflow import OPEN
from osm.services.clocks.clocks import in_force
from osm.services.control import urgent
from osm.services.control.duty import on_call
from osm.services.control.urgent_told import Told
from osm.services.errors import NotFound, NotYours, ServiceError
from osm.services.log.log import Change, record
from osm.services.messages.importance import raise_importance
from osm.store.models import Danger, DangerReply, UrgentReport, User
from osm.store.queries.control.dangers import words_of
from osm.store.queries.control.duty import DutyRow
from osm.store.transaction import transaction

CLAUSE = "П.20"
BATCH = 50
PRESS = 0
"""In `told_ids`: the whole press centre."""


def tell(now: datetime) -> int:
    """Tell the next person of each sign that nobody has seen; how many signs that was."""
    due = Danger.tell_at <= now
    # Looks first without the write lock: mostly there is nothing to do.
    if db.session.scalar(select(Danger.message_id).where(due).limit(1)) is None:
        return 0
    rules = in_force()
    at_work = is_at_work(now, rules.calendar)
    roster = [] if at_work else on_call(now)
    with transaction() as session:
        claim = select(Danger).where(due).order_by(Danger.message_id).limit(BATCH)
        rows = session.scalars(claim.with_for_update(of=Danger, skip_locked=True)).all()
        for row in rows:
            if row.message.status not in OPEN or row.message.recalled_at is not None:
                row.tell_at = None
                continue
            to = _next(row, roster)
            # While people are at work nobody else is called: who is on duty after them is.
            row.tell_at = now + timedelta(minutes=rules.parameters.urgent_call) if at_work or to is not None else None
            if to is not None:
                row.told_ids = [*row.told_ids, to]
                _log("danger_told", row, None, now, {"to_id": (None, to)} if to != PRESS else None)
        return len(rows)


def _next(row: Danger, roster: Sequence[DutyRow]) -> int | None:
    people = [*(turn.person_id for turn in roster), PRESS]
    return next((one for one in people if one not in row.told_ids), None)


def see(message_id: int, version: int, *, actor: User, now: datetime) -> Danger:
    """Somebody looks after it: nobody else is told. Raises NotFound, StaleVersion, NotYours, ServiceError."""
    with transaction():
        row = _undecided(message_id, version, actor)
        if row.seen_by is not None:
            raise ServiceError(f"Уже принято: {row.seen_by.name}. Ничего не изменено.")
        row.seen_at, row.seen_by, row.tell_at, row.version = now, actor, None, row.version + 1
        _log("danger_seen", row, actor, now)
        return row


def report(message_id: int, version: int, *, told: Told, actor: User, now: datetime) -> UrgentReport:
    """It is danger: high importance, and the head is told at once. Raises what `urgent.send` raises, too."""
    with transaction():
        row = _undecided(message_id, version, actor)
        message = row.message
        if message.importance is not Importance.HIGH and message.status in OPEN:
            # The right of the curator; at night it follows of the report of whoever is on duty.
            raise_importance(
                message.id, message.version, detected_at=None, roles={Role.CURATOR}, actor=actor, now=now,
                reason=f"Похоже на угрозу жизни: {words_of(row.found)}",
            )  # fmt: skip
        return urgent.send(told, message_id=message_id, actor=actor, now=now)


def dismiss(message_id: int, version: int, *, actor: User, now: datetime) -> Danger:
    """It is none. Raises as `see` does."""
    with transaction():
        row = _undecided(message_id, version, actor)
        urgent.decide_danger(row, DangerReply.NONE, actor, now)
        _log("danger_none", row, actor, now)
        return row


def _undecided(message_id: int, version: int, actor: User) -> Danger:
    if not actor.has(*PRESS_CENTRE):
        raise NotYours("Об угрозе жизни решает пресс-центр. Ничего не изменено.")
    row = db.session.get(Danger, message_id, with_for_update=True, populate_existing=True)
    if row is None:
        raise NotFound("Признак угрозы жизни")
    if row.reply is not None:
        raise ServiceError("Здесь уже решено. Ничего не изменено.")
    if row.version != version:
        raise StaleVersion(version, row.version)
    return row


def _log(action: str, row: Danger, actor: User | None, now: datetime, changes: dict[str, Change] | None = None) -> None:
    record(
        action, at=now, actor=actor, message=row.message, clause=CLAUSE, changes=changes, object_kind="danger",
        object_id=row.message_id,
    )  # fmt: skip

"""What the worker notices before it seals on: seals that are gone or replaced. It says so, and keeps saying it.

It goes on sealing all the same: what people do from now on is not to be left without seals.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from flask import current_app
from sqlalchemy import select

from osm.extensions import db
from osm.services.log.log import record
from osm.services.log.report import Late
from osm.services.log.seal_file import SealFile
from osm.services.log.seals import BEGINNING, SOON
from osm.store.models import Event, EventSeal
from osm.store.models.log import FAULT, SEALED_LATE, found_words
from osm.store.transaction import transaction

log = logging.getLogger(__name__)

AGAIN_AFTER = timedelta(hours=1)
"""How often a fault that was found is said again."""

_NEWEST = select(EventSeal.number, EventSeal.mac).order_by(EventSeal.number.desc()).limit(2)
_LAST_SEAL, _SAID_AT = "osm_last_seal", "osm_log_fault_said_at"


def remember(seal: EventSeal | None) -> None:
    """The seal that this process has seen last: who can write to database and files cannot make it forget that."""
    current_app.extensions[_LAST_SEAL] = (seal.number, seal.mac) if seal else None


def forget() -> None:
    """Another database has taken the place of the one that this process knew."""
    for name in (_LAST_SEAL, _SAID_AT):
        current_app.extensions.pop(name, None)


def look(outside: SealFile, now: datetime) -> None:
    """Compare what this process knows, the database and the file; what does not agree is said and logged once."""
    newest = [(number, mac) for number, mac in db.session.execute(_NEWEST)]
    if found := _disagreement(outside, newest) + ([] if newest else _never_sealed(now)):
        log.error("log fault", extra={"found": found})
        said = _newest_fault()
        if said is None or found_words(said.changes) != found:
            with transaction():
                record(FAULT, at=now, actor=None, object_kind="log", changes={"found": (None, found)})
    _say_again(now)


def say_late(late: Late, count: int) -> None:
    """Say once that events were without a seal for long: the worker was off, or seals were removed."""
    since, until = (at.astimezone(UTC).isoformat() for at in (late.since, late.until))
    said = {"first_id": late.first_id, "last_id": late.last_id, "since": since, "until": until, "events": count}
    log.warning("log sealed late", extra=said)
    changes = {"from": (None, late.since), "to": (None, late.until), "sealed": (None, count)}
    with transaction():
        record(SEALED_LATE, at=late.until, actor=None, object_kind="log", changes=changes)


def _disagreement(outside: SealFile, newest: Sequence[tuple[int, str]]) -> list[str]:
    """`newest`: number and mac of the last two seals of the database."""
    found = []
    known = current_app.extensions.get(_LAST_SEAL)
    if known and known not in newest and known != _stored(known[0]):
        found.append(f"печать № {known[0]}, которую он поставил, исчезла из базы или подменена")
    there = outside.last()
    # A process that was killed has left its last seal out of the file; it follows now.
    if (there or (0, BEGINNING)) not in [*newest, (0, BEGINNING)][:2]:
        of_file = f"в файле {outside.path.name} последняя печать № {there[0]}" if there else "файла печатей нет"
        in_base = f"в базе № {newest[0][0]}" if newest else "в базе печатей нет"
        found.append(f"{of_file}, {in_base}: они расходятся")
    return found


def _never_sealed(now: datetime) -> list[str]:
    """An installation has the events of its first commands, and nobody's work, before its worker starts."""
    worked = select(Event.id).where(Event.actor_id.is_not(None), Event.at < now - SOON).limit(1)
    return [] if db.session.scalar(worked) is None else ["печатей нет совсем, хотя сотрудники уже работали"]


def _stored(number: int) -> tuple[int, str] | None:
    seal = db.session.get(EventSeal, number)
    return (seal.number, seal.mac) if seal else None


def _say_again(now: datetime) -> None:
    said_at = current_app.extensions.get(_SAID_AT)
    if said_at is not None and now - said_at < AGAIN_AFTER:
        return
    current_app.extensions[_SAID_AT] = now
    if fault := _newest_fault():
        found = found_words(fault.changes)
        log.error("log fault stands", extra={"found_at": fault.at.astimezone(UTC).isoformat(), "found": found})


def _newest_fault() -> Event | None:
    newest = select(Event).where(Event.action == FAULT).order_by(Event.at.desc(), Event.id.desc()).limit(1)
    return db.session.scalars(newest).unique().one_or_none()

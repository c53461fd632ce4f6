"""A request of an integrator: who asks and how often, and a message or an export that he hands over.

A message goes the way of a row of an import (`osm.imports.acts.publishing`), in the load of the day of its source: the
same keys, editions, held rows, clocks and checks, and a person can recall it like any load.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil
from typing import Any

from sqlalchemy import case, delete, func, select, update

from osm.base.database import db
from osm.base.errors import ServiceError
from osm.base.transaction import transaction
from osm.connectors.base import IncomingMessage
from osm.files.acts import scanning
from osm.flow.acts.clocks import in_force
from osm.flow.acts.moving import lock
from osm.imports.acts import arrivals, files, mending, publishing
from osm.imports.queries.runs import count_outcomes
from osm.integrators.rules import KEY_DAYS, Rights, message_of
from osm.log.acts.record import record
from osm.login.acts.sessions import hash_token
from osm.models import ApiRequest, CameBy, ImportRow, ImportRun, ImportState, Integrator, Message, RowOutcome, Topic
from osm.regulation.words import Status
from osm.reminders.acts import mailing

MINUTE = timedelta(minutes=1)


# --- Who asks
class Unknown(ServiceError):
    """No such token."""


class NotAllowed(ServiceError):
    """The token has no such right, or its source comes by file only."""


class TooMany(ServiceError):
    """`wait`: seconds until the next minute."""

    def __init__(self, most: int, wait: int) -> None:
        self.wait = wait
        super().__init__(f"Больше {most} запросов в минуту. Ничего не изменено, повторите через {wait} с.")


class Conflict(ServiceError):
    """What is handed over does not go together with what is here; nothing was stored. `kind`: its code."""

    def __init__(self, kind: str, words: str) -> None:
        self.kind = kind
        super().__init__(words)


def caller(token: str, right: Rights, now: datetime) -> int:
    """The integrator with this token; the request is counted. Raises Unknown, TooMany, NotAllowed."""
    minute = now.replace(second=0, microsecond=0)
    with transaction() as session:
        found = session.execute(
            update(Integrator)
            .where(Integrator.token_hash == hash_token(token), Integrator.archived_at.is_(None))
            .values(
                used_at=now, minute=minute, asked=case((Integrator.minute == minute, Integrator.asked + 1), else_=1)
            )
            .returning(Integrator.id, Integrator.rights, Integrator.asked, Integrator.per_minute)
            .execution_options(synchronize_session=False)
        ).one_or_none()
    if found is None:
        raise Unknown("Ключ не подходит: его нет, его сменили или доступ прекращён. Ничего не изменено.")
    if found.asked > found.per_minute:
        raise TooMany(found.per_minute, ceil((minute + MINUTE - now).total_seconds()))
    if not Rights(found.rights).covers(right):
        raise NotAllowed("Этому ключу такое право не дано. Права даёт администратор.")
    number: int = found.id
    return number


def is_token(token: str) -> bool:
    """Whether a request with it may be large: its rights are checked when it is read."""
    known = select(Integrator.id).where(Integrator.token_hash == hash_token(token), Integrator.archived_at.is_(None))
    return db.session.scalar(known) is not None


# --- An export
@dataclass(frozen=True, slots=True)
class Taken:
    """What is answered; the same again for the same request."""

    status: int
    answer: dict[str, Any]


SCANNER = "scanner of the API"
"""The trouble that it could not judge an export of the API."""


def take_export(integrator_id: int, content: bytes, filename: str, now: datetime) -> Taken:
    """Begin the load of a file of his source, by the way of the folder. Raises ConnectorError, MissingInput, Conflict,
    ScannerDown. The same file once more does nothing, and the answer says how far its load is."""
    source, status, before = db.session.get_one(Integrator, integrator_id).source.name, 202, ""
    mailing.forget_troubles()  # another web process may have noted it
    try:
        run: ImportRun | None = arrivals.take(content, filename, CameBy.API, now=now, source=source)
        with transaction() as session:
            record("api_export", at=now, actor=None, about=session.get_one(Integrator, integrator_id))
        mailing.end_trouble(SCANNER)
    except scanning.ScannerDown:
        mailing.note_trouble(SCANNER, now, arrivals.UNSCANNED)
        raise
    except arrivals.Known as known:
        run, status, before = known.run, 200, "Этот файл уже передан, второй раз ничего не сделано. "
    if run is None:
        words = "Загрузку этого файла отменил человек, или она не удалась. Второй раз он не принят."
        raise Conflict("Withdrawn", words)
    return Taken(status, {"load": run.id, "state": run.state.value, "words": before + arrivals.what_follows(run)})


# --- A message
_KEY_USED = "Этот Idempotency-Key уже был у другого сообщения. Ничего не записано: возьмите новый ключ."
STATUS_OF = {RowOutcome.CREATED: 201, RowOutcome.UPDATED: 200, RowOutcome.UNCHANGED: 200, RowOutcome.HELD: 202}
"""Outcome → HTTP status."""


def take(integrator_id: int, key: str, content: bytes, body: Any, now: datetime) -> Taken:
    """Enter the message once for each key. Raises Invalid, NotAllowed, Conflict: then nothing was stored."""
    digest = hashlib.sha256(content).hexdigest()
    with transaction() as session:
        row = lock(Integrator, integrator_id, "Интегратор")  # two with one key at once: the second finds the first
        if not row.source.regime.by_regulation:
            raise NotAllowed("Ваш источник — ПОС: его принимают файлом, POST /api/v1/imports. Ничего не записано.")
        session.execute(
            delete(ApiRequest).where(ApiRequest.integrator_id == row.id, ApiRequest.at < now - timedelta(days=KEY_DAYS))
        )
        same = (ApiRequest.integrator_id == row.id, ApiRequest.key_digest == hash_token(key))
        before = session.scalar(select(ApiRequest).where(*same))
        if before is not None:
            if before.body_digest != digest:
                raise Conflict("KeyUsed", _KEY_USED)
            return Taken(before.status, before.answer)
        message, warnings = message_of(body, now)
        taken = _enter(row, message, warnings, now)
        session.add(
            ApiRequest(
                integrator_id=row.id, key_digest=hash_token(key), body_digest=digest, status=taken.status,
                answer=taken.answer, at=now,
            )
        )  # fmt: skip
        return taken


def _enter(row: Integrator, incoming: IncomingMessage, warnings: list[str], now: datetime) -> Taken:
    session = db.session
    topics = {topic.name.casefold(): topic.id for topic in session.scalars(select(Topic))}
    office = publishing.Office(topics, mending.entered_by_hand(now))
    _check_source(row, incoming, office)
    run = _load_of_the_day(row, now)
    number = (session.scalar(select(func.max(ImportRow.row_no)).where(ImportRow.run_id == run.id)) or 0) + 1
    payload = files.to_payload(incoming)
    staged = ImportRow(
        run_id=run.id, row_no=number, outcome=RowOutcome.STAGED, warning="\n".join(warnings), payload=payload
    )
    session.add(staged)
    session.flush()
    one = publishing.Staged(staged.id, number, staged.warning, payload)
    publishing.publish_together(run, [one], office, now)
    session.refresh(staged)
    if staged.outcome is RowOutcome.REJECTED:
        # Another request has just taken the number, or the program has a fault: not even the key is stored.
        raise Conflict("Rejected", staged.reason)
    run.counts, run.finished_at = count_outcomes(run.id), now
    outcome = staged.outcome
    found = session.get(Message, staged.message_id) if staged.message_id else None
    if outcome in (RowOutcome.CREATED, RowOutcome.UPDATED):
        record("api_message", at=now, actor=None, about=row, message=found, changes={"outcome": (None, outcome)})
    return Taken(STATUS_OF[outcome], _answer(incoming, staged, found))


def _answer(incoming: IncomingMessage, staged: ImportRow, message: Message | None) -> dict[str, Any]:
    """Codes, numbers and words of ours: nothing of what a person wrote."""
    answer: dict[str, Any] = {"number": incoming.number, "outcome": staged.outcome.value, "status": None}
    if staged.outcome is RowOutcome.HELD:
        return answer | {"warnings": [staged.reason]}
    if message is not None:
        answer |= state_of(message.number, message.status)
    return answer | {"warnings": [line for line in staged.warning.splitlines() if line]}


def state_of(number: str, status: Status) -> dict[str, Any]:
    return {"number": number, "status": status.value, "status_label": status.label}


def _check_source(row: Integrator, incoming: IncomingMessage, office: publishing.Office) -> None:
    """Of messages of others, it may take over only what was entered by hand, as a file does. Raises Conflict."""
    known, earlier = publishing.known_of([incoming], office.by_link)
    found = known.get(incoming.key) or earlier.same.get(incoming.key)
    if found is not None and found.source_id not in (None, row.source_id):
        words = f"Сообщение № {found.number} принадлежит другому источнику. Ничего не записано."
        raise Conflict("OfAnother", words)


def _load_of_the_day(row: Integrator, now: datetime) -> ImportRun:
    """One load takes what comes on one local day, unless it was recalled."""
    local = in_force().calendar.local
    # A recall that begins now waits, or is waited for: no message comes into a load that was recalled.
    only = {"of": ImportRun, "key_share": True}
    run = db.session.get(ImportRun, row.run_id, with_for_update=only, populate_existing=True) if row.run_id else None
    if run is not None and run.recalled_at is None and local(run.created_at).date() == local(now).date():
        return run
    name = f"{row.name}, {local(now):%d.%m.%Y}"
    run = ImportRun(
        source_id=row.source_id, filename=name, sha256=hashlib.sha256(f"{name}|{now.isoformat()}".encode()).hexdigest(),
        state=ImportState.DONE, created_at=now,
    )  # fmt: skip
    db.session.add(run)
    db.session.flush()
    row.run_id = run.id
    return run

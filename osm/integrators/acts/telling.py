"""Webhooks: an event is a row of the outbox, written with the act; the outbox repeats it until it arrives.

It may arrive twice, when the answer was lost: the event has an `id` for that. The body has numbers, codes and times,
and no words that a person wrote.
"""

import hashlib
import hmac
import json
import time
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import quote

from sqlalchemy import select, update

from osm.base.application import current_settings
from osm.base.database import db
from osm.base.errors import ServiceError
from osm.base.transaction import transaction
from osm.connectors.contract import Connector
from osm.connectors.transport import Fault, NetworkError, Transport
from osm.flow.acts.moving import locked, settle
from osm.integrators.acts.access import checked_address, secret_of
from osm.integrators.queries import UNHEARD, is_told, receivers
from osm.integrators.rules.words import EVENT_OF, Told
from osm.log.acts.record import Follow, Happened
from osm.models import Integrator, Message, OutboxAction, User
from osm.outbox.acts.kinds import Errand, KindOfAct, Result, Try
from osm.regulation.blacklist import OutboxKind
from osm.regulation.errors import MissingInput
from osm.regulation.words import Status, status_label

SECONDS = 15  # for one request and its answer, however slowly it drips
WINDOW = 300  # seconds: a receiver refuses what was signed earlier than that


# --- What is sent
def follow(happened: Sequence[Happened]) -> None:
    """Order the events of these acts, in the caller's transaction."""
    told = receivers()
    if not told:
        return
    ids = [one.message_id for one in happened if one.message_id is not None]
    query = select(Message.id, Message.number, Message.status, Message.source_id).where(Message.id.in_(ids))
    messages = {row.id: row for row in db.session.execute(query)}
    for one in happened:
        row = messages.get(one.message_id)
        body = _body(EVENT_OF[one.action], one.at, row.number, row.status) if row else _body(Told.URGENT, one.at)
        if one.clause:
            body["clause"] = one.clause
        if EVENT_OF[one.action] is Told.BREACH:
            body["due_at"] = _iso(one.changes["breached_at"][1])
        for integrator in told:
            if integrator.sees_all or (row is not None and row.source_id == integrator.source_id):
                _order(integrator, body, one.at)


FOLLOWS: dict[str, Follow] = dict.fromkeys(EVENT_OF, follow)  # act of the log → what follows


def test(integrator_id: int, version: int, *, actor: User, now: datetime) -> OutboxAction:
    """Send a trial event. Raises StaleVersion, ServiceError where the webhook is off."""
    with transaction():
        row = locked(Integrator, integrator_id, version, "Интегратор")
        if not is_told(row):
            raise ServiceError("Вебхук выключен: сначала укажите адрес и включите его.")
        action = _order(row, _body(Told.TEST, now), now)
        action.created_by_id = actor.id
        return action


def tell_again(integrator_id: int, version: int, *, actor: User, now: datetime) -> Integrator:
    """Send again all events that have not arrived. Raises StaleVersion."""
    with transaction() as session:
        row = locked(Integrator, integrator_id, version, "Интегратор")
        waits = update(OutboxAction).where(OutboxAction.integrator_id == row.id, UNHEARD)
        again = {"for_person": False, "try_at": None, "attempts": 0, "version": OutboxAction.version + 1}
        session.execute(waits.values(**again).execution_options(synchronize_session=False))
        settle("tell_again", row, {}, actor=actor, now=now)
        return row


def _body(event: Told, at: datetime, number: str | None = None, status: Status | None = None) -> dict[str, Any]:
    link = f"{current_settings().site.url}/api/v1/messages/{quote(number, safe='')}" if number else None
    return {
        "event": event.value,
        "occurred_at": _iso(at),
        "number": number,
        "status": status.value if status else None,
        "status_label": status_label(status) if status else None,
        "link": link,
    }


def _iso(at: datetime | None) -> str | None:
    return at.astimezone(current_settings().time_zone).isoformat() if at else None


def _order(row: Integrator, body: dict[str, Any], at: datetime) -> OutboxAction:
    event_id = uuid.uuid4().hex
    action = OutboxAction(
        kind=OutboxKind.WEBHOOK, network="webhook", integrator_id=row.id, told={"id": event_id, **body},
        not_before=at, created_at=at, idempotency_key=f"webhook:{event_id}",
    )  # fmt: skip
    db.session.add(action)
    return action


# --- How it is sent
_OFF = "Вебхук выключен здесь: включите его и нажмите «Повторить»."
_ENDED = "Доступ интегратора прекращён."
_UNREADABLE = "Секрет вебхука не читается: ключ шифрования другой. Включите вебхук заново и нажмите «Повторить»."


@dataclass(frozen=True, slots=True)
class Call:
    """One try."""

    url: str
    secret: str
    event_id: str
    content: bytes
    roots: Path | None = None
    clock: Callable[[], float] = time.time


def signature(secret: str, stamp: int, content: bytes) -> str:
    """The header `X-OSM-Signature`: `stamp` in seconds since 1970, and HMAC-SHA256 of «stamp.body» in hex."""
    mac = hmac.new(secret.encode(), f"{stamp}.".encode() + content, hashlib.sha256).hexdigest()
    return f"t={stamp},v1={mac}"


def tell(call: Call, errand: Errand, _connector: Connector) -> Result:
    """Post the event once. Raises NetworkError: only a status 2xx is an answer; redirects are not followed."""
    errand.hold.check()
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "OSM",
        "X-OSM-Event": call.event_id,
        "X-OSM-Signature": signature(call.secret, int(call.clock()), call.content),
    }
    try:
        status, _ = Transport(whole=SECONDS, roots=call.roots).ask("POST", call.url, data=call.content, headers=headers)
    except NetworkError as error:
        words = "Получатель не ответил вовремя или оборвал связь." if error.unclear else "Получатель недоступен."
        raise NetworkError(words, Fault.TEMPORARY, unclear=error.unclear) from None
    if 200 <= status < 300:
        return None
    if 300 <= status < 400:
        raise NetworkError(f"Получатель переадресует (ответ {status}): укажите верный адрес.", Fault.PERSON)
    passing = status in (408, 425, 429) or status >= 500
    raise NetworkError(f"Получатель ответил ошибкой {status}.", Fault.TEMPORARY if passing else Fault.PERSON)


def _prepared(action: OutboxAction, _now: datetime) -> Try:
    row, told = _integrator(action), action.told or {}
    content = json.dumps(told, ensure_ascii=False).encode()
    roots = current_settings().webhook_roots
    return partial(tell, Call(row.webhook_url, secret_of(row), str(told["id"]), content, roots))


def _held(action: OutboxAction) -> str:
    row = _integrator(action)
    if not is_told(row):
        return _OFF
    try:
        checked_address(row.webhook_url)
    except MissingInput as error:
        return str(error)
    return "" if secret_of(row) else _UNREADABLE


def _unwanted(action: OutboxAction, _now: datetime) -> str:
    return _ENDED if _integrator(action).archived_at is not None else ""


def _integrator(action: OutboxAction) -> Integrator:
    return db.session.get_one(Integrator, action.integrator_id)


KINDS_OF_ACTS = (
    KindOfAct(
        OutboxKind.WEBHOOK, None, _prepared, unwanted=_unwanted, held=_held, code="webhook", clause="",
    ),
)  # fmt: skip

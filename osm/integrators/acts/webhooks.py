"""The administrator's acts on integrators, their keys and webhooks; events, which the outbox repeats."""

import hashlib
import hmac
import json
import secrets
import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

from sqlalchemy import delete, select, update

from osm.base.application import current_settings, local_zone
from osm.base.database import add_row, db
from osm.base.durable import sealed, this_installation, unsealed
from osm.base.errors import ServiceError
from osm.base.transaction import transaction, unless_taken
from osm.connectors.contract import Connector
from osm.connectors.transport import Fault, NetworkError, Transport
from osm.flow.acts.moving import locked, one_line, settle
from osm.imports.acts.runs import source_of
from osm.integrators.queries import UNHEARD, is_told, receivers
from osm.integrators.rules import EVENT_OF, Rights, Told
from osm.log.acts.record import Change, Follow, Happened, record
from osm.login.acts.sessions import hash_token
from osm.models import ApiRequest, Integrator, Message, OutboxAction, User
from osm.outbox.acts.kinds import Errand, KindOfAct, Result, Try
from osm.regulation.blacklist import OutboxKind
from osm.regulation.errors import MissingInput, refuse
from osm.regulation.words import Status

MOST_PER_MINUTE = 600
_PURPOSE = b"osm secrets of webhooks v1"
_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


def create(
    *, name: str, source: str, rights: str, sees_all: bool, per_minute: int | None, actor: User, now: datetime
) -> Integrator:
    """`source`: by name, made if there is none. Raises MissingInput, which names the field."""
    name, source = _name(name), _source(source)
    with unless_taken(_taken()), transaction():
        row = Integrator(
            name=name, source=source_of(source), rights=_rights(rights), sees_all=sees_all,
            per_minute=_per_minute(per_minute),
        )  # fmt: skip
        add_row(row)
        record("create_integrator", at=now, actor=actor, about=row)
        return row


def edit(
    integrator_id: int, version: int, *, name: str, source: str, rights: str, sees_all: bool, per_minute: int | None,
    actor: User, now: datetime,
) -> Integrator:  # fmt: skip
    """Raises MissingInput, StaleVersion."""
    name, source = _name(name), _source(source)
    with unless_taken(_taken()), transaction():
        row = locked(Integrator, integrator_id, version, "Интегратор")
        given = {"rights": _rights(rights), "sees_all": sees_all, "per_minute": _per_minute(per_minute)}
        changes: dict[str, Change] = {column: (getattr(row, column), value) for column, value in given.items()}
        if (row.name, row.source.name) != (name, source):
            changes["name"] = ("changed", True)
        for column, value in given.items():
            setattr(row, column, value)
        if row.source.name != source:
            row.source, row.run_id = source_of(source), None
        row.name = name
        settle("edit_integrator", row, changes, actor=actor, now=now)
        return row


def archive(integrator_id: int, version: int, *, actor: User, now: datetime) -> Integrator:
    """End the access: the key and its requests are forgotten, the webhook is off. Raises StaleVersion."""
    with transaction() as session:
        row = locked(Integrator, integrator_id, version, "Интегратор")
        row.token_hash, row.token_made_at = None, None
        row.archived_at, row.installation = now, ""
        session.execute(delete(ApiRequest).where(ApiRequest.integrator_id == row.id))
        settle("archive_integrator", row, {}, actor=actor, now=now)
        return row


def restore(integrator_id: int, version: int, *, actor: User, now: datetime) -> Integrator:
    """Without a key and a webhook, which are given again. Raises StaleVersion."""
    with transaction():
        row = locked(Integrator, integrator_id, version, "Интегратор")
        row.archived_at = None
        settle("restore_integrator", row, {}, actor=actor, now=now)
        return row


# --- The key
def issue_token(integrator_id: int, version: int, *, actor: User, now: datetime) -> str:
    """A new key, of which only a hash is stored; the one before ends at once. Raises StaleVersion, ServiceError."""
    token = f"osm_{secrets.token_urlsafe(32)}"
    with transaction():
        row = _in_use(integrator_id, version)
        row.token_hash, row.token_made_at = hash_token(token), now
        settle("issue_token", row, {}, actor=actor, now=now)
    return token


def end_token(integrator_id: int, version: int, *, actor: User, now: datetime) -> Integrator:
    """Raises StaleVersion."""
    with transaction():
        row = locked(Integrator, integrator_id, version, "Интегратор")
        row.token_hash, row.token_made_at = None, None
        settle("end_token", row, {}, actor=actor, now=now)
        return row


# --- The webhook
def switch_webhook_on(integrator_id: int, version: int, *, url: str, actor: User, now: datetime) -> str:
    """Send it events from now on; returns the new secret, which is shown once. Raises MissingInput, StaleVersion."""
    url = checked_address(url)
    secret = secrets.token_urlsafe(32)
    with transaction():
        row = _in_use(integrator_id, version)
        row.webhook_url, row.installation = url, this_installation()
        row.webhook_secret = sealed(_PURPOSE, secret)
        settle("webhook_on", row, {}, actor=actor, now=now)
    return secret


def switch_webhook_off(integrator_id: int, version: int, *, actor: User, now: datetime) -> Integrator:
    """Events that happen until it is on again are never sent. Raises StaleVersion."""
    with transaction():
        row = locked(Integrator, integrator_id, version, "Интегратор")
        row.installation = ""
        settle("webhook_off", row, {}, actor=actor, now=now)
        return row


def secret_of(row: Integrator) -> str:
    """The secret of its webhook; empty where OSM_ENCRYPTION_KEY is another than when it was made."""
    return unsealed(_PURPOSE, row.webhook_secret)


def checked_address(url: str) -> str:
    """The address of a webhook. Raises MissingInput: https alone, on a host that the server's settings allow."""
    url = one_line("url", "Адрес", url, 500, missing="Укажите адрес, на который сообщать о событиях.")
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        raise MissingInput("url", _NO_ADDRESS) from None
    settings = current_settings()
    may_be_plain = host in _LOOPBACK and not settings.is_production
    refuse("url", parts.scheme not in (("https", "http") if may_be_plain else ("https",)) or not host, _NO_ADDRESS)
    if parts.username is not None or parts.password is not None or parts.fragment or not url.isascii():
        raise MissingInput("url", _NO_ADDRESS)
    if host not in settings.webhook_hosts:
        hosts = ", ".join(settings.webhook_hosts)
        known = f"Разрешены: {hosts}." if hosts else "Пока не разрешён ни один."
        raise MissingInput("url", f"Узел «{host}» не разрешён. {known} {_WHO_ALLOWS}")
    return url


_NO_ADDRESS = "Это не адрес для событий. Нужен https и латиница, без имени, пароля и «#»: https://узел/путь."
_WHO_ALLOWS = "Разрешает администратор сервера настройкой OSM_WEBHOOK_HOSTS."


def _in_use(integrator_id: int, version: int) -> Integrator:
    row = locked(Integrator, integrator_id, version, "Интегратор")
    ServiceError.when(row.archived_at is not None, "Доступ этого интегратора прекращён. Сначала верните его в список.")
    return row


def _name(name: str) -> str:
    return one_line("name", "Название", name, 200, missing="Назовите систему, например «Региональный интегратор».")


def _source(name: str) -> str:
    return one_line("source", "Источник", name, 200, missing="Назовите источник: под ним сообщения видны в загрузках.")


def _rights(code: str) -> Rights:
    refuse("rights", code not in set(Rights), "Выберите, что разрешено.")
    return Rights(code)


def _per_minute(number: int | None) -> int:
    if number is None or not 1 <= number <= MOST_PER_MINUTE:
        raise MissingInput("per_minute", f"Нужно целое число от 1 до {MOST_PER_MINUTE}.")
    return number


def _taken() -> MissingInput:
    return MissingInput("name", "Интегратор с таким названием уже есть (может быть, убран из списка).")


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
        ServiceError.when(not is_told(row), "Вебхук выключен: сначала укажите адрес и включите его.")
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
        "status_label": status.label if status else None,
        "link": link,
    }


def _iso(at: datetime | None) -> str | None:
    return at.astimezone(local_zone()).isoformat() if at else None


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


def signature(secret: str, stamp: int, content: bytes) -> str:
    """The header `X-OSM-Signature`: `stamp` in seconds since 1970, and HMAC-SHA256 of «stamp.body» in hex."""
    mac = hmac.new(secret.encode(), f"{stamp}.".encode() + content, hashlib.sha256).hexdigest()
    return f"t={stamp},v1={mac}"


def tell(
    url: str,
    secret: str,
    told: Mapping[str, Any],
    roots: Path | None,
    errand: Errand,
    _connector: Connector,
    clock: Callable[[], float] = time.time,
) -> Result:
    """Post the event once. Raises NetworkError: only a status 2xx is an answer; redirects are not followed."""
    errand.hold.check()
    content = json.dumps(told, ensure_ascii=False).encode()
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "OSM",
        "X-OSM-Event": str(told["id"]),
        "X-OSM-Signature": signature(secret, int(clock()), content),
    }
    try:
        status, _ = Transport(whole=SECONDS, roots=roots).ask("POST", url, data=content, headers=headers)
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
    row = _integrator(action)
    return partial(tell, row.webhook_url, secret_of(row), action.told or {}, current_settings().webhook_roots)


def _held(action: OutboxAction) -> str:
    row = _integrator(action)
    if not is_told(row):
        return _OFF
    try:
        checked_address(row.webhook_url)
    except MissingInput as error:
        return str(error)
    return "" if secret_of(row) else _UNREADABLE


def _integrator(action: OutboxAction) -> Integrator:
    return db.session.get_one(Integrator, action.integrator_id)


KINDS_OF_ACTS = (
    KindOfAct(
        OutboxKind.WEBHOOK, None, _prepared, held=_held, code="webhook", clause="",
        unwanted=lambda action, _now: _ENDED if _integrator(action).archived_at is not None else "",
    ),
)  # fmt: skip

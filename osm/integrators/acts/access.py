"""The administrator's acts on integrators: who they are, their keys, their webhooks."""

import secrets
from collections.abc import Collection
from datetime import datetime
from urllib.parse import urlsplit

from cryptography.fernet import InvalidToken
from sqlalchemy import delete
from sqlalchemy.exc import IntegrityError

from osm.base.application import current_settings
from osm.base.durable import cipher, this_installation
from osm.base.errors import ServiceError
from osm.base.transaction import transaction
from osm.flow.acts.moving import locked, one_line, settle
from osm.imports.acts.runs import source_of
from osm.integrators.rules.words import Rights
from osm.log.acts.record import Change, record
from osm.login.acts.sessions import hash_token
from osm.models import ApiRequest, Integrator, User
from osm.regulation.errors import MissingInput

MOST_PER_MINUTE = 600
_PURPOSE = b"osm secrets of webhooks v1"
_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


def create(
    *, name: str, source: str, rights: str, sees_all: bool, per_minute: int | None, actor: User, now: datetime
) -> Integrator:
    """`source`: by name, made if there is none. Raises MissingInput, which names the field."""
    name, source = _name(name), _source(source)
    try:
        with transaction() as session:
            row = Integrator(
                name=name, source=source_of(source), rights=_rights(rights), sees_all=sees_all,
                per_minute=_per_minute(per_minute),
            )  # fmt: skip
            session.add(row)
            session.flush()
            record("create_integrator", at=now, actor=actor, about=row)
            return row
    except IntegrityError:
        raise _taken() from None


def edit(
    integrator_id: int, version: int, *, name: str, source: str, rights: str, sees_all: bool, per_minute: int | None,
    actor: User, now: datetime,
) -> Integrator:  # fmt: skip
    """Raises MissingInput, StaleVersion."""
    name, source = _name(name), _source(source)
    try:
        with transaction():
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
    except IntegrityError:
        raise _taken() from None


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
        row.webhook_secret = cipher(_PURPOSE).encrypt(secret.encode()).decode()
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
    try:
        return cipher(_PURPOSE).decrypt(row.webhook_secret.encode()).decode()
    except InvalidToken:
        return ""


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
    if parts.scheme not in (("https", "http") if may_be_plain else ("https",)) or not host:
        raise MissingInput("url", _NO_ADDRESS)
    if parts.username is not None or parts.password is not None or parts.fragment or not url.isascii():
        raise MissingInput("url", _NO_ADDRESS)
    if host not in settings.webhook_hosts:
        raise MissingInput("url", _not_allowed(host, settings.webhook_hosts))
    return url


_NO_ADDRESS = "Это не адрес для событий. Нужен https и латиница, без имени, пароля и «#»: https://узел/путь."


def _not_allowed(host: str, hosts: Collection[str]) -> str:
    known = f"Разрешены: {', '.join(hosts)}." if hosts else "Пока не разрешён ни один."
    return f"Узел «{host}» не разрешён. {known} Разрешает администратор сервера настройкой OSM_WEBHOOK_HOSTS."


def _in_use(integrator_id: int, version: int) -> Integrator:
    row = locked(Integrator, integrator_id, version, "Интегратор")
    if row.archived_at is not None:
        raise ServiceError("Доступ этого интегратора прекращён. Сначала верните его в список.")
    return row


def _name(name: str) -> str:
    return one_line("name", "Название", name, 200, missing="Назовите систему, например «Региональный интегратор».")


def _source(name: str) -> str:
    return one_line("source", "Источник", name, 200, missing="Назовите источник: под ним сообщения видны в загрузках.")


def _rights(code: str) -> Rights:
    if code not in set(Rights):
        raise MissingInput("rights", "Выберите, что разрешено.")
    return Rights(code)


def _per_minute(number: int | None) -> int:
    if number is None or not 1 <= number <= MOST_PER_MINUTE:
        raise MissingInput("per_minute", f"Нужно целое число от 1 до {MOST_PER_MINUTE}.")
    return number


def _taken() -> MissingInput:
    return MissingInput("name", "Интегратор с таким названием уже есть (может быть, убран из списка).")

"""How the events of a page come: we ask, or its network calls us and proves that it is the network."""

from __future__ import annotations

import re
import secrets
from datetime import datetime

from osm.connectors.calls import GivesConfirmation
from osm.connectors.faults import NetworkError
from osm.connectors.registry import CONNECTED
from osm.extensions import db
from osm.regulation.errors import MissingInput
from osm.services.accounts import keys as stored_keys
from osm.services.accounts.called.receiving import callback_of
from osm.services.accounts.connecting import connector_for
from osm.services.edits import locked, settle
from osm.services.errors import NotFound
from osm.services.log.log import Change
from osm.store.models import Account, Connection, Hearing, User
from osm.store.transaction import transaction

_CONFIRMATION = re.compile(r"[\w.-]{1,100}", re.ASCII)


def arrange_hearing(
    account_id: int, version: int, *, by: str, confirmation: str = "", actor: User | None, now: datetime
) -> str:
    """How events of the page come; the new secret where one was made: it is told once. MissingInput, StaleVersion.

    `confirmation`: where it is left empty, the network is asked for it.
    """
    account, connection = _connection(account_id)
    try:
        way = Hearing(by)
    except ValueError:
        raise MissingInput("by", "Такого выбора нет.") from None
    line, secret = "", ""
    if way is Hearing.CALLBACK:
        line = _confirmation(account.network, account.external_id, connection, confirmation.strip())
    with transaction():
        connection = locked(Connection, connection.id, version, "Подключение")
        was = connection.hearing
        if way is not was:
            # What happens until the other way works is asked for; an old place in the list of events is worth nothing.
            connection.gap_since = connection.gap_since or connection.read_at or now
            connection.cursor = connection.cursor if _looks(account.network) else {}
            secret = _new_secret(connection) if way is Hearing.CALLBACK else ""
            connection.callback_secret = connection.callback_secret if secret else ""
        connection.hearing, connection.confirmation = way, line
        changes: dict[str, Change] = {"hearing": (was, way)}
        settle("arrange_hearing", "account", connection, changes, actor=actor, now=now, object_id=account_id)
        return secret


def renew_secret(account_id: int, version: int, *, actor: User | None, now: datetime) -> str:
    """Another secret instead of the one before, which proves nothing from now on; told once. StaleVersion."""
    _account, connection = _connection(account_id)
    with transaction():
        connection = locked(Connection, connection.id, version, "Подключение")
        if connection.hearing is not Hearing.CALLBACK:
            raise MissingInput("by", "Соцсеть эту страницу не вызывает: секрет не нужен.")
        secret = _new_secret(connection)
        settle("renew_callback_secret", "account", connection, {}, actor=actor, now=now, object_id=account_id)
        return secret


def _new_secret(connection: Connection) -> str:
    """Digits and letters alone: VK takes nothing else, and 50 of them at most."""
    secret = secrets.token_hex(20)
    connection.callback_secret = stored_keys.sealed({"secret": secret})
    return secret


def _looks(network: str) -> bool:
    """Whether a page of this network is looked at with the same cursor whichever way its events come."""
    return callback_of(network).listens


def _confirmation(network: str, page_id: str, connection: Connection, given: str) -> str:
    """What is answered when the network asks whether the address is ours; empty where it asks for no such thing."""
    keys = stored_keys.opened(connection.keys)
    known = callback_of(network)
    if known.needs and not keys.get(known.needs):
        raise MissingInput("by", f"Сначала сохраните {CONNECTED[network].keys[known.needs]}: им подписан каждый вызов.")
    connector = connector_for(network, page_id, keys)
    if not isinstance(connector, GivesConfirmation):
        return ""
    if not given:
        try:
            given = connector.confirmation()
        except NetworkError as error:
            raise MissingInput("confirmation", f"{error} Впишите строку подтверждения сами.") from error
    if not _CONFIRMATION.fullmatch(given):
        raise MissingInput("confirmation", "Строка подтверждения скопирована неверно: в ней только буквы и цифры.")
    return given


def _connection(account_id: int) -> tuple[Account, Connection]:
    account = db.session.get(Account, account_id)
    if account is None or account.connection is None:
        raise NotFound("Подключение")
    return account, account.connection

"""Keys that end are renewed where their network allows it."""

from __future__ import annotations

import logging
from concurrent.futures import Future, wait
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial

from sqlalchemy import select

from osm.connections.acts import keys
from osm.connections.acts.asking import connector_of, in_thread, note_ours
from osm.connections.acts.keys import found
from osm.connections.queries import is_on
from osm.connectors.contract import Renewed, RenewsKeys, Report
from osm.connectors.faults import NetworkError
from osm.connectors.registry import CONNECTED, renews_keys
from osm.extensions import db
from osm.log.acts.record import record
from osm.services.pace import Pace
from osm.store.models import Account, Connection
from osm.store.transaction import give_up, transaction

# --- Keys that end are renewed where their network allows it
log = logging.getLogger(__name__)

BEFORE = timedelta(days=30)
"""So long before its end a key is renewed."""
AGAIN, UNKNOWN = timedelta(days=1), timedelta(days=7)
"""How often it is tried; how often where nobody knows when the key ends."""


@dataclass
class Asked:
    """Renewals under way: connection → the keys that it had, and the answer."""

    busy: dict[int, tuple[str, Future[tuple[Renewed, Report | None]]]] = field(default_factory=dict)


_asked = Asked()


def run(now: datetime, pace: Pace) -> int:
    """Enter what has been renewed and ask for what is due; a round of the worker never waits. How many were renewed."""
    done = _collect(_asked, now)
    _begin(_asked, now)
    if pace.seconds == float("inf"):
        wait([answer for _keys, answer in _asked.busy.values()])
        done += _collect(_asked, now)
    return done


def _begin(asked: Asked, now: datetime) -> None:
    due = [one for one in _on() if one.id not in asked.busy and _is_due(one, now)]
    for connection in due:
        number, sealed = connection.id, connection.keys
        try:
            with transaction() as session:
                session.get_one(Connection, number).renewal_tried_at = now
            connector = connector_of(session.get_one(Connection, number))
        except Exception as error:
            note_ours(error, "key not asked for", connection=number)
            continue
        if isinstance(connector, RenewsKeys):
            asked.busy[number] = (sealed, in_thread(partial(_renewed, connector)))
    db.session.rollback()


def _renewed(connector: RenewsKeys) -> tuple[Renewed, Report | None]:
    """The new keys and what they can; None if that is not known now: whatever fails, the new keys are kept."""
    renewed = connector.renew()
    try:
        return renewed, connector.check()
    except NetworkError:
        return renewed, None
    except Exception:
        log.exception("renewed key not checked")
        return renewed, None


def _on() -> list[Connection]:
    """Pages of networks that renew keys: those of all others stay sealed."""
    renewing = [network for network in CONNECTED if renews_keys(network)]
    query = select(Connection).join(Connection.account).where(Account.network.in_(renewing)).order_by(Connection.id)
    return [one for one in db.session.scalars(query) if is_on(one)]


def _is_due(connection: Connection, now: datetime) -> bool:
    tried = connection.renewal_tried_at or connection.switched_on_at
    ends = min((datetime.fromisoformat(at) for at in connection.expires.values()), default=None)
    if ends is None:
        return now - tried >= UNKNOWN
    return ends - now <= BEFORE and now - tried >= AGAIN


def _collect(asked: Asked, now: datetime) -> int:
    """The old key may be worth nothing by now: a new one that cannot be stored is kept here for the next round."""
    renewed, failed = 0, None
    for number, (sealed, answer) in [one for one in asked.busy.items() if one[1][1].done()]:
        if error := answer.exception():
            del asked.busy[number]  # it is tried again tomorrow, and people are warned a week before the end
            if not isinstance(error, NetworkError):
                log.error("key not renewed", extra={"connection": number}, exc_info=error)
            continue
        try:
            renewed += _enter(number, sealed, *answer.result(), now)
            del asked.busy[number]
        except Exception as error:
            give_up()
            failed = failed or error
    if failed is not None:
        raise failed
    return renewed


def _enter(number: int, sealed: str, renewed: Renewed, report: Report | None, now: datetime) -> int:
    """The new keys instead of those that were asked for; keys that a person has entered since are left.

    `report`: what they can. It ends «Нужен ключ» without a press.
    """
    with transaction() as session:
        connection = session.get(Connection, number, with_for_update=True)
        if connection is None or connection.keys != sealed:
            return 0
        # Instead of the end that a person has given along with the key; the next check reads it there.
        end = {"expires_at": renewed.ends.isoformat()}
        new = {**keys.opened(sealed), **renewed.keys, **end}
        connection.keys, connection.expires = keys.sealed(new), end
        if report is not None:
            found(connection, new, report, now)
        changes = {"replaced": (None, sorted(renewed.keys))}
        record("keys_renewed", at=now, actor=None, about=connection, changes=changes)
        return 1

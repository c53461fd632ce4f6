"""Who speaks for a page: known by a ban, or by a deletion of what somebody else wrote; whoever leaves is taken out."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select

from osm.extensions import db
from osm.numbers import is_number
from osm.regulation.guarding.people import is_written_down
from osm.services.edits import locked, settle
from osm.services.errors import NotFound, ServiceError
from osm.services.log.log import Change
from osm.store.models import Account, Connection, User
from osm.store.transaction import transaction

MOST = 50
"""Of one page that are remembered, the latest."""
_GONE = "Этого администратора в списке уже нет. Ничего не изменено."


def knows(account: Account, by: str) -> None:
    """Nobody but an administrator bans, or deletes what others wrote. In the caller's transaction."""
    connection = account.connection
    if connection is None or not is_number(by) or by in connection.administrators:
        return
    connection.administrators = [*connection.administrators, by][-MOST:]


def take_out(account_id: int, version: int, *, who: str, actor: User | None, now: datetime) -> None:
    """What he writes from now on is a citizen's: it waits in the queue. StaleVersion, ServiceError."""
    connection = db.session.scalar(select(Connection).where(Connection.account_id == account_id))
    if connection is None:
        raise NotFound("Подключение")
    with transaction():
        connection = locked(Connection, connection.id, version, "Подключение")
        if who not in connection.administrators:
            raise ServiceError(_GONE)
        before = list(connection.administrators)
        connection.administrators = [one for one in before if one != who]
        changes: dict[str, Change] = {"administrators": (before, connection.administrators)}
        settle("page_speaker_out", "account", connection, changes, actor=actor, now=now, object_id=account_id)


def has_left(account_id: int, profile: str, who: str) -> None:
    """The same of whoever leaves, as far as the number in his profile tells it. In the caller's transaction."""
    same = select(Connection).where(Connection.account_id == account_id).with_for_update(of=Connection)
    connection = db.session.scalar(same.execution_options(populate_existing=True))
    if connection is not None:
        known = connection.administrators
        connection.administrators = [one for one in known if not is_written_down(one, "", profile, who)]

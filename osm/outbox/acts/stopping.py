"""«Остановить публикации», and the rest of a page whose acts fail."""

from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy import select

from osm.base.database import db, insert_into
from osm.base.errors import NotFound, ServiceError, must_exist
from osm.base.transaction import transaction
from osm.connectors.faults import Fault, NetworkError
from osm.flow.acts.moving import one_line
from osm.log.acts.record import record
from osm.models import Account, Connection, OutboxAction, Stop, User
from osm.regulation import blacklist, errors

# --- «Остановить публикации»
LONGEST_REASON = 500
_ALL = "all"


class StoppedAlready(ServiceError):
    def __init__(self) -> None:
        super().__init__("Здесь публикации уже остановлены. Второй раз ничего не записано.")


def stop(account_id: int | None, *, reason: str, actor: User, now: datetime) -> Stop:
    """Hold all acts on this page (None: on all pages), also those that are ordered later. Raises MissingInput without a
    reason, NotFound, StoppedAlready."""
    reason = one_line("reason", "Причина", reason, LONGEST_REASON, missing="Напишите, почему: это увидят коллеги.")
    with transaction() as session:
        if account_id is not None and session.get(Account, account_id) is None:
            raise NotFound("Страница")
        lock_pages(account_id, to_stop=True)
        place = _ALL if account_id is None else str(account_id)
        row = {"place": place, "account_id": account_id, "reason": reason, "since": now, "by_id": actor.id}
        fresh = insert_into(Stop).values(**row).on_conflict_do_nothing().returning(Stop.id)
        number = session.scalar(fresh)
        if number is None:
            raise StoppedAlready
        _log("stop_publications", account_id, reason, actor, now)
        return session.get_one(Stop, number)


def release(stop_id: int, *, actor: User, now: datetime) -> Stop:
    """What this stop held goes out again, as far as no other stop holds it. NotFound where somebody was quicker."""
    with transaction() as session:
        found = must_exist(session.get(Stop, stop_id, with_for_update=True), "Остановка")
        session.delete(found)
        _log("release_publications", found.account_id, "", actor, now)
        return found


def release_all(seen: Collection[int], *, actor: User, now: datetime) -> int:
    """All the stops that the person has seen, and no later one; how many. NotFound where somebody was quicker."""
    with transaction() as session:
        found = session.scalars(select(Stop).where(Stop.id.in_(seen)).order_by(Stop.id).with_for_update()).all()
        if not found:
            raise NotFound("Остановка")
        for one in found:
            session.delete(one)
            _log("release_publications", one.account_id, "", actor, now)
        return len(found)


def let_out(action_id: int, version: int, *, actor: User, now: datetime) -> OutboxAction:
    """This one act goes out in spite of the stops of now. NotFound, StaleVersion."""
    with transaction() as session:
        action = must_exist(session.get(OutboxAction, action_id, with_for_update=True), "Действие")
        if action.version != version or action.state is not blacklist.OutboxState.PENDING:
            raise errors.StaleVersion(version, action.version)
        action.let_out_at, action.version = now, action.version + 1
        record("let_out", at=now, actor=actor, about=action)
        return action


def lock_pages(account_id: int | None = None, *, to_stop: bool = False) -> None:
    """Who stops and who claims wait for each other, in the caller's transaction: a claim after the stop sees it. On
    SQLite one writes at a time anyway. Several may claim at once."""
    query = select(Connection.id).order_by(Connection.id)
    if account_id is not None:
        query = query.where(Connection.account_id == account_id)
    db.session.execute(query.with_for_update(read=not to_stop)).all()


def _log(code: str, account_id: int | None, reason: str, actor: User, now: datetime) -> None:
    kind = "account" if account_id else ""
    record(code, at=now, actor=actor, note=reason, object_kind=kind, object_id=account_id)


# --- A page that fails again and again, or is asked by its network to pause, rests from acting
IN_A_ROW = 5  # failures after which a page rests
SHORTEST, LONGEST = timedelta(minutes=1), timedelta(minutes=30)


def rest_after(connection: Connection, error: NetworkError, now: datetime) -> None:
    """An act has failed for the moment: in the caller's transaction."""
    if error.pause is not None:
        _rest(connection, error, now + error.pause)
    if error.fault is Fault.PAUSE:
        connection.acts_failed = 0  # so that the rest is the network's, which no success ends
    elif error.fault is Fault.TEMPORARY:
        connection.acts_failed += 1
        more = connection.acts_failed - IN_A_ROW
        if more >= 0:
            _rest(connection, error, now + min(SHORTEST * 2 ** min(more, 10), LONGEST))


def rest_ends(connection: Connection, now: datetime) -> None:
    """An act has ended: the next failure counts as the first. A pause that the network asked for continues."""
    until = connection.acts_rest_until
    if connection.acts_failed >= IN_A_ROW or (until is not None and until <= now):
        connection.acts_rest_until, connection.acts_said = None, ""
    connection.acts_failed = 0


def _rest(connection: Connection, error: NetworkError, until: datetime) -> None:
    connection.acts_rest_until = max(until, connection.acts_rest_until or until)
    connection.acts_said = f"{error} {error.said}".strip()

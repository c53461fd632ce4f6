"""A try holds its act by a lease that its process renews."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from secrets import token_hex

from sqlalchemy import case, select, update

from osm.clock import running_seconds
from osm.connectors.faults import Fault, NetworkError
from osm.extensions import db
from osm.regulation.comment_words import OutboxState
from osm.store.models import OutboxAction
from osm.store.transaction import transaction

# --- A try holds its act by a lease that its process renews
LEASE = timedelta(minutes=3)
"""How long an act is held without a sign of life of the process that sends it. Ten photos may take longer."""
RENEW_SECONDS = 20.0
HELD_SECONDS = 60.0
"""For so long after a renewal its thread begins further requests. The rest of the lease is for the last of them
(`osm.connectors.transport`), and for a round that is late with the renewal."""


class LeaseEnded(NetworkError):
    """The process was held up for so long (a sleeping machine, a full disk) that another may have the act by now."""

    def __init__(self) -> None:
        super().__init__("Отправка прервалась: сервер был занят или спал. Программа повторит сама.", Fault.TEMPORARY)


@dataclass(slots=True)
class Hold:
    """`token`: the random word of this try. Of a lease the thread knows only when it was last renewed."""

    token: str = field(default_factory=lambda: token_hex(16))
    renewed: float = field(default_factory=running_seconds)

    def check(self) -> None:
        """Before each request, in the thread that sends. LeaseEnded."""
        if running_seconds() - self.renewed >= HELD_SECONDS:
            raise LeaseEnded


def take(actions: Iterable[OutboxAction], hold: Hold, owner: str, now: datetime) -> None:
    """These are this try's, in the caller's transaction."""
    for action in actions:
        action.leased_until, action.leased_by, action.lease_token = now + LEASE, owner, hold.token


def let_go(actions: Iterable[OutboxAction]) -> None:
    """No try holds these any more."""
    for action in actions:
        action.leased_until, action.lease_token = None, ""


def renew(holds: Iterable[Hold], now: datetime) -> None:
    """Renew the leases that are RENEW_SECONDS old; what was settled by others is not renewed."""
    begun = running_seconds()
    due = {hold.token: hold for hold in holds if begun - hold.renewed >= RENEW_SECONDS}
    if not due:
        return
    of_these = (OutboxAction.lease_token.in_(due), OutboxAction.state == OutboxState.PENDING)
    with transaction() as session:
        # What a person works on at this moment is renewed in the next round.
        query = select(OutboxAction.id, OutboxAction.lease_token).where(*of_these)
        rows = session.execute(query.with_for_update(skip_locked=True)).tuples().all()
        held = update(OutboxAction).where(OutboxAction.id.in_([number for number, _token in rows]))
        session.execute(held.values(leased_until=now + LEASE).execution_options(synchronize_session=False))
    for _number, token in rows:
        due[token].renewed = begun


def release_of(is_gone: Callable[[str], bool]) -> None:
    """Free at once what dead processes were sending; a process that may be alive keeps its lease to the end."""
    leased = (OutboxAction.state == OutboxState.PENDING, OutboxAction.leased_until.is_not(None))
    owners = db.session.scalars(select(OutboxAction.leased_by).where(*leased).distinct()).all()
    gone = [owner for owner in owners if is_gone(owner)]
    if gone:
        with transaction() as session:
            freed = update(OutboxAction).where(*leased, OutboxAction.leased_by.in_(gone))
            # A try that died with its process says nothing of the network: it makes no later one wait longer.
            fewer = case((OutboxAction.attempts > 0, OutboxAction.attempts - 1), else_=0)
            died = {"attempts": fewer, "interrupted": OutboxAction.interrupted + 1}
            session.execute(freed.values(leased_until=None, lease_token="", **died))

"""What of the pages' security waits for the press centre: checks that are due."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, func, not_, or_, select

from osm.extensions import db
from osm.regulation.guarding.checks import FEWEST_KEEPERS, FIRST_CHECK, KEEPING
from osm.regulation.official.register import PageState
from osm.regulation.words import PRESS_CENTRE, Role
from osm.store.models import Account, AccountEdition, Connection, ConnectionState, PageAdministrator, PageGuard
from osm.store.types import is_code

GUARDS = PRESS_CENTRE
"""The press centre, whose matter the protection of the pages is (Пр.1.2.3)."""
CLOSERS = GUARDS | {Role.ADMIN}
"""Who closes pages and keys to somebody who leaves."""

_CLOSED = select(AccountEdition.account_id).where(
    AccountEdition.until.is_(None), is_code(AccountEdition.state, PageState.CLOSED)
)


@dataclass(frozen=True, slots=True)
class DueCheck:
    """A page that is to be checked, since when."""

    account_id: int
    title: str
    network: str
    due_at: datetime
    is_first: bool


def long_here(now: datetime) -> datetime:
    """A page that came before this instant and was never checked is due."""
    return now - FIRST_CHECK


def check_waits(now: Any, long_since: Any) -> ColumnElement[bool]:
    """The condition on Account; `now`, `long_since` (see `long_here`): also parameters."""

    def guard_with(condition: ColumnElement[bool]) -> ColumnElement[bool]:
        return exists(select(PageGuard.id).where(PageGuard.id == Account.id, condition).correlate(Account))

    dated = guard_with(PageGuard.next_at.is_not(None))
    due = or_(guard_with(PageGuard.next_at <= now), and_(Account.created_at <= long_since, not_(dated)))
    return and_(_is_open(), due)


def weak_waits(long_since: Any) -> ColumnElement[bool]:
    """The condition on Account: too few people keep it, or one private telephone does.

    A page that came after `long_since` and of which nothing is written down yet is given time.
    """
    guard = select(PageGuard.id).where(PageGuard.id == Account.id)
    keepers = select(func.count()).select_from(PageAdministrator).where(
        PageAdministrator.account_id == Account.id,
        PageAdministrator.ended_at.is_(None),
        or_(*(is_code(PageAdministrator.right, right) for right in KEEPING)),
    )  # fmt: skip
    few = keepers.correlate(Account).scalar_subquery() < FEWEST_KEEPERS
    known = or_(exists(guard.correlate(Account)), Account.created_at <= long_since)
    lone = exists(guard.where(PageGuard.lone_phone).correlate(Account))
    return and_(_is_open(), or_(lone, and_(known, few)))


def _is_open() -> ColumnElement[bool]:
    return not_(exists(_CLOSED.where(AccountEdition.account_id == Account.id).correlate(Account)))


def key_waits() -> ColumnElement[bool]:
    """The condition on Account: its network refuses a key, or a right that the key had."""
    is_refused = and_(Connection.refused_at.is_not(None), Connection.state != ConnectionState.OFF)
    waits = or_(Connection.state == ConnectionState.STOPPED, is_refused)
    return exists(select(Connection.id).where(Connection.account_id == Account.id, waits).correlate(Account))


def closed_pages() -> frozenset[int]:
    """Pages that the register calls closed: nobody checks them any more."""
    return frozenset(db.session.scalars(_CLOSED))


def due_checks(now: datetime) -> list[DueCheck]:
    """All of them, the oldest first."""
    due = func.coalesce(PageGuard.next_at, Account.created_at).label("due")
    found = db.session.execute(
        select(Account.id, Account.title, Account.external_id, Account.network, PageGuard.next_at, Account.created_at)
        .outerjoin(PageGuard, PageGuard.id == Account.id)
        .where(check_waits(now, long_here(now)))
        .order_by(due, Account.id)
    )
    return [
        DueCheck(one, title or name, network, next_at or created_at + FIRST_CHECK, next_at is None)
        for one, title, name, network, next_at, created_at in found
    ]

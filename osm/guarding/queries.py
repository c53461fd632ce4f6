"""Protection of pages for the list of all and for one page."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, exists, func, not_, or_, select
from sqlalchemy.orm import joinedload

from osm.base.database import db
from osm.base.types import OfRow, is_code
from osm.models import (
    Account,
    AccountEdition,
    Connection,
    ConnectionState,
    PageAdministrator,
    PageCheck,
    PageGuard,
    PageTask,
    User,
)
from osm.regulation import own_pages, words

# --- Tasks for people who leave
CLOSED_SHOWN = 50


def open_tasks(account_id: int | None = None) -> list[PageTask]:
    """Open tasks, oldest first; `account_id`: of one page."""
    wanted = select(PageTask).where(PageTask.closed_at.is_(None)).order_by(PageTask.opened_at, PageTask.id)
    return _rows(wanted if account_id is None else wanted.where(PageTask.account_id == account_id))


def closed_tasks() -> list[PageTask]:
    """Recently closed tasks."""
    wanted = select(PageTask).where(PageTask.closed_at.is_not(None))
    return _rows(wanted.order_by(PageTask.closed_at.desc(), PageTask.id.desc()).limit(CLOSED_SHOWN))


def _rows(query: Select[PageTask]) -> list[PageTask]:
    return list(db.session.scalars(query.options(joinedload(PageTask.administrator).lazyload("*"))))


# --- What waits for the press centre
GUARDS = words.PRESS_CENTRE  # the press centre protects the pages (Пр.1.2.3)
CLOSERS = GUARDS | {words.Role.ADMIN}  # roles that close pages and keys for a person who leaves

_CLOSED = select(AccountEdition.account_id).where(
    AccountEdition.until.is_(None), is_code(AccountEdition.state, own_pages.PageState.CLOSED)
)


@dataclass(frozen=True, slots=True)
class DueCheck:
    account_id: int
    title: str
    network: str
    due_at: datetime
    is_first: bool


def long_here(now: datetime) -> datetime:
    """A page added before this time and never checked is due."""
    return now - own_pages.FIRST_CHECK


def check_waits(now: Any, long_since: Any) -> ColumnElement[bool]:
    """Condition on Account; `now` and `long_since` (see `long_here`) may be parameters."""

    def guard_with(condition: ColumnElement[bool]) -> ColumnElement[bool]:
        return exists(select(PageGuard.id).where(PageGuard.id == Account.id, condition).correlate(Account))

    dated = guard_with(PageGuard.next_at.is_not(None))
    due = or_(guard_with(PageGuard.next_at <= now), and_(Account.created_at <= long_since, not_(dated)))
    return and_(_is_open(), due)


def weak_waits(long_since: Any) -> ColumnElement[bool]:
    """Condition on Account: it has too few main administrators, or only one private telephone for recovery. A page
    added after `long_since` without any entry is not counted yet."""
    guard = select(PageGuard.id).where(PageGuard.id == Account.id)
    keepers = select(func.count()).select_from(PageAdministrator).where(
        PageAdministrator.account_id == Account.id,
        PageAdministrator.ended_at.is_(None),
        or_(*(is_code(PageAdministrator.right, right) for right in own_pages.KEEPING)),
    )  # fmt: skip
    few = keepers.correlate(Account).scalar_subquery() < own_pages.FEWEST_KEEPERS
    known = or_(exists(guard.correlate(Account)), Account.created_at <= long_since)
    lone = exists(guard.where(PageGuard.lone_phone).correlate(Account))
    return and_(_is_open(), or_(lone, and_(known, few)))


def _is_open() -> ColumnElement[bool]:
    return not_(exists(_CLOSED.where(AccountEdition.account_id == Account.id).correlate(Account)))


def key_waits() -> ColumnElement[bool]:
    """Condition on Account: its network refuses a key or a right that the key had."""
    is_refused = and_(Connection.refused_at.is_not(None), Connection.state != ConnectionState.OFF)
    waits = or_(Connection.state == ConnectionState.STOPPED, is_refused)
    return exists(select(Connection.id).where(Connection.account_id == Account.id, waits).correlate(Account))


def due_checks(now: datetime) -> list[DueCheck]:
    """Oldest first."""
    due = func.coalesce(PageGuard.next_at, Account.created_at).label("due")
    found = db.session.execute(
        select(Account.id, Account.title, Account.external_id, Account.network, PageGuard.next_at, Account.created_at)
        .outerjoin(PageGuard, PageGuard.id == Account.id)
        .where(check_waits(now, long_here(now)))
        .order_by(due, Account.id)
    )
    return [
        DueCheck(one, title or name, network, next_at or created_at + own_pages.FIRST_CHECK, next_at is None)
        for one, title, name, network, next_at, created_at in found
    ]


# --- Protection of a page
CHECKS_SHOWN = 10


@dataclass(frozen=True, slots=True)
class AdministratorRow(OfRow):
    """An administrator, or a former one (`ended_at`)."""

    row: PageAdministrator
    works_here: bool  # he has a user that is not blocked
    is_named: bool | None  # whether the network names him; None if it has not named any administrator yet


@dataclass(frozen=True, slots=True)
class Stranger:
    """An administrator named by the network who is not entered here."""

    name: str
    url: str
    right: own_pages.Right


@dataclass(frozen=True, slots=True)
class CheckRow:
    """A check; `bad`: problems found."""

    at: datetime
    by: str
    bad: tuple[str, ...]
    remark: str
    answers: tuple[tuple[str, str], ...]  # question and answer in words


@dataclass(frozen=True, slots=True)
class GuardView(OfRow):
    """What is known of a page's security."""

    row: PageGuard
    account_id: int
    network: str
    title: str
    url: str
    password_is_old: bool
    lacks: tuple[str, ...]  # reasons why the page may be lost
    next_at: datetime
    was_checked: bool
    is_due: bool
    is_closed: bool
    administrators: tuple[AdministratorRow, ...]
    former: tuple[AdministratorRow, ...]
    checks: tuple[CheckRow, ...]
    strangers: tuple[Stranger, ...]
    is_connected: bool

    @property
    def last(self) -> CheckRow | None:
        """The newest check."""
        return self.checks[0] if self.checks else None

    @property
    def without_factor(self) -> list[AdministratorRow]:
        return [one for one in self.administrators if one.second_factor is not own_pages.SecondFactor.ON]


def guard_of(account_id: int, now: datetime, today: date) -> GuardView | None:
    account = db.session.get(Account, account_id)
    return _views([account], now, today)[0] if account else None


def guards(now: datetime, today: date) -> list[GuardView]:
    """All pages, next check first; the number of queries is constant."""
    accounts = db.session.scalars(select(Account).options(joinedload(Account.connection))).unique().all()
    return sorted(_views(accounts, now, today), key=lambda one: (one.is_closed, one.next_at, one.account_id))


def weak_pages(now: datetime, today: date) -> list[GuardView]:
    """Pages that may be lost (`weak_waits`)."""
    return [one for one in guards(now, today) if one.lacks]


def with_strangers(account_ids: Collection[int]) -> frozenset[int]:
    """Ids of pages with an administrator named by the network but not entered here."""
    if not account_ids:
        return frozenset()
    guards = db.session.scalars(select(PageGuard).where(PageGuard.id.in_(account_ids)))
    of_pages = (PageAdministrator.account_id.in_(account_ids), PageAdministrator.ended_at.is_(None))
    active = db.session.scalars(select(PageAdministrator).where(*of_pages)).all()
    return frozenset(
        guard.id
        for guard in guards
        for named in guard.named
        if not any(_is_he(named, one) for one in active if one.account_id == guard.id)
    )


def people(also: int | None = None) -> list[tuple[int, str]]:
    """Active users, for the choice of an administrator; `also`: the one already chosen."""
    wanted = select(User.id, User.name).where(User.is_active | (User.id == (also or 0))).order_by(User.name, User.id)
    return [(one, name) for one, name in db.session.execute(wanted)]


def _views(accounts: Sequence[Account], now: datetime, today: date) -> list[GuardView]:
    ids, closed = [account.id for account in accounts], frozenset(db.session.scalars(_CLOSED))
    stored = {row.id: row for row in db.session.scalars(select(PageGuard).where(PageGuard.id.in_(ids)))}
    entering: defaultdict[int, list[PageAdministrator]] = defaultdict(list)
    administrators = select(PageAdministrator).where(PageAdministrator.account_id.in_(ids))
    for one in db.session.scalars(administrators.order_by(PageAdministrator.id)):
        entering[one.account_id].append(one)
    checks: defaultdict[int, list[PageCheck]] = defaultdict(list)
    made = select(PageCheck).where(PageCheck.account_id.in_(ids))
    for check in db.session.scalars(made.order_by(PageCheck.at.desc(), PageCheck.id.desc())):
        checks[check.account_id].append(check)
    return [
        _view(one, stored.get(one.id), entering[one.id], checks[one.id], now, today, is_closed=one.id in closed)
        for one in accounts
    ]


def _view(
    account: Account, row: PageGuard | None, entering: Sequence[PageAdministrator], checks: Sequence[PageCheck],
    now: datetime, today: date, *, is_closed: bool,
) -> GuardView:  # fmt: skip
    is_known = row is not None or account.created_at <= long_here(now)
    row = row or PageGuard(
        version=1, second_factor=own_pages.SecondFactor.UNKNOWN, recovery="", applications="",
        months=own_pages.USUAL_TERM, look_said="",
    )  # fmt: skip
    named = row.named if row.named_at else []
    active = [one for one in entering if one.ended_at is None]
    rights = list(own_pages.Right)
    people = sorted((_administrator(one, named) for one in entering), key=lambda p: (rights.index(p.right), p.who))
    keepers = sum(one.right in own_pages.KEEPING for one in active)
    next_at = row.next_at or account.created_at + own_pages.FIRST_CHECK
    return GuardView(
        row, account_id=account.id, network=account.network, title=account.name, url=account.url,
        password_is_old=bool(row.password_changed_on and own_pages.is_old_password(row.password_changed_on, today)),
        lacks=() if is_closed or not is_known else own_pages.keeping_lacks(keepers, bool(row.lone_phone)),
        next_at=next_at, was_checked=bool(checks), is_due=next_at <= now and not is_closed, is_closed=is_closed,
        administrators=tuple(one for one in people if one.ended_at is None),
        former=tuple(one for one in people if one.ended_at is not None),
        checks=tuple(map(_check, checks[:CHECKS_SHOWN])),
        strangers=tuple(_stranger(one) for one in named if not any(_is_he(one, written) for written in active)),
        is_connected=account.connection is not None,
    )  # fmt: skip


def _administrator(row: PageAdministrator, named: Sequence[dict[str, Any]]) -> AdministratorRow:
    works = row.user is not None and row.user.is_active
    is_named = any(_is_he(one, row) for one in named) if named else None
    return AdministratorRow(row, works, is_named)


def _is_he(named: dict[str, Any], row: PageAdministrator) -> bool:
    return own_pages.is_written_down(named["id"], named["name"], row.profile, row.who)


def _stranger(named: dict[str, Any]) -> Stranger:
    right = own_pages.Right(named["right"]) if named["right"] in set(own_pages.Right) else own_pages.Right.OTHER
    return Stranger(named["name"] or named["url"], named["url"], right)


def _check(row: PageCheck) -> CheckRow:
    answers = [
        (own_pages.Question(one).label, own_pages.Finding(row.answers[one]).label)
        for one in own_pages.Question
        if one in row.answers
    ]
    bad = tuple(own_pages.Question(one).label for one in own_pages.bad_answers(row.answers))
    return CheckRow(row.at, row.by.name if row.by else "", bad, row.remark, tuple(answers))

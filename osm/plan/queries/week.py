"""The plan of some days: what stands in each, and the posts that «7 из 10» counts (Пр.2.2)."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, and_, exists, or_, select

from osm.extensions import db
from osm.plan.rules.week import OPEN, Post, is_too_late
from osm.plan.rules.words import Format, PublicationState
from osm.regulation.comment_words import OutboxKind, OutboxState
from osm.regulation.official import PageState
from osm.store.models import Account, AccountEdition, OutboxAction, Placement, PlanFeed, Publication, User

# --- The plan of some days
NOON = time(12)
"""Of a day whose hour is not known yet."""


@dataclass(frozen=True, slots=True)
class PageName:
    """A page of the office."""

    id: int
    title: str
    network: str


@dataclass(frozen=True, slots=True)
class PlanRow:
    """One publication in the grid. `pages`: where it is to stand; `placed`: where it stands already."""

    id: int
    version: int
    title: str
    day: date
    time: str
    state: PublicationState
    format: Format
    heading: str
    author: str
    pages: tuple[PageName, ...]
    placed: frozenset[int]
    gone: frozenset[int]
    """Where it was deleted again."""
    is_late: bool
    """Its time has passed, and it does not stand everywhere."""
    goes_out: bool
    """Its time has come, and the program is at it: it has not failed yet."""

    @property
    def is_open(self) -> bool:
        return self.state in OPEN


@dataclass(frozen=True, slots=True)
class Figures:
    """What a span of days holds, by format and by heading; one publication is one."""

    formats: Mapping[Format, int]
    headings: Mapping[str, int]


def pages(*, closed: bool = False) -> list[PageName]:
    """The pages of the office, by network and title; `closed`: those too that the register calls closed."""
    wanted = select(Account.id, Account.title, Account.network)
    if not closed:
        wanted = wanted.where(~exists().where(*_not_active()))
    rows = db.session.execute(wanted.order_by(Account.network, Account.title, Account.id))
    return [PageName(*row) for row in rows]


def _not_active() -> tuple[ColumnElement[bool], ...]:
    of_now = AccountEdition.until.is_(None) & (AccountEdition.state != PageState.ACTIVE)
    return AccountEdition.account_id == Account.id, of_now


def rows_of(first: date, last: date, *, now: datetime, zone: ZoneInfo, page: int | None = None) -> list[PlanRow]:
    """The publications of these days, both included, by day and hour; those of one page where it is given."""
    wanted = (
        select(
            Publication.id, Publication.version, Publication.title, Publication.day, Publication.at, Publication.state,
            Publication.format, Publication.heading, Publication.ordered_at, Publication.late_minutes, User.name,
            _is_ordered().label("is_ordered"),
        )
        .outerjoin(User, User.id == Publication.author_id)
        .where(Publication.day.between(first, last), Publication.state != PublicationState.CANCELLED)
    )  # fmt: skip
    if page is not None:
        wanted = wanted.where(Publication.placements.any(Placement.account_id == page))
    found = db.session.execute(wanted).all()
    names = {one.id: one for one in pages(closed=True)}
    places: dict[int, list[tuple[int, bool, bool]]] = defaultdict(list)
    ids = [row.id for row in found]
    wanted_places = select(Placement.publication_id, Placement.account_id, Placement.placed_at, Placement.gone_at)
    for publication_id, account_id, placed_at, gone_at in db.session.execute(
        wanted_places.where(Placement.publication_id.in_(ids), Placement.left_out_at.is_(None))
    ):
        is_gone = gone_at is not None
        places[publication_id].append((account_id, placed_at is not None and not is_gone, is_gone))
    today = now.astimezone(zone).date()
    rows = []
    for row in found:
        here = places[row.id]
        passed = row.at < now if row.at else row.day < today
        goes_out = passed and row.state is PublicationState.SCHEDULED and _has_in_hand(row, now)
        rows.append(
            PlanRow(
                row.id, row.version, row.title, row.day, f"{row.at.astimezone(zone):%H:%M}" if row.at else "",
                row.state, row.format, row.heading, row.name or "",
                tuple(sorted((names[one] for one, *_ in here), key=lambda one: (one.network, one.title))),
                frozenset(one for one, stands, _ in here if stands),
                frozenset(one for one, _, is_gone in here if is_gone),
                passed and row.state in OPEN and not goes_out, goes_out,
            )
        )  # fmt: skip
    return sorted(rows, key=lambda row: (row.day, row.time or "99", row.id))


def _is_ordered() -> ColumnElement[bool]:
    """The program publishes it on one of its pages, and no person has to act."""
    order = and_(OutboxAction.placement_id == Placement.id, OutboxAction.kind == OutboxKind.POST)
    waits = and_(OutboxAction.state == OutboxState.PENDING, OutboxAction.for_person.is_(False))
    return exists().where(Placement.publication_id == Publication.id, order, waits).correlate(Publication)


def _has_in_hand(row: Any, now: datetime) -> bool:
    """The worker has ordered it, or has not come to it yet: it gets the time that the author allows."""
    return row.is_ordered or (row.ordered_at is None and not is_too_late(row.at, row.late_minutes, now))


def posts_of(first: date, last: date, *, zone: ZoneInfo) -> list[Post]:
    """Posts of these days: what stands, by the instant of its placing, and what is to come, by its day in the plan."""
    begin = datetime.combine(first, time(), zone)
    end = datetime.combine(last + timedelta(days=1), time(), zone)
    waits = and_(Placement.placed_at.is_(None), Placement.left_out_at.is_(None))
    coming = and_(waits, Publication.day.between(first, last), Publication.state.in_(OPEN))
    stands = and_(Placement.placed_at >= begin, Placement.placed_at < end, Placement.gone_at.is_(None))
    rows = db.session.execute(
        select(Publication.id, Publication.day, Publication.at, Placement.account_id, Placement.placed_at)
        .join(Placement, Placement.publication_id == Publication.id)
        .where(or_(coming, stands))
    )
    return [
        Post(
            str(row.id), row.account_id, _local(row.placed_at or row.at, row.day, zone), row.placed_at is not None,
            has_time=row.placed_at is not None or row.at is not None,
        )
        for row in rows
    ]  # fmt: skip


def figures(rows: Sequence[PlanRow]) -> Figures:
    """How many of these publications there are of each format and heading, the most frequent first."""
    formats = Counter(row.format for row in rows)
    headings = Counter(row.heading for row in rows if row.heading)
    return Figures(dict(formats.most_common()), dict(headings.most_common()))


def headings(known: Collection[str] = ()) -> list[str]:
    """Headings that were used, for the field of the editor."""
    used = db.session.scalars(select(Publication.heading).where(Publication.heading != "").distinct().limit(200))
    return sorted({*used, *known})


def _local(instant: datetime | None, day: date, zone: ZoneInfo) -> datetime:
    return instant.astimezone(zone) if instant else datetime.combine(day, NOON, zone)


# --- Texts of the plan with which another is compared
_MOST = 1500
"""The latest days first; a busy office makes three hundred in ninety days."""


def texts_since(first: date, without: int) -> Sequence[tuple[int, str, date, str]]:
    """Number, title, day and text of what is not cancelled since this day and still to come, but for one."""
    rows = db.session.execute(
        select(Publication.id, Publication.title, Publication.day, Publication.text)
        .where(
            Publication.id != without,
            Publication.day >= first,
            Publication.text != "",
            Publication.state != PublicationState.CANCELLED,
        )
        .order_by(Publication.day.desc(), Publication.id.desc())
        .limit(_MOST)
    )
    return rows.tuples().all()


# --- What a calendar outside shows of the plan
BEFORE, AFTER = timedelta(days=60), timedelta(days=366)


def entries(today: date) -> list[tuple[int, str, date, datetime | None]]:
    """Number, title, day and hour of each publication around this day that is not cancelled."""
    rows = db.session.execute(
        select(Publication.id, Publication.title, Publication.day, Publication.at)
        .where(Publication.day.between(today - BEFORE, today + AFTER), Publication.state != PublicationState.CANCELLED)
        .order_by(Publication.day, Publication.at, Publication.id)
    )
    return [(row.id, row.title, row.day, row.at) for row in rows]


def feed_of(user_id: int) -> PlanFeed | None:
    """The address that somebody has made."""
    return db.session.get(PlanFeed, user_id)

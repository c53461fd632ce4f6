"""Publications of given days, and the posts counted for «7 из 10» (Пр.2.2)."""

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Row, and_, exists, func, or_, select, true

from osm.base.database import db
from osm.base.types import OfRow
from osm.likeness.words import Folded, fold, likeness
from osm.models import Account, AccountEdition, Office, OutboxAction, Placement, PlanFeed, Publication, Stop, User
from osm.networks.catalogue import NETWORKS
from osm.plan.rules import OPEN, Format, Post, PublicationState, is_too_late
from osm.regulation import blacklist
from osm.regulation.own_pages import PageState

# --- Publications of given days
NOON = time(12)  # used for sorting and counting when the hour is not known


@dataclass(frozen=True, slots=True)
class PageName:
    """`label` and `short` tell the page from every other; `short` is the network alone for the only own page there."""

    id: int
    title: str
    network: str
    label: str
    short: str
    is_closed: bool = False
    is_own: bool = True  # of the administration itself; False: the register has another body for it


@dataclass(frozen=True, slots=True)
class PlanRow(OfRow):
    """A publication in the grid. `pages`: all its pages; `placed`: pages where it is placed."""

    row: Any
    time: str
    pages: tuple[PageName, ...]
    placed: frozenset[int]
    gone: frozenset[int]  # pages where it was deleted
    is_late: bool  # its time has passed, and it is not placed on all pages
    goes_out: bool  # its time has come and the program is working on it; it has not failed

    @property
    def is_open(self) -> bool:
        return self.row.state in OPEN


@dataclass(frozen=True, slots=True)
class Figures:
    formats: Mapping[Format, int]
    headings: Mapping[str, int]


def pages(*, closed: bool = False) -> list[PageName]:
    """Pages of the register by network and title; `closed`: with the closed ones."""
    of_now = and_(AccountEdition.account_id == Account.id, AccountEdition.until.is_(None))
    wanted = (
        select(
            Account.id, Account.title, Account.network, Account.external_id, AccountEdition.state, AccountEdition.body,
            AccountEdition.body_inn, Office.name.label("office"), Office.inn,
        )
        .outerjoin(AccountEdition, of_now)
        .outerjoin(Office, true())
        .order_by(Account.network, Account.title, Account.id)
    )  # fmt: skip
    rows = db.session.execute(wanted).all()
    closed_ids = {row.id for row in rows if row.state not in (None, PageState.ACTIVE)}
    shown = [row for row in rows if closed or row.id not in closed_ids]
    own = {row.id for row in rows if _is_own(row)} - closed_ids or {row.id for row in rows} - closed_ids
    of_network = Counter(row.network for row in rows if row.id in own)
    of_title = Counter((row.network, row.title) for row in shown)
    found = []
    for row in shown:
        network = NETWORKS[row.network].label if row.network in NETWORKS else row.network
        name = row.title or row.external_id
        if of_title[row.network, row.title] > 1:
            name = f"{name} ({row.body or row.external_id})"
        label, is_own = f"{network}: {name}", row.id in own
        short = network if is_own and of_network[row.network] == 1 else label
        found.append(PageName(row.id, row.title, row.network, label, short, row.id in closed_ids, is_own))
    return found


def own_pages() -> list[PageName]:
    """The open pages of the administration itself: a publication is meant for them unless a person says otherwise. If
    the register has none under its name, all open pages."""
    return [page for page in pages() if page.is_own]


def _is_own(row: Any) -> bool:
    if row.body is None or not (row.office or row.inn):
        return True
    if row.body_inn and row.inn:
        return bool(row.body_inn == row.inn)
    return " ".join(row.body.casefold().split()) == " ".join(row.office.casefold().split())


def rows_of(first: date, last: date, *, now: datetime, zone: ZoneInfo, page: int | None = None) -> list[PlanRow]:
    """Publications of these days (both included), by day and hour; `page`: only of this page."""
    wanted = (
        select(
            Publication.id, Publication.version, Publication.title, Publication.day, Publication.at, Publication.state,
            Publication.format, Publication.heading, Publication.ordered_at, Publication.late_minutes,
            func.coalesce(User.name, "").label("author"),
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
                row, f"{row.at.astimezone(zone):%H:%M}" if row.at else "",
                tuple(sorted((names[one] for one, *_ in here), key=lambda one: (one.network, one.title))),
                frozenset(one for one, is_placed, _ in here if is_placed),
                frozenset(one for one, _, is_gone in here if is_gone),
                passed and row.state in OPEN and not goes_out, goes_out,
            )
        )  # fmt: skip
    return sorted(rows, key=lambda row: (row.day, row.time or "99", row.id))


def _is_ordered() -> ColumnElement[bool]:
    """Condition: the program posts it on one of its pages, and no person has to act."""
    order = and_(OutboxAction.placement_id == Placement.id, OutboxAction.kind == blacklist.OutboxKind.POST)
    waits = and_(OutboxAction.state == blacklist.OutboxState.PENDING, OutboxAction.for_person.is_(False))
    return exists().where(Placement.publication_id == Publication.id, order, waits).correlate(Publication)


def _has_in_hand(row: Any, now: datetime) -> bool:
    """Whether the worker has ordered it, or still has time to within the delay that the author allows."""
    return row.is_ordered or (row.ordered_at is None and not is_too_late(row.at, row.late_minutes, now))


def posts_of(first: date, last: date, *, zone: ZoneInfo) -> list[Post]:
    """Posts of these days: placed ones by the time of placing, planned ones by their day."""
    begin = datetime.combine(first, time(), zone)
    end = datetime.combine(last + timedelta(days=1), time(), zone)
    waits = and_(Placement.placed_at.is_(None), Placement.left_out_at.is_(None))
    coming = and_(waits, Publication.day.between(first, last), Publication.state.in_(OPEN))
    placed = and_(Placement.placed_at >= begin, Placement.placed_at < end, Placement.gone_at.is_(None))
    rows = db.session.execute(
        select(Publication.id, Publication.day, Publication.at, Placement.account_id, Placement.placed_at)
        .join(Placement, Placement.publication_id == Publication.id)
        .where(or_(coming, placed))
    )
    return [
        Post(
            str(row.id), row.account_id, _local(row.placed_at or row.at, row.day, zone), row.placed_at is not None,
            has_time=row.placed_at is not None or row.at is not None,
        )
        for row in rows
    ]  # fmt: skip


def figures(rows: Sequence[PlanRow]) -> Figures:
    formats = Counter(row.format for row in rows)
    headings = Counter(row.heading for row in rows if row.heading)
    return Figures(dict(formats.most_common()), dict(headings.most_common()))


def headings(known: Collection[str] = ()) -> list[str]:
    used = db.session.scalars(select(Publication.heading).where(Publication.heading != "").distinct().limit(200))
    return sorted({*used, *known})


def _local(instant: datetime | None, day: date, zone: ZoneInfo) -> datetime:
    return instant.astimezone(zone) if instant else datetime.combine(day, NOON, zone)


# --- Similar publications (Пр.2.2)
SPAN = timedelta(days=90)
MOST = 3


def near_copies(text: str, publication_id: int, today: date) -> Sequence[Row[int, str, date, str]]:
    """Return up to MOST similar publications of the last SPAN and of the future, most similar first."""
    mine = fold(text)
    if mine is None:
        return ()
    found = []
    for row in texts_since(today - SPAN, publication_id):
        other = _folded(row.text)
        share = likeness(mine.letters, other.letters) if other else 0.0
        if share:
            found.append((share, row))
    found.sort(key=lambda pair: -pair[0])
    return [near for _, near in found[:MOST]]


@lru_cache(maxsize=2048)
def _folded(text: str) -> Folded | None:
    """Cached: texts of the plan are folded once, not at every key press."""
    return fold(text)


_MOST = 1500  # The latest days first. A busy office makes three hundred in ninety days.


def texts_since(first: date, without: int) -> Sequence[Row[int, str, date, str]]:
    """Id, title, day and text of publications since this day that are not cancelled, except `without`."""
    return db.session.execute(
        select(Publication.id, Publication.title, Publication.day, Publication.text)
        .where(
            Publication.id != without,
            Publication.day >= first,
            Publication.text != "",
            Publication.state != PublicationState.CANCELLED,
        )
        .order_by(Publication.day.desc(), Publication.id.desc())
        .limit(_MOST)
    ).all()


# --- Outside calendars
BEFORE, AFTER = timedelta(days=60), timedelta(days=366)


def entries(today: date) -> list[tuple[int, str, date, datetime | None]]:
    """Id, title, day and hour of publications around today that are not cancelled."""
    rows = db.session.execute(
        select(Publication.id, Publication.title, Publication.day, Publication.at)
        .where(Publication.day.between(today - BEFORE, today + AFTER), Publication.state != PublicationState.CANCELLED)
        .order_by(Publication.day, Publication.at, Publication.id)
    )
    return [(row.id, row.title, row.day, row.at) for row in rows]


def feed_of(user_id: int) -> PlanFeed | None:
    return db.session.get(PlanFeed, user_id)


def count_too_late() -> int:
    """Publications that are due and past their term while a stop holds the page; they are not sent."""
    stopped = exists().where(
        Stop.account_id.is_(None) | (Stop.account_id == Placement.account_id), Stop.since <= Publication.ordered_at
    )
    waits = exists().where(
        Placement.publication_id == Publication.id, Placement.placed_at.is_(None), Placement.error != "", stopped
    )
    wanted = select(func.count()).select_from(Publication)
    return db.session.scalar(wanted.where(Publication.state == PublicationState.FAILED, waits)) or 0

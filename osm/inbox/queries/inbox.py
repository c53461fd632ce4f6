"""The order of «Ждёт меня»: danger to life first, then what can still be done in time, then what is late."""

import hashlib
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from enum import IntEnum
from functools import lru_cache
from math import inf
from operator import attrgetter
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    Integer,
    ScalarSelect,
    Select,
    and_,
    bindparam,
    cast,
    false,
    func,
    literal,
    null,
    or_,
    select,
    true,
    union_all,
)

from osm.base.database import db
from osm.base.types import UtcDateTime, is_code
from osm.flow.queries import clocks
from osm.flow.queries.duties import (
    DUTIES,
    HURRY,
    TO_ROUTE,
    Asker,
    DayBorders,
    Duty,
    When,
    duties_of,
    final_due,
    runs,
    shown_due,
)
from osm.groups.queries import common_answer
from osm.imports.queries.runs import last_load
from osm.inbox.queries.news import DANGER, DUE, FIRST, HIDDEN, KINDS, other_values, other_waits
from osm.log.queries.history import Arrivals
from osm.models import Assignment, Event, Message, User
from osm.regulation.errors import CalendarOutOfRange
from osm.regulation.words import Action, ClockKind, Importance, Role, Status
from osm.regulation.working_time.worktime import WorkCalendar

EVENING = timedelta(hours=16)  # from this local hour the next working morning belongs to the list (design §7)


class Rank(IntEnum):
    """The place of a row. Rows after UNDATED are not on the list: each rank of them has a page of its own."""

    DANGER = 0
    HIGH = 1  # high importance and not routed
    FIRST = 2  # a shift or an export that waits, an emergency, a burst, work of an absent person
    IN_TIME = 3
    LATE = 4
    UNDATED = 5  # waits now, without a term
    OTHERS = 6  # the work of another person, which is late or of which he is reminded
    MORNING = 7
    LATER = 8
    HIDDEN = 9  # shown elsewhere: in the bar above each page


OTHER_PAGES = {"others": Rank.OTHERS, "morning": Rank.MORNING, "later": Rank.LATER}
"""Key in the address → the rank that its page shows."""


def end_of_list(borders: DayBorders, now: datetime) -> datetime:
    """The last term that is on the list now."""
    is_evening = borders.is_over or now >= borders.opens + EVENING
    return borders.morning if is_evening else borders.today


def rank_of(duty: int, due: datetime | None, presses: bool, runs: bool, borders: DayBorders, now: datetime) -> Rank:
    """Computed for every row of every open list. `presses`: high importance and not routed, or reminded (П.13)."""
    if duty < 0:
        if duty in HIDDEN:
            return Rank.HIDDEN
        if duty == DANGER or duty in FIRST:
            return Rank.DANGER if duty == DANGER else Rank.FIRST
        if due is None:
            return Rank.UNDATED
    elif DUTIES[duty].verb == HURRY:
        return Rank.OTHERS
    elif presses and runs and DUTIES[duty].status in TO_ROUTE:
        return Rank.HIGH
    if due is None:
        # A running clock with an unknown deadline is at the top, because the calendar must be entered.
        return Rank.IN_TIME if runs else Rank.LATER
    if due < now:
        return Rank.LATE
    if presses or due <= end_of_list(borders, now):
        return Rank.IN_TIME
    return Rank.MORNING if due <= borders.morning else Rank.LATER


_ON_WEEKDAY = ("В понедельник", "Во вторник", "В среду", "В четверг", "В пятницу", "В субботу", "В воскресенье")


def morning_label(borders: DayBorders) -> str:
    """«Завтра с утра»; before days off the next working day by its name."""
    days = (borders.morning.date() - borders.opens.date()).days
    if days == 1:
        return "Завтра с утра"
    date = f" {borders.morning:%d.%m}" if days >= len(_ON_WEEKDAY) else ""
    return f"{_ON_WEEKDAY[borders.morning.weekday()]}{date} с утра"


# --- The last act of a person, which he can still undo
CLOSINGS = (Action.DISMISS, Action.EXCLUDE)  # closings by one press


def just_done(person_id: int, since: datetime) -> list[Any]:
    """The last act of this person since then, with all messages of it, unless something was done to them later.
    `version` is the one made by the act; `executor` is empty if it closed the message."""
    routed = and_(
        Event.action == Action.ROUTE, Message.status == Status.IN_WORK, Assignment.id.is_not(None),
        Assignment.opened_at.is_(None),
    )  # fmt: skip
    closed = and_(Event.action.in_(CLOSINGS), Message.status.in_((Status.DISMISSED, Status.EXCLUDED)))
    rows = db.session.execute(
        select(
            Event.at, Message.id.label("message_id"), Message.number, Message.version, Message.status, Event.changes,
            User.name.label("executor"),
        )
        .join(Message, Message.id == Event.message_id)
        .outerjoin(Assignment, and_(Event.action == Action.ROUTE, Assignment.id == Event.object_id))
        .outerjoin(User, User.id == Assignment.executor_id)
        .where(Event.actor_id == person_id, Event.at >= since, or_(routed, closed))
        .order_by(Event.at.desc(), Event.id)
    ).all()  # fmt: skip
    return [row for row in rows if row.at == rows[0].at and is_a_slip(row.changes, row.status, row.version)]


def is_a_slip(changes: dict, status: Status, version: int) -> bool:  # type: ignore[type-arg]
    """Whether this was the last act on the message and, if it closed it, the first look at a new one."""
    is_last = changes["version"][1] == version
    return bool(is_last and (status is Status.IN_WORK or changes["status"][0] in TO_ROUTE))


# --- The list
_LOG = -4


class Place(NamedTuple):
    """The place of a row in the list: its duty (number in DUTIES, or a kind of `news`), deadline and rank."""

    id: int
    duty: int
    due: datetime | None
    rank: Rank
    group: int | None = None  # the common answer for this duty
    members: int = 1  # number of messages in this row; the row has the first of their deadlines

    @property
    def key(self) -> tuple[int, float, int, int]:
        """Sort key: by rank, in it the next deadline first, rows without one by their kinds."""
        unknown = 0.0 if self.rank is Rank.IN_TIME else inf
        return (self.rank, self.due.timestamp() if self.due else unknown, -min(self.duty, 0), self.id)


class WaitingList(NamedTuple):
    """Everything that waits, the id of the last row of the log at that time, and when the newest load ended."""

    places: list[Place]
    look: int
    loaded_at: datetime | None = None


_KEY = attrgetter("key")


def waiting_places(asker: Asker, statuses: Collection[Status] | None = None) -> list[Place]:
    """Everything that waits for this person, unsorted; `statuses`: only messages with one of these. Two queries, and a
    page needs no other. Of a very long list only the next deadlines are read, some thousand."""
    return read_list(asker, statuses).places


def read_list(asker: Asker, statuses: Collection[Status] | None = None) -> WaitingList:
    """The same, with the last row of the log at that time. With `statuses`, notes of colleagues are left out."""
    duties = _duties(asker.roles, None if statuses is None else frozenset(statuses))
    if not asker.roles or (statuses is not None and not duties):
        return WaitingList([], 0)
    kind, values = (asker.roles, asker.publishing_networks, duties), _values(asker)
    bounded = [duty for duty in duties if clocks.is_bounded(duty)]
    piled = bool(bounded) and clocks.is_pile({duty.status for duty in bounded})
    if piled:
        near = clocks.by_status(db.session.execute(near_statement(*kind), values))
        values |= clocks.near_values(near, bounded, db.engine.dialect.name)
    statement = _statement(*kind, statuses is None, piled, db.engine.dialect.name)
    found = db.session.execute(statement, values).all()
    places = [
        Place(i, duty, due, rank_of(duty, due, presses, runs, asker.borders, asker.now), group)
        for i, duty, due, presses, runs, group in found
        if duty != _LOG
    ]
    look, loaded_at = next(((i or 0, at) for i, duty, at, *_ in found if duty == _LOG), (0, None))
    return WaitingList(_together(places), look, loaded_at)


def _together(places: Iterable[Place]) -> list[Place]:
    """One place for all messages of a common answer with the same duty: that of the first deadline."""
    alone, grouped = [], defaultdict(list)
    for place in places:
        if place.group is None:
            alone.append(place)
        else:
            grouped[place.group, place.duty].append(place)
    for members in grouped.values():
        alone.append(min(members, key=_KEY)._replace(members=len(members)))
    return alone


def message_rows(asker: Asker, places: Collection[Place]) -> dict[Place, clocks.InboxRow]:
    """The messages at these places; the number of queries does not depend on theirs."""
    wanted = [place for place in places if place.duty >= 0]
    rows = clocks.read_rows([(place.id, DUTIES[place.duty]) for place in wanted], asker.user_id)
    return {
        place: replace(rows[place.id], group_id=place.group, members=place.members) if place.group else rows[place.id]
        for place in wanted
        if place.id in rows
    }


def number_waiting(asker: Asker) -> tuple[ScalarSelect[int], dict[str, Any]]:
    """The number of rows of the list. A common answer counts once. A column, and the values of its parameters."""
    return count_statement(asker.roles, asker.publishing_networks), _values(asker)


def count_places(places: Iterable[Place]) -> int:
    """The same number, from places already read."""
    return sum(place.rank <= Rank.UNDATED for place in places)


def next_waiting(asker: Asker, statuses: Collection[Status] | None = None) -> tuple[int, str] | None:
    """Id and number of the first message of the list; `statuses`: only messages with one of these."""
    places = waiting_places(asker, statuses)
    if not places:
        return None
    top = min(places, key=_KEY)
    found = db.session.execute(select(Message.id, Message.number).where(Message.id == top.id)).first()
    return (found.id, found.number) if found else None


def rows_of(asker: Asker, message_ids: Sequence[int]) -> dict[int, clocks.InboxRow]:
    """Message id → its row, for those of these messages that wait for this person."""
    parts = [
        select(Message.id, literal(position)).where(condition, Message.id.in_(message_ids))
        for position, _, condition in duties_of(asker)
    ]
    found = db.session.execute(union_all(*parts)).all() if parts else []
    return clocks.read_rows([(message_id, DUTIES[position]) for message_id, position in found], asker.user_id)


def _values(asker: Asker) -> dict[str, Any]:
    borders = asker.borders
    return {
        "asker": asker.user_id, "now": asker.now, "soon": borders.soon, "today": end_of_list(borders, asker.now),
        "morning": borders.morning, "reminded": borders.reminded, "absent": asker.absent, "heads": asker.heads,
        **other_values(asker),
    }  # fmt: skip


def _anybody(roles: frozenset[Role], networks: frozenset[str]) -> Asker:
    """An asker with bind parameters for the person and the instants."""

    def instant(name: str) -> Any:
        return bindparam(name, type_=UtcDateTime())

    borders = DayBorders(*map(instant, ("opens", "soon", "today", "morning", "reminded")))
    person: Any = bindparam("asker", type_=Integer())
    return Asker(person, None, roles, instant("now"), borders, networks)


# Building the queries takes longer than running them on some hundred open messages, so one is cached for each set of
# roles.


@lru_cache(maxsize=64)
def _duties(roles: frozenset[Role], statuses: frozenset[Status] | None) -> tuple[Duty, ...]:
    duties = (duty for _, duty, _ in duties_of(_anybody(roles, frozenset())))
    return tuple(duty for duty in duties if statuses is None or duty.status in statuses)


@lru_cache(maxsize=64)
def near_statement(roles: frozenset[Role], networks: frozenset[str], duties: tuple[Duty, ...]) -> Select[Any]:
    bounded = [duty for duty in duties if clocks.is_bounded(duty)]
    return clocks.near_ids(bounded, _anybody(roles, networks).borders.soon)  # type: ignore[arg-type]


@lru_cache(maxsize=64)
def _statement(
    roles: frozenset[Role], networks: frozenset[str], duties: tuple[Duty, ...], everything: bool, piled: bool,
    dialect: str,
) -> CompoundSelect[Any]:  # fmt: skip
    """id, duty, due, does it press, does a clock run, common answer. The first row is the last of the log, with the
    last load."""
    parts: list[Any] = []
    asker = _anybody(roles, networks)
    for position, duty, condition in duties_of(asker):
        if duty in duties:
            measured: list[Any] = [shown_due(duty, asker), _presses(duty, asker), runs(duty, asker)]
            part = select(Message.id, literal(position), *measured, common_answer(duty.status)).where(condition)
            parts.append(part.where(clocks.is_near(duty, dialect)) if piled and clocks.is_bounded(duty) else part)
    never, nothing = cast(null(), UtcDateTime()), (false(), true(), cast(null(), Integer))
    if everything:
        parts += [
            select(one, literal(kind), DUE.get(kind, never), *nothing).where(waits)
            for one, kind, waits in other_waits(asker)
        ]
    return union_all(select(func.max(Event.id), literal(_LOG), last_load(), *nothing), *parts)


@lru_cache(maxsize=64)
def count_statement(roles: frozenset[Role], networks: frozenset[str]) -> ScalarSelect[int]:
    asker = _anybody(roles, networks)
    parts = [
        select(common_answer(duty.status), literal(position).label("duty")).where(
            condition,
            runs(duty, asker),
            # An unknown deadline is on the list.
            or_(_presses(duty, asker), func.coalesce(shown_due(duty, asker) <= asker.borders.today, true())),
        )
        for position, duty, condition in duties_of(asker)
        if duty.verb != HURRY
    ]
    parts += [
        select(cast(null(), Integer).label("answer"), literal(kind).label("duty")).where(
            waits, *([func.coalesce(DUE[kind] <= asker.borders.today, true())] if kind in DUE else [])
        )
        for _, kind, waits in other_waits(asker)
        if kind not in HIDDEN
    ]
    some = union_all(*parts).limit(clocks.COUNTED).subquery()
    together = some.c.answer * len(DUTIES) + some.c.duty
    return select(func.count().filter(some.c.answer.is_(None)) + func.count(together.distinct())).scalar_subquery()


def _presses(duty: Duty, asker: Asker) -> ColumnElement[bool]:
    """Whether the row is on the list before its term: of high importance, or reminded of the final answer (П.13)."""
    # At high importance the executor has his hour only if the message is routed at once (reading 4 of П.7).
    if duty.status in TO_ROUTE:
        return is_code(Message.importance, Importance.HIGH)
    if duty.verb == HURRY or duty.is_part or ClockKind.FINAL not in duty.clocks:
        return false()
    return func.coalesce(final_due() <= asker.borders.reminded, false())


# --- Changes of an open list
def signature(places: Iterable[Place], now: datetime) -> str:
    """Changes when a row comes or goes, changes its rank, or misses a deadline."""
    seen = sorted(
        (place.id, place.duty, place.rank, bool(place.due and place.due < now), place.members) for place in places
    )
    return hashlib.sha256(repr(seen).encode()).hexdigest()[:16]


def count_new(places: Iterable[Place], came: Arrivals) -> int:
    """How many of these came from others; work of another person is new when its deadline has passed."""
    return sum(place.id in _brought(place, came) for place in places)


def _brought(place: Place, came: Arrivals) -> frozenset[int]:
    if place.duty < 0:
        return came.others.get(KINDS[place.duty], frozenset())
    return came.late if DUTIES[place.duty].when is When.LATE else came.messages


def stays_until(places: Sequence[Place], borders: DayBorders, now: datetime, calendar: WorkCalendar) -> datetime:
    """Until when the list stays if no person acts: a deadline, the evening, the office's hours, or a day begins."""
    turns = [place.due for place in places if place.due] + [borders.opens + EVENING, borders.opens + timedelta(days=1)]
    try:
        turns += [calendar.next_working(now), calendar.add_working_days(now, 0)]
    except CalendarOutOfRange:
        return now
    return min(turn for turn in turns if turn > now)

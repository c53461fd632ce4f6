"""Urgent reports as screens and the document show them (П.20), and what waits for people."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    Boolean,
    ColumnElement,
    Integer,
    ScalarSelect,
    and_,
    bindparam,
    exists,
    false,
    func,
    or_,
    select,
    true,
)
from sqlalchemy.orm import aliased, joinedload

from osm.base.database import db
from osm.base.types import OfRow, among_codes, of_rows, with_columns
from osm.models import (
    Assignment,
    Burst,
    BurstMark,
    Danger,
    Message,
    Reached,
    ReachedAs,
    Shift,
    UrgentReading,
    UrgentReport,
    User,
    UserRole,
)
from osm.people.queries.people import office
from osm.regulation.transitions import OPEN
from osm.regulation.words import PRESS_CENTRE, Post, Role
from osm.urgent.queries.instructions import InstructionRow, of_reports
from osm.urgent.queries.shifts import WAITS

LIST_ROWS = 200


@dataclass(frozen=True, slots=True)
class Read:
    """A leader's reading. `post`: «руководитель аппарата», may be empty."""

    user_id: int
    name: str
    post: str
    at: datetime

    @property
    def who(self) -> str:
        return f"{self.name}, {self.post}" if self.post else self.name


@dataclass(frozen=True, slots=True)
class ReportRow(OfRow):
    """A report and what followed. `burst`: the name of the reported burst."""

    row: UrgentReport
    message_id: int | None
    number: str
    burst: str
    sent_by: str
    reached_by: str
    noted_by: str
    readings: tuple[Read, ...] = ()  # leaders who have read it
    instructions: tuple[InstructionRow, ...] = ()

    @property
    def is_unread(self) -> bool:
        """The head does not know of it yet."""
        return self.row.reached is None

    @property
    def is_brought(self) -> bool:
        """«Доведено до главы»: read by «глава» of that time, or reported to him by telephone."""
        return self.row.reached_as is not None

    @property
    def reached_who(self) -> str:
        """«Светлана Рощина, и. о. главы, распоряжение № 12»."""
        acting = self.row.reached_as is ReachedAs.ACTING
        return f"{self.reached_by}, и. о. главы, {self.row.reached_act}" if acting else self.reached_by

    @property
    def by_phone(self) -> bool:
        return self.row.reached is Reached.PHONE

    @property
    def is_to_call(self) -> bool:
        """The duty officer was notified to call."""
        return self.is_unread and self.row.call_told_at is not None

    @property
    def minutes_to_send(self) -> int | None:
        """Minutes from when it became known here to the report."""
        return _minutes(self.row.known_at, self.row.sent_at)

    @property
    def minutes_to_reach(self) -> int | None:
        """Minutes from the report to the head's knowing."""
        return _minutes(self.row.sent_at, self.row.reached_at)


def unread(person: User, heads: bool) -> list[ReportRow]:
    """Reports that this person has to read or to call about, oldest first; `heads`: he is «глава» now."""
    waits = report_waits(person.id, person.roles, true() if heads else false())
    return _rows(_query().where(waits).order_by(UrgentReport.id))


@lru_cache(maxsize=32)
def number_unread(roles: frozenset[Role]) -> ScalarSelect[int]:
    """How many `unread` finds, as a column; `asker`: the person."""
    asker, is_head = bindparam("asker", type_=Integer()), bindparam("heads", type_=Boolean())
    return select(func.count(UrgentReport.id)).where(report_waits(asker, roles, is_head)).scalar_subquery()


def lately(since: datetime) -> list[ReportRow]:
    """Unread reports and those sent since then, with instructions."""
    waits = UrgentReport.reached.is_(None)
    found = _query().where(or_(waits, UrgentReport.sent_at >= since))
    return _whole(_rows(found.order_by(waits.desc(), UrgentReport.id.desc()).limit(LIST_ROWS)))


def listed() -> list[ReportRow]:
    """All, newest first."""
    return _whole(_rows(_query().order_by(UrgentReport.id.desc()).limit(LIST_ROWS)))


def between(begin: datetime, end: datetime, most: int) -> list[ReportRow]:
    """Reports of a period, oldest first, at most `most`, with instructions."""
    asked = _query().where(UrgentReport.sent_at >= begin, UrgentReport.sent_at < end)
    return _whole(_rows(asked.order_by(UrgentReport.id).limit(most)))


def of_message(message_id: int) -> list[ReportRow]:
    """Reports on a message, oldest first, with instructions."""
    found = _query().where(UrgentReport.message_id == message_id).order_by(UrgentReport.id)
    return _whole(_rows(found))


def of_bursts(burst_ids: Collection[int]) -> dict[int, list[ReportRow]]:
    """Burst id → its reports, oldest first, with instructions."""
    found: dict[int, list[ReportRow]] = {}
    if burst_ids:
        asked = _query().where(UrgentReport.burst_id.in_(burst_ids)).order_by(UrgentReport.id)
        for row in _whole(_rows(asked)):
            found.setdefault(row.burst_id or 0, []).append(row)
    return found


def one(report_id: int) -> ReportRow | None:
    return next(iter(_whole(_rows(_query().where(UrgentReport.id == report_id)))), None)


def sources_of(message_ids: Sequence[int]) -> list[Any]:
    """Sources of these messages, in the same order; messages of an undone import are left out."""
    rows = db.session.execute(
        select(Message.id, Message.url, func.coalesce(Message.published_at, Message.received_at).label("since")).where(
            Message.id.in_(message_ids), Message.recalled_at.is_(None)
        )
    )
    found = {row.id: row for row in rows}
    return [found[one_id] for one_id in message_ids if one_id in found]


def leaders_without_post() -> list[tuple[int, str]]:
    """Possible heads, if no account has the post."""
    found = db.session.execute(
        select(User.id, User.name, User.position)
        .where(User.is_active, User.post.is_(None), User.role_rows.any(UserRole.role == Role.HEAD))
        .order_by(User.name)
    )
    return [(user_id, f"{name} ({position})" if position else name) for user_id, name, position in found]


def who_works(row: ReportRow) -> int | None:
    """The executor with the most of its messages."""
    marked = select(BurstMark.message_id).where(BurstMark.burst_id == row.burst_id)
    its = Assignment.message_id.in_(marked) if row.burst_id else Assignment.message_id == row.message_id
    query = select(Assignment.executor_id).where(its, Assignment.ended_at.is_(None)).group_by(Assignment.executor_id)
    return db.session.scalar(query.order_by(func.count().desc(), Assignment.executor_id).limit(1))


def duty() -> tuple[list[Any], list[str]]:
    """The press centre, its chief first, and the office's duty telephones as entered."""
    rows = db.session.execute(
        select(User.name, User.position, User.phone, User.post)
        .where(User.is_active, or_(User.post == Post.PRESS_CHIEF, User.role_rows.any(UserRole.role.in_(PRESS_CENTRE))))
        .order_by(User.name)
    ).all()
    rows = sorted(rows, key=lambda row: (row.post is not Post.PRESS_CHIEF, row.name))
    return rows, office().duty_phones.splitlines()


def _whole(rows: list[ReportRow]) -> list[ReportRow]:
    """Add instructions, and the readings of the other leaders."""
    ids = [row.id for row in rows]
    given, read = of_reports(ids), _readings_of(ids)
    return [
        replace(row, instructions=tuple(given.get(row.id, ())), readings=tuple(read.get(row.id, ()))) for row in rows
    ]


def _readings_of(report_ids: Collection[int]) -> dict[int, list[Read]]:
    found: dict[int, list[Read]] = {}
    if report_ids:
        others = UrgentReport.reached_id.is_(None) | (UrgentReport.reached_id != UrgentReading.user_id)
        rows = db.session.execute(
            select(UrgentReading.urgent_report_id, User.id, User.name, User.post, UrgentReading.read_at)
            .join(User, User.id == UrgentReading.user_id)
            .join(UrgentReport, UrgentReport.id == UrgentReading.urgent_report_id)
            .where(UrgentReading.urgent_report_id.in_(report_ids), others)
            .order_by(UrgentReading.read_at, User.name)
        )
        for report_id, user_id, name, post, at in rows:
            found.setdefault(report_id, []).append(Read(user_id, name, post.label.lower() if post else "", at))
    return found


def _minutes(begin: datetime | None, end: datetime | None) -> int | None:
    return int((end - begin).total_seconds() // 60) if begin and end else None


_sender, _leader, _noter = aliased(User), aliased(User), aliased(User)


def _query() -> Any:
    columns = with_columns(
        UrgentReport, message_id=Message.id, number=func.coalesce(Message.number, ""),
        burst=func.coalesce(Burst.name, ""), sent_by=_sender.name, reached_by=func.coalesce(_leader.name, ""),
        noted_by=func.coalesce(_noter.name, ""),
    )  # fmt: skip
    return (
        select(*columns)
        .select_from(UrgentReport)
        .join(_sender, _sender.id == UrgentReport.sent_by_id)
        .outerjoin(_leader, _leader.id == UrgentReport.reached_id)
        .outerjoin(_noter, _noter.id == UrgentReport.noted_by_id)
        .outerjoin(Message, and_(Message.id == UrgentReport.message_id, Message.recalled_at.is_(None)))
        .outerjoin(Burst, Burst.id == UrgentReport.burst_id)
    )


def _rows(query: Any) -> list[ReportRow]:
    return of_rows(ReportRow, db.session.execute(query))


# --- Conditions
TELEPHONE = PRESS_CENTRE  # roles that call the head


def shift_waits(person_id: int) -> ColumnElement[bool]:
    """Condition on Shift: handed over by another person and not taken yet."""
    return and_(WAITS, Shift.given_by_id != person_id)


def report_waits(person_id: Any, roles: Collection[Role], heads: Any) -> ColumnElement[bool]:
    """Condition on UrgentReport: a leader has to read it, or the press centre to call. After his own reading a leader
    sees it again only if he is «глава» now (`heads`, also as a parameter) and was not then."""
    waits: list[ColumnElement[bool]] = []
    if Role.HEAD in roles:
        own = exists().where(UrgentReading.urgent_report_id == UrgentReport.id, UrgentReading.user_id == person_id)
        waits.append(or_(heads, ~own))
    if TELEPHONE & set(roles):
        waits.append(UrgentReport.call_told_at.is_not(None))
    return and_(UrgentReport.reached.is_(None), or_(*waits)) if waits else false()


def danger_waits() -> ColumnElement[bool]:
    """Condition on Danger: not decided, and the message is open."""
    is_open = (Message.id == Danger.message_id, among_codes(Message.status, OPEN), Message.recalled_at.is_(None))
    return and_(Danger.reply.is_(None), exists().where(*is_open))


# --- Signs of danger to life
def words_of(found: Sequence[dict[str, Any]]) -> str:
    """«провод», «упал», «дети»."""
    return ", ".join(f"«{word}»" for word in dict.fromkeys(word for one in found for word in one["words"]))


def waiting() -> list[Danger]:
    """Undecided signs with their messages, newest first."""
    asked = select(Danger).where(danger_waits()).order_by(Danger.noted_at.desc(), Danger.message_id.desc())
    return list(db.session.scalars(asked.options(joinedload(Danger.message), joinedload(Danger.seen_by))).unique())


def danger_of(message_id: int) -> Danger | None:
    return db.session.get(Danger, message_id, options=[joinedload(Danger.seen_by)])

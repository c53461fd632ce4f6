"""Urgent reports as screens and the document show them (П.20)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import aliased, lazyload

from osm.extensions import db
from osm.regulation.words import PRESS_CENTRE, Post, Role
from osm.store.models import Burst, Message, Reached, UrgentReport, User, UserRole
from osm.store.queries.control.instructions import InstructionRow, of_reports
from osm.store.queries.control.waiting import report_waits
from osm.store.queries.staff.leaders import office

LIST_ROWS = 200


@dataclass(frozen=True, slots=True)
class Caller:
    """Somebody of the press centre who can be called, or telephones the head."""

    name: str
    position: str
    phone: str


@dataclass(frozen=True, slots=True)
class ReportRow:
    """One report with everything that followed."""

    id: int
    version: int
    message_id: int | None
    number: str
    burst_id: int | None
    burst: str
    """What the burst is about that was reported."""
    what: str
    place: str
    since_at: datetime | None
    how_many: int
    links: tuple[str, ...]
    workers: str
    done: str
    received_at: datetime | None
    sent_at: datetime
    sent_by_id: int
    sent_by: str
    call_due_at: datetime
    call_told_at: datetime | None
    reached: Reached | None
    reached_at: datetime | None
    reached_by: str
    noted_by: str
    words: str
    instructions: tuple[InstructionRow, ...] = ()

    @property
    def is_unread(self) -> bool:
        return self.reached is None

    @property
    def by_phone(self) -> bool:
        return self.reached is Reached.PHONE

    @property
    def is_to_call(self) -> bool:
        """Whether the duty officer is told to telephone."""
        return self.is_unread and self.call_told_at is not None

    @property
    def minutes_to_send(self) -> int | None:
        """From the message, or from when the burst was known, to the report."""
        return _minutes(self.received_at, self.sent_at)

    @property
    def minutes_to_reach(self) -> int | None:
        """From the report to the head's knowing."""
        return _minutes(self.sent_at, self.reached_at)


def unread(person: User) -> list[ReportRow]:
    """Those that this person has to read or to telephone about, the oldest first."""
    return _rows(_query().where(report_waits(person.roles)).order_by(UrgentReport.id))


def lately(since: datetime) -> list[ReportRow]:
    """Unread reports, and the last ones sent since then; with their instructions."""
    waits = UrgentReport.reached.is_(None)
    found = _query().where(or_(waits, UrgentReport.sent_at >= since))
    return _with_instructions(_rows(found.order_by(waits.desc(), UrgentReport.id.desc()).limit(LIST_ROWS)))


def listed() -> list[ReportRow]:
    """The register, the newest first."""
    return _with_instructions(_rows(_query().order_by(UrgentReport.id.desc()).limit(LIST_ROWS)))


def between(begin: datetime, end: datetime, most: int) -> list[ReportRow]:
    """Those sent in a period, the first first, at most so many; with their instructions."""
    asked = _query().where(UrgentReport.sent_at >= begin, UrgentReport.sent_at < end)
    return _with_instructions(_rows(asked.order_by(UrgentReport.id).limit(most)))


def of_message(message_id: int) -> list[ReportRow]:
    """Those about one message, oldest first, with their instructions."""
    found = _query().where(UrgentReport.message_id == message_id).order_by(UrgentReport.id)
    return _with_instructions(_rows(found))


def of_bursts(burst_ids: Collection[int]) -> dict[int, list[ReportRow]]:
    """Burst → the reports about it, oldest first, with their instructions."""
    found: dict[int, list[ReportRow]] = {}
    if burst_ids:
        asked = _query().where(UrgentReport.burst_id.in_(burst_ids)).order_by(UrgentReport.id)
        for row in _with_instructions(_rows(asked)):
            found.setdefault(row.burst_id or 0, []).append(row)
    return found


def one(report_id: int) -> ReportRow | None:
    """One report, None where there is none."""
    return next(iter(_with_instructions(_rows(_query().where(UrgentReport.id == report_id)))), None)


@dataclass(frozen=True, slots=True)
class Source:
    """Where one of the messages stands, and since when."""

    url: str
    since: datetime


def sources_of(message_ids: Sequence[int]) -> list[Source]:
    """Of these messages, in their order; what was taken back with its load is left out."""
    rows = db.session.execute(
        select(Message.id, Message.url, func.coalesce(Message.published_at, Message.received_at))
        .where(Message.id.in_(message_ids), Message.recalled_at.is_(None))
    )  # fmt: skip
    found = {one_id: Source(url or "", since) for one_id, url, since in rows}
    return [found[one_id] for one_id in message_ids if one_id in found]


def told() -> list[tuple[int, str]]:
    """To whom the duty officer reports by telephone: the head first, deputies last."""
    people = db.session.execute(
        select(User.id, User.name, User.position, User.post)
        .where(User.is_active, User.role_rows.any(UserRole.role == Role.HEAD))
        .order_by(User.name)
    ).all()
    order = {Post.HEAD: 0, Post.CHIEF_OF_STAFF: 1, None: 2}
    return [
        (user_id, f"{name} ({position})" if position else name)
        for user_id, name, position, _ in sorted(people, key=lambda row: (order.get(row.post, 3), row.name))
    ]


def head_phone() -> Caller | None:
    """Whom to telephone: the head, the chief of staff while that post is vacant."""
    found = db.session.execute(
        select(User.name, User.position, User.phone)
        .where(User.post.in_((Post.HEAD, Post.CHIEF_OF_STAFF)))
        .order_by(User.post != Post.HEAD)
        .limit(1)
    ).first()
    return Caller(*found) if found else None


def duty() -> tuple[list[Caller], list[str]]:
    """Who telephones: the press centre, its chief first; and the office's duty telephones, as they are written."""
    rows = db.session.execute(
        select(User.name, User.position, User.phone, User.post)
        .where(
            User.is_active,
            or_(
                User.post == Post.PRESS_CHIEF,
                User.role_rows.any(UserRole.role.in_(PRESS_CENTRE)),
            ),
        )
        .order_by(User.name)
    ).all()
    rows = sorted(rows, key=lambda row: (row.post is not Post.PRESS_CHIEF, row.name))
    return [Caller(name, position, phone) for name, position, phone, _ in rows], office().duty_phones.splitlines()


def _with_instructions(rows: list[ReportRow]) -> list[ReportRow]:
    found = of_reports([row.id for row in rows])
    return [replace(row, instructions=tuple(found.get(row.id, ()))) for row in rows]


def _minutes(begin: datetime | None, end: datetime | None) -> int | None:
    return int((end - begin).total_seconds() // 60) if begin and end else None


_sender, _leader, _noter = aliased(User), aliased(User), aliased(User)


def _query() -> Any:
    return (
        select(UrgentReport, Message.number, Burst.name, _sender.name, _leader.name, _noter.name)
        .join(_sender, _sender.id == UrgentReport.sent_by_id)
        .outerjoin(_leader, _leader.id == UrgentReport.reached_id)
        .outerjoin(_noter, _noter.id == UrgentReport.noted_by_id)
        .outerjoin(Message, and_(Message.id == UrgentReport.message_id, Message.recalled_at.is_(None)))
        .outerjoin(Burst, Burst.id == UrgentReport.burst_id)
        .options(lazyload("*"))
    )


def _rows(query: Any) -> list[ReportRow]:
    found: Sequence[Any] = db.session.execute(query).all()
    return [
        ReportRow(
            id=row.id,
            version=row.version,
            message_id=row.message_id if number else None,
            number=number or "",
            burst_id=row.burst_id,
            burst=burst or "",
            what=row.what,
            place=row.place,
            since_at=row.since_at,
            how_many=row.how_many,
            links=tuple(row.links.splitlines()),
            workers=row.workers,
            done=row.done,
            received_at=row.received_at,
            sent_at=row.sent_at,
            sent_by_id=row.sent_by_id,
            sent_by=sender,
            call_due_at=row.call_due_at,
            call_told_at=row.call_told_at,
            reached=row.reached,
            reached_at=row.reached_at,
            reached_by=leader or "",
            noted_by=noter or "",
            words=row.words,
        )
        for row, number, burst, sender, leader, noter in found
    ]

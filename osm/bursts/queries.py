"""Bursts for pages and the command: list, waiting ones, and one with its texts, places and hours."""

import math
from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, exists, func, or_, select

from osm.base.database import db
from osm.base.types import OfRow, of_rows, with_columns
from osm.groups.queries import GROUPED
from osm.models import (
    TEXT_OF_MARK,
    Assignment,
    Author,
    Burst,
    BurstKind,
    BurstMark,
    Comment,
    Decision,
    Department,
    GroupMember,
    Message,
    MessageVerdict,
    UrgentReport,
    User,
)
from osm.regulation.words import Status
from osm.regulation.working_time.worktime import plural

SHOWN = 100  # bursts in the list, the latest
TEXTS = 200  # texts shown for a burst, the latest
LEADING = 5  # places or topics shown for a burst
WORKERS = 10  # executors shown for a burst
BEFORE = timedelta(hours=6)  # part of the curve before the burst
BARS = 48
_MOST = 5_000
FRESH = timedelta(hours=24)  # a burst is counted in the menu for this long


@dataclass(frozen=True, slots=True)
class BurstRow(OfRow):
    """A burst. `told`: number within `window` minutes when it was reported to people; `count`: number now."""

    row: Burst
    count: int

    @property
    def usual(self) -> float:
        return self.row.usual_hundredths / 100

    @property
    def version(self) -> int:
        """Changes when the burst has doubled, because it is then reported again."""
        return 2 if self.row.doubled_at else 1

    @property
    def named(self) -> str:
        """«Отопление, улица Калининская»."""
        both = (self.row.name, self.row.also) if self.row.kind is BurstKind.TOPIC else (self.row.also, self.row.name)
        words = ", ".join(filter(None, both))
        return words[:1].upper() + words[1:]

    @property
    def title(self) -> str:
        """«Отопление, улица Калининская: 38 сообщений за 2 часа»."""
        return f"{self.named}: {self.size}"

    @property
    def size(self) -> str:
        """«38 сообщений за 2 часа»."""
        many = plural(self.count, "сообщение", "сообщения", "сообщений")
        return f"{self.count} {many} за {window_words(self._minutes)}"

    @property
    def against(self) -> str:
        """«обычно 1,3»; if it has grown: «замечено 12 за 2 часа, обычно 1,3»."""
        number = f"{self.usual:.1f}".replace(".", ",").removesuffix(",0")
        usual = "обычно ни одного" if number == "0" else f"обычно {number}"
        is_same = (self.row.told, self.row.window) == (self.count, self._minutes)
        return usual if is_same else f"замечено {self.row.told} за {window_words(self.row.window)}, {usual}"

    @property
    def _minutes(self) -> int:
        """The window in which it was found; whole hours if it has lasted longer."""
        return max(self.row.window, math.ceil((self.row.until - self.row.since) / timedelta(hours=1)) * 60)


@dataclass(frozen=True, slots=True)
class Bar:
    """Number published from `at` on within one bar; whether that is inside the burst."""

    at: datetime
    number: int
    is_inside: bool


def window_words(minutes: int) -> str:
    """«2 часа», «90 минут»."""
    if minutes % 60:
        return f"{minutes} {plural(minutes, 'минуту', 'минуты', 'минут')}"
    hours = minutes // 60
    return "час" if hours == 1 else f"{hours} {plural(hours, 'час', 'часа', 'часов')}"


_COUNT = select(func.count(TEXT_OF_MARK.distinct())).where(BurstMark.burst_id == Burst.id).scalar_subquery()
_COLUMNS = with_columns(Burst, count=_COUNT)
HAS_TEXTS = exists().where(BurstMark.burst_id == Burst.id)
"""False if its messages were removed with their import, or are in another burst now."""
WAITS = and_(Burst.settled_at.is_(None), HAS_TEXTS)  # waits for the curator, who decides on a report (П.20)
_IS_SHOWN = or_(HAS_TEXTS, exists().where(UrgentReport.burst_id == Burst.id))


def listed() -> list[BurstRow]:
    """The latest, by the time they became known."""
    wanted = select(*_COLUMNS).where(_IS_SHOWN).order_by(Burst.known_at.desc(), Burst.id.desc())
    return of_rows(BurstRow, db.session.execute(wanted.limit(SHOWN)))


def one(burst_id: int) -> BurstRow | None:
    return next(iter(some([burst_id])), None)


def some(burst_ids: Sequence[int]) -> list[BurstRow]:
    return of_rows(BurstRow, db.session.execute(select(*_COLUMNS).where(Burst.id.in_(burst_ids))))


def count_fresh(now: datetime) -> int:
    """Number that became known within FRESH."""
    fresh = select(func.count()).select_from(Burst).where(Burst.known_at > now - FRESH, HAS_TEXTS)
    return db.session.scalar(fresh) or 0


def texts_of(burst_id: int) -> Sequence[Row[Any]]:
    """Messages and comments, latest first."""
    mine = select(func.min(BurstMark.id)).where(BurstMark.burst_id == burst_id)
    one_of_each = mine.group_by(BurstMark.message_id, BurstMark.comment_id)
    at, by = BurstMark.at, func.coalesce(Message.author_id, Comment.author_id)
    found = db.session.execute(
        select(
            BurstMark.message_id, func.coalesce(Message.number, "").label("number"), Message.status,
            func.coalesce(Message.url, Comment.url, "").label("url"), func.coalesce(Author.name, "").label("author"),
            func.coalesce(Message.network, Comment.network).label("network"), at,
            func.substr(func.coalesce(Message.text, Comment.text), 1, 300).label("text"),
        )
        .outerjoin(Message, Message.id == BurstMark.message_id)
        .outerjoin(Comment, Comment.id == BurstMark.comment_id)
        .outerjoin(Author, Author.id == by)
        .where(BurstMark.id.in_(one_of_each))
        .order_by(at.desc(), BurstMark.id.desc())
        .limit(TEXTS)
    )  # fmt: skip
    return found.all()


def names_of(burst_id: int) -> dict[BurstKind, list[tuple[str, int]]]:
    """Topics and places with the number of texts, most frequent first."""
    named: dict[BurstKind, Counter[str]] = {kind: Counter() for kind in BurstKind}
    for column in (BurstMark.message_id, BurstMark.comment_id):
        texts = select(column).where(BurstMark.burst_id == burst_id)
        found = select(BurstMark.kind, BurstMark.name, func.count(column.distinct())).where(column.in_(texts))
        for kind, name, number in db.session.execute(found.group_by(BurstMark.kind, BurstMark.key, BurstMark.name)):
            named[kind][name] += number
    return {kind: names.most_common(LEADING) for kind, names in named.items()}


def together(burst_id: int, statuses: Collection[Status]) -> list[int]:
    """Messages in these statuses that can be routed or answered together: without those of a common answer and those
    proposed for exclusion (П.17)."""
    marked = select(MessageVerdict.message_id).where(
        MessageVerdict.decision == Decision.EXCLUDE, MessageVerdict.reply.is_(None)
    )
    return messages_of(burst_id, statuses, Message.id.not_in(GROUPED), Message.id.not_in(marked))


def groups_of(burst_id: int) -> list[tuple[int, int]]:
    """Common answers: id and number of messages of this burst."""
    mine = select(BurstMark.message_id).where(BurstMark.burst_id == burst_id)
    found = select(GroupMember.group_id, func.count(GroupMember.message_id.distinct())).where(
        GroupMember.message_id.in_(mine), GroupMember.left_at.is_(None)
    )
    by_id = found.group_by(GroupMember.group_id).order_by(GroupMember.group_id)
    return list(db.session.execute(by_id))


def messages_of(burst_id: int, statuses: Collection[Status], *more: ColumnElement[bool]) -> list[int]:
    """Messages in these statuses, earliest first."""
    mine = select(BurstMark.message_id).where(BurstMark.burst_id == burst_id)
    wanted = select(Message.id).where(
        Message.id.in_(mine), Message.status.in_(statuses), Message.recalled_at.is_(None), *more
    )
    at = func.coalesce(Message.published_at, Message.received_at)
    return list(db.session.scalars(wanted.order_by(at, Message.id).limit(TEXTS)))


def workers_of(burst_id: int) -> list[tuple[str, str, str, int]]:
    """Executors: name, department, telephone, number of messages; largest number first."""
    number = func.count(Message.id.distinct())
    phone = func.coalesce(func.nullif(User.phone, ""), Department.phone, "")
    found = db.session.execute(
        select(User.name, func.coalesce(Department.short_name, ""), phone, number)
        .select_from(BurstMark)
        .join(Message, Message.id == BurstMark.message_id)
        .join(Assignment, Assignment.message_id == Message.id)
        .join(User, User.id == Assignment.executor_id)
        .outerjoin(Department, Department.id == Assignment.department_id)
        .where(BurstMark.burst_id == burst_id, Assignment.ended_at.is_(None), Message.recalled_at.is_(None))
        .group_by(User.id, User.name, User.phone, Department.short_name, Department.phone)
        .order_by(number.desc(), User.name)
        .limit(WORKERS)
    )
    return [tuple(row) for row in found]


def statuses_of(burst_id: int) -> dict[Status, int]:
    """Status → number of messages."""
    found = db.session.execute(
        select(Message.status, func.count(Message.id.distinct()))
        .join(BurstMark, BurstMark.message_id == Message.id)
        .where(BurstMark.burst_id == burst_id, Message.recalled_at.is_(None))
        .group_by(Message.status)
    )
    return dict(found.all())


def curve(row: BurstRow) -> tuple[list[Bar], int]:
    """Numbers published in each bar, beginning a few hours earlier, and the hours of a bar."""
    begin = (row.since - BEFORE).replace(minute=0, second=0, microsecond=0)
    span = row.until - begin
    hours = 1
    while span / timedelta(hours=hours) >= BARS:
        hours *= 2
    sign = select(Burst.kind, Burst.key).where(Burst.id == row.id).subquery()
    of_sign = (sign.c.kind == BurstMark.kind) & (sign.c.key == BurstMark.key)
    texts = db.session.execute(
        select(TEXT_OF_MARK, BurstMark.at)
        .join(sign, or_(of_sign, BurstMark.burst_id == row.id))
        .where(BurstMark.at.between(begin, row.until))
        .distinct()
        .limit(_MOST)
    )
    length = timedelta(hours=hours)
    numbers = Counter((at - begin) // length for _, at in texts)
    bars = []
    for place in range(span // length + 1):
        at = begin + place * length
        bars.append(Bar(at, numbers[place], at + length > row.since and at <= row.until))
    return bars, hours


def all_bursts() -> Iterator[tuple[BurstRow, list[str]]]:
    """All bursts in the order they became known, with the numbers of their messages; streamed."""
    seen = 0
    while rows := _after(seen):
        numbers = _numbers([row.id for row in rows])
        for row in rows:
            yield row, numbers[row.id]
        seen = rows[-1].id


def _after(burst_id: int) -> list[BurstRow]:
    found = db.session.execute(select(*_COLUMNS).where(Burst.id > burst_id, _IS_SHOWN).order_by(Burst.id).limit(200))
    return of_rows(BurstRow, found)


def _numbers(burst_ids: Sequence[int]) -> dict[int, list[str]]:
    found = db.session.execute(
        select(BurstMark.burst_id, Message.number, BurstMark.at, Message.id)
        .join(Message, Message.id == BurstMark.message_id)
        .where(BurstMark.burst_id.in_(burst_ids))
        .distinct()
        .order_by(BurstMark.at, Message.id)
    )
    numbers: dict[int, list[str]] = defaultdict(list)
    for burst_id, number, *_ in found:
        if burst_id is not None:
            numbers[burst_id].append(number)
    return numbers

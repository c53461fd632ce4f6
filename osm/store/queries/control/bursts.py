"""Bursts as the page and the command show them: the list, one with its messages, places and hours."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import aliased

from osm.extensions import db
from osm.regulation.comment_words import CommentState
from osm.regulation.durations import plural
from osm.regulation.words import Status
from osm.store.models import Assignment, Author, Burst, BurstKind, BurstMark, Comment, Department, Message, User

SHOWN = 100
"""Bursts of the list, the latest."""
TEXTS = 200
"""Messages and comments of one burst that are shown, the latest."""
LEADING = 5
"""Places or topics of a burst that are named."""
WORKERS = 10
"""Executors of a burst that are named."""
BEFORE = timedelta(hours=6)
"""Shown of the curve before the burst."""
BARS = 48
_MOST = 5_000
FRESH = timedelta(hours=24)
"""So long a burst is counted in the menu."""


@dataclass(frozen=True, slots=True)
class BurstRow:
    """One burst. `told` within `window` minutes is what people were told; `count` is how many there are by now."""

    id: int
    kind: BurstKind
    name: str
    since: datetime
    until: datetime
    known_at: datetime
    window: int
    told: int
    usual_hundredths: int
    count: int
    doubled_at: datetime | None

    @property
    def usual(self) -> float:
        return self.usual_hundredths / 100

    @property
    def words(self) -> str:
        """«12 за 2 часа, обычно 1,3»."""
        return f"{self.told} {self.span_words}"

    @property
    def span_words(self) -> str:
        """«за 2 часа, обычно 1,3»."""
        return f"за {window_words(self.window)}, {self.usual_words}"

    @property
    def usual_words(self) -> str:
        number = f"{self.usual:.1f}".replace(".", ",").removesuffix(",0")
        return "обычно ни одного" if number == "0" else f"обычно {number}"


@dataclass(frozen=True, slots=True)
class TextOfBurst:
    """A message (with its number and status) or a comment (with its state) of a burst."""

    message_id: int | None
    number: str
    status: Status | None
    comment_state: CommentState | None
    url: str
    author: str
    network: str
    at: datetime
    text: str


@dataclass(frozen=True, slots=True)
class Bar:
    """How many were published from `at` on, for the length of a bar; whether that is within the burst."""

    at: datetime
    number: int
    is_inside: bool


def window_words(minutes: int) -> str:
    """«2 часа», «90 минут»."""
    if minutes % 60:
        return f"{minutes} {plural(minutes, 'минуту', 'минуты', 'минут')}"
    hours = minutes // 60
    return "час" if hours == 1 else f"{hours} {plural(hours, 'час', 'часа', 'часов')}"


_COLUMNS = (
    Burst.id, Burst.kind, Burst.name, Burst.since, Burst.until, Burst.known_at, Burst.window, Burst.told,
    Burst.usual_hundredths, Burst.count, Burst.doubled_at,
)  # fmt: skip


def listed() -> list[BurstRow]:
    """The latest, first that which became known last."""
    found = db.session.execute(select(*_COLUMNS).order_by(Burst.known_at.desc(), Burst.id.desc()).limit(SHOWN))
    return [BurstRow(*row) for row in found]


def one(burst_id: int) -> BurstRow | None:
    row = db.session.execute(select(*_COLUMNS).where(Burst.id == burst_id)).first()
    return BurstRow(*row) if row else None


def count_fresh(now: datetime) -> int:
    """How many became known within the last day."""
    fresh = select(func.count()).select_from(Burst).where(Burst.known_at > now - FRESH)
    return db.session.scalar(fresh) or 0


def texts_of(burst_id: int) -> list[TextOfBurst]:
    """Its messages and comments, the latest first."""
    at, by = BurstMark.at, func.coalesce(Message.author_id, Comment.author_id)
    found = db.session.execute(
        select(
            BurstMark.message_id, Message.number, Message.status, Comment.state,
            func.coalesce(Message.url, Comment.url, ""), func.coalesce(Author.name, ""),
            func.coalesce(Message.network, Comment.network), at,
            func.substr(func.coalesce(Message.text, Comment.text), 1, 300),
        )
        .outerjoin(Message, Message.id == BurstMark.message_id)
        .outerjoin(Comment, Comment.id == BurstMark.comment_id)
        .outerjoin(Author, Author.id == by)
        .where(BurstMark.burst_id == burst_id)
        .order_by(at.desc(), BurstMark.id.desc())
        .limit(TEXTS)
    )  # fmt: skip
    return [TextOfBurst(row[0], row[1] or "", *row[2:]) for row in found]


def beside(row: BurstRow) -> list[tuple[str, int]]:
    """The places of a topic's burst, the topics of a place's, with how many name each; the most named first."""
    mine, other = aliased(BurstMark), aliased(BurstMark)
    kind = BurstKind.PLACE if row.kind is BurstKind.TOPIC else BurstKind.TOPIC
    named: Counter[str] = Counter()
    for column in ("message_id", "comment_id"):
        same = getattr(mine, column) == getattr(other, column)
        found = select(other.name, func.count()).join(mine, same).where(mine.burst_id == row.id, other.kind == kind)
        named.update(dict(db.session.execute(found.group_by(other.key, other.name)).tuples().all()))
    return named.most_common(LEADING)


def workers_of(burst_id: int) -> list[tuple[str, str, str, int]]:
    """Who prepares answers to its messages: name, department, telephone, how many messages; the most first."""
    number = func.count(BurstMark.message_id.distinct())
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
    """How many of its messages stand where."""
    found = db.session.execute(
        select(Message.status, func.count(Message.id.distinct()))
        .join(BurstMark, BurstMark.message_id == Message.id)
        .where(BurstMark.burst_id == burst_id, Message.recalled_at.is_(None))
        .group_by(Message.status)
    )
    return dict(found.tuples().all())


def curve(row: BurstRow) -> tuple[list[Bar], int]:
    """How many were published when, from some hours before it on, and how many hours a bar has."""
    begin = (row.since - BEFORE).replace(minute=0, second=0, microsecond=0)
    span = row.until - begin
    hours = 1
    while span / timedelta(hours=hours) >= BARS:
        hours *= 2
    burst = select(Burst.kind, Burst.key).where(Burst.id == row.id).subquery()
    times = db.session.scalars(
        select(BurstMark.at)
        .join(burst, (burst.c.kind == BurstMark.kind) & (burst.c.key == BurstMark.key))
        .where(BurstMark.at.between(begin, row.until))
        .limit(_MOST)
    )
    length = timedelta(hours=hours)
    numbers = Counter((at - begin) // length for at in times)
    bars = []
    for place in range(span // length + 1):
        at = begin + place * length
        bars.append(Bar(at, numbers[place], at + length > row.since and at <= row.until))
    return bars, hours


def every_one() -> Iterator[tuple[BurstRow, list[str]]]:
    """All bursts, the earliest known first, with the numbers of their messages; a few hundred at a time."""
    seen = 0
    while rows := _after(seen):
        numbers = _numbers([row.id for row in rows])
        for row in rows:
            yield row, numbers[row.id]
        seen = rows[-1].id


def _after(burst_id: int) -> list[BurstRow]:
    found = db.session.execute(select(*_COLUMNS).where(Burst.id > burst_id).order_by(Burst.id).limit(200))
    return [BurstRow(*row) for row in found]


def _numbers(burst_ids: Sequence[int]) -> dict[int, list[str]]:
    found = db.session.execute(
        select(BurstMark.burst_id, Message.number)
        .join(Message, Message.id == BurstMark.message_id)
        .where(BurstMark.burst_id.in_(burst_ids))
        .order_by(BurstMark.at, BurstMark.id)
    )
    numbers: dict[int, list[str]] = defaultdict(list)
    for burst_id, number in found:
        if burst_id is not None:
            numbers[burst_id].append(number)
    return numbers

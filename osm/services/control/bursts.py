"""Bursts (П.20): what has become known is counted with what is usual; who reads «Всплески» is told once, and once more.

A thing (topic or place) is judged in one transaction: its burst is written and its marks are settled, or neither.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from statistics import median
from typing import Any

from sqlalchemy import ColumnElement, and_, case, delete, exists, func, or_, select, update
from sqlalchemy.orm import aliased

from osm.extensions import db
from osm.likeness import bursts as detector
from osm.likeness.bursts import Known, Mark, Run
from osm.regulation.comment_words import CommentGround, CommentState
from osm.regulation.control.activity import BurstRules
from osm.regulation.words import Ground
from osm.services.clocks.clocks import InForce, in_force
from osm.services.log.log import record
from osm.services.pace import WHOLE, Pace
from osm.store.models import (
    MAILING_RULE,
    Burst,
    BurstKind,
    BurstMark,
    Closure,
    Comment,
    CopyText,
    Decision,
    DueCommentReading,
    DueReading,
    FindingReply,
    Message,
    MessageVerdict,
    ReadingKind,
)
from osm.store.transaction import transaction

CLAUSE = "П.20"
FOUND, DOUBLED = "burst_found", "burst_doubled"
"""Acts of the log."""
PATIENCE = timedelta(minutes=3)
"""So long a thing waits until near copies and spam among its news are known: five minutes are the bound."""
AT_ONCE = 50
"""Things that are judged before other work is looked after."""
MOST_MARKS = 20_000
"""Of one thing, the latest: of eight weeks of a town enough."""
FORGET = 1000
STRAYS = 20
"""Marks older than all others that tell nothing of what is usual: a first export brings a few old ones along."""

_SPAM = (Ground.SPAM, Ground.AD)


def judge_new(now: datetime, pace: Pace = WHOLE) -> int:
    """Judge each thing of which something has become known; how many things that was."""
    things = _things_with_news(now)
    done = 0
    for kind, key in things:
        if not pace.goes_on():
            break
        _judge(kind, key, now)
        done += 1
    if not things:
        forget_old(now)
    return done


def forget_old(now: datetime) -> int:
    """Marks that are too old even for the usual go, but for those of a burst; how many went."""
    before = now - in_force().parameters.bursts.reach
    old = select(BurstMark.id).where(BurstMark.at < before, BurstMark.burst_id.is_(None)).limit(FORGET)
    if db.session.scalars(old.limit(1)).first() is None:
        return 0
    with transaction() as session:
        ids = session.scalars(old.order_by(BurstMark.at)).all()
        session.execute(delete(BurstMark).where(BurstMark.id.in_(ids)).execution_options(synchronize_session=False))
    return len(ids)


def _things_with_news(now: datetime) -> list[tuple[BurstKind, str]]:
    unread = or_(_is_owed(DueReading, BurstMark.message_id), _is_owed(DueCommentReading, BurstMark.comment_id))
    news = (
        select(BurstMark.kind, BurstMark.key)
        .where(BurstMark.judged_at.is_(None))
        .group_by(BurstMark.kind, BurstMark.key)
        # None of the news waits to be read any more, or they have waited long enough.
        .having(or_(func.max(case((unread, 1), else_=0)) == 0, func.min(BurstMark.known_at) <= now - PATIENCE))
        .order_by(func.min(BurstMark.known_at))
        .limit(AT_ONCE)
    )
    return [(kind, key) for kind, key in db.session.execute(news)]


def _is_owed(of: Any, column: Any) -> ColumnElement[bool]:
    subject = of.message_id if of is DueReading else of.comment_id
    kinds = (ReadingKind.COPIES, ReadingKind.VERDICT)
    return exists().where(of.kind.in_(kinds), subject == column)


def _judge(kind: BurstKind, key: str, now: datetime) -> None:
    rules, office = in_force().parameters.bursts, in_force()
    with transaction() as session:
        of_thing = and_(BurstMark.kind == kind, BurstMark.key == key)
        news = select(BurstMark.id).where(of_thing, BurstMark.judged_at.is_(None)).order_by(BurstMark.id)
        fresh = set(session.scalars(news.with_for_update(of=BurstMark)))
        if not fresh:
            return
        if _may_be_one(kind, key, now, rules):
            marks, names = _marks(kind, key, now, rules)
            marks = detector.counted(marks, rules.few_authors)
            for run in _runs(kind, key, marks, fresh, office):
                _tell(kind, key, run, marks, names, now)
        settled = update(BurstMark).where(BurstMark.id.in_(fresh)).values(judged_at=now)
        session.execute(settled.execution_options(synchronize_session=False))


def _may_be_one(kind: BurstKind, key: str, now: datetime, rules: BurstRules) -> bool:
    """The cheap look first: mostly there are not even the least number of marks."""
    lately = now - rules.oldest - max(rules.windows)
    some = select(BurstMark.id).where(BurstMark.kind == kind, BurstMark.key == key, BurstMark.at >= lately)
    return len(db.session.scalars(some.limit(rules.least)).all()) >= rules.least


def _runs(kind: BurstKind, key: str, marks: list[Mark], fresh: set[int], office: InForce) -> list[Run]:
    rules = office.parameters.bursts

    def level(since: datetime, until: datetime) -> float:
        return _level(kind, key, since, until, rules)

    if not marks:
        return []
    earliest = select(BurstMark.at).order_by(BurstMark.at).offset(STRAYS).limit(1)
    known_from = db.session.scalar(earliest) or marks[-1].at
    return detector.runs(marks, fresh, known_from=known_from, rules=rules, tz=office.calendar.tz, level=level)


def _tell(kind: BurstKind, key: str, run: Run, marks: list[Mark], names: dict[int, str], now: datetime) -> None:
    gap = max(in_force().parameters.bursts.windows)
    stored = db.session.scalars(
        select(Burst).where(Burst.kind == kind, Burst.key == key, Burst.until >= run.since - gap).with_for_update()
    ).all()
    of_known = {_known(row): row for row in stored}
    known = detector.continued(run, of_known, gap)
    if known is None:
        row = Burst(
            kind=kind, key=key, name="", since=run.since, until=run.until, known_at=now,
            window=run.window // timedelta(minutes=1), told=run.count,
            usual_hundredths=round(run.usual * 100), count=run.count, known_count=0,
        )  # fmt: skip
        db.session.add(row)
    else:
        row = of_known[known]
        row.until = max(row.until, run.until)
    inside = [mark for mark in marks if row.since <= mark.at <= row.until]
    row.count, row.name = len(inside), names[inside[-1].id]
    row.known_count = row.known_count or row.count
    db.session.flush()
    mine = update(BurstMark).where(BurstMark.id.in_([mark.id for mark in inside])).values(burst_id=row.id)
    db.session.execute(mine.execution_options(synchronize_session=False))
    if known is None:
        _log(FOUND, row, now)
    elif detector.doubles(known, row.count):
        row.doubled_at = now
        _log(DOUBLED, row, now)


def _known(row: Burst) -> Known:
    return Known(row.since, row.until, row.known_count, row.doubled_at is not None)


def _log(action: str, row: Burst, now: datetime) -> None:
    record(action, at=now, actor=None, clause=CLAUSE, object_kind="burst", object_id=row.id)


def _level(kind: BurstKind, key: str, since: datetime, until: datetime, rules: BurstRules) -> float:
    """How lively all other topics are against the same hours of this weekday in the weeks before."""
    weeks = [timedelta(weeks=number) for number in range(rules.weeks + 1)]
    inside = [BurstMark.at.between(since - week, until - week) for week in weeks]
    others = [BurstMark.kind == BurstKind.TOPIC, or_(BurstMark.kind != kind, BurstMark.key != key)]
    sums = [func.sum(case((one, 1), else_=0)) for one in inside]
    now, *before = db.session.execute(select(*sums).where(*others, or_(*inside))).one()
    past = [number for number in before if number]
    return float((now or 0) / median(past)) if past else 1.0


def _marks(kind: BurstKind, key: str, now: datetime, rules: BurstRules) -> tuple[list[Mark], dict[int, str]]:
    """All marks of the thing that count, the earliest first, and how each calls it."""
    author = func.coalesce(Message.author_id, Comment.author_id)
    of_message, of_comment = aliased(CopyText), aliased(CopyText)
    excluded = exists().where(
        Closure.message_id == BurstMark.message_id, Closure.restored_at.is_(None), Closure.ground.in_(_SPAM)
    )
    rows = db.session.execute(
        select(
            BurstMark.id, BurstMark.at, author, BurstMark.comment_id,
            func.coalesce(of_message.group_id, of_comment.group_id), BurstMark.name, Comment.state, Comment.ground,
            _findings(Comment, Comment.decision), MessageVerdict.reply,
            _findings(MessageVerdict, MessageVerdict.decision), excluded,
        )
        .outerjoin(Message, Message.id == BurstMark.message_id)
        .outerjoin(Comment, Comment.id == BurstMark.comment_id)
        .outerjoin(MessageVerdict, MessageVerdict.message_id == BurstMark.message_id)
        .outerjoin(of_message, of_message.message_id == BurstMark.message_id)
        .outerjoin(of_comment, of_comment.comment_id == BurstMark.comment_id)
        .where(BurstMark.kind == kind, BurstMark.key == key, BurstMark.at >= now - rules.reach)
        .where(Comment.message_id.is_(None))  # of what was taken into work the message counts
        .order_by(BurstMark.at.desc(), BurstMark.id.desc())
        .limit(MOST_MARKS)
    ).all()  # fmt: skip
    marks = [Mark(row[0], row[1], row[2], row[3] is not None, row[4], _is_spam(*row[6:])) for row in reversed(rows)]
    return marks, {row[0]: row[5] for row in rows}


def _findings(of: Any, decision: Any) -> Any:
    return case((decision != Decision.PASS, of.findings))


def _is_spam(
    state: CommentState | None,
    ground: CommentGround | None,
    of_comment: Sequence[dict[str, Any]] | None,
    reply: FindingReply | None,
    of_message: Sequence[dict[str, Any]] | None,
    excluded: bool,
) -> bool:
    """Marked by a rule of words or by a person; being a copy alone is judged by the authors, not here (reading 11)."""
    if excluded:
        return True
    if state is CommentState.DELETED:
        return ground in (CommentGround.SPAM, CommentGround.AD)
    if state in (CommentState.KEPT, CommentState.TAKEN) or reply is FindingReply.WRONG:
        return False
    found = of_comment or of_message or ()
    return any(one["category"] in _SPAM and one["rule"] != MAILING_RULE for one in found)

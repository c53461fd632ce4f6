"""Finds bursts (П.20): compares new marks with the usual number, notifies once, and again when a burst has doubled."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from statistics import median
from typing import Any

from sqlalchemy import ColumnElement, and_, case, delete, exists, func, literal, not_, or_, select, update
from sqlalchemy.orm import aliased

from osm.base.database import add_row, db
from osm.base.errors import NotYours, must_exist
from osm.base.transaction import WHOLE, Pace, transaction
from osm.bursts import queries
from osm.flow.acts.clocks import InForce, in_force
from osm.imports.acts import work
from osm.likeness import bursts, words
from osm.likeness.bursts import Mark, Run
from osm.log.acts.record import record
from osm.models import (
    MAILING_RULE,
    TEXT_OF_MARK,
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
    ImportRun,
    Message,
    MessageVerdict,
    ReadingKind,
    User,
)
from osm.regulation.blacklist import CommentGround, CommentState
from osm.regulation.errors import StaleVersion
from osm.regulation.parameters import BurstRules
from osm.regulation.words import Ground, Role

CLAUSE = "П.20"
FOUND, DOUBLED, SETTLED = "burst_found", "burst_doubled", "burst_settled"  # actions of the log
PATIENCE = timedelta(minutes=3)
"""A topic or place waits this long, until near copies and spam among its new texts are known; the limit is five
minutes."""
LONGEST_PATIENCE = timedelta(minutes=4)  # the same during and after an import, so that it is counted when complete
AT_ONCE = 50  # topics and places judged before the worker turns to other work
MOST_MARKS = 20_000  # for one topic or place, the latest; enough for eight weeks of a town
FORGET = 1000
STRAYS = 20  # a few marks much older than all others are ignored for the usual number: a first export contains some

_SPAM = (Ground.SPAM, Ground.AD)
_SUBJECTS = ("message_id", "comment_id")


def judge_new(now: datetime, pace: Pace = WHOLE) -> int:
    """Judge each topic and place with new marks, each in its own transaction; return how many."""
    things = _things_with_news(now)
    done = 0
    for kind, key in things:
        if not pace.may_continue():
            break
        _judge(kind, key, now)
        done += 1
    if not things:
        forget_old(now)
    return done


def settle(burst_id: int, version: int, *, actor: User, now: datetime) -> None:
    """The curator needs no report on it; it no longer waits for him. Raises NotFound, NotYours, StaleVersion."""
    NotYours.when(not actor.has(Role.CURATOR), "Решает куратор. Ничего не изменено.")
    with transaction() as session:
        row = must_exist(session.get(Burst, burst_id, with_for_update=True, populate_existing=True), "Всплеск")
        seen_now = 2 if row.doubled_at else 1
        if version != seen_now:
            raise StaleVersion(version, seen_now)
        if row.settled_at is None:
            row.settled_at = now
            _log(SETTLED, row, now, actor)


def texts_of(burst_id: int) -> Sequence[Any]:
    """Messages and comments of a burst: the most typical message first, then the latest."""
    found = queries.texts_of(burst_id)
    among = [text for text in found if text.message_id] or found
    if not among:
        return []
    first = among[bursts.typical([words.content_words(words.words_of(text.text)) for text in among])]
    return [first, *(text for text in found if text is not first)]


def forget_old(now: datetime) -> int:
    """Delete marks older than the period of the usual number, except those of bursts; return how many."""
    before = now - in_force().parameters.bursts.reach
    old = select(BurstMark.id).where(BurstMark.at < before, BurstMark.burst_id.is_(None)).limit(FORGET)
    if db.session.scalars(old.limit(1)).first() is None:
        return 0
    with transaction() as session:
        ids = session.scalars(old.order_by(BurstMark.at)).all()
        session.execute(delete(BurstMark).where(BurstMark.id.in_(ids)).execution_options(synchronize_session=False))
    return len(ids)


def _things_with_news(now: datetime) -> list[tuple[BurstKind, str]]:
    """Topics first, because a place joins the topic of its messages. During an import all wait for its end."""
    if db.session.scalar(select(BurstMark.id).where(BurstMark.judged_at.is_(None)).limit(1)) is None:
        return []
    comes = work.is_under_way()
    ended = db.session.scalar(select(ImportRun.id).where(ImportRun.finished_at > now - PATIENCE).limit(1))
    waited = BurstMark.known_at <= now - (LONGEST_PATIENCE if comes or ended else PATIENCE)
    unread = or_(_is_queued(DueReading, BurstMark.message_id), _is_queued(DueCommentReading, BurstMark.comment_id))
    unmarked = or_(*(exists().where(of.kind == ReadingKind.BURSTS) for of in (DueReading, DueCommentReading)))
    news = (
        select(BurstMark.kind, BurstMark.key)
        .where(BurstMark.judged_at.is_(None))
        .group_by(BurstMark.kind, BurstMark.key)
        # All is read, or has waited long enough.
        .having(
            or_(
                and_(not_(literal(comes)), func.max(case((or_(unread, unmarked), 1), else_=0)) == 0),
                func.max(case((waited, 1), else_=0)) == 1,
            )
        )
        .order_by(BurstMark.kind.desc(), func.min(BurstMark.known_at))
        .limit(AT_ONCE)
    )
    return [(kind, key) for kind, key in db.session.execute(news)]


def _is_queued(of: Any, column: Any) -> ColumnElement[bool]:
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
            marks = bursts.counted(_marks(kind, key, now, rules), rules.few_authors)
            for run in _runs(kind, key, marks, fresh, office):
                _record_burst(kind, key, run, marks, now)
        settled = update(BurstMark).where(BurstMark.id.in_(fresh)).values(judged_at=now)
        session.execute(settled.execution_options(synchronize_session=False))


def _may_be_one(kind: BurstKind, key: str, now: datetime, rules: BurstRules) -> bool:
    """A cheap check first: usually there are fewer marks than the minimum."""
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
    return bursts.runs(marks, fresh, known_from=known_from, rules=rules, tz=office.calendar.tz, level=level)


def _record_burst(kind: BurstKind, key: str, run: Run, marks: list[Mark], now: datetime) -> None:
    of_run = [mark.id for mark in marks if run.since <= mark.at <= run.until]
    row = _same_event(kind, key, run, of_run)
    is_new, is_free = row is None, BurstMark.burst_id.is_(None)
    if is_new and db.session.scalar(select(BurstMark.id).where(BurstMark.id.in_(of_run), is_free).limit(1)) is None:
        return  # all its messages are in other bursts
    if row is None:
        row = Burst(
            kind=kind, key=key, name="", since=run.since, until=run.until, known_at=now, window=0, told=0,
            usual_hundredths=0, known_count=0,
        )  # fmt: skip
        add_row(row)
    since, until = min(row.since, run.since), max(row.until, run.until)
    inside = [mark.id for mark in marks if since <= mark.at <= until]
    _move(and_(BurstMark.id.in_(inside), is_free), row)
    count = _name(row)
    if row.known_at == now:
        _count_as_known(row, run, count, is_of_run=(row.kind, row.key) == (kind, key))
    if is_new:
        _log(FOUND, row, now)
    elif row.doubled_at is None and count >= 2 * row.known_count:
        row.doubled_at, row.settled_at = now, None
        _log(DOUBLED, row, now)


def _count_as_known(row: Burst, run: Run, count: int, *, is_of_run: bool) -> None:
    """The same messages with another sign are not growth. `is_of_run`: the run belongs to the strongest sign."""
    row.known_count = max(row.known_count, count)
    if is_of_run:
        row.told, row.window = run.count, run.window // timedelta(minutes=1)
        row.usual_hundredths = round(run.usual * 100)
    if row.until - row.since <= timedelta(minutes=row.window):
        row.told = count


def _same_event(kind: BurstKind, key: str, run: Run, of_run: Sequence[int]) -> Burst | None:
    """The burst that this run continues, or that has the same messages. Other bursts with these messages are merged
    into it. Topics are never merged, because a message has one topic."""
    gap = max(in_force().parameters.bursts.windows)
    near = select(Burst).where(Burst.until >= run.since - gap, Burst.since <= run.until + gap).order_by(Burst.id)
    rows = list(db.session.scalars(near.with_for_update()))
    signs: dict[int, set[tuple[BurstKind, str]]] = {row.id: {(row.kind, row.key)} for row in rows}
    texts: dict[int, set[int]] = {row.id: set() for row in rows}
    marks = select(BurstMark.burst_id, BurstMark.kind, BurstMark.key, TEXT_OF_MARK)
    for burst_id, of_kind, of_key, text in db.session.execute(marks.where(BurstMark.burst_id.in_(texts))):
        signs[burst_id or 0].add((of_kind, of_key))
        texts[burst_id or 0].add(text)
    own = set(db.session.scalars(select(TEXT_OF_MARK).where(BurstMark.id.in_(of_run))))
    rows = [row for row in rows if kind is BurstKind.TOPIC or not _is_of_others(own, signs[row.id])]
    going_on = [row for row in rows if (kind, key) in signs[row.id]]
    same = [row for row in rows if row not in going_on and bursts.is_same(own, texts[row.id])]
    same.sort(key=lambda row: len(own & texts[row.id]), reverse=True)
    found: list[Burst] = []
    topics = {key} if kind is BurstKind.TOPIC else set[str]()
    for row in [*going_on[:1], *same]:
        of_row = {of_key for of_kind, of_key in signs[row.id] if of_kind is BurstKind.TOPIC}
        if len(topics | of_row) <= 1 or row in going_on:
            topics |= of_row
            found.append(row)
    for row in found[1:]:
        _move(BurstMark.burst_id == row.id, found[0])
        found[0].since, found[0].until = min(found[0].since, row.since), max(found[0].until, row.until)
        found[0].known_count += row.known_count
        row.settled_at = row.settled_at or row.known_at
    return found[0] if found else None


def _is_of_others(texts: set[int], signs: set[tuple[BurstKind, str]]) -> bool:
    """Whether most of these texts have another topic than the burst with these signs."""
    topics = [key for kind, key in signs if kind is BurstKind.TOPIC]
    if not topics:
        return False
    others = select(TEXT_OF_MARK).where(
        BurstMark.kind == BurstKind.TOPIC, BurstMark.key.not_in(topics),
        or_(BurstMark.message_id.in_([text for text in texts if text > 0]),
            BurstMark.comment_id.in_([-text for text in texts if text < 0])),
    )  # fmt: skip
    return 2 * len(set(db.session.scalars(others))) > len(texts)


def _move(condition: ColumnElement[bool], row: Burst | None) -> None:
    moved = update(BurstMark).where(condition).values(burst_id=row.id if row else None)
    db.session.execute(moved.execution_options(synchronize_session=False))


def _name(row: Burst) -> int:
    """Remove texts of other topics and unrelated ones at its start, name the burst by its strongest sign, and return
    the number of its texts."""
    mine = BurstMark.burst_id == row.id
    of_text = [getattr(BurstMark, name).in_(select(getattr(BurstMark, name)).where(mine)) for name in _SUBJECTS]
    marks = select(BurstMark).where(or_(*of_text)).order_by(BurstMark.at, BurstMark.id)
    found = db.session.scalars(marks.execution_options(populate_existing=True)).all()
    if not found:
        return 0
    topics = {mark.key for mark in found if mark.burst_id == row.id and mark.kind is BurstKind.TOPIC}
    others = {_text(mark) for mark in found if topics and mark.kind is BurstKind.TOPIC and mark.key not in topics}
    own = {(mark.kind, mark.key) for mark in found if mark.burst_id == row.id}
    signs = Counter(_text(mark) for mark in found if (mark.kind, mark.key) in own and _text(mark) not in others)
    times = {_text(mark): mark.at for mark in found}
    strangers = bursts.strangers([(text, times[text], signs[text]) for text in signs], in_force().parameters.bursts)
    out = others | strangers
    _move(BurstMark.id.in_([mark.id for mark in found if mark.burst_id == row.id and _text(mark) in out]), None)
    rest = [mark for mark in found if _text(mark) not in out]
    names = {(mark.kind, mark.key): mark.name for mark in rest}
    strength = Counter((mark.kind, mark.key) for mark in rest)
    # Equally strong signs: topic before place, street before settlement.
    row.kind, row.key = max(own & strength.keys(), key=lambda sign: (strength[sign], sign))
    row.name, row.since, row.until = names[row.kind, row.key], rest[0].at, rest[-1].at
    count = len(times) - len(out)
    many = [sign for sign in strength if sign[0] is not row.kind and 2 * strength[sign] > count]
    row.also = names[max(many, key=lambda sign: (strength[sign], sign))] if many else ""
    db.session.flush()
    return count


def _text(mark: BurstMark) -> tuple[int | None, int | None]:
    return mark.message_id, mark.comment_id


def _log(action: str, row: Burst, now: datetime, actor: User | None = None) -> None:
    record(action, at=now, actor=actor, clause=CLAUSE, about=row)


def _level(kind: BurstKind, key: str, since: datetime, until: datetime, rules: BurstRules) -> float:
    """Activity of all other topics relative to the same hours of this weekday in earlier weeks."""
    weeks = [timedelta(weeks=number) for number in range(rules.weeks + 1)]
    inside = [BurstMark.at.between(since - week, until - week) for week in weeks]
    others = [BurstMark.kind == BurstKind.TOPIC, or_(BurstMark.kind != kind, BurstMark.key != key)]
    sums = [func.sum(case((one, 1), else_=0)) for one in inside]
    now, *before = db.session.execute(select(*sums).where(*others, or_(*inside))).one()
    past = [number for number in before if number]
    return float((now or 0) / median(past)) if past else 1.0


def _marks(kind: BurstKind, key: str, now: datetime, rules: BurstRules) -> list[Mark]:
    """All marks of this topic or place that count, oldest first."""
    author = func.coalesce(Message.author_id, Comment.author_id)
    of_message, of_comment = aliased(CopyText), aliased(CopyText)
    excluded = exists().where(
        Closure.message_id == BurstMark.message_id, Closure.restored_at.is_(None), Closure.ground.in_(_SPAM)
    )
    rows = db.session.execute(
        select(
            BurstMark.id, BurstMark.at, author, BurstMark.comment_id,
            func.coalesce(of_message.group_id, of_comment.group_id), Comment.state, Comment.ground,
            _findings(Comment, Comment.decision), MessageVerdict.reply,
            _findings(MessageVerdict, MessageVerdict.decision), excluded,
        )
        .outerjoin(Message, Message.id == BurstMark.message_id)
        .outerjoin(Comment, Comment.id == BurstMark.comment_id)
        .outerjoin(MessageVerdict, MessageVerdict.message_id == BurstMark.message_id)
        .outerjoin(of_message, of_message.message_id == BurstMark.message_id)
        .outerjoin(of_comment, of_comment.comment_id == BurstMark.comment_id)
        .where(BurstMark.kind == kind, BurstMark.key == key, BurstMark.at >= now - rules.reach)
        .where(Comment.message_id.is_(None))  # of a comment taken into work, the message counts
        .order_by(BurstMark.at.desc(), BurstMark.id.desc())
        .limit(MOST_MARKS)
    ).all()  # fmt: skip
    return [Mark(row[0], row[1], row[2], row[3] is not None, row[4], _is_spam(*row[5:])) for row in reversed(rows)]


def _findings(of: Any, decision: Any) -> Any:
    return case((decision != Decision.PASS, of.findings))


def _is_spam(
    state: CommentState | None, ground: CommentGround | None, of_comment: Sequence[dict[str, Any]] | None,
    reply: FindingReply | None, of_message: Sequence[dict[str, Any]] | None, excluded: bool,
) -> bool:  # fmt: skip
    """Marked by a rule of words or by a person. Copies are judged by their authors, not here (reading 11)."""
    if excluded:
        return True
    if state is CommentState.DELETED:
        return ground in (CommentGround.SPAM, CommentGround.AD)
    if state in (CommentState.KEPT, CommentState.TAKEN) or reply is FindingReply.WRONG:
        return False
    found = of_comment or of_message or ()
    return any(one["category"] in _SPAM and one["rule"] != MAILING_RULE for one in found)

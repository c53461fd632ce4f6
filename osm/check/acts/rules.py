"""Rules of the check: new checks after changes, previews, switches, nightly learning from the office's decisions."""

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Select, delete, null, select, update

from moderation import Finding, Moderator, OwnWord, Verdict
from moderation.office import NOTHING, Decided, Learned, Trial, can_be_learned, learn, mark_of
from osm.base import errors
from osm.base.application import Memory, current_settings
from osm.base.database import add_row, db, insert_into, put
from osm.base.transaction import Pace, WorkerBeat, transaction
from osm.check.acts import index, verdicts
from osm.check.acts.dictionary import library_with, words_in_force
from osm.check.acts.verdicts import LEARNING, lesson_in_force, moderator
from osm.log.acts.record import record
from osm.models import Closure, Comment, FindingReply, Message, MessageVerdict, OfficeLesson, RuleSwitch, User
from osm.regulation.blacklist import CommentGround, CommentState
from osm.regulation.words import PRESS_CENTRE, Status

# --- New checks after a change of rules or words
_FOLLOWED: Memory[str | None] = Memory(lambda _: None)


def follow() -> int:
    """Make texts judged by other rules due, once for each set of rules; return how many. Called in each round; without
    a change it costs one small query. After a crash the next process repeats it when it starts."""
    rules = moderator().rules_version
    if _FOLLOWED.get() == rules:
        return 0
    count = verdicts.enqueue_outdated() + verdicts.enqueue_outdated_comments()
    _FOLLOWED.set(rules)
    return count


# --- Preview of own words
LAST = 1_000  # messages and comments in the preview together, the newest
SHOWN = 8
_SUSPECT_COUNT, _SUSPECT_SHARE = 3, 0.3
Span = tuple[int, int, str]  # beginning and end of a marked piece, and why it is marked


@dataclass(frozen=True, slots=True)
class Sample:
    """A text that is marked, or loses its marks; `text[start:end]` is a marked piece."""

    text: str
    spans: tuple[Span, ...]
    is_ordinary: bool
    message_id: int | None
    comment_id: int | None


@dataclass(frozen=True, slots=True)
class Preview:
    """`marked` of `looked` texts get a mark; `ordinary` of them are ordinary complaints: not marked by the rules, or
    kept or answered by people. `freed`: texts unmarked by exceptions; `freed_right` of them had been excluded by
    people."""

    looked: int
    marked: int
    ordinary: int
    freed: int
    freed_right: int
    samples: tuple[Sample, ...]

    @property
    def is_suspect(self) -> bool:
        """The entry marks too many ordinary complaints."""
        return self.ordinary >= _SUSPECT_COUNT and self.ordinary >= _SUSPECT_SHARE * self.marked

    @property
    def frees_bad(self) -> bool:
        """Texts excluded by people would no longer be found."""
        return self.freed_right > 0


@dataclass(frozen=True, slots=True)
class _Text:
    text: str
    kept: bool
    thrown_out: bool
    message_id: int | None
    comment_id: int | None
    at: datetime


def preview(words: Sequence[OwnWord], *, without: OwnWord | None = None) -> Preview:
    """Try the words on the last texts, together with those in force (except `without`, which they replace). Does not
    save. A person waits for it, so each text is read by as few libraries as possible."""
    texts = _last_texts()
    in_force = [word for word in words_in_force() if word != without]
    before = library_with(tuple(in_force))
    exceptions = [word for word in words if word.exception]
    # Finds only what these words find, without others of the same category.
    alone = (
        Moderator((*words, *(word for word in in_force if word.exception))) if len(exceptions) < len(words) else None
    )
    after = Moderator((*in_force, *words)) if exceptions else None
    marked, freed = [], []
    for one in texts:
        if alone and (own := _own(alone, one.text)):
            bad = one.thrown_out or before.judge(one.text).findings
            marked.append(_sample(one, own, is_ordinary=one.kept or not bad))
        elif after and (was := before.judge(one.text).findings) and not after.judge(one.text).findings:
            freed.append(_sample(one, was, is_ordinary=not one.thrown_out))
    ordinary = [sample for sample in marked if sample.is_ordinary]
    others = [sample for sample in marked if not sample.is_ordinary]
    return Preview(
        looked=len(texts), marked=len(marked), ordinary=len(ordinary), freed=len(freed),
        freed_right=sum(not sample.is_ordinary for sample in freed),
        samples=tuple([*ordinary, *others, *freed][:SHOWN]),
    )  # fmt: skip


def freed_by(before: Callable[[str], Verdict], after: Callable[[str], Verdict]) -> Preview:
    """Last texts that are marked by `before` and not by `after`."""
    freed = []
    texts = _last_texts()
    for one in texts:
        found = before(one.text).findings
        if found and not after(one.text).findings:
            freed.append(_sample(one, found, is_ordinary=not one.thrown_out))
    freed.sort(key=lambda sample: sample.is_ordinary)  # texts excluded by people first
    bad = sum(not sample.is_ordinary for sample in freed)
    return Preview(len(texts), 0, 0, len(freed), bad, tuple(freed[:SHOWN]))


def try_on(word: OwnWord, text: str) -> tuple[Span, ...]:
    """Pieces of a text that this entry marks; for an exception, those that it unmarks."""
    if word.exception:
        bare = [one for one in words_in_force() if one != word]
        was = Moderator(bare).judge(text).findings
        now = {(one.start, one.end, one.rule) for one in Moderator((*bare, word)).judge(text).findings}
        return _spans(one for one in was if (one.start, one.end, one.rule) not in now)
    return _spans(_own(Moderator((word,)), text))


def _own(library: Moderator, text: str) -> list[Finding]:
    return [one for one in library.judge(text).findings if one.rule.startswith("own.")]


def _sample(one: _Text, found: Iterable[Finding], *, is_ordinary: bool) -> Sample:
    return Sample(one.text, _spans(found), is_ordinary, one.message_id, one.comment_id)


def _spans(found: Iterable[Finding]) -> tuple[Span, ...]:
    return tuple(apart((one.start, one.end, one.why) for one in found))


def apart(spans: Iterable[Span]) -> list[Span]:
    """In order, without overlaps: the first of overlapping ones stays, of those the longest."""
    found: list[Span] = []
    for span in sorted(spans, key=lambda one: (one[0], -one[1])):
        if not found or span[0] >= found[-1][1]:
            found.append(span)
    return found


def _last_texts() -> list[_Text]:
    messages = db.session.execute(
        select(Message.id, Message.text, Message.status, Message.stored_at, MessageVerdict.reply)
        .outerjoin(MessageVerdict, MessageVerdict.message_id == Message.id)
        .where(Message.recalled_at.is_(None))
        .order_by(Message.id.desc())
        .limit(LAST)
    )
    comments = db.session.execute(
        select(Comment.id, Comment.text, Comment.state, Comment.stored_at).order_by(Comment.id.desc()).limit(LAST)
    )
    kept_replies = (FindingReply.ANSWERED, FindingReply.WRONG)
    texts = [
        _Text(text, reply in kept_replies or status is Status.ANSWERED, status is Status.EXCLUDED, key, None, at)
        for key, text, status, at, reply in messages
    ]
    texts += [
        _Text(text, state in (CommentState.KEPT, CommentState.TAKEN), state is CommentState.DELETED, None, key, at)
        for key, text, state, at in comments
    ]
    return sorted(texts, key=lambda one: one.at, reverse=True)[:LAST]


# --- Switching rules off and on (П.17)
def look(rule: str, *, actor: User) -> Preview:
    """Last texts that would lose their marks without this rule. Does not save. An administrator sees only the numbers:
    texts of citizens are for the press centre."""
    rules = moderator()
    seen = freed_by(rules.judge, replace(rules, off=rules.off | {rule}).judge)
    return seen if actor.has(*PRESS_CENTRE) else replace(seen, samples=())


def switch_off(rule: str, *, actor: User, now: datetime) -> None:
    """Raises ServiceError if it is off already."""
    with transaction() as session:
        fresh = insert_into(RuleSwitch).values(rule=rule, off_at=now, off_by_id=actor.id).on_conflict_do_nothing()
        if session.scalar(fresh.returning(RuleSwitch.rule)) is None:
            raise errors.ServiceError("Это уже выключено: кто-то сделал это раньше вас.")
        _switches_log("switch_rule_off", rule, actor, now)


def switch_on(rule: str, *, actor: User, now: datetime) -> None:
    """Raises ServiceError if it is on already."""
    with transaction() as session:
        gone = delete(RuleSwitch).where(RuleSwitch.rule == rule).returning(RuleSwitch.rule)
        if session.scalar(gone) is None:
            raise errors.ServiceError("Это уже включено: кто-то сделал это раньше вас.")
        _switches_log("switch_rule_on", rule, actor, now)


def is_off(rule: str) -> bool:
    return db.session.scalar(select(RuleSwitch.rule).where(RuleSwitch.rule == rule)) is not None


def _switches_log(action: str, rule: str, actor: User, now: datetime) -> None:
    record(action, at=now, actor=actor, clause="П.17", changes={"rule": (None, rule)}, object_kind="rule")


# --- Nightly learning from the office's decisions
BEGINS = timedelta(hours=3)  # After local midnight. A server switched on later learns then.
MOST = 5_000  # newest decisions to learn from; older ones show an office that has changed
TRIED = "lesson"  # name of the beat of the last night; its `detail` has the result


@dataclass(frozen=True, slots=True)
class LastNight:
    """Time of the last attempt, number of decisions, and whether the result was better."""

    at: datetime
    decisions: int
    taken: bool


_KEPT = (CommentState.KEPT, CommentState.TAKEN)


def learn_due(now: datetime, _pace: Pace) -> int:
    """Learn once a night; return 1 if done. A lesson is used only if it does better on the newest decisions. Lesson and
    attempt are written together."""
    settings = current_settings()
    night = (now.astimezone(settings.time_zone) - BEGINS).date()
    tried = db.session.get(WorkerBeat, TRIED)
    if (tried and json.loads(tried.detail)["night"] == night.isoformat()) or is_off(LEARNING):
        return 0
    in_force = lesson_in_force()
    decided = decisions()
    trial = learn(decided, Learned.from_dict(in_force.learned) if in_force else NOTHING)
    db.session.rollback()  # no snapshot while waiting for the write lock
    with transaction():
        if _is_settled(night, now):
            return 0  # done by another worker, or switched off
        facts = {"night": night.isoformat(), "decisions": len(decided), "taken": bool(trial and trial.is_better)}
        put(WorkerBeat, name=TRIED, at=now, detail=json.dumps(facts))
        if trial and trial.is_better:
            _take(trial, len(decided), now)
    return 1


def _is_settled(night: date, now: datetime) -> bool:
    """Whether it was done this night or is switched off; workers ask one after the other, in a write transaction."""
    row = insert_into(WorkerBeat).values(name=TRIED, at=now, detail=json.dumps({"night": ""}))
    db.session.execute(row.on_conflict_do_nothing())
    tried = db.session.get_one(WorkerBeat, TRIED, with_for_update=True, populate_existing=True)
    return json.loads(tried.detail)["night"] == night.isoformat() or is_off(LEARNING)


def take_back(lesson_id: int, *, actor: User, now: datetime) -> None:
    """Withdraw the last lesson, so the one before it is in force again; learning is switched off. Raises ServiceError
    if it is not in force any more."""
    with transaction() as session:
        in_force = lesson_in_force()
        in_force_row = OfficeLesson.id == lesson_id, OfficeLesson.taken_back_at.is_(None)
        change = update(OfficeLesson).where(*in_force_row).values(taken_back_at=now, taken_back_by_id=actor.id)
        if in_force is None or in_force.id != lesson_id or session.scalar(change.returning(OfficeLesson.id)) is None:
            raise errors.ServiceError("Эта поправка уже не действует: её отменили или сменила другая.")
        _lessons_log("take_lesson_back", lesson_id, actor, now)
        if not is_off(LEARNING):
            switch_off(LEARNING, actor=actor, now=now)


def last_night() -> LastNight | None:
    """The result of the last night; None before the first."""
    tried = db.session.get(WorkerBeat, TRIED)
    facts = json.loads(tried.detail) if tried else {}
    return LastNight(tried.at, facts["decisions"], facts["taken"]) if tried and "decisions" in facts else None


def decisions() -> list[Decided]:
    """The newest decisions of people on comments and messages, oldest first, with the marks of the library alone."""
    library = library_with(tuple(words_in_force()))
    rows = sorted((*_of_comments(), *_of_messages()), key=lambda row: row[0])[-MOST:]
    return [
        Decided(
            marks=frozenset(mark_of(finding) for finding in library.judge(text).findings),
            words=frozenset(filter(can_be_learned, index.words_of(text))),
            ground=ground,  # type: ignore[arg-type]  # the codes of Ground are the categories of the library
        )
        for _, text, ground in rows
    ]


def _of_comments() -> Iterator[tuple[datetime, str, str | None]]:
    decided = (
        select(Comment.decided_at, Comment.text, Comment.state, Comment.ground)
        .where(Comment.state.in_((*_KEPT, CommentState.DELETED)), Comment.text != "")
        .order_by(Comment.decided_at.desc())
    )
    for at, text, state, ground in _newest(decided):
        if state in _KEPT or ground != CommentGround.NETWORK_RULES:  # other network rules are not about words
            yield at, text, ground and str(ground)


def _of_messages() -> Iterator[tuple[datetime, str, str | None]]:
    excluded = (
        select(Closure.closed_at, Message.text, Closure.ground)
        .join(Message, Message.id == Closure.message_id)
        .where(Closure.ground.is_not(None), Closure.restored_at.is_(None), Message.text != "")
        .order_by(Closure.closed_at.desc())
    )
    wrong = (
        select(MessageVerdict.replied_at, Message.text, null())
        .join(Message, Message.id == MessageVerdict.message_id)
        .where(MessageVerdict.reply == FindingReply.WRONG, Message.text != "")
        .order_by(MessageVerdict.replied_at.desc())
    )
    for at, text, ground in (*_newest(excluded), *_newest(wrong)):
        yield at, text, ground and str(ground)


def _newest(rows: Select[*tuple[Any, ...]]) -> Iterable[Any]:
    return db.session.execute(rows.limit(MOST)).all()


def _take(trial: Trial, decided: int, now: datetime) -> None:
    lesson = OfficeLesson(
        at=now, learned=trial.learned.as_dict(), decisions=decided, judged_on=trial.judged_on,
        wrong_before=trial.before.wrong, wrong_after=trial.after.wrong, missed_before=trial.before.missed,
        missed_after=trial.after.missed,
    )  # fmt: skip
    add_row(lesson)
    _lessons_log("take_lesson", lesson.id, None, now)


def _lessons_log(action: str, lesson_id: int, actor: User | None, now: datetime) -> None:
    record(action, at=now, actor=actor, clause="П.17", object_kind="lesson", object_id=lesson_id)

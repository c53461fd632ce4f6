"""Every night it is learned from what this office has decided; taken only where the newest decisions are met better."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from flask import current_app
from sqlalchemy import Select, null, select, update

from moderation.office import NOTHING, Decided, Learned, Trial, can_be_learned, learn, mark_of
from osm.extensions import db
from osm.regulation.comment_words import CommentGround, CommentState
from osm.services.dictionary.own_words import library_with, words_in_force
from osm.services.errors import ServiceError
from osm.services.log.log import record
from osm.services.pace import Pace
from osm.services.reading import switches
from osm.services.reading.office_rules import LEARNING, lesson_in_force
from osm.services.reading.search_words import words_of
from osm.settings import Settings
from osm.store.models import Closure, Comment, FindingReply, Message, MessageVerdict, OfficeLesson, User, WorkerBeat
from osm.store.transaction import transaction
from osm.store.upsert import insert_into, put

BEGINS = timedelta(hours=3)
"""After local midnight, when nobody works. A server that is switched on later learns then."""
MOST = 5_000
"""The newest decisions that are learned from: older ones tell of an office that has changed."""
TRIED = "lesson"
"""The sign of life that tells of the last night, `detail` what came of it."""


@dataclass(frozen=True, slots=True)
class LastNight:
    """When it was last tried to learn, from how many decisions, and whether anything was better by it."""

    at: datetime
    decisions: int
    taken: bool


_KEPT = (CommentState.KEPT, CommentState.TAKEN)


def learn_due(now: datetime, _pace: Pace) -> int:
    """Once a night; 1 where it was done. What is learned and that it was tried is written together."""
    night = _night(now)
    tried = db.session.get(WorkerBeat, TRIED)
    if (tried and json.loads(tried.detail)["night"] == night.isoformat()) or switches.is_off(LEARNING):
        return 0
    in_force = lesson_in_force()
    decided = decisions()
    trial = learn(decided, Learned.from_dict(in_force.learned) if in_force else NOTHING)
    db.session.rollback()  # no snapshot is held while the write waits its turn
    with transaction():
        if _is_settled(night, now):
            return 0  # another worker was quicker, or somebody switched it off meanwhile
        facts = {"night": night.isoformat(), "decisions": len(decided), "taken": bool(trial and trial.is_better)}
        put(WorkerBeat, name=TRIED, at=now, detail=json.dumps(facts))
        if trial and trial.is_better:
            _take(trial, len(decided), now)
    return 1


def _is_settled(night: date, now: datetime) -> bool:
    """Learned from already, or not wanted; in a write transaction one worker asks at a time."""
    row = insert_into(WorkerBeat).values(name=TRIED, at=now, detail=json.dumps({"night": ""}))
    db.session.execute(row.on_conflict_do_nothing())
    tried = db.session.get_one(WorkerBeat, TRIED, with_for_update=True, populate_existing=True)
    return json.loads(tried.detail)["night"] == night.isoformat() or switches.is_off(LEARNING)


def take_back(lesson_id: int, *, actor: User, now: datetime) -> None:
    """What was learned last no longer holds, what held before does; nothing is learned until somebody says so.

    ServiceError where somebody was quicker.
    """
    with transaction() as session:
        in_force = lesson_in_force()
        standing = OfficeLesson.id == lesson_id, OfficeLesson.taken_back_at.is_(None)
        change = update(OfficeLesson).where(*standing).values(taken_back_at=now, taken_back_by_id=actor.id)
        if in_force is None or in_force.id != lesson_id or session.scalar(change.returning(OfficeLesson.id)) is None:
            raise ServiceError("Эта поправка уже не действует: её отменили или сменила другая.")
        _log("take_lesson_back", lesson_id, actor, now)
        if not switches.is_off(LEARNING):
            switches.switch_off(LEARNING, actor=actor, now=now)


def last_night() -> LastNight | None:
    """What came of the last night; None before the first."""
    tried = db.session.get(WorkerBeat, TRIED)
    facts = json.loads(tried.detail) if tried else {}
    return LastNight(tried.at, facts["decisions"], facts["taken"]) if tried and "decisions" in facts else None


def decisions() -> list[Decided]:
    """The newest decisions of people on comments and messages, the oldest of them first, as the library alone marks."""
    library = library_with(tuple(words_in_force()))
    rows = sorted((*_of_comments(), *_of_messages()), key=lambda row: row[0])[-MOST:]
    return [
        Decided(
            marks=frozenset(mark_of(finding) for finding in library.judge(text).findings),
            words=frozenset(filter(can_be_learned, words_of(text))),
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
        if state in _KEPT or ground != CommentGround.NETWORK_RULES:  # which is no matter of words
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
        at=now,
        learned=trial.learned.as_dict(),
        decisions=decided,
        judged_on=trial.judged_on,
        wrong_before=trial.before.wrong,
        wrong_after=trial.after.wrong,
        missed_before=trial.before.missed,
        missed_after=trial.after.missed,
    )
    db.session.add(lesson)
    db.session.flush()
    _log("take_lesson", lesson.id, None, now)


def _night(now: datetime) -> date:
    settings: Settings = current_app.extensions["osm_settings"]
    return (now.astimezone(settings.time_zone) - BEGINS).date()


def _log(action: str, lesson_id: int, actor: User | None, now: datetime) -> None:
    record(action, at=now, actor=actor, clause="П.17", object_kind="lesson", object_id=lesson_id)

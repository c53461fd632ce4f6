"""What lies beside the log and can be changed there: notes and texts of answers, against their digests in the log."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import func, or_, select

from osm.extensions import db
from osm.regulation.workflow import Action
from osm.services.log.report import Fault
from osm.store.models import Draft, Event, EventNote, Reply
from osm.store.models.log import FAULT, found_words, new_value, salted_digest

_CHUNK = 1000
_APPROVING = (Action.APPROVE_DRAFT, Action.CORRECT_AND_APPROVE)


def faults_of_notes() -> Iterator[Fault]:
    """Reasons and remarks that are not as they were given, or are gone: the program removes none."""
    is_gone = EventNote.event_id.is_(None)
    query = (
        select(Event.id, Event.note_digest, EventNote.salt, EventNote.text, is_gone)
        .outerjoin(EventNote)
        .where(or_(Event.note_digest.is_not(None), ~is_gone))
        .order_by(Event.id)
    )
    for number, digest, salt, text, gone in db.session.execute(query.execution_options(yield_per=_CHUNK)):
        if gone:
            yield Fault(number, number, "примечание к записи удалено")
        elif digest != salted_digest(salt, text):
            yield Fault(number, number, "примечание к записи изменено" if digest else "лишнее примечание")


def faults_of_texts() -> Iterator[Fault]:
    """Versions of answers that are not as they were when they were sent or approved."""
    query = (
        select(Event.id, Event.changes, Draft.salt, Draft.text, Draft.id.is_(None))
        .outerjoin(Draft, Draft.id == Event.object_id)
        .where(Event.object_kind == "draft")
        .order_by(Event.id)
    )
    for number, changes, salt, text, gone in db.session.execute(query.execution_options(yield_per=_CHUNK)):
        digest = new_value(changes, "text_digest")
        if digest and gone:
            yield Fault(number, number, "текст ответа, о котором она говорит, удалён")
        elif digest and digest != salted_digest(salt, text):
            yield Fault(number, number, "текст ответа, о котором она говорит, потом изменён")


def faults_of_approvals() -> Iterator[Fault]:
    """Answers with another version in the place of the one that was approved last."""
    of_message = select(func.max(Event.id)).where(Event.message_id == Reply.message_id)
    approved = (
        select(Event.object_id)
        .join(Draft, Draft.id == Event.object_id)
        .where(Event.object_kind == "draft", Event.action.in_(_APPROVING), Draft.reply_id == Reply.id)
        .order_by(Event.id.desc())
        .limit(1)
    )
    query = select(of_message.scalar_subquery()).where(
        Reply.approved_draft_id.is_not(None),
        Reply.approved_draft_id.is_distinct_from(approved.scalar_subquery()),
    )
    for number in db.session.scalars(query.select_from(Reply).order_by(Reply.id)):
        yield Fault(number or 0, number or 0, "у ответа на это сообщение подменена согласованная версия")


def faults_seen_by_the_worker() -> Iterator[Fault]:
    """What was seen once stays said, although the worker has sealed on since."""
    for number, changes in db.session.execute(
        select(Event.id, Event.changes).where(Event.action == FAULT).order_by(Event.id)
    ):
        for words in found_words(changes):
            yield Fault(number, number, f"фоновый процесс заметил: {words}")

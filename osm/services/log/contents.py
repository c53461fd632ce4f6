"""Check notes, texts and roles, which are stored outside the log, against the log."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from operator import itemgetter
from typing import Any

from sqlalchemy import and_, func, or_, select

from osm.extensions import db
from osm.regulation.plan.words import PlanAct, PublicationState
from osm.regulation.workflow import Action
from osm.services.log.report import Fault
from osm.store.models import (
    Draft,
    Event,
    EventNote,
    Placement,
    Publication,
    PublicationVersion,
    Reply,
    User,
    UserRole,
)
from osm.store.models.log import FAULT, found_words, new_value, salted_digest

_CHUNK = 1000
_APPROVING = (Action.APPROVE_DRAFT, Action.CORRECT_AND_APPROVE)
_OF_VERSIONS = tuple(f"plan_{act}" for act in (PlanAct.SUBMIT, PlanAct.APPROVE, PlanAct.CORRECT))
_SETTLED = (
    PublicationState.SUBMITTED,
    PublicationState.APPROVED,
    PublicationState.SCHEDULED,
    PublicationState.FAILED,
    PublicationState.PUBLISHED,
)
"""States in which only the text of a version may go out, or has gone out."""
_OF_PEOPLE = ("create_user", "edit_user", "block_user", "unblock_user")


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


def faults_of_versions() -> Iterator[Fault]:
    """Versions of publications that are not as they were when they were submitted or approved."""
    told = (
        select(Event.id, Event.object_id, Event.changes)
        .where(Event.object_kind == "publication", Event.action.in_(_OF_VERSIONS))
        .order_by(Event.id)
    )
    logged = [row for row in db.session.execute(told).all() if new_value(row.changes, "text_digest")]
    # What an event names was written with it, so it is there when it is read after the event.
    rows = db.session.scalars(select(PublicationVersion).execution_options(yield_per=_CHUNK))
    digests = {(row.publication_id, row.number): row.digest for row in rows}
    for number, publication, changes in logged:
        found = digests.get((publication, _named(changes)))
        if found is None:
            yield Fault(number, number, "текст публикации, о котором она говорит, удалён")
        elif found != new_value(changes, "text_digest"):
            yield Fault(number, number, "текст публикации, о котором она говорит, потом изменён")


def faults_of_publications() -> Iterator[Fault]:
    """Publications with another text than the version that was submitted or approved last."""
    of_row = (Event.object_kind == "publication", Event.object_id == Publication.id, Event.action.in_(_OF_VERSIONS))
    last = select(func.max(Event.id)).where(*of_row).correlate(Publication).scalar_subquery()
    newest = select(func.max(PublicationVersion.number)).where(PublicationVersion.publication_id == Publication.id)
    query = (
        select(Event.id, Event.changes, Publication.text, Placement.account_id, Placement.text, PublicationVersion)
        .join(Event, Event.id == last)
        .outerjoin(Placement, and_(Placement.publication_id == Publication.id, Placement.left_out_at.is_(None)))
        .outerjoin(
            PublicationVersion,
            and_(
                PublicationVersion.publication_id == Publication.id,
                PublicationVersion.number == newest.correlate(Publication).scalar_subquery(),
            ),
        )
        .where(Publication.state.in_(_SETTLED))
        .order_by(Event.id)
    )
    said = set()
    for number, changes, text, page, own, version in db.session.execute(query.select_from(Publication)):
        if not new_value(changes, "text_digest") or version is None:
            continue
        is_same = (version.number, version.text) == (_named(changes), text)
        if number not in said and not (is_same and version.page_texts.get(str(page)) == own):
            said.add(number)
            yield Fault(number, number, "у публикации теперь другой текст, чем сдан или согласован")


def faults_of_roles() -> Iterator[Fault]:
    """People with other roles than the log says, or who are blocked or not where it says otherwise."""
    query = (
        select(User.id, User.is_active, UserRole.role, Event.id, Event.action, Event.changes)
        .select_from(User)
        .outerjoin(Event, and_(Event.object_kind == "user", Event.object_id == User.id, Event.action.in_(_OF_PEOPLE)))
        .outerjoin(UserRole, UserRole.user_id == User.id)
        .order_by(User.id, Event.id)
    )
    people = [list(rows) for _, rows in groupby(db.session.execute(query), key=itemgetter(0))]
    if any(rows[0][3] for rows in people):  # else no account was entered by the program
        for rows in people:
            yield from _of_person(rows)


def _of_person(rows: Sequence[Any]) -> Iterator[Fault]:
    """`rows`: each event with each role of one person, the oldest event first."""
    last, told, active = 0, None, True
    for row in rows:
        number, action, changes = row[3:]
        last, given = number or 0, new_value(changes, "roles")
        told = told if given is None else given
        active = {"block_user": False, "unblock_user": True}.get(action, active)
    roles = sorted({row.role for row in rows if row.role})
    if roles != sorted(told or []):
        yield Fault(last, last, "роли этого сотрудника изменены в обход программы")
    if rows[0].is_active != active:
        yield Fault(last, last, "этот сотрудник заблокирован или разблокирован в обход программы")


def _named(changes: Any) -> Any:
    """The number of the version that an event is about."""
    return new_value(changes, "text_number")


def faults_seen_by_the_worker() -> Iterator[Fault]:
    """What was seen once stays said, although the worker has sealed on since."""
    for number, changes in db.session.execute(
        select(Event.id, Event.changes).where(Event.action == FAULT).order_by(Event.id)
    ):
        for words in found_words(changes):
            yield Fault(number, number, f"фоновый процесс заметил: {words}")

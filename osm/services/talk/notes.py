"""Notes of the office on a card: written, read, withdrawn; never changed. The log names a note without its text."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import select, update

from osm.extensions import db
from osm.regulation.errors import MissingInput
from osm.regulation.words import Role
from osm.services.acts import load_message, required
from osm.services.errors import NotFound, NotYours
from osm.services.log.log import record
from osm.store.models import Message, Note, NoteKind, User
from osm.store.queries.talk.notes import addressees, waits_for
from osm.store.transaction import BesideReading, transaction, unless_busy

LONGEST = 2000
"""Characters of a note."""

_WRITTEN = {NoteKind.NOTE: "note_written", NoteKind.QUESTION: "curator_asked"}
_NOTHING = "Напишите заметку: пустую сохранить нельзя."


def write_note(message_id: int, *, text: str, to_id: int | None, actor: User, now: datetime) -> Note:
    """A note for everybody who sees the card; `to_id`: it waits for this person until he has read it.

    What the addressee had asked the curator is answered by it. Raises MissingInput, NotFound.
    """
    said = checked_text(text, "note", _NOTHING)
    with transaction():
        message = load_message(message_id)
        if to_id is not None and to_id not in {person.id for person in addressees(message_id, but=actor.id)}:
            raise MissingInput("to_id", "Этот сотрудник не видит карточку. Выберите другого, текст сохранён.")
        if to_id is not None and actor.has(Role.CURATOR):
            asked = (Note.message_id == message_id, Note.author_id == to_id, Note.kind == NoteKind.QUESTION)
            db.session.execute(
                update(Note).where(*asked, Note.read_at.is_(None)).values(read_at=now, read_by_id=actor.id)
            )
        return add_note(message, NoteKind.NOTE, said, actor=actor, now=now, to_id=to_id)


def ask_curator(message_id: int, *, text: str, actor: User, now: datetime) -> Note:
    """A question of who prepares the answer: it waits for every curator until one has answered or read it."""
    said = checked_text(text, "note", "Напишите вопрос: пустой отправить нельзя.")
    with transaction():
        return add_note(load_message(message_id), NoteKind.QUESTION, said, actor=actor, now=now)


def read_note(note_id: int, *, actor: User, now: datetime) -> Note:
    """«Прочитано»; of «Не моё» the curator says by it that the message stays where it is. Raises NotFound, NotYours."""
    with transaction():
        note = locked_note(note_id)
        if not _is_for(note, actor):
            raise NotYours("Заметка адресована другому сотруднику. Ничего не изменено.")
        if note.read_at is None and note.withdrawn_at is None:
            note.read_at, note.read_by_id = now, actor.id
            if note.kind is NoteKind.DECLINE:
                _log("decline_kept", note, db.session.get_one(Message, note.message_id), actor, now)
        return note


def open_notes(message_id: int, *, actor: User, now: datetime) -> frozenset[int]:
    """The person has opened the card: what was written to him is read. Ids of these notes; nothing is logged."""
    waiting = select(Note.id).where(
        Note.message_id == message_id, Note.to_id == actor.id, Note.read_at.is_(None), Note.withdrawn_at.is_(None)
    )
    found = frozenset(db.session.scalars(waiting))
    if found:
        beside = BesideReading("notes_read", message_id=message_id, person=actor.id)
        with beside, unless_busy(0.5), transaction() as session:
            session.execute(update(Note).where(Note.id.in_(waiting)).values(read_at=now, read_by_id=actor.id))
    return found


def withdraw_note(note_id: int, *, actor: User, now: datetime) -> Note:
    """Its author takes it back: nobody is shown its text any more, the log keeps that it was there."""
    with transaction():
        note = locked_note(note_id)
        if note.author_id != actor.id:
            raise NotYours("Отозвать заметку может только тот, кто её написал. Ничего не изменено.")
        if note.withdrawn_at is None:
            note.withdrawn_at = now
            _log("note_withdrawn", note, db.session.get_one(Message, note.message_id), actor, now)
        return note


def add_note(
    message: Message,
    kind: NoteKind,
    text: str,
    *,
    actor: User,
    now: datetime,
    to_id: int | None = None,
    department_id: int | None = None,
) -> Note:
    """Within the transaction of the caller, who logs the act where it is more than a note."""
    note = Note(
        message_id=message.id, kind=kind, author_id=actor.id, written_at=now, text=text, to_id=to_id,
        department_id=department_id,
    )  # fmt: skip
    db.session.add(note)
    db.session.flush()
    if kind in _WRITTEN:
        _log(_WRITTEN[kind], note, message, actor, now)
    return note


def locked_note(note_id: int, kinds: Collection[NoteKind] = tuple(NoteKind)) -> Note:
    """The note, locked until the end of the transaction where the database locks rows. Raises NotFound."""
    wanted = select(Note).where(Note.id == note_id, Note.kind.in_(kinds)).with_for_update(of=Note)
    found = db.session.scalar(wanted.execution_options(populate_existing=True))
    if found is None:
        raise NotFound("Заметка")
    return found


def checked_text(value: str, field: str, missing: str) -> str:
    """What was typed, without blanks around it. Raises MissingInput where there is nothing or too much."""
    said = required(field, value.replace("\0", ""), missing)
    if len(said) > LONGEST:
        raise MissingInput(field, f"Больше {LONGEST} знаков. Сократите, текст сохранён.")
    return said


def _is_for(note: Note, person: User) -> bool:
    return bool(
        db.session.scalar(select(Note.id).where(Note.id == note.id, waits_for(person.id, person.roles, done=True)))
    )


def _log(action: str, note: Note, message: Message, actor: User, now: datetime) -> None:
    changes = {"to_id": (None, note.to_id)}
    record(action, at=now, actor=actor, message=message, changes=changes, object_kind="note", object_id=note.id)

"""Notes of the office on a card: written, read, withdrawn, never changed, and logged without their text; «Поторопить»
and «Не моё».
"""

from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy import func, select, update

from osm.base.database import add_row, db
from osm.base.errors import NotYours, ServiceError, must_exist
from osm.base.transaction import BesideReading, transaction, unless_busy
from osm.flow.acts.act import act, load_message, required
from osm.flow.acts.clocks import in_force
from osm.flow.acts.moving import active_assignments
from osm.log.acts.record import record
from osm.messages.acts import executors, routing
from osm.models import Assignment, Deadline, Department, Message, Note, NoteKind, User
from osm.regulation.errors import MissingInput, need, refuse
from osm.regulation.executors import OWED
from osm.regulation.words import PART_REWORK, Action, ClockKind, DeadlineState, Role
from osm.talk.queries import HURRIED, addressees, answered_with, has_declined, waits_for

# --- Notes
LONGEST = 2000  # characters of a note

_WRITTEN = {NoteKind.NOTE: "note_written", NoteKind.QUESTION: "curator_asked"}
_NOTHING = "Напишите заметку: пустую сохранить нельзя."


def write_note(message_id: int, *, text: str, to_id: int | None, actor: User, now: datetime) -> Note:
    """Write a note for all who see the card; with `to_id` it waits until this person has read it, and answers his open
    question to the curator. Raises MissingInput, NotFound."""
    words = checked_text(text, "note", _NOTHING)
    with transaction():
        message = load_message(message_id)
        if to_id is not None and to_id not in {person.id for person in addressees(message_id, except_id=actor.id)}:
            raise MissingInput("to_id", "Этот сотрудник не видит карточку. Выберите другого, текст сохранён.")
        if to_id is not None and actor.has(Role.CURATOR):
            asked = (Note.message_id == message_id, Note.author_id == to_id, Note.kind == NoteKind.QUESTION)
            db.session.execute(
                update(Note).where(*asked, Note.read_at.is_(None)).values(read_at=now, read_by_id=actor.id)
            )
        return add_note(message, NoteKind.NOTE, words, actor=actor, now=now, to_id=to_id)


def ask_curator(message_id: int, *, text: str, actor: User, now: datetime) -> Note:
    """An executor's question; it waits for all curators until one has answered or read it."""
    words = checked_text(text, "note", "Напишите вопрос: пустой отправить нельзя.")
    with transaction():
        return add_note(load_message(message_id), NoteKind.QUESTION, words, actor=actor, now=now)


def read_note(note_id: int, *, actor: User, now: datetime) -> Note:
    """«Прочитано»; for «Не моё» it means that the message stays with its executor. Raises NotFound, NotYours."""
    with transaction():
        note = locked_note(note_id)
        his = select(Note.id).where(Note.id == note.id, waits_for(actor.id, actor.roles, done=True))
        if db.session.scalar(his) is None:
            raise NotYours("Заметка адресована другому сотруднику. Ничего не изменено.")
        if note.read_at is None and note.withdrawn_at is None:
            note.read_at, note.read_by_id = now, actor.id
            if note.kind is NoteKind.DECLINE:
                _log("decline_kept", note, db.session.get_one(Message, note.message_id), actor, now)
        return note


def open_notes(message_id: int, *, actor: User, now: datetime) -> frozenset[int]:
    """The person has opened the card, so notes to him are read. Returns their ids; this is not logged."""
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
    """The author withdraws it: its text is hidden, the log still has the fact."""
    with transaction():
        note = locked_note(note_id)
        if note.author_id != actor.id:
            raise NotYours("Отозвать заметку может только тот, кто её написал. Ничего не изменено.")
        if note.withdrawn_at is None:
            note.withdrawn_at = now
            _log("note_withdrawn", note, db.session.get_one(Message, note.message_id), actor, now)
        return note


def add_note(
    message: Message, kind: NoteKind, text: str, *, actor: User, now: datetime, to_id: int | None = None,
    department_id: int | None = None,
) -> Note:  # fmt: skip
    """Add a note in the caller's transaction; the caller logs the act if it is more than a note. Raises MissingInput if
    the last note of the card is the same and nobody has read it: its form was sent again."""
    same = {"message_id": message.id, "kind": kind, "author_id": actor.id, "text": text, "to_id": to_id}
    last = select(func.max(Note.id)).where(Note.message_id == message.id).scalar_subquery()
    unread = select(Note.id).filter_by(**same, read_at=None, withdrawn_at=None).where(Note.id == last)
    is_again = kind in _WRITTEN and db.session.scalar(unread)
    refuse("note", is_again, "Это уже записано. Второй раз не добавлено.")
    note = Note(**same, written_at=now, department_id=department_id)
    add_row(note)
    if kind in _WRITTEN:
        _log(_WRITTEN[kind], note, message, actor, now)
    return note


def locked_note(note_id: int, kinds: Collection[NoteKind] = tuple(NoteKind)) -> Note:
    """The note, locked until the end of the transaction if the database locks rows. Raises NotFound."""
    wanted = select(Note).where(Note.id == note_id, Note.kind.in_(kinds)).with_for_update(of=Note)
    return must_exist(db.session.scalar(wanted.execution_options(populate_existing=True)), "Заметка")


def checked_text(value: str, field: str, missing: str) -> str:
    """The text stripped. Raises MissingInput if it is empty or too long."""
    words = required(field, value, missing)
    refuse(field, len(words) > LONGEST, f"Больше {LONGEST} знаков. Сократите, текст сохранён.")
    return words


def _log(action: str, note: Note, message: Message, actor: User, now: datetime) -> None:
    changes = {"to_id": (None, note.to_id)}
    record(action, at=now, actor=actor, message=message, changes=changes, about=note)


# --- «Поторопить»
PAUSE = timedelta(minutes=30)  # the pause before the same person can be hurried again, in clock time

_OF_THE_MESSAGE = frozenset({ClockKind.REWORK, ClockKind.DRAFT, ClockKind.FINAL, ClockKind.ANSWER})


class HurriedAlready(ServiceError):
    """He was hurried within the last half hour, so no note was written."""

    def __init__(self, last: datetime) -> None:
        self.last = last
        there = in_force().calendar.local
        super().__init__(
            f"Уже торопили в {there(last):%H:%M}. Снова можно в {there(last + PAUSE):%H:%M}; если срочно, позвоните."
        )


def hurry(message_id: int, *, actor: User, now: datetime) -> list[User]:
    """Write a note to hurry the executors of the answer, or of several those with a late part (П.14); it names the
    term. Returns them. Raises HurriedAlready, MissingInput if there is no one to hurry."""
    with transaction():
        message = load_message(message_id)
        responsible = _responsible(message, now) if message.status in HURRIED else []
        refuse("", not responsible, "Торопить некого: сейчас по этому сообщению никто не готовит ответ.")
        last = _last_hurried(message_id, {row.executor_id for row in responsible}, now - PAUSE)
        asked = [row for row in responsible if row.executor_id not in last]
        if not asked:
            raise HurriedAlready(max(last.values()))
        for row in asked:
            note = add_note(
                message, NoteKind.HURRY, _term(message, row, now), actor=actor, now=now, to_id=row.executor_id
            )
            record(
                "hurried", at=now, actor=actor, message=message, about=note, changes={"assignment_id": (None, row.id)}
            )
        return [row.executor for row in asked]


def _responsible(message: Message, now: datetime) -> list[Assignment]:
    rows = [row for row in active_assignments(message) if row.part_state is None or row.part_state in OWED]
    late = [row for row in rows if (due := _due(_clocks(message, row))) and due < now]
    return late or rows


def _clocks(message: Message, row: Assignment) -> list[Deadline]:
    """The running clocks of his part, or of the message if he prepares the whole answer."""
    running = [one for one in message.deadlines if one.state is DeadlineState.OPEN]
    if row.part_state is not None:
        return [one for one in running if one.assignment_id == row.id]
    return [one for one in running if one.assignment_id is None and one.kind in _OF_THE_MESSAGE]


def _due(clocks: list[Deadline]) -> datetime | None:
    return min((clock.due_at for clock in clocks if clock.due_at), default=None)


def _term(message: Message, row: Assignment, now: datetime) -> str:
    """«Проект на согласование: срок был 25.11 в 14:58.»"""
    known = [clock for clock in _clocks(message, row) if clock.due_at]
    first = min(known, key=lambda clock: clock.due_at or now, default=None)
    if first is None or first.due_at is None:
        return "Ответьте, пожалуйста, как можно скорее."
    label = PART_REWORK if row.part_state is not None and first.kind is ClockKind.REWORK else first.kind.label
    when = "срок был" if first.due_at < now else "срок —"
    return f"{label}: {when} {in_force().calendar.local(first.due_at):%d.%m в %H:%M}."


def _last_hurried(message_id: int, people: set[int], since: datetime) -> dict[int, datetime]:
    """Who was hurried after `since` about this message or another with the same common answer."""
    found = db.session.execute(
        select(Note.to_id, func.max(Note.written_at))
        .where(
            Note.message_id.in_(answered_with(message_id)),
            Note.kind == NoteKind.HURRY,
            Note.to_id.in_(people),
            Note.written_at > since,
        )
        .group_by(Note.to_id)
    )
    return {to_id: at for to_id, at in found if to_id is not None}


# --- «Не моё» (П.18)
def decline(
    message_id: int, version: int, *, reason: str, department_id: int | None, actor: User, now: datetime
) -> Note:
    """The executor asks the curator to give the message to somebody else. Until then it stays with him and all clocks
    run. Raises MissingInput if the reason is missing or he has an open request."""
    with act(Action.DECLINE, message_id, version, actor, now, texts={"reason": reason}) as step:
        text = checked_text(step.texts["reason"], "reason", "")
        if department_id is not None and not _is_offered(department_id):
            raise MissingInput("department_id", "Такого отдела больше нет. Выберите другой или оставьте пустым.")
        if has_declined(message_id, actor.id):
            raise MissingInput("reason", "Вы уже ответили «Не моё», куратор ещё не решил. Дополнить можно заметкой.")
        note = add_note(step.message, NoteKind.DECLINE, text, actor=actor, now=now, department_id=department_id)
        step.changes["department_id"] = (None, department_id)
        step.object_kind, step.object_id = "note", note.id
        return note


def reroute_declined(note_id: int, version: int, *, executor_id: int | None, actor: User, now: datetime) -> Message:
    """Give the message, or of several executors this one's part (П.14), with its task to somebody else. Raises
    NotFound, MissingInput, StaleVersion, AnsweredTogether."""
    with transaction():
        note = locked_note(note_id, [NoteKind.DECLINE])
        if note.read_at is not None or note.withdrawn_at is not None:
            raise MissingInput("executor_id", "«Не моё» уже решено или отозвано. Ничего не изменено.")
        message = db.session.get_one(Message, note.message_id)
        row = next((row for row in active_assignments(message) if row.executor_id == note.author_id), None)
        row = need("executor_id", row, "Сообщение уже у другого исполнителя. Ничего не изменено.")
        note.read_at, note.read_by_id = now, actor.id
        if row.part_state is None:
            return routing.reroute_message(message.id, version, executor_id=executor_id, task="", actor=actor, now=now)
        with act(Action.REROUTE, message.id, version, actor, now) as step:
            executor, asked = executors.executor_today(executor_id, now)
            if any(one.executor_id == executor.id for one in active_assignments(step.message)):
                raise MissingInput("executor_id", f"{executor.name} уже среди исполнителей. Выберите другого.")
            new = executors.replace_executor(step, row, executor)
            new.for_id = None if executor is asked else asked.id
            step.object_kind, step.object_id = "assignment", new.id
            step.changes["executor_id"] = (None, executor.id)
            return step.message


def _is_offered(department_id: int) -> bool:
    found = db.session.get(Department, department_id)
    return found is not None and found.archived_at is None

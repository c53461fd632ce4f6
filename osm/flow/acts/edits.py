"""What edits of rows have in common, assignments, and acts waiting for a network (П.8).

Each function works in the caller's transaction.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import TypeVar

from sqlalchemy import ColumnElement, select, text, update

from osm.extensions import db
from osm.flow.queries.stops import page_of_act
from osm.log.acts.record import Change, record
from osm.regulation.comment_words import OutboxKind, OutboxState
from osm.regulation.errors import MissingInput, StaleVersion
from osm.services.errors import ServiceError, must_exist
from osm.store.models import (
    Absence,
    AnswerGroup,
    AnswerTemplate,
    Assignment,
    Campaign,
    Comment,
    Complaint,
    Connection,
    Department,
    DepartmentNews,
    Emergency,
    HelpPage,
    ImportSource,
    Instruction,
    KraiTask,
    Memo,
    MemorableDay,
    Message,
    Office,
    OfficeSettings,
    OutboxAction,
    PageGuard,
    PageTask,
    Promise,
    Publication,
    Shift,
    Shortcoming,
    ToldFacts,
    Topic,
    UrgentReport,
    User,
    WeeklyHeading,
)

# --- Edits by an administrator
Row = TypeVar(
    "Row",
    Absence,
    AnswerGroup,
    AnswerTemplate,
    Complaint,
    User,
    Department,
    Topic,
    ImportSource,
    Office,
    OfficeSettings,
    ToldFacts,
    Connection,
    Instruction,
    UrgentReport,
    Publication,
    DepartmentNews,
    Emergency,
    KraiTask,
    Memo,
    MemorableDay,
    Campaign,
    PageGuard,
    PageTask,
    Promise,
    HelpPage,
    Shift,
    Shortcoming,
    WeeklyHeading,
)
"""A row with a `version` that rises with each edit."""


def lock(model: type[Row], row_id: int, what: str) -> Row:
    """The row, locked until the end of the transaction if the database locks rows. Raises NotFound with `what`.

    The key stays unlocked: a log row that refers to this row need not wait, so two who edit each other do not deadlock.
    """
    wanted = select(model).where(model.id == row_id).with_for_update(of=model, key_share=True)
    rows = db.session.execute(wanted.execution_options(populate_existing=True))
    return must_exist(rows.unique().scalar_one_or_none(), what)


def locked(model: type[Row], row_id: int, seen_version: int, what: str) -> Row:
    """The row, as `lock` gives it. Raises StaleVersion if somebody has edited it since the person saw it."""
    found = lock(model, row_id, what)
    if found.version != seen_version:
        raise StaleVersion(seen_version, found.version)
    return found


def hold_out_others(table: str) -> None:
    """Let only one transaction at a time enter rows that exclude each other. SQLite has one writer anyway."""
    if db.engine.dialect.name == "postgresql":
        db.session.execute(text(f"LOCK TABLE {table} IN SHARE ROW EXCLUSIVE MODE"))


def settle(
    action: str,
    row: Row,
    changes: Mapping[str, Change],
    *,
    actor: User | None,
    now: datetime,
    note: str = "",
) -> None:
    """End an edit: raise the version and log the act."""
    row.version += 1
    changes = {**changes, "version": (row.version - 1, row.version)}
    record(action, at=now, actor=actor, about=row, changes=changes, note=note)


def one_line(field: str, label: str, value: str, longest: int, *, missing: str = "") -> str:
    """The text as one line without NUL and double blanks.

    Raises MissingInput if it is longer than `longest` characters, or with the words `missing` if it is empty.
    """
    line = " ".join(value.replace("\0", "").split())
    if missing and not line:
        raise MissingInput(field, missing)
    if len(line) > longest:
        raise MissingInput(field, f"{label}: больше {longest} знаков. Сократите.")
    return line


def lines(field: str, label: str, value: str, *, longest: int, most: int) -> list[str]:
    """The non-empty lines of a text area, each once.

    Raises MissingInput if there are more than `most`, or if one is longer than `longest` characters.
    """
    found = list(dict.fromkeys(filter(None, (one_line(field, label, raw, longest) for raw in value.splitlines()))))
    if len(found) > most:
        raise MissingInput(field, f"{label}: больше {most} строк. Уберите лишние.")
    return found


# --- Assignments
def active_assignments(message: Message) -> list[Assignment]:
    """Who prepares the answer now, in the order of П.14."""
    rows = [row for row in message.assignments if row.ended_at is None]
    return sorted(rows, key=lambda row: (row.order_no, row.id))


def is_shared(message: Message) -> bool:
    """Whether several executors prepare parts of the answer and the curator the common draft (П.14)."""
    return any(row.part_state is not None for row in active_assignments(message))


def end_assignment(row: Assignment, now: datetime) -> None:
    """End the assignment; the texts stay, and the act stops the clock of the part."""
    row.ended_at, row.version = now, row.version + 1


def end_assignments(message: Message, now: datetime) -> None:
    """End all assignments; the rows stay as history."""
    for row in active_assignments(message):
        end_assignment(row, now)
    # Free the index of active rows for the next executors.
    db.session.flush()


# --- Acts waiting for a network (П.8)
class SendingBegun(ServiceError):
    """The network was already asked, so the answer may be published."""

    def __init__(self) -> None:
        super().__init__("Ответ уже отправляется в соцсеть, отменить нельзя. Дождитесь результата; ничего не изменено.")


def is_being_sent(action: OutboxAction, now: datetime) -> bool:
    """Whether a process is sending it now, so that it may not be changed."""
    return action.leased_until is not None and action.leased_until > now


def being_sent(now: datetime) -> ColumnElement[bool]:
    """The same as a condition, never NULL."""
    return OutboxAction.leased_until.is_not(None) & (OutboxAction.leased_until > now)


def publication_of(message_id: int) -> OutboxAction | None:
    """The publication of this message that waits or is being sent, locked; None if there is none."""
    return db.session.scalar(
        select(OutboxAction).where(*_waits(message_id)).order_by(OutboxAction.id.desc()).limit(1).with_for_update()
    )


def _waits(message_id: int) -> tuple[ColumnElement[bool], ...]:
    """The conditions of an unsettled publication of this message."""
    is_publication = OutboxAction.kind == OutboxKind.PUBLISH
    return OutboxAction.message_id == message_id, is_publication, OutboxAction.state == OutboxState.PENDING


def hold_publication(message_id: int, words: str) -> None:
    """Leave the waiting publication to a person, with `words` as the reason, unless it was or is being sent.

    If a process has claimed it and locked the row, it is too late.
    """
    ids = db.session.scalars(select(OutboxAction.id).where(*_waits(message_id))).all()
    locked = select(OutboxAction).where(OutboxAction.id.in_(ids)).with_for_update(skip_locked=True)
    actions = db.session.scalars(locked.execution_options(populate_existing=True)).all()
    if len(actions) < len(ids) or any(one.sent_at is not None and not one.for_person for one in actions):
        return
    for one in actions:
        if not one.for_person:
            one.for_person, one.error, one.version = True, words, one.version + 1


def let_publication_go(message_id: int, words: str) -> None:
    """Undo `hold_publication` with the same words."""
    action = publication_of(message_id)
    if action is not None and action.for_person and action.error == words:
        action.for_person, action.error, action.version = False, "", action.version + 1


def withdraw_publication(message_id: int, *, actor: User | None, now: datetime, placed: bool = False) -> bool:
    """Cancel the publication; returns whether there was one. Raises SendingBegun if the network was already asked.

    A publication left to a person can be cancelled: he has seen that it is not published. `placed`: he has published it
    himself; then only a sending in progress prevents this.
    """
    action = publication_of(message_id)
    if action is None:
        return False
    if is_being_sent(action, now) or (action.sent_at is not None and not action.for_person and not placed):
        raise SendingBegun
    action.state, action.settled_at = OutboxState.CANCELLED, now
    action.settled_by_id, action.version = actor.id if actor else None, action.version + 1
    return True


def leave_to_people(account_id: int, words: str, now: datetime) -> None:
    """Leave the open acts of a stopped or disabled page to people, except those being sent."""
    of_page = select(OutboxAction.id).outerjoin(Comment, Comment.id == OutboxAction.comment_id)
    on_page = of_page.where(OutboxAction.state == OutboxState.PENDING, page_of_act() == account_id).correlate(None)
    db.session.execute(
        update(OutboxAction)
        .where(
            OutboxAction.state == OutboxState.PENDING,
            ~being_sent(now),
            OutboxAction.id.in_(on_page),
        )
        .values(for_person=True, error=words)
    )

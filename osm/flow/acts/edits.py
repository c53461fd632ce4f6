"""Acts that the program sends to a network, waiting or being sent (П.8).

Each function works in the transaction of its caller.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TypeVar

from sqlalchemy import ColumnElement, select, text, update

from osm.extensions import db
from osm.flow.queries.stops import page_of_act
from osm.log.acts.record import Change, record
from osm.regulation.comment_words import OutboxKind, OutboxState
from osm.regulation.errors import MissingInput, StaleVersion
from osm.services.errors import NotFound, ServiceError
from osm.store.models import (
    Absence,
    AnswerTemplate,
    Assignment,
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
    MemorableDay,
    Message,
    Office,
    OfficeSettings,
    OutboxAction,
    PageGuard,
    PageTask,
    Publication,
    Shift,
    ToldFacts,
    Topic,
    UrgentReport,
    User,
    WeeklyHeading,
)

# --- What every edit by an administrator has in common
Row = TypeVar(
    "Row",
    Absence,
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
    MemorableDay,
    PageGuard,
    PageTask,
    HelpPage,
    Shift,
    WeeklyHeading,
)
"""A row whose `version` rises with every edit."""


def locked(model: type[Row], row_id: int, seen_version: int, what: str) -> Row:
    """The row, locked until the end of the transaction where the database locks rows.

    NotFound (`what` in Russian), StaleVersion when somebody edited it after the person had seen it.
    """
    # The key stays free: a row of the log that names this one does not wait, so two who edit each other never lock up.
    wanted = select(model).where(model.id == row_id).with_for_update(of=model, key_share=True)
    found = db.session.execute(wanted.execution_options(populate_existing=True)).unique().scalar_one_or_none()
    if found is None:
        raise NotFound(what)
    if found.version != seen_version:
        raise StaleVersion(seen_version, found.version)
    return found


def hold_out_others(table: str) -> None:
    """Rows that exclude one another are entered by one at a time; the others wait. SQLite has one writer anyway."""
    if db.engine.dialect.name == "postgresql":
        db.session.execute(text(f"LOCK TABLE {table} IN SHARE ROW EXCLUSIVE MODE"))


def settle(
    action: str,
    kind: str,
    row: Row,
    changes: Mapping[str, Change],
    *,
    actor: User | None,
    now: datetime,
    object_id: int | None = None,
    note: str = "",
) -> None:
    """The end of an edit: the version rises, and the act upon this kind of object stands in the log.

    `object_id`: where the row is not the object itself.
    """
    row.version += 1
    changes = {**changes, "version": (row.version - 1, row.version)}
    record(action, at=now, actor=actor, object_kind=kind, object_id=object_id or row.id, changes=changes, note=note)


def one_line(field: str, label: str, value: str, longest: int, *, missing: str = "") -> str:
    """What was typed, as one line without NUL and double blanks; `missing` is said where there is nothing.

    MissingInput when it is longer than `longest` characters.
    """
    line = " ".join(value.replace("\0", "").split())
    if missing and not line:
        raise MissingInput(field, missing)
    if len(line) > longest:
        raise MissingInput(field, f"{label}: больше {longest} знаков. Сократите.")
    return line


def lines(field: str, label: str, value: str, *, longest: int, most: int) -> list[str]:
    """What was typed into a text area: its lines that are not empty, each once.

    MissingInput when there are more than `most`, or one is longer than `longest` characters.
    """
    found = list(dict.fromkeys(filter(None, (one_line(field, label, raw, longest) for raw in value.splitlines()))))
    if len(found) > most:
        raise MissingInput(field, f"{label}: больше {most} строк. Уберите лишние.")
    return found


# --- Who prepares the answer to a message
def active_assignments(message: Message) -> list[Assignment]:
    """Who prepares the answer now, in the order of П.14."""
    rows = [row for row in message.assignments if row.ended_at is None]
    return sorted(rows, key=lambda row: (row.order_no, row.id))


def is_shared(message: Message) -> bool:
    """Whether several prepare the answer, each his part, and the curator the common draft (П.14)."""
    return any(row.part_state is not None for row in active_assignments(message))


def end_assignment(row: Assignment, now: datetime) -> None:
    """This person is asked no longer; his texts stay, the clock of his part stops with the act."""
    row.ended_at, row.version = now, row.version + 1


def end_assignments(message: Message, now: datetime) -> None:
    """Nobody is asked to prepare anything any more; the rows stay as history."""
    for row in active_assignments(message):
        end_assignment(row, now)
    # The rows of the next executors must not meet these in the index of active ones.
    db.session.flush()


# --- Acts that the program sends to a network, waiting or being sent (П.8)
class SendingBegun(ServiceError):
    """The network has been asked already: the answer may stand there."""

    def __init__(self) -> None:
        super().__init__("Ответ уже отправляется в соцсеть, отменить нельзя. Дождитесь результата; ничего не изменено.")


def is_being_sent(action: OutboxAction, now: datetime) -> bool:
    """Whether a process is sending it at this moment: until that ends it may not be changed."""
    return action.leased_until is not None and action.leased_until > now


def being_sent(now: datetime) -> ColumnElement[bool]:
    """The same as a condition, never NULL."""
    return OutboxAction.leased_until.is_not(None) & (OutboxAction.leased_until > now)


def publication_of(message_id: int) -> OutboxAction | None:
    """The publication that waits or is under way for this message, locked; None where there is none."""
    return db.session.scalar(
        select(OutboxAction).where(*_waits(message_id)).order_by(OutboxAction.id.desc()).limit(1).with_for_update()
    )


def _waits(message_id: int) -> tuple[ColumnElement[bool], ...]:
    """The publication of this message is not settled."""
    is_publication = OutboxAction.kind == OutboxKind.PUBLISH
    return OutboxAction.message_id == message_id, is_publication, OutboxAction.state == OutboxState.PENDING


def hold_publication(message_id: int, words: str) -> None:
    """Leave the waiting publication to a person, who reads why, unless it is being sent, or was.

    A process that claims it has locked the row: then it is too late.
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
    """The opposite: send what these words have left to a person."""
    action = publication_of(message_id)
    if action is not None and action.for_person and action.error == words:
        action.for_person, action.error, action.version = False, "", action.version + 1


def withdraw_publication(message_id: int, *, actor: User | None, now: datetime, placed: bool = False) -> bool:
    """Nothing goes out any more; whether something was to. SendingBegun once the network has been asked.

    What the program has left to a person is withdrawn too: he has seen that it does not stand there. `placed`: he has
    placed it himself; then only what is being sent at this moment is in his way.
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
    """A page stops or is switched off: people do its open acts, except those that are being sent."""
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

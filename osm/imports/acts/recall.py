"""«Отозвать загрузку»: delete the messages that a load created and undo what it changed; decisions on held rows;
forecasts.

Only if people have worked on no message of the load (decision 035), and in one transaction. The emptied rows of the
messages stay, because the log refers to them.
"""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import count
from typing import Any

from sqlalchemy import ColumnElement, Select, String, Table, cast, delete, exists, func, literal, or_, select, update

from osm.base.database import db, table_of
from osm.base.errors import ServiceError
from osm.base.transaction import transaction
from osm.check.acts import due, index
from osm.connectors.base import IncomingMessage
from osm.flow.acts import clocks
from osm.flow.acts.act import load_message
from osm.imports.acts import files, held, mending, runs
from osm.imports.acts.publishing import INSTANTS, Staged, Updates, is_left_alone, known_of, values_of_new
from osm.log.acts.record import record, record_all
from osm.messages.acts import entry, executors
from osm.messages.acts.executors import EDITION, WHY_HELD
from osm.messages.models import RECALLED_MARK
from osm.messages.queries.card import FIELDS, PUT_BACK
from osm.models import (
    Author,
    Comment,
    CopyGroup,
    CopyText,
    DueReading,
    HeldOutcome,
    HeldRow,
    ImportRow,
    ImportRun,
    ImportState,
    Message,
    MessageEdition,
    RowOutcome,
    Topic,
    User,
)
from osm.outbox.acts.orders import let_publication_go
from osm.portal import acts as portal
from osm.regulation import blacklist, errors, words
from osm.regulation.words import ClockKind, Regime
from osm.retention.models import is_on_hold
from osm.threads.acts import join_messages

# --- «Это новое», «Заменить»
LONGEST_NUMBER = 60


class AlreadyWorkedOn(ServiceError):
    """The message with this number can no longer be replaced."""

    def __init__(self, number: str) -> None:
        super().__init__(
            f"С № {number} уже работают, заменить его нельзя. Ничего не изменено: "
            "выберите «Это новое» или «Не загружать»."
        )


def enter_as_new(row_id: int, *, actor: User, now: datetime) -> Message:
    """«Это новое»: create a message; П.7 runs from its receipt. Raises NotFound, RowSettled."""
    with held.settling(row_id, HeldOutcome.NEW, actor=actor, now=now) as row:
        incoming = files.from_payload(row.payload)
        message = Message(**values_of_new(row.run, incoming, _author(incoming), _topic(incoming), now))
        message.number, message.key = _free_number(incoming.number), row.other_key
        entry.register(message, now=now, actor=actor)
        join_messages([message], now)
        held.note_outcome(row, RowOutcome.CREATED, message.id)
        return message


def replace(row_id: int, version: int, *, actor: User, now: datetime) -> Message:
    """«Заменить»: give the message the contents of the row; its old contents are kept as an edition. Its clock of П.7
    counts from the receipt of the row. `version`: of the message that the person saw. Raises NotFound, RowSettled,
    StaleVersion, AlreadyWorkedOn."""
    with held.settling(row_id, HeldOutcome.REPLACED, actor=actor, now=now) as row:
        message = load_message(row.message_id)
        if message.version != version:
            raise errors.StaleVersion(version, message.version)
        if row.id not in replaceable([row.id]):
            raise AlreadyWorkedOn(message.number)
        incoming = files.from_payload(row.payload)
        updates = Updates(row.run, now, _stored_author, actor=actor)
        updates.take(message, incoming, _topic(incoming))
        db.session.flush()
        updates.write()
        message.received_at = row.received_at
        if (running := clocks.open_deadline(message, ClockKind.ROUTE)) is not None:
            clocks.count_from(running, row.received_at, now)
        last = select(func.max(MessageEdition.id)).where(MessageEdition.message_id == message.id)
        executors.look(message.id, db.session.scalar(last) or 0, actor=actor, now=now)
        due.enqueue([message.id], due.ON_ENTRY)
        held.note_outcome(row, RowOutcome.UPDATED, message.id)
        return message


def replaceable(row_ids: Sequence[int]) -> set[int]:
    """Ids of held rows with a message that is new and not worked on; one query."""
    query = select(HeldRow.id).join(Message, Message.id == HeldRow.message_id)
    untouched = (HeldRow.id.in_(row_ids), Message.status == words.Status.NEW, ~held.is_worked_on())
    return set(db.session.scalars(query.where(*untouched))) if row_ids else set()


def _author(incoming: IncomingMessage) -> Author | None:
    return entry.find_author(incoming.network, incoming.author, incoming.author_url)


def _stored_author(incoming: IncomingMessage) -> Author | None:
    """Flushed, because the update needs its id."""
    author = _author(incoming)
    db.session.flush()
    return author


def _topic(incoming: IncomingMessage) -> int | None:
    names = db.session.execute(select(Topic.name, Topic.id))
    return {name.casefold(): number for name, number in names}.get(incoming.topic.casefold())


def _free_number(number: str) -> str:
    """«7411066-2»: the number with a suffix, because another message has it."""
    taken = (f"{number[: LONGEST_NUMBER - 5]}-{again}" for again in count(2))
    return next(one for one in taken if db.session.scalar(select(Message.id).where(Message.number == one)) is None)


# --- Undo the changes of a load
def of_load(run_id: int) -> tuple[ColumnElement[bool], ...]:
    """Conditions on MessageEdition: an update by this load that was not recalled."""
    return MessageEdition.run_id == run_id, MessageEdition.recalled_at.is_(None)


def put_back(run_id: int, *, actor: User, now: datetime) -> None:
    """Undo all changes of the load, the last first."""
    ids = []
    updates = select(MessageEdition).where(*of_load(run_id)).order_by(MessageEdition.id.desc())
    for edition in db.session.scalars(updates).all():
        message = db.session.get_one(Message, edition.message_id)
        changes: dict[str, Any] = {"import_run_id": (None, run_id)}
        changes |= {name: (getattr(message, name), edition.before[name]) for name in FIELDS if name in edition.before}
        _restore(message, edition)
        mending.take_back_export(message, edition.made_at, now=now)
        edition.recalled_at = now
        if edition.raised:  # people who have it open see an old version
            changes["version"] = (message.version, message.version + 1)
            message.version += 1
            edition.raised += 1
        if edition.holds_draft_id is not None and edition.released_at is None:
            let_publication_go(message.id, WHY_HELD)
        record(
            PUT_BACK, at=now, actor=actor, message=message, changes=changes, object_kind=EDITION, object_id=edition.id
        )
        ids.append(message.id)
    db.session.flush()
    due.enqueue(ids, due.ON_ENTRY)


def _restore(message: Message, edition: MessageEdition) -> None:
    before = dict(edition.before)
    name = before.pop("author_name", None)
    if name is not None and message.author is not None:
        message.author.name = name
    if "key" in before:
        before["key"] = _free_key(before["key"], message.id)
    for column, value in before.items():
        is_instant = column in INSTANTS and value is not None
        setattr(message, column, datetime.fromisoformat(value) if is_instant else value)
    if not message.in_source:  # it was entered by hand: its replies need not be entered in the source
        for reply in message.replies:
            reply.for_source = False


def _free_key(key: str, message_id: int) -> str:
    """The key of a message entered by hand; a new one if another message has it now."""
    taken = select(Message.id).where(Message.key == key, Message.id != message_id)
    is_free = db.session.scalar(taken) is None
    return key if is_free else hashlib.sha256(f"{key}|{message_id}".encode()).hexdigest()


# --- «Отозвать загрузку»
RECALLED, RECALL = "recalled", "import_recall"  # actions of the log: for each message, and for the load
NAMED = 5
_EMPTY: dict[str, Any] = {
    "text": "", "url": "", "place": "", "author_id": None, "topic_id": None, "is_repeat": False, "published_at": None,
    "source_id": None, "source_fingerprint": "", "source_status": "", "source_topic": "", "source_deadline": None,
    "source_raw": {}, "comment_name": "",
}  # fmt: skip


class WorkedOn(ServiceError):
    """People have worked on messages of this load."""

    def __init__(self, numbers: Sequence[str]) -> None:
        named = ", ".join(f"№ {number}" for number in numbers[:NAMED]) + (" и др." if len(numbers) > NAMED else "")
        super().__init__(
            f"Отозвать загрузку нельзя: с её сообщениями уже работали, их изменила более поздняя загрузка или на них "
            f"запрет уничтожать ({named}). Ничего не изменено. "
            "Лишние сообщения закройте в реестре: отметьте их и выберите «Реагирование не требуется»."
        )


def recall_run(run_id: int, *, actor: User, now: datetime) -> None:
    """Undo everything that the load created and changed. Raises NotFound, RunMovedOn, WorkedOn."""
    with transaction() as session:
        run = runs.get_run(run_id, ImportState.DONE)
        if run.recalled_at is not None:
            raise runs.RunMovedOn
        if not run.source.regime.by_regulation:
            _end_recall(run, portal.recall(run), actor, now)
            return
        brought = brought_by(run.id)
        joined = select(Comment.id).where(Comment.message_id.in_(brought)).order_by(Comment.id)
        session.scalars(joined.with_for_update(of=Comment)).all()  # comments first, as every act does
        # No act may come between the check and the change; processes that read texts may still write their rows.
        changed = select(MessageEdition.message_id).where(*of_load(run.id))
        lock = select(Message.id).where(Message.id.in_(brought.union(changed))).order_by(Message.id)
        session.scalars(lock.with_for_update(of=Message, key_share=True)).all()
        ids = list(session.scalars(select(Message.id).where(Message.id.in_(brought)).order_by(Message.id)))
        if numbers := list(session.scalars(worked_on(run.id).limit(NAMED + 1))):
            raise WorkedOn(numbers)
        authors = list(session.scalars(select(Message.author_id).where(Message.id.in_(brought)).distinct()))
        held.recall(run.id, actor=actor, now=now)
        put_back(run.id, actor=actor, now=now)
        _back_to_queue(joined, actor, now)
        _forget(brought)
        changes = {"import_run_id": (None, run.id)}
        record_all(RECALLED, ({"message_id": one, "changes": changes} for one in ids), at=now, actor=actor)
        _empty(brought, now)
        _forget_authors([one for one in authors if one is not None])
        _end_recall(run, len(ids), actor, now)


def _end_recall(run: ImportRun, count: int, actor: User, now: datetime) -> None:
    run.recalled_at = now
    record(RECALL, at=now, actor=actor, about=run, changes={"members": (count, 0)})


def brought_by(run_id: int) -> Select[Any]:
    """Ids of the messages that the load created."""
    return select(ImportRow.message_id).where(ImportRow.run_id == run_id, ImportRow.outcome == RowOutcome.CREATED)


def worked_on(run_id: int) -> Select[Any]:
    """Numbers of messages of the load on which a person has acted since it created or changed them, or on hold."""
    # A waiting row of another load under the number of this message would be lost with it.
    is_asked_about = exists().where(
        HeldRow.message_id == Message.id, HeldRow.settled_at.is_(None), HeldRow.run_id != run_id
    )
    brought = select(Message.id).where(Message.id.in_(brought_by(run_id)), or_(held.is_worked_on(), is_asked_about))
    since = select(Message.id).join(MessageEdition, MessageEdition.message_id == Message.id)
    changed = since.where(*of_load(run_id), held.is_worked_on_since())
    touched = brought_by(run_id).union(select(MessageEdition.message_id).where(*of_load(run_id)))
    on_hold = select(Message.id).where(Message.id.in_(touched), is_on_hold("message", Message.id, Message.author_id))
    return select(Message.number).where(Message.id.in_(brought.union(changed, on_hold))).order_by(Message.id)


def _back_to_queue(joined: Select[Any], actor: User, now: datetime) -> None:
    """Comments of our pages that were matched with these messages still need an answer, so they wait again."""
    rows = list(db.session.scalars(joined.with_only_columns(Comment).execution_options(populate_existing=True)))
    for row in rows:
        was, row.state = row.state, blacklist.CommentState.WAITING
        row.message_id = row.decided_at = None
        row.version += 1
        record(
            "comment_undo", at=now, actor=actor, clause="Пр.2.6", about=row,
            changes={"comment_state": (was, row.state), "version": (row.version - 1, row.version)},
        )  # fmt: skip
    db.session.flush()
    due.enqueue_comments([row.id for row in rows], due.ON_COMMENT)


def _forget(brought: Select[Any]) -> None:
    """Delete all rows that refer to these messages. First DueReading, so that a reader either has finished or stops."""
    groups = select(CopyText.group_id).where(CopyText.message_id.in_(brought), CopyText.group_id.is_not(None))
    copies = list(db.session.scalars(groups.distinct()))
    owed = table_of(DueReading)
    db.session.execute(delete(owed).where(owed.c.message_id.in_(brought)))
    for key in _keys_to(table_of(Message)):
        if key.ondelete == "CASCADE":
            db.session.execute(delete(key.parent.table).where(key.parent.in_(brought)))
    left = select(func.count()).where(CopyText.group_id == CopyGroup.id, ~index.is_of_its_comment()).scalar_subquery()
    for start in range(0, len(copies), 500):
        some = CopyGroup.id.in_(copies[start : start + 500])
        db.session.execute(
            update(CopyGroup).where(some).values(size=left), execution_options={"synchronize_session": False}
        )


def _keys_to(parent: Table) -> list[Any]:
    """The foreign keys that refer to this table, the last tables first."""
    tables = reversed(db.metadata.sorted_tables)
    return [key for table in tables for key in table.foreign_keys if key.column.table is parent]


def _empty(brought: Select[Any], now: datetime) -> None:
    """Free the number and the key for the same row of another file, and delete all personal data."""
    gone = literal(RECALLED_MARK) + cast(Message.id, String) + literal(")")
    db.session.execute(
        update(Message)
        .where(Message.id.in_(brought))
        .values(
            number=func.substr(Message.number, 1, 36) + gone,
            key=literal("recalled:") + cast(Message.id, String),
            status=words.Status.DISMISSED,
            closed_at=now,
            recalled_at=now,
            version=Message.version + 1,
            **_EMPTY,
        ),
        execution_options={"synchronize_session": False},
    )
    db.session.expire_all()


def _forget_authors(ids: Sequence[int]) -> None:
    """Delete authors that no row refers to, also no update that can still be recalled."""
    author, former = table_of(Author), MessageEdition.before["author_id"].as_integer()
    kept = set(db.session.scalars(select(former).where(MessageEdition.recalled_at.is_(None), former.is_not(None))))
    ids = [one for one in ids if one not in kept]
    named = [exists().where(key.parent == author.c.id) for key in _keys_to(author)]
    for start in range(0, len(ids), 500):
        db.session.execute(delete(author).where(author.c.id.in_(ids[start : start + 500]), ~or_(*named)))


# --- Forecast of the publication
@dataclass(frozen=True, slots=True)
class Prediction:
    """The outcome of publishing a row. `found`: its changes to the message."""

    row: Staged
    incoming: IncomingMessage
    outcome: RowOutcome
    message: Message | None = None
    found: held.Difference | None = None
    reason: str = ""


def predict(
    rows: Sequence[Staged], by_link: mending.ByLink, *, history: bool, first: set[str], regime: Regime, now: datetime
) -> Iterator[Prediction]:
    """Predict each staged row. `first`: keys of the new messages of earlier rows; these are added."""
    batch = [files.from_payload(row.payload) for row in rows]
    if not regime.by_regulation:
        outcomes = portal.predict(batch, now)
        yield from (Prediction(*one) for one in zip(rows, batch, outcomes, strict=True))
        return
    known, earlier = known_of(batch, by_link)
    for row, incoming in zip(rows, batch, strict=True):
        message = known.get(incoming.key) or earlier.same.get(incoming.key)
        if message is None and incoming.key not in first:
            first.add(incoming.key)
            yield Prediction(row, incoming, RowOutcome.CREATED)
        elif message is None:
            yield Prediction(row, incoming, RowOutcome.HELD, reason=held.reason_of(incoming.number))
        elif message.purged_at is None and held.is_another(message, incoming):
            yield _of_another(row, incoming, message, known.get(held.other_key(incoming)), history)
        else:
            yield _of_known(row, incoming, message, history)


def _of_another(
    row: Staged, incoming: IncomingMessage, message: Message, other: Message | None, history: bool
) -> Prediction:
    if other is not None:
        return _of_known(row, incoming, other, history)
    former = held.of_message(message.id, held.other_key(incoming))
    if former is not None and former.outcome is HeldOutcome.DECLINED:
        return Prediction(row, incoming, RowOutcome.UNCHANGED)
    return Prediction(row, incoming, RowOutcome.HELD, message, reason=held.reason_of(message.number))


def _of_known(row: Staged, incoming: IncomingMessage, message: Message, history: bool) -> Prediction:
    found = held.difference(message, incoming)
    is_changed = not message.in_source or found.is_any
    if not is_changed or is_left_alone(message, history=history):
        return Prediction(row, incoming, RowOutcome.UNCHANGED, message)
    return Prediction(row, incoming, RowOutcome.UPDATED, message, found)


def staged_at(run_id: int, numbers: Sequence[int]) -> tuple[Staged, ...]:
    query = select(ImportRow.id, ImportRow.row_no, ImportRow.warning, ImportRow.payload).where(
        ImportRow.run_id == run_id, ImportRow.outcome == RowOutcome.STAGED, ImportRow.row_no.in_(numbers)
    )
    return tuple(Staged(*row) for row in db.session.execute(query.order_by(ImportRow.row_no)))

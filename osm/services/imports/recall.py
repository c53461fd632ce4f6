"""«Отозвать загрузку»: the messages that a load brought go, those that it changed are as they were before.

Only while none of them was worked on (decision 035).

All in one transaction: a crash leaves the load as it was, and of two people the second is told. The rows of the
messages stay, emptied, because the log names them.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Select, String, Table, cast, delete, exists, func, literal, or_, select, update

from osm.extensions import db
from osm.regulation.comment_words import CommentState
from osm.regulation.words import Status
from osm.services.errors import ServiceError
from osm.services.imports import held_rows
from osm.services.imports.putting_back import of_load, put_back
from osm.services.imports.runs import RunMovedOn, get_run
from osm.services.imports.worked_on import is_worked_on, is_worked_on_since
from osm.services.log.log import record, record_all
from osm.services.reading import due
from osm.services.reading.copy_index import is_of_its_comment
from osm.store.many_rows import table_of
from osm.store.models import (
    Author,
    Comment,
    CopyGroup,
    CopyText,
    DueReading,
    HeldRow,
    ImportRow,
    ImportState,
    Message,
    MessageEdition,
    RowOutcome,
    User,
)
from osm.store.models.messages import RECALLED_MARK
from osm.store.transaction import transaction

RECALLED, RECALL = "recalled", "import_recall"
"""Actions of the log: of each message, of the load."""
NAMED = 5
"""Numbers of messages that a refusal names."""

_EMPTY: dict[str, Any] = {
    "text": "", "url": "", "place": "", "author_id": None, "topic_id": None, "is_repeat": False, "published_at": None,
    "source_id": None, "source_fingerprint": "", "source_status": "", "source_topic": "", "source_deadline": None,
    "source_raw": {}, "comment_name": "",
}  # fmt: skip


class WorkedOn(ServiceError):
    """Somebody has worked on a message of this load."""

    def __init__(self, numbers: Sequence[str]) -> None:
        named = ", ".join(f"№ {number}" for number in numbers[:NAMED]) + (" и др." if len(numbers) > NAMED else "")
        super().__init__(
            f"Отозвать загрузку нельзя: с её сообщениями уже работали или их изменила более поздняя загрузка "
            f"({named}). Ничего не изменено. "
            "Лишние сообщения закройте в реестре: отметьте их и выберите «Реагирование не требуется»."
        )


def recall_run(run_id: int, *, actor: User, now: datetime) -> None:
    """Take back all that the load brought and changed. Raises NotFound, RunMovedOn, WorkedOn."""
    with transaction() as session:
        run = get_run(run_id, ImportState.DONE)
        if run.recalled_at is not None:
            raise RunMovedOn
        brought = brought_by(run.id)
        joined = select(Comment.id).where(Comment.message_id.in_(brought)).order_by(Comment.id)
        session.scalars(joined.with_for_update(of=Comment)).all()  # before the messages, as whoever decides on them
        # Nobody's act comes between the look and the change; readers of texts may still write their rows.
        changed = select(MessageEdition.message_id).where(*of_load(run.id))
        lock = select(Message.id).where(Message.id.in_(brought.union(changed))).order_by(Message.id)
        session.scalars(lock.with_for_update(of=Message, key_share=True)).all()
        ids = list(session.scalars(select(Message.id).where(Message.id.in_(brought)).order_by(Message.id)))
        if numbers := list(session.scalars(worked_on(run.id).limit(NAMED + 1))):
            raise WorkedOn(numbers)
        authors = list(session.scalars(select(Message.author_id).where(Message.id.in_(brought)).distinct()))
        held_rows.recall(run.id, actor=actor, now=now)
        put_back(run.id, actor=actor, now=now)
        _back_to_queue(joined, actor, now)
        _forget(brought)
        changes = {"import_run_id": (None, run.id)}
        record_all(RECALLED, ({"message_id": one, "changes": changes} for one in ids), at=now, actor=actor)
        _empty(brought, now)
        _forget_authors([one for one in authors if one is not None])
        run.recalled_at = now
        counted = {"members": (len(ids), 0)}
        record(RECALL, at=now, actor=actor, object_kind="import_run", object_id=run.id, changes=counted)


def brought_by(run_id: int) -> Select[Any]:
    """Ids of the messages that the load has created."""
    return select(ImportRow.message_id).where(ImportRow.run_id == run_id, ImportRow.outcome == RowOutcome.CREATED)


def worked_on(run_id: int) -> Select[Any]:
    """Numbers of the messages of the load on which a person has acted since it brought or changed them."""
    # A row of another load that waits under the number of a message would be lost with it.
    is_asked_about = exists().where(
        HeldRow.message_id == Message.id, HeldRow.settled_at.is_(None), HeldRow.run_id != run_id
    )
    brought = select(Message.id).where(Message.id.in_(brought_by(run_id)), or_(is_worked_on(), is_asked_about))
    since = select(Message.id).join(MessageEdition, MessageEdition.message_id == Message.id)
    changed = since.where(*of_load(run_id), is_worked_on_since())
    return select(Message.number).where(Message.id.in_(brought.union(changed))).order_by(Message.id)


def _back_to_queue(joined: Select[Any], actor: User, now: datetime) -> None:
    """Comments of our pages that were found to be these messages: somebody must answer them all the same."""
    rows = list(db.session.scalars(joined.with_only_columns(Comment).execution_options(populate_existing=True)))
    for row in rows:
        was, row.state = row.state, CommentState.WAITING
        row.message_id = row.decided_at = None
        row.version += 1
        record(
            "comment_undo", at=now, actor=actor, clause="Пр.2.6", object_kind="comment", object_id=row.id,
            changes={"comment_state": (was, row.state), "version": (row.version - 1, row.version)},
        )  # fmt: skip
    db.session.flush()
    due.owe_comments([row.id for row in rows], due.ON_COMMENT)


def _forget(brought: Select[Any]) -> None:
    """All rows that hang on these messages. First what is owed of them: who is reading one writes before, or not."""
    groups = select(CopyText.group_id).where(CopyText.message_id.in_(brought), CopyText.group_id.is_not(None))
    copies = list(db.session.scalars(groups.distinct()))
    owed = table_of(DueReading)
    db.session.execute(delete(owed).where(owed.c.message_id.in_(brought)))
    for table, column in _hanging_on(table_of(Message)):
        db.session.execute(delete(table).where(table.c[column].in_(brought)))
    left = select(func.count()).where(CopyText.group_id == CopyGroup.id, ~is_of_its_comment()).scalar_subquery()
    for start in range(0, len(copies), 500):
        some = CopyGroup.id.in_(copies[start : start + 500])
        db.session.execute(
            update(CopyGroup).where(some).values(size=left), execution_options={"synchronize_session": False}
        )


def _hanging_on(parent: Table) -> list[tuple[Table, str]]:
    """Tables whose rows go with a row of this one, and the column that names it."""
    return [
        (table, key.parent.name)
        for table in reversed(db.metadata.sorted_tables)
        for key in table.foreign_keys
        if key.column.table is parent and key.ondelete == "CASCADE"
    ]


def _empty(brought: Select[Any], now: datetime) -> None:
    """The number and the key are free for the same row of another file; nothing of the person's stays."""
    gone = literal(RECALLED_MARK) + cast(Message.id, String) + literal(")")
    db.session.execute(
        update(Message)
        .where(Message.id.in_(brought))
        .values(
            number=func.substr(Message.number, 1, 36) + gone,
            key=literal("recalled:") + cast(Message.id, String),
            status=Status.DISMISSED,
            closed_at=now,
            recalled_at=now,
            version=Message.version + 1,
            **_EMPTY,
        ),
        execution_options={"synchronize_session": False},
    )
    db.session.expire_all()


def _forget_authors(ids: Sequence[int]) -> None:
    """Those whom nothing else names, and no update that can still be taken back."""
    author, former = table_of(Author), MessageEdition.before["author_id"].as_integer()
    kept = set(db.session.scalars(select(former).where(MessageEdition.recalled_at.is_(None), former.is_not(None))))
    ids = [one for one in ids if one not in kept]
    named = [
        exists().where(key.parent == author.c.id)
        for table in db.metadata.sorted_tables
        for key in table.foreign_keys
        if key.column.table is author
    ]
    for start in range(0, len(ids), 500):
        db.session.execute(delete(author).where(author.c.id.in_(ids[start : start + 500]), ~or_(*named)))

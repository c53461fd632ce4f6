"""Changes of messages by later exports, rows that wait for a decision, and replies not entered in «Инцидент
Менеджмент».
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, and_, case, exists, false, func, literal, or_, select, true, tuple_
from sqlalchemy.orm import aliased, joinedload

from osm.base.database import db
from osm.base.types import OfRow, UtcDateTime, is_code
from osm.connectors.base import SourceState
from osm.connectors.incident_file.cells import state_of
from osm.models import (
    Assignment,
    Draft,
    EditionKind,
    EditionLook,
    HeldRow,
    ImportRow,
    ImportRun,
    ImportSource,
    ImportState,
    Message,
    MessageEdition,
    Reply,
    User,
)
from osm.regulation import executors, transitions
from osm.regulation.words import ReplyKind, Role, Status

# --- Changes of messages
LOOKERS = frozenset({Role.CURATOR, Role.EXECUTOR})  # who works on messages


@dataclass(frozen=True, slots=True)
class Edition(OfRow):
    """One update. `told`: text, url, author, published_at → [old, new]."""

    row: MessageEdition
    loaded_by: str
    is_held: bool  # an approved answer waits because of it
    is_seen: bool  # by this person

    @property
    def is_change(self) -> bool:
        return self.row.kind is EditionKind.CHANGE


@dataclass(frozen=True, slots=True)
class WaitingEdition:
    """A change that waits for a person, with the data of the message for its row."""

    edition: Edition
    message_id: int
    number: str
    version: int
    status: Status


def editions_of(message_id: int, user_id: int | None = None) -> list[Edition]:
    """Changes that people can read, oldest first; recalled ones are left out."""
    query = _editions(user_id).where(
        MessageEdition.message_id == message_id, MessageEdition.kind != EditionKind.DATA, ~_is_recalled()
    )
    return [Edition(*row) for row in db.session.execute(query.order_by(MessageEdition.id))]


def texts_of(current: str, since: datetime, editions: Collection[Edition]) -> list[dict[str, Any]]:
    """All texts of a message in the source, oldest first; the last is that of the last export. `since`: when the
    message was stored."""
    changed = [one for one in editions if "text" in one.told]
    first = {
        "text": changed[0].told["text"][0] if changed else current,
        "at": since,
        "is_change": False,
        "loaded_by": "",
    }
    return [
        first,
        *(
            {"text": one.told["text"][1], "at": one.made_at, "is_change": one.is_change, "loaded_by": one.loaded_by}
            for one in changed
        ),
    ]


def edition_waits(user_id: Any, roles: Collection[Role]) -> ColumnElement[bool]:
    """Condition on MessageEdition: this person works on the message and has not looked, or an answer is held."""
    if LOOKERS.isdisjoint(roles):
        return false()
    works: list[ColumnElement[bool]] = []
    if Role.CURATOR in roles:
        works.append(_is_open())
    if Role.EXECUTOR in roles:
        works.append(_is_assigned(user_id))
    seen = exists().where(EditionLook.edition_id == MessageEdition.id, EditionLook.user_id == user_id)
    waits = and_(or_(*works), _is_open(), ~seen)
    if Role.CURATOR in roles:
        waits = or_(waits, holds())
    return and_(_is_last_change(), waits)


def holds() -> ColumnElement[bool]:
    """Condition: the approved answer of the message waits until a person confirms that it fits."""
    message = aliased(Message)
    waits = exists().where(
        message.id == MessageEdition.message_id,
        is_code(message.status, Status.APPROVED),
        Reply.message_id == message.id,
        Reply.published_at.is_(None),
        Reply.approved_draft_id == MessageEdition.holds_draft_id,
    )
    return and_(_is_holding(), waits)


def is_held(draft_id: int) -> bool:
    wanted = select(MessageEdition.id).where(MessageEdition.holds_draft_id == draft_id, _is_holding())
    return db.session.scalar(wanted.limit(1)) is not None


def editions_waiting(user_id: int, roles: Collection[Role], ids: Collection[int] | None = None) -> list[WaitingEdition]:
    """For «Ждёт меня»: held answers first; `ids`: only these."""
    some = [] if ids is None else [MessageEdition.id.in_(ids)]
    query = (
        _editions(user_id)
        .add_columns(Message.id, Message.number, Message.version, Message.status)
        .join(Message, Message.id == MessageEdition.message_id)
        .where(edition_waits(user_id, roles), *some)
        .order_by(holds().desc(), MessageEdition.id)
    )
    return [WaitingEdition(Edition(*row[:4]), *row[4:]) for row in db.session.execute(query)]


def _editions(user_id: int | None) -> Select[MessageEdition, str, bool, bool]:
    seen = exists().where(EditionLook.edition_id == MessageEdition.id, EditionLook.user_id == user_id)
    return (
        select(MessageEdition, func.coalesce(User.name, ""), holds(), seen)
        .outerjoin(ImportRun, ImportRun.id == MessageEdition.run_id)
        .outerjoin(User, User.id == ImportRun.created_by_id)
    )


def _is_last_change() -> ColumnElement[bool]:
    later = aliased(MessageEdition)
    return and_(
        is_code(MessageEdition.kind, EditionKind.CHANGE),
        ~_is_recalled(),
        ~exists().where(
            later.message_id == MessageEdition.message_id,
            is_code(later.kind, EditionKind.CHANGE),
            later.recalled_at.is_(None),
            later.id > MessageEdition.id,
        ),
    )


def _is_recalled() -> ColumnElement[bool]:
    return MessageEdition.recalled_at.is_not(None)


def _is_holding() -> ColumnElement[bool]:
    return and_(MessageEdition.holds_draft_id.is_not(None), MessageEdition.released_at.is_(None), ~_is_recalled())


def _is_open() -> ColumnElement[bool]:
    """A message that is answered or closed is not worked on."""
    message = aliased(Message)
    return exists().where(message.id == MessageEdition.message_id, message.status.in_(transitions.OPEN))


def _is_assigned(user_id: Any) -> ColumnElement[bool]:
    """Assigned before the change: later executors have read only the new text."""
    return exists().where(
        Assignment.message_id == MessageEdition.message_id,
        Assignment.executor_id == user_id,
        Assignment.ended_at.is_(None),
        Assignment.assigned_at <= MessageEdition.made_at,
    )


# --- Rows that wait
def held_row_waits(roles: Collection[Role]) -> ColumnElement[bool]:
    """Condition on HeldRow: the curator has to decide."""
    return HeldRow.settled_at.is_(None) if Role.CURATOR in roles else false()


def held_waiting(roles: Collection[Role], ids: Collection[int] | None = None) -> Sequence[HeldRow]:
    """The next deadline first; `ids`: only these."""
    some = true() if ids is None else HeldRow.id.in_(ids)
    return _held(and_(held_row_waits(roles), some), HeldRow.due_at.is_(None), HeldRow.due_at)


def held_of_message(message_id: int) -> Sequence[HeldRow]:
    """Waiting rows with the number of this message."""
    return _held(and_(HeldRow.message_id == message_id, HeldRow.settled_at.is_(None)))


def held_of_run(run_id: int) -> Sequence[HeldRow]:
    """Waiting rows of one load, in the order of the sheet."""
    return _held(and_(HeldRow.run_id == run_id, HeldRow.settled_at.is_(None)), HeldRow.row_no)


def _held(condition: ColumnElement[bool], *order: Any) -> Sequence[HeldRow]:
    query = select(HeldRow).where(condition).order_by(*order)
    return db.session.scalars(query.options(joinedload(HeldRow.message).joinedload(Message.author))).all()


# --- Published replies that are not entered in «Инцидент Менеджмент» (design §6)
PAGE = 20  # replies on one page of the queue, each with its whole text
ENTERED_SHOWN = 10  # the latest ticks, so that a wrong one can be undone at once
TO_AGREE = timedelta(days=1)  # so long after a tick the status in the exports has to agree
COUNTED = 1000  # the badge says «999+» from here on


def waits_for_entry() -> ColumnElement[bool]:
    """Condition on Reply: published, to a message of «Инцидент Менеджмент», not entered there."""
    return and_(Reply.published_at.is_not(None), Reply.entered_in_source_at.is_(None), Reply.for_source)


def ids_not_in_source() -> Select[Any]:
    """Ids of messages with a reply «не внесено в ИМ», possibly repeated."""
    return select(Reply.message_id).where(waits_for_entry())


def mark_of(reply: Any) -> str:
    """It changes with each correction of the published text, link or time: of a Reply, or of an EntryRow."""
    return f"{reply.approved_draft_id} {reply.published_at.isoformat()} {reply.published_url}"


EntryRow = Row[Any]
"""One published reply with the columns of `_rows`. `entered_by` is empty if an export showed the answer."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """One page of the queue, the oldest publication first. `more`: there are further rows."""

    rows: Sequence[EntryRow]
    more: bool


_SOME = select(Reply.id).where(waits_for_entry()).limit(COUNTED).subquery()
NOT_IN_SOURCE = select(func.count()).select_from(_SOME).scalar_subquery()
"""Number of replies that wait, at most COUNTED."""


def count_not_in_source() -> int:
    return db.session.scalar(select(NOT_IN_SOURCE)) or 0


def count_messages_not_in_source() -> int:
    """Number of their messages, at most COUNTED; the filter of the register counts the same."""
    some = select(Reply.message_id).where(waits_for_entry()).distinct().limit(COUNTED)
    return db.session.scalar(select(func.count()).select_from(some.subquery())) or 0


def waiting_page(after: int | None = None) -> Waiting:
    """`after`: the last reply already seen. A tick or a publication in between moves no page."""
    query = _rows().where(waits_for_entry()).order_by(Reply.published_at, Reply.id).limit(PAGE + 1)
    seen = db.session.scalar(select(Reply.published_at).where(Reply.id == after)) if after else None
    if seen is not None:
        query = query.where(tuple_(Reply.published_at, Reply.id) > tuple_(literal(seen, UtcDateTime), literal(after)))
    rows = db.session.execute(query).all()
    return Waiting(rows[:PAGE], len(rows) > PAGE)


def latest_entered() -> Sequence[EntryRow]:
    query = _rows().where(Reply.entered_in_source_at.is_not(None))
    latest = query.order_by(Reply.entered_in_source_at.desc(), Reply.id.desc())
    return db.session.execute(latest.limit(ENTERED_SHOWN)).all()


def differing(now: datetime) -> Sequence[EntryRow]:
    """Final replies that a person marked as entered over a day ago, but an export of the last day says otherwise."""
    newest = (
        select(ImportRow.message_id)
        .join(ImportRun, ImportRun.id == ImportRow.run_id)
        .where(
            is_code(ImportRun.state, ImportState.DONE), ImportRun.recalled_at.is_(None),
            ImportRun.finished_at > now - TO_AGREE, ImportRow.message_id.is_not(None),
        )
    )  # fmt: skip
    final = is_code(Reply.kind, ReplyKind.FINAL)  # until then the source goes on working too
    entered = (
        final,
        Reply.for_source,
        Reply.entered_in_source_at < now - TO_AGREE,
        Reply.entered_in_source_by_id.is_not(None),
    )
    query = _rows().where(*entered, Message.id.in_(newest)).order_by(Reply.entered_in_source_at, Reply.id)
    return [row for row in db.session.execute(query) if state_of(row.source_status) is not SourceState.ANSWERED]


def entry_row(reply_id: int) -> EntryRow | None:
    """This reply, entered or not; None if it does not belong into the queue."""
    query = _rows().where(Reply.id == reply_id, Reply.published_at.is_not(None), Reply.for_source)
    return db.session.execute(query).first()


def answers(begin: datetime | None, end: datetime | None, *, entered_too: bool) -> Iterator[EntryRow]:
    """Replies published in [begin, end), oldest first, read in batches."""
    query = _rows().where(Reply.published_at.is_not(None), Reply.for_source)
    if not entered_too:
        query = query.where(Reply.entered_in_source_at.is_(None))
    if begin is not None:
        query = query.where(Reply.published_at >= begin)
    if end is not None:
        query = query.where(Reply.published_at < end)
    return iter(db.session.execute(query.order_by(Reply.published_at, Reply.id).execution_options(yield_per=500)))


def _rows() -> Select[Any]:
    publisher, absent, enterer = aliased(User), aliased(User), aliased(User)
    together = publisher.name + executors.ACTING + absent.name + ")"
    by = case((absent.id.is_(None), func.coalesce(publisher.name, "")), else_=together)
    columns: list[Any] = [
        Reply.id.label("reply_id"), Message.id.label("message_id"), Message.number, Message.network,
        Message.url.label("message_url"), Message.text.label("question"), Reply.kind, Draft.text, Reply.published_at,
        Reply.published_url, Reply.approved_draft_id, Draft.is_correction, by.label("published_by"),
        Message.source_status, Message.source_deadline,
        Reply.entered_in_source_at.label("entered_at"), func.coalesce(enterer.name, "").label("entered_by"),
        func.coalesce(ImportSource.form, "").label("form"),
    ]  # fmt: skip
    return (
        select(*columns)
        .join(Message, Message.id == Reply.message_id)
        .join(Draft, Draft.id == Reply.approved_draft_id)
        .outerjoin(publisher, publisher.id == Reply.published_by_id)
        .outerjoin(absent, absent.id == Reply.published_for_id)
        .outerjoin(enterer, enterer.id == Reply.entered_in_source_by_id)
        .outerjoin(ImportSource, ImportSource.id == Message.source_id)
    )

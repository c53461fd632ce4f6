"""Correct a refused row, match rows with messages entered by hand, mark replies as entered in «Инцидент Менеджмент»."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select

from osm.base.database import db
from osm.base.errors import NotFound, ServiceError, must_exist
from osm.base.transaction import transaction
from osm.connectors.base import IncomingMessage, Rejected
from osm.connectors.hearing import name_at
from osm.connectors.incident_file import FIELDS, read_cells
from osm.connectors.incident_file import Mapping as Columns
from osm.documents import tables
from osm.flow.acts.clocks import in_force
from osm.imports.acts import files, runs, staging
from osm.imports.queries.editions import answers, mark_of
from osm.log.acts.record import Change, record
from osm.messages.models import FORMER_NUMBER
from osm.models import ImportRow, ImportRun, ImportState, Message, Origin, Reply, RowOutcome, User
from osm.networks.catalogue import NETWORKS
from osm.regulation import errors
from osm.threads.acts import is_of_page, link_key

# --- A refused row is corrected and read again
MENDED = "import_mend"  # action of the log


class RowTaken(ServiceError):
    """The row was corrected by somebody else, or its load was recalled."""

    words = "Эту строку уже исправили или загрузку отозвали. Ничего не изменено: откройте её страницу заново."


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell of the row; `name` is its place, counted from 0, as in the form."""

    name: str
    heading: str
    label: str  # the field that it fills; empty for a column that is kept as it came
    is_long: bool
    value: str


def refused_row(run_id: int, row_no: int) -> tuple[ImportRow, list[Cell]]:
    """The row and its cells: first those of our fields, then the other filled ones. Raises NotFound."""
    run, row = db.session.get(ImportRun, run_id), db.session.scalar(_wanted(run_id, row_no))
    if run is None or row is None or "cells" not in row.payload:
        raise NotFound("Строка")
    return row, cells_of(Columns.from_json(run.mapping), row.payload["cells"])


def cells_of(mapping: Columns, values: list[str]) -> list[Cell]:
    """The cells of the columns that the file has."""
    fields = {column: name for name, column in mapping.fields.items()}
    cells = [
        Cell(
            str(column),
            heading,
            FIELDS[fields[column]].label if column in fields else "",
            column in fields and FIELDS[fields[column]].kind == "text",
            values[column] if column < len(values) else "",
        )
        for column, heading in enumerate(mapping.headings)
    ]
    return [cell for cell in cells if cell.label] + [cell for cell in cells if not cell.label and cell.value.strip()]


def mend_row(run_id: int, row_no: int, *, cells: Mapping[str, str], actor: User, now: datetime) -> ImportRun:
    """Read the row again with these cells (place → text); a finished run continues with this row alone. Raises
    NotFound; RunMovedOn, RowTaken if somebody was quicker; MissingInput with the reasons if it is still no message."""
    with transaction() as session:
        run = runs.get_run(run_id, ImportState.CHECKED, ImportState.DONE)
        row = session.scalar(_wanted(run_id, row_no).with_for_update())
        if row is None or run.recalled_at is not None:
            raise RowTaken
        values = [cells.get(str(place), value).replace("\0", "") for place, value in enumerate(row.payload["cells"])]
        regime, zone = run.source.regime, str(in_force().calendar.tz)
        mapping = staging.of_regime(Columns.from_json(run.mapping), regime)
        found, warnings = read_cells(row_no, values, mapping, "moscow" if run.times == "moscow" else "local", zone, now)
        if isinstance(found, Rejected):
            raise errors.MissingInput("cells", found.reason)
        if (first := _same_in_file(run, found.key)) is not None:
            raise errors.MissingInput("cells", f"То же сообщение уже есть в строке {first}: номер или ссылка те же.")
        row.outcome, row.reason, row.warning = RowOutcome.STAGED, "", "\n".join(warnings)
        row.payload = files.to_payload(staging.taken(found, regime))
        if run.state is ImportState.DONE:
            run.state, run.finished_at, run.attempts = ImportState.PUBLISHING, None, 0
        else:
            run.counts = {**run.counts, "created": run.counts["created"] + 1, "rejected": run.counts["rejected"] - 1}
        changes: dict[str, Any] = {"row": (None, row_no)}
        record(MENDED, at=now, actor=actor, about=run, changes=changes)
        return run


def _wanted(run_id: int, row_no: int) -> Any:
    return select(ImportRow).where(
        ImportRow.run_id == run_id, ImportRow.row_no == row_no, ImportRow.outcome == RowOutcome.REJECTED
    )


def _same_in_file(run: ImportRun, key: str) -> int | None:
    """The row number of the same message in this file: staged, or already in the register."""
    rows = select(ImportRow.row_no).where(ImportRow.run_id == run.id)
    staged = rows.where(ImportRow.outcome == RowOutcome.STAGED, ImportRow.payload["key"].as_string() == key)
    stored = rows.join(Message, Message.id == ImportRow.message_id).where(Message.key == key)
    found: int | None = db.session.scalar(staged.union_all(stored).limit(1))
    return found


# --- Rows of messages that were entered by hand before
FOUND = "found_in_source"

WITHIN = timedelta(days=30)
"""The longest time between the entry and the export: exports are daily, and each message costs a row in the query."""
_BEHIND_HASHES = "g"
"""Keys of messages entered by hand are hexadecimal, those of exports begin with `number:`, `text:` or `url:`."""
_SHORTEST = 20  # in characters; a shorter text may be part of another one by accident

ByLink = Mapping[str, Sequence[int]]


@dataclass
class Earlier:
    """`same`: key of a row → its message. `alike`: key → number of a message with the same link and other words."""

    same: dict[str, Message] = field(default_factory=dict)
    alike: dict[str, str] = field(default_factory=dict)


def entered_by_hand(now: datetime) -> ByLink:
    """Messages that no export contained yet: link → ids."""
    query = select(Message.id, Message.url).where(
        Message.key < _BEHIND_HASHES,
        Message.origin == Origin.MANUAL,
        Message.url != "",
        Message.received_at > now - WITHIN,
    )
    found: dict[str, list[int]] = {}
    for message_id, url in db.session.execute(query.order_by(Message.id)):
        found.setdefault(link_key(url), []).append(message_id)
    found.pop("", None)
    return found


def ids_at(batch: Sequence[IncomingMessage], by_link: ByLink) -> list[int]:
    """The ids of messages with the link of one of these rows."""
    if not by_link:
        return []
    return [message_id for incoming in batch for message_id in by_link.get(_link(incoming), ())]


def among(batch: Sequence[IncomingMessage], by_link: ByLink, stored: Mapping[int, Message]) -> Earlier:
    """Match rows with messages entered by hand: by the comment of a page that we read, else by link and words. A post
    has many comments with one link, so the words decide: they are equal, or one text is part of the other and the
    authors are not known to differ. `stored`: the messages of `ids_at`. Each is matched once."""
    found, taken = Earlier(), set[int]()
    for incoming in batch if by_link else ():
        for message_id in by_link.get(_link(incoming), ()):
            message = stored.get(message_id)
            if message is None or message.id in taken or not message.key < _BEHIND_HASHES:
                continue
            if _is_the_same(message, incoming):
                found.same[incoming.key] = message
                found.alike.pop(incoming.key, None)
                taken.add(message.id)
                break
            found.alike[incoming.key] = message.number
    return found


def take_over(message: Message, incoming: IncomingMessage, source_id: int) -> dict[str, Change]:
    """Give the message the key and the number of the source; its old number can still be searched. Anchors, clocks and
    all work stay, as with every later file (design §6). Its replies must be entered in the source."""
    before = message.number
    message.key, message.source_id = incoming.key, source_id
    if incoming.number:
        message.number = incoming.number
        message.source_raw = {**message.source_raw, FORMER_NUMBER: before}
    for reply in message.replies:
        reply.for_source = True
    return {"number": (before, message.number)}


def warning_of(number: str) -> str:
    """A warning for the person who imports: the link is the same, the words are not."""
    return (
        f"По этой же ссылке вручную внесено № {number} с другим текстом или автором. Если это одно сообщение, "
        "закройте лишнее."
    )


def _link(incoming: IncomingMessage) -> str:
    return link_key(incoming.url) or incoming.canonical_url


def _is_the_same(message: Message, incoming: IncomingMessage) -> bool:
    short, long = sorted((" ".join(text.split()) for text in (message.text, incoming.text)), key=len)
    if short == long or is_of_page(message, name_at(incoming.url)):
        return True
    return len(short) >= _SHORTEST and short in long and not _is_by_another(message, incoming)


def _is_by_another(message: Message, incoming: IncomingMessage) -> bool:
    """Whether both profiles are known and differ: then one text may quote the other."""
    profile = message.author.profile_url if message.author else ""
    return bool(profile and incoming.author_url and profile != incoming.author_url)


# --- Replies entered in «Инцидент Менеджмент»
ENTERED = "source_entered"
TAKEN_BACK = "source_entry_undone"


class EntryMovedOn(ServiceError):
    """The tick has changed since the person saw it."""

    def __init__(self, *, entered: bool) -> None:
        self.entered = entered
        super().__init__(
            "Этот ответ уже отмечен как внесённый в ИМ. Второй раз ничего не записано."
            if entered
            else "Отметку уже сняли. Ответ снова ждёт внесения в ИМ."
        )


class AnswerCorrected(ServiceError):
    """The text, the link or the time is no longer what the person had before him."""

    words = "Ответ исправили, пока вы его вносили. Отметки нет: внесите в ИМ исправленный."


def mark_entered(reply_id: int, shown: str = "", *, actor: User, now: datetime) -> Reply:
    """The reply was entered in «Инцидент Менеджмент» by hand. `shown`: the mark (`mark_of`) of the text, link
    and time that the person had before him. The version checked is the instant of the tick, empty
    before the first. The message's version does not change, since nothing was decided, and a tick must not refuse
    somebody's open form. Raises NotFound, EntryMovedOn, AnswerCorrected."""
    with transaction():
        reply = _load(reply_id)
        if reply.entered_in_source_at is not None:
            raise EntryMovedOn(entered=True)
        if shown and shown != mark_of(reply):
            raise AnswerCorrected
        _set(reply, now, actor)
        _log(ENTERED, reply, None, now=now, actor=actor)
        return reply


def take_back(reply_id: int, seen: datetime | None, *, actor: User, now: datetime) -> Reply:
    """The reply was not entered after all. `seen`: the tick that the person saw. Raises NotFound, EntryMovedOn."""
    with transaction():
        reply = _load(reply_id)
        before = reply.entered_in_source_at
        if before is None or before != seen:
            raise EntryMovedOn(entered=before is not None)
        _set(reply, None, None)
        _log(TAKEN_BACK, reply, before, now=now, actor=actor)
        return reply


def entered_by_export(message: Message, *, now: datetime) -> None:
    """A file says «answered»: mark the replies published before as entered. Runs in the caller's transaction."""
    waiting = select(Reply).where(
        Reply.message_id == message.id,
        Reply.for_source,
        Reply.published_at <= now,
        Reply.entered_in_source_at.is_(None),
    )
    for reply in db.session.scalars(waiting.order_by(Reply.id)):
        _set(reply, now, None)
        _log(ENTERED, reply, None, now=now, actor=None)


def take_back_export(message: Message, at: datetime, *, now: datetime) -> None:
    """Undo the marks that the file set at this instant. Runs in the caller's transaction."""
    same = (Reply.message_id == message.id, Reply.entered_in_source_at == at, Reply.entered_in_source_by_id.is_(None))
    for reply in db.session.scalars(select(Reply).where(*same).order_by(Reply.id)):
        _set(reply, None, None)
        _log(TAKEN_BACK, reply, at, now=now, actor=None)


def _load(reply_id: int) -> Reply:
    """A published reply to a message of the source, locked until the end of the transaction."""
    query = (
        select(Reply)
        .where(Reply.id == reply_id, Reply.published_at.is_not(None), Reply.for_source)
        .with_for_update(of=Reply)
        .execution_options(populate_existing=True)
    )
    return must_exist(db.session.scalars(query).one_or_none(), "Ответ")


def _set(reply: Reply, at: datetime | None, by: User | None) -> None:
    reply.entered_in_source_at = at
    reply.entered_in_source_by_id = by.id if by else None


def _log(action: str, reply: Reply, before: datetime | None, *, now: datetime, actor: User | None) -> None:
    record(
        action, at=now, actor=actor, message=reply.message,
        changes={"entered_in_source_at": (before, reply.entered_in_source_at)}, about=reply,
    )  # fmt: skip


# --- The export of answers for «Инцидент Менеджмент»
SHEET = "Ответы"

COLUMNS = (
    tables.Column("Номер", 14),
    tables.Column("Соцсеть", 14),
    tables.Column("Ссылка на сообщение", 34),
    tables.Column("Текст сообщения", 50),
    tables.Column("Вид ответа", 18),
    tables.Column("Ответ", 60),
    tables.Column("Ссылка на ответ", 34),
    tables.Column("Дата ответа", 17),
    tables.Column("Кто опубликовал", 22),
    tables.Column("Статус в ИМ", 18),
    tables.Column("Срок ИМ", 17),
    tables.Column("Внесено в ИМ", 17),
)


def answer_rows(
    begin: datetime | None, end: datetime | None, *, entered_too: bool
) -> Iterator[tuple[tables.Cell, ...]]:
    """Replies published in [begin, end), oldest first; without `entered_too` only those not entered yet."""
    for row in answers(begin, end, entered_too=entered_too):
        network = NETWORKS.get(row.network)
        yield (
            row.number,
            network.label if network else row.network,
            row.message_url,
            row.question,
            row.kind.label,
            row.text,
            row.published_url,
            row.published_at,
            row.published_by,
            row.source_status,
            row.source_deadline,
            row.entered_at,
        )

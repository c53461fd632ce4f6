"""Tables of imports: sources with mappings, runs, rows, changes of messages, held rows."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from osm.base.database import Numbered
from osm.base.types import AboutPerson, UtcDateTime, code, index_where
from osm.people.models import User
from osm.regulation.words import REGIMES, Labelled, Regime, SourceKind

if TYPE_CHECKING:
    from osm.messages.models import Message


class ImportSource(Numbered):
    """A source of files, and the mapping of its columns for the next file."""

    __tablename__ = "import_source"

    name: Mapped[str] = mapped_column(String(200), unique=True)
    kind: Mapped[SourceKind] = mapped_column(
        code(SourceKind, "source_kind_known"), default=SourceKind.NETWORKS, server_default="networks"
    )
    mapping: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    """Of the last file. `others`: of its files with other headings, the last used first, each with its `times`."""
    times: Mapped[str] = mapped_column(String(10), default="local")
    form: Mapped[str] = mapped_column(Text, default="", server_default="")
    """Fields of its form for an answer, a line each (`osm.imports.rules`); empty: the usual ones."""
    version: Mapped[int] = mapped_column(default=1, server_default="1")

    __table_args__ = (CheckConstraint("times IN ('local', 'moscow')", name="times_known"),)

    @property
    def regime(self) -> Regime:
        return REGIMES[self.kind]


class ImportState(Labelled):
    """State of a run. Before `publishing` nothing of it is visible; later, published slices stay."""

    UPLOADED = "uploaded", "Ждёт вас: проверьте столбцы"
    STAGING = "staging", "Читается"
    CHECKED = "checked", "Проверено, ждёт решения"
    PUBLISHING = "publishing", "Загружается"
    DONE = "done", "Загружено"
    FAILED = "failed", "Не загружено"


class ImportRun(Numbered):
    """One file and its way into the register."""

    __tablename__ = "import_run"

    source_id: Mapped[int] = mapped_column(ForeignKey("import_source.id", ondelete="RESTRICT"))
    filename: Mapped[str] = mapped_column(String(300))
    sha256: Mapped[str] = mapped_column(String(64), index=True)
    state: Mapped[ImportState] = mapped_column(code(ImportState, "import_state_known"), default=ImportState.UPLOADED)
    mapping: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    times: Mapped[str] = mapped_column(String(10), default="local")
    history: Mapped[bool] = mapped_column(default=False)  # old messages: they open no clocks
    dry_run: Mapped[bool] = mapped_column(default=False)
    counts: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    forecast: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict, server_default=text("'{}'"))
    """What its rows would do (`osm.imports.acts.work`)."""
    error: Mapped[str] = mapped_column(Text, default="")
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id", ondelete="RESTRICT"))
    finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    recalled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """When the messages that it created were deleted again."""
    lease_owner: Mapped[str] = mapped_column(String(120), default="")
    lease_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    attempts: Mapped[int] = mapped_column(default=0, server_default="0")  # tries since it last made progress

    # For the first page: when the newest load ended.
    __table_args__ = (index_where("ix_import_run_done", "finished_at", where="state = 'done' AND recalled_at IS NULL"),)

    source: Mapped[ImportSource] = relationship(lazy="joined")
    created_by: Mapped[User | None] = relationship()
    arrivals: Mapped[list[Arrival]] = relationship(viewonly=True)

    @property
    def brought_by(self) -> str:
        """A person, or how it came without one."""
        way = self.arrivals[-1].way.label if self.arrivals else "командой"
        return self.created_by.name if self.created_by else way


class CameBy(Labelled):
    """How a file came without a person who uploads it here."""

    FOLDER = "folder", "сама, из папки"
    MAIL = "mail", "сама, из почты"
    API = "api", "сама, через API"


class Arrival(Numbered):
    """A file that came by itself, from its load until it is put away."""

    __tablename__ = "import_arrival"
    __table_args__ = (
        index_where("uq_import_arrival_open", "sha256", where="settled_at IS NULL", unique=True),
        index_where("ix_import_arrival_waits", "id", where="settled_at IS NULL AND waits_since IS NOT NULL"),
    )

    way: Mapped[CameBy] = mapped_column(code(CameBy, "came_by_known"))
    sha256: Mapped[str] = mapped_column(String(64))
    run_id: Mapped[int | None] = mapped_column(ForeignKey("import_run.id", ondelete="SET NULL"), index=True)
    """None: a person has discarded the load."""
    arrived_at: Mapped[datetime] = mapped_column(UtcDateTime)
    waits_since: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """Since then a person decides, and the program does no more by itself."""
    reason: Mapped[str] = mapped_column(Text, default="")  # why it waits: words of the program, none of the file
    settled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    run: Mapped[ImportRun | None] = relationship(lazy="joined")


class RowOutcome(StrEnum):
    """The outcome of a row; `staged`: not published yet."""

    STAGED = "staged"
    CREATED = "created"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    DUPLICATE = "duplicate"
    REJECTED = "rejected"
    HELD = "held"  # its number belongs to another message; it is not applied until a person decides (HeldRow)


class ImportRow(Numbered):
    """One row of the file, with its number in the sheet."""

    __tablename__ = "import_row"
    __table_args__ = (
        UniqueConstraint("run_id", "row_no", name="uq_import_row"),
        Index("ix_import_row_outcome", "run_id", "outcome", "row_no"),
    )

    run_id: Mapped[int] = mapped_column(ForeignKey("import_run.id", ondelete="CASCADE"))
    row_no: Mapped[int]
    outcome: Mapped[RowOutcome] = mapped_column(code(RowOutcome, "row_outcome_known"), default=RowOutcome.STAGED)
    reason: Mapped[str] = mapped_column(Text, default="")  # why it was refused, is a duplicate or is held
    warning: Mapped[str] = mapped_column(Text, default="")
    payload: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    message_id: Mapped[int | None] = mapped_column(ForeignKey("message.id", ondelete="SET NULL"))


class EditionKind(StrEnum):
    """What an update changed for readers of a message. `data`: only other columns. `form`: the same words, written
    otherwise. `change`: other words, another author or another link."""

    DATA = "data"
    FORM = "form"
    CHANGE = "change"


class MessageEdition(Numbered):
    """One update of a message by a file, with the old values, so that it can be read and recalled."""

    __tablename__ = "message_edition"
    __table_args__ = (
        Index("ix_message_edition_message", "message_id", "id"),
        index_where("ix_message_edition_change", "message_id", "id", where="kind = 'change' AND recalled_at IS NULL"),
        # For each claim of an answer to be sent, which asks whether it is held.
        index_where("ix_message_edition_held", "holds_draft_id", where="holds_draft_id IS NOT NULL"),
    )

    message_id: Mapped[int] = mapped_column(ForeignKey("message.id", ondelete="CASCADE"))
    run_id: Mapped[int | None] = mapped_column(ForeignKey("import_run.id", ondelete="SET NULL"), index=True)
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)
    kind: Mapped[EditionKind] = mapped_column(code(EditionKind, "edition_kind_known"))
    told: Mapped[dict[str, Any]] = mapped_column(AboutPerson("author", "url"), default=dict)
    """text, url, author, published_at → [old, new] as people read it."""
    before: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    """Column of the message → old value as JSON; a recall puts it back."""
    version: Mapped[int]  # of the message after the update: a higher one means that a person has worked on it since
    raised: Mapped[int] = mapped_column(default=0)
    """Versions of the message that come from this update and not from a person."""
    holds_draft_id: Mapped[int | None] = mapped_column(ForeignKey("draft.id", ondelete="SET NULL"))
    """The approved answer that waits until a person confirms that it still fits."""
    released_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    released_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id", ondelete="RESTRICT"))
    recalled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    run: Mapped[ImportRun | None] = relationship()


class EditionLook(Numbered):
    """«Просмотрено»: this person has seen the change."""

    __tablename__ = "edition_look"
    __table_args__ = (UniqueConstraint("edition_id", "user_id", name="uq_edition_look_person"),)

    edition_id: Mapped[int] = mapped_column(ForeignKey("message_edition.id", ondelete="CASCADE"))
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id", ondelete="CASCADE"), index=True)
    seen_at: Mapped[datetime] = mapped_column(UtcDateTime)


class HeldOutcome(StrEnum):
    """What a person decided on a held row; `recalled`: its load was recalled."""

    NEW = "new"
    REPLACED = "replaced"
    DECLINED = "declined"
    RECALLED = "recalled"


class HeldRow(Numbered):
    """«Под этим номером другое сообщение»: a row with another link and author than the message with its number."""

    __tablename__ = "held_row"
    __table_args__ = (
        UniqueConstraint("message_id", "other_key", name="uq_held_row_other"),
        CheckConstraint("(settled_at IS NULL) = (outcome IS NULL)", name="settled_has_outcome"),
        index_where("ix_held_row_open", "id", where="settled_at IS NULL"),
    )

    run_id: Mapped[int] = mapped_column(ForeignKey("import_run.id", ondelete="CASCADE"), index=True)
    row_no: Mapped[int]
    message_id: Mapped[int] = mapped_column(ForeignKey("message.id", ondelete="CASCADE"))
    """The message with this number."""
    other_key: Mapped[str] = mapped_column(String(80))
    """The key by which a later file finds the same row: number, link and author."""
    payload: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    """The row, unchanged; empty after it is settled."""
    held_at: Mapped[datetime] = mapped_column(UtcDateTime)
    received_at: Mapped[datetime] = mapped_column(UtcDateTime)  # receipt in the source, the anchor of П.7
    due_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    settled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    settled_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id", ondelete="RESTRICT"))
    outcome: Mapped[HeldOutcome | None] = mapped_column(code(HeldOutcome, "held_outcome_known"))

    run: Mapped[ImportRun] = relationship()
    message: Mapped[Message] = relationship()
    settled_by: Mapped[User | None] = relationship()

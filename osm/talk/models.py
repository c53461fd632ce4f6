"""Internal notes on a card, never published: notes, questions, «Не моё», «Поторопить»."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from osm.base.database import Numbered
from osm.base.types import UtcDateTime, code, index_where
from osm.people.models import Department, User
from osm.regulation.words import Labelled


class NoteKind(Labelled):
    """A note waits for the person `to_id`, or for the curators."""

    NOTE = "note", "заметка"
    QUESTION = "question", "вопрос куратору"  # to the curator
    DECLINE = "decline", "«Не моё»"
    """«Не моё»: the executor asks the curator to give the message to somebody else (П.18)."""
    HURRY = "hurry", "поторопили"  # the curator hurries the executor `to_id`


TO_CURATOR = (NoteKind.QUESTION, NoteKind.DECLINE)

_WAITING = "read_at IS NULL AND withdrawn_at IS NULL"


class Note(Numbered):
    """One note. Its text never changes; the author may withdraw it, then it is hidden."""

    __tablename__ = "note"
    __table_args__ = (
        CheckConstraint("text <> ''", name="says_something"),
        CheckConstraint("(read_at IS NULL) = (read_by_id IS NULL)", name="read_by_somebody"),
        CheckConstraint("kind <> 'hurry' OR to_id IS NOT NULL", name="somebody_is_hurried"),
        CheckConstraint("kind NOT IN ('question', 'decline') OR to_id IS NULL", name="curators_are_no_person"),
        CheckConstraint("department_id IS NULL OR kind = 'decline'", name="department_is_proposed"),
        Index("ix_note_message", "message_id", "id"),
        index_where("ix_note_waiting", "to_id", "kind", "message_id", where=_WAITING),
    )

    message_id: Mapped[int] = mapped_column(ForeignKey("message.id", ondelete="CASCADE"))
    kind: Mapped[NoteKind] = mapped_column(code(NoteKind, "note_kind_known"))
    author_id: Mapped[int] = mapped_column(ForeignKey("user_account.id", ondelete="RESTRICT"))
    written_at: Mapped[datetime] = mapped_column(UtcDateTime)
    text: Mapped[str] = mapped_column(Text)
    to_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id", ondelete="RESTRICT"))
    department_id: Mapped[int | None] = mapped_column(ForeignKey("department.id", ondelete="RESTRICT"))
    """The right department, proposed by the executor who declines."""
    read_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """When it was read, answered, or decided by the curator; until then it waits."""
    read_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id", ondelete="RESTRICT"))
    withdrawn_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    author: Mapped[User] = relationship(foreign_keys=[author_id])
    to: Mapped[User | None] = relationship(foreign_keys=[to_id])
    department: Mapped[Department | None] = relationship()

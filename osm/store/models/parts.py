"""What several executors send for one answer (П.14): the text being typed, and the versions made of it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from osm.extensions import Base
from osm.store.models.answers import Assignment
from osm.store.models.staff import User
from osm.store.types import UtcDateTime


class PartText(Base):
    """What a person is typing for a part: saved as he types, one per person and assignment."""

    __tablename__ = "part_text"
    __table_args__ = (UniqueConstraint("assignment_id", "user_id", name="uq_part_text_person"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    assignment_id: Mapped[int] = mapped_column(ForeignKey("assignment.id", ondelete="CASCADE"))
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id", ondelete="CASCADE"))
    text: Mapped[str] = mapped_column(Text, default="")
    saved_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Part(Base):
    """A version of one executor's information; its text never changes. `returned_at`: sent back with `remarks`.

    It follows the work: where somebody else takes an assignment over, its versions go with it and keep their author.
    """

    __tablename__ = "part"
    __table_args__ = (
        UniqueConstraint("assignment_id", "number", name="uq_part_number"),
        CheckConstraint("number >= 1", name="number_positive"),
        CheckConstraint("(returned_at IS NULL) = (remarks = '')", name="return_has_remarks"),
        CheckConstraint("(returned_at IS NULL) = (returned_by_id IS NULL)", name="return_has_person"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    assignment_id: Mapped[int] = mapped_column(ForeignKey("assignment.id", ondelete="CASCADE"))
    number: Mapped[int]
    text: Mapped[str] = mapped_column(Text)
    author_id: Mapped[int] = mapped_column(ForeignKey("user_account.id", ondelete="RESTRICT"))
    """Who answers for truth and completeness (П.18)."""
    submitted_by_id: Mapped[int] = mapped_column(ForeignKey("user_account.id", ondelete="RESTRICT"))
    submitted_at: Mapped[datetime] = mapped_column(UtcDateTime)
    received_by: Mapped[str] = mapped_column(String(200), default="")
    """«по телефону», «в чате», «на бумаге», where the curator entered it for the executor."""
    remarks: Mapped[str] = mapped_column(Text, default="")
    returned_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    returned_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id", ondelete="RESTRICT"))

    assignment: Mapped[Assignment] = relationship(back_populates="parts")
    author: Mapped[User] = relationship(foreign_keys=[author_id])
    submitted_by: Mapped[User] = relationship(foreign_keys=[submitted_by_id])

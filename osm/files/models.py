"""Files that people attach: photos of a message, photos of an answer, screenshots as evidence."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from osm.answers.models import Reply
from osm.base.database import Numbered
from osm.base.types import OfPerson, UtcDateTime, code
from osm.messages.models import Evidence, Message
from osm.people.models import User


class Purpose(StrEnum):
    MESSAGE = "message"
    REPLY = "reply"
    EVIDENCE = "evidence"


class Attachment(Numbered):
    """A stored file; the content is in OSM_DATA_DIR/uploads under its SHA-256."""

    __tablename__ = "attachment"
    __table_args__ = (
        CheckConstraint("(purpose = 'reply') = (reply_id IS NOT NULL)", name="reply_photo_has_reply"),
        CheckConstraint("(purpose = 'evidence') = (evidence_id IS NOT NULL)", name="screenshot_has_evidence"),
        CheckConstraint("size > 0", name="size_positive"),
    )

    message_id: Mapped[int] = mapped_column(ForeignKey("message.id", ondelete="CASCADE"), index=True)
    reply_id: Mapped[int | None] = mapped_column(ForeignKey("reply.id", ondelete="CASCADE"), index=True)
    evidence_id: Mapped[int | None] = mapped_column(ForeignKey("evidence.id", ondelete="CASCADE"))
    purpose: Mapped[Purpose] = mapped_column(code(Purpose, "purpose_known"))
    filename: Mapped[str] = mapped_column(OfPerson(200))  # screenshots are often named after the author
    content_type: Mapped[str] = mapped_column(String(60))
    size: Mapped[int]
    sha256: Mapped[str] = mapped_column(String(64), index=True)
    uploaded_by_id: Mapped[int] = mapped_column(ForeignKey("user_account.id", ondelete="RESTRICT"))
    uploaded_at: Mapped[datetime] = mapped_column(UtcDateTime)

    message: Mapped[Message] = relationship(back_populates="attachments")
    reply: Mapped[Reply | None] = relationship(back_populates="attachments")
    evidence: Mapped[Evidence | None] = relationship(back_populates="screenshots")
    uploaded_by: Mapped[User] = relationship()

"""What a comment said before its author changed it in the network."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Text
from sqlalchemy.orm import Mapped, mapped_column

from osm.extensions import Base
from osm.store.types import UtcDateTime


class CommentEdit(Base):
    """One change that was heard. The row of a deleted or taken comment keeps the text that was decided on."""

    __tablename__ = "comment_edit"

    id: Mapped[int] = mapped_column(primary_key=True)
    comment_id: Mapped[int] = mapped_column(ForeignKey("comment.id", ondelete="CASCADE"), index=True)
    before: Mapped[str] = mapped_column(Text)
    after: Mapped[str] = mapped_column(Text)
    heard_at: Mapped[datetime] = mapped_column(UtcDateTime)

"""By which words a message is found."""

from __future__ import annotations

from sqlalchemy import ForeignKey, Text
from sqlalchemy.orm import Mapped, mapped_column

from osm.extensions import Base


class MessageSearch(Base):
    """Dictionary forms of everything that a message is found by, each once, with one space between two.

    The database keeps an index of them, made by the migration (`osm.store.schema.is_of_models` leaves it out): on
    SQLite the FTS5 table `message_fts`, kept up to date by triggers; on PostgreSQL a generated column and a GIN index
    of that name.
    """

    __tablename__ = "message_search"

    message_id: Mapped[int] = mapped_column(
        ForeignKey("message.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    words: Mapped[str] = mapped_column(Text)

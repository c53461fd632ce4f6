"""Comments of the office in a network, edits of comments, and offers of a comment as a step of its message."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from osm.base.database import Numbered
from osm.base.types import UtcDateTime, code, index_where
from osm.comments.models import Comment
from osm.messages.models import Message
from osm.regulation.words import Labelled


# --- Earlier texts of comments
class CommentEdit(Numbered):
    """One edit that was noticed. The row of a deleted or taken comment keeps the text at its decision."""

    __tablename__ = "comment_edit"

    comment_id: Mapped[int] = mapped_column(ForeignKey("comment.id", ondelete="CASCADE"), index=True)
    before: Mapped[str] = mapped_column(Text)
    after: Mapped[str] = mapped_column(Text)
    heard_at: Mapped[datetime] = mapped_column(UtcDateTime)


# --- Own comments and offers
class OwnComment(Numbered):
    """A comment by the page or a known administrator of it; it never enters the queue."""

    __tablename__ = "own_comment"
    __table_args__ = (
        UniqueConstraint("network", "external_id", name="uq_own_comment_external"),
        Index("ix_own_comment_thread", "network", "thread_key"),
    )

    network: Mapped[str] = mapped_column(String(32))
    external_id: Mapped[str] = mapped_column(String(200))  # as in Comment
    account_id: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="SET NULL"), index=True)
    thread_key: Mapped[str] = mapped_column(String(200))  # as in Comment: the same within one thread
    parent_external_id: Mapped[str] = mapped_column(String(200), default="")  # the comment that it answers
    writer: Mapped[str] = mapped_column(String(300), default="")
    """The administrator who wrote it in his own name; empty: the page."""
    text: Mapped[str] = mapped_column(Text)
    url: Mapped[str] = mapped_column(String(1000), default="")
    written_at: Mapped[datetime] = mapped_column(UtcDateTime)  # by the network's clock
    heard_at: Mapped[datetime] = mapped_column(UtcDateTime)
    gone_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class OfferOutcome(StrEnum):
    """The decision of a person, or of the page's setting."""

    TAKEN = "taken"
    DECLINED = "declined"


class Echo(Labelled):
    """What the author says after the answer, as a person has confirmed it; the codes of `moderation.meaning`."""

    UNSOLVED = "unsolved", "не решено"
    SOLVED = "solved", "решено"
    THANKS = "thanks", "спасибо"


class ThreadOffer(Numbered):
    """A comment that may be a step of its message: ours its publication, the author's his answer. The step follows from
    the state of the message (`osm.threads.queries`)."""

    __tablename__ = "thread_offer"
    __table_args__ = (
        CheckConstraint("(own_id IS NULL) <> (comment_id IS NULL)", name="of_one_comment"),
        CheckConstraint("(settled_at IS NULL) = (outcome IS NULL)", name="settled_has_outcome"),
        Index("uq_thread_offer_own", "message_id", "own_id", unique=True),
        Index("uq_thread_offer_comment", "message_id", "comment_id", unique=True),
        # For the open ones in «Ждёт меня» and their number.
        index_where("ix_thread_offer_open", "message_id", where="settled_at IS NULL"),
    )

    message_id: Mapped[int] = mapped_column(ForeignKey("message.id", ondelete="CASCADE"))
    own_id: Mapped[int | None] = mapped_column(ForeignKey("own_comment.id", ondelete="CASCADE"), index=True)
    comment_id: Mapped[int | None] = mapped_column(ForeignKey("comment.id", ondelete="CASCADE"), index=True)
    heard_at: Mapped[datetime] = mapped_column(UtcDateTime)
    settled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    settled_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id", ondelete="RESTRICT"))
    """Empty if the page's setting took it."""
    outcome: Mapped[OfferOutcome | None] = mapped_column(code(OfferOutcome, "offer_outcome_known"))
    echo: Mapped[Echo | None] = mapped_column(code(Echo, "echo_known"))
    """Of an author's comment under the final answer."""

    message: Mapped[Message] = relationship()
    own: Mapped[OwnComment | None] = relationship()
    comment: Mapped[Comment | None] = relationship()

"""Comments and messages on the office's own pages (Пр.2.6), decisions on them, and actions in the networks."""

import hashlib
from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.engine.default import DefaultExecutionContext
from sqlalchemy.orm import Mapped, mapped_column, relationship

from osm.base.database import Numbered
from osm.base.types import OfPerson, UtcDateTime, code, index_where
from osm.check.models import Decision
from osm.messages.models import Author, Message
from osm.people.models import User
from osm.regulation.blacklist import CommentGround, CommentKind, CommentState
from osm.regulation.words import Ground

WEAK = 85  # rank of a comment if in this office all its marks are usually wrong
UNMARKED = 90  # rank of a comment without marks, or not checked yet


def purged_name(network: str, external_id: str) -> str:
    """What a destroyed comment is called, so that it is known when it comes again."""
    return f"purged:{hashlib.sha256(f'{network} {external_id}'.encode()).hexdigest()}"


def _since_stored(context: DefaultExecutionContext) -> datetime:
    stored: datetime = context.get_current_parameters()["stored_at"]  # type: ignore[no-untyped-call]
    return stored


class Comment(Numbered):
    """A comment. `version` rises with every decision and every change of the text, not with a hold or a check. The row
    is its own evidence: after deletion no import changes it, and `evidence_sha256` proves this."""

    __tablename__ = "comment"
    __table_args__ = (
        UniqueConstraint("network", "external_id", name="uq_comment_external"),
        CheckConstraint("version >= 1", name="version_positive"),
        CheckConstraint("(state = 'waiting') = (decided_at IS NULL)", name="decided_has_time"),
        CheckConstraint("(state = 'deleted') = (ground IS NOT NULL)", name="deleted_has_ground"),
        CheckConstraint("(state = 'deleted') = (evidence_sha256 IS NOT NULL)", name="deleted_has_evidence"),
        CheckConstraint("(held_by_id IS NULL) = (held_until IS NULL)", name="hold_has_end"),
        # For the queue, the worst first: all, or by category, network, kind or post.
        Index("ix_comment_queue", "state", "rank", "id"),
        Index("ix_comment_category", "state", "category", "rank", "id"),
        Index("ix_comment_network", "state", "network", "rank", "id"),
        Index("ix_comment_kind", "state", "kind", "rank", "id"),
        Index("ix_comment_post", "state", "post_url", "rank", "id"),
        Index("ix_comment_waiting", "state", "waiting_since"),
        Index("ix_comment_author", "author_id", "published_at"),
        Index("ix_comment_decided", "decided_at", "id"),
        index_where("ix_comment_thread", "network", "thread_key", where="thread_key <> ''"),
        index_where("ix_comment_pictures", "pictures_until", where="pictures_until IS NOT NULL"),
        Index("ix_comment_held", "held_by_id", "held_until"),
    )

    network: Mapped[str] = mapped_column(String(32))
    external_id: Mapped[str] = mapped_column(String(200))
    """Id in the network or its export; unique together with `network`. Of a destroyed one its `purged_name`."""
    kind: Mapped[CommentKind] = mapped_column(code(CommentKind, "comment_kind_known"), default=CommentKind.COMMENT)
    post_url: Mapped[str] = mapped_column(String(500), default="")
    post_title: Mapped[str] = mapped_column(String(81), default="", server_default="")
    """First words of the post, if a file has them."""
    url: Mapped[str] = mapped_column(OfPerson(1000), default="")  # link to the comment
    parent_external_id: Mapped[str] = mapped_column(String(200), default="")  # the comment it answers
    thread_key: Mapped[str] = mapped_column(String(200), default="", server_default="")
    """The first comment of the thread, or the conversation; empty for comments from a file."""
    author_id: Mapped[int | None] = mapped_column(ForeignKey("author.id", ondelete="SET NULL"))
    text: Mapped[str] = mapped_column(Text)
    text_digest: Mapped[str] = mapped_column(String(64))
    published_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    stored_at: Mapped[datetime] = mapped_column(UtcDateTime)
    waiting_since: Mapped[datetime] = mapped_column(UtcDateTime, default=_since_stored)
    """When the office got this text; the waiting time is counted from here."""

    rules: Mapped[str] = mapped_column(String(80), default="")
    """Version of the rules behind `decision` and `findings`; empty if not checked yet."""
    decision: Mapped[Decision] = mapped_column(code(Decision, "comment_decision_known"), default=Decision.PASS)
    findings: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)  # as in MessageVerdict
    category: Mapped[Ground | None] = mapped_column(code(Ground, "comment_category_known"))  # the worst one found
    rank: Mapped[int] = mapped_column(default=UNMARKED)  # place in the queue, 0 is the worst

    state: Mapped[CommentState] = mapped_column(code(CommentState, "comment_state_known"), default=CommentState.WAITING)
    version: Mapped[int] = mapped_column(default=1)
    held_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id", ondelete="RESTRICT"))
    held_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """Only the holder may decide until then; leaving the page ends it earlier."""
    hold_key: Mapped[str] = mapped_column(String(32), default="")
    """The page that holds it; a page that is left releases only its own comments."""
    decided_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id", ondelete="RESTRICT"))
    ground: Mapped[CommentGround | None] = mapped_column(code(CommentGround, "comment_ground_known"))
    reason: Mapped[str] = mapped_column(Text, default="")
    """The person's own words, in addition to the ground, or for several comments."""
    evidence_sha256: Mapped[str | None] = mapped_column(String(64))
    """Computed by `osm.check.acts.due` from text, author, place and time of the deleted comment."""
    account_id: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="SET NULL"))
    """The connected page; empty for comments from a file."""
    target: Mapped[dict[str, str] | None] = mapped_column(JSON)
    """Its name in the network (`osm.connectors.contract.Target`)."""
    pictures: Mapped[list[str]] = mapped_column(JSON, default=list, server_default="[]")
    """Addresses of its pictures as given by the network."""
    things: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list, server_default="[]")
    """Other attachments: kind, title, url and seconds (`osm.regulation.blacklist`)."""
    pictures_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """Pictures are being saved as evidence; the deletion waits until then."""
    gone_at: Mapped[datetime | None] = mapped_column(UtcDateTime)  # when its absence from the network was noticed
    gone_by: Mapped[str] = mapped_column(String(20), default="", server_default="")
    """`author` if the network says so; `page`: somebody of the page; `office`: by our order; empty: not known."""
    message_id: Mapped[int | None] = mapped_column(ForeignKey("message.id", ondelete="SET NULL"), index=True)
    """The message made by «Взять в работу»."""
    purged_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """Its words and its author were destroyed at the end of their term."""

    author: Mapped[Author | None] = relationship()
    message: Mapped[Message | None] = relationship()
    decided_by: Mapped[User | None] = relationship(foreign_keys=[decided_by_id])
    held_by: Mapped[User | None] = relationship(foreign_keys=[held_by_id])

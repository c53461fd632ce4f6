"""Comments and messages on the office's own pages (Пр.2.6), decisions on them, and actions in the networks."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, sql
from sqlalchemy.engine.default import DefaultExecutionContext
from sqlalchemy.orm import Mapped, mapped_column, relationship

from osm.answers.models import Draft
from osm.check.models.check import Decision
from osm.extensions import Base
from osm.messages.models import Author, Message
from osm.people.models import User
from osm.plan.models import Placement
from osm.regulation.comment_words import CommentGround, CommentKind, CommentState, OutboxKind, OutboxState
from osm.regulation.words import Ground
from osm.store.types import UtcDateTime, code, index_where

WEAK = 85
"""Rank of a comment if in this office all its marks are usually wrong."""
UNMARKED = 90
"""Rank of a comment without marks, or not checked yet."""


def _since_stored(context: DefaultExecutionContext) -> datetime:
    stored: datetime = context.get_current_parameters()["stored_at"]  # type: ignore[no-untyped-call]
    return stored


class Comment(Base):
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

    id: Mapped[int] = mapped_column(primary_key=True)
    network: Mapped[str] = mapped_column(String(32))
    external_id: Mapped[str] = mapped_column(String(200))
    """Id in the network or its export; unique together with `network`."""
    kind: Mapped[CommentKind] = mapped_column(code(CommentKind, "comment_kind_known"), default=CommentKind.COMMENT)
    post_url: Mapped[str] = mapped_column(String(500), default="")
    post_title: Mapped[str] = mapped_column(String(81), default="", server_default="")
    """First words of the post, if a file has them."""
    url: Mapped[str] = mapped_column(String(1000), default="")
    """Link to the comment."""
    parent_external_id: Mapped[str] = mapped_column(String(200), default="")
    """The comment it answers."""
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
    findings: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    """As in MessageVerdict."""
    category: Mapped[Ground | None] = mapped_column(code(Ground, "comment_category_known"))
    """The worst one found."""
    rank: Mapped[int] = mapped_column(default=UNMARKED)
    """Place in the queue, 0 is the worst."""

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
    """Other attachments: kind, title, url and seconds (`osm.regulation.comment_words`)."""
    pictures_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """Pictures are being saved as evidence; the deletion waits until then."""
    gone_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """When its absence from the network was noticed."""
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


_AT_COMMENT = (OutboxKind.DELETE, OutboxKind.RESTORE, OutboxKind.PUBLISH, OutboxKind.EDIT)


class OutboxAction(Base):
    """An action to be done in a network exactly once, written in the transaction of its decision (design §6). It is not
    sent before `not_before`. A person may do it by hand («выполнено вручную, 14:32»)."""

    __tablename__ = "outbox_action"
    __table_args__ = (
        CheckConstraint("version >= 1", name="version_positive"),
        CheckConstraint("(state = 'pending') = (settled_at IS NULL)", name="settled_has_time"),
        CheckConstraint("kind <> 'delete' OR comment_id IS NOT NULL", name="delete_has_comment"),
        CheckConstraint("kind NOT IN ('ban', 'unban') OR author_id IS NOT NULL", name="ban_has_author"),
        CheckConstraint(
            "kind NOT IN ('publish', 'edit') OR (message_id IS NOT NULL AND draft_id IS NOT NULL)",
            name="publish_has_answer",
        ),
        CheckConstraint(
            "kind NOT IN ('publish', 'restore') OR comment_id IS NOT NULL OR target IS NOT NULL", name="has_target"
        ),
        CheckConstraint("kind <> 'post' OR placement_id IS NOT NULL", name="post_has_placement"),
        Index("ix_outbox_action_state", "state", "not_before", "id"),
        Index("ix_outbox_action_settled", "settled_at", "id"),
        # Each placed object comes from one action.
        UniqueConstraint("network", "placed_name", name="uq_outbox_action_placed"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[OutboxKind] = mapped_column(code(OutboxKind, "outbox_kind_known"))
    network: Mapped[str] = mapped_column(String(32))
    comment_id: Mapped[int | None] = mapped_column(ForeignKey("comment.id", ondelete="RESTRICT"), index=True)
    author_id: Mapped[int | None] = mapped_column(ForeignKey("author.id", ondelete="RESTRICT"), index=True)
    account_id: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="RESTRICT"), index=True)
    """The page to act on, if it is not the comment's."""
    target: Mapped[dict[str, str] | None] = mapped_column(JSON)
    """Its object in the network, if it is not the comment."""
    placed: Mapped[dict[str, str] | None] = mapped_column(JSON)
    """Our answer in the network, after sending."""
    placed_name: Mapped[str | None] = mapped_column(String(500))
    """`Target.name` of the placed object, unique for one action."""
    stands_text: Mapped[str | None] = mapped_column(Text)
    """Current text of the comment in the network: the person is asked whether to send the answer nevertheless. With
    `in_spite`, the answer is sent only if this text is still there."""
    in_spite: Mapped[bool] = mapped_column(default=False, server_default=sql.false())
    """A person has confirmed sending although the comment has changed or the post is late."""
    let_out_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """When a person released it from an earlier «Остановить публикации»."""
    message_id: Mapped[int | None] = mapped_column(ForeignKey("message.id", ondelete="RESTRICT"), index=True)
    """The message answered under its comment."""
    draft_id: Mapped[int | None] = mapped_column(ForeignKey("draft.id", ondelete="RESTRICT"))
    """The approved version to send."""
    placement_id: Mapped[int | None] = mapped_column(ForeignKey("placement.id", ondelete="RESTRICT"), index=True)
    """The publication of the plan to post on its page."""
    proposal_id: Mapped[int | None] = mapped_column(
        ForeignKey("blacklist_proposal.id", ondelete="RESTRICT"), index=True
    )
    """The proposal for the black list that orders this ban or its end."""
    ban_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """End of the ban; empty: permanent."""
    state: Mapped[OutboxState] = mapped_column(code(OutboxState, "outbox_state_known"), default=OutboxState.PENDING)
    not_before: Mapped[datetime] = mapped_column(UtcDateTime)
    """Until then (10 s) the decision can be undone without a trace in the network."""
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id", ondelete="RESTRICT"))
    settled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """When it was done (by hand: as the person says), cancelled or given up."""
    settled_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id", ondelete="RESTRICT"))
    idempotency_key: Mapped[str] = mapped_column(String(80), unique=True)
    """Unique; passed to networks that support such keys."""
    url: Mapped[str] = mapped_column(String(1000), default="", server_default="")
    """Link to our answer."""
    error: Mapped[str] = mapped_column(Text, default="")
    """The error in words, with the network's reply."""
    attempts: Mapped[int] = mapped_column(default=0, server_default="0")
    interrupted: Mapped[int] = mapped_column(default=0, server_default="0")
    """Tries that ended with the process, or without a result that could be saved."""
    sent_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """When the network was first asked; since then it may have happened."""
    leased_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """Being sent until then; other processes do not send it. The sender renews this."""
    leased_by: Mapped[str] = mapped_column(String(120), default="", server_default="")
    """The sending process."""
    lease_token: Mapped[str] = mapped_column(String(32), default="", server_default="")
    """Random for each try, so that the result of an earlier try is not used for this one."""
    try_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """Time of the next try."""
    for_person: Mapped[bool] = mapped_column(default=False, server_default=sql.false())
    """The program waits until a person presses «Выполнено» or «Повторить»."""
    version: Mapped[int] = mapped_column(default=1)

    comment: Mapped[Comment | None] = relationship()
    author: Mapped[Author | None] = relationship()
    placement: Mapped[Placement | None] = relationship()
    draft: Mapped[Draft | None] = relationship()
    created_by: Mapped[User | None] = relationship(foreign_keys=[created_by_id])
    settled_by: Mapped[User | None] = relationship(foreign_keys=[settled_by_id])

    @property
    def address(self) -> str:
        """Where to do it: our answer, the comment, or the author's profile; may be empty."""
        if self.kind is OutboxKind.EDIT and self.url:
            return self.url
        at_comment = self.comment if self.kind in _AT_COMMENT else None
        profile = self.author.profile_url if self.author else None
        return (at_comment and (at_comment.url or at_comment.post_url)) or profile or ""

    @property
    def text(self) -> str:
        """The new text of a correction, otherwise the comment."""
        if self.draft and self.kind is OutboxKind.EDIT:
            return self.draft.text
        return self.comment.text if self.comment else ""

    @property
    def author_name(self) -> str:
        return self.author.name if self.author else ""

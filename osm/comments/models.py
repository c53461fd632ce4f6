"""Comments and messages on the office's own pages (Пр.2.6), what was decided on them, and what must happen outside."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, sql
from sqlalchemy.engine.default import DefaultExecutionContext
from sqlalchemy.orm import Mapped, mapped_column, relationship

from osm.answers.models.answers import Draft
from osm.check.models.check import Decision
from osm.extensions import Base
from osm.messages.models import Author, Message
from osm.people.models import User
from osm.plan.models import Placement
from osm.regulation.comment_words import CommentGround, CommentKind, CommentState, OutboxKind, OutboxState
from osm.regulation.words import Ground
from osm.store.types import UtcDateTime, code

WEAK = 85
"""The rank of a comment whose marks all prove wrong in this office."""
UNMARKED = 90
"""The rank of a comment in which nothing is marked, or that has not been checked yet."""


def _since_stored(context: DefaultExecutionContext) -> datetime:
    stored: datetime = context.get_current_parameters()["stored_at"]  # type: ignore[no-untyped-call]
    return stored


class Comment(Base):
    """One comment. `version` rises with every decision and every change of the text, never with a claim or a check.

    The row is its own evidence: once deleted, no import changes it, and `evidence_sha256` shows that nothing did.
    """

    __tablename__ = "comment"
    __table_args__ = (
        UniqueConstraint("network", "external_id", name="uq_comment_external"),
        CheckConstraint("version >= 1", name="version_positive"),
        CheckConstraint("(state = 'waiting') = (decided_at IS NULL)", name="decided_has_time"),
        CheckConstraint("(state = 'deleted') = (ground IS NOT NULL)", name="deleted_has_ground"),
        CheckConstraint("(state = 'deleted') = (evidence_sha256 IS NOT NULL)", name="deleted_has_evidence"),
        CheckConstraint("(held_by_id IS NULL) = (held_until IS NULL)", name="hold_has_end"),
        # The queue walks along these, the worst first: by itself, within a category, a network, a kind, a post.
        Index("ix_comment_queue", "state", "rank", "id"),
        Index("ix_comment_category", "state", "category", "rank", "id"),
        Index("ix_comment_network", "state", "network", "rank", "id"),
        Index("ix_comment_kind", "state", "kind", "rank", "id"),
        Index("ix_comment_post", "state", "post_url", "rank", "id"),
        Index("ix_comment_waiting", "state", "waiting_since"),
        Index("ix_comment_author", "author_id", "published_at"),
        Index("ix_comment_decided", "decided_at", "id"),
        Index(
            "ix_comment_thread",
            "network",
            "thread_key",
            sqlite_where=sql.text("thread_key <> ''"),
            postgresql_where=sql.text("thread_key <> ''"),
        ),
        Index(
            "ix_comment_pictures",
            "pictures_until",
            sqlite_where=sql.text("pictures_until IS NOT NULL"),
            postgresql_where=sql.text("pictures_until IS NOT NULL"),
        ),
        Index("ix_comment_held", "held_by_id", "held_until"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    network: Mapped[str] = mapped_column(String(32))
    external_id: Mapped[str] = mapped_column(String(200))
    """As the network or its export names it; with `network` it is known again by."""
    kind: Mapped[CommentKind] = mapped_column(code(CommentKind, "comment_kind_known"), default=CommentKind.COMMENT)
    post_url: Mapped[str] = mapped_column(String(500), default="")
    post_title: Mapped[str] = mapped_column(String(81), default="", server_default="")
    """The first words of the post, where a file has brought them."""
    url: Mapped[str] = mapped_column(String(1000), default="")
    """Of the comment itself; the thread opens at it."""
    parent_external_id: Mapped[str] = mapped_column(String(200), default="")
    """The comment that this one answers."""
    thread_key: Mapped[str] = mapped_column(String(200), default="", server_default="")
    """The comment at the top of its thread, or the conversation; empty where it came by file."""
    author_id: Mapped[int | None] = mapped_column(ForeignKey("author.id", ondelete="SET NULL"))
    text: Mapped[str] = mapped_column(Text)
    text_digest: Mapped[str] = mapped_column(String(64))
    published_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    stored_at: Mapped[datetime] = mapped_column(UtcDateTime)
    waiting_since: Mapped[datetime] = mapped_column(UtcDateTime, default=_since_stored)
    """Since when the office knows this text: the age of what waits is counted from here."""

    rules: Mapped[str] = mapped_column(String(80), default="")
    """Of the check that `decision` and `findings` come from; empty while the text has not been checked."""
    decision: Mapped[Decision] = mapped_column(code(Decision, "comment_decision_known"), default=Decision.PASS)
    findings: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    """As in MessageVerdict."""
    category: Mapped[Ground | None] = mapped_column(code(Ground, "comment_category_known"))
    """The worst that was found."""
    rank: Mapped[int] = mapped_column(default=UNMARKED)
    """The place in the queue: 0 is the worst."""

    state: Mapped[CommentState] = mapped_column(code(CommentState, "comment_state_known"), default=CommentState.WAITING)
    version: Mapped[int] = mapped_column(default=1)
    held_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id", ondelete="RESTRICT"))
    held_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """Until then nobody else decides; a page that is left gives it back earlier."""
    hold_key: Mapped[str] = mapped_column(String(32), default="")
    """Which page holds it: a page that is left gives back its own only."""
    decided_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id", ondelete="RESTRICT"))
    ground: Mapped[CommentGround | None] = mapped_column(code(CommentGround, "comment_ground_known"))
    reason: Mapped[str] = mapped_column(Text, default="")
    """The person's own words, beside the ground or of a group."""
    evidence_sha256: Mapped[str | None] = mapped_column(String(64))
    """Of `osm.check.acts.due`: what the deleted comment said, whose it was, where and when."""
    account_id: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="SET NULL"))
    """The connected page that it was heard on; empty where it came by file."""
    target: Mapped[dict[str, str] | None] = mapped_column(JSON)
    """How the network names it (`osm.connectors.contract.Target`)."""
    pictures: Mapped[list[str]] = mapped_column(JSON, default=list, server_default="[]")
    """Addresses of the pictures that hang on it, as the network told them."""
    things: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list, server_default="[]")
    """What else hangs on it: kind, title, url and seconds of each (`osm.regulation.comment_words`)."""
    pictures_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """They are being kept as evidence: until then its deletion does not go out."""
    gone_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """Since when it stands there no longer, as far as the network has told."""
    gone_by: Mapped[str] = mapped_column(String(20), default="", server_default="")
    """`author` only where the network names him; `page`: somebody of the page; `office`: by our own order; empty: not
    known.
    """
    message_id: Mapped[int | None] = mapped_column(ForeignKey("message.id", ondelete="SET NULL"), index=True)
    """«Взять в работу»: the message that was made of it."""

    author: Mapped[Author | None] = relationship()
    message: Mapped[Message | None] = relationship()
    decided_by: Mapped[User | None] = relationship(foreign_keys=[decided_by_id])
    held_by: Mapped[User | None] = relationship(foreign_keys=[held_by_id])


class OutboxAction(Base):
    """What must happen in a network exactly once, written in the transaction of the decision (design §6).

    Nothing goes out before `not_before`. A person may do it by hand («выполнено вручную, 14:32»).
    """

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
        # One act placed it.
        UniqueConstraint("network", "placed_name", name="uq_outbox_action_placed"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[OutboxKind] = mapped_column(code(OutboxKind, "outbox_kind_known"))
    network: Mapped[str] = mapped_column(String(32))
    comment_id: Mapped[int | None] = mapped_column(ForeignKey("comment.id", ondelete="RESTRICT"), index=True)
    author_id: Mapped[int | None] = mapped_column(ForeignKey("author.id", ondelete="RESTRICT"), index=True)
    account_id: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="RESTRICT"), index=True)
    """The page that it goes out on, where that is not the comment's own."""
    target: Mapped[dict[str, str] | None] = mapped_column(JSON)
    """What it is about as the network names it, where that is not the comment."""
    placed: Mapped[dict[str, str] | None] = mapped_column(JSON)
    """Our answer as the network names it, once it stands there."""
    placed_name: Mapped[str | None] = mapped_column(String(500))
    """`Target.name` of what it placed: no other act can have placed the same."""
    stands_text: Mapped[str | None] = mapped_column(Text)
    """What the comment says there by now, as it was read: a person is asked whether the answer goes out in spite.

    With `in_spite`: the words that he has seen, the only ones under which it goes out.
    """
    in_spite: Mapped[bool] = mapped_column(default=False, server_default=sql.false())
    """A person has looked and says it all the same: the comment says something else by now, the post is late."""
    let_out_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """«Остановить публикации» of earlier does not hold it: a person has let this one out."""
    message_id: Mapped[int | None] = mapped_column(ForeignKey("message.id", ondelete="RESTRICT"), index=True)
    """The message that is answered under its comment."""
    draft_id: Mapped[int | None] = mapped_column(ForeignKey("draft.id", ondelete="RESTRICT"))
    """The approved version that goes out."""
    placement_id: Mapped[int | None] = mapped_column(ForeignKey("placement.id", ondelete="RESTRICT"), index=True)
    """The publication of the plan that goes out on its page."""
    proposal_id: Mapped[int | None] = mapped_column(
        ForeignKey("blacklist_proposal.id", ondelete="RESTRICT"), index=True
    )
    """The proposal for the black list that orders this ban, or its end."""
    ban_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """The end of a ban; empty: for ever."""
    state: Mapped[OutboxState] = mapped_column(code(OutboxState, "outbox_state_known"), default=OutboxState.PENDING)
    not_before: Mapped[datetime] = mapped_column(UtcDateTime)
    """The decision can be undone without a trace in the network until then (10 s)."""
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id", ondelete="RESTRICT"))
    settled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """When it was done (by hand: as the person says), cancelled or given up."""
    settled_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id", ondelete="RESTRICT"))
    idempotency_key: Mapped[str] = mapped_column(String(80), unique=True)
    """The same key is never written twice; networks that know such keys are given it."""
    url: Mapped[str] = mapped_column(String(1000), default="", server_default="")
    """Where our answer stands."""
    error: Mapped[str] = mapped_column(Text, default="")
    """What is wrong, in words, with what the network said."""
    attempts: Mapped[int] = mapped_column(default=0, server_default="0")
    interrupted: Mapped[int] = mapped_column(default=0, server_default="0")
    """How many of its tries ended with their process, or without a result that could be noted."""
    sent_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """When the program first asked the network for it: from then on it may have happened."""
    leased_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """It is being sent, and no other process sends it until then. The sender renews this."""
    leased_by: Mapped[str] = mapped_column(String(120), default="", server_default="")
    """The process that sends it."""
    lease_token: Mapped[str] = mapped_column(String(32), default="", server_default="")
    """A random word for each try: the result of an earlier try is not taken for this one."""
    try_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """When it is tried again."""
    for_person: Mapped[bool] = mapped_column(default=False, server_default=sql.false())
    """The program leaves it alone until somebody has looked: «Выполнено» or «Повторить»."""
    version: Mapped[int] = mapped_column(default=1)

    comment: Mapped[Comment | None] = relationship()
    author: Mapped[Author | None] = relationship()
    placement: Mapped[Placement | None] = relationship()
    draft: Mapped[Draft | None] = relationship()
    created_by: Mapped[User | None] = relationship(foreign_keys=[created_by_id])
    settled_by: Mapped[User | None] = relationship(foreign_keys=[settled_by_id])

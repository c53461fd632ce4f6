"""Pages and their connections, calls of networks that wait to be worked off, and acts that must happen in a network."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from sqlalchemy import JSON, BigInteger, CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, false, sql
from sqlalchemy.orm import Mapped, mapped_column, relationship

from osm.base.database import Base, Numbered
from osm.base.types import UtcDateTime, code, index_where
from osm.regulation.blacklist import OutboxKind, OutboxState

if TYPE_CHECKING:
    from osm.models import Author, Comment, Draft, Placement, User


# --- Official pages in networks (accounts), and the connection by which the program reads and writes one
class Publishing(StrEnum):
    """When an approved answer goes out."""

    AUTO = "auto"
    ASK = "ask"
    HAND = "hand"


class Moderating(StrEnum):
    """Whether deletions and bans go out by themselves."""

    AUTO = "auto"
    HAND = "hand"


class Answering(StrEnum):
    """Whether a comment of the author under our clarification is entered as his answer, or is offered as one."""

    ASK = "ask"
    AUTO = "auto"


class Hearing(StrEnum):
    """How what happens on a page comes to us: we ask the network, or it calls our address."""

    ASK = "ask"
    CALLBACK = "callback"


class ConnectionState(StrEnum):
    """`stopped`: the network refuses the key; it is not asked until a person changes it."""

    WORKING = "working"
    FAILING = "failing"
    STOPPED = "stopped"
    OFF = "off"


class Account(Numbered):
    """A page of the office in a network (Пр.1.1, 1.3). `version` rises with every edit."""

    __tablename__ = "account"
    __table_args__ = (
        UniqueConstraint("network", "external_id", name="uq_account_page"),
        CheckConstraint("version >= 1", name="version_positive"),
    )

    network: Mapped[str] = mapped_column(String(32))
    external_id: Mapped[str] = mapped_column(String(200))  # as the network names the page, without a sign
    title: Mapped[str] = mapped_column(String(200), default="", server_default="")
    url: Mapped[str] = mapped_column(String(500), default="", server_default="")
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    version: Mapped[int] = mapped_column(default=1, server_default="1")
    connection: Mapped[Connection | None] = relationship(back_populates="account", cascade="all, delete-orphan")

    @property
    def name(self) -> str:
        return self.title or self.external_id


class Connection(Numbered):
    """The keys of a page, what they can, and how far it has been read. `version` rises with every edit by a person."""

    __tablename__ = "connection"
    __table_args__ = (CheckConstraint("version >= 1", name="version_positive"),)

    account_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"), unique=True)
    keys: Mapped[str] = mapped_column(Text, default="", server_default="")
    """Name → key, encrypted as a whole (`osm.outbox.acts.keys`); never shown again."""
    key_names: Mapped[list[str]] = mapped_column(JSON, default=list)
    whose: Mapped[dict[str, str]] = mapped_column(JSON, default=dict)
    """Key → whose it is, as the network says or the person who entered it."""
    expires: Mapped[dict[str, str]] = mapped_column(JSON, default=dict)  # key → ISO instant
    can: Mapped[list[str]] = mapped_column(JSON, default=list)  # acts, as the last check found
    cannot: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    publish: Mapped[Publishing] = mapped_column(code(Publishing, "publishing_known"), default=Publishing.ASK)
    moderate: Mapped[Moderating] = mapped_column(code(Moderating, "moderating_known"), default=Moderating.AUTO)
    answers: Mapped[Answering] = mapped_column(
        code(Answering, "answering_known"), default=Answering.ASK, server_default="ask"
    )
    page_name: Mapped[str] = mapped_column(String(200), default="", server_default="")
    """By which name the network's addresses call the page, where it has one: links tell it so, or by its number."""
    administrators: Mapped[list[str]] = mapped_column(JSON, default=list, server_default="[]")
    """Who has banned here or deleted what others wrote, as the network names him: he speaks for the page."""
    state: Mapped[ConnectionState] = mapped_column(
        code(ConnectionState, "connection_state_known"), default=ConnectionState.WORKING
    )
    installation: Mapped[str] = mapped_column(String(64), default="", server_default="")
    """The installation in which it was switched on: in a copy or after a restore it is off until a person says so."""
    ground: Mapped[str] = mapped_column(Text, default="", server_default="")
    """Why the office uses a network of which the law warns, where that is asked."""
    switched_on_at: Mapped[datetime] = mapped_column(UtcDateTime)
    """What was decided before this instant waits for a person."""
    checked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    read_at: Mapped[datetime | None] = mapped_column(UtcDateTime)  # when the network last answered
    posts_read_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """When what stands on the page was last compared with the plan."""
    cursor: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    gap_since: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """From when on the network must be asked for what nobody heard."""
    failed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)  # since when it fails
    refused_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """Since when the network refuses a key, or a right that the key had; a page that is stopped may say it by that."""
    said: Mapped[str] = mapped_column(Text, default="", server_default="")  # what is wrong, in words
    rest_until: Mapped[datetime | None] = mapped_column(UtcDateTime)  # the network asked for a pause
    acts_failed: Mapped[int] = mapped_column(default=0, server_default="0")
    """Acts that have failed one after the other."""
    acts_rest_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """Nothing goes out until then; the page is read meanwhile."""
    acts_said: Mapped[str] = mapped_column(Text, default="", server_default="")  # why it rests, in words
    elsewhere: Mapped[bool] = mapped_column(default=False, server_default=false())
    """It answers in communities of others too, where their wall is open."""
    renewal_tried_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """When the network was last asked for another key before the end of this one."""
    hearing: Mapped[Hearing] = mapped_column(
        code(Hearing, "hearing_known"), default=Hearing.ASK, server_default=Hearing.ASK
    )
    callback_secret: Mapped[str] = mapped_column(Text, default="", server_default="")
    """By what a call of the network is known to be one; encrypted like the keys."""
    confirmation: Mapped[str] = mapped_column(String(100), default="", server_default="")
    """What the network wants to be answered before it calls."""
    told_at: Mapped[datetime | None] = mapped_column(UtcDateTime)  # when the last event came by a call
    version: Mapped[int] = mapped_column(default=1, server_default="1")
    account: Mapped[Account] = relationship(back_populates="connection")


class NetworkOutage(Numbered):
    """From when to when no page of a network could be reached; `ended_at` empty: not ended yet."""

    __tablename__ = "network_outage"
    __table_args__ = (
        CheckConstraint("ended_at >= began_at", name="times_in_order"),
        index_where("uq_network_outage_open", "network", unique=True, where="ended_at IS NULL"),
        Index("ix_network_outage_times", "network", "began_at"),
    )

    network: Mapped[str] = mapped_column(String(32))
    began_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class Turn(Base):
    """When a key may next be asked: its rate holds over all threads and processes."""

    __tablename__ = "turn"

    key_digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    next_at: Mapped[int] = mapped_column(BigInteger)  # microseconds since 1970


# --- Calls of networks that wait to be worked off
class ReceivedEvent(Numbered):
    """A call of a network. Once worked off only its id stays, so that no event is read twice."""

    __tablename__ = "received_event"
    __table_args__ = (
        UniqueConstraint("connection_id", "event_id", name="uq_received_event_event"),
        CheckConstraint("(worked_at IS NULL) = (body <> '')", name="worked_off_is_empty"),
        index_where("ix_received_event_waiting", "connection_id", "id", where="worked_at IS NULL"),
    )

    connection_id: Mapped[int] = mapped_column(ForeignKey("connection.id", ondelete="CASCADE"))
    event_id: Mapped[str] = mapped_column(String(64))  # as the network names it, or a digest of it
    body: Mapped[str] = mapped_column(Text)  # JSON, without what proves that it is genuine
    received_at: Mapped[datetime] = mapped_column(UtcDateTime)
    worked_at: Mapped[datetime | None] = mapped_column(UtcDateTime, index=True)


# --- Acts that must happen in a network exactly once, and what a person has stopped
_AT_COMMENT = (OutboxKind.DELETE, OutboxKind.RESTORE, OutboxKind.PUBLISH, OutboxKind.EDIT)


class OutboxAction(Numbered):
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
        CheckConstraint("(kind = 'webhook') = (integrator_id IS NOT NULL)", name="webhook_has_integrator"),
        Index("ix_outbox_action_state", "state", "not_before", "id"),
        Index("ix_outbox_action_settled", "settled_at", "id"),
        # Each placed object comes from one action.
        UniqueConstraint("network", "placed_name", name="uq_outbox_action_placed"),
    )

    kind: Mapped[OutboxKind] = mapped_column(code(OutboxKind, "outbox_kind_known"))
    network: Mapped[str] = mapped_column(String(32))
    comment_id: Mapped[int | None] = mapped_column(ForeignKey("comment.id", ondelete="RESTRICT"), index=True)
    author_id: Mapped[int | None] = mapped_column(ForeignKey("author.id", ondelete="RESTRICT"), index=True)
    account_id: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="RESTRICT"), index=True)
    """The page to act on, if it is not the comment's."""
    target: Mapped[dict[str, str] | None] = mapped_column(JSON)  # its object in the network, if it is not the comment
    placed: Mapped[dict[str, str] | None] = mapped_column(JSON)  # our answer in the network, after sending
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
    integrator_id: Mapped[int | None] = mapped_column(ForeignKey("integrator.id", ondelete="RESTRICT"), index=True)
    """The system of others to tell."""
    told: Mapped[dict[str, Any] | None] = mapped_column(JSON)  # the event for an integrator: codes, numbers and times
    ban_until: Mapped[datetime | None] = mapped_column(UtcDateTime)  # end of the ban; empty: permanent
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
    url: Mapped[str] = mapped_column(String(1000), default="", server_default="")  # link to our answer
    error: Mapped[str] = mapped_column(Text, default="")  # the error in words, with the network's reply
    attempts: Mapped[int] = mapped_column(default=0, server_default="0")
    interrupted: Mapped[int] = mapped_column(default=0, server_default="0")
    """Tries that ended with the process, or without a result that could be saved."""
    sent_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """When the network was first asked; since then it may have happened."""
    leased_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """Being sent until then; other processes do not send it. The sender renews this."""
    leased_by: Mapped[str] = mapped_column(String(120), default="", server_default="")  # the sending process
    lease_token: Mapped[str] = mapped_column(String(32), default="", server_default="")
    """Random for each try, so that the result of an earlier try is not used for this one."""
    try_at: Mapped[datetime | None] = mapped_column(UtcDateTime)  # time of the next try
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
    def about(self) -> str:
        """The title of the publication, otherwise the comment."""
        if self.placement:
            return self.placement.publication.title
        return self.comment.text if self.comment else ""

    @property
    def author_name(self) -> str:
        return self.author.name if self.author else ""


class Stop(Numbered):
    """«Остановить публикации»: while the row exists the program publishes nothing, on one page or on all of them."""

    __tablename__ = "stop"
    __table_args__ = (
        CheckConstraint("(account_id IS NULL) = (place = 'all')", name="place_is_of_page"),
        # A page that was opened yesterday must not release the stop of today: no id is given twice.
        {"sqlite_autoincrement": True},
    )

    place: Mapped[str] = mapped_column(String(30), unique=True)
    """«all» or the page's id: of two who stop the same place at once one does."""
    account_id: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"))
    """The page; none: all of them, those that are connected later too."""
    reason: Mapped[str] = mapped_column(Text)
    since: Mapped[datetime] = mapped_column(UtcDateTime)
    by_id: Mapped[int] = mapped_column(ForeignKey("user_account.id", ondelete="RESTRICT"))

    account: Mapped[Account | None] = relationship()
    by: Mapped[User] = relationship()

"""Official pages in networks (accounts), and the connection by which the program reads and writes one."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, BigInteger, CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, false
from sqlalchemy.orm import Mapped, mapped_column, relationship

from osm.base.database import Base, Numbered
from osm.base.types import UtcDateTime, code, index_where


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
    """Name → key, encrypted as a whole (`osm.connections.acts.keys`); never shown again."""
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

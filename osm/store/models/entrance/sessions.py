"""Who is logged in and where; from where somebody came before; attempts that failed."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from osm.extensions import Base
from osm.store.types import UtcDateTime


class WebSession(Base):
    """A session lives here; the cookie holds a random identifier, this table only its hash."""

    __tablename__ = "web_session"

    id_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id", ondelete="CASCADE"), index=True)
    address: Mapped[str] = mapped_column(String(60), default="", server_default="")
    """Where the person logged in from."""
    browser: Mapped[str] = mapped_column(String(300), default="", server_default="")
    """What the browser says of itself (User-Agent)."""
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)


class LoginAddress(Base):
    """From where somebody logged in, and when last: for a day he is no stranger there."""

    __tablename__ = "login_address"

    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id", ondelete="CASCADE"), primary_key=True)
    address: Mapped[str] = mapped_column(String(60), primary_key=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime)


class LoginAttempt(Base):
    """A failed attempt to log in; enough of them slow down the login and the address that they came from."""

    __tablename__ = "login_attempt"
    __table_args__ = (
        Index("ix_login_attempt_login_at", "login", "at"),
        Index("ix_login_attempt_address_at", "address", "at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    login: Mapped[str] = mapped_column(String(60))
    address: Mapped[str] = mapped_column(String(60))
    browser: Mapped[str] = mapped_column(String(60), default="", server_default="")
    """The mark of a browser in which this person had logged in before; empty: of a stranger, as far as one can tell."""
    at: Mapped[datetime] = mapped_column(UtcDateTime)

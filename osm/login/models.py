"""Tables of log-ins: sessions, the second factor, known addresses and browsers, failed attempts."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, sql
from sqlalchemy.orm import Mapped, mapped_column

from osm.base.database import Base, Numbered
from osm.base.types import UtcDateTime, code


class Way(StrEnum):
    """How a person has shown who he is."""

    LOCAL = "local"
    LDAP = "ldap"
    OIDC = "oidc"
    PROXY = "proxy"


class WebSession(Base):
    """The cookie has a random token, this table only its hash."""

    __tablename__ = "web_session"

    id_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id", ondelete="CASCADE"), index=True)
    address: Mapped[str] = mapped_column(String(60), default="", server_default="")
    """The address from which the person logged in."""
    browser: Mapped[str] = mapped_column(String(300), default="", server_default="")
    """The User-Agent; empty in sessions older than this column, as is `address`."""
    awaits_code: Mapped[bool] = mapped_column(default=False, server_default=sql.false())
    """Only the first factor was given: this session opens nothing but the page that asks for the second."""
    way: Mapped[Way] = mapped_column(code(Way, "way_known"), default=Way.LOCAL, server_default=Way.LOCAL.value)
    provider_sid: Mapped[str | None] = mapped_column(String(255), index=True)
    """How the provider of OpenID Connect names its session."""
    provider_tokens: Mapped[str | None] = mapped_column(Text)
    """Encrypted (`osm.directory.acts.provider`): to ask it about the person, and to log out there."""
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)  # when it ends if it is not used


class SecondFactor(Base):
    """A person's codes of a telephone (TOTP, RFC 6238)."""

    __tablename__ = "second_factor"

    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id", ondelete="CASCADE"), primary_key=True)
    secret: Mapped[str] = mapped_column(Text)  # encrypted (`osm.login.acts.second_factor`)
    salt: Mapped[str] = mapped_column(String(32))
    """Of the hashes of the paper codes, so that one hash is compared with all of them."""
    last_step: Mapped[int]
    """The half minute of the last code that was accepted; this one and earlier ones are refused."""
    on_since: Mapped[datetime] = mapped_column(UtcDateTime)


class PaperCode(Base):
    """A one-time code on paper, as an argon2id hash."""

    __tablename__ = "paper_code"

    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id", ondelete="CASCADE"), primary_key=True)
    code_hash: Mapped[str] = mapped_column(String(200), primary_key=True)
    used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class RememberedBrowser(Base):
    """A browser in which the second factor is not asked for until `expires_at`."""

    __tablename__ = "remembered_browser"

    mark_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    """Of the random mark in the signed cookie of the browser."""
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id", ondelete="CASCADE"), index=True)
    address: Mapped[str] = mapped_column(String(60))
    browser: Mapped[str] = mapped_column(String(300))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)


class AuditAccess(Base):
    """Until when an auditor may read, and on what ground; without a row he may not log in."""

    __tablename__ = "audit_access"
    __table_args__ = (
        CheckConstraint("ordered_by <> '' AND document <> ''", name="has_ground"),
        CheckConstraint("until > given_at", name="ends_after_it_begins"),
    )

    user_id: Mapped[int] = mapped_column(
        ForeignKey("user_account.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    until: Mapped[datetime] = mapped_column(UtcDateTime)
    ordered_by: Mapped[str] = mapped_column(String(300))  # who has ordered the audit
    document: Mapped[str] = mapped_column(String(300))  # number and date of the order
    given_at: Mapped[datetime] = mapped_column(UtcDateTime)
    given_by_id: Mapped[int] = mapped_column(ForeignKey("user_account.id", ondelete="RESTRICT"))


class LoginAddress(Base):
    """An address from which the user logged in, and when last: for a day he is known there."""

    __tablename__ = "login_address"

    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id", ondelete="CASCADE"), primary_key=True)
    address: Mapped[str] = mapped_column(String(60), primary_key=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime)


class LoginAttempt(Numbered):
    """A failed log-in; enough of them throttle the login and the address."""

    __tablename__ = "login_attempt"
    __table_args__ = (
        Index("ix_login_attempt_login_at", "login", "at"),
        Index("ix_login_attempt_address_at", "address", "at"),
    )

    login: Mapped[str] = mapped_column(String(60))
    address: Mapped[str] = mapped_column(String(60))
    browser: Mapped[str] = mapped_column(String(60), default="", server_default="")
    """The mark of a browser in which this person had logged in before; empty for an unknown browser."""
    at: Mapped[datetime] = mapped_column(UtcDateTime)

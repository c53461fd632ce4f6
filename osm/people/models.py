"""Tables of people: departments with topics, users with roles, the office, absences, settings."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, sql
from sqlalchemy.orm import Mapped, mapped_column, relationship

from osm.base.database import Base, Numbered
from osm.base.types import UtcDateTime, code, index_where
from osm.regulation.control import MailMode
from osm.regulation.executors import AbsenceReason
from osm.regulation.words import Post, Role


class Department(Numbered):
    """A body of the administration that answers for some topics (П.3). `version` rises with each edit."""

    __tablename__ = "department"

    name: Mapped[str] = mapped_column(String(200), unique=True)
    short_name: Mapped[str] = mapped_column(String(60))
    phone: Mapped[str] = mapped_column(String(60), default="")  # the number on the card
    other_phones: Mapped[str] = mapped_column(Text, default="", server_default="")
    """More numbers, one a line, each with its owner."""
    duty_officer_id: Mapped[int | None] = mapped_column(
        ForeignKey("user_account.id", ondelete="RESTRICT", use_alter=True, name="fk_department_duty_officer")
    )
    """Called when the executor cannot be reached."""
    supervisor_id: Mapped[int | None] = mapped_column(
        ForeignKey("user_account.id", ondelete="RESTRICT", use_alter=True, name="fk_department_supervisor")
    )
    """The leader who supervises it («курируемые вопросы»); it counts while he has a post."""
    archived_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """Since when it is not offered; the history still names it."""
    version: Mapped[int] = mapped_column(default=1, server_default="1")
    members: Mapped[list[User]] = relationship(back_populates="department", foreign_keys="User.department_id")
    topics: Mapped[list[Topic]] = relationship(back_populates="department")
    duty_officer: Mapped[User | None] = relationship(foreign_keys=[duty_officer_id], post_update=True)
    deputies: Mapped[list[Deputy]] = relationship(
        cascade="all, delete-orphan", order_by="Deputy.place", passive_deletes=True
    )


class Deputy(Base):
    """A possible substitute for the executors of the department (П.3); `place` 1 is asked first."""

    __tablename__ = "deputy"
    __table_args__ = (
        UniqueConstraint("department_id", "place", name="uq_deputy_place"),
        CheckConstraint("place >= 1", name="place_positive"),
    )

    department_id: Mapped[int] = mapped_column(ForeignKey("department.id", ondelete="CASCADE"), primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id", ondelete="RESTRICT"), primary_key=True)
    place: Mapped[int]
    user: Mapped[User] = relationship(lazy="joined")


class Topic(Numbered):
    """A subject of messages, the department that is competent for it, and the words that suggest it."""

    __tablename__ = "topic"

    name: Mapped[str] = mapped_column(String(200), unique=True)
    department_id: Mapped[int | None] = mapped_column(ForeignKey("department.id", ondelete="SET NULL"))
    words: Mapped[str] = mapped_column(Text, default="", server_default="")
    """One word or phrase a line (`osm.topics.rules`)."""
    archived_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """Since when it is not offered; messages still name it."""
    version: Mapped[int] = mapped_column(default=1, server_default="1")
    department: Mapped[Department | None] = relationship(back_populates="topics")


@dataclass(frozen=True, slots=True)
class StandsFor:
    """A colleague who is absent until the end of `last_day`, and the rights that his substitute gets (П.3)."""

    person_id: int
    name: str
    roles: frozenset[Role]
    last_day: date


class Source(StrEnum):
    """Who knows the person and checks who he is."""

    LOCAL = "local"
    LDAP = "ldap"
    OIDC = "oidc"


class User(Numbered):
    """A user. Blocked users keep their rows, because the log names them. `version` rises with each edit by an
    administrator, but not when the person changes his own password."""

    __tablename__ = "user_account"
    __table_args__ = (
        CheckConstraint("post IS NULL OR is_active", name="post_is_held"),
        # Only the deputies of the head may be several.
        index_where("uq_user_account_post", "post", unique=True, where="post <> 'deputy_head'"),
        Index("uq_user_account_external", "source", "external_id", unique=True),
    )

    login: Mapped[str] = mapped_column(String(60), unique=True)
    name: Mapped[str] = mapped_column(String(200))
    position: Mapped[str] = mapped_column(String(200), default="")
    post: Mapped[Post | None] = mapped_column(code(Post, "post_known"))
    """In the words of the Postanovlenie; `position` is free text. A blocked user has none."""
    phone: Mapped[str] = mapped_column(String(60), default="")
    password_hash: Mapped[str] = mapped_column(String(300))
    must_change_password: Mapped[bool] = mapped_column(default=False, server_default=sql.false())
    """An administrator knows the password: it opens only the page where it is changed."""
    department_id: Mapped[int | None] = mapped_column(ForeignKey("department.id", ondelete="RESTRICT"))
    is_active: Mapped[bool] = mapped_column(default=True)
    is_demo: Mapped[bool] = mapped_column(default=False)
    single_keys: Mapped[bool] = mapped_column(default=True, server_default=sql.true())
    """Whether single keys act in the queue of comments; the person switches it off himself (WCAG 2.1.4)."""
    email: Mapped[str] = mapped_column(String(200), default="", server_default="")
    mail_mode: Mapped[MailMode] = mapped_column(
        code(MailMode, "mail_mode_known"), default=MailMode.AT_ONCE, server_default=MailMode.AT_ONCE.value
    )
    sound: Mapped[bool] = mapped_column(default=False, server_default=sql.false())
    """Whether a new reminder makes a sound."""
    week_letter_since: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """Since when a head wants the figures of the week by letter; None: he does not."""
    source: Mapped[Source] = mapped_column(
        code(Source, "source_known"), default=Source.LOCAL, server_default=Source.LOCAL.value
    )
    external_id: Mapped[str | None] = mapped_column(String(255))
    """His id there, which outlives a new name. None: local, or the next log-in from there with his login is his."""
    gone_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """Since when he is blocked because the directory no longer has him; a log-in from there unblocks him."""
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    version: Mapped[int] = mapped_column(default=1, server_default="1")
    department: Mapped[Department | None] = relationship(
        back_populates="members", lazy="joined", foreign_keys=[department_id]
    )
    role_rows: Mapped[list[UserRole]] = relationship(
        back_populates="user", cascade="all, delete-orphan", lazy="selectin"
    )

    @property
    def own_roles(self) -> frozenset[Role]:
        return frozenset(row.role for row in self.role_rows)

    @property
    def roles(self) -> frozenset[Role]:
        """His own roles and those that he has today as a substitute."""
        return self.own_roles.union(*(absent.roles for absent in self.stands_for))

    @property
    def stands_for(self) -> tuple[StandsFor, ...]:
        """The absent colleagues that he replaces, with their rights; set only for the person of the current request."""
        known: tuple[StandsFor, ...] = self.__dict__.get("_stands_for", ())
        return known

    def stand_for(self, absent: Iterable[StandsFor]) -> None:
        """Set the absent colleagues for the rest of the request."""
        self.__dict__["_stands_for"] = tuple(absent)

    @property
    def unseen(self) -> int:
        """Unread reminders; set only for the person of the current request, else 0."""
        found: int = self.__dict__.get("_unseen", 0)
        return found

    def has_unseen(self, count: int) -> None:
        self.__dict__["_unseen"] = count

    @property
    def acts_for_id(self) -> int | None:
        """The absent colleague with the rights that opened the current page."""
        found: int | None = self.__dict__.get("_acts_for_id")
        return found

    def act_for(self, absent_id: int | None) -> None:
        """Log what this request does as done for that absent colleague."""
        self.__dict__["_acts_for_id"] = absent_id

    def absent_for(self, roles: Collection[Role]) -> int | None:
        """The absent colleague who gives him one of these roles; None if the role is his own or he lacks it."""
        if self.owns(*roles):
            return None
        return next((absent.person_id for absent in self.stands_for if not absent.roles.isdisjoint(roles)), None)

    def has(self, *roles: Role) -> bool:
        """Whether he has one of these roles, his own or as a substitute."""
        return not self.roles.isdisjoint(roles)

    def owns(self, *roles: Role) -> bool:
        """Whether one of these roles is his own. Acts that give rights ask this, so that borrowed rights cannot prolong
        themselves."""
        return not self.own_roles.isdisjoint(roles)

    # What Flask-Login needs.
    @property
    def is_authenticated(self) -> bool:
        return True

    @property
    def is_anonymous(self) -> bool:
        return False

    def get_id(self) -> str:
        return str(self.id)


class UserRole(Base):
    """A person can have several roles (П.4, П.6)."""

    __tablename__ = "user_role"

    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id", ondelete="CASCADE"), primary_key=True)
    role: Mapped[Role] = mapped_column(code(Role, "role_known"), primary_key=True)
    user: Mapped[User] = relationship(back_populates="role_rows")


class Office(Numbered):
    """One row: the details of the administration for memos, reports and the register of accounts."""

    __tablename__ = "office"
    __table_args__ = (CheckConstraint("id = 1", name="only_one"),)

    name: Mapped[str] = mapped_column(String(300), default="", server_default="")
    inn: Mapped[str] = mapped_column(String(12), default="", server_default="")
    """Taxpayer's number (ИНН): 10 digits of an organisation, 12 of a person."""
    letterhead: Mapped[str] = mapped_column(Text, default="", server_default="")
    """The lines at the top of a document, as printed."""
    site: Mapped[str] = mapped_column(String(200), default="", server_default="")
    """Address of the official site, http or https."""
    responsible: Mapped[str] = mapped_column(String(200), default="", server_default="")
    """Name and post of the responsible official (П.3)."""
    phones: Mapped[str] = mapped_column(Text, default="", server_default="")  # one a line, each with its owner
    duty_phones: Mapped[str] = mapped_column(Text, default="", server_default="")
    """To call at any hour (П.20), one a line."""
    version: Mapped[int] = mapped_column(default=1, server_default="1")


class Absence(Numbered):
    """Absence from `first_day` to `last_day`, local dates, both included; `version` rises with each edit."""

    __tablename__ = "absence"
    __table_args__ = (
        CheckConstraint("last_day >= first_day", name="days_in_order"),
        CheckConstraint("substitute_id IS NULL OR substitute_id <> person_id", name="substitute_is_another"),
        CheckConstraint("acting_id IS NULL OR acting_id <> person_id", name="acting_is_another"),
        CheckConstraint("(acting_id IS NULL) = (act = '')", name="acting_has_act"),
        # Each page asks who is absent today.
        Index("ix_absence_last_day", "last_day", "first_day"),
    )

    person_id: Mapped[int] = mapped_column(ForeignKey("user_account.id", ondelete="RESTRICT"), index=True)
    reason: Mapped[AbsenceReason] = mapped_column(code(AbsenceReason, "absence_reason_known"))
    first_day: Mapped[date]
    last_day: Mapped[date]
    substitute_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id", ondelete="RESTRICT"), index=True)
    """Empty: no substitute, which the curator sees in red."""
    acting_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id", ondelete="RESTRICT"), index=True)
    """Who acts for a leader on these days (и. о.); this does not pass on his work and roles."""
    act: Mapped[str] = mapped_column(String(200), default="", server_default="")
    """Number and date of the order that appoints him."""
    entered_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id", ondelete="RESTRICT"))
    entered_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """When it was ended before its last day, or before its first."""
    version: Mapped[int] = mapped_column(default=1, server_default="1")

    person: Mapped[User] = relationship(foreign_keys=[person_id])
    substitute: Mapped[User | None] = relationship(foreign_keys=[substitute_id])
    acting: Mapped[User | None] = relationship(foreign_keys=[acting_id])
    entered_by: Mapped[User | None] = relationship(foreign_keys=[entered_by_id])

    @property
    def is_covered(self) -> bool:
        return bool(self.substitute_id or self.acting_id)

    def is_over(self, today: date) -> bool:
        """Whether it has passed or was ended."""
        return self.ended_at is not None or self.last_day < today

    def is_now(self, today: date) -> bool:
        return not self.is_over(today) and self.first_day <= today


# --- Settings that the Postanovlenie leaves to the office
class OfficeSettings(Numbered):
    """The defaults follow the letter of the Postanovlenie."""

    __tablename__ = "office_settings"
    __table_args__ = (
        CheckConstraint("id = 1", name="only_one"),
        CheckConstraint("(marked_act_number = '') = (marked_act_on IS NULL)", name="act_has_number_and_day"),
    )

    publishing_networks: Mapped[list[str]] = mapped_column(JSON, default=list)
    """Codes of the networks in which executors publish the answer themselves (П.3)."""
    answer_marked: Mapped[bool] = mapped_column(default=False, server_default=sql.false())
    """Whether a message may be answered although it is correctly marked with a ground of П.17 (readings 8 and 15)."""
    marked_act_number: Mapped[str] = mapped_column(String(50), default="", server_default="")
    """The act of the office that last changed `answer_marked`; empty before the first change."""
    marked_act_on: Mapped[date | None]
    load_minutes: Mapped[int] = mapped_column(default=45, server_default="45")
    """After so many minutes without a load, whoever is on duty is reminded in working time (П.7)."""
    no_others_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """When an administrator confirmed that the register is complete (Пр.1.3)."""
    no_others_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id", ondelete="RESTRICT"))
    version: Mapped[int] = mapped_column(default=1, server_default="1")

    no_others_by: Mapped[User | None] = relationship()

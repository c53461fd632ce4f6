"""How people are let in: open sessions, remembered browsers, the second factor."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, func, select

from osm.base.application import current_settings
from osm.base.database import db
from osm.models import PaperCode, RememberedBrowser, SecondFactor, User, WebSession

LONGEST_SESSION = timedelta(days=7)  # a session ends after this also if it is used


def is_open(now: datetime) -> ColumnElement[bool]:
    """Whether a row is a session in which somebody can work."""
    return and_(
        WebSession.expires_at > now, WebSession.created_at > now - LONGEST_SESSION, WebSession.awaits_code.is_(False)
    )


def sessions_of(user_id: int, now: datetime) -> Sequence[WebSession]:
    """Open sessions, the latest log-in first."""
    return db.session.scalars(
        select(WebSession)
        .where(WebSession.user_id == user_id, is_open(now))
        .order_by(WebSession.created_at.desc(), WebSession.id_hash)
    ).all()


def remembered_browsers(user_id: int, now: datetime) -> Sequence[RememberedBrowser]:
    """Browsers in which the second factor is not asked for, the latest first."""
    return db.session.scalars(
        select(RememberedBrowser)
        .where(RememberedBrowser.user_id == user_id, RememberedBrowser.expires_at > now)
        .order_by(RememberedBrowser.created_at.desc(), RememberedBrowser.mark_hash)
    ).all()


def nobody_has_an_account() -> bool:
    return db.session.scalar(select(User.id).limit(1)) is None


def is_required_of(user: User) -> bool:
    """Whether one of his roles, also one that he has as a substitute, needs a second factor."""
    return not user.is_demo and not user.roles.isdisjoint(current_settings().second_factor)


@dataclass(frozen=True, slots=True)
class FactorState:
    """`paper_left`: codes on paper that still work."""

    on_since: datetime
    paper_left: int


def factor_of(user_id: int) -> FactorState | None:
    """None: the person has no second factor."""
    factor = db.session.get(SecondFactor, user_id)
    if factor is None:
        return None
    left = select(func.count()).where(PaperCode.user_id == user_id, PaperCode.used_at.is_(None))
    return FactorState(factor.on_since, db.session.scalar(left) or 0)

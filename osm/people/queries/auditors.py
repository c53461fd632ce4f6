"""Accounts for audits, and how much each auditor has read."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import aliased

from osm.base.database import db
from osm.base.types import OfRow, of_rows, with_columns
from osm.log.models import READ
from osm.models import AuditAccess, Event, User


@dataclass(frozen=True, slots=True)
class Auditor(OfRow):
    """`read`: how many pages and files he has opened."""

    row: AuditAccess
    name: str
    position: str
    is_active: bool
    given_by: str
    read: int
    read_at: datetime | None


def auditors() -> Sequence[Auditor]:
    """The latest access first."""
    giver = aliased(User)
    readings = (Event.actor_id == AuditAccess.user_id, Event.action == READ)
    shown = with_columns(
        AuditAccess, name=User.name, position=User.position, is_active=User.is_active, given_by=giver.name,
        read=select(func.count()).where(*readings).scalar_subquery(),
        read_at=select(func.max(Event.at)).where(*readings).scalar_subquery(),
    )  # fmt: skip
    found = (
        select(*shown)
        .join(User, User.id == AuditAccess.user_id)
        .join(giver, giver.id == AuditAccess.given_by_id)
        .order_by(AuditAccess.given_at.desc(), AuditAccess.user_id.desc())
    )
    return of_rows(Auditor, db.session.execute(found))

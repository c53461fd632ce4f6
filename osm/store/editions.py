"""Which edition of the office's calendar is in force, as the present transaction sees it."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import SessionTransaction

from osm.extensions import db
from osm.regulation.office_calendar import OfficeCalendar, from_json
from osm.store.models import CalendarEdition

_KEY = "osm_edition"


@dataclass(frozen=True, slots=True)
class Edition:
    """Number, digest and beginning of an edition; number 0 before the office has decided anything."""

    number: int
    digest: str
    since: datetime | None


NONE = Edition(0, "", None)


_NEWEST = (
    select(CalendarEdition.number, CalendarEdition.digest, CalendarEdition.created_at)
    .order_by(CalendarEdition.number.desc())
    .limit(1)
)


def edition_in_force() -> Edition:
    """The newest edition, asked for once in each transaction: a decision never rests on an older one.

    Nothing that waits in the session is written by asking.
    """
    session = db.session()
    kept: tuple[SessionTransaction, Edition] | None = session.info.get(_KEY)
    if kept is not None and kept[0] is session.get_transaction():
        return kept[1]
    row = session.connection().execute(_NEWEST).first()
    found = Edition(*row) if row else NONE
    transaction = session.get_transaction()
    assert transaction is not None, "asking has begun one"
    session.info[_KEY] = (transaction, found)
    return found


def forget() -> None:
    """Ask again: this transaction has stored an edition."""
    db.session().info.pop(_KEY, None)


def decided_in(number: int) -> OfficeCalendar:
    """What the office had decided by an edition."""
    if number == NONE.number:
        return OfficeCalendar()
    content = db.session.execute(select(CalendarEdition.content).where(CalendarEdition.number == number)).scalar_one()
    return from_json(content)

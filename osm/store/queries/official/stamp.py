"""By what one knows that the register may have changed: one small statement instead of reading all of it."""

from __future__ import annotations

from datetime import date, datetime, time, tzinfo

from sqlalchemy import func, select

from osm.extensions import db
from osm.networks.restrictions import changed_on
from osm.store.models import Account, AccountEdition, Event, Office, OfficeSettings
from osm.store.queries.staff.leaders import OFFICE_ID
from osm.store.queries.staff.office_settings import SETTINGS_ID

Stamp = tuple[int | None, ...]


def stamp(today: date) -> Stamp:
    """Every edit of the register adds an edition, a page that is not in it an account; every edit of the office's
    details or settings raises a version; restrictions of networks begin on a day."""
    office = select(Office.version).where(Office.id == OFFICE_ID).scalar_subquery()
    settings = select(OfficeSettings.version).where(OfficeSettings.id == SETTINGS_ID).scalar_subquery()
    accounts = select(func.max(Account.id)).scalar_subquery()
    found = db.session.execute(
        select(func.max(AccountEdition.id), func.count(AccountEdition.id), office, settings, accounts)
    ).one()
    return (*found, changed_on(today).toordinal())


def last_change(today: date, zone: tzinfo) -> datetime | None:
    """When the register, the office's details or settings, or a restriction changed last; None: nothing of the office
    ever has."""
    edition = db.session.scalar(select(func.max(AccountEdition.since)))
    account = db.session.scalar(select(func.max(Account.created_at)))
    office = db.session.scalar(
        select(func.max(Event.at)).where(
            Event.object_kind.in_(("office", "office_settings")), Event.object_id == OFFICE_ID
        )
    )
    changed = [one for one in (edition, account, office) if one]
    restricted = datetime.combine(changed_on(today), time(), zone)
    return max(*changed, restricted) if changed else None

"""What the tests of the purge ask for: everything over, a run ordered by the administrator and done."""

from __future__ import annotations

from datetime import datetime, timedelta

from osm.base.database import db
from osm.base.transaction import Pace
from osm.models import PurgeRun, User
from osm.retention import queries
from osm.retention.acts import purge
from tests.conftest import MORNING

LATER = MORNING + timedelta(days=3000)


def dina() -> User:
    return db.session.scalars(db.select(User).where(User.login == "dina")).one()


def purge_all(now: datetime = LATER) -> PurgeRun:
    number = purge.order(actor=dina(), now=now).id
    while queries.open_run() is not None:
        purge.run(now, Pace())
    return db.session.get_one(PurgeRun, number)

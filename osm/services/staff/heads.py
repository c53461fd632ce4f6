"""«Глава» at an instant, by the absences that hold then (reading 14 of П.3 and П.20)."""

from __future__ import annotations

from datetime import datetime

from osm.services.staff.absences import local_day
from osm.store.queries.staff.heads import HeadOfDay, head_on
from osm.store.queries.staff.substitutes import roster_on


def head_at(at: datetime) -> HeadOfDay | None:
    """The head, or the acting head; None while no account has the post."""
    return head_on(roster_on(local_day(at), at=at))

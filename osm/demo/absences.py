"""One absence of the demonstration: its open messages wait to be handed over with one press (П.3)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from osm.flow.acts.terms import local_day
from osm.people.acts.absences import Given, enter_absence
from osm.store.models import User

AWAY, SUBSTITUTE = "lidia", "boris"
DAYS = 7


def create_absence(people: Mapping[str, User], now: datetime) -> None:
    """Lidia of the housing department is ill from today on; Boris, her colleague, stands in."""
    today = local_day(now)
    given = Given("illness", today, today + timedelta(days=DAYS - 1), people[SUBSTITUTE].id)
    enter_absence(people[AWAY].id, given, actor=people["anna"], now=now)

"""The desk of the curating tests, and absences on it: Wednesday 25 November, 11:00."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest

from osm.models import Absence
from osm.people.acts.absences import Given, enter_absence
from tests.desk import NOW, Desk

Away = Callable[..., Absence]


@pytest.fixture
def away(desk: Desk) -> Away:
    """`away("boris", 25, 27, "nina")`: in November, entered by Anna."""

    def enter(person: str, first: int, last: int, substitute: str = "") -> Absence:
        chosen = desk.ids[substitute] if substitute else None
        given = Given("leave", date(2026, 11, first), date(2026, 11, last), chosen)
        return enter_absence(desk.ids[person], given, actor=desk.anna, now=NOW)

    return enter

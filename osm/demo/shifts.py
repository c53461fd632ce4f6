"""The duty roster of the demonstration, and a shift that waits to be taken."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from osm.flow.acts.clocks import in_force
from osm.store.models import User
from osm.urgent.acts import shifts
from osm.urgent.acts.shifts import Given

NOTE = "Котельная на Калининской обещала перезвонить до 19:00. Две угрозы в комментариях уже в пакете для полиции."
NIGHTS = 7
PHONE = "8 (000) 000-20-02"


def keep_roster(people: Mapping[str, User], now: datetime) -> None:
    """The moderator is on duty every night of the coming week, and hands her day over."""
    today = in_force().calendar.local(now).date()
    nights = Given(people["vera"].id, today, today + timedelta(days=NIGHTS - 1), "18:00", "09:00", PHONE)
    shifts.enter_turns(nights, actor=people["anna"], now=now)
    shifts.give(note=NOTE, actor=people["vera"], now=now)

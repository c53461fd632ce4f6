"""How this office works where the act leaves it open (П.3, П.17, Пр.1.3), as its administrator has set it."""

from __future__ import annotations

from osm.extensions import db
from osm.store.models import OfficeSettings

SETTINGS_ID = 1
"""The number of the only row."""


def office_settings() -> OfficeSettings:
    """The settings; without a row those by the letter of the act."""
    found = db.session.get(OfficeSettings, SETTINGS_ID)
    return found or OfficeSettings(
        id=SETTINGS_ID, publishing_networks=[], answer_marked=False, marked_act_number="", version=1
    )


def publishing_networks() -> frozenset[str]:
    """Codes of the networks in which executors place the reply themselves (П.3)."""
    return frozenset(office_settings().publishing_networks)


def may_answer_marked() -> bool:
    """Whether this office answers what is marked rightly, which departs from П.17."""
    return office_settings().answer_marked

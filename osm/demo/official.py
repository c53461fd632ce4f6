"""The register of the demonstration's official pages, with a change and a page that was closed long ago (Пр.1.2.1)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from flask import current_app

from osm.demo.story import read_texts
from osm.services.official.given import Given
from osm.services.official.register import close_page, edit_page, enter_page
from osm.store.models import User


def keep_register(people: Mapping[str, User], opened: datetime, changed: datetime) -> None:
    """Entered by the curator when the office opened; one page was renamed at `changed`."""
    texts, zone = read_texts("official"), current_app.extensions["osm_settings"].time_zone
    by: dict[str, Any] = {"actor": people["anna"], "zone": zone}
    change = texts["change"]
    for page in texts["page"]:
        closed_on = page.pop("closed_on", None)
        given = Given(**texts["common"] | page)
        account = enter_page(given, now=opened, **by)
        if closed_on:
            close_page(account.id, 1, closed_on=closed_on, now=opened, **by)
        if page["url"] == change["url"]:
            renamed = Given(**texts["common"] | page | {"title": change["title"]})
            edit_page(account.id, 1, renamed, now=changed, **by)

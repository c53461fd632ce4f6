"""The register of the invented office: a change, a page that was closed long ago, looks at two (Пр.1.2.1, 2.4)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from flask import current_app

from osm.demo.story import read_texts
from osm.pages.acts.profile import Look, note_look
from osm.pages.acts.register import Given, close_page, edit_page, enter_page
from osm.pages.queries import register
from osm.store.models import User


def enter_pages(people: Mapping[str, User], now: datetime) -> None:
    """By the curator, when the office opened."""
    for page in _texts()["page"]:
        closed_on = page.pop("closed_on", None)
        account = enter_page(_given(page), now=now, **_by(people))
        if closed_on:
            close_page(account.id, 1, closed_on=closed_on, now=now, **_by(people))


def change_pages(people: Mapping[str, User], now: datetime) -> None:
    """One page has another title; the curator looks at two."""
    texts = _texts()
    ids = {row.url: row.account_id for row in register()}
    change = texts["change"]
    page = next(page for page in texts["page"] if page["url"] == change["url"])
    edit_page(ids[change["url"]], 1, _given(page | change), now=now, **_by(people))
    for look in texts["look"]:
        note_look(ids[look.pop("url")], Look(**look), actor=people["anna"], now=now)


def _given(page: Mapping[str, Any]) -> Given:
    return Given(**_texts()["common"] | page)


def _by(people: Mapping[str, User]) -> dict[str, Any]:
    return {"actor": people["anna"], "zone": current_app.extensions["osm_settings"].time_zone}


def _texts() -> dict[str, Any]:
    return read_texts("official")

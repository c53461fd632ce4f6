"""What the official site shows of the register (Пр.1.3): collected from the tables, without anything private."""

from __future__ import annotations

import mimetypes
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from pathlib import Path

from osm.documents.site import feed, json_file, open_data, pages, places
from osm.documents.site.places import Places
from osm.documents.site.register import PublicChange, PublicPage, PublicRegister, network_title
from osm.networks.restrictions import is_closed_on, note_on
from osm.settings import ROOT
from osm.store.queries.official.register import (
    Change,
    EntryRow,
    changes,
    every_edition,
    in_order,
    register,
    unentered,
    without_mistakes,
)
from osm.store.queries.staff.leaders import office
from osm.store.queries.staff.office_settings import office_settings

STYLE_FILE = ROOT / "static" / "css" / "site.css"
VERSIONS = 12
"""Past versions of the data that are offered, the newest."""
_TYPES = {
    ".html": "text/html; charset=utf-8",
    ".json": "application/json",
    ".csv": "text/csv; charset=utf-8",
    ".atom": "application/atom+xml; charset=utf-8",
    ".css": "text/css; charset=utf-8",
}
_SCHEMA_TYPE = "application/schema+json"
_PUBLIC = {
    "id": "account_id",
    "owner": "body",
    "owner_inn": "body_inn",
    "status": "state",
    "status_since": "state_on",
    "created_on": "opened_on",
    "act_date": "act_on",
    **{
        name: name
        for name in (
            "network", "title", "url", "unit", "phone", "email", "act", "act_number", "verified", "verified_on",
        )
    },
}  # fmt: skip
"""A field that everybody may see → the column that it comes from."""
_WITHOUT_VALUES = frozenset(("phone", "email", "unit"))
"""Of these the feed tells only that they were changed."""


@dataclass(frozen=True, slots=True)
class SiteFile:
    """One file of the site."""

    content: bytes
    content_type: str


def public_register(zone: tzinfo, today: date, *, show_forbidden: bool) -> PublicRegister:
    """The register as anybody may see it today. Networks that are blocked or forbidden in Russia are left out unless a
    setting shows them; a restricted one has its note."""
    details = office()

    def is_shown(row: EntryRow) -> bool:
        return show_forbidden or not is_closed_on(row.network, today)

    shown = without_mistakes(filter(is_shown, every_edition()))
    every = register()
    now = tuple(_page(row, zone, today) for row in every if is_shown(row))
    return PublicRegister(
        details.name,
        details.inn,
        details.site,
        now,
        _changes(shown, zone, today),
        {at.astimezone(zone): _as_of(shown, at, zone) for at in _minutes(shown)},
        leaves_out=len(now) < len(every),
        is_whole=office_settings().no_others_at is not None and not unentered(),
    )


def site_files(found: PublicRegister, where: Places) -> dict[str, SiteFile]:
    """Every file by its name in the set; open data only where the office has said its ИНН and there is something."""
    made: dict[str, bytes] = {
        places.PAGE: pages.page(found, where),
        places.EMBED: pages.embedded(found, where),
        places.FRAGMENT: pages.fragment(found, where),
        places.JSON: json_file.register_json(found),
        places.SCHEMA: json_file.schema_json(),
        places.CSV: open_data.table(found.pages),
        places.ATOM: feed.feed(found, where),
        places.STYLE: STYLE_FILE.read_bytes(),
    }
    if found.inn and found.past:
        folder = f"{places.OPEN_DATA}/{open_data.set_name(found.inn)}"
        made |= {f"{folder}/{open_data.data_name(at)}": open_data.table(rows) for at, rows in found.past.items()}
        made[f"{folder}/{open_data.structure_name()}"] = open_data.structure()
        made[f"{folder}/meta.csv"] = open_data.meta(found, where)
        made[places.LIST] = open_data.list_of_sets(found, where)
        made[places.PASSPORT] = pages.passport_page(found, where)
    return {name: SiteFile(content, _type(name)) for name, content in made.items()}


def _type(name: str) -> str:
    if name == places.SCHEMA:
        return _SCHEMA_TYPE
    return _TYPES.get(Path(name).suffix) or mimetypes.guess_type(name)[0] or "application/octet-stream"


def _page(row: EntryRow, zone: tzinfo, day: date) -> PublicPage:
    return PublicPage(
        **{name: getattr(row, column) for name, column in _PUBLIC.items()},
        network_title=network_title(row.network),
        updated_at=row.since.astimezone(zone),
        note=note_on(row.network, day),
    )


def _changes(shown: list[EntryRow], zone: tzinfo, today: date) -> tuple[PublicChange, ...]:
    """Each against the edition that was shown before it, newest first."""
    before: dict[int, EntryRow] = {}
    found = []
    for row in reversed(shown):
        earlier = before.get(row.account_id)
        words = tuple(_words(one) for one in changes(earlier, row))
        found.append(PublicChange(_page(row, zone, today), row.number, words, is_new=earlier is None))
        before[row.account_id] = row
    return tuple(reversed(found))


def _words(change: Change) -> str:
    """«Телефон: изменено»: what stood there before may have been somebody's own."""
    if change.field in _WITHOUT_VALUES:
        return f"{change.label}: изменено"
    return f"{change.label}: {change.old} → {change.new}"


def _minutes(shown: list[EntryRow]) -> list[datetime]:
    """The minutes in which something changed, newest first: a version of the data is named by its minute."""
    found: Mapping[datetime, None] = dict.fromkeys(row.since.replace(second=0, microsecond=0) for row in shown)
    return list(found)[:VERSIONS]


def _as_of(shown: list[EntryRow], minute: datetime, zone: tzinfo) -> tuple[PublicPage, ...]:
    """The pages as they stood at the end of this minute."""
    latest: dict[int, EntryRow] = {}
    for row in reversed(shown):
        if row.since.replace(second=0, microsecond=0) <= minute:
            latest[row.account_id] = row
    day = minute.astimezone(zone).date()
    return tuple(_page(row, zone, day) for row in sorted(latest.values(), key=in_order))

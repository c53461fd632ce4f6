"""The register as a file: everything that is filtered, row by row, logged before it is sent."""

from __future__ import annotations

from datetime import datetime

from flask import Response

from osm.documents.tables import Column
from osm.services.log.readings_log import Reading, record_reading
from osm.services.register.export import TITLES, export_rows
from osm.store.models import User
from osm.store.queries.register.register import all_ids
from osm.web.downloads import table_file
from osm.web.register.address import Address
from osm.web.register.view import reader_of, set_filters, zone

MOST_ROWS = 50_000
"""Of one file; the first line of the sheet says so where there were more."""


def register_file(address: Address, person: User, now: datetime) -> Response:
    """The file, named by its instant."""
    parts = list(all_ids(address.wanted, reader_of(person, now), address.sort, MOST_ROWS + 1))
    found = sum(map(len, parts))
    record_reading(
        Reading.REGISTER_EXPORT,
        actor=person,
        now=now,
        # The log keeps no texts: only that something was searched for, not what.
        details={"rows": min(found, MOST_ROWS), "filters": sorted(address.values)},
    )
    if found > MOST_ROWS:
        parts[-1] = parts[-1][:-1]
    local = now.astimezone(zone())
    above = [f"Реестр сообщений на {local:%d.%m.%Y %H:%M}"]
    if found > MOST_ROWS:
        above.append(f"Вошли первые {MOST_ROWS} сообщений: сузьте период, чтобы получить остальные.")
    if filters := set_filters(address):
        above.append("; ".join(f"{one.label}: {one.value}" for one in filters))
    columns = [Column(title, width) for title, width in TITLES]
    name = f"Сообщения {local:%Y-%m-%d %H-%M}"
    return table_file(name, columns, export_rows(parts), sheet="Сообщения", above=above)

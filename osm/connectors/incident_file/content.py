"""What a column holds, judged by its first cells: addresses, dates, names of networks, long text, a count of rows."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from osm.connectors.incident_file import dates
from osm.connectors.incident_file.cells import Cell, as_line
from osm.networks.addresses import is_address, is_profile
from osm.networks.catalogue import network_of_word

MOST = 0.6
"""Share of the filled cells from which a column is of a kind, although its heading does not say so."""
LONG_TEXT = 40
"""Characters, on the average, from which a column may be the text of messages."""


@dataclass(frozen=True, slots=True)
class Column:
    """Shares are of the filled cells, 0 to 1."""

    filled: int
    addresses: float
    profiles: float
    """Addresses of persons' or communities' pages."""
    different: float
    """How many cells differ from all before them."""
    dates: float
    readable_dates: float
    """The same with plain numbers that can be read as dates where a heading promises them."""
    networks: float
    length: float
    """Characters of a filled cell, on the average."""
    is_count: bool
    """1, 2, 3 … from the first row on."""
    when: datetime | None
    """The middle one of the dates."""

    def may_be(self, kind: str) -> bool:
        """False where not one cell is of the kind that the heading promises. An empty column may be anything."""
        return not self.filled or (self.readable_dates if kind == "date" else self._share(kind)) > 0

    def is_mostly(self, kind: str) -> bool:
        if kind == "text":
            return self.length >= LONG_TEXT and max(self.addresses, self.networks, self.dates) < MOST
        return self._share(kind) >= MOST

    def _share(self, kind: str) -> float:
        return {"url": self.addresses, "profile": self.profiles, "network": self.networks, "date": self.dates}.get(
            kind, 1.0
        )


def describe(cells: Iterable[Cell]) -> Column:
    filled = [cell for cell in cells if as_line(cell)]
    lines = [as_line(cell) for cell in filled]
    moments = sorted(
        dates.to_utc(dates.wall_clock(cell), dates.MOSCOW) for cell in filled if dates.looks_like_date(cell)
    )
    count = len(filled) or 1
    return Column(
        filled=len(filled),
        # «vk.com» alone is the name of a network, no address of a message.
        addresses=sum(is_address(line) and not network_of_word(line) for line in lines) / count,
        profiles=sum(map(is_profile, lines)) / count,
        different=len(set(lines)) / count,
        dates=len(moments) / count,
        readable_dates=sum(map(dates.may_be_date, filled)) / count,
        networks=sum(network_of_word(line) is not None for line in lines) / count,
        length=sum(map(len, lines)) / count,
        is_count=len(lines) > 1 and lines == [str(number) for number in range(1, len(lines) + 1)],
        when=moments[len(moments) // 2] if moments else None,
    )

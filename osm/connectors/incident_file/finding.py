"""Finds the header and the columns of an export by headings and content."""

import re
from collections.abc import Iterable, Iterator, Sequence
from collections.abc import Mapping as MappingType
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from osm.connectors.incident_file import cells as dates
from osm.connectors.incident_file.book import Book, HeaderNotFound, Row, Table
from osm.connectors.incident_file.cells import Cell, as_line
from osm.connectors.incident_file.fields import (
    COUNTER,
    FIELDS,
    LONGEST_HEADING,
    MAYBE_COUNTER,
    Choice,
    Field,
    FoundBy,
    Mapping,
    Stems,
    given_names,
    heading_names,
)
from osm.networks.addresses import is_address, is_profile
from osm.networks.catalogue import network_of_word, plain

# --- What a column holds, judged by its first cells: addresses, dates, names of networks, long text, a count of rows
MOST = 0.6  # share of the filled cells from which a column is of a kind, although its heading does not say so
LONG_TEXT = 40  # characters, on the average, from which a column may be the text of messages


@dataclass(frozen=True, slots=True)
class Column:
    """Shares are of the filled cells, 0 to 1."""

    filled: int
    addresses: float
    profiles: float  # addresses of persons' or communities' pages
    different: float  # how many cells differ from all before them
    dates: float
    readable_dates: float  # the same with plain numbers that can be read as dates where a heading promises them
    networks: float
    length: float  # characters of a filled cell, on the average
    is_count: bool  # 1, 2, 3 … from the first row on
    when: datetime | None  # the middle one of the dates

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


# --- Finding the sheet, the header and the columns of a file of unknown form
Fields = MappingType[str, Field]  # name of a field → its column: of incidents, of comments

HEADER_WITHIN = 60  # rows (not blank) among which the header is looked for
ENOUGH = 3  # score from which a row is a header: two fields, one of them by a synonym
SAMPLE = 200  # rows below the header that a column is judged by

BY_CONTENT = {
    "number": "url",
    "text": "url",
    "network": "url",
    "place": "url",
    "author": "author_url",
    "answer": "answer_url",
}
"""Where a column so named is full of addresses, it is this field instead."""
NO_AUTHORS = Stems((), but=("групп", "сообществ", "паблик", "канал", "площадк", "источник", "ответ", "куратор"))
"""Headings over pages that are not those of the authors: where it was written, who answers."""
DIFFERENT = 0.4  # share of different cells from which pages are those of authors: a town writes in few groups
CHECKED = frozenset(("url", "author_url", "answer_url", "network", "deadline_at", "answered_at"))
"""Fields that a column without one fitting cell cannot be. The other dates stay: a bad one refuses its row aloud."""


def main_table(book: Book, fields: Fields = FIELDS) -> Table:
    """The sheet with a header that names most of these fields; of equals a visible one, then the longer."""
    return max(book.tables, key=lambda table: (_best_score(table, fields), not table.hidden, table.height))


def _best_score(table: Table, fields: Fields) -> int:
    return max((_score(row, fields) for row in islice(table.rows(), HEADER_WITHIN)), default=0)


def known_header(book: Book, saved: Sequence[Mapping]) -> tuple[Table, int, Mapping] | None:
    """The sheet, the row and the first saved mapping where the row has exactly the headings of the mapping."""
    known = [(mapping, given_names(mapping.headings)) for mapping in saved]
    found = []
    for table in book.tables:
        for row in islice(table.rows(), HEADER_WITHIN):
            lines = [line for cell in row.cells if (line := as_line(cell))]
            # Asked first, because naming the columns of every row would be slow.
            may_be = any(len(lines) == len(names) and names.issuperset(lines) for _, names in known)
            if may_be:
                found.append((table, row.number, given_names(heading_names(row.cells, table.width))))
    for mapping, names in known:
        for table, number, heads in sorted(found, key=lambda one: one[0].name != mapping.sheet):
            if heads == names:
                return table, number, mapping
    return None


def closest(table: Table, saved: Sequence[Mapping]) -> Mapping | None:
    """The saved mapping with the most columns by their headings in one row of the table; of equals the first."""
    rows = [set(map(as_line, row.cells)) for row in islice(table.rows(), HEADER_WITHIN)]

    def found(mapping: Mapping) -> int:
        names = {choice.heading for choice in mapping.choices.values() if choice.column is not None}
        return max((len(names & row) for row in rows), default=0)

    return max(saved, key=found, default=None)


def find_mapping(
    table: Table, saved: Mapping | None = None, header_row: int | None = None, fields: Fields = FIELDS
) -> Mapping:
    """The header and the columns of a table. A saved mapping of the same source goes first, by its headings.
    `header_row` is a row that a person pointed at. Raises HeaderNotFound; a mapping that lacks what is needed is
    returned all the same, see `Mapping.missing`."""
    rows = list(islice(table.rows(), HEADER_WITHIN + SAMPLE))
    header = _header(rows, saved, header_row, fields)
    sample = [row for row in rows if row.number > header.number and not is_column_numbers(row)][:SAMPLE]
    headings = heading_names(header.cells, table.width)
    columns = [describe(row.cell(column) for row in sample) for column in range(table.width)]
    choices = _saved_choices(saved, headings) if saved else {}
    # A column that was there last time and was left alone is left alone again.
    free = [column for column, heading in enumerate(headings) if not saved or heading not in saved.headings]
    _by_heading(choices, free, headings, columns, fields)
    _profiles_by_content(choices, free, headings, columns)
    _by_content(choices, free, headings, columns, fields)
    if not any(choice.column is not None for choice in choices.values()):
        raise HeaderNotFound
    return Mapping(table.name, header.number, headings, choices)


def _header(rows: list[Row], saved: Mapping | None, pointed_at: int | None, fields: Fields) -> Row:
    """Raises HeaderNotFound."""
    if pointed_at is not None:
        for row in rows:
            if row.number == pointed_at:
                return row
        raise HeaderNotFound
    candidates = rows[:HEADER_WITHIN]
    if saved:
        known = {choice.heading for choice in saved.choices.values() if choice.column is not None}
        best = max(candidates, key=lambda row: len(known & set(map(as_line, row.cells))))
        if known and len(known & set(map(as_line, best.cells))) * 2 > len(known):
            return best
    best = max(candidates, key=lambda row: _score(row, fields))
    if _score(best, fields) >= ENOUGH:
        return best
    return _header_by_shape(candidates)


def is_column_numbers(row: Row) -> bool:
    """1, 2, 3 … under the headings, as official forms have."""
    numbers = [as_line(cell) for cell in row.cells if as_line(cell)]
    return len(numbers) > 2 and numbers == [str(number) for number in range(1, len(numbers) + 1)]


def _score(row: Row, fields: Fields) -> int:
    """How many fields the cells of a row name; a synonym weighs twice as much as a stem. Data is no header."""
    if _holds_data(row):
        return 0
    named: dict[str, int] = {}
    for cell in row.cells:
        if isinstance(cell, str) and len(cell) <= LONGEST_HEADING:
            for name, how, _ in _named_by(cell, fields):
                named[name] = max(named.get(name, 0), 2 if how == "synonym" else 1)
    return sum(named.values())


def _holds_data(row: Row) -> bool:
    shape = describe(row.cells)
    return shape.addresses > 0 or shape.dates > 0


def _header_by_shape(rows: list[Row]) -> Row:
    """Headings that we know nothing of: the first row of several short words, no two alike, above other rows."""
    for row in rows[:-1]:
        words = [as_line(cell) for cell in row.cells if as_line(cell)]
        short = all(isinstance(cell, str) and len(cell) <= LONGEST_HEADING for cell in row.cells)
        if len(words) > 1 and short and len(set(words)) == len(words) and not _holds_data(row):
            return row
    raise HeaderNotFound


def _named_by(heading: str, fields: Fields) -> Iterator[tuple[str, FoundBy, int]]:
    """Fields that a heading may mean: name, how it is known, and place in the list (the smaller, the better)."""
    spellings = (plain(heading), plain(re.sub(r"\(.*?\)", "", heading)))
    if COUNTER.search(spellings[0]):
        return
    for name, field in fields.items():
        ranks = [field.synonyms.index(spelling) for spelling in spellings if spelling in field.synonyms]
        if ranks:
            yield name, "synonym", min(ranks)
        else:
            yield from ((name, "stem", rank) for rank, stems in enumerate(field.stems) if stems.fit(spellings[0]))


def _saved_choices(saved: Mapping, headings: Sequence[str]) -> dict[str, Choice]:
    """The choice of the last time, also if columns have moved. A field without its heading is searched for again."""
    choices = {}
    for name, choice in saved.choices.items():
        if choice.column is None:
            choices[name] = choice
        elif choice.heading in headings:
            choices[name] = Choice(headings.index(choice.heading), choice.heading, "saved")
    return choices


def _by_heading(
    choices: dict[str, Choice], free: list[int], headings: Sequence[str], columns: Sequence[Column], fields: Fields
) -> None:
    """Each field in the order of `fields` takes the free column that is named best for it, and `free` loses it."""
    offers: dict[str, list[tuple[int, int, int]]] = {name: [] for name in fields}
    hows: tuple[FoundBy, ...] = ("synonym", "stem", "content")
    for column in free:
        for name, how, rank in _named_by(headings[column], fields):
            fitting, is_other = _fitting(name, headings[column], columns[column], fields)
            if fitting in offers:
                offers[fitting].append((hows.index("content" if is_other else how), rank, column))
    for name in fields:
        open_offers = [offer for offer in offers[name] if offer[2] in free]
        if open_offers and name not in choices:
            how_well, _, column = min(open_offers)
            choices[name] = Choice(column, headings[column], hows[how_well])
            free.remove(column)


def _fitting(name: str, heading: str, column: Column, fields: Fields) -> tuple[str | None, bool]:
    """The field that a column so named is by its content, and whether that is another than its heading says."""
    if name == "number" and plain(heading) in MAYBE_COUNTER and column.is_count:
        return None, False
    if name in BY_CONTENT and column.is_mostly("url"):
        return BY_CONTENT[name], True
    if name == "author_url" and not column.may_be("url"):
        return "author", True
    if name in CHECKED and not column.may_be(fields[name].kind):
        return None, False
    return name, False


def _profiles_by_content(
    choices: dict[str, Choice], free: list[int], headings: Sequence[str], columns: Sequence[Column]
) -> None:
    """The profiles of the authors under any heading, also where a saved mapping has no column for them."""
    taken = {choice.column for choice in choices.values()}
    for column, found in enumerate(columns):
        fits = found.is_mostly("profile") and found.different >= DIFFERENT and NO_AUTHORS.fit(plain(headings[column]))
        if "author_url" not in choices and column not in taken and fits:
            choices["author_url"] = Choice(column, headings[column], "content")
            if column in free:
                free.remove(column)


def _by_content(
    choices: dict[str, Choice], free: list[int], headings: Sequence[str], columns: Sequence[Column], fields: Fields
) -> None:
    """Fields without a known heading: the address, the network, the longest text; dates only if none was found."""

    def choose(name: str, column: int) -> None:
        choices[name] = Choice(column, headings[column], "content")
        free.remove(column)

    for name in ("url", "network"):
        fitting = [column for column in free if columns[column].is_mostly(fields[name].kind)]
        if name not in choices and fitting:
            choose(name, fitting[0])
    texts = [column for column in free if columns[column].is_mostly("text")]
    if "text" not in choices and texts:
        choose("text", max(texts, key=lambda column: columns[column].length))
    moments = [(columns[column].when, column) for column in free if columns[column].is_mostly("date")]
    if not {"published_at", "received_at"} & choices.keys():
        for name, (_, column) in zip(("published_at", "received_at"), sorted(moments), strict=False):
            if name in fields:
                choose(name, column)

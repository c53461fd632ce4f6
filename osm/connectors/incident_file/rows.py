"""Rows of an export to messages: each row that is not blank ends as a message, a refusal, a duplicate or no message."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from zoneinfo import ZoneInfo

from osm.connectors.base import Duplicate, IncomingMessage, Rejected, RowResult, RowWarning, Skipped
from osm.connectors.incident_file import book, errors, fields, finding
from osm.connectors.incident_file import cells as words
from osm.connectors.incident_file.one_row import RowReader
from osm.networks.addresses import is_address, is_other, name_key

Times = Literal["local", "moscow"]

FOOTER_LENGTH = 200  # characters; a longer cell is no total


def parse_rows(
    table: book.Table, mapping: fields.Mapping, times: Times = "local", tz: str = "Asia/Vladivostok",
    now: datetime | None = None,
) -> Iterator[RowResult]:  # fmt: skip
    """The result of each row below the header, in the order of the sheet. Each row gives one IncomingMessage, Rejected,
    Duplicate or Skipped; the warnings of a message or a duplicate come before it. `times`: which wall clock the file
    shows. `now` (aware) finds dates in the future; without it they pass. Raises FileRefused."""
    if mapping.missing:
        raise errors.FileRefused("mapping_incomplete", missing=", ".join(mapping.missing))
    return _parse(table, mapping, words.MOSCOW if times == "moscow" else ZoneInfo(tz), now)


def _parse(table: book.Table, mapping: fields.Mapping, zone: ZoneInfo, now: datetime | None) -> Iterator[RowResult]:
    first_rows: dict[str, _First] = {}
    for row in table.rows():
        if row.number <= mapping.header_row:
            continue
        reader = RowReader(row, mapping, zone, now)
        skipped = _no_message(reader)
        if skipped:
            yield Skipped(row.number, skipped)
            continue
        message = reader.message()
        if message is None:
            yield _rejected(reader)
        elif message.key in first_rows and not first_rows[message.key].is_another(message):
            first = first_rows[message.key]
            if first.text != hash(message.text):
                yield RowWarning(
                    row.number, f"Тот же номер или ссылка, что в строке {first.row}, но текст другой: сверьте их."
                )
            yield Duplicate(row.number, first.row, message.key)
        else:
            first_rows.setdefault(message.key, _First.of(message))
            yield from (RowWarning(row.number, reason) for reason in reader.warnings)
            yield message


@dataclass(frozen=True, slots=True)
class _First:
    """What is remembered of the first row with a key, while a file of any length is read."""

    row: int
    text: int  # its hash
    link: str
    profile: str
    author: str

    @classmethod
    def of(cls, message: IncomingMessage) -> _First:
        return cls(message.row, hash(message.text), message.canonical_url, message.author_url, message.author)

    def is_another(self, message: IncomingMessage) -> bool:
        """Whether link and author both differ: another message, although its number is the same."""
        if not (message.number and self.link and message.canonical_url) or self.link == message.canonical_url:
            return False
        return is_other(self.profile, message.author_url, name_key(self.author), name_key(message.author))


def read_cells(
    number: int, cells: Sequence[str], mapping: fields.Mapping, times: Times, tz: str, now: datetime
) -> tuple[IncomingMessage | Rejected, tuple[str, ...]]:
    """One row corrected by a person, and its warnings."""
    zone = words.MOSCOW if times == "moscow" else ZoneInfo(tz)
    reader = RowReader(book.Row(number, tuple(cells)), mapping, zone, now)
    message = reader.message()
    return (message or _rejected(reader)), tuple(reader.warnings)


def _rejected(reader: RowReader) -> Rejected:
    return Rejected(reader.row.number, " ".join(reader.faults), tuple(map(words.as_text, reader.row.cells)))


def _no_message(reader: RowReader) -> str | None:
    """Why the row is neither a message nor a fault; None for a row of data."""
    if reader.row.number - reader.mapping.header_row == 1 and finding.is_column_numbers(reader.row):
        return "Номера столбцов."
    pairs = zip(reader.lines, reader.mapping.headings, strict=False)
    if all(line == heading for line, heading in pairs if line) and sum(map(bool, reader.lines)) > 1:
        return "Повтор заголовка."
    first = next(filter(None, reader.lines), "")
    if len(first) <= FOOTER_LENGTH and words.TOTAL.match(first) and not _has_origin(reader, first):
        return "Итоговая строка."
    return None


def _has_origin(reader: RowReader, first: str) -> bool:
    """Whether a row that begins like a total («Всего доброго …») has a place, a time or an author."""
    author = reader.line("author")
    return (
        is_address(reader.line("url"))
        or any(words.looks_like_date(reader.cell(name)) for name in ("published_at", "received_at"))
        or (author != first and any(letter.isalpha() for letter in author))
        or (reader.line("text") == first and bool(reader.line("number")))
    )

"""Tables as XLSX and CSV, written row by row, safe against formulas; a calendar of dates (iCalendar)."""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import IO, Any

import xlsxwriter

from osm.documents.sheet import plain

LONGEST_CELL = 32_767  # characters: Excel's own limit; what is longer is cut and ends with a mark that says so

_CUT = " … (обрезано)"
_STARTS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
_NUMBER = "0"
_MOMENT = "dd.mm.yyyy hh:mm"

Cell = str | int | datetime | None


@dataclass(frozen=True, slots=True)
class Column:
    """A heading and the width of the column in characters."""

    title: str
    width: int = 16


@dataclass(frozen=True, slots=True)
class Sheet:
    """One table of a book; `above`: lines over its headings."""

    name: str
    columns: Sequence[Column]
    rows: Iterable[Sequence[Cell]]
    above: Sequence[str] = ()


def write_xlsx(
    file: IO[bytes], columns: Sequence[Column], rows: Iterable[Sequence[Cell]], *, zone: tzinfo, sheet: str = "Лист1",
    above: Sequence[str] = (), head: str = "",
) -> int:  # fmt: skip
    """Write the table, row by row in little memory; how many rows. Instants are shown as local time of `zone`. `above`:
    lines over the headings; `head`: over every printed sheet. Texts are cells of type text, never formulas or links."""
    return write_book(file, [Sheet(sheet, columns, rows, above)], zone=zone, head=head)


def write_book(file: IO[bytes], sheets: Sequence[Sheet], *, zone: tzinfo, head: str = "") -> int:
    """Several tables, each on its sheet; returns how many rows in all."""
    book = xlsxwriter.Workbook(file, {"constant_memory": True})
    written = [_Sheet(book, one.name, zone).write(one.columns, one.rows, one.above, head) for one in sheets]
    book.close()
    return sum(written)


class _Sheet:
    def __init__(self, book: Any, name: str, zone: tzinfo) -> None:
        self._sheet = book.add_worksheet(name[:31])
        self._zone = zone
        look = {"text_wrap": True, "valign": "top"}
        self._text = book.add_format(look)
        # Excel would take such a text for a formula as soon as somebody presses F2 and Enter in it.
        self._quoted = book.add_format({**look, "quote_prefix": True})
        self._moment = book.add_format({**look, "num_format": _MOMENT})
        self._number = book.add_format({**look, "num_format": _NUMBER})
        self._head = book.add_format({**look, "bold": True, "bottom": 1, "bg_color": "#E9EDF2"})
        self._above = book.add_format({"bold": True})

    def write(self, columns: Sequence[Column], rows: Iterable[Sequence[Cell]], above: Sequence[str], head: str) -> int:
        sheet, first = self._sheet, len(above)
        for number, line in enumerate(above):
            sheet.write_string(number, 0, line, self._above)
        for number, column in enumerate(columns):
            sheet.set_column(number, number, column.width)
            sheet.write_string(first, number, column.title, self._head)
        sheet.freeze_panes(first + 1, 0)
        sheet.repeat_rows(first)
        # Printed on landscape A4, as wide as the paper, the headings on every sheet.
        sheet.set_landscape()
        sheet.set_paper(9)
        sheet.fit_to_pages(1, 0)
        if head:
            sheet.set_header(f"&L{head.replace('&', '&&')}")
        sheet.set_footer("&RСтр. &P из &N")
        count = 0
        for count, row in enumerate(rows, start=1):
            for number, cell in enumerate(row):
                self._cell(first + count, number, cell)
        if count:
            sheet.autofilter(first, 0, first + count, len(columns) - 1)
        return count

    def _cell(self, row: int, column: int, cell: Cell) -> None:
        if isinstance(cell, datetime):
            self._sheet.write_datetime(row, column, cell.astimezone(self._zone).replace(tzinfo=None), self._moment)
        elif isinstance(cell, int):
            self._sheet.write_number(row, column, cell, self._number)
        elif cell:
            text = fitting(cell)
            self._sheet.write_string(row, column, text, self._quoted if is_risky(text) else self._text)


def csv_lines(columns: Sequence[Column], rows: Iterable[Sequence[Cell]], *, zone: tzinfo) -> Iterator[str]:
    """The table line by line for a Russian Excel: semicolons, a mark of UTF-8 at the beginning. A text that a
    spreadsheet would run as a formula gets an apostrophe before it: CSV has no types of cells."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, delimiter=";", lineterminator="\r\n")
    writer.writerow([column.title for column in columns])
    yield "\ufeff" + _taken(buffer)
    for row in rows:
        writer.writerow([_plain(cell, zone) for cell in row])
        yield _taken(buffer)


def is_risky(text: str) -> bool:
    """Whether a spreadsheet may take the text for a formula."""
    return text.lstrip(" \u00a0").startswith(_STARTS_A_FORMULA)


def fitting(text: str) -> str:
    """The text without characters that XML forbids, and no longer than a cell holds."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    clean = "".join(character for character in lines if character in "\t\n" or character >= " ")
    clean = clean.replace("\ufffe", "").replace("\uffff", "")
    return clean if len(clean) <= LONGEST_CELL else clean[: LONGEST_CELL - len(_CUT)] + _CUT


def _plain(cell: Cell, zone: tzinfo) -> str:
    if cell is None:
        return ""
    if isinstance(cell, datetime):
        return f"{cell.astimezone(zone):%d.%m.%Y %H:%M:%S}"
    text = str(cell).replace("\x00", "")
    return f"'{text}" if isinstance(cell, str) and is_risky(text) else text


def _taken(buffer: io.StringIO) -> str:
    text = buffer.getvalue()
    buffer.seek(0)
    buffer.truncate()
    return text


LONGEST_LINE = 75  # octets of a line without its end (§3.1)


@dataclass(frozen=True, slots=True)
class Entry:
    """One event. `start`: an instant, or a day without an hour."""

    uid: str
    title: str
    start: datetime | date


def calendar(name: str, entries: Iterable[Entry], *, now: datetime) -> bytes:
    """The whole file; `now`: when it was made (DTSTAMP, §3.8.7.2)."""
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//OSM//Content plan//RU", "CALSCALE:GREGORIAN",
             f"X-WR-CALNAME:{_text(name)}"]  # fmt: skip
    for entry in entries:
        lines += ["BEGIN:VEVENT", f"UID:{_text(entry.uid)}", f"DTSTAMP:{_instant(now)}", *_when(entry.start),
                  f"SUMMARY:{_text(entry.title)}", "TRANSP:TRANSPARENT", "END:VEVENT"]  # fmt: skip
    lines.append("END:VCALENDAR")
    return b"".join(part + b"\r\n" for line in lines for part in _folded(line))


def _when(start: datetime | date) -> list[str]:
    if isinstance(start, datetime):
        return [f"DTSTART:{_instant(start)}"]
    return [f"DTSTART;VALUE=DATE:{start:%Y%m%d}", f"DTEND;VALUE=DATE:{start + timedelta(days=1):%Y%m%d}"]


def _instant(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y%m%dT%H%M%SZ}"


def _text(words: str) -> str:
    """A value of TEXT (§3.3.11); other control characters are not allowed there."""
    escaped = plain(words).replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,")
    escaped = "\\n".join(escaped.splitlines())
    return "".join(character for character in escaped if character >= " " and character != "\x7f")


def _folded(line: str) -> Iterator[bytes]:
    """Its parts of LONGEST_LINE octets at most; each further one begins with a blank, no letter is cut in two."""
    part = b""
    for character in line:
        octets = character.encode()
        if len(part) + len(octets) > LONGEST_LINE:
            yield part
            part = b" "
        part += octets
    yield part

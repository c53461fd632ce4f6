"""Rows of an export to messages: each row that is not blank ends as a message, a refusal, a duplicate or no message.

Its values, and by what a second import knows it again.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from json.encoder import encode_basestring
from typing import Any, Literal
from zoneinfo import ZoneInfo

from osm.base.numbers import is_number
from osm.connectors.base import (
    Duplicate,
    IncomingMessage,
    Rejected,
    RowResult,
    RowWarning,
    Skipped,
    SourceState,
)
from osm.connectors.incident_file import book, fields, finding
from osm.connectors.incident_file import cells as words
from osm.connectors.incident_file.book import FileRefused
from osm.networks.addresses import address, canonical_url, is_address, is_other, name_key, network_of_url
from osm.networks.catalogue import NETWORKS, network_of_word

# --- By what a second import knows a message again, and whether the source has changed anything of it
KEY_LENGTH = 80  # longest key, in characters; what would be longer is hashed


def key_of(values: Mapping[str, Any], written_at: Callable[[], datetime | None]) -> str:
    """The key of design §6: number, else canonical address, else network, author, time and text. `written_at` gives the
    wall clock of the file: a mistake about Moscow or local time must not make a second message."""
    if values["number"]:
        key = f"number:{values['number'].lower()}"
        return key if len(key) <= KEY_LENGTH else f"number:{_hash(key)}"
    if values["canonical_url"].count("/") > 2:  # the front page of a network is no address of a message
        return f"url:{_hash(values['canonical_url'])}"
    author = values["author_url"] or values["author"]
    text, at = " ".join(values["text"].split()), written_at()
    return f"text:{_hash(values['network'], author, at.isoformat() if at else '', text)}"


def fingerprint_of(values: Mapping[str, Any], provided: Iterable[str]) -> str:
    """Hash of what the source says in the columns that it has; the spelling of an address does not count."""
    told = {name: values["canonical_url" if name == "url" else name] for name in provided}
    return _hash(*(f"{name}={_plain(value)}" for name, value in sorted(told.items())))


def _plain(value: Any) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)


def _hash(*parts: str) -> str:
    """Of the parts as JSON."""
    return hashlib.sha256(f"[{', '.join(map(encode_basestring, parts))}]".encode()).hexdigest()


# --- One row of an export, field by field: what it says, what is odd in it, and what makes it no message
MAX_TEXT = 32_767  # Characters. The most that a cell of Excel holds, twice VK's longest post; more is a pasted file.
LENGTHS = {
    "author": 300,
    "municipality": 300,
    "place": 500,
    "topic": 300,
    "subtopic": 300,
    "responsible": 300,
    "curator": 300,
    "status": 100,
    "tone": 100,
}
"""Longest values of short fields, in characters; a longer one is cut, with a warning, and kept whole in `raw`."""
NUMBER_LENGTH = 60
RATING_LENGTH = 100
QUOTED = 60  # characters of a cell that a reason quotes
EARLY = timedelta(days=1)  # a date may be so much later than now: a foreign time zone, a clock that is fast
TOO_EARLY = timedelta(days=366)  # a date that is later than this is a slip of the pen (2062 for 2026)
INVISIBLE = "\u200b\u200c\u200d\u2060\ufeff\u00ad \n\t"
EXPONENT = re.compile(r"\d(?:[.,]\d+)?e\+\d+", re.IGNORECASE)
"""7.41E+11: a long number after a program of sheets; its last digits are lost."""


class RowReader:
    """Reads one row and gathers what is wrong with it: `faults` refuse the row, `warnings` do not."""

    def __init__(self, row: book.Row, mapping: fields.Mapping, zone: ZoneInfo, now: datetime | None) -> None:
        self.row = row
        self.mapping = mapping
        self.columns = mapping.fields
        self.zone = zone
        self.now = now
        self.lines = [words.as_line(cell) for cell in row.cells]
        self.faults: list[str] = []
        self.warnings: list[str] = []
        self.cut: set[int] = set()

    def cell(self, name: str) -> words.Cell:
        column = self.columns.get(name)
        return "" if column is None else self.row.cell(column)

    def line(self, name: str) -> str:
        """The field's cell as one line."""
        column = self.columns.get(name)
        return self.lines[column] if column is not None and column < len(self.lines) else ""

    def said(self, name: str) -> str:
        """The same; empty where it says nothing."""
        line = self.line(name)
        return "" if not line or words.is_nothing(line) else line

    def message(self) -> IncomingMessage | None:
        """None where the row has faults; then every fault is named, not the first alone."""
        text = self._message_text()
        url, canonical = self._address("url", self.faults)
        values: dict[str, Any] = {
            "number": self._number(),
            "text": text,
            "url": url,
            "canonical_url": canonical,
            "network": self._network(url),
            "published_at": self._message_time("published_at"),
            "received_at": self._message_time("received_at"),
            "deadline_at": self._moment("deadline_at", self.warnings),
            "author_url": self._address("author_url", self.warnings)[1],
            "important": self._flag("important", words.importance_of, "обычная"),
            "is_repeat": self._flag("is_repeat", words.repeat_of, "не повторное"),
            "answer": self._text("answer") if self.said("answer") else "",
            "answered_at": self._moment("answered_at", self.warnings),
            "answer_url": self._address("answer_url", self.warnings)[0],
            "rating": self._rating(),
        }
        values |= {name: self._short(name) if name in self.columns else "" for name in LENGTHS}
        values["state"] = self._state(values["status"])
        if self.faults:
            return None
        return IncomingMessage(
            row=self.row.number, key=key_of(values, lambda: self._written_at(values)),
            fingerprint=fingerprint_of(values, self.columns), raw=self._raw(), provided=frozenset(self.columns),
            **values,
        )  # fmt: skip

    def _title(self, name: str) -> str:
        """The heading in the file, where a person finds the cell."""
        return self.mapping.choices[name].heading

    def _rating(self) -> str:
        """«Нет» is a rating here."""
        line = self.line("rating")
        return words.rating_in(self._title("rating"), line)[:RATING_LENGTH] if line else ""

    def _text(self, name: str) -> str:
        return words.as_text(self.cell(name)).strip()

    def _message_text(self) -> str:
        text = self._text("text")
        if not text.strip(INVISIBLE):
            self.faults.append("Нет текста сообщения.")
        if len(text) > MAX_TEXT:
            self.faults.append(f"В тексте {len(text)} знаков, больше {MAX_TEXT}: это не одно сообщение.")
        return text

    def _short(self, name: str) -> str:
        line = self.said(name)
        if len(line) <= LENGTHS[name]:
            return line
        self.cut.add(self.columns[name])
        self.warnings.append(
            f"«{self._title(name)}» длиннее {LENGTHS[name]} знаков: сокращено, целиком — в прочих данных."
        )
        return line[: LENGTHS[name] - 1] + "…"

    def _number(self) -> str:
        """Without «№» and without the .0 of a number that passed through a sheet."""
        line = self.line("number").removeprefix("№").strip()
        before, _, rest = line.partition(".")
        if is_number(before) and rest and not rest.strip("0"):
            line = before
        if words.is_nothing(line):
            return ""
        if EXPONENT.fullmatch(line):
            self.warnings.append(f"Номер записан как {line}: программа таблиц его испортила, взята ссылка.")
            return ""
        if len(line) > NUMBER_LENGTH:
            self.faults.append(f"Номер длиннее {NUMBER_LENGTH} знаков.")
        return line

    def _address(self, name: str, complaints: list[str]) -> tuple[str, str]:
        """The address as it came and its canonical form; two empty strings where there is none, or a garbled one."""
        if not (line := self.said(name)):
            return "", ""
        try:
            return address(line), canonical_url(line)
        except ValueError:
            complaints.append(f"{self._title(name)}: «{_quote(line)}» — не ссылка.")
            return "", ""

    def _network(self, url: str) -> str:
        """By the address where its host is known, by the word elsewhere; they may contradict each other."""
        word = self.said("network")
        by_word = network_of_word(word) if word else None
        by_url = network_of_url(url) if url else None
        said = f"Площадка «{_quote(word)}»"
        if by_url and word and by_url != by_word:
            label = NETWORKS[by_url].label
            self.warnings.append(f"{said}, а ссылка ведёт в {label}: взято по ссылке.")
        elif by_word and by_word != "site" and url and not by_url:
            self.warnings.append(f"{said}, а ссылка ведёт на другой сайт: проверьте её.")
        elif word and not by_word and not by_url:
            self.faults.append(f"Неизвестная площадка «{_quote(word)}».")
        elif url and not by_word and not by_url:
            self.faults.append("Площадка не указана, а по ссылке её узнать нельзя.")
        elif not word and not url and {"network", "url"} & self.columns.keys():
            self.warnings.append("Не указаны ни площадка, ни ссылка.")
        return by_url or by_word or ""

    def _moment(self, name: str, complaints: list[str]) -> datetime | None:
        """The instant that a cell names, in UTC; None where it names none, or one that cannot be."""
        if not (line := self.said(name)):
            return None
        try:
            return words.to_utc(words.wall_clock(self.cell(name)), self.zone)
        except ValueError as error:
            complaints.append(f"{self._title(name)}: «{_quote(line)}» — {error}.")
            return None

    def _message_time(self, name: str) -> datetime | None:
        """A time that starts clocks: an impossible one refuses the row, one in the future gets a warning."""
        moment = self._moment(name, self.faults)
        if moment and self.now and moment > self.now + EARLY:
            said = f"{self._title(name)}: «{_quote(self.line(name))}» — "
            if moment > self.now + TOO_EARLY:
                self.faults.append(f"{said}больше чем через год, проверьте дату.")
            else:
                self.warnings.append(f"{said}в будущем, проверьте дату и часовой пояс.")
        return moment

    def _written_at(self, values: dict[str, Any]) -> datetime | None:
        """The wall clock of the publication, else of the receipt, as the file shows it."""
        name = next((name for name in ("published_at", "received_at") if values[name]), None)
        return words.wall_clock(self.cell(name)) if name else None

    def _flag(self, name: str, table: Callable[[str], bool | None], otherwise: str) -> bool:
        line = self.line(name)
        known = table(line)
        if known is None:
            self.warnings.append(f"{self._title(name)}: незнакомое слово «{_quote(line)}», принято как «{otherwise}».")
        return bool(known)

    def _state(self, status: str) -> SourceState:
        state = words.state_of(status)
        if state is None:
            self.warnings.append(f"Незнакомый статус «{_quote(status)}»: сообщение принято как «Новый».")
        return state or SourceState.OPEN

    def _raw(self) -> dict[str, str]:
        """Filled cells of columns without a field, and the whole values of those that were cut."""
        used = set(self.columns.values()) - self.cut
        headings = self.mapping.headings
        return {
            headings[column] if column < len(headings) else f"Столбец {column + 1}": words.as_text(cell)
            for column, cell in enumerate(self.row.cells)
            if column not in used and self.lines[column]
        }


def _quote(line: str) -> str:
    return line if len(line) <= QUOTED else line[: QUOTED - 1] + "…"


# --- All rows of a table
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
        raise FileRefused("mapping_incomplete", missing=", ".join(mapping.missing))
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

"""Rows of an export to messages: each row that is not blank ends as a message, a refusal, a duplicate or no message."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any, Literal
from zoneinfo import ZoneInfo

from osm.connectors.base import Duplicate, IncomingMessage, Rejected, RowResult, RowWarning, Skipped, SourceState
from osm.connectors.incident_file import dates, errors, networks, words
from osm.connectors.incident_file.book import Row, Table
from osm.connectors.incident_file.cells import Cell, as_line, as_text
from osm.connectors.incident_file.finding import is_column_numbers
from osm.connectors.incident_file.mapping import Mapping

Times = Literal["local", "moscow"]

MAX_TEXT = 16_384
"""Characters. VK's longest post; what is longer is several messages in one cell, or a pasted file."""
LENGTHS = {
    "number": 60, "author": 300, "municipality": 300, "place": 500, "topic": 300, "subtopic": 300, "responsible": 300,
    "curator": 300, "status": 100, "tone": 100,
}  # fmt: skip
"""Longest values of short fields, in characters; the rest is cut off, with a warning, and kept whole in `raw`."""
EARLY = timedelta(days=1)
"""A date may be so much later than now: a foreign time zone, a clock that is fast."""
TOO_EARLY = timedelta(days=366)
"""A date that is later than this is a slip of the pen (2062 for 2026)."""
INVISIBLE = "\u200b\u200c\u200d\u2060\ufeff\u00ad \n\t"
FOOTER_LENGTH = 200
KEY_LENGTH = 80
EXPONENT = re.compile(r"\d(?:[.,]\d+)?e\+\d+", re.IGNORECASE)
"""7.41E+11: a long number after a program of sheets; its last digits are lost."""


def parse_rows(
    table: Table,
    mapping: Mapping,
    times: Times = "local",
    tz: str = "Asia/Vladivostok",
    now: datetime | None = None,
) -> Iterator[RowResult]:
    """What became of each row below the header, in the order of the sheet.

    Each row gives one IncomingMessage, Rejected, Duplicate or Skipped; before a message or a duplicate stand its warnings.
    `times`: whose wall clock the file shows. `now` (aware) lets dates in the future be seen; without it they pass.
    Raises MappingIncomplete.
    """
    if mapping.missing:
        raise errors.MappingIncomplete(missing=", ".join(mapping.missing))
    return _parse(table, mapping, dates.MOSCOW if times == "moscow" else ZoneInfo(tz), now)


def _parse(table: Table, mapping: Mapping, zone: ZoneInfo, now: datetime | None) -> Iterator[RowResult]:
    first_rows: dict[str, tuple[int, int]] = {}  # key → row, hash of its text
    for row in table.rows():
        if row.number <= mapping.header_row:
            continue
        reader = _RowReader(row, mapping, zone, now)
        skipped = _no_message(row, mapping, reader)
        if skipped:
            yield Skipped(row.number, skipped)
            continue
        message = reader.message()
        if message is None:
            yield Rejected(row.number, " ".join(reader.faults))
        elif message.key in first_rows:
            first_row, text = first_rows[message.key]
            if text != hash(message.text):
                yield RowWarning(row.number, f"Тот же номер или ссылка, что в строке {first_row}, но текст другой: сверьте их.")
            yield Duplicate(row.number, first_row, message.key)
        else:
            first_rows[message.key] = (row.number, hash(message.text))
            yield from (RowWarning(row.number, reason) for reason in reader.warnings)
            yield message


def _no_message(row: Row, mapping: Mapping, reader: _RowReader) -> str | None:
    """Why the row is neither a message nor a fault; None for a row of data."""
    if row.number - mapping.header_row == 1 and is_column_numbers(row):
        return "Номера столбцов."
    pairs = [(line, heading) for line, heading in zip(reader.lines, mapping.headings, strict=False) if line]
    if len(pairs) > 1 and all(line == heading for line, heading in pairs):
        return "Повтор заголовка."
    first = next(filter(None, reader.lines), "")
    others = ("url", "published_at", "received_at", "author", *(("number",) if reader.line("text") == first else ()))
    is_alone = all(reader.line(name) in ("", first) for name in others)
    return "Итоговая строка." if is_alone and len(first) <= FOOTER_LENGTH and words.TOTAL.match(first) else None


class _RowReader:
    """Reads one row field by field and gathers what is wrong with it: faults refuse the row, warnings do not."""

    def __init__(self, row: Row, mapping: Mapping, zone: ZoneInfo, now: datetime | None) -> None:
        self.row = row
        self.lines = [as_line(cell) for cell in row.cells]
        self.mapping = mapping
        self.columns = mapping.fields
        self.zone = zone
        self.now = now
        self.faults: list[str] = []
        self.warnings: list[str] = []
        self.overlong: set[int] = set()

    def message(self) -> IncomingMessage | None:
        """None where the row has faults. Every fault is named, not the first alone."""
        text = self._text("text")
        if not text.strip(INVISIBLE):
            self.faults.append("Нет текста сообщения.")
        if len(text) > MAX_TEXT:
            self.faults.append(f"В тексте {len(text)} знаков, больше {MAX_TEXT}: это не одно сообщение.")
        url, canonical = self._address("url", must=True)
        values: dict[str, Any] = {
            "text": text,
            "url": url,
            "canonical_url": canonical,
            "network": self._network(url),
            "published_at": self._moment("published_at", must=True),
            "received_at": self._moment("received_at", must=True),
            "deadline_at": self._moment("deadline_at"),
            "answered_at": self._moment("answered_at"),
            "author_url": self._address("author_url")[1],
            "answer_url": self._address("answer_url")[0],
            "answer": "" if words.is_nothing(self.line("answer")) else self._text("answer"),
            "number": self._number(),
            "important": bool(self._known("important", words.importance_of, "обычная")),
            "is_repeat": bool(self._known("is_repeat", words.repeat_of, "не повторное")),
        }
        for name in LENGTHS.keys() - values.keys():
            values[name] = self._short(name)
        values["state"] = self._state(values["status"])
        if self.faults:
            return None
        return IncomingMessage(
            row=self.row.number,
            key=self._key(values),
            fingerprint=_fingerprint(values, self.columns),
            raw=self._raw(),
            provided=frozenset(self.columns),
            **values,
        )

    def cell(self, name: str) -> Cell:
        column = self.columns.get(name)
        return "" if column is None else self.row.cell(column)

    def line(self, name: str) -> str:
        column = self.columns.get(name)
        return self.lines[column] if column is not None and column < len(self.lines) else ""

    def _title(self, name: str) -> str:
        """The heading in the file, by which a person finds the cell."""
        return self.mapping.choices[name].heading

    def _text(self, name: str) -> str:
        return as_text(self.cell(name)).strip()

    def _short(self, name: str) -> str:
        line = self.line(name)
        if words.is_nothing(line):
            return ""
        if len(line) > LENGTHS[name]:
            self.overlong.add(self.columns[name])
            self.warnings.append(f"«{self._title(name)}» длиннее {LENGTHS[name]} знаков: сокращено, целиком — в прочих данных.")
            return line[: LENGTHS[name] - 1] + "…"
        return line

    def _number(self) -> str:
        """Without «№» and the .0 of a number that passed through a sheet."""
        line = self.line("number").removeprefix("№").strip()
        whole, _, rest = line.partition(".")
        if whole.isdigit() and rest and not rest.strip("0"):
            line = whole
        if words.is_nothing(line):
            return ""
        if EXPONENT.fullmatch(line):
            self.warnings.append(f"Номер записан как {line}: программа таблиц его испортила, взята ссылка.")
            return ""
        if len(line) > LENGTHS["number"]:
            self.faults.append(f"Номер длиннее {LENGTHS['number']} знаков.")
        return line

    def _address(self, name: str, must: bool = False) -> tuple[str, str]:
        """The address and its canonical form; two empty strings where there is none. A garbled one refuses the row if it must."""
        line = self.line(name)
        if words.is_nothing(line):
            return "", ""
        try:
            return networks.address(line), networks.canonical_url(line)
        except ValueError:
            (self.faults if must else self.warnings).append(f"{self._title(name)}: «{_short_quote(line)}» — не ссылка.")
            return "", ""

    def _network(self, url: str) -> str:
        """By the address where its host is known, by the word elsewhere; they may contradict each other."""
        word = "" if words.is_nothing(self.line("network")) else self.line("network")
        by_word = networks.network_of_word(word) if word else None
        by_url = networks.network_of_url(url) if url else None
        said = f"Площадка «{_short_quote(word)}»"
        if by_url and word and by_url != by_word:
            self.warnings.append(f"{said}, а ссылка ведёт в {networks.NETWORKS[by_url].label}: взято по ссылке.")
        elif by_word and by_word != "site" and url and not by_url:
            self.warnings.append(f"{said}, а ссылка ведёт на другой сайт: проверьте её.")
        elif word and not by_word and not by_url:
            self.faults.append(f"Неизвестная площадка «{_short_quote(word)}».")
        elif url and not by_word and not by_url:
            self.faults.append("Площадка не указана, а по ссылке её узнать нельзя.")
        elif not word and not url and {"network", "url"} & self.columns.keys():
            self.warnings.append("Не указаны ни площадка, ни ссылка.")
        return by_url or by_word or ""

    def _moment(self, name: str, must: bool = False) -> datetime | None:
        """The instant of a cell. A date that cannot be refuses the row if it must be right."""
        line = self.line(name)
        if words.is_nothing(line):
            return None
        complain = (self.faults if must else self.warnings).append
        label = self._title(name)
        try:
            moment = dates.to_utc(dates.wall_clock(self.cell(name)), self.zone)
        except ValueError as error:
            complain(f"{label}: «{_short_quote(line)}» — {error}.")
            return None
        if must and self.now and moment > self.now + TOO_EARLY:
            complain(f"{label}: «{line}» — больше чем через год, проверьте дату.")
        elif must and self.now and moment > self.now + EARLY:
            self.warnings.append(f"{label}: «{line}» — в будущем, проверьте дату и часовой пояс.")
        return moment

    def _known(self, name: str, table: Any, otherwise: str) -> bool | None:
        line = self.line(name)
        known: bool | None = table(line)
        if known is None:
            self.warnings.append(f"{self._title(name)}: незнакомое слово «{_short_quote(line)}», принято как «{otherwise}».")
        return known

    def _state(self, status: str) -> SourceState:
        state = words.state_of(status)
        if state is None:
            self.warnings.append(f"Незнакомый статус «{_short_quote(status)}»: сообщение принято как «Новый».")
        return state or SourceState.OPEN

    def _key(self, values: dict[str, Any]) -> str:
        """The key of design §6: number, else canonical address, else network, author, time and text.

        The time is the wall clock of the file, so that a mistake about Moscow or local time makes no second message.
        """
        if values["number"]:
            key = f"number:{values['number'].lower()}"
            return key if len(key) <= KEY_LENGTH else f"number:{_hash(key)}"
        if values["canonical_url"].count("/") > 2:  # the front page of a network is nobody's address
            return f"url:{_hash(values['canonical_url'])}"
        name = "published_at" if values["published_at"] else "received_at"
        written_at = dates.wall_clock(self.cell(name)).isoformat() if values[name] else ""
        author = values["author_url"] or values["author"]
        return f"text:{_hash(values['network'], author, written_at, ' '.join(values['text'].split()))}"

    def _raw(self) -> dict[str, str]:
        """Filled cells of columns without a field, and whole values of those that were cut."""
        used = set(self.columns.values()) - self.overlong
        headings = self.mapping.headings
        return {
            headings[column] if column < len(headings) else f"Столбец {column + 1}": as_text(cell)
            for column, cell in enumerate(self.row.cells)
            if column not in used and self.lines[column]
        }


def _short_quote(line: str) -> str:
    return line if len(line) <= 60 else line[:59] + "…"


def _fingerprint(values: dict[str, Any], provided: dict[str, int]) -> str:
    """Hash of what the source says in the columns that it has; the spelling of an address does not count."""
    told = {name: values[name] for name in provided if name != "url"} | {"url": values["canonical_url"]}
    return _hash(*(f"{name}={value.isoformat() if isinstance(value, datetime) else value}" for name, value in sorted(told.items())))


def _hash(*parts: str) -> str:
    return hashlib.sha256(json.dumps(parts, ensure_ascii=False).encode()).hexdigest()

"""The period of «Журнал учёта сообщений» as it stands in the address, and the columns of its file."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta, tzinfo

from osm.documents.tables import Cell, Column, Page
from osm.regulation.clause_words import clause_words
from osm.regulation.words import REPLY_KIND_LABELS, STATUS_LABELS
from osm.store.queries.register.journal import JournalRow, Term
from osm.web.days import NO_DAY, TURNED, day_of
from osm.web.filters import local, network_label

PAGE = Page(head="Журнал учёта сообщений")

COLUMNS = (
    Column("№ сообщения", 13),
    Column("Соцсеть", 13),
    Column("Поступило", 17),
    Column("Автор", 20),
    Column("Содержание", 48),
    Column("Отдел", 18),
    Column("Исполнитель", 20),
    Column("Сроки", 28),
    Column("Результат", 26),
    Column("Ответ дан", 17),
    Column("Ссылка на ответ", 30),
    Column("Ссылка на сообщение", 30),
    Column("Нарушения сроков", 30),
)


@dataclass(frozen=True, slots=True)
class Period:
    """Local days, both inclusive. `typed` and `errors`: what stood in the address and why it was not understood."""

    first: date
    last: date
    zone: tzinfo
    typed: Mapping[str, str] = field(default_factory=dict)
    errors: Mapping[str, str] = field(default_factory=dict)

    @property
    def begin(self) -> datetime:
        return datetime.combine(self.first, time(), self.zone)

    @property
    def end(self) -> datetime:
        return datetime.combine(self.last + timedelta(days=1), time(), self.zone)

    @property
    def words(self) -> str:
        return f"с {self.first:%d.%m.%Y} по {self.last:%d.%m.%Y}"


def period_of(arguments: Mapping[str, str], now: datetime, zone: tzinfo) -> Period:
    """The period that was asked for; the present month to this day where none was."""
    today = now.astimezone(zone).date()
    typed = {name: arguments.get(name, "").strip()[:20] for name in ("from", "to")}
    days = {name: day_of(value) for name, value in typed.items()}
    errors = {name: NO_DAY for name in typed if typed[name] and not days[name]}
    last = days["to"] or max(today, days["from"] or today)
    first = days["from"] or last.replace(day=1)
    if not errors and last < first:
        errors["to"] = TURNED
    return Period(first, last, zone, typed, errors)


def term_words(term: Term) -> str:
    """«Ответ в соцсети до 25.11.2026 16:00 (п. 8)»."""
    due = f"до {local(term.due_at):%d.%m.%Y %H:%M}" if term.due_at else "срок неизвестен"
    return f"{term.label} {due} ({clause_words(term.clause)})"


def result_words(row: JournalRow) -> str:
    """The status, and to whom the message was handed on or why it was closed."""
    return ": ".join(filter(None, (STATUS_LABELS[row.status], row.closing)))


def cells(rows: Iterable[JournalRow]) -> Iterator[tuple[Cell, ...]]:
    """In the order of COLUMNS. The instant of the last reply stands in a cell of its own; of several all are listed."""
    for row in rows:
        given = [f"{REPLY_KIND_LABELS[reply.kind]} {local(reply.at):%d.%m.%Y %H:%M}" for reply in row.replies]
        yield (
            row.number,
            network_label(row.network),
            row.received_at,
            row.author,
            row.text,
            "\n".join(row.departments),
            "\n".join(row.executors),
            "\n".join(map(term_words, row.terms)),
            "\n".join([result_words(row), *(given if len(given) > 1 else [])]),
            row.replies[-1].at if row.replies else None,
            "\n".join(reply.url for reply in row.replies),
            row.url,
            "\n".join(map(term_words, row.breaches)),
        )

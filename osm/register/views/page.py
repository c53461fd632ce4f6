"""The register for one person: rows with their chips, the filters set, the numbers in the menu; the journal's period
and columns.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, tzinfo
from typing import Any

from flask import Flask, url_for

from osm.base.types import Span
from osm.check.acts import copies
from osm.check.acts import due as acts_due
from osm.check.acts.index import from_first_hit, marked
from osm.documents.tables import Cell, Column
from osm.flow.acts.clocks import in_force
from osm.flow.queries import clocks, duties
from osm.inbox.views.rows import choices_for, marks_of
from osm.messages.views import addresses as steps
from osm.messages.views.addresses import Trail, has_cards
from osm.models import ReadingKind, User
from osm.networks.catalogue import NETWORKS
from osm.register.queries import rows as queries_rows
from osm.register.queries.filter import FILTER_LABELS, FilterChoices, Reader, Term, filter_choices, texts_of
from osm.register.queries.rows import JournalRow, Place, RegisterPage, Sort, beside, filters_of, read_page
from osm.register.views.address import GROUPS, Address, address_of_query
from osm.regulation.blacklist import CommentKind
from osm.regulation.transitions import OPEN
from osm.regulation.words import (
    Ground,
    Importance,
    Status,
    clause_words,
)
from osm.shell import filters
from osm.shell.form_values import Typed


# --- Corrected spelling of a search with few results
@dataclass(frozen=True, slots=True)
class Spelling:
    """The typed words and the likely meaning, with addresses for exactly each of them. `is_shown`: the page shows the
    likely meaning."""

    typed: str
    meant: str
    as_typed: str
    as_meant: str
    is_shown: bool


def with_likely_meant(
    address: Address, page: RegisterPage, reader: Reader
) -> tuple[Address, RegisterPage, Spelling | None]:
    """The page for the likely meaning if the typed words find nothing; if they find little, it is only offered."""
    if not address.may_be_mistyped or page.total > copies.FEW:
        return address, page, None
    typed = address.values["q"]
    meant = copies.likely_meant(typed)
    if not meant:
        return address, page, None
    other = address.searching(meant)
    found = read_page(other.wanted, reader, other.sort)
    if found.total <= page.total:
        return address, page, None  # the index also has words of messages that this person may not see
    spelling = Spelling(typed, meant, address.with_value("exact", "yes"), other.query, is_shown=not page.total)
    return (other, found, spelling) if spelling.is_shown else (address, page, spelling)


# --- The page
EXACT_LABELS = {"yes": "как набраны"}
REPEAT_LABELS = {"yes": "Повторные", "no": "Не повторные"}
IM_LABELS = {"no": "Не внесено в ИМ"}

REGISTER = "messages"  # the value of `from` in the address of a card opened from the register; its filters follow

BUILT_IN: tuple[tuple[str, str], ...] = (
    ("Открытые", "status=open"), ("Просрочено", "term=overdue"), ("Сегодня", "term=today"),
    ("Завтра с утра", "term=morning"), ("Повышенная важность", "status=open&importance=high"),
    ("Не внесено в ИМ", "im=no"),
)  # fmt: skip
"""Filters in everybody's menu."""

Pieces = tuple[tuple[str, bool], ...]  # a text in pieces; True: a searched word


@dataclass(frozen=True, slots=True)
class Row:
    """One message with the chip of its next term; `chosen`: it is ticked."""

    message: clocks.InboxRow
    text: Pieces
    topic: Pieces
    place: Pieces
    chip: filters.Chip | None
    chosen: bool
    marked: Ground | None  # the ground on which the check proposes to exclude it (П.17)
    card: str  # the address of its card, with this list


@dataclass(frozen=True, slots=True)
class SetFilter:
    label: str
    value: str
    without: str


@dataclass(frozen=True, slots=True)
class MenuFilter:
    """One entry of the menu. `id`: of a saved filter, to delete it."""

    name: str
    address: str
    number: int | None
    is_current: bool
    id: int | None = None


def reader_of(person: User, now: datetime) -> Reader:
    """The person with the borders of his day."""
    return Reader(person.id, person.department_id, person.roles, now, duties.day_borders(now, in_force().calendar))


def list_address(address: Address) -> str:
    """Back to the same page of the list."""
    return f"{url_for('register.show')}?{address.here}".removesuffix("?")


def words_not_understood(address: Address) -> str:
    """A sentence that names the invalid words of the address; empty if there are none."""
    names = ", ".join(FILTER_LABELS[name] for name in address.not_understood)
    return f"Не удалось понять в адресе: {names}. Показано без этого." if names else ""


def zone() -> tzinfo:
    return in_force().calendar.tz


def register_view(
    address: Address, person: User, now: datetime, *, bulk: Typed | None = None, filter_name: str = "",
    filter_error: str = "",
) -> dict[str, Any]:  # fmt: skip
    reader, bulk = reader_of(person, now), bulk or Typed("")
    typed = address.values.get("q", "")
    page = queries_rows.read_page(address.wanted, reader, address.sort, address.place)
    address, page, spelling = with_likely_meant(address, page, reader)
    choices = filter_choices(address.wanted.executor_id)
    proposed = marks_of(page.rows, person)
    return {
        "address": address, "typed": typed, "spelling": spelling, "rows": _rows(address, page, bulk, now, proposed),
        "total": page.total, "before": address.at(page.before) if page.before else "",
        "behind": address.at(page.behind) if page.behind else "", "set_filters": set_filters(address, choices),
        "not_understood": words_not_understood(address), "menu": filter_menu(person, address.query),
        "choices": choices, "routing": choices_for(person),
        "unread": acts_due.count_queued(ReadingKind.SEARCH) if address.wanted.searches else 0, "bulk": bulk,
        "filter_name": filter_name, "filter_error": filter_error,
    }  # fmt: skip


def card_from_register(address: Address, place: Place) -> str:
    card = steps.address_of_message("card.show", place.message_id, **{"from": f"{REGISTER}?{address.here}"})
    return f"{card}&at={replace(place, back=False)}"


def filter_menu(person: User, current: str = "", counted_at: datetime | None = None) -> tuple[MenuFilter, ...]:
    """The built-in filters and those that the person has saved, counted if an instant is given."""
    reader = reader_of(person, counted_at) if counted_at else None

    def entry(name: str, query: str, number: int | None = None) -> MenuFilter:
        address = address_of_query(query, zone())
        count = queries_rows.count(address.wanted, reader) if reader else None
        return MenuFilter(name, f"{url_for('register.show')}?{address.query}", count, address.query == current, number)

    own = [entry(kept.name, kept.query, kept.id) for kept in filters_of(person.id)]
    return (*(entry(name, query) for name, query in BUILT_IN), *own)


def _rows(
    address: Address, page: queries_rows.RegisterPage, bulk: Typed, now: datetime, proposed: Mapping[int, Ground]
) -> tuple[Row, ...]:
    """Searched words are marked; if the beginning of a text has none, a part that has one is shown."""
    question = address.wanted.question
    texts = {message.id: marked(message.summary, question) for message in page.rows}
    elsewhere = [number for number, pieces in texts.items() if not any(hit for _, hit in pieces)] if question else []
    whole = texts_of(elsewhere) if elsewhere else {}
    for number, text in whole.items():
        if part := from_first_hit(text, question):
            texts[number] = marked("… " + clocks.summary(part), question)
    calendar = in_force().calendar
    return tuple(
        Row(
            message,
            texts[message.id],
            marked(message.topic, question),
            marked(message.place, question),
            filters.running_chip(message.clock, now, calendar) if message.status in OPEN and message.clock else None,
            message.id in bulk.ticked,
            proposed.get(message.id),
            card_from_register(address, page.places[message.id]),
        )
        for message in page.rows
    )


def set_filters(address: Address, choices: FilterChoices | None = None) -> tuple[SetFilter, ...]:
    choices = choices or filter_choices(address.wanted.executor_id)
    names: dict[str, Mapping[Any, str]] = {
        "status": {**{code: label for code, (label, _) in GROUPS.items()}, **Status.labels()}, "term": Term.labels(),
        "network": {code: network.label for code, network in NETWORKS.items()}, "kind": CommentKind.labels(),
        "topic": {"none": "без темы", **{str(key): name for key, name in choices.topics}},
        "department": {str(key): name for key, name in choices.departments},
        "executor": {str(key): name for key, name in choices.executors}, "importance": Importance.labels(),
        "repeat": REPEAT_LABELS, "im": IM_LABELS, "exact": EXACT_LABELS,
        "figure": {str(figure): figure.label} if (figure := address.wanted.figure) else {},
    }  # fmt: skip
    base = url_for("register.show")
    return tuple(
        SetFilter(
            FILTER_LABELS[name][:1].upper() + FILTER_LABELS[name][1:],
            names.get(name, {}).get(value, value) if name != "q" else f"«{value}»",
            f"{base}?{address.without(name)}",
        )
        for name, value in address.values.items()
        if name != "sort"
    )


def words() -> dict[str, object]:
    """The labels of the choices in the form."""
    return {
        "groups": GROUPS, "statuses": Status.labels(), "terms": Term.labels(), "sorts": Sort.labels(),
        "networks": {code: network.label for code, network in NETWORKS.items()},
        "kinds": {code.value: label for code, label in CommentKind.labels().items()},
        "importances": {code.value: code.label for code in Importance}, "repeats": REPEAT_LABELS,
        "ims": IM_LABELS, "grounds": list(Ground.labels().items()),
        "open_statuses": [status for status in Status if status in OPEN],
        "finished_statuses": [status for status in Status if status not in OPEN],
    }  # fmt: skip


# --- The period of «Журнал учёта сообщений», and the columns of its file

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
class Period(Span):
    """`typed` and `errors`: the values in the address, and what is wrong."""

    typed: Mapping[str, str] = field(default_factory=dict)
    errors: Mapping[str, str] = field(default_factory=dict)

    @property
    def words(self) -> str:
        return f"с {self.first:%d.%m.%Y} по {self.last:%d.%m.%Y}"


def period_of(arguments: Mapping[str, str], now: datetime, zone: tzinfo) -> Period:
    """The period in the address; by default the present month until today."""
    first, last, typed, errors = filters.typed_days(arguments, now.astimezone(zone).date())
    return Period(first, last, zone, typed, errors)


def term_words(term: queries_rows.Term) -> str:
    """«Ответ в соцсети до 25.11.2026 16:00 (п. 8)»."""
    due = f"до {filters.local(term.due_at):%d.%m.%Y %H:%M}" if term.due_at else "срок неизвестен"
    return f"{term.label} {due} ({clause_words(term.clause)})"


def result_words(row: JournalRow) -> str:
    """The status, and the new addressee or the reason of the closing."""
    return ": ".join(filter(None, (row.status.label, row.closing)))


def cells(rows: Iterable[JournalRow]) -> Iterator[tuple[Cell, ...]]:
    """In the order of COLUMNS. The instant of the last reply has a separate cell; several replies are all listed."""
    for row in rows:
        given = [f"{reply.kind.label} {filters.local(reply.at):%d.%m.%Y %H:%M}" for reply in row.replies]
        yield (
            row.number, filters.network_label(row.network), row.received_at, row.author, row.text,
            "\n".join(row.departments), "\n".join(row.executors), "\n".join(map(term_words, row.terms)),
            "\n".join([result_words(row), *(given if len(given) > 1 else [])]),
            row.replies[-1].at if row.replies else None, "\n".join(reply.url for reply in row.replies), row.url,
            "\n".join(map(term_words, row.breaches)),
        )  # fmt: skip


# --- The register as the list from which a card was opened
def register_trail(message_id: int, came: Mapping[str, str], person: User, now: datetime) -> Trail:
    """By the place of the message in the list, because an act may have moved it out of the filter since."""
    address = address_of_query(came["from"].partition("?")[2], zone())
    place, before, behind = Place.of(came.get("at", "")), None, None
    if place is not None and place.message_id == message_id:
        before, behind = beside(address.wanted, reader_of(person, now), address.sort, place)
    cards = [card_from_register(address, one) if one else "" for one in (before, behind)]
    return Trail("Сообщения", f"{list_address(address)}#m-{message_id}", cards[0], cards[1])


def init_app(app: Flask) -> None:
    has_cards(app, REGISTER, register_trail)

"""The register: all messages that the person may see, filtered, counted, changed together, exported."""

from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Any

from flask import Response, flash, make_response, redirect, render_template, request
from flask.typing import ResponseReturnValue

from osm.base.application import current_now, local_zone
from osm.documents.tables import Column
from osm.log.acts.record import Reading, record_reading
from osm.messages.acts import bulk as acts_bulk
from osm.messages.views.card import card_view
from osm.models import User
from osm.people.views import READERS, STAFF, log_when_shown, visible_card
from osm.register import acts
from osm.register.queries.rows import all_ids, journal_count, journal_rows
from osm.register.views.address import Address, address_of, address_of_query
from osm.register.views.page import (
    COLUMNS,
    Period,
    cells,
    filter_menu,
    list_address,
    period_of,
    reader_of,
    register_view,
    result_words,
    set_filters,
    term_words,
    words,
    words_not_understood,
    zone,
)
from osm.regulation.words import PRESS_CENTRE, Role
from osm.shell import requests, turns
from osm.shell.access import Screens, me
from osm.shell.filters import counted, in_full
from osm.shell.form_values import Typed, is_set, last_given, number, seen_rows, text
from osm.shell.requests import note_done, see_other
from osm.shell.run_act import BULK_REFUSED, run_act

# --- «Журнал учёта сообщений» for a period, to print on A4 or download
journal_blueprint = Screens("journal", __name__)

CLERKS = (*PRESS_CENTRE, Role.HEAD, Role.AUDITOR)

LARGEST_PAGE = 2_000  # messages on one page to print, about 400 sheets; a file may have more
LARGEST_FILE = 100_000


@journal_blueprint.get("/journal", *CLERKS)
@turns.costly
def index() -> ResponseReturnValue:
    period = _period()
    if period.errors:
        return _journal_page(period, 0, status=422)
    record_reading(Reading.JOURNAL, actor=me(), now=current_now())
    return _journal_page(period, journal_count(period.begin, period.end))


@journal_blueprint.get("/journal.xlsx", *CLERKS)
@turns.costly
def download() -> ResponseReturnValue:
    period = _period()
    count = 0 if period.errors else journal_count(period.begin, period.end)
    if period.errors or count > LARGEST_FILE:
        return _journal_page(period, count, status=422)
    details = {"rows": count, "from": period.begin, "to": period.end}
    record_reading(Reading.JOURNAL_EXPORT, actor=me(), now=current_now(), details=details)
    above = [f"Журнал учёта сообщений {period.words}"]
    rows = cells(journal_rows(period.begin, period.end))
    name = f"Журнал учёта {period.first:%Y-%m-%d} {period.last:%Y-%m-%d}"
    return requests.table_file(name, COLUMNS, rows, sheet="Журнал", above=above, head="Журнал учёта сообщений")


@journal_blueprint.get("/messages/<int:message_id>/print", *READERS)
def card(message_id: int) -> ResponseReturnValue:
    """The whole card on white paper, with the explanation of each term and the history."""
    person, now = me(), current_now()
    card = visible_card(message_id, person)
    log_when_shown(Reading.CARD_PRINT, message_id, person)
    view = card_view(card, person, now, in_full)
    return render_template("print/card.html", card=card, view=view, person=person.name)


def _period() -> Period:
    return period_of(request.args, current_now(), local_zone())


def _journal_page(period: Period, count: int, status: int = 200) -> Response:
    fits = count <= LARGEST_PAGE and not period.errors
    page = render_template(
        "print/journal.html", period=period, count=count, fits=fits,
        most=LARGEST_FILE if count > LARGEST_FILE else LARGEST_PAGE,
        rows=journal_rows(period.begin, period.end) if fits else (), term_words=term_words, result_words=result_words,
    )  # fmt: skip
    return make_response(page, status)


# --- The register as a file
MOST_ROWS = 50_000  # in one file; if there were more, the first line of the sheet says so


def register_file(address: Address, person: User, now: datetime) -> Response:
    """The name of the file has the date and time."""
    parts = list(all_ids(address.wanted, reader_of(person, now), address.sort, MOST_ROWS + 1))
    found = sum(map(len, parts))
    record_reading(
        Reading.REGISTER_EXPORT,
        actor=person,
        now=now,
        # The log keeps no texts: only that a search was made, not for what.
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
    columns = [Column(title, width) for title, width in acts.TITLES]
    name = f"Сообщения {local:%Y-%m-%d %H-%M}"
    return requests.table_file(name, columns, acts.export_rows(parts), sheet="Сообщения", above=above)


# --- The register
register_blueprint = Screens("register", __name__, url_prefix="/messages")


@register_blueprint.get("", *READERS)
def show() -> ResponseReturnValue:
    given = request.args.to_dict()
    address = address_of(given, zone())
    if any(not value for value in given.values()):
        # A form sends its empty fields too; the address to share has only the filters that are set.
        if address.not_understood:
            flash(words_not_understood(address), "warning")
        return redirect(list_address(address), 303)
    return _register_page(address)


@register_blueprint.get("/filters", *READERS)
def filters() -> ResponseReturnValue:
    """The menu with its numbers, loaded by each page."""
    current = address_of_query(request.args.get("current", ""), zone()).query
    return render_template("register/_menu.html", entries=filter_menu(me(), current, counted_at=current_now()))


@register_blueprint.post("/filters", *STAFF)
def save() -> ResponseReturnValue:
    address = address_of_query(text("query"), zone())
    return run_act(
        partial(acts.save_filter, name=text("name"), query=address.query),
        lambda typed: _register_page(address, filter_name=text("name"), filter_error=typed.words),
        lambda _: see_other(list_address(address), "Фильтр сохранён: он над списком."),
    )


@register_blueprint.post("/filters/<int:filter_id>/remove", *STAFF)
def remove(filter_id: int) -> ResponseReturnValue:
    acts.remove_filter(filter_id, actor=me())
    return see_other(list_address(address_of_query(text("query"), zone())), "Фильтр убран.")


@register_blueprint.post("/bulk/route", Role.CURATOR)
def route_all() -> ResponseReturnValue:
    given = {"executor_id": number("executor_id"), "task": text("task"), "marked_seen": is_set("marked_seen")}
    return _run("route", acts_bulk.route_messages, "Направлено", **given)


@register_blueprint.post("/bulk/dismiss", Role.CURATOR)
def dismiss_all() -> ResponseReturnValue:
    return _run(
        "dismiss", acts_bulk.dismiss_messages, "Отмечено «реагирование не требуется»", reason=last_given("reason")
    )


@register_blueprint.post("/bulk/exclude", *PRESS_CENTRE)
def exclude_all() -> ResponseReturnValue:
    given = {"ground": text("ground"), "note": text("note")}
    return _run("exclude", acts_bulk.exclude_messages, "Исключено (п. 17)", **given)


@register_blueprint.get("/export.xlsx", *READERS)
@turns.costly
def export() -> ResponseReturnValue:
    address = address_of(request.args.to_dict(), zone())
    return register_file(address, me(), current_now())


def _run(action: str, act: Callable[..., int], notice: str, /, **given: Any) -> ResponseReturnValue:
    """Run an act on the ticked rows; a refusal shows the same page with ticks, typed text, and the rows concerned."""
    address = address_of_query(text("query"), zone())
    return run_act(
        partial(act, [acts_bulk.Chosen(*one) for one in seen_rows()], **given),
        lambda typed: _register_page(address, bulk=typed), partial(_done, address, action, notice), action=action,
        refused=BULK_REFUSED,
    )  # fmt: skip


def _done(address: Address, action: str, notice: str, count: int) -> ResponseReturnValue:
    if action in ("route", "dismiss"):
        note_done()
    return see_other(list_address(address), f"{notice}: {counted(count, 'сообщение', 'сообщения', 'сообщений')}.")


def _register_page(
    address: Address, *, bulk: Typed | None = None, filter_name: str = "", filter_error: str = ""
) -> str:
    view = register_view(address, me(), current_now(), bulk=bulk, filter_name=filter_name, filter_error=filter_error)
    return render_template("register/register.html", view=view, words=words())

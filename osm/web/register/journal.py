"""«Журнал учёта сообщений» for a period, to be printed on A4 or taken away; the print view of a card."""

from __future__ import annotations

from flask import Blueprint, Flask, Response, current_app, make_response, render_template, request
from flask.typing import ResponseReturnValue

from osm.clock import current_now
from osm.regulation.words import PRESS_CENTRE, Role
from osm.services.log.readings_log import Reading, record_reading
from osm.settings import Settings
from osm.store.queries.log.when import in_full
from osm.store.queries.register.journal import journal_count, journal_rows
from osm.web.access import allow, me
from osm.web.downloads import table_file
from osm.web.messages.card_view import card_view
from osm.web.register.journal_view import COLUMNS, PAGE, Period, cells, period_of, result_words, term_words
from osm.web.turns import costly
from osm.web.visible import READERS, visible_card

blueprint = Blueprint("journal", __name__)

CLERKS = (*PRESS_CENTRE, Role.HEAD)

LARGEST_PAGE = 2_000
"""Messages on one page to be printed, about 400 sheets; a file holds more."""
LARGEST_FILE = 100_000


@blueprint.get("/journal")
@allow(*CLERKS)
@costly
def show() -> ResponseReturnValue:
    period = _period()
    if period.errors:
        return _page(period, 0, status=422)
    record_reading(Reading.JOURNAL, actor=me(), now=current_now())
    return _page(period, journal_count(period.begin, period.end))


@blueprint.get("/journal.xlsx")
@allow(*CLERKS)
@costly
def export() -> ResponseReturnValue:
    period = _period()
    count = 0 if period.errors else journal_count(period.begin, period.end)
    if period.errors or count > LARGEST_FILE:
        return _page(period, count, status=422)
    details = {"rows": count, "from": period.begin, "to": period.end}
    record_reading(Reading.JOURNAL_EXPORT, actor=me(), now=current_now(), details=details)
    above = [f"Журнал учёта сообщений {period.words}"]
    rows = cells(journal_rows(period.begin, period.end))
    name = f"Журнал учёта {period.first:%Y-%m-%d} {period.last:%Y-%m-%d}"
    return table_file(name, COLUMNS, rows, sheet="Журнал", above=above, page=PAGE)


@blueprint.get("/messages/<int:message_id>/print")
@allow(*READERS)
def card(message_id: int) -> ResponseReturnValue:
    """The whole card on white paper, the explanation of every term and the history included."""
    person, now = me(), current_now()
    card = visible_card(message_id, person)
    record_reading(Reading.CARD_PRINT, actor=person, now=now, message_id=message_id)
    view = card_view(card, person, now, in_full(current_app.extensions["osm_settings"].time_zone))
    return render_template("print/card.html", card=card, view=view, person=person.name)


def _period() -> Period:
    settings: Settings = current_app.extensions["osm_settings"]
    return period_of(request.args, current_now(), settings.time_zone)


def _page(period: Period, count: int, status: int = 200) -> Response:
    fits = count <= LARGEST_PAGE and not period.errors
    page = render_template(
        "print/journal.html",
        period=period,
        count=count,
        fits=fits,
        most=LARGEST_FILE if count > LARGEST_FILE else LARGEST_PAGE,
        rows=journal_rows(period.begin, period.end) if fits else (),
        term_words=term_words,
        result_words=result_words,
    )
    return make_response(page, status)


def init_app(app: Flask) -> None:
    app.register_blueprint(blueprint)

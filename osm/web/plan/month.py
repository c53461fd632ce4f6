"""The plan of a month on paper and as XLSX, of all pages or of one (Пр.1.2.4)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from babel.dates import format_date
from flask import Blueprint, Flask, Response, render_template, request
from flask.typing import ResponseReturnValue

from osm.clock import current_now
from osm.documents.tables import Cell, Column, Page
from osm.regulation.plan.words import FORMAT_LABELS, STATE_LABELS
from osm.store.queries.plan import grid
from osm.store.queries.plan.grid import PageName, PlanRow
from osm.store.queries.plan.links import links_of
from osm.web.access import allow
from osm.web.days import day_of
from osm.web.downloads import table_file
from osm.web.filters import network_label
from osm.web.form_values import asked_id
from osm.web.plan.plan import READERS
from osm.web.plan.view import asked, zone
from osm.web.turns import costly

blueprint = Blueprint("month_of_plan", __name__, url_prefix="/plan")

COLUMNS = (
    Column("День", 12),
    Column("Время", 8),
    Column("Публикация", 44),
    Column("Формат", 16),
    Column("Рубрика", 20),
    Column("Состояние", 16),
    Column("Страницы", 34),
    Column("Автор", 22),
    Column("Ссылки", 44),
)


@dataclass(frozen=True, slots=True)
class Month:
    """One month. `shown`: of which page, None for all together. `lines`: what stands in COLUMNS, and whose it is."""

    first: date
    words: str
    shown: PageName | None
    lines: Sequence[tuple[int, tuple[str, ...]]]

    @property
    def before(self) -> date:
        return (self.first - timedelta(days=1)).replace(day=1)

    @property
    def after(self) -> date:
        return (self.first + timedelta(days=31)).replace(day=1)


@blueprint.get("/journal")
@allow(*READERS)
@costly
def show() -> ResponseReturnValue:
    month = read_month(current_now())
    return render_template("print/plan.html", month=month, columns=COLUMNS, asked=asked())


@blueprint.get("/journal.xlsx")
@allow(*READERS)
@costly
def export() -> Response:
    month = read_month(current_now())
    above = [f"План публикаций, {month.words}", *([month.shown.title] if month.shown else [])]
    rows: Iterator[Sequence[Cell]] = (cells for _, cells in month.lines)
    name = f"План публикаций {month.first:%Y-%m}"
    return table_file(name, COLUMNS, rows, sheet="План", above=above, page=Page(head="План публикаций"))


def read_month(now: datetime) -> Month:
    """The month of the address: `day` any day of it, `page` one page."""
    here, page_id = zone(), asked_id("page")
    day = day_of(request.args.get("day", "")) or now.astimezone(here).date()
    first = day.replace(day=1)
    last = (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    shown = next((one for one in grid.pages(closed=True) if one.id == page_id), None)
    rows = grid.rows_of(first, last, now=now, zone=here, page=shown.id if shown else None)
    links = links_of([row.id for row in rows])
    words = format_date(first, "LLLL y", locale="ru")
    return Month(first, words, shown, [(row.id, _cells(row, links.get(row.id, ()))) for row in rows])


def _cells(row: PlanRow, links: Sequence[str]) -> tuple[str, ...]:
    pages = (
        f"{network_label(page.network)}: {page.title}{' (размещено)' if page.id in row.placed else ''}"
        for page in row.pages
    )
    return (
        format_date(row.day, "dd.MM.yyyy", locale="ru"), row.time, row.title, FORMAT_LABELS[row.format], row.heading,
        STATE_LABELS[row.state], "\n".join(pages), row.author, "\n".join(links),
    )  # fmt: skip


def init_app(app: Flask) -> None:
    app.register_blueprint(blueprint)

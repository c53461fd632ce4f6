"""«План»: week and month, quick ideas, moving a week, the calendar address (Пр.1.2.4, 2.2)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any

from babel.dates import format_date
from flask import Flask, Response, make_response, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import Row, ScalarSelect

from osm.base.application import current_now
from osm.documents.tables import Cell, Column, Entry, calendar
from osm.models import Publication, User
from osm.plan.acts import news, outgoing, planning
from osm.plan.acts.texts import zone
from osm.plan.queries import card, week
from osm.plan.views import asked, count_words, read_grid
from osm.regulation.words import PRESS_CENTRE, Role
from osm.shell import errors, filters, requests, turns
from osm.shell.access import Screens, me, public
from osm.shell.filters import day_of
from osm.shell.form_values import Typed, asked_id, seen_rows, seen_version, text
from osm.shell.frame.nav import Asked, Count, count_at
from osm.shell.requests import is_htmx, see_other
from osm.shell.run_act import EDIT_REFUSED, run_act

# --- «План»
plan_blueprint = Screens("plan", __name__, url_prefix="/plan")

READERS = (*PRESS_CENTRE, Role.HEAD)


@plan_blueprint.post("/ideas", *PRESS_CENTRE)
def idea() -> ResponseReturnValue:
    act = partial(outgoing.add_idea, text("title"), day_of(text("day")))
    return run_act(
        act, grid_page, _noted, action="idea", refused=EDIT_REFUSED,
        fragment=lambda typed: render_template("_notice.html", category="danger", text=typed.words),
    )  # fmt: skip


@plan_blueprint.post("/shift", *PRESS_CENTRE)
def shift() -> ResponseReturnValue:
    days = -7 if text("to") == "back" else 7
    return run_act(
        partial(planning.shift, seen_rows(), days), grid_page,
        lambda done: see_other(url_for("plan.plan_index", **_after(days)), *_shifted(*done)), action="shift",
        refused=EDIT_REFUSED,
    )  # fmt: skip


@plan_blueprint.get("", *READERS, endpoint="plan_index")
def grid_page(typed: Typed | None = None) -> str:
    return render_template(
        "plan/index.html", grid=read_grid(current_now()), typed=typed, asked=asked(), count_words=count_words,
        may_write=me().has(*PRESS_CENTRE), focus=request.args.get("focus", ""),
    )  # fmt: skip


def _after(days: int) -> dict[str, Any]:
    """Arguments of the link to the week where the publications are now."""
    here = asked()
    day = day_of(here.get("day", "")) or current_now().astimezone(zone()).date()
    return {**here, "day": (day + timedelta(days=days)).isoformat()}


def _shifted(moved: int, left: int) -> tuple[str, str]:
    words = f"Перенесено: {filters.counted(moved, 'публикация', 'публикации', 'публикаций')}."
    if left:
        words += f" Осталось на месте: {left} — их уже разместили или изменили, либо новый день прошёл."
    return words, "warning" if left else "success"


def _noted(row: Publication) -> ResponseReturnValue:
    notice = f"Идея записана на {row.day:%d.%m}: «{row.title}»."
    if is_htmx():
        return render_template("_notice.html", category="success", text=notice)
    return see_other(errors.came_from(), notice)


def in_menu(of_curator: ScalarSelect[int], of_others: ScalarSelect[int] | None = None) -> Count:
    """A number of the press centre: this one for a curator, that one for others."""

    def count(user: User, _now: datetime) -> Asked:
        column = of_curator if of_others is None or user.has(Role.CURATOR) else of_others
        return Asked((column,) if user.has(*PRESS_CENTRE) else ())

    return count


# --- The plan of a month: print and XLSX (Пр.1.2.4)
month_blueprint = Screens("month_of_plan", __name__, url_prefix="/plan")

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
    """`shown`: the page, None for all. `lines`: values for COLUMNS and the publication of each line."""

    first: date
    words: str
    shown: week.PageName | None
    lines: Sequence[tuple[int, tuple[str, ...]]]

    @property
    def before(self) -> date:
        return (self.first - timedelta(days=1)).replace(day=1)

    @property
    def after(self) -> date:
        return (self.first + timedelta(days=31)).replace(day=1)


@month_blueprint.get("/journal", *READERS)
@turns.costly
def show() -> ResponseReturnValue:
    month = read_month(current_now())
    return render_template("print/plan.html", month=month, columns=COLUMNS, asked=asked())


@month_blueprint.get("/journal.xlsx", *READERS)
@turns.costly
def export() -> Response:
    month = read_month(current_now())
    above = [f"План публикаций, {month.words}", *([month.shown.title] if month.shown else [])]
    rows: Iterator[Sequence[Cell]] = (cells for _, cells in month.lines)
    name = f"План публикаций {month.first:%Y-%m}"
    return requests.table_file(name, COLUMNS, rows, sheet="План", above=above, head="План публикаций")


def read_month(now: datetime) -> Month:
    """Read the month of the address: `day` is any day of it, `page` an optional page."""
    here, page_id = zone(), asked_id("page")
    day = day_of(request.args.get("day", "")) or now.astimezone(here).date()
    first = day.replace(day=1)
    last = (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    shown = next((one for one in week.pages(closed=True) if one.id == page_id), None)
    rows = week.rows_of(first, last, now=now, zone=here, page=shown.id if shown else None)
    links = card.links_of([row.id for row in rows])
    words = format_date(first, "LLLL y", locale="ru")
    return Month(first, words, shown, [(row.id, _cells(row, links.get(row.id, ()))) for row in rows])


def _cells(row: week.PlanRow, links: Sequence[str]) -> tuple[str, ...]:
    pages = (f"{page.short}{' (размещено)' if page.id in row.placed else ''}" for page in row.pages)
    return (
        format_date(row.day, "dd.MM.yyyy", locale="ru"), row.time, row.title, row.format.label, row.heading,
        row.state.label, ", ".join(pages), row.author, "\n".join(links),
    )  # fmt: skip


# --- The calendar address
feed_blueprint = Screens("feed_of_plan", __name__, url_prefix="/plan/calendar")

CALENDAR = "text/calendar; charset=utf-8"


@feed_blueprint.post("", *READERS)
def renew() -> ResponseReturnValue:
    """The new address is shown only on this page."""
    act = partial(news.renew, seen_version())
    return run_act(act, feed_page, lambda key: feed_page(key=key), action="renew", refused=EDIT_REFUSED)


@feed_blueprint.post("/off", *READERS)
def switch_off() -> ResponseReturnValue:
    act = partial(news.switch_off, seen_version())
    here = url_for("feed_of_plan.feed_index")
    return run_act(
        act, feed_page, lambda _: see_other(here, "Адрес больше не действует."), action="off", refused=EDIT_REFUSED
    )


@feed_blueprint.get("/feed.ics")
@public
def file() -> ResponseReturnValue:
    """The secret is in the query string, which the program does not log."""
    now = current_now()
    if news.reader(request.args.get("key", "")) is None:
        answer = Response("Такого календаря нет.\n", 404, mimetype="text/plain")
    else:
        rows = week.entries(now.astimezone(zone()).date())
        entries = (Entry(f"publication-{number}@osm", title, at or day) for number, title, day, at in rows)
        answer = Response(calendar("План публикаций", entries, now=now), content_type=CALENDAR)
    answer.headers.update({"Cache-Control": "no-store", "Referrer-Policy": "no-referrer"})
    return answer


@feed_blueprint.get("", *READERS, endpoint="feed_index")
def feed_page(typed: Typed | None = None, *, key: str = "") -> Response:
    """`key`: the one just made."""
    address = url_for("feed_of_plan.file", key=key, _external=True) if key else ""
    page = render_template("plan/calendar.html", feed=week.feed_of(me().id), address=address, typed=typed)
    answer = make_response(page)
    answer.headers["Cache-Control"] = "no-store"
    return answer


# --- Similar publications
near_blueprint = Screens("near_of_plan", __name__, url_prefix="/plan")
MAX_COMPARED = 16_000


@near_blueprint.post("/<int:publication_id>/near", *PRESS_CENTRE)
def check_near(publication_id: int) -> ResponseReturnValue:
    if not is_htmx():
        return see_other(url_for("publications_of_plan.show", publication_id=publication_id))
    return render_template("plan/_near.html", near=near_to(text("text"), publication_id))


def near_to(words: str, publication_id: int) -> Sequence[Row[int, str, date, str]]:
    return week.near_copies(words[:MAX_COMPARED], publication_id, current_now().astimezone(zone()).date())


def init_app(app: Flask) -> None:
    count_at(app, "/plan", in_menu(card.PUBLICATIONS_OF_CURATOR, card.PUBLICATIONS))
    app.add_template_global(lambda: current_now().astimezone(zone()).date(), "idea_day")
    app.add_template_global(near_to)
    app.add_template_global(week.count_too_late, "posts_too_late")

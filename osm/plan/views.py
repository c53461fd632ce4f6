"""The grid of the plan: days with publications, «7 из 10», gaps and crowds (Пр.2.2)."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from babel.dates import format_date
from flask import request

from osm.plan.acts import planning, texts
from osm.plan.queries import week as queries_week
from osm.plan.queries.card import PublicationCard, names_of
from osm.plan.queries.week import PageName, PlanRow
from osm.plan.rules import Count, PlanAct, PublicationState, WeekCount, acts_from, count_week, crowds, gaps, monday_of
from osm.regulation.words import Role
from osm.shell.filters import counted, day_of
from osm.shell.form_values import asked_id

WEEKS_BEFORE = 4


@dataclass(frozen=True, slots=True)
class Day:
    day: date
    is_today: bool
    is_past: bool
    is_outside: bool  # a day of a neighbouring month
    rows: Sequence[PlanRow]
    memorable: Sequence[str]  # names of the day, for example «День матери»

    @property
    def words(self) -> str:
        return format_date(self.day, "EEEEEE d MMM", locale="ru").rstrip(".")

    @property
    def in_full(self) -> str:
        return format_date(self.day, "EEEE, d MMMM", locale="ru")


@dataclass(frozen=True, slots=True)
class Grid:
    """`shown`: the page, None for all."""

    is_month: bool
    title: str
    day: date
    today: date
    before: date
    after: date
    weeks: Sequence[Sequence[Day]]
    shown: PageName | None
    pages: Sequence[PageName]
    count: WeekCount
    earlier: Sequence[WeekCount]
    warnings: Sequence[str]
    figures: queries_week.Figures

    @property
    def rows(self) -> list[PlanRow]:
        return [row for week in self.weeks for cell in week for row in cell.rows]

    @property
    def monday(self) -> date:
        return self.count.monday


def asked() -> dict[str, Any]:
    """Arguments of the address that each link of the grid keeps."""
    wanted = {name: request.args.get(name, "") for name in ("view", "day", "page")}
    return {name: value for name, value in wanted.items() if value}


def read_grid(now: datetime) -> Grid:
    """Read the grid of the address: `view` is week or month, `day` any day of it, `page` an optional page."""
    here, is_month = texts.zone(), request.args.get("view") == "month"
    today = now.astimezone(here).date()
    day, page_id = day_of(request.args.get("day", "")) or today, asked_id("page")
    pages = queries_week.pages()
    shown = next((one for one in pages if one.id == page_id), None)
    first, last = _span(day, is_month)
    rows = queries_week.rows_of(first, last, now=now, zone=here, page=shown.id if shown else None)
    monday = monday_of(day)
    posts = queries_week.posts_of(monday - timedelta(weeks=WEEKS_BEFORE), monday + timedelta(days=6), zone=here)
    ids = [one.id for one in ([shown] if shown else pages)]
    weeks = [count_week(monday - timedelta(weeks=back), posts, ids) for back in range(WEEKS_BEFORE + 1)]
    of_week = [post for post in posts if post.at.date() >= monday and (shown is None or post.page == shown.id)]
    return Grid(
        is_month, _title(day, first, last, is_month), day, today, *_beside(day, is_month),
        _weeks(first, last, rows, today, day.month if is_month else None), shown, pages, weeks[0], weeks[1:],
        _warnings(of_week, [shown] if shown else [one for one in pages if one.is_own], monday),
        queries_week.figures(rows),
    )  # fmt: skip


def first_act(card: PublicationCard, roles: Collection[Role], now: datetime) -> PlanAct | None:
    """What a person does next with this publication, if anything: the one filled button of its card."""
    row = card.row
    if row.state in (PublicationState.IDEA, PublicationState.DRAFT):  # saving makes a draft of an idea
        may = acts_from(PublicationState.DRAFT, roles)
        return next((act for act in (PlanAct.APPROVE, PlanAct.SUBMIT) if act in may), None)
    acts = acts_from(row.state, roles)
    if PlanAct.UNSCHEDULE in acts and row.at is not None and row.at <= now + planning.UNDO:
        if row.at > now:
            return PlanAct.UNSCHEDULE
        return PlanAct.PLACE if any(place.waits_for_hand for place in card.places) else None
    return next((act for act in (PlanAct.APPROVE, PlanAct.SCHEDULE, PlanAct.RESTORE) if act in acts), None)


def count_words(count: Count) -> str:
    """«7 из 10» and the number planned."""
    more = f", в плане ещё {count.planned}" if count.planned else ""
    return f"{count.placed} из {count.of}{more}"


def _span(day: date, is_month: bool) -> tuple[date, date]:
    if not is_month:
        monday = monday_of(day)
        return monday, monday + timedelta(days=6)
    first = day.replace(day=1)
    last = (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    return monday_of(first), monday_of(last) + timedelta(days=6)


def _beside(day: date, is_month: bool) -> tuple[date, date]:
    if not is_month:
        return day - timedelta(days=7), day + timedelta(days=7)
    first = day.replace(day=1)
    return first - timedelta(days=1), (first + timedelta(days=31)).replace(day=1)


def _title(day: date, first: date, last: date, is_month: bool) -> str:
    if is_month:
        return format_date(day, "LLLL y", locale="ru").capitalize()
    begins = "d" if first.month == last.month else "d MMMM"
    return f"{format_date(first, begins, locale='ru')} – {format_date(last, 'd MMMM y', locale='ru')}"


def _weeks(first: date, last: date, rows: Sequence[PlanRow], today: date, month: int | None) -> list[list[Day]]:
    of_day: dict[date, list[PlanRow]] = {}
    for row in rows:
        of_day.setdefault(row.day, []).append(row)
    memorable = names_of(first, last)
    days = [first + timedelta(days=number) for number in range((last - first).days + 1)]
    cells = [
        Day(
            day,
            day == today,
            day < today,
            month is not None and day.month != month,
            of_day.get(day, ()),
            memorable.get(day, ()),
        )
        for day in days
    ]
    return [cells[start : start + 7] for start in range(0, len(cells), 7)]


def _warnings(posts: Sequence[Any], pages: Sequence[PageName], monday: date) -> list[str]:
    """Texts for gaps and crowds of the week on these pages; they block nothing."""
    ids, names = [page.id for page in pages], {page.id: page.label for page in pages}
    words = [
        f"«{names[crowd.page]}»: {counted(crowd.number, 'запись', 'записи', 'записей')} за час с "
        f"{crowd.since:%d.%m %H:%M}. Разнесите их: ленту, в которой всё сразу, отключают."
        for crowd in crowds(posts)
        if crowd.page in names
    ]
    found = gaps(posts, ids, monday, monday + timedelta(days=6))
    whole = [names[gap.page] for gap in found if gap.days == 7]
    words += [
        f"С {gap.first:%d.%m} по {gap.last:%d.%m} на странице «{names[gap.page]}» ничего не выходит."
        for gap in found
        if gap.days < 7
    ]
    if whole and len(whole) == len(ids) > 1:
        return [*words, "На этой неделе пока ничего не запланировано."]
    return [*words, *(f"На этой неделе на странице «{name}» ничего не запланировано." for name in whole)]

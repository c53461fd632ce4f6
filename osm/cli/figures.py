"""`osm figures`: how many messages were received, answered and in time, over some days."""

from __future__ import annotations

import json
from datetime import date

import click
from flask.cli import with_appcontext

from osm.clock import current_now
from osm.flow.acts.clocks import in_force
from osm.regulation.durations import fraction
from osm.reports.queries.counting import EVERYTHING, Span, read_clocks
from osm.reports.queries.definitions import CLAUSES
from osm.reports.queries.figures import Figures, figures_of
from osm.reports.queries.streets import By, breakdowns_of

PLAIN = ("received", "answered", "returned", "excluded", "repeats")


def _day(_context: click.Context, option: click.Parameter, value: str) -> date:
    try:
        return date.fromisoformat(value)
    except ValueError:
        raise click.BadParameter("нужна дата, например 2026-11-25", param=option) from None


@click.command("figures", help="Показатели за дни: поступило, отвечено, в срок по пунктам, по отделам.")
@click.option("--from", "first", callback=_day, metavar="ДАТА", required=True, help="Первый день, местная дата.")
@click.option("--to", "last", callback=_day, metavar="ДАТА", required=True, help="Последний день, входит в период.")
@click.option("--json", "as_json", is_flag=True, help="Одним объектом JSON.")
@with_appcontext
def command(first: date, last: date, as_json: bool) -> None:
    """Both days included; a term that runs past its end counts as missed at this instant."""
    if last < first:
        raise click.BadParameter("последний день раньше первого", param_hint="--to")
    now, calendar = current_now(), in_force().calendar
    span = Span(first, last, calendar.tz)
    clocks = read_clocks(span, now, EVERYTHING)
    found = figures_of(span, now, calendar, clocks=clocks)
    departments = {
        row.name: {"answered": row.answered, "in_time": [row.kept, row.owed]}
        for row in breakdowns_of(span, now, EVERYTHING, clocks)[By.DEPARTMENT]
        if row.answered or row.owed
    }
    in_time = {clause: list(found.in_time(number)) for number, (clause, _) in CLAUSES.items()}
    if as_json:
        plain = {code: found.counts.get(code, 0) for code in PLAIN}
        click.echo(json.dumps({**plain, "in_time": in_time, "by_department": departments}, ensure_ascii=False))
    else:
        _tell(span, found)


def _tell(span: Span, found: Figures) -> None:
    counts = found.counts
    click.echo(f"{span.first:%d.%m.%Y}–{span.last:%d.%m.%Y}: поступило {counts['received']}, из них повторных "
               f"{counts['repeats']}; отвечено {counts['answered']}; возвращено {counts['returned']}; исключено "
               f"{counts['excluded']}")  # fmt: skip
    for number, (clause, done) in CLAUSES.items():
        kept, owed = found.in_time(number)
        click.echo(f"{clause} — {done}: в срок {fraction(kept, owed)}")

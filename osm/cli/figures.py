"""`osm figures`, `osm bursts` (П.20), `osm repeats` (П.15): what is counted and found in messages."""

import json
from datetime import date

import click
from flask.cli import with_appcontext

from osm.base.application import current_now, current_settings
from osm.base.types import Span
from osm.bursts.queries import BurstRow, all_bursts
from osm.check.acts import repeats as found_repeats
from osm.check.acts.copies import nearest_messages
from osm.flow.acts.clocks import in_force
from osm.messages.queries.parts import Proposals, all_proposals, numbers_of
from osm.regulation.working_time.worktime import fraction
from osm.reports.queries import definitions, streets
from osm.reports.queries.counting import EVERYTHING, read_clocks
from osm.reports.queries.figures import Figures, figures_of

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
def figures(first: date, last: date, as_json: bool) -> None:
    """Both days included; a term that runs past its end counts as missed at this instant."""
    if last < first:
        raise click.BadParameter("последний день раньше первого", param_hint="--to")
    now, calendar = current_now(), in_force().calendar
    span = Span(first, last, calendar.tz)
    clocks = read_clocks(span, now, EVERYTHING)
    found = figures_of(span, now, calendar, clocks=clocks)
    departments = {
        row.name: {"answered": row.answered, "in_time": [row.kept, row.owed]}
        for row in streets.breakdowns_of(span, now, EVERYTHING, clocks)[streets.By.DEPARTMENT]
        if row.answered or row.owed
    }
    in_time = {clause: list(found.in_time(number)) for number, (clause, _) in definitions.CLAUSES.items()}
    if as_json:
        plain = {code: found.counts.get(code, 0) for code in PLAIN}
        click.echo(json.dumps({**plain, "in_time": in_time, "by_department": departments}, ensure_ascii=False))
    else:
        _in_words(span, found)


def _in_words(span: Span, found: Figures) -> None:
    counts = found.counts
    click.echo(f"{span.first:%d.%m.%Y}–{span.last:%d.%m.%Y}: поступило {counts['received']}, из них повторных "
               f"{counts['repeats']}; отвечено {counts['answered']}; возвращено {counts['returned']}; исключено "
               f"{counts['excluded']}")  # fmt: skip
    for number, (clause, done) in definitions.CLAUSES.items():
        kept, owed = found.in_time(number)
        click.echo(f"{clause} — {done}: в срок {fraction(kept, owed)}")


@click.command("bursts", help="Показать всплески: когда об одной теме или одном месте пишут многие (п. 20).")
@click.option("--json", "as_json", is_flag=True, help="Всплеск в строке, объектом JSON.")
@with_appcontext
def bursts(as_json: bool) -> None:
    """The earliest known first. `count`: how many there are by now; `numbers`: of its messages, without comments."""
    for row, numbers in all_bursts():
        click.echo(
            json.dumps(_burst_as_dict(row, numbers), ensure_ascii=False) if as_json else _burst_in_words(row, numbers)
        )


def _burst_as_dict(row: BurstRow, numbers: list[str]) -> dict[str, object]:
    return {
        "kind": row.kind.value,
        "name": row.name,
        "since": row.since.isoformat(),
        "known_at": row.known_at.isoformat(),
        "count": row.count,
        "usual": row.usual,
        "numbers": numbers,
    }


def _burst_in_words(row: BurstRow, numbers: list[str]) -> str:
    zone = current_settings().time_zone
    named = f", № {', '.join(numbers)}" if numbers else ""
    return f"{row.title}, {row.against}, с {row.since.astimezone(zone):%d.%m %H:%M}{named}"


@click.command("repeats", help="Показать повторные сообщения (п. 15) и сообщения других о том же.")
@click.option("--json", "as_json", is_flag=True, help="По строке JSON на сообщение.")
@click.option("--near", is_flag=True, help="И ближайшие по словам, как на карточке: до пяти на сообщение.")
@with_appcontext
def repeats(as_json: bool, near: bool) -> None:
    # What the worker has not read yet is read here, so that the answer does not depend on its last round.
    found_repeats.read_due(current_now())
    for proposals in all_proposals():
        nearest = numbers_of(nearest_messages(proposals.message_id) or []) if near else None
        if line := _repeat_in_words(proposals, nearest, as_json):
            click.echo(line)


def _repeat_in_words(found: Proposals, nearest: list[str] | None, as_json: bool) -> str:
    if as_json:
        data = {"number": found.number, "proposals": found.repeats, "same_matter": found.same_matter}
        return json.dumps(data if nearest is None else {**data, "near": nearest}, ensure_ascii=False)
    parts = []
    if found.repeats:
        parts.append(f"повторяет {_numbers(found.repeats)}")
    if found.same_matter:
        parts.append(f"о том же {_numbers(found.same_matter)}")
    if nearest:
        parts.append(f"похоже на {_numbers(nearest)}")
    return f"№ {found.number}: {'; '.join(parts)}" if parts else ""


def _numbers(numbers: list[str]) -> str:
    return ", ".join(f"№ {number}" for number in numbers)

"""`osm deadlines`: the terms of an event, for one instant in words or as JSON, or for a stream of JSON lines."""

import json
import sys
from collections.abc import Mapping
from datetime import datetime

import click
from flask.cli import with_appcontext

from osm.flow.acts.clocks import InForce, in_force
from osm.regulation.deadlines import compute_clocks, due_times
from osm.regulation.errors import CalendarOutOfRange
from osm.regulation.words import CLOCK_LABELS, IMPORTANCE_LABELS, ClockKind, Importance

_EXAMPLE = "2026-04-30T10:00+10:00"


class _Unclear(ValueError):
    """A line of the stream or an option that cannot be understood; `str` of it says why in Russian."""


@click.command("deadlines", help="Сроки по постановлению № 215 от указанного момента.")
@click.option("--at", "at", metavar="ISO", help=f"Момент события, например {_EXAMPLE}; без пояса — местное время.")
@click.option(
    "--importance",
    type=click.Choice([word.value for word in Importance]),
    default=Importance.NORMAL.value,
    show_default=True,
    help="Важность сообщения (п. 8 или п. 9).",
)
@click.option("--json", "as_json", is_flag=True, help="Только сроки, одним объектом JSON.")
@click.option("--jsonl", "as_lines", is_flag=True, help='Строки {"at","importance"} со стандартного ввода.')
@with_appcontext
def deadlines(at: str | None, importance: str, as_json: bool, as_lines: bool) -> None:
    """Every term with the one instant as its anchor; the draft is counted back from the answer. An instant beyond the
    calendar raises CalendarOutOfRange, which the group turns into exit status 1."""
    if as_lines == (at is not None):
        raise click.UsageError("Укажите либо --at с моментом события, либо --jsonl.")
    rules = in_force()
    if as_lines:
        # One answer a line, in order, as soon as the line is read; a line that cannot be answered gets its error.
        for line in sys.stdin.buffer:
            sys.stdout.buffer.write(json.dumps(_answer(line, rules), ensure_ascii=False).encode() + b"\n")
            sys.stdout.buffer.flush()
        return
    try:
        instant = _instant(at, rules)
    except _Unclear as error:
        raise click.BadParameter(str(error), param_hint="--at") from None
    if as_json:
        click.echo(json.dumps(_due(instant, Importance(importance), rules)))
    else:
        _tell(instant, Importance(importance), rules)


def _answer(line: bytes, rules: InForce) -> dict[str, str]:
    try:
        instant, importance = _question(line, rules)
        return _due(instant, importance, rules)
    except (_Unclear, CalendarOutOfRange) as error:
        return {"error": str(error)}


def _question(line: bytes, rules: InForce) -> tuple[datetime, Importance]:
    try:
        question = json.loads(line)
    except (ValueError, RecursionError):
        question = None
    if not isinstance(question, Mapping):
        raise _Unclear(f'строка не разобрана, нужна как {{"at": "{_EXAMPLE}", "importance": "normal"}}')
    try:
        importance = Importance(question.get("importance", Importance.NORMAL))
    except ValueError:
        raise _Unclear(f"importance: возможны {', '.join(Importance)}") from None
    return _instant(question.get("at"), rules), importance


def _instant(text: object, rules: InForce) -> datetime:
    """An ISO date with time; a naive one is local."""
    try:
        if not isinstance(text, str) or len(text) <= len("2026-04-30"):
            raise ValueError
        instant = datetime.fromisoformat(text)
    except ValueError:
        raise _Unclear(f"нужны дата и время (at), например {_EXAMPLE}") from None
    return instant if instant.tzinfo else instant.replace(tzinfo=rules.calendar.tz)


def _due(instant: datetime, importance: Importance, rules: InForce) -> dict[str, str]:
    times = due_times(instant, importance, parameters=rules.parameters, calendar=rules.calendar)
    return {f"{kind.value}_due": due.isoformat() for kind, due in times.items()}


def _tell(instant: datetime, importance: Importance, rules: InForce) -> None:
    clocks = compute_clocks(instant, importance, parameters=rules.parameters, calendar=rules.calendar)
    local = clocks[ClockKind.ANSWER].started_at
    click.echo(f"{local:%d.%m.%Y %H:%M}, важность: {IMPORTANCE_LABELS[importance].lower()}")
    for clock in clocks.values():
        click.echo(f"{CLOCK_LABELS[clock.kind]}: до {clock.due_at:%d.%m.%Y %H:%M}\n    {clock.explanation}")
    for warning in rules.calendar.warnings:
        click.echo(warning, err=True)

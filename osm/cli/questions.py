"""`osm check-answer`: the criteria of П.16, П.15 and the style of Пр.2.5; `osm deadlines`: the terms of an event."""

import json
import sys
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

import click
from flask.cli import with_appcontext

from osm.answers.acts import templates
from osm.answers.acts.templates import Checked, WrongQuestion
from osm.flow.acts.clocks import InForce, in_force
from osm.networks.catalogue import NETWORKS
from osm.regulation.deadlines import compute_clocks, due_times
from osm.regulation.errors import CalendarOutOfRange
from osm.regulation.words import ClockKind, Importance, ReplyKind

_EXAMPLE = '{"text": "Здравствуйте! …", "network": "vk", "kind": "final", "repeat": false, "attachments": 0}'
_MARKS = {True: "✓", False: "✗", None: "?"}
_LABELS = {
    "greeting": "приветствие или обращение", "polite": "вежливо", "format": "формат сети",
    "responsible_body": "кто отвечает", "measures": "меры", "terms": "срок", "attachments": "фото или видео",
    "repeat_measures": "работы по повторному сообщению",
}  # fmt: skip


@click.command("check-answer", help="Проверить ответ по пунктам 15 и 16 и стиль по пункту 2.5 порядка.")
@click.option("--network", default=None, help="Сеть: vk, ok …")
@click.option("--kind", type=click.Choice([kind.value for kind in ReplyKind]), default=None, help="Вид ответа.")
@click.option("--repeat", "is_repeat", is_flag=True, help="Ответ на повторное сообщение (п. 15).")
@click.option("--attachments", type=click.IntRange(min=0), default=0, help="Сколько файлов приложено.")
@click.option("--json", "as_json", is_flag=True, help="Результат одним объектом JSON.")
@click.option("--jsonl", "as_lines", is_flag=True, help="Строки JSON со стандартного ввода, ответ на каждую.")
def check_answer(
    network: str | None, kind: str | None, is_repeat: bool, attachments: int, as_json: bool, as_lines: bool
) -> None:
    """The text comes on standard input. A text that cannot be checked: exit status 1, in a stream an `error`."""
    if as_lines:
        if network or kind or is_repeat or attachments:
            raise click.UsageError("С --jsonl сеть, вид и остальное стоят в каждой строке.")
        _answer_lines(_answer)
        return
    if network is None or kind is None:
        raise click.UsageError("Укажите --network и --kind или подайте строки с --jsonl.")
    text = _decoded(sys.stdin.buffer.read())
    checked = templates.check(
        text, network=_known(network), kind=ReplyKind(kind), is_repeat=is_repeat, attachments=attachments
    )
    if as_json:
        click.echo(json.dumps(as_dict(checked), ensure_ascii=False))
    else:
        _tell(checked)


def _answer_lines(answer: Callable[[bytes], object]) -> None:
    """One answer a line, in order, as soon as the line is read; a line that cannot be answered gets its error."""
    for line in sys.stdin.buffer:
        sys.stdout.buffer.write(json.dumps(answer(line), ensure_ascii=False).encode("utf-8", "surrogatepass") + b"\n")
        sys.stdout.buffer.flush()


def _object(line: bytes) -> Mapping[str, Any] | None:
    try:
        found = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, Mapping) else None


def _known(network: object) -> str:
    if network not in NETWORKS:
        raise WrongQuestion(f"Сеть «{network}» неизвестна. Возможны: {', '.join(NETWORKS)}.")
    return str(network)


def _decoded(raw: bytes) -> str:
    try:
        return raw.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError:
        raise WrongQuestion("Текст не в UTF-8. Сохраните его в UTF-8 и подайте ещё раз.") from None


def _answer(line: bytes) -> dict[str, Any]:
    try:
        return as_dict(templates.check(**_question(line)))
    except WrongQuestion as error:
        return {"error": str(error)}


def _question(line: bytes) -> dict[str, Any]:
    """Arguments of `check` from one line. Raises WrongQuestion."""
    question = _object(line)
    if question is None or not isinstance(question.get("text"), str):
        raise WrongQuestion(f"Строка не разобрана, нужна как {_EXAMPLE}")
    try:
        kind = ReplyKind(question.get("kind", ReplyKind.FINAL))
    except ValueError:
        raise WrongQuestion(f"kind: возможны {', '.join(ReplyKind)}.") from None
    repeat, attachments = question.get("repeat", False), question.get("attachments", 0)
    if not isinstance(repeat, bool):
        raise WrongQuestion("repeat: нужно true или false.")
    if isinstance(attachments, bool) or not isinstance(attachments, int) or attachments < 0:
        raise WrongQuestion("attachments: нужно число файлов от 0.")
    return {
        "text": question["text"], "network": _known(question.get("network", "vk")), "kind": kind, "is_repeat": repeat,
        "attachments": attachments,
    }  # fmt: skip


def as_dict(checked: Checked) -> dict[str, Any]:
    """The stable form of design §9."""
    return {
        "criteria": [
            {
                "key": criterion.key.value,
                "met": criterion.met,
                "evidence": [{"start": s.start, "end": s.end, "fragment": s.fragment} for s in criterion.evidence],
                "advice": criterion.advice,
            }
            for criterion in checked.criteria
        ],
        "style": [
            {"rule": f.rule, "start": f.start, "end": f.end, "fragment": f.fragment, "better": f.better}
            for f in checked.style
        ],
    }


def _tell(checked: Checked) -> None:
    for criterion in checked.criteria:
        words = ", ".join(f"«{span.fragment}»" for span in criterion.evidence[:3])
        line = f"{_MARKS[criterion.met]} {_LABELS[criterion.key]}"
        click.echo(": ".join(filter(None, [line, " ".join(filter(None, [words, criterion.advice]))])))
    for finding in checked.style:
        click.echo(f"~ «{finding.fragment}» → {finding.better}")


# --- `osm deadlines`: the terms of an event, for one instant in words or as JSON, or for a stream of JSON lines
_INSTANT = "2026-04-30T10:00+10:00"


class _Unclear(ValueError):
    """A line of the stream or an option that cannot be understood; `str` of it says why in Russian."""


@click.command("deadlines", help="Сроки по постановлению № 215 от указанного момента.")
@click.option("--at", "at", metavar="ISO", help=f"Момент события, например {_INSTANT}; без пояса — местное время.")
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
        _answer_lines(lambda line: _due_of(line, rules))
        return
    try:
        instant = _instant(at, rules)
    except _Unclear as error:
        raise click.BadParameter(str(error), param_hint="--at") from None
    if as_json:
        click.echo(json.dumps(_due(instant, Importance(importance), rules)))
    else:
        _tell_terms(instant, Importance(importance), rules)


def _due_of(line: bytes, rules: InForce) -> dict[str, str]:
    try:
        instant, importance = _event(line, rules)
        return _due(instant, importance, rules)
    except (_Unclear, CalendarOutOfRange) as error:
        return {"error": str(error)}


def _event(line: bytes, rules: InForce) -> tuple[datetime, Importance]:
    question = _object(line)
    if question is None:
        raise _Unclear(f'строка не разобрана, нужна как {{"at": "{_INSTANT}", "importance": "normal"}}')
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
        raise _Unclear(f"нужны дата и время (at), например {_INSTANT}") from None
    return instant if instant.tzinfo else instant.replace(tzinfo=rules.calendar.tz)


def _due(instant: datetime, importance: Importance, rules: InForce) -> dict[str, str]:
    times = due_times(instant, importance, parameters=rules.parameters, calendar=rules.calendar)
    return {f"{kind.value}_due": due.isoformat() for kind, due in times.items()}


def _tell_terms(instant: datetime, importance: Importance, rules: InForce) -> None:
    clocks = compute_clocks(instant, importance, parameters=rules.parameters, calendar=rules.calendar)
    local = clocks[ClockKind.ANSWER].started_at
    click.echo(f"{local:%d.%m.%Y %H:%M}, важность: {importance.label.lower()}")
    for clock in clocks.values():
        click.echo(f"{clock.kind.label}: до {clock.due_at:%d.%m.%Y %H:%M}\n    {clock.explanation}")
    for warning in rules.calendar.warnings:
        click.echo(warning, err=True)

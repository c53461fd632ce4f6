"""`osm check-answer`: the criteria of П.16, П.15 and the style of Пр.2.5 for one answer or a stream of lines."""

import json
import sys
from collections.abc import Mapping
from typing import Any

import click

from osm.answers.acts import templates
from osm.answers.acts.templates import Checked, WrongQuestion
from osm.networks.catalogue import NETWORKS
from osm.regulation.words import ReplyKind

_EXAMPLE = '{"text": "Здравствуйте! …", "network": "vk", "kind": "final", "repeat": false, "attachments": 0}'
_MARKS = {True: "✓", False: "✗", None: "?"}
_LABELS = {
    "greeting": "приветствие или обращение",
    "polite": "вежливо",
    "format": "формат сети",
    "responsible_body": "кто отвечает",
    "measures": "меры",
    "terms": "срок",
    "attachments": "фото или видео",
    "repeat_measures": "работы по повторному сообщению",
}


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
        for line in sys.stdin.buffer:
            answer = json.dumps(_answer(line), ensure_ascii=False)
            sys.stdout.buffer.write(answer.encode("utf-8", "surrogatepass") + b"\n")
            sys.stdout.buffer.flush()
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
    try:
        question = json.loads(line)
    except (ValueError, RecursionError):
        question = None
    if not isinstance(question, Mapping) or not isinstance(question.get("text"), str):
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
        "text": question["text"],
        "network": _known(question.get("network", "vk")),
        "kind": kind,
        "is_repeat": repeat,
        "attachments": attachments,
    }


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

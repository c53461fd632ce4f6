"""Commands: classify (JSON lines), explain (one text), evaluate (a labelled file)."""

import argparse
import json
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import TextIO

from moderation.pipeline import Moderator
from moderation.verdict import CATEGORIES, Verdict


def _table(moderator: Moderator, rows: Iterable[tuple[str, str]]) -> str:
    """Per label: rows, share flagged, share proposed for exclusion, share with each category, in per cent."""
    verdicts: dict[str, list[Verdict]] = defaultdict(list)
    for label, text in rows:
        verdicts[label].append(moderator.judge(text))
    lines = [
        f"{'метка':58} {'строк':>6} {'отмечено':>9} {'исключить':>9} " + " ".join(f"{name:>9}" for name in CATEGORIES)
    ]
    for label in sorted(verdicts):
        group = verdicts[label]
        shares = [
            sum(verdict.decision != "pass" for verdict in group),
            sum(verdict.decision == "exclude" for verdict in group),
            *(sum(name in verdict.categories for verdict in group) for name in CATEGORIES),
        ]
        lines.append(f"{label:58} {len(group):6} " + " ".join(f"{100 * share / len(group):8.1f}%" for share in shares))
    return "\n".join(lines) + "\n"


def _classify(lines: TextIO, out: TextIO) -> int:
    """One verdict for each line, in order, in constant memory. An invalid line is answered with ``error``."""
    moderator = Moderator()
    failed = 0
    for line in lines:
        if not line.strip():
            continue
        try:
            question = json.loads(line)
            identifier, text = question["id"], question["text"]
            if not isinstance(text, str):
                raise TypeError
        except (ValueError, KeyError, TypeError, RecursionError):
            failed += 1
            out.write(
                json.dumps({"id": None, "error": 'нужна строка JSON вида {"id": …, "text": "…"}'}, ensure_ascii=False)
                + "\n"
            )
            continue
        answer = {"id": identifier, **moderator.judge(text).as_dict()}
        out.write(json.dumps(answer, ensure_ascii=False) + "\n")
    out.flush()
    if failed:
        sys.stderr.write(f"Не прочитано строк: {failed}. Остальные проверены.\n")
    return 1 if failed else 0


def _explain(text: str, out: TextIO) -> int:
    moderator = Moderator()
    verdict = moderator.judge(text)
    out.write(f"Решение: {verdict.decision}; категории: {', '.join(verdict.categories) or 'нет'}\n")
    for report in moderator.explain(text):
        mark = "!" if report.fired else "·"
        out.write(f"{mark} {report.rule:24} {report.title}: {report.reason}\n")
        for finding in report.findings:
            out.write(f"    [{finding.start}:{finding.end}] «{finding.fragment}» ({finding.severity}) {finding.why}\n")
    return 0


def _rows(path: str) -> Iterator[tuple[str, str]]:
    with open(path, encoding="utf-8", newline="\n") as lines:
        for number, line in enumerate(lines, 1):
            parts = line.rstrip("\n").split("\t")
            if len(parts) == 3:
                yield f"{parts[1]}/{parts[0]}", parts[2]
            elif len(parts) == 2:
                yield parts[0], parts[1]
            elif line.strip():
                raise ValueError(f"{path}, строка {number}: нужно «метка⇥текст» или «метка⇥источник⇥текст».")


def _surrogates_survive(*streams: TextIO) -> None:
    """UTF-8 in any locale; half of a surrogate pair must not stop the stream."""
    for stream in streams:
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure:
            reconfigure(encoding="utf-8", errors="backslashreplace" if stream is not sys.stdin else "replace")


def main(arguments: list[str] | None = None) -> int:
    """Exit status: 0 done, 1 refused, 2 bad call."""
    parser = argparse.ArgumentParser(
        prog="python -m moderation", description="Проверка комментариев: что нашлось и почему."
    )
    commands = parser.add_subparsers(dest="command", required=True)
    classify = commands.add_parser("classify", help="строки JSON {id, text} → строки JSON с решением, по порядку")
    classify.add_argument("file", nargs="?", help="файл; без него стандартный ввод")
    explain = commands.add_parser("explain", help="решение каждого правила для одного текста")
    explain.add_argument("text")
    evaluate = commands.add_parser("evaluate", help="таблица по меткам для файла TSV")
    evaluate.add_argument("file")
    args = parser.parse_args(arguments)
    _surrogates_survive(sys.stdin, sys.stdout, sys.stderr)
    try:
        if args.command == "explain":
            return _explain(args.text, sys.stdout)
        if args.command == "evaluate":
            sys.stdout.write(_table(Moderator(), _rows(args.file)))
            return 0
        if args.file:
            with open(args.file, encoding="utf-8", errors="replace") as lines:
                return _classify(lines, sys.stdout)
        return _classify(sys.stdin, sys.stdout)
    except (OSError, ValueError) as error:
        sys.stderr.write(f"Не получилось: {error}\n")
        return 1


if __name__ == "__main__":
    sys.exit(main())

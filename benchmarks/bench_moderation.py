"""Speed, start-up, memory and growth of the moderation library compared with installable rivals.

    python benchmarks/bench_moderation.py [CORPUS] [--stream 1000000]

Comments per second of processor time on one core, so that other load does not matter. Rivals of
``moderation_requirements.txt`` that are not installed are named and left out.
"""

from __future__ import annotations

import argparse
import io
import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Iterable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.seeding.moderation_texts import ROOT, Judge, comments, corpus, rivals
from moderation import Moderator

LENGTH = 10_000  # whole comments
WARM_PASSES = 3
WANTED_SECOND_PASS, WANTED_START, WANTED_MEMORY, WANTED_MEGABYTE = 20_000, 0.5, 150, 2.0
_START_UP = (
    "import time; t = time.perf_counter(); c = time.process_time(); from moderation import classify;"
    "classify('Привет'); print(time.perf_counter() - t, time.process_time() - c)"
)
_COLD = (
    "import sys, time; text = sys.stdin.buffer.read().decode(); c = time.process_time();"
    "from moderation import classify; classify(text); print(time.process_time() - c)"
)


def passes(judge: Judge, texts: Iterable[str]) -> tuple[float, float]:
    """Comments per second of the first pass and of the best warm pass; slower passes are due to the machine."""
    texts = list(texts)
    speeds = []
    for _ in range(1 + WARM_PASSES):
        started = time.process_time()
        for text in texts:
            judge(text)
        speeds.append(len(texts) / (time.process_time() - started))
    return speeds[0], max(speeds[1:])


def fresh(code: str, text: str = "") -> list[float]:
    """The numbers that a new process prints for ``code`` with ``text`` as its standard input."""
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, input=text.encode(), capture_output=True, check=True, cwd=ROOT)
    return [float(word) for word in done.stdout.split()]


def of_size(texts: list[str], size: int) -> str:
    """Different comments, one a line, of ``size`` bytes in total."""
    lines: list[str] = []
    total = number = 0
    while total < size:
        line = texts[number % len(texts)] + ("" if number < len(texts) else f" {number}")
        lines.append(line)
        total += len(line.encode()) + 1
        number += 1
    return "\n".join(lines).encode()[:size].decode(errors="ignore")


def stream(texts: list[str], number: int) -> tuple[float, float, bool]:
    """``number`` comments through ``moderation classify``: peak memory (MB), comments per second, in order?"""
    command = [sys.executable, "-m", "moderation", "classify"]
    feed = (
        "import json, sys\ntexts = json.loads(sys.argv[1])\nfor n in range(int(sys.argv[2])):\n"
        " sys.stdout.write(json.dumps({'id': n, 'text': texts[n % len(texts)] + f' {n}'}, ensure_ascii=False) + '\\n')"
    )
    started = time.perf_counter()
    questions = subprocess.Popen(
        [sys.executable, "-c", feed, json.dumps(texts[:250], ensure_ascii=False), str(number)],
        stdout=subprocess.PIPE,
        cwd=ROOT,
    )
    in_order, count = True, 0
    process = subprocess.Popen(command, stdin=questions.stdout, stdout=subprocess.PIPE, cwd=ROOT)
    assert process.stdout is not None
    for line in io.TextIOWrapper(process.stdout, encoding="utf-8"):
        in_order = in_order and json.loads(line)["id"] == count
        count += 1
    _, _, usage = os.wait4(process.pid, 0)
    questions.wait()
    return usage.ru_maxrss / 1024, number / (time.perf_counter() - started), in_order and count == number


def verdict(good: bool) -> str:
    return "да" if good else "НЕТ"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("corpus", nargs="?", help="folder with dev.tsv; else OSM_CORPUS, else ../shared/corpus")
    parser.add_argument("--stream", type=int, default=30_000, help="comments through classify")
    args = parser.parse_args()
    texts, source = comments(corpus(args.corpus), LENGTH)

    wall, processor = min((fresh(_START_UP) for _ in range(3)), key=lambda pair: pair[0])
    print(f"запуск с первым вердиктом: {wall:.2f} с ({processor:.2f} с процессора), "
          f"процессора не больше {WANTED_START}: {verdict(processor <= WANTED_START)}")  # fmt: skip

    mean = sum(map(len, texts)) / len(texts)
    print(f"\nкомментарии целиком, в среднем {mean:.0f} знаков ({source}), в секунду процессора")
    first, second = passes(Moderator().judge, texts)
    print(f"{'moderation':36} первый проход {first:8.0f}   второй {second:8.0f}   {len(texts)} текстов")
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    for name, judge, number in rivals():
        their_first, theirs = passes(judge, texts[:number])
        print(f"{name:36} первый проход {their_first:8.0f}   второй {theirs:8.0f}   {min(number, len(texts))} текстов, "
              f"наша быстрее в {second / theirs:.0f} раз")  # fmt: skip
    print(f"второй проход не меньше {WANTED_SECOND_PASS}: {verdict(second >= WANTED_SECOND_PASS)}")
    print(f"память после двух проходов {memory:.0f} МБ, не больше {WANTED_MEMORY}: {verdict(memory <= WANTED_MEMORY)}")

    print("\nодин длинный текст, новый процесс с загрузкой, секунды процессора")
    whole = of_size(comments(corpus(args.corpus), 10_000)[0], 1_000_000)
    for share in (100, 10, 1):
        part = whole.encode()[: 1_000_000 // share].decode(errors="ignore")
        (seconds,) = min(fresh(_COLD, part) for _ in range(2))
        print(f"{len(part.encode()):>9} байт: {seconds:.2f}")
    print(f"мегабайт не больше {WANTED_MEGABYTE}: {verdict(seconds <= WANTED_MEGABYTE)}")

    print(f"\n{args.stream} комментариев через python -m moderation classify (JSON, время по часам)")
    for number in (args.stream // 10, args.stream):
        peak, speed, in_order = stream(texts, number)
        print(f"{number:>9}: {peak:.0f} МБ, {speed:.0f} в секунду, по порядку и все: {verdict(in_order)}")


if __name__ == "__main__":
    main()

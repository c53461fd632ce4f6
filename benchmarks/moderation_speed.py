"""Speed, start-up and memory of the moderation library beside what can be installed instead, in one run, on one core.

    python benchmarks/moderation_speed.py FILE.tsv [--rows N]

FILE.tsv: the text is the last column; it is cut to 100 characters. Needs ``benchmarks/moderation_requirements.txt``
for the rivals; one that is not installed is left out and said so. Prints comments a second of processor time
(so that a busy machine does not decide): first pass, second pass.
"""

from __future__ import annotations

import argparse
import importlib
import io
import json
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

_START_UP = "import time; t = time.perf_counter(); from moderation import Moderator; Moderator().judge('Привет'); print(time.perf_counter() - t)"  # noqa: E501


def texts(path: str, rows: int) -> list[str]:
    """The first ``rows`` texts of the file (0 = all), cut to 100 characters."""
    with open(path, encoding="utf-8", newline="\n") as lines:
        found = [line.rstrip("\n").split("\t")[-1][:100] for line in lines]
    return found[:rows] if rows else found


def passes(judge: Callable[[str], object], comments: Iterable[str]) -> tuple[float, float]:
    """Comments a second on the first and on the second pass."""
    comments = list(comments)
    speeds = []
    for _ in range(2):
        started = time.process_time()
        for comment in comments:
            judge(comment)
        speeds.append(len(comments) / (time.process_time() - started))
    return speeds[0], speeds[1]


def rivals() -> Iterator[tuple[str, Callable[[str], object], int]]:
    """Name, function and the number of texts that it is given (the slow ones get fewer)."""
    try:
        words = importlib.import_module("obscene_words_filter.default").get_default_filter()
        yield (
            "python-obscene-words-filter",
            lambda text: list(words.find_bad_word_matches_without_good_words(text)),
            4000,
        )
    except Exception as error:  # a rival that does not start is a result too
        print(f"python-obscene-words-filter: не запустился ({error})", file=sys.stderr)
    try:
        yield "detected-profanity", importlib.import_module("detected_profanity").contains_profanity, 1000
    except Exception as error:
        print(f"detected-profanity: не запустился ({error})", file=sys.stderr)
    try:
        censor = importlib.import_module("better_profanity").Profanity()
        yield "better-profanity", censor.contains_profanity, 300
    except Exception as error:
        print(f"better-profanity: не запустился ({error})", file=sys.stderr)


def stream_memory(comments: list[str], lines: int) -> tuple[float, float]:
    """Peak memory in MB of a ``classify`` that is given ``lines`` comments, and its comments a second."""
    command = [sys.executable, "-m", "moderation", "classify"]
    started = time.perf_counter()
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL) as process:
        assert process.stdin is not None
        with io.TextIOWrapper(process.stdin, encoding="utf-8") as questions:
            for number in range(lines):
                text = comments[number % len(comments)] + f" {number % 9973}"
                questions.write(json.dumps({"id": number, "text": text}, ensure_ascii=False) + "\n")
    return resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024, lines / (time.perf_counter() - started)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("file")
    parser.add_argument("--rows", type=int, default=0)
    parser.add_argument("--stream", type=int, default=0, help="also send so many comments through classify")
    args = parser.parse_args()
    comments = texts(args.file, args.rows)
    starts = [
        float(subprocess.run([sys.executable, "-c", _START_UP], capture_output=True, text=True, check=True).stdout)
        for _ in range(3)
    ]
    print(f"start-up with the first verdict: {min(starts):.2f} s")

    from moderation import Moderator

    first, second = passes(Moderator().judge, comments)
    print(f"{'moderation':30} first {first:9.0f}/s  second {second:9.0f}/s   {len(comments)} texts")
    print(f"memory after both passes: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")
    for name, judge, rows in rivals():
        first, second = passes(judge, comments[:rows])
        print(f"{name:30} first {first:9.0f}/s  second {second:9.0f}/s   {min(rows, len(comments))} texts")
    if args.stream:
        memory, speed = stream_memory(comments, args.stream)
        print(f"classify, {args.stream} comments: {memory:.0f} MB, {speed:.0f}/s with JSON")


if __name__ == "__main__":
    main()

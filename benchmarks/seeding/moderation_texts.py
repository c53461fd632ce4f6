"""Common to the benchmarks of moderation: the labelled comments, their rows, and the rivals."""

from __future__ import annotations

import importlib
import os
import random
from collections.abc import Callable, Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
REQUIREMENTS = "benchmarks/moderation_requirements.txt"
Judge = Callable[[str], object]


def corpus(argument: str | None) -> Path | None:
    """The folder with ``dev.tsv`` and ``dev_written.tsv``: the argument, ``OSM_CORPUS`` or ``../shared/corpus``."""
    folder = Path(argument or os.environ.get("OSM_CORPUS") or ROOT.parent / "shared" / "corpus")
    if (folder / "dev.tsv").is_file():
        return folder
    print(f"Размеченных комментариев нет в {folder}: таблицы по меткам пропущены (путь — аргумент или OSM_CORPUS).")
    return None


def rows(path: Path) -> Iterator[tuple[int, str, str]]:
    """Number of the line from 1, ``source/label`` (or the label alone) and the text of each line."""
    with path.open(encoding="utf-8", newline="\n") as lines:
        for number, line in enumerate(lines, 1):
            *marks, text = line.rstrip("\n").split("\t")
            yield number, "/".join(reversed(marks)), text


def comments(folder: Path | None, length: int) -> tuple[list[str], str]:
    """Comments cut to ``length`` characters and their origin: the corpus, or sentences of the tests in mixed order."""
    if folder:
        return [text[:length] for _, _, text in rows(folder / "dev.tsv")], "dev.tsv"
    own = [text for _, _, text in rows(ROOT / "tests" / "moderation" / "cases.tsv")]
    chance = random.Random(215)
    words = [word for text in own for word in text.split()]
    return [
        " ".join(chance.choices(words, k=14))[:length] for _ in range(14_000)
    ], "слова проверочных случаев вперемешку"


def rivals() -> Iterator[tuple[str, Judge, int]]:
    """Name, a function that is true for a bad text, and how many texts it gets (slow ones get fewer)."""
    try:
        words = importlib.import_module("obscene_words_filter.default").get_default_filter()
        yield "python-obscene-words-filter", lambda t: any(words.find_bad_word_matches_without_good_words(t)), 4000
    except Exception as error:  # a rival that does not start is a result too
        _left_out("python-obscene-words-filter", error)
    try:
        yield "detected-profanity", importlib.import_module("detected_profanity").contains_profanity, 1500
    except Exception as error:
        _left_out("detected-profanity", error)
    try:
        censor = importlib.import_module("better_profanity").Profanity()
        censor.add_censor_words(russian_words())
        yield "better-profanity + русский список", censor.contains_profanity, 150
    except Exception as error:
        _left_out("better-profanity", error)


def russian_words() -> list[str]:
    """The obscene and coarse words of our own list, because better-profanity has none for Russian."""
    lists = importlib.import_module("moderation.lexicon").read_entries("profanity")
    return [entry.text for entry in lists if entry.group in ("masked", "strong.word", "coarse.word")]


def _left_out(name: str, error: Exception) -> None:
    print(f"{name}: не запустилась ({error}); установка: pip install -r {REQUIREMENTS}")

"""Learns how much each sign of a threat weighs, and writes ``moderation/lexicon/weights.tsv``.

    python benchmarks/learn_threats.py

Everything that is learned from was written for this project: the parts ``LEARNED`` of ``tests/moderation/written.tsv``
and ``cases.tsv``; as ordinary ones also the messages that the topics are measured with, the calm texts of the
demonstration, and comments composed from ``everyday.txt``. The parts ``held`` only judge. The labelled comments outside
the product only measure: nothing that ships may be learned from them. The result is the same on every run: logistic
regression by FTRL-proximal steps, whose L1 part leaves out what tells little.
"""

from __future__ import annotations

import math
import random
import re
import sys
import tomllib
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.everyday import Everyday
from benchmarks.moderation_texts import ROOT
from moderation.lexicon import FOLDER
from moderation.rules.weighed import pieces
from moderation.tokens import read
from moderation.vocabulary import load_vocabulary
from moderation.weigh import PART, PLUS, parts, signs
from moderation.word import FIRST_GROUP_BIT, Word
from moderation.words import WordReader

ALPHA, BETA, L1, L2 = 0.06, 1.0, 4.0, 1.0
ROUNDS = 8
TIMES = 3  # a threat counts for so many ordinary comments
MARGIN = 0.0
LEAST = 0.1  # lighter signs tell nothing and cost memory
# Parts of written.tsv that were open while rules were mended; «held» and all that begins so is not among them.
LEARNED = ("learn", "taught", "life", "calm", "frames", "residents", "regions", "deeds", "hints",
           "threads", "veiled", "plain", "opened_e", "opened_f", "opened_insult", "opened_offer")  # fmt: skip
COMPOSED = 4000  # comments
LONGEST = 6  # phrases of a composed comment
SHORT = 12  # words of a comment that may become a part of a composed one


class Telling(WordReader):
    """A reader whose words keep their dictionary form even where no list knows them."""

    def _shared(self, form: str, mask: int, grammar: int, lemma: str) -> Word:
        return Word(form, lemma, frozenset(), mask, grammar)


class Reader:
    """Texts as rows of signs."""

    def __init__(self) -> None:
        self.words = Telling(load_vocabulary())
        bits = self.words.vocabulary.bits
        self.groups = [(name, bit << FIRST_GROUP_BIT) for name, bit in bits.items()]

    def pieces(self, text: str) -> list[dict[str, float]]:
        doc = read(text, self.words)
        found = []
        for piece in pieces(doc):
            row: dict[str, float] = {}
            together: set[str] = set()
            for word in doc.words[piece.start : piece.stop]:
                named = [name for name, bit in self.groups if word.mask & bit]
                single, paired = signs(word.form, named, word.grammar, word.lemma)
                for sign in (*single, *(PART + part for part in parts(word.form))):
                    row[sign] = row.get(sign, 0.0) + 1.0
                together.update(paired)
            for first, second in combinations(sorted(together), 2):
                row[first + PLUS + second] = 1.0
            if row:
                found.append(row)
        return found


class Learner:
    """Logistic regression, one step a row; most weights stay zero."""

    def __init__(self) -> None:
        self.z: dict[str, float] = {}
        self.n: dict[str, float] = {}

    def weight(self, sign: str) -> float:
        z = self.z.get(sign, 0.0)
        least = 0.0 if sign == "порог" else L1
        if abs(z) <= least:
            return 0.0
        return (math.copysign(least, z) - z) / ((BETA + math.sqrt(self.n[sign])) / ALPHA + L2)

    def step(self, row: dict[str, float], threat: bool, times: float) -> None:
        weights = {sign: self.weight(sign) for sign in row}
        total = max(-30.0, min(30.0, sum(weights[sign] * much for sign, much in row.items())))
        error = (1 / (1 + math.exp(-total)) - threat) * times
        for sign, much in row.items():
            slope = error * much
            before = self.n.get(sign, 0.0)
            after = before + slope * slope
            sigma = (math.sqrt(after) - math.sqrt(before)) / ALPHA
            self.z[sign] = self.z.get(sign, 0.0) + slope - sigma * weights[sign]
            self.n[sign] = after


def texts() -> tuple[list[str], list[str]]:
    """Threats and ordinary comments to learn from."""
    threats, ordinary, judging = [], [], []
    for line in (ROOT / "tests/moderation/written.tsv").read_text(encoding="utf-8").splitlines():
        part, label, text = line.split("\t")
        if part in LEARNED and label in ("threat", "normal"):
            (threats if label == "threat" else ordinary).append(text)
        elif part.startswith("held"):
            judging.append(bare(text))
    for line in (ROOT / "tests/moderation/cases.tsv").read_text(encoding="utf-8").splitlines():
        label, text = line.split("\t")
        (threats if label == "threat" else ordinary).append(text)
    # The same thought may have come twice: a text that repeats one that judges teaches nothing.
    threats, ordinary = (
        [text for text in kind if not any(judge in bare(text) for judge in judging)] for kind in (threats, ordinary)
    )
    short = [text for text in ordinary if len(text.split()) <= SHORT]
    everyday = Everyday()
    return threats, [*ordinary, *calm(), *everyday.ready, *everyday.comments(COMPOSED, LONGEST, short)]


def bare(text: str) -> str:
    """The words of a text alone, for telling that two are the same."""
    return f" {' '.join(re.findall(r'[а-яё]+', text.lower()))} "


def calm() -> Iterator[str]:
    """The calm messages that the project has written for other ends: what they hold, no threat holds."""
    for line in (ROOT / "benchmarks/topics_labelled.tsv").read_text(encoding="utf-8").splitlines():
        if not line.startswith("#"):
            yield line.split("\t")[2]
    for path in sorted((ROOT / "osm/demo/texts").glob("*.toml")):
        if path.name != "comments.toml":  # some of those break the rules on purpose
            yield from sentences(tomllib.loads(path.read_text(encoding="utf-8")))


def sentences(value: object) -> Iterator[str]:
    """The texts of several words in what TOML holds, at any depth."""
    if isinstance(value, str):
        if value.count(" ") >= 3:
            yield value
    elif isinstance(value, dict | list):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from sentences(inner)


def main() -> None:
    threats, ordinary = texts()
    reader, learner = Reader(), Learner()
    examples: list[tuple[dict[str, float], bool]] = []
    for text in threats:
        whole: dict[str, float] = {}
        for row in reader.pieces(text):
            for sign, much in row.items():
                whole[sign] = whole.get(sign, 0.0) + much if PLUS not in sign else 1.0
        examples.append((whole, True))
    examples += [(row, False) for text in ordinary for row in reader.pieces(text)]
    for row, _ in examples:
        row["порог"] = 1.0
    order = random.Random(17)
    for _ in range(ROUNDS):
        order.shuffle(examples)
        for row, threat in examples:
            learner.step(row, threat, TIMES if threat else 1)
    weights = {sign: learner.weight(sign) for sign in sorted(learner.z)}
    kept = {sign: weight for sign, weight in weights.items() if abs(weight) >= LEAST}
    kept["порог"] = weights["порог"] - MARGIN
    lines = ["# Сделано программой benchmarks/learn_threats.py. Признак или два признака в одном тексте, вес."]
    lines += [f"{sign}\t{weight:.2f}" for sign, weight in kept.items()]
    (FOLDER / "weights.tsv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    print(f"{len(threats)} угроз, {len(examples) - len(threats)} отрывков обычных, {len(kept)} признаков с весом")


if __name__ == "__main__":
    main()

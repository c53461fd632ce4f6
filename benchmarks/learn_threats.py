"""Learns how much each sign of a threat weighs, and writes ``moderation/lexicon/weights.tsv``.

    pip install -r benchmarks/moderation_requirements.txt
    python benchmarks/learn_threats.py

Everything that is learned from was written for this project: the parts ``LEARNED`` of ``tests/moderation/written.tsv``
and ``cases.tsv``; as ordinary ones also the messages that the topics are measured with, the calm texts of the
demonstration, and comments composed from ``everyday.txt``. The parts ``held`` only judge. The labelled comments outside
the product only measure: nothing that ships may be learned from them. The result is the same on every run: logistic
regression, whose many small weights do better on unseen threats than few large ones.
"""

from __future__ import annotations

import re
import sys
import tomllib
from collections import Counter, defaultdict
from collections.abc import Iterator
from itertools import chain, combinations, pairwise
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.everyday import Everyday
from benchmarks.seeding.moderation_texts import ROOT
from moderation.lexicon import FOLDER
from moderation.rules.weighed import pieces
from moderation.tokens import read
from moderation.vocabulary import load_vocabulary
from moderation.weigh import BEGINNING, ENDING, FOLLOWED, PART, PLUS, in_row, kind, parts, signs
from moderation.word import FIRST_GROUP_BIT, Word
from moderation.words import WordReader

Row = dict[str, float]
STRENGTH = 0.05  # the less, the smaller the weights
RARE = 3  # a sign of fewer texts is not learned
LEAST, LEAST_PART = 0.02, 0.03  # lighter signs tell little and cost memory: the rest is learned once more without them
# Parts of written.tsv that may be learned from; «held» and all that begins so only judges.
LEARNED = ("learn", "taught", "life", "calm", "frames", "residents", "regions", "deeds", "hints", "threads", "veiled",
           "plain", "town", "blows", "even", "opened_e", "opened_f", "opened_insult", "opened_offer")  # fmt: skip
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

    def pieces(self, text: str) -> list[Row]:
        doc = read(text, self.words)
        found = []
        for piece in pieces(doc):
            row: Row = {}
            together: set[str] = set()
            forms, kinds = [BEGINNING], []
            for word in doc.words[piece.start : piece.stop]:
                named = [name for name, bit in self.groups if word.mask & bit]
                single, paired = signs(word.form, named, word.grammar, word.lemma)
                for sign in (*single, *(PART + part for part in parts(word.form))):
                    row[sign] = row.get(sign, 0.0) + 1.0
                together.update(paired)
                forms.append(in_row(word.form, word.lemma))
                kinds.append(kind(word.form, paired))
            for first, second in combinations(sorted(together), 2):
                row[first + PLUS + second] = 1.0
            for first, second in chain(pairwise(filter(None, (*forms, ENDING))), pairwise(kinds)):
                row[first + FOLLOWED + second] = 1.0
            found.append(row)
        return found


def learned(threats: list[Row], ordinary: list[Row]) -> Row:
    """Sign → weight, and the constant under the name «порог»."""
    from sklearn.feature_extraction import DictVectorizer
    from sklearn.linear_model import LogisticRegression  # only who learns needs it

    examples = [*threats, *ordinary]
    occurs = Counter(chain.from_iterable(examples))
    told = {sign for sign, times in occurs.items() if times >= RARE}
    for _ in range(2):
        columns = DictVectorizer()
        matrix = columns.fit_transform([{sign: row[sign] for sign in row.keys() & told} for row in examples])
        for places in ("indices", "indptr"):  # liblinear reads no wider numbers
            setattr(matrix, places, getattr(matrix, places).astype("int32"))
        model = LogisticRegression(C=STRENGTH, solver="liblinear", max_iter=200)
        model.fit(matrix, [1] * len(threats) + [0] * len(ordinary))
        weights = dict(zip(columns.get_feature_names_out(), model.coef_[0], strict=True))
        told = {sign for sign, weight in weights.items() if abs(weight) >= (LEAST_PART if sign[0] == PART else LEAST)}
    return {sign: weights[sign] for sign in told} | {"порог": model.intercept_[0]}


def together(rows: list[Row]) -> Row:
    """The pieces of one text as one row: single signs add up, a pair counts once."""
    whole: Row = {}
    for row in rows:
        for sign, much in row.items():
            joint = PLUS in sign or FOLLOWED in sign
            whole[sign] = 1.0 if joint else whole.get(sign, 0.0) + much
    return whole


def texts() -> tuple[list[str], list[str]]:
    """Threats and ordinary comments to learn from."""
    threats, ordinary, judging = [], [], Judging()
    for line in (ROOT / "tests/moderation/written.tsv").read_text(encoding="utf-8").splitlines():
        part, label, text = line.split("\t")
        if part in LEARNED and label in ("threat", "normal"):
            (threats if label == "threat" else ordinary).append(text)
        elif part.startswith("held"):
            judging.add(text)
    for line in (ROOT / "tests/moderation/cases.tsv").read_text(encoding="utf-8").splitlines():
        label, text = line.split("\t")
        (threats if label == "threat" else ordinary).append(text)
    # The same thought may have come twice: a text that repeats one that judges teaches nothing.
    threats, ordinary = ([text for text in kind if not judging.repeats(text)] for kind in (threats, ordinary))
    short = [text for text in ordinary if len(text.split()) <= SHORT]
    everyday = Everyday()
    return threats, [*ordinary, *calm(), *everyday.ready, *everyday.comments(COMPOSED, LONGEST, short)]


class Judging:
    """The texts that judge, by their first two words: which text to learn from holds one of them?"""

    def __init__(self) -> None:
        self._by_beginning: dict[tuple[str, ...], list[list[str]]] = defaultdict(list)

    def add(self, text: str) -> None:
        words = bare(text)
        self._by_beginning[tuple(words[:2])].append(words)

    def repeats(self, text: str) -> bool:
        words = bare(text)
        return any(
            words[start : start + len(judge)] == judge
            for start in range(len(words))
            for beginning in (tuple(words[start : start + 1]), tuple(words[start : start + 2]))
            for judge in self._by_beginning.get(beginning, ())
        )


def bare(text: str) -> list[str]:
    """The words of a text alone, for telling that two are the same."""
    return re.findall(r"[а-яё]+", text.lower())


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
    reader = Reader()
    rows = [together(reader.pieces(text)) for text in threats]
    pieces = [row for text in ordinary for row in reader.pieces(text)]
    weights = learned(rows, pieces)
    lines = [
        "# Сделано программой benchmarks/learn_threats.py: признак, два признака в одном тексте (+)",
        "# или два слова подряд (>), и вес.",
        *(f"{sign}\t{weight:.2f}" for sign, weight in sorted(weights.items())),
    ]
    (FOLDER / "weights.tsv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    print(f"{len(threats)} угроз, {len(pieces)} отрывков обычных, {len(weights)} признаков с весом")


if __name__ == "__main__":
    main()

"""Learn the models: ``python -m moderation.learn [--check]`` writes ``learned/weights.tsv``.

The training texts are the project's own (``learning/``, the parts ``PARTS`` of the written tests, calm texts of the
demonstration and of the topics) and, only as words and pieces of words, rows of ``../shared/corpus/dev.tsv`` from
sources under the MIT licence (``learned/NOTICE.txt``). Needs scikit-learn; the library itself does not. ``--check``
writes no file: it tests each group of sources with weights learned from the others.
"""

import argparse
import random
import re
import sys
import tomllib
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from itertools import combinations, pairwise
from pathlib import Path
from typing import Any, NamedTuple

from moderation import model as signs
from moderation.lexicon import read_entries
from moderation.text.tokens import read
from moderation.text.word import LEARNED, Word
from moderation.text.words import WordReader
from moderation.verdict import Category
from moderation.vocabulary import load_vocabulary

ROOT = Path(__file__).resolve().parent.parent
TEXTS = Path(__file__).parent / "learning"
CORPUS = ROOT.parent / "shared" / "corpus" / "dev.tsv"
MIT = ("rutoxicon", "telegram_spam_ru_monalenka", "telegram_ads_nktkln")  # no other row of the corpus may be used
# Parts of written.tsv used for learning; «held» and the parts that begin so are only for tests.
PARTS = ("learn", "taught", "life", "calm", "frames", "residents", "regions", "deeds", "hints", "threads", "veiled",
         "plain", "town", "blows", "even", "opened_e", "opened_f", "opened_insult", "opened_offer")  # fmt: skip
COMPOSED, JOINED, LONGEST = 4000, 1500, 6
STRENGTH: dict[Category, float] = {"threat": 0.035, "spam": 0.2, "insult": 0.1}  # smaller values give smaller weights
MARK: dict[Category, float] = {"threat": 0.56, "spam": 0.0, "insult": 0.5}  # a text above it is a finding
# Labels that may also be right: such a text is no counterexample of the category.
NEITHER: dict[Category, tuple[str, ...]] = {"spam": ("ad",), "insult": ("threat", "profanity")}
TWICE = ("cases", "talk", "quarrel", *MIT)  # texts of these sources count twice: hard cases and ordinary talk
RARE, LEAST = 3, 0.02  # signs in fewer texts, and lighter ones, are dropped
THINNED = 0.4  # the share of its signs that the second copy of a text lacks
FOLDS = 5


class Text(NamedTuple):
    source: str
    label: str
    text: str


def texts() -> list[Text]:
    tests = ROOT / "tests" / "moderation"
    found: list[Text] = []
    judging = {bare(text) for part, _, text in rows(tests / "written.tsv") if part.startswith("held")}
    found += [Text(part, label, text) for part, label, text in rows(tests / "written.tsv") if part in PARTS]
    found += [Text("cases", label, text) for label, text in rows(tests / "cases.tsv")]
    found += [Text("calm texts", "normal", text) for text in calm()]
    found += [Text("calm words", "normal", text) for text in lines(TEXTS / "calm.txt")]
    talk = lines(TEXTS / "talk.txt")
    chance = random.Random(215)  # noqa: S311 - no secret, only the same order each time
    found += [Text("talk", "normal", text) for text in talk]
    joined = (" ".join(chance.sample(talk, chance.randint(2, 4))) for _ in range(JOINED))
    found += [Text("talk", "normal", text) for text in joined]
    found += [Text("quarrel", label, text) for label, text in rows(TEXTS / "quarrel.tsv")]
    everyday = Everyday()
    composed = everyday.comments(COMPOSED, LONGEST)
    found += [Text("everyday", "normal", text) for text in (*everyday.ready, *composed)]
    found += [Text("insults", label, text) for label, text in insults(chance)]
    if CORPUS.is_file():
        found += [Text(source, _label(label), text) for label, source, text in rows(CORPUS) if source in MIT]
    return [one for one in found if bare(one.text) not in judging]


def rows(path: Path) -> list[list[str]]:
    return [line.split("\t") for line in lines(path)]


def lines(path: Path) -> list[str]:
    return [line for line in path.read_text(encoding="utf-8").split("\n") if line and not line.startswith("#")]


def _label(label: str) -> str:
    """Our label for that of a public row; a text that is neither is left out of the classes it may belong to."""
    if "threat" in label:
        return "threat"
    if any(word in label for word in ("insult", "hate", "harassment")):
        return "insult"
    return {"ham": "normal", "news_post": "normal", "advertisement_auto": "ad?"}.get(label, label)


def bare(text: str) -> str:
    """Only the words of a text, to compare texts."""
    return " ".join(re.findall(r"[а-яё]+", text.lower()))


def calm() -> Iterator[str]:
    """Calm messages that the project has for other purposes."""
    for line in lines(ROOT / "benchmarks" / "topics_labelled.tsv"):
        yield line.split("\t")[2]
    for path in sorted((ROOT / "osm" / "demo" / "texts").glob("*.toml")):
        if path.name != "comments.toml":  # some of those break the rules on purpose
            yield from _sentences(tomllib.loads(path.read_text(encoding="utf-8")))


def _sentences(value: object) -> Iterator[str]:
    if isinstance(value, str):
        if value.count(" ") >= 3:
            yield value
    elif isinstance(value, dict | list):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from _sentences(inner)


_FRAMES = (
    "ты {0}", "вы {0}", "{0} ты", "ваш начальник {0}", "ты {1} {0}", "{1} {0}", "какой же ты {0}, а не глава",
    "да ты просто {0}", "глава у вас {0}, и директор {0}", "сидит {0} в кресле", "эй ты, {0}", "слышь, {0}",
    "вы все там {0}", "{0}, вот ты кто", "сам ты {0}", "у вашего главы морда {1}", "ну и {0} же ты",
    "замолчи, {0}", "вы там совсем {1}?", "мозгов у тебя нет, {0}",
)  # fmt: skip


_THINGS = (
    "{0} забор у школы", "{0} пёс у садика", "опять {0} ветер", "{0} автобус и три остановки", "{0} запах во дворе",
)  # fmt: skip
_BEASTS = (
    "{0} на лугу за рекой", "у соседа {0} и куры", "{0} на вывеске", "видели, {0} бежит по дороге",
    "{0} и кот подружились",
)  # fmt: skip


def insults(chance: random.Random) -> Iterator[tuple[str, str]]:
    """Insults made of our lists, because an insult is no threat; and the same words about things and animals."""
    nouns, adjectives = [], []
    for entry in read_entries("insult"):
        plain = " ".join(place.split("/")[0].strip("=*") for place in entry.text.split() if place != "..")
        if entry.group in ("insult.phrase", "insult.sarcasm"):
            yield "insult", plain
            yield "insult", chance.choice(("вы ", "ваш глава ", "эти чиновники ", "ты ")) + plain
        elif entry.group == "insult.adjective":
            adjectives.append(plain)
            yield from (("normal", frame.format(plain)) for frame in chance.sample(_THINGS, 3))
        elif entry.group in ("insult.strong", "insult.soft", "insult.animal", "insult.obscene"):
            nouns.append(plain)
            if entry.group == "insult.animal":
                yield from (("normal", frame.format(plain)) for frame in chance.sample(_BEASTS, 3))
    for noun in nouns:
        for frame in chance.sample(_FRAMES, 3):
            yield "insult", frame.format(noun, chance.choice(adjectives))


_SLOT = re.compile(r"\{(\w+)\}")
_JOINS = (". ", ". ", ", ", "! ", "? ", "... ", " — ", ", а ", " и ", ", но ", " ")


class Everyday:
    """Ordinary comments composed of written phrases with slots (``everyday.txt``), as counterexamples of threats. The
    same seed gives the same comments."""

    def __init__(self, seed: int = 215) -> None:
        self._random = random.Random(seed)  # noqa: S311 - no secret, only the same order each time
        self._slots: dict[str, list[str]] = {}
        self.phrases: list[str] = []
        for line in (TEXTS / "everyday.txt").read_text(encoding="utf-8").splitlines():
            if line.startswith("@"):
                name, choices = line[1:].split(" = ")
                self._slots[name] = choices.split(" | ")
            elif line and not line.startswith("#"):
                self.phrases.append(line)
        self.ready = [phrase for phrase in self.phrases if "{" not in phrase]

    def phrase(self) -> str:
        return _SLOT.sub(lambda found: self._random.choice(self._slots[found[1]]), self._random.choice(self.phrases))

    def comments(self, number: int, longest: int) -> Iterator[str]:
        """``number`` comments of one to ``longest`` phrases."""
        for _ in range(number):
            parts = [self.phrase() for _ in range(self._random.randint(1, longest))]
            text = parts[0]
            for part in parts[1:]:
                join = self._random.choice(_JOINS)
                text += join + (part if join[0] in ".!?" else part[:1].lower() + part[1:])
            yield text


class Reader:
    def __init__(self) -> None:
        self._words = WordReader(load_vocabulary())

    def rows(self, text: str, category: Category, whole: bool) -> list[list[str]]:
        words = read(text, self._words).words
        every = [range(len(words))] if whole else signs.pieces(words, category)
        return [self._signs(words[piece.start : piece.stop]) for piece in every if piece]

    def _signs(self, words: Sequence[Word]) -> list[str]:
        found: list[str] = []
        together: set[str] = set()
        for word in dict.fromkeys(words):
            kind, lists = signs.kind(word.form, word.mask, word.grammar), self._words.telling(word.mask)
            found += signs.of_word(word.form, word.lemma, word.mask, word.grammar, lists, kind)
            together.update(signs.paired(word.form, word.lemma, lists, kind))
        found += [one + signs.TOGETHER + two for one, two in combinations(sorted(together), 2)]
        forms = [signs.in_row(word.form, word.lemma, word.mask) for word in words]
        kinds = [signs.kind(word.form, word.mask, word.grammar) for word in words]
        for row, follows in ((forms, signs.FOLLOWS), (kinds, signs.KIND_FOLLOWS)):
            edged = (signs.BEGINNING, *row, signs.ENDING)
            found += dict.fromkeys(one + follows + two for one, two in pairwise(edged))
        return [sys.intern(sign) for sign in found]  # the same few signs in all the rows


class Examples(NamedTuple):
    """Training data of one category: rows of signs, 1 or 0 for each, and the sources."""

    rows: list[list[str]]
    answers: list[int]
    sources: list[str]


def examples(category: Category, every: Sequence[Text], reader: Reader) -> Examples:
    """A text of the category is one row; of other texts each piece is a row. Words of the dictionary are no insult
    because of their parts («хохлома»); in other categories all words are split alike."""
    parts = signs.PART if category == "insult" else signs.STRANGE
    found = Examples([], [], [])
    for one in every:
        if one.label in ("ad?", *NEITHER.get(category, ())):
            continue
        mine = one.label == category
        for row in reader.rows(one.text, category, whole=mine):
            found.rows.append([sign for sign in row if not sign.startswith(parts)])
            found.answers.append(int(mine))
            found.sources.append(one.source)
    return found


def thinned(found: Examples) -> Examples:
    """Every row twice, the second time without some of its signs. New texts have words that taught nothing: the small
    words around them must not decide alone."""
    chance = random.Random(215)  # noqa: S311 - no secret, only the same order each time
    rows = [[sign for sign in row if chance.random() >= THINNED] for row in found.rows]
    return Examples(found.rows + rows, found.answers * 2, found.sources * 2)


def learned(found: Examples, category: Category) -> dict[str, float]:
    """Sign → weight, and the constant under the name ``BIAS``."""
    from sklearn.linear_model import LogisticRegression  # only learning needs it

    occurs = Counter(sign for row in found.rows for sign in row)
    if category == "threat":  # insults gain nothing by it
        found = thinned(found)
    counts = [2.0 if source in TWICE else 1.0 for source in found.sources]
    kept = [sign for sign, times in occurs.items() if times >= RARE]
    weights: dict[str, float] = {}
    for _ in range(2):  # a second time, without signs of almost no weight
        model = LogisticRegression(C=STRENGTH[category], solver="liblinear", tol=1e-3)
        model.fit(_matrix(found.rows, kept), found.answers, sample_weight=counts)
        weights = dict(zip(kept, model.coef_[0].tolist(), strict=True))
        kept = [sign for sign in kept if abs(weights[sign]) >= LEAST]
    return {sign: weights[sign] for sign in kept} | {signs.BIAS: float(model.intercept_[0])}


def _matrix(rows: Sequence[list[str]], kept: Sequence[str]) -> Any:
    import numpy
    from scipy.sparse import csr_matrix

    columns = {sign: number for number, sign in enumerate(kept)}
    places: list[int] = []
    values: list[int] = []
    ends = [0]
    for row in rows:
        counted = Counter(columns[sign] for sign in row if sign in columns)
        places += counted.keys()
        values += counted.values()
        ends.append(len(places))
    shape = (len(rows), len(kept))
    whole = (numpy.array(values, float), numpy.array(places, "int32"), numpy.array(ends, "int32"))
    return csr_matrix(whole, shape=shape)


def check(category: Category, found: Examples) -> None:
    """Print how much of each source is found with weights learned from the other sources."""
    names = sorted(set(found.sources))
    shares: dict[tuple[str, int], list[bool]] = defaultdict(list)
    for fold in range(FOLDS):
        out = set(names[fold::FOLDS])
        seen = (one for one in zip(*found, strict=True) if one[2] not in out)
        weights = learned(Examples(*map(list, zip(*seen, strict=True))), category)
        for i, source in enumerate(found.sources):
            if source in out:
                weight = weights[signs.BIAS] + sum(weights.get(sign, 0.0) for sign in found.rows[i])
                shares[source, found.answers[i]].append(weight > MARK[category])
    for (source, answer), flags in sorted(shares.items()):
        kind = category if answer else "прочее"
        sys.stdout.write(f"{category:8} {source:30} {kind:8} {len(flags):6} {100 * sum(flags) / len(flags):6.1f} %\n")


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m moderation.learn", description=__doc__.split("\n")[0])
    parser.add_argument("--check", action="store_true", help="только перекрёстная проверка по источникам")
    args = parser.parse_args(arguments)
    every, reader = texts(), Reader()
    table: dict[str, dict[Category, float]] = defaultdict(dict)
    for category in LEARNED:
        found = examples(category, every, reader)
        if args.check:
            check(category, found)
            continue
        weights = learned(found, category)
        for sign, weight in (weights | {signs.THRESHOLD: MARK[category]}).items():
            table[sign][category] = weight
        sys.stdout.write(f"{category}: {sum(found.answers)} из {len(found.answers)}, признаков {len(weights)}\n")
    if not args.check:
        signs.FILE.write_text("\n".join(_table(table)) + "\n", encoding="utf-8")
    return 0


def _table(table: dict[str, dict[Category, float]]) -> Iterator[str]:
    yield "# Сделано программой python -m moderation.learn: признак и его вес в сотых, по столбцам: " + ", ".join(
        LEARNED
    )
    for sign, weights in sorted(table.items()):
        numbers = [str(round(100 * weights[name])) if round(100 * weights.get(name, 0)) else "" for name in LEARNED]
        if any(numbers):
            yield "\t".join((sign, *numbers))


if __name__ == "__main__":
    raise SystemExit(main())

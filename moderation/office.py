"""What an office has taught the model, and its edition."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from functools import lru_cache
from importlib.metadata import PackageNotFoundError, version
from itertools import product
from pathlib import Path
from typing import Any

from moderation.text.morph import NAME, morph
from moderation.verdict import CATEGORY_TITLES, Category, Finding

# --- The edition of the rules: a short fingerprint of code, lists and dictionaries, to compare verdicts
_FOLDER = Path(__file__).parent
_DECIDING = ("pymorphy3", "pymorphy3-dicts-ru", "better-profanity")  # packages that verdicts depend on
_DIGITS = 12


@lru_cache(maxsize=1)
def rules_version() -> str:
    """Twelve hexadecimal digits, equal on all machines with the same code, word lists and dictionaries."""
    digest = hashlib.sha256()
    for package in _DECIDING:
        digest.update(f"{package} {_version(package)}\n".encode())
    files = [
        *_FOLDER.glob("*.py"),
        *_FOLDER.glob("rules/*.py"),
        *_FOLDER.glob("lexicon/*"),
        *_FOLDER.glob("learned/*.tsv"),
    ]
    for name, path in sorted((path.relative_to(_FOLDER).as_posix(), path) for path in files if path.is_file()):
        digest.update(f"{name}\n{path.read_text(encoding='utf-8')}\n".encode())
    return digest.hexdigest()[:_DIGITS]


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "нет"


# --- Learn from the decisions of one office which marks are wrong there, and which unmarked words are deleted
LEARNED: frozenset[Category] = frozenset({"profanity", "insult", "spam", "ad"})
LEAST = 200  # decisions needed for learning
LEAST_GAIN, LEAST_SHARE = 3, 0.1
"""The gain must be at least so many mistakes, and this share of them, on the newest decisions."""
_JUDGE_SHARE = 0.2
_SILENCE = (0.0, 0.1, 0.2, 0.3, 0.4, 0.5)
_RAISE = (2.0, 0.9, 0.8, 0.7)  # no share reaches 2, so with it no word is raised
_USUALLY_RIGHT, _RULE_PRIOR, _WORD_PRIOR = 0.8, 5.0, 3.0
_LEAST_OF_WORD = 5
_FOLDS = 5


@dataclass(frozen=True, slots=True)
class Mark:
    """A finding without its place."""

    category: Category
    rule: str
    lemma: str
    is_sure: bool  # it proposes exclusion

    @property
    def can_be_silenced(self) -> bool:
        return not self.is_sure and self.category in LEARNED


@dataclass(frozen=True, slots=True)
class Decided:
    """A decided text: its marks, its words, the ground of the deletion; None: it was kept."""

    marks: frozenset[Mark]
    words: frozenset[str]
    ground: Category | None


@dataclass(frozen=True, slots=True)
class Learned:
    """Shares of right marks by «rule» and «rule lemma», shares of deleted texts by category and word; thresholds. An
    empty one has no effect."""

    right: Mapping[str, float] = field(default_factory=dict)
    silence_below: float = 0.0
    deleted: Mapping[Category, Mapping[str, float]] = field(default_factory=dict)
    raise_from: float = 2.0

    def is_silenced(self, mark: Mark) -> bool:
        """Whether this mark is too often wrong here."""
        share = self.right.get(f"{mark.rule} {mark.lemma}", self.right.get(mark.rule, _USUALLY_RIGHT))
        return mark.can_be_silenced and share < self.silence_below

    def raised(self, words: Iterable[str]) -> dict[Category, str]:
        """For each category the word with the highest share of deleted texts."""
        known = list(words)
        found: dict[Category, str] = {}
        for category, shares in self.deleted.items():
            heavy = [(shares[word], word) for word in known if shares.get(word, 0.0) >= self.raise_from]
            if heavy:
                found[category] = max(heavy)[1]
        return found

    def as_dict(self) -> dict[str, Any]:
        """For JSON; `from_dict` is the inverse."""
        return asdict(self)

    @classmethod
    def from_dict(cls, stored: Mapping[str, Any]) -> Learned:
        return cls(**stored)


NOTHING = Learned()


@dataclass(frozen=True, slots=True)
class Count:
    """For decided texts: number of kept texts with a mark, and of deleted texts without a mark of their ground."""

    wrong: int
    missed: int

    @property
    def mistakes(self) -> int:
        return self.wrong + self.missed

    def __add__(self, other: Count) -> Count:
        return Count(self.wrong + other.wrong, self.missed + other.missed)


@dataclass(frozen=True, slots=True)
class Trial:
    """What was learned, and its mistakes on the newest decisions compared with those in force."""

    learned: Learned
    judged_on: int
    before: Count
    after: Count

    @property
    def is_better(self) -> bool:
        """By the minimum gain, and without more missed texts."""
        gain = self.before.mistakes - self.after.mistakes
        enough = gain >= max(LEAST_GAIN, LEAST_SHARE * self.before.mistakes)
        return enough and self.after.missed <= self.before.missed


def mark_of(finding: Finding) -> Mark:
    """The finding without its place."""
    return Mark(finding.category, finding.rule, finding.lemma, finding.severity == "high")


def can_be_learned(word: str) -> bool:
    """Not from names: people swear under the posts of one official, and polite criticism of him would be marked."""
    return not morph(word).grammar & NAME


def why_raised(category: Category, word: str) -> str:
    return f"Возможно, {CATEGORY_TITLES[category]}: тексты со словом «{word}» здесь обычно удаляют."


def count(decided: Iterable[Decided], learned: Learned = NOTHING) -> Count:
    wrong = missed = 0
    for one in decided:
        marked = {mark.category for mark in one.marks if not learned.is_silenced(mark)} | set(learned.raised(one.words))
        wrong += one.ground is None and bool(marked)
        missed += one.ground is not None and one.ground not in marked
    return Count(wrong, missed)


def learn(decided: Sequence[Decided], in_force: Learned = NOTHING) -> Trial | None:
    """Learn from the older of these decisions (in order of time); None if there are too few."""
    if len(decided) < LEAST:
        return None
    cut = len(decided) - round(len(decided) * _JUDGE_SHARE)
    older, newest = decided[:cut], decided[cut:]
    learned = _best(older)
    return Trial(learned, len(newest), count(newest, in_force), count(newest, learned))


def _best(older: Sequence[Decided]) -> Learned:
    """The thresholds with the fewest mistakes, each fifth of the decisions tested on the other four."""
    tried = list(product(_SILENCE, _RAISE))
    totals = {thresholds: Count(0, 0) for thresholds in tried}
    for fold in range(_FOLDS):
        judged = [one for number, one in enumerate(older) if number % _FOLDS == fold]
        shares = _shares([one for number, one in enumerate(older) if number % _FOLDS != fold])
        for thresholds in tried:
            totals[thresholds] += count(judged, _with(shares, *thresholds))
    nothing = totals[tried[0]]
    harmless = [one for one in tried if totals[one].missed <= nothing.missed]
    best = min(harmless, key=lambda one: totals[one].mistakes)  # the first of equals has the least effect
    return _small(_with(_shares(older), *best))


def _with(shares: Learned, silence_below: float, raise_from: float) -> Learned:
    return replace(shares, silence_below=silence_below, raise_from=raise_from)


def _shares(decided: Iterable[Decided]) -> Learned:
    """A rule's share is drawn towards the usual one, a word's share towards that of its rule."""
    right, wrong = Counter[str](), Counter[str]()
    deleted, kept = Counter[tuple[Category, str]](), Counter[str]()
    for one in decided:
        for mark in (mark for mark in one.marks if mark.can_be_silenced):
            side = right if one.ground == mark.category else wrong
            side.update((mark.rule, f"{mark.rule} {mark.lemma}"))
        if one.ground is None:
            kept.update(one.words)
        elif one.ground in LEARNED:
            deleted.update((one.ground, word) for word in one.words)
    shares: dict[str, float] = {}
    for name in sorted({*right, *wrong}, key=lambda name: (" " in name, name)):  # rules first
        rule, _, lemma = name.partition(" ")
        usual, weight = (shares[rule], _WORD_PRIOR) if lemma else (_USUALLY_RIGHT, _RULE_PRIOR)
        shares[name] = (right[name] + usual * weight) / (right[name] + wrong[name] + weight)
    heavy: dict[Category, dict[str, float]] = {}
    for (category, word), times in sorted(deleted.items()):
        if times >= _LEAST_OF_WORD:
            heavy.setdefault(category, {})[word] = times / (times + kept[word] + 1)
    return Learned(right=shares, deleted=heavy)


def _small(learned: Learned) -> Learned:
    """Without shares that have no effect."""
    low = {name for name, share in learned.right.items() if share < learned.silence_below}
    right = {name: share for name, share in learned.right.items() if low & {name, name.partition(" ")[0]}}
    deleted = {
        category: {word: share for word, share in shares.items() if share >= learned.raise_from}
        for category, shares in learned.deleted.items()
    }
    return replace(learned, right=right, deleted={category: shares for category, shares in deleted.items() if shares})

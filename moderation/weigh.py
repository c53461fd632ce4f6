"""How much the words of a text weigh together: what no single rule sees, told by kinds and forms of words.

A word is known here by the lists that it stands in and by its form («threat.break: сделаю»), so that a threat in words
that nobody foresaw weighs as much as a foreseen one, and by its dictionary form («~погост», «~ходить: делай»), which
tells most where no list has it. What follows what tells, too: dictionary forms («~ходить > ~оглядываться») and kinds
(«я > тебя»). The weights were learned from threats and ordinary comments by ``benchmarks/learn_threats.py``. A line of
``lexicon/weights.tsv`` is a sign, two signs that stand in one text, or two words that follow each other, and its
weight: above zero speaks for a threat, below zero against it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import chain, pairwise
from typing import NamedTuple

from .function_words import YOURS
from .lexicon import FOLDER
from .morph import (
    ACCUSATIVE,
    FUTURE_1,
    IMPERATIVE,
    INFINITIVE,
    INSTRUMENTAL,
    NOMINATIVE,
    PAST,
    PERSON_2,
    PLURAL_3,
    PRESENT_1,
    SINGULAR_3,
    VERB,
)

_VERB_FORMS = (
    (FUTURE_1, "сделаю"), (PERSON_2, "сделаешь"), (PLURAL_3, "сделают"), (SINGULAR_3, "сделает"),
    (INFINITIVE, "делать"), (IMPERATIVE, "делай"), (PAST, "делал"), (PRESENT_1, "делаю"),
)  # fmt: skip
_CASES = ((INSTRUMENTAL, "чем"), (NOMINATIVE, "кто"), (ACCUSATIVE, "кого"))
_OPEN = ("сделаю", "сделаешь", "делай")  # said by any verb, not only by a listed one
_BY_NAME = {
    "ты": "ты", "тебя": "тебя", "тебе": "тебе", "тобой": "тебя", "вы": "вы", "вас": "вас", "вам": "вам",
    "вами": "вас", "нам": "нам", "нас": "нам", "меня": "нам", "мне": "нам", "я": "я", "мы": "я", "если": "если",
    "еще": "если", "только": "если", "пока": "если", "иначе": "если", "бы": "бы", "надо": "бы", "пора": "бы",
    "мало": "бы", "чтоб": "бы", "не": "не", "?": "?", "всех": "их", "их": "их", "таких": "их", "этих": "их",
    "кто": "кто", "сам": "сам", "сами": "сам", "самого": "сам", "завтра": "скоро", "скоро": "скоро", "ночью": "скоро",
    "вечером": "скоро",
}  # fmt: skip
WORDS = frozenset({
    "ты", "вы", "тебя", "вас", "тебе", "вам", "тобой", "вами", "если", "бы", "надо", "пора", "не", "еще", "раз",
    "только", "пока", "кто", "чтоб", "чтобы", "завтра", "нам", "нас", "меня", "мне", "я", "мы", "спасибо",
    "пожалуйста", "вместе", "мало", "всех", "их", "таких", "этих", "такой", "сам", "сами", "самого", "или", "иначе",
    "лучше", "скоро", "ночью", "вечером", "никто", "ни", "будет", "будешь", "будете", "буду", "будем", "тот", "того",
    "тому", "как", "за", "почему", "когда", "где", "из-за", "?", "!",
})  # fmt: skip
_ACTS = frozenset({
    "threat.kill", "threat.loose", "threat.hurt", "threat.break", "threat.punch", "threat.throw", "threat.catch",
    "threat.arson", "threat.come", "threat.burn", "threat.fate", "threat.survive", "threat.resting", "threat.perish",
    "threat.outcome", "threat.captive", "threat.remove", "threat.talk", "threat.suffer", "threat.receive",
    "threat.leaving", "threat.going_out", "threat.bring", "threat.stab",
})  # fmt: skip
_THINGS = frozenset({
    "threat.weapon", "threat.armed", "threat.body", "threat.deadly", "threat.grave", "threat.bed", "threat.dark",
    "threat.injury", "threat.office", "threat.crowd", "threat.gang", "threat.hazard", "threat.lawful", "threat.civic",
    "threat.kind", "threat.nature", "threat.home", "threat.care", "threat.remedy", "threat.medic", "threat.vehicle",
    "threat.scene", "threat.projectile", "people.property", "people.family", "people.official", "people.human",
    "people.bystander", "people.report", "people.threat_report", "people.police", "insult.strong", "insult.soft",
    "insult.animal",
})  # fmt: skip
_KNOWN = ("threat.", "people.", "insult.")
PLUS = " + "
FOLLOWED = " > "  # the second comes right after the first
BEGINNING, ENDING = "^", "$"  # of a row of dictionary forms
PASSED_OVER = -1  # the place in such a row of what is no word: a number, most signs
_STOPS = frozenset(".,!?")
_ANY = "*"  # the kind of a word of no kind
_SHORT = 3  # letters of a word that is a kind of its own
_SHIFT = 20  # bits of the number of a form
HEAVY_FROM = 0.8  # a word that weighs so much has its text weighed
ITSELF = "~"  # before a dictionary form
PART = "/"  # before a part of a word; «^» and «$» are its beginning and end
_PARTS = range(3, 6)  # letters of a part, edges included
_LONGEST = 24  # letters of a word that is looked at in parts
_CYRILLIC = re.compile("[а-я]{3,}")


def signs(form: str, groups: Iterable[str], grammar: int, lemma: str = "") -> tuple[list[str], list[str]]:
    """What a word tells: all its signs, and those of them that are looked at two by two."""
    single: list[str] = []
    paired: list[str] = []
    if form in WORDS:
        single.append(f"слово {form}")
    if form in _BY_NAME:
        paired.append(_BY_NAME[form])
    elif form in YOURS:
        single.append("твой")
        paired.append("твой")
    verb = grammar & (VERB | INFINITIVE)
    forms = [name for bit, name in (_VERB_FORMS if verb else _CASES) if grammar & bit]
    if not lemma.isalpha():  # an address, a sum, a sign
        lemma = ""
    if lemma:
        single.append(ITSELF + lemma)
    if verb:
        single += forms
        single += [f"{ITSELF}{lemma}: {name}" for name in forms if lemma]
        paired += [name for name in forms if name in _OPEN]
    for group in groups:
        if not group.startswith(_KNOWN):
            continue
        single.append(group)
        single += [f"{group}: {name}" for name in forms]
        if verb and group in _ACTS:
            paired += [f"{group}: {name}" for name in forms]
        elif group in _THINGS:
            paired.append(group)
    return single, paired


def parts(form: str) -> list[str]:
    """The parts of a word: what a verb that no list has shares with those that it is made like."""
    if not _CYRILLIC.fullmatch(form):
        return []
    edged = f"^{form[:_LONGEST]}$"
    return [edged[start : start + size] for size in _PARTS for start in range(len(edged) - size + 1)]


def in_row(form: str, lemma: str) -> str:
    """The name of a word in a row of dictionary forms; empty for what is passed over."""
    if form in _STOPS:
        return form
    return ITSELF + lemma if lemma.isalpha() else ""


def kind(form: str, paired: Sequence[str]) -> str:
    """The name of a word in a row of kinds; ``paired`` as ``signs`` gives them."""
    if paired:
        return paired[0]
    return f"слово {form}" if len(form) <= _SHORT and not form.isspace() else _ANY


class Weight(NamedTuple):
    """What a word weighs."""

    alone: float
    signs: int  # what it tells together with others, as bits, for ``together``
    place: int  # the number of its dictionary form, for ``in_order``; 0 for a form that stands in no pair
    kind: int  # the number of its kind, likewise
    most: float  # what it adds at most together with the word that follows it


def learned_weights() -> Iterator[tuple[str, float]]:
    """The signs of the table, one after the other: thousands weigh the same few hundred numbers, each kept once."""
    same: dict[str, float] = {}
    with (FOLDER / "weights.tsv").open(encoding="utf-8") as lines:
        for line in lines:
            if not line.startswith("#"):
                sign, weight = line.rstrip("\n").split("\t")
                yield sign, same.setdefault(weight, float(weight))


class Weigher:
    """Weights as the reader of words asks for them."""

    def __init__(self) -> None:
        self._alone: dict[str, float] = {}
        self._parts: dict[str, float] = {}
        self._bits: dict[str, int] = {}
        self._partners: dict[int, tuple[int, dict[int, float]]] = {}  # sign → all it forms a pair with, and how heavy
        self._places = {BEGINNING: 1, ENDING: 2}
        self._followed: dict[int, float] = {}
        self._most: dict[int, float] = {}
        for sign, weight in learned_weights():
            if sign[0] == PART:
                self._parts[sign.removeprefix(PART)] = weight
            elif FOLLOWED in sign:
                first, second = sign.split(FOLLOWED)
                self._add_followed(first, second, weight)
            elif PLUS in sign:
                first, second = sign.split(PLUS)
                self._add_pair(first, second, weight)
            else:
                self._alone[sign] = weight
        self.bias = self._alone["порог"]
        self.begins_with_at_most = self._most.get(self._places[BEGINNING], 0.0)

    def _add_followed(self, first: str, second: str, weight: float) -> None:
        one, two = (self._places.setdefault(name, len(self._places) + 1) for name in (first, second))
        self._followed[one << _SHIFT | two] = weight
        self._most[one] = max(weight, self._most.get(one, 0.0))

    def _add_pair(self, first: str, second: str, weight: float) -> None:
        # A pair is kept at its lower sign: ``together`` goes from the lowest up.
        low, high = sorted(self._bits.setdefault(sign, 1 << len(self._bits)) for sign in (first, second))
        every, weights = self._partners.get(low, (0, {}))
        weights[high] = weight
        self._partners[low] = every | high, weights

    def of(self, form: str, groups: Iterable[str], grammar: int, lemma: str) -> Weight:
        """What a word of this form weighs that stands in these lists."""
        single, paired = signs(form, groups, grammar, lemma)
        bits = 0
        for sign in paired:
            bits |= self._bits.get(sign, 0)
        table, of_part = self._alone, self._parts
        weight = sum(table[sign] for sign in single if sign in table)
        weight += sum(filter(None, map(of_part.get, parts(form))))
        name = in_row(form, lemma)
        place = self._places.get(name, 0) if name else PASSED_OVER
        of_kind = self._places.get(kind(form, paired), 0)
        most = self._most.get(place, 0.0) + self._most.get(of_kind, 0.0)
        return Weight(round(weight, 1), bits, place, of_kind, most)

    def together(self, bits: int) -> float:
        """What signs add by standing in one text."""
        total = 0.0
        partners = self._partners
        while bits:
            lowest = bits & -bits
            bits ^= lowest
            if lowest in partners:
                every, weights = partners[lowest]
                present = bits & every
                while present:
                    one = present & -present
                    total += weights[one]
                    present ^= one
        return total

    def in_order(self, places: Iterable[int], kinds: Iterable[int]) -> float:
        """What the words of a row add by following each other: the numbers of their forms, and of their kinds.

        A pair is learned once a text and weighed every time: what comes often and is light keeps long texts light.
        """
        beginning, ending = self._places[BEGINNING], self._places[ENDING]
        forms = (beginning, *(place for place in places if place >= 0), ending)
        followed = self._followed
        following = chain(pairwise(forms), pairwise(kinds))
        return sum([followed.get(one << _SHIFT | two, 0.0) for one, two in following if one and two])


@lru_cache(maxsize=1)
def weigher() -> Weigher:
    """The weigher of this process: the weights are the same for everybody."""
    return Weigher()

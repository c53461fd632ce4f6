"""Places in a text: streets, houses, villages."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache

from osm.likeness.words import Word, lines_of, words_of

# --- Words that name a place in an address or a text
TOWN_KEY = "#town"
"""The town among the settlements: a street of the town differs from one with the same name in a village."""


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


STREET_KINDS = _words("ул улица пер переулок проспект пр-т просп пр-кт проезд бульвар б-р шоссе тупик набережная наб")
SETTLEMENT_KINDS = _words("с село пос поселок п пгт деревня дер д мкр микрорайон станция ст хутор")
TOWN = _words("г город лесозаводск лесозаводский городской округ приморский край го район р-н")

PLACE_PREPOSITIONS = _words("на по у возле около рядом с от до за с через против напротив вдоль угол улице")

_ORDINALS = """
первый второй третий четвертый пятый шестой седьмой восьмой девятый десятый одиннадцатый двенадцатый тринадцатый
четырнадцатый пятнадцатый шестнадцатый семнадцатый восемнадцатый девятнадцатый двадцатый
"""
ORDINALS = {word: number for number, word in enumerate(_ORDINALS.split(), 1)}
TENS = {"двадцать": 20, "тридцать": 30, "сорок": 40, "пятьдесят": 50, "шестьдесят": 60, "семьдесят": 70}

MONTHS = _words("января февраля марта апреля мая июня июля августа сентября октября ноября декабря")

LANDMARKS = {
    # Kinds of place of which a town has several, so they need a name or number.
    "школа": "several", "гимназия": "several", "лицей": "several", "детсад": "several", "садик": "several",
    "сад": "several", "д/с": "several", "магазин": "several", "аптека": "several", "остановка": "several",
    "общежитие": "several", "котельная": "several", "колонка": "several", "гараж": "several", "памятник": "several",
    # Kinds of which there is one, or one main one.
    "хлебозавод": "single", "рынок": "single", "вокзал": "single", "кладбище": "single", "поликлиника": "single",
    "больница": "single", "парк": "single", "сквер": "single", "стадион": "single", "площадь": "single",
    "виадук": "single", "переезд": "single", "налоговая": "single", "почта": "single", "бассейн": "single",
    "пляж": "single", "набережная": "single", "автовокзал": "single", "роддом": "single", "библиотека": "single",
    "музей": "single", "церковь": "single", "храм": "single", "элеватор": "single", "каток": "single",
    "лесхоз": "single", "военкомат": "single", "дк": "single", "мфц": "single", "сопка": "single",
    "техникум": "single", "колледж": "single", "баня": "single", "плотина": "single", "дамба": "single",
}  # fmt: skip
"""Dictionary form of a landmark → how many a town has."""
SAME_LANDMARK = {"детсад": "садик", "сад": "садик", "д/с": "садик", "гимназия": "школа", "торговый": "рынок"}

_ADJECTIVE = re.compile(r"(?:ая|ой|ую|яя|ей|юю|ого|ому|его|ему|ий|ый|ое|ее|ые|ых)$")
_STREET_ENDING = re.compile(r"(?:ск(?:ая|ой|ую|ого|ому)|н(?:ая|ой|ую)|в(?:ая|ой|ую)|[оеё]ва|ина|ына|ого|его|[шчл]ко)$")
_NEUTER = re.compile(r"(?:ого|ому|ом)$")
_VOWELS = "аеиоуыэюя"


def is_street_like(plain: str) -> bool:
    """Whether a word looks like the name of a street: an adjective, or a surname in the genitive."""
    return len(plain) > 4 and _STREET_ENDING.search(plain) is not None


def street_key(*names: str) -> str:
    """One key for all case forms: «Калининская», «Калининской» → `калининск`; for «Карла Маркса» the surname."""
    name = names[-1].replace("ё", "е")
    stem = _ADJECTIVE.sub("", name)
    return stem if len(stem) > 3 and len(name) > 5 else name


def settlement_key(plain: str) -> str:
    """One key for all case forms: «Глазовка», «Глазовке» → `глазовк`."""
    neuter = _NEUTER.sub("ое", plain)
    if neuter != plain or plain.endswith("ое"):
        return neuter
    stem = plain.rstrip(_VOWELS + "й")
    return stem if len(stem) > 2 else plain


# --- Places in an address or a text: streets with houses, landmarks, settlements, in any case form
_HOUSE = re.compile(r"\d{1,3}[а-я]?$")
_NEAR = re.compile(r"^[\s,.№«\"(-]{0,4}$")
_KINDERGARTEN = re.compile(r"\bд/с\b\.?", re.IGNORECASE)
_PIECES = re.compile(r"[,;/()]|\s[-–—]\s")


@dataclass(frozen=True)
class Known:
    """Keys of streets and settlements known from addresses of this office."""

    streets: frozenset[str] = frozenset()
    settlements: frozenset[str] = frozenset()


@dataclass
class Places:
    """Street key → houses; landmarks with names; settlements; houses without a street."""

    streets: dict[str, set[str]] = field(default_factory=dict)
    landmarks: set[str] = field(default_factory=set)
    settlements: set[str] = field(default_factory=set)
    houses: set[str] = field(default_factory=set)
    names: set[str] = field(default_factory=set)

    def settle(self) -> Places:
        """Give a house without a street to the street if there is only one; a village is not the town."""
        if len(self.settlements) > 1:
            self.settlements.discard(TOWN_KEY)
        if len(self.streets) == 1 and self.houses:
            next(iter(self.streets.values())).update(self.houses)
            self.houses = set()
        return self

    def add(self, other: Places) -> None:
        for key, houses in other.streets.items():
            self.streets.setdefault(key, set()).update(houses)
        self.landmarks |= other.landmarks
        self.settlements |= other.settlements
        self.houses |= other.houses
        self.names |= other.names


@cache
def _shared() -> Known:
    return Known(
        frozenset(street_key(name.lower()) for line in lines_of("streets.txt") for name in line.split()),
        frozenset(
            settlement_key(name.lower().replace("ё", "е"))
            for line in lines_of("settlements.txt")
            for name in line.split()
        ),
    )


class _Reader:
    """Walks through the words of one text; `bare`: an address, where a name alone is a street."""

    def __init__(self, words: Sequence[Word], known: Known, *, bare: bool) -> None:
        self.words, self.bare, self.found = words, bare, Places()
        shared = _shared()
        self.streets = known.streets | shared.streets
        self.settlements = known.settlements | shared.settlements

    def read(self) -> Places:
        position = 0
        while position < len(self.words):
            position += (
                self._house_of(position)
                or self._marked_settlement(position)
                or self._landmark(position)
                or self._street(position)
                or self._name(position)
                or 1
            )
        return self.found

    def _at(self, position: int) -> Word | None:
        return self.words[position] if 0 <= position < len(self.words) else None

    def _near(self, position: int) -> Word | None:
        """The word at `position` if only spaces, commas or dots precede it."""
        word = self._at(position)
        return word if word is not None and _NEAR.match(word.before) else None

    def _house_of(self, position: int) -> int:
        """«12 дома», «12-го дома», «восьмого дома», «дома 19»: a house without its street."""
        word, after = self.words[position], self._near(position + 1)
        if after is None:
            return 0
        number = word.plain.partition("-")[0]
        if not _HOUSE.match(number):
            number = self._ordinal(position)
        if number and "дом" in after.lemmas:
            self.found.houses.add(number)
            return 2
        if "дом" in word.lemmas and _HOUSE.match(after.plain):
            self.found.houses.add(after.plain)
            return 2
        return 0

    def _ordinal(self, position: int) -> str:
        """«пятый» → 5, the second word of «двадцать первый» → 21; empty if it is no ordinal."""
        word, before = self._at(position), self._at(position - 1)
        ones = next((ORDINALS[lemma] for lemma in word.lemmas if lemma in ORDINALS), 0) if word else 0
        tens = TENS.get(before.plain, 0) if before is not None and 0 < ones < 10 else 0
        return str(tens + ones) if ones else ""

    def _marked_settlement(self, position: int) -> int:
        """«с. Глазовка», «село Орехово», «мкр. Ружино»; and known names with a capital letter."""
        word, after = self.words[position], self._near(position + 1)
        kinds = SETTLEMENT_KINDS
        marked = word.plain in kinds or not kinds.isdisjoint(word.lemmas)
        if marked and after is not None and after.is_capital and (len(word.plain) > 2 or after.before.startswith(".")):
            self.found.settlements.add(settlement_key(after.plain))
            return 2
        key = self._settlement_of(word)
        if key and not (word.is_capital and self._speaks_of_a_street(position)):
            self.found.settlements.add(key)
            return 1
        return 0

    def _settlement_of(self, word: Word) -> str:
        """The key of a known settlement: «Ружино», «в Ружине», «на ружинском переезде»; else empty."""
        key = settlement_key(word.plain)
        if word.is_capital and key in self.settlements:
            return key
        base, found, ending = word.plain.partition("ск")
        return base if found and not word.is_capital and 1 < len(ending) < 4 and base in self.settlements else ""

    def _speaks_of_a_street(self, position: int) -> bool:
        before, after = self._at(position - 1), self._near(position + 1)
        named = before is not None and before.plain in (STREET_KINDS | {"на"})
        return named or (after is not None and bool(_HOUSE.match(after.plain)))

    def _landmark(self, position: int) -> int:
        word = self.words[position]
        lemma = next((lemma for lemma in (word.plain, *word.lemmas) if lemma in LANDMARKS), None)
        if lemma is None:
            return 0
        kind = SAME_LANDMARK.get(lemma, lemma)
        after = self._near(position + 1)
        if after is not None and after.is_number and LANDMARKS[lemma] == "several":
            self.found.landmarks.add(f"{kind} {after.plain}")
            return 2
        if LANDMARKS[lemma] == "several":
            ordinal = self._ordinal(position - 1) or (self._ordinal(position + 1) if after is not None else "")
            if ordinal:
                self.found.landmarks.add(f"{kind} {ordinal}")
        if LANDMARKS[lemma] == "single":
            self.found.landmarks.add(kind)
        proper = after is not None and after.is_capital and not after.opens_sentence
        if after is not None and proper and not (self._known_street(after) or self._settlement_of(after)):
            self.found.names.add(settlement_key(after.plain))
            return 2
        return 1

    def _known_street(self, word: Word) -> bool:
        return street_key(word.plain) in self.streets

    def _street(self, position: int) -> int:
        """The number of words from `position` that name a street; 0 if there is none."""
        word, after = self.words[position], self._near(position + 1)
        if word.plain in STREET_KINDS:
            return self._after_kind(position)
        before = self._at(position - 1)
        if after is not None and (word.is_number or len(word.plain) == 1):
            return self._with_first_word(position, word, after)
        if not self._looks_like_a_street(position, word, before, after):
            return 0
        full_name = after is not None and word.is_capital and after.is_capital and after.before.isspace()
        if after is not None and full_name and self._known_street(after):
            return 1 + self._put(position + 1, after.plain)
        return self._put(position, word.plain)

    def _after_kind(self, position: int) -> int:
        """«ул. Калининская», «улице Карла Маркса», «Зелёная улица»; the kind alone is not a street."""
        name, before = self._near(position + 1), self._at(position - 1)
        if name is not None and (name.is_number or len(name.plain) == 1) and self._near(position + 2):
            used = self._with_first_word(position + 1, name, self.words[position + 2])
            return used and used + 1
        if name is not None and (name.is_capital or self._known_street(name)):
            second = self._near(position + 2)
            if second is not None and second.is_capital and not second.before.strip():
                return 2 + self._put(position + 2, second.plain)
            return 1 + self._put(position + 1, name.plain)
        if before is not None and (before.is_capital or self._known_street(before)) and is_street_like(before.plain):
            return self._put(position - 1, before.plain)
        return 1

    def _with_first_word(self, position: int, word: Word, after: Word) -> int:
        """«9 Января», «2-я Восточная», «50 лет Октября», «К. Маркса»."""
        if not after.is_capital and not self.bare:
            third = self._near(position + 2)
            if after.plain == "лет" and third is not None and third.is_capital and not third.opens_sentence:
                return 2 + self._put(position + 2, word.plain + third.plain)
            return 0
        if after.plain in MONTHS:
            return 1 + self._put(position + 1, word.plain + after.plain)
        if word.is_number and "-" in word.form and (self._known_street(after) or is_street_like(after.plain)):
            return 1 + self._put(position + 1, after.plain, prefix=word.plain.partition("-")[0])
        if len(word.plain) == 1 and word.is_capital and self._known_street(after):
            return 1 + self._put(position + 1, after.plain)
        return 0

    def _looks_like_a_street(self, position: int, word: Word, before: Word | None, after: Word | None) -> bool:
        if word.is_number or word.plain in TOWN or len(word.plain) < 3:
            return False
        if self.bare:
            return word.is_capital and not word.plain.startswith("дом")
        known, next_word = self._known_street(word), self._at(position + 1)
        housed = after is not None and bool(_HOUSE.match(after.plain)) and not after.opens_sentence
        placed = before is not None and before.plain in PLACE_PREPOSITIONS
        if not word.is_capital:
            return known and ((placed and street_key(word.plain).endswith("ск")) or (housed and placed))
        if known:
            alone = word.opens_sentence and (next_word is None or next_word.opens_sentence)
            return placed or housed or alone or not word.opens_sentence or street_key(word.plain).endswith("ск")
        return is_street_like(word.plain) and ((placed and not word.opens_sentence) or housed)

    def _put(self, position: int, *names: str, prefix: str = "") -> int:
        """Add the street that ends at `position` and the house after it; returns the number of words."""
        houses = self.found.streets.setdefault(prefix + street_key(*names), set())
        used = 1
        after = self._near(position + 1)
        if after is not None and after.plain in {"д", "дом", "дома", "доме"}:
            used, after = 2, self._near(position + 2)
        if after is not None and _HOUSE.match(after.plain) and not (used == 1 and after.opens_sentence):
            houses.add(after.plain)
            return used + 1
        return 1

    def _name(self, position: int) -> int:
        """A proper name within a sentence («у Восхода», «по Ромашке»): perhaps of a shop or a kindergarten."""
        word, before = self.words[position], self._at(position - 1)
        placed = before is not None and before.plain in PLACE_PREPOSITIONS
        if not (placed or word.before.endswith(("«", '"', "“"))):
            return 0
        if word.is_capital and not word.opens_sentence and len(word.plain) > 3 and not word.form.isupper():
            self.found.names.add(settlement_key(word.plain))
        return 0


def in_text(words: Sequence[Word], known: Known) -> Places:
    return _Reader(words, known, bare=False).read()


def in_address(address: str, known: Known) -> Places:
    """The places of an address field, where a name alone is a street."""
    found = Places()
    for piece in _PIECES.split(_KINDERGARTEN.sub("садик ", address)):
        everything = words_of(piece)
        words = [word for word in everything if word.plain not in TOWN]
        if any(word.plain == "лесозаводск" for word in everything):
            found.settlements.add(TOWN_KEY)
        if words and words[0].plain in {"д", "дом"}:
            words = words[1:]
        if words and _HOUSE.match(words[0].plain) and not (len(words) > 1 and words[1].is_capital):
            found.houses.add(words[0].plain)
        elif words:
            found.add(_Reader(words, known, bare=True).read())
    return found.settle()

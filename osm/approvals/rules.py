"""The changes between two versions of a text: by words, and of figures, dates and names."""

import re
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from babel.dates import get_month_names
from rapidfuzz.distance import Indel

from moderation.text.morph import NAME, Morph, morph
from osm.regulation.words import Labelled


# --- Figures, dates and names in a Russian text
class FactKind(Labelled):
    FIGURE = "figure", "число"
    DATE = "date", "дата"
    NAME = "name", "имя или название"


@dataclass(frozen=True, slots=True)
class Fact:
    """One fact in the text; equal `key` means the same fact in other words."""

    kind: FactKind
    text: str
    key: Hashable


_MONTHS = frozenset(get_month_names("wide", "stand-alone", "ru").values())
_OF_MONTHS = tuple(get_month_names("wide", "format", "ru").values())
_DAY_WORDS = """
сегодня завтра вчера послезавтра позавчера
понедельник вторник среда четверг пятница суббота воскресенье
"""
_NUMBER_WORDS = """
ноль один два три четыре пять шесть семь восемь девять десять одиннадцать двенадцать тринадцать четырнадцать пятнадцать
шестнадцать семнадцать восемнадцать девятнадцать двадцать тридцать сорок пятьдесят шестьдесят семьдесят восемьдесят
девяносто сто двести триста четыреста пятьсот шестьсот семьсот восемьсот девятьсот тысяча миллион миллиард
оба полтора половина треть четверть десяток сотня двое трое четверо пятеро шестеро семеро
первый второй третий четвертый пятый шестой седьмой восьмой девятый десятый
"""
_DAYS, _NUMBERS = frozenset(_DAY_WORDS.split()), frozenset(_NUMBER_WORDS.split())
_RUSSIAN = re.compile(r"[а-яё-]+")
_POLITE = frozenset({"вы", "ваш"})  # capital letters out of politeness, not of names

_FACT = re.compile(
    rf"""
    (?P<day>\d{{1,2}})(?:-?(?:го|е|ое|му))?\s+(?P<month>{"|".join(_OF_MONTHS)})\b(?:\s+(?P<year>\d{{4}})\b)?
    | (?<![\d.,])(?P<dd>\d{{1,2}})\.(?P<mm>0[1-9]|1[0-2])(?:\.(?P<yyyy>\d{{4}}|\d{{2}}))?(?![\d.,]*\d)
    | (?P<number>\d{{1,3}}(?:[ \u00a0\u202f]\d{{3}})+(?!\d)(?:[.,]\d+)?|\d+(?:[-.,:/]\d+)*(?:[а-я]\b)?)
    | (?P<word>[^\W\d_]+(?:-[^\W\d_]+)*)
    """,
    re.VERBOSE | re.IGNORECASE,
)
_BEFORE_SENTENCE = re.compile(r"(?:^|\n|[!?…]|\.)[\s«»\"“”(—–•*-]*\Z")
_SHORTENED = re.compile(r"\b(?:[А-ЯЁA-Z]|ул|пер|пр|просп|бул|пл|д|г|гор|с|пос|п|ст|мкр|им|тов|гр|р|св)\.[\s«\"]*\Z")
"""A point that does not end a sentence: «ул. Калининская», «И. П. Иванов»."""


def facts_of(text: str) -> list[Fact]:
    return [fact for match in _FACT.finditer(text) if (fact := _fact(match, text))]


def _fact(match: re.Match[str], text: str) -> Fact | None:
    given, shown = match.groupdict(), match[0]
    if given["month"]:
        year = int(given["year"]) if given["year"] else None
        return Fact(FactKind.DATE, shown, (int(given["day"]), _OF_MONTHS.index(given["month"].lower()) + 1, year))
    if given["mm"] and 1 <= int(given["dd"]) <= 31:
        return Fact(FactKind.DATE, shown, (int(given["dd"]), int(given["mm"]), _full_year(given["yyyy"])))
    if given["mm"] or given["number"]:
        return Fact(FactKind.FIGURE, shown, re.sub(r"\s", "", shown).replace(",", "."))
    return _word(shown, text[max(0, match.start() - 12) : match.start()])


def _word(shown: str, before: str) -> Fact | None:
    reading = _reading(shown.lower())
    lemmas = set(reading.lemmas)
    if months := lemmas & _MONTHS:
        return Fact(FactKind.DATE, shown, min(months))
    if days := lemmas & _DAYS:
        return Fact(FactKind.DATE, shown, min(days))
    if numbers := lemmas & _NUMBERS:
        return Fact(FactKind.FIGURE, shown, min(numbers))
    if not shown[0].isupper() or lemmas & _POLITE:
        return None
    starts = bool(_BEFORE_SENTENCE.search(before)) and not _SHORTENED.search(before)
    is_name = len(shown) > 1 and (shown.isupper() or bool(reading.grammar & NAME))
    return Fact(FactKind.NAME, shown, reading.lemmas[0]) if is_name or not starts else None


@lru_cache(maxsize=8192)
def _reading(word: str) -> Morph:
    """Only Russian words have a morphology; others are their own dictionary form."""
    return morph(word) if _RUSSIAN.fullmatch(word) else Morph((word,), 0, known=False)


def _full_year(digits: str | None) -> int | None:
    return None if digits is None else int(digits) + (2000 if len(digits) == 2 else 0)


# --- The changes between two versions
class ChunkKind(StrEnum):
    """`same`: in both texts, `added`: only in the new one, `removed`: only in the old one."""

    SAME = "same"
    ADDED = "added"
    REMOVED = "removed"


@dataclass(frozen=True, slots=True)
class Chunk:
    """A piece of text. Of replaced words the removed ones come first."""

    kind: ChunkKind
    text: str


@dataclass(frozen=True, slots=True)
class FactChange:
    """A figure, date or name: `old` became `new`; one of them is empty if it appeared or disappeared."""

    kind: FactKind
    old: str
    new: str


Run = tuple[slice, slice]

_TOKEN = re.compile(r"\w+(?:[-.,:/]\w+)*|\n|[^\S\n]+|.", re.DOTALL)
_LETTERS = re.compile(r"\w")
_SHORTEST_SAME = 4
"""Letters. A shorter word common to both texts between two changes, like a preposition, makes them hard to read."""


def compare(old: str, new: str) -> tuple[Chunk, ...]:
    """The two texts as one sequence of chunks: same + removed give the old text, same + added the new one. Uses the
    longest common subsequence of words; about 20 ms for two texts of 20,000 characters with no common word."""
    before, after = _TOKEN.findall(old), _TOKEN.findall(new)
    chunks: list[Chunk] = []
    done_before = done_after = 0
    for gone, come in [*_kept(before, after), (slice(len(before), None), slice(len(after), None))]:
        for kind, words in (
            (ChunkKind.REMOVED, before[done_before : gone.start]),
            (ChunkKind.ADDED, after[done_after : come.start]),
            (ChunkKind.SAME, before[gone]),
        ):
            if words:
                chunks.append(Chunk(kind, "".join(words)))
        done_before, done_after = gone.stop, come.stop
    return tuple(chunks)


def is_changed(old: str, new: str) -> bool:
    """Whether a word changed; spaces and empty lines do not count."""
    return old.split() != new.split()


def changed_facts(old: str, new: str) -> tuple[FactChange, ...]:
    """Figures, dates and names that differ in the new text, in its order. Order counts: «с 10 до 12» and «с 12 до 10»
    differ. Inflection does not: «на Калининской» and «по Калининской» are the same street, «26.11» and «26 ноября» the
    same day."""
    before, after = facts_of(old), facts_of(new)
    found: list[FactChange] = []
    for gone, come in _replaced([fact.key for fact in before], [fact.key for fact in after]):
        found += _paired(before[gone], after[come])
    return tuple(found)


def _paired(gone: Sequence[Fact], come: Sequence[Fact]) -> Iterator[FactChange]:
    for kind in FactKind:
        old = [fact.text for fact in gone if fact.kind is kind]
        new = [fact.text for fact in come if fact.kind is kind]
        for place in range(max(len(old), len(new))):
            yield FactChange(kind, "".join(old[place : place + 1]), "".join(new[place : place + 1]))


def _kept(before: Sequence[str], after: Sequence[str]) -> list[Run]:
    """Runs of common tokens that are long enough to show as unchanged."""
    found = []
    for gone, come in _common(before, after):
        at_edge = (gone.start, come.start) == (0, 0) or (gone.stop, come.stop) == (len(before), len(after))
        text = "".join(before[gone])
        if at_edge or "\n" in text or len(_LETTERS.findall(text)) >= _SHORTEST_SAME:
            found.append((gone, come))
    return found


def _common(before: Sequence[Hashable], after: Sequence[Hashable]) -> Iterator[Run]:
    for code in Indel.opcodes(*_numbered(before, after)):
        if code.tag == "equal":
            yield slice(code.src_start, code.src_end), slice(code.dest_start, code.dest_end)


def _replaced(before: Sequence[Hashable], after: Sequence[Hashable]) -> Iterator[Run]:
    done_before = done_after = 0
    for gone, come in [*_common(before, after), (slice(len(before), None), slice(len(after), None))]:
        if done_before < gone.start or done_after < come.start:
            yield slice(done_before, gone.start), slice(done_after, come.start)
        done_before, done_after = gone.stop, come.stop


def _numbered(*sequences: Sequence[Hashable]) -> list[list[int]]:
    """Equal items get equal numbers: the library compares hashes, and those of texts may collide."""
    numbers: dict[Hashable, int] = {}
    return [[numbers.setdefault(item, len(numbers)) for item in sequence] for sequence in sequences]

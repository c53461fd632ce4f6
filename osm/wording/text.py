"""The text of an answer as words with their readings, sentences and quotations: what criteria and style look at."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from importlib import resources
from typing import Protocol


class Reading(Protocol):
    """One way to read a word form: dictionary form (ё as е), OpenCorpora grammemes, weight 0 … 1."""

    @property
    def lemma(self) -> str: ...
    @property
    def tags(self) -> frozenset[str]: ...
    @property
    def weight(self) -> float: ...


Readings = Callable[[str], Sequence[Reading]]
"""What the caller's dictionary says of a word form in small letters, the likeliest first, never empty."""

_VERBAL = frozenset({"VERB", "INFN", "PRTS", "PRTF", "GRND"})


@dataclass(frozen=True, slots=True)
class Word:
    """A word, number or sign with its place; `keys`: dictionary forms and «=form», as lists name it."""

    start: int
    end: int
    text: str
    form: str
    readings: tuple[Reading, ...]
    keys: frozenset[str]
    sentence: int
    verb: Reading | None  # its likeliest reading as a verb or participle, if that is likely at all
    quoted: str  # «» in a name in quotes, «…» in somebody's quoted speech, empty otherwise

    @property
    def is_word(self) -> bool:
        return bool(self.readings)

    @property
    def is_capital(self) -> bool:
        return self.text[:1].isupper()

    @property
    def is_abbreviation(self) -> bool:
        """«ГИБДД», «УК»."""
        return len(self.text) > 1 and self.text.isupper() and self.text.isalpha()

    @property
    def first(self) -> frozenset[str]:
        """Grammemes of the likeliest reading."""
        return self.readings[0].tags if self.readings else frozenset()

    def has(self, *tags: str) -> bool:
        """Whether one reading has all these grammemes."""
        return any(reading.tags.issuperset(tags) for reading in self.readings)

    def lemma_of(self, lemmas: frozenset[str]) -> str:
        """The first of its dictionary forms that is among these, else nothing."""
        return next((reading.lemma for reading in self.readings if reading.lemma in lemmas), "")


@dataclass(frozen=True, slots=True)
class Span:
    """A piece of the text: `fragment == text[start:end]`."""

    start: int
    end: int
    fragment: str


@dataclass
class AnswerText:
    """The words of one text in order. Sentences are ranges of word numbers."""

    source: str
    words: list[Word] = field(default_factory=list)
    sentences: list[range] = field(default_factory=list)

    def span(self, first: int, last: int) -> Span:
        """The words `first` … `last` as written."""
        return self.cut(self.words[first].start, self.words[last].end)

    def cut(self, start: int, end: int) -> Span:
        return Span(start, end, self.source[start:end])

    def sentence_of(self, i: int) -> range:
        return self.sentences[self.words[i].sentence]

    def clause_of(self, i: int) -> range:
        """Numbers of the words of the clause around word `i`: a verb with what belongs to it, within its sentence."""
        return self._clauses[i]

    @cached_property
    def _clauses(self) -> list[range]:
        found: list[range] = []
        for sentence in self.sentences:
            for clause in _clauses_of(self.words, sentence):
                found.extend([clause] * len(clause))
        return found


_LONGEST_CLAUSE = 80
"""Words; a text without commas and stops is cut, so that the time to read it grows with its length."""
_BREAKS = frozenset(",;:—–()")
_JOINS = frozenset({"и", "а", "но", "или", "зато", "чтобы", "что", "когда", "пока", "если"})


def _clauses_of(words: Sequence[Word], sentence: range) -> list[range]:
    """A sentence cut at commas, dashes and conjunctions with a verb on both sides."""
    pieces: list[range] = []
    start, has_verb = sentence.start, False
    cut, cut_verb = 0, False  # the last place where one may cut, and whether a verb follows it
    for i in sentence:
        word = words[i]
        if i - start >= _LONGEST_CLAUSE:
            pieces.append(range(start, i))
            start, has_verb, cut = i, False, 0
        if word.text in _BREAKS or (word.form in _JOINS and i > start):
            cut, cut_verb = i, False
        elif word.verb and "PRTF" not in word.verb.tags:
            if has_verb and cut and not cut_verb:
                pieces.append(range(start, cut))
                start = cut
            has_verb, cut_verb = True, True
    pieces.append(range(start, sentence.stop))
    return pieces


_LETTERS = r"[А-Яа-яЁёA-Za-z]+(?:[-‑'’][А-Яа-яЁёA-Za-z]+)*"
_TOKEN = re.compile(
    rf"(?P<link>https?://\S+|www\.\S+|\[(?:id|club|public)\d+\|[^\]\n]+\])"
    rf"|(?P<number>\d+(?:[.:,]\d+)*(?:-(?:го|й|е|м|му|я|х|ти|ми|ю)(?![А-Яа-яЁё]))?)"
    rf"|(?P<word>{_LETTERS})|(?P<sign>[^\s\w])"
)
_QUOTES = re.compile(r"«([^»\n]{1,300})»|“([^”\n]{1,300})”|„([^“\n]{1,300})“|\"([^\"\n]{1,300})\"")
_END = re.compile(r"[.!?…]+[»”\")]*(?=\s+[«“„\"(]?[А-ЯЁA-Z\d\[—–-]|\s*$)|\n+|[:;](?=\s*\n)")
_NO_END = re.compile(
    r"(?:^|[^А-Яа-яЁё])(?:[А-ЯЁ]|ул|пер|пр|просп|мкр|им|тел|стр|рис|руб|тыс|млн|млрд|обл|кв|корп|см|исп|исх|вх|ст|пп|г|гг|д|с|п|т|ч|мин|д|и|э|е)$"
)


def read(text: str, readings: Readings) -> AnswerText:
    """Split a text; time grows with its length. Sentences end at stops, not at abbreviations, and at line ends."""
    quoted = [(m.start(), m.end(), _kind_of_quote(m[1] or m[2] or m[3] or m[4])) for m in _QUOTES.finditer(text)]
    ends = _ends(text, quoted)
    answer = AnswerText(text)
    starts: list[int] = []
    at_end = at_quote = 0
    for match in _TOKEN.finditer(text):
        start = match.start()
        while at_end < len(ends) and ends[at_end] <= start:
            at_end += 1
        while at_quote < len(quoted) and quoted[at_quote][1] <= start:
            at_quote += 1
        inside = at_quote < len(quoted) and quoted[at_quote][0] < start < quoted[at_quote][1] - 1
        if not starts or starts[-1] != at_end:
            starts.append(at_end)
            answer.sentences.append(range(len(answer.words), len(answer.words)))
        word = _word(match, readings, len(starts) - 1, quoted[at_quote][2] if inside else "")
        answer.words.append(word)
        answer.sentences[-1] = range(answer.sentences[-1].start, len(answer.words))
    return answer


def _word(match: re.Match[str], readings: Readings, sentence: int, quoted: str) -> Word:
    text = match[0]
    form = text.lower().replace("ё", "е").replace("‑", "-")
    found = tuple(readings(text.lower())) if match.lastgroup == "word" else ()
    keys = frozenset({"=" + form, *(reading.lemma for reading in found)})
    verb = next((reading for reading in found if reading.tags & _VERBAL), None)
    if verb is not None and verb is not found[0] and verb.weight < 0.15:
        verb = None
    return Word(match.start(), match.end(), text, form, found, keys, sentence, verb, quoted)


def _kind_of_quote(inside: str) -> str:
    """A name begins with a capital and is short; anything else is speech or a saying."""
    inside = inside.strip()
    if not inside[:1].isupper() or inside[-1:] in ".!?…," or len(inside.split()) > 6:
        return "…"
    return "«»"


def _ends(text: str, quoted: list[tuple[int, int, str]]) -> list[int]:
    """Where sentences end; a stop inside a quotation ends none."""
    ends = []
    for match in _END.finditer(text):
        start = match.start()
        is_full_stop = match[0].startswith(".") and not match[0].startswith("..")
        continues = text[match.end() :].strip() and "\n" not in text[match.end() : match.end() + 2]
        if is_full_stop and continues and _NO_END.search(text[max(0, start - 8) : start]):
            continue
        if any(first < start and match.end() < last for first, last, _ in quoted):
            continue
        ends.append(match.end())
    return ends


# --- Lists of phrases in data files, found in a text by dictionary forms
_GAP = 3
_PARTICIPLES = ("нный", "ющий", "ящий", "ащий", "ущий", "вший", "емый", "имый", "тый")


@dataclass(frozen=True, slots=True)
class Element:
    keys: frozenset[str]
    stems: tuple[str, ...]
    optional: bool

    def fits(self, word: Word) -> bool:
        if not self.keys.isdisjoint(word.keys):
            return True
        return bool(self.stems) and (
            word.form.startswith(self.stems) or any(reading.lemma.startswith(self.stems) for reading in word.readings)
        )


@dataclass(frozen=True, slots=True)
class Phrase:
    """Elements in order; None is a gap."""

    elements: tuple[Element | None, ...]
    note: str


@dataclass(frozen=True, slots=True)
class Match:
    """Numbers of the first and the last word, and the phrase."""

    first: int
    last: int
    phrase: Phrase


class Phrases:
    """A list, looked up by the first element, so that few phrases are tried at a word."""

    def __init__(self, phrases: Sequence[Phrase]) -> None:
        self._by_key: dict[str, list[Phrase]] = {}
        self._by_stem: dict[str, list[Phrase]] = {}
        for phrase in phrases:
            head = phrase.elements[0]
            if head is None or head.optional:
                raise ValueError("a phrase begins with a word")
            for key in head.keys:
                self._by_key.setdefault(key, []).append(phrase)
            for stem in head.stems:
                self._by_stem.setdefault(stem[:3], []).append(phrase)

        self._heads = frozenset(self._by_key)

    def find(self, words: Sequence[Word]) -> Iterator[Match]:
        """Every phrase in the text, by place; of those that begin at one word the longest."""
        for i, word in enumerate(words):
            if self._heads.isdisjoint(word.keys) and not (self._by_stem and word.readings):
                continue
            best = None
            for phrase in self._candidates(word):
                last = _match(words, i, phrase)
                if last is not None and (best is None or last > best.last):
                    best = Match(i, last, phrase)
            if best:
                yield best

    def _candidates(self, word: Word) -> Iterator[Phrase]:
        seen: set[int] = set()
        for key in word.keys:
            for phrase in self._by_key.get(key, ()):
                if id(phrase) not in seen:
                    seen.add(id(phrase))
                    yield phrase
        if self._by_stem and word.readings:
            for start in {word.form[:3], *(reading.lemma[:3] for reading in word.readings)}:
                for phrase in self._by_stem.get(start, ()):
                    head = phrase.elements[0]
                    if id(phrase) not in seen and head and head.fits(word):
                        seen.add(id(phrase))
                        yield phrase


def _match(words: Sequence[Word], i: int, phrase: Phrase) -> int | None:
    """Number of the last word of a phrase that begins at `i`, None where it does not go on. A comma is no word."""
    last, free = i, 0
    for element in phrase.elements[1:]:
        if element is None:
            free = _GAP
            continue
        place = _next(words, last, free, element)
        if place is not None:
            last, free = place, 0
        elif not element.optional:
            return None
    return last


def _next(words: Sequence[Word], last: int, free: int, element: Element) -> int | None:
    """The place of the element after `last`, at most `free` words further in the same sentence."""
    limit = last + free + 1
    place = last + 1
    while place <= limit and place < len(words) and words[place].sentence == words[last].sentence:
        if element.fits(words[place]):
            return place
        limit += words[place].text == ","
        place += 1
    return None


def parse(lines: Sequence[str]) -> list[Phrase]:
    """Phrases of a data file. ValueError names a line that is none."""
    found = []
    for line in lines:
        text, _, note = line.split("#", 1)[0].partition(" → ")
        elements = tuple(None if part == "..." else _element(part) for part in text.lower().replace("ё", "е").split())
        if not elements:
            continue
        if elements[-1] is None:
            raise ValueError(line)
        found.append(Phrase(elements, note.strip()))
    return found


def _element(part: str) -> Element:
    optional = part.startswith("?")
    ways = [way if way[:1].isalnum() or way[:1] == "=" else "=" + way for way in part.removeprefix("?").split("|")]
    stems = [way.removesuffix("*") for way in ways if way.endswith("*")]
    # The dictionary form of a participle is its verb: «доставленный» must find «доставленные» itself.
    stems += [way[:-2] for way in ways if way.endswith(_PARTICIPLES) and not way.startswith("=")]
    whole = [way for way in ways if not way.endswith("*")]
    return Element(frozenset(whole) | {"=" + way for way in whole if way[:1] != "="}, tuple(stems), optional)


def lines_of(name: str) -> list[str]:
    """The lines of a data file next to the code."""
    return resources.files("osm.wording").joinpath("words", name).read_text(encoding="utf-8").splitlines()


@lru_cache(maxsize=64)
def load(name: str) -> Phrases:
    """A list by its file, read once."""
    return Phrases(parse(lines_of(name)))


@lru_cache(maxsize=64)
def load_words(name: str) -> frozenset[str]:
    """A file of single words, several on a line."""
    return frozenset(word for line in lines_of(name) for word in line.split("#")[0].lower().replace("ё", "е").split())


@lru_cache(maxsize=8)
def load_sections(name: str) -> Mapping[str, frozenset[str]]:
    """A file of single words below headings in brackets."""
    found: dict[str, set[str]] = {}
    section = ""
    for line in lines_of(name):
        line = line.split("#")[0].strip().lower().replace("ё", "е")
        if line.startswith("["):
            section = line.strip("[]")
        else:
            found.setdefault(section, set()).update(line.split())
    return {section: frozenset(words) for section, words in found.items()}

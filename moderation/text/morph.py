"""Dictionary forms of Russian words, and words without a meaning."""

from functools import lru_cache
from typing import Any, NamedTuple

import pymorphy3

# --- Function words, in exact forms
YOU = frozenset({"ты", "вы", "тебе", "вам", "тебя", "вас"})
YOURS = frozenset(
    ["твой", "твоя", "твое", "твои", "твоего", "твоей", "твоих", "твоим", "твоими", "твоем", "твоему", "твою", "ваш",
     "ваша", "ваше", "ваши", "вашего", "вашей", "ваших", "вашим", "вашими", "вашему", "вашем", "вашу"]
)  # fmt: skip
THESE = frozenset(
    ["этих", "этим", "этому", "этого", "этот", "эти", "эта", "эту", "этой", "этими", "таких", "такого", "такому", "это"]
)
WILL = frozenset(
    ["буду", "будем", "пойду", "пойдем", "приду", "придем", "готов", "готовы", "готова", "хочу", "хотим", "хочется",
     "обещаю", "смогу", "могу", "сможем", "идем", "иду", "едем", "еду", "собираемся", "собираюсь", "готовимся",
     "решили", "решил", "пошли", "поехали", "айда", "начнем", "начну", "станем", "стану", "придется"]
)  # fmt: skip
ASKING = frozenset(
    ["прошу", "просим", "помогите", "спасибо", "пожалуйста", "почините", "сделайте", "уберите", "уважаемые",
     "застрахуйте", "примите"]
)  # fmt: skip
PREVENTED = frozenset({"не", "нельзя", "ни", "могут", "может", "пытался", "хотел", "хотели", "хотят"})
TAKEN_FOR = frozenset({"считайте", "считаете", "считают", "считает", "держите", "держат", "держит", "принимают"})


# --- Dictionary forms and grammar of words, from pymorphy3
# Grammar of a word form, as bits of all its readings.
FUTURE_1 = 1 << 0  # убью, убьём
PRESENT_1 = 1 << 1  # убиваю
PLURAL_3 = 1 << 2  # убьют, убивают
SINGULAR_3 = 1 << 3
PERSON_2 = 1 << 4  # убьёшь
INFINITIVE = 1 << 5
IMPERATIVE = 1 << 6
PAST = 1 << 7
NOUN = 1 << 8
NOMINATIVE = 1 << 9
ANIMATE = 1 << 10
ADJECTIVE = 1 << 11
GENITIVE = 1 << 12
VERB = 1 << 13
ACCUSATIVE = 1 << 14
NAME = 1 << 15
PREPOSITION = 1 << 16
INSTRUMENTAL = 1 << 18
INANIMATE = 1 << 19

_MARKS = tuple((frozenset(marks.split()), bit) for marks, bit in (
    ("1per futr", FUTURE_1), ("1per pres", PRESENT_1), ("3per plur futr", PLURAL_3), ("3per sing", SINGULAR_3),
    ("2per", PERSON_2), ("INFN", INFINITIVE), ("impr", IMPERATIVE), ("past VERB", PAST), ("NOUN", NOUN),
    ("nomn", NOMINATIVE), ("NOUN anim", ANIMATE), ("NOUN inan", INANIMATE), ("ADJF", ADJECTIVE), ("PRTF", ADJECTIVE),
    ("gent", GENITIVE), ("VERB", VERB), ("accs", ACCUSATIVE), ("Name", NAME), ("Surn", NAME), ("Patr", NAME),
    ("PREP", PREPOSITION), ("ablt", INSTRUMENTAL),
))  # fmt: skip
_PERFECTIVE = ("по", "от", "за", "из", "ис", "пере", "про", "рас", "раз", "вы", "на", "об", "у")
_LEAST_SCORE = 0.02
_LEAST_READING = 0.005
_LONGEST = 40  # letters; a longer run is not a word, and guessing its ending would take long


class Morph(NamedTuple):
    """Dictionary forms (best first, ё as е) and grammar bits of one word form."""

    lemmas: tuple[str, ...]
    grammar: int
    known: bool


@lru_cache(maxsize=1)
def _analyzer() -> pymorphy3.MorphAnalyzer:
    return pymorphy3.MorphAnalyzer(lang="ru")


@lru_cache(maxsize=4096)
def _grammar_of(tag: str) -> int:
    parts = set(tag.replace(" ", ",").split(","))
    bits = 0
    for marks, bit in _MARKS:
        if parts.issuperset(marks):
            bits |= bit
    return bits


def _parses(form: str) -> list[Any]:
    """The readings of pymorphy3; none if it raises because it has no name for a letter."""
    try:
        return list(_analyzer().parse(form))
    except ValueError:
        return []


def morph(form: str) -> Morph:
    """Any form is accepted: an unknown word gets the forms of its ending."""
    if len(form) > _LONGEST:
        return Morph((form,), 0, False)
    analyzer = _analyzer()
    lemmas: dict[str, None] = {}
    grammar = 0
    for parse in _parses(form):
        if parse.score >= _LEAST_SCORE or not lemmas:
            lemmas[parse.normal_form.replace("ё", "е")] = None
            grammar |= _grammar_of(str(parse.tag))
    if not lemmas:
        return Morph((form,), 0, False)
    known = analyzer.word_is_known(form)
    if not known and grammar & PRESENT_1 and form.startswith(_PERFECTIVE):
        grammar |= FUTURE_1  # «отпинаю»: an unknown verb with a prefix is mostly perfective
    return Morph(tuple(lemmas), grammar, known)


_PROMISED = ({"1per", "sing"}, {"1per", "plur"}, {"impr", "sing", "excl"}, {"impr", "plur", "excl"})


def inflected(infinitive: str) -> tuple[str, ...]:
    """The infinitive and its forms in promises and orders: убить, убью, убьём, убей, убейте."""
    forms = [infinitive]
    for parse in _parses(infinitive):
        if "INFN" in parse.tag:
            lexeme = parse.lexeme  # asked once: ``inflect`` builds it for every form
            promised = (one for one in lexeme if any(wanted <= _tags(str(one.tag)) for wanted in _PROMISED))
            forms += [form.word.replace("ё", "е") for form in promised]
    return tuple(dict.fromkeys(forms))


def is_known(form: str) -> bool:
    """Whether the dictionary has this word form."""
    return len(form) <= _LONGEST and bool(_analyzer().word_is_known(form))


_NAMES = frozenset({"Surn", "Name", "Patr", "Geox"})


@lru_cache(maxsize=4096)
def may_be_name(form: str) -> bool:
    """Whether the dictionary has the form as a surname, a first name, a patronymic or a place."""
    return is_known(form) and any(not _NAMES.isdisjoint(_tags(str(parse.tag))) for parse in _parses(form))


class Reading(NamedTuple):
    """One reading of a word form: dictionary form (ё as е), OpenCorpora grammemes, weight 0 … 1."""

    lemma: str
    tags: frozenset[str]
    weight: float


@lru_cache(maxsize=32_768)
def readings(form: str) -> tuple[Reading, ...]:
    """All readings of a word form, the most probable first; never empty."""
    if len(form) > _LONGEST:
        return (Reading(form, frozenset(), 1.0),)
    parses = _parses(form)
    if not parses:
        return (Reading(form, frozenset(), 1.0),)
    likely = [parse for parse in parses if parse.score >= _LEAST_READING] or parses[:1]
    return tuple(
        Reading(parse.normal_form.replace("ё", "е"), _tags(str(parse.tag)), float(parse.score)) for parse in likely
    )


@lru_cache(maxsize=4096)
def _tags(tag: str) -> frozenset[str]:
    return frozenset(tag.replace(" ", ",").split(","))

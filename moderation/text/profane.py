"""Profanity by its roots, in Russian and in English."""

import re
from collections import defaultdict
from collections.abc import Iterable
from functools import lru_cache
from importlib import resources
from itertools import chain
from typing import Literal, NamedTuple

from moderation.lexicon import read_entries
from moderation.text import disguise
from moderation.text.morph import is_known

# --- Whether one word is obscene or coarse, by its root: any prefixes and endings, except known innocent words
Strength = Literal["strong", "coarse"]


class Profane(NamedTuple):
    strength: Strength
    root: str
    sure: bool = True  # not a possible typing error


def _any_of(roots: Iterable[str]) -> str:
    return "|".join(sorted(map(re.escape, roots), key=len, reverse=True))


_LONGEST_HIDDEN = 3  # letters
_Cut = tuple[str, str, int]


def _cuts(lists: dict[str, list[str]]) -> dict[_Cut, tuple[str, bool]]:
    """Every root without one to three of its letters: the parts before and after → root, takes a prefix."""
    found: dict[_Cut, tuple[str, bool]] = {}
    coarse = [root for root in lists["coarse.start"] if len(root) > 3]
    named = [
        (lists["strong.root"], True),
        (lists["strong.inside"], True),
        (lists["strong.start"], False),
        (coarse, False),
    ]
    for roots, prefixed in named:
        for root in roots:
            for first in range(len(root)):
                for last in range(first + 1, min(first + _LONGEST_HIDDEN, len(root)) + 1):
                    if len(root) - (last - first) > 1:
                        found.setdefault((root[:first], root[last:], last - first), (root, prefixed))
    return found


class _Roots:
    """The list of roots, compiled once."""

    def __init__(self) -> None:
        lists: dict[str, list[str]] = defaultdict(list)
        for entry in read_entries("profanity"):
            lists[entry.group].append(entry.text)
        prefix = _any_of(lists["prefix"])
        self.rooted = re.compile(f"(?:{prefix})?(?:{prefix})?({_any_of(lists['strong.root'])})")
        self.inside = re.compile(f"({_any_of(lists['strong.inside'])})")
        self.start = re.compile(f"({_any_of(lists['strong.start'])})")
        self.words = frozenset(lists["strong.word"])
        self.coarse_start = re.compile(f"({_any_of(lists['coarse.start'])})")
        self.coarse_words = frozenset(lists["coarse.word"])
        self.innocent = re.compile(f"(?:{_any_of(lists['innocent'])})")
        self.prefixes = frozenset(lists["prefix"]) | {""}
        self.cuts = _cuts(lists)
        self.masked = lists["masked"]
        self.masked_short = frozenset(lists["masked.short"])

    def obscene(self, form: str) -> bool:
        """Whether a known word has one of the roots, with any ending."""
        if self.innocent.match(form):
            return False
        return form in self.words or bool(self.inside.search(form) or self.start.match(form) or self.rooted.match(form))


@lru_cache(maxsize=1)
def _roots() -> _Roots:
    return _Roots()


def profane(form: str) -> Profane | None:
    """The obscene root of a Cyrillic word in lower case without ё, or None."""
    roots = _roots()
    if form in roots.words:
        return Profane("strong", form, form not in _SHORT)
    if form in roots.coarse_words:
        return Profane("coarse", form)
    if roots.innocent.match(form):
        return None
    found = roots.inside.search(form) or roots.start.match(form) or roots.rooted.match(form)
    if found:
        sure = is_sure(form)
        return (
            None if not sure and len(found[1]) < _LEAST_NEAR and _is_slip(form) else Profane("strong", found[1], sure)
        )
    found = roots.coarse_start.match(form)
    return Profane("coarse", found[1]) if found else None


# «Болт» without a letter, «моя» with a wrong one.
_SHORT = frozenset(
    ["бло", "блт", "мля", "еб", "епть", "ептель", "ебт", "хй", "ипет", "ипут",
     "писда", "песда", "йоб", "хуль", "бдять", "блят", "манда",
     "манды", "манде", "манду", "мандой"]
)  # fmt: skip
# Usual endings of an obscene root; with others it may be a typing error in an ordinary word.
_LED = "в|вз|взъ|въ|вы|до|за|из|изъ|ис|на|над|недо|о|об|объ|от|отъ|пере|по|под|подъ|при|про|раз|разъ|рас|с|съ|у"
_EB = "а(?:т[ьс]|л|н|в|ш)|у(?:т|сь|ч|щ)|е(?:шь|т|м)|и(?:те|сь|щ)|лан|ло$|нут|нул|нешь|нет|ану|арь|ырь|учк|о[кш]т"
_HU = "й$|я(?:$|р|ч|к)|ев(?:$|ы|о|а|у)|ет|ес|еп|ищ|ит[аь]|йн|йл|йк|ил[оу]$|юш"
_LONG = (
    "пизд|пизж|бляд|блятс|ебищ|заеб|наеб|долбоеб|муда[кч]|мудо|муди|пидо?р(?!ож)|пидар|педрил|гандон|гондон|шлюх|залуп"
    "|дроч(?!н|к)|уеб(?:ок|к|ищ)|ебыва|хуе[юс]|хуит|шалав|педераст|членосос|минет|говноед|манда?[во][ое]"
)
_SURE = re.compile(rf"[оа]хуе(?!д)|еб[ауи]$|(?:{_LED})?еб(?:{_EB})|(?:{_LED}|ни)?ху(?:{_HU})|[а-я]{{0,4}}(?:{_LONG})")


def is_sure(form: str) -> bool:
    """Whether an obscene root has a usual ending: «заебали»; but «ебя» is «ребя» or «себя» without a letter."""
    return bool(_SURE.match(form)) or is_known(form)


_SMALL = frozenset({"не", "на", "за", "от", "до", "о", "по", "у", "к", "с", "в", "и", "а", "я", "что"})


def _is_slip(form: str, wrong_letters: bool = False) -> bool:
    """Whether a typing error or a missing space in ordinary words makes this form: «ебята», «засебя». With
    ``wrong_letters`` also a wrong letter: «выепать» for «выехать»."""
    if any(form.startswith(small) and is_known(form[len(small) :]) for small in _SMALL):
        return True
    places = range(len(form) + 1)
    wider = (form[:i] + chr(letter) + form[i:] for i in places for letter in range(ord("а"), ord("я") + 1))
    swapped = (form[:i] + form[i + 1] + form[i] + form[i + 2 :] for i in places[:-2])
    shorter = (form[:i] + form[i + 1 :] for i in places[:-1] if wrong_letters or (i and form[i] == form[i - 1]))
    letters = range(ord("а"), ord("я") + 1) if wrong_letters else ()
    other = (form[:i] + chr(letter) + form[i + 1 :] for i in places[:-1] for letter in letters)
    return any(is_known(one) and not _roots().obscene(one) for one in chain(shorter, swapped, wider, other))


_LEAST_NEAR, _LONGEST_NEAR = 5, 24  # letters
_ADDRESSED = ("ты", "вы", "он", "она", "они", "все", "сам", "вас", "тебя", "его", "их", "мне", "это", "так", "как")


@lru_cache(maxsize=1)
def _shortened() -> dict[str, set[str]]:
    """Obscene words by their rest, and by its sound, after removing one letter or none."""
    found: dict[str, set[str]] = defaultdict(set)
    roots = _roots()
    for form in {*roots.words, *roots.masked}:
        if len(form) >= _LEAST_NEAR - 1 and _strong(form):
            for one in (form, disguise.sound(form)):
                for short in (one, *_without_a_letter(one)):
                    found[short].add(form)
    return found


def _without_a_letter(form: str) -> list[str]:
    return [form[:i] + form[i + 1 :] for i in range(len(form))]


def _changed_about(form: str) -> list[str]:
    return [form[:i] + form[i + 1] + form[i] + form[i + 2 :] for i in range(len(form) - 1) if form[i] != form[i + 1]]


def _with_a_vowel(form: str) -> list[str]:
    """«Пздит»: add a vowel between the consonants at the beginning, if there are too many for a typing error."""
    if not _VOWELS.isdisjoint(form[:_CLUSTER]):
        return []
    bare = [i for i in range(1, min(4, len(form))) if form[i - 1] not in _VOWELS and form[i] not in _VOWELS]
    return [form[:i] + vowel + form[i:] for i in bare for vowel in sorted(_VOWELS)]


_VOWELS = frozenset("аеиоуыэюя")
_CLUSTER = 3  # letters


def _strong(form: str) -> bool:
    bad = profane(form)
    return bad is not None and bad.strength == "strong" and bad.sure and bad.root != "пидр"  # «спидран», «пдроны»


def near(form: str) -> Profane | None:
    """An obscene word by sound, with one letter wrong, missing, added or swapped, or joined to «ты». Only for words
    that are in no dictionary, and only for a person to look at. None if one letter makes it an ordinary word:
    «хлуиган»."""
    roots = _roots()
    if not _LEAST_NEAR - 1 <= len(form) <= _LONGEST_NEAR or roots.innocent.match(form):
        return None
    shorter, swapped = _without_a_letter(form), _changed_about(form)
    found = _obscene(swapped) if len(form) >= _LEAST_NEAR else set()
    if found and not any(is_known(one) and not profane(one) for one in (*swapped, *shorter)):  # «перебывание»
        return Profane("strong", min(found), sure=False)
    glued = _obscene([form[len(small) :] for small in _ADDRESSED if form.startswith(small) and form[len(small) + 2 :]])
    if glued:
        return Profane("strong", min(glued), sure=False)
    heard, known = disguise.sound(form), _shortened()
    meant = {one for short in (form, heard, *shorter) for one in known.get(short, ())}
    meant = {one for one in meant if disguise.sound(one) == heard or _one_apart(form, one)} | _obscene(shorter)
    lost = _obscene(_with_a_vowel(form))
    if (lost and not _is_slip(form)) or (meant and not _is_slip(form, wrong_letters=True)):
        return Profane("strong", min(lost | meant), sure=False)
    return None


def _obscene(forms: list[str]) -> set[str]:
    return {form for form in forms if is_sure(form) and _strong(form)}  # the cheaper check first


def _one_apart(one: str, two: str) -> bool:
    """Whether one letter missing, added, wrong, or two swapped, turn one word into the other."""
    short, long = sorted((one, two), key=len)
    if len(long) - len(short) > 1 or len(long) < _LEAST_NEAR:
        return False
    first = next((i for i, letter in enumerate(short) if letter != long[i]), len(short))
    if len(short) < len(long):
        return short[first:] == long[first + 1 :]
    return short[first + 1 :] == long[first + 1 :] or (
        short[first + 2 :] == long[first + 2 :] and short[first : first + 2] == long[first : first + 2][::-1]
    )


def profane_masked(token: str) -> str | None:
    """The word hidden in a token like п*здец, х@йня, бл**ь; None if no obscene word fits."""
    roots = _roots()
    dotted = ".." in token  # «х..ня»: dots may hide letters, but also separate words
    if dotted:
        token = _DOTS.sub(lambda dots: "*" * len(dots[0]), token)
    if token in roots.masked_short or _LONG_TAIL.sub("**", token) in roots.masked_short:
        return token
    if (dotted or "?" in token or "!" in token) and all(map(is_known, _LETTERS.findall(token))):
        return None  # «сделали...ели», «дела?как»: two words without a space
    visible = sum("а" <= char <= "я" for char in token)
    if visible < 2:
        return None
    pattern = disguise.mask_pattern(token.replace("-", ""))
    if pattern is not None:
        for form in roots.masked:
            if visible * 2 >= len(form) and pattern.fullmatch(form):
                return form
    return _restored(token, dotted)


_LONG_TAIL = re.compile(r"\*{3,}$")
_LETTERS = re.compile("[а-я]+")
_DOTS = re.compile(r"\.{2,4}")
_HIDING = re.compile(r"([а-я]{0,14})([*@#$%&^~_!?]{1,3})([а-я]{0,14})")
_LEAST_SHOWN = 3  # letters of the whole word


def _restored(token: str, dotted: bool) -> str | None:
    """The word with a root interrupted by signs («вые*ываются», «рас**ярили»). None if another letter there makes a
    known word: «х*ев» may be «хлев», «вые*ал» «выехал»."""
    parts = _HIDING.fullmatch(token)
    if parts is None:
        return None
    before, signs, after = parts.groups()
    if len(before) + len(after) < _LEAST_SHOWN:
        return None
    roots = _roots()
    least = 1 if dotted else len(signs)  # three dots may be any number of letters
    for hidden in range(least, min(_LONGEST_HIDDEN, len(signs) + 1) + 1):
        for head in range(min(len(before), 6) + 1):
            start, beginning = before[: len(before) - head], before[len(before) - head :]
            for tail in range(min(len(after), 6) + 1):
                found = roots.cuts.get((beginning, after[:tail], hidden))
                if found and (start in roots.prefixes if found[1] else not start):
                    innocent = (dotted or len(signs) == 1) and _may_be_innocent(before, after)
                    return None if innocent else start + found[0] + after[tail:]
    return None


def _may_be_innocent(before: str, after: str) -> bool:
    """Whether one letter between makes a word of the dictionary that is not obscene."""
    words = (before + chr(letter) + after for letter in range(ord("а"), ord("я") + 1))
    return any(is_known(word) and not profane(word) for word in words)


# --- English profanity by the list of better-profanity, which is read at the first Latin word
@lru_cache(maxsize=1)
def everyday() -> frozenset[str]:
    """English words that sound like coarse Russian ones."""
    return frozenset(entry.text for entry in read_entries("english") if entry.group == "everyday")


@lru_cache(maxsize=1)
def swearwords() -> frozenset[str]:
    """The list without its everyday words: medicine, goods, neutral talk."""
    lines = resources.files("better_profanity").joinpath("profanity_wordlist.txt").read_text(encoding="utf-8").split()
    innocent = {entry.text for entry in read_entries("english") if entry.group == "innocent"}
    return frozenset(word for word in lines if word.isalpha() and len(word) > 2) - innocent

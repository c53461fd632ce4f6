"""What a word tells a learned model: its dictionary form, what is done with it, its parts, and what follows what.

A sign is a short text with a mark in front: ``~убить`` a dictionary form, ``~убить:сделаю`` the same in this form,
``@threat.body`` a list that the word stands in, ``/ломаю$`` a part of the word, ``?/ломаю$`` one of a word that no
dictionary has, ``#ссылка`` its shape, ``~нога > ~переломать`` two dictionary forms that follow each other,
``тебя >> сделаю`` two kinds of words that do, ``@threat.body + ~ты`` two signs of one text.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from .morph import (
    ACCUSATIVE,
    ADJECTIVE,
    ANIMATE,
    FUTURE_1,
    IMPERATIVE,
    INFINITIVE,
    INSTRUMENTAL,
    NOMINATIVE,
    NOUN,
    PAST,
    PERSON_2,
    PLURAL_3,
    PREPOSITION,
    PRESENT_1,
    SINGULAR_3,
    VERB,
)  # fmt: skip
from .word import BAD_LINK, ENGLISH, HANDLE, LINK, MESSENGER, MIXED, MONEY, NUMBER, PROFANE, SHORTENER, SIGN, UNKNOWN

FOLLOWS, KIND_FOLLOWS, BESIDE = " > ", " >> ", " + "
BEGINNING, ENDING = "^", "$"  # of a row
PART, STRANGE = "/", "?/"  # before a part of a word, and before one of a word that no dictionary has
# Lists whose names are signs: who is spoken of, what hurts, what is said in contempt.
TELLING = (
    "people.", "threat.kill", "threat.loose", "threat.hurt", "threat.break", "threat.punch", "threat.body",
    "threat.arson",
    "threat.building", "threat.face", "threat.weapon", "insult.strong", "insult.soft", "insult.form", "insult.stem",
    "insult.obscene", "insult.animal", "insult.adjective",
)  # fmt: skip
_FORMS = (
    (FUTURE_1, "сделаю"), (PRESENT_1, "делаю"), (PERSON_2, "сделаешь"), (PLURAL_3, "сделают"), (SINGULAR_3, "сделает"),
    (INFINITIVE, "делать"), (IMPERATIVE, "делай"), (PAST, "делал"),
)  # fmt: skip
_CASES = ((INSTRUMENTAL, "чем"), (NOMINATIVE, "кто"), (ACCUSATIVE, "кого"))
_SHAPES = (
    (NUMBER, "#число"), (MONEY, "#деньги"), (LINK, "#ссылка"), (HANDLE, "#ник"), (MIXED, "#смесь"),
    (ENGLISH, "#латиница"),
    (BAD_LINK, "#случайный сайт"), (SHORTENER, "#короткая ссылка"), (MESSENGER, "#мессенджер"), (PROFANE, "#брань"),
)  # fmt: skip
_THEMSELVES = frozenset(  # small words that are a kind each
    ["тебя", "тебе", "тобой", "меня", "мной", "него", "нему", "ними", "твой", "твоя", "твои", "твою", "твоего",
     "твоей", "твоих", "ваша", "ваше", "ваши", "вашу", "вашего", "вашей", "ваших", "вами", "нами", "если", "пока",
     "иначе", "чтоб", "чтобы", "только", "когда", "надо", "пора", "мало", "лучше", "всех", "этих", "таких", "этот",
     "этого", "этому", "пусть", "тому", "того", "будет", "будешь", "будете", "буду", "завтра", "скоро", "ночью",
     "вечером", "сами", "сама", "самого", "кто-то"]
)  # fmt: skip
_STOPS = frozenset(".,!?")
_SHORT = 3  # letters of a word that is a kind of its own
_CYRILLIC = re.compile("[а-я]{3,}")
_LONGEST = 24  # letters that are looked at in parts
_PARTS = range(3, 6)  # letters of a part, edges included


def shapes(mask: int) -> list[str]:
    """The shapes of a word that is no plain one."""
    return [name for bit, name in _SHAPES if mask & bit]


def kind(form: str, mask: int, grammar: int) -> str:
    """What kind of word it is in a row: a small word is its own kind, a verb is its form, a noun its case."""
    if mask & SIGN:
        return form if form in ".,!?:-—" else "знак"
    if len(form) <= _SHORT or grammar & PREPOSITION or form in _THEMSELVES:
        return form
    if grammar & (VERB | INFINITIVE):
        for bit, name in _FORMS:
            if grammar & bit:
                return name
    if grammar & NOUN and not grammar & ADJECTIVE:
        case = next((name for bit, name in _CASES if grammar & bit), "")
        return f"{'лицо' if grammar & ANIMATE else 'предмет'} {case}".rstrip()
    return "какой" if grammar & ADJECTIVE else "*"


def in_row(form: str, lemma: str, mask: int) -> str:
    """The name of a word in a row of dictionary forms."""
    if mask & SIGN:
        return form if form in _STOPS else "."
    if mask & (NUMBER | LINK | HANDLE):
        return shapes(mask)[-1]
    return "~" + lemma


def paired(form: str, lemma: str, mask: int, grammar: int, lists: Iterable[str]) -> list[str]:
    """The signs of a word that tell more together with another: whom, when, what is done."""
    if form in _ASKED:
        return ["~" + form]
    found = ["~" + lemma] if lemma in _PAIRED else []
    for one in lists:
        found += ["@" + one, f"@{one}:{kind(form, mask, grammar)}"]
    return found


_ASKED = frozenset("?!")
_PAIRED = frozenset(
    ["ты", "вы", "твой", "ваш", "если", "еще", "не", "бы", "я", "мы", "они", "он", "надо", "пора", "пока", "кто", "сам",
     "ночь", "завтра", "скоро"]
)  # fmt: skip


def of_word(form: str, lemma: str, mask: int, grammar: int, lists: Iterable[str]) -> list[str]:
    """All that a word tells by itself; ``lists`` are those of ``TELLING`` in which it stands."""
    if mask & SIGN:
        return ["~" + form]
    found = shapes(mask)
    if mask & PROFANE:
        return found
    its_kind = kind(form, mask, grammar)
    name = in_row(form, lemma, mask)
    found.append(name)
    if grammar & (VERB | INFINITIVE):
        found.append(f"{name}:{its_kind}")
    for one in lists:
        found += ["@" + one, f"@{one}:{its_kind}"]
    # An insult is told by its list: else «козловой» would be weighed by its parts.
    if _CYRILLIC.fullmatch(form) and not any(one.startswith("insult.") for one in lists):
        edged = f"^{form[:_LONGEST]}$"
        parts = [edged[i : i + size] for size in _PARTS for i in range(len(edged) - size + 1)]
        found += [PART + part for part in parts]
        if mask & UNKNOWN:
            found += [STRANGE + part for part in parts]
    return list(dict.fromkeys(found))

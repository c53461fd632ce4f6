"""Two meanings of a text besides its faults: danger to life, and what an author says under an answer.

Danger (П.9, П.20): a thing, its state, and people near it. One rule for all signs: the thing and its state are close
together in one sentence, not denied and not hypothetical. Some states need people named near them: a wire on the
ground alone is not enough. The words are in `lexicon/danger.txt`.

Echo: it is done, it is not, or thanks. Words of doing count in the past or as a short participle, words of working in
the present; «не» just before one turns it round. What is not done outweighs what is, and both outweigh thanks.

The library proposes, a person decides.
"""

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache

from moderation.lexicon import read_entries
from moderation.text.disguise import normalise
from moderation.text.morph import readings

_TOKEN = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*|[.!?…\n]|[,;:—–()]")
_END, _BREAK = frozenset(".!?…\n"), frozenset(",;:—–()")
_NEAR = 6  # words between a thing and its state
_DENIED_WITHIN = 2  # words between «не» and what it denies
_LEAST_WEIGHT = 0.05
_LONGEST = 6_000  # characters that are read: the beginning names the matter


@dataclass(frozen=True, slots=True)
class Sign:
    """A row of the table. `near`: a list of words; one must be in this sentence or the next one."""

    name: str
    thing: str
    state: str
    near: str = ""
    denied: bool = False  # the state is an absence: «без крышки», «без сознания»


SIGNS = (
    Sign("gas", "gas.thing", "gas.state"),
    Sign("wire", "wire.thing", "wire.state", near="people"),
    Sign("wire", "wire.thing", "wire.live"),
    Sign("shock", "shock.thing", "shock.state"),
    Sign("collapse", "collapse.thing", "collapse.state"),
    Sign("collapse", "collapse.thing", "collapse.state", near="people"),
    Sign("collapse", "collapse.thing", "collapse.slow", near="people"),
    Sign("fire", "fire.thing", "fire.state"),
    Sign("fire", "fire.place", "fire.smoke"),
    Sign("pit", "pit.thing", "pit.state", near="child"),
    Sign("pit", "pit.thing", "pit.lacking", near="child", denied=True),
    Sign("pit", "pit.thing", "pit.fall", near="people"),
    Sign("water", "water.thing", "water.state", near="people"),
    Sign("person", "person.thing", "person.state"),
    Sign("person", "person.thing", "person.lacking", denied=True),
)
_MAY_COME = frozenset({"people", "child"})
"""With people near, a thing that is about to fall is a danger too: «вот-вот рухнет»."""


@dataclass(frozen=True, slots=True)
class Danger:
    """A sign found in a text; `spans`: places in the source text of the deciding words, in order."""

    sign: str
    spans: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class _Word:
    form: str
    span: tuple[int, int]
    groups: frozenset[str]
    ahead: frozenset[str]  # those of its groups that it has only in the future or the infinitive


def dangers(text: str) -> tuple[Danger, ...]:
    """The signs in this text, each once, in the order of the table; any Unicode text is accepted."""
    normalised = normalise(text[:_LONGEST])
    words = [
        _Word(match[0], normalised.span(*match.span()), *_groups(match[0]))
        for match in _TOKEN.finditer(normalised.text)
    ]
    sentences = list(_sentences(words))
    found: dict[str, Danger] = {}
    for number, sentence in enumerate(sentences):
        around = [word for near in sentences[max(0, number - 1) : number + 2] for word in near]
        for sign in SIGNS:
            if sign.name not in found and (spans := _find(sign, sentence, around)):
                found[sign.name] = Danger(sign.name, spans)
    return tuple(found.values())


def _sentences(words: list[_Word]) -> Iterator[list[_Word]]:
    sentence: list[_Word] = []
    for word in words:
        if word.form in _END:
            yield sentence
            sentence = []
        else:
            sentence.append(word)
    yield sentence


def _find(sign: Sign, sentence: list[_Word], around: list[_Word]) -> tuple[tuple[int, int], ...]:
    other = f"{sign.name}.other"
    for j, state in enumerate(sentence):
        if sign.state not in state.groups or _unreal(sentence, j, denied=sign.denied):
            continue
        if sign.state in state.ahead and sign.near not in _MAY_COME:
            continue
        for i in sorted(range(max(0, j - _NEAR), min(len(sentence), j + _NEAR + 1)), key=lambda one: abs(one - j)):
            thing = sentence[i]
            if i == j or sign.thing not in thing.groups:
                continue
            if any(other in word.groups for word in sentence[max(0, min(i, j) - 2) : max(i, j) + 3]):
                continue
            named = [word for word in around if sign.near in word.groups and word is not thing] if sign.near else []
            if sign.near and not named:
                continue
            return tuple(sorted({thing.span, state.span, *(word.span for word in named[:1])}))
    return ()


def _unreal(sentence: list[_Word], i: int, *, denied: bool) -> bool:
    """Denied, hypothetical, taught or remembered, within the clause of the word."""
    first = last = i
    while first > 0 and sentence[first - 1].form not in _BREAK:
        first -= 1
    while last + 1 < len(sentence) and sentence[last + 1].form not in _BREAK:
        last += 1
    no = any("no" in word.groups for word in sentence[max(first, i - _DENIED_WITHIN) : i])
    no = no or any(word.form == "нет" for word in sentence[i : min(last, i + _DENIED_WITHIN) + 1])
    return no is not denied or any("unreal" in word.groups for word in sentence[first : last + 1])


@cache
def _lists() -> dict[str, set[str]]:
    """Word (or «=форма») → its sections."""
    found: dict[str, set[str]] = defaultdict(set)
    for entry in read_entries("danger"):
        found[entry.text].add(entry.group)
    return found


@lru_cache(maxsize=1 << 15)
def _groups(form: str) -> tuple[frozenset[str], frozenset[str]]:
    lists, now, ahead = _lists(), set(_lists().get(f"={form}", ())), set[str]()
    for reading in readings(form):
        if reading.weight >= _LEAST_WEIGHT:
            to_come = bool({"INFN", "futr", "impr"} & reading.tags)
            (ahead if to_come else now).update(lists.get(reading.lemma, ()))
    return frozenset(now | ahead), frozenset(ahead - now)


# --- What an author says under an answer
UNSOLVED, SOLVED, THANKS = "unsolved", "solved", "thanks"
_DO = frozenset(
    ["сделать", "починить", "исправить", "устранить", "решить", "решиться", "убрать", "вывезти", "отремонтировать",
     "включить", "дать", "помочь", "выполнить", "заменить", "почистить", "расчистить", "засыпать", "восстановить",
     "прийти", "приехать", "появиться", "измениться", "изменить", "поменяться", "установить", "начать", "заработать",
     "загореться", "ответить"]
)  # fmt: skip
_WORK = frozenset(["работать", "гореть", "греть", "ездить", "ходить", "вывозить", "убирать", "чистить"])
_STILL = frozenset(
    ["опять", "снова", "по-прежнему", "отписка", "обман", "обманывать", "вранье", "врать", "ложь", "хуже", "никакой",
     "ждать", "бестолку"]
)  # fmt: skip
_THANKS = frozenset(["спасибо", "благодарить", "поблагодарить", "благодарный", "благодарность", "спасибочко"])
_NONE_OF = frozenset(["слово", "вопрос", "претензия", "жалоба"])  # «Нет слов», «нет вопросов»: nothing is lacking


def echo(text: str) -> str:
    """UNSOLVED, SOLVED, THANKS, or "" where the words say none of it; any Unicode text is accepted."""
    words = _TOKEN.findall(normalise(text[:_LONGEST]).text)
    found = {said for i in range(len(words)) if (said := _said(words, i))}
    if "?" in words and "когда" in words:
        found.add(UNSOLVED)
    return next((one for one in (UNSOLVED, SOLVED, THANKS) if one in found), "")


def _said(words: list[str], i: int) -> str:
    word, before = words[i], words[max(0, i - _DENIED_WITHIN - 1) : i]
    lemmas, is_done = _read(word)
    if lemmas & _STILL or words[i : i + 3] == ["до", "сих", "пор"]:
        return UNSOLVED
    if word == "нет" and i + 1 < len(words) and words[i + 1].isalpha() and not _read(words[i + 1])[0] & _NONE_OF:
        return UNSOLVED
    if is_done:
        breaks = [number for number, one in enumerate(before) if not one[0].isalpha()]
        return UNSOLVED if "не" in before[max(breaks, default=-1) + 1 :] else SOLVED
    return THANKS if lemmas & _THANKS else ""


@lru_cache(maxsize=4096)
def _read(word: str) -> tuple[frozenset[str], bool]:
    """The dictionary forms, and whether one of its readings says that something is done or works."""
    likely = [one for one in readings(word) if one.weight >= _LEAST_WEIGHT]
    is_done = any(
        (one.lemma in _DO and {"past", "PRTS"} & one.tags) or (one.lemma in _WORK and {"past", "pres"} & one.tags)
        for one in likely
    )
    return frozenset(one.lemma for one in likely), is_done

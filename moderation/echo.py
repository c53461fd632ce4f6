"""What an author says under an answer: it is done, it is not, or thanks. The library proposes, a person decides.

Words of doing count in the past or as a short participle, words of working in the present; «не» just before one turns
it round. What is not done outweighs what is, and both outweigh thanks.
"""

import re
from functools import lru_cache

from moderation.text.morph import readings
from moderation.text.normalise import normalise

UNSOLVED, SOLVED, THANKS = "unsolved", "solved", "thanks"

_TOKEN = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*|[.!?…\n,;:—()]")
_LONGEST = 2_000  # characters that are read
_DENIED_WITHIN = 2  # words between «не» and what it denies
_LEAST_WEIGHT = 0.05
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

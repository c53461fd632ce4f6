"""П.16: whose work a verb tells of. What the author or the neighbours did themselves is no measure of the office."""

from __future__ import annotations

from collections.abc import Callable

from osm.wording.text import AnswerText, Word

_OTHERS = frozenset(
    {"житель", "жилец", "сосед", "хулиган", "вандал", "неизвестный", "люди", "человек", "злоумышленник"}
    | {"нарушитель", "вы", "ты"}
)
_READER = frozenset({"вы", "ты"})
_THANKS = frozenset(
    {"спасибо", "благодарить", "благодарный", "поблагодарить", "хорошо", "здорово", "приятно", "жаль", "молодец"}
)
_THEMSELVES = frozenset({"сам", "самостоятельно"})
_TOLD_BY = frozenset({"что", "как"})
_WITH = frozenset({"с", "со", "перед", "над", "между", "за", "под"})


def is_of_others(text: AnswerText, i: int, is_work: Callable[[Word], bool]) -> bool:
    """Whether the verb `i` has another doer than those who answer. `is_work`: whether a verb is one of work."""
    words, clause = text.words, text.clause_of(i)
    if any(_is_other(words[j]) for j in clause if j < i) or _follows(text, i):
        return True
    if _is_agent(text, i):
        return True
    verb = words[i].verb
    if (verb and "1per" in verb.tags) or any(_is_subject(text, j, i) for j in clause):
        return False
    return _did_themselves(text, i) or _is_told_by_the_reader(text, i) or _goes_on(text, i, is_work)


def _is_other(word: Word) -> bool:
    return bool(word.lemma_of(_OTHERS)) and word.first >= {"nomn"}


def _follows(text: AnswerText, i: int) -> bool:
    """«Яму засыпали ваши соседи»: in the same breath, and no number of people («работают пять человек»)."""
    words = text.words
    for j in range(i + 1, text.clause_of(i).stop):
        if not words[j].is_word:
            return False
        if _is_other(words[j]):
            return not words[j - 1].has("NUMR")
    return False


def _is_agent(text: AnswerText, i: int) -> bool:
    """«Вами расчищена», «вашими силами»."""
    words = text.words
    return any(
        (words[j].form == "вами" and words[j - 1].form not in _WITH)
        or (words[j].form == "силами" and words[j - 1].form == "вашими")
        for j in text.clause_of(i)
    )


def _is_subject(text: AnswerText, j: int, i: int) -> bool:
    """A nominative that agrees with the verb; of a form that may be an accusative only what stands before the verb."""
    word, verb = text.words[j], text.words[i].verb
    if verb is None or j == i:
        return False
    if word.has("NPRO", "nomn") and not word.lemma_of(frozenset({"что", "это", "кто"})):
        return True
    number = "plur" if "plur" in verb.tags else "sing"
    if not word.has("NOUN", "nomn", number) or word.lemma_of(_THANKS):
        return False
    return word.has("NOUN", "anim", "nomn") or not word.has("NOUN", "accs", number) or j < i


def _did_themselves(text: AnswerText, i: int) -> bool:
    """«Расчистили сами», «своими силами», where the sentence speaks to the reader."""
    words, clause, sentence = text.words, text.clause_of(i), text.sentence_of(i)
    alone = any(
        words[j].lemma_of(_THEMSELVES) or (words[j].form == "силами" and words[j - 1].form == "своими") for j in clause
    )
    return alone and any(_is_of_the_reader(words[j]) for j in sentence)


def _is_of_the_reader(word: Word) -> bool:
    """«Вы», «пишете»."""
    speaks = bool(word.verb and "2per" in word.verb.tags and "impr" not in word.verb.tags)
    return speaks or (bool(word.lemma_of(_READER)) and word.first >= {"nomn"})


def _is_told_by_the_reader(text: AnswerText, i: int) -> bool:
    """«Спасибо, что расчистили», «вы пишете, что засыпали»."""
    words, sentence = text.words, text.sentence_of(i)
    before = range(i - 1, sentence.start, -1)
    joint = next((j for j in before if not words[j].is_word or words[j].form in _TOLD_BY), None)
    if joint is None or words[joint].form not in _TOLD_BY:
        return False
    for j in range(joint - 1, sentence.start - 1, -1):
        if words[j].lemma_of(_THANKS):
            return True
        if words[j].verb:  # who speaks: «сообщаем, что засыпали»
            return any(_is_of_the_reader(words[k]) for k in text.clause_of(j) if k <= j)
    return False


def _goes_on(text: AnswerText, i: int, is_work: Callable[[Word], bool]) -> bool:
    """«Вы расчистили проезд и засыпали яму»: the doer of the work before it."""
    start, sentence = text.clause_of(i).start, text.sentence_of(i)
    if start == sentence.start or text.words[start].form not in {"и", ","}:
        return False
    before = [j for j in text.clause_of(start - 1) if text.words[j].verb and is_work(text.words[j])]
    return bool(before) and is_of_others(text, before[-1], is_work)

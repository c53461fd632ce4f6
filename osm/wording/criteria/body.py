"""П.16: the answer names who is responsible: a body, a company, an abbreviation or a post."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache

from osm.regulation.words import ReplyKind
from osm.wording.criteria.model import Answer, Criterion, Key
from osm.wording.phrases import lines_of
from osm.wording.text import Span, Word

_WORDS = "osm.wording.criteria.words"
_ADVICE = "Назовите, кто отвечает: отдел, организацию или должность. «Мы» и «специалисты» не подходят."
_PEOPLE = frozenset({"подрядчик", "перевозчик", "поставщик", "застройщик", "оператор", "лаборатория"})
_UNNAMED = frozenset(
    {
        "компания",
        "организация",
        "предприятие",
        "учреждение",
        "бригада",
        "служба",
        "ук",
        "тсж",
        "участок",
        "ооо",
        "ао",
        "ип",
    }
)
_NETWORK = re.compile(r"сет(?:ь|и|ью|ей|ям|ями|ях)$|сетев")
"""«изношенные теплосети» lie in the ground; with a small letter «водоканал», «горсвет» are still somebody."""
_OF_A_TOWN = frozenset({"служба", "бригада"})
_TOWN = frozenset({"округ", "город", "район", "край", "администрация", "мэрия"})
"""«дорожная служба округа» is one; «дорожная служба» may be any."""
_PERSONAL = frozenset({"я", "мы", "ты", "вы"})


@lru_cache(maxsize=1)
def _lists() -> dict[str, frozenset[str]]:
    """The sections of bodies.txt."""
    found: dict[str, set[str]] = {}
    section = ""
    for line in lines_of(_WORDS, "bodies.txt"):
        line = line.split("#")[0].strip().lower().replace("ё", "е")
        if line.startswith("["):
            section = line.strip("[]")
        elif line:
            found.setdefault(section, set()).update(line.split())
    return {name: frozenset(words) for name, words in found.items()}


def check(answer: Answer, frame: Sequence[tuple[str, Span]]) -> Criterion:
    """A clarification owes none; letterhead, signature, addressees and mere places name nobody."""
    if answer.kind is ReplyKind.CLARIFICATION:
        return Criterion(Key.RESPONSIBLE_BODY, None, advice="Запросу автору это не нужно.")
    words = answer.text.words
    skipped = [(span.start, span.end) for kind, span in frame if kind != "press"]
    found = [
        _with_quotes(answer, answer.text.span(first, _whole(words, last)))
        for first, last in _candidates(words)
        if not any(start <= words[first].start < end for start, end in skipped) and _acts(answer, first, last)
    ]
    if found:
        return Criterion(Key.RESPONSIBLE_BODY, True, tuple(dict.fromkeys(found)))
    return Criterion(Key.RESPONSIBLE_BODY, False, (), _ADVICE)


def _candidates(words: Sequence[Word]) -> Iterator[tuple[int, int]]:
    """First and last word of whatever names a body, a company or a post."""
    lists, i = _lists(), 0
    while i < len(words):
        word, last = words[i], None
        if word.quoted == "«»" and word.is_word and word.is_capital and (i == 0 or words[i - 1].quoted != "«»"):
            last = _quoted_name(words, i, lists)
        elif word.is_word and not word.quoted:
            last = _plain_name(words, i, lists)
        if last is None:
            i += 1
        else:
            yield i, last
            i = last + 1


def _quoted_name(words: Sequence[Word], i: int, lists: dict[str, frozenset[str]]) -> int | None:
    """«Теплосеть»: a name in quotes that is no sign, place, programme or street."""
    before = i - 2  # the word before the opening quote
    last = i
    while last + 1 < len(words) and words[last + 1].quoted == "«»":
        last += 1
    is_thing = before >= 0 and words[before].sentence == words[i].sentence and words[before].lemma_of(lists["things"])
    return None if is_thing else last


def _plain_name(words: Sequence[Word], i: int, lists: dict[str, frozenset[str]]) -> int | None:
    word = words[i]
    likely = _likely(word)
    if not word.is_abbreviation and word.verb and "VERB" in word.first:
        return None
    if likely & lists["named"] and not (word.is_abbreviation and word.form in lists["abbreviations"]):
        return i
    if word.form.startswith(tuple(lists["roots"])) or any("-" + r in "-" + word.form for r in ("водоканал",)):
        named = word.is_capital or (i and words[i - 1].is_capital and "ADJF" in words[i - 1].first)
        named = named or not _NETWORK.search(word.form)
        return i if named else None
    if likely & lists["typed"]:
        return _typed(words, i, lists)
    # «начальник отдела …»: the body after the post is asked about by itself
    before_body = i + 1 < len(words) and words[i + 1].lemma_of(lists["typed"])
    if likely & lists["post"] and not before_body:
        return _with_complement(words, i)
    if word.is_abbreviation and 3 <= len(word.form) <= 8 and word.form not in lists["abbreviations"]:
        alone = not (i and words[i - 1].is_abbreviation) and not (i + 1 < len(words) and words[i + 1].is_abbreviation)
        return i if alone and any("А" <= letter <= "Я" for letter in word.text) else None
    return None


def _typed(words: Sequence[Word], i: int, lists: dict[str, frozenset[str]]) -> int | None:
    """A kind of body with what names it: an adjective before, «чего?», a number, an abbreviation or quotes after."""
    word, after = words[i], words[i + 1] if i + 1 < len(words) else None
    kind = word.lemma_of(lists["typed"]) or word.form
    if after and after.text in '«“„"' and i + 2 < len(words):
        return i + 2
    if after and (after.text == "№" or after.is_abbreviation or after.form == "по"):
        return min(i + 2, len(words) - 1) if after.text == "№" or after.form == "по" else i + 1
    if after and after.is_word and after.is_capital and after.sentence == word.sentence and not after.has("Name"):
        return i + 1
    if (
        after
        and (kind not in _UNNAMED | _PEOPLE or after.form.startswith(tuple(lists["roots"])))
        and _is_of_what(after)
    ):
        return i + 1
    if after and kind in _OF_A_TOWN and "plur" not in word.first and after.has("gent") and after.lemma_of(_TOWN):
        return i + 1
    before = words[i - 1] if i else None
    adjectives = {"ADJF", "PRTF"}
    weak = lists["weak"] if kind in lists["office"] else lists["weak"] | lists["weak_at_work"]
    if before and before.first & adjectives and not before.lemma_of(weak) and before.sentence == word.sentence:
        return i if kind not in {"дом", "сад", "центр", "участок", "хозяйство"} and "plur" not in word.first else None
    return None


def _likely(word: Word) -> frozenset[str]:
    """Dictionary forms that have a tenth of the weight together: an abbreviation has a reading for every case."""
    weights: dict[str, float] = {}
    for reading in word.readings:
        weights[reading.lemma] = weights.get(reading.lemma, 0.0) + reading.weight
    return frozenset(lemma for lemma, weight in weights.items() if weight >= 0.1)


def _is_of_what(word: Word) -> bool:
    """«отдел транспорта», «управление городским хозяйством»."""
    if word.first & {"PREP", "VERB", "CONJ", "ADVB", "INFN", "NPRO"}:
        return False
    return word.has("NOUN", "gent") or word.has("ADJF", "gent")


def _with_quotes(answer: Answer, span: Span) -> Span:
    """«МУП «Теплосеть»» is shown with the quote that closes the name."""
    is_open = span.fragment.count("«") > span.fragment.count("»")
    closes = is_open and answer.text.source[span.end : span.end + 1] == "»"
    return answer.text.cut(span.start, span.end + 1) if closes else span


def _whole(words: Sequence[Word], last: int) -> int:
    """«управление жилищно-коммунального» is shown with its «хозяйства»."""
    return _with_complement(words, last) if words[last].has("ADJF", "gent") else last


def _with_complement(words: Sequence[Word], i: int) -> int:
    last = i
    while last + 1 < len(words) and words[last + 1].is_word and "gent" in words[last + 1].first and last - i < 4:
        last += 1
    return last


def _acts(answer: Answer, first: int, last: int) -> bool:
    """Not an addressee («передали в администрацию»), not a place («у школы»), not one who only speaks."""
    words, lists = answer.text.words, _lists()
    head = _head(words, first, lists)
    preposition = words[head - 1].form if head and words[head - 1].first & {"PREP"} else ""
    clause = answer.text.clause_of(first)
    spoken = {words[i].lemma_of(lists["addressee"]) for i in clause} - {""}
    if words[first].quoted != "«»" and any(word.lemma_of(lists["institution"]) for word in words[head : last + 1]):
        return not preposition and any(word.has("nomn") for word in words[head : first + 1])
    if preposition in _BESIDE or (preposition in {"в", "во", "до"} and _is_addressee(words, head, spoken)):
        return False
    if preposition in {"у", "за", "перед"} and any(
        word.lemma_of(lists["named"]) or (word.form.startswith(tuple(lists["roots"])) and not word.is_capital)
        for word in words[first : last + 1]
    ):
        return preposition == "за" and any(words[i].lemma_of(_ANSWERS_FOR) for i in clause)
    is_told = words[head].has("datv") and ("datv" in words[head].first or not words[head].has("nomn"))
    if spoken and not preposition and is_told:
        return False
    return not _only_speaks(words, clause, lists)


_BESIDE = frozenset({"возле", "около", "напротив", "вокруг", "мимо", "недалеко", "близ", "вдоль"})
_ANSWERS_FOR = frozenset({"отвечать", "закрепить"})


def _head(words: Sequence[Word], first: int, lists: dict[str, frozenset[str]]) -> int:
    """Where the group of words begins that the name stands in: «слесари УК «Уют»», «в отделе благоустройства»."""
    head = first
    while head and words[head - 1].sentence == words[first].sentence:
        before = words[head - 1]
        of_what = "NOUN" in before.first and "gent" in words[head].first and not before.has("Name")
        belongs = before.text in '«“„"№' or before.first & {"ADJF", "PRTF"} or before.lemma_of(lists["typed"])
        if not belongs and not of_what:
            break
        head -= 1
    return head


def _is_addressee(words: Sequence[Word], head: int, spoken: set[str]) -> bool:
    """«в» with the accusative, or after a verb of passing on."""
    return bool(spoken) or not any(word.has("loct") for word in words[head : head + 2])


def _only_speaks(words: Sequence[Word], clause: range, lists: dict[str, frozenset[str]]) -> bool:
    """«Как отметил глава округа …»: a speaker of a press release."""
    verbs = [words[i] for i in clause if words[i].verb and words[i].first & {"VERB", "PRTS"}]
    return bool(verbs) and all(word.lemma_of(lists["speech"]) for word in verbs)

"""Which body is responsible (П.16)."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence

from osm.regulation.words import ReplyKind
from osm.wording.criteria.form import Answer, Criterion, Key
from osm.wording.text import AnswerText, Span, Word, load_sections

# --- П.16: who does the work of a verb
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
    return _did_themselves(text, i) or _is_told_by_the_reader(text, i) or _continues(text, i, is_work)


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
    """A nominative that agrees with the verb; a form that may be an accusative counts only before the verb."""
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


def _continues(text: AnswerText, i: int, is_work: Callable[[Word], bool]) -> bool:
    """«Вы расчистили проезд и засыпали яму»: the doer of the work before it."""
    start, sentence = text.clause_of(i).start, text.sentence_of(i)
    if start == sentence.start or text.words[start].form not in {"и", ","}:
        return False
    before = [j for j in text.clause_of(start - 1) if text.words[j].verb and is_work(text.words[j])]
    return bool(before) and is_of_others(text, before[-1], is_work)


# --- П.16: the answer names who is responsible: a body, a company, an abbreviation or a post
_ADVICE = "Назовите, кто отвечает: отдел, организацию или должность. «Мы» и «специалисты» не подходят."
_PEOPLE = frozenset({"подрядчик", "перевозчик", "поставщик", "застройщик", "оператор", "лаборатория"})
_UNNAMED = frozenset({
    "компания", "организация", "предприятие", "учреждение", "бригада", "служба", "ук", "тсж", "участок", "ооо",
    "ао", "ип",
})  # fmt: skip
_NETWORK = re.compile(r"сет(?:ь|и|ью|ей|ям|ями|ях)$|сетев")
"""«изношенные теплосети» lie in the ground; with a small letter «водоканал», «горсвет» are still somebody."""
_OF_A_TOWN = frozenset({"служба", "бригада"})
_TOWN = frozenset({"округ", "город", "район", "край", "администрация", "мэрия"})
"""«дорожная служба округа» is one; «дорожная служба» may be any."""


Lists = Mapping[str, frozenset[str]]


def _lists() -> Lists:
    return load_sections("bodies.txt")


def check(answer: Answer, frame: Sequence[tuple[str, Span]]) -> Criterion:
    """A clarification needs none; letterhead, signature, addressees and mere places do not count."""
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
    """First and last word of each name of a body, a company or a post."""
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


def _quoted_name(words: Sequence[Word], i: int, lists: Lists) -> int | None:
    """«Теплосеть»: a name in quotes that is no sign, place, programme or street."""
    before = i - 2  # the word before the opening quote
    last = i
    while last + 1 < len(words) and words[last + 1].quoted == "«»":
        last += 1
    is_thing = before >= 0 and words[before].sentence == words[i].sentence and words[before].lemma_of(lists["things"])
    return None if is_thing else last


def _plain_name(words: Sequence[Word], i: int, lists: Lists) -> int | None:
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
    # «начальник отдела …»: the body after the post is judged separately
    before_body = i + 1 < len(words) and words[i + 1].lemma_of(lists["typed"])
    if likely & lists["post"] and not before_body:
        return _with_complement(words, i)
    if word.is_abbreviation and 3 <= len(word.form) <= 8 and word.form not in lists["abbreviations"]:
        alone = not (i and words[i - 1].is_abbreviation) and not (i + 1 < len(words) and words[i + 1].is_abbreviation)
        return i if alone and any("А" <= letter <= "Я" for letter in word.text) else None
    return None


def _typed(words: Sequence[Word], i: int, lists: Lists) -> int | None:
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


def _head(words: Sequence[Word], first: int, lists: Lists) -> int:
    """The first word of the group around the name: «слесари УК «Уют»», «в отделе благоустройства»."""
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


def _only_speaks(words: Sequence[Word], clause: range, lists: Lists) -> bool:
    """«Как отметил глава округа …»: a speaker of a press release."""
    verbs = [words[i] for i in clause if words[i].verb and words[i].first & {"VERB", "PRTS"}]
    return bool(verbs) and all(word.lemma_of(lists["speech"]) for word in verbs)

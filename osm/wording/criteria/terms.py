"""П.16: the answer names a calendar term or a length for the remedy; an interim one when the next answer comes."""

from collections.abc import Sequence

from osm.regulation.words import ReplyKind
from osm.wording.criteria.measures import Action, Sort, Time, is_out_of_reach, is_work
from osm.wording.criteria.model import Answer, Criterion, Key
from osm.wording.criteria.term_words import Expression, find_terms
from osm.wording.phrases import load, load_words
from osm.wording.text import AnswerText, Span, Word

_WORDS = "osm.wording.criteria.words"
_ADVICE = "Назовите срок: дату, день недели, месяц или сколько дней. «В ближайшее время» не подходит."
_ADVICE_INTERIM = "Назовите, когда будет следующий ответ: дату или день недели."
_DONE = "Работа сделана, срок уже не нужен. Хорошо бы назвать, когда сделали."
_ANSWERS = frozenset({"ответ", "результат", "информация", "подробность", "решение", "итог", "смета", "заключение"})
_TERM = frozenset({"срок", "завершение", "окончание", "готовность", "начало", "этап", "очередь"})


def check(answer: Answer, actions: Sequence[Action], frame: Sequence[tuple[str, Span]]) -> Criterion:
    """Finished work with a date counts; finished work without one needs no term (None)."""
    if answer.kind is ReplyKind.CLARIFICATION:
        return Criterion(Key.TERMS, None, advice="Запросу автору это не нужно.")
    text = answer.text
    skipped = [(span.start, span.end) for kind, span in frame if kind != "press"]
    terms = []
    for start, end, kind in find_terms(text.source):
        place = next((i for i, word in enumerate(text.words) if word.start <= start < word.end), None)
        if place is None or text.words[place].quoted == "…" or any(first <= start < last for first, last in skipped):
            continue
        if _is_of_the_remedy(answer, actions, place, kind):
            terms.append(text.cut(start, end))
    if terms:
        return Criterion(Key.TERMS, True, tuple(terms))
    vague = tuple(text.span(match.first, match.last) for match in load(_WORDS, "vague_terms.txt").find(text.words))
    if not vague and _is_finished(actions):
        return Criterion(Key.TERMS, None, advice=_DONE, needs_a_person=True)
    return Criterion(Key.TERMS, False, vague, _ADVICE_INTERIM if answer.kind is ReplyKind.INTERIM else _ADVICE)


def _is_of_the_remedy(answer: Answer, actions: Sequence[Action], place: int, kind: Expression) -> bool:
    """By the verb of its clause: work, or the future of anything but telling and looking."""
    text, words = answer.text, answer.text.words
    clause, interim = text.clause_of(place), answer.kind is ReplyKind.INTERIM
    near = [action for action in actions if action.last >= clause.start and action.first < clause.stop]
    if any(_is_repair(action) for action in near):
        return True
    if near:
        return interim and any(action.time is Time.PLANNED for action in near)
    planned = load_words(_WORDS, "planned_verbs.txt")
    speech = load_words(_WORDS, "speech_verbs.txt")
    if any(words[i].lemma_of(planned) and (i == clause.start or words[i - 1].form != "не") for i in clause):
        return True
    said = [i for i in clause if words[i].verb and words[i].verb.tags & {"VERB", "PRTS", "INFN"}]  # type: ignore[union-attr]
    verbs = [words[i] for i in said if i == clause.start or words[i - 1].form != "не"]
    if said and not verbs:
        return False
    if verbs:
        if any(_is_promised_work(text, i) for i in clause):
            return True
        if interim and _is_awaited(verbs) and any(words[i].lemma_of(_ANSWERS) for i in clause):
            return True
        if any(word.lemma_of(speech) for word in verbs):
            return interim and any(word.has("futr") for word in verbs)
        return any("futr" in word.verb.tags and "2per" not in word.verb.tags for word in verbs if word.verb)
    return _without_a_verb(answer, actions, clause, kind, speech)


def _is_promised_work(text: AnswerText, i: int) -> bool:
    """«обещают закончить к 17:00», «постараемся убрать до пятницы»: a promise is no measure, its date is a term."""
    word = text.words[i]
    if not (word.verb and "INFN" in word.verb.tags and is_work(word)):
        return False
    return not is_out_of_reach(text, i) and not any(text.words[j].form == "не" for j in text.clause_of(i) if j < i)


def _is_awaited(verbs: Sequence[Word]) -> bool:
    """«Ответ ждём к 1 декабря»: no promise yet, and no past term."""
    return any(word.has("pres") for word in verbs) and not any(word.has("past") for word in verbs)


def _without_a_verb(
    answer: Answer, actions: Sequence[Action], clause: range, kind: Expression, speech: frozenset[str]
) -> bool:
    """«Срок — до 7 декабря.» «Фонари, лампы и провод — до пятницы.»"""
    text = answer.text
    sentence = text.sentence_of(clause.start)
    words = [text.words[i] for i in sentence]
    if any(word.lemma_of(_TERM) for word in words):
        return True
    if any(_is_repair(action) for action in actions if action.first in sentence):
        return True
    if answer.kind is ReplyKind.INTERIM:
        return any(word.lemma_of(_ANSWERS) for word in words) or kind is Expression.LIMIT
    return kind is Expression.LIMIT and not any(word.lemma_of(speech | _ANSWERS) for word in words)


def _is_repair(action: Action) -> bool:
    return action.sort is Sort.WORK or (action.sort is Sort.VISIT and action.time is not Time.DONE)


def _is_finished(actions: Sequence[Action]) -> bool:
    """Work is done and nothing more is announced."""
    preparations = load_words(_WORDS, "preparations.txt")
    if any(action.time is not Time.DONE or action.lemma in preparations for action in actions):
        return False
    return any(action.sort is Sort.WORK for action in actions)

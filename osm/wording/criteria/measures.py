"""П.16, П.15: concrete measures, done, being done or firmly planned, and their terms; promises are no measures."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from osm.regulation.words import ReplyKind
from osm.wording.criteria import body, term_words
from osm.wording.criteria.form import Answer, Criterion, Key
from osm.wording.criteria.term_words import Expression, find_terms
from osm.wording.text import AnswerText, Span, Word, lines_of, load, load_sections, load_words

_ADVICE = "Назовите меры: что сделано, делается или будет сделано. «Вопрос на контроле» и «передали» не подходят."
_ADVICE_REPEAT = "Человек пишет повторно (п. 15). Расскажите, какие работы сделаны, идут или чем решится дело."
_ADVICE_ASKING = "Запрос можно отправить и без этого. Лучше сказать, что уже сделано: человек пишет повторно (п. 15)."


class Sort(StrEnum):
    """Work repairs what is complained of; a check or an order looks at it; a visit is either, by its time."""

    WORK = "work"
    CHECK = "check"
    VISIT = "visit"


class Time(StrEnum):
    """When the action is, by the grammar of its verb."""

    DONE = "done"
    GOING_ON = "going_on"
    PLANNED = "planned"


@dataclass(frozen=True, slots=True)
class Action:
    """One measure: its words, sort, time and dictionary form."""

    first: int
    last: int
    sort: Sort
    time: Time
    lemma: str


_IDLE_OPENINGS = frozenset(
    {"если", "когда", "пока", "чтобы", "раз", "как", "хотя", "лишь", "едва", "дабы", "надо", "нужно"}
)
_BY_ITSELF = frozenset(
    {"наладиться", "вернуться", "сократиться", "подняться", "открыться", "найтись", "собраться", "ограничиться"}
)
"""What happens by itself or means another thing than the verb without «ся»."""
_ELEMENTS = frozenset(
    {"залить", "снести", "пробить", "засыпать", "перекрыть", "закрыть", "поднять", "оборвать", "сорвать", "вырвать"}
)

_REACHED = frozenset(
    {"получиться", "получаться", "удаться", "удаваться", "выйти", "мочь", "смочь", "успеть", "возможно"}
)
_OUT_OF_REACH = frozenset({"нельзя", "невозможно", "невозможный", "отказать", "отказаться"})
"""With an infinitive: what was not done, by itself or after «не»."""


@lru_cache(maxsize=1)
def _verbs() -> dict[str, Sort]:
    found: dict[str, Sort] = {}
    for line in lines_of("action_verbs.txt"):
        stem, colon, prefixes = line.split("#")[0].partition(":")
        for prefix in prefixes.split() if colon else ():
            found[("" if prefix == "-" else prefix) + stem.strip()] = Sort.WORK
    found |= dict.fromkeys(load_words("visit_verbs.txt"), Sort.VISIT)
    for verb in load_words("check_verbs.txt"):
        found.setdefault(verb, Sort.CHECK)
    passive = {verb + "ся": sort for verb, sort in found.items() if sort is not Sort.VISIT}
    return {**found, **{verb: sort for verb, sort in passive.items() if verb not in _BY_ITSELF}}


def find_actions(text: AnswerText, frame: Sequence[tuple[str, Span]]) -> list[Action]:
    """Every measure in the answer, by place. Letterhead and signature do not count."""
    words = text.words
    skipped = [(span.start, span.end) for kind, span in frame if kind != "press"]
    idle = {i for match in load("no_measures.txt").find(words) for i in range(match.first, match.last + 1)}
    found: dict[int, Action] = {}
    for match in load("measure_phrases.txt").find(words):
        verb = next((i for i in range(match.first, match.last + 1) if _is_verb(words[i])), None)
        if verb is not None and _is_told(text, verb) and not is_out_of_reach(text, verb):
            found[verb] = Action(
                match.first, match.last, Sort(match.phrase.note), _time(text, verb), _lemma(words[verb])
            )
    for i, word in enumerate(words):
        if i in found or i in idle or not _is_verb(word) or any(start <= word.start < end for start, end in skipped):
            continue
        action = _of_verb(text, i) or _of_noun(text, i)
        if action and _is_told(text, i):
            found[i] = action
    for i in term_words.dated_plans(text):
        if i not in found and i not in idle and _is_told(text, i):
            found[i] = Action(i, i, Sort.WORK, Time.PLANNED, _lemma(words[i]))
    return [found[i] for i in sorted(found)]


def _is_verb(word: Word) -> bool:
    return bool(word.verb and word.verb.tags & {"VERB", "PRTS", "INFN"} and "impr" not in word.verb.tags)


def _lemma(word: Word) -> str:
    return word.verb.lemma if word.verb else word.form


def is_work(word: Word) -> bool:
    verbs = _verbs()
    return any(verbs.get(reading.lemma) is Sort.WORK for reading in word.readings)


def _of_verb(text: AnswerText, i: int) -> Action | None:
    word = text.words[i]
    verbs = _verbs()
    reading = next(
        (r for r in word.readings if r.lemma in verbs and r.tags & {"VERB", "PRTS", "INFN"} and "impr" not in r.tags),
        None,
    )
    if reading is None:
        return None
    if "INFN" in reading.tags and not _is_planned(text, i):
        return None
    if reading.tags >= {"past", "neut", "VERB"} and reading.lemma in _ELEMENTS and not _has_subject(text, i):
        return None
    return Action(i, i, verbs[reading.lemma], _time(text, i), reading.lemma)


def _of_noun(text: AnswerText, i: int) -> Action | None:
    """«провели ревизию», «ремонт запланирован»: a name of work in the clause of a verb that says it is done."""
    lists, word = load_sections("action_nouns.txt"), text.words[i]
    if not word.lemma_of(lists["verbs"]) or ("INFN" in word.first and not _is_planned(text, i)):
        return None
    clause, names = text.clause_of(i), lists["works"] | lists["checks"]
    near = sorted((j for j in clause if j != i and not text.words[j].verb), key=lambda j: abs(j - i))
    for j in near:
        noun = text.words[j].lemma_of(names)
        if noun and "NOUN" in text.words[j].first and abs(j - i) <= 8:
            sort = Sort.WORK if noun in lists["works"] else Sort.CHECK
            return Action(min(i, j), max(i, j), sort, _time(text, i), _lemma(word))
    return None


def _has_subject(text: AnswerText, i: int) -> bool:
    return any(text.words[j].has("NOUN", "neut", "nomn") for j in text.clause_of(i))


def _is_planned(text: AnswerText, i: int) -> bool:
    """An infinitive after «будут», «обязали», «начнут», «должны»."""
    plans, words = load_words("plans.txt"), text.words
    return any(
        words[j].lemma_of(plans) and (j < i or (words[j].has("futr") and words[j - 1].form != "не"))
        for j in text.clause_of(i)
        if j != i
    ) or any(
        text.words[j].lemma_of(frozenset({"обязать", "поручить", "потребовать"})) for j in text.sentence_of(i) if j < i
    )


def is_out_of_reach(text: AnswerText, i: int) -> bool:
    """An infinitive that stays one: «выделить деньги не получилось», «включить в план пока нельзя»."""
    words = text.words
    if not (words[i].verb and "INFN" in words[i].verb.tags) or _is_planned(text, i):  # type: ignore[union-attr]
        return False
    sentence = text.sentence_of(i)
    end = next((j for j in range(i, sentence.stop) if words[j].text in ",;:—"), sentence.stop)
    return any(
        words[j].lemma_of(_OUT_OF_REACH) or (j and words[j].lemma_of(_REACHED) and words[j - 1].form == "не")
        for j in range(text.clause_of(i).start, end)
    )


def _time(text: AnswerText, i: int) -> Time:
    word = text.words[i]
    tags = word.verb.tags if word.verb else word.first
    future = any(text.words[j].has("futr") and text.words[j].lemma_of(frozenset({"быть"})) for j in text.clause_of(i))
    if "futr" in tags or future or "INFN" in tags:
        return Time.PLANNED
    return Time.GOING_ON if "pres" in tags else Time.DONE


def _is_told(text: AnswerText, i: int) -> bool:
    """Said of the answerers: not denied, not asked, not on a condition, not of «вы» or the neighbours, not quoted."""
    words, clause = text.words, text.clause_of(i)
    word = words[i]
    if word.quoted or (word.verb and word.verb.tags & {"2per"}):
        return False
    if any(words[j].form == "не" for j in range(max(clause.start, i - 2), i)) and words[i - 1].form != "только":
        return False
    sentence = text.sentence_of(i)
    if words[sentence.stop - 1].text == "?" or any(words[j].text == "?" for j in range(i, sentence.stop)):
        return False
    opening = next((words[j] for j in clause if words[j].is_word), word)
    if opening.form in _IDLE_OPENINGS and not (opening.form == "как" and clause.start == sentence.start):
        return False
    if any(
        words[j].form in {"бы", "надо", "нужно", "обещаем", "надеемся", "постараемся", "можно"} for j in clause if j < i
    ):
        return False
    return not body.is_of_others(text, i, is_work)


def check(answer: Answer, actions: Sequence[Action]) -> Criterion:
    """A clarification needs none."""
    if answer.kind is ReplyKind.CLARIFICATION:
        return Criterion(Key.MEASURES, None, advice="Запросу автору это не нужно.")
    if actions:
        return Criterion(Key.MEASURES, True, _evidence(answer, actions))
    return Criterion(Key.MEASURES, False, _idle(answer), _ADVICE)


def check_repeat(answer: Answer, actions: Sequence[Action]) -> Criterion:
    """П.15; a clarification to a repeated message should say what was done since, but need not name measures yet."""
    if not answer.is_repeat:
        return Criterion(Key.REPEAT_MEASURES, None, advice="Только для повторных сообщений.")
    told = [
        action for action in actions if answer.kind is not ReplyKind.CLARIFICATION or action.time is not Time.PLANNED
    ]
    if told:
        return Criterion(Key.REPEAT_MEASURES, True, _evidence(answer, told))
    if answer.kind is ReplyKind.CLARIFICATION:
        return Criterion(Key.REPEAT_MEASURES, False, _idle(answer), _ADVICE_ASKING, is_owed=False)
    return Criterion(Key.REPEAT_MEASURES, False, _idle(answer), _ADVICE_REPEAT)


def _evidence(answer: Answer, actions: Sequence[Action]) -> tuple[Span, ...]:
    return tuple(dict.fromkeys(answer.text.span(action.first, action.last) for action in actions))


def _idle(answer: Answer) -> tuple[Span, ...]:
    matches = load("no_measures.txt").find(answer.text.words)
    return tuple(answer.text.span(match.first, match.last) for match in matches if match.last > match.first)


_ADVICE_TERM = "Назовите срок: дату, день недели, месяц или сколько дней. «В ближайшее время» не подходит."
_ADVICE_NEXT = "Назовите, когда будет следующий ответ: дату или день недели."
_DONE = "Работа сделана, срок уже не нужен. Хорошо бы назвать, когда сделали."
_ANSWERS = frozenset({"ответ", "результат", "информация", "подробность", "решение", "итог", "смета", "заключение"})
_TERM = frozenset({"срок", "завершение", "окончание", "готовность", "начало", "этап", "очередь"})


def check_terms(answer: Answer, actions: Sequence[Action], frame: Sequence[tuple[str, Span]]) -> Criterion:
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
    vague = tuple(text.span(match.first, match.last) for match in load("vague_terms.txt").find(text.words))
    if not vague and _is_finished(actions):
        return Criterion(Key.TERMS, None, advice=_DONE, needs_a_person=True)
    return Criterion(Key.TERMS, False, vague, _ADVICE_NEXT if answer.kind is ReplyKind.INTERIM else _ADVICE_TERM)


def _is_of_the_remedy(answer: Answer, actions: Sequence[Action], place: int, kind: Expression) -> bool:
    """By the verb of its clause: work, or the future of anything but telling and looking."""
    text, words = answer.text, answer.text.words
    clause, interim = text.clause_of(place), answer.kind is ReplyKind.INTERIM
    near = [action for action in actions if action.last >= clause.start and action.first < clause.stop]
    if any(_is_repair(action) for action in near):
        return True
    if near:
        return interim and any(action.time is Time.PLANNED for action in near)
    planned = load_words("planned_verbs.txt")
    speech = load_words("speech_verbs.txt")
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
    preparations = load_words("preparations.txt")
    if any(action.time is not Time.DONE or action.lemma in preparations for action in actions):
        return False
    return any(action.sort is Sort.WORK for action in actions)

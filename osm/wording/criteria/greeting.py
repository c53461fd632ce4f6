"""П.16: the answer begins with a greeting or an address to its author."""

from osm.wording.criteria.model import Answer, Criterion, Key
from osm.wording.phrases import load, load_words
from osm.wording.text import AnswerText, Span

_WORDS = "osm.wording.criteria.words"
_ADVICE = "Начните с приветствия или обращения: «Здравствуйте, Мария!»"
_FURTHEST = 4  # words before the greeting: «Марина Олеговна, добрый день», «И снова здравствуйте»
_RESPECT = frozenset({"уважаемый", "многоуважаемый", "глубокоуважаемый", "дорогой", "ув", "милый"})
_STOPS = frozenset(",!.—–-:?")


def check(answer: Answer) -> Criterion:
    """An emoji or a sign may precede; a letterhead, a topic, thanks may not."""
    found = _greeting(answer.text)
    if found:
        return Criterion(Key.GREETING, True, (found,))
    first = answer.text.sentences[0] if answer.text.sentences else None
    evidence = (answer.text.span(first.start, min(first.start + 5, first.stop - 1)),) if first else ()
    return Criterion(Key.GREETING, False, evidence, _ADVICE)


def _greeting(text: AnswerText) -> Span | None:
    words = text.words
    start = next((i for i, word in enumerate(words) if word.is_word or word.text.startswith(("[", "@"))), None)
    if start is None:
        return None
    if words[start].text.startswith("[") or (start and words[start - 1].text == "@"):
        return text.span(start, start)
    sentence = text.sentence_of(start)
    for match in load(_WORDS, "greetings.txt").find(words[start : min(sentence.stop, start + _FURTHEST + 4)]):
        before = words[start : start + match.first]
        if sum(word.is_word for word in before) <= _FURTHEST and _may_precede(before):
            return text.span(start + match.first, start + match.last)
    return _address(text, start, sentence)


def _may_precede(before: list) -> bool:  # type: ignore[type-arg]
    """A name, or one or two small words: «И снова», «Ещё раз», «Всем»."""
    return all(word.is_capital or not word.is_word or len(word.form) <= 5 for word in before) and not any(
        word.verb and "VERB" in word.first for word in before
    )


def _address(text: AnswerText, start: int, sentence: range) -> Span | None:
    """Words up to the first sign, if they name a person: «Галина Степановна, …», «Уважаемые жители!»."""
    words = text.words
    end = next((i for i in range(start, sentence.stop) if words[i].text in _STOPS), sentence.stop)
    named = words[start:end]
    if not named or len(named) > 6:
        return None
    if _RESPECT & named[0].keys and named[0].has("nomn"):
        return text.span(start, end - 1)
    if end == sentence.stop or words[end].text not in ",!":
        return None
    common = load_words(_WORDS, "addressees.txt")
    if all((word.is_capital and word.has("Name")) or word.has("Patr") or word.has("Surn") for word in named):
        return text.span(start, end - 1)
    if len(named) <= 3 and any(word.lemma_of(common) and word.has("nomn") for word in named) and named[0].has("nomn"):
        return text.span(start, end - 1)
    return None

"""The rules of style: small named functions in an ordered list; of findings that overlap the first rule's stays."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from osm.wording.phrases import load
from osm.wording.style import grammar
from osm.wording.text import AnswerText, Word

LONGEST_SENTENCE = 25
"""Words; a longer sentence is not conversational."""


@dataclass(frozen=True, slots=True)
class StyleFinding:
    """`better` is advice; `replacement` can be put into the text as it is, empty where a person must reword."""

    rule: str
    start: int
    end: int
    fragment: str
    better: str
    replacement: str = ""


def check_style(text: AnswerText) -> tuple[StyleFinding, ...]:
    """Every finding by place. Pure; time grows with the length of the text."""
    found: list[StyleFinding] = []
    for rule in RULES:
        for finding in rule(text):
            if not any(
                finding.start < other.end and other.start < finding.end and other.rule != "long_sentence"
                for other in found
            ):
                found.append(finding)
    return tuple(sorted(found, key=lambda finding: (finding.start, finding.end)))


def long_sentences(text: AnswerText) -> Iterator[StyleFinding]:
    """A sentence of more than 25 words, links and signs not counted."""
    for sentence in text.sentences:
        count = sum(text.words[i].is_word or text.words[i].text[:1].isdigit() for i in sentence)
        if count > LONGEST_SENTENCE:
            better = f"В предложении {count} слов. Разделите его на два-три."
            yield _finding("long_sentence", text, sentence.start, sentence.stop - 1, better)


def pronouns(text: AnswerText) -> Iterator[StyleFinding]:
    """«данный», «вышеуказанный» before the noun that they agree with; «данные ГЛОНАСС» are data."""
    for i, word in enumerate(text.words):
        if word.quoted == "«»":
            continue
        form = grammar.this_form(text.words, i)
        if form:
            better = grammar.as_written(form, word.text)
            yield _finding("official_word", text, i, i, better, better)


def stock_phrases(text: AnswerText) -> Iterator[StyleFinding]:
    """The list of stock phrases."""
    for match in load(grammar.WORDS, "stock.txt").find(text.words):
        if any(word.quoted == "«»" for word in text.words[match.first : match.last + 1]):
            continue
        better = match.phrase.note
        fits = better.endswith("!")
        better = grammar.as_written(better.rstrip("!"), text.words[match.first].text)
        yield _finding("stock_phrase", text, match.first, match.last, better, better if fits else "")


def split_predicates(text: AnswerText) -> Iterator[StyleFinding]:
    """«произвёл замену», «осуществляет вырубку», «проведена проверка»: a verb that carries a noun of action."""
    for i, word in enumerate(text.words):
        kind = grammar.light_verb(word)
        if not kind or word.quoted == "«»":
            continue
        noun = grammar.carried_noun(text, i)
        if noun is None and kind != "always":
            continue
        if kind == "with_passive" and not grammar.is_passive(word) and not _is_bookish(text.words[noun or i]):
            continue
        if noun is None:
            yield _finding("split_predicate", text, i, i, "Скажите прямо, что делают.")
        else:
            yield _finding(
                "split_predicate", text, min(i, noun), max(i, noun), grammar.own_verb(text.words[noun], word)
            )


def heavy_passives(text: AnswerText) -> Iterator[StyleFinding]:
    """«управлением произведена закупка»: the doer is in the instrumental case. A short passive alone is fine."""
    for i, word in enumerate(text.words):
        if word.quoted or not grammar.is_passive(word):
            continue
        agent = grammar.agent_of(text, i)
        if agent is not None:
            better = "Начните с того, кто делает: «отдел проверил», а не «отделом проверено»."
            yield _finding("heavy_passive", text, min(i, agent), max(i, agent), better)


def reflexive_passives(text: AnswerText) -> Iterator[StyleFinding]:
    """«заявки регистрируются», «содержание осуществляется»: no doer is named."""
    for i, word in enumerate(text.words):
        if grammar.is_reflexive_passive(text, i) and not word.quoted:
            yield _finding("heavy_passive", text, i, i, "Скажите, кто это делает.")


def noun_chains(text: AnswerText) -> Iterator[StyleFinding]:
    """Nouns of action one upon another: «обеспечение выполнения работ»."""
    i = 0
    while i < len(text.words):
        if grammar.is_action_noun(text.words[i]) and not text.words[i].quoted:
            last, nouns, actions = grammar.chain(text, i)
            if actions >= 2 or nouns >= 4:
                yield _finding("noun_chain", text, i, last, "Скажите глаголами: что сделать, кому и зачем.")
                i = last
        i += 1


def purpose_nouns(text: AnswerText) -> Iterator[StyleFinding]:
    """«для обеспечения …», «о необходимости …»: a preposition and a noun of action with its objects."""
    for i, word in enumerate(text.words):
        if word.form not in _BEFORE_NOUNS or i + 1 == len(text.words) or not grammar.is_action_noun(text.words[i + 1]):
            continue
        last, nouns, _ = grammar.chain(text, i + 1)
        if nouns >= 3 and text.words[i + 1].form.endswith(("ния", "нии", "нию", "ции")):
            yield _finding("noun_chain", text, i, last, "Скажите глаголом: «чтобы …», «когда …».")


_BEFORE_NOUNS = frozenset({"для", "о", "об", "после", "при", "путем"})


def _is_bookish(noun: Word) -> bool:
    """«провели обследование»; «провели осмотр» is said in conversation too."""
    return noun.form.endswith(("ние", "ния", "ций", "цию", "ции"))


RULES: tuple[Callable[[AnswerText], Iterator[StyleFinding]], ...] = (
    stock_phrases,
    pronouns,
    split_predicates,
    heavy_passives,
    noun_chains,
    purpose_nouns,
    reflexive_passives,
    long_sentences,
)


def _finding(rule: str, text: AnswerText, first: int, last: int, better: str, replacement: str = "") -> StyleFinding:
    span = text.span(first, last)
    return StyleFinding(rule, span.start, span.end, span.fragment, better, replacement)

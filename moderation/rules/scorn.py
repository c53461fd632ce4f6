"""Insults by grammar: animal noises of people, two words of contempt in a row, «вы там совсем тупые»."""

from __future__ import annotations

from collections.abc import Iterator

from ..function_words import YOU
from ..morph import ADJECTIVE, ANIMATE, IMPERATIVE, NOMINATIVE, NOUN, PAST, PERSON_2, PLURAL_3, SINGULAR_3, VERB
from ..tokens import Document
from ..word import SIGN
from .base import Groups, Hit, Rule
from .context import any_of, near, reported, starts_sentence

_FILLERS = frozenset(
    ["че", "чо", "что", "вообще", "совсем", "там", "реально", "просто", "все", "такие", "такой", "такая", "правда",
     "или", "же", "и", "прям", "прямо", "ну", "уже", "окончательно", "настолько", "действительно", "как", "ли"]
)  # fmt: skip
_STOP = frozenset({"хватит", "хорош", "прекрати", "прекратите", "кончай", "кончайте", "перестань", "перестаньте"})


def _noise(doc: Document, groups: Groups) -> Iterator[Hit]:
    """«Кукарекаешь», «хватит гавкать», «депутаты хрюкают»; «собака гавкает» passes."""
    words = doc.words
    for i, word in doc.having(groups.noise):
        if not word.grammar & VERB and not _told_to_stop(doc, i):
            continue
        if word.grammar & NOUN or reported(doc, groups, i):
            continue
        sentence = doc.sentence(i)
        if any(words[p].mask & groups.pest and words[p].grammar & ANIMATE for p in sentence):
            continue
        you = near(doc, i, 4, 3, groups.second)
        said = bool(word.grammar & PERSON_2) or _told_to_stop(doc, i)
        said = said or bool(word.grammar & IMPERATIVE and not word.grammar & (PAST | PLURAL_3 | SINGULAR_3))
        said = said or (you is not None and bool(word.grammar & PAST) and words[you].form in YOU)
        official = near(doc, i, 3, 2, groups.official)
        said = said or (
            official is not None
            and bool(words[official].grammar & NOMINATIVE)
            and bool(word.grammar & (PLURAL_3 | SINGULAR_3 | PAST))
        )
        if said and any_of(doc, doc.clause(i), groups.first) is None:
            yield Hit(i, i, "medium", word.lemma, f"О человеке сказано как о животном: «{word.form}».")


def _told_to_stop(doc: Document, i: int) -> bool:
    return any(word.form in _STOP for word in doc.words[max(0, i - 2) : i])


def _pair(doc: Document, groups: Groups) -> Iterator[Hit]:
    """«Лгуны и лицемеры», «хамы, воры»: nothing else in the sentence, or both said at its beginning."""
    words = doc.words
    bad = groups.soft | groups.contempt
    for i, word in doc.having(bad):
        if not word.grammar & NOMINATIVE or i + 2 >= len(words):
            continue
        if words[i + 1].form not in ("и", ",", "да", "или") or not starts_sentence(doc, i):
            continue
        other = words[i + 2]
        if not other.mask & bad or not other.grammar & NOMINATIVE or reported(doc, groups, i):
            continue
        if word.mask & other.mask & (groups.fact | groups.pest):
            continue  # «воры и мошенники ходят по домам» is a warning
        if i + 3 >= len(words) or words[i + 3].mask & SIGN:
            yield Hit(i, i + 2, "medium", word.lemma, f"Обидные слова подряд: «{word.form}» и «{other.form}».")


def _are_you(doc: Document, groups: Groups) -> Iterator[Hit]:
    """«Вы чё, совсем тупые?»: small words and a comma between «вы» and the adjective, and the sentence ends there."""
    words = doc.words
    if not doc.mask & groups.second:
        return
    for i, word in doc.having(groups.adjective | groups.mild_adjective | groups.soft | groups.animal):
        if not word.grammar & NOMINATIVE or not word.grammar & (ADJECTIVE | NOUN) or reported(doc, groups, i):
            continue
        if not word.mask & (groups.adjective | groups.soft | groups.animal) and word.lemma not in _MINDLESS:
            continue
        if i + 1 < len(words) and not words[i + 1].mask & SIGN:
            continue
        place = i - 1
        while place >= 0 and i - place <= 6 and (words[place].form in _FILLERS or words[place].form in (",", "-", "—")):
            place -= 1
        if 0 <= place < i - 1 and words[place].form in YOU:
            yield Hit(place, i, "medium", word.lemma, f"Обидное слово собеседнику: «{word.form}».")


def _bare(doc: Document, groups: Groups) -> Iterator[Hit]:
    """«Шарлатаны в белых халатах», «пигмеи от политики»: a sentence without a verb that begins with the word."""
    words = doc.words
    for i, word in doc.having(groups.soft | groups.animal):
        if word.mask & (groups.pest | groups.fact):
            continue
        if not word.grammar & NOMINATIVE or not word.grammar & NOUN or not starts_sentence(doc, i):
            continue
        sentence = doc.sentence(i)
        if len(sentence) > 8 or any(words[p].grammar & VERB and not words[p].grammar & NOUN for p in sentence):
            continue
        if i + 1 == len(words) or words[i + 1].form not in ("в", "из", "от", "с", "на") or not word.mask & groups.soft:
            continue
        if any_of(doc, sentence, groups.first) is None and not any(words[p].form in ("?", ":") for p in sentence):
            yield Hit(i, i, "medium", word.lemma, f"Выкрик с обидным словом «{word.lemma}».")


def _nothing_but(doc: Document, groups: Groups) -> Iterator[Hit]:
    """«У вас там одни блатные и тупые»; «одни собаки вокруг» passes."""
    words = doc.words
    for i, _ in doc.spelled(("одни", "сплошные")):
        if reported(doc, groups, i):
            continue
        for place in range(i + 1, min(len(words), i + 4)):
            what = words[place]
            if not what.mask & (groups.soft | groups.animal | groups.adjective) or what.mask & (
                groups.pest | groups.fact
            ):
                continue
            if any_of(doc, doc.sentence(i), groups.target) is not None:
                yield Hit(i, place, "medium", what.lemma, f"Обидное слово обо всех сразу: «одни {what.form}».")
                break


def _silence(doc: Document, groups: Groups) -> Iterator[Hit]:
    """«Замолчи, чучело»: an order and the word of contempt after a comma."""
    words = doc.words
    for i, word in doc.having(groups.soft | groups.animal):
        if word.mask & (groups.pest | groups.fact) or i < 2:
            continue
        if words[i - 1].form != "," or not word.grammar & NOMINATIVE or not word.grammar & NOUN:
            continue
        order = words[i - 2].grammar & IMPERATIVE and words[i - 2].grammar & VERB and not words[i - 2].grammar & NOUN
        if order and (i + 1 == len(words) or words[i + 1].mask & SIGN) and not reported(doc, groups, i):
            yield Hit(i, i, "medium", word.lemma, f"Обидное слово в обращении: «{word.form}».")


_MINDLESS = frozenset(
    {"глупый", "больной", "слепой", "глухой", "неадекватный", "бестолковый", "пьяный", "безграмотный"}
)

RULES = (
    Rule("insult.noise", "insult", "Звериные звуки о людях", _noise, groups=("insult.noise",)),
    Rule("insult.pair", "insult", "Два обидных слова подряд", _pair, groups=("insult.soft",)),
    Rule("insult.are_you", "insult", "«Вы там совсем тупые?»", _are_you,
         groups=("insult.adjective", "insult.mild_adjective", "insult.soft", "insult.animal"), also=("people.second",)),
    Rule("insult.bare", "insult", "Выкрик без глагола", _bare, groups=("insult.soft",)),
    Rule("insult.nothing_but", "insult", "«Одни тупые»", _nothing_but,
         groups=("insult.adjective", "insult.soft", "insult.animal"), also=("одни", "сплошные")),
    Rule("insult.silence", "insult", "«Замолчи, чучело»", _silence, groups=("insult.soft", "insult.animal")),
)  # fmt: skip

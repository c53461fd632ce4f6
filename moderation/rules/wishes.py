"""Curses and wishes of death: «желаю вам сдохнуть», «чтоб тебя машиной переехало», «гнить тебе в земле»."""

from __future__ import annotations

from collections.abc import Iterator

from ..function_words import DATIVE_YOU, DESPAIR, NEVER, OBJECT_YOU, SHAME, WISHING, YOU, YOURS
from ..morph import FUTURE, IMPERATIVE, INFINITIVE, NOMINATIVE, NOUN, PAST, PLURAL_3, PRESENT_1, SINGULAR_3, VERB
from ..tokens import Document
from .base import Groups, Hit, Rule
from .context import any_of, endangered, near, starts_clause
from .promise import place_of
from .pursuit import person
from .threat import told

_FAR = 10  # words between the wish and what is wished
_LONGEST = 30  # words of a sentence; a curse is short


def _wish(doc: Document, groups: Groups) -> Iterator[Hit]:
    """«Чтоб у вас руки отсохли», «надеюсь, тебя переедет твой же автобус»; «чтобы вас не убило» is care."""
    words = doc.words
    for i, word in doc.listed():
        lying = word.mask & groups.resting and not word.mask & groups.perish
        if not word.mask & (groups.perish | groups.resting) or (
            word.grammar & NOUN and not word.grammar & (VERB | INFINITIVE)
        ):
            continue
        if not word.grammar & (PAST | INFINITIVE | FUTURE | PLURAL_3 | SINGULAR_3) or told(doc, groups, i):
            continue
        sentence = doc.sentence(i)
        lead = _lead(doc, groups, range(max(sentence.start, i - _FAR), i))
        if lead is None or len(sentence) > _LONGEST or any(words[p].form in ("?", *SHAME) for p in sentence):
            continue
        between = range(lead, min(sentence.stop, i + 5))
        told_of = any(words[p].form in (":", "что") for p in range(lead, i))  # «хочу, чтобы вы знали: дедушка умер»
        if told_of or _own_relative(doc, groups, between):
            continue
        if any(words[p].form in NEVER for p in range(lead, i)) or any(words[p].form in ("мне", "нам") for p in between):
            continue
        if word.lemma == "попасть" and not any(words[p].form in _INTO for p in between):
            continue
        victim = next((p for p in between if words[p].form in YOU or words[p].form in YOURS), None)
        if victim is None:
            victim = next((p for p in between if words[p].form in ("самого", "самих", "саму")), None)
        if victim is None:
            victim = person(doc, groups, between, i)
        if victim is None:
            victim = next((p for p in between if words[p].mask & groups.official and p != i), None)
        grim = groups.deadly | groups.grave | groups.bed | groups.nature
        if victim is not None and (not lying or place_of(doc, between, grim) is not None):
            first, last = min(lead, victim), max(i, victim)
            yield Hit(first, last, "medium", word.lemma, f"Пожелание смерти или увечья: «{word.form}».")


_INTO = frozenset({"под", "аварию", "дтп", "катастрофу", "кювет", "больницу", "реанимацию"})


def _own_relative(doc: Document, groups: Groups, places: range) -> bool:
    words = doc.words
    return any(
        words[p].mask & groups.family
        and words[p].grammar & NOMINATIVE
        and not any(
            words[q].form in YOURS or words[q].form in YOU for q in range(max(0, p - 3), min(len(words), p + 2))
        )
        for p in places
    )


def _lead(doc: Document, groups: Groups, before: range) -> int | None:
    """The word that makes a wish of what follows: «чтоб», «пусть», «хоть бы», «надеюсь», «скорей бы»."""
    words = doc.words
    for place in before:
        word = words[place]
        if word.mask & groups.wishing and not word.grammar & PAST:
            return place
        if word.form in ("чтоб", "чтобы") and (word.form == "чтоб" or starts_clause(doc, place)):
            wished = place < 3 or any(w.mask & groups.wishing for w in words[max(0, place - 4) : place])
            if word.form == "чтоб" or wished:
                return place
        if word.form in ("пусть", "пускай"):
            return place
        if word.form == "бы" and place and words[place - 1].form in WISHING:
            return place - 1
    return None


def _doomed_to(doc: Document, groups: Groups) -> Iterator[Hit]:
    """«Гнить тебе в земле», «лежать вам в морге»: an infinitive, a dative and a place where the dead are."""
    words = doc.words
    for i, word in doc.having(groups.resting):
        if not word.grammar & INFINITIVE or told(doc, groups, i):
            continue
        around = range(max(0, i - 4), min(len(words), i + 8))
        whom = next((p for p in range(max(0, i - 3), min(len(words), i + 4)) if words[p].form in DATIVE_YOU), None)
        if whom is None or any(words[p].form in DESPAIR for p in around):
            continue
        where = place_of(doc, around, groups.deadly | groups.grave | groups.bed | groups.nature)
        if where is None and word.mask & (groups.burn | groups.fate) and len(doc.sentence(i)) <= 14:
            where = i  # «гореть вам вместе с вашей помойкой»
        if where is not None and not endangered(doc, groups, around):
            first, last = min(i, whom, where), max(i, whom, where)
            yield Hit(
                first, last, "medium", word.lemma, f"Собеседнику сулят смерть: «{word.form} … {words[where].form}»."
            )


def _die(doc: Document, groups: Groups) -> Iterator[Hit]:
    """«Сдохните вы все», «горите в аду»: an order to die."""
    words = doc.words
    for i, word in doc.having(groups.die):
        if not word.grammar & IMPERATIVE or word.grammar & NOUN:
            continue
        if told(doc, groups, i) or (i and words[i - 1].form in ("не", "ни", "хоть")):
            continue
        if any_of(doc, doc.clause(i), groups.pest | groups.animal) is None:
            yield Hit(i, i, "medium", word.lemma, f"Пожелание смерти: «{word.form}».")


def _corpse(doc: Document, groups: Groups) -> Iterator[Hit]:
    """«Труп твой найдут», «ваши кости собаки растащат», «скинемся тебе на гробик»."""
    words = doc.words
    for i, word in doc.having(groups.corpse):
        if not word.grammar & NOUN or told(doc, groups, i):
            continue
        beside = [p for p in (i - 2, i - 1, i + 1, i + 2) if 0 <= p < len(words)]
        yours = any(words[p].form in YOURS for p in beside)
        rite = word.mask & groups.grave and near(doc, i, 4, 3, groups.second) is not None
        to_you = rite and any(words[p].form in ("тебе", "тебя") for p in range(max(0, i - 4), min(len(words), i + 4)))
        sentence = doc.sentence(i)
        if not (yours or to_you) or any_of(doc, sentence, groups.kind | groups.family) is not None:
            continue
        told_of = any(words[p].grammar & PAST and not words[p].grammar & NOUN for p in sentence)
        if not (told_of and not to_you) and not any(words[p].form == "?" for p in sentence):
            yield Hit(i, i, "medium", word.lemma, f"Собеседнику сулят смерть: «{word.form}».")


def _commemorate(doc: Document, groups: Groups) -> Iterator[Hit]:
    """«Помянем вашего главу, не чокаясь», «помянут тебя скоро»."""
    words = doc.words
    for i, word in doc.listed():
        if word.lemma not in ("помянуть", "поминать", "отпеть", "отпевать") or not word.grammar & (FUTURE | PRESENT_1):
            continue
        around = range(max(0, i - 3), min(len(words), i + 4))
        living = any(words[p].form in OBJECT_YOU for p in around) or any_of(doc, around, groups.office_head) is not None
        if living and not told(doc, groups, i) and any_of(doc, around, groups.family | groups.kind) is None:
            yield Hit(i, i, "medium", word.lemma, f"Собеседнику сулят смерть: «{word.form}».")


RULES = (
    Rule("threat.wish", "threat", "Пожелание смерти или увечья", _wish, groups=("threat.perish", "threat.resting")),
    Rule("threat.doomed_to", "threat", "«Гнить тебе в земле»", _doomed_to, groups=("threat.resting",)),
    Rule("threat.die", "threat", "«Сдохните»", _die, groups=("threat.die",)),
    Rule("threat.corpse", "threat", "«Труп твой найдут»", _corpse, groups=("threat.corpse",)),
    Rule("threat.commemorate", "threat", "«Помянем»", _commemorate, groups=("threat.commemorate",)),
)

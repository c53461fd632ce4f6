"""Hints by what the author knows and foretells: where you drive, what burns well, whose funeral it will be."""

from __future__ import annotations

from collections.abc import Iterator

from ..function_words import YOU, YOURS
from ..morph import ANIMATE, FUTURE, INFINITIVE, INSTRUMENTAL, NOUN, PAST, PERSON_2, PLURAL_3, SINGULAR_3, VERB
from ..tokens import Document
from ..word import Word
from .base import Groups, Hit, Rule
from .context import any_of, endangered
from .promise import place_of
from .pursuit import person
from .reprisal import peaceful
from .threat import told


def _watched(doc: Document, groups: Groups) -> Iterator[Hit]:
    """«Знаем, на какой машине ездишь»: the author knows the private life of the one he speaks to."""
    words = doc.words
    for i, word in doc.having(groups.watch):
        if told(doc, groups, i):
            continue
        after = range(i + 1, min(len(words), i + 10))
        verb = next((p for p in after if words[p].mask & groups.private and words[p].grammar & PERSON_2), None)
        if verb is None or peaceful(doc, groups, doc.sentence(i)):
            continue
        if any_of(doc, doc.sentence(i), groups.first | groups.hazard | groups.kind) is None:
            yield Hit(i, verb, "medium", word.lemma, f"Автор следит за человеком: «{word.form} … {words[verb].form}».")


def _burns_well(doc: Document, groups: Groups) -> Iterator[Hit]:
    """«Пусть бережётся, гаражи горят хорошо»; «фонари горят хорошо» is praise."""
    words = doc.words
    aimed = doc.mask & groups.target or any(w.grammar & PERSON_2 for w in words[:40])
    if not aimed or not doc.mask & groups.well:
        return
    for i, word in doc.having(groups.burn):
        if word.grammar & PAST or told(doc, groups, i):
            continue
        around = range(max(0, i - 3), min(len(words), i + 4))
        what = any_of(doc, around, groups.property | groups.building)
        well = any_of(doc, around, groups.well)
        if what is not None and well is not None and not peaceful(doc, groups, doc.sentence(i)):
            first, last = min(i, what, well), max(i, what, well)
            yield Hit(first, last, "medium", word.lemma, f"Намёк на поджог: «{words[what].form}» и «{word.form}».")


def _yours_burns(doc: Document, groups: Groups) -> Iterator[Hit]:
    """«Ваша управляшка сгорит вместе с вами», «гореть вашей лесопилке»: whatever it is, it is yours."""
    words = doc.words
    if not doc.mask & groups.second:
        return
    for i, word in doc.having(groups.burn):
        if not word.grammar & (FUTURE | INFINITIVE) or told(doc, groups, i):
            continue
        around = range(max(0, i - 5), min(len(words) - 1, i + 4))
        yours = next((p for p in around if words[p].form in YOURS and words[p + 1].grammar & NOUN), None)
        sentence = doc.sentence(i)
        if yours is None and word.lemma == "взорваться":  # «вы сядете в машину … она взорвётся»
            yours = next((p for p in range(max(0, i - 14), i) if words[p].form in ("ты", "вы")), None)
        if yours is None or peaceful(doc, groups, sentence):
            continue
        worry = any_of(doc, sentence, groups.hazard) is not None or endangered(doc, groups, sentence)
        if not worry and not any(words[p].form in ("не", "если", "может") for p in sentence):
            first, last = min(i, yours), max(i, yours + 1)
            yield Hit(first, last, "medium", word.lemma, f"Собеседнику сулят пожар: «{word.form}».")


def _in_the_dark(doc: Document, groups: Groups) -> Iterator[Hit]:
    """«Встретил бы этого депутата в лесу»."""
    words = doc.words
    if not doc.mask & groups.dark:
        return
    for i, word in doc.having(groups.catch):
        if not word.grammar & PAST or told(doc, groups, i):
            continue
        around = range(max(0, i - 4), min(len(words), i + 8))
        if not any(words[p].form == "бы" for p in around):
            continue
        whom = person(doc, groups, around, i)
        where = place_of(doc, around, groups.dark)
        if whom is not None and where is not None and not peaceful(doc, groups, doc.sentence(i)):
            first, last = min(i, whom, where), max(i, whom, where)
            yield Hit(first, last, "medium", word.lemma, f"Пожелание расправы: «{word.form} … {words[where].form}».")


def _into(doc: Document, groups: Groups) -> Iterator[Hit]:
    """«Кто разрешил вырубку, тому топор между лопаток», «вилами бы вам по спинам пройтись»."""
    words = doc.words
    for i, word in doc.having(groups.weapon | groups.armed):
        if told(doc, groups, i):
            continue
        after = range(i + 1, min(len(words), i + 6))
        lead = next((p for p in after if words[p].form in ("в", "по", "между", "под", "на", "промеж")), None)
        if lead is None:
            continue
        part = any_of(doc, range(lead + 1, min(len(words), lead + 3)), groups.body)
        wished = any(w.form == "бы" for w in words[max(0, i - 5) : lead + 4])
        if part is None and wished and words[lead].form in ("в", "по"):  # «кто бы пулю пустил в этого прораба»
            part = person(doc, groups, range(lead + 1, min(len(words), lead + 4)), i)
        around = range(max(0, i - 9), after.stop)
        whom = any(words[p].form in _TO_WHOM for p in around)
        acts = any(
            words[p].grammar & VERB and words[p].grammar & (PAST | FUTURE | SINGULAR_3 | PLURAL_3) and p != i
            for p in doc.clause(i)
        )
        if (
            part is not None
            and ((whom and not acts) or (wished and words[part].grammar & ANIMATE))
            and not peaceful(doc, groups, doc.sentence(i))
        ):
            why = f"Пожелание расправы: «{word.form}» и «{words[part].form}»."
            yield Hit(i, part, "medium", word.lemma, why)


_TO_WHOM = frozenset({"каждому", "любому", "первому", "тому", "тебе", "вам", "им", "ему", "ей", "таким", "всем"})


def _pays_with(doc: Document, groups: Groups) -> Iterator[Hit]:
    """«Ребром ответишь», «смертью ответите за каждого»; «ответите перед законом» passes."""
    words = doc.words
    for i, word in doc.having(groups.dear | groups.body):
        if not word.grammar & INSTRUMENTAL or told(doc, groups, i):
            continue
        around = range(max(0, i - 8), min(len(words), i + 5))
        pay = next(
            (p for p in around if words[p].mask & groups.pay and words[p].grammar & (PERSON_2 | SINGULAR_3 | PLURAL_3)),
            None,
        )
        if pay is None or words[pay].grammar & PAST or peaceful(doc, groups, around):
            continue
        if any_of(doc, around, groups.target) is not None or words[pay].grammar & PERSON_2:
            first, last = min(i, pay), max(i, pay)
            yield Hit(first, last, "medium", word.lemma, f"Обещана расправа: «{words[pay].form} {word.form}».")


def to_official(word: Word, groups: Groups) -> bool:
    """«Главврачу», «чиновникам»: a person of office in the dative."""
    people = groups.official | groups.insulted
    return bool(word.mask & people and word.grammar & ANIMATE and word.form.endswith(("у", "ю", "ам", "ям")))


def _tear_off(doc: Document, groups: Groups) -> Iterator[Hit]:
    """«Я бы таким руки поотрубал», «уши бы ему оборвать»."""
    words = doc.words
    for i, word in doc.having(groups.breaking):
        if not word.grammar & (PAST | INFINITIVE) or told(doc, groups, i):
            continue
        around = range(max(0, i - 5), min(len(words), i + 5))
        part = any_of(doc, around, groups.body, besides=i)
        wish = any(words[p].form in ("бы", "б", "надо", "пора") for p in around)
        paid = any(words[p].form in ("чтобы", "чтоб") for p in around) and not any(
            words[p].form == "не" for p in around
        )
        wish = wish or (paid and any(words[p].form in ("тебе", "вам") for p in around))  # «чтобы тебе ноги переломали»
        whom = any(words[p].form in _TO_WHOM or to_official(words[p], groups) for p in around)
        if part is None or not wish or not whom or peaceful(doc, groups, doc.sentence(i)):
            continue
        if any_of(doc, around, groups.self_harm | groups.hazard) is None:
            first, last = min(i, part), max(i, part)
            yield Hit(first, last, "medium", word.lemma, f"Пожелание увечья: «{word.form}» и «{words[part].form}».")


def _your_funeral(doc: Document, groups: Groups) -> Iterator[Hit]:
    """«В субботу поминки твои справлять будем»; «в ваши похороны автобус не приехал» is told of the past."""
    words = doc.words
    for i, word in doc.having(groups.grave):
        if not word.grammar & NOUN or told(doc, groups, i):
            continue
        beside = [words[p].form for p in (i - 2, i - 1, i + 1) if 0 <= p < len(words)]
        sentence = doc.sentence(i)
        if not any(form in YOURS for form in beside) or peaceful(doc, groups, sentence):
            continue
        if any(words[p].grammar & PAST and not words[p].grammar & NOUN for p in sentence):
            continue
        if any_of(doc, sentence, groups.family | groups.kind | groups.first) is None:
            yield Hit(i, i, "medium", word.lemma, f"Собеседнику сулят смерть: «{word.form}».")


def _lest(doc: Document, groups: Groups) -> Iterator[Hit]:
    """«Смотрите, чтобы у вас тормоза случайно не отказали»; «смотрите, чтобы дети не упали» is care."""
    words = doc.words
    for i, _ in doc.spelled(("чтобы", "чтоб", "как")):
        if not i:
            continue
        warned = any(w.form in _WARNED for w in words[max(0, i - 3) : i])
        after = range(i + 1, min(len(words), i + 11))
        no = next((p for p in after if words[p].form == "не" and p + 1 < len(words)), None)
        if not warned or no is None or told(doc, groups, i):
            continue
        yours = any(words[p].form in YOU | YOURS for p in after)
        by_chance = any(words[p].form in _BY_CHANCE for p in after)
        if yours and by_chance and not peaceful(doc, groups, after) and not endangered(doc, groups, after):
            yield Hit(i, no, "medium", "как бы не", "Предостережение, похожее на угрозу: «смотри, чтобы … не …».")


_WARNED = frozenset({"смотри", "смотрите", "гляди", "глядите", "берегись", "молись", "следи", "следите", "бойся"})
_BY_CHANCE = frozenset({"случайно", "ненароком", "невзначай", "вдруг", "нечаянно", "внезапно", "однажды"})


def _pity(doc: Document, groups: Groups) -> Iterator[Hit]:
    """«Ваш дом с зелёными воротами, верно? Красивые ворота, жалко будет»: a pity foretold about what is yours."""
    words = doc.words
    if len(words) > 30 or not doc.mask & groups.second or doc.mask & groups.kind:
        return
    for i, word in enumerate(words[:-1]):
        if word.form not in ("жалко", "жаль", "обидно") or words[i + 1].form not in ("будет", "если", "терять"):
            continue
        yours = next((p for p, w in enumerate(words[:-1]) if w.form in YOURS and words[p + 1].grammar & NOUN), None)
        if yours is None or told(doc, groups, i) or any_of(doc, range(len(words)), groups.first | groups.hazard):
            continue
        thing = any_of(doc, range(yours, min(len(words), yours + 4)), groups.property | groups.family | groups.home)
        if thing is not None:
            first, last = min(i, thing), max(i + 1, thing)
            yield Hit(first, last, "medium", word.form, f"Намёк на беду: «{word.form}» и «{words[thing].form}».")


RULES = (
    Rule("threat.watched", "threat", "«Знаем, на чём ездишь»", _watched, groups=("threat.watch",)),
    Rule("threat.burns_well", "threat", "«Гаражи хорошо горят»", _burns_well, groups=("threat.burn",)),
    Rule("threat.yours_burns", "threat", "«Ваша контора сгорит»", _yours_burns, groups=("threat.burn",)),
    Rule("threat.in_the_dark", "threat", "«Встретил бы в лесу»", _in_the_dark, groups=("threat.catch",)),
    Rule("threat.into", "threat", "«Тому топор между лопаток»", _into, groups=("threat.weapon", "threat.armed")),
    Rule("threat.pays_with", "threat", "«Ребром ответишь»", _pays_with, groups=("threat.dear", "threat.body"),
         also=("threat.pay",)),
    Rule("threat.tear_off", "threat", "«Таким бы руки поотрубать»", _tear_off, groups=("threat.break",)),
    Rule("threat.your_funeral", "threat", "«Твои поминки»", _your_funeral, groups=("threat.grave",)),
    Rule("threat.lest", "threat", "«Смотри, чтобы случайно не …»", _lest, groups=("threat.warned",)),
    Rule("threat.pity", "threat", "«Жалко будет»", _pity, groups=("threat.pity",)),
)  # fmt: skip

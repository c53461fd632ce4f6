"""Threats by what the reader has to dread: his things broken, a gang on its way, a talk in the forest."""

from __future__ import annotations

from collections.abc import Iterator

from ..function_words import YOU, YOURS
from ..morph import (
    ACCUSATIVE,
    ANIMATE,
    FUTURE,
    FUTURE_1,
    IMPERATIVE,
    INANIMATE,
    INFINITIVE,
    NOMINATIVE,
    NOUN,
    PAST,
    PERSON_2,
    PLURAL,
    SINGULAR_3,
    VERB,
)
from ..tokens import Document
from ..word import END
from .base import Groups, Hit, Rule
from .context import any_of, endangered
from .promise import place_of
from .reprisal import peaceful
from .threat import told


def _your_things(doc: Document, groups: Groups) -> Iterator[Hit]:
    """«Спалю я этот ваш пункт приёма», «трубы вам перережем»: whatever it is, it is yours."""
    words = doc.words
    for i, word in enumerate(words):
        if not word.grammar & FUTURE_1 or not word.mask & (groups.arson | groups.breaking):
            continue
        if word.lemma in _EVERYDAY or told(doc, groups, i):
            continue
        if word.mask & groups.loose and i + 1 < len(words) and words[i + 1].form in ("вас", "тебя"):
            continue  # «раздавлю вас на вашем крыльце»: it is done to a person
        around = range(max(0, i - 4), min(len(words), i + 7))
        if word.lemma == "разбить" and any_of(doc, around, groups.laid) is not None:
            continue
        yours = next((p for p in around if words[p].form in YOURS), None)
        to_you = next((p for p in around if words[p].form in ("вам", "тебе")), None)
        if yours is not None:
            what = next((p for p in range(yours + 1, min(len(words), yours + 4)) if _a_thing(doc, groups, p)), None)
        elif to_you is not None and word.mask & groups.breaking:
            what = next((p for p in around if p != i and _a_thing(doc, groups, p)), None)
        else:
            continue
        sentence = doc.sentence(i)
        if what is None or peaceful(doc, groups, sentence) or any_of(doc, doc.clause(i), groups.self_harm) is not None:
            continue
        first, last = min(i, what), max(i, what)
        why = f"Угроза имуществу собеседника: «{word.form}» и «{words[what].form}»."
        yield Hit(first, last, "medium", word.lemma, why)


# «Разберём ваш вопрос», «перевернём вашу страницу»: also done with papers, and by masters who offer their work.
_EVERYDAY = frozenset({
    "перевернуть", "вставить", "натянуть", "облить", "вывернуть", "свернуть", "открутить", "вбить", "содрать",
    "выломать", "обломать", "пересчитать", "рубить", "пилить", "забросать", "закидать", "набить", "отпилить",
    "отрезать", "колоть", "снести", "вырезать", "завалить", "палить",
})  # fmt: skip


def _a_thing(doc: Document, groups: Groups, place: int) -> bool:
    word = doc.words[place]
    if (
        word.grammar & VERB
        or word.mask & (END | groups.hazard | groups.office_head | groups.beast)
        or word.form == "раз"
    ):
        return False  # «подожгу, раз …», «переломаю вашему главе …»: neither is a thing
    office = word.mask & (groups.office | groups.official) and not word.grammar & ANIMATE  # «ваш МФЦ»
    return bool(office or (word.grammar & NOUN and word.grammar & INANIMATE and not word.mask & groups.body))


def _gang_comes(doc: Document, groups: Groups) -> Iterator[Hit]:
    """«Пацаны уже выехали, жди у подъезда», «приедет мой брат с зоны, он с тобой потолкует»."""
    words = doc.words
    if not doc.mask & groups.gang:
        return
    for i, word in doc.having(groups.gang):
        if not word.grammar & NOMINATIVE or told(doc, groups, i):
            continue
        around = range(max(0, i - 5), min(len(words), i + 12))
        going = next((p for p in around if words[p].mask & groups.coming and not words[p].grammar & FUTURE_1), None)
        if going is None or peaceful(doc, groups, around) or endangered(doc, groups, around):
            continue
        wait = any(
            words[p].form in ("жди", "ждите", "встречай", "встречайте", "готовься", "готовьтесь") for p in around
        )
        you = any(
            words[p].form in ("тебе", "тобой", "вам", "вами") and words[p - 1].form in ("к", "с", "за")
            for p in around
            if p
        )
        if wait or (you and any_of(doc, around, groups.talk) is not None):
            yield Hit(min(i, going), max(i, going), "medium", word.lemma, f"Автор пошлёт других: «{word.form}».")


def _meet_in_dark(doc: Document, groups: Groups) -> Iterator[Hit]:
    """«Говорить будем в лесу», «в следующий раз встретимся за гаражами»."""
    words = doc.words
    if not doc.mask & groups.dark:
        return
    for i, word in doc.having(groups.meet):
        if told(doc, groups, i):
            continue
        will = word.grammar & FUTURE_1 or any(w.form in ("будем", "буду") for w in words[max(0, i - 3) : i + 5])
        sentence = doc.sentence(i)
        where = place_of(doc, sentence, groups.dark)
        if will and where is not None and not peaceful(doc, groups, sentence):
            why = f"Разговор в глухом месте: «{word.form}» и «{words[where].form}»."
            yield Hit(min(i, where), max(i, where), "medium", word.lemma, why)


def _at_my_hands(doc: Document, groups: Groups) -> Iterator[Hit]:
    """«Ты у меня попляшешь», «тракторист у меня свой трактор сожрёт»."""
    words = doc.words
    for i, word in doc.listed():
        will = word.grammar & INFINITIVE and any(w.form in ("будешь", "будете") for w in words[max(0, i - 7) : i + 2])
        if (
            not word.mask & groups.suffer
            or not (will or word.grammar & (PERSON_2 | SINGULAR_3))
            or told(doc, groups, i)
        ):
            continue
        before = range(max(1, i - 7), min(len(words), i + 3))
        mine = any(words[p].form in ("меня", "нас") and words[p - 1].form == "у" for p in before)
        who = any_of(doc, before, groups.official | groups.insulted) is not None or any(
            words[p].form in YOU | {"он", "она", "они"} for p in range(max(0, i - 8), min(len(words), i + 3))
        )
        if mine and (who or will) and (will or word.grammar & FUTURE) and not peaceful(doc, groups, doc.sentence(i)):
            yield Hit(i, i, "medium", word.lemma, f"Собеседнику сулят беду: «у меня … {word.form}».")


def _long_since(doc: Document, groups: Groups) -> Iterator[Hit]:
    """«Тебя давно не били?»"""
    words = doc.words
    for i, word in doc.having(groups.hurt | groups.breaking):
        if not word.grammar & PAST or not word.grammar & PLURAL:
            continue
        before = words[max(0, i - 5) : i]
        since = any(w.form in ("давно", "долго", "жаль", "жалко", "зря") for w in doc.words[max(0, i - 8) : i]) and any(
            w.form == "не" for w in before
        )
        if since and any(doc.words[p].form in YOU for p in doc.sentence(i)) and not told(doc, groups, i):
            yield Hit(i, i, "medium", word.lemma, f"Намёк на расправу: «давно не {word.form}».")


_SINCE = frozenset({"давно", "долго", "жаль", "жалко", "зря"})


def _sets_fire(doc: Document, groups: Groups) -> Iterator[Hit]:
    """«Подожгу почту», «спалите этот сарай вместе с участковым»; «сожгу мусор», «зажгу свечу» pass."""
    words = doc.words
    for i, word in doc.listed():
        if word.lemma not in _FIRES or told(doc, groups, i):
            continue
        after = range(i + 1, min(len(words), i + 5))
        sentence = doc.sentence(i)
        if peaceful(doc, groups, sentence) or any_of(doc, after, groups.fuel | groups.self_harm) is not None:
            continue
        what = next((p for p in after if _a_thing(doc, groups, p) and words[p].grammar & ACCUSATIVE), None)
        with_whom = next(
            (p for p in range(i + 1, min(len(words) - 1, i + 8)) if words[p].form == "вместе"
             and any_of(doc, range(p + 1, min(len(words), p + 4)), groups.target | groups.insulted) is not None),
            None,
        )  # fmt: skip
        if word.grammar & FUTURE_1 and what is not None:
            yield Hit(i, what, "medium", word.lemma, f"Обещан поджог или взрыв: «{word.form} {words[what].form}».")
        elif with_whom is not None and word.grammar & (IMPERATIVE | INFINITIVE | FUTURE_1):
            yield Hit(i, with_whom, "medium", word.lemma, f"Призыв к поджогу вместе с человеком: «{word.form}».")


_FIRES = frozenset({"взорвать", "подорвать", "поджечь", "спалить", "подпалить", "сжечь", "заминировать", "запалить"})


def _time_to(doc: Document, groups: Groups) -> Iterator[Hit]:
    """«Хватит разговоров, пора жечь»: the sentence ends with the verb; «пора вешать шторы» goes on."""
    words = doc.words
    for i, word in doc.having(groups.time_to):
        if not word.grammar & INFINITIVE or i == 0 or told(doc, groups, i):
            continue
        last = i + 1 == len(words) or words[i + 1].mask & END
        if (
            last
            and words[i - 1].form in ("пора", "надо", "будем", "буду", "начнем", "идем")
            and not peaceful(doc, groups, doc.sentence(i))
        ):
            yield Hit(i - 1, i, "medium", word.lemma, f"Призыв к расправе: «{words[i - 1].form} {word.form}».")


RULES = (
    Rule("threat.sets_fire", "threat", "«Подожгу почту»", _sets_fire, groups=("threat.arson",)),
    Rule("threat.time_to", "threat", "«Пора жечь»", _time_to, groups=("threat.time_to",)),
    Rule("threat.your_things", "threat", "Угроза тому, что принадлежит собеседнику", _your_things,
         groups=("threat.arson", "threat.break")),
    Rule("threat.gang_comes", "threat", "«Пацаны выехали, жди»", _gang_comes, groups=("threat.gang",)),
    Rule("threat.meet_in_dark", "threat", "«Говорить будем в лесу»", _meet_in_dark, groups=("threat.dark",)),
    Rule("threat.at_my_hands", "threat", "«Ты у меня попляшешь»", _at_my_hands, groups=("threat.suffer",)),
    Rule("threat.long_since", "threat", "«Давно не били?»", _long_since, groups=("threat.hurt", "threat.break")),
)  # fmt: skip

"""Threats in words that are peaceful one by one: a blow whose verb no list knows, a private thing and a nod to it."""

from __future__ import annotations

from collections.abc import Iterator

from ..function_words import ASKING, DATIVE_YOU, FRIENDLY, YOURS
from ..morph import ACCUSATIVE, FUTURE, FUTURE_1, INFINITIVE, NOUN, PERSON_2, VERB
from ..tokens import Document
from ..word import BREAK, END, SIGN
from .base import Groups, Hit, Rule
from .context import any_of, by_cause, near
from .threat import told

_LONGEST = 25  # words: a hint is short, a story only happens to have the words
_SELF = frozenset({"себе", "себя", "свой", "свою", "свои", "мне", "мою", "мой", "мои", "нам", "наш", "нашу"})


def _coarse_part(doc: Document, groups: Groups) -> Iterator[Hit]:
    """«Отверну башку тому, кто …», «приедем чистить морды»: whatever is done to a thing so called, it is no care."""
    words = doc.words
    for i, word in doc.having(groups.coarse_part):
        if not word.grammar & ACCUSATIVE or told(doc, groups, i):
            continue
        around = range(max(0, i - 4), min(len(words), i + 4))
        verb = next((p for p in around if _i_do(doc, p) and words[p].form not in FRIENDLY), None)
        if verb is None or any(words[p].form in _SELF for p in doc.clause(i)):
            continue
        if any(words[p].form == "?" or words[p].form in ASKING for p in doc.sentence(i)):
            continue
        why = f"Угроза здоровью: «{words[verb].form}» и «{word.form}» вместе."
        yield Hit(min(i, verb), max(i, verb), "medium", word.lemma, why)


def _i_do(doc: Document, place: int) -> bool:
    """«Отверну», «приедем чистить»: what the author will do; «наверну» and «наверный» may look alike, so verbs only."""
    word = doc.words[place]
    if word.grammar & VERB and word.grammar & FUTURE_1:
        return True
    before = doc.words[max(0, place - 4) : place]
    return bool(word.grammar & INFINITIVE) and any(w.grammar & VERB and w.grammar & FUTURE_1 for w in before)


def _into_hole(doc: Document, groups: Groups) -> Iterator[Hit]:
    """«Вколочу вам эти доски в зад», «забью табличку вам в глотку»; «засуньте себе» is rude, and no threat."""
    words = doc.words
    for i, word in doc.having(groups.hole):
        if i == 0 or not word.grammar & ACCUSATIVE or told(doc, groups, i):
            continue
        led = next((p for p in range(i - 1, max(-1, i - 3), -1) if words[p].form in ("в", "во", "через")), None)
        if led is None:
            continue
        clause = doc.clause(i)
        verb = next((p for p in clause if words[p].grammar & VERB and words[p].grammar & FUTURE_1), None)
        if verb is None or any(words[p].form in _SELF for p in clause):
            continue
        if near(doc, i, 9, 5, groups.target | groups.third | groups.insulted) is not None:
            first, last = min(i, verb), max(i, verb)
            yield Hit(first, last, "medium", word.lemma, f"Обещано увечье: «{words[verb].form} … в {word.form}».")


def _in_return(doc: Document, groups: Groups) -> Iterator[Hit]:
    """«Вы мне жизнь сломали, а я вам позвоночник»: the verb is left out, what it is done to stands at the end."""
    words = doc.words
    for i, _ in doc.spelled(("а",)):
        after = [p for p in range(i + 1, min(len(words), i + 5)) if not words[p].mask & SIGN]
        if len(after) < 3 or words[after[0]].form not in ("я", "мы") or words[after[1]].form not in DATIVE_YOU:
            continue
        what = after[2]
        ends = what + 1 == len(words) or words[what + 1].mask & (END | BREAK)
        harmed = words[what].mask & (groups.body | groups.property)
        if harmed and words[what].grammar & NOUN and ends and not told(doc, groups, i):
            yield Hit(i, what, "medium", words[what].lemma, f"Обещана расплата: «а … {words[what].form}».")


def _private(doc: Document, groups: Groups) -> Iterator[Hit]:
    """«Знаем, в каком садике ваш младший», «собачка у вас хорошая, жалко будет», «стены у дачи твоей фанерные»."""
    words = doc.words
    if len(words) > _LONGEST or not doc.mask & (groups.second | groups.third):
        return
    whole = range(len(words))
    if any(w.form in _NO_HINT or w.form in ASKING for w in words) or any_of(doc, whole, groups.lawful) is not None:
        return
    if any_of(doc, whole, groups.kind | groups.invite | groups.care & ~groups.home) is not None:
        return
    thou = any(w.form in _THOU for w in words)
    knows = any_of(doc, whole, groups.watch | groups.spied)
    pity = next((p for p in whole if words[p].mask & groups.pity and _will_be(doc, p)), None)
    nod = any_of(doc, whole, groups.nod)
    for i, word in doc.having(groups.family | groups.home | groups.child_place):
        if not word.grammar & NOUN or told(doc, groups, i):
            continue
        beside = {words[p].form for p in (i - 1, i + 1) if 0 <= p < len(words)}
        his = bool(beside & {"его", "ее"}) and (knows is not None or any(w.form in _PASS_ON for w in words))
        if not _belongs(doc, i) and not his:
            continue
        close = word.mask & (groups.family | groups.child_place)
        exposed = thou or his or word.mask & groups.retreat or (close and any(w.form in _ALONE for w in words))
        frail = any_of(doc, whole, groups.frail) if exposed else None
        where = (
            any(w.form in _WHERE for w in words) or any_of(doc, whole, groups.child_place | groups.spied) is not None
        )
        known = knows if knows is not None and where and (close or thou) else None
        sign = next((p for p in (pity, nod, known, frail) if p is not None and p != i), None)
        if sign is not None:
            why = f"Намёк на близких или имущество собеседника: «{word.form}» и «{words[sign].form}»."
            yield Hit(min(i, sign), max(i, sign), "medium", word.lemma, why)
            return


def _belongs(doc: Document, i: int) -> bool:
    """«Твоя дочка», «внучка у вас», «на даче у тебя», «в каком садике ваш младший»."""
    words = doc.words
    for place in range(max(0, i - 3), min(len(words), i + 4)):
        if words[place].form in YOURS or words[place].form == "привет":
            return True
        if place and words[place].form in ("тебя", "вас") and words[place - 1].form == "у":
            return True
    return False


def _will_be(doc: Document, i: int) -> bool:
    """«Жалко будет», «жаль, если», «обидно было бы»."""
    return any(w.form in ("будет", "если", "бы", "станет") for w in doc.words[i + 1 : i + 4])


_ALONE = frozenset({"один", "одна", "поздно", "темный", "темная", "темно", "темным", "глухой", "пустынный", "темноте"})
_NO_HINT = frozenset(
    {"наш", "наша", "наши", "наших", "нашей", "нас", "нам", "мой", "моя", "мои", "моей", "меня", "мне", "тоже"}
)
_PASS_ON = frozenset({"скажите", "скажи", "передайте", "передай"})
_THOU = frozenset({"ты", "тебя", "тебе", "тобой", "твой", "твоя", "твое", "твои", "твою", "твоей", "твоего", "твоих"})
_WHERE = frozenset(
    {"где", "каком", "какой", "какая", "какие", "когда", "куда", "во", "номер", "адрес", "график", "откуда", "чем"}
)


def _slips(doc: Document, groups: Groups) -> Iterator[Hit]:
    """«Смотри, начальник, упадёшь затылком»: a misfortune foretold to an official; «не упадите» is care."""
    words = doc.words
    for i, word in doc.having(groups.mishap):
        if not word.grammar & PERSON_2 or not word.grammar & FUTURE or told(doc, groups, i):
            continue
        sentence = doc.sentence(i)
        before = range(sentence.start, i)
        warned = any(words[p].form in ("смотри", "гляди") for p in before)
        named = any_of(doc, sentence, groups.office_head | groups.insulted)
        if not warned or named is None or words[i - 1].form in ("не", "чтоб", "чтобы"):
            continue
        if not by_cause(doc, sentence) and not any(words[p].form in _NO_HINT for p in sentence):
            yield Hit(min(i, named), max(i, named), "medium", word.lemma, f"Собеседнику сулят беду: «{word.form}».")


def _spare_parts(doc: Document, groups: Groups) -> Iterator[Hit]:
    """«Зубы лишние есть?», «ноги не жмут?», «голова на плечах не надоела?»"""
    words = doc.words
    for i, word in doc.having(groups.body):
        sentence = doc.sentence(i)
        if len(sentence) > 8 or not any(words[p].form == "?" for p in sentence) or told(doc, groups, i):
            continue
        spare = any_of(doc, sentence, groups.spare, besides=i)
        if spare is not None and not any(words[p].form in _SELF for p in sentence):
            first, last = min(i, spare), max(i, spare)
            yield Hit(first, last, "medium", word.lemma, f"Намёк на увечье: «{word.form}» и «{words[spare].form}».")


RULES = (
    Rule("threat.coarse_part", "threat", "«Отверну башку»", _coarse_part, groups=("threat.coarse_part",)),
    Rule("threat.into_hole", "threat", "«Вколочу в зад»", _into_hole, groups=("threat.hole",)),
    Rule("threat.in_return", "threat", "«А я вам позвоночник»", _in_return, groups=("threat.body", "people.property"),
         also=DATIVE_YOU),
    Rule("threat.private_life", "threat", "«Знаем, в каком садике ваш сын»", _private,
         groups=("people.family", "threat.home", "threat.child_place"), also=("people.second", "people.third")),
    Rule("threat.slips", "threat", "«Смотри, начальник, упадёшь»", _slips, groups=("threat.mishap",)),
    Rule("threat.spare_parts", "threat", "«Зубы лишние есть?»", _spare_parts, groups=("threat.spare",)),
)  # fmt: skip

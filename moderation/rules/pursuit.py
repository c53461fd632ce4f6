"""Threats by construction: «я бы его утопил», «кувалдой по …», «подкараулю», «мужики объяснят»."""

from __future__ import annotations

from collections.abc import Iterator

from ..function_words import YOURS
from ..morph import (
    ACCUSATIVE,
    ANIMATE,
    FUTURE_1,
    INANIMATE,
    INFINITIVE,
    NOMINATIVE,
    NOUN,
    PAST,
    PERSON_2,
    PLURAL_3,
    PRESENT_1,
    SINGULAR_3,
    VERB,
)
from ..tokens import Document
from .base import Groups, Hit, Rule
from .context import any_of, endangered, near
from .reprisal import is_instrument, peaceful
from .threat import told

_THAT_ONE = frozenset(
    {
        "первого",
        "каждого",
        "любого",
        "того",
        "тех",
        "тому",
        "тем",
        "этого",
        "этих",
        "таких",
        "такого",
        "всех",
        "их",
        "его",
        "вас",
        "тебя",
        "эту",
    }
)
_PEOPLE_OF = frozenset({"кто", "кого", "которые", "который"})
_OBJECT = frozenset({"его", "ее", "их", "вас", "тебя", "всех", "все"})


def person(doc: Document, groups: Groups, places: range, besides: int) -> int | None:
    """The first word that names a person as the victim: an official, «вас», «этого прораба», «того, кто»."""
    words = doc.words
    for place in places:
        word = words[place]
        if place == besides or word.mask & groups.pest:
            continue
        if word.form in ("вас", "тебя", "вам", "тебе") or word.mask & groups.insulted:
            return place
        if word.mask & groups.official and word.grammar & ANIMATE:
            return place
        if word.form in YOURS and place + 1 < len(words):
            named = words[place + 1]
            animate = named.grammar & ANIMATE and not named.grammar & INANIMATE
            if animate and not named.mask & (groups.pest | groups.animal | groups.family) and place + 1 != besides:
                return place + 1
        if word.form in _THAT_ONE and place + 1 < len(words):
            named = words[place + 1]
            if named.grammar & ANIMATE and not named.grammar & INANIMATE and not named.mask & groups.pest:
                return place + 1
            if any(words[p].form in _PEOPLE_OF for p in range(place + 1, min(len(words), place + 3))):
                return place
    return None


_ENDS = frozenset({"залить", "закопать", "вывезти"})
_TEARS = frozenset({"оторвать", "открутить", "вырвать", "отрубить", "отрезать", "переломать", "свернуть", "обломать"})


def _to_whom(doc: Document, i: int) -> bool:
    """«Оторвать бы вам»: the dative of the one who suffers."""
    return any(word.form in ("вам", "тебе") for word in doc.words[max(0, i - 3) : i + 4])


def _would(doc: Document, groups: Groups) -> Iterator[Hit]:
    """«Я бы этого прораба в опалубку залил», «убил бы того, кто …», «тебя бы в ту траншею закопать»."""
    words = doc.words
    if not doc.mask & (groups.target | groups.insulted | groups.third):
        return
    violent = groups.kill | groups.loose | groups.hurt
    for i, word in doc.listed():
        throws = word.mask & groups.throw or word.lemma in _ENDS or (word.lemma in _TEARS and _to_whom(doc, i))
        if not (word.mask & violent or throws) or not word.grammar & (PAST | INFINITIVE) or told(doc, groups, i):
            continue
        sentence = doc.sentence(i)
        around = range(max(sentence.start, i - 12), min(sentence.stop, i + 10))
        if not any(words[p].form in ("бы", "б") for p in around) or peaceful(doc, groups, around):
            continue
        if not word.mask & violent and word.lemma not in _TEARS and any_of(doc, around, groups.deadly) is None:
            continue
        if any(w.form in ("не", "чтобы", "чтоб", "кабы") for w in words[max(0, i - 3) : i]):
            continue
        victim = person(doc, groups, around, i)
        if victim is None and len(sentence) <= 6 and word.mask & (groups.kill | groups.loose) and word.grammar & PAST:
            things = [p for p in sentence if words[p].grammar & NOUN and words[p].grammar & INANIMATE]
            victim = None if any(words[p].grammar & ACCUSATIVE for p in things) else i  # «разорвал бы на месте»
        if victim is None or any_of(doc, around, groups.self_harm) is not None:
            continue
        if word.grammar & PAST and any_of(doc, around, groups.hazard) is not None:
            continue
        why = f"Пожелание расправы: «{word.form}» и «{words[victim].form}»."
        yield Hit(min(i, victim), max(i, victim), "medium", word.lemma, why)


def _blow(doc: Document, groups: Groups) -> Iterator[Hit]:
    """«Кувалдой по вашим камерам», «вилами в бок»: what with and where to, and nobody did it in the past."""
    words = doc.words
    for i, word in doc.having(groups.weapon):
        if not is_instrument(word, groups, any_tool=True) or told(doc, groups, i):
            continue
        where = next(
            (p for p in range(i + 1, min(len(words), i + 3)) if words[p].form in ("в", "по", "под", "на")), None
        )
        if where is None:
            continue
        clause = doc.clause(i)
        if peaceful(doc, groups, doc.sentence(i)) or any(
            words[p].grammar & PAST and not words[p].grammar & NOUN for p in clause
        ):
            continue
        what = range(where + 1, min(len(words), where + 4))
        yours = any(words[p].form in YOURS for p in what)
        hit = any_of(doc, what, groups.body | groups.official | groups.insulted)
        if hit is None and yours:
            hit = any_of(doc, what, groups.property | groups.office | groups.second)
        if hit is not None and not endangered(doc, groups, clause):
            yield Hit(
                i, hit, "medium", word.lemma, f"Удар, о котором пишет автор: «{word.form}» и «{words[hit].form}»."
            )


def _stalk(doc: Document, groups: Groups) -> Iterator[Hit]:
    """«Подкараулю судью на крыльце», «чиновника этого выследим»: such a verb needs no dark place."""
    for i, word in doc.having(groups.stalk):
        if told(doc, groups, i) or peaceful(doc, groups, doc.sentence(i)):
            continue
        called = word.grammar & INFINITIVE and near(doc, i, 4, 4, groups.call) is not None
        if not word.grammar & FUTURE_1 and not called:
            continue
        sentence = doc.sentence(i)
        victim = person(doc, groups, range(max(sentence.start, i - 6), min(sentence.stop, i + 6)), i)
        if victim is not None:
            why = f"Автор собирается подстеречь человека: «{word.form}»."
            yield Hit(min(i, victim), max(i, victim), "medium", word.lemma, why)


def _gang(doc: Document, groups: Groups) -> Iterator[Hit]:
    """«Мужики тебе объяснят», «ребята с района уже едут к тебе»."""
    words = doc.words
    if not (doc.mask & groups.second and doc.mask & groups.talk):
        return
    for i, word in doc.having(groups.gang):
        if not word.grammar & NOMINATIVE or told(doc, groups, i):
            continue
        places = range(max(0, i - 6), min(len(words), i + 10))
        verb = next(
            (
                p
                for p in places
                if words[p].mask & groups.talk
                and words[p].grammar & (PLURAL_3 | SINGULAR_3)
                and not words[p].grammar & PAST
            ),
            None,
        )
        whom = next((p for p in places if words[p].form in ("тебе", "вам", "тобой", "вами", "тебя", "вас")), None)
        if verb is None or whom is None or peaceful(doc, groups, places):
            continue
        if words[i].form.endswith(("и", "ы", "а", "я")) or words[verb].grammar & SINGULAR_3:
            spots = (i, verb, whom)
            why = f"Автор пошлёт других: «{word.form}» и «{words[verb].form}»."
            yield Hit(min(spots), max(spots), "medium", word.lemma, why)


def _arson(doc: Document, groups: Groups) -> Iterator[Hit]:
    """«Спалим его вместе с хозяйкой»: a pronoun beside the verb stands for the house."""
    words = doc.words
    for i, word in doc.listed():
        will = word.grammar & FUTURE_1 or word.mask & groups.will_form
        if not word.mask & groups.arson or not (will or word.grammar & INFINITIVE):
            continue
        if not will and not (i + 1 < len(words) and words[i + 1].form in ("вас", "тебя")):
            continue  # «облить бензином и поджечь вас»
        whom = next((p for p in (i + 1, i - 1) if 0 <= p < len(words) and words[p].form in _OBJECT), None)
        if whom is None or told(doc, groups, i) or peaceful(doc, groups, doc.sentence(i)):
            continue
        if word.lemma in _FIRES:
            why = f"Автор обещает поджог или взрыв: «{word.form}»."
            yield Hit(min(i, whom), max(i, whom), "medium", word.lemma, why)


_FIRES = frozenset(
    {"сжечь", "спалить", "поджечь", "взорвать", "подорвать", "запалить", "подпалить", "пожечь", "испепелить"}
)


def _not_reach(doc: Document, groups: Groups) -> Iterator[Hit]:
    """«Не доедешь ты завтра до своей администрации»; «вы не дойдёте по льду» is a hazard."""
    words = doc.words
    for i, word in doc.listed():
        if word.lemma not in _REACH or not word.grammar & PERSON_2 or i == 0 or words[i - 1].form != "не":
            continue
        around = range(max(0, i - 4), min(len(words), i + 8))
        you = any(words[p].form in ("ты", "вы") for p in range(max(0, i - 3), min(len(words), i + 3)))
        living = word.lemma in ("дожить", "дотянуть", "протянуть")  # «не доживёте до выборов» is no way to vote
        sentence = doc.sentence(i)
        if not you or told(doc, groups, i) or any(words[p].form == "?" for p in sentence):
            continue
        if not living and peaceful(doc, groups, sentence):
            continue
        if any_of(doc, doc.sentence(i), groups.hazard | groups.bystander) is None and any(
            words[p].form in ("до", "завтра", "больше", "сегодня", "домой", "живым", "отсюда") for p in around
        ):
            yield Hit(i - 1, i, "medium", word.lemma, f"Собеседнику сулят беду: «не {word.form}».")


_REACH = frozenset(
    {
        "дотянуть",
        "протянуть",
        "доехать",
        "дойти",
        "дожить",
        "уйти",
        "вернуться",
        "проснуться",
        "добежать",
        "доползти",
        "уехать",
    }
)


def _take(doc: Document, groups: Groups) -> Iterator[Hit]:
    """«Беру бензин и иду к вам»: the author takes a weapon and comes."""
    words = doc.words
    for i, word in doc.having(groups.weapon | groups.armed):
        if told(doc, groups, i):
            continue
        places = range(max(0, i - 6), min(len(words), i + 9))
        mine = [words[p].lemma for p in places if words[p].grammar & VERB and words[p].grammar & (PRESENT_1 | FUTURE_1)]
        takes = not _TAKING.isdisjoint(mine)
        comes = not _COMING.isdisjoint(mine)
        to_you = any(
            words[p].form == "к" and p + 1 < len(words) and (words[p + 1].form in ("вам", "тебе", "ним", "нему")
            or words[p + 1].mask & groups.official) for p in places
        )  # fmt: skip
        if takes and comes and to_you and not peaceful(doc, groups, places):
            yield Hit(i, i, "medium", word.lemma, f"Автор берёт «{word.form}» и идёт к адресату.")


_TAKING = frozenset({"брать", "взять", "захватить", "прихватить"})
_COMING = frozenset({"идти", "ехать", "прийти", "приехать", "выезжать", "пойти"})
_VIOLENT = ("threat.kill", "threat.loose", "threat.hurt")
RULES = (
    Rule("threat.would", "threat", "«Я бы его утопил»", _would, groups=(*_VIOLENT, "threat.throw", "threat.deadly"),
         also=("бы", "б")),
    Rule("threat.blow", "threat", "«Кувалдой по вашим …»", _blow, groups=("threat.weapon",)),
    Rule("threat.stalk", "threat", "Слежка и засада", _stalk, groups=("threat.stalk",)),
    Rule("threat.gang", "threat", "«Мужики тебе объяснят»", _gang, groups=("threat.gang",)),
    Rule("threat.arson", "threat", "«Спалим его»", _arson, groups=("threat.arson",)),
    Rule("threat.not_reach", "threat", "«Не доедешь ты до дома»", _not_reach, groups=("threat.survive",)),
    Rule("threat.take", "threat", "Автор берёт оружие и идёт", _take, groups=("threat.weapon", "threat.armed")),
)  # fmt: skip

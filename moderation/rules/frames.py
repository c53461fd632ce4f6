"""Threats told by grammar: who will do harm, in what mood, and to whom; the harm itself may be any word of its kind.

Here any animate noun may suffer, any person may act, and what is done to a part of a body may be any verb at all.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ..function_words import DATIVE_YOU, FEARS, FRIENDLY, IFS, YOURS
from ..morph import (
    ACCUSATIVE,
    ANIMATE,
    FUTURE,
    FUTURE_1,
    IMPERATIVE,
    INANIMATE,
    INFINITIVE,
    INSTRUMENTAL,
    NOMINATIVE,
    NOUN,
    PERSON_2,
    PLURAL_3,
    PREPOSITION,
    SINGULAR_3,
    VERB,
)
from ..tokens import Document
from ..word import WILL
from .base import Groups, Hit, Rule
from .context import any_of, by_cause, endangered, own_kin
from .promise import MAIMED
from .pursuit import person
from .reprisal import peaceful
from .threat import told

_PRONOUNS = frozenset({"его", "ее", "их", "ему", "ей", "им", "тебя", "вас", "тебе", "вам", "тому", "того", "каждому"})
_TO_HIM = DATIVE_YOU | {"ему", "ей", "им", "тому", "каждому", "любому", "этому", "этой", "этим"}
_OWN = frozenset({"себе", "себя", "свой", "свою", "свои", "своего", "мне", "мою", "мой", "мои", "моего", "моей",
                  "нам", "наш", "нашу", "наши", "наших", "нашего", "нашей", "меня", "нас"})  # fmt: skip
_TURNS = frozenset({"или", "либо", "иначе", "то", "значит", "тогда"})


def _calm(doc: Document, groups: Groups, places: range) -> bool:
    """A way to court, a question, a plea, fear, kind words, a sport: whatever is promised beside them is no harm."""
    if peaceful(doc, groups, places) or any_of(doc, places, groups.kind | groups.sport | groups.civic) is not None:
        return True
    return any(doc.words[p].form in FEARS for p in places)


def _somebody(doc: Document, groups: Groups, places: Iterable[int], besides: int) -> int | None:
    """Whoever suffers: «этого каменщика», «её племянника»; no animal, nobody of the author's own."""
    words = doc.words
    for p in places:
        grammar = words[p].grammar
        if p == besides or not grammar & NOUN or not grammar & ANIMATE or grammar & INANIMATE:
            continue
        if not grammar & ACCUSATIVE or words[p].mask & (groups.pest | groups.animal | groups.livestock | groups.beast):
            continue
        lead = words[p - 1] if p else None
        if (lead is not None and (lead.grammar & PREPOSITION or lead.form in _OWN)) or own_kin(doc, groups, p):
            continue
        return p
    return None


def _deed(doc: Document, groups: Groups) -> Iterator[Hit]:
    """«Придушу этого каменщика», «изувечу ихних сторожей»: the author acts, any animate noun suffers."""
    words = doc.words
    for i, word in doc.having(groups.kill | groups.hurt):
        if not word.grammar & FUTURE_1 or told(doc, groups, i) or (i and words[i - 1].form == "не"):
            continue
        clause = doc.clause(i)
        whom = _somebody(doc, groups, clause, i)
        if whom is None or any(words[p].form in _OWN for p in clause) or _calm(doc, groups, doc.sentence(i)):
            continue
        why = f"Автор обещает расправу: «{word.form} … {words[whom].form}»."
        yield Hit(min(i, whom), max(i, whom), "medium", word.lemma, why)


def _another_will(doc: Document, groups: Groups) -> Iterator[Hit]:
    """«Вернётся брат со службы, он вашего сметчика покалечит»: one's own people will do it."""
    words = doc.words
    for i, word in doc.having(groups.kill | groups.hurt | groups.breaking):
        will = word.grammar & VERB and word.grammar & FUTURE and word.grammar & (SINGULAR_3 | PLURAL_3)
        if not will or told(doc, groups, i):
            continue
        sentence = doc.sentence(i)
        who = next((p for p in range(sentence.start, i) if words[p].form in _MINE or words[p].mask & groups.gang), None)
        if who is None or any(words[p].form in IFS or words[p].form == "не" for p in range(max(who, i - 3), i)):
            continue
        around = range(max(0, i - 5), min(len(words), i + 5))
        whom = person(doc, groups, around, i)
        body = any_of(doc, around, groups.body) is not None or not word.mask & groups.breaking
        if (
            whom is None
            or whom == who
            or not body
            or _calm(doc, groups, sentence)
            or endangered(doc, groups, [p for p in sentence if p != who])
        ):
            continue
        why = f"Расправу обещают чужими руками: «{words[who].form} … {word.form}»."
        yield Hit(min(who, whom), max(i, whom), "medium", word.lemma, why)


_MINE = frozenset({"мой", "мои", "моя", "наш", "наши", "он", "они", "сын", "муж", "брат", "отец"})


def _wished(doc: Document, groups: Groups) -> Iterator[Hit]:
    """«Выпороть бы этого каменщика», «такого сметчика придушить надо»."""
    words = doc.words
    verbs = groups.kill | groups.hurt | groups.loose | groups.breaking
    for i, word in doc.having(verbs):
        if not word.grammar & INFINITIVE or (i and words[i - 1].form in _HINDERED):
            continue
        sentence = doc.sentence(i)
        near_by = range(max(sentence.start, i - 6), min(sentence.stop, i + 5))
        led = next((p for p in near_by if words[p].form in _WISHED), None)
        whom = _somebody(doc, groups, near_by, i)
        such = whom is not None and (
            words[whom].mask & (groups.official | groups.insulted)
            or any(w.form in _SUCH for w in words[max(0, whom - 2) : whom + 2])
        )
        part = any_of(doc, near_by, groups.body | groups.coarse_part)
        aimed = part is not None and any(words[p].form in _TO_HIM for p in near_by)
        if word.mask & groups.breaking and not word.mask & (groups.kill | groups.hurt | groups.loose) and part is None:
            continue
        if led is None or not (such or aimed) or any(words[p].form in _OWN for p in near_by):
            continue
        hazard = groups.hazard | groups.pest | groups.livestock
        if _calm(doc, groups, sentence) or any_of(doc, sentence, hazard) is not None:
            continue
        spot = whom if such and whom is not None else part
        if spot is not None:
            why = f"Пожелание расправы: «{word.form} … {words[spot].form}»."
            yield Hit(min(i, spot), max(i, spot), "medium", word.lemma, why)


_WISHED = frozenset({"бы", "б", "надо", "пора", "следует", "мало"})
_SUCH = frozenset({"такого", "такую", "таких", "этого", "эту", "этих", "его", "ее", "их", "того", "ту", "тех"}) | YOURS
_HINDERED = frozenset({"не", "ни", "нельзя", "хватит", "хотел", "хотели", "пытался"})


def _to_a_part(doc: Document, groups: Groups) -> Iterator[Hit]:
    """«Я ему пальцы в эту дверь зажму»: whatever verb, the author does it to a part of another's body."""
    words = doc.words
    for i, word in doc.having(groups.body):
        if not word.grammar & ACCUSATIVE or word.grammar & ANIMATE or word.lemma in _TENDER or told(doc, groups, i):
            continue
        if i and words[i - 1].grammar & PREPOSITION:
            continue
        clause = doc.clause(i)
        verb = next((p for p in clause if words[p].grammar & VERB and words[p].grammar & FUTURE_1), None)
        if verb is None or verb == i or words[verb].form in FRIENDLY or words[verb].form in _HEALS:
            continue
        if verb and words[verb - 1].form == "не":
            continue
        his = next((p for p in clause if words[p].form in _TO_HIM), None)
        if his is None or any(words[p].form in _OWN for p in clause) or _calm(doc, groups, doc.sentence(i)):
            continue
        spots = (i, verb, his)
        yield Hit(min(spots), max(spots), "medium", word.lemma, f"Обещано увечье: «{words[verb].form} … {word.form}».")


_TENDER = frozenset({"сердце", "лицо", "кровь", "кулак", "грудь", "плечо", "нос", "борода", "лоб"})
_HEALS = frozenset({"дам", "дадим", "подам", "вылечу", "перевяжу", "помою", "поправлю", "забинтую",
                    "подниму",
                    "разомну", "помажу", "развяжу", "развяжем", "сделаю",
                    "сделаем", "найду", "найдем", "нарисую", "вытру", "промою", "положу", "приложу", "морочу", "дурю",
                    })  # fmt: skip


def _or_else_grim(doc: Document, groups: Groups) -> Iterator[Hit]:
    """«Или печь к зиме, или лежать вам в реанимации»: an ultimatum and its price."""
    words = doc.words
    grim = groups.grave | groups.bed | groups.deadly | groups.armed | groups.mourning
    for i, _ in doc.spelled(_TURNS):
        if words[i].form in ("то", "тогда", "значит") and not (i and words[i - 1].form in ("а", "не", ",", "-", "—")):
            continue
        sentence = doc.sentence(i)
        after = range(i + 1, min(sentence.stop, i + 12))
        what = next((p for p in after if _grim_place(doc, grim, p)), None)
        if what is None or not any(w.grammar & PREPOSITION for w in words[max(i, what - 3) : what]):
            continue
        doomed = any(_comes_to(doc, groups, p) for p in after)
        if not doomed or told(doc, groups, i) or _calm(doc, groups, sentence):
            continue
        if endangered(doc, groups, after) or any(words[p].form in _OWN or words[p].form == "чтобы" for p in after):
            continue
        yield Hit(
            i, what, "medium", words[what].lemma, f"Ультиматум с расправой: «{words[i].form} … {words[what].form}»."
        )


def _grim_place(doc: Document, grim: int, p: int) -> bool:
    """«В реанимации», «в болото»: where somebody comes to be, not what comes."""
    word = doc.words[p]
    return bool(word.mask & grim and word.grammar & NOUN and not word.grammar & NOMINATIVE) or word.form in MAIMED


def _comes_to(doc: Document, groups: Groups, p: int) -> bool:
    """«Ляжешь», «вернусь»; «вам лежать»: the reader's lot or the author's deed, not what all of us suffer."""
    word = doc.words[p]
    if word.grammar & VERB and word.grammar & FUTURE and word.grammar & PERSON_2 and not word.grammar & IMPERATIVE:
        return True
    if word.grammar & INFINITIVE:
        return any(
            w.mask & (groups.official | groups.insulted) or w.form in _TO_HIM for w in doc.words[max(0, p - 5) : p]
        )
    return word.form in ("возвращаюсь", "вернусь", "приду", "приеду", "придем", "приедем", "приезжаю", "прихожу")


def _grim_lot(doc: Document, groups: Groups) -> Iterator[Hit]:
    """«Этот хирург сам ляжет под скальпель», «агроном на вилах покатается»: an official, and where he will be."""
    words = doc.words
    grim = groups.grave | groups.bed | groups.deadly | groups.carried | groups.armed
    for i, word in doc.having(grim):
        if not word.grammar & NOUN or i < 2 or told(doc, groups, i):
            continue
        if not any(w.grammar & PREPOSITION for w in words[i - 2 : i]):
            continue
        clause = doc.clause(i)
        verb = next(
            (p for p in clause if words[p].grammar & VERB and words[p].grammar & FUTURE
             and words[p].grammar & (SINGULAR_3 | PERSON_2) and not words[p].grammar & (IMPERATIVE | INFINITIVE)),
            None,
        )  # fmt: skip
        if verb is None or (
            not words[verb].mask & (groups.resting | groups.fate | groups.perish | groups.throw)
            and (words[verb].form not in _LIES)
        ):
            continue
        if words[verb].grammar & SINGULAR_3:
            who = next(
                (p for p in clause if words[p].mask & (groups.official | groups.insulted)
                 and words[p].grammar & NOMINATIVE and words[p].grammar & ANIMATE),
                None,
            )  # fmt: skip
            if who is None:
                continue
        sentence = doc.sentence(i)
        if (
            _calm(doc, groups, sentence)
            or by_cause(doc, sentence)
            or endangered(doc, groups, sentence)
            or any((words[p].form in IFS and words[p].form != "если") or words[p].form in _OWN for p in clause)
        ):
            continue
        yield Hit(
            min(i, verb),
            max(i, verb),
            "medium",
            word.lemma,
            f"Человеку сулят беду: «{words[verb].form} … {word.form}».",
        )


_LIES = frozenset({"ляжет", "ляжешь", "ляжете", "сядет", "сядешь", "сядете", "покатается", "покатаешься", "поплывет",
                   "поплывешь", "прокатится", "прокатишься", "повиснет", "повиснешь", "закончит", "закончишь",
                   "отправится", "отправишься", "уедет", "уедешь", "полетит", "полетишь", "окажется", "окажешься",
                   "станет", "станешь", "запутается", "пойдет", "пойдешь", "поспит", "поспишь", "проснется",
                   "проснешься", "посидит", "посидишь", "переедет", "переедешь"})  # fmt: skip


def _with_it(doc: Document, groups: Groups) -> Iterator[Hit]:
    """«Оглоблей их по хребту», «палкой тебе по рукам»: no verb, only what with, whom and where."""
    words = doc.words
    for i, word in doc.having(groups.weapon | groups.fist | groups.armed):
        if not word.grammar & INSTRUMENTAL or (i and words[i - 1].grammar & PREPOSITION) or told(doc, groups, i):
            continue
        whom = next((p for p in range(i + 1, min(len(words), i + 4)) if words[p].form in _PRONOUNS), None)
        if whom is None:
            continue
        lead = next(
            (p for p in range(whom + 1, min(len(words), whom + 3)) if words[p].form in ("по", "в", "промеж")), None
        )
        if lead is None:
            continue
        part = any_of(doc, range(lead + 1, min(len(words), lead + 3)), groups.body | groups.head)
        before = words[max(0, i - 3) : i]
        acted = any(w.grammar & VERB and not w.grammar & (NOUN | FUTURE_1) for w in before)
        if part is not None and not acted and not _calm(doc, groups, doc.sentence(i)):
            yield Hit(i, part, "medium", word.lemma, f"Призыв бить: «{word.form} … по {words[part].form}».")


_VIOLENT = ("threat.kill", "threat.hurt")
RULES = (
    Rule("threat.deed", "threat", "«Придушу этого каменщика»", _deed, groups=_VIOLENT),
    Rule("threat.another_will", "threat", "«Брат вас покалечит»", _another_will, groups=(*_VIOLENT, "threat.break")),
    Rule("threat.wished", "threat", "«Выпороть бы этого каменщика»", _wished,
         groups=(*_VIOLENT, "threat.loose", "threat.break")),
    Rule("threat.to_a_part", "threat", "«Пальцы ему зажму»", _to_a_part, groups=("threat.body",), also_shape=WILL),
    Rule("threat.or_else_grim", "threat", "«Или печь, или лежать вам в реанимации»", _or_else_grim,
         groups=("threat.grave", "threat.bed", "threat.deadly", "threat.armed", "threat.mourning")),
    Rule("threat.grim_lot", "threat", "«Сам ляжет под скальпель»", _grim_lot,
         groups=("threat.grave", "threat.bed", "threat.deadly", "threat.carried", "threat.armed")),
    Rule("threat.with_it", "threat", "«Оглоблей их по хребту»", _with_it,
         groups=("threat.weapon", "threat.fist", "threat.armed")),
)  # fmt: skip

"""Threats to a body and to property: «ноги переломаю», «в глаз дам», «сожгу вашу контору»."""

from __future__ import annotations

from collections.abc import Iterator

from ..morph import ACCUSATIVE, ANIMATE, FUTURE_1, IMPERATIVE, INFINITIVE, INSTRUMENTAL, PAST
from ..tokens import Document
from .base import Groups, Hit, Rule
from .context import any_of, near, starts_clause
from .threat import first_person, prevented, told


def _punch(doc: Document, groups: Groups) -> Iterator[Hit]:
    """«В глаз дам вашему диспетчеру»."""
    for i, word in doc.having(groups.punch):
        if told(doc, groups, i):
            continue
        wished = word.grammar & PAST and any(w.form == "бы" for w in doc.words[max(0, i - 3) : i + 3])
        wished = wished and near(doc, i, 5, 7, groups.second | groups.official | groups.insulted) is not None
        if not wished and not first_person(doc, groups, i):
            continue
        for place in range(max(0, i - 3), min(len(doc.words), i + 4)):
            preposition = doc.words[place - 1].form if place else ""
            if place != i and doc.words[place].mask & groups.struck and preposition in ("в", "по"):
                why = f"Автор обещает ударить: «{word.form}» и «{doc.words[place].form}» вместе."
                yield Hit(min(i, place - 1), max(i, place), "medium" if wished else "high", word.lemma, why)
                break


def _body(doc: Document, groups: Groups) -> Iterator[Hit]:
    """«Ноги переломаю», «руки оторвать бы тому»; «ногу сломаешь» is a hazard, «сломаю себе» one's own."""
    verbs = groups.breaking | groups.hurt
    for i, word in doc.having(verbs):
        if told(doc, groups, i):
            continue
        part = near(doc, i, 4, 4, groups.body)
        if part is None or part == i:
            continue
        mine = first_person(doc, groups, i)
        target = near(doc, i, 6, 8, groups.second | groups.official | groups.third | groups.insulted)
        if mine:
            if doc.words[part].lemma == "голова" and any(
                doc.words[p].form in ("чтобы", "над") for p in doc.sentence(i)
            ):
                continue  # «придётся голову сломать, чтобы понять»
            if any_of(doc, doc.clause(i), groups.self_harm) is not None or (
                word.mask & groups.ambiguous
                and doc.words[part].lemma in _OWN_TOO
                and (_stumbles(doc, groups, i) if target is not None else not _lies_in_wait(doc, groups, i))
            ):
                continue
        elif word.grammar & INFINITIVE:
            called = starts_clause(doc, min(i, part)) or near(doc, i, 4, 4, groups.call) is not None
            if (
                not called
                or target is None
                or prevented(doc, i)
                or any_of(doc, doc.clause(i), groups.self_harm) is not None
            ):
                continue
        else:
            continue
        why = f"Угроза здоровью: «{word.form}» и «{doc.words[part].form}» вместе."
        yield Hit(min(i, part), max(i, part), "high" if mine else "medium", word.lemma, why)


def _lies_in_wait(doc: Document, groups: Groups, i: int) -> bool:
    """«Встречу у подъезда — ноги переломаю»: who promises to catch somebody does not speak of his own legs."""
    words = doc.words
    around = [p for p in doc.sentence(i) if p != i]
    if any_of(doc, around, groups.hazard) is not None or any(words[p].form in ("?", "на", "из-за") for p in around):
        return False
    caught = any(words[p].mask & groups.catch and words[p].grammar & FUTURE_1 for p in around)
    return caught or any(words[p].form in _DARED for p in around)


def _stumbles(doc: Document, groups: Groups, i: int) -> bool:
    """«Ноги переломаю на вашем льду»: what breaks the author's own legs is named."""
    clause = doc.clause(i)
    led = any(doc.words[p].form in ("на", "об", "о", "из-за", "по", "с") for p in clause)
    return led and any_of(doc, clause, groups.hazard) is not None


_DARED = frozenset({"только", "попробуйте", "попробуй", "тронет", "тронете", "сунется", "кто", "увижу"})


# What the author may break of his own: «ногу сломаю на вашем льду»; nobody breaks his own jaw.
_OWN_TOO = frozenset(
    ["нога", "рука", "голова", "шея", "спина", "палец", "нос", "колено", "позвоночник", "ребро", "зуб"]
)


def _property(doc: Document, groups: Groups) -> Iterator[Hit]:
    """«Сожгу вашу контору», «колёса проколю», «окна бы ей повыбивать», «взорву эту котельную»."""
    for i, word in doc.having(groups.breaking | groups.loose | groups.arson):
        if told(doc, groups, i):
            continue
        if word.lemma == "разбить" and any_of(doc, range(i, min(len(doc.words), i + 4)), groups.laid) is not None:
            continue
        mine = first_person(doc, groups, i)
        called = bool(word.grammar & (INFINITIVE | IMPERATIVE)) and (
            starts_clause(doc, i) or near(doc, i, 4, 4, groups.call) is not None
        )
        if not mine and not called:
            continue
        arson = bool(word.mask & groups.arson)
        what = near(doc, i, 5, 5, groups.property | groups.office | (groups.building if arson else 0))
        if what is None or _only_there(doc, groups, i, what):
            continue
        owner = near(doc, i, 6, 6, groups.second | groups.third)
        if (
            owner is None
            and what + 1 < len(doc.words)
            and doc.words[what + 1].mask & (groups.official | groups.insulted)
        ):
            owner = what + 1 if doc.words[what + 1].grammar & ANIMATE else None  # «машину председателя»
        office = bool(doc.words[what].mask & (groups.office | groups.building))
        if owner is None and not (office and (mine or arson)):
            continue
        if not mine and any_of(doc, doc.sentence(i), groups.civic) is not None:
            continue  # «старую котельную взорвать бы да построить новую»
        if not mine and (
            word.lemma == "снести" or (not arson and owner is not None and not doc.words[owner].mask & groups.second)
        ):
            continue  # «снесите этот сарай» is a request
        if any_of(doc, doc.clause(i), groups.self_harm) is not None or prevented(doc, i):
            continue
        why = f"Угроза имуществу: «{word.form}» и «{doc.words[what].form}» вместе."
        yield Hit(min(i, what), max(i, what), "high" if mine else "medium", word.lemma, why)


def _only_there(doc: Document, groups: Groups, i: int, what: int) -> bool:
    """«Кишки на забор намотаю», «ноги переломаю главе администрации»: what suffers is a body or a person."""
    before = doc.words[max(0, what - 2) : what]
    if any(word.form == "вместе" for word in before):
        return False  # «спалю вместе с гаражом»
    if doc.words[what].grammar & INSTRUMENTAL and not doc.words[what].grammar & ACCUSATIVE:
        return True  # «бульдозером раздавлю»
    if any(word.form in _WHERE for word in before) or (before and before[-1].mask & groups.office_head):
        return True
    part = near(doc, i, 4, 4, groups.body)
    return part is not None and abs(part - i) < abs(what - i)


_WHERE = frozenset({"на", "у", "возле", "около", "перед", "за", "до", "из", "от", "к", "с", "со"})

RULES = (
    Rule("threat.body", "threat", "Угроза здоровью", _body, groups=("threat.break", "threat.hurt")),
    Rule("threat.punch", "threat", "Автор обещает ударить", _punch, groups=("threat.punch",)),
    Rule(
        "threat.property",
        "threat",
        "Угроза имуществу",
        _property,
        groups=("threat.break", "threat.loose", "threat.arson"),
    ),
)

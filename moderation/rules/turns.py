"""Threats that are whole phrases, straight and veiled, and what makes them none: a court, a hunt, kind words."""

from __future__ import annotations

from itertools import pairwise

from ..function_words import FEARS
from ..morph import IMPERATIVE, NOUN, PAST, VERB
from ..tokens import Document
from ..word import SIGN
from .base import Groups, Rule
from .context import any_of, by_cause, goes_hunting, lawful_way, reported
from .menace import REGRET, regrets_what
from .phrases import phrase_rule
from .threat import told


def _told_or_reported(doc: Document, groups: Groups, i: int) -> bool:
    return told(doc, groups, i) or reported(doc, groups, i)


def _told_or_sought(doc: Document, groups: Groups, i: int) -> bool:
    """As above; also «найдём вас через суд»: who is found by law is not threatened."""
    if goes_hunting(doc, groups, i):
        return True
    clause = doc.clause(i)
    if by_cause(doc, clause) and any_of(doc, clause, groups.hazard) is not None:
        return True  # «шею сверну на вашей лестнице»
    if any(
        n.form == "что" and w.form in _SUCH
        for w, n in pairwise(w for w in doc.words[max(0, i - 6) : i] if not w.mask & SIGN)
    ):
        return True  # «наледь такая, что костей не соберёшь»
    if doc.words[i].mask & groups.catch or any(w.mask & groups.catch for w in doc.words[i + 1 : i + 4]):
        return _told_or_lawful(doc, groups, i)
    return _told_or_reported(doc, groups, i)


_SUCH = frozenset({"такая", "такой", "такие", "такое", "так"})


def _passes_veiled(doc: Document, groups: Groups, i: int) -> bool:
    """A hint is none beside a court, among kind words, or where the reader is invited to ask his own children."""
    if doc.words[i].lemma in REGRET and regrets_what(doc, groups, i):
        return True
    if doc.mask & groups.kind:
        around = range(len(doc.words)) if len(doc.words) <= _SHORT_TEXT else doc.sentence(i)
        if any_of(doc, around, groups.kind) is not None:
            return True
    if goes_hunting(doc, groups, i):
        return True
    if any(w.form == "кроме" for w in doc.words[i + 1 : i + 5]):
        return True  # «терять нечего, кроме очереди в садик»
    if any(w.form == "по" and n.form == "сторонам" for w, n in pairwise(doc.words[i : i + 4])):
        return True  # «оглядывайтесь по сторонам, зебру стёрли»
    sentence = doc.sentence(i)
    if doc.words[i].form in ("с", "со") and _was_seen(doc, groups, sentence):
        return True  # «пьяный с ножом ходил по двору»
    if any(doc.words[p].form in FEARS for p in sentence):
        return True  # «мужик с ружьём ходит, дачники боятся»
    if doc.words[i].form == "без" and by_cause(doc, sentence):
        return True  # «без ног останешься на этих ступеньках»
    if any(doc.words[p].form in ("примите", "помогите", "вызовите") for p in sentence):
        return True  # «мужчина с ножом у школы, примите меры»
    if any(w.grammar & IMPERATIVE and w.mask & groups.invite for w in doc.words[i : i + 14]):
        return True
    return _told_or_lawful(doc, groups, i)


def _was_seen(doc: Document, groups: Groups, places: range) -> bool:
    """Somebody did it, in the past, and neither the author nor the reader is spoken of."""
    words = doc.words
    past = any(words[p].grammar & PAST and words[p].grammar & VERB and not words[p].grammar & NOUN for p in places)
    return past and any_of(doc, places, groups.target | groups.first) is None


_SHORT_TEXT = 60  # words


def _told_or_lawful(doc: Document, groups: Groups, i: int) -> bool:
    """As above; also a hint beside a court or a working Saturday is none: «последний раз прошу, потом жалоба»."""
    if lawful_way(doc, groups, doc.sentence(i)):
        return True
    return _told_or_reported(doc, groups, i)


RULES: tuple[Rule, ...] = (
    phrase_rule(
        "threat.phrase_direct",
        "threat",
        "Прямая угроза целым оборотом",
        "threat.direct",
        "high",
        "Прямая угроза.",
        _told_or_sought,
    ),
    phrase_rule(
        "threat.phrase_veiled",
        "threat",
        "Намёк на расправу",
        "threat.veiled",
        "medium",
        "Похоже на скрытую угрозу: решает человек.",
        _passes_veiled,
    ),
)

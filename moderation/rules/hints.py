"""Hints: «пока цел», «берегись», and the private life of the one who is spoken to. All of them go to a person."""

from __future__ import annotations

from collections.abc import Iterator

from ..function_words import ALIVE, YOU
from ..morph import FUTURE_1, IMPERATIVE, NOUN, PAST, PERSON_2, PLURAL, PLURAL_3, PRESENT_1, SINGULAR_3, VERB
from ..tokens import Document
from ..word import SIGN
from .base import Groups, Hit, Rule
from .context import any_of, onlookers
from .reprisal import peaceful
from .threat import told


def _while_whole(doc: Document, groups: Groups) -> Iterator[Hit]:
    """«Уезжай, пока цел», «удаляй, пока пальцы целы»; «пока живы ветераны» passes."""
    words = doc.words
    for i, _ in doc.spelled(("пока",)):
        if told(doc, groups, i):
            continue
        after = range(i + 1, min(len(words), i + 5))
        whole = next((p for p in after if words[p].form in _SAFE), None)
        if whole is None:
            continue
        if words[whole].form in ("можешь", "можете") and not any(words[p].form in _BEING for p in after):
            continue
        if words[whole].form == "месте" and any_of(doc, after, groups.body) is None:
            continue
        yours = any(words[p].form in YOU or words[p].mask & (groups.body | groups.property) for p in after)
        order = any(words[p].grammar & IMPERATIVE and words[p].grammar & VERB for p in range(max(0, i - 8), i))
        if (yours or (order and whole - i <= 3)) and not onlookers(doc, groups, after):
            yield Hit(i, whole, "medium", "пока цел", "Похоже на угрозу: «пока цел».")


_SAFE = ALIVE | {
    "можешь", "можете", "месте", "цел", "цела", "целы", "цело", "целые", "жив", "жива", "живы", "живые",
    "здоров", "здоровы",
}  # fmt: skip


_BEING = frozenset({"ходить", "дышать", "жить", "бегать", "говорить"})  # «уезжай, пока ходить можешь»


def _until(doc: Document, groups: Groups) -> Iterator[Hit]:
    """«Пусть уезжает, пока ноги не выдернули»; «пока ногу не сломали на льду» passes."""
    words = doc.words
    for i, _ in doc.spelled(("пока",)):
        after = range(i + 1, min(len(words), i + 7))
        verb = next(
            (
                p
                for p in after
                if words[p].mask & (groups.breaking | groups.hurt | groups.kill) and words[p].grammar & PAST
            ),
            None,
        )
        if verb is None or not words[verb].grammar & PLURAL or told(doc, groups, i) or words[verb - 1].form != "не":
            continue
        part = any_of(doc, after, groups.body)
        whom = any(words[p].form in (*YOU, "ему", "ей", "им", "его", "их") for p in after)
        whole = doc.sentence(i)
        if (part is None and not whom) or peaceful(doc, groups, whole):
            continue
        if any_of(doc, whole, groups.hazard | groups.first) is None:
            yield Hit(i, verb, "medium", words[verb].lemma, f"Похоже на угрозу: «пока … не {words[verb].form}».")


def _beware(doc: Document, groups: Groups) -> Iterator[Hit]:
    """«Берегись, глава», «трепещите, чиновники»; «берегитесь, гололёд», «бойтесь мошенников» pass."""
    words = doc.words
    if not doc.mask & (groups.target | groups.insulted):
        return
    for i, word in doc.having(groups.beware):
        if not word.grammar & IMPERATIVE or word.grammar & NOUN:
            continue
        if i and words[i - 1].form in ("не", "ни", "и"):
            continue
        following = words[i + 1] if i + 1 < len(words) else None
        if following is not None and not following.mask & (SIGN | groups.official | groups.insulted):
            continue
        sentence = doc.sentence(i)
        if told(doc, groups, i) or peaceful(doc, groups, sentence) or any_of(doc, sentence, groups.hazard) is not None:
            continue
        if any_of(doc, sentence, groups.target | groups.insulted) is not None:
            yield Hit(i, i, "medium", word.lemma, f"Предостережение, похожее на угрозу: «{word.form}».")


def _thine(doc: Document, groups: Groups) -> Iterator[Hit]:
    """«Дочка твоя поздно ходит», «дом твой на Мира»: «ты» and private life, where nobody is asked or praised."""
    words = doc.words
    if len(words) > 30 or not doc.mask & groups.second:
        return
    for i, word in doc.having(groups.family | groups.home):
        if not word.grammar & NOUN:
            continue
        thine = any(words[p].form in _THINE for p in (i - 2, i - 1, i + 1) if 0 <= p < len(words))
        if not thine or told(doc, groups, i) or peaceful(doc, groups, range(len(words))):
            continue
        kind = any(w.form in _KIND or w.lemma in ("мой", "наш") for w in words)
        if not kind and any(
            w.grammar & (FUTURE_1 | PRESENT_1 | SINGULAR_3 | PLURAL_3 | PERSON_2 | IMPERATIVE) for w in words
        ):
            yield Hit(i, i, "medium", word.lemma, f"О личной жизни собеседника: «{word.form}»; решает человек.")
            return


_THINE = frozenset({"твой", "твоя", "твои", "твое", "твою", "твоей", "твоего", "твоих", "твоим"})


def _mind_them(doc: Document, groups: Groups) -> Iterator[Hit]:
    """«Подумай о дочке», «за детьми-то приглядывай»: said to one person by «ты»; «подумайте о детях» is an appeal."""
    words = doc.words
    for i, word in doc.having(groups.mind):
        if not word.grammar & IMPERATIVE or word.form.endswith("те"):
            continue
        around = range(max(0, i - 4), min(len(words), i + 5))
        kin = any_of(doc, around, groups.family)
        if kin is None or told(doc, groups, i) or any(w.form == "не" for w in words[max(0, i - 1) : i]):
            continue
        whole = range(len(words)) if len(words) <= 30 else doc.sentence(i)
        own = any(words[p].form in ("мой", "моей", "моем", "моих", "наших", "нас", "меня") for p in around)
        if not own and any_of(doc, whole, groups.kind) is None and not peaceful(doc, groups, whole):
            yield Hit(min(i, kin), max(i, kin), "medium", word.lemma, f"Намёк на близких собеседника: «{word.form}».")


_KIND = frozenset({"молодец", "красавица", "умница", "привет", "здоровья", "спасибо", "поздравляю", "рад", "рада", ")"})


RULES = (
    Rule("threat.while_whole", "threat", "«Пока цел»", _while_whole, groups=("threat.while",)),
    Rule("threat.until", "threat", "«Пока ноги не выдернули»", _until, groups=("threat.while",)),
    Rule("threat.beware", "threat", "«Берегись»", _beware, groups=("threat.beware",)),
    Rule("threat.mind_them", "threat", "«Подумай о дочке»", _mind_them, groups=("threat.mind",)),
    Rule(
        "threat.thine",
        "threat",
        "Личная жизнь собеседника",
        _thine,
        groups=("people.family", "threat.home"),
        last=True,
        also=_THINE,
    ),
)

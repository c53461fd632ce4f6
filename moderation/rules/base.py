"""What a rule is, and what rules ask of a text: who a sentence is about, the addressee, officials, the author, or
somebody quoted."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple

from moderation.lexicon import Entry
from moderation.text import morph
from moderation.text.tokens import Document
from moderation.text.word import BREAK, END, QUOTE, SIGN, Word
from moderation.text.words import WordReader
from moderation.verdict import Category, Severity


class Hit(NamedTuple):
    """A rule's finding: words first … last, severity, lemma and the reason in one Russian sentence."""

    first: int
    last: int
    severity: Severity
    lemma: str
    why: str


_CONTEMPT = ("insult.strong", "insult.form", "insult.obscene", "insult.stem")
# Names of the lists in rules.
_LISTS: dict[str, str | tuple[str, ...]] = {
    "contempt": _CONTEMPT, "insulted": (*_CONTEMPT, "insult.soft", "insult.animal"),
    "target": ("people.second", "people.official"),
    "second_sense": "profanity.second", "kennel": "profanity.kennel",
    "literal": ("insult.literal", "insult.title", "insult.animal"), "thing": "insult.literal", "title": "insult.title",
    "nature": "insult.nature", "scene": ("insult.nature", "insult.scene"),
    "belittling": ("insult.adjective", "insult.said"),
    "ambiguous": "threat.ambiguous", "animal": "insult.animal",
    "arson": "threat.arson", "body": "threat.body", "breaking": "threat.break", "building": "threat.building",
    "call": "threat.call", "catch": "threat.catch", "disguised": "insult.disguised", "fact": "insult.fact",
    "family": "people.family", "first": "people.first", "guessed": "insult.stem", "hazard": "threat.hazard",
    "human": "people.human", "hurt": "threat.hurt", "kill": "threat.kill", "laid": "threat.laid",
    "loose": "threat.loose", "office": "threat.office", "office_head": "threat.office_head",
    "official": "people.official", "pest": "insult.pest", "police": "people.police", "projectile": "threat.projectile",
    "property": "people.property", "punch": "threat.punch", "report": "people.report",
    "second": "people.second", "self_harm": "threat.self", "soft": "insult.soft", "soil": "threat.soil",
    "sport": "threat.sport", "struck": "threat.face", "third": "people.third",
    "threat_report": "people.threat_report", "vehicle": "threat.vehicle",
    "weapon": "threat.weapon", "will_form": "threat.will_form",
}  # fmt: skip


class Groups:
    """The bit of each list: ``groups.soft``. Built once for a reader."""

    def __init__(self, reader: WordReader) -> None:
        for name, lists in _LISTS.items():
            setattr(self, name, reader.group_mask(*([lists] if isinstance(lists, str) else lists)))

    if TYPE_CHECKING:

        def __getattr__(self, name: str) -> int: ...


@dataclass(frozen=True, slots=True)
class Rule:
    """One named check. ``groups`` and ``shape``: words without which it is not called."""

    name: str
    category: Category
    title: str
    find: Callable[[Document, Groups], Iterable[Hit]]
    groups: tuple[str, ...] = ()
    shape: int = 0
    last: bool = False  # called only if no other rule of its category has a finding


_YOU = frozenset({"ты", "вы"})
_LONGEST_QUOTATION = 80  # words
_SAID_WITHIN = 6  # words between a word of contempt and its addressee
_NAMING = frozenset({"назвать", "называть", "обозвать", "обзывать"})
_WORDS = frozenset({"слово", "прозвище", "кличка", "выражение", "термин", "название", "роман", "фильм", "группа"})
_OPENING = frozenset({"«", "“", "„"})


def any_of(doc: Document, places: Iterable[int], mask: int, skip: int = -1) -> int | None:
    """Index of the first word among ``places`` with a bit of ``mask``, or None; ``skip`` is skipped."""
    words = doc.words
    for place in places:
        if words[place].mask & mask and place != skip:
            return place
    return None


def near(doc: Document, i: int, before: int, after: int, mask: int) -> int | None:
    """As ``any_of``, within ``before`` and ``after`` words in the same sentence; the nearest first."""
    words = doc.words
    for step in range(1, max(before, after) + 1):
        for place, limit in ((i - step, before), (i + step, after)):
            if step <= limit and 0 <= place < len(words) and words[place].mask & mask:
                between = words[min(place, i) : max(place, i)]
                if not any(word.mask & END for word in between):
                    return place
    return None


def starts_sentence(doc: Document, i: int) -> bool:
    """Whether only signs come between the beginning of the sentence and word ``i``."""
    words = doc.words
    first = max(-1, i - 20)
    for place in range(i - 1, first, -1):
        if words[place].mask & END:
            return True
        if not words[place].mask & SIGN:
            return False
    return first == -1


def starts_clause(doc: Document, i: int) -> bool:
    """As ``starts_sentence``, also after a comma or a dash."""
    return i == 0 or bool(doc.words[i - 1].mask & (END | BREAK)) or starts_sentence(doc, i)


def said_to_you(doc: Document, i: int) -> int | None:
    """Index of «ты» or «вы» near word ``i``: at most three words before or two after it, in the same sentence."""
    words = doc.words
    for step in (1, 2, 3):
        for place in (i - step, i + step):
            if not 0 <= place < len(words) or words[place].form not in _YOU or (place > i and step == 3):
                continue
            if not any(word.mask & END for word in words[min(place, i) : max(place, i)]):
                return place
    return None


def addressed(doc: Document, groups: Groups, i: int) -> bool:
    """Whether word ``i`` is about the reader or officials, or is an exclamation at the beginning of a sentence."""
    if any(_acts(word) for word in doc.words[i + 1 : i + 2]):
        return False  # «нелюди кидают мусор», «живодёр травит собак, полиция ищет»: about others
    if near(doc, i, _SAID_WITHIN, _SAID_WITHIN, groups.second | groups.official) is not None:
        return True
    word = doc.words[i]
    exclaimed = word.grammar & morph.NOMINATIVE and word.grammar & morph.NOUN and starts_sentence(doc, i)
    return bool(exclaimed) and not any(_acts(doc.words[place]) for place in doc.clause(i) if place > i)


def own_kin(doc: Document, groups: Groups, place: int) -> bool:
    """A relative of the author: no other person is named. «Убью вашу семью» is not about one."""
    if not doc.words[place].mask & groups.family or doc.words[place].mask & (groups.second | groups.official):
        return False
    near_by = doc.words[max(0, place - 2) : place + 2]
    return not any(word.form in morph.YOURS or word.mask & groups.third for word in near_by)


def is_where(doc: Document, place: int) -> bool:
    """«Сосульки на почте сбейте»: the office is a place here, not a target."""
    return place > 0 and doc.words[place - 1].form in ("на", "в", "во") and not doc.words[place].grammar & morph.ANIMATE


def thing_of_yours(doc: Document, groups: Groups, place: int) -> bool:
    """«Повешу на ваш забор скворечник»: the reader's property, and no office."""
    if place >= len(doc.words):
        return False
    word = doc.words[place]
    people = groups.official | groups.insulted | groups.human | groups.family | groups.office | groups.body
    return bool(
        word.grammar & morph.NOUN and not word.grammar & (morph.ANIMATE | morph.ADJECTIVE) and not word.mask & people
    )


def in_quotes(doc: Document, i: int) -> bool:
    if not doc.mask & QUOTE:
        return False
    if not any(word.mask & QUOTE for word in doc.words[i + 1 : i + _LONGEST_QUOTATION]):
        return False
    before = [word.form for word in doc.words[max(0, i - _LONGEST_QUOTATION) : i] if word.mask & QUOTE]
    plain = before.count('"')
    opened = sum(form in _OPENING for form in before)
    return opened > len(before) - plain - opened or plain % 2 == 1


def reported(doc: Document, groups: Groups, i: int) -> bool:
    """Whether word ``i`` only repeats somebody's words: a quotation, or «назвала меня …», «обозвал мою маму …»."""
    if _named_so(doc, i):
        return True
    if not doc.mask & groups.report:
        return False
    if doc.mask & QUOTE and in_quotes(doc, i):
        return True
    sentence = doc.sentence(i)
    said = (p for p in range(sentence.start, i) if not doc.words[p].grammar & morph.IMPERATIVE)  # «слышь, начальник»
    verb = any_of(doc, said, groups.report)
    if verb is None:
        return False
    if any(word.form == ":" for word in doc.words[verb:i]):
        return True
    if any_of(doc, sentence, groups.second) is not None:
        return False
    if doc.mask & QUOTE and doc.words[verb].grammar & morph.PAST and any(w.mask & QUOTE for w in doc.words[verb:i]):
        return True  # «кричал «зарежу» и бегал по двору с ножом»
    return any_of(doc, sentence, groups.first | groups.family) is not None


def _named_so(doc: Document, i: int) -> bool:
    """«Не называйте людей дураками», «держат нас за дураков», «слово «дармоеды»»: a name given to others, or a word."""
    words = doc.words
    taken = i > 0 and words[i - 1].form == "за" and words[i].grammar & morph.ACCUSATIVE
    if taken and any(word.form in morph.TAKEN_FOR for word in words[max(0, i - 5) : i]):
        return True
    if doc.mask & QUOTE and any(w.lemma in _WORDS for w in words[max(0, i - 4) : i]) and in_quotes(doc, i):
        return True  # «за слово «дармоеды» забанили»
    if not words[i].grammar & morph.INSTRUMENTAL or words[i].grammar & morph.NOMINATIVE:
        return False
    before = words[max(0, i - 4) : i]
    if any(word.form in ("вас", "тебя") for word in before):
        return False
    return any(word.lemma in _NAMING for word in before)


def about_oneself(doc: Document, groups: Groups, i: int) -> bool:
    """«Я дурак», «меня, идиота», «мой дурачок»: about the author or his own."""
    words = doc.words
    if i and words[i - 1].lemma == "мой":
        return True
    after = words[i + 1 : i + 3]
    if after and after[0].form in ("я", "мы") and (len(after) == 1 or after[1].mask & SIGN):
        return True  # «дура я, что поверила», «не быдло мы»; in «уроды мы вас засудим» the sentence continues
    for place in (i - 1, i - 2, i - 3):
        if place < 0 or words[place].mask & END:
            break
        if words[place].form in ("я", "меня", "мне", "мной"):
            return any_of(doc, doc.clause(i), groups.second) is None
    return False


def literal(doc: Document, groups: Groups, i: int) -> bool:
    """«Куст лоха у школы», «стервятник в зоопарке», «роман «Идиот»»: the plain sense, beside what it belongs to."""
    if not doc.mask & groups.scene or not doc.words[i].mask & groups.literal or said_to_you(doc, i) is not None:
        return False
    if near(doc, i, 2, 2, groups.scene) is not None:
        return True
    far = groups.scene & ~groups.nature if doc.words[i].mask & groups.title else groups.scene
    scene = any_of(doc, doc.sentence(i), far, skip=i)  # not «идиот поставил знак за деревом»
    return scene is not None and any_of(doc, doc.clause(i), groups.target) is None


def is_name(doc: Document, i: int) -> bool:
    """«Глава Баран», «Козлов И. П.», «в Жлобине»: a surname, a first name or a place, by its capital letter."""
    word = doc.words[i]
    if not word.form.isalpha():
        return False
    start, end = doc.span(i, i)
    written = doc.source[start:end]
    if not written[:1].isupper() or written[1:].lower() != written[1:] or not morph.may_be_name(word.form):
        return False
    if not starts_sentence(doc, i):
        return not any(w.form in ("!", "?") for w in doc.words[i - 1 : i])
    after = doc.words[i + 1 : i + 3]
    initial = len(after) == 2 and len(after[0].form) == 1 and after[1].form == "."
    return bool(after) and (initial or bool(after[0].grammar & morph.NAME) or _acts(after[0]))


def names_spared(rule: Rule) -> Rule:
    """The rule without findings of one word that is a name."""
    find = rule.find

    def spared(doc: Document, groups: Groups) -> Iterator[Hit]:
        return (hit for hit in find(doc, groups) if hit.first != hit.last or not is_name(doc, hit.first))

    return replace(rule, find=spared)


def _acts(word: Word) -> bool:
    """«Козлов обещал»; «козлы обещали» would be about many."""
    return bool(word.grammar & morph.VERB and not word.grammar & (morph.PERSON_2 | morph.IMPERATIVE | morph.NOUN))


# --- Rules that are one list of phrases
def phrase_rule(
    name: str, category: Category, title: str, group: str, severity: Severity, why: str,
    passes: Callable[[Document, Groups, int], bool] = reported,
) -> Rule:  # fmt: skip
    """Reports every phrase of ``group``, unless ``passes`` says that the words are only quoted."""

    def find(doc: Document, groups: Groups) -> Iterator[Hit]:
        found: set[tuple[int, int]] = set()  # the same words may match a phrase in two ways
        for first, last, entry in sorted(doc.found(group), key=_in_order):
            if (first, last) not in found and not passes(doc, groups, first):
                found.add((first, last))
                yield Hit(first, last, severity, entry.text.replace("=", ""), why)

    return Rule(name, category, title, find, groups=(group,))


def _in_order(found: tuple[int, int, Entry]) -> tuple[int, int, str]:
    return found[0], found[1], found[2].text

"""Reprisals told by grammar: what people, the forest or a coffin have in store for the reader. All go to a person."""

from __future__ import annotations

from collections.abc import Iterator

from ..function_words import ASKING, INFINITIVES, THESE
from ..morph import (
    ACCUSATIVE,
    ANIMATE,
    FUTURE_1,
    IMPERATIVE,
    INANIMATE,
    INFINITIVE,
    NOMINATIVE,
    NOUN,
    PAST,
    PERSON_2,
    PLURAL,
    PLURAL_3,
    PRESENT_1,
    SINGULAR_3,
    VERB,
)
from ..tokens import Document
from ..word import Word
from .base import Groups, Hit, Rule
from .context import any_of, endangered, lawful_way, near
from .threat import told

_WHOM = frozenset({"тебя", "вас", "тебе", "вам", "тобой", "вами"})
_OBJECT = frozenset({"тебя", "вас"})
_OF_SUCH = frozenset({"такие", "таких", "такого", "такую", "таким", "такими", "такому", "такое"})
_ONCE = frozenset({"раньше", "прежде", "правильно", "жаль", "зря", "сталине", "войну", "тюрьму"})
_LONGEST = 40  # words


def _asked(doc: Document, places: range) -> bool:
    return any(doc.words[place].form == "?" for place in places)


def peaceful(doc: Document, groups: Groups, places: range) -> bool:
    """A question, a request, a way to court, a bystander in danger, a working Saturday: no reprisal."""
    if _asked(doc, places) or lawful_way(doc, groups, places):
        return True
    return any(doc.words[place].form in ASKING for place in places)


def _of_such(doc: Document, groups: Groups) -> Iterator[Hit]:
    """«Таких начальников раньше в проруби топили», «за такое руки отрубают»; «таких собак отстреливают» passes."""
    words = doc.words
    verbs = groups.kill | groups.loose | groups.hurt | groups.breaking | groups.throw
    for i, word in enumerate(words):
        grammar = word.grammar
        now = (
            grammar & VERB and grammar & PLURAL and not grammar & (PAST | PERSON_2 | FUTURE_1 | PRESENT_1 | IMPERATIVE)
        )
        if not word.mask & verbs or not (now or grammar & PLURAL_3 or (grammar & PAST and grammar & PLURAL)):
            continue
        such = next((p for p in range(i - 1, max(-1, i - 9), -1) if words[p].form in _OF_SUCH), None)
        if such is None or told(doc, groups, i) or _asked(doc, doc.sentence(i)):
            continue
        sentence = doc.sentence(i)
        for_such = such > 0 and words[such - 1].form == "за"
        if now and not grammar & PLURAL_3 and not for_such:
            continue
        if words[such].form == "такое" and not (such and words[such - 1].form == "за"):
            continue
        named = words[such + 1]
        if words[such].form == "такие" and not (for_such and now):
            continue
        if not (for_such and now) and words[such].form != "такое" and named.grammar & NOUN:
            people = groups.official | groups.human | groups.insulted
            if named.mask & groups.pest or not (named.mask & people or named.grammar & ANIMATE):
                continue
        once = any(words[p].form in _ONCE for p in sentence)
        deadly = any_of(doc, sentence, groups.deadly | groups.body | groups.weapon) is not None
        if grammar & PAST and not once:
            continue
        paid = named.form in ("деньги", "цены", "суммы", "тарифы")
        custom = for_such and now and not paid  # «за такие слова у нас убивают»
        if word.mask & (groups.kill | groups.hurt) or once or deadly or custom:
            why = f"Одобрение расправы: «{words[such].form} … {word.form}»."
            yield Hit(such, i, "medium", word.lemma, why)


def _crowd_will(doc: Document, groups: Groups) -> Iterator[Hit]:
    """«Вас народ порвёт», «мужики тебе объяснят и ноги переломают»."""
    words = doc.words
    if not (doc.mask & groups.second and doc.mask & (groups.kill | groups.loose | groups.hurt | groups.breaking)):
        return
    verbs = groups.kill | groups.loose | groups.hurt | groups.breaking
    for i, word in doc.having(verbs):
        if not word.grammar & (SINGULAR_3 | PLURAL_3) or told(doc, groups, i):
            continue
        who = near(doc, i, 5, 3, groups.crowd)
        whom = near(doc, i, 5, 3, groups.second)
        if who is None or whom is None or words[whom].form not in _WHOM or not words[who].grammar & NOMINATIVE:
            continue
        if not peaceful(doc, groups, doc.sentence(i)):
            places = (i, who, whom)
            why = f"Собеседнику сулят расправу толпы: «{words[who].form}» и «{word.form}»."
            yield Hit(min(places), max(places), "medium", word.lemma, why)


def _grave(doc: Document, groups: Groups) -> Iterator[Hit]:
    """«Готовь гроб», «ищи себе место на кладбище», «присматривайте венки»."""
    words = doc.words
    if not doc.mask & groups.get:
        return
    for i, word in doc.having(groups.grave):
        if told(doc, groups, i):
            continue
        verb = near(doc, i, 5, 3, groups.get)
        if verb is None or words[verb].grammar & NOUN:
            continue
        asks = words[verb].grammar & PAST and len(words) < 16 and any(w.form == "?" for w in words[i:])
        if asks and any_of(doc, range(len(words)), groups.first | groups.family | groups.kind) is None:
            yield Hit(min(i, verb), max(i, verb), "medium", word.lemma, f"Собеседнику сулят смерть: «{word.form}».")
            continue  # «место на кладбище уже присмотрел?»
        let = any(w.form in ("пусть", "пускай") for w in words[max(0, verb - 3) : verb])
        if not words[verb].grammar & IMPERATIVE and not (let and words[verb].grammar & (SINGULAR_3 | PLURAL_3)):
            continue
        sentence = doc.sentence(i)
        if peaceful(doc, groups, sentence) or endangered(doc, groups, sentence):
            continue
        why = f"Собеседнику сулят смерть или увечье: «{words[verb].form} {word.form}»."
        yield Hit(min(i, verb), max(i, verb), "medium", word.lemma, why)


def _nature(doc: Document, groups: Groups) -> Iterator[Hit]:
    """«Тайга большая, искать не будут», «в реке места на всех вас хватит»."""
    words = doc.words
    if not doc.mask & (groups.second | groups.nature_cue):
        return
    if len(words) > _LONGEST:
        return
    for i, word in doc.having(groups.nature):
        if not word.grammar & NOUN or told(doc, groups, i):
            continue
        around = range(max(0, i - 8), min(len(words), i + 10))
        if peaceful(doc, groups, around) or endangered(doc, groups, around):
            continue
        forms = {words[place].form for place in around}
        vast = near(doc, i, 2, 2, groups.nature_cue)
        unfound = any(
            words[p].form in ("найдут", "найдет", "отыщут", "сыщут", "искать", "ищут", "спросит", "узнает")
            and any(
                words[q].form in ("не", "никто")
                for q in (*range(max(0, p - 2), p), *range(p + 1, p + 3))
                if q in around
            )
            for p in around
        )
        room = bool(
            forms & {"примет", "вместит", "спрячет", "проглотит", "хватит", "место", "места", "местечко", "ждет"}
        )
        yours = bool(forms & _OBJECT) or ({"для", "тебе"} <= forms)
        if (unfound and (yours or vast is not None)) or (room and yours) or (vast is not None and yours and room):
            why = f"Намёк на расправу в глухом месте: «{word.form}»."
            yield Hit(i, i, "medium", word.lemma, why)
            return


def _waits(doc: Document, groups: Groups) -> Iterator[Hit]:
    """«Жду тебя за гаражами»: a dark place and one who is there already."""
    words = doc.words
    if not (doc.mask & groups.second and doc.mask & groups.catch):
        return
    for i, word in doc.having(groups.catch):
        if not word.grammar & PRESENT_1 or told(doc, groups, i):
            continue
        whom = near(doc, i, 3, 3, groups.second)
        scene = near(doc, i, 7, 7, groups.dark)
        if whom is None or scene is None or words[whom].form not in _WHOM or peaceful(doc, groups, doc.sentence(i)):
            continue
        places = (i, whom, scene)
        why = f"Автор поджидает собеседника: «{word.form}» и «{words[scene].form}»."
        yield Hit(min(places), max(places), "medium", word.lemma, why)


def _by_force(doc: Document, groups: Groups) -> Iterator[Hit]:
    """«Забью ногами», «отхожу палкой»: an instrument stands for the victim; «забью гвоздь молотком» is work."""
    words = doc.words
    if not doc.mask & (groups.weapon | groups.body):
        return
    for i, word in doc.having(groups.kill | groups.loose | groups.hurt):
        if not word.grammar & FUTURE_1:
            continue
        clause = doc.clause(i)
        tool = next((p for p in clause if p != i and is_instrument(words[p], groups)), None)
        if tool is None or told(doc, groups, i) or peaceful(doc, groups, clause):
            continue
        thing = any(
            words[p].grammar & NOUN
            and words[p].grammar & INANIMATE
            and not words[p].mask & (groups.body | groups.weapon)
            and not words[p].grammar & ANIMATE
            for p in clause
            if p not in (i, tool)
        )
        if not thing and any_of(doc, clause, groups.self_harm | groups.pest) is None:
            why = f"Автор обещает расправу: «{word.form}» и «{words[tool].form}»."
            yield Hit(min(i, tool), max(i, tool), "medium", word.lemma, why)


def is_instrument(word: Word, groups: Groups, any_tool: bool = False) -> bool:
    """«Ногами», «битой»; household tools only with ``any_tool``."""
    endings = ("ом", "ем", "ой", "ей", "ами", "ями", "ью")
    tool = word.mask & groups.weapon and (any_tool or not word.mask & groups.tool)
    return bool(tool or word.mask & groups.body) and word.form.endswith(endings)


def _catch_and(doc: Document, groups: Groups) -> Iterator[Hit]:
    """«Поймаю, кто травит собак, самого накормлю»; «найду хозяина — отдам» is a promise."""
    words = doc.words
    if not doc.mask & (groups.kill | groups.loose | groups.hurt | groups.breaking | groups.punish):
        return
    harm = groups.kill | groups.loose | groups.hurt | groups.breaking | groups.punish
    for i, word in doc.having(groups.catch):
        if not word.grammar & FUTURE_1 or not word.lemma.endswith(INFINITIVES):
            continue
        after = range(i + 1, min(len(words), i + 14))
        verb = next((p for p in after if words[p].mask & harm and words[p].grammar & FUTURE_1), None)
        if verb is None or told(doc, groups, i) or peaceful(doc, groups, range(i, after.stop)):
            continue
        aimed = any(words[p].form in ("кто", "того", "кого", "самого", "сам", *_WHOM) for p in after)
        aimed = aimed or any_of(doc, after, groups.insulted | groups.official) is not None
        aimed = aimed or (
            verb - i <= 4 and any(words[p].form == "и" for p in range(i, verb)) and not _a_thing(doc, i, verb)
        )
        if aimed and any_of(doc, after, groups.self_harm) is None:
            why = f"Автор обещает поймать и наказать сам: «{word.form}» и «{words[verb].form}»."
            yield Hit(i, verb, "medium", words[verb].lemma, why)


def _a_thing(doc: Document, first: int, last: int) -> bool:  # «найду и порву эту квитанцию»
    wanted = NOUN | ACCUSATIVE | INANIMATE
    near_by = [p for p in range(first + 1, min(len(doc.words), last + 4)) if p != last]
    return any(doc.words[p].grammar & wanted == wanted for p in near_by)


def _or_else(doc: Document, groups: Groups) -> Iterator[Hit]:
    """«Не уберёшь шлагбаум — уберём тебя»; «не ответите — найдём вас через прокуратуру» is a right."""
    words = doc.words
    if not doc.mask & groups.second and not doc.mask & groups.third:
        return
    for i, word in doc.having(groups.remove):
        if not word.grammar & FUTURE_1 or told(doc, groups, i):
            continue
        whom = next((p for p in (i + 1, i - 1, i + 2, i - 2) if 0 <= p < len(words) and words[p].form in _OBJECT), None)
        if whom is None or peaceful(doc, groups, range(max(0, i - 30), min(len(words), i + 30))):
            continue
        before = range(max(0, i - 12), i)
        unless = any(
            words[p].form in ("если", "раз", "либо") or (words[p].form == "не" and words[p + 1].grammar & PERSON_2)
            for p in before
        )
        if unless:
            why = f"Условие с расправой: «{word.form} {words[whom].form}»."
            yield Hit(min(i, whom), max(i, whom), "medium", word.lemma, why)


def _elliptic(doc: Document, groups: Groups) -> Iterator[Hit]:
    """«В бетон вас и на дно»: where to, whom, and no verb."""
    words = doc.words
    for i, word in doc.having(groups.deadly):
        if i == 0 or words[i - 1].form not in ("в", "на", "под", "во", "с", "со"):
            continue
        sentence = doc.sentence(i)
        if len(sentence) > 14 or any(
            words[p].grammar & (VERB | INFINITIVE) and not words[p].grammar & NOUN for p in sentence
        ):
            continue
        whom = near(doc, i, 9, 3, groups.second | groups.insulted | groups.official | groups.third)
        if whom is None or told(doc, groups, i) or peaceful(doc, groups, sentence):
            continue
        victim = words[whom]
        herd = victim.mask & groups.insulted and victim.grammar & PLURAL
        herd = herd or (victim.mask & groups.official and victim.grammar & ANIMATE and victim.grammar & ACCUSATIVE)
        if not herd and victim.form not in (*_OBJECT, "их", "всех", "его", *THESE):
            continue
        if any_of(doc, sentence, groups.bystander | groups.property) is None:
            yield Hit(min(i, whom), max(i, whom), "medium", word.lemma, f"Пожелание расправы: «{word.form}».")


_VIOLENT = ("threat.kill", "threat.loose", "threat.hurt")
RULES = (
    Rule("threat.of_such", "threat", "Одобрение расправы над «такими»", _of_such,
         groups=(*_VIOLENT, "threat.break", "threat.throw"), also=_OF_SUCH),
    Rule("threat.crowd_will", "threat", "Расправа толпы", _crowd_will, groups=("threat.crowd",)),
    Rule("threat.grave", "threat", "«Готовь гроб»", _grave, groups=("threat.grave",)),
    Rule("threat.nature", "threat", "«Тайга большая»", _nature, groups=("threat.nature",)),
    Rule("threat.waits", "threat", "Автор поджидает в глухом месте", _waits, groups=("threat.dark",)),
    Rule("threat.by_force", "threat", "Обещание расправы с орудием", _by_force, groups=_VIOLENT),
    Rule("threat.catch_and", "threat", "«Поймаю и накажу сам»", _catch_and, groups=("threat.catch",)),
    Rule("threat.or_else", "threat", "«Не уберёшь — уберём тебя»", _or_else, groups=("threat.remove",)),
    Rule("threat.elliptic", "threat", "«В бетон вас»", _elliptic, groups=("threat.deadly",)),
)  # fmt: skip

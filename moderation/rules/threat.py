"""Direct threats: the author says who will do what to a person. Hints and wishes are for the model."""

from collections.abc import Iterator

from moderation.rules.base import (
    Groups,
    Hit,
    Rule,
    any_of,
    in_quotes,
    is_where,
    near,
    own_kin,
    phrase_rule,
    starts_clause,
    thing_of_yours,
)
from moderation.text import morph
from moderation.text.tokens import Document
from moderation.text.word import END

_ALL_OF_THEM = frozenset({"всех", "вас", "их", "тебя", "таких", "этих"})
_ANYBODY = frozenset({"первого", "любого", "каждого", "всех", "тебя", "вас"})


def is_reported(doc: Document, groups: Groups, i: int) -> bool:
    """A threat of somebody else that the author reports: a quotation, «угрожает зарезать», «полиция ищет»."""
    if in_quotes(doc, i) and doc.mask & (groups.report | groups.threat_report):
        return True
    sentence = doc.sentence(i)
    threatened = any_of(doc, sentence, groups.threat_report)
    if threatened is not None and not _own_words(doc, threatened):
        return True
    if not doc.words[i].mask & groups.kill and any_of(doc, sentence, groups.sport) is not None:
        return True  # «порвём всех на спартакиаде»
    police = any_of(doc, range(sentence.start, i), groups.police)
    if police is None or any(w.form in ("не", "без") for w in doc.words[max(0, police - 2) : police]):
        return False  # «не с заявлением, а с топором»
    if doc.words[i].grammar & morph.FUTURE_1 and any(w.form == "пусть" for w in doc.words[sentence.start : police]):
        return False  # «пусть полиция читает, всё равно прибью»
    called = police + 1 < len(doc.words) and doc.words[police + 1].form == ","
    return not (called and any_of(doc, sentence, groups.second) is not None)  # «участковый, ты не бессмертный»


def _own_words(doc: Document, place: int) -> bool:
    """«Не угрожаю, а предупреждаю», «это не угроза»: about the author's own words."""
    word = doc.words[place]
    return bool(word.grammar & morph.PRESENT_1) or any(w.form == "не" for w in doc.words[max(0, place - 2) : place])


def _promised(doc: Document, groups: Groups, i: int) -> bool:
    """«Убью», «убьём», «буду убивать»: said by the author of himself, not reported."""
    word = doc.words[i]
    will = bool(word.grammar & morph.FUTURE_1 or word.mask & groups.will_form)
    if not will and word.grammar & morph.INFINITIVE:
        will = any(w.form in morph.WILL for w in doc.words[max(0, i - 3) : i] + doc.words[i + 1 : i + 2])
    return will and not is_reported(doc, groups, i) and not _prevented(doc, i)


def _prevented(doc: Document, i: int) -> bool:
    """«Не бить», «нельзя убивать», «чтобы не сбили»."""
    return any(word.form in morph.PREVENTED for word in doc.words[max(0, i - 2) : i])


def _whom(doc: Document, groups: Groups, i: int) -> int | None:
    """Index of the target of the verb: you, officials, people named with contempt, «их», «всех»; not crows or pits."""
    people = groups.second | groups.official | groups.insulted | groups.third | groups.human | groups.family
    place = near(doc, i, 4, 6, people)
    if place is not None and doc.words[place].mask & groups.pest:  # «и собаку, и хозяина»
        place = near(doc, i, 4, 6, people & ~groups.insulted)
    if place is None or is_where(doc, place):
        place = next((p for p in range(max(0, i - 10), i) if doc.words[p].form in _ALL_OF_THEM), None)
    if place is None or doc.words[place].mask & groups.pest or own_kin(doc, groups, place):
        return None
    if place and doc.words[place - 1].form in morph.ASKING | {"у"}:
        return None
    if doc.words[place].form in morph.YOURS | morph.THESE and thing_of_yours(doc, groups, place + 1):
        return None
    beast = doc.words[place].mask & groups.animal and any_of(doc, doc.sentence(i), groups.target) is None
    return None if beast else place  # «зарежем барана к празднику»


def _thing_follows(doc: Document, groups: Groups, i: int) -> bool:
    """«Повешу вам объявление»: the object is a thing; in «убью за такую уборку» the noun follows a preposition."""
    led = False
    for word in doc.words[i + 1 : i + 4]:
        if word.mask & END:
            return False
        if word.grammar & morph.PREPOSITION:
            led = True
        elif led and word.grammar & morph.NOUN:
            led = False
        elif word.mask & (groups.insulted | groups.official | groups.body | groups.weapon) or word.form in _ANYBODY:
            return False
        elif word.grammar & morph.NOUN:
            return bool(word.grammar & morph.ACCUSATIVE and word.grammar & morph.INANIMATE)
    return False


def _i_will(doc: Document, groups: Groups) -> Iterator[Hit]:
    """«Убью тебя, начальник», «порешу этого диспетчера»; «завалю вас фотографиями» names no weapon."""
    for i, word in doc.having(groups.kill | groups.loose | groups.hurt):
        if not _promised(doc, groups, i):
            continue
        whom = _whom(doc, groups, i)
        strict = word.mask & groups.kill
        if whom is None or (not strict and (_thing_follows(doc, groups, i) or _heaps(doc, groups, i))):
            continue
        if not strict and any_of(doc, doc.sentence(i), groups.self_harm) is not None:
            continue  # «жалобами завалю», «себе руку порежу»
        yield Hit(min(i, whom), max(i, whom), "high", word.lemma, f"Автор обещает расправу: «{word.form}».")


def _heaps(doc: Document, groups: Groups, i: int) -> bool:
    """«Завалю вас фотографиями», «закидаем жалобами»: no weapon."""
    around = doc.words[max(0, i - 3) : i + 4]
    weapons = groups.weapon | groups.projectile | groups.soil | groups.vehicle | groups.body
    return any(w.grammar & morph.INSTRUMENTAL and w.grammar & morph.NOUN and not w.mask & weapons for w in around)


def _call(doc: Document, groups: Groups) -> Iterator[Hit]:
    """«Расстрелять этих депутатов», «убейте вы этого главу»."""
    for i, word in doc.having(groups.kill):
        if is_reported(doc, groups, i) or _prevented(doc, i):
            continue
        if word.grammar & morph.INFINITIVE:
            called = starts_clause(doc, i) or near(doc, i, 7, 4, groups.call) is not None
        else:
            called = bool(
                word.grammar & morph.IMPERATIVE
                and not word.grammar & (morph.PRESENT_1 | morph.PERSON_2 | morph.FUTURE_1 | morph.NOUN)
            )
        whom = _whom(doc, groups, i)
        if not called or whom is None or not doc.words[whom].mask & groups.target:
            continue
        if doc.words[whom].form not in ("ты", "вы") and not _thing_follows(doc, groups, i):
            yield Hit(min(i, whom), max(i, whom), "high", word.lemma, f"Призыв к расправе: «{word.form}».")


def _body(doc: Document, groups: Groups) -> Iterator[Hit]:
    """«Ноги переломаю тому, кто …», «башку вам отверну»; «ногу сломаю на вашем льду» is about the author."""
    for i, word in doc.having(groups.breaking | groups.hurt):
        part = near(doc, i, 4, 4, groups.body)
        if part is None or part == i or not _promised(doc, groups, i):
            continue
        if any_of(doc, doc.clause(i), groups.self_harm) is not None or _stumbles(doc, groups, i):
            continue
        whom = groups.target | groups.third | groups.insulted | groups.catch
        himself = word.mask & groups.ambiguous and any_of(doc, doc.sentence(i), whom, skip=i) is None
        if himself and doc.words[part].lemma in _OWN_TOO:
            continue  # «ногу сломаю»: no target is named, and the author waits for no person
        why = f"Угроза здоровью: «{word.form}» и «{doc.words[part].form}» вместе."
        yield Hit(min(i, part), max(i, part), "high", word.lemma, why)


def _stumbles(doc: Document, groups: Groups, i: int) -> bool:
    """«Ноги переломаю на вашем льду», «голову сломаю над квитанцией»: the cause of the author's own injury is named."""
    clause = doc.clause(i)
    led = any(doc.words[p].form in ("на", "об", "о", "из-за", "по", "с", "над", "чтобы") for p in clause)
    return led and (any_of(doc, clause, groups.hazard) is not None or any_of(doc, clause, groups.target) is None)


# Parts that an author may break himself; the jaw is not one.
_OWN_TOO = frozenset(
    {"нога", "рука", "голова", "шея", "спина", "палец", "нос", "колено", "позвоночник", "ребро", "зуб"}
)


def _punch(doc: Document, groups: Groups) -> Iterator[Hit]:
    """«В глаз дам вашему диспетчеру»; «по морде получишь» is for the model."""
    words = doc.words
    for i, word in doc.having(groups.punch):
        for place in range(max(1, i - 3), min(len(words), i + 4)):
            into = words[place].mask & groups.struck and words[place - 1].form in ("в", "по")
            if into and place != i and _promised(doc, groups, i):
                why = f"Автор обещает ударить: «{word.form}» и «{words[place].form}» вместе."
                yield Hit(min(i, place - 1), max(i, place), "high", word.lemma, why)
                break


def _property(doc: Document, groups: Groups) -> Iterator[Hit]:
    """«Сожгу вашу контору», «колёса тебе проколю», «взорву эту котельную»."""
    words = doc.words
    for i, word in doc.having(groups.breaking | groups.loose | groups.arson):
        what = near(
            doc, i, 5, 5, groups.property | groups.office | (groups.building if word.mask & groups.arson else 0)
        )
        if what is None or not _promised(doc, groups, i) or _only_there(doc, groups, i, what):
            continue
        if word.lemma == "разбить" and any_of(doc, range(i, min(len(words), i + 4)), groups.laid) is not None:
            continue  # «разобьём клумбу»
        owner = near(doc, i, 6, 6, groups.second | groups.third) is not None
        following = words[what + 1] if what + 1 < len(words) else None
        owner = owner or bool(
            following and following.mask & (groups.official | groups.insulted) and following.grammar & morph.ANIMATE
        )
        if not owner and not words[what].mask & (groups.office | groups.building):
            continue
        if any_of(doc, doc.clause(i), groups.self_harm) is None:
            why = f"Угроза имуществу: «{word.form}» и «{words[what].form}» вместе."
            yield Hit(min(i, what), max(i, what), "high", word.lemma, why)


def _only_there(doc: Document, groups: Groups, i: int, what: int) -> bool:
    """«Кишки на забор намотаю», «ноги переломаю главе администрации»: the target is a body or a person."""
    before = doc.words[max(0, what - 2) : what]
    if any(word.form == "вместе" for word in before):
        return False  # «спалю вместе с гаражом»
    if doc.words[what].grammar & morph.INSTRUMENTAL and not doc.words[what].grammar & morph.ACCUSATIVE:
        return True  # «бульдозером раздавлю»
    if any(word.form in _WHERE for word in before) or (before and before[-1].mask & groups.office_head):
        return True
    part = near(doc, i, 4, 4, groups.body)
    return part is not None and abs(part - i) < abs(what - i)


_WHERE = frozenset({"на", "у", "возле", "около", "перед", "за", "до", "из", "от", "к", "с", "со"})
_VIOLENT = ("threat.kill", "threat.loose", "threat.hurt")
_DAMAGE = ("threat.break", "threat.loose", "threat.arson")
RULES = (
    Rule("threat.i_will", "threat", "Автор обещает убить или избить", _i_will, groups=_VIOLENT),
    Rule("threat.call", "threat", "Призыв к расправе", _call, groups=("threat.kill",)),
    Rule("threat.body", "threat", "Угроза здоровью", _body, groups=("threat.break", "threat.hurt")),
    Rule("threat.punch", "threat", "Автор обещает ударить", _punch, groups=("threat.punch",)),
    Rule("threat.property", "threat", "Угроза имуществу", _property, groups=_DAMAGE),
    phrase_rule("threat.phrase_direct", "threat", "Прямая угроза готовым оборотом", "threat.direct", "high",
                "Прямая угроза расправой.", is_reported),
)  # fmt: skip

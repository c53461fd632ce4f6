"""Veiled threats: what awaits you, your family, your house; who comes with what. All of them go to a person."""

from __future__ import annotations

from collections.abc import Iterator

from ..function_words import ALIVE, ASKING, YOU, YOURS
from ..morph import (
    FUTURE_1,
    IMPERATIVE,
    INFINITIVE,
    NOUN,
    PAST,
    PERSON_2,
    PLURAL_3,
    SINGULAR_3,
    VERB,
)
from ..tokens import Document
from .base import Groups, Hit, Rule
from .context import any_of, by_cause, endangered, lawful_way, near, onlookers
from .threat import told

_SHARED = frozenset({"стыдно", "неужели", "тоже", "также", "представьте", "поставьте"})  # «у вас тоже есть дети»
_LONGEST = 45  # words; a menace is short, a long story only happens to have the words


REGRET = frozenset({"пожалеть", "раскаяться", "умереть", "сгореть", "утонуть", "заплакать", "поплачешь"})


def _fate(doc: Document, groups: Groups) -> Iterator[Hit]:
    """«Ты у меня до дома не дойдёшь», «сдохнете вы под забором», «живым не уйдёшь»; «пешком не дойдёшь» is anybody."""
    words = doc.words
    for i, word in doc.having(groups.survive | groups.fate):
        if told(doc, groups, i):
            continue
        sentence = doc.sentence(i)
        forms = {words[place].form for place in sentence}
        you = bool(forms & YOU) or (bool(word.grammar & PERSON_2) and "все" in forms)
        if word.lemma in REGRET and regrets_what(doc, groups, i):
            continue
        if word.mask & groups.fate:
            short = len(sentence) <= (6 if word.lemma in REGRET else 10)
            fits = bool(word.grammar & PERSON_2) and (you or short) and not word.grammar & NOUN
        else:
            negated = any(w.form == "не" for w in words[max(0, i - 2) : i])
            doomed = bool(forms & ALIVE) or (you and any(w.form == "меня" for w in words[max(0, i - 8) : i]))
            fits = negated and doomed and bool(word.grammar & (PERSON_2 | SINGULAR_3 | PLURAL_3))
        if fits:
            yield Hit(i, i, "medium", word.lemma, f"Собеседнику сулят беду: «{word.form}».")


def regrets_what(doc: Document, groups: Groups, i: int) -> bool:
    """«Вы ещё пожалеете, что отменили ярмарку»: what there is to regret is named, and it is no birth."""
    return any(w.form == "что" for w in doc.words[i + 1 : i + 4]) and not any(
        w.mask & groups.rue for w in doc.words[i : i + 10]
    )


def _maimed(doc: Document, groups: Groups) -> Iterator[Hit]:
    """«Без зубов останется твой начальник», «готовьте венки»; «дети останутся без ног» is worry."""
    words = doc.words
    if len(words) > _LONGEST:
        return
    for i, word in doc.having(groups.injury):
        if told(doc, groups, i):
            continue
        verb = near(doc, i, 5, 5, groups.outcome)
        if verb is None or verb == i:
            continue
        grammar = words[verb].grammar
        if words[verb].lemma in ("быть", "есть") and (word.mask & groups.body or word.lemma == "земля"):
            continue  # «есть пара рук» is no injury
        willing = any(w.form in ("будешь", "будете") for w in words[max(0, verb - 4) : verb + 3])
        if grammar & INFINITIVE and willing:
            grammar |= PERSON_2  # «будешь глотать зубы»
        if grammar & PAST or not grammar & (PERSON_2 | SINGULAR_3 | PLURAL_3 | IMPERATIVE) or grammar & FUTURE_1:
            continue
        sentence = doc.sentence(i)
        if endangered(doc, groups, sentence) or by_cause(doc, sentence):
            continue  # «сломал руку на вашей наледи, лежит в травматологии»
        if any_of(doc, sentence, groups.target) is None and not willing:
            continue
        if any(words[place].form == "?" for place in sentence):
            continue
        if (
            grammar & PERSON_2
            and not willing
            and not any(words[place].form in YOU for place in sentence)
            and any_of(doc, sentence, groups.official | groups.insulted) is None
        ):
            continue
        yield Hit(
            min(i, verb),
            max(i, verb),
            "medium",
            word.lemma,
            f"Собеседнику или должностному лицу сулят увечье: «{word.form}».",
        )


def _kin(doc: Document, groups: Groups) -> Iterator[Hit]:
    """«Твои дети в третьей школе учатся, подумай», «красивая у тебя машина, жалко, если сгорит»."""
    words = doc.words
    if len(words) > _LONGEST:
        return
    for i, word in doc.having(groups.family | groups.property):
        if word.mask & groups.office:
            continue
        around = range(max(0, i - 3), min(len(words), i + 3))
        yours = any(words[place].form in YOURS and not _of_another(doc, place, i) for place in around) or any(
            place
            and words[place - 1].form == "у"
            and (words[place].form in ("тебя", "вас", "него") or words[place].mask & groups.official)
            for place in around
        )
        if not yours or told(doc, groups, i):
            continue
        weak = {w.lemma for place, w in enumerate(words) if w.mask & groups.weak_cue and place != i}
        cues = {w.lemma for place, w in enumerate(words) if w.mask & groups.cue and place != i}
        if word.mask & groups.property and not word.mask & groups.family:
            cues -= {"один"}
        if doc.mask & groups.laid:
            cues -= {"разбить"}
        if doc.mask & groups.kind:
            return
        asked = any(w.form == "?" for w in words)
        if len(weak - cues) >= 2:
            cues.add(min(weak - cues))
        shared = any(w.form in _SHARED for w in words)
        shared = shared or any(w.grammar & IMPERATIVE and w.mask & groups.invite for w in words)
        if len(cues) >= (2 if asked else 1) and not shared and not any(w.form in ASKING for w in words):
            yield Hit(
                i,
                i,
                "medium",
                word.lemma,
                f"Намёк на близких или имущество собеседника: «{word.form}» и «{sorted(cues)[0]}».",
            )
            return


def _of_another(doc: Document, place: int, i: int) -> bool:
    """«Встретим вашу комиссию у подъезда»: «ваш» belongs to the noun right after it, not to word ``i`` further on."""
    if place > i:  # «разбили фару на вашей парковке»
        return place + 1 < len(doc.words) and bool(doc.words[place + 1].grammar & NOUN)
    return place + 1 < i and bool(doc.words[place + 1].grammar & NOUN)


def _armed(doc: Document, groups: Groups) -> Iterator[Hit]:
    """«Патронов на вас хватит», «у меня обрез лежит, ждите»."""
    words = doc.words
    if len(words) > 30:
        return
    for i, word in doc.having(groups.armed):
        if told(doc, groups, i):
            continue
        if word.grammar & PAST and word.grammar & VERB:
            continue  # «ночью во дворе стреляли»
        clause = doc.clause(i)
        if any(words[p].grammar & PAST and words[p].grammar & VERB and not words[p].grammar & NOUN for p in clause):
            continue  # «пьяный с ножом ходил по двору»
        near_by = range(max(0, i - 14), min(len(words), i + 15))
        if any_of(doc, near_by, groups.target) is None or any_of(doc, near_by, groups.mine, besides=i) is None:
            continue
        if any(w.form in ("?", *ASKING) for w in words) or onlookers(doc, groups, near_by):
            continue
        yield Hit(
            i, i, "medium", word.lemma, f"Автор говорит об оружии в обращении к собеседнику или власти: «{word.form}»."
        )
        return


def _ambush(doc: Document, groups: Groups) -> Iterator[Hit]:
    """«Подожду тебя вечером возле работы», «вычислю и приеду с мужиками»."""
    words = doc.words
    for i, word in doc.having(groups.catch):
        if not word.grammar & FUTURE_1 or told(doc, groups, i):
            continue
        victim = near(doc, i, 4, 4, groups.second)
        if victim is None or words[victim].form not in ("тебя", "вас", "тебе", "вам"):
            continue
        scene = near(doc, i, 7, 8, groups.scene | groups.weapon)
        if scene is not None and words[scene - 1].form in ("всем", "всей", "целым"):
            continue  # «придём всем домом»
        if scene is not None and not lawful_way(doc, groups, doc.sentence(i)):
            places = (i, victim, scene)
            yield Hit(
                min(places),
                max(places),
                "medium",
                word.lemma,
                f"Автор обещает подстеречь: «{word.form}» и «{words[scene].form}».",
            )


def _thrown(doc: Document, groups: Groups) -> Iterator[Hit]:
    """«Кирпич тебе в лобовое прилетит»."""
    words = doc.words
    for i, word in doc.having(groups.projectile):
        if told(doc, groups, i):
            continue
        verb = near(doc, i, 6, 6, groups.fly)
        if verb is None or words[verb].grammar & PAST:
            continue
        sentence = doc.sentence(i)
        you = any_of(doc, sentence, groups.target) is not None or any(words[p].grammar & PERSON_2 for p in sentence)
        if you and not endangered(doc, groups, doc.sentence(i)):
            yield Hit(min(i, verb), max(i, verb), "medium", word.lemma, f"Собеседнику сулят удар: «{word.form}».")


def _burn(doc: Document, groups: Groups) -> Iterator[Hit]:
    """«Гореть вашей конторе», «сгорит твоя тачка»; «гори оно синим пламенем» passes."""
    words = doc.words
    for i, word in doc.having(groups.burn):
        if word.grammar & PAST or told(doc, groups, i):
            continue
        if not word.grammar & (INFINITIVE | SINGULAR_3 | PLURAL_3 | IMPERATIVE):
            continue
        what = near(doc, i, 5, 5, groups.property | groups.office)
        if what is None:
            continue
        yours = any(words[place].form in YOURS for place in range(max(0, what - 2), min(len(words), what + 2)))
        office = words[what].mask & groups.office
        if not yours and not (office and word.grammar & (SINGULAR_3 | PLURAL_3 | IMPERATIVE)):
            continue
        if any_of(doc, doc.sentence(i), groups.hazard) is not None or onlookers(doc, groups, doc.sentence(i)):
            continue
        if any(w.form in ("?", "не") for w in words[max(0, i - 3) : i + 8]):
            continue
        yield Hit(
            min(i, what),
            max(i, what),
            "medium",
            word.lemma,
            f"Собеседнику сулят пожар: «{word.form}» и «{words[what].form}».",
        )


def _deadly(doc: Document, groups: Groups) -> Iterator[Hit]:
    """«Директора надо в септик макнуть», «управленцев бы вывезти в лес», «вас бы самих в пожар»."""
    words = doc.words
    for i, word in doc.having(groups.deadly):
        if told(doc, groups, i) or len(words) > _LONGEST:
            continue
        if not any(w.form in ("в", "во", "на", "под") for w in words[max(0, i - 4) : i]):
            continue
        victim = near(doc, i, 7, 3, groups.second | groups.official | groups.insulted)
        if victim is None or words[victim].form in YOURS:
            continue
        sentence = doc.sentence(i)
        wish = any(words[place].form == "бы" for place in range(max(0, i - 7), min(len(words), i + 4)))
        doing = any(words[place].mask & groups.throw for place in sentence)
        if (wish or doing) and not endangered(doc, groups, sentence):
            yield Hit(
                min(i, victim),
                max(i, victim),
                "medium",
                word.lemma,
                f"Пожелание отправить человека на смерть: «{word.form}».",
            )


RULES = (
    Rule("threat.deadly", "threat", "Пожелание отправить на смерть", _deadly, groups=("threat.deadly",)),
    Rule("threat.fate", "threat", "Собеседнику сулят беду", _fate, groups=("threat.survive", "threat.fate")),
    Rule(
        "threat.maimed", "threat", "Собеседнику или должностному лицу сулят увечье", _maimed, groups=("threat.injury",)
    ),
    Rule(
        "threat.kin",
        "threat",
        "Намёк на близких или имущество",
        _kin,
        groups=("people.family", "people.property"),
        last=True,
        also=("threat.cue", "threat.weak_cue"),
    ),
    Rule("threat.armed", "threat", "Оружие в обращении к собеседнику или власти", _armed, groups=("threat.armed",)),
    Rule("threat.ambush", "threat", "Обещание подстеречь", _ambush, groups=("threat.catch",)),
    Rule("threat.thrown", "threat", "Брошенный предмет", _thrown, groups=("threat.projectile",)),
    Rule("threat.burn", "threat", "Обещание пожара", _burn, groups=("threat.burn",)),
)

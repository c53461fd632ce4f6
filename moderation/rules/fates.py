"""What the reader shall part with or meet: «попрощайся с семьёй», «вылетишь в окно», «двустволка объяснит»."""

from __future__ import annotations

from collections.abc import Iterator

from ..function_words import DATIVE_YOU, OBJECT_YOU
from ..morph import (
    ACCUSATIVE,
    ANIMATE,
    FUTURE,
    FUTURE_1,
    GENITIVE,
    IMPERATIVE,
    INFINITIVE,
    INSTRUMENTAL,
    NOMINATIVE,
    NOUN,
    PERSON_2,
    PLURAL_3,
    SINGULAR_3,
    VERB,
)
from ..tokens import Document
from .base import Groups, Hit, Rule
from .context import any_of, endangered
from .omens import to_official
from .reprisal import peaceful
from .threat import told


def _farewell(doc: Document, groups: Groups) -> Iterator[Hit]:
    """«Попрощайся с семьёй», «простись с зубами»; «попрощайтесь с премией» passes."""
    words = doc.words
    for i, word in doc.spelled(_FAREWELL):
        if told(doc, groups, i):
            continue
        after = range(i + 1, min(len(words), i + 6))
        led = next((p for p in after if words[p].form in ("с", "со")), None)
        if led is None:
            continue
        dear = groups.body | groups.family | groups.property | groups.home | groups.dear_life
        what = any_of(doc, range(led + 1, min(len(words), led + 4)), dear)
        if what is not None and not peaceful(doc, groups, doc.sentence(i)):
            yield Hit(i, what, "medium", word.form, f"Собеседнику сулят беду: «{word.form} … {words[what].form}».")


_FAREWELL = frozenset({"попрощайся", "попрощайтесь", "простись", "проститесь", "прощайся", "прощайтесь"})


def _medic(doc: Document, groups: Groups) -> Iterator[Hit]:
    """«Стоматолог тебе понадобится», «запасайтесь гипсом»; «нам нужен стоматолог» is a complaint."""
    words = doc.words
    for i, word in doc.having(groups.medic):
        if told(doc, groups, i):
            continue
        around = range(max(0, i - 5), min(len(words), i + 6))
        need = any(words[p].mask & groups.needed and words[p].grammar & FUTURE for p in around)
        you = any(words[p].form in DATIVE_YOU for p in around)
        stock = any(words[p].mask & groups.stock and words[p].grammar & IMPERATIVE for p in around)
        if (((need and you) or stock) and not peaceful(doc, groups, doc.sentence(i))) and any_of(
            doc, around, groups.family | groups.bystander & ~groups.first
        ) is None:
            yield Hit(i, i, "medium", word.lemma, f"Собеседнику сулят увечье: «{word.form}».")


def _weapon_speaks(doc: Document, groups: Groups) -> Iterator[Hit]:
    """«Моя двустволка вам всё объяснит», «дальше говорить будет топор», «кулаком объясню»."""
    words = doc.words
    for i, word in doc.having(groups.armed | groups.fist):
        if not word.grammar & (NOMINATIVE | INSTRUMENTAL):
            continue
        around = range(max(0, i - 5), min(len(words), i + 6))
        speaks = next(
            (
                p
                for p in around
                if words[p].mask & (groups.talk | groups.meet)
                and (
                    (words[p].grammar & FUTURE and words[p].grammar & (SINGULAR_3 | PLURAL_3 | FUTURE_1))
                    or (
                        words[p].grammar & INFINITIVE
                        and any(words[q].form in ("будет", "буду", "будем") for q in around)
                    )
                )
            ),
            None,
        )
        if speaks is None or told(doc, groups, i) or peaceful(doc, groups, doc.sentence(i)):
            continue
        mine = word.grammar & INSTRUMENTAL and words[speaks].grammar & (FUTURE_1 | INFINITIVE)
        alone = word.grammar & NOMINATIVE and not words[speaks].grammar & FUTURE_1
        if mine or alone:
            first, last = min(i, speaks), max(i, speaks)
            yield Hit(first, last, "medium", word.lemma, f"Обещана расправа: «{word.form} … {words[speaks].form}».")


def _flies_out(doc: Document, groups: Groups) -> Iterator[Hit]:
    """«Вылетишь в окно», «полетишь с лестницы», «научу тебя летать»; «вылетите с трассы» is a hazard."""
    words = doc.words
    for i, word in doc.having(groups.flight):
        if told(doc, groups, i):
            continue
        around = range(max(0, i - 5), min(len(words), i + 6))
        taught = word.grammar & INFINITIVE and any(
            words[p].form in ("научу", "научим", "будешь", "будете") for p in around
        )
        you = word.grammar & PERSON_2 and word.grammar & FUTURE
        where = next((p for p in around if words[p].form in _OUT), None)
        if not (you or taught) or where is None or peaceful(doc, groups, doc.sentence(i)):
            continue
        if any_of(doc, doc.sentence(i), groups.hazard & ~groups.deadly & ~groups.property) is None or you:
            first, last = min(i, where), max(i, where)
            yield Hit(
                first, last, "medium", word.lemma, f"Собеседнику сулят увечье: «{word.form} … {words[where].form}»."
            )


_OUT = frozenset({"окна", "окно", "форточку", "балкона", "этажа", "крыши", "лестницы", "моста", "дверь", "крыльца"})


def _catch_this(doc: Document, groups: Groups) -> Iterator[Hit]:
    """«Лови пулю, чинуша», «получай кирпич в окно»."""
    words = doc.words
    for i, word in enumerate(words[:-1]):
        if word.form not in _CATCH or told(doc, groups, i):
            continue
        after = range(i + 1, min(len(words), i + 4))
        what = any_of(doc, after, groups.projectile | groups.armed | groups.missile)
        if what is not None and words[what].grammar & ACCUSATIVE and not peaceful(doc, groups, doc.sentence(i)):
            yield Hit(
                i, what, "medium", words[what].lemma, f"Собеседнику сулят удар: «{word.form} {words[what].form}»."
            )


_CATCH = frozenset({"лови", "ловите", "получай", "получайте", "держи", "встречай", "встречайте"})


def _without_head(doc: Document, groups: Groups) -> Iterator[Hit]:
    """«Оставлю вас без головы», «без башки останешься»."""
    words = doc.words
    for i, word in doc.having(groups.body):
        if not word.grammar & GENITIVE or told(doc, groups, i):
            continue
        if not any(w.form == "без" for w in words[max(0, i - 2) : i]):
            continue
        around = range(max(0, i - 9), min(len(words), i + 5))
        verb = next(
            (p for p in around if words[p].mask & groups.left
             and words[p].grammar & (FUTURE_1 | PERSON_2) and not words[p].grammar & IMPERATIVE),
            None,
        )  # fmt: skip
        if verb is not None and not peaceful(doc, groups, doc.sentence(i)):
            own = any(words[p].form in ("я", "мы") for p in around) and words[verb].lemma == "остаться"
            if not own and any_of(doc, doc.sentence(i), groups.hazard) is None:
                first, last = min(i, verb), max(i, verb)
                yield Hit(first, last, "medium", word.lemma, f"Собеседнику сулят увечье: «без {word.form}».")


def _not_home(doc: Document, groups: Groups) -> Iterator[Hit]:
    """«Ещё один штраф — и инспектор домой не вернётся»; «дети домой не вернутся» is fear."""
    words = doc.words
    for i, word in doc.listed():
        if word.lemma not in _GETS_THERE or not word.grammar & FUTURE:
            continue
        if not i or words[i - 1].form != "не" or not word.grammar & (SINGULAR_3 | PLURAL_3):
            continue
        around = range(max(0, i - 7), min(len(words), i + 4))
        home = word.lemma in _LIVES or any(words[p].form in ("домой", "дома", "живым", "живыми") for p in around)
        who = next(
            (p for p in around if words[p].mask & groups.official and words[p].grammar & NOMINATIVE
             and words[p].grammar & ANIMATE
             and not any(w.grammar & VERB and not w.grammar & NOUN for w in words[p + 1 : i])),
            None,
        )  # fmt: skip
        if (
            home
            and who is not None
            and not told(doc, groups, i)
            and not peaceful(doc, groups, doc.sentence(i))
            and (word.lemma in _LIVES or any_of(doc, doc.sentence(i), groups.hazard) is None)
            and not endangered(doc, groups, around)
        ):
            first, last = min(i, who), max(i, who)
            yield Hit(first, last, "medium", word.lemma, f"Человеку сулят беду: «не {word.form}».")


_GETS_THERE = frozenset({"вернуться", "доехать", "дойти", "добраться", "дожить", "дотянуть", "протянуть"})
_LIVES = frozenset({"дожить", "дотянуть", "протянуть"})


def _runs_over(doc: Document, groups: Groups) -> Iterator[Hit]:
    """«Бульдозером проеду по вашей администрации», «на тракторе к вам в кабинет заеду»."""
    words = doc.words
    for i, word in doc.having(groups.vehicle):
        if told(doc, groups, i):
            continue
        around = range(max(0, i - 5), min(len(words), i + 7))
        verb = next((p for p in around if words[p].mask & groups.driving and words[p].grammar & FUTURE_1), None)
        if verb is None or peaceful(doc, groups, doc.sentence(i)):
            continue
        over = next(
            (p for p in around if p and words[p].mask & (groups.target | groups.office)
             and any(w.form in ("по", "в", "через") for w in words[max(0, p - 2) : p])),
            None,
        )  # fmt: skip
        if over is not None and any_of(doc, doc.sentence(i), groups.civic | groups.remedy) is None:
            first, last = min(i, verb, over), max(i, verb, over)
            yield Hit(first, last, "medium", word.lemma, f"Автор обещает наехать: «{word.form} … {words[verb].form}».")


def _spoils(doc: Document, groups: Groups) -> Iterator[Hit]:
    """«Сахар в бак насыплю вашему трактору», «гвоздей под колёса насыплю», «яду вам в кулер подсыплю»."""
    words = doc.words
    for i, word in doc.having(groups.pouring):
        if not word.grammar & FUTURE_1 or told(doc, groups, i):
            continue
        around = range(max(0, i - 6), min(len(words), i + 8))
        into = any_of(doc, around, groups.vessel)
        whose = any_of(doc, around, groups.target)
        if into is not None and whose is not None and not peaceful(doc, groups, doc.sentence(i)):
            first, last = min(i, into), max(i, into)
            yield Hit(first, last, "medium", word.lemma, f"Угроза имуществу или здоровью: «{word.form}».")


def _along_with_you(doc: Document, groups: Groups) -> Iterator[Hit]:
    """«Забетонирую вход вместе с вами внутри», «снесу вместе с тобой»."""
    words = doc.words
    harm = groups.breaking | groups.arson | groups.loose | groups.captive | groups.seal
    for i, _ in doc.spelled(("вместе",)):
        if i + 2 >= len(words) or told(doc, groups, i):
            continue
        if words[i + 1].form not in ("с", "со") or words[i + 2].form not in ("вами", "тобой", "ним", "ними"):
            continue
        before = range(max(0, i - 6), i)
        verb = next((p for p in before if words[p].mask & harm and words[p].grammar & FUTURE_1), None)
        if verb is not None and not peaceful(doc, groups, doc.sentence(i)):
            yield Hit(verb, i + 2, "medium", words[verb].lemma, f"Обещана расправа: «{words[verb].form} вместе с …».")


def _no_rescue(doc: Document, groups: Groups) -> Iterator[Hit]:
    """«Охрана тебя не спасёт», «никакая полиция тебе не поможет»; «вам никто не поможет» is advice."""
    words = doc.words
    for i, word in doc.having(groups.rescue):
        if not word.grammar & FUTURE or not word.grammar & (SINGULAR_3 | PLURAL_3):
            continue
        around = range(max(0, i - 6), min(len(words), i + 5))
        if not any(words[p].form in ("не", "никто") for p in range(max(0, i - 4), i)) or told(doc, groups, i):
            continue
        thee = any(words[p].form in ("тебя", "тебе") for p in around)
        you = any(words[p].form in OBJECT_YOU | DATIVE_YOU for p in around)
        guard = any_of(doc, around, groups.guard) is not None
        if (thee or (you and guard)) and any_of(doc, doc.sentence(i), groups.family & ~groups.guard) is None:
            yield Hit(i, i, "medium", word.lemma, f"Похоже на угрозу: «не {word.form}».")


def _dative_in_face(doc: Document, groups: Groups) -> Iterator[Hit]:
    """«А водителю в табло», «начальнику бы в рыло»: to whom and where to, and nobody who does anything else."""
    words = doc.words
    for i, word in doc.having(groups.struck):
        if not word.grammar & ACCUSATIVE or not i or words[i - 1].form not in ("в", "по"):
            continue
        clause = doc.clause(i)
        whom = next(
            (p for p in range(max(clause.start, i - 5), i - 1) if words[p].form in (*DATIVE_YOU, "таким", "каждому")
             or to_official(words[p], groups)),
            None,
        )  # fmt: skip
        acts = any(
            words[p].grammar & (VERB | INFINITIVE) and not words[p].grammar & (NOUN | FUTURE_1) and p != i
            for p in clause
        )
        if whom is not None and not acts and not told(doc, groups, i) and not peaceful(doc, groups, doc.sentence(i)):
            yield Hit(whom, i, "medium", word.lemma, f"Обещан удар: «{words[whom].form} в {word.form}».")


RULES = (
    Rule("threat.farewell", "threat", "«Попрощайся с семьёй»", _farewell,
         groups=("threat.body", "people.family", "people.property", "threat.dear_life", "threat.home"), also=_FAREWELL),
    Rule("threat.medic", "threat", "«Травматолог понадобится»", _medic, groups=("threat.medic",)),
    Rule("threat.weapon_speaks", "threat", "«Двустволка объяснит»", _weapon_speaks,
         groups=("threat.armed", "threat.fist")),
    Rule("threat.flies_out", "threat", "«Вылетишь в окно»", _flies_out, groups=("threat.flight",)),
    Rule("threat.catch_this", "threat", "«Лови пулю»", _catch_this,
         groups=("threat.projectile", "threat.armed", "threat.missile")),
    Rule("threat.without_head", "threat", "«Оставлю без головы»", _without_head, groups=("threat.body",),
         also=("без",)),
    Rule("threat.not_home", "threat", "«Домой не вернётся»", _not_home, groups=("threat.survive",)),
    Rule("threat.runs_over", "threat", "«Бульдозером проеду»", _runs_over, groups=("threat.vehicle",)),
    Rule("threat.spoils", "threat", "«Сахар в бак насыплю»", _spoils, groups=("threat.pouring",)),
    Rule("threat.along_with_you", "threat", "«Вместе с вами»", _along_with_you,
         groups=("threat.break", "threat.arson", "threat.loose", "threat.captive", "threat.seal"), also=("вместе",)),
    Rule("threat.no_rescue", "threat", "«Охрана не спасёт»", _no_rescue, groups=("threat.rescue",)),
    Rule("threat.dative_in_face", "threat", "«Водителю в табло»", _dative_in_face, groups=("threat.face",)),
)  # fmt: skip

"""Threats by what awaits a person: «получит вилы в живот», «по тебе пуля плачет», «никто не найдёт», «верёвку им»."""

from __future__ import annotations

from collections.abc import Iterator

from ..function_words import YOU, YOURS
from ..morph import (
    ACCUSATIVE,
    FUTURE,
    FUTURE_1,
    IMPERATIVE,
    INANIMATE,
    INFINITIVE,
    NOMINATIVE,
    NOUN,
    PAST,
    PERSON_2,
    PREPOSITION,
    VERB,
)
from ..tokens import Document
from .base import Groups, Hit, Rule
from .context import any_of, by_cause, endangered, near
from .reprisal import peaceful
from .threat import told

_LONGEST = 40  # words


def _gets(doc: Document, groups: Groups) -> Iterator[Hit]:
    """«Первый, кто подойдёт, получит вилы в живот»; «получил камнем по голове» is a report."""
    words = doc.words
    for i, word in doc.having(groups.receive):
        if word.grammar & (PAST | FUTURE_1 | INFINITIVE) or told(doc, groups, i):
            continue
        after = range(i + 1, min(len(words), i + 6))
        what = any_of(doc, after, groups.weapon | groups.armed | groups.projectile)
        if what is None:
            continue
        hit = any_of(doc, range(what + 1, min(len(words), what + 4)), groups.body)
        sentence = doc.sentence(i)
        led = hit is not None and any(w.form in ("в", "по", "под", "между") for w in words[what + 1 : hit])
        asked = any(words[p].form == "?" for p in sentence)  # «пристав получит лопатой» is no way to court
        if led and hit is not None and not asked and not endangered(doc, groups, sentence):
            yield Hit(i, hit, "medium", word.lemma, f"Обещан удар: «{word.form} … {words[what].form}».")


def _weeps(doc: Document, groups: Groups) -> Iterator[Hit]:
    """«По тебе пуля плачет»; «по двору бульдозер плачет» is a request."""
    words = doc.words
    fatal = groups.weapon | groups.grave | groups.injury | groups.armed | groups.means | groups.bed
    for i, word in doc.listed():
        if word.lemma != "плакать" or word.grammar & PAST or told(doc, groups, i):
            continue
        sentence = doc.sentence(i)
        what = any_of(doc, sentence, fatal)
        whom = next(
            (
                p
                for p in sentence
                if words[p].form == "по"
                and p + 1 < len(words)
                and (words[p + 1].form in _BY_WHOM or any_of(doc, range(p + 1, min(len(words), p + 3)), groups.target))
            ),
            None,
        )
        if what is not None and whom is not None:
            first, last = min(i, what, whom), max(i, what, whom + 1)
            yield Hit(first, last, "medium", word.lemma, f"Пожелание расправы: «{words[what].form} плачет».")


_BY_WHOM = frozenset({"тебе", "вам", "нему", "ней", "ним", "таким"})


def _unfound(doc: Document, groups: Groups) -> Iterator[Hit]:
    """«Закопаю в лесу, никто и не найдёт», «вы исчезнете, искать не станут»; «найти никого не могу» passes."""
    words = doc.words
    if len(words) > _LONGEST or not doc.mask & (groups.loose | groups.kill | groups.vanish):
        return
    for i, word in doc.listed():
        doing = word.mask & (groups.loose | groups.kill) and word.grammar & FUTURE_1
        gone = word.mask & groups.vanish and word.grammar & PERSON_2 and word.grammar & FUTURE
        if not (doing or gone) or told(doc, groups, i) or peaceful(doc, groups, range(len(words))):
            continue
        after = range(i + 1, min(len(words), i + 12))
        seek = next((p for p in after if words[p].mask & groups.seek and not words[p].grammar & PAST), None)
        lost = seek is not None and any(w.form in ("не", "никто") for w in words[i:seek])
        forever = next((p for p in after if words[p].form in ("навсегда", "навеки", "бесследно")), None)
        if lost or forever is not None:
            last = seek if lost and seek is not None else forever
            assert last is not None
            yield Hit(i, last, "medium", word.lemma, f"Собеседнику сулят исчезновение: «{word.form}».")


def _blood(doc: Document, groups: Groups) -> Iterator[Hit]:
    """«Кто-то из вас заплатит. Кровью»; «сдал кровь» passes."""
    words = doc.words
    for i, word in doc.spelled(("кровью", "жизнью")):
        if told(doc, groups, i):
            continue
        around = range(max(0, i - 9), min(len(words), i + 6))
        pay = next((p for p in around if words[p].mask & groups.pay and not words[p].grammar & PAST), None)
        aimed = any_of(doc, around, groups.target) is not None or any(words[p].grammar & PERSON_2 for p in around)
        if pay is not None and aimed and not peaceful(doc, groups, around):
            yield Hit(
                min(i, pay), max(i, pay), "medium", word.lemma, f"Обещана расправа: «{words[pay].form} {word.form}»."
            )


def _execution(doc: Document, groups: Groups) -> Iterator[Hit]:
    """«Чиновникам — верёвку и мыло», «вам бы яду в кофе»: to whom, what, and nobody who does it."""
    words = doc.words
    for i, word in doc.having(groups.execute):
        if not word.grammar & (NOUN | ACCUSATIVE) or told(doc, groups, i):
            continue
        sentence = doc.sentence(i)
        if len(sentence) > 16 or peaceful(doc, groups, sentence) or endangered(doc, groups, sentence):
            continue
        people = groups.official | groups.insulted
        whom = next(
            (
                p
                for p in sentence
                if words[p].form in ("вам", "тебе", "им", "таким")
                or (words[p].mask & people and words[p].form.endswith(("ам", "ям", "у", "ю")))
            ),
            None,
        )
        if whom is None:
            continue
        acts = any(words[p].grammar & VERB and not words[p].grammar & (INFINITIVE | NOUN) for p in sentence)
        wish = any(words[p].form in ("бы", "б", "надо", "пора") for p in sentence)
        if not acts and (wish or not any(words[p].grammar & INFINITIVE for p in sentence)):
            first, last = min(i, whom), max(i, whom)
            yield Hit(first, last, "medium", word.lemma, f"Пожелание казни: «{words[whom].form} … {word.form}».")


def _bed(doc: Document, groups: Groups) -> Iterator[Hit]:
    """«Скоро будете в больнице лежать», «узнаешь на больничной койке»; «заболеете и попадёте в больницу?» passes."""
    words = doc.words
    if len(words) > _LONGEST:
        return
    for i, word in doc.having(groups.bed):
        if i == 0 or told(doc, groups, i):
            continue
        if not any(w.grammar & PREPOSITION for w in words[max(0, i - 3) : i]):
            continue
        around = range(max(0, i - 7), min(len(words), i + 6))
        verb = next(
            (
                p
                for p in around
                if (words[p].grammar & PERSON_2 and words[p].grammar & FUTURE and not words[p].grammar & IMPERATIVE)
                or words[p].form in ("будешь", "будете")
            ),
            None,
        )
        if (
            verb is None
            or peaceful(doc, groups, around)
            or any_of(doc, around, groups.hazard | groups.first) is not None
        ):
            continue
        if any(words[p].form in ("если", "пока", "когда", "можно") for p in around) or by_cause(doc, around):
            continue
        first, last = min(i, verb), max(i, verb)
        yield Hit(first, last, "medium", word.lemma, f"Собеседнику сулят увечье или смерть: «{word.form}».")


def _yourselves(doc: Document, groups: Groups) -> Iterator[Hit]:
    """«Как бы вам самим в эту яму не лечь», «как бы ваша дача случайно не загорелась»."""
    words = doc.words
    for i in range(len(words) - 3):
        if words[i].form != "как" or words[i + 1].form != "бы":
            continue
        after = range(i + 2, min(len(words), i + 10))
        no = next((p for p in after if words[p].form == "не"), None)
        if no is None or no + 1 >= len(words):
            continue
        selves = any(words[p].form in ("самим", "самому", "самой", "самих", "самого") for p in after)
        mine = near(doc, i, 0, 6, groups.second)
        harm = groups.burn | groups.fate | groups.vanish | groups.kill | groups.loose | groups.breaking | groups.hurt
        bad = any_of(doc, range(no + 1, min(len(words), no + 4)), harm) is not None
        end = min(len(words) - 1, no + 1)
        if mine is None or not (selves or bad) or told(doc, groups, i) or peaceful(doc, groups, after):
            continue
        if any_of(doc, after, groups.hazard & ~groups.deadly) is None or selves:
            yield Hit(i, end, "medium", "как бы не", "Предостережение, похожее на угрозу: «как бы … не …».")


def _crowd_takes(doc: Document, groups: Groups) -> Iterator[Hit]:
    """«Люди возьмут вас за горло», «народ придёт с вилами»: a crowd, you, and a body or a weapon."""
    words = doc.words
    if not doc.mask & groups.crowd:
        return
    for i, word in doc.having(groups.crowd):
        if told(doc, groups, i):
            continue
        after = range(i + 1, min(len(words), i + 8))
        verb = next((p for p in after if words[p].grammar & VERB and words[p].grammar & FUTURE), None)
        whom = next((p for p in after if words[p].form in YOU), None)
        what = any_of(doc, after, groups.body | groups.weapon)
        if verb is None or whom is None or what is None or peaceful(doc, groups, doc.sentence(i)):
            continue
        if words[what - 1].form in ("за", "с", "под", "на"):
            yield Hit(i, max(what, whom), "medium", word.lemma, f"Собеседнику сулят расправу толпы: «{word.form}».")


def _alive(doc: Document, groups: Groups) -> Iterator[Hit]:
    """«Живьём сварю»; «рыбу привезу живьём» has a thing or a beast as its object."""
    words = doc.words
    for i, word in enumerate(words):
        if not word.mask & groups.alive or told(doc, groups, i):
            continue
        around = [p for p in (i + 1, i - 1, i + 2, i - 2) if 0 <= p < len(words)]
        verb = next((p for p in around if words[p].grammar & FUTURE_1 and words[p].grammar & VERB), None)
        if verb is None or peaceful(doc, groups, doc.sentence(i)):
            continue
        beast = any_of(doc, doc.clause(i), groups.pest | groups.animal) is not None
        thing = any(words[p].grammar & NOUN and p not in (i, verb) for p in doc.clause(i))
        if not beast and not thing:
            yield Hit(
                min(i, verb),
                max(i, verb),
                "medium",
                words[verb].lemma,
                f"Обещана расправа: «{words[verb].form} {word.form}».",
            )


def _kin_pays(doc: Document, groups: Groups) -> Iterator[Hit]:
    """«Дети ваши заплатят за это»; «за садик платят ваши родители» is in the present and about money."""
    words = doc.words
    for i, word in enumerate(words):
        if not word.mask & groups.pay or not word.grammar & FUTURE or word.grammar & FUTURE_1 or told(doc, groups, i):
            continue
        before = range(max(0, i - 4), min(len(words) - 1, i + 4))
        kin = next((p for p in before if words[p].mask & groups.family and words[p].grammar & NOMINATIVE), None)
        if kin is None or not any(words[p].form in YOURS for p in (kin - 1, kin + 1) if p >= 0):
            continue
        if not peaceful(doc, groups, doc.sentence(i)):
            yield Hit(
                min(i, kin), max(i, kin), "medium", word.lemma, f"Угроза близким: «{words[kin].form} {word.form}»."
            )


def _not_live(doc: Document, groups: Groups) -> Iterator[Hit]:
    """«Глава до выборов может и не дожить»; «пенсионеры не доживут до ремонта» is a complaint."""
    words = doc.words
    for i, word in doc.listed():
        if word.lemma not in ("дожить", "проснуться") or told(doc, groups, i):
            continue
        if not any(w.form == "не" for w in words[max(0, i - 3) : i]) or word.grammar & PAST:
            continue
        whole = range(max(0, i - 14), min(len(words), i + 10))
        if peaceful(doc, groups, whole) or endangered(doc, groups, whole):
            continue
        if any_of(doc, whole, groups.official | groups.second) is None:
            continue
        sentence = doc.sentence(i)
        things = any(words[p].grammar & NOMINATIVE and words[p].grammar & INANIMATE and words[p].grammar & NOUN
                     and not words[p].mask & groups.target for p in sentence)  # fmt: skip
        if not things:
            yield Hit(i, i, "medium", word.lemma, f"Человеку сулят смерть: «не {word.form}».")


RULES = (
    Rule("threat.not_live", "threat", "«Может и не дожить»", _not_live, groups=("threat.survive",)),
    Rule("threat.alive", "threat", "«Живьём сварю»", _alive, groups=("threat.alive",)),
    Rule("threat.kin_pays", "threat", "«Дети ваши заплатят»", _kin_pays, groups=("threat.pay",)),
    Rule("threat.gets", "threat", "«Получит вилы в живот»", _gets, groups=("threat.receive",)),
    Rule("threat.weeps", "threat", "«По тебе пуля плачет»", _weeps, groups=("threat.weep",)),
    Rule("threat.unfound", "threat", "«Никто не найдёт»", _unfound,
         groups=("threat.vanish", "threat.loose", "threat.kill")),
    Rule("threat.blood", "threat", "«Заплатите кровью»", _blood, groups=("threat.blood",)),
    Rule("threat.execution", "threat", "«Чиновникам верёвку»", _execution, groups=("threat.execute",)),
    Rule("threat.bed", "threat", "«Окажетесь на больничной койке»", _bed, groups=("threat.bed",)),
    Rule("threat.yourselves", "threat", "«Как бы вам самим не …»", _yourselves, groups=("threat.lest",), also=("бы",)),
    Rule("threat.crowd_takes", "threat", "«Люди возьмут вас за горло»", _crowd_takes, groups=("threat.crowd",),
         also=YOU),
)  # fmt: skip

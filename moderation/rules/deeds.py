"""What the author or somebody will do: «всажу заряд», «самого закопаю», «кто-нибудь вас пристрелит»."""

from __future__ import annotations

from collections.abc import Iterator

from ..function_words import DATIVE_YOU, OBJECT_YOU, YOU
from ..morph import (
    ACCUSATIVE,
    FUTURE,
    FUTURE_1,
    IMPERATIVE,
    INSTRUMENTAL,
    NOMINATIVE,
    NOUN,
    PERSON_2,
    SINGULAR_3,
)
from ..tokens import Document
from .base import Groups, Hit, Rule
from .context import any_of, by_cause, endangered, near
from .promise import place_of
from .reprisal import peaceful
from .threat import told

_LONGEST = 30  # words


def _somebody_will(doc: Document, groups: Groups) -> Iterator[Hit]:
    """«Найдётся человек, который вас пристрелит», «кто-нибудь плеснёт вам кислотой»; «вас убьёт током» is care."""
    words = doc.words
    for i, word in doc.listed():
        harm = word.mask & (groups.kill | groups.hurt | groups.loose)
        splash = word.mask & groups.punch
        if not (harm or splash) or not word.grammar & SINGULAR_3 or not word.grammar & FUTURE or told(doc, groups, i):
            continue
        sentence = doc.sentence(i)
        whom = near(doc, i, 5, 3, groups.second)
        if whom is None or words[whom].form not in (OBJECT_YOU if not splash else OBJECT_YOU | DATIVE_YOU):
            continue
        who = any(words[p].form in _WHO for p in range(max(sentence.start, i - 9), min(sentence.stop, i + 4)))
        who = who or any_of(doc, range(max(sentence.start, i - 9), i), groups.crowd | groups.gang) is not None
        if splash and not harm:
            who = who and any(
                words[p].mask & (groups.weapon | groups.face) and words[p].grammar & (INSTRUMENTAL | ACCUSATIVE)
                for p in sentence
            )
        if not who or peaceful(doc, groups, sentence) or by_cause(doc, sentence):
            continue
        if any_of(doc, sentence, groups.hazard & ~groups.crowd) is None:
            first, last = min(i, whom), max(i, whom)
            yield Hit(first, last, "medium", word.lemma, f"Собеседнику предсказывают расправу: «{word.form}».")


_WHO = frozenset({"кто-нибудь", "кто-то", "который", "которая", "кто", "найдется", "любой", "каждый", "он", "она"})


def _stab_in(doc: Document, groups: Groups) -> Iterator[Hit]:
    """«Солью из обоих стволов всажу», «влеплю заряд дроби»; «всажу саженец» has no weapon."""
    words = doc.words
    for i, word in doc.having(groups.stab):
        if not word.grammar & FUTURE_1 or told(doc, groups, i):
            continue
        clause = doc.clause(i)
        what = any_of(doc, clause, groups.charge, besides=i)
        if what is not None and not peaceful(doc, groups, doc.sentence(i)):
            why = f"Автор обещает выстрелить или ударить: «{word.form}» и «{words[what].form}»."
            yield Hit(min(i, what), max(i, what), "medium", word.lemma, why)


def _selves(doc: Document, groups: Groups) -> Iterator[Hit]:
    """«Самого срублю», «самих вас закопаем»: what was done to things will be done to the doer."""
    words = doc.words
    harm = groups.kill | groups.loose | groups.hurt | groups.breaking | groups.arson | groups.captive | groups.throw
    for i, word in doc.spelled(("самого", "самих", "саму")):
        if told(doc, groups, i):
            continue
        around = [p for p in (i + 1, i - 1, i + 2, i - 2, i + 3) if 0 <= p < len(words)]
        verb = next((p for p in around if words[p].grammar & FUTURE_1 and words[p].mask & harm), None)
        if verb is None or peaceful(doc, groups, doc.sentence(i)):
            continue
        follows = words[i + 1] if i + 1 < len(words) else word
        if not (follows.grammar & NOUN and not follows.mask & groups.target and not follows.mask & harm):
            why = f"Автор обещает расправу: «{word.form} {words[verb].form}»."
            yield Hit(min(i, verb), max(i, verb), "medium", words[verb].lemma, why)


def _brings(doc: Document, groups: Groups) -> Iterator[Hit]:
    """«Принесу гранату на приём», «захвачу ружьё, когда к вам поеду»; «принесу топор на субботник» passes."""
    words = doc.words
    for i, word in doc.having(groups.armed):
        if not word.grammar & ACCUSATIVE or told(doc, groups, i):
            continue
        sentence = doc.sentence(i)
        verb = next(
            (p for p in range(max(0, i - 4), min(len(words), i + 4)) if words[p].mask & groups.bring
             and words[p].grammar & FUTURE_1),
            None,
        )  # fmt: skip
        if verb is None or any_of(doc, sentence, groups.civic | groups.kind) is not None:
            continue
        to_you = any_of(doc, sentence, groups.second | groups.office | groups.official) is not None
        to_you = to_you or any(words[p].form in ("прием", "приеме") for p in sentence)
        if to_you and not any(words[p].form == "?" for p in sentence):
            first, last = min(i, verb), max(i, verb)
            yield Hit(first, last, "medium", word.lemma, f"Автор собирается прийти с оружием: «{word.form}».")


def _hit_in_face(doc: Document, groups: Groups) -> Iterator[Hit]:
    """«В табло получите», «получишь ты в подворотне»; «получите в поликлинике» passes."""
    words = doc.words
    for i, word in doc.having(groups.receive):
        if not word.grammar & PERSON_2 or told(doc, groups, i):
            continue
        sentence = doc.sentence(i)
        around = range(max(sentence.start, i - 5), min(sentence.stop, i + 6))
        if not word.grammar & FUTURE or word.grammar & IMPERATIVE or peaceful(doc, groups, sentence):
            continue
        face = next(
            (p for p in around if p and words[p].mask & groups.struck and words[p - 1].form in ("в", "по")), None
        )
        where = place_of(doc, around, groups.dark)
        slap = any_of(doc, around, groups.slap)
        face = slap if face is None else face
        what = face if face is not None else where if any(words[p].form == "ты" for p in around) else None
        if what is not None:
            first, last = min(i, what), max(i, what)
            yield Hit(first, last, "medium", word.lemma, f"Обещан удар: «{word.form}» и «{words[what].form}».")


def _tell_kin(doc: Document, groups: Groups) -> Iterator[Hit]:
    """«Передай жене, чтобы траур готовила», «скажи матери, пусть гроб выбирает»."""
    words = doc.words
    for i, word in doc.spelled(_TELL):
        if told(doc, groups, i):
            continue
        after = range(i + 1, min(len(words), i + 14))
        kin = any_of(doc, range(i + 1, min(len(words), i + 5)), groups.family)
        grim = any_of(doc, after, groups.grave | groups.mourning | groups.injury & ~groups.body)
        if kin is not None and grim is not None and not peaceful(doc, groups, after):
            yield Hit(i, grim, "medium", word.form, f"Угроза через близких: «{words[grim].form}».")


_TELL = frozenset({"передай", "передайте", "скажи", "скажите", "предупреди", "предупредите", "пусть", "обрадуй"})


def _careful(doc: Document, groups: Groups) -> Iterator[Hit]:
    """«Ты один по лестнице ходишь, осторожнее»: «ты», a habit and a warning; «вы ходите, осторожнее, лёд» is care."""
    words = doc.words
    if len(words) > _LONGEST or not any(w.form == "ты" for w in words):
        return
    for i, word in doc.having(groups.private):
        if not word.grammar & PERSON_2 or word.grammar & IMPERATIVE:
            continue
        warned = any(w.mask & groups.warns or w.form in ("смотри", "берегись") for w in words)
        if (
            warned
            and not told(doc, groups, i)
            and not any(w.form == "?" for w in words)
            and any_of(doc, range(len(words)), groups.kind | groups.care | groups.first) is None
        ):
            yield Hit(i, i, "medium", word.lemma, f"Предостережение, похожее на угрозу: «ты … {word.form}».")
            return


def _falls_on_you(doc: Document, groups: Groups) -> Iterator[Hit]:
    """«Как бы тебе на голову кирпич не упал»; «как бы сосулька не упала» is care."""
    words = doc.words
    for i, word in doc.having(groups.fly):
        if told(doc, groups, i):
            continue
        before = range(max(0, i - 9), i)
        lest = any(words[p].form == "бы" and p and words[p - 1].form == "как" for p in before)
        thing = any(words[p].mask & groups.projectile and words[p].grammar & NOMINATIVE for p in before)
        you = any(words[p].form in YOU for p in before)
        if lest and thing and you and not endangered(doc, groups, before):
            yield Hit(before.start, i, "medium", word.lemma, "Предостережение, похожее на угрозу: «как бы не упал».")


RULES = (
    Rule("threat.somebody_will", "threat", "«Кто-нибудь вас пристрелит»", _somebody_will,
         groups=("threat.kill", "threat.hurt", "threat.loose", "threat.punch"), also=OBJECT_YOU | DATIVE_YOU),
    Rule("threat.stab_in", "threat", "«Всажу заряд»", _stab_in, groups=("threat.stab",)),
    Rule("threat.selves", "threat", "«Самого закопаю»", _selves,
         groups=("threat.kill", "threat.loose", "threat.hurt", "threat.break", "threat.arson", "threat.captive",
                 "threat.throw"), also=("самого", "самих", "саму")),
    Rule("threat.brings", "threat", "«Принесу гранату»", _brings, groups=("threat.armed",)),
    Rule("threat.hit_in_face", "threat", "«В табло получите»", _hit_in_face, groups=("threat.receive",)),
    Rule("threat.tell_kin", "threat", "«Передай жене, чтобы траур готовила»", _tell_kin, groups=("people.family",)),
    Rule("threat.careful", "threat", "«Ты один ходишь, осторожнее»", _careful, groups=("threat.private",)),
    Rule("threat.falls_on_you", "threat", "«Как бы кирпич не упал»", _falls_on_you, groups=("threat.fly",)),
)  # fmt: skip

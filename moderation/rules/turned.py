"""Threats by construction alone: dogs set on somebody, a thing for his head, a funeral arranged, a lonely guard."""

from __future__ import annotations

from collections.abc import Iterator

from ..function_words import ALIVE, ASKING, DATIVE_YOU, FRIENDLY, YOURS
from ..morph import ANIMATE, FUTURE_1, INFINITIVE, NOUN, PERSON_2, PLURAL, PREPOSITION, VERB
from ..tokens import Document
from ..word import BREAK, END, SIGN
from .base import Groups, Hit, Rule
from .context import any_of, endangered, lawful_way
from .promise import place_of
from .pursuit import person
from .reprisal import peaceful
from .threat import told

_LONGEST = 20  # words


def _sets_on(doc: Document, groups: Groups) -> Iterator[Hit]:
    """«Натравлю на вашего приёмщика алабая», «спущу на вас собак»; «натравлю на вас прокуратуру» is a right."""
    words = doc.words
    for i, word in doc.having(groups.set_on):
        if not word.grammar & FUTURE_1 or told(doc, groups, i) or peaceful(doc, groups, doc.sentence(i)):
            continue
        around = range(max(0, i - 5), min(len(words), i + 6))
        led = next((p for p in around if words[p].form == "на"), None)
        beast = any_of(doc, around, groups.beast)
        if led is None or beast is None:
            continue
        whom = person(doc, groups, range(led + 1, min(len(words), led + 4)), i)
        if whom is not None:
            first, last = min(i, led), max(i, whom, beast)
            yield Hit(first, last, "medium", word.lemma, f"Автор обещает напустить собак: «{word.form}».")


def _on_the_head(doc: Document, groups: Groups) -> Iterator[Hit]:
    """«Тому я этот кедр на голову уроню», «вылью вам этот бак на голову»; «надену на голову шапку» passes."""
    words = doc.words
    for i, word in doc.having(groups.head):
        if i == 0 or words[i - 1].form not in ("на", "об", "по", "в") or told(doc, groups, i):
            continue
        clause = doc.clause(i)
        verb = next((p for p in clause if words[p].grammar & VERB and words[p].grammar & FUTURE_1), None)
        whom = next((p for p in clause if words[p].form in _TO_WHOM), None)
        if verb is None or whom is None or words[verb].form in FRIENDLY or peaceful(doc, groups, clause):
            continue
        if any_of(doc, doc.sentence(i), groups.kind) is None:
            spots = (i, verb, whom)
            why = f"Обещан удар: «{words[verb].form}» и «{word.form}»."
            yield Hit(min(spots), max(spots), "medium", word.lemma, why)


_TO_WHOM = DATIVE_YOU | {"тому", "ему", "ей", "им", "каждому", "любому"}


def _arranged(doc: Document, groups: Groups) -> Iterator[Hit]:
    """«Будет вам бесплатная кремация», «устроим вам похороны», «организую тебе инвалидность»."""
    words = doc.words
    for i, word in doc.having(groups.grave | groups.mourning | groups.bed):
        if not word.grammar & NOUN or told(doc, groups, i):
            continue
        before = range(max(0, i - 5), i)
        verb = next((p for p in before if words[p].form in _ARRANGED), None)
        if verb is None or any(words[p].grammar & PREPOSITION for p in range(verb, i)):
            continue
        you = next((p for p in range(max(0, i - 6), min(len(words), i + 3)) if words[p].form in DATIVE_YOU), None)
        if you is not None and not peaceful(doc, groups, doc.sentence(i)):
            first, last = min(verb, you), max(i, you)
            yield Hit(first, last, "medium", word.lemma, f"Собеседнику сулят смерть или увечье: «{word.form}».")


_ARRANGED = frozenset(
    {"будет", "будут", "устрою", "устроим", "организую", "организуем", "обеспечу", "обеспечим", "закажу", "закажем"}
)


def _not_let_go(doc: Document, groups: Groups) -> Iterator[Hit]:
    """«Живым этого участкового из посёлка не выпустим»."""
    words = doc.words
    for i, _ in doc.spelled(ALIVE):
        sentence = doc.sentence(i)
        verb = next(
            (p for p in sentence if words[p].grammar & VERB and words[p].grammar & FUTURE_1 and p
             and words[p - 1].form == "не"),
            None,
        )  # fmt: skip
        if verb is None or told(doc, groups, i) or endangered(doc, groups, sentence):
            continue
        whom = person(doc, groups, sentence, verb)
        if whom is not None:
            spots = (i, verb, whom)
            yield Hit(min(spots), max(spots), "medium", words[verb].lemma, "Обещана расправа: «живым не …».")


def _will_lie(doc: Document, groups: Groups) -> Iterator[Hit]:
    """«Отобрали землю? Ну так в ней и будете лежать»: the grave is named in another sentence."""
    words = doc.words
    if len(words) > _LONGEST:
        return
    for i, word in doc.having(groups.resting):
        will = any(w.form in ("будешь", "будете") for w in words[max(0, i - 3) : i + 3])
        if not will or not word.grammar & INFINITIVE or told(doc, groups, i):
            continue
        there = any(w.form in ("в", "под", "на", "там") for w in words[max(0, i - 5) : i + 5])
        where = any_of(doc, range(len(words)), groups.deadly | groups.grave | groups.soil)
        if there and where is not None and where != i and any_of(doc, range(len(words)), groups.civic) is None:
            yield Hit(i, i, "medium", word.lemma, f"Собеседнику сулят смерть: «будете {word.form}».")


def _answers_there(doc: Document, groups: Groups) -> Iterator[Hit]:
    """«Вы ответите. Не в суде. Вечером, у гаража»."""
    words = doc.words
    if len(words) > _LONGEST or lawful_way(doc, groups, range(len(words))):
        return
    for i, word in doc.having(groups.answering):
        if not word.grammar & PERSON_2 or told(doc, groups, i):
            continue
        where = place_of(doc, range(len(words)), groups.dark)
        when = any(w.form in ("вечером", "ночью", "темноте") for w in words)
        if where is not None and when and not any(w.form == "?" or w.form in ASKING for w in words):
            first, last = min(i, where), max(i, where)
            yield Hit(first, last, "medium", word.lemma, f"Расплата в глухом месте: «{word.form}».")


def _off_the_cliff(doc: Document, groups: Groups) -> Iterator[Hit]:
    """«Собрать всех чиновников в автобус и с обрыва»: a bare infinitive, people, and a deadly place at the end."""
    words = doc.words
    for i, word in doc.having(groups.deadly):
        ends = i + 1 == len(words) or words[i + 1].mask & END
        sentence = doc.sentence(i)
        if not ends or i < 3 or not any(w.grammar & PREPOSITION for w in words[i - 2 : i]) or told(doc, groups, i):
            continue
        spoken = [p for p in sentence if not words[p].mask & SIGN]
        acts = any(words[p].grammar & VERB and not words[p].grammar & (INFINITIVE | NOUN) for p in spoken)
        bare = any(words[p].grammar & INFINITIVE for p in spoken[:3])
        whom = person(doc, groups, sentence, i)
        if bare and not acts and whom is not None and any_of(doc, sentence, groups.civic) is None:
            yield Hit(whom, i, "medium", word.lemma, f"Пожелание отправить человека на смерть: «{word.form}».")


def _unguarded(doc: Document, groups: Groups) -> Iterator[Hit]:
    """«Ваш сторож ночью дежурит один, а склад деревянный»: two weak spots of what is yours, and no plea."""
    words = doc.words
    whole = range(len(words))
    if (
        len(words) > _LONGEST
        or lawful_way(doc, groups, whole)
        or any(w.form in _OURS or w.form in ASKING for w in words)
    ):
        return
    if any_of(doc, whole, groups.kind | groups.invite) is not None or any(w.form == "?" for w in words):
        return
    weak = {w.form for w in words if w.mask & groups.frail or w.form in _ALONE}
    if len(weak) < 2:
        return
    for i, word in enumerate(words[1:], 1):
        near_by = [p for p in (i - 1, i + 1) if p < len(words)]
        if any(words[p].form in YOURS for p in near_by) and word.grammar & NOUN and not told(doc, groups, i):
            if not (word.grammar & ANIMATE or word.mask & groups.home):
                continue
            yield Hit(i, i, "medium", word.lemma, f"Намёк на беззащитность: «{sorted(weak)[0]}» и «{sorted(weak)[1]}».")
            return


_ALONE = frozenset({"один", "одна", "одни", "ночью", "поздно", "вечером", "темно", "пусто", "далеко"})
_OURS = frozenset({"наш", "наша", "наши", "наших", "нас", "нам", "мой", "моя", "мне", "меня", "дети", "детям"})


def _mind_your_step(doc: Document, groups: Groups) -> Iterator[Hit]:
    """«Ты, заместитель, по лесенке-то осторожней»: «ты», an office and a warning; «осторожнее, лёд» is care."""
    words = doc.words
    if len(words) > _LONGEST:
        return
    for i, word in doc.having(groups.warns):
        sentence = doc.sentence(i)
        thou = any(words[p].form in ("ты", "тебе") for p in sentence)
        office = next(
            (p for p in sentence if words[p].mask & (groups.office_head | groups.insulted) and p
             and words[p - 1].mask & BREAK),
            None,
        )  # fmt: skip
        if thou and office is not None and not told(doc, groups, i) and any_of(doc, sentence, groups.kind) is None:
            first, last = min(i, office), max(i, office)
            yield Hit(first, last, "medium", word.lemma, "Предостережение, похожее на угрозу.")


def _riot(doc: Document, groups: Groups) -> Iterator[Hit]:
    """«Пора брать дубьё и идти громить эту контору»; «хватит громить остановки» and a question are no call."""
    words = doc.words
    for i, word in doc.having(groups.riot):
        if told(doc, groups, i) or not word.grammar & (INFINITIVE | FUTURE_1):
            continue
        sentence = doc.sentence(i)
        called = word.grammar & FUTURE_1 or any_of(doc, range(sentence.start, i), groups.call) is not None
        called = called or any(words[p].form in ("айда", "пошли", "идем", "пойдем", "кто") for p in sentence)
        what = any_of(doc, range(i + 1, min(sentence.stop, i + 5)), groups.office | groups.official)
        stopped = any(words[p].form in ("хватит", "не", "хотят", "?") for p in sentence)
        if called and what is not None and not stopped and not peaceful(doc, groups, sentence):
            yield Hit(i, what, "medium", word.lemma, f"Призыв к погрому: «{word.form} {words[what].form}».")


def _not_paper_but(doc: Document, groups: Groups) -> Iterator[Hit]:
    """«В следующий раз приедет не жалоба, а катафалк»."""
    words = doc.words
    grim = groups.grave | groups.armed | groups.weapon | groups.mourning | groups.projectile
    for i, _ in doc.having(groups.paper):
        negated = any(w.form == "не" for w in words[max(0, i - 3) : i])
        after = range(i + 1, min(len(words), i + 6))
        but = next((p for p in after if words[p].form == "а"), None)
        if not negated or but is None or told(doc, groups, i):
            continue
        what = any_of(doc, range(but + 1, min(len(words), but + 4)), grim)
        if what is not None and not any(words[p].form == "?" for p in doc.sentence(i)):
            yield Hit(i, what, "medium", words[what].lemma, f"Вместо жалобы обещано «{words[what].form}».")


def _give_me_him(doc: Document, groups: Groups) -> Iterator[Hit]:
    """«Покажите мне того умника, я его на этой остановке и похороню»."""
    words = doc.words
    harm = groups.kill | groups.loose | groups.hurt | groups.breaking | groups.captive | groups.throw | groups.corpse
    for i, _ in doc.spelled(_SHOW):
        after = range(i + 1, min(len(words), i + 22))
        him = next((p for p in after if words[p].form in ("его", "ее", "их", "ему", "ей", "им")), None)
        if him is None or told(doc, groups, i):
            continue
        verb = next((p for p in range(him, after.stop) if words[p].mask & harm and words[p].grammar & FUTURE_1), None)
        who = any(words[p].form in ("этого", "того", "эту", "ту", "тех", "этих", "кто") for p in range(i, him))
        if verb is not None and who and any_of(doc, range(i, verb), groups.pest) is None:
            yield Hit(i, verb, "medium", words[verb].lemma, f"Автор обещает расправу: «{words[verb].form}».")


_SHOW = frozenset({"покажите", "покажи", "дайте", "дай", "приведите", "назовите", "найдите", "скажите", "пришлите"})


def _falls_on_officials(doc: Document, groups: Groups) -> Iterator[Hit]:
    """«Кирпичи у нас с крыш падают. Особенно на начальников»."""
    words = doc.words
    if len(words) > _LONGEST + 5:
        return
    for i, word in doc.having(groups.office_head):
        led = i and words[i - 1].form in ("на", "по") and word.grammar & PLURAL
        if not led or any_of(doc, range(len(words)), groups.projectile) is None or told(doc, groups, i):
            continue
        if any_of(doc, range(len(words)), groups.fly) is not None and not any(w.form == "?" for w in words):
            yield Hit(i - 1, i, "medium", word.lemma, f"Намёк на расправу: «падает на {word.form}».")


RULES = (
    Rule("threat.riot", "threat", "«Идти громить контору»", _riot, groups=("threat.riot",)),
    Rule("threat.not_paper_but", "threat", "«Не жалоба, а катафалк»", _not_paper_but, groups=("threat.paper",)),
    Rule("threat.give_me_him", "threat", "«Покажите мне его, похороню»", _give_me_him,
         groups=("threat.kill", "threat.loose", "threat.hurt", "threat.break", "threat.captive", "threat.throw"),
         also=_SHOW),
    Rule("threat.falls_on_officials", "threat", "«Падает на начальников»", _falls_on_officials,
         groups=("threat.office_head",)),
    Rule("threat.sets_on", "threat", "«Натравлю собак»", _sets_on, groups=("threat.set_on",)),
    Rule("threat.on_the_head", "threat", "«На голову уроню»", _on_the_head, groups=("threat.head",)),
    Rule("threat.arranged", "threat", "«Устроим вам похороны»", _arranged,
         groups=("threat.grave", "threat.mourning", "threat.bed")),
    Rule("threat.not_let_go", "threat", "«Живым не выпустим»", _not_let_go, groups=("threat.living",)),
    Rule("threat.will_lie", "threat", "«В ней и будете лежать»", _will_lie, groups=("threat.resting",)),
    Rule("threat.answers_there", "threat", "«Ответите вечером у гаража»", _answers_there, groups=("threat.answering",)),
    Rule("threat.off_the_cliff", "threat", "«Собрать всех и с обрыва»", _off_the_cliff, groups=("threat.deadly",)),
    Rule("threat.unguarded", "threat", "«Сторож у вас один»", _unguarded, groups=("threat.frail",)),
    Rule("threat.mind_your_step", "threat", "«По лесенке осторожней»", _mind_your_step, groups=("threat.warns",)),
)  # fmt: skip

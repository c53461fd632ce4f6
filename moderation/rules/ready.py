"""A weapon that is ready, a bomb, a bottle in the window, and who gathers people: «ружьё заряжено, пусть подойдут»."""

from __future__ import annotations

from collections.abc import Iterator

from ..function_words import DATIVE_YOU, OBJECT_YOU, YOURS
from ..morph import ACCUSATIVE, FUTURE_1, IMPERATIVE, INFINITIVE, NOMINATIVE, NOUN, PAST, PRESENT_1, VERB
from ..tokens import Document
from ..word import END
from .base import Groups, Hit, Rule
from .context import any_of, lawful_way, near
from .pursuit import person
from .reprisal import peaceful
from .threat import told

_LONGEST = 30  # words


def _at_the_ready(doc: Document, groups: Groups) -> Iterator[Hit]:
    """«Ружьё заряжено, пусть только подойдут», «нож острый, рука не дрогнет»; «ружьё на учёте» passes."""
    words = doc.words
    if len(words) > _LONGEST:
        return
    for i, word in doc.having(groups.armed):
        if not word.grammar & (NOMINATIVE | ACCUSATIVE) or told(doc, groups, i):
            continue
        around = range(max(0, i - 8), min(len(words), i + 9))
        ready = any_of(doc, around, groups.at_hand, besides=i)
        dare = any_of(doc, range(len(words)), groups.dare)
        if ready is None or dare is None or any(w.form == "?" for w in words):
            continue
        if any_of(doc, range(len(words)), groups.civic | groups.kind) is None and not lawful_way(
            doc, groups, range(len(words))
        ):
            first, last = min(i, ready), max(i, ready)
            yield Hit(first, last, "medium", word.lemma, f"Оружие наготове: «{word.form}» и «{words[dare].form}».")
            return


def _bomb(doc: Document, groups: Groups) -> Iterator[Hit]:
    """«В здании заложена бомба», «я заминировал школу», «ждите взрыва»; «школу заминировали, детей увели» is news."""
    words = doc.words
    if len(words) > 16 or any(w.form == "?" for w in words):
        return
    for i, word in doc.having(groups.bomb):
        if told(doc, groups, i):
            continue
        around = range(max(0, i - 5), min(len(words), i + 6))
        laid = any_of(doc, around, groups.planted, besides=i)
        wait = any(words[p].form in ("ждите", "жди") for p in range(max(0, i - 2), i))
        if (laid is not None or wait) and not any(words[p].form in ("замедленного", "не") for p in around):
            yield Hit(i, i, "high", word.lemma, f"Сообщение о взрыве: «{word.form}».")
            return
    for i, word in doc.listed():
        if word.lemma == "заминировать" and word.grammar & PAST and not told(doc, groups, i):
            mine = any(w.form in ("я", "мы") for w in words[max(0, i - 4) : i + 3])
            if mine:
                yield Hit(i, i, "high", word.lemma, f"Сообщение о взрыве: «{word.form}».")


def _aimed_at(doc: Document, groups: Groups) -> Iterator[Hit]:
    """«Гранату вам в окно», «ракету бы в ваше здание», «рванём баллон у вашего крыльца»."""
    words = doc.words
    for i, word in doc.having(groups.missile):
        if not word.grammar & ACCUSATIVE or told(doc, groups, i):
            continue
        sentence = doc.sentence(i)
        after = range(i + 1, min(sentence.stop, i + 8))
        lead = next((p for p in after if words[p].form in ("в", "во", "на", "под", "у", "по")), None)
        if lead is None or peaceful(doc, groups, sentence):
            continue
        target = any_of(
            doc, range(lead + 1, min(sentence.stop, lead + 4)), groups.property | groups.office | groups.target
        )
        if target is None:
            continue
        wished = any(words[p].form == "бы" for p in sentence)
        will = any(words[p].grammar & FUTURE_1 for p in sentence)
        to_you = any(words[p].form in DATIVE_YOU or words[p].form in YOURS for p in sentence)
        to_you = to_you or bool(words[target].mask & (groups.office | groups.official))
        acts = any(
            words[p].grammar & VERB and not words[p].grammar & (INFINITIVE | FUTURE_1 | NOUN) and p != i
            for p in doc.clause(i)
        )
        if (will or ((wished or not acts) and to_you)) and not (acts and not will):
            why = f"Обещан взрыв или удар: «{word.form}» и «{words[target].form}»."
            yield Hit(i, target, "medium", word.lemma, why)


def _comes_with_us(doc: Document, groups: Groups) -> Iterator[Hit]:
    """«Кто со мной громить администрацию?», «мужики, пора доставать топоры»."""
    words = doc.words
    harm = groups.kill | groups.hurt | groups.time_to
    for i, word in doc.having(harm):
        if not word.grammar & INFINITIVE or told(doc, groups, i):
            continue
        sentence = doc.sentence(i)
        gather = any(
            (words[p].form == "кто" and p + 1 < len(words) and words[p + 1].form in ("со", "с", "за", "пойдет"))
            or words[p].form in ("айда", "пошли", "собираемся", "мужики", "пацаны")
            for p in range(sentence.start, i)
        )  # fmt: skip
        if not gather:
            continue
        whom = person(doc, groups, sentence, i)
        what = any_of(doc, sentence, groups.office | groups.official)
        if (whom is not None or what is not None) and any_of(doc, sentence, groups.civic | groups.pest) is None:
            yield Hit(i, i, "medium", word.lemma, f"Призыв к расправе: «{word.form}».")


def _seeks_address(doc: Document, groups: Groups) -> Iterator[Hit]:
    """«Киньте адрес этой мрази, съезжу поговорю»; «дайте адрес депутата, придём на приём» is a right."""
    words = doc.words
    if len(words) > _LONGEST:
        return
    for i, word in doc.having(groups.whereabouts):
        if told(doc, groups, i):
            continue
        whose = next(
            (p for p in range(max(0, i - 4), min(len(words), i + 6)) if words[p].form in _WHOSE
             or words[p].mask & groups.insulted or (words[p].mask & groups.official and words[p].grammar & VERB == 0)),
            None,
        )  # fmt: skip
        going = next(
            (p for p in range(i, len(words)) if words[p].mask & groups.visiting and words[p].grammar & FUTURE_1), None
        )
        if whose is None or going is None or lawful_way(doc, groups, range(len(words))):
            continue
        if any_of(doc, range(len(words)), groups.kind | groups.civic) is None:
            why = f"Автор ищет, где найти человека, чтобы прийти к нему: «{word.form}» и «{words[going].form}»."
            yield Hit(i, going, "medium", word.lemma, why)
            return


_WHOSE = frozenset({"его", "ее", "их", "твой", "этого", "этой", "живет"})


def _takes_up(doc: Document, groups: Groups) -> Iterator[Hit]:
    """«Пора доставать топоры», «точите вилы»: arms in the plural, taken up by a crowd."""
    words = doc.words
    for i, word in doc.listed():
        if word.form not in _ARMS or told(doc, groups, i):
            continue
        around = range(max(0, i - 4), min(len(words), i + 3))
        verb = next((p for p in around if words[p].mask & groups.taking_up), None)
        sentence = doc.sentence(i)
        if verb is None or not words[verb].grammar & (INFINITIVE | IMPERATIVE | FUTURE_1 | PRESENT_1):
            continue
        ends = i + 1 == len(words) or words[i + 1].mask & END or words[i + 1].form in (",", "и")
        if ends and any_of(doc, sentence, groups.civic) is None and not peaceful(doc, groups, sentence):
            yield Hit(min(i, verb), max(i, verb), "medium", word.lemma, f"Призыв взяться за оружие: «{word.form}».")


_ARMS = frozenset({"топоры", "вилы", "ружья", "колья", "биты", "обрезы", "стволы", "дубины", "монтировки"})


def _send(doc: Document, groups: Groups) -> Iterator[Hit]:
    """«Пришлю к тебе пару крепких парней», «мои ребята тебя навестят»."""
    words = doc.words
    for i, word in doc.having(groups.bullies):
        if told(doc, groups, i):
            continue
        around = range(max(0, i - 7), min(len(words), i + 8))
        to_you = any(words[p].form in ("тебе", "тебя", "вам", "вас", "тобой", "вами") for p in around)
        sends = next((p for p in around if words[p].mask & groups.sending and words[p].grammar & FUTURE_1), None)
        rough = any_of(doc, range(max(0, i - 3), i), groups.rough)
        visit = near(doc, i, 4, 7, groups.talk) if rough is not None else None
        if (to_you and (sends is not None or visit is not None) and not peaceful(doc, groups, doc.sentence(i))) and (
            any_of(doc, doc.sentence(i), groups.kind | groups.decent) is None or word.mask & groups.gang
        ):
            yield Hit(i, i, "medium", word.lemma, f"Автор пошлёт других: «{word.form}».")


def _shoots(doc: Document, groups: Groups) -> Iterator[Hit]:
    """«Не подходи — выстрелю», «стреляю без предупреждения»; «стреляю в тире» passes."""
    words = doc.words
    for i, word in doc.having(groups.shoot):
        will = any(w.form in ("буду", "будем") for w in words[max(0, i - 2) : i + 3])
        if not (word.grammar & (FUTURE_1 | PRESENT_1) or (will and word.grammar & INFINITIVE)) or told(doc, groups, i):
            continue
        sentence = doc.sentence(i)
        warned = any(words[p].form in _WARNED or words[p].grammar & IMPERATIVE for p in sentence)
        warned = warned or any(w.form in ("если", "раз", "кто") for w in words[sentence.start : i])
        if (
            (warned or will)
            and not peaceful(doc, groups, sentence)
            and any_of(doc, sentence, groups.civic | groups.pest) is None
        ):
            yield Hit(i, i, "medium", word.lemma, f"Автор обещает стрелять: «{word.form}».")


_WARNED = frozenset({"предупреждения", "поражение", "шаг", "на", "всех", "любого", "каждого"})


def _not_yet(doc: Document, groups: Groups) -> Iterator[Hit]:
    """«Скажи спасибо, что я тебя ещё не прибил», «жаль, что не придушил тебя сразу»."""
    words = doc.words
    harm = groups.kill | groups.loose | groups.hurt
    for i, word in doc.having(harm):
        if not word.grammar & PAST or i == 0 or told(doc, groups, i):
            continue
        before = words[max(0, i - 7) : i]
        if not any(w.form == "не" for w in words[max(0, i - 2) : i]) or not any(w.form in ("я", "мы") for w in before):
            continue
        late = any(w.form in ("еще", "спасибо", "жаль", "жалею", "зря", "радуйся", "радуйтесь") for w in before)
        if late and any(w.form in OBJECT_YOU for w in words[max(0, i - 5) : i + 3]):
            yield Hit(i, i, "medium", word.lemma, f"Намёк на расправу: «ещё не {word.form}».")


def _once_more(doc: Document, groups: Groups) -> Iterator[Hit]:
    """«Собью, если ещё раз выйдет на дорогу»: violence under a condition, and nothing that it could be done to."""
    words = doc.words
    for i, word in doc.having(groups.loose | groups.hurt):
        if not word.grammar & FUTURE_1 or told(doc, groups, i):
            continue
        sentence = doc.sentence(i)
        again = any(
            words[p].form == "еще" and p + 1 < len(words) and words[p + 1].form in ("раз", "один", "одна", "одно")
            for p in sentence
        )
        thing = any(
            words[p].grammar & NOUN and words[p].grammar & ACCUSATIVE and not words[p].mask & groups.target
            and words[p].form != "раз" and p != i for p in doc.clause(i)
        )  # fmt: skip
        if (
            again
            and not thing
            and not peaceful(doc, groups, sentence)
            and any_of(doc, sentence, groups.self_harm | groups.pest) is None
        ):
            yield Hit(i, i, "medium", word.lemma, f"Условие с расправой: «ещё раз … {word.form}».")


RULES = (
    Rule("threat.shoots", "threat", "«Не подходи — выстрелю»", _shoots, groups=("threat.shoot",)),
    Rule("threat.not_yet", "threat", "«Скажи спасибо, что не прибил»", _not_yet,
         groups=("threat.kill", "threat.loose", "threat.hurt")),
    Rule("threat.once_more", "threat", "«Собью, если ещё раз …»", _once_more, groups=("threat.loose", "threat.hurt")),
    Rule("threat.at_the_ready", "threat", "Оружие наготове", _at_the_ready, groups=("threat.armed",)),
    Rule("threat.bomb", "threat", "Сообщение о взрыве", _bomb, groups=("threat.bomb", "threat.arson")),
    Rule("threat.aimed_at", "threat", "«Гранату вам в окно»", _aimed_at, groups=("threat.missile",)),
    Rule("threat.comes_with_us", "threat", "«Кто со мной громить»", _comes_with_us,
         groups=("threat.kill", "threat.hurt", "threat.time_to")),
    Rule("threat.seeks_address", "threat", "«Киньте его адрес, съезжу»", _seeks_address,
         groups=("threat.whereabouts",)),
    Rule("threat.takes_up", "threat", "«Пора доставать топоры»", _takes_up, groups=("threat.taking_up",)),
    Rule("threat.send", "threat", "«Пришлю к тебе ребят»", _send, groups=("threat.bullies",),
         also=("тебе", "тебя", "вам", "вас", "тобой", "вами")),
)  # fmt: skip

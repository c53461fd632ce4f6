"""Insults: words of contempt, and softer words and animals about the reader or officials."""

from collections.abc import Iterator

from moderation.rules.base import (
    Groups,
    Hit,
    Rule,
    about_oneself,
    addressed,
    any_of,
    literal,
    phrase_rule,
    reported,
    said_to_you,
    starts_sentence,
)
from moderation.text.morph import ADJECTIVE, GENITIVE, INANIMATE, NOMINATIVE, NOUN, PREPOSITION, THESE, VERB
from moderation.text.tokens import Document
from moderation.text.word import END, EXCLAIM, MIXED, SIGN


def _contempt(doc: Document, groups: Groups) -> Iterator[Hit]:
    for i, word in doc.having(groups.contempt | groups.disguised):
        if not word.mask & groups.contempt and not word.mask & MIXED:
            continue
        if any(first <= i <= last for first, last, _ in doc.found("insult.idiom")):
            continue
        if _of_a_thing(doc, groups, i) or not _meant(doc, groups, i):
            continue
        sure = not word.mask & groups.guessed or word.mask & groups.contempt & ~groups.guessed
        why = f"Оскорбительное слово «{word.lemma}»"
        if word.mask & groups.thing and said_to_you(doc, i) is None:
            sure = 0
        if sure and addressed(doc, groups, i) and not word.grammar & ADJECTIVE:
            yield Hit(i, i, "high", word.lemma, f"{why}, сказанное собеседнику или должностному лицу.")
        else:
            yield Hit(i, i, "medium", word.lemma, f"{why}; о ком оно, решает человек.")


def _meant(doc: Document, groups: Groups, i: int) -> bool:
    return not (literal(doc, groups, i) or reported(doc, groups, i) or about_oneself(doc, groups, i))


def _of_a_thing(doc: Document, groups: Groups, i: int) -> bool:
    """«Сволочная погода», «идиотский знак»: an adjective of contempt about a thing."""
    words = doc.words
    if not words[i].grammar & ADJECTIVE or i + 1 >= len(words):
        return False
    named = words[i + 1]
    people = groups.official | groups.human | groups.insulted | groups.family
    return bool(named.grammar & NOUN and named.grammar & INANIMATE and not named.mask & people)


def _soft(doc: Document, groups: Groups) -> Iterator[Hit]:
    for i, word in doc.having(groups.soft | groups.animal):
        if word.mask & groups.contempt or (i and doc.words[i - 1].form in ("три", "две")):
            continue  # «сдираете три шкуры»
        reason = _pointed_at(doc, groups, i)
        if word.grammar & NOMINATIVE:
            reason = reason or _to_you(doc, groups, i) or _of_official(doc, groups, i) or _exclaimed(doc, groups, i)
        if reason and _meant(doc, groups, i):
            yield Hit(i, i, "medium", word.lemma, f"Обидное слово «{word.lemma}»: {reason}.")


def _belittled(doc: Document, groups: Groups) -> Iterator[Hit]:
    """«Вы убогие»: said of the reader, not of what he has or does."""
    for i, word in doc.having(groups.belittling):
        said = word.grammar & NOMINATIVE and _to_you(doc, groups, i) and not _of_a_thing(doc, groups, i)
        if said and _meant(doc, groups, i):
            yield Hit(i, i, "medium", word.lemma, f"Обидное слово «{word.lemma}»: сказано собеседнику.")


def _to_you(doc: Document, groups: Groups, i: int) -> str:
    """«Вы воры», «козёл ты»: with only adjectives and small words in between."""
    place = said_to_you(doc, i)
    if place is None:
        return ""
    between = doc.words[min(place, i) + 1 : max(place, i)]
    if any(
        word.grammar & VERB or word.mask & SIGN or (word.grammar & NOUN and not word.grammar & ADJECTIVE)
        for word in between
    ):
        return ""
    return "сказано собеседнику"


def _of_official(doc: Document, groups: Groups, i: int) -> str:
    """«Глава трус», «не власть, а жульё», «алкаши ваши дорожники»: both in the nominative, without a verb between."""
    words = doc.words
    for place in (i - 1, i - 2, i - 3, i - 4, i + 1, i + 2, i + 3, i + 4):
        named = words[place] if 0 <= place < len(words) else words[i]
        if not named.mask & groups.official or not named.grammar & NOMINATIVE or named is words[i]:
            continue
        if (place < i and words[i].grammar & GENITIVE) or (place and words[place - 1].grammar & PREPOSITION):
            continue  # «хозяин собаки», «тополь у мэрии трухлявый»
        between = words[min(place, i) + 1 : max(place, i)]
        forms = [word.form for word in between]
        if any(word.mask & END or word.grammar & VERB for word in between):
            continue
        nouns = [word for word in between if word.grammar & NOUN and not word.grammar & ADJECTIVE]
        signs = [form for word, form in zip(between, forms, strict=True) if word.mask & SIGN]
        if nouns or any(sign not in "—–-," for sign in signs):
            continue
        if "," in signs and not (
            "а" in forms and any(word.form == "не" for word in words[max(0, min(place, i) - 3) : i])
        ):
            continue
        if any(form in ("и", "или", "с", "у", "от", "для", "на", "в", "против") for form in forms):
            continue
        if words[i].mask & groups.pest and not signs and place > i:
            continue
        return "сказано о должностном лице или власти"
    return ""


def _pointed_at(doc: Document, groups: Groups, i: int) -> str:
    """«У этих шкур», «этому козлу»: after «этот» these words are always insults."""
    if i == 0 or doc.words[i].mask & (groups.pest | groups.fact):
        return ""
    return "сказано о человеке с указанием «этот»" if doc.words[i - 1].form in THESE - {"это"} else ""


def _exclaimed(doc: Document, groups: Groups, i: int) -> str:
    """«Козлы! …», «чинуши зажравшиеся, вам бы …», «лодырь на лодыре»: a whole sentence, an address, a crowd."""
    words, after = doc.words, doc.words[i + 1 : i + 3]
    if not after or words[i].mask & groups.pest:
        return ""
    if after[0].form == "на" and after[-1].lemma == words[i].lemma:
        return "один на другом"
    comma = words[i].mask & groups.soft and [w.form for w in after if not w.grammar & ADJECTIVE][:1] == [","]
    called = comma and any_of(doc, doc.sentence(i), groups.second) is not None
    return "выкрик" if (called or after[0].mask & EXCLAIM) and starts_sentence(doc, i) else ""


def _told_or_literal(doc: Document, groups: Groups, i: int) -> bool:
    """«Собака на цепи», «в какой поликлинике лечитесь?»: the literal meaning."""
    words = doc.words
    sentence = doc.sentence(i)
    tied = any(w.form in _TIED for w in words[i : i + 2])
    if tied and (any_of(doc, sentence, groups.animal) is not None or any_of(doc, sentence, groups.target) is None):
        return True
    if words[i].form == "лечитесь" and any(words[p].form in ("где", "какой", "каком") for p in sentence):
        return True
    return reported(doc, groups, i)


_TIED = frozenset({"цепи", "поводке", "веревочках"})
_CONTEMPT_GROUPS = ("insult.strong", "insult.form", "insult.obscene", "insult.stem", "insult.disguised")
_SOFT_GROUPS = ("insult.soft", "insult.animal")
RULES = (
    Rule("insult.contempt", "insult", "Оскорбительное слово о человеке", _contempt, groups=_CONTEMPT_GROUPS),
    Rule("insult.soft", "insult", "Обидное слово собеседнику или должностному лицу", _soft, groups=_SOFT_GROUPS),
    Rule("insult.belittling", "insult", "Обидное определение собеседнику", _belittled,
         groups=("insult.adjective", "insult.said")),
    phrase_rule("insult.phrase", "insult", "Унизительный оборот", "insult.phrase", "medium", "Унизительный оборот.",
                _told_or_literal),
    phrase_rule(
        "insult.sarcasm", "insult", "Издёвка без бранного слова", "insult.sarcasm", "medium",
        "Похоже на издёвку: решает человек.",
    ),
)  # fmt: skip

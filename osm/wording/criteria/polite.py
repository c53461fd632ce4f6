"""П.16: polite, without insult, threat, blame, sarcasm or familiarity, as far as words show it."""

import re

from osm.wording.criteria.blame import blamed
from osm.wording.criteria.model import Answer, Criterion, Key
from osm.wording.phrases import load, load_words
from osm.wording.text import AnswerText, Span, Word

_WORDS = "osm.wording.criteria.words"
_INFORMAL_YOU = frozenset({"ты", "твой"})
_NO_ADDRESS = frozenset(
    {"будь", "пусть", "давай", "видишь", "знаешь", "веришь", "глядишь", "вишь", "дай", "стой", "стоп", "смотри"}
)
"""Forms that mean nobody in «будь то», «не дай бог», «глядишь, и …»; as an address they rarely stand alone."""
_STRICT = frozenset({"давай", "смотри", "стой", "знаешь", "видишь"})
_DIMINUTIVE = re.compile(r"(?:[еоа]чк|[её]ньк|оньк|ушк|юшк|ишк|ышк|унь|юш|уш|усь|ул)(?:а|я|ик)?$|(?:чик|[её]к|ок|ик)$")
_SIGNS = frozenset(",!.?…)(")
_WHY = {
    "насмешка": "Похоже на насмешку. Скажите прямо и спокойно.",
    "упрёк": "Похоже на упрёк автору. Ответьте по делу.",
    "угроза": "Похоже на угрозу автору. Уберите.",
    "оскорбление": "Грубо. Уберите или скажите мягче.",
    "фамильярность": "Фамильярно. Обращайтесь на «вы» и по имени.",
}


def check(answer: Answer) -> Criterion:
    """Quoted speech and names in quotes are not judged; insults and threats are found by moderation."""
    found: list[tuple[Span, str]] = [
        (answer.text.cut(one.start, one.end), one.why)
        for one in answer.rudeness
        if not _is_quoted(answer.text, one.start)
    ]
    found += [(span, _WHY["фамильярность"]) for span in _familiar(answer.text)]
    found += [(span, _WHY["упрёк"]) for span in blamed(answer.text)]
    for match in load(_WORDS, "rude.txt").find(answer.text.words):
        if not any(word.quoted for word in answer.text.words[match.first : match.last + 1]):
            found.append((answer.text.span(match.first, match.last), _WHY[match.phrase.note]))
    if not found:
        return Criterion(Key.POLITE, True)
    found.sort(key=lambda one: one[0].start)
    advice = " ".join(dict.fromkeys(why for _, why in found))
    return Criterion(Key.POLITE, False, tuple(dict.fromkeys(span for span, _ in found)), advice)


def _is_quoted(text: AnswerText, start: int) -> bool:
    return any(word.quoted and word.start <= start < word.end for word in text.words)


def _familiar(text: AnswerText) -> list[Span]:
    """«ты», verbs to «ты», pet names and clipped names («Танюш») where they address somebody."""
    words, found = text.words, []
    pets = load_words(_WORDS, "pet_names.txt")
    for i, word in enumerate(words):
        if word.quoted or not word.is_word:
            continue
        if word.readings[0].lemma in _INFORMAL_YOU:
            found.append(text.span(i, i))
        elif _is_informal_verb(word):
            strict = word.form in _STRICT and i + 1 < len(words) and words[i + 1].text == ","
            if word.form not in _NO_ADDRESS or strict:
                found.append(text.span(i, i))
        elif _addresses(words, i) and ((_is_pet(word, pets) and word.has("nomn")) or _is_pet_form(words, i)):
            found.append(text.span(i, i))
    return found


def _is_pet(word: Word, pets: frozenset[str]) -> bool:
    """«милая» is one; «Мила, добрый день» has the form of «она мила», which is no address."""
    return bool(word.lemma_of(pets)) and any(r.lemma in pets and "ADJS" not in r.tags for r in word.readings)


def _is_informal_verb(word: Word) -> bool:
    """Every likely reading is a verb to «ты»: «скинь»; «нашли» is more often «они нашли»."""
    likely = [reading.tags for reading in word.readings if reading.weight >= 0.2] or [word.first]
    return all("sing" in tags and tags & {"2per", "impr"} for tags in likely) and not word.has("NOUN")


def _addresses(words: list, i: int) -> bool:  # type: ignore[type-arg]
    """Whether the word is an address: a sign after it, and a sign, a name or the beginning before it."""
    after = i + 1 == len(words) or words[i + 1].text in _SIGNS or words[i + 1].sentence != words[i].sentence
    before = i == 0 or words[i - 1].text in _SIGNS or words[i - 1].sentence != words[i].sentence
    return after and before


def _is_pet_form(words: list, i: int) -> bool:  # type: ignore[type-arg]
    word = words[i]
    if not word.is_capital or len(word.form) < 3:
        return False
    if word.has("voct") or (word.has("Name", "gent", "plur") and not word.has("nomn")):
        return True
    by_dictionary = word.has("Name") or not word.readings[0].tags & {"inan"}
    return bool(by_dictionary and word.has("anim") and _DIMINUTIVE.search(word.form) and len(word.form) > 5)

"""П.16: polite, without insult, threat, blame, sarcasm or familiarity, as far as words show it."""

import re
from collections.abc import Iterator

from osm.wording.criteria.form import Answer, Criterion, Key
from osm.wording.text import AnswerText, Span, Word, load, load_words

# --- Blame
_READER = frozenset({"вы", "ты"})
_US = frozenset({"мы", "я"})
_THEMSELVES = frozenset({"сам"})
_GUILTY = frozenset({"виноватый", "виновный"})
_TO_BLAME = frozenset({"винить", "пенять", "обвинять", "корить"})
_HARM = frozenset({"допустить", "захламить", "испортить", "поломать", "залить", "запустить"})
_FAULT = frozenset({"вина"})
_OF_GUILT = _GUILTY | _TO_BLAME | _HARM | _FAULT
_OWED = frozenset({"надо", "нужно", "следовать", "стоить", "полагаться", "должный", "обязанный"})
_BY_SUBJECT = frozenset({"должный", "обязанный"})
_WAS_OWED = frozenset({"следовало", "стоило", "полагалось"})
_EARLIER = frozenset({"раньше", "ранее", "прежде", "заранее", "вовремя", "заблаговременно", "сразу"})
_IDLE = frozenset({"думать", "молчать", "смотреть", "глядеть", "ждать", "быть"})
_ASKS = frozenset({"где", "куда", "почему", "зачем", "чем", "что", "чего"})
_EXCUSES = frozenset({"теперь", "извините", "простите", "извинения", "жаль"})
"""With these it tells how it used to be («раньше нужно было ехать …, теперь …»), or what we did wrong."""
_BEFALLS = frozenset({"получить", "получать", "увидеть", "узнать", "прийти"})
"""What somebody else owed to the one who «должен был получить»."""
_SPLITS = frozenset({"что", "чтобы"})


def blamed(text: AnswerText) -> Iterator[Span]:
    """The words that blame: guilt of the reader, what he ought to have done, why he was idle before."""
    words = text.words
    for i, word in enumerate(words):
        if word.quoted or not word.is_word:
            continue
        clause = text.clause_of(i)
        if _is_guilt(words, i, clause) or _is_owed_before(text, i) or _is_idle(words, i, clause):
            yield text.span(i, i)


def _is_guilt(words: list[Word], i: int, clause: range) -> bool:
    """«виноваты сами», «вина ваша», «вините себя»; neither «вы не виноваты» nor «мы виноваты»."""
    word = words[i]
    if not word.lemma_of(_OF_GUILT) or _is_denied(words, i):
        return False
    inside = [words[j] for j in clause]
    if any(one.has("1per", "NPRO", "nomn") or _is_of(one, "1per") for one in inside):
        return False
    if word.lemma_of(_GUILTY) and word.has("ADJS"):
        return any(_is_subject(words, j) for j in clause)
    if word.lemma_of(_HARM) and word.has("VERB", "past"):
        return any(_is_subject(words, j) and words[j].lemma_of(_THEMSELVES) for j in clause)
    if word.has("femn", "nomn") and word.lemma_of(_FAULT):
        return any(_says_yours(words, j) for j in clause)
    return bool(word.lemma_of(_TO_BLAME)) and any(one.form in ("себя", "самих", "самого") for one in inside)


def _is_subject(words: list[Word], j: int) -> bool:
    """«вы», «ты», «сами»; not «не вы»."""
    word = words[j]
    by_himself = word.has("nomn") and bool(word.lemma_of(_THEMSELVES))
    return (by_himself or (word.has("nomn") and bool(word.lemma_of(_READER)))) and not _is_denied(words, j)


def _says_yours(words: list[Word], j: int) -> bool:
    word = words[j]
    if word.form in ("ваша", "твоя"):
        return not _is_denied(words, j)
    return word.form in ("вас", "тебе") and j > 0 and words[j - 1].form == "на"


def _is_owed_before(text: AnswerText, i: int) -> bool:
    """«раньше надо было думать», «не надо было строить». Duties of others, or ours to the reader, are no blame."""
    words, clause = text.words, text.clause_of(i)
    word = words[i]
    if not word.lemma_of(_OWED):
        return False
    inside = [words[j] for j in clause]
    if not any("INFN" in one.first and not one.lemma_of(_BEFALLS) for one in inside):
        return False
    case = "nomn" if word.lemma_of(_BY_SUBJECT) else "datv"
    if word.form not in _WAS_OWED and not any(one.form in ("было", "были", "был", "была") for one in inside):
        return False
    if any(words[j].form in _EXCUSES for j in text.sentence_of(i)):
        return False
    if any(_does_another(one, case) for one in inside) or words[clause.start].form in _SPLITS:
        return False
    return _is_denied(words, i) or any(one.form in _EARLIER for one in inside)


def _does_another(word: Word, case: str) -> bool:
    """We, or the reader as the one to be helped («вас предупредить»), or a named doer («подрядчику»)."""
    if word.lemma_of(_US) or word.form in ("вас", "тебя"):
        return True
    return bool(word.first & {"NOUN", "NPRO"}) and word.has(case) and not word.lemma_of(_READER)


def _is_idle(words: list[Word], i: int, clause: range) -> bool:
    """«где вы раньше были», «почему вы раньше не обратились»."""
    verb = words[i].verb
    if verb is None or "past" not in verb.tags:
        return False
    inside = [words[j] for j in clause]
    if not any(one.has("nomn") and one.lemma_of(_READER) for one in inside):
        return False
    if not any(one.form in _EARLIER for one in inside) or not any(one.form in _ASKS for one in inside):
        return False
    return verb.lemma in _IDLE or (_is_denied(words, i) and any(one.form == "почему" for one in inside))


def _is_denied(words: list[Word], i: int) -> bool:
    return i > 0 and words[i - 1].form == "не"


def _is_of(word: Word, person: str) -> bool:
    return word.verb is not None and person in word.verb.tags


# --- Politeness
_INFORMAL_YOU = frozenset({"ты", "твой"})
_NO_ADDRESS = frozenset(
    {"будь", "пусть", "давай", "видишь", "знаешь", "веришь", "глядишь", "вишь", "дай", "стой", "стоп", "смотри"}
)
"""Forms that mean nobody in «будь то», «не дай бог», «глядишь, и …»; as an address they rarely stand alone."""
_STRICT = frozenset({"давай", "смотри", "стой", "знаешь", "видишь"})
_DIMINUTIVE = re.compile(r"(?:[еоа]чк|[её]ньк|оньк|ушк|юшк|ишк|ышк|унь|юш|уш|усь|ул)(?:а|я|ик)?$|(?:чик|[её]к|ок|ик)$")
_SIGNS = frozenset(",!.?…)(")
_WHY = {
    "насмешка": "Похоже на насмешку. Скажите прямо и спокойно.", "упрёк": "Похоже на упрёк автору. Ответьте по делу.",
    "угроза": "Похоже на угрозу автору. Уберите.", "оскорбление": "Грубо. Уберите или скажите мягче.",
    "фамильярность": "Фамильярно. Обращайтесь на «вы» и по имени.",
}  # fmt: skip


def check(answer: Answer) -> Criterion:
    """Quoted speech and names in quotes are not judged; insults and threats are found by moderation."""
    found: list[tuple[Span, str]] = [
        (answer.text.cut(one.start, one.end), one.why)
        for one in answer.rudeness
        if not any(word.quoted and word.start <= one.start < word.end for word in answer.text.words)
    ]
    found += [(span, _WHY["фамильярность"]) for span in _familiar(answer.text)]
    found += [(span, _WHY["упрёк"]) for span in blamed(answer.text)]
    for match in load("rude.txt").find(answer.text.words):
        if not any(word.quoted for word in answer.text.words[match.first : match.last + 1]):
            found.append((answer.text.span(match.first, match.last), _WHY[match.phrase.note]))
    if not found:
        return Criterion(Key.POLITE, True)
    found.sort(key=lambda one: one[0].start)
    advice = " ".join(dict.fromkeys(why for _, why in found))
    return Criterion(Key.POLITE, False, tuple(dict.fromkeys(span for span, _ in found)), advice)


def _familiar(text: AnswerText) -> list[Span]:
    """«ты», verbs to «ты», pet names and clipped names («Танюш») where they address somebody."""
    words, found = text.words, []
    pets = load_words("pet_names.txt")
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

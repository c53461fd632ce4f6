"""П.16: blame of the author or the residents, found by what the words do in their clause; no list of sentences."""

from collections.abc import Iterator

from osm.wording.text import AnswerText, Span, Word

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

"""The rules of style: small named functions in an ordered list; of findings that overlap the first rule's stays."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from osm.wording.text import AnswerText, Word, lines_of, load, load_sections, load_words

# --- Grammar of the style
_CASES = ("nomn", "gent", "datv", "accs", "ablt", "loct")
_ABOVE = (
    "вышеуказан", "вышеупомянут", "вышеназван", "вышеперечислен", "нижеуказан", "вышеозначен", "упомянут", "указан",
)  # fmt: skip


@lru_cache(maxsize=1)
def _this() -> dict[str, str]:
    """Forms of «данный» with those of «этот»."""
    pairs = (line.split("#")[0].split() for line in lines_of("pronouns.txt"))
    return {pair[0]: pair[1] for pair in pairs if len(pair) == 2}


@lru_cache(maxsize=1)
def _verbs_of_nouns() -> dict[str, tuple[str, str]]:
    rows = (line.split("#")[0].replace("ё", "е").split() for line in lines_of("verbal_nouns.txt"))
    return {row[0]: (row[1], row[2]) for row in rows if len(row) == 3}


def as_written(better: str, original: str) -> str:
    return better[:1].upper() + better[1:] if original[:1].isupper() else better


def this_form(words: Sequence[Word], i: int) -> str:
    """The form of «этот» for «данный», «вышеуказанный» at `i`, where it agrees with a noun after it; else nothing."""
    form = words[i].form
    stem = next((stem for stem in _ABOVE if form.startswith(stem)), "")
    if form not in _this() and not stem:
        return ""
    known = _this().get("дан" + form[len(stem) :] if stem else form)
    if known is None and stem:
        known = _this().get("данн" + form[len(stem) :].removeprefix("н"))
    noun = next((words[j] for j in range(i + 1, min(i + 4, len(words))) if not words[j].first & {"ADJF", "PRTF"}), None)
    if known is None or noun is None or noun.is_abbreviation or noun.quoted or not noun.has("NOUN"):
        return ""
    return known if _agree(words[i], noun) else ""


def _agree(adjective: Word, noun: Word) -> bool:
    for one in adjective.readings:
        if not one.tags & {"ADJF", "PRTF"}:
            continue
        for other in noun.readings:
            if "NOUN" not in other.tags or other.weight < 0.05:
                continue
            same_case = any(case in one.tags and case in other.tags for case in _CASES)
            animacy = one.tags & {"anim", "inan"}
            if not same_case or ("plur" in one.tags) != ("plur" in other.tags) or not animacy <= other.tags:
                continue
            if "plur" in one.tags or one.tags & other.tags & {"masc", "femn", "neut"}:
                return True
    return False


def is_action_noun(word: Word) -> bool:
    """A noun made of a verb: -ние, -тие, -ция, or one of the list; not an ordinary word of that shape."""
    if "NOUN" not in word.first or word.is_abbreviation:
        return False
    lemma = word.readings[0].lemma
    if lemma in _verbs_of_nouns():
        return True
    return lemma.endswith(("ние", "тие", "ция")) and len(lemma) > 6 and lemma not in load_words("real_nouns.txt")


def light_verb(word: Word) -> str:
    """`always`, `with_passive` or nothing."""
    if not word.verb or not word.verb.tags & {"VERB", "PRTS", "INFN"}:
        return ""
    lists = load_sections("light_verbs.txt")
    lemma = word.verb.lemma
    return "always" if lemma in lists["always"] else "with_passive" if lemma in lists["with_passive"] else ""


def carried_noun(text: AnswerText, i: int) -> int | None:
    """Number of the noun of action that the light verb at `i` carries, near it in its clause."""
    own = load_sections("light_verbs.txt")["own_objects"]
    for j in sorted(text.clause_of(i), key=lambda j: (abs(j - i), j < i)):
        word = text.words[j]
        is_object = word.has("accs") or word.has("nomn") or word.has("gent")
        if is_object and j != i and abs(j - i) <= 5 and is_action_noun(word) and word.readings[0].lemma not in own:
            return j
    return None


def own_verb(noun: Word, light: Word) -> str:
    """Advice with the noun's own verb, of the aspect of the light one."""
    known = _verbs_of_nouns().get(noun.readings[0].lemma)
    if known is None:
        return f"Скажите глаголом вместо «{noun.text.lower()}»."
    perfective = bool(light.verb and "perf" in light.verb.tags)
    return f"Скажите глаголом: «{known[1] if perfective else known[0]}»."


def is_passive(word: Word) -> bool:
    """«проведён», «осуществляется»."""
    if not word.verb:
        return False
    tags, lemma = word.verb.tags, word.verb.lemma
    return "PRTS" in tags or ("VERB" in tags and lemma.endswith("ся") and bool({"3per", "past"} & tags))


def agent_of(text: AnswerText, i: int) -> int | None:
    """Who acts, in the instrumental: «управлением», «специалистами»; tools and materials are not meant."""
    if text.words[i].verb and not text.words[i].verb.tags & {"PRTS", "VERB"}:  # type: ignore[union-attr]
        return None
    for j in text.clause_of(i):
        word = text.words[j]
        if j == i or abs(j - i) > 7 or "NOUN" not in word.first or "ablt" not in word.first or word.quoted:
            continue
        before = text.words[j - 1] if j else None
        if before is not None and before.first & {"PREP"}:
            continue
        if "anim" in word.first or word.lemma_of(load_words("agents.txt")):
            return j
    return None


def chain(text: AnswerText, i: int) -> tuple[int, int, int]:
    """From a noun of action on: last word of the row of genitives, how many nouns, how many of them of action."""
    last, nouns, actions, j = i, 1, 1, i + 1
    while j < len(text.words) and text.words[j].sentence == text.words[i].sentence:
        word = text.words[j]
        if word.has("ADJF", "gent") or word.has("PRTF", "gent"):
            j += 1
            continue
        if word.is_word and word.has("NOUN", "gent") and "NOUN" in word.first and not word.is_abbreviation:
            nouns += 1
            actions += is_action_noun(word)
            last = j
            j += 1
            continue
        if word.form in {"по", "на"} and j + 1 < len(text.words) and is_action_noun(text.words[j + 1]):
            j += 1
            nouns += 1
            actions += 1
            last = j
            j += 1
            continue
        break
    return last, nouns, actions


# --- The rules
LONGEST_SENTENCE = 25  # words; a longer sentence is not conversational


@dataclass(frozen=True, slots=True)
class StyleFinding:
    """`better` is advice; `replacement` can be put into the text as it is, empty where a person must reword."""

    rule: str
    start: int
    end: int
    fragment: str
    better: str
    replacement: str = ""


def check_style(text: AnswerText) -> tuple[StyleFinding, ...]:
    """Every finding by place. Pure; time grows with the length of the text."""
    found: list[StyleFinding] = []
    for rule in RULES:
        for finding in rule(text):
            if not any(
                finding.start < other.end and other.start < finding.end and other.rule != "long_sentence"
                for other in found
            ):
                found.append(finding)
    return tuple(sorted(found, key=lambda finding: (finding.start, finding.end)))


def long_sentences(text: AnswerText) -> Iterator[StyleFinding]:
    """A sentence of more than 25 words, links and signs not counted."""
    for sentence in text.sentences:
        count = sum(text.words[i].is_word or text.words[i].text[:1].isdigit() for i in sentence)
        if count > LONGEST_SENTENCE:
            better = f"В предложении {count} слов. Разделите его на два-три."
            yield _finding("long_sentence", text, sentence.start, sentence.stop - 1, better)


def pronouns(text: AnswerText) -> Iterator[StyleFinding]:
    """«данный», «вышеуказанный» before the noun that they agree with; «данные ГЛОНАСС» are data."""
    for i, word in enumerate(text.words):
        if word.quoted == "«»":
            continue
        form = this_form(text.words, i)
        if form:
            better = as_written(form, word.text)
            yield _finding("official_word", text, i, i, better, better)


def stock_phrases(text: AnswerText) -> Iterator[StyleFinding]:
    for match in load("stock.txt").find(text.words):
        if any(word.quoted == "«»" for word in text.words[match.first : match.last + 1]):
            continue
        better = match.phrase.note
        fits = better.endswith("!")
        better = as_written(better.rstrip("!"), text.words[match.first].text)
        yield _finding("stock_phrase", text, match.first, match.last, better, better if fits else "")


def split_predicates(text: AnswerText) -> Iterator[StyleFinding]:
    """«произвёл замену», «осуществляет вырубку», «проведена проверка»: a verb that carries a noun of action."""
    for i, word in enumerate(text.words):
        kind = light_verb(word)
        if not kind or word.quoted == "«»":
            continue
        noun = carried_noun(text, i)
        if noun is None and kind != "always":
            continue
        if kind == "with_passive" and not is_passive(word) and not _is_bookish(text.words[noun or i]):
            continue
        if noun is None:
            yield _finding("split_predicate", text, i, i, "Скажите прямо, что делают.")
        else:
            yield _finding("split_predicate", text, min(i, noun), max(i, noun), own_verb(text.words[noun], word))


def heavy_passives(text: AnswerText) -> Iterator[StyleFinding]:
    """«управлением произведена закупка»: the doer is in the instrumental case. A short passive alone is fine."""
    for i, word in enumerate(text.words):
        if word.quoted or not is_passive(word):
            continue
        agent = agent_of(text, i)
        if agent is not None:
            better = "Начните с того, кто делает: «отдел проверил», а не «отделом проверено»."
            yield _finding("heavy_passive", text, min(i, agent), max(i, agent), better)


def reflexive_passives(text: AnswerText) -> Iterator[StyleFinding]:
    """«заявки регистрируются», «содержание осуществляется»: no doer is named."""
    official = load_words("reflexives.txt")
    for i, word in enumerate(text.words):
        if word.verb and "VERB" in word.verb.tags and word.verb.lemma in official and not word.quoted:
            yield _finding("heavy_passive", text, i, i, "Скажите, кто это делает.")


def noun_chains(text: AnswerText) -> Iterator[StyleFinding]:
    """Nouns of action one upon another: «обеспечение выполнения работ»."""
    i = 0
    while i < len(text.words):
        if is_action_noun(text.words[i]) and not text.words[i].quoted:
            last, nouns, actions = chain(text, i)
            if actions >= 2 or nouns >= 4:
                yield _finding("noun_chain", text, i, last, "Скажите глаголами: что сделать, кому и зачем.")
                i = last
        i += 1


def purpose_nouns(text: AnswerText) -> Iterator[StyleFinding]:
    """«для обеспечения …», «о необходимости …»: a preposition and a noun of action with its objects."""
    for i, word in enumerate(text.words):
        if word.form not in _BEFORE_NOUNS or i + 1 == len(text.words) or not is_action_noun(text.words[i + 1]):
            continue
        last, nouns, _ = chain(text, i + 1)
        if nouns >= 3 and text.words[i + 1].form.endswith(("ния", "нии", "нию", "ции")):
            yield _finding("noun_chain", text, i, last, "Скажите глаголом: «чтобы …», «когда …».")


_BEFORE_NOUNS = frozenset({"для", "о", "об", "после", "при", "путем"})


def _is_bookish(noun: Word) -> bool:
    """«провели обследование»; «провели осмотр» is said in conversation too."""
    return noun.form.endswith(("ние", "ния", "ций", "цию", "ции"))


RULES: tuple[Callable[[AnswerText], Iterator[StyleFinding]], ...] = (
    stock_phrases, pronouns, split_predicates, heavy_passives, noun_chains, purpose_nouns, reflexive_passives,
    long_sentences,
)  # fmt: skip


def _finding(rule: str, text: AnswerText, first: int, last: int, better: str, replacement: str = "") -> StyleFinding:
    span = text.span(first, last)
    return StyleFinding(rule, span.start, span.end, span.fragment, better, replacement)

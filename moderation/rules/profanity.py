"""Obscene and coarse words, also disguised and English ones."""

from collections.abc import Iterator

from moderation.rules.base import Groups, Hit, Rule, any_of, phrase_rule
from moderation.text.profane import profane
from moderation.text.tokens import Document
from moderation.text.word import ENGLISH, MIXED, PROFANE, UNKNOWN


def _open(doc: Document, groups: Groups) -> Iterator[Hit]:
    for i, word in doc.having(PROFANE):
        if word.profane and word.profane.strength == "strong" and not word.mask & (MIXED | ENGLISH):
            sure = word.profane.sure
            why = f"Нецензурное слово: «{word.lemma}», корень «{word.profane.root}»."
            yield Hit(i, i, "high" if sure else "medium", word.lemma, why if sure else f"{why} Может быть опечаткой.")


def _disguised(doc: Document, groups: Groups) -> Iterator[Hit]:
    for i, word in doc.having(PROFANE):
        if word.profane and word.mask & MIXED:
            strong = word.profane.strength == "strong"
            why = f"Замаскированное {'нецензурное' if strong else 'грубое'} слово: читается «{word.form}»."
            yield Hit(i, i, "high" if strong and word.profane.sure else "medium", word.lemma, why)


def _coarse(doc: Document, groups: Groups) -> Iterator[Hit]:
    for i, word in doc.having(PROFANE):
        if word.profane and word.profane.strength == "coarse" and not word.mask & (MIXED | ENGLISH):
            around = doc.sentence(i)
            innocent = word.mask & groups.second_sense and any_of(doc, around, groups.kennel, skip=i) is not None
            if innocent and any_of(doc, around, groups.target) is None:
                continue  # «сука ощенилась», «доска без сучка»; «ты, сука, собаку убери» is said to somebody
            yield Hit(i, i, "medium", word.lemma, f"Грубое слово «{word.lemma}»: решает человек.")


def _cut_off(doc: Document, groups: Groups) -> Iterator[Hit]:
    """«На х..», «пошёл на х», «ну и нах..»: cut off by dots, or alone after a verb of sending away. «Ху й», «х уй»: the
    word with a space inside."""
    words = doc.words
    for i, word in enumerate(words):
        if word.form not in _FIRST_LETTERS:
            continue
        after = words[i + 1].form if i + 1 < len(words) else ""
        if after in _REST.get(word.form, ()):
            yield Hit(i, i + 1, "high", word.form + after, "Нецензурное слово, разделённое пробелом.")
            continue
        before = words[i - 1].form if i else ""
        if before not in _BEFORE and word.form != _WRITTEN_TOGETHER:
            continue
        dots = after == "…" or (after == "." and i + 2 < len(words) and words[i + 2].form == ".")
        sent = after != "." and word.form in _BARE and any(w.form in _SENDS for w in words[max(0, i - 4) : i])
        if dots or sent or before == "какого":
            yield Hit(i - (before in _BEFORE), i, "medium", word.form, "Оборванное бранное слово: первые буквы.")


def _cut_in_two(doc: Document, groups: Groups) -> Iterator[Hit]:
    """«Пиз дец», «ху йня»: two pieces, one of them in no dictionary, make an obscene word."""
    unknown = {i for i, _ in doc.having(UNKNOWN)}
    for i in sorted({i - 1 for i in unknown} | unknown):
        if not 0 <= i < len(doc.words) - 1:
            continue
        one, two = doc.words[i : i + 2]
        if one.profane or two.profane or not (one.form + two.form).isalpha():
            continue
        bad = profane(one.form + two.form)
        if bad and bad.strength == "strong" and bad.sure and len(one.form) + len(two.form) >= _LEAST_CUT:
            yield Hit(i, i + 1, "medium", one.form + two.form, "Нецензурное слово, разделённое пробелом.")


_LEAST_CUT = 5  # letters
_WRITTEN_TOGETHER = "нах"
_BARE = frozenset({"х", "x", _WRITTEN_TOGETHER})
_FIRST_LETTERS = _BARE | {"хр", "ху"}
_BEFORE = frozenset({"на", "по", "до", "ни", "какого"})
_REST = {
    "х": ("уй", "уи", "уя", "ую", "уйня", "уйню", "уево", "уевый"),
    "ху": ("й", "я", "ю", "йня", "йню", "ево", "евый"),
}
_SENDS = frozenset(
    {"иди", "идите", "пошел", "пошла", "пошли", "шел", "шла", "шли", "катись", "катитесь", "вали", "валите"}
)


def _english(doc: Document, groups: Groups) -> Iterator[Hit]:
    for i, word in doc.having(PROFANE):
        if word.profane and word.mask & ENGLISH:
            yield Hit(i, i, "medium", word.lemma, f"Английское бранное слово «{word.form}».")


RULES = (
    Rule("profanity.open", "profanity", "Нецензурное слово в любой форме", _open, shape=PROFANE),
    Rule("profanity.disguised", "profanity", "Нецензурное слово, спрятанное за знаками или чужими буквами", _disguised,
         shape=PROFANE),
    Rule("profanity.coarse", "profanity", "Грубое слово", _coarse, shape=PROFANE),
    Rule("profanity.cut_off", "profanity", "Слово, оборванное многоточием", _cut_off, groups=("profanity.cut",)),
    Rule("profanity.cut_in_two", "profanity", "Слово, разделённое пробелом", _cut_in_two, shape=UNKNOWN),
    Rule("profanity.english", "profanity", "Английская брань", _english, shape=PROFANE),
    phrase_rule("profanity.phrase", "profanity", "Бранный оборот", "profanity.phrase", "medium", "Бранный оборот."),
)  # fmt: skip

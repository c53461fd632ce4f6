"""What must hold for any text: spans in the text, no exception, the same verdict for the same words, linear time."""

import json
import time
import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from moderation import CATEGORIES
from moderation.text.disguise import normalise

from .cases import CASES, moderator

WORDS = sorted({word for _, text in CASES for word in text.split()})
RUSSIAN = st.lists(st.sampled_from(WORDS), min_size=1, max_size=14).map(" ".join)
NOISE = st.text(max_size=60)
ANY = st.one_of(NOISE, RUSSIAN, st.tuples(RUSSIAN, NOISE, RUSSIAN).map("".join))


def same(left: str, right: str) -> None:
    one, other = moderator.judge(left), moderator.judge(right)
    assert (one.decision, one.categories) == (other.decision, other.categories)


@given(ANY)
@example("о\u00adхуели")
@example("х\u0336у\u0336й\u0336")
@example("\ud800 хуй")
@example("🅱️лядь 😀 идиот")
def test_spans_lie_in_the_text_in_order(text):
    findings = moderator.judge(text).findings
    for f in findings:
        assert 0 <= f.start < f.end <= len(text)
        assert text[f.start : f.end] == f.fragment
        assert f.category in CATEGORIES
        assert f.why.endswith(".")
    assert [f.start for f in findings] == sorted(f.start for f in findings)


@given(RUSSIAN)
def test_composed_and_decomposed_letters_are_the_same(text):
    same(unicodedata.normalize("NFC", text), unicodedata.normalize("NFD", text))


@given(RUSSIAN)
def test_yo_and_ye_are_the_same(text):
    same(text, text.replace("ё", "е").replace("Ё", "Е"))


@given(RUSSIAN)
def test_trailing_space_changes_nothing(text):
    same(text, text + "  \n")


@given(RUSSIAN)
def test_capitals_never_free_what_was_excluded(text):
    if moderator.judge(text).decision == "exclude":
        assert moderator.judge(text.upper()).decision != "pass"
        assert moderator.judge(text.lower()).decision != "pass"


@given(st.text(alphabet=st.characters(exclude_categories=()), max_size=200))
def test_any_unicode_text_is_judged(text):
    json.dumps([f.fragment for f in moderator.judge(text).findings])


@given(ANY)
def test_normalisation_leads_every_character_back(text):
    read = normalise(text)
    for position in range(len(read.text)):
        start, end = read.span(position, position + 1)
        assert 0 <= start < end <= len(text)


@pytest.mark.parametrize("mark", ["\u200b", "\u00ad", "\u2060", "\u0336", "\ufe0f"])
@pytest.mark.parametrize("word", ["пиздец", "мудак", "дебил"])
def test_invisible_signs_hide_nothing_and_belong_to_the_span(word, mark):
    text = f"ну {mark.join(word)} полный"
    hidden = next(f for f in moderator.judge(text).findings if f.category in ("profanity", "insult"))
    assert text[hidden.start : hidden.end].rstrip(mark) == mark.join(word)


def test_rest_of_a_long_text_does_not_hide_a_profanity():
    long_text = "Сегодня во дворе опять темно. " * 30 + "пиздец просто"
    assert "profanity" in moderator.judge(long_text).categories


BIG = {
    "words": "Почему во дворе на Мира опять нет света, пришлите мастера. ",
    "letters": "а",
    "spaces": " ",
    "dots": ".",
    "stars": "*",
    "masked": "х*",
    "spaced": "х ",
    "mixed": "ab-вг.",
    "digits": "12 ",
    "price": "от 100 р ",
    "quotes": "«",
    "threat": "убью тебя ",
    "insult": "дебил ",
    "marks": "и\u0306",
    "invisible": "\u200b",
    "emoji": "😀",
    "brackets": "[",
    "links": "http://a.b/",
    "at": "@",
    "phone": "8-914-",
    "hyphens": "кто-то-",
    "hidden address": "доход в личку кто-то-",
    "sums": "1тртртр",
}


@pytest.mark.parametrize("piece", BIG.values(), ids=BIG.keys())
def test_time_grows_with_the_length_and_not_with_its_square(piece):
    """Eight times the text takes about eight times the time, or sixty-four times if something backtracks.

    The benchmark measures how long a megabyte takes. A busy machine may spoil one measurement; backtracking spoils all.
    """
    eighth = whole = float("inf")
    for _ in range(5):
        eighth = min(eighth, *(_seconds(_filled(piece, 40_000)) for _ in range(2)))
        whole = min(whole, _seconds(_filled(piece, 320_000)))
        if whole < 30 * max(eighth, 0.004):
            return
    pytest.fail(f"{whole / eighth:.0f} times as long")


def _filled(piece: str, size: int) -> str:
    return (piece * (size // len(piece.encode()) + 1))[:size]


def _seconds(text: str) -> float:
    started = time.process_time()
    moderator.judge(text)
    return time.process_time() - started


def test_no_letter_of_unicode_is_too_strange():
    """Alone, between spaces and within a word: every letter and mark, also those without a name in Unicode's table."""
    letters = [chr(code) for code in range(0x110000) if unicodedata.category(chr(code))[0] in "LM"]
    for start in range(0, len(letters), 50):
        some = letters[start : start + 50]
        moderator.judge(" ".join(some))
        moderator.judge(" ".join(f"со{letter}к" for letter in some))

"""Words suggest a topic: in all forms, phrases before words, never if two topics are equally likely."""

from __future__ import annotations

import tomllib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from osm.regulation.errors import MissingInput
from osm.settings import ROOT
from osm.topics.rules import LONGEST_LINE, MOST_LINES, READ, Suggester, TopicWords, checked_words, suggester

ROADS, LIGHT, POWER, SCHOOLS, BUSES, GARDENS = range(1, 7)
WORDS = {
    ROADS: "яма\nгрейдер\nдорога?\nзасыпать?",
    LIGHT: "освещ*\nфонарь",
    POWER: "нет света\nсвет\nстолб?",
    SCHOOLS: "школьный автобус\nшкола?\nучитель",
    BUSES: "автобус\nмаршрут",
    GARDENS: "детский сад\nместо в саду\nтёмная аллея",
}
TOPICS = tuple(TopicWords(number, words) for number, words in WORDS.items())

CASES: dict[str, tuple[str, int | None, tuple[str, ...]]] = {
    "another form of a word": ("Засыпьте ЯМЫ на Калининской", ROADS, ("засыпьте", "ямы")),
    "a stem": ("неосвещённая, но освещённость обещали", LIGHT, ("освещенность",)),
    "a phrase in another order": ("света опять нет", POWER, ("света", "нет")),
    "a phrase with words between": ("нет который день света", POWER, ("нет", "света")),
    "a phrase is not made of two sentences": ("Воды нет. Света бы побольше внимания", POWER, ("света",)),
    "ё is е": ("на темной аллее страшно", GARDENS, ("темной", "аллее")),
    "words of a phrase count for nothing else": ("школьный автобус не пришёл", SCHOOLS, ("школьный", "автобус")),
    "one supporting word is not enough": ("хорошая дорога", None, ()),
    "two supporting words are": ("засыпать бы дорогу", ROADS, ("засыпать", "дорогу")),
    "as likely as another": ("автобус застрял в яме", None, ()),
    "more of one than of the other": ("автобус в яме, где грейдер", ROADS, ("яме", "грейдер")),
    "the same line again is worth no more": ("автобус, автобус, автобус, ямы и грейдер", ROADS, ("ямы", "грейдер")),
    "another word with the same beginning": ("ямайка", None, ()),
    "a word glued with a hyphen": ("яма-ловушка", ROADS, ("яма",)),
    "nothing": ("", None, ()),
    "no letters": ("!!! 🙂 ...\0", None, ()),
    "beyond what is read": ("а " * (READ // 2) + "яма", None, ()),
}


@pytest.mark.parametrize(("text", "topic", "because"), CASES.values(), ids=CASES)
def test_the_topic_and_the_words_that_say_so(text, topic, because):
    found = suggester(TOPICS).suggest(text)
    assert (found.topic_id if found else None) == topic
    assert (found.because if found else ()) == because


TYPED = {
    "one a line": (" Яма \n\nсвет", "яма\nсвет"),
    "by commas": ("яма, Детский  сад; освещ*", "яма\nдетский сад\nосвещ*"),
    "each once": ("яма\nЯМА\nяма", "яма"),
    "a supporting phrase": ("нет света?", "нет света?"),
    "nothing": (" \n , ", ""),
    "a NUL": ("я\0ма", "яма"),
}


@pytest.mark.parametrize(("typed", "stored"), TYPED.values(), ids=TYPED)
def test_how_words_are_stored(typed, stored):
    assert checked_words(typed) == stored


@pytest.mark.parametrize(
    "typed",
    ["а*", "осв* ре*", "яма!", "(яма)", "*яма", "я?ма", "раз два три четыре пять", "я" * (LONGEST_LINE + 1), "??"],
)
def test_words_that_cannot_be_used_are_named(typed):
    with pytest.raises(MissingInput) as refused:
        checked_words(f"свет\n{typed}")
    assert refused.value.field == "words"
    assert typed[:LONGEST_LINE] in str(refused.value)


def test_too_many_words():
    with pytest.raises(MissingInput, match=str(MOST_LINES)):
        checked_words("\n".join(f"слово{number}" for number in range(MOST_LINES + 1)))


def test_the_starter_topics_hold_usable_words_and_no_name_twice():
    topics = tomllib.loads((ROOT / "osm/topics/starter_topics.toml").read_text(encoding="utf-8"))["topic"]
    assert len({topic["name"] for topic in topics}) == len(topics) > 20
    for number, topic in enumerate(topics, start=1):
        words = checked_words(topic["words"])
        one = Suggester([TopicWords(number, words)])
        for line in words.splitlines():
            if not line.endswith("?"):  # each of them finds itself
                assert one.suggest(line.replace("*", "")), (topic["name"], line)


@settings(max_examples=60, deadline=None)
@given(st.text(alphabet="ямы света нет автобус.\n!школьный-Ё", max_size=300))
def test_every_reason_of_a_suggestion_is_in_the_text(text):
    found = suggester(TOPICS).suggest(text)
    if found:
        assert found.because
        assert all(word in text.lower().replace("ё", "е") for word in found.because)

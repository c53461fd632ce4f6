"""A wrong letter in a question is forgiven if the word as typed finds nothing, or next to nothing."""

from __future__ import annotations

import pytest

from osm.check.acts import index
from osm.check.acts.copies import likely_meant
from tests.office import at

NOW = at("17.03 12:00")


def there_are(office, *texts: str) -> None:
    for text in texts:
        office.incident("17.03 09:00", text=text)
    index.read_due(NOW)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("дарога", "дорога"),
        ("Дарога на Каллининской!", "дорога на калининской!"),
        ("атопление", "отопление"),
        ("фонорей", "фонарей"),
        ("светфоор", "светофор"),
        ("шкловский лифд", "шкловский лифт"),
        ("проулок Ждурэн", "проулок ждурэм"),  # in no dictionary: corrected by the index
    ],
)
def test_the_word_of_the_index_that_is_one_letter_away_is_meant(office, typed, meant):
    there_are(office, "Дорога, Калининская, 3", "Отопление и фонари", "Светофор у лифта", "Шкловский проулок", "Ждурэм")
    assert likely_meant(typed) == meant


@pytest.mark.parametrize(
    "typed",
    [
        "дорога",
        "дорога мусор",  # each word is in some message, no message has both
        "драконы",  # a word of the language that no message has
        "драгота",  # two letters away
        "лес",
        "кх",
        "ОСМ-000123",
        "https://vk.com/wall-1_1",
        "''! — :*",
        "дарога дарого дарогу дароге",  # more than three words: nothing of the question would remain
        "",
    ],
)
def test_nothing_else_is_mended(office, typed):
    there_are(office, "Дорога", "Мусор")
    assert likely_meant(typed) == ""


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("vecjh", "мусор"),
        ("Ytn nhjnefhf", "нет тротуара"),
        (";'r 12", "жэк 12"),
        ("ghjekjr ;leh'v", "проулок ждурэм"),
        ("vecjh yf ghsofl", ""),  # the last is no word anywhere
        ("vk.com", ""),
        ("vecjh на улице", ""),
    ],
)
def test_a_question_on_the_latin_layout_is_read_on_the_russian_one(office, typed, meant):
    there_are(office, "Ждурэм", "ЖЭК")
    assert likely_meant(typed) == meant


def test_of_several_words_the_one_of_most_messages_is_meant(office):
    there_are(office, "Лифт", "Лифт", "Лифы")
    assert likely_meant("лифд") == "лифт"


@pytest.mark.parametrize(("mistyped", "meant"), [(0, "дорога"), (1, "дорога"), (2, ""), (3, "")])
def test_a_common_mistyping_is_corrected_if_the_right_word_dominates(office, mistyped, meant):
    there_are(office, *["Дорога"] * 21, *["Дарога"] * mistyped)
    assert likely_meant("дарога") == meant

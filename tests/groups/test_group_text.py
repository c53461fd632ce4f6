"""The text of a common answer: greeting, name and address of each message are put in."""

from __future__ import annotations

import pytest

from osm.answers.acts.drafting import text_for, without_greeting


@pytest.mark.parametrize(
    ("author", "turn", "expected"),
    [
        ("Мария П.", 0, "Здравствуйте, Мария!"),
        ("Мария П.", 1, "Мария, здравствуйте!"),
        ("Мария П.", 2, "Добрый день, Мария!"),
        ("Мария П.", 7, "Мария, добрый день!"),
        ("", 0, "Здравствуйте!"),
        ("", 1, "Добрый день!"),
        ("lesoz_2020", 2, "Здравствуйте!"),
        ("Старшая по дому", 0, "Здравствуйте!"),
        ("Подслушано Лесозаводск", 0, "Здравствуйте!"),
        ("Пётр Иванов", 0, "Здравствуйте, Пётр!"),
    ],
)
def test_the_greeting_varies_and_is_neutral_without_a_name(author, turn, expected):
    assert text_for("{приветствие} Засыпали.", author=author, place="", turn=turn) == f"{expected} Засыпали."


@pytest.mark.parametrize(
    ("text", "named", "neutral"),
    [
        ("Здравствуйте, {имя}! Да.", "Здравствуйте, Пётр! Да.", "Здравствуйте! Да."),
        ("{имя}, здравствуйте! Да.", "Пётр, здравствуйте! Да.", "Здравствуйте! Да."),
        ("Добрый день {имя}! Да.", "Добрый день Пётр! Да.", "Добрый день! Да."),
        ("{ Имя }, да.", "Пётр, да.", "Да."),
    ],
)
def test_the_name_goes_with_its_comma(text, named, neutral):
    assert text_for(text, author="Пётр К.", place="", turn=0) == named
    assert text_for(text, author="", place="", turn=0) == neutral


def test_the_address_of_the_message_is_inserted_and_unknown_ones_stay():
    assert text_for("По адресу {адрес}", author="", place="Калининская, 12", turn=0) == "По адресу Калининская, 12"
    assert text_for("По адресу {адрес}", author="", place="", turn=0) == "По адресу {адрес}"


@pytest.mark.parametrize(
    ("template", "rest"),
    [
        ("Здравствуйте, {имя}! Лампу заменят.", "Лампу заменят."),
        ("{имя}, добрый день! Лампу заменят.", "Лампу заменят."),
        ("Доброго дня.\nЛампу заменят.", "Лампу заменят."),
        ("Здравствуйте, Мария! Лампу заменят.", "Здравствуйте, Мария! Лампу заменят."),
        ("Лампу заменят. Здравствуйте!", "Лампу заменят. Здравствуйте!"),
        ("Здравствуйте!", "Здравствуйте!"),
    ],
)
def test_a_template_adds_no_second_greeting_to_a_common_answer(template, rest):
    assert without_greeting(template) == rest

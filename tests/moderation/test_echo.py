"""What an author says under an answer: the cases are written for this test."""

from __future__ import annotations

import pytest

from moderation.meaning import SOLVED, THANKS, UNSOLVED, echo

CASES = [
    ("Спасибо!", THANKS),
    ("Благодарю за быстрый ответ", THANKS),
    ("Всё починили, спасибо большое", SOLVED),
    ("Яма засыпана", SOLVED),
    ("Фонарь теперь горит", SOLVED),
    ("Нет слов, всё сделали за день!", SOLVED),
    ("Ничего не сделано", UNSOLVED),
    ("Спасибо за ответ, но воду так и не дали", UNSOLVED),
    ("Никто не приехал", UNSOLVED),
    ("Опять темно", UNSOLVED),
    ("До сих пор сидим без света", UNSOLVED),
    ("Света как не было, так и нет воды", UNSOLVED),
    ("Когда уже приедете?", UNSOLVED),
    ("Очередная отписка.", UNSOLVED),
    ("Не горит", UNSOLVED),
    ("А по соседней улице что планируется", ""),
    ("Почините и у нас", ""),
    ("", ""),
]


@pytest.mark.parametrize(("text", "says"), CASES)
def test_what_is_said_after_an_answer(text, says):
    assert echo(text) == says


@pytest.mark.parametrize("text", ["не " * 4000, "нет", "?!…", "\0\ud800 не сделали"])
def test_any_text_is_read(text):
    assert echo(text) in (UNSOLVED, SOLVED, THANKS, "")

"""Words of the source: status, importance, repeat, empty values, totals."""

from __future__ import annotations

import pytest

from osm.connectors.base import SourceState
from osm.connectors.incident_file.cells import TOTAL, importance_of, is_nothing, repeat_of, state_of

OPEN, ANSWERED = SourceState.OPEN, SourceState.ANSWERED

STATES = [
    ("", OPEN),
    ("Новый", OPEN),
    ("НОВОЕ", OPEN),
    ("В работе", OPEN),
    ("На согласовании", OPEN),
    ("На доработке", OPEN),
    ("Возвращено на доработку", OPEN),
    ("Повторный", OPEN),
    ("Промежуточный ответ", OPEN),
    ("Ответ дан", ANSWERED),
    ("Дан ответ", ANSWERED),
    ("ответ дан ", ANSWERED),
    ("Закрыт", ANSWERED),
    ("Закрыта", ANSWERED),
    ("Закрыто", ANSWERED),
    ("Решён", ANSWERED),
    ("Решено", ANSWERED),
    ("Снят с контроля", ANSWERED),
    ("Не закрыт", None),
    ("На луне", None),
]

IMPORTANCE = [
    ("Да", True),
    ("нет", False),
    ("Повышенная", True),
    ("ПОВЫШЕННАЯ ", True),
    ("повышенной важности", True),
    ("Высокий", True),
    ("высокая", True),
    ("Критичная", True),
    ("Срочно", True),
    ("✓", True),
    ("Обычная", False),
    ("обычный", False),
    ("Не срочно", False),
    ("Низкий", False),
    ("", False),
    ("—", False),
    ("так себе", None),
]

REPEATS = [("Да", True), ("повторное", True), ("Нет", False), ("первичное", False), ("", False), ("может быть", None)]

TOTALS = [
    ("Итого: 120", True),
    ("ИТОГО", True),
    ("Общий итог", True),
    ("Всего сообщений: 5", True),
    ("Сформировано: 20.11.2026", True),
    ("Количество записей 7", True),
    ("Итоговая проверка", False),
    ("Всегодняшний", False),
    ("Прошу итого", False),
]


@pytest.mark.parametrize(("word", "state"), STATES)
def test_status(word, state):
    assert state_of(word) is state


@pytest.mark.parametrize(("word", "important"), IMPORTANCE)
def test_importance(word, important):
    assert importance_of(word) is important


@pytest.mark.parametrize(("word", "repeat"), REPEATS)
def test_repeat(word, repeat):
    assert repeat_of(word) is repeat


@pytest.mark.parametrize("text", ["", "-", "—", "…", "нет", "Н/Д", "не указан", "НЕТ ДАННЫХ", "null"])
def test_a_cell_may_say_nothing_in_words(text):
    assert is_nothing(text)


@pytest.mark.parametrize("text", ["0", "нет воды", "неизвестный автор", "ул. Нет"])
def test_a_cell_that_says_something(text):
    assert not is_nothing(text)


@pytest.mark.parametrize(("text", "is_total"), TOTALS)
def test_totals(text, is_total):
    assert bool(TOTAL.match(text)) is is_total

"""Which days an answer promises, anywhere in it: judged on Saturday 28 November 2026 at 10:00."""

from __future__ import annotations

import pytest

from osm.answers.acts import promises
from osm.regulation.words import ReplyKind
from tests.office import at

pytestmark = pytest.mark.sqlite

PROMISED = [
    ("Подрядчик обещает закончить до 2 декабря.", "2026-12-02"),
    ("Подрядчик обещал закончить до 2 декабря.", "2026-12-02"),
    ("Ждём материалы, до 2 декабря.", "2026-12-02"),
    ("Срок — 2 декабря.", "2026-12-02"),
    ("Срок — до второго декабря.", "2026-12-02"),
    ("Уберём к 2 дек.", "2026-12-02"),
    ("Уберём к 2/12/2026.", "2026-12-02"),
    ("Мастер проверит подвал 2 декабря и расскажет вам.", "2026-12-02"),
    ("Ответим вам до 2 декабря.", "2026-12-02"),
    ("На следующей неделе выедем и посмотрим.", "2026-12-04"),
    ("Со следующей недели автобус пойдёт чаще.", "2026-12-04"),
    ("Комиссия приедет на следующей неделе.", "2026-12-04"),
    ("Дорогу расчистим после выходных.", "2026-11-30"),
    ("Лампы заменим после праздников.", "2027-01-11"),
    ("После новогодних каникул вернёмся к вопросу.", "2027-01-11"),
    ("Лампы заменим до Нового года.", "2026-12-31"),
    ("Работы перенесли на 5 декабря.", "2026-12-05"),
    ("Дом включили в план на 2027 год.", "2027-12-31"),
    ("Лампу заменим 15 января.", "2027-01-15"),
    ("Лампу заменим до 2 ноября.", "2027-11-02"),
    ("Ремонт начался 16 ноября и закончится в мае.", "2027-05-31"),
    ("Сроки: 2 декабря — асфальт, 9 декабря — разметка.", "2026-12-02 2026-12-09"),
    ("В течение декабря вывезем ветки.", "2026-12-31"),
]
NOT_PROMISED = [
    "Осмотр провели 2 ноября.",
    "Осмотр провели 2 декабря.",
    "Осмотр провели 20 января.",
    "Ремонт был закончен 2 ноября.",
    "Ремонт закончили 2 ноября 2026 года.",
    "Подрядчик должен был закончить до 2 ноября.",
    "Работы шли до 2 ноября 2026 года, теперь ждём приёмки.",
    "Лампу заменим до 2 ноября 2026 года.",
    "Яму засыпали в пятницу.",
    "Трубу заменили за три дня.",
    "Воды не было три дня.",
    "Отопление дали 1 октября.",
    "На ваше сообщение от 2 декабря отвечаем.",
    "Приходите на приём 2 декабря.",
    "Позвоните нам в понедельник.",
    "Приём граждан ведём каждый понедельник.",
    "Работаем с 9:00 до 18:00.",
]


def days_of(text: str) -> str:
    found = promises.proposed(f"Здравствуйте! {text}", network="vk", kind=ReplyKind.FINAL, now=at("28.11 10:00"))
    return " ".join(control.due_on.isoformat() for control in found)


@pytest.mark.parametrize(("text", "days"), PROMISED)
def test_a_future_day_is_found_at_any_place(office, text, days):
    assert days_of(text) == days


@pytest.mark.parametrize("text", NOT_PROMISED)
def test_a_past_day_or_others_work_is_no_promise(office, text):
    assert days_of(text) == ""


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("27 ноября вечером подрядчик поставит новый.", ""),
        ("Лампу заменим до 27 ноября.", ""),
        ("Лампу заменим до 2 декабря.", "2026-12-02"),
        ("Лампу заменим завтра.", "2026-11-29"),
    ],
)
def test_a_day_passed_since_writing_is_not_of_the_next_year(office, text, days):
    given = {"network": "vk", "kind": ReplyKind.FINAL, "now": at("28.11 10:00"), "written_at": at("27.11 10:00")}
    found = promises.proposed(f"Здравствуйте! {text}", **given)
    assert " ".join(control.due_on.isoformat() for control in found) == days


PASSED = {
    "Засыплем яму до 12 ноября.": True,
    "Срок — 12.11.": True,
    "Приходите 12 ноября к десяти.": True,
    "Работы запланированы на 12 ноября.": True,
    "Починим 12.11.2026.": True,
    "Яму засыпали 12 ноября.": False,
    "Яму засыпали до 12 ноября.": False,
    "Засыплем яму до 20 ноября.": False,
    "Откроем площадку к 1 июля.": False,
    "На табличке написано «до 12 ноября закроем».": False,
    "Телефон работает с 12 ноября.": False,
}


@pytest.mark.parametrize("said", PASSED)
def test_a_term_that_is_over(office, said):
    found = promises.passed(f"Здравствуйте! {said}", now=at("15.11 10:00"))
    assert [str(day) for day in found] == (["2026-11-12"] if PASSED[said] else [])


def test_tomorrow_counts_from_when_it_was_written(office):
    found = promises.passed("Завтра засыплем.", now=at("15.11 10:00"), written_at=at("12.11 10:00"))
    assert [str(day) for day in found] == ["2026-11-13"]

"""Пр.2.5: officialese is found with a better wording, ordinary words are left alone, safe ones are replaced."""

import pytest

from tests.wording.conftest import judged


def found(text):
    return [(one.rule, one.fragment) for one in judged(text).style]


@pytest.mark.parametrize(
    ("text", "rule", "fragment"),
    [
        ("Отдел произвёл замену насоса.", "split_predicate", "произвёл замену"),
        ("«Горсвет» осуществляет покраску опор.", "split_predicate", "осуществляет покраску"),
        ("Управлением образования куплена мебель.", "heavy_passive", "Управлением образования куплена"),
        ("Данный двор уберут завтра.", "official_word", "Данный"),
        ("Вышеуказанную яму засыпали.", "official_word", "Вышеуказанную"),
        ("В настоящее время снег вывозят.", "stock_phrase", "В настоящее время"),
        ("Ваше сообщение находится на контроле отдела.", "stock_phrase", "находится на контроле"),
        (
            "Приносим извинения за доставленные неудобства.",
            "stock_phrase",
            "Приносим извинения за доставленные неудобства",
        ),
        ("Претензий со стороны жителей нет.", "stock_phrase", "со стороны жителей"),
        ("Идёт обсуждение изменения маршрутов.", "noun_chain", "обсуждение изменения маршрутов"),
    ],
)
def test_found(text, rule, fragment):
    assert (rule, fragment) in found(text)


@pytest.mark.parametrize(
    "text",
    [
        "Здравствуйте! Потолок побелен, знак установлен.",
        "Взяли данные счётчиков и данные ГЛОНАСС.",
        "Подрядчик по контракту провёл свет.",
        "Дорожку отсыплют до конца месяца, работать будут в две смены.",
        "Яму засыпали песком, завтра закатают асфальтом.",
        "Напишите, пожалуйста, адрес и подъезд.",
        "Собаки у калитки со стороны Лесной или со стороны двора?",
        "Снегоуборочная техника работала ночью.",
    ],
)
def test_left_alone(text):
    assert found(text) == []


def test_a_sentence_of_more_than_25_words_is_found_whole():
    long = "Снег " + "и лёд " * 13 + "убрали."
    assert (("long_sentence", long)) in found(f"Здравствуйте! {long}")


def test_every_finding_brings_a_better_wording():
    text = "Данный вопрос находится на контроле. В целях экономии произведена замена. Сообщаем, что ведутся работы."
    findings = judged(text).style
    assert len(findings) >= 4
    assert all(one.better for one in findings)


def test_safe_ones_are_replaced_with_their_capital_and_case():
    text = "В настоящее время данную яму засыпают. На сегодняшний день вышеуказанный двор убран в полном объёме."
    safe = [one for one in judged(text).style if one.replacement]
    assert len(safe) == 5
    for one in sorted(safe, key=lambda one: one.start, reverse=True):
        assert text[one.start : one.end] == one.fragment
        text = text[: one.start] + one.replacement + text[one.end :]
    assert text == "Сейчас эту яму засыпают. Сейчас этот двор убран полностью."

"""Fields of ready texts: which are empty, what is filled in, what is an error; an answer becomes a template again."""

import pytest

from osm.answers.acts.templates import as_template, filled, first_name, unfilled, unknown

TEXT = "Здравствуйте, {имя}! {отдел} {мера} до {Срок}. {имя}, спасибо."


def test_each_empty_field_once_by_place():
    assert unfilled(TEXT) == ("имя", "отдел", "мера", "срок")
    assert unfilled("Здравствуйте, Мария! {ещё} {} { }") == ()


def test_known_ones_are_put_in_and_the_others_stay():
    assert filled(TEXT, {"имя": "Мария", "отдел": "", "срок": "5 декабря"}) == (
        "Здравствуйте, Мария! {отдел} {мера} до 5 декабря. Мария, спасибо."
    )


def test_a_value_is_put_in_as_it_is():
    assert filled("{имя}", {"имя": r"\1 {срок}"}) == r"\1 {срок}"


def test_a_slip_is_named():
    assert unknown("{имя} {сорк} {}") == ("{сорк}", "{}")


def test_an_answer_becomes_a_template():
    text = "Здравствуйте, Ира! Ирам на Лесной, 5 свет дали. Лесной, 51 завтра."
    assert as_template(text, {"имя": "Ира", "адрес": "Лесной, 5", "отдел": ""}) == (
        "Здравствуйте, {имя}! Ирам на {адрес} свет дали. Лесной, 51 {срок}."
    )


@pytest.mark.parametrize(
    ("text", "template"),
    [
        ("Засыплют до 5 декабря, в пятницу проверим.", "Засыплют до {срок}, {срок} проверим."),
        ("Свет дадут сегодня к 18:00.", "Свет дадут {срок}."),
        ("Сделают весной 2027 года, не позднее 10 мая.", "Сделают {срок}, не позднее {срок}."),
        (
            "Уложат до 15.12.2026 г. по контракту. Плиту сменят до 20.12.2026 г.",
            "Уложат до {срок} по контракту. Плиту сменят до {срок}.",
        ),
        ("Работы займут три дня, ул. 9 Января, 27.", "Работы займут три дня, ул. 9 Января, 27."),
    ],
)
def test_the_days_of_an_answer_are_not_promised_again_by_its_template(text, template):
    assert as_template(text, {}) == template


@pytest.mark.parametrize(
    ("author", "name"),
    [("Мария П.", "Мария"), ("Анна", "Анна"), ("ДОРОГИ 125", ""), ("user7788", ""), ("", ""), ("Я", "")],
)
def test_the_name_of_an_author(author, name):
    assert first_name(author) == name

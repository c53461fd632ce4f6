"""Fields of ready texts: which are empty, what is put in, what a slip is; an answer becomes a template again."""

import pytest

from osm.services.answer_templates import first_name
from osm.services.template_fields import as_template, filled, unfilled, unknown

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
        "Здравствуйте, {имя}! Ирам на {адрес} свет дали. Лесной, 51 завтра."
    )


@pytest.mark.parametrize(
    ("author", "name"),
    [("Мария П.", "Мария"), ("Анна", "Анна"), ("ДОРОГИ 125", ""), ("user7788", ""), ("", ""), ("Я", "")],
)
def test_the_name_of_an_author(author, name):
    assert first_name(author) == name

"""Places in texts and addresses, in any case form; the texts are our own."""

from __future__ import annotations

import pytest

from osm.likeness.places import TOWN_KEY, Known, in_address, in_text
from osm.likeness.words import words_of

TEXTS = [
    # text, streets with houses, landmarks, settlements, houses alone
    ("Яма на ул. Тополиной, 14", {"тополин": {"14"}}, set(), set(), set()),
    ("на калининской опять темно", {"калининск": set()}, set(), set(), set()),
    ("Калининская 7а, течёт крыша", {"калининск": {"7а"}}, set(), set(), set()),
    ("По улице Карла Маркса не проехать", {"маркса": set()}, set(), set(), set()),
    ("К. Маркса 8, второй подъезд", {"маркса": {"8"}}, set(), set(), set()),
    ("Перекрёсток Чехова и Лазо", {"чехова": set(), "лазо": set()}, set(), set(), set()),
    ("Поворот Чехова-Лазо", {"чехова": set(), "лазо": set()}, set(), set(), set()),
    ("Зелёная улица без света", {"зелен": set()}, set(), set(), set()),
    ("переход через 9 Января", {"9января": set()}, set(), set(), set()),
    ("На 2-й Речной не горит фонарь", {"2речн": set()}, set(), set(), set()),
    ("У пятого дома по Дружбы лежит дерево", {"дружбы": {"5"}}, set(), set(), set()),
    ("Возле 12 дома на Садовой сугроб", {"садов": {"12"}}, set(), set(), set()),
    ("мы из двадцать первого дома", {}, set(), set(), {"21"}),
    ("в школе №3 холодно", {}, {"школа 3"}, set(), set()),
    ("Школа пятая закрыта", {}, {"школа 5"}, set(), set()),
    ("Мимо рынка страшно ходить", {}, {"рынок"}, set(), set()),
    ("В Глазовке нет связи", {}, set(), {"глазовк"}, set()),
    ("до села Приозёрного не доехать", {}, set(), {"приозерное"}, set()),
    ("на ружинском переезде стоим час", {}, {"переезд"}, {"ружин"}, set()),
    # What is no place.
    ("Приходите до 20 ноября", {}, set(), set(), set()),
    ("Обещали к весне, прошло 10 лет. Во дворе лужа", {}, set(), set(), set()),
    ("За мир и победу! Свободу школам", {}, set(), set(), set()),
    ("Марина живёт этажом выше, 3 ребёнка", {}, set(), set(), set()),
    ("", {}, set(), set(), set()),
]


@pytest.mark.parametrize(("text", "streets", "landmarks", "settlements", "houses"), TEXTS)
def test_places_of_a_text(text, streets, landmarks, settlements, houses):
    found = in_text(words_of(text), Known()).settle()
    assert (found.streets, found.landmarks, found.settlements, found.houses) == (
        streets,
        landmarks,
        settlements,
        houses,
    )


ADDRESSES = [
    ("г. Лесозаводск, ул. Тополиная, д. 14", {"тополин": {"14"}}, {TOWN_KEY}),
    ("Тополиная 14", {"тополин": {"14"}}, set()),
    ("с. Глазовка, ул. Садовая, д. 3", {"садов": {"3"}}, {"глазовк"}),
    ("г. Лесозаводск, с. Глазовка", {}, {"глазовк"}),
    ("Чехова / Лазо", {"чехова": set(), "лазо": set()}, set()),
    ("9 Января, д/с Берёзка", {"9января": set()}, set()),
    ("", {}, set()),
]


@pytest.mark.parametrize(("address", "streets", "settlements"), ADDRESSES)
def test_places_of_an_address(address, streets, settlements):
    found = in_address(address, Known())
    assert (found.streets, found.settlements) == (streets, settlements)


def test_a_name_from_an_address_is_known_in_small_letters_afterwards():
    text = words_of("на заозёрской темно, возле заозёрской 4")
    assert not in_text(text, Known()).streets
    learned = in_address("ул. Заозёрская", Known())
    assert in_text(text, Known(frozenset(learned.streets))).streets == {"заозерск": {"4"}}

"""The nearest messages: rare words, matters and places weigh; first comes what the same author wrote."""

from __future__ import annotations

from osm.likeness.nearest import Told, nearest, signs_of
from osm.likeness.places import Known
from osm.likeness.traits import read
from osm.networks.addresses import Whose


def told(text: str, author: int | None = None) -> Told:
    return Told(author and Whose(author, "vk", "", True), signs_of(read(text, "", Known())))


PIT = told("Яма на Лазо у дома 7, пробил колесо", 1)


def test_the_more_and_the_rarer_what_is_shared_the_nearer():
    others = {
        1: told("Колесо обозрения в парке скрипит"),
        2: told("На улице Лазо глубокая яма"),
        3: told("Автобус не пришёл"),
        4: told("Котельная дымит"),
    }
    assert nearest(PIT, others, 5) == [2, 1]
    assert nearest(PIT, others, 1) == [2]


def test_what_the_same_author_wrote_is_shown_even_where_no_word_is_shared():
    others = {1: told("Автобус не пришёл", 1), 2: told("Автобус не пришёл", 2), 3: told("Автобус не пришёл")}
    assert nearest(PIT, others, 5) == [1]


def test_authors_who_are_not_known_are_not_one_author():
    assert nearest(told("Яма"), {1: told("Автобус не пришёл")}, 5) == []


def test_among_none_nothing_is_near():
    assert nearest(PIT, {}, 5) == []
    assert nearest(told(""), {1: PIT}, 5) == []

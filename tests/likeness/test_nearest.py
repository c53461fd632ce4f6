"""The nearest messages: rare words, matters and places have weight; the same author's messages come first."""

from __future__ import annotations

from osm.likeness.places import Known
from osm.likeness.score import Content, nearest, read, signs_of
from osm.networks.addresses import AuthorKey


def text_by(text: str, author: int | None = None) -> Content:
    return Content(author and AuthorKey(author, "vk", "", True), signs_of(read(text, "", Known())))


PIT = text_by("Яма на улице Лазо у дома 7, пробил колесо", 1)


def test_the_more_and_the_rarer_what_is_shared_the_nearer():
    others = {
        1: text_by("Где-то на улице Лазо большая яма, а ещё автобус не пришёл и котельная дымит"),
        2: text_by("На улице Лазо глубокая яма"),
        3: text_by("Автобус не пришёл"),
        4: text_by("Котельная дымит"),
    }
    assert nearest(PIT, others, 5) == [2, 1]
    assert nearest(PIT, others, 1) == [2]


def test_of_other_authors_the_place_and_the_matter_are_the_same():
    others = {
        1: text_by("Яма на улице Садовой у дома 7, пробил колесо"),
        2: text_by("На улице Лазо скамейку сломали"),
        3: text_by("На улице Лазо прорвало трубу, второй день без воды, дети не моются; ещё и мост закрыт, яма"),
        **{key: text_by("На улице Лазо глубокая яма") for key in (4, 5)},
    }
    assert nearest(PIT, others, 5) == [5, 4], "another street; another matter; little in common"


def test_the_same_authors_messages_are_shown_even_without_shared_words():
    others = {1: text_by("Автобус не пришёл", 1), 2: text_by("Автобус не пришёл", 2), 3: text_by("Автобус не пришёл")}
    assert nearest(PIT, others, 5) == [1]


def test_authors_who_are_not_known_are_not_one_author():
    assert nearest(text_by("Яма"), {1: text_by("Автобус не пришёл")}, 5) == []


def test_an_empty_list_has_no_near_messages():
    assert nearest(PIT, {}, 5) == []
    assert nearest(text_by(""), {1: PIT}, 5) == []

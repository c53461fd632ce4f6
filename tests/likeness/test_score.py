"""Which pairs are proposed: the same author on the same matter, others about the same pit, and what is neither."""

from __future__ import annotations

from datetime import timedelta

import pytest

from osm.likeness import score
from osm.likeness.places import Known
from osm.likeness.score import Traits, index_keys, read

WEEK = timedelta(days=7)


def traits_of(message: str) -> Traits:
    """«address | text» as traits."""
    address, _, text = message.rpartition("|")
    return read(text.strip(), address.strip(), Known())


OF_ONE_AUTHOR = [
    ("ул. Чехова, 5 | Батареи холодные, дома +14", "Третий раз пишу: радиаторы ледяные, ребёнок болеет", True),
    ("Чехова 5 | Из люка во дворе течёт канализация", "до сих пор течёт", True),
    ("Яма на Лазо у аптеки, пробил колесо", "На Лазо яму так и не засыпали, объезжаем по встречной", True),
    ("Фонари на Садовой не горят", "ул. Садовая | Опять темень на всей улице, идём с фонариком", True),
    ("Не вывозят мусор с Речной, 3", "Не вывозят мусор с Речной, 3", True),
    ("В Глазовке нет сотовой связи", "Что слышно по вышке? До матери не дозвониться", True),
    # The same person about something else.
    ("школа №3 | Стая собак у школы №3", "школа №3 | В третьей школе нет учителя физики с сентября", False),
    ("Чехова 5 | Спилите тополь во дворе", "Чехова 5 | Пришли две квитанции за октябрь, верните лишнее", False),
    ("Яма на Лазо, пробил колесо", "Яма на Чехова, погнул диск", False),
    ("По Садовой гоняют, поставьте лежачего полицейского", "Когда на Садовую придёт газификация?", False),
]


@pytest.mark.parametrize(("earlier", "later", "expected"), OF_ONE_AUTHOR)
def test_repeats_of_one_author(earlier, later, expected):
    likeness = score.of_same_author(traits_of(earlier), traits_of(later), WEEK, same_topic=False)
    assert (likeness >= score.PROPOSED) is expected, likeness


OF_OTHERS = [
    (
        "ул. Лазо | Яма на Лазо возле хлебозавода, с ванну",
        "У хлебозавода разбил бампер, провал в асфальте",
        True,
    ),
    ("Чехова, 8 | Чехова 8 отопление не дали", "ул. Чехова д.8 | Второй подъезд, трубы и батареи ледяные", True),
    ("У рынка собаки покусали женщину", "Мимо рынка не пройти, бродячие псы кидаются", True),
    ("На Лазо раскопали теплотрассу и бросили", "Лазо, 28 | Котлован не закопан, ленточку сорвало", True),
    ("Просим убрать упавшее дерево с детской площадки", "Просим убрать упавшее дерево с детской площадки!", True),
    # The same words about another place, the same place about another matter, and neither.
    ("Когда заасфальтируют дорогу по улице Чехова?", "Когда заасфальтируют дорогу по улице Лазо?", False),
    ("На 2-й Речной не горит фонарь", "На Садовой не горит ни один фонарь", False),
    ("Чехова, 8 | Батареи холодные", "Чехова, 8 | Разрослись клёны, обрежьте ветки у окон", False),
    ("Чехова, 8 | Не вывозят мусор, баки полные", "Чехова, 40 | Не вывозят мусор, крысы бегают", False),
    ("с. Глазовка, ул. Садовая | Нет воды второй день", "г. Лесозаводск, ул. Садовая | Нет воды с утра", False),
    ("Фонари в парке горят днём", "На Чехова темно, фонари не горят", False),
]


@pytest.mark.parametrize(("earlier", "later", "expected"), OF_OTHERS)
def test_the_same_matter_of_others(earlier, later, expected):
    likeness = score.of_others(traits_of(earlier), traits_of(later), WEEK, same_topic=True)
    assert (likeness >= score.PROPOSED) is expected, likeness


@pytest.mark.parametrize(("earlier", "later"), [(a, b) for a, b, expected in OF_OTHERS if expected])
def test_what_is_proposed_is_found_by_a_key(earlier, later):
    one, other = traits_of(earlier), traits_of(later)
    assert index_keys(one, "") & index_keys(other, "")


@pytest.mark.parametrize("text", ["", "!!!", "а" * 20_000, "🙂" * 9, "ул.", "дом", "9", "ул. 9 лет", "-1 д.", "𗀀 яма"])
def test_any_text_can_be_read_and_kept(text):
    traits = traits_of(f"{text} | {text}" if text else "|")
    assert Traits.from_json(traits.as_json()) == traits

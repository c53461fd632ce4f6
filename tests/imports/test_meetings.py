"""Cases where held rows, editions and recalls of loads come together."""

from __future__ import annotations

from osm.base.database import db
from osm.imports.acts import recall
from osm.imports.acts.recall import recall_run
from osm.imports.queries.editions import held_waiting
from osm.messages.acts import entry
from tests.connectors.files import HEADER, incident

from .desk import NOON, at, export, load, message, messages
from .test_held_rows import other

PROFILES = [*HEADER, "Профиль автора"]
LATER = at("02.11 14:00")
LAMP = "Фонарь на Тестовой не горит третий вечер"
PLACE = "https://vk.com/wall-77_501?reply=9"


def waits(office):
    (row,) = held_waiting(office.anna.roles)
    return row


def take_back(office, done, now=LATER):
    db.session.rollback()
    recall_run(done.run_id, actor=office.anna, now=now)
    db.session.rollback()


def test_an_author_from_an_earlier_edition_only_is_restored_too(office):
    by_one = "https://vk.com/id9007001"
    first = load(export([*incident(502), by_one], header=PROFILES))
    load(export([*incident(501), by_one], header=PROFILES))
    done = load(export([*incident(501, Автор="Пётр Ильин"), "https://vk.com/id9007002"], header=PROFILES), now=LATER)
    take_back(office, first)
    take_back(office, done)
    assert message(501).author.profile_url == by_one


def test_a_load_is_recalled_with_a_row_waiting_under_its_number(office):
    done = load(export(incident(501), other()))
    assert done.counts == {"created": 1, "held": 1}
    take_back(office, done)
    assert held_waiting(office.anna.roles) == []
    assert load(export(incident(501), other())).counts == {"created": 1, "held": 1}


def test_entered_as_new_then_taken_back_then_again(office):
    load(export(incident(501)))
    done = load(export(other()), now=LATER)
    recall.enter_as_new(waits(office).id, actor=office.anna, now=LATER)
    take_back(office, done)
    assert load(export(other()), now=LATER).counts == {"held": 1}
    recall.enter_as_new(waits(office).id, actor=office.anna, now=LATER)
    assert [one.number for one in messages() if one.recalled_at is None] == ["501", "501-2"]


def test_the_first_comes_again_after_it_was_replaced(office):
    load(export(incident(501)))
    load(export(other()), now=LATER)
    recall.replace(waits(office).id, 1, actor=office.anna, now=LATER)
    assert load(export(incident(501)), now=LATER).counts == {"held": 1}


def test_what_two_loads_have_brought_waits_on_when_one_is_taken_back(office):
    load(export(incident(501)))
    first = load(export(other()), now=LATER)
    second = load(export(incident(502), other()), now=LATER)
    take_back(office, second)
    row = waits(office)
    assert (row.run_id, row.row_no) == (first.run_id, 2)
    take_back(office, first)
    assert held_waiting(office.anna.roles) == []


def test_two_under_one_number_wait_on_too(office):
    load(export(incident(501)))
    third = other(Автор="Олег Светлов", Ссылка="https://vk.com/wall-77_901?reply=4")
    load(export(other(), third), now=LATER)
    second = load(export(other(), third), now=LATER)
    take_back(office, second)
    assert [row.row_no for row in held_waiting(office.anna.roles)] == [2, 3]


def test_reports_of_all_its_loads_say_that_it_waits_no_more(office):
    load(export(incident(501)))
    first = load(export(other()), now=LATER)
    second = load(export(other()), now=LATER)
    recall.enter_as_new(waits(office).id, actor=office.anna, now=LATER)
    db.session.rollback()
    assert (first.counts, first.reasons) == ({"unchanged": 1}, {})
    assert (second.counts, second.reasons) == ({"created": 1}, {})


def test_a_hand_entered_message_is_restored_next_to_its_second_entry(office):
    def enter():
        entry.enter_message(text=LAMP, network="vk", url=PLACE, actor=office.anna, now=NOON)

    enter()
    done = load(export(incident(501, Текст=f"{LAMP}! Сделайте что-нибудь", Ссылка=PLACE)), now=LATER)
    assert done.counts == {"updated": 1}
    enter()
    take_back(office, done)
    assert [(one.number, one.text) for one in messages()] == [("ОСМ-1", LAMP), ("ОСМ-2", LAMP)]
    done = load(export(incident(501, Текст=LAMP, Ссылка=PLACE)), now=LATER)
    assert done.counts == {"updated": 1}

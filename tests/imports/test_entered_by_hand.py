"""A message that somebody entered by hand and an export brings later stays one message (design §6)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from osm.answers.acts import publication
from osm.base.database import db
from osm.check.acts import index
from osm.check.acts.index import question_of
from osm.imports.queries.editions import ids_not_in_source, waiting_page
from osm.messages.acts import closing, entry, routing
from osm.models import Event, Message, Origin
from osm.register.queries.filter import matching
from osm.regulation.words import Status
from tests.connectors.files import HEADER, incident

from .desk import NOON, actions, at, export, load, message, messages, running

NEXT_DAY = at("03.11 09:00")
TEXT = "Во дворе на Тестовой, 501 третий вечер не горит фонарь."
LINK = "https://vk.com/wall-77_501?reply=9"


def enter(office, *, text=TEXT, url=LINK, now=NOON, **more) -> Message:
    return entry.enter_message(text=text, network="", url=url, actor=office.vera, now=now, **more)


def test_the_row_is_the_message_that_was_entered_before(office):
    entered = enter(office, place="у подъезда").id
    clocks = running(messages()[0])
    done = load(export(incident(501)), now=NEXT_DAY)
    assert done.counts == {"updated": 1}
    (only,) = messages()
    assert (only.id, only.number, only.origin, only.source_status) == (entered, "501", Origin.MANUAL, "Новый")
    assert (only.received_at, only.version, only.place, running(only)) == (NOON, 1, "у подъезда", clocks)
    assert actions(only) == ["enter", "found_in_source"]
    assert db.session.query(Event).filter_by(action="found_in_source").one().changes["number"] == ["ОСМ-1", "501"]


@pytest.mark.parametrize(
    "url", ["http://m.vk.com/wall-77_501?reply=9", "https://vk.com/wall-77_501?reply=9&utm_source=x"]
)
def test_another_spelling_of_the_link_is_the_same_link(office, url):
    enter(office, url=url)
    assert load(export(incident(501)), now=NEXT_DAY).counts == {"updated": 1}


@pytest.mark.parametrize("text", [f"  {TEXT}\n", "третий вечер не горит фонарь.", f"{TEXT} Когда починят?"])
def test_a_part_of_the_words_under_the_same_link_is_enough(office, text):
    enter(office, text=text)
    load(export(incident(501)), now=NEXT_DAY)
    assert [one.text for one in messages()] == [TEXT]


def test_other_words_under_one_link_are_another_message_and_reported(office):
    enter(office, text="А когда вывезут мусор?")
    done = load(export(incident(501)), now=NEXT_DAY)
    assert done.counts == {"created": 1}
    assert "вручную внесено № ОСМ-1" in done.warnings[2]


def test_words_repeated_by_another_person_are_another_message_and_reported(office):
    enter(office, text=f"{TEXT} Поддерживаю!", author_name="Олег Тестов", author_url="https://vk.com/id7")
    done = load(by("https://vk.com/id8"), now=NEXT_DAY)
    assert done.counts == {"created": 1}
    assert "вручную внесено № ОСМ-1" in done.warnings[2]


@pytest.mark.parametrize(("known", "brought"), [("https://m.vk.com/id8/", "vk.com/id8"), ("", "vk.com/id8")])
def test_part_of_the_words_by_one_person_is_the_same_message(office, known, brought):
    enter(office, text=f"{TEXT} Поддерживаю!", author_url=known)
    assert load(by(brought), now=NEXT_DAY).counts == {"updated": 1}


def by(profile: str) -> bytes:
    return export([*incident(501), profile], header=[*HEADER, "Ссылка на автора"])


def test_a_file_bringing_only_the_number_is_recorded_and_forecast_too(office):
    entered = enter(office).id
    bare = export(["501", LINK, TEXT], header=["Номер", "Ссылка", "Текст"])
    assert load(bare, now=NEXT_DAY, dry_run=True).counts == {"updated": 1}
    assert load(bare, now=NEXT_DAY).counts == {"updated": 1}
    assert actions(messages()[0]) == ["enter", "found_in_source"]
    index.read_due(NEXT_DAY)
    assert list(db.session.scalars(matching(question_of("501")))) == [entered]
    assert load(bare, now=NEXT_DAY + timedelta(hours=1)).counts == {"unchanged": 1}


def test_the_same_words_elsewhere_are_another_message(office):
    enter(office, url="https://vk.com/wall-77_999?reply=9")
    done = load(export(incident(501)), now=NEXT_DAY)
    assert (done.counts, done.warnings) == ({"created": 1}, {})


def test_what_was_entered_long_ago_is_another_matter(office):
    enter(office, now=NOON - timedelta(days=31))
    assert load(export(incident(501)), now=NOON).counts == {"created": 1}


def test_of_two_rows_the_first_is_the_message(office):
    enter(office)
    done = load(export(incident(501), incident(502, Ссылка=LINK, Текст=TEXT)), now=NEXT_DAY)
    assert done.counts == {"updated": 1, "created": 1}
    assert [one.number for one in messages()] == ["501", "502"]


def test_a_row_without_a_number_keeps_ours(office):
    enter(office)
    unnumbered = incident("", Ссылка=LINK, Текст=TEXT)
    load(export(unnumbered), now=NEXT_DAY)
    assert [one.number for one in messages()] == ["ОСМ-1"]
    done = load(export(unnumbered, incident(502)), now=NEXT_DAY)
    assert done.counts == {"created": 1, "unchanged": 1}


def test_a_dry_run_foretells_it_and_changes_nothing(office):
    enter(office)
    assert load(export(incident(501)), now=NEXT_DAY, dry_run=True).counts == {"updated": 1}
    assert messages()[0].number == "ОСМ-1"


def test_the_next_file_knows_it_by_its_number(office):
    enter(office, place="у подъезда")
    load(export(incident(501)), now=NEXT_DAY)
    done = load(export(incident(501, Статус="В работе")), now=NEXT_DAY + timedelta(days=1))
    assert done.counts == {"updated": 1}
    assert actions(message(501)) == ["enter", "found_in_source", "source_changed"]


def test_it_is_found_by_the_number_that_it_had(office):
    entered = enter(office).id
    load(export(incident(501)), now=NEXT_DAY)
    index.read_due(NEXT_DAY)
    assert list(db.session.scalars(matching(question_of("ОСМ-1")))) == [entered]


def test_its_published_answer_waits_for_entry_in_the_source(office):
    stored = enter(office)
    answer(office, stored)
    assert list(db.session.scalars(ids_not_in_source())) == []
    load(export(incident(501)), now=NEXT_DAY)
    assert [row.number for row in waiting_page().rows] == ["501"]


def test_an_answer_that_the_source_has_already_is_ticked(office):
    answer(office, enter(office))
    load(export(incident(501, Статус="Ответ дан")), now=NEXT_DAY)
    assert messages()[0].replies[0].entered_in_source_at == NEXT_DAY
    assert actions(messages()[0])[-2:] == ["found_in_source", "source_entered"]


def test_an_answer_that_is_begun_later_waits_too(office):
    stored = enter(office)
    load(export(incident(501)), now=at("02.11 12:05"))
    answer(office, stored)
    assert [row.number for row in waiting_page().rows] == ["501"]


def test_what_was_closed_here_stays_closed(office):
    stored = enter(office)
    closing.dismiss_message(stored.id, stored.version, reason="Не вопрос", actor=office.anna, now=NOON)
    load(export(incident(501)), now=NEXT_DAY)
    assert [(one.number, one.status) for one in messages()] == [("501", Status.DISMISSED)]


def answer(office, stored):
    stored = routing.route_message(
        stored.id, stored.version, executor_id=office.boris.id, task="", actor=office.anna, now=at("02.11 12:10")
    )
    office.submitted(stored, "02.11 12:20")
    office.approved(stored, "02.11 12:30")
    publication.publish_by_hand(
        stored.id,
        stored.version,
        url="https://vk.com/wall-77_501?reply=10",
        published_at=None,
        actor=office.anna,
        now=at("02.11 12:40"),
    )

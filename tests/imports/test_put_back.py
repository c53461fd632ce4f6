"""«Отозвать загрузку» puts back what the load changed, until somebody has worked on it."""

from __future__ import annotations

import pytest

from osm.base.database import db
from osm.imports.acts.files import OWNED
from osm.imports.acts.recall import WorkedOn, recall_run
from osm.imports.queries.editions import editions_of, editions_waiting
from osm.log.queries.history import log_of
from osm.messages.acts import entry, executors, routing
from osm.messages.queries.card import unseen_changes
from osm.models import MessageEdition, OutboxAction
from osm.regulation.words import Status
from tests.connectors.files import HEADER, incident

from .desk import NOON, at, export, load, message, messages
from .test_editions import LATER, MENDED, approved, order, row
from .test_next_day import WIDE, answer, wide

PROFILES = [*HEADER, "Профиль автора"]


def state() -> dict[str, object]:
    stored = message(501)
    names = [*OWNED, "source_raw", "source_fingerprint", "author_id", "comment_name", "key", "number", "topic_id"]
    return {name: getattr(stored, name) for name in names} | {"name": stored.author.name if stored.author else ""}


def take_back(office, done):
    db.session.rollback()
    recall_run(done.run_id, actor=office.anna, now=LATER)
    db.session.rollback()


def test_all_it_changed_is_restored_and_open_pages_get_a_warning(office):
    load(export(wide(), header=WIDE))
    before, version = state(), message(501).version
    changed = wide(
        Текст=MENDED, Статус="В работе", Адрес="ул. Тестовая, 503", Тема="Дороги", Срок="", Повторный="Да",
        Подразделение="Дороги", Автор="Лидия П.", **{"Дата публикации": "02.11.2026 09:15"},
    )  # fmt: skip
    done = load(export(changed, header=WIDE), now=LATER)
    assert state() != before
    take_back(office, done)
    assert state() == before
    assert message(501).version == version + 2
    assert editions_of(message(501).id) == editions_waiting(office.anna.id, office.anna.roles) == []
    assert unseen_changes(log_of(message(501).id)) == ()
    assert load(export(wide(), header=WIDE), now=LATER).counts == {"unchanged": 1}


def test_another_author_goes_too(office):
    load(export([*row(), "https://vk.com/id9007001"], header=PROFILES))
    before = state()
    done = load(export([*row(Автор="Пётр Ильин"), "https://vk.com/id9007002"], header=PROFILES), now=LATER)
    take_back(office, done)
    assert state() == before


def test_a_message_entered_by_hand_is_one_again(office):
    entry.enter_message(
        text="Фонарь на Тестовой не горит третий вечер", network="vk", url="https://vk.com/wall-77_501?reply=9",
        actor=office.anna, now=NOON,
    )  # fmt: skip
    number = messages()[0].number
    done = load(export(incident(501, Текст="Фонарь на Тестовой не горит третий вечер")), now=LATER)
    assert [one.number for one in messages()] == ["501"]
    take_back(office, done)
    assert [(one.number, one.in_source, one.source_id) for one in messages()] == [(number, False, None)]


def test_the_tick_of_a_file_that_called_it_answered_goes(office):
    load(export(incident(501)))
    answer(office, message(501))
    done = load(export(incident(501, Статус="Ответ дан")), now=LATER)
    assert message(501).replies[0].entered_in_source_at == LATER
    take_back(office, done)
    assert message(501).replies[0].entered_in_source_at is None


def test_an_answer_that_it_held_goes_out(office):
    load(export(row()))
    order(approved(office))
    done = load(export(row(Текст=MENDED)), now=LATER)
    take_back(office, done)
    assert not db.session.query(OutboxAction).one().for_person
    executors.check_not_held(message(501).replies[0].approved_draft_id)


def test_looking_is_no_work_nor_is_work_before_the_update(office):
    load(export(row()))
    stored = message(501)
    routing.route_message(stored.id, stored.version, executor_id=office.boris.id, task="", actor=office.anna, now=NOON)
    done = load(export(row(Текст=MENDED)), now=LATER)
    number = message(501).id
    executors.look(number, editions_of(number)[0].id, actor=office.boris, now=LATER)
    take_back(office, done)
    assert (message(501).text, message(501).status) == (row()[HEADER.index("Текст")], Status.IN_WORK)


def _route(office):
    stored = message(501)
    routing.route_message(
        stored.id, stored.version, executor_id=office.boris.id, task="", actor=office.anna, now=at("02.11 15:00")
    )


def _later_file(_office):
    load(export(row(Текст=MENDED, Статус="В работе")), now=at("02.11 15:00"))


@pytest.mark.parametrize("what", [_route, _later_file])
def test_once_somebody_has_worked_on_it_it_stays(office, what):
    load(export(row(), incident(502)))
    done = load(export(row(Текст=MENDED), incident(502, Статус="В работе")), now=LATER)
    what(office)
    with pytest.raises(WorkedOn, match="№ 501"):
        take_back(office, done)
    db.session.rollback()
    assert (message(501).text, message(502).source_status) == (MENDED, "В работе")
    assert db.session.query(MessageEdition).filter(MessageEdition.recalled_at.is_not(None)).count() == 0


def test_an_update_and_its_recall_are_no_work_on_the_load(office):
    first = load(export(row()))
    take_back(office, load(export(row(Текст=MENDED)), now=LATER))
    take_back(office, first)
    assert [one.recalled_at for one in messages()] == [LATER]


@pytest.mark.usefixtures("small_steps")
def test_an_update_is_published_in_slices_and_completes_after_a_stop(office, monkeypatch):
    """The process ends between two slices: the next one continues and changes nothing twice."""
    from osm.base.transaction import Pace
    from osm.imports.acts import work as import_work

    from .desk import Outcome, start, upload, work

    load(export(*(incident(500 + n) for n in range(6))))
    run_id = upload(export(*(incident(500 + n, Текст=f"{MENDED} {n}") for n in range(6))), now=LATER)
    start(run_id, now=LATER)
    turns = iter([True] * 6 + [False] * 100)
    work("worker:1", now=LATER, pace=Pace(may_continue=lambda: next(turns)))
    assert 0 < db.session.query(MessageEdition).count() < 6
    assert import_work.is_under_way()
    work("worker:2", now=LATER)
    assert Outcome(run_id).counts == {"updated": 6}
    assert db.session.query(MessageEdition).count() == 6
    assert {one.version for one in messages()} == {2}

"""What a check says about a file before loading: its period, what would be late at once, whether authors are known."""

from __future__ import annotations

import pytest

from osm.imports.acts import runs
from osm.imports.acts.work import told
from osm.regulation.words import Status
from tests.connectors.files import HEADER, incident

from .desk import NOON, at, export, load, message, messages, work

PROFILE = [*HEADER, "Аккаунт"]


def received(number: int, when: str, **more: str) -> list[str]:
    return incident(number, **{"Дата поступления": f"{when[:5]}.2026 {when[6:]}", "Дата публикации": ""}, **more)


OLD = [received(501, "01.09 10:00"), received(502, "09.10 10:00"), received(503, "01.11 09:00", Статус="Закрыт")]


def test_it_says_the_period_and_what_is_late_at_once(office):
    checked = load(export(*OLD, received(504, "02.11 11:50")), dry_run=True)
    found = told(checked.run.forecast, NOON)
    assert (found.first, found.last) == (at("01.09 10:00"), at("02.11 11:50"))
    assert (found.opened, found.overdue) == (3, 2), "an answered one has no term"
    assert found.most_late == NOON - at("01.09 11:00")
    assert found.usually_late == NOON - at("09.10 11:00")
    assert found.proposes_history


@pytest.mark.parametrize("when", ["02.11 09:00", "30.10 15:00"], ids=["this morning", "before the weekend"])
def test_a_backlog_of_days_is_no_old_file(office, when):
    found = told(load(export(received(501, when)), dry_run=True).run.forecast, NOON)
    assert (found.overdue, found.proposes_history) == (1, False)


def test_what_is_known_already_is_not_late_again(office):
    load(export(*OLD))
    found = told(load(export(*OLD), dry_run=True).run.forecast, NOON)
    assert (found.overdue, found.first, found.proposes_history) == (0, None, False)


def test_checked_it_can_be_loaded_as_history(office):
    checked = load(export(*OLD), dry_run=True)
    runs.publish_run(checked.run_id, actor=None, now=NOON, history=True)
    work()
    assert message(501).status is Status.DISMISSED
    assert not any(row.deadlines for row in messages())


def test_it_says_whether_the_file_knows_an_author(office):
    checked = load(export(*OLD), dry_run=True)
    assert (told(checked.run.forecast, NOON).rows, told(checked.run.forecast, NOON).profiles) == (3, 0)
    rows = [[*incident(600 + number), f"https://vk.com/id99{number}"] for number in range(3)]
    loaded = load(export(*rows, header=PROFILE))
    assert (told(loaded.run.forecast, NOON).rows, told(loaded.run.forecast, NOON).profiles) == (3, 3)
    assert message(601).author.profile_url == "https://vk.com/id991"


def test_a_run_of_before_says_nothing():
    assert told({}, NOON) is None

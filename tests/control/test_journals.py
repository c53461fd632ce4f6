"""Journals of control on paper: one table for each kind of thing that happened in a period."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from osm.shortcomings.acts import memos, shortcomings
from osm.urgent.acts import urgent
from osm.urgent.acts.instructions import Order
from osm.urgent.acts.urgent import ReportForm
from tests.office import at
from tests.page_reading import words

EVENING = at("25.11 18:30")
NOVEMBER = {"from": "2026-11-01", "to": "2026-11-30"}
OCTOBER = {"from": "2026-10-01", "to": "2026-10-31"}


@pytest.fixture
def month(desk, late):
    """A shortcoming with its cause, the memo about it, a report made by telephone, an instruction done."""
    shortcomings.explain(late.id, late.version, cause="workload", words="", actor=desk.boris, now=EVENING)
    shortcomings.confirm(late.id, 2, reason="", actor=desk.anna, now=EVENING)
    memo = memos.prepare(date(2026, 11, 1), date(2026, 11, 25), actor=desk.anna, now=EVENING)
    memos.send(memo.id, memo.version, actor=desk.anna, now=EVENING)
    row = urgent.send(
        ReportForm("Прорвало трубу", "Пушкинская, 1"), message_id=late.message_id, actor=desk.vera, now=EVENING
    )
    order = Order("Выехать на место", desk.ids["anna"], EVENING + timedelta(hours=2))
    urgent.note_call(
        row.id, 1, called_at=None, leader_id=desk.ids["maxim"], words="", order=order, actor=desk.vera,
        now=EVENING + timedelta(minutes=20),
    )  # fmt: skip
    return desk


JOURNALS = {
    "/reports/shortcomings/journal": (
        "Журнал недостатков", "Нарушен срок: проект на согласование (п. 10)", "подтверждён", "Записка № 1-2026",
    ),
    "/reports/memos/journal": ("Журнал служебных записок", "№ 1-2026 01.11.2026 – 25.11.2026", "Максим Северов"),
    "/reports/urgent/journal": (
        "Журнал срочных докладов", "Прорвало трубу Пушкинская, 1", "по телефону 25.11.2026 18:50 через 20 мин",
        "звонок: Вера Носова", "указание: Выехать на место",
    ),
    "/instructions/journal": (
        "Журнал поручений", "срочный доклад № 1", "25.11.2026 20:30", "на контроле", "Максим Северов",
    ),
}  # fmt: skip


@pytest.mark.parametrize("path", JOURNALS)
def test_it_has_what_happened(month, anna, gleb, clock, path):
    clock.set(EVENING + timedelta(hours=1))
    page = words(anna.get(path, query_string=NOVEMBER).text)
    for said in JOURNALS[path]:
        assert said.casefold() in page.casefold()
    assert "Напечатано" not in anna.get(path, query_string=OCTOBER).text
    wrong = anna.get(path, query_string={"from": "2026-11-30", "to": "2026-11-01"})
    assert wrong.status_code == 422
    assert "Конец периода раньше начала" in wrong.text
    assert f'href="{path}"' in anna.get(path.removesuffix("/journal")).text
    assert gleb.get(path).status_code in (200, 302)

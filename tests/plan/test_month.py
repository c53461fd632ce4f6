"""The plan of a month: on paper and as XLSX, of all pages or of one, no text a formula."""

from __future__ import annotations

import io
from datetime import date

import openpyxl

from osm.plan.acts import outgoing
from tests.desk import NOW
from tests.page_reading import words

LINK = "https://vk.com/wall-200000001_5"


def test_a_month_is_printed_and_taken_away(plan, gleb, boris):
    row = plan.approved(heading="Спорт", pages=(plan.vk, plan.ok))
    of_vk = next(one for one in row.placements if one.account_id == plan.vk)
    outgoing.note_placed(
        row.id, row.version, placement_id=of_vk.id, url=LINK, placed_at=None, actor=plan.desk.anna, now=NOW
    )
    plan.approved(title="Футбол", pages=(plan.vk,))
    plan.idea("=HYPERLINK(1)", date(2026, 11, 30))
    plan.idea("Ёлка", date(2026, 12, 1))
    page = gleb.get("/plan/journal?day=2026-11-10").text
    assert "ноябрь 2026" in words(page)
    assert "Открытие катка" in words(page)
    assert "Ёлка" not in words(page)
    file = gleb.get("/plan/journal.xlsx?day=2026-11-10")
    assert file.status_code == 200
    table = [list(line) for line in openpyxl.load_workbook(io.BytesIO(file.data)).active.values]
    assert table[0][0] == "План публикаций, ноябрь 2026"
    assert table[1][:3] == ["День", "Время", "Публикация"]
    assert table[2][:8] == ["26.11.2026", None, "Открытие катка", "Текст", "Спорт", "Согласовано",
                            "Одноклассники, ВКонтакте (размещено)", "Вера Носова"]  # fmt: skip
    assert table[2][8] == LINK
    assert [line[2] for line in table[3:]] == ["Футбол", "=HYPERLINK(1)"]
    of_ok = openpyxl.load_workbook(io.BytesIO(gleb.get(f"/plan/journal.xlsx?day=2026-11-10&page={plan.ok}").data))
    left = [line[2] for line in of_ok.active.iter_rows(min_row=4, values_only=True)]
    assert left == ["Открытие катка", "=HYPERLINK(1)"], "an idea is meant for every page"
    assert boris.get("/plan/journal.xlsx").status_code == 403
    empty = gleb.get("/plan/journal?day=2027-03-01").text
    assert "публикаций нет" in words(empty)
    assert "journal.xlsx" not in empty

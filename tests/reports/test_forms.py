"""Forms for the region: filled from a template that the press centre replaces."""

from __future__ import annotations

from io import BytesIO

import pytest
from openpyxl import Workbook, load_workbook
from openpyxl.styles import Font

from osm.base.database import db
from osm.documents.in_child import ContentRefused, run_filling
from osm.files.acts.files import Upload
from osm.models import Event, FormKind
from osm.regulation.errors import StaleVersion
from osm.regulation.words import Status
from osm.reports.acts import forms
from tests.office import at
from tests.page_reading import problem, words

DAY = "from=2026-11-25&to=2026-11-25"


def book_of(*rows):
    book = Workbook()
    for row in rows:
        book.active.append(row)
    return book


def saved(book):
    file = BytesIO()
    book.save(file)
    return file.getvalue()


def cells(content):
    return [list(row) for row in load_workbook(BytesIO(content)).active.iter_rows(values_only=True)]


def send(browser, content, *, version=0, kind="daily", name="моя форма.xlsx"):
    data = {"version": version, "file": (BytesIO(content), name)}
    return browser.submit(f"/admin/forms/{kind}", data, page="/help")


TEMPLATE = saved(
    book_of(["За {{с}}", None], ["Поступило", "{{поступило}}"], ["{{отдел.название}}", "{{отдел.отвечено}}"])
)


def test_both_forms_are_filled_from_the_own_templates(desk, clock, gleb):
    desk.in_status(Status.ANSWERED)
    clock.set(at("25.11 18:00"))
    for kind in FormKind:
        answer = gleb.get(f"/reports/forms/{kind}.xlsx?{DAY}")
        assert answer.status_code == 200
        rows = cells(answer.data)
        assert ["Поступило сообщений", 1] in [row[:2] for row in rows]
        assert "{{" not in str(rows)
    assert ["ЖКХ", 1, 1, 0, 1, 0] in rows


def test_the_office_replaces_a_template_and_takes_it_back(desk, clock, anna):
    desk.in_status(Status.ANSWERED)
    clock.set(at("25.11 18:00"))
    assert send(anna, TEMPLATE).status_code == 303
    filled = cells(anna.get(f"/reports/forms/daily.xlsx?{DAY}").data)
    assert filled == [["За 25.11.2026", None], ["Поступило", 1], ["ЖКХ", 1]]
    assert cells(anna.get("/admin/forms/daily.xlsx").data)[1] == ["Поступило", "{{поступило}}"]
    assert "моя форма.xlsx" in words(anna.get("/admin/forms").text)
    assert anna.submit("/admin/forms/daily/restore", {"version": 1}, page="/admin/forms").status_code == 303
    assert ["Поступило сообщений", 1] in [row[:2] for row in cells(anna.get(f"/reports/forms/daily.xlsx?{DAY}").data)]
    db.session.rollback()  # what others have written since then
    actions = list(
        db.session.scalars(db.select(Event.action).where(Event.object_kind == forms.KIND).order_by(Event.id))
    )
    assert actions == ["replace_form", "restore_form"]


@pytest.mark.words
@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "Выберите файл XLSX"),
        (b"PK\x03\x04 no book", "это не книга XLSX"),
        (saved(book_of(["{{поступило}}", "{{погода}}"])), "Таких полей нет: {{погода}}"),
        (saved(book_of(["Поступило"])), "нет ни одного поля"),
        (b"x" * (forms.MAX_BYTES + 1), "больше 2 МБ"),
    ],
)
def test_what_cannot_be_filled_is_refused_and_the_old_one_stays(desk, anna, content, said):
    answer = send(anna, content)
    assert answer.status_code == 422
    assert said in words(answer.text)
    assert forms.form_of(FormKind.DAILY) is None


def test_the_one_who_was_overtaken_gets_a_conflict(desk, anna):
    upload = Upload("a.xlsx", TEMPLATE)
    forms.replace_form(FormKind.DAILY, 0, upload=upload, actor=desk.vera, now=at("25.11 10:30"))
    answer = send(anna, TEMPLATE, version=0)
    assert answer.status_code == 409
    assert problem(answer.text) == "StaleVersion"
    with pytest.raises(StaleVersion):
        forms.restore_form(FormKind.DAILY, 3, actor=desk.anna, now=at("25.11 10:31"))


def test_others_may_not(desk, gleb, boris):
    assert send(gleb, TEMPLATE).status_code == 403
    assert boris.get("/reports/forms/daily.xlsx").status_code == 403


def test_a_template_with_a_missing_file_is_reported(desk, anna):
    row = forms.replace_form(
        FormKind.DAILY, 0, upload=Upload("a.xlsx", TEMPLATE), actor=desk.vera, now=at("25.11 10:30")
    )
    forms.stored_path(row.sha256).unlink()
    answer = anna.get("/reports/forms/daily.xlsx", follow_redirects=True)
    assert "Замените шаблон: «Отчёты» → «Шаблоны форм»" in words(answer.text)


def test_a_row_repeats_with_its_look_and_moves_what_lies_below():
    book = book_of(["{{тема.название}}", "{{тема.поступило}}"], ["Итого {{поступило}}", None])
    book.active["A1"].font = Font(bold=True)
    book.active.merge_cells("A2:B2")
    topics = [{"название": "=1+1", "поступило": 2}, {"название": "Дороги", "поступило": None}]
    sheet = load_workbook(BytesIO(run_filling(saved(book), {"поступило": 5}, {"тема": topics}))).active
    assert [[cell.value for cell in row] for row in sheet.iter_rows()] == [
        ["=1+1", 2],
        ["Дороги", "—"],
        ["Итого 5", None],
    ]
    assert sheet["A1"].data_type == "s"
    assert sheet["A2"].font.bold
    assert str(sheet.merged_cells) == "A3:B3"


def test_a_sheet_that_reaches_to_the_end_of_the_world_is_refused():
    book = book_of(["{{поступило}}"])
    book.active["XFD1048576"] = 1
    with pytest.raises(ContentRefused, match="слишком большая книга"):
        run_filling(saved(book), {}, {})

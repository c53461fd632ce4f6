"""Sources of imports, and the terms of the regulation, in administration."""

from __future__ import annotations

import pytest

from osm.base.database import db
from osm.flow.acts.terms import in_force
from osm.flow.screens import term_lines
from osm.imports.acts.runs import start_run, upload_file
from osm.imports.queries.runs import layouts
from osm.models import Event, ImportSource
from osm.regulation.control import BEFORE
from osm.regulation.words import ClockKind

HEADINGS = "Номер;Текст;Ссылка;Статус;Графа"
CSV = f"{HEADINGS}\n71;Яма на дороге;https://vk.com/wall-1_1;Новый;Центр\n".encode()


@pytest.fixture
def source(app, cast, now) -> int:
    """A source with remembered columns, and another one."""
    with app.app_context():
        for name in ("Выгрузка края", "Другая"):
            run = upload_file("d.csv", CSV + name.encode(), source=name, actor=None, now=now)
            start_run(run.id, columns={}, times="local", history=False, dry_run=False, actor=None, now=now)
        return db.session.scalar(db.select(ImportSource.id).where(ImportSource.name == "Выгрузка края"))


def form(**more: str) -> dict[str, str]:
    columns = {"field-number": "0", "field-text": "1", "field-url": "2", "field-status": "3"}
    return {"name": "Край", "times": "moscow", "version": "2", **columns, **more}


def stored(app, source_id: int) -> ImportSource:
    with app.app_context():
        return db.session.get_one(ImportSource, source_id)


def columns(row: ImportSource) -> dict[str, int]:
    return {name: choice["column"] for name, choice in row.mapping["fields"].items() if choice["column"] is not None}


def test_a_source_is_renamed_and_its_time_and_columns_corrected(app, dina, source):
    assert "Выгрузка края" in dina.get("/admin/sources").text
    page = dina.get(f"/admin/sources/{source}").text
    assert '<option value="3" selected>Статус</option>' in page
    of_form = "Номер\nРезультат = Текст ответа"
    answer = dina.submit(f"/admin/sources/{source}", form(form=of_form, **{"field-status": "", "field-place": "4"}))
    assert answer.status_code == 303
    row = stored(app, source)
    assert (row.name, row.times, row.version, row.form.splitlines()) == ("Край", "moscow", 3, of_form.splitlines())
    assert columns(row) == {"number": 0, "text": 1, "url": 2, "place": 4}
    with app.app_context():
        event = db.session.scalars(db.select(Event).where(Event.action == "edit_source")).one()
        assert event.changes["times"] == ["local", "moscow"]
        assert "Край" not in str(event.changes)
    assert "источник изменён" in dina.get(f"/admin/sources/{source}").text


REFUSED = [
    ({"name": "  "}, "Укажите название"),
    ({"name": "Другая"}, "уже есть"),
    ({"name": "я" * 201}, "длиннее 200"),
    ({"times": "utc"}, "местному или московскому"),
    ({"form": "Номер\nРезультат = Неведомое"}, "не понята"),
    ({"field-text": ""}, "Укажите столбцы"),
    ({"field-text": "9"}, "Такого столбца в файле нет"),
    ({"field-text": "0"}, "уже выбран"),
]


def test_impossible_values_are_refused_and_stay_in_the_form(app, dina, source):
    for more, words in REFUSED:
        answer = dina.submit(f"/admin/sources/{source}", form(**more))
        assert (answer.status_code, words in answer.text) == (422, True), more
        assert f'value="{form(**more)["name"]}"' in answer.text
    assert stored(app, source).version == 2


def test_the_second_of_two_gets_a_conflict_and_columns_can_be_forgotten(app, dina, source):
    assert dina.submit(f"/admin/sources/{source}/forget", {"version": "2"}).status_code == 303
    answer = dina.submit(f"/admin/sources/{source}", form())
    assert answer.status_code == 409
    assert "Дина Орлова: столбцы источника забыты" in answer.text
    assert stored(app, source).mapping == {}
    assert "Столбцы не запомнены" in dina.get(f"/admin/sources/{source}").text
    assert dina.get("/admin/sources/999").status_code == 404


def test_an_import_that_corrects_the_columns_is_another_version(app, source, now):
    with app.app_context():
        run = upload_file("e.csv", CSV, source="Выгрузка края", actor=None, now=now)
        start_run(run.id, columns={"status": ""}, times="local", history=False, dry_run=False, actor=None, now=now)
    assert stored(app, source).version == 3


def test_layouts_of_other_files_stay_when_one_is_corrected_and_are_forgotten_with_it(app, dina, source, now):
    with app.app_context():
        content = "Код;Комментарий;Куда\n1;Лёд.;https://vk.com/wall-1_5\n".encode()
        run = upload_file("f.csv", content, source="Выгрузка края", actor=None, now=now)
        columns = {"number": "0", "text": "1", "url": "2"}
        start_run(run.id, columns=columns, times="moscow", history=False, dry_run=False, actor=None, now=now)
    assert "и ещё 1 вид файла" in dina.get("/admin/sources").text
    sent = {"name": "Край", "times": "local", "version": "3", "field-number": "0", "field-text": "1", "field-url": "2"}
    assert dina.submit(f"/admin/sources/{source}", sent).status_code == 303
    with app.app_context():
        first, second = layouts("Край")
        assert (first.columns.headings, first.times) == (("Код", "Комментарий", "Куда"), "local")
        assert (";".join(second.columns.headings), second.times) == (HEADINGS, "local")
    dina.submit(f"/admin/sources/{source}/forget", {"version": "4"})
    with app.app_context():
        assert layouts() == layouts("Другая")


def test_the_terms_of_the_regulation_are_listed_with_their_clauses(app, dina):
    page = dina.get("/admin/regulation").text
    with app.app_context():
        lines = list(term_lines(in_force().parameters, BEFORE))
        assert len(lines) == len(ClockKind) + 2
    for line in lines:
        assert line.length in page
        assert line.clause.replace("П.", "п. ") in page
    assert "от 04.02.2022 № 215" in page

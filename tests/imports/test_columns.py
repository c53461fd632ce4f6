"""Columns: found, shown, corrected by a person, remembered for the next file of the source."""

from __future__ import annotations

import pytest

from osm.base.database import db
from osm.imports.acts import files, runs, staging
from osm.models import ImportRun, ImportSource, ImportState
from osm.regulation.errors import MissingInput
from tests.connectors.files import HEADER, incident, xlsx

from .desk import Outcome, export, load, messages, rows, start, upload, work

pytestmark = pytest.mark.usefixtures("office")


def preview(run_id: int) -> staging.Preview:
    run = db.session.get_one(ImportRun, run_id)
    return staging.preview(files.glance(run.sha256), run.mapping)


def column(run_id: int, name: str) -> tuple[int | None, str]:
    choice = next(choice for choice in preview(run_id).choices if choice.name == name)
    return choice.column, choice.how


def test_each_field_shows_its_column_and_how_it_was_found():
    header = ["Номер", "Площадка размещения", "Куда смотреть", *HEADER[3:]]
    run_id = upload(export(*rows(4), header=header))
    assert column(run_id, "number") == (0, "по названию столбца")
    assert column(run_id, "network") == (1, "по похожему названию")
    assert column(run_id, "url") == (2, "по содержимому столбца")
    assert column(run_id, "place") == (None, "не найдено")


def test_the_first_rows_are_shown_without_reading_the_file_again():
    run_id = upload(export(*rows(30)))
    files.path_of(db.session.get_one(ImportRun, run_id).sha256).unlink()
    shown = preview(run_id)
    assert shown.headings == tuple(HEADER)
    assert [number for number, _ in shown.rows] == list(range(2, 2 + staging.PREVIEW_ROWS))
    assert shown.count == 30
    assert shown.example(0) == "501"


def test_a_glance_that_is_gone_is_made_again(folder):
    run_id = upload(export(*rows(3)))
    for path in folder.glob("*.json"):
        path.unlink()
    assert preview(run_id).count == 3


def test_long_cells_are_short_in_the_glance_only():
    run_id = upload(export(incident(501, Текст="слово " * 200)))
    assert len(preview(run_id).example(HEADER.index("Текст"))) == files.GLANCE_CHARACTERS
    start(run_id)
    work()
    assert len(messages()[0].text) == 1199


def test_a_correction_is_used_and_remembered():
    header = [*HEADER, "Дом", "Корпус"]
    table = [[*row, "ул. Пробная, 7", "корпус 2"] for row in rows(2)]
    run_id = upload(export(*table, header=header), source="Портал")
    start(run_id, columns={"place": "9", "author": ""})
    work()
    assert {(message.place, message.author) for message in messages()} == {("ул. Пробная, 7", None)}
    again = upload(export(*table, header=header), source="Портал")
    assert column(again, "place") == (9, "как в прошлый раз")
    assert column(again, "author") == (None, "указано вами")
    other = upload(export(*table, header=header), source="Другой")
    assert column(other, "author")[0] == HEADER.index("Автор")


def test_a_dry_run_remembers_nothing():
    run_id = upload(export(*rows(2)), source="Портал")
    start(run_id, columns={"author": ""}, dry_run=True)
    work()
    assert db.session.query(ImportSource).one().mapping == {}
    runs.publish_run(run_id, actor=None, now=Outcome(run_id).run.created_at)
    assert db.session.query(ImportSource).one().mapping["fields"]["author"]["column"] is None


#: What was chosen → the field that is named, a part of the sentence.
REFUSED = [
    ({"text": ""}, "mapping", "текст сообщения"),
    ({"number": "", "url": ""}, "mapping", "номер или ссылка"),
    ({"place": "99"}, "place", "Такого столбца в файле нет"),
    ({"place": "-1"}, "place", "Такого столбца в файле нет"),
    ({"place": "шестой"}, "place", "Такого столбца в файле нет"),
    ({"place": "6"}, "place", "Столбец «Текст» уже выбран для поля «Текст сообщения»"),
    ({"text": "3"}, "author", "Столбец «Автор» уже выбран для поля «Текст сообщения»"),
]


@pytest.mark.words
@pytest.mark.parametrize(("columns", "field", "words"), REFUSED)
def test_a_choice_that_cannot_be(columns, field, words):
    run_id = upload(export(*rows(2)))
    before = db.session.get_one(ImportRun, run_id).mapping
    with pytest.raises(MissingInput, match=words) as refused:
        start(run_id, columns=columns)
    assert refused.value.field == field
    run = db.session.get_one(ImportRun, run_id)
    assert (run.state, run.mapping) == (ImportState.UPLOADED, before)


def test_two_fields_can_change_places():
    run_id = upload(export(*rows(2)))
    published, received = HEADER.index("Дата публикации"), HEADER.index("Дата поступления")
    start(run_id, columns={"published_at": str(received), "received_at": str(published)})
    work()
    assert f"{messages()[0].received_at:%H:%M}" == "00:15"


def test_names_of_fields_that_are_none_change_nothing():
    run_id = upload(export(*rows(2)))
    start(run_id, columns={"status'; --": "1", "id": "0"})
    work()
    assert Outcome(run_id).counts == {"created": 2}


def test_another_sheet_and_another_row_with_the_headings():
    second = [
        ["Сводка", "за", "ноябрь", "и", "декабрь"],
        ["№ инцидента", "Текст", "Ссылка"],
        ["7", "Яма.", "https://vk.com/wall-1_7"],
    ]
    run_id = upload(xlsx([HEADER, *rows(3)], second))
    assert preview(run_id).sheets == ("Лист1", "Лист2")
    runs.point_at_header(run_id, sheet="Лист2", header_row=None)
    assert (preview(run_id).sheet, preview(run_id).header_row, preview(run_id).count) == ("Лист2", 2, 1)
    runs.point_at_header(run_id, sheet="Лист2", header_row=2)
    start(run_id)
    work()
    assert [message.number for message in messages()] == ["7"]


@pytest.mark.words
@pytest.mark.parametrize(("sheet", "row", "words"), [("Лист9", None, "нет листа"), ("Лист1", 77, "Не найдена строка")])
def test_a_sheet_or_row_that_is_not_there(sheet, row, words):
    run_id = upload(export(*rows(2)))
    with pytest.raises(MissingInput, match=words) as refused:
        runs.point_at_header(run_id, sheet=sheet, header_row=row)
    assert refused.value.field == "header_row"
    assert preview(run_id).sheet == "Лист1"


def test_pointing_at_other_headings_after_a_check_drops_the_check():
    checked = load(export(*rows(2)), dry_run=True)
    runs.point_at_header(checked.run_id, sheet="Лист1", header_row=1)
    assert (checked.run.state, checked.rows) == (ImportState.UPLOADED, [])

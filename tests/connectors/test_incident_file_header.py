"""Finding the sheet and the header of a file: titles, merged cells, dictionaries next to the incidents."""

from __future__ import annotations

import pytest

from osm.connectors.incident_file import main_table, read_file
from osm.connectors.incident_file.book import FileRefused, HeaderNotFound
from tests.connectors import files
from tests.connectors.test_incident_file_mapping import TEXT, URL, found

pytestmark = pytest.mark.usefixtures("reader_inside")


def test_the_header_is_found_below_titles_and_merged_cells(tmp_path):
    def fill(book, sheet):
        sheet.merge_range("B1:G1", "Сведения о сообщениях граждан, тема: всякое")
        sheet.write("B2", "Сформировано: 20.11.2026 18:05")
        sheet.merge_range("B4:C4", "Сообщение")
        for column, cell in enumerate(["№ п/п", "ID инцидента", "Текст\nсообщения ", "", "Ссылка", "Статус"], 1):
            sheet.write(4, column, cell)
        for column, cell in enumerate([1, "ПР-5", TEXT, "", URL, "Новый"], 1):
            sheet.write(5, column, cell)

    mapping = found(tmp_path, files.xlsx([], fill=fill))
    assert mapping.header_row == 5
    assert mapping.fields == {"number": 2, "text": 3, "url": 5, "status": 6}
    assert mapping.headings == (
        "Столбец 1",
        "№ п/п",
        "ID инцидента",
        "Текст сообщения",
        "Столбец 5",
        "Ссылка",
        "Статус",
    )


@pytest.mark.parametrize("order", [0, 1])
def test_the_sheet_with_the_incidents_is_found_at_any_place(tmp_path, order):
    sheets = [[["Статусы"], ["Новый"], ["Ответ дан"]], [files.HEADER, files.incident()]]
    path = tmp_path / "file"
    path.write_bytes(files.xls(*(sheets if order else sheets[::-1])))
    with read_file(path) as book:
        assert main_table(book).name == f"Лист{order + 1}"
        assert book.table("Лист1").name == "Лист1"
        with pytest.raises(FileRefused, match="Лист1, Лист2"):
            book.table("Лист 9")


@pytest.mark.parametrize(
    "rows",
    [
        [["Просто"], ["слова"]],
        [
            ["7410001", "ВКонтакте", URL, "04.09.2026 10:00", TEXT],
            ["7410002", "ВКонтакте", URL, "04.09.2026 10:00", TEXT],
        ],
        [["1", "2"], ["3", "4"]],
    ],
)
def test_a_file_without_a_header_is_refused(tmp_path, rows):
    with pytest.raises(HeaderNotFound):
        found(tmp_path, rows)


def test_a_person_may_point_at_the_header(tmp_path):
    rows = [["Номер", "Текст"], ["Альфа", "Бета"], ["а-1", TEXT]]
    assert found(tmp_path, rows).header_row == 1
    mapping = found(tmp_path, rows, header_row=2)
    assert (mapping.header_row, mapping.fields) == (2, {"text": 1})
    with pytest.raises(HeaderNotFound):
        found(tmp_path, rows, header_row=9)

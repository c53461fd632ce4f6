"""Finding the sheet, the header and the columns; corrections of a person; the mapping kept for the next file."""

from __future__ import annotations

import json
from datetime import datetime

import pytest

from osm.connectors.incident_file import (
    FIELDS,
    HOW,
    Mapping,
    closest,
    find_mapping,
    known_header,
    main_table,
    parse_rows,
    read_file,
)
from osm.connectors.incident_file.book import FileRefused
from tests.connectors import files

pytestmark = pytest.mark.usefixtures("reader_inside")

TEXT = "Третий день нет горячей воды в доме на Тестовой улице, позвоните, пожалуйста."
URL = "https://vk.com/wall-77_5?reply=9"

HEADINGS = {
    "number": [
        "Номер",
        "№",
        "ID",
        "ID инцидента",
        "НОМЕР ИНЦИДЕНТА",
        "Номер\nинцидента",
        "Рег. №",
        "Инцидент №",
        "Номер в системе",
    ],
    "text": [
        "Текст",
        "Текст сообщения",
        "Сообщение",
        "Сообщение\n(полностью)",
        "Описание",
        "Текст обращения жителя",
        "Суть вопроса",
    ],
    "url": ["Ссылка", "URL", "Ссылка на сообщение", "Источник (ссылка)", "Гиперссылка", "Ссылка на запись в сети"],
    "network": ["Соцсеть", "ПЛОЩАДКА", "Тип источника", "Источник", "Социальная  сеть", "Название соцсети"],
    "published_at": ["Дата публикации", "Дата создания", "Опубликовано", "Создано в", "Время публикации поста", "Дата"],
    "received_at": [
        "Дата поступления",
        "Дата регистрации ",
        "Поступило",
        "Зарегистрировано в системе",
        "Поступление в ИМ",
    ],
    "deadline_at": ["Срок", "Срок ответа", "Ответить\nдо", "ДЕДЛАЙН", "Срок подготовки ответа"],
    "author": ["Автор", "Имя  автора", "Заявитель", "Автор публикации"],
    "author_url": [
        "Профиль автора",
        "Ссылка на автора",
        "Аккаунт автора",
        "Автор (ссылка)",
        "Ссылка на страницу автора",
    ],
    "municipality": ["Муниципальное образование", "МО", "Муниципалитет", "Район", "Территория", "Городской округ края"],
    "place": ["Адрес", "Место события", "Адрес проблемы", "Локация", "Адрес, указанный жителем"],
    "topic": ["Тема", "Категория", "Группа тем", "Тематика вопроса"],
    "subtopic": ["Подтема", "Подкатегория", "Подтема (уточнение)"],
    "responsible": ["Ответственный", "Исполнитель", "ВЕДОМСТВО", "Организация", "Ответственное лицо"],
    "curator": ["Куратор", "Куратор направления", "ФИО куратора"],
    "status": ["Статус", "Статус ", "Состояние обработки"],
    "important": ["Важность", "Повышенная важность", "Приоритет", "Критичность", "Уровень критичности"],
    "is_repeat": ["Повторный", "Повторное обращение", "Признак повтора"],
    "answer": ["Ответ", "Текст ответа", "Ответ органа власти"],
    "answered_at": ["Дата ответа", "Дата публикации ответа", "Дата отправки ответа"],
    "answer_url": ["Ссылка на ответ", "URL ответа", "Ссылка на опубликованный ответ"],
    "tone": ["Тональность", "Тональность сообщения"],
    "rating": ["Оценка", "Оценка заявителя", "Решено?", "Удовлетворённость", "Оценка качества ответа"],
}
"""Field → headings by which its column is found, listed ones and others of the same stems."""

CELLS = {"url": URL, "author_url": "https://vk.com/id5", "answer_url": URL, "network": "ВК", "text": TEXT}
NONE = [
    "№ п/п",
    "Просрочено, дн.",
    "Подписчиков",
    "Телефон",
    "Номер телефона",
    "Номер дома",
    "ID автора",
    "Порядковый номер",
]
"""Headings that are no field of ours."""


def found(folder, rows, saved=None, header_row=None) -> Mapping:
    path = folder / "file"
    path.write_bytes(files.csv_text(rows).encode() if isinstance(rows, list) else rows)
    with read_file(path) as book:
        return find_mapping(main_table(book), saved, header_row)


def cell_for(field: str) -> str:
    return CELLS.get(field, "04.09.2026 15:19" if FIELDS[field].kind == "date" else "слово")


@pytest.mark.parametrize(
    ("field", "heading"), [(field, heading) for field, names in HEADINGS.items() for heading in names]
)
def test_a_heading_says_its_field(tmp_path, field, heading):
    rest = [("number", "Номер инцидента"), ("text", "Текст сообщения")]
    columns = [(field, heading), *(pair for pair in rest if pair[0] != field)]
    mapping = found(tmp_path, [[name for _, name in columns], [cell_for(field) for field, _ in columns]])
    assert mapping.column(field) == 0
    assert mapping.choices[field].found_by in ("synonym", "stem")


def test_every_field_is_in_this_table_and_every_way_has_words():
    assert HEADINGS.keys() == FIELDS.keys()
    assert all(HOW.values())


@pytest.mark.parametrize("heading", NONE)
def test_other_headings_are_left_alone(tmp_path, heading):
    mapping = found(tmp_path, [["ID инцидента", "Текст", heading], ["а-1", TEXT, "12"], ["а-2", TEXT, "13"]])
    assert 2 not in mapping.fields.values()


BY_CONTENT = [
    # heading, cells, field
    ("Источник", ["ВК", "ok.ru", "Телеграм"], "network"),
    ("Источник", [URL, URL, ""], "url"),
    ("Адрес", [URL, URL, URL], "url"),
    ("Адрес", ["Тестовая, 1", "", "Тестовая, 2"], "place"),
    ("Автор", ["https://vk.com/id5", "https://vk.com/id6", ""], "author_url"),
    ("Профиль автора", ["Лидия", "Пётр", "Анна"], "author"),
    ("Где написано", [URL, "", URL], "url"),
    ("Где", ["ВК", "ОК", "MAX"], "network"),
    ("Когда", ["04.09.2026 10:00", "05.09.2026", ""], "published_at"),
    ("Срок", ["24 часа", "24 часа", "8 часов"], None),
    ("Ссылка", ["Перейти", "Перейти", "Перейти"], None),
    ("Соцсеть", ["первая", "вторая", "третья"], None),
    ("Дата публикации", ["вчера", "сегодня", ""], "published_at"),
]


@pytest.mark.parametrize(("heading", "cells", "field"), BY_CONTENT)
def test_the_content_of_a_column_has_its_say(tmp_path, heading, cells, field):
    rows = [["Номер инцидента", "Текст сообщения", heading], *(["а-1", TEXT, cell] for cell in cells)]
    names = [name for name, column in found(tmp_path, rows).fields.items() if column == 2]
    assert names == ([field] if field else [])


def test_text_address_and_dates_are_found_without_any_heading_that_we_know(tmp_path):
    rows = [
        ["Альфа", "Бета", "Гамма", "Дельта"],
        ["05.09.2026 10:00", URL, TEXT, "04.09.2026 23:00"],
        ["06.09.2026 10:00", URL + "1", TEXT, "05.09.2026 23:00"],
    ]
    mapping = found(tmp_path, rows)
    assert mapping.fields == {"url": 1, "text": 2, "published_at": 3, "received_at": 0}, (
        "the earlier date is the publication"
    )
    assert {choice.found_by for choice in mapping.choices.values()} == {"content"}
    assert mapping.missing == ()


def test_a_count_of_rows_is_no_number_of_an_incident(tmp_path):
    counted = [["№", "Текст", "Ссылка"], *([str(row), TEXT, f"{URL}{row}"] for row in range(1, 4))]
    assert "number" not in found(tmp_path, counted).fields
    numbered = [["№", "Текст", "Ссылка"], *([f"26/11-{row}", TEXT, f"{URL}{row}"] for row in range(1, 4))]
    assert found(tmp_path, numbered).column("number") == 0


def test_the_better_name_wins_and_the_other_column_stays_free(tmp_path):
    rows = [["Описание", "Тема", "Группа тем", "Текст", "ID"], ["кратко", "Дороги", "ЖКХ", TEXT, "7"]]
    fields = found(tmp_path, rows).fields
    assert fields == {"number": 4, "text": 3, "topic": 2, "subtopic": 1}


# --- What is missing, corrections, keeping


@pytest.mark.parametrize(
    ("header", "missing"),
    [
        (["Номер", "Текст"], ()),
        (["Ссылка", "Текст"], ()),
        (["Номер", "Ссылка"], ("текст сообщения",)),
        (["Статус", "Текст"], ("номер или ссылка",)),
        (["Статус", "Тема"], ("текст сообщения", "номер или ссылка")),
    ],
)
def test_text_and_a_number_or_an_address_are_needed(tmp_path, header, missing):
    rows = [header, [cell_for({"Ссылка": "url", "Текст": "text"}.get(name, "status")) for name in header]]
    mapping = found(tmp_path, rows)
    assert mapping.missing == missing
    if missing:
        with read_file(tmp_path / "file") as book, pytest.raises(FileRefused, match=missing[0]):
            parse_rows(book.tables[0], mapping)


ROWS = [["Номер", "Текст", "Тема", "Заметка"], ["а-1", TEXT, "Дороги", "в тему"]]


def test_a_person_sets_any_field_to_any_column(tmp_path):
    mapping = found(tmp_path, ROWS).assign("place", 2).assign("tone", None).assign("topic", 3)
    assert mapping.fields == {"number": 0, "text": 1, "topic": 3, "place": 2}
    assert mapping.choices["place"].found_by == "person"
    assert mapping.choices["place"].heading == "Тема"
    with pytest.raises(KeyError):
        mapping.assign("colour", 1)
    with pytest.raises(IndexError):
        mapping.assign("topic", 4)


def test_a_column_serves_one_field(tmp_path):
    mapping = found(tmp_path, ROWS).assign("subtopic", 2)
    assert mapping.fields == {"number": 0, "text": 1, "subtopic": 2}


def test_a_mapping_survives_json(tmp_path):
    mapping = found(tmp_path, ROWS).assign("topic", None)
    assert Mapping.from_json(json.loads(json.dumps(mapping.to_json()))) == mapping


@pytest.mark.parametrize(
    "value",
    [
        {},
        [],
        {
            "sheet": "а",
            "header_row": 1,
            "headings": ["а"],
            "fields": {"text": {"column": 5, "heading": "а", "found_by": "stem"}},
        },
        {
            "sheet": "а",
            "header_row": 1,
            "headings": ["а"],
            "fields": {"text": {"column": 0, "heading": "а", "found_by": "луна"}},
        },
        {"sheet": "а", "header_row": "один", "headings": [], "fields": {}},
    ],
)
def test_what_is_no_mapping_is_refused(value):
    with pytest.raises(ValueError):
        Mapping.from_json(value)


def test_a_saved_mapping_follows_its_headings_to_other_columns(tmp_path):
    saved = found(tmp_path, ROWS).assign("place", 3).assign("topic", None)
    moved = [
        ["Выгрузка за день"],
        ["Статус", "Заметка", "Тема", "Номер", "Текст"],
        ["Новый", "у школы", "Дороги", "а-2", TEXT],
    ]
    mapping = found(tmp_path, moved, saved)
    assert mapping.header_row == 2
    assert mapping.fields == {"status": 0, "place": 1, "number": 3, "text": 4}
    assert mapping.choices["place"].found_by == "saved"
    assert mapping.choices["status"].found_by == "synonym"


def test_a_saved_heading_that_is_gone_is_looked_for_again(tmp_path):
    saved = found(tmp_path, ROWS)
    renamed = [["ID инцидента", "Текст", "Категория"], ["а-2", TEXT, "Дороги"]]
    assert found(tmp_path, renamed, saved).fields == {"number": 0, "text": 1, "topic": 2}


def test_date_cells_show_in_the_preview_as_a_person_writes_them(tmp_path):
    path = tmp_path / "file"
    path.write_bytes(files.xlsx([["Номер", "Дата"], [7410208, datetime(2026, 9, 1, 22, 2)], [1.5, True]]))
    with read_file(path) as book:
        assert main_table(book).preview() == (
            (1, ("Номер", "Дата")),
            (2, ("7410208", "01.09.2026 22:02")),
            (3, ("1.5", "Да")),
        )


PROFILES = {
    "vk": "https://vk.com/id99{0}",
    "vk by name": "m.vk.com/resident_{0}",
    "ok": "https://ok.ru/profile/55{0}",
    "telegram": "t.me/resident_{0}",
    "instagram": "https://www.instagram.com/resident.{0}/",
    "max": "https://max.ru/u/f9LH{0}",
}


@pytest.mark.parametrize("heading", ["Аккаунт", "Профиль", "Страница", "Кто", "Ссылка", ""])
@pytest.mark.parametrize("profile", PROFILES.values(), ids=PROFILES)
def test_profiles_are_found_by_the_content_of_the_column(tmp_path, heading, profile):
    rows = [[str(n), TEXT, f"https://vk.com/wall-77_{n}", "Лидия Пробная", profile.format(n)] for n in range(71, 77)]
    mapping = found(tmp_path, [["Номер", "Текст", "Ссылка на сообщение", "Автор", heading], *rows])
    assert (mapping.column("author_url"), mapping.column("url"), mapping.column("author")) == (4, 2, 3)


@pytest.mark.parametrize(
    ("heading", "cells"),
    [
        ("Группа", [f"https://vk.com/public{n}" for n in range(6)]),
        ("Сообщество", [f"vk.com/town_{n}" for n in range(6)]),
        ("Где", ["https://vk.com/town_talk"] * 5 + ["https://vk.com/town_news"]),
        ("Пост", [f"https://vk.com/wall-5_{n}" for n in range(6)]),
        ("Сайт", [f"https://example.org/id{n}" for n in range(6)]),
    ],
)
def test_where_it_was_written_is_no_profile_of_an_author(tmp_path, heading, cells):
    rows = [[str(n), TEXT, f"https://vk.com/wall-77_{n}", cell] for n, cell in enumerate(cells)]
    assert found(tmp_path, [["Номер", "Текст", "Ссылка на сообщение", heading], *rows]).column("author_url") is None


def test_profiles_missing_in_a_saved_mapping_are_found_and_decisions_stay(tmp_path):
    rows = [["Номер", "Текст", "Кто"], *([str(n), TEXT, f"https://vk.com/id{n}"] for n in range(6))]
    full = found(tmp_path, rows)
    assert full.choices["author_url"].found_by == "content"
    before = Mapping(
        full.sheet, full.header_row, full.headings, {k: v for k, v in full.choices.items() if v.column != 2}
    )
    assert found(tmp_path, rows, before).column("author_url") == 2
    assert found(tmp_path, rows, full.assign("author_url", None)).column("author_url") is None


def test_a_known_header_is_found_on_any_sheet_and_in_any_order(tmp_path):
    first = [["Номер", "Текст", "Ссылка"], ["1", TEXT, "https://vk.com/wall-7_1"]]
    second = [["Сводка"], ["Код", "", "Что пишут"], ["К-1", "да", TEXT]]
    (tmp_path / "file").write_bytes(files.xlsx(first, second))
    saved = Mapping("Лист9", 1, ("Что пишут", "Столбец 2", "Код"))
    with read_file(tmp_path / "file") as book:
        table, row, mapping = known_header(book, [Mapping("", 1, ("Номер", "Текст")), saved])
        assert (table.name, row, mapping) == ("Лист2", 2, saved)
        assert known_header(book, [Mapping("", 1, ("Номер", "Текст", "Ссылка", "Автор"))]) is None


def test_the_closest_mapping_has_the_most_columns_there(tmp_path):
    (tmp_path / "file").write_bytes(files.csv_text([["Код", "Комментарий", "Куда"], ["1", TEXT, "нет"]]).encode())
    near = Mapping("", 1, ("Код", "Комментарий")).assign("number", 0).assign("text", 1)
    far = Mapping("", 1, ("Код", "Текст")).assign("number", 0).assign("text", 1)
    with read_file(tmp_path / "file") as book:
        assert closest(main_table(book), [far, near]) is near
        assert closest(main_table(book), []) is None

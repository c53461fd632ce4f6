"""Rows to messages: what is taken, what is refused and why, what is warned of, what is no message."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from osm.connectors.base import IncomingMessage, Rejected, RowWarning, Skipped, SourceState
from osm.connectors.incident_file import MAX_TEXT
from tests.connectors import files
from tests.connectors.files import HEADER, incident, messages, only, outcome, parsed

pytestmark = pytest.mark.usefixtures("reader_inside")

NOW = datetime(2026, 11, 25, tzinfo=UTC)


def rows(*incidents: list[object], header: list[str] = HEADER) -> str:
    return files.csv_text([header, *incidents])


def test_a_whole_row_becomes_a_message(tmp_path):
    header = [
        "ID инцидента", "Площадка", "Ссылка", "Автор", "Профиль автора", "Опубликовано", "Поступило", "Ответить до",
        "МО",
        "Адрес", "Тема", "Подтема", "Исполнитель", "Куратор", "Статус", "Повышенная важность", "Повторный", "Ответ",
        "Дата ответа", "Ссылка на ответ", "Тональность", "Подписчиков", "Заметка",
    ]  # fmt: skip
    row = [
        "№ ПР-5", "ВК", "https://m.vk.com/wall-77_5?reply=9", " Лидия  Пробная ", "vk.ru/id5", "02.11.2026 10:15",
        "2 ноября 2026, 10:40", "03.11.2026 10:40", "Пробный  ГО", "Тестовая, 1", "ЖКХ", "Свет", "Отдел ЖКХ", "Анна",
        "Ответ дан", "Да", "да", "Исправим завтра.", "02.11.2026 16:00", "https://vk.com/wall-77_5?reply=10",
        "Негативная",
        "120", "",
    ]  # fmt: skip
    text = "  Не горит фонарь 🌃\nна Тестовой, 1.  "
    message = only(parsed(tmp_path, rows([*row, text], header=[*header, "Текст сообщения"])))
    assert message == IncomingMessage(
        row=2,
        key="number:пр-5",
        fingerprint=message.fingerprint,
        number="ПР-5",
        text="Не горит фонарь 🌃\nна Тестовой, 1.",
        network="vk",
        url="https://m.vk.com/wall-77_5?reply=9",
        canonical_url="https://vk.com/wall-77_5?reply=9",
        author="Лидия Пробная",
        author_url="https://vk.com/id5",
        published_at=datetime(2026, 11, 2, 0, 15, tzinfo=UTC),
        received_at=datetime(2026, 11, 2, 0, 40, tzinfo=UTC),
        deadline_at=datetime(2026, 11, 3, 0, 40, tzinfo=UTC),
        municipality="Пробный ГО",
        place="Тестовая, 1",
        topic="ЖКХ",
        subtopic="Свет",
        responsible="Отдел ЖКХ",
        curator="Анна",
        status="Ответ дан",
        state=SourceState.ANSWERED,
        important=True,
        is_repeat=True,
        answer="Исправим завтра.",
        answered_at=datetime(2026, 11, 2, 6, 0, tzinfo=UTC),
        answer_url="https://vk.com/wall-77_5?reply=10",
        tone="Негативная",
        raw={"Подписчиков": "120"},
        provided=message.provided,
    )
    assert message.provided == {
        "number", "text", "url", "network", "author", "author_url", "published_at", "received_at", "deadline_at",
        "municipality", "place", "topic", "subtopic", "responsible", "curator", "status", "important", "is_repeat",
        "answer", "answered_at", "answer_url", "tone",
    }  # fmt: skip


def test_the_clock_of_the_file_may_be_moscows(tmp_path):
    data = rows(incident())
    local = only(parsed(tmp_path, data, times="local", tz="Asia/Vladivostok"))
    moscow = only(parsed(tmp_path, data, times="moscow", tz="Asia/Vladivostok"))
    assert local.received_at == datetime(2026, 11, 2, 0, 40, tzinfo=UTC)
    assert moscow.received_at == datetime(2026, 11, 2, 7, 40, tzinfo=UTC)


@pytest.mark.parametrize("make", [files.xlsx, files.xls, files.ods])
def test_date_cells_and_numbers_of_sheets_are_what_they_show(tmp_path, make):
    moment = datetime(2026, 11, 2, 10, 40)
    message = only(parsed(tmp_path, make([HEADER, incident(7410208, **{"Дата поступления": moment})])))
    assert message.received_at == datetime(2026, 11, 2, 0, 40, tzinfo=UTC)
    assert message.number == "7410208"


REFUSED = [
    ({"Текст": ""}, "Нет текста сообщения."),
    ({"Текст": " \n\u00a0\t"}, "Нет текста сообщения."),
    ({"Текст": "\u200b"}, "Нет текста сообщения."),
    ({"Текст": "а" * 40_000}, "В тексте 40000 знаков, больше 32767: это не одно сообщение."),
    ({"Дата публикации": "31.09.2026 25:70"}, "Дата публикации: «31.09.2026 25:70» — такой даты или времени нет."),
    ({"Дата поступления": "01.01.1900"}, "Дата поступления: «01.01.1900» — год 1900 невозможен."),
    ({"Дата поступления": "31.12.9999"}, "Дата поступления: «31.12.9999» — год 9999 невозможен."),
    ({"Дата поступления": "02.11.2062"}, "Дата поступления: «02.11.2062» — больше чем через год, проверьте дату."),
    ({"Соцсеть": "Сплетник", "Ссылка": "https://spletnik.example/1"}, "Неизвестная площадка «Сплетник»."),
    ({"Соцсеть": "Сплетник", "Ссылка": ""}, "Неизвестная площадка «Сплетник»."),
    ({"Соцсеть": "", "Ссылка": "https://spletnik.example/1"}, "Площадка не указана, а по ссылке её узнать нельзя."),
    ({"Ссылка": "удалена, см. http:/vk,com"}, "Ссылка: «удалена, см. http:/vk,com» — не ссылка."),
    ({"Номер": "9" * 61}, "Номер длиннее 60 знаков."),
]


@pytest.mark.parametrize(("changes", "reason"), REFUSED)
def test_a_row_that_is_no_message_is_refused_and_others_enter(tmp_path, changes, reason):
    results = parsed(tmp_path, rows(incident(1), incident(**{"Номер": 2} | changes), incident(3)), now=NOW)
    assert outcome(results) == [("message", 2), ("rejected", 3), ("message", 4)]
    assert results[1] == Rejected(3, reason)


def test_every_fault_of_a_row_is_named(tmp_path):
    rejected = parsed(tmp_path, rows(incident(Текст="", Ссылка="нет ссылки"), incident(2)))[0]
    assert rejected == Rejected(2, "Нет текста сообщения. Ссылка: «нет ссылки» — не ссылка.")


WARNED = [
    ({"Статус": "На луне"}, "Незнакомый статус «На луне»: сообщение принято как «Новый»."),
    ({"Важность": "так себе"}, "Важность: незнакомое слово «так себе», принято как «обычная»."),
    ({"Соцсеть": "ОК"}, "Площадка «ОК», а ссылка ведёт в ВКонтакте: взято по ссылке."),
    ({"Соцсеть": "Сплетник"}, "Площадка «Сплетник», а ссылка ведёт в ВКонтакте: взято по ссылке."),
    ({"Ссылка": "https://primer.example/1"}, "Площадка «ВКонтакте», а ссылка ведёт на другой сайт: проверьте её."),
    ({"Ссылка": "", "Соцсеть": ""}, "Не указаны ни площадка, ни ссылка."),
    (
        {"Дата поступления": "27.11.2026 12:00"},
        "Дата поступления: «27.11.2026 12:00» — в будущем, проверьте дату и часовой пояс.",
    ),
    ({"Номер": "7,41E+11"}, "Номер записан как 7,41E+11: программа таблиц его испортила, взята ссылка."),
    ({"Автор": "а" * 301}, "«Автор» длиннее 300 знаков: сокращено, целиком — в прочих данных."),
]


@pytest.mark.parametrize(("changes", "reason"), WARNED)
def test_what_is_odd_is_taken_with_a_warning(tmp_path, changes, reason):
    results = parsed(tmp_path, rows(incident(1), incident(**{"Номер": 2} | changes)), now=NOW)
    assert outcome(results) == [("message", 2), ("warning", 3), ("message", 3)]
    assert results[1] == RowWarning(3, reason)


SILENT = [
    {"Текст": "а" * MAX_TEXT},
    {"Дата поступления": ""},
    {"Дата поступления": "—", "Дата публикации": "нет данных"},
    {"Дата поступления": "25.11.2026 12:00"},
    {"Автор": ""},
    {"Соцсеть": ""},
    {"Ссылка": ""},
    {"Статус": "", "Важность": ""},
    {"Соцсеть": "Сайт", "Ссылка": "https://primer.example/1"},
    {"Текст": "Итого третий день без воды, всего хорошего."},
    {"Текст": "Номер"},
]


@pytest.mark.parametrize("changes", SILENT)
def test_what_is_in_order_is_taken_in_silence(tmp_path, changes):
    assert outcome(parsed(tmp_path, rows(incident(1), incident(**{"Номер": 2} | changes)), now=NOW)) == [
        ("message", 2),
        ("message", 3),
    ]


def test_a_bad_date_of_the_source_s_deadline_is_a_warning_only(tmp_path):
    data = files.csv_text(
        [["Номер", "Текст", "Срок"], ["1", "Яма", "03.11.2026"], ["2", "Яма", "24 часа"], ["3", "Яма", "32.01.2026"]]
    )
    results = parsed(tmp_path, data)
    assert outcome(results) == [("message", 2), ("warning", 3), ("message", 3), ("warning", 4), ("message", 4)]
    assert [message.deadline_at is None for message in messages(results)] == [False, True, True]


def test_future_dates_pass_where_the_time_is_not_given(tmp_path):
    assert only(parsed(tmp_path, rows(incident(**{"Дата поступления": "02.11.2062"})))).received_at is not None


# --- Text stays text


@pytest.mark.parametrize(
    "start", ['=HYPERLINK("http://primer.example")', "+7 дней без света", "@SUM(1+1)", "-1 подъезд", "=== ВНИМАНИЕ ==="]
)
@pytest.mark.parametrize("make", [lambda table: files.csv_text(table).encode(), files.xlsx])
def test_cells_that_look_like_formulas_are_text(tmp_path, start, make):
    message = only(parsed(tmp_path, make([HEADER, incident(Текст=start, Автор=start)])))
    assert (message.text, message.author) == (start, start)


def test_a_formula_gives_the_value_that_the_sheet_shows(tmp_path):
    def fill(book, sheet):
        sheet.write_formula("A2", "=500+1", None, 501)
        sheet.write_formula("G2", '="Яма "&"у школы"', None, "Яма у школы")
        sheet.write_formula("H2", "=1/0", None, "#DIV/0!")

    message = only(parsed(tmp_path, files.xlsx([HEADER, incident()], fill=fill)))
    assert (message.number, message.text, message.status) == ("501", "Яма у школы", "")


def test_a_value_merged_over_several_rows_belongs_to_each_of_them(tmp_path):
    def fill(book, sheet):
        sheet.merge_range("J2:J4", "Пробный ГО")

    results = parsed(
        tmp_path, files.xlsx([[*HEADER, "Район"], *(incident(number) for number in (1, 2, 3, 4))], fill=fill)
    )
    assert [message.municipality for message in messages(results)] == ["Пробный ГО"] * 3 + [""]


def test_empty_columns_and_rows_do_not_shift_anything(tmp_path):
    table = [["", cell, ""] for cell in ("",)] + [
        ["", "", *HEADER],
        [""],
        ["", "", *incident(1)],
        [],
        ["", "", *incident(2)],
    ]
    assert outcome(parsed(tmp_path, files.xlsx(table))) == [("message", 4), ("message", 6)]


def test_a_number_keeps_no_sign_and_no_tail_of_a_sheet(tmp_path):
    numbers = ["№ 5", "6.0", " \u00a07\u00a0", "26/11-8", "ИНЦ-9"]
    results = messages(parsed(tmp_path, rows(*(incident(number) for number in numbers))))
    assert [message.number for message in results] == ["5", "6", "7", "26/11-8", "ИНЦ-9"]


def test_a_long_value_is_kept_whole_next_to_the_cut_one(tmp_path):
    (message,) = messages(parsed(tmp_path, rows(incident(Автор="а" * 301))))
    assert len(message.author) == 300
    assert message.raw == {"Автор": "а" * 301}


# --- Totals and other rows that are no messages


@pytest.mark.parametrize(
    ("row", "why"),
    [
        (["Итого: 2"], "Итоговая строка."),
        (["Итого", "", "", "", "", "", "2 сообщения"], "Итоговая строка."),
        (["", "ИТОГО:", "2"], "Итоговая строка."),
        (["Сформировано: 20.11.2026 18:05"], "Итоговая строка."),
        (["", "", "", "", "", "", "Всего сообщений: 2"], "Итоговая строка."),
        (HEADER, "Повтор заголовка."),
    ],
)
def test_a_row_that_is_no_message_is_neither_taken_nor_refused(tmp_path, row, why):
    results = parsed(tmp_path, rows(incident(1), row, incident(2)))
    assert outcome(results) == [("message", 2), ("skipped", 3), ("message", 4)]
    assert results[1] == Skipped(3, why)


def test_numbers_of_the_columns_under_the_header_are_no_message(tmp_path):
    results = parsed(tmp_path, rows([str(number) for number in range(1, 10)], incident(1)))
    assert outcome(results) == [("skipped", 2), ("message", 3)]


def test_any_other_row_with_little_in_it_is_refused_aloud(tmp_path):
    assert outcome(parsed(tmp_path, rows(incident(1), ["Раздел «Дороги»"]))) == [("message", 2), ("rejected", 3)]

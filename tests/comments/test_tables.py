"""Comments from any table: recognised by headings and contents, imported like JSONL; a second time nothing new."""

from __future__ import annotations

import io
from datetime import UTC, datetime

import pytest

from osm.base.database import db
from osm.comments.acts.importing import import_file
from osm.models import Comment
from osm.regulation.blacklist import CommentKind
from tests.connectors.files import ods, xlsx

from .conftest import NOW

pytestmark = pytest.mark.usefixtures("office")

TITLE = "Отопление: отвечаем на частые вопросы жителей города"
POST = "https://vk.com/wall-1_1"
HEADINGS = ["№", "Публикация", "Ссылка на пост", "Имя пользователя", "Страница автора", "Когда", "Комментарий"]
ROWS = [
    ["1", TITLE, POST, "Пётр С.", "https://vk.com/id7", "25.11.2026 08:10", "Когда включат отопление на Лесной, 4?"],
    ["2", TITLE, POST, "Зоя Л.", "https://vk.com/id8", "25.11.2026 08:15", "Спасибо, тепло дали"],
    ["3", TITLE, POST, "Анна К.", "https://vk.com/id9", "вчера", "Холодно"],
    ["4", "", POST, "Олег", "https://vk.com/id10", "25.11.2026 08:20", ""],
    ["Итого", "4"],
]


def csv(rows: list[list[str]]) -> bytes:
    return "\r\n".join(";".join(row) for row in rows).encode("cp1251")


def load(tmp_path, data: bytes, times: str = "local"):
    path = tmp_path / "file"
    path.write_bytes(data)
    return import_file(path, times, actor=None, now=NOW)


@pytest.mark.parametrize("make", [lambda rows: xlsx(rows), ods, csv], ids=["xlsx", "ods", "csv"])
def test_a_table_is_read_by_columns_and_never_adds_twice(tmp_path, make):
    data = make([["Выгрузка комментариев"], HEADINGS, *ROWS])
    report = load(tmp_path, data)
    assert (report.created, [one.row for one in report.rejected]) == (2, [5, 6])
    assert [one.reason for one in report.rejected] == ["время «вчера»: это не дата", "нет текста"]
    row = db.session.scalars(db.select(Comment).order_by(Comment.id)).first()
    assert (row.network, row.kind, row.post_url, row.text) == ("vk", CommentKind.COMMENT, POST, ROWS[0][-1])
    assert (row.author.name, row.author.profile_url) == ("Пётр С.", "https://vk.com/id7")
    assert row.published_at == datetime(2026, 11, 24, 22, 10, tzinfo=UTC)
    assert row.post_title == TITLE
    again = load(tmp_path, data)
    assert (again.created, again.unchanged) == (0, 2)
    assert {"Текст", "Ссылка на запись", "Текст записи", "Время"} <= {one.label for one in report.columns}


def test_nothing_but_text_and_network_is_needed(tmp_path):
    report = load(tmp_path, csv([["Соцсеть", "Текст"], ["Одноклассники", "Яма у школы"], ["ВК", "Яма у школы"]]))
    assert report.created == 2
    assert {row.network for row in db.session.scalars(db.select(Comment))} == {"ok", "vk"}


def test_a_count_of_rows_makes_no_comment_another_one(tmp_path):
    """Tomorrow's table begins with 1 again: those comments are new, not edited ones of today."""
    head = ["Номер", "Соцсеть", "Текст"]
    for texts in (("Яма", "Свет"), ("Снег", "Лёд")):
        rows = [[str(number), "ВК", text] for number, text in enumerate(texts, 1)]
        report = load(tmp_path, csv([head, *rows]))
        assert (report.created, [one.label for one in report.columns]) == (2, ["Текст", "Соцсеть"])
    assert db.session.query(Comment).count() == 4
    edited = [["7001", "ВК", "Яма"], ["7005", "ВК", "Свет"]]
    assert load(tmp_path, csv([head, *edited])).created == 2
    edited[0][2] = "Яма глубже"
    report = load(tmp_path, csv([head, *edited]))
    assert (report.updated, report.unchanged) == (1, 1)


def test_moscow_time_is_moscow_time(tmp_path):
    load(tmp_path, csv([HEADINGS, ROWS[0]]), "moscow")
    assert db.session.scalars(db.select(Comment.published_at)).one() == datetime(2026, 11, 25, 5, 10, tzinfo=UTC)


def test_the_page_says_what_is_missing_and_how_columns_were_read(vera):
    answer = send(vera, csv([["Раз", "Два"], ["1", "2"]]))
    assert answer.status_code == 422
    assert "Не найдены нужные столбцы" in answer.text or "Не найдена строка с названиями столбцов" in answer.text
    answer = send(vera, csv([["Соцсеть", "Текст", "Пост"], ["ВК", "Яма", POST]]))
    assert "Новых 1," in answer.text
    assert "Текст: столбец «Текст», по названию столбца" in answer.text
    picture = send(vera, b"\x89PNG\r\n\x1a\n" + b"0" * 50)
    assert (picture.status_code, "Это не таблица, а картинка" in picture.text) == (422, True)


def test_the_queue_names_the_post_by_its_first_words(tmp_path, vera):
    load(tmp_path, csv([HEADINGS, ROWS[0]]))
    assert f"«{TITLE}»" in vera.get("/moderation").text
    assert TITLE in vera.get("/moderation/posts").text


def send(browser, data: bytes):
    form = {"times": "local", "file": (io.BytesIO(data), "comments.csv")}
    return browser.submit("/moderation/import", form)

"""The dictionary's pages: preview before saving, refusal with a reason, import and export as a file, undo."""

from __future__ import annotations

import io
import re

import pytest

from osm.base.database import db
from osm.base.transaction import transaction
from osm.check.acts import verdicts
from osm.check.acts.verdicts import digest
from osm.jobs.running import run_due
from osm.models import Comment, FindingReply, MessageVerdict, OwnEntry
from tests.desk import NOW

PAGE = "/admin/dictionary"
WORD = {"text": "прыгалка", "kind": "lemma", "category": "insult", "severity": "medium"}


def stamp(answer) -> str:
    return re.search(r'name="confirmed" value="(\w+)"', answer.text)[1]


def save(browser, **given) -> None:
    form = {**WORD, **given}
    looked = browser.submit(PAGE, form)
    assert looked.status_code == 200, looked.text
    assert browser.submit(PAGE, {**form, "confirmed": stamp(looked)}).location == PAGE


def words() -> list[str]:
    db.session.rollback()
    return list(db.session.scalars(db.select(OwnEntry.text).where(OwnEntry.removed_id.is_(None)).order_by(OwnEntry.id)))


def add_comments(*texts: str) -> None:
    with transaction() as session:
        session.add_all(
            Comment(network="vk", external_id=str(n), text=text, text_digest=digest(text), stored_at=NOW)
            for n, text in enumerate(texts)
        )


def test_an_entry_is_shown_on_the_last_texts_before_it_is_saved(desk, vera):
    add_comments(*(f"Яма у дома {n}, когда засыпят?" for n in range(35)), "Спасибо за свет")
    looked = vera.htmx(PAGE, {**WORD, "text": "яма"})
    assert "Пометит 35, из них 35 обычных жалоб." in looked.text
    assert "Всё равно сохранить" in looked.text
    assert "<html" not in looked.text
    assert words() == []


def test_what_was_not_looked_at_is_not_saved(desk, vera):
    looked = vera.submit(PAGE, WORD)
    other = vera.submit(PAGE, {**WORD, "text": "скакалка", "confirmed": stamp(looked)})
    assert other.status_code == 200
    assert words() == []
    save(vera)
    assert words() == ["прыгалка"]
    assert "прыгалка" in vera.get(PAGE).text


def test_while_typing_the_text_shows_the_marks(desk, vera):
    tried = vera.htmx(f"{PAGE}/try", {**WORD, "sample": "Вы <b>прыгалки</b>!"}).text
    assert '&lt;b&gt;<mark class="found">прыгалки</mark>&lt;/b&gt;' in tried
    assert "ничего не отмечает" in vera.htmx(f"{PAGE}/try", {**WORD, "sample": "Спасибо"}).text
    wrong = vera.htmx(f"{PAGE}/try", {**WORD, "text": "два слова", "sample": "Спасибо"}).text
    assert "выберите вид «выражение»" in wrong
    freed = vera.htmx(f"{PAGE}/try", {**WORD, "text": "сволочь", "exception": "да", "sample": "Вы сволочи"}).text
    assert "Эти пометки будут сняты" in freed


def test_without_scripts_the_same_page_comes_back(desk, vera):
    page = vera.submit(f"{PAGE}/try", {**WORD, "sample": "Вы прыгалки"}).text
    assert '<mark class="found">прыгалки</mark>' in page
    assert 'value="прыгалка"' in page


@pytest.mark.words
@pytest.mark.parametrize(("text", "said"), [("", "Слово не указано"), ("два слова", "не одно слово")])
def test_a_broken_entry_comes_back_with_its_reason(desk, vera, text, said):
    answer = vera.submit(PAGE, {**WORD, "text": text})
    assert answer.status_code == 422
    assert said in answer.text
    assert said in vera.htmx(PAGE, {**WORD, "text": text}).text


def test_an_entry_is_replaced_and_another_person_gets_a_conflict(desk, vera, anna):
    save(vera)
    form = vera.get(f"{PAGE}/new?entry=1").text
    assert 'name="replaces" value="1"' in form
    save(vera, text="скакалка", replaces="1")
    assert words() == ["скакалка"]
    late = anna.submit(PAGE, {**WORD, "text": "верёвка", "replaces": "1"})
    late = anna.submit(PAGE, {**WORD, "text": "верёвка", "replaces": "1", "confirmed": stamp(late)})
    assert late.status_code == 422
    assert "верёвка" in late.text
    assert words() == ["скакалка"]


def test_removed_and_brought_back_from_the_history(desk, vera, anna):
    save(vera)
    vera.submit(f"{PAGE}/1/remove")
    assert words() == []
    assert "уже нет" in anna.submit(f"{PAGE}/1/remove", follow_redirects=True).text
    assert "прыгалка" in anna.get(f"{PAGE}/history").text
    anna.submit(f"{PAGE}/history/2/undo")
    assert words() == ["прыгалка"]
    assert "уже отменено" in anna.submit(f"{PAGE}/history/2/undo", follow_redirects=True).text


def test_out_and_in_as_a_file(desk, vera):
    save(vera)
    file = vera.get(f"{PAGE}/export").data
    assert "слово\tпрыгалка\tоскорбление" in file.decode()
    file += "lemma\tскакалка\tinsult\tmedium\tнет\nlemma\tдва слова\tinsult\n".encode()
    shown = vera.submit(f"{PAGE}/import", {"file": (io.BytesIO(file), "словарь.tsv")}).text
    assert "Новых записей: <strong>1</strong>. Уже есть: 1. Не принято: 1." in shown
    assert "Строка 4, «два слова»" in shown
    rows = re.search(r'name="rows"[^>]*>\n(.*?)</textarea>', shown, re.DOTALL)[1]
    assert words() == ["прыгалка"]
    done = vera.submit(f"{PAGE}/import/save", {"rows": rows, "confirmed": stamp_of(shown)}, follow_redirects=True)
    assert "Загружено записей: 1" in done.text
    assert words() == ["прыгалка", "скакалка"]


def stamp_of(page: str) -> str:
    return re.search(r'name="confirmed" value="(\w+)"', page)[1]


def test_a_file_of_something_else_is_refused(desk, vera):
    answer = vera.submit(f"{PAGE}/import", {"file": (io.BytesIO(b"PK\x03\x04"), "a.xlsx")}, follow_redirects=True)
    assert "Файл не загружен" in answer.text


def test_how_often_a_rule_was_right_and_what_changed(desk, vera, anna):
    message = desk.incident("25.11 10:05", text="Вы там все сволочи")
    run_due(NOW)
    verdicts.reply_to_findings(message.id, 1, reply=FindingReply.WRONG, actor=desk.anna, now=NOW)
    page = vera.get("/admin/rules").text
    assert "ошибочно: </span>1" in page
    assert "67 %" in page, "one answer changes little"
    save(vera, text="сволочь", exception="да")
    run_due(NOW)
    assert db.session.get_one(MessageVerdict, message.id, populate_existing=True).findings == []
    changed = anna.get(f"{PAGE}/changes").text
    assert "исключить: оскорбление → <strong>без пометок" in changed
    assert f'href="/messages/{message.id}"' in changed


def test_the_administrator_reads_no_texts_of_citizens(dina):
    assert dina.get(PAGE).status_code == 403

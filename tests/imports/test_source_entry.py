"""«Внести в ИМ»: what waits there, ticking, undoing, two people with one reply (design §6)."""

from __future__ import annotations

import io
import re
from datetime import timedelta
from html import unescape

import openpyxl
import pytest

from osm.approvals import acts as approval
from osm.base.database import db
from osm.base.transaction import transaction
from osm.imports.queries import editions
from osm.models import Event, ImportSource, Message, Origin, Reply
from osm.regulation.words import Status
from tests.cast import browser_of
from tests.connectors.files import incident
from tests.desk import NOW, RECEIVED, URL, WAYS
from tests.office import at
from tests.page_reading import words

from .desk import export, load

pytestmark = pytest.mark.usefixtures("desk")


@pytest.fixture
def message(desk) -> Message:
    return desk.in_status(Status.ANSWERED)


def reply_of(message) -> Reply:
    db.session.rollback()
    return db.session.scalars(db.select(Reply).where(Reply.message_id == message.id)).one()


def enter(browser, reply_id, **how):
    return browser.submit(f"/im/{reply_id}/enter", **how)


def undo(browser, reply, **how):
    return browser.submit(f"/im/{reply.id}/undo", {"seen": reply.entered_in_source_at.isoformat()}, **how)


def log(message) -> list[tuple[str, int | None]]:
    db.session.rollback()
    query = db.select(Event).where(Event.message_id == message.id, Event.action.like("source_%")).order_by(Event.id)
    return [(event.action, event.actor_id) for event in db.session.scalars(query)]


def test_the_row_has_the_text_the_link_and_the_time_to_copy(anna, message):
    page, reply = unescape(anna.get("/im").text), reply_of(message)
    assert re.search(
        rf'<textarea[^>]*id="im-text-{reply.id}"[^>]*readonly>\nЗдравствуйте! Яму засыпали.</textarea>', page
    )
    assert f'id="im-link-{reply.id}" href="{URL}"' in page
    assert f'id="im-time-{reply.id}">25.11.2026 10:40<' in page
    assert page.count("data-copy=") == 3
    assert 'id="badge-im" class="count">1<' in page
    whole = re.search(r'data-copy-text="([^"]*)"', page)[1].splitlines()
    assert whole == [
        f"Номер: {message.number}", "Вид ответа: Окончательный ответ", "Текст ответа: Здравствуйте! Яму засыпали.",
        f"Ссылка на ответ: {URL}", "Время ответа: 25.11.2026 10:40", "Кто ответил: Анна Ларина",
    ]  # fmt: skip


@pytest.mark.parametrize("page", ["/im", "/im/window"])
def test_an_answer_corrected_while_it_is_entered_is_not_ticked_with_the_old_text(desk, anna, message, page):
    reply, found = reply_of(message), re.search(r'name="shown" value="([^"]+)"', anna.get(page).text)
    version = db.session.get_one(Message, message.id).version
    corrected = {"text": "Здравствуйте! Яму засыплют завтра.", "reason": "Не тот день", "actor": desk.anna, "now": NOW}
    approval.correct_text(message.id, version, **corrected)
    back = {"back": "window"} if page.endswith("window") else {}
    refused = anna.submit(f"/im/{reply.id}/enter", {"shown": found[1], **back})
    assert (refused.status_code, "Ответ исправили" in refused.text, "засыплют завтра" in refused.text) == (
        409,
        True,
        True,
    )
    assert "исправлен: если прежний уже в ИМ, замените его там" in refused.text
    assert reply_of(message).entered_in_source_at is None
    again = re.search(r'name="shown" value="([^"]+)"', refused.text)
    anna.submit(f"/im/{reply.id}/enter", {"shown": again[1], **back})
    assert reply_of(message).entered_in_source_at is not None


def test_several_answers_to_one_message_are_counted_as_such(anna, message):
    said = '2 ответа на <a href="/messages?im=no">1 сообщение</a>: каждый вносится отдельно.'
    assert said not in unescape(anna.get("/im").text)
    with transaction() as session:
        first = reply_of(message)
        session.add(
            Reply(
                message=session.get_one(Message, message.id), opened_at=NOW, published_at=NOW, published_url=URL,
                approved_draft_id=first.approved_draft_id,
            )
        )  # fmt: skip
    page = unescape(anna.get("/im").text)
    assert said in page
    assert 'id="badge-im" class="count">2<' in page


@pytest.mark.parametrize(
    ("status", "waits"),
    [
        (Status.ANSWERED, True),
        (Status.AWAITING_FINAL, True),
        (Status.AWAITING_AUTHOR, True),
        (Status.APPROVED, False),
        (Status.IN_WORK, False),
        (Status.DISMISSED, False),
    ],
)
def test_every_published_reply_waits_and_nothing_else(desk, anna, status, waits):
    message = desk.in_status(status)
    assert (f"№ {message.number}" in anna.get("/im").text) is waits
    assert editions.count_not_in_source() == waits


def test_a_message_entered_by_hand_has_no_place_in_the_source(desk, anna):
    with transaction() as session:
        message = Message(
            number="ОСМ-1", key="own:1", origin=Origin.MANUAL, network="vk", text="Яма", received_at=at("25.11 10:05"),
            stored_at=at("25.11 10:05"),
        )  # fmt: skip
        session.add(message)
    for step in WAYS[Status.ANSWERED]:
        step(desk, message)
    assert "Всё внесено" in anna.get("/im").text
    assert enter(anna, reply_of(message).id).status_code == 404
    assert log(message) == []


def test_ticked_it_leaves_the_queue_and_can_be_taken_back(desk, anna, vera, message):
    reply, version = reply_of(message), message.version
    answer = enter(anna, reply.id)
    assert (answer.status_code, answer.location) == (303, "/im")
    reply = reply_of(message)
    assert (reply.entered_in_source_at, reply.entered_in_source_by_id) == (NOW, anna.user_id)
    page = unescape(vera.get("/im").text)
    assert "Всё внесено" in page
    assert "внесено в ИМ, Анна Ларина" in page

    assert undo(vera, reply).status_code == 303
    reply = reply_of(message)
    assert (reply.entered_in_source_at, reply.entered_in_source_by_id) == (None, None)
    assert f'id="im-enter-{reply.id}"' in vera.get("/im").text
    assert log(message) == [("source_entered", anna.user_id), ("source_entry_undone", vera.user_id)]
    assert desk.again(message).version == version


def test_the_second_person_gets_a_conflict_and_no_row_is_written_twice(anna, vera, message):
    reply = reply_of(message)
    enter(anna, reply.id)
    answer = enter(vera, reply.id)
    assert answer.status_code == 409
    assert "уже отмечен как внесённый в ИМ" in answer.text
    assert "внесено в ИМ, Анна Ларина" in answer.text
    assert reply_of(message).entered_in_source_by_id == anna.user_id
    assert log(message) == [("source_entered", anna.user_id)]


def test_an_old_page_does_not_undo_a_newer_tick(anna, vera, message, clock):
    enter(anna, reply_of(message).id)
    seen = reply_of(message)
    undo(anna, seen)
    old = seen.entered_in_source_at or NOW
    clock.set(NOW + timedelta(minutes=5))
    enter(vera, seen.id)
    answer = anna.submit(f"/im/{seen.id}/undo", {"seen": old.isoformat()})
    assert answer.status_code == 409
    assert "внесено в ИМ, Вера Носова" in answer.text
    assert reply_of(message).entered_in_source_by_id == vera.user_id


@pytest.mark.words
@pytest.mark.parametrize("seen", ["", "вчера", "2026-11-25", "2026-11-25T01:00:00"])
def test_an_undo_that_names_no_tick_undoes_nothing(anna, message, seen):
    reply = reply_of(message)
    enter(anna, reply.id)
    assert anna.submit(f"/im/{reply.id}/undo", {"seen": seen}).status_code == 409
    assert reply_of(message).entered_in_source_at == NOW


def test_htmx_gets_the_row_and_the_badge(anna, message):
    reply = reply_of(message)
    answer = anna.htmx(f"/im/{reply.id}/enter")
    assert answer.status_code == 200
    assert "<main" not in answer.text
    assert f'id="im-{reply.id}"' in answer.text
    assert 'id="badge-im" class="count" hx-swap-oob="true" hidden>0' in answer.text
    heading = re.search(r'<span class="count" id="im-total" hx-swap-oob="true">([^<]*)</span>', answer.text)
    assert heading, answer.text
    assert heading[1] == "0"
    again = anna.htmx(f"/im/{reply.id}/enter")
    assert again.status_code == 409
    assert "уже отмечен" in again.text
    back = anna.htmx(f"/im/{reply.id}/undo", {"seen": reply_of(message).entered_in_source_at.isoformat()})
    assert f'id="im-enter-{reply.id}"' in back.text


def test_pages_do_not_move_while_rows_leave_and_come(desk, anna, monkeypatch):
    monkeypatch.setattr(editions, "PAGE", 2)
    messages = [desk.in_status(Status.ANSWERED) for _ in range(5)]
    replies = [reply_of(message).id for message in messages]
    with transaction() as session:
        for minute, number in enumerate(replies):
            session.get_one(Reply, number).published_at = at("25.11 10:40") + timedelta(minutes=minute // 2)
    first = anna.get("/im").text
    assert re.findall(r'id="im-enter-(\d+)"', first) == [str(n) for n in replies[:2]]
    following = unescape(re.search(r'href="(/im\?after=\d+)"', first)[1])
    enter(anna, replies[0])
    enter(anna, replies[1])
    page = anna.get(following).text
    assert re.findall(r'id="im-enter-(\d+)"', page) == [str(n) for n in replies[2:4]]
    last = anna.get(re.search(r'href="(/im\?after=\d+)"', page)[1]).text
    assert re.findall(r'id="im-enter-(\d+)"', last) == [str(replies[4])]


@pytest.mark.words
@pytest.mark.parametrize("after", ["x", "-1", "0", "9" * 20])
def test_an_address_that_was_spoilt_shows_the_queue_from_its_beginning(anna, message, after):
    page = anna.get(f"/im?after={after}")
    assert page.status_code == 200
    assert f"№ {message.number}" in page.text


def test_the_card_says_whether_the_source_has_it(anna, message):
    assert "ещё не внесён в ИМ" in anna.get(f"/messages/{message.id}").text
    enter(anna, reply_of(message).id)
    page = anna.get(f"/messages/{message.id}").text
    assert "внесён в ИМ сегодня в 11:00, Анна Ларина" in words(page)
    assert "ответ внесён в ИМ" in page


def test_the_queue_can_be_exported_as_a_file_and_is_logged(anna, message):
    assert 'href="/im/answers.xlsx"' in anna.get("/im").text
    answer = anna.get("/im/answers.xlsx")
    assert "attachment" in answer.headers["Content-Disposition"]
    rows = list(openpyxl.load_workbook(io.BytesIO(answer.data)).active.values)
    assert [row[0] for row in rows] == ["Номер", message.number]
    db.session.rollback()
    event = db.session.scalars(db.select(Event).where(Event.object_kind == "answers_export")).one()
    assert event.actor_id == anna.user_id


# --- The form of a source
def set_form(message, lines):
    with transaction() as session:
        session.get_one(ImportSource, session.get_one(Message, message.id).source_id).form = lines


def row(**changes):
    times = {"Дата публикации": "25.11.2026 09:50", "Дата поступления": "25.11.2026 10:00"}
    return export(incident(501, **times, **changes))


def loaded(desk):
    """A message of an export with its published answer."""
    load(row(), now=RECEIVED)
    message = db.session.scalars(db.select(Message).where(Message.number == "501")).one()
    for step in WAYS[Status.ANSWERED]:
        step(desk, message)
    return message


def test_fields_are_named_and_ordered_as_the_source_says(desk, anna, reader_inside):
    set_form(loaded(desk), "Результат = текст ответа\n\nСсылка на ответ\nНомер\n")
    page = unescape(anna.get("/im").text)
    whole = re.search(r'data-copy-text="([^"]*)"', page)[1].splitlines()
    assert whole == ["Результат: Здравствуйте! Яму засыпали.", f"Ссылка на ответ: {URL}", "Номер: 501"]
    window = unescape(anna.get("/im/window").text)
    assert re.findall(r'<label[^>]*for="im-step-[^>]*>([^<]*)<', window) == ["Результат", "Ссылка на ответ", "Номер"]


def test_the_window_leads_from_one_answer_to_the_next(desk, anna, vera):
    messages = [desk.in_status(Status.ANSWERED) for _ in range(2)]
    first, second = (reply_of(message).id for message in messages)
    page = anna.get("/im/window").text
    assert f"/im/{first}/enter" in page
    following = re.search(r'href="(/im/window\?after=\d+)"', page)[1]
    assert f"/im/{second}/enter" in anna.get(following).text
    answer = anna.submit(f"/im/{first}/enter", {"back": "window"})
    assert (answer.status_code, answer.location) == (303, "/im/window")
    assert f"/im/{second}/enter" in anna.get("/im/window").text
    late = vera.submit(f"/im/{first}/enter", {"back": "window"})
    assert (late.status_code, "уже отмечен" in late.text, "data-im-window" in late.text) == (409, True, True)
    anna.submit(f"/im/{second}/enter", {"back": "window"})
    assert "Всё внесено" in anna.get("/im/window").text


# --- What later exports say
def test_an_export_that_says_answered_takes_the_row_off_the_list(desk, anna, reader_inside):
    loaded(desk)
    load(row(Статус="Ответ дан"), now=NOW + timedelta(hours=1))
    page = words(anna.get("/im").text)
    assert "Всё внесено" in page
    assert "№ 501: в ИМ отмечено: ответ дан" in page


def test_an_export_that_differs_a_day_after_the_tick_is_shown(app, cast, desk, anna, clock, reader_inside):
    enter(anna, reply_of(loaded(desk)).id)
    said = "но в последней выгрузке статус «Новый»"
    load(row(), now=NOW + timedelta(hours=23))
    clock.set(NOW + timedelta(hours=23))
    assert said not in words(anna.get("/im").text)
    clock.set(NOW + timedelta(hours=25))
    vera = browser_of(app, cast, "vera")  # by now a session has ended
    page = words(vera.get("/im").text)
    assert (page.count(said), page.count("№ 501")) == (1, 1)
    load(row(Статус="Ответ дан"), now=NOW + timedelta(hours=26))
    assert said not in words(vera.get("/im").text)

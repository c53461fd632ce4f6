"""The common answer next to the parts, the inbox rows, the card, who sees what."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from html import unescape

import pytest

from osm.answers.queries.drafting import editor_text, part_editor_text
from osm.flow.acts.act import record_breaches
from osm.regulation.words import Status
from tests.office import at
from tests.page_reading import words as page_words

from .conftest import row_of, sent

ANSWER = (
    "Здравствуйте, Мария! Управление ЖКХ засыпало яму на Калининской 24 ноября. "
    "Фонарь электрики МУП «Горсвет» заменят до 27 ноября."
)


def url(message, more: str = "") -> str:
    return f"/messages/{message.id}/common{more}"


def form(desk, message, text: str = ANSWER, **more: object) -> dict[str, object]:
    message = desk.again(message)
    return {
        "version": message.version,
        "reply_id": message.replies[-1].id,
        "screen": "common",
        "saved_at": "",
        "text": text,
        "kind": "final",
        **more,
    }


def test_the_parts_are_next_to_the_editor_with_their_authors(desk, anna, shared):
    message = shared()
    sent(desk, message, "boris", "Яму засыпали 24 ноября.")
    page = anna.get(url(message)).text
    assert 'data-offer="Яму засыпали 24 ноября."' in page
    assert "Борис Ежов (ЖКХ)" in page
    assert "Ещё нет: Роман Соболев (Дороги)" in page


def test_one_button_approves_and_leads_to_the_publication(desk, anna, shared):
    message = shared()
    sent(desk, message, "boris")
    sent(desk, message, "roman")
    answer = anna.submit(url(message), form(desk, message))
    assert (answer.status_code, answer.location) == (303, f"/messages/{message.id}/publish")
    message = desk.again(message)
    assert message.status is Status.APPROVED
    assert message.replies[-1].approved_draft.text == ANSWER
    page = anna.get(f"/messages/{message.id}/publish").text
    assert "Ссылка на ответ" in page


def test_an_unmet_criterion_wants_a_reason_and_keeps_the_text(desk, anna, shared):
    message = shared()
    bare = "Яму засыпали."
    refused = anna.submit(url(message), form(desk, message, bare))
    assert refused.status_code == 422
    assert "Не хватает" in refused.text
    assert bare in refused.text
    saved_at = editor_text(desk.again(message).replies[-1].id, desk.ids["anna"]).saved_at.isoformat()
    given = form(desk, message, bare, in_spite="hurry", saved_at=saved_at)
    assert anna.submit(url(message), given).status_code == 303
    assert desk.again(message).replies[-1].approved_draft.exception.reason == "hurry"


def test_without_scripts_a_part_is_put_behind_what_was_typed(desk, anna, shared):
    message = shared()
    sent(desk, message, "boris", "Яму засыпали.")
    row = row_of(desk, message, "boris")
    answer = anna.submit(url(message, f"/parts/{row.id}"), form(desk, message, "Здравствуйте!"))
    assert (answer.status_code, answer.location) == (303, url(message))
    assert editor_text(desk.again(message).replies[-1].id, desk.ids["anna"]).text == "Здравствуйте!\n\nЯму засыпали."


def test_a_form_that_names_no_screen_leads_back_to_the_common_draft(desk, anna, shared):
    message = shared(boris=1, roman=1)
    kept = anna.submit(f"/messages/{message.id}/answer/text", {"text": "Начато", "saved_at": ""})
    assert (kept.status_code, kept.location) == (303, f"/messages/{message.id}/common")
    assert "Начато" in anna.get(kept.location).text


def test_a_part_that_came_in_between_is_shown_and_text_kept(desk, anna, shared):
    message = shared()
    seen = form(desk, message)
    sent(desk, message, "boris")
    answer = anna.submit(url(message), seen)
    assert answer.status_code == 409
    assert "информация отправлена" in answer.text
    assert "Фонарь электрики" in answer.text


def test_the_open_page_announces_each_new_part_once(desk, anna, shared):
    message = shared(boris=1, lidia=1, roman=2)

    def poll(page: str) -> str:
        return unescape(re.search(r'hx-get="([^"]+/common/news[^"]+)"', page)[1])

    address = poll(anna.get(url(message)).text)
    assert anna.htmx(address, method="GET").status_code == 204
    sent(desk, message, "boris")
    first = anna.htmx(address, method="GET").text
    assert "Борис Ежов</strong>: информация отправлена" in first
    assert f'href="{url(message)}">Показать здесь' in first
    assert "<textarea" not in first
    assert anna.htmx(poll(first), method="GET").status_code == 204
    sent(desk, message, "lidia")
    assert anna.htmx(poll(first), method="GET").text.count("информация отправлена") == 2
    assert anna.htmx(f"{url(message)}/news?seen=x&told=", method="GET").status_code == 200


@pytest.mark.parametrize(("high", "told"), [(True, True), (False, False)])
def test_who_returns_a_part_sees_the_hour_end_after_the_draft(desk, anna, shared, high, told):
    message = shared(high=high)
    sent(desk, message, "boris")
    page = anna.get(f"/messages/{message.id}/common").text
    assert ("Час на доработку (п. 12) закончится сегодня в 12:00, позже срока проекта." in page_words(page)) is told


def test_a_part_is_returned_with_remarks(desk, anna, shared):
    message = shared()
    sent(desk, message, "boris")
    row = row_of(desk, message, "boris")
    address, given = f"/messages/{message.id}/parts/{row.id}/return", {"part_version": row.version, "version": 1}
    refused = anna.submit(address, {**given, "remarks": " "})
    assert refused.status_code == 422
    assert "Напишите замечание" in refused.text
    assert anna.submit(address, {**given, "remarks": "Кто подрядчик?"}).status_code == 303
    assert row_of(desk, message, "boris").parts[-1].remarks == "Кто подрядчик?"
    assert anna.submit(address, {**given, "remarks": "Ещё раз"}).status_code == 409


def test_the_curator_enters_another_persons_words(desk, anna, shared):
    message = shared()
    row = row_of(desk, message, "boris")
    address = f"/messages/{message.id}/parts/{row.id}"
    assert "Внести за исполнителя: Борис Ежов" in anna.get(address).text
    given = {"part_version": row.version, "version": message.version, "assignment_id": row.id, "text": "Сделаем"}
    assert anna.submit(address, given).status_code == 422
    kept = row_of(desk, message, "boris")
    saved = next(iter(desk.log(message)), None)
    assert saved is not None
    assert kept.parts == []
    saved_at = part_editor_text(row.id, desk.ids["anna"]).saved_at.isoformat()
    given |= {"received_by": "по телефону", "saved_at": saved_at}
    assert anna.submit(address, given).status_code == 303
    [part] = row_of(desk, message, "boris").parts
    assert (part.author_id, part.received_by) == (desk.ids["boris"], "по телефону")


def test_a_second_person_may_be_demanded(app, desk, anna, shared, monkeypatch):
    settings = replace(app.extensions["osm"].settings, second_person_approves=True)
    monkeypatch.setattr(app.extensions["osm"], "settings", settings)
    message = shared()
    assert "Отправить на согласование" in anna.get(url(message)).text
    assert anna.submit(url(message), form(desk, message)).status_code == 303
    message = desk.again(message)
    assert message.status is Status.ON_APPROVAL
    draft = message.replies[-1].drafts[-1]
    given = {"version": message.version, "draft_id": draft.id}
    assert anna.submit(f"/approvals/{message.id}/approve", given).status_code == 403
    assert desk.again(message).status is Status.ON_APPROVAL


# --- The inbox


def test_each_is_asked_in_his_turn_with_the_term_of_his_part(desk, boris, roman, shared):
    message = shared()
    assert "Отправить информацию" in boris.get("/").text
    assert f"/messages/{message.id}/part" in boris.get("/").text
    assert "Отправить информацию" not in roman.get("/").text
    sent(desk, message, "boris")
    assert "Отправить информацию" not in boris.get("/").text
    assert "Отправить информацию" in roman.get("/").text


def test_the_curator_learns_when_all_is_in_or_somebody_late(desk, anna, clock, shared):
    message = shared()
    assert "Свести ответ" not in anna.get("/").text
    clock.set(at("25.11 12:11"))
    record_breaches(clock.now())
    late = anna.get("/?kind=others").text
    assert "Поторопить" in late
    assert "нет информации: Борис Ежов" in late
    sent(desk, message, "boris")
    sent(desk, message, "roman")
    ready = anna.get("/").text
    assert "Свести ответ" in ready
    assert f'href="/messages/{message.id}/common"' in ready
    assert "Поторопить" not in anna.get("/?kind=others").text


def test_the_head_sees_which_persons_part_is_late(desk, gleb, clock, shared):
    shared()
    clock.set(at("25.11 12:11"))
    assert "Готовит информацию: Борис Ежов" in gleb.get("/?kind=late").text


# --- The card and the register


def test_the_card_shows_order_state_term_and_its_explanation(desk, anna, shared):
    message = shared()
    sent(desk, message, "boris")
    page = anna.get(f"/messages/{message.id}").text
    for words in (
        "информация отправлена",
        "готовит информацию",
        "п. 14",
        "Нет информации: Роман Соболев",
        "10:30 → 12:30",
    ):
        assert words in page


def test_after_an_interim_answer_no_person_prepares_or_waits(desk, anna, clock, shared):
    message = shared(boris=1, lidia=1, roman=2)
    sent(desk, message, "boris")
    anna.submit(url(message), form(desk, message, kind="interim"))
    clock.set(at("25.11 11:05"))
    link = {"version": desk.again(message).version, "url": "https://vk.com/wall-1_5?reply=1"}
    anna.submit(f"/messages/{message.id}/publish", link)
    page = anna.get(f"/messages/{message.id}").text
    assert page.count("информации нет") == 2
    assert "готовит информацию" not in page
    assert "ждёт очереди" not in page
    assert "Исполнитель сможет писать" not in page
    assert "Сводный ответ пишет куратор" in page


def test_waiting_for_a_turn_again_shows_no_earlier_term(desk, anna, clock, shared):
    message = shared(boris=1, roman=2)
    sent(desk, message, "boris")
    sent(desk, message, "roman")
    assert "10:30 → 12:30" in anna.get(f"/messages/{message.id}").text
    anna.submit(url(message), form(desk, message, "Здравствуйте! Уточните, пожалуйста, дом.", kind="clarification"))
    clock.set(at("25.11 11:05"))
    link = {"version": desk.again(message).version, "url": "https://vk.com/wall-1_5?reply=1"}
    anna.submit(f"/messages/{message.id}/publish", link)
    answered = {"version": desk.again(message).version, "text": "Дом 12"}
    anna.submit(f"/messages/{message.id}/author-answered", answered)
    page = anna.get(f"/messages/{message.id}").text
    assert "ждёт очереди" in page
    assert "10:30 → 12:30" not in page


@pytest.mark.parametrize("who", ["boris", "roman"])
def test_every_co_executor_sees_the_card_and_finds_it_in_the_register(request, desk, shared, who):
    message, browser = shared(), request.getfixturevalue(who)
    sent(desk, message, "boris", "Яму засыпали вчера.")
    assert "Яму засыпали вчера." in browser.get(f"/messages/{message.id}").text
    assert message.number in browser.get("/messages").text


@pytest.mark.parametrize("who", ["boris", "roman"])
def test_the_register_finds_it_by_each_executor_and_each_department(desk, anna, shared, who):
    message = shared()
    row = row_of(desk, message, who)
    for query in (f"executor={row.executor_id}", f"department={row.department_id}"):
        assert message.number in anna.get(f"/messages?{query}").text
    assert message.number not in anna.get(f"/messages?executor={desk.ids['lidia']}").text


def test_the_chat_shows_each_his_task_and_his_term(desk, anna, shared):
    page = anna.get(f"/messages/{shared().id}").text
    assert "Борис Ежов (ЖКХ): Задание: boris; до" in page
    assert "Роман Соболев (Дороги): Задание: roman; после коллег" in page


def test_the_printed_card_has_every_part_and_the_persons_clock(desk, anna, shared):
    message = shared()
    sent(desk, message, "boris", "Яму засыпали вчера.")
    page = anna.get(f"/messages/{message.id}/print").text
    for words in ("Яму засыпали вчера.", "Информации нет.", "Информация отдела, Борис Ежов (ЖКХ)"):
        assert words in page


def test_the_command_prints_the_deadlines_of_the_parts(app, desk, shared):
    message = shared()
    sent(desk, message, "boris", "Яму засыпали вчера.")
    printed = app.test_cli_runner().invoke(args=["osm", "message", message.number, "--json"])
    data = json.loads(printed.stdout)
    found = {(row["executor"], row["order"], row["state"]) for row in data["deadlines"] if row["kind"] == "part"}
    assert found == {("Борис Ежов", 1, "met"), ("Роман Соболев", 2, "open")}
    assert [(part["executor"], part["text"]) for part in data["parts"]] == [("Борис Ежов", "Яму засыпали вчера.")]
    assert {row["executor"] for row in data["deadlines"] if row["kind"] == "answer"} == {None}
    assert (
        "очередь 2: готовит информацию" in app.test_cli_runner().invoke(args=["osm", "message", message.number]).stdout
    )

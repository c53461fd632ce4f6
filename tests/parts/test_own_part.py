"""The executor's screen of his part: what he sees, sends, gets back; no typed text is lost."""

from __future__ import annotations

import re

import pytest

from osm.answers.queries.drafting import part_editor_text
from osm.flow.acts.act import act
from osm.flow.acts.moving import active_assignments
from osm.groups.acts import members
from osm.messages.acts import closing, executors, routing
from osm.messages.acts.executors import PartOrder
from osm.regulation.executors import PartState
from osm.regulation.words import Action, Status
from tests.office import at
from tests.page_reading import words

from .conftest import part_form, row_of, sent


def url(message) -> str:
    return f"/messages/{message.id}/part"


def test_he_sees_his_task_and_what_colleagues_have_sent(desk, roman, shared):
    message = shared()
    sent(desk, message, "boris", "Яму засыплем 26 ноября.")
    page = roman.get(url(message)).text
    assert "Задание: roman" in page
    assert "Яму засыплем 26 ноября." in page
    assert "Задание: boris" not in page
    assert row_of(desk, message, "roman").opened_at is not None


def test_before_his_turn_he_reads_which_person_he_waits_for(desk, roman, shared):
    page = roman.get(url(shared())).text
    assert "Ваша очередь начнётся, когда пришлёт Борис Ежов (ЖКХ)" in page


def test_before_the_turn_of_the_third_several_are_named_rightly(desk, lidia, shared):
    page = lidia.get(url(shared(boris=1, roman=1, lidia=2))).text
    assert "когда пришлют Борис Ежов (ЖКХ), Роман Соболев (Дороги)." in page


def test_he_sends_and_goes_back_to_what_waits(desk, boris, shared):
    message = shared()
    answer = boris.submit(url(message), part_form(desk, message, "boris", "Засыплем завтра"))
    assert (answer.status_code, answer.location) == (303, "/")
    row = row_of(desk, message, "boris")
    assert (row.part_state, [part.text for part in row.parts]) == (PartState.SENT, ["Засыплем завтра"])
    assert row_of(desk, message, "roman").part_state is PartState.ASKED


@pytest.mark.parametrize(("more", "said"), [({"text": " "}, "Информации нет"), ({"confirmed": ""}, "Подтвердите")])
def test_a_refusal_brings_the_form_back(desk, boris, shared, more, said):
    message = shared()
    answer = boris.submit(url(message), {**part_form(desk, message, "boris", "Мой текст"), **more})
    assert answer.status_code == 422
    assert said in answer.text
    assert row_of(desk, message, "boris").parts == []


def test_what_is_typed_is_kept_and_comes_back(desk, boris, shared):
    message = shared()
    row = row_of(desk, message, "boris")
    saved = boris.htmx(f"/messages/{message.id}/parts/{row.id}/text", {"text": "Начало", "saved_at": ""})
    assert "сохранено 11:00" in saved.text
    assert "Начало" in boris.get(url(message)).text


@pytest.mark.parametrize("how", ["removed", "restored", "rerouted"])
def test_asked_again_he_goes_on_with_what_he_typed(desk, boris, shared, clock, how):
    message = shared(boris=1, lidia=1)
    row = row_of(desk, message, "boris")
    boris.htmx(f"/messages/{message.id}/parts/{row.id}/text", {"text": "Начало", "saved_at": ""})
    who = {"actor": desk.anna, "now": clock.now()}
    if how == "removed":
        executors.remove_executor(message.id, desk.again(message).version, assignment_id=row.id, **who)
        order = PartOrder(desk.ids["boris"])
        executors.add_executor(message.id, desk.again(message).version, order=order, **who)
    elif how == "restored":
        closing.mark_withdrawn(message.id, desk.again(message).version, note="", **who)
        closing.restore_message(message.id, desk.again(message).version, reason="Ошибка", **who)
        orders = [PartOrder(desk.ids["boris"]), PartOrder(desk.ids["lidia"])]
        routing.route_to_several(message.id, desk.again(message).version, orders=orders, **who)
    else:
        for login in ("roman", "boris"):
            own = next(one for one in active_assignments(desk.again(message)) if one.executor_id != desk.ids["lidia"])
            with act(Action.SUBSTITUTE, message.id, message.version, desk.anna, clock.now()) as step:
                executors.replace_executor(step, own, getattr(desk, login))
    assert "Начало" in boris.get(url(message)).text


def test_the_one_to_whom_all_is_given_goes_on_with_his_part(desk, boris, shared, clock):
    message = shared(boris=1, lidia=1)
    row = row_of(desk, message, "boris")
    boris.htmx(f"/messages/{message.id}/parts/{row.id}/text", {"text": "Начало", "saved_at": ""})
    given = {"executor_id": desk.ids["boris"], "task": "", "actor": desk.anna, "now": clock.now()}
    routing.reroute_message(message.id, desk.again(message).version, **given)
    assert "Начало" in boris.get(f"/messages/{message.id}/answer").text


def test_what_he_has_submitted_alone_is_not_typed_for_his_part(desk, boris, clock):
    message = desk.in_status(Status.IN_WORK)
    text = "Здравствуйте! Яму засыпали."
    form = {"text": text, "saved_at": "", "screen": "answer", "version": message.version, "kind": "final"}
    assert boris.submit(f"/messages/{message.id}/answer", {**form, "confirmed": "1"}).status_code == 303
    order, version = PartOrder(desk.ids["lidia"]), desk.again(message).version
    executors.add_executor(message.id, version, order=order, actor=desk.anna, now=clock.now())
    assert part_editor_text(row_of(desk, message, "boris").id, desk.ids["boris"]).typed == ""


def test_who_wrote_alone_goes_on_in_his_part(desk, boris, clock):
    message = desk.in_status(Status.IN_WORK)
    boris.htmx(f"/messages/{message.id}/answer/text", {"text": "Начало", "saved_at": "", "screen": "answer"})
    order, version = PartOrder(desk.ids["lidia"]), desk.again(message).version
    executors.add_executor(message.id, version, order=order, actor=desk.anna, now=clock.now())
    shown = boris.get(url(message)).text
    assert "Начало" in shown
    saved_at = re.findall(r'name="saved_at" value="([^"]+)"', shown)[0]
    typed = {"text": "Начало и ещё", "saved_at": saved_at, "screen": "answer"}  # in the window that is open still
    assert boris.htmx(f"/messages/{message.id}/answer/text", typed).status_code == 200
    assert "Начало и ещё" in boris.get(url(message)).text


def test_another_window_is_not_written_over(desk, boris, shared):
    message = shared()
    row = row_of(desk, message, "boris")
    address = f"/messages/{message.id}/parts/{row.id}/text"
    boris.htmx(address, {"text": "Первое окно", "saved_at": ""})
    refused = boris.htmx(address, {"text": "Второе окно", "saved_at": ""})
    assert refused.status_code == 409
    assert "Первое окно" in refused.text
    plain = boris.submit(address, {"text": "Второе окно", "saved_at": "", "screen": "part"})
    assert plain.status_code == 409
    assert "Первое окно" in plain.text
    assert "Второе окно" in plain.text


def test_without_scripts_saving_leads_back_to_the_screen(desk, boris, shared):
    message = shared()
    row = row_of(desk, message, "boris")
    answer = boris.submit(f"/messages/{message.id}/parts/{row.id}/text", {"text": "Потом", "screen": "part"})
    assert (answer.status_code, answer.location) == (303, url(message))


def test_removed_while_sending_he_gets_a_conflict_and_keeps_his_text(desk, boris, shared):
    message = shared(boris=1, lidia=1)
    form = part_form(desk, message, "boris", "Я почти дописал")
    row = row_of(desk, message, "boris")
    executors.remove_executor(message.id, message.version, assignment_id=row.id, actor=desk.anna, now=at("25.11 10:50"))
    answer = boris.submit(url(message), form)
    assert answer.status_code == 409
    assert "исполнитель снят" in answer.text
    assert "Я почти дописал" in answer.text
    assert row_of(desk, message, "boris").parts == []
    assert part_editor_text(row.id, desk.ids["boris"]).typed == "Я почти дописал"
    assert "Я почти дописал" in boris.get(url(message)).text


def test_colleagues_who_send_first_do_not_hinder_others(desk, boris, lidia, shared):
    message = shared(boris=1, lidia=1)
    forms = {person: part_form(desk, message, person.login, "Готово") for person in (boris, lidia)}
    for person, form in forms.items():
        assert person.submit(url(message), form).status_code == 303


def test_remarks_are_on_top_and_the_rework_has_its_hour(desk, boris, shared):
    message = shared()
    sent(desk, message, "boris")
    row = row_of(desk, message, "boris")
    members.return_part(row.id, row.version, remarks="Назовите подрядчика", actor=desk.anna, now=at("25.11 10:50"))
    page = boris.get(url(message)).text
    assert "Назовите подрядчика" in page
    assert "до 11:50 сегодня" in words(page)


def test_writing_into_anothers_part_is_refused(desk, lidia, shared):
    message = shared()
    row = row_of(desk, message, "boris")
    assert lidia.submit(f"/messages/{message.id}/parts/{row.id}/text", {"text": "x"}).status_code == 404
    assert lidia.submit(url(message), part_form(desk, message, "boris", "x")).status_code == 404


def test_a_person_without_a_part_is_led_to_the_answer(desk, boris):
    message = desk.routed("25.11 10:05", "25.11 10:10")
    assert boris.get(url(message)).location == f"/messages/{message.id}/answer"
    assert boris.submit(url(message), {"version": message.version, "text": "x"}).status_code == 404


def test_the_screen_of_the_whole_answer_leads_to_the_part(desk, boris, shared):
    message = shared()
    assert boris.get(f"/messages/{message.id}/answer").location == url(message)

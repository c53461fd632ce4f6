"""The screens of a common answer: begun, written, refused with everything kept, decided, joined, left."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from osm.approvals.views import REASONS
from osm.base.database import db
from osm.base.transaction import transaction
from osm.flow.acts.clocks import in_force
from osm.flow.queries.duties import Asker
from osm.groups.queries import group_of
from osm.inbox.queries.inbox import waiting_places
from osm.models import AnswerGroup, GroupState, LinkKind, LinkState, Message, MessageLink, Promise
from osm.regulation.words import Status
from tests.cast import Browser, browser_of
from tests.desk import Desk
from tests.office import at
from tests.page_reading import words

TEXT = "{приветствие} МКУ «Дорожник» засыплет яму на Калининской до 27 ноября."


@pytest.fixture
def three(desk: Desk) -> list[Message]:
    return [desk.in_status(Status.NEW) for _ in range(3)]


def rows(messages: list[Message]) -> list[str]:
    return [f"{m.id}:{m.version}" for m in map(fresh, messages)]


def fresh(message: Message) -> Message:
    db.session.rollback()
    return db.session.get_one(Message, message.id, populate_existing=True)


def group() -> AnswerGroup:
    db.session.rollback()
    return db.session.scalars(db.select(AnswerGroup)).one()


def begin(anna: Browser, desk: Desk, messages: list[Message]) -> str:
    answer = anna.submit("/groups", {"row": rows(messages), "executor_id": desk.ids["boris"]})
    assert answer.status_code == 303, answer.text
    return answer.headers["Location"]


def send(browser: Browser, messages: list[Message], **more: object):
    given = {"group_version": group().version, "row": rows(messages), "text": TEXT, "kind": "final", "confirmed": "1"}
    given["version"] = fresh(messages[0]).version
    return browser.submit(f"/groups/{group().id}/submit", {**given, "screen": "group", **more})


def test_from_the_ticks_to_the_approved_answer(desk, anna, boris, three):
    page = begin(anna, desk, three)
    assert [fresh(m).status for m in three] == [Status.IN_WORK] * 3
    assert "Исполнитель" in anna.get(page).text
    assert "{приветствие}" in boris.get(page).text
    assert send(boris, three).status_code == 303
    assert [fresh(m).status for m in three] == [Status.ON_APPROVAL] * 3
    data = {"group_version": group().version, "row": rows(three), "in_spite": "is_there"}
    assert anna.submit(f"{page}/approve", data).status_code == 303
    assert [fresh(m).status for m in three] == [Status.APPROVED] * 3
    assert anna.get(page).text.count(">Опубликовать<") == 3
    assert "Общий ответ № 1" in anna.get("/groups").text


@pytest.mark.parametrize("due", ["2026-11-27", "2026-11-30"])
def test_the_day_it_promises_is_asked_for_with_the_first_publication_only(desk, anna, boris, three, due):
    page = begin(anna, desk, three)
    send(boris, three)
    anna.submit(f"{page}/approve", {"group_version": group().version, "row": rows(three), "in_spite": "is_there"})
    first, second, _ = (f"/messages/{message.id}/publish" for message in three)
    assert 'name="control_due"' in anna.get(first).text
    given = {"control_due": due, "control_words": "до 27 ноября", "control_dropped": "", "controls": "1"}
    given |= {"version": fresh(three[0]).version, "url": "https://vk.com/wall-1_1?reply=2"}
    assert anna.submit(first, given).status_code == 303
    assert 'name="control_due"' not in anna.get(second).text
    given = {"version": fresh(three[1]).version, "url": "https://vk.com/wall-1_1?reply=3"}
    assert anna.submit(second, given).status_code == 303
    assert [row.due_on.isoformat() for row in db.session.scalars(db.select(Promise))] == [due]


def test_the_remarks_of_a_return_come_ticked_here_too(desk, anna, boris, three):
    page = begin(anna, desk, three)
    send(boris, three, text="{приветствие} Яму на Калининской засыплем до 27 ноября.")
    shown = anna.get(page).text
    assert f'value="{REASONS[3]}" checked' in shown
    assert f'value="{REASONS[6]}" checked' not in shown
    data = {"group_version": group().version, "row": rows(three), "reasons": [REASONS[3]], "remarks": "До пятницы"}
    assert anna.submit(f"{page}/return", data).status_code == 303
    assert group().remarks == f"{REASONS[3]}\nДо пятницы"


def test_a_common_answer_is_one_row_and_one_in_every_count(app, desk, anna, boris, three):
    alone = desk.in_status(Status.IN_WORK)

    def counted(browser: Browser, place: str, path: str = "/help") -> int:
        found = re.search(rf'id="badge-{place}"[^>]*>(\d*)', browser.get(path).text)
        return int(found[1] or 0)

    page = begin(anna, desk, three)
    listed = boris.get("/").text
    assert listed.count(f'<a href="{page}">Общий ответ № {group().id}</a>') == 1
    assert listed.count("3 сообщения") == 1
    assert f"№ {alone.number}" in listed
    assert not [m.number for m in three if f"№ {m.number}<" in listed]
    assert counted(boris, "inbox") == counted(boris, "inbox", "/") == 2
    send(boris, three)
    assert counted(boris, "inbox") == counted(boris, "inbox", "/") == 1
    assert counted(anna, "inbox") == counted(anna, "inbox", "/") == counted(anna, "approvals", "/approvals") == 1
    listed = anna.get("/approvals").text
    assert listed.count(f'<a href="{page}">Общий ответ № {group().id}</a>') == listed.count("3 сообщения") == 1


def test_a_common_answers_row_has_the_next_term_and_leaves_last(desk, anna, boris, three):
    early = desk.in_status(Status.IN_WORK)
    begin(anna, desk, [*three, early])
    db.session.rollback()
    places = waiting_places(asker_of_desk(desk, "boris"))
    assert [(place.id, place.members) for place in places] == [(early.id, 4)]
    begun = group()
    leave = {"group_version": begun.version, "version": fresh(early).version, "reason": "Другая яма"}
    anna.submit(f"/groups/{begun.id}/leave/{early.id}", leave)
    db.session.rollback()
    places = waiting_places(asker_of_desk(desk, "boris"))
    assert sorted((place.id, place.members) for place in places) == [(three[0].id, 3), (early.id, 1)]


def asker_of_desk(desk: Desk, login: str) -> Asker:
    return Asker.of(getattr(desk, login), at("25.11 11:00"), in_force().calendar)


def test_the_next_decision_is_named_when_it_is_a_common_answer(desk, anna, boris, three):
    begin(anna, desk, three)
    send(boris, three)
    one = desk.in_status(Status.ON_APPROVAL)
    draft = one.replies[-1].drafts[-1]
    form = {"version": one.version, "draft_id": draft.id, "in_spite": "is_there"}
    answer = anna.submit(f"/approvals/{one.id}/approve", form, follow_redirects=True)
    assert f"Дальше: общий ответ № {group().id}." in answer.text


def test_the_executor_takes_back_what_waits_and_continues_with_his_text(desk, anna, boris, three):
    page = begin(anna, desk, three)
    send(boris, three)
    assert "Отозвать, пока не решено" in boris.get(page).text
    assert "Отозвать, пока не решено" not in anna.get(page).text
    form = {"group_version": group().version, "row": rows(three)}
    assert anna.submit(f"{page}/withdraw", form).status_code == 403
    assert boris.submit(f"{page}/withdraw", form).status_code == 303
    assert [fresh(m).status for m in three] == [Status.IN_WORK] * 3
    assert TEXT in boris.get(page).text
    assert boris.submit(f"{page}/withdraw", {**form, "row": rows(three)}).status_code == 409


def correction(anna: Browser, three: list[Message], text: str, **more: object):
    form = {"group_version": group().version, "row": rows(three), "version": fresh(three[0]).version, "text": text}
    return anna.submit(f"/groups/{group().id}/correct", {**form, "screen": "group", **more})


def test_the_curator_mends_it_and_changed_facts_want_a_second_press(desk, clock, anna, boris, three):
    page = begin(anna, desk, three)
    send(boris, three)
    clock.set(clock.now() + timedelta(minutes=5))
    answer = correction(anna, three, TEXT.replace("27 ноября", "30 ноября"))
    assert answer.status_code == 422
    assert "Изменились данные" in answer.text
    assert "30 ноября" in answer.text
    kept = re.search(r'name="saved_at" value="([^"]+)"', answer.text)[1]
    press = re.search(r'name="confirmed" value="([^"]+)"', answer.text)[1]
    more = {"confirmed": press, "saved_at": kept}
    assert correction(anna, three, TEXT.replace("27 ноября", "30 ноября"), **more).status_code == 303
    assert [fresh(m).status for m in three] == [Status.APPROVED] * 3
    assert "30 ноября" in group().text
    assert 'data-row="correction"' in boris.get(page).text


def test_the_page_names_the_executor_the_task_and_the_next_term(desk, anna, boris, three):
    begun = {"row": rows(three), "executor_id": desk.ids["boris"], "task": "Узнать у подрядчика день"}
    page = anna.submit("/groups", begun).headers["Location"]
    for browser in (anna, boris):
        shown = browser.get(page).text
        assert "Борис Ежов" in shown
        assert "Узнать у подрядчика день" in shown
        assert "ближайший срок сегодня в" in words(shown)


def test_the_screens_of_one_member_lead_to_the_common_answer(desk, anna, boris, three):
    page = begin(anna, desk, three)
    for browser, path in ((boris, f"/messages/{three[1].id}/answer"), (anna, f"/messages/{three[1].id}/for-executor")):
        answer = browser.get(path)
        assert (answer.status_code, answer.headers["Location"]) == (303, page)
    assert f'href="{page}"' in anna.get(f"/messages/{three[1].id}").text


def test_a_refused_form_keeps_what_was_typed_and_names_the_message(desk, anna, boris, three):
    begin(anna, desk, three)
    old = rows(three)
    anna.submit(f"/messages/{three[2].id}/raise-importance", {"version": fresh(three[2]).version})
    answer = send(boris, three, row=old, text="{приветствие} Совсем другой текст ответа.")
    assert answer.status_code == 409
    assert "Совсем другой текст ответа." in answer.text
    assert f"№ {three[2].number}</a>: изменено" in answer.text
    assert group().state is GroupState.DRAFT


def test_the_second_of_two_windows_gets_a_conflict_and_its_text_stays(desk, anna, boris, three):
    begin(anna, desk, three)
    version = group().version
    anna.submit(
        f"/groups/{group().id}/leave/{three[2].id}",
        {"group_version": version, "version": fresh(three[2]).version, "reason": "Другая яма"},
    )
    late = {"group_version": version, "version": fresh(three[1]).version, "reason": "Другой двор"}
    again = anna.submit(f"/groups/{group().id}/leave/{three[1].id}", late)
    assert again.status_code == 409
    assert ">\nДругой двор</textarea>" in again.text.partition('<details class="confirm" open>')[2]
    answer = send(boris, three[:2], group_version=version, text="{приветствие} Мой текст, он не должен пропасть.")
    assert answer.status_code == 409
    assert "изменили, пока страница была открыта" in answer.text
    assert "он не должен пропасть" in answer.text


@pytest.mark.words
@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"text": " "}, "Ответ пуст"),
        ({"text": "{приветствие} По адресу {адрес}."}, "не заполнено: {адрес}"),
        ({"kind": "poem"}, "Выберите, что это"),
    ],
)
def test_what_is_missing_is_said(desk, anna, boris, three, more, said):
    begin(anna, desk, three)
    answer = send(boris, three, **more)
    assert answer.status_code == 422
    assert said in answer.text


def test_beginning_without_an_executor_shows_the_messages_again(desk, anna, three):
    answer = anna.submit("/groups", {"row": rows(three)})
    assert answer.status_code == 422
    assert len(re.findall(r'name="row"[^>]* checked', answer.text)) == 3
    assert "Выберите исполнителя" in answer.text


def test_what_is_further_on_is_named_when_one_begins(desk, anna, three):
    late = desk.in_status(Status.ON_APPROVAL)
    answer = anna.submit("/groups", {"row": rows([*three, late]), "executor_id": desk.ids["boris"]})
    assert answer.status_code == 409
    assert f"№ {late.number}</a>: сейчас «На согласовании», присоединить можно до отправки проекта" in answer.text


def test_a_late_arrival_is_offered_on_its_card_and_joins_at_once(desk, anna, three):
    begin(anna, desk, three[:2])
    with transaction() as session:
        session.add(
            MessageLink(
                later_id=three[2].id,
                earlier_id=three[0].id,
                kind=LinkKind.SAME_MATTER,
                state=LinkState.PROPOSED,
                score=900,
            )
        )
    assert "Присоединить к нему" in anna.get(f"/messages/{three[2].id}").text
    answer = anna.submit(f"/groups/{group().id}/join", {"group_version": group().version, "row": rows(three[2:])})
    assert answer.status_code == 303
    joined = group().id
    assert group_of(three[2].id) == joined
    assert "Присоединить к нему" not in anna.get(f"/messages/{three[2].id}").text


def test_an_executor_of_another_department_knows_nothing_of_it(app, desk, anna, three):
    page = begin(anna, desk, three)
    browser = browser_of(app, desk.ids, "roman")
    assert browser.get(page).status_code == 404
    assert page not in browser.get("/groups").text


def test_the_checklist_reads_the_text_as_the_message_gets_it(desk, anna, boris, three):
    begin(anna, desk, three)
    first = min(three, key=lambda m: m.id)
    answer = boris.htmx(f"/messages/{first.id}/answer/check", {"text": TEXT, "kind": "final", "seen": ""})
    assert "приветствие" in answer.text
    assert "Заполните поля" not in answer.text


def test_a_template_is_offered_without_its_greeting_and_with_its_fields(desk, anna, boris, three):
    made = {"name": "Яма", "text": "Здравствуйте, {имя}! Яму у дома {адрес} засыплют.", "kind": "final"}
    assert anna.submit("/admin/templates", made).status_code == 303
    alone = desk.in_status(Status.IN_WORK)
    assert re.search(r'data-offer="Здравствуйте', boris.get(f"/messages/{alone.id}/answer").text)
    page = boris.get(begin(anna, desk, three)).text
    assert 'data-offer="Яму у дома {адрес} засыплют."' in page

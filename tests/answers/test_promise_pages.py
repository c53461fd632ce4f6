"""The screens of promises: offered on publishing, asked for in «Ждёт меня», decided on their own page."""

from __future__ import annotations

import pytest

from osm.answers.acts import drafting
from osm.approvals import acts as approval
from osm.base.database import db
from osm.messages.acts import routing
from osm.models import Message, Promise, PromiseState
from osm.regulation.words import Status
from tests.cast import browser_of
from tests.office import OVERRIDE, at

from .conftest import photo

TEXT = "Здравствуйте! МКУ «Дорожник» засыплет яму на Калининской до 27 ноября."
LINK = "https://vk.com/wall-1_1?reply=2"


@pytest.fixture
def approved(desk) -> Message:
    message = desk.incident("25.11 10:05")
    routing.route_message(
        message.id, message.version, executor_id=desk.boris.id, task="", actor=desk.anna, now=at("25.11 10:10")
    )
    drafting.submit_draft(
        message.id, message.version, text=TEXT, kind="final", confirmed=True, actor=desk.boris, now=at("25.11 10:20")
    )
    draft = drafting.submitted_draft(message)
    approval.approve_draft(
        message.id, message.version, draft_id=draft.id, override=OVERRIDE, actor=desk.anna, now=at("25.11 10:30")
    )
    return message


def publish(anna, message, **more):
    given = {
        "version": message.version, "url": LINK, "controls": "1", "control_due": "2026-11-27",
        "control_words": "до 27 ноября", "control_dropped": "",
    }  # fmt: skip
    return anna.submit(f"/messages/{message.id}/publish", {**given, **more})


def only() -> Promise:
    db.session.rollback()
    return db.session.scalars(db.select(Promise)).one()


def test_the_day_is_offered_on_publishing_and_shown_on_the_card(desk, anna, approved):
    page = anna.get(f"/messages/{approved.id}/publish").text
    assert 'value="2026-11-27"' in page
    assert "до 27 ноября" in page
    assert publish(anna, approved, control_due="2026-11-30").status_code == 303
    assert only().due_on.isoformat() == "2026-11-30"
    assert "до 30.11.2026" in anna.get(f"/messages/{approved.id}").text


def test_the_card_links_to_it_only_for_those_who_may_open_it(anna, vera, boris, approved):
    publish(anna, approved)
    for person, status in {anna: 200, boris: 200, vera: 403}.items():
        card = person.get(f"/messages/{approved.id}").text
        assert ("до 27.11.2026" in card, f'href="/promises/{only().id}"' in card) == (True, status == 200)
        assert person.get(f"/promises/{only().id}").status_code == status


def test_neither_a_day_nor_a_reason_is_refused_with_everything_kept(desk, anna, approved):
    answer = publish(anna, approved, control_due="")
    assert answer.status_code == 422
    assert LINK in answer.text
    assert "Укажите контрольную дату" in answer.text
    assert desk.again(approved).status is Status.APPROVED
    assert publish(anna, approved, control_due="", control_dropped="Это дата осмотра").status_code == 303
    assert only().state is PromiseState.DROPPED


def test_the_day_comes(app, cast, desk, anna, approved, clock):
    publish(anna, approved)
    clock.set(at("27.11 09:30"))
    boris = browser_of(app, cast, "boris")
    page = boris.get("/").text
    assert "Внести результат" in page
    assert "kind=promises" in page
    path = f"/promises/{only().id}"
    content, name = photo()
    data = {"version": only().version, "result": "Яма засыпана утром", "files": (content, name)}
    assert boris.submit(f"{path}/report", data).status_code == 303
    assert "kind=promises" not in boris.get("/").text
    anna = browser_of(app, cast, "anna")
    assert "Проверить результат" in anna.get("/").text
    page = anna.get(path).text
    assert "Яма засыпана утром" in page
    assert "Фото результата 1" in page
    assert anna.submit(f"{path}/done", {"version": only().version}).status_code == 303
    assert only().state is PromiseState.DONE
    assert f'href="{path}"' in anna.get("/promises?show=done").text
    assert f'href="{path}"' not in anna.get("/promises").text


@pytest.mark.words
@pytest.mark.parametrize(("form", "said"), [("move", "Укажите новую дату"), ("not-kept", "Напишите, почему")])
def test_a_refused_decision_keeps_what_was_typed(desk, anna, approved, form, said):
    publish(anna, approved)
    answer = anna.submit(f"/promises/{only().id}/{form}", {"version": 1, "reason": " " if form != "move" else "Ждём"})
    assert answer.status_code == 422
    assert said in answer.text
    assert only().state is PromiseState.OPEN


def test_the_second_window_gets_a_conflict_and_its_text_stays(desk, anna, approved):
    publish(anna, approved)
    path = f"/promises/{only().id}"
    anna.submit(f"{path}/move", {"version": 1, "due_on": "2026-12-10", "reason": "Ждём асфальт"})
    answer = anna.submit(f"{path}/not-kept", {"version": 1, "reason": "Подрядчик сорвал сроки"})
    assert answer.status_code == 409
    assert "Пока страница была открыта" in answer.text
    assert "Подрядчик сорвал сроки" in answer.text


def test_a_stranger_finds_nothing(app, cast, desk, anna, approved):
    publish(anna, approved)
    assert browser_of(app, cast, "efim").get(f"/promises/{only().id}").status_code == 403
    assert browser_of(app, desk.ids, "roman").get(f"/promises/{only().id}").status_code == 404


# --- Added and corrected before it is confirmed


def test_the_words_and_the_day_are_corrected_before_the_publication(anna, approved):
    assert publish(anna, approved, control_words="Засыпать яму", control_due="2026-12-01").status_code == 303
    assert (only().words, only().due_on.isoformat()) == ("Засыпать яму", "2026-12-01")


def test_one_more_is_asked_for_and_what_was_typed_stays(desk, anna, approved):
    answer = publish(anna, approved, add_control="1", control_words="Засыпать яму", published_at="2026-11-25T10:45")
    page = answer.text
    assert answer.status_code == 200
    assert page.count('name="control_due"') == 2
    for kept in ("Засыпать яму", "2026-11-27", LINK, "2026-11-25T10:45"):
        assert f'value="{kept}"' in page
    assert desk.again(approved).status is Status.APPROVED
    two = {
        "control_due": ["2026-11-27", "2026-11-27"], "control_words": ["Засыпать яму", "Заменить люк"],
        "control_dropped": ["", ""], "control_added": ["", "1"],
    }  # fmt: skip
    assert publish(anna, approved, **two).status_code == 303
    db.session.rollback()
    rows = db.session.scalars(db.select(Promise).order_by(Promise.id))
    assert [(row.words, row.due_on.isoformat()) for row in rows] == [
        ("Засыпать яму", "2026-11-27"),
        ("Заменить люк", "2026-11-27"),
    ]


def test_an_empty_row_is_ignored_and_words_need_a_day(anna, approved):
    rows = {"control_due": ["2026-11-27", ""], "control_dropped": ["", ""], "control_added": ["", "1"]}
    answer = publish(anna, approved, **rows, control_words=["до 27 ноября", "Заменить люк"])
    assert answer.status_code == 422
    assert 'value="Заменить люк"' in answer.text
    assert publish(anna, approved, **rows, control_words=["до 27 ноября", ""]).status_code == 303
    assert only().words == "до 27 ноября"


def test_an_answer_without_a_day_can_promise_one_an_interim_one_cannot(desk, anna):
    message = desk.in_status(Status.APPROVED)
    assert 'name="add_control"' in anna.get(f"/messages/{message.id}/publish").text
    interim = desk.in_status(Status.IN_WORK)
    desk.submitted(interim, "25.11 10:20", "Ответ", kind="interim")
    desk.approved(interim, "25.11 10:30")
    assert 'name="add_control"' not in anna.get(f"/messages/{interim.id}/publish").text
    added = {"control_due": "2026-11-30", "control_words": "Заменить люк", "control_added": "1", "control_dropped": ""}
    assert publish(anna, message, **added).status_code == 303
    assert (only().words, only().due_on.isoformat()) == ("Заменить люк", "2026-11-30")

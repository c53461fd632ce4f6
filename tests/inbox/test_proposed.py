"""«Направить предложенным»: the sure ones, a list to check first, all or nothing; repeats with earlier answers."""

from __future__ import annotations

import re

import pytest

from osm.base.database import db
from osm.base.transaction import transaction
from osm.check.acts import repeats, verdicts
from osm.messages.acts import closing, routing
from osm.models import Author, LinkState, Message, MessageLink, Topic
from osm.regulation.words import Status
from osm.topics.rules import checked_words
from tests.desk import NOW
from tests.page_reading import rows, words


@pytest.fixture
def desk(desk):
    """Words for the topics: «яма» is the roads', «отопление» the housing department's."""
    with transaction():
        for name, lines in (("Ремонт дорог", "яма\nасфальт"), ("Отопление", "отопление\nбатарея")):
            db.session.get_one(Topic, desk.topics[name]).words = checked_words(lines)
    return desk


def form_of(page: str) -> dict[str, list[str] | str]:
    """All that the form of the list would send unchanged."""
    form = re.search(r'<form method="post" id="proposed".*?</form>', page, re.DOTALL)[0]
    ticked = re.findall(r'name="row" id="[^"]+" value="([^"]+)"\s+aria-label="[^"]+" checked', form)
    hidden = dict(re.findall(r'type="hidden" name="([a-z]+-\d+)" value="([^"]+)"', form))
    return {"row": ticked, **hidden}


def test_what_is_sure_is_listed_by_executor(desk, anna):
    by_topic, by_words = desk.in_status(Status.NEW, text="Холодно"), desk.in_status(Status.SELECTED, text="Яма")
    desk.give_topic(by_topic, "Отопление")
    unsure = (
        desk.in_status(Status.NEW, text="Здравствуйте"),
        desk.in_status(Status.NEW, text="Яма и асфальт у дома, где нет отопления"),  # two topics, one likelier
        desk.in_status(Status.NEW, text="Вы там все сволочи, яма!"),  # П.17
    )
    routed = desk.in_status(Status.IN_WORK, text="Яма")
    verdicts.read_due(NOW)
    assert "Направить предложенным 2<" in anna.get("/").text
    page = anna.get("/inbox/proposed").text
    said = words(page)
    asked = ("Роман Соболев (Дороги) 1", f"№ {by_words.number}", "Борис Ежов (ЖКХ) 1", f"№ {by_topic.number}")
    assert sorted(asked, key=said.index) == list(asked)
    assert not [one.number for one in (*unsure, routed) if f"№ {one.number}" in said]


def test_one_press_directs_what_stayed_ticked_and_one_takes_it_back(desk, anna):
    first, second, third = (desk.incident(f"25.11 10:{minute}", text="Яма") for minute in (10, 20, 30))
    form = form_of(anna.get("/inbox/proposed").text)
    assert len(form["row"]) == 3
    form["row"].remove(f"{third.id}:1")
    assert anna.submit("/inbox/proposed", form).location == "/"
    first = desk.again(first)
    assert [one.executor_id for one in first.assignments] == [desk.ids["roman"]]
    assert first.topic_id == desk.topics["Ремонт дорог"], "as with the form of its row"
    assert [desk.again(one).status for one in (second, third)] == [Status.IN_WORK, Status.NEW]
    page = anna.get("/").text
    assert "Направлено предложенным: 2 сообщения." in page
    back = re.findall(r'name="row" value="(\d+:2)"', page)
    anna.submit("/inbox/slips/undo", {"row": back})
    assert "снова ждёт исполнителя: 2 сообщения" in anna.get("/").text
    assert {desk.again(one).status for one in (first, second)} == {Status.SELECTED}


def test_one_that_another_took_holds_up_all_and_is_named(desk, anna):
    first, taken = desk.incident("25.11 10:10", text="Яма"), desk.incident("25.11 10:20", text="Яма")
    form = form_of(anna.get("/inbox/proposed").text)
    routing.route_message(taken.id, 1, executor_id=desk.boris.id, task="", actor=desk.anna, now=NOW)
    answer = anna.submit("/inbox/proposed", form)
    assert answer.status_code == 409
    assert f"№ {taken.number}: изменено, пока список был открыт" in words(answer.text)
    assert desk.again(first).status is Status.NEW
    assert form_of(answer.text)["row"] == [f"{first.id}:1"], "the rest is ready to be sent again"
    assert anna.submit("/inbox/proposed", {}).status_code == 422


def test_with_nothing_sure_the_list_says_so(desk, anna):
    desk.in_status(Status.NEW, text="Здравствуйте")
    assert "Направить предложенным" not in anna.get("/").text
    assert "Уверенных предложений нет" in anna.get("/inbox/proposed").text


@pytest.fixture
def pair(desk) -> tuple[Message, Message]:
    """A message that Boris answered, and its author's next one."""
    earlier = desk.in_status(Status.ANSWERED, text="Батарея на Лазо, 7 холодная")
    later = desk.in_status(Status.NEW, text="Батарея на Лазо, 7 так и не тёплая")
    with transaction() as session:
        author = Author(network="vk", name="Пётр Ильин", profile_url="https://vk.com/petr")
        session.add(author)
        for message in (earlier, later):
            session.get_one(Message, message.id).author = author
    repeats.read_due(NOW)
    return desk.again(earlier), desk.again(later)


def state() -> LinkState:
    db.session.rollback()
    return db.session.scalars(db.select(MessageLink)).one().state


def test_a_repeat_shows_the_earlier_answer_and_takes_it_along(desk, pair, anna):
    earlier, later = pair
    row = rows(anna.get("/").text)[f"m-{later.id}"]
    assert f"повторное к № {earlier.number} , ответ 25.11 10:40: «Здравствуйте! Яму засыпали.»" in row
    assert anna.submit("/inbox/proposed", form_of(anna.get("/inbox/proposed").text)).status_code == 303
    assert state() is LinkState.CONFIRMED
    later = desk.again(later)
    assert later.is_repeat
    assert [one.executor_id for one in later.assignments] == [desk.ids["boris"]]


def test_without_its_tick_the_row_is_directed_alone(desk, pair, anna):
    _, later = pair
    assert f'id="repeat-{later.id}"' in anna.get("/").text
    form = {"version": later.version, "executor_id": desk.ids["boris"], "back": "inbox"}
    assert anna.htmx(f"/messages/{later.id}/route", form).status_code == 200
    assert state() is LinkState.PROPOSED
    assert not desk.again(later).is_repeat


def test_a_decision_on_the_pair_in_between_is_not_overruled(desk, pair, anna):
    earlier, later = pair
    form = {"version": later.version, "executor_id": desk.ids["boris"], "back": "inbox", "repeat": f"{earlier.id}:1"}
    closing.decide_link(later.id, earlier.id, 1, confirmed=False, actor=desk.anna, now=NOW)
    answer = anna.htmx(f"/messages/{later.id}/route", form)
    assert answer.status_code == 422
    assert "Повторное ли это, уже решили" in answer.text
    assert f'id="repeat-{later.id}"' not in answer.text
    assert (desk.again(later).status, state()) == (Status.NEW, LinkState.REJECTED)

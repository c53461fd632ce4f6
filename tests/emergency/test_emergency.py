"""One press: planned posts are held, one notice on all pages, one answer to everybody; once, or not at all."""

from __future__ import annotations

import re
from datetime import date, time, timedelta

import pytest

from osm.base.database import db
from osm.base.errors import NotYours, ServiceError
from osm.base.transaction import WHOLE, transaction
from osm.check.acts import due, index
from osm.emergency import acts, queries
from osm.groups.acts import groups
from osm.inbox.queries.inbox import waiting_places
from osm.inbox.queries.news import EMERGENCY
from osm.models import (
    Account,
    AccountEdition,
    AnswerGroup,
    Emergency,
    EmergencyHold,
    Event,
    Message,
    Publication,
    ReadingKind,
)
from osm.outbox.acts import rounds
from osm.people.views import asker_of
from osm.plan.acts import planning, posting
from osm.plan.rules import PublicationState
from osm.regulation.errors import MissingInput, StaleVersion
from osm.regulation.own_pages import PageState
from osm.regulation.words import Status
from tests.desk import NOW
from tests.emulators.serving import Trouble
from tests.page_reading import words
from tests.plan.conftest import NOON

from .conftest import ANSWER, NOTICE

pytestmark = pytest.mark.usefixtures("plan")

OUT = NOW + timedelta(minutes=2)
"""After the minute in which «Опубликовать сейчас» can be taken back."""


def planned(plan, hour: int, day: date = date(2026, 11, 25), title: str = "Каток") -> Publication:
    row = plan.approved(title=title, text=f"{title} в {hour}")
    return planning.set_time(row.id, row.version, day, time(hour), schedule=True, actor=plan.desk.anna, now=NOW)


def tick(now) -> None:
    db.session.rollback()
    posting.run_posts(now)
    rounds.run("this process", now, WHOLE)
    posting.run_posts(now)


def posts(vk) -> list[str]:
    return [one["text"] for one in vk.world.posts.values()]


def on(row: Emergency) -> Emergency:
    db.session.rollback()
    return db.session.get_one(Emergency, row.id, populate_existing=True)


def statuses(ids) -> set[Status]:
    db.session.rollback()
    return set(db.session.scalars(db.select(Message.status).where(Message.id.in_(ids))))


def test_one_press_holds_the_plan_gives_one_notice_and_one_answer(plan, vk, ok, flood, begin):
    first, second = planned(plan, 12), planned(plan, 15, title="Концерт")
    row = begin()
    assert [one.id for one in queries.held(row.id)] == [first.id, second.id]
    assert plan.again(first).state is PublicationState.APPROVED
    tick(OUT)
    tick(NOON + timedelta(minutes=1))
    assert posts(vk) == [NOTICE]
    assert [one["title"] for one in ok.world.topics.values()] == [NOTICE]
    group = db.session.scalars(db.select(AnswerGroup)).one()
    assert (on(row).group_id, group.name, group.state) == (group.id, "Прорыв дамбы", "approved")
    assert statuses(flood) == {Status.APPROVED}
    log = db.session.scalars(db.select(Event).where(Event.action == "emergency_begun")).one()
    assert (log.clause, log.changes["posts_held"], log.changes["members"]) == ("П.20", [0, 2], [0, 3])


def test_the_notice_goes_to_the_pages_of_this_day(plan, begin, prepared):
    with transaction() as session:
        about = {"body": "Округ", "title": "Город ОК", "url": "https://ok.ru/group/7", "since": NOW, "number": 1}
        session.add(AccountEdition(account_id=plan.ok, state=PageState.CLOSED, state_on=NOW.date(), **about))
        session.add(Account(network="max", external_id="5", url="https://max.ru/-5", created_at=OUT))
    row = begin()
    new = db.session.scalar(db.select(Account.id).where(Account.network == "max"))
    assert [one.account_id for one in on(row).notice.placements] == [plan.vk, new]


def test_nothing_without_an_approved_text_and_a_confirmation(desk, flood):
    row = acts.prepare("Прорыв дамбы", text=NOTICE, answer=ANSWER, actor=desk.vera, now=NOW)
    given = {"executor_id": desk.ids["boris"], "received_by": "по телефону", "now": NOW}
    with pytest.raises(ServiceError, match="согласуйте"):
        acts.begin(row.id, 1, [], confirmed=True, actor=desk.anna, **given)
    with pytest.raises(NotYours):
        acts.begin(row.id, 1, [], confirmed=True, actor=desk.vera, **given)
    own = acts.prepare("Паводок", text=NOTICE, answer=ANSWER, actor=desk.anna, now=NOW)
    with pytest.raises(MissingInput, match="Подтвердите"):
        acts.begin(own.id, 1, [], confirmed=False, actor=desk.anna, **given)
    assert on(own).begun_at is None


def test_a_second_press_does_nothing_twice(vk, flood, begin):
    begin()
    with pytest.raises(StaleVersion):
        begin(version=1)
    with pytest.raises(ServiceError, match="уже"):
        begin()
    tick(OUT)
    tick(OUT + timedelta(minutes=1))
    assert posts(vk) == [NOTICE]
    assert db.session.scalar(db.select(db.func.count(AnswerGroup.id))) == 1


def test_a_failure_in_the_middle_leaves_nothing_and_the_next_succeeds(monkeypatch, plan, vk, flood, begin):
    post = planned(plan, 12)
    with monkeypatch.context() as patch:
        patch.setattr(groups, "approve_group", lambda *_, **__: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            begin()
    assert plan.again(post).state is PublicationState.SCHEDULED
    assert statuses(flood) == {Status.NEW, Status.IN_WORK}
    assert db.session.scalar(db.select(db.func.count(AnswerGroup.id))) == 0
    begin()
    tick(OUT)
    assert posts(vk) == [NOTICE]
    assert statuses(flood) == {Status.APPROVED}


def test_a_network_that_breaks_off_has_the_notice_once(vk, begin):
    begin()
    vk.serving.trouble("wall.post", Trouble.CUT_AFTER)
    vk.world.honours_guid = False
    tick(OUT)
    tick(OUT + timedelta(minutes=5))
    assert posts(vk) == [NOTICE]


def test_a_page_without_posting_is_listed_to_place_by_hand(plan, begin):
    """No page is connected."""
    row = begin()
    tick(OUT)
    notice = on(row).notice
    assert notice.state is PublicationState.SCHEDULED
    assert [one.account_id for one in notice.placements if one.placed_at is None] == [plan.vk, plan.ok]
    assert "plan_by_hand" in db.session.scalars(db.select(Event.action).where(Event.object_id == notice.id)).all()


def test_messages_that_cannot_join_stop_nothing(desk, flood, begin):
    answered = desk.in_status(Status.ANSWERED).id
    row = begin([*flood, answered])
    assert statuses(flood) == {Status.APPROVED}
    assert on(row).group_id is not None


def test_one_message_is_answered_as_usual(flood, begin):
    row = begin(flood[:1])
    assert on(row).group_id is None
    assert statuses(flood[:1]) == {Status.NEW}


def test_what_goes_out_at_this_moment_is_not_held_and_not_doubled(plan, vk, begin):
    post = planned(plan, 12)
    vk.serving.trouble("wall.post", Trouble.CUT_AFTER)
    tick(NOON)
    begin(now=NOON)
    assert plan.again(post).state is PublicationState.SCHEDULED
    tick(NOON + timedelta(minutes=5))
    assert sorted(posts(vk)) == sorted([NOTICE, "Каток в 12"])


def test_the_end_releases_the_future_and_asks_about_the_past(app, plan, desk, vk, begin):
    past, coming = planned(plan, 12), planned(plan, 17, title="Концерт")
    row = begin()
    tick(OUT)
    tick(NOON + timedelta(hours=1))
    later = NOON + timedelta(hours=2)
    acts.end(row.id, on(row).version, actor=desk.anna, now=later)
    assert plan.again(coming).state is PublicationState.SCHEDULED
    assert plan.again(past).state is PublicationState.APPROVED
    assert [one.id for one in queries.held(row.id)] == [past.id]
    tick(later)
    assert posts(vk) == [NOTICE]
    tick(NOON + timedelta(hours=5))
    assert sorted(posts(vk)) == sorted([NOTICE, "Концерт в 17"])
    assert waits(app, desk, later) == [row.id]
    acts.release(row.id, past.id, to_time=False, actor=desk.anna, now=later)
    assert waits(app, desk, later) == []
    assert plan.again(past).state is PublicationState.APPROVED


def test_a_held_post_is_released_automatically(plan, desk, begin):
    post, other = planned(plan, 12), planned(plan, 15, title="Концерт")
    row = begin()
    acts.release(row.id, post.id, to_time=True, actor=desk.anna, now=NOW)
    assert plan.again(post).state is PublicationState.SCHEDULED
    other = plan.again(other)
    planning.set_time(other.id, other.version, other.day, time(16), schedule=True, actor=desk.anna, now=NOW)
    assert queries.held(row.id) == []
    assert db.session.scalar(db.select(db.func.count(EmergencyHold.publication_id))) == 0
    with pytest.raises(ServiceError):
        acts.release(row.id, post.id, to_time=True, actor=desk.anna, now=NOW)


def test_what_one_emergency_holds_stays_held_while_another_is_on(plan, desk, begin):
    post = planned(plan, 17)
    first = begin()
    second = acts.prepare("Пожар", text="Пожар на складе", answer=ANSWER, actor=desk.anna, now=NOW)
    acts.begin(second.id, 1, [], confirmed=True, executor_id=None, received_by="", actor=desk.anna, now=NOW)
    acts.end(first.id, on(first).version, actor=desk.anna, now=NOW)
    assert plan.again(post).state is PublicationState.APPROVED
    acts.end(second.id, on(second).version, actor=desk.anna, now=NOW)
    assert plan.again(post).state is PublicationState.SCHEDULED


def test_a_second_emergency_lets_the_notice_of_the_first_go_out(desk, vk, begin):
    first = begin()
    second = acts.prepare("Пожар", text="Пожар на складе", answer=ANSWER, actor=desk.anna, now=NOW)
    acts.begin(second.id, 1, [], confirmed=True, executor_id=None, received_by="", actor=desk.anna, now=NOW)
    assert on(first).notice.state is PublicationState.SCHEDULED
    assert queries.held(second.id) == []
    tick(OUT)
    assert sorted(posts(vk)) == sorted([NOTICE, "Пожар на складе"])


def waits(app, desk, now) -> list[int]:
    with app.test_request_context():
        places = waiting_places(asker_of(desk.anna, now))
    return [one.id for one in places if one.duty == EMERGENCY]


def test_it_waits_for_the_curator_while_it_is_on(app, desk, begin, prepared):
    assert waits(app, desk, NOW) == []
    row = begin()
    assert waits(app, desk, NOW) == [row.id]
    acts.end(row.id, on(row).version, actor=desk.anna, now=NOW)
    assert waits(app, desk, NOW) == []


def test_a_too_long_text_and_an_unknown_field_are_reported_before(desk):
    with pytest.raises(MissingInput, match="знаков"):
        acts.prepare("Прорыв", text="я" * 20_000, answer=ANSWER, actor=desk.anna, now=NOW)
    with pytest.raises(MissingInput, match="мера"):
        acts.prepare("Прорыв", text=NOTICE, answer="Здравствуйте! {мера}", actor=desk.anna, now=NOW)
    assert db.session.scalar(db.select(db.func.count(Publication.id))) == 0


# --- Screens


@pytest.fixture
def at(app, plan, flood, anna) -> str:
    """The page of an emergency that Анна has prepared."""
    return anna.submit("/emergencies", {"name": "Дамба", "text": NOTICE, "answer": ANSWER}).location


def test_prepared_found_by_its_words_begun_and_ended_on_screens(app, desk, plan, flood, anna, at):
    post = planned(plan, 12).id
    page = anna.get(at).text
    assert "Каток" in words(page)
    assert "разместить руками" in words(page)
    index.read_due(NOW)
    with transaction():
        due.enqueue(flood, [ReadingKind.SEARCH])
    index.read_due(NOW)
    found = anna.get(f"{at}?q=вода+снег").text
    rows = re.findall(r'name="row" [^>]*value="(\d+:\d+)"', found)
    assert len(rows) == 1
    assert re.search(rf'value="{rows[0]}" checked', found)
    assert " checked" not in anna.get(at).text.split("Сообщения о событии")[1]  # its words have not been named
    rows = [f"{one}:{db.session.get_one(Message, one).version}" for one in flood]
    unsure = anna.submit(f"{at}/begin", {"version": "1", "row": rows, "executor_id": desk.ids["boris"]})
    assert unsure.status_code == 422
    assert "Подтвердите" in words(unsure.text)
    given = {"version": "1", "row": rows, "executor_id": desk.ids["boris"], "received_by": "в чате", "confirmed": "1"}
    assert anna.submit(f"{at}/begin", given).location == at
    assert "действует с" in words(anna.get(at).text)
    assert "Режим ЧС: Дамба" in words(anna.get("/plan").text)
    assert "Публикации плана придержаны" in words(anna.get("/").text)
    assert "режим ЧС «Дамба»" in words(anna.get(f"/plan/{post}").text)
    form = {"publication_id": post, "how": "time"}
    assert anna.submit(f"{at}/release", form).location == at
    assert anna.submit(f"{at}/end", {"version": "2"}).location == at
    assert "снят" in words(anna.get(at).text)
    assert "введён режим ЧС" in words(anna.get(at).text)


def test_a_moderator_prepares_and_the_curator_approves_the_text_first(app, vera, anna, gleb):
    form = {"name": "Дамба", "text": NOTICE, "answer": ANSWER}
    at = vera.submit("/emergencies", form).location
    assert "уже подготовлено" in vera.submit("/emergencies", form).text, "the form sent again"
    assert "Вводит куратор" in words(vera.get(at).text)
    assert "Сначала согласуйте" in words(anna.get(at).text)
    assert vera.submit(f"{at}/begin", {"version": "1", "confirmed": "1"}).status_code == 403
    assert anna.submit(f"{at}/begin", {"version": "1", "confirmed": "1"}).status_code == 409
    with app.app_context():
        notice = db.session.scalars(db.select(Publication)).one()
        number, version = notice.id, notice.version
    anna.submit(f"/plan/{number}/approve", {"version": version})
    assert anna.submit(f"{at}/begin", {"version": "1", "confirmed": "1"}).location == at
    assert gleb.get(at).status_code == gleb.get("/emergencies").status_code == 200


def test_a_refused_preparation_keeps_what_was_typed(anna):
    answer = anna.submit("/emergencies", {"name": "Дамба", "text": NOTICE, "answer": "Ждите, {мера}"})
    assert answer.status_code == 422
    assert "Ждите, {мера}" in answer.text


def test_others_do_not_come_here(boris, dina, efim, at):
    for browser in (boris, dina, efim):
        assert browser.get(at).status_code == 403

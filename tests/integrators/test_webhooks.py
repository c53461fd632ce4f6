"""What another system is told: with the event, signed, repeated until it is heard, then left to people."""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

import pytest
from sqlalchemy import select

from osm.answers.acts import publication
from osm.base import durable
from osm.base.database import db
from osm.base.errors import ServiceError
from osm.base.transaction import WHOLE, transaction
from osm.flow.acts.act import record_breaches
from osm.integrators import queries
from osm.integrators.acts import webhooks
from osm.models import Event, ImportSource, Integrator, Message, OutboxAction, UrgentReport
from osm.outbox.acts import orders, rounds, sending
from osm.outbox.queries import ACTS_WITH_PAGE, BY_ITSELF, count_pending
from osm.regulation.blacklist import OutboxState
from osm.regulation.errors import MissingInput, StaleVersion
from osm.regulation.words import Status
from osm.urgent.acts import urgent
from tests.desk import NOW
from tests.emulators.serving import Answer, Serving, Trouble, certificate, served
from tests.integrators.conftest import TEXT, switch_on
from tests.office import at


@pytest.fixture
def now(clock):
    clock.set(NOW)
    return NOW


@pytest.fixture
def told(app, desk, add, receiver, cast, now):
    """An integrator of all sources with its webhook on; gives its id and secret."""
    number, _token = add("Край", source="Край", sees_all=True)
    return number, switch_on(number, receiver, desk.dina, now)


def actions():
    db.session.rollback()
    query = select(OutboxAction).where(OutboxAction.integrator_id.is_not(None)).order_by(OutboxAction.id)
    return db.session.scalars(query.execution_options(populate_existing=True)).all()


def send(now):
    db.session.rollback()
    return rounds.run("this process", now, WHOLE)


def test_a_published_answer_is_told(desk, told, receiver, now):
    message = desk.in_status(Status.ANSWERED, text=TEXT)
    assert send(now) == 1
    (asked,) = receiver.asked
    assert (asked.verb, asked.path, asked.headers["Content-Type"]) == ("POST", "/events", "application/json")
    link = f"/api/v1/messages/{message.number}"
    assert asked.json == {
        "id": asked.headers["X-OSM-Event"], "event": "answer.sent", "occurred_at": "2026-11-25T10:40:00+10:00",
        "number": message.number, "status": "answered", "status_label": "Ответ дан", "link": link,
        "clause": "П.8, П.9, П.13",
    }  # fmt: skip
    assert [one.state for one in actions()] == [OutboxState.DONE]
    log = db.session.scalars(select(Event.action).where(Event.object_kind == "outbox_action")).all()
    assert log == ["webhook_done"]


def test_an_interim_answer_and_a_question_are_answers_too(desk, told, receiver, now):
    desk.in_status(Status.AWAITING_FINAL)
    desk.in_status(Status.AWAITING_AUTHOR)
    send(now)
    assert sorted(one.json["status"] for one in receiver.asked) == ["awaiting_author", "awaiting_final"]


def test_an_answer_with_a_corrected_link_is_told_again(desk, told, receiver, now):
    message = desk.in_status(Status.ANSWERED)
    publication.correct_publication(
        message.id,
        message.version,
        url="https://vk.com/wall-1_1?reply=3",
        published_at=None,
        reason="Не та ссылка",
        actor=desk.anna,
        now=now,
    )
    send(now)
    assert [one.json["event"] for one in receiver.asked] == ["answer.sent", "answer.sent"]


def test_the_signature_proves_time_and_body(desk, told, receiver, now):
    desk.in_status(Status.ANSWERED)
    before = int(time.time())
    send(now)
    asked = receiver.asked[0]
    stamp, mac = (part.partition("=")[2] for part in asked.headers["X-OSM-Signature"].split(","))
    body = json.dumps(asked.json, ensure_ascii=False).encode()
    assert mac == hmac.new(told[1].encode(), stamp.encode() + b"." + body, hashlib.sha256).hexdigest()
    assert before <= int(stamp) <= time.time() + 1


def test_a_missed_term_is_told_once_with_its_clause(desk, told, receiver):
    message = desk.incident("25.11 10:05")
    later = at("27.11 18:00")
    assert record_breaches(later) == 1
    record_breaches(later)
    send(later)
    (asked,) = receiver.asked
    assert (asked.json["event"], asked.json["clause"]) == ("term.breached", "П.7")
    assert (asked.json["number"], asked.json["status"]) == (message.number, "new")
    assert asked.json["due_at"].startswith("2026-11-25T")


def test_an_urgent_report_is_told_without_its_words(desk, told, receiver, now):
    message = desk.incident("25.11 10:05", text=TEXT)
    for number in (message.id, None):
        form = urgent.ReportForm(what="Обрыв провода", place="Калининская, 12", links="", workers="", done="")
        urgent.send(form, message_id=number, actor=desk.anna, now=now)
    send(now)
    assert {one.json["number"] for one in receiver.asked} == {message.number, None}, "in any order"
    assert {one.json["event"] for one in receiver.asked} == {"urgent.reported"}
    assert "Обрыв" not in str([one.json for one in receiver.asked])
    assert len(db.session.scalars(select(UrgentReport.id)).all()) == 2


def test_what_is_rolled_back_is_not_told(desk, told, receiver, now):
    message = desk.in_status(Status.APPROVED)
    with pytest.raises(ZeroDivisionError), transaction():
        desk_publish(desk, message)
        raise ZeroDivisionError
    assert actions() == []


def desk_publish(desk, message):
    url = "https://vk.com/wall-1_1?reply=2"
    given = {"url": url, "published_at": None, "actor": desk.anna, "now": at("25.11 10:40")}
    publication.publish_by_hand(message.id, message.version, **given)


def test_only_the_messages_of_its_source_are_told(app, desk, add, receiver, now):
    number, _token = add("Регион")
    switch_on(number, receiver, desk.dina, now)
    mine, others = desk.in_status(Status.APPROVED), desk.in_status(Status.APPROVED)
    with transaction() as session:
        source_id = session.scalars(select(ImportSource.id).where(ImportSource.name == "Регион")).one()
        session.get_one(Message, mine.id).source_id = source_id
    for one in (mine, others):
        desk_publish(desk, db.session.get_one(Message, one.id, populate_existing=True))
    urgent.send(urgent.ReportForm(what="Пожар", place="Склад", links="", workers="", done=""), actor=desk.anna, now=now)
    assert [one.told["number"] for one in actions()] == [mine.number]


@pytest.mark.parametrize(
    "trouble", [Trouble.SERVER_ERROR, Trouble.CUT_BEFORE, Trouble.CUT_AFTER, Trouble.SILENT, Trouble.DRIP_HEADERS]
)
def test_what_fails_for_the_moment_is_repeated_later(desk, told, receiver, now, monkeypatch, trouble):
    monkeypatch.setattr(webhooks, "SECONDS", 0.5)
    receiver.trouble("/events", trouble)
    desk.in_status(Status.ANSWERED)
    assert send(now) == 0
    (action,) = actions()
    assert (action.state, action.for_person, action.attempts) == (OutboxState.PENDING, False, 1)
    assert now + timedelta(seconds=4) <= action.try_at <= now + timedelta(seconds=6)
    assert "Соцсеть" not in action.error
    assert send(now + timedelta(seconds=3)) == 0
    assert send(now + timedelta(seconds=7)) == 1
    assert len({one.headers["X-OSM-Event"] for one in receiver.asked}) == 1, "the same event, known by its id"
    assert actions()[0].state is OutboxState.DONE


def test_a_receiver_that_is_down_is_tried_ever_less_and_then_left(desk, told, receiver, now):
    with transaction():
        db.session.get_one(Integrator, told[0]).webhook_url = "http://127.0.0.1:9/down"
    desk.in_status(Status.ANSWERED)
    moments = []
    for _ in range(50):
        if actions()[0].for_person:
            break
        now = max(now, actions()[0].try_at or now)
        moments.append(now)
        send(now)
    pauses = [later - earlier for earlier, later in pairwise(moments)]
    assert len(moments) == sending.MOST_TRIES
    assert timedelta(minutes=60) < sum(pauses, timedelta()) < timedelta(hours=4)
    assert pauses[0] < timedelta(seconds=10) < pauses[3] < pauses[-1]
    assert "недоступен" in actions()[0].error


@pytest.mark.parametrize(("trouble", "words"), [(Trouble.REDIRECT, "переадресует"), (None, "ошибкой 410")])
def test_a_redirect_and_a_refusal_wait_for_the_administrator(desk, told, receiver, now, trouble, words):
    if trouble:
        receiver.trouble("/events", trouble)
    else:
        receiver.answer = lambda _asked: Answer({}, 410)
    desk.in_status(Status.ANSWERED)
    send(now)
    (action,) = actions()
    assert (action.for_person, words in action.error) == (True, True)
    assert len(receiver.asked) == 1, "not followed, not repeated"
    receiver.answer = lambda _asked: Answer({})
    orders.try_again(action.id, action.version, integrator_id=told[0], actor=desk.dina, now=now)
    assert send(now) == 1


def test_one_that_hangs_holds_up_nobody_else(desk, told, add, receiver, now, monkeypatch):
    monkeypatch.setattr(webhooks, "SECONDS", 1)
    other, _token = add("Второй", source="Второй", sees_all=True)
    switch_on(other, receiver, desk.dina, now)
    with transaction():
        db.session.get_one(Integrator, told[0]).webhook_url = f"{receiver.base}/hangs"
    receiver.trouble("/hangs", *[Trouble.SILENT] * 6)
    for _ in range(6):
        desk.in_status(Status.ANSWERED)
    send(now)
    done = [one.integrator_id for one in actions() if one.state is OutboxState.DONE]
    assert done == [other] * 6


def test_one_that_was_interrupted_and_hangs_holds_up_nobody_else(desk, told, receiver, now, monkeypatch):
    monkeypatch.setattr(webhooks, "SECONDS", 1)
    receiver.trouble("/events", Trouble.SILENT)
    desk.in_status(Status.ANSWERED)
    with transaction() as session:
        session.scalars(select(OutboxAction)).one().interrupted = 2  # on a page it would be alone
    ongoing = rounds.Ongoing()
    assert rounds._begin(ongoing, "this process", now) == 1
    desk.in_status(Status.ANSWERED)
    try:
        assert rounds._begin(ongoing, "this process", now) == 1
    finally:
        rounds.wait([answer for _errand, answer in ongoing.busy.values()])
        rounds._collect(ongoing, now)


def test_all_that_was_not_heard_is_told_again_at_once(desk, told, receiver, now):
    receiver.trouble("/events", *[Trouble.REDIRECT] * 3)
    for _ in range(3):
        desk.in_status(Status.ANSWERED)
    assert send(now) == 0
    desk.in_status(Status.ANSWERED)
    assert send(now) == 1
    assert [one.for_person for one in queries.deliveries(told[0])] == [True, True, True, False]
    webhooks.tell_again(told[0], 3, actor=desk.dina, now=now)
    assert send(now) == 3
    assert queries.unheard() == []


def test_nothing_is_told_while_the_webhook_is_off(desk, told, receiver, now):
    desk.in_status(Status.ANSWERED)
    webhooks.switch_webhook_off(told[0], 3, actor=desk.dina, now=now)
    desk.in_status(Status.ANSWERED)
    assert len(actions()) == 1
    assert (send(now), actions()[0].for_person) == (0, True)
    assert "выключен" in actions()[0].error


def test_after_a_restore_it_is_off_until_a_person_switches_it_on(desk, told, receiver, now):
    desk.in_status(Status.ANSWERED)
    durable.renew_installation()
    desk.in_status(Status.ANSWERED)
    send(now)
    (action,) = actions()
    assert (action.for_person, receiver.asked) == (True, [])
    switch_on(told[0], receiver, desk.dina, now)
    orders.try_again(action.id, action.version, integrator_id=told[0], actor=desk.dina, now=now)
    assert send(now) == 1


def test_a_host_that_is_no_longer_allowed_is_not_asked(app, desk, told, receiver, now):
    desk.in_status(Status.ANSWERED)
    app.extensions["osm"].settings = replace(app.extensions["osm"].settings, webhook_hosts=("im.example.ru",))
    send(now)
    assert (receiver.asked, actions()[0].for_person) == ([], True)
    assert "OSM_WEBHOOK_HOSTS" in actions()[0].error


def test_what_was_for_an_ended_integrator_is_cancelled(desk, told, receiver, now):
    desk.in_status(Status.ANSWERED)
    webhooks.archive(told[0], 3, actor=desk.dina, now=now)
    send(now)
    assert (receiver.asked, actions()[0].state) == ([], OutboxState.CANCELLED)


def test_what_will_be_told_waits_for_no_person(desk, told, now):
    desk.in_status(Status.ANSWERED)
    by_itself = select(OutboxAction.id).select_from(ACTS_WITH_PAGE).where(BY_ITSELF)
    assert len(db.session.scalars(by_itself).all()) == 1
    assert count_pending() == 0


def test_the_list_of_acts_for_the_networks_does_not_show_it(app, desk, told, receiver, cast, now, anna):
    desk.in_status(Status.ANSWERED)
    receiver.trouble("/events", Trouble.REDIRECT)
    send(now)
    (action,) = actions()
    assert "Сообщить интегратору" not in anna.get("/moderation/outbox").text
    for refused in (
        lambda: orders.try_again(action.id, action.version, actor=desk.anna, now=now),
        lambda: orders.mark_done_by_hand(action.id, action.version, at=None, actor=desk.anna, now=now),
    ):
        with pytest.raises(StaleVersion):
            refused()


def test_a_trial_tells_only_where_the_webhook_is_on(desk, told, receiver, now):
    webhooks.test(told[0], 3, actor=desk.dina, now=now)
    assert send(now) == 1
    assert receiver.asked[0].json["event"] == "test"
    webhooks.switch_webhook_off(told[0], 3, actor=desk.dina, now=now)
    with pytest.raises(ServiceError):
        webhooks.test(told[0], 4, actor=desk.dina, now=now)


def test_a_receiver_with_a_root_of_its_own_is_told_once_that_is_named(app, desk, add, now, tmp_path):
    root, pair = tmp_path / "root.pem", tmp_path / "pair.pem"
    certificate(root, pair)
    of, number = app.extensions["osm"], add("Край", source="Край", sees_all=True)[0]
    kept = of.settings
    with served(Serving(lambda _asked: Answer({})), pair) as receiver:
        of.settings = replace(kept, webhook_hosts=("127.0.0.1",))
        switch_on(number, receiver, desk.dina, now)
        version = db.session.get_one(Integrator, number).version
        webhooks.test(number, version, actor=desk.dina, now=now)
        send(now)
        assert (actions()[0].state, receiver.asked) == (OutboxState.PENDING, [])
        of.settings = replace(of.settings, webhook_roots=root)
        send(now + timedelta(hours=1))
        assert actions()[0].state is OutboxState.DONE
    of.settings = kept


def test_an_address_with_a_space_or_a_letter_beyond_ascii_is_refused(desk, told, receiver, now):
    for url in ("https://127.0.0.1/я", "https://127.0.0.1/#x", ""):
        with pytest.raises(MissingInput):
            webhooks.switch_webhook_on(told[0], 3, url=url, actor=desk.dina, now=now)

"""A message handed over by another system is a message of an import: once for each key, later an edition, never two."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from sqlalchemy import func, select

from osm.base.database import db
from osm.base.transaction import transaction
from osm.imports.acts import publishing
from osm.imports.acts.recall import recall_run
from osm.imports.acts.runs import get_run
from osm.integrators.acts import taking, webhooks
from osm.models import (
    ApiRequest,
    Deadline,
    DueReading,
    Event,
    HeldRow,
    ImportRow,
    ImportRun,
    ImportSource,
    ImportState,
    Integrator,
    Message,
    MessageEdition,
    Topic,
    User,
)
from osm.regulation.words import ClockKind
from tests.integrators.conftest import TEXT, Api, message
from tests.office import at


def stored(app, number="РИ-1"):
    with app.app_context():
        return db.session.scalars(select(Message).where(Message.number == number)).one()


def count(app, model):
    with app.app_context():
        return db.session.scalar(select(func.count()).select_from(model))


def test_a_message_is_entered_as_a_row_of_its_source(app, api):
    with app.app_context(), transaction() as session:
        session.add(Topic(name="Свет"))
    answer = api.post(message(topic="свет", important=True, status="Новый"))
    assert (answer.status_code, answer.json()) == (
        201,
        {"number": "РИ-1", "outcome": "created", "status": "new", "status_label": "Новое", "warnings": []},
    )
    with app.app_context():
        row = stored(app)
        found = db.session.get_one(Message, row.id)
        assert (found.text, found.network, found.author.name, found.importance) == (TEXT, "vk", "Житель", "high")
        assert found.received_at == at("25.11 09:00")
        assert db.session.get_one(ImportSource, found.source_id).name == "Регион"
        assert db.session.get_one(Topic, found.topic_id).name == "Свет"
        kinds = set(db.session.scalars(select(Deadline.kind).where(Deadline.message_id == found.id)))
        assert kinds == {ClockKind.ROUTE, ClockKind.ANSWER, ClockKind.DRAFT}
        assert db.session.scalar(select(func.count()).select_from(DueReading)) > 0
        run = db.session.scalars(select(ImportRun)).one()
        assert (run.filename, run.counts["created"]) == ("Регион, 25.11.2026", 1)
        actions = db.session.scalars(select(Event.action).where(Event.message_id == found.id).order_by(Event.id)).all()
        assert actions == ["enter", "api_message"]


def test_the_same_key_and_body_get_the_same_answer(app, api):
    answers = [api.post(message(), "ключ".encode().hex()) for _ in range(3)]
    assert {one.status_code for one in answers} == {201}
    assert len({one.text for one in answers}) == 1
    assert (count(app, Message), count(app, ApiRequest)) == (1, 1)


def test_the_same_key_with_another_body_is_refused(app, api):
    api.post(message(), "k-1")
    answer = api.post(message("РИ-2"), "k-1")
    assert (answer.status_code, answer.json()["kind"]) == (409, "KeyUsed")
    assert count(app, Message) == 1


def test_a_key_belongs_to_its_integrator_and_is_forgotten(app, api, add, clock, now, cast):
    other = Api(api.base, add("Другой", source="Другой")[1])
    assert api.post(message(), "k-1").status_code == 201
    assert other.post(message("РИ-2"), "k-1").status_code == 201
    clock.set(now + timedelta(days=8))
    assert api.post(message("РИ-3"), "k-1").status_code == 201
    with app.app_context():
        row = db.session.scalars(select(Integrator).where(Integrator.name == "Другой")).one()
        webhooks.archive(row.id, row.version, actor=db.session.get_one(User, cast["dina"]), now=now)
    assert count(app, ApiRequest) == 1, "whose access has ended asks no more"


def test_two_at_once_with_one_key_enter_one_message(app, api):
    barrier = Barrier(4)

    def send(_number):
        barrier.wait()
        return api.post(message(), "k-1")

    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(send, range(4)))
    assert {one.status_code for one in answers} == {201}
    assert len({one.text for one in answers}) == 1
    assert count(app, Message) == 1


def test_two_at_once_under_one_number_enter_one_message(app, api):
    barrier = Barrier(4)

    def send(number):
        barrier.wait()
        return api.post(message(), f"k-{number}")

    with ThreadPoolExecutor(4) as pool:
        outcomes = sorted(answer.json()["outcome"] for answer in pool.map(send, range(4)))
    assert outcomes == ["created", "unchanged", "unchanged", "unchanged"]
    assert count(app, Message) == 1


@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_request_that_broke_off_is_done_once(app, api, monkeypatch, moment):
    """Before the commit nothing has happened, after it all has: the same request again has the same end."""
    from osm.base import transaction as module

    commit, broken, entered, enter = module._commit, [], [], taking._enter

    def noted(*given):
        entered.append(moment)
        return enter(*given)

    def broken_off(session):
        if entered and not broken:
            broken.append(moment)
            if moment == "after":
                commit(session)
            raise SystemError("killed")
        commit(session)

    monkeypatch.setattr(taking, "_enter", noted)
    monkeypatch.setattr(module, "_commit", broken_off)
    assert api.post(message(), "k-1").status_code == 500
    assert count(app, Message) == (1 if moment == "after" else 0)
    assert api.post(message(), "k-1").json()["outcome"] == "created"
    assert (count(app, Message), count(app, ApiRequest), broken) == (1, 1, [moment])


def test_the_same_number_later_changes_what_the_source_owns(app, api):
    api.post(message(place="Двор", topic="Свет"))
    answer = api.post({"number": "ри-1", "text": f"{TEXT} Дополнение.", "url": message()["url"]})
    assert (answer.status_code, answer.json()["outcome"]) == (200, "updated")
    row = stored(app)
    assert (row.text, row.place, row.received_at) == (f"{TEXT} Дополнение.", "Двор", at("25.11 09:00"))
    assert count(app, MessageEdition) == 1
    assert api.post(message(place="Двор", topic="Свет", text=f"{TEXT} Дополнение.")).json()["outcome"] == "unchanged"


def test_without_a_number_the_link_tells_the_message(app, api):
    given = {"text": TEXT, "url": "https://vk.com/wall-5_7?reply=9"}
    first = api.post(given)
    assert first.json()["number"] == "ОСМ-1"
    second = api.post({**given, "url": "https://m.vk.com/wall-5_7?reply=9&utm_source=x"})
    assert (second.json()["outcome"], count(app, Message)) == ("unchanged", 1)


def test_another_message_under_the_number_waits_for_a_person(app, api):
    api.post(message(author_url="https://vk.com/id1"))
    other = message(url="https://vk.com/wall-77_1", author="Другой", author_url="https://vk.com/id2", text="Иное.")
    answer = api.post(other)
    assert (answer.status_code, answer.json()["outcome"], answer.json()["status"]) == (202, "held", None)
    assert (stored(app).text, count(app, HeldRow)) == (TEXT, 1)


def test_messages_of_another_source_are_not_changed(app, api, add):
    api.post(message())
    other = Api(api.base, add("Другой", source="Другой")[1])
    answer = other.post(message(text="Чужое"))
    assert (answer.status_code, answer.json()["kind"]) == (409, "OfAnother")
    assert (stored(app).text, count(app, Message)) == (TEXT, 1)


def test_what_was_entered_by_hand_is_taken_over(app, api, anna):
    url = "https://vk.com/wall-9_9"
    anna.submit("/messages/new", {"text": TEXT, "url": url, "network": "vk"})
    answer = api.post(message(url=url))
    assert (answer.json()["outcome"], count(app, Message), stored(app).text) == ("updated", 1, TEXT)


def test_one_load_a_day_and_a_new_one_after_a_recall(app, api, clock, now, cast):
    api.post(message())
    api.post(message("РИ-2"))
    with app.app_context():
        run = db.session.scalars(select(ImportRun)).one()
        recall_run(run.id, actor=db.session.get_one(User, cast["anna"]), now=now)
    assert api.get("РИ-1").status_code == 404
    assert api.post(message()).json()["outcome"] == "created"
    clock.set(now + timedelta(days=1))
    api.post(message("РИ-3"))
    assert count(app, ImportRun) == 3


def test_the_page_of_the_load_shows_what_came(app, api, anna):
    api.post(message(status="Невиданный"))
    with app.app_context():
        run_id = db.session.scalars(select(ImportRun.id)).one()
    page = anna.get(f"/imports/{run_id}").text
    assert "Регион, 25.11.2026" in page
    assert "№ РИ-1" in page
    assert "Незнакомый статус" in page


@pytest.mark.parametrize(
    ("given", "faults"),
    [
        ({"text": TEXT}, {"number": "Нужен номер или ссылка", "network": "Укажите соцсеть"}),
        ({"text": "", "number": "1", "network": "vk"}, {"text": "Пусто"}),
        ({"text": " \0 ", "number": "1", "network": "vk"}, {"text": "Пусто"}),
        ({"text": 5, "number": 7, "network": "vk"}, {"text": "Нужна строка", "number": "Нужна строка"}),
        ({"text": "а" * 32768, "number": "1" * 61, "network": "vk"}, {"text": "Длиннее 32767", "number": "Длиннее 60"}),
        ({"text": TEXT, "number": "1", "network": "icq"}, {"network": "Такого значения нет"}),
        ({"text": TEXT, "number": "1", "network": "vk", "автор": ""}, {"автор": "Такого поля нет"}),
        ({"text": TEXT, "url": "ерунда"}, {"url": "не ссылка"}),
        ({"text": TEXT, "url": "https://example.org/1"}, {"network": "По ссылке соцсеть не узнать"}),
        (message(received_at="вчера"), {"received_at": "не время"}),
        (message(received_at="2026-11-25T09:00:00"), {"received_at": "Нет часового пояса"}),
        (message(published_at="2026-12-25T09:00:00+10:00"), {"published_at": "ещё не наступило"}),
        (message(deadline_at="0001-01-01T00:00:00+14:00"), {"deadline_at": "Такого года"}),
        (message(important="да"), {"important": "true или false"}),
        (message("/1"), {"number": "не может начинаться"}),
        (message(".."), {"number": "из одних точек"}),
        ([], {"message": "Нужен объект"}),
        ({"number": "1"}, {"text": "Без этого поля", "network": "Укажите соцсеть"}),
    ],
)
def test_every_fault_of_every_field_is_named(app, api, given, faults):
    answer = api.post(given, "k-1")
    assert (answer.status_code, answer.json()["kind"]) == (422, "Invalid")
    found = answer.json()["fields"]
    assert found.keys() == faults.keys()
    for name, words in faults.items():
        assert words in " ".join(found[name])
    assert (count(app, Message), count(app, ApiRequest), count(app, ImportRun)) == (0, 0, 0)
    assert api.post(message(), "k-1").status_code == 201


def test_half_a_surrogate_pair_is_a_fault_of_its_field(app, api):
    answer = api.post(b'{"number": "1", "network": "vk", "text": "\\ud800"}')
    assert answer.json()["fields"] == {"text": ["Недопустимые знаки: половина суррогатной пары."]}


def test_a_field_that_is_named_twice_is_refused(app, api):
    answer = api.post(b'{"number": "1", "network": "vk", "text": "a", "number": "2"}')
    assert (answer.status_code, answer.json()["kind"], count(app, Message)) == (400, "NotJson", 0)


def test_a_row_that_cannot_be_written_leaves_nothing_and_frees_its_key(app, api, monkeypatch):
    write, broken = publishing._publish, [RuntimeError(), RuntimeError()]

    def fails_first(*given):
        if broken:
            raise broken.pop()
        write(*given)

    monkeypatch.setattr(publishing, "_publish", fails_first)
    answer = api.post(message(), "k-1")
    assert (answer.status_code, answer.json()["kind"]) == (409, "Rejected")
    assert (count(app, ApiRequest), count(app, ImportRun)) == (0, 0)
    assert api.post(message(), "k-1").status_code == 201


def test_what_comes_while_a_load_is_recalled_is_of_the_next_one(app, api, now):
    api.post(message())
    with ThreadPoolExecutor(1) as pool, app.app_context():
        with transaction() as session:
            run = get_run(session.scalars(select(ImportRun.id)).one(), ImportState.DONE)
            answer = pool.submit(api.post, message("РИ-2"))
            with pytest.raises(TimeoutError):
                answer.result(0.5)
            run.recalled_at = now
        assert answer.result().status_code == 201
        of_it = select(ImportRun.recalled_at).join(ImportRow, ImportRow.run_id == ImportRun.id)
        assert db.session.scalars(of_it.join(Message).where(Message.number == "РИ-2")).one() is None


def test_each_outcome_has_a_status_of_http():
    assert set(taking.STATUS_OF.values()) == {200, 201, 202}

"""VK calls us (Callback API): stored at once, worked off by the worker, nothing twice, nothing from strangers."""

from __future__ import annotations

import json
import logging
import re
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Event
from types import SimpleNamespace

import pytest
from sqlalchemy import select

from osm.base.database import db
from osm.base.transaction import WHOLE, in_background, transaction
from osm.listening import screens
from osm.listening.acts import called, hearing
from osm.listening.screens import REFUSALS, STRANGERS
from osm.models import Comment, Connection, ConnectionState, Hearing, ReceivedEvent
from osm.pages.acts import connecting
from osm.shell.turns import Limit
from tests.connections.conftest import CITIZEN
from tests.emulators.calling import VkCalls, post
from tests.emulators.serving import Trouble
from tests.emulators.vk_world import ADMIN


def connection():
    db.session.rollback()
    return db.session.scalars(select(Connection).execution_options(populate_existing=True)).one()


def received():
    db.session.rollback()
    query = select(ReceivedEvent).order_by(ReceivedEvent.id).execution_options(populate_existing=True)
    return db.session.scalars(query).all()


def comments():
    db.session.rollback()
    query = select(Comment).order_by(Comment.id).execution_options(populate_existing=True)
    return db.session.scalars(query).unique().all()


def texts():
    return [one.text for one in comments()]


def work(now):
    db.session.rollback()  # as in a round of the worker, which begins without a transaction
    return called.work_off(now, WHOLE)


@pytest.fixture
def page(vk, connect, now):
    number = connect()
    hearing.run(now, WHOLE)
    return number


@pytest.fixture
def calls(vk, page, live_url, office, now):
    """The page is called from here on; VK knows the address and the secret."""
    secret = called.arrange_hearing(page, connection().version, by="callback", actor=office.anna, now=now)
    hearing.run(now, WHOLE)
    return VkCalls(vk.world, f"{live_url}/callback/vk", secret)


def test_a_comment_travels_from_the_call_to_the_queue(vk, page, live_url, dina, anna, now):
    post_number = vk.world.post("График вывоза мусора")
    here = f"/admin/pages/{page}"
    assert "Long Poll (по умолчанию)" in dina.get(here).text
    assert anna.submit(f"{here}/hearing", {"version": 1, "by": "callback"}).status_code == 403
    told = dina.submit(f"{here}/hearing", {"version": 1, "by": "callback", "confirmation": ""})
    assert told.headers["Cache-Control"] == "no-store"
    secret = re.search(r'id="callback-secret">([0-9a-f]{40})<', told.text)[1]
    assert vk.world.confirmation in told.text
    assert "<dt>Секретный ключ</dt>" in told.text
    assert "её события не принимаются" in told.text
    assert "/callback/vk<" in told.text
    assert secret not in dina.get(here).text
    assert secret not in connection().callback_secret
    calls = VkCalls(vk.world, f"{live_url}/callback/vk", secret)
    assert calls.confirm()
    vk.world.write(post_number, CITIZEN, "Когда вывезут?")
    assert calls.deliver() == 1
    assert (texts(), [row.worked_at for row in received()]) == ([], [None])
    assert secret not in received()[0].body
    assert "Ждёт разбора: 1 событие" in dina.get(here).text
    assert work(now + timedelta(seconds=1)) == 1
    (comment,) = comments()
    assert (comment.text, comment.author.name, comment.account_id) == ("Когда вывезут?", "Анна Тестова", page)
    assert [(row.body, row.worked_at) for row in received()] == [("", now + timedelta(seconds=1))]
    assert connection().told_at == now
    assert "события присылает соцсеть, последнее" in dina.get(here).text


def test_such_a_page_is_not_long_polled(vk, calls, now):
    vk.serving.asked.clear()
    vk.world.write(vk.world.post("Пост"), CITIZEN, "Привет")
    assert hearing.run(now + timedelta(minutes=1), WHOLE) == 0
    assert vk.serving.asked == []


def test_a_second_delivery_leaves_nothing_and_turns_nothing_back(vk, calls, now):
    number = vk.world.write(vk.world.post("Пост"), CITIZEN, "Было")
    vk.world.change(number, "Стало")
    calls.deliver()
    assert work(now) == 2
    calls.at = 0
    assert calls.deliver() == 2
    assert (len(received()), work(now), texts()) == (2, 0, ["Стало"])
    vk.world.delete(number, CITIZEN)
    calls.deliver()
    work(now)
    assert comments()[0].gone_by == "author"


def test_eight_deliveries_at_once_are_one_event(vk, calls, now):
    vk.world.write(vk.world.post("Пост"), CITIZEN, "Один раз")
    event = json.dumps({**vk.world.events[-1], "secret": calls.secret}).encode()
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: post(calls.url, event)[0], range(8)))
    assert 200 in answers
    assert set(answers) <= {200, 503}
    assert (len(received()), work(now), texts()) == (1, 1, ["Один раз"])


def test_a_call_without_proof_leaves_nothing(app, vk, calls, page, now, caplog, monkeypatch):
    monkeypatch.setitem(app.extensions["osm"].remembers, REFUSALS, screens.Refusals())
    caplog.set_level(logging.INFO)
    good = {
        "type": "wall_reply_new",
        "group_id": vk.world.group,
        "event_id": "e1",
        "object": {},
        "secret": calls.secret,
    }
    wrong = [
        {**good, "secret": "x" * 40},
        {**good, "secret": ""},
        {**good, "secret": None},
        {name: value for name, value in good.items() if name != "secret"},
        {**good, "group_id": 1},
        {**good, "group_id": "\0"},
        {**good, "group_id": [vk.world.group]},
        {name: value for name, value in good.items() if name != "group_id"},
        {"type": "confirmation", "group_id": 1},
        {"type": "confirmation", "group_id": vk.world.group, "secret": "wrong"},
    ]
    assert [post(calls.url, json.dumps(one).encode()) for one in wrong] == [(403, "403\n")] * len(wrong)
    broken = [b"", b"[]", b"{", b"\xff", b"[" * 100_000, b'{"a":' * 100_000]
    assert [post(calls.url, one)[0] for one in broken] == [400] * len(broken)
    large = json.dumps({**good, "more": "x" * screens.LARGEST}).encode()
    assert post(calls.url, large)[0] == 413
    assert received() == []
    assert [record for record in caplog.records if record.name == "osm.web"] == []
    assert len([record for record in caplog.records if record.message == "callbacks refused"]) == 1
    assert post(calls.url, json.dumps(good).encode()) == (200, "ok")
    assert len(received()) == 1


def test_a_page_that_asks_itself_is_not_called(vk, page, live_url):
    body = json.dumps({"type": "confirmation", "group_id": vk.world.group}).encode()
    assert post(f"{live_url}/callback/vk", body)[0] == 403
    assert post(f"{live_url}/callback/ok", body)[0] == 404


def test_strangers_are_slowed_and_take_nothing_from_the_networks_address(app, vk, calls, monkeypatch):
    """Here all requests come through one proxy, so they have the same address as VK."""
    monkeypatch.setitem(app.extensions["osm"].remembers, STRANGERS, Limit(5))
    monkeypatch.setattr(screens, "time", SimpleNamespace(monotonic=lambda: 0.0))
    answers = [post(calls.url, b"{}")[0] for _ in range(30)]
    claims = json.dumps({"type": "wall_reply_new", "group_id": vk.world.group, "object": {}, "secret": "x"}).encode()
    answers += [post(calls.url, claims)[0] for _ in range(30)]
    assert set(answers) == {403, 429}
    vk.world.write(vk.world.post("Пост"), CITIZEN, "Доходит")
    assert calls.deliver() == len(vk.world.events)
    assert calls.confirm()


def test_a_flood_is_taken_while_the_worker_writes(app, vk, calls):
    wall = vk.world.post("Пост")
    for number in range(200):
        vk.world.write(wall, CITIZEN, f"Вопрос {number}")
    events = [json.dumps({**event, "secret": calls.secret}).encode() for event in vk.world.events]
    ended = Event()

    def write() -> None:
        """Write as several lanes do: hold the lock for a tenth of a second and release it for less."""
        with app.app_context(), in_background():
            while not ended.is_set():
                with transaction():
                    time.sleep(0.1)

    with ThreadPoolExecutor(17) as pool:
        worker = pool.submit(write)
        answers = Counter(pool.map(lambda event: post(calls.url, event)[0], events))
        ended.set()
        worker.result()
    assert answers == {200: len(events)}
    assert len(received()) == len(events)


@pytest.mark.sqlite
def test_a_call_that_cannot_be_stored_keeps_no_other_of_its_batch(vk, calls, monkeypatch):
    monkeypatch.setattr(called, "MOST_WAITING", 2)
    wall = vk.world.post("Пост")
    for number in range(4):
        vk.world.write(wall, CITIZEN, f"Вопрос {number}")
    events = [json.dumps({**event, "secret": calls.secret}).encode() for event in vk.world.events[-4:]]
    with ThreadPoolExecutor(4) as pool:
        with transaction():
            answers = [pool.submit(post, calls.url, event) for event in events]
            time.sleep(0.3)
        assert sorted(one.result()[0] for one in answers) == [200, 200, 503, 503]
    assert len(received()) == 2


def test_a_database_that_is_busy_is_called_again(vk, calls, now):
    vk.world.write(vk.world.post("Пост"), CITIZEN, "Подождёт")
    event = json.dumps({**vk.world.events[-1], "secret": calls.secret}).encode()
    number = connection().id
    with transaction() as session:
        # Somebody else holds the page (PostgreSQL) and the whole file (SQLite).
        session.get_one(Connection, number, with_for_update=True)
        begun = time.monotonic()
        assert post(calls.url, event)[0] == 503
        assert time.monotonic() - begun < 1
    assert calls.deliver() == 1


def test_a_process_killed_before_all_is_stored_does_it_again(vk, calls, now, monkeypatch):
    vk.world.write(vk.world.post("Пост"), CITIZEN, "Дважды не бывает")
    calls.deliver()
    monkeypatch.setattr(called.received, "enter", lambda *_: (_ for _ in ()).throw(SystemExit))
    with pytest.raises(SystemExit):
        work(now)
    monkeypatch.undo()
    assert (texts(), received()[0].worked_at) == ([], None)
    assert (work(now), work(now), texts()) == (1, 0, ["Дважды не бывает"])


def test_of_two_who_read_the_same_one_stores_it(vk, calls, now):
    vk.world.write(vk.world.post("Пост"), CITIZEN, "Один раз")
    calls.deliver()
    two = [called.Reading(), called.Reading()]
    for one in two:
        called._begin(one, now)
    for one in two:
        called.wait([events for _rows, events in one.busy.values()])
    assert [called._collect(one, now) for one in two] == [1, 0]
    assert len(texts()) == 1


def test_what_was_not_delivered_is_looked_up_and_reported(vk, calls, live_url, now):
    address, calls.url = calls.url, "http://127.0.0.1:9/callback/vk"
    vk.world.write(vk.world.post("Пост"), CITIZEN, "Пока сервер лежал")
    vk.world.now += 1800
    assert calls.deliver() == 0
    later = now + timedelta(minutes=29)
    assert (hearing.run(later, WHOLE), texts()) == (0, [])
    assert hearing.run(later + timedelta(minutes=2), WHOLE) == 1
    assert texts() == ["Пока сервер лежал"]
    assert "о чём соцсеть не сообщила: 1" in connection().said
    calls.url = address
    assert calls.deliver() == 1
    assert work(later + timedelta(minutes=3)) == 0
    assert (len(texts()), connection().said) == (1, "")


def test_what_was_reported_after_a_look_had_begun_stays(vk, calls, now):
    number = vk.world.write(vk.world.post("Пост"), CITIZEN, "Было")
    calls.deliver()
    work(now)
    seen = hearing.Listening().connector(connection()).catch_up(now - timedelta(hours=1))
    vk.world.delete(number, CITIZEN)
    calls.deliver()
    work(now)
    assert hearing._caught_up(hearing.Asked(connection().id, {}, now, Hearing.CALLBACK), now, seen) == 0
    assert comments()[0].gone_by == "author"


def test_without_a_reading_key_a_call_says_that_the_network_answers_again(vk, connect, office, live_url, now):
    page = connect("user", "service")
    vk.serving.trouble("groups.getLongPollServer", *[Trouble.SERVER_ERROR] * 20)
    hearing.run(now, WHOLE)
    vk.serving.troubles.clear()
    assert connection().state is ConnectionState.FAILING
    secret = called.arrange_hearing(page, connection().version, by="callback", actor=office.anna, now=now)
    later = now + timedelta(hours=1)
    hearing.run(later, WHOLE)
    vk.world.write(vk.world.post("Пост"), CITIZEN, "Привет")
    assert VkCalls(vk.world, f"{live_url}/callback/vk", secret).deliver() == 1
    assert work(later) == 1
    again = connection()
    assert (again.state, again.failed_at, again.rest_until) == (ConnectionState.WORKING, None, None)


def test_both_ways_follow_each_other_without_a_gap(vk, calls, page, office, now):
    wall = vk.world.post("Пост")
    vk.world.write(wall, CITIZEN, "Получено, не разобрано")
    calls.deliver()
    vk.world.write(wall, CITIZEN, "Не дошло")
    called.arrange_hearing(page, connection().version, by="ask", actor=office.anna, now=now)
    assert (connection().hearing, connection().callback_secret, connection().cursor) == (Hearing.ASK, "", {})
    assert calls.deliver() == 0
    assert (work(now), hearing.run(now, WHOLE)) == (1, 1)
    vk.world.write(wall, CITIZEN, "Снова Long Poll")
    assert hearing.run(now, WHOLE) == 1
    vk.world.write(wall, CITIZEN, "Между")
    again = called.arrange_hearing(page, connection().version, by="callback", actor=office.anna, now=now)
    assert hearing.run(now, WHOLE) == 1
    vk.world.write(wall, CITIZEN, "Снова вызов")
    newest = VkCalls(vk.world, calls.url, again, len(vk.world.events) - 1)
    assert (newest.deliver(), work(now)) == (1, 1)
    assert texts() == ["Получено, не разобрано", "Не дошло", "Снова Long Poll", "Между", "Снова вызов"]


def test_a_look_that_began_before_the_way_was_changed_hides_nothing(vk, calls, page, office, now):
    wall = vk.world.post("Пост")
    later = now + timedelta(hours=1)
    vk.world.now = int(later.timestamp())
    listening = hearing.Listening()
    hearing._listen(listening, later, 0)
    hearing.wait(listening.futures)
    vk.world.write(wall, CITIZEN, "Вызова уже не будет")
    called.arrange_hearing(page, connection().version, by="ask", actor=office.anna, now=later)
    assert calls.deliver() == 0
    assert hearing._collect(listening, later) == 0
    assert hearing.run(later, WHOLE) == 1
    assert texts() == ["Вызова уже не будет"]


def test_a_renewed_secret_is_the_only_one(vk, calls, page, office, dina, now):
    version = connection().version
    told = dina.submit(f"/admin/pages/{page}/hearing/secret", {"version": version}).text
    secret = re.search(r'id="callback-secret">([0-9a-f]{40})<', told)[1]
    assert dina.submit(f"/admin/pages/{page}/hearing/secret", {"version": version}).status_code == 409
    vk.world.write(vk.world.post("Пост"), CITIZEN, "Привет")
    assert calls.deliver() == 0
    calls.secret = secret
    assert calls.deliver() == 1


def test_the_line_of_confirmation_may_be_typed(vk, connect, dina, now):
    page = f"/admin/pages/{connect('community')}"
    given = {"version": 1, "by": "callback"}
    refused = dina.submit(f"{page}/hearing", given)
    assert refused.status_code == 422
    assert "Впишите строку подтверждения сами" in refused.text
    wrong = dina.submit(f"{page}/hearing", {**given, "confirmation": "две строки"})
    assert "только буквы и цифры" in wrong.text
    assert 'value="две строки"' in wrong.text
    assert dina.submit(f"{page}/hearing", {**given, "confirmation": "abc123"}).status_code == 200
    assert connection().confirmation == "abc123"


def test_a_page_switched_off_hears_nothing_and_a_stopped_one_keeps_it(vk, calls, page, office, now):
    wall = vk.world.post("Пост")
    with transaction():
        connection().state = ConnectionState.STOPPED
    vk.world.write(wall, CITIZEN, "Ждёт ключа")
    assert (calls.deliver(), work(now), len(received())) == (1, 0, 1)
    connecting.switch(page, connection().version, on=False, actor=office.anna, now=now)
    vk.world.write(wall, CITIZEN, "Страница выключена")
    assert (calls.deliver(), len(received())) == (1, 1)
    connecting.switch(page, connection().version, on=True, actor=office.anna, now=now)
    assert (work(now), texts()) == (1, ["Ждёт ключа"])
    assert hearing.run(now, WHOLE) == 1
    connecting.disconnect(page, connection().version, actor=office.anna, now=now)
    assert received() == []


def test_ids_are_kept_a_week_and_a_stopped_worker_is_not_flooded(vk, calls, now, monkeypatch):
    wall = vk.world.post("Пост")
    vk.world.write(wall, CITIZEN, "Первый")
    calls.deliver()
    work(now)
    vk.world.ban(CITIZEN, ADMIN)
    calls.deliver()
    work(now + called.KEPT + timedelta(seconds=1))
    assert [row.event_id for row in received()] == [vk.world.events[-1]["event_id"]]
    monkeypatch.setattr(called, "MOST_WAITING", 2)
    for number in range(3):
        vk.world.write(wall, CITIZEN, f"Ещё {number}")
    assert calls.deliver() == 2
    work(now)
    assert calls.deliver() == 1

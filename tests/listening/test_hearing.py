"""What people write on a connected page reaches the queue once and complete, even if network or worker fails."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from osm.base.database import db
from osm.base.transaction import WHOLE, transaction
from osm.listening.acts import hearing, received
from osm.listening.acts.hearing import Listening
from osm.models import Comment, Connection, ConnectionState, Event
from osm.pages.acts.connecting import connect_page
from osm.regulation.blacklist import CommentKind, CommentState
from tests.connections.conftest import CITIZEN
from tests.emulators.instagram import KEYS as INSTAGRAM_KEYS
from tests.emulators.instagram import PAGE as INSTAGRAM_PAGE
from tests.emulators.serving import Trouble
from tests.emulators.vk_world import ADMIN


@pytest.fixture
def account(vk, connect, now):
    """A connected page that has been asked once: from here on it is heard."""
    number = connect()
    hearing.run(now, WHOLE)
    return number


def hear(now):
    return hearing.run(now, WHOLE)


def comments():
    return db.session.scalars(select(Comment).order_by(Comment.id).execution_options(populate_existing=True)).all()


def connection():
    return db.session.scalars(select(Connection).execution_options(populate_existing=True)).one()


def test_a_comment_comes_with_its_place_author_and_what_it_answers(vk, account, now):
    post = vk.world.post("График вывоза мусора")
    first = vk.world.write(post, CITIZEN, "Когда вывезут?")
    vk.world.write(post, CITIZEN, "Ау!", under=first)
    assert hear(now) == 2
    one, two = comments()
    assert (one.text, one.author.name, one.kind) == ("Когда вывезут?", "Анна Тестова", CommentKind.COMMENT)
    assert (one.url, one.post_url) == (
        f"https://vk.com/wall-200000001_{post}?reply={first}",
        f"https://vk.com/wall-200000001_{post}",
    )
    assert (two.parent_external_id, two.author_id) == (one.external_id, one.author_id)
    assert (one.account_id, one.target["id"]) == (account, str(first))
    assert hear(now) == 0


def test_an_edit_starts_the_check_again_and_our_words_are_no_comment(vk, account, now):
    post = vk.world.post("Пост")
    number = vk.world.write(post, CITIZEN, "Было")
    vk.world.write(post, vk.world.owner, "Ответ страницы")
    hear(now)
    vk.world.change(number, "Стало")
    assert hear(now) == 1
    assert [one.text for one in comments()] == ["Стало"]


@pytest.mark.parametrize(("by", "known_as"), [(CITIZEN, "author"), (ADMIN, "page")])
def test_what_is_deleted_there_is_marked_and_needs_no_decision(vk, account, now, by, known_as):
    number = vk.world.write(vk.world.post("Пост"), CITIZEN, "Комментарий")
    hear(now)
    vk.world.delete(number, by)
    hear(now + timedelta(minutes=1))
    (one,) = comments()
    assert (one.state, one.gone_by, one.gone_at) == (CommentState.WAITING, known_as, now + timedelta(minutes=1))
    vk.world.restore(number)
    hear(now + timedelta(minutes=2))
    (one,) = comments()
    assert (one.gone_by, one.gone_at) == ("", None)
    assert [e.action for e in db.session.scalars(select(Event).where(Event.object_kind == "comment"))] == [
        "comment_gone"
    ]


def test_an_hour_without_the_worker_misses_nothing_even_forgotten_by_the_network(vk, account, now):
    post = vk.world.post("Пост")
    vk.world.write(post, CITIZEN, "Пока не слушали")
    vk.world.forget()
    hear(now + timedelta(hours=1))
    assert connection().gap_since is not None
    assert hear(now + timedelta(hours=1, minutes=1)) == 1
    assert ([one.text for one in comments()], connection().gap_since) == (["Пока не слушали"], None)


def test_a_long_gap_is_entered_in_slices_and_continues_after_a_failure(vk, account, now, monkeypatch):
    monkeypatch.setattr(hearing, "SLICE", 2)
    post, entered = vk.world.post("Пост"), []
    for number in range(5):
        vk.world.write(post, CITIZEN, f"Комментарий {number}")
    vk.world.forget()
    hear(now + timedelta(hours=1))
    enter = received.enter

    def once(account, events, now):
        entered.extend([len(events)] if events else [])
        return enter(account, events, now) if not events or len(entered) != 2 else 1 / 0

    monkeypatch.setattr(received, "enter", once)
    hear(now + timedelta(hours=1, minutes=1))
    assert (len(comments()), connection().gap_since is None, entered) == (2, False, [2, 2])
    hear(now + timedelta(hours=3))
    assert sorted(one.text for one in comments()) == [f"Комментарий {number}" for number in range(5)]
    assert (connection().gap_since, max(entered)) == (None, 2)


def test_without_a_reading_key_a_gap_is_shown_until_somebody_has_looked(vk, connect, dina, now):
    page = connect("user", "service")
    hear(now)
    vk.world.write(vk.world.post("Пост"), CITIZEN, "Мимо")
    vk.world.forget()
    hear(now)
    hear(now)
    assert comments() == []
    hear(now)
    assert "комментарии могли пройти мимо" in connection().said
    dina.submit(f"/admin/pages/{page}/check", {})
    hear(now)
    assert connection().said == ""


def test_a_process_killed_between_hearing_and_storing_hears_it_again(vk, account, now, monkeypatch):
    vk.world.write(vk.world.post("Пост"), CITIZEN, "Дважды не бывает")
    monkeypatch.setattr(hearing.received, "enter", lambda *_: (_ for _ in ()).throw(SystemExit))
    with pytest.raises(SystemExit):
        hear(now)
    monkeypatch.undo()
    assert (comments(), hear(now), hear(now)) == ([], 1, 0)


def test_of_two_who_heard_the_same_one_stores_it(vk, account, now):
    vk.world.write(vk.world.post("Пост"), CITIZEN, "Один раз")
    two = [Listening(), Listening()]
    for listening in two:
        hearing._listen(listening, now, 0)
    for listening in two:
        hearing.wait(listening.futures)
    assert [hearing._collect(listening, now) for listening in two] == [1, 0]
    assert len(comments()) == 1


@pytest.mark.parametrize("trouble", [Trouble.HTML, Trouble.CUT_BEFORE], ids=str)
def test_a_failing_network_is_asked_less_often_until_it_is_back(vk, account, now, trouble, monkeypatch):
    monkeypatch.setattr("osm.connectors.transport.LONGEST_PAUSE", 0)
    vk.world.write(vk.world.post("Пост"), CITIZEN, "Пока сеть лежала")
    vk.serving.always = lambda _asked: trouble
    assert hear(now) == 0
    assert connection().state is ConnectionState.FAILING
    asked = len(vk.serving.asked)
    hear(now + timedelta(seconds=2))
    assert len(vk.serving.asked) == asked
    hear(now + timedelta(minutes=10))
    assert connection().rest_until == now + timedelta(minutes=15)
    vk.serving.always = lambda _asked: None
    assert hear(now + timedelta(minutes=16)) == 1
    assert (connection().state, connection().said) == (ConnectionState.WORKING, "")


def test_a_page_with_a_dead_key_stops_and_others_continue(vk, account, now):
    vk.tokens.pop("community-key")
    hear(now)
    assert connection().state is ConnectionState.STOPPED
    assert "Замените ключ" in connection().said
    asked = len(vk.serving.asked)
    hear(now + timedelta(hours=1))
    assert len(vk.serving.asked) == asked


def test_a_page_that_was_switched_off_while_it_was_asked_stores_nothing(vk, account, now):
    listening = Listening()
    hearing._listen(listening, now, 0)
    hearing.wait(listening.futures)
    with transaction():
        connection().state = ConnectionState.OFF
    assert hearing._collect(listening, now) == 0


def test_a_network_without_events_is_looked_at_within_a_minute(ok, group, now):
    asked = len(ok.serving.asked)
    ok.world.write(ok.world.post("Пост"), str(CITIZEN), "Когда?")
    assert hear(now + timedelta(seconds=19)) == 0
    assert len(ok.serving.asked) == asked
    assert hear(now + timedelta(seconds=20)) == 1
    (one,) = comments()
    assert (one.network, one.text, one.author.name, one.post_title) == ("ok", "Когда?", "Анна Тестова", "Пост")
    assert hear(now + timedelta(seconds=21)) == 0
    assert hear(now - timedelta(hours=1)) == 0  # the clock was set back: it is asked all the same
    assert connection().read_at == now - timedelta(hours=1)


def test_instagram_is_looked_at(instagram, office, now):
    media = instagram.post("Пост")
    connect_page("instagram", INSTAGRAM_PAGE, INSTAGRAM_KEYS, has_read=True, actor=office.anna, now=now)
    hear(now)
    instagram.write(media, "100500", "anna", "Когда?")
    assert hear(now + timedelta(minutes=2)) == 1
    one = comments()[0]
    assert (one.network, one.text, one.author.name, one.post_title) == ("instagram", "Когда?", "anna", "Пост")

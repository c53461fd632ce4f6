"""A comment without words reaches the queue with what is known about it (Пр.2.6): by poll, look and call."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from osm.base.database import db
from osm.base.transaction import WHOLE
from osm.comments.acts import comments
from osm.comments.acts.comments import Choice, Chosen
from osm.listening.acts import called, hearing
from osm.models import Comment, Connection, Message
from osm.pages.acts.connecting import connect_page
from tests.connections.conftest import CITIZEN
from tests.emulators.calling import InstagramCalls, VkCalls
from tests.emulators.instagram import KEYS as INSTAGRAM_KEYS
from tests.emulators.instagram import PAGE
from tests.page_reading import words

VIDEO = {"type": "video", "video": {"id": 7, "owner_id": CITIZEN, "title": "Яма у дома", "duration": 42}}
VOICE = {
    "type": "audio_message",
    "audio_message": {
        "id": 1, "owner_id": CITIZEN, "duration": 12, "link_mp3": "https://psv.example/a.mp3",
        "link_ogg": "https://psv.example/a.ogg", "waveform": [1, 2],
    },
}  # fmt: skip
STICKER = {
    "type": "sticker",
    "sticker": {
        "sticker_id": 5,
        "product_id": 1,
        "images": [{"url": "https://vk.com/sticker/5-64", "width": 64, "height": 64}],
    },
}
GIF = {
    "type": "doc",
    "doc": {"id": 3, "owner_id": CITIZEN, "title": "кот.gif", "ext": "gif", "type": 3, "url": "https://vk.com/doc1_3"},
}
LINK = {"type": "link", "link": {"url": "https://news.example/1", "title": "Новость"}}
UNHEARD = {"type": "hologram", "hologram": {}}

OF_VK = {
    "video": (VIDEO, "видео «Яма у дома», 0:42", "https://vk.com/video100500_7"),
    "voice": (VOICE, "голосовое сообщение, 0:12", "https://psv.example/a.mp3"),
    "sticker": (STICKER, "стикер", "https://vk.com/sticker/5-64"),
    "gif": (GIF, "анимация GIF «кот.gif»", "https://vk.com/doc1_3"),
    "link": (LINK, "ссылка «Новость» https://news.example/1", "https://news.example/1"),
    "of another day": (UNHEARD, "вложение", ""),
}


def heard():
    db.session.rollback()
    query = select(Comment).order_by(Comment.id).execution_options(populate_existing=True)
    return db.session.scalars(query).unique().one()


@pytest.fixture
def page(vk, connect, now):
    number = connect()
    hearing.run(now, WHOLE)
    return number


LOOKED_AT = ("sticker", "link")
"""What the emulator holds against the schema of VK in an answer that lists comments."""
WAYS = [(way, kind) for way in ("long poll", "call") for kind in OF_VK] + [("catch up", kind) for kind in LOOKED_AT]


@pytest.mark.parametrize(("way", "kind"), WAYS)
def test_what_hangs_on_it_is_read_in_the_queue(vk, page, live_url, office, vera, now, kind, way):
    attached, said, url = OF_VK[kind]
    post = vk.world.post("Пост")
    if way == "call":
        connection = db.session.scalars(select(Connection)).one()
        secret = called.arrange_hearing(page, connection.version, by="callback", actor=office.anna, now=now)
        calls = VkCalls(vk.world, f"{live_url}/callback/vk", secret)
        calls.confirm()
        vk.world.write(post, CITIZEN, "", attachments=[attached])
        calls.deliver()
        db.session.rollback()
        called.work_off(now, WHOLE)
    elif way == "catch up":
        vk.world.write(post, CITIZEN, "", attachments=[attached])
        connection = db.session.scalars(select(Connection)).one()
        connection.gap_since, connection.cursor = now - timedelta(hours=1), {}
        db.session.commit()
        hearing.run(now, WHOLE)
    else:
        vk.world.write(post, CITIZEN, "", attachments=[attached])
        hearing.run(now, WHOLE)
    assert heard().text == f"[без текста: {said}]"
    queue = vera.get("/moderation").text
    assert said in words(queue)
    assert (f'href="{url}"' in queue) == bool(url)


def test_it_is_shown_with_words_too(vk, page, vera, now):
    vk.world.write(vk.world.post("Пост"), CITIZEN, "Смотрите сами", attachments=[VIDEO, STICKER])
    hearing.run(now, WHOLE)
    assert heard().text == "Смотрите сами"
    assert "видео «Яма у дома», 0:42" in words(vera.get("/moderation").text)


def test_a_message_to_the_community_too(vk, page, vera, now):
    vk.world.message(CITIZEN, CITIZEN, "", attachments=[VOICE])
    hearing.run(now, WHOLE)
    assert heard().text == "[без текста: голосовое сообщение, 0:12]"


@pytest.mark.parametrize("choice", [Choice.KEEP, Choice.DELETE, Choice.TAKE])
def test_a_person_decides_upon_it(vk, page, office, now, choice):
    vk.world.write(vk.world.post("Пост"), CITIZEN, "", attachments=[VIDEO])
    hearing.run(now, WHOLE)
    row = heard()
    ground = "ad" if choice is Choice.DELETE else ""
    comments.decide([Chosen(row.id, row.version)], choice, ground=ground, actor=office.vera, now=now)
    row = heard()
    assert row.state.value != "waiting"
    if choice is Choice.TAKE:
        assert db.session.get_one(Message, row.message_id).text == "[без текста: видео «Яма у дома», 0:42]"


def test_a_harmful_address_is_words_alone(vk, page, vera, now):
    bad = {"type": "link", "link": {"url": "javascript:alert(1)", "title": "<b>Приз"}}
    vk.world.write(vk.world.post("Пост"), CITIZEN, "", attachments=[bad])
    hearing.run(now, WHOLE)
    queue = vera.get("/moderation").text
    assert "javascript:" not in queue
    assert "ссылка «&lt;b&gt;Приз»" in queue


OF_OK = {
    "video": ({"type": "VIDEO", "payload": {"url": "https://ok.ru/video/1", "duration": 42}}, "видео, 0:42"),
    "voice": ({"type": "AUDIO", "payload": {"url": "https://ok.ru/audio/1"}}, "голосовое сообщение"),
    "sticker": ({"type": "STICKER", "payload": {}}, "стикер"),
    "file": ({"type": "FILE", "payload": {"url": "https://ok.ru/file/1"}}, "файл"),
    "of another day": ({"type": "HOLOGRAM"}, "вложение"),
}


@pytest.mark.parametrize("kind", OF_OK)
def test_a_message_to_the_group_of_ok(ok, group, vera, now, kind):
    attached, said = OF_OK[kind]
    ok.world.message("chat:C1", str(CITIZEN), "")["message"]["attachments"] = [attached]
    hearing.run(now + timedelta(minutes=1), WHOLE)
    assert heard().text == f"[без текста: {said}]"
    assert said in words(vera.get("/moderation").text)


UNKNOWN = "[без текста: вложение, о котором соцсеть не сообщает]"


def test_a_comment_of_ok_without_other_details(ok, group, now):
    ok.world.write(ok.world.post("Пост"), str(CITIZEN), "")
    hearing.run(now + timedelta(minutes=1), WHOLE)
    assert heard().text == UNKNOWN


@pytest.mark.parametrize("way", ["look", "call"])
def test_a_comment_of_instagram_without_other_details(instagram, office, live_url, now, way):
    keys = {**INSTAGRAM_KEYS, "app_secret": "APPSECRET"}
    number = connect_page("instagram", PAGE, keys, has_read=True, actor=office.anna, now=now).account_id
    hearing.run(now, WHOLE)
    calls = None
    if way == "call":
        called.arrange_hearing(number, 1, by="callback", actor=office.anna, now=now)
        hearing.run(now, WHOLE)
        calls = InstagramCalls(instagram, f"{live_url}/callback/instagram", "APPSECRET")
    number = instagram.write(instagram.post("Пост"), "178", "anna_t", "")
    if calls:
        calls.tell(number, changes=True)
        db.session.rollback()
        called.work_off(now, WHOLE)
    else:
        hearing.run(now + timedelta(minutes=5), WHOLE)
    assert heard().text == UNKNOWN

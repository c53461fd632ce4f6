"""What only Telegram does: two chats, albums, talk, a queue that is confirmed, refusals by words, 48 hours, a proxy."""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime, timedelta

import pytest
import requests

from osm.connectors.contract import Act, Picture
from osm.connectors.telegram import client
from osm.connectors.transport import CannotLook, Fault, NetworkError, Transport
from tests.emulators.serving import Trouble, run_elsewhere
from tests.emulators.telegram import CHANNEL, DAY, DELETED_WITHIN, GROUP, TOKEN, telegram_network

from .networks import TELEGRAM_GROUP, telegram_comment, telegram_connector

CITIZEN, NAME = 100500, "Анна Тестова"
PHOTO = Picture("яма.jpg", "image/jpeg", b"a photo")
SHOWN = {"photo": [{"file_id": "1", "file_unique_id": "1", "width": 9, "height": 9}]}


@pytest.fixture
def world():
    with telegram_network(limits=False) as found:
        yield found


@pytest.fixture
def thread(world):
    return world.post("График вывоза мусора")


@pytest.fixture
def connector(world):
    return telegram_connector(world)


@pytest.fixture
def heard(world, thread, connector):
    """What was heard since: `heard()`."""
    cursor = connector.listen({}, 0).cursor

    def heard():
        nonlocal cursor
        batch = telegram_connector(world).listen(cursor, 0)
        cursor = batch.cursor
        return batch.events

    return heard


def test_comments_are_heard_with_their_post_and_talk_is_not(world, thread, heard):
    world.talk(CITIZEN, NAME, "Всем привет")
    other = world.post("Каток открыт")
    first = world.write(thread, CITIZEN, NAME, "Когда вывезут?")
    reply = world.write(thread, CITIZEN + 1, "Пётр", "И у нас", first)
    world.write(other, CITIZEN, NAME, "Ура")
    found = heard()
    assert [(one.text, one.place_url, one.place_title) for one in found] == [
        ("Когда вывезут?", "https://t.me/gorod/1", "График вывоза мусора"),
        ("И у нас", "https://t.me/gorod/1", "График вывоза мусора"),
        ("Ура", "https://t.me/gorod/2", "Каток открыт"),
    ]
    assert (found[0].answers, found[1].answers) == ("", f"{TELEGRAM_GROUP}/{first}")
    assert found[1].url == f"https://t.me/gorod/1?comment={reply}"
    assert found[1].target.named(found[1].answers) == found[0].target.name


def test_a_reply_under_a_post_from_before_us_is_heard(world, thread):
    first = world.write(thread, CITIZEN, NAME, "Старый")
    connector = telegram_connector(world)
    cursor = connector.listen({}, 0).cursor | {"posts": {}}
    world.write(thread, CITIZEN, NAME, "Новый", first)
    (one,) = connector.listen(cursor, 0).events
    assert (one.text, one.place_url) == ("Новый", "")
    assert one.url.startswith(f"https://t.me/c/{TELEGRAM_GROUP}/")


def test_a_comment_under_a_post_from_elsewhere_is_heard(world, thread, heard):
    world.messages[GROUP, thread]["forward_origin"] = {"type": "hidden_user", "sender_user_name": "Кто-то", "date": 1}
    world.write(thread, CITIZEN, NAME, "Чьё это?")
    (one,) = heard()
    assert (one.text, one.place_url) == ("Чьё это?", "")


@pytest.mark.parametrize(("author", "is_own"), [(CITIZEN, False), (-1009, False), (CHANNEL, True), (GROUP, True)])
def test_the_page_is_the_channel_or_the_nameless_group(world, thread, heard, author, is_own):
    world.write(thread, author, "Кто-то", "Починим")
    (one,) = heard()
    assert (one.is_own, one.author.id, one.author.url) == (is_own, str(author), f"https://t.me/{abs(author)}")


def test_an_album_is_one_comment_and_deleted_as_one(world, thread, connector, heard):
    album = SHOWN | {"media_group_id": "7"}
    first = world.write(thread, CITIZEN, NAME, "", caption="Яма", **album)
    second = world.write(thread, CITIZEN, NAME, "", **album)
    world.write(thread, CITIZEN, NAME, "Видели?", second)
    one, reply = heard()
    assert (one.text, one.target.id, len(one.things)) == ("Яма", f"{TELEGRAM_GROUP}/{first},{second}", 2)
    assert reply.answers == one.target.id
    world.change(first, "Ямы")
    (changed,) = heard()
    assert (changed.text, changed.target) == ("Ямы", one.target)
    for _ in range(2):
        connector.delete(one.target)
    assert {(GROUP, first), (GROUP, second)}.isdisjoint(world.messages)


def test_an_album_still_on_its_way_is_waited_for(world, thread, heard):
    album = SHOWN | {"media_group_id": "7"}
    world.write(thread, CITIZEN, NAME, "", **album)
    later = threading.Timer(client.ALBUM / 4, lambda: world.write(thread, CITIZEN, NAME, "", caption="Яма", **album))
    later.start()
    assert [(one.text, len(one.things)) for one in heard()] == [("Яма", 2)]
    later.join()


def test_what_was_not_stored_is_told_again(world, thread, connector):
    cursor = connector.listen({}, 0).cursor
    world.write(thread, CITIZEN, NAME, "Первый")
    assert connector.listen(cursor, 0).events == connector.listen(cursor, 0).events
    following = connector.listen(cursor, 0).cursor
    assert connector.listen(following, 0).events == ()
    assert world.bots[TOKEN].updates == []


def test_an_answer_held_back_ends_with_the_first_comment(world, thread, connector):
    cursor, begun = connector.listen({}, 0).cursor, time.monotonic()
    threading.Timer(0.3, lambda: world.write(thread, CITIZEN, NAME, "Первый")).start()
    assert [one.text for one in connector.listen(cursor, 20).events] == ["Первый"]
    assert time.monotonic() - begun < 5


def test_after_a_day_unheard_a_gap_is_told(world, connector, monkeypatch):
    cursor = connector.listen({}, 0).cursor
    assert not connector.listen(cursor, 0).has_gap
    assert connector.listen(cursor | {"heard_at": cursor["heard_at"] - DAY - 1}, 0).has_gap


def test_a_second_reader_of_the_bot_is_named(world, connector):
    cursor = connector.listen({}, 0).cursor
    errors = []

    def wait():
        try:
            connector.listen(cursor, 10)
        except NetworkError as error:
            errors.append(error)

    first = threading.Thread(target=wait)
    first.start()
    while not any("getUpdates" in one.path and one.form["timeout"] == "10" for one in list(world.serving.asked)):
        time.sleep(0.01)
    time.sleep(0.1)
    telegram_connector(world).listen(cursor, 0)
    first.join()
    assert [(one.fault, "другая программа" in str(one)) for one in errors] == [(Fault.TEMPORARY, True)]
    world.bots[TOKEN].webhook = "https://other.example/"
    assert any("webhook" in one.why for one in connector.check().cannot if one.what is Act.READ)


def test_a_lost_place_in_the_group_is_said_until_it_is_given_back(world, heard):
    world.place("left")
    assert heard() == ()
    with pytest.raises(NetworkError, match="не администратор") as lost:
        heard()
    assert lost.value.fault is Fault.TEMPORARY
    world.place("administrator")
    assert heard() == ()


@pytest.mark.parametrize(
    ("lost", "acts"),
    [("can_delete_messages", {Act.DELETE}), ("can_restrict_members", {Act.BAN, Act.UNBAN}),
     ("can_post_messages", {Act.POST})],
)  # fmt: skip
def test_a_right_the_bot_lacks_is_named(world, connector, lost, acts):
    whole = set(connector.check().can)
    world.bots[TOKEN].rights.remove(lost)
    report = connector.check()
    assert whole - set(report.can) == acts
    assert all("Боту не дано право" in one.why for one in report.cannot if one.what in acts)


@pytest.mark.parametrize("group", [None, GROUP])
def test_without_a_place_in_a_group_the_page_only_posts(world, connector, group):
    world.bots[TOKEN].group, world.bots[TOKEN].is_in_group = group, False
    report = connector.check()
    assert set(report.can) == {Act.POST}
    assert any(("нет группы" if group is None else "не администратор") in one.why for one in report.cannot)


@pytest.mark.parametrize(
    ("refusal", "fault"),
    [
        ((401, "Unauthorized"), Fault.RIGHTS),
        ((403, "Forbidden: bot was kicked from the supergroup chat"), Fault.RIGHTS),
        ((400, "Bad Request: message to be replied not found"), Fault.PERSON),
        ((400, "Bad Request: not enough rights to send text messages to the chat"), Fault.RIGHTS),
        ((400, "Bad Request: chat not found"), Fault.PERMANENT),
        ((429, "Too Many Requests: retry after 7"), Fault.PAUSE),
    ],
)
def test_a_clear_refusal_is_never_unclear(world, thread, connector, refusal, fault):
    target = telegram_comment(world.write(thread, CITIZEN, NAME, "Где?"))
    world.refuse.append(refusal)
    with pytest.raises(NetworkError) as refused:
        connector.reply(target, "Завтра", [], "a")
    assert (refused.value.fault, refused.value.unclear) == (fault, False)
    if fault is Fault.PAUSE:
        assert refused.value.pause == timedelta(seconds=7)
    assert not world.effects


@pytest.mark.parametrize("number", [0, 1, 3])
def test_an_answer_and_a_post_stand_with_their_photos(world, thread, connector, number):
    target, photos = telegram_comment(world.write(thread, CITIZEN, NAME, "Где?")), [PHOTO] * number
    answer, post = connector.reply(target, "Завтра", photos, "a"), connector.post("Каток", photos, "p")
    assert ("Завтра" in world.texts(), world.texts(CHANNEL)[1]) == (True, "Каток")
    assert world.photos == [PHOTO.content] * number * 2
    assert answer.url.startswith("https://t.me/gorod/1?comment=")
    assert post.url == "https://t.me/gorod/2"
    for placed in (answer, post):
        connector.edit(placed.target, "Иначе", photos)
        connector.edit(placed.target, "Иначе", photos)
    assert "Иначе" in world.texts()
    assert "Иначе" in world.texts(CHANNEL)
    connector.delete(answer.target)
    connector.delete(post.target)
    assert world.texts(CHANNEL) == ["График вывоза мусора"]
    assert max(world.effects.values()) == 1


@pytest.mark.parametrize(("length", "photos"), [(1025, 1), (4097, 0), (10, 11)])
def test_what_does_not_fit_is_refused_in_words(world, connector, length, photos):
    with pytest.raises(NetworkError, match="не больше") as refused:
        connector.post("а" * length, [PHOTO] * photos, "p")
    assert (refused.value.fault, refused.value.unclear) == (Fault.PERSON, False)
    assert world.serving.asked == []


def test_after_48_hours_a_person_deletes(world, thread, connector):
    target = telegram_comment(world.write(thread, CITIZEN, NAME, "Обидное"))
    world.now += DELETED_WITHIN + 1
    with pytest.raises(NetworkError, match="48 часов") as refused:
        connector.delete(target)
    assert refused.value.fault is Fault.PERSON


@pytest.mark.parametrize("days", [None, 3])
def test_a_ban_is_looked_up_by_its_end(world, connector, days):
    until = datetime.now(UTC) + timedelta(days=days) if days else None
    assert not connector.is_banned(str(CITIZEN), until)
    connector.ban(str(CITIZEN), until, "spam", "")
    assert connector.is_banned(str(CITIZEN), until)
    assert not connector.is_banned(str(CITIZEN), datetime.now(UTC) + timedelta(days=30))


def test_a_ban_that_is_about_to_end_is_not_for_ever(world, connector):
    connector.ban(str(CITIZEN), datetime.now(UTC) - timedelta(hours=1), "spam", "")
    assert world.banned[GROUP, CITIZEN] > 0


def test_a_channel_as_author_is_banned_for_ever_alone(world, connector):
    with pytest.raises(NetworkError, match="только навсегда") as refused:
        connector.ban("-1009", datetime.now(UTC) + timedelta(days=3), "spam", "")
    assert (refused.value.fault, dict(world.banned)) == (Fault.PERSON, {})
    connector.ban("-1009", None, "spam", "")
    with pytest.raises(CannotLook):
        connector.is_banned("-1009", None)
    connector.unban("-1009")
    assert world.banned == {}


def test_the_proxy_of_the_settings_is_asked_and_its_absence_is_clear(world, thread):
    proxy, world.serving.base = world.base, "http://api.telegram.invalid"
    through = telegram_connector(world, transport=Transport(whole=2, proxy=proxy))
    assert through.post("Каток", [], "p").url == "https://t.me/gorod/2"
    nowhere = telegram_connector(world, transport=Transport(whole=2, proxy="http://127.0.0.1:9"))
    with pytest.raises(NetworkError) as ended:
        nowhere.post("Каток", [], "p")
    assert (ended.value.fault, ended.value.unclear) == (Fault.TEMPORARY, False)


def test_no_error_names_the_token(world, connector):
    world.serving.always = lambda _asked: Trouble.CUT_AFTER
    with pytest.raises(NetworkError) as ended:
        connector.post("Каток", [], "p")
    assert "access-key" not in f"{ended.value!r} {ended.value.said} {ended.value.__cause__}"


@pytest.mark.parametrize(
    ("method", "given", "answer"),
    [
        ("getWeather", {}, (404, "Not Found")),
        (
            "deleteMessage",
            {"chat_id": GROUP, "message_id": "first"},
            (400, "Bad Request: invalid message_id specified"),
        ),
        ("deleteMessage", {"chat_id": GROUP}, (400, "Bad Request: message_id is empty")),
        ("sendMessage", {"chat_id": 5, "text": "Да"}, (400, "Bad Request: chat not found")),
    ],
)
def test_the_emulator_refuses_as_telegram_does(world, method, given, answer):
    told = requests.post(f"{world.base}/bot{TOKEN}/{method}", data=given, timeout=5)
    assert (told.status_code, told.json()["description"]) == answer


def test_an_independent_client_agrees_with_the_emulator(world, thread, connector):
    """python-telegram-bot, by other authors, hears and does what our connector hears and does."""
    import telegram
    from telegram.error import BadRequest, RetryAfter

    cursor = connector.listen({}, 0).cursor
    number = world.write(thread, CITIZEN, NAME, "Где снегоуборка?")
    ours = connector.listen(cursor, 0).events

    async def drive():
        async with telegram.Bot(TOKEN, base_url=f"{world.base}/bot", base_file_url=f"{world.base}/file/bot") as bot:
            assert (await bot.get_chat(CHANNEL)).linked_chat_id == GROUP
            told = (await bot.get_updates(allowed_updates=["message"]))[-1].message
            assert (told.text, told.message_thread_id) == (ours[0].text, thread)
            assert told.reply_to_message.forward_origin.message_id == 1
            answer = await bot.send_message(GROUP, "Уже едет.", reply_parameters=telegram.ReplyParameters(number))
            assert answer.reply_to_message.message_id == number
            await bot.edit_message_text("Едет.", GROUP, answer.message_id)
            with pytest.raises(BadRequest, match="not modified"):
                await bot.edit_message_text("Едет.", GROUP, answer.message_id)
            media = [telegram.InputMediaPhoto(b"one", caption="Каток"), telegram.InputMediaPhoto(b"two")]
            assert len(await bot.send_media_group(CHANNEL, media)) == 2
            await bot.ban_chat_member(GROUP, CITIZEN, until_date=datetime.now(UTC) + timedelta(days=3))
            assert (await bot.get_chat_member(GROUP, CITIZEN)).status == "kicked"
            await bot.unban_chat_member(GROUP, CITIZEN, only_if_banned=True)
            await bot.delete_message(GROUP, number)
            world.refuse.append((429, "Too Many Requests: retry after 3"))
            with pytest.raises(RetryAfter):
                await bot.get_me()

    run_elsewhere(drive())
    assert world.texts(CHANNEL) == ["График вывоза мусора", "Каток", ""]
    assert "Едет." in world.texts()

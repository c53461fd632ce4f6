"""What only MAX does: nobody's comments, looks without news, 26 hours, a ban that needs a link, its own root."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from osm.connectors.contract import Act, Kind, Picture, Target, Written
from osm.connectors.registry import CONNECTED
from osm.connectors.transport import CannotLook, Fault, NetworkError, Transport
from osm.settings.environment import SETTINGS
from tests.emulators.max import BOT, CHANNEL, EDITED_WITHIN, KEYS, max_network
from tests.emulators.serving import Answer, Serving, certificate, run_elsewhere, served

from .networks import max_connector

CITIZEN = 100500


@pytest.fixture
def world():
    with max_network(limits=False) as found:
        yield found


@pytest.fixture
def post(world):
    return world.post("График вывоза мусора")


@pytest.fixture
def connector(world):
    return max_connector(world)


def comment(world, post, text="Где снегоуборка?", under=""):
    mid = world.write(post, CITIZEN, "Анна Тестова", text, under)
    return Target(Kind.COMMENT, mid, post, author=str(CITIZEN))


def test_a_comment_without_sender_is_nobodys_not_ours(world, post, connector):
    world.names_people = False
    cursor = connector.listen({}, 0).cursor
    comment(world, post)
    (written,) = connector.listen(cursor, 0).events
    assert (written.author.id, written.author.name, written.author.url, written.is_own) == ("", "", "", False)
    with pytest.raises(NetworkError) as refused:
        connector.ban(written.author.id, None, "spam", "")
    assert refused.value.fault is Fault.PERSON
    assert world.effects["ban", ""] == 0


def test_an_own_answer_shown_as_nobodys_is_found(world, post, connector):
    world.names_bot = world.names_people = False
    target = comment(world, post)
    comment(world, post, "Уже едет.", target.id)
    placed = connector.reply(target, "Уже едет!", [], "a")
    assert connector.find_reply(target, "Уже едет!", ()).target.id == placed.target.id
    assert connector.find_reply(target, "Уже едет!", {placed.target.name}) is None


@pytest.mark.parametrize("includes_bound", [False, True])
def test_all_pages_of_comments_are_read_whatever_bounds_mean(world, post, connector, includes_bound, monkeypatch):
    monkeypatch.setattr("osm.connectors.max.client.COMMENTS_AT_ONCE", 3)
    world.includes_bound = includes_bound
    cursor = connector.listen({}, 0).cursor
    texts = [f"Комментарий {number}" for number in range(11)]
    for text in texts:
        comment(world, post, text)
    world.now -= 1000  # two of one instant
    comment(world, post, "Ещё")
    assert [one.text for one in connector.listen(cursor, 0).events] == [*texts, "Ещё"]


def test_an_idle_page_costs_few_requests_and_hears_old_posts(world, connector):
    posts = [world.post(f"Запись {number}") for number in range(40)]
    cursor = connector.listen({}, 0).cursor
    world.serving.asked.clear()
    for _ in range(60):
        cursor = connector.listen(cursor, 0).cursor
    assert len(world.serving.asked) <= 300
    comment(world, posts[-30], "Под старой записью")
    heard = []
    for _ in range(30):
        batch = connector.listen(cursor, 0)
        heard, cursor = [*heard, *batch.events], batch.cursor
    assert [one.text for one in heard] == ["Под старой записью"]


def test_a_post_where_something_happened_is_looked_at_each_time(world, connector):
    posts = [world.post(f"Запись {number}") for number in range(20)]
    cursor = connector.listen({}, 0).cursor
    comment(world, posts[0], "Первый")
    heard: list[Written] = []
    while not heard:
        batch = connector.listen(cursor, 0)
        heard, cursor = [*heard, *batch.events], batch.cursor
    comment(world, posts[0], "Второй")
    assert [one.text for one in connector.listen(cursor, 0).events] == ["Второй"]


def test_after_26_hours_a_person_corrects_the_answer(world, post, connector):
    placed = connector.reply(comment(world, post), "Завтра", [], "a")
    world.now += EDITED_WITHIN + 1
    with pytest.raises(NetworkError) as refused:
        connector.edit(placed.target, "Послезавтра", [])
    assert (refused.value.fault, refused.value.unclear) == (Fault.PERSON, False)
    assert "26 часов" in str(refused.value)


def test_an_answer_to_what_is_gone_waits_for_a_person(world, post, connector):
    target = comment(world, post)
    world.delete(target.id)
    with pytest.raises(NetworkError) as refused:
        connector.reply(target, "Завтра", [], "a")
    assert (refused.value.fault, refused.value.unclear) == (Fault.PERSON, False)


def test_switched_off_comments_are_an_unclear_end_with_words(world, post, connector):
    target = comment(world, post)
    world.takes_comments = False
    with pytest.raises(NetworkError) as refused:
        connector.reply(target, "Завтра", [], "a")
    assert (refused.value.fault, refused.value.unclear) == (Fault.TEMPORARY, True)
    assert "выключены" in str(refused.value)


def test_a_post_is_published_corrected_and_deleted(world, connector):
    photo = Picture("каток.jpg", "image/jpeg", b"photo")
    placed = connector.post("Каток открыт.", [photo], "p")
    assert list(world.photos.values()) == [b"photo"]
    connector.edit(placed.target, "Каток закрыт.", [])
    stands = world.posts[placed.target.id]
    assert (stands["text"], len(stands["attachments"])) == ("Каток закрыт.", 1)
    for _ in range(2):
        connector.delete(placed.target)
    assert world.posts == {}
    assert connector.now(placed.target) is None


@pytest.mark.parametrize(
    ("refusal", "fault"),
    [
        ((401, "verify.token"), Fault.RIGHTS),
        ((403, "chat.denied"), Fault.RIGHTS),
        ((404, "not.found"), Fault.PERSON),
        ((405, "method.not.allowed"), Fault.PERMANENT),
        ((400, "attachment.not.ready"), Fault.TEMPORARY),
    ],
)
def test_a_clear_refusal_is_never_unclear(world, post, connector, refusal, fault):
    world.refuse.append(refusal)
    with pytest.raises(NetworkError) as refused:
        connector.post("Каток открыт.", [], "p")
    assert (refused.value.fault, refused.value.unclear) == (fault, False)
    assert list(world.posts) == [post]


@pytest.mark.parametrize(
    ("lost", "acts"),
    [("write", {Act.REPLY, Act.EDIT, Act.POST}), ("delete", {Act.DELETE}), ("add_remove_members", {Act.BAN})],
)
def test_a_right_the_bot_lacks_is_named(world, connector, lost, acts):
    whole = set(connector.check().can)
    world.rights.remove(lost)
    report = connector.check()
    assert whole - set(report.can) == acts
    assert all("Боту не дано право" in one.why for one in report.cannot if one.what in acts)


def test_without_a_link_of_the_channel_nobody_is_banned(world, connector):
    del world.channels[CHANNEL]["link"]
    report = connector.check()
    assert Act.BAN not in report.can
    assert any("нет" in one.why for one in report.cannot if one.what is Act.BAN)


def test_whether_somebody_is_banned_cannot_be_looked_up(connector):
    with pytest.raises(CannotLook):
        connector.is_banned(str(CITIZEN), None)


def test_the_settings_name_the_address_of_every_network():
    assert {one["network"] for one in SETTINGS.values() if "network" in one} == set(CONNECTED)


def test_an_independent_client_agrees_with_the_emulator(world, post, connector):
    """maxapi, by another author, writes and reads what our connector reads and writes."""
    from maxapi import Bot
    from maxapi.enums.message_link_type import MessageLinkType
    from maxapi.types.message import NewMessageLink

    target = comment(world, post)
    ours = connector.reply(target, "Уже едет.", [], "a")

    async def drive():
        bot = Bot(KEYS["access_token"])
        bot.set_api_url(world.base)
        try:
            assert (await bot.get_me()).user_id == BOT
            assert [one.body.mid for one in (await bot.get_messages(chat_id=CHANNEL)).messages] == [post]
            found = (await bot.get_comments(message_id=post)).messages
            assert [(one.body.text, one.link and one.link.message.mid) for one in found] == [
                ("Уже едет.", target.id),
                ("Где снегоуборка?", None),
            ]
            link = NewMessageLink(type=MessageLinkType.REPLY, mid=target.id)
            await bot.send_comment(message_id=post, text="И на вашей улице.", link=link)
            await bot.edit_comment(message_id=post, comment_id=ours.target.id, text="Едет.")
            await bot.delete_comment(message_id=post, comment_id=target.id)
        finally:
            await bot.close_session()

    run_elsewhere(drive())
    assert connector.now(target) is None
    assert connector.now(ours.target).text == "Едет."
    found = connector.catch_up(datetime(2025, 1, 1, tzinfo=UTC))
    assert [(one.text, one.is_own) for one in found] == [("Едет.", True), ("И на вашей улице.", True)]


def test_a_named_root_is_trusted_besides_the_usual_ones(tmp_path):
    root, pair = tmp_path / "root.pem", tmp_path / "pair.pem"
    certificate(root, pair)
    with served(Serving(lambda _asked: Answer({})), pair) as server:
        assert Transport(roots=root).ask_json("GET", server.base) == {}
        with pytest.raises(NetworkError):
            Transport().ask_json("GET", server.base)

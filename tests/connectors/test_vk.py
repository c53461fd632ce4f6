"""VK beyond the contract: its long poll, its kinds, its errors, hosts that it names, what else comes in its events."""

from __future__ import annotations

import time
from collections import Counter
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from osm.connectors.contract import Act, Kind, Picture, Target, Written
from osm.connectors.transport import CannotLook, Fault, NetworkError, is_ours_to_fetch
from osm.connectors.vk.client import ERRORS, HOSTS
from osm.connectors.vk.events import Reader
from osm.networks.addresses import canonical_url
from tests.connectors.networks import vk_connector
from tests.emulators.serving import Trouble
from tests.emulators.vk import vk_network

CITIZEN = 100500


@pytest.fixture
def vk():
    with vk_network(limits=False) as found:
        found.world.person(CITIZEN, "Анна", "Тестова")
        yield found


@pytest.fixture
def community(vk):
    return vk_connector(vk)


def start(community):
    return community.listen({}, 0).cursor


def test_a_forgotten_history_is_a_gap_and_a_dead_key_is_none(vk, community):
    cursor = start(community)
    community._client.poll = _with_key(community._client.poll, "an old key")
    post = vk.world.post("Пост")
    vk.world.write(post, CITIZEN, "Слышно")
    batch = community.listen(cursor, 0)
    assert ([event.text for event in batch.events], batch.has_gap) == (["Слышно"], False)
    vk.world.forget()
    vk.world.write(post, CITIZEN, "После провала")
    lost = community.listen({"ts": "1"}, 0)
    assert lost.has_gap
    assert lost.cursor != batch.cursor


def test_a_long_poll_server_that_refuses_all_is_not_asked_forever(vk, community):
    cursor, post = start(community), vk.world.post("Пост")
    vk.serving.trouble("/whp/200000001", Trouble.CUT_BEFORE)
    vk.world.write(post, CITIZEN, "Сервер переехал")
    with pytest.raises(NetworkError):
        community.listen(cursor, 0)
    assert [event.text for event in community.listen(cursor, 0).events] == ["Сервер переехал"]
    asked = [one.path.rpartition("/")[2] for one in vk.serving.asked]
    assert asked[-4:-1] == ["200000001", "groups.getLongPollServer", "200000001"]


@pytest.mark.parametrize("server", ["https://elsewhere.test/whp/1", ""])
def test_a_forbidden_long_poll_server_is_requested_again(vk, community, server):
    vk.world.long_poll = server
    with pytest.raises(NetworkError):
        community.listen({}, 0)
    vk.world.long_poll = None
    assert community.listen({}, 0).events == ()


def test_a_gap_is_known_at_once_and_not_after_the_news(vk, community):
    start(community)
    vk.world.write(vk.world.post("Пост"), CITIZEN, "Пока не слушали")
    vk.world.forget()
    begun = time.monotonic()
    assert community.listen({"ts": "1"}, 20).has_gap
    assert time.monotonic() - begun < 5


def test_after_a_gap_the_reading_keys_take_turns_for_thirty_posts(vk, community):
    for number in range(30):
        vk.world.write(vk.world.post(f"Пост {number}"), CITIZEN, f"Комментарий {number}")
    assert len(community.catch_up(datetime.fromtimestamp(0, UTC))) == 30
    by_key = Counter(asked.headers["Authorization"] for asked in vk.serving.asked)
    assert sorted(by_key.values()) == [15, 16]


def _with_key(poll, key):
    """The first request has a key that the server no longer knows."""
    first = [key]

    def ask(server, wait, parameters):
        return poll(server, wait, {**parameters, "key": first.pop()} if first else parameters)

    return ask


def test_a_poll_waits_for_what_comes(vk, community):
    import threading

    cursor, post = start(community), vk.world.post("Пост")
    threading.Timer(0.2, vk.world.write, (post, CITIZEN, "Пока ждали")).start()
    assert [event.text for event in community.listen(cursor, 5).events] == ["Пока ждали"]


KINDS = {
    Kind.COMMUNITY_MESSAGE: lambda world: world.message(CITIZEN, CITIZEN, "Вопрос"),
    Kind.DISCUSSION: lambda world: world.discuss(55, CITIZEN, "Вопрос"),
    Kind.SUGGESTED_POST: lambda world: world.suggest(CITIZEN, "Вопрос"),
}


@pytest.mark.parametrize("kind", KINDS, ids=KINDS)
def test_other_kinds_are_heard_looked_up_and_answered_where_vk_can(vk, community, kind):
    cursor = start(community)
    KINDS[kind](vk.world)
    (event,) = community.listen(cursor, 0).events
    assert (event.target.kind, event.text, event.author.name) == (kind, "Вопрос", "Анна Тестова")
    assert community.now(event.target).text == "Вопрос"
    assert event.url.startswith("https://vk.com/")
    if (kind, Act.REPLY) in community.ways:
        placed = community.reply(event.target, "Ответ", [], "key-1")
        assert community.find_reply(event.target, "Ответ", ()).target.id == placed.target.id
        (own,) = (
            community.listen(community.listen(cursor, 0).cursor, 0).events or community.listen(cursor, 0).events[1:]
        )
        assert own.is_own
    else:
        with pytest.raises(NetworkError) as refused:
            community.reply(event.target, "Ответ", [], "key-1")
        assert refused.value.fault is Fault.PERMANENT
    if (kind, Act.DELETE) in community.ways:
        community.delete(event.target)
        assert community.now(event.target) is None


def test_addresses_are_those_that_an_import_knows(vk, community):
    cursor, post = start(community), vk.world.post("Пост")
    top = vk.world.write(post, CITIZEN, "Вопрос")
    vk.world.write(post, CITIZEN, "И ещё", under=top)
    first, second = community.listen(cursor, 0).events
    assert canonical_url(first.url) == first.url == f"https://vk.com/wall{vk.world.owner}_{post}?reply={top}"
    assert canonical_url(second.url) == second.url
    assert (second.target.thread, second.answers) == (str(top), str(top))


def test_photos_use_the_administrators_key_on_the_wall_and_communitys_in_messages(vk, community):
    picture = Picture("фото.jpg", "image/jpeg", b"photo bytes")
    cursor, post = start(community), vk.world.post("Пост")
    vk.world.write(post, CITIZEN, "Вопрос")
    vk.world.message(CITIZEN, CITIZEN, "Вопрос")
    comment, message = (event.target for event in community.listen(cursor, 0).events)
    community.reply(comment, "Ответ", [picture, picture], "key-1")
    assert list(vk.world.photos.values()) == [b"photo bytes"] * 2
    alone = vk_connector(vk, "user", "service")
    alone.reply(message, "Ответ", [picture], "key-2")
    with pytest.raises(NetworkError, match="нужен ключ администратора"):
        alone.reply(comment, "Ответ", [picture], "key-3")
    assert alone.reply(comment, "Ответ", [], "key-3")


def test_answers_in_a_foreign_community_are_written_as_the_page(vk, community):
    target = Target(Kind.COMMENT, "1", "2", "-5", "7")
    with pytest.raises(NetworkError):
        community.reply(target, "Ответ", [], "key-1")
    asked = vk.serving.asked[-1].form
    assert (asked["owner_id"], asked["from_group"]) == ("-5", str(vk.world.group))


@pytest.mark.parametrize("code", sorted(ERRORS))
def test_each_error_of_the_table_is_what_the_table_says(vk, community, code):
    post = vk.world.post("Пост")
    number = vk.world.write(post, CITIZEN, "Вопрос")
    target = Target(Kind.COMMENT, str(number), str(post), str(vk.world.owner), str(CITIZEN))
    meaning = ERRORS[code]
    vk.refuse["wall.deleteComment"].append(code)
    if Act.DELETE in meaning.done:
        community.delete(target)
        return
    with pytest.raises(NetworkError) as refused:
        community.delete(target)
    error = refused.value
    assert (error.fault, error.unclear, error.pause) == (meaning.fault, meaning.unclear, meaning.pause)
    assert (error.code, error.said) == (str(code), "as the test asks")
    assert str(error) == meaning.words


def test_readings_are_tried_again_and_acts_are_not(vk, community):
    post = vk.world.post("Пост")
    vk.refuse["wall.get"].extend([6, 10])
    assert community.catch_up(datetime(2020, 1, 1, tzinfo=UTC)) == []
    vk.refuse["wall.createComment"].append(6)
    number = vk.world.write(post, CITIZEN, "Вопрос")
    target = Target(Kind.COMMENT, str(number), str(post), str(vk.world.owner), str(CITIZEN))
    with pytest.raises(NetworkError):
        community.reply(target, "Ответ", [], "key-1")
    assert "Ответ" not in [one["text"] for one in vk.world.comments.values()]


def test_the_check_names_the_key_that_is_missing_dead_or_limited(vk):
    alone = vk_connector(vk, "user", "service").check()
    assert Act.REPLY in alone.can
    assert {Act.DELETE, Act.BAN}.isdisjoint(alone.can)
    assert "ключ администратора" in next(one.why for one in alone.cannot if one.what is Act.DELETE)
    vk.lost.add("groups.getBanned")
    weak = vk_connector(vk).check()
    assert Act.DELETE not in weak.can
    assert "ключ администратора" in [one.what for one in weak.cannot]
    vk.lost.clear()
    del vk.tokens["community-key"]
    assert Act.REPLY in vk_connector(vk).check().can  # as the administrator he may answer too
    assert "ключ сообщества" in [one.what for one in vk_connector(vk).check().cannot]


def test_other_hosts_are_not_asked(vk, community):
    with pytest.raises(NetworkError, match="чужой адрес"):
        community._client.poll("http://127.0.0.2:1/whp/1", 0, {})
    for url in ("https://vk.ru.example.org/a", "http://vk.ru/a", "https://vk.ru:8443/a", "https://a@vk.ru/", "x"):
        assert not is_ours_to_fetch(url, HOSTS, "https://api.vk.ru"), url
    assert is_ours_to_fetch("https://sun9-1.userapi.com/photo.jpg", HOSTS, "https://api.vk.ru")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=8,
)
FIELDS = st.sampled_from(
    [
        "id",
        "from_id",
        "date",
        "text",
        "post_id",
        "owner_id",
        "peer_id",
        "user_id",
        "attachments",
        "object_id",
        "object_type",
        "object_owner_id",
        "liker_id",
    ]
)
TYPES = [
    "wall_reply_new",
    "wall_reply_delete",
    "message_new",
    "board_post_new",
    "wall_post_new",
    "user_block",
    "like_add",
    "other",
]


@given(st.sampled_from(TYPES), st.dictionaries(FIELDS, JSON, max_size=8) | JSON)
def test_reading_never_fails_for_any_content_of_an_update(kind, thing):
    event = Reader("1").event({"type": kind, "object": thing})
    assert event is None or isinstance(event, Written) or event.__class__.__name__ in ("Gone", "Barred", "Liked")


def test_all_posts_are_read_back_to_an_instant_despite_pinned_ones(vk):
    """A pinned post comes first, and a page of the answer holds a hundred."""
    old = vk.world.post("Закреплено давно")
    since = datetime.fromtimestamp(vk.world.now + 1, UTC)
    for number in range(150):
        vk.world.post(f"Запись {number}")
    vk.world.pinned = old
    page = vk_connector(vk)
    assert [one.text for one in page.posts(since)] == [f"Запись {number}" for number in reversed(range(150))]
    assert len(page.posts(datetime.fromtimestamp(0, UTC))) == 151


def test_what_would_be_too_deep_is_looked_for_by_a_person(vk, community, monkeypatch):
    monkeypatch.setattr("osm.connectors.vk.client.COMMENTS_AT_ONCE", 1)
    monkeypatch.setattr("osm.connectors.vk.client.PAGES_OF_COMMENTS", 2)
    cursor = start(community)
    asked = vk.world.write(vk.world.post("Пост"), CITIZEN, "Вопрос")
    target = community.listen(cursor, 0).events[0].target
    for number in range(3):
        vk.world.write(int(target.place), CITIZEN, f"Ещё {number}", under=asked)
    with pytest.raises(CannotLook, match="Посмотрите на сайте"):
        community.find_reply(target, "Ответ", ())


def test_a_ban_to_another_end_is_another_ban(vk, community):
    vk.world.ban(CITIZEN, 77, end=2_000_000_000)
    assert community.is_banned(str(CITIZEN), datetime.fromtimestamp(2_000_000_000, UTC))
    assert not community.is_banned(str(CITIZEN), datetime.fromtimestamp(2_000_000_001, UTC))
    assert not community.is_banned(str(CITIZEN), None)

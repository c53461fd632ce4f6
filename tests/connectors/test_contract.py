"""The contract of a network's connector, held by each against its emulator over real HTTP."""

from __future__ import annotations

import time
from datetime import timedelta

import pytest

from osm.connectors.contract import Act, Barred, Gone, Kind, Picture, Posts, Target, Written
from osm.connectors.hearing import name_of_link
from osm.connectors.instagram import InstagramConnector
from osm.connectors.registry import looks_up
from osm.connectors.transport import PASSING, CannotLook, Fault, NetworkError
from tests.connectors.networks import NETWORKS
from tests.emulators.serving import Trouble

PHOTO = Picture("яма.jpg", "image/jpeg", b"\xff\xd8\xff\xe0 a photo")


@pytest.fixture(params=NETWORKS, ids=NETWORKS)
def network(request):
    with NETWORKS[request.param]() as found:
        yield found


SEEING = pytest.mark.parametrize("network", [one for one in NETWORKS if looks_up(one)], indirect=True)
"""Networks that can be looked at."""


def looks(connector):
    return (Kind.COMMENT, Act.LOOK_UP) in connector.ways


@pytest.fixture
def connector(network):
    return network.connector()


def received(connector, cursor):
    batch = connector.listen(cursor, 0)
    return batch.events, batch.cursor


def can(connector, act):
    """Whether the network can do it at all; if not, the connector says so, and a person does it."""
    if any(one is act for _, one in connector.ways):
        return True
    asked = {
        Act.EDIT: lambda: connector.edit(Target(Kind.COMMENT, "1", "2"), "", []),
        Act.RESTORE: lambda: connector.restore(Target(Kind.COMMENT, "1", "2")),
        Act.BAN: lambda: connector.ban("1", None, "spam", ""),
        Act.UNBAN: lambda: connector.unban("1"),
    }
    if act not in asked:
        return False
    with pytest.raises(NetworkError) as refused:
        asked[act]()
    assert refused.value.fault is Fault.PERSON
    return False


def test_what_is_written_changed_and_deleted_is_heard_once_and_in_order(network, connector):
    _, cursor = received(connector, {})
    events = []
    target = network.write("Когда вывезут мусор?")
    for step in (
        lambda: network.change(target, "Когда наконец вывезут мусор?"),
        lambda: network.delete_as(target, "citizen"),
    ):
        if not network.tells:
            happened, cursor = received(connector, cursor)
            events += happened
        step()
    happened, cursor = received(connector, cursor)
    events += happened
    tells_gone = connector.traits.tells_gone
    assert [type(event) for event in events] == [Written, Written, *([Gone] if tells_gone else [])]
    assert [event.text for event in events[:2]] == ["Когда вывезут мусор?", "Когда наконец вывезут мусор?"]
    first = events[0]
    assert (first.target, first.author.name, first.is_own) == (target, "Анна Тестова", False)
    if tells_gone:
        assert events[2].target.name == target.name
        assert events[2].by == (target.author if network.tells else "")
    assert received(connector, cursor)[0] == ()


def test_a_returning_author_continues_where_he_was(network, connector):
    _, cursor = received(connector, {})
    network.write("Пока никто не слушал")
    events, _ = received(network.connector(), cursor)
    assert [event.text for event in events] == ["Пока никто не слушал"]


def test_after_a_gap_no_existing_comment_is_missed(network, connector):
    if not looks(connector):
        with pytest.raises(CannotLook):
            connector.catch_up(network.clock())
        return
    since = network.clock()
    one = network.write("Первый")
    for number in range(12):
        network.write(f"Ответ {number}", under=one)
    network.write("Второй")
    found = connector.catch_up(since)
    assert [written.text for written in found] == ["Первый", *(f"Ответ {number}" for number in range(12)), "Второй"]
    assert found[1].answers == one.id
    assert connector.catch_up(network.clock() + timedelta(seconds=1)) == []


def test_an_answer_is_under_the_comment_and_known_as_ours(network, connector):
    _, cursor = received(connector, {})
    target = network.write("Не горит фонарь")
    if not network.takes_photos:
        with pytest.raises(NetworkError) as refused:
            connector.reply(target, "Здравствуйте! Починят до пятницы.", [PHOTO], "answer-1")
        assert refused.value.fault is Fault.PERSON
    photos = [PHOTO] if network.takes_photos else []
    placed = connector.reply(target, "Здравствуйте! Починят до пятницы.", photos, "answer-1")
    assert placed.url.startswith("https://")
    assert "Здравствуйте! Починят до пятницы." in network.texts()
    if not looks(connector):
        connector.edit(placed.target, "Здравствуйте! Починили вчера.", photos)
        assert "Здравствуйте! Починили вчера." in network.texts()
        return
    stands = connector.now(placed.target)
    assert (stands.text, stands.is_own, stands.answers) == ("Здравствуйте! Починят до пятницы.", True, target.id)
    own = [event for event in received(connector, cursor)[0] if isinstance(event, Written) and event.is_own]
    assert [event.target.id for event in own] == [placed.target.id]
    if not can(connector, Act.EDIT):
        return
    connector.edit(placed.target, "Здравствуйте! Починили вчера.", [])
    assert connector.now(placed.target).text == "Здравствуйте! Починили вчера."


def test_after_an_unclear_end_the_answer_is_found_or_known_missing(network, connector):
    target = network.write("Где снегоуборка?")
    assert not looks(connector) or connector.find_reply(target, "Уже едет.", ()) is None
    network.serving.always = _once(Trouble.CUT_AFTER, network, network.writes_answer)
    with pytest.raises(NetworkError) as ended:
        connector.reply(target, "Уже едет.", [], "answer-3")
    assert (ended.value.fault, ended.value.unclear) == (Fault.TEMPORARY, True)
    network.serving.always = lambda _asked: None
    if not looks(connector):
        with pytest.raises(CannotLook):
            connector.find_reply(target, "Уже едет.", ())
        return
    found = connector.find_reply(target, "Уже  едет.", ())
    assert connector.now(found.target).text == "Уже едет."
    assert found.at is not None
    assert connector.find_reply(target, "Другой ответ", ()) is None


@SEEING
def test_an_answer_to_another_comment_of_the_thread_is_not_ours(network, connector):
    """Common answers share their text."""
    top = network.write("Где снегоуборка?")
    under = network.write("И у нас нет", under=top)
    to_top = connector.reply(top, "Уже едет.", [], "answer-5")
    if not isinstance(connector, InstagramConnector):  # Instagram does not say which answer of a thread is answered
        assert connector.find_reply(under, "Уже едет.", ()) is None
    assert connector.find_reply(under, "Уже едет.", {to_top.target.name}) is None
    assert connector.find_reply(under, "Уже едет.", {name_of_link(to_top.url)}) is None
    to_under = connector.reply(under, "Уже едет.", [], "answer-6")
    assert connector.find_reply(under, "Уже едет.", {to_top.target.name}).target.id == to_under.target.id
    assert connector.find_reply(top, "Уже едет.", {to_under.target.name}).target.id == to_top.target.id


@SEEING
def test_an_answer_far_below_the_newest_is_found(network, connector, monkeypatch):
    for module in ("vk.client", "ok.client", "instagram.client", "max.client"):
        monkeypatch.setattr(f"osm.connectors.{module}.COMMENTS_AT_ONCE", 2)
    target = network.write("Где снегоуборка?")
    placed = connector.reply(target, "Уже едет.", [], "answer-7")
    for number in range(5):
        network.write(f"Ещё {number}", under=target)
    assert connector.find_reply(target, "Уже едет.", ()).target.id == placed.target.id


@SEEING
def test_a_post_exists_once_and_is_found_after_an_unclear_end(network, connector):
    if not isinstance(connector, Posts):
        assert Act.POST not in connector.check().can
        return
    since = network.clock() + timedelta(seconds=1)
    placed = connector.post("Завтра откроем каток.", [PHOTO, PHOTO], "post-1")
    assert placed.url.startswith("https://")
    found = connector.posts(since)
    assert [(one.text, one.target.id, one.is_own) for one in found] == [
        ("Завтра откроем каток.", placed.target.id, True)
    ]
    assert found[0].url == placed.url
    assert "photo" in found[0].holds
    network.serving.always = _once(Trouble.CUT_AFTER, network, network.writes_post)
    with pytest.raises(NetworkError) as ended:
        connector.post("Каток открыт.", [], "post-3")
    assert (ended.value.fault, ended.value.unclear) == (Fault.TEMPORARY, True)
    network.serving.always = lambda _asked: None
    assert [one.text for one in connector.posts(since)] == ["Каток открыт.", "Завтра откроем каток."]
    assert connector.posts(network.clock() + timedelta(seconds=1)) == []
    assert network.posts()[-2:] == ["Завтра откроем каток.", "Каток открыт."]
    with pytest.raises(CannotLook):
        network.connector(*network.readers).posts(since)


def _once(trouble, network, writes):
    """The next request that changes something fails."""
    before = dict(network.effects())

    def always(asked):
        return trouble if network.effects() == before and writes(asked) else None

    return always


def test_repeated_requests_for_deletions_and_bans_still_succeed(network, connector):
    _, cursor = received(connector, {})
    target = network.write("Оскорбление")
    for _ in range(2):
        connector.delete(target)
    assert "Оскорбление" not in network.texts()
    assert not looks(connector) or connector.now(target) is None
    if can(connector, Act.RESTORE):
        for _ in range(2):
            connector.restore(target)
        assert connector.now(target).text == "Оскорбление"
    if not can(connector, Act.BAN):
        return
    connector.ban(target.author, network.clock() + timedelta(days=30), "insult", "Оскорбления")
    assert network.banned() == {target.author}
    if not can(connector, Act.UNBAN):
        return
    for _ in range(2):
        connector.unban(target.author)
    assert network.banned() == set()
    if not network.tells_bans:
        return
    events, _ = received(connector, cursor)
    barred = [event for event in events if isinstance(event, Barred)]
    assert [(event.author.id, event.lifted) for event in barred] == [(target.author, False), (target.author, True)]
    assert (barred[0].until is not None, barred[0].reason, barred[0].author.url != "") == (True, "insult", True)


def test_the_check_of_the_keys_says_what_they_can(network, connector):
    report = connector.check()
    assert report.title == "Администрация"
    assert {Act.READ, Act.REPLY, Act.DELETE} <= set(report.can)
    assert set(report.can) == {act for act in Act if can(connector, act)}
    assert {one.what for one in report.cannot} == set(Act) - set(report.can)


TROUBLES = tuple(trouble for trouble in Trouble if trouble is not Trouble.CUT_AFTER)


@pytest.mark.parametrize("trouble", TROUBLES, ids=TROUBLES)
def test_for_any_fault_of_a_network_an_act_ends_with_our_error(network, connector, trouble):
    target = network.write("Вопрос")
    network.serving.always = lambda _asked: trouble
    begun = time.monotonic()
    with pytest.raises(NetworkError) as ended:
        connector.delete(target)
    assert time.monotonic() - begun < 20
    assert ended.value.fault is (Fault.PAUSE if trouble is Trouble.LATER else Fault.TEMPORARY)
    assert "-key" not in f"{ended.value!r} {ended.value.said} {ended.value.code}"
    network.serving.always = lambda _asked: None
    connector.delete(target)


@pytest.mark.parametrize("trouble", [Trouble.CUT_BEFORE, Trouble.SERVER_ERROR, Trouble.HTML], ids=str)
def test_a_network_that_is_down_says_nothing_of_what_keys_can(network, connector, trouble, monkeypatch):
    monkeypatch.setattr("osm.connectors.transport.LONGEST_PAUSE", 0)
    assert connector.check().can
    network.serving.always = lambda _asked: trouble
    with pytest.raises(NetworkError) as ended:
        connector.check()
    assert ended.value.fault in PASSING


def test_a_network_that_is_not_there_has_done_nothing(network):
    connector = network.connector()
    network.serving.base = "http://127.0.0.1:9"
    away = network.connector()
    with pytest.raises(NetworkError) as ended:
        away.delete(network.write("Вопрос"))
    assert (ended.value.fault, ended.value.unclear) == (Fault.TEMPORARY, False)
    assert connector is not away


def test_without_a_reading_key_it_does_not_claim_to_have_looked(network):
    blind = network.connector(*network.readers)
    target = network.write("Вопрос")
    for look in (lambda: blind.now(target), lambda: blind.find_reply(target, "Ответ", ())):
        with pytest.raises(CannotLook):
            look()

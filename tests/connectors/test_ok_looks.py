"""OK sends no events: what is heard is the difference between two looks, each thing once."""

from __future__ import annotations

from datetime import UTC, datetime

from osm.connectors.contract import Gone, Written
from osm.connectors.hearing import LATE
from osm.connectors.ok.client import COMMENTS_AT_ONCE
from tests.connectors.networks import OK_CITIZEN as CITIZEN
from tests.connectors.networks import ok_connector

BEGINNING = datetime(2020, 1, 1, tzinfo=UTC)


def test_what_existed_before_is_not_heard_and_a_new_topic_is_whole(ok, group):
    old = ok.world.post("Старая")
    ok.world.write(old, CITIZEN, "Давно")
    first = group.listen({}, 0)
    assert first.events == ()
    new = ok.world.post("Новая  запись\nо дворах")
    ok.world.write(new, CITIZEN, "Первый")
    ok.world.write(old, CITIZEN, "Ещё")
    batch = group.listen(first.cursor, 25)
    assert [(one.text, one.place_title) for one in batch.events] == [
        ("Первый", "Новая запись о дворах"),
        ("Ещё", "Старая"),
    ]
    assert group.listen(batch.cursor, 0).events == ()


def test_several_pages_of_news_and_late_items_are_heard_once(ok, group):
    topic = ok.world.post("Пост")
    ok.world.write(topic, CITIZEN, "До")
    cursor = group.listen({}, 0).cursor
    texts = [f"Новый {number}" for number in range(COMMENTS_AT_ONCE + 20)]
    for text in texts:
        ok.world.write(topic, CITIZEN, text)
    batch = group.listen(cursor, 0)
    assert [one.text for one in batch.events] == texts
    late = ok.world.comment(topic, ok.world.write(topic, CITIZEN, "С опозданием"))
    late["date_ms"] -= 5_500
    assert [one.text for one in group.listen(batch.cursor, 0).events] == ["С опозданием"]
    assert LATE > 5_500


def test_quiet_changes_and_deletions_are_noticed_in_turn(ok, group):
    places = [ok.world.post(f"Пост {number}") for number in range(4)]
    numbers = [ok.world.write(place, CITIZEN, "Было") for place in places]
    cursor = group.listen({}, 0).cursor
    ok.world.comment(places[0], numbers[0])["text"] = "Стало"
    ok.world.delete(places[1], numbers[1])
    ok.world.write(places[1], CITIZEN, "Вместо него")
    heard = []
    for _ in places:
        batch = group.listen(cursor, 0)
        cursor = batch.cursor
        heard += batch.events
    told = [one.text if isinstance(one, Written) else one.target.id for one in heard]
    assert sorted(told) == sorted(["Стало", "Вместо него", numbers[1]])
    assert isinstance(next(one for one in heard if not isinstance(one, Written)), Gone)


def test_an_unreadable_discussion_does_not_stop_hearing_the_others(ok, group):
    closed, other = ok.world.post("Закрытая"), ok.world.post("Открытая")
    cursor = group.listen({}, 0).cursor
    for place in (other, closed):
        ok.world.write(place, CITIZEN, f"В {ok.world.topics[place]['title']}")
    refuse = ok.refuse["discussions.getComments"]
    refuse.append(300)  # the post with the latest activity is read first
    assert [one.text for one in group.catch_up(BEGINNING)] == ["В Открытая"]
    refuse.append(300)
    batch = group.listen(cursor, 0)
    assert [one.text for one in batch.events] == ["В Открытая"]
    ok.world.write(closed, CITIZEN, "Ещё")
    assert [one.text for one in group.listen(batch.cursor, 0).events] == ["В Закрытая", "Ещё"]


def test_other_groups_of_the_administrator_are_not_read(ok, group):
    cursor = group.listen({}, 0).cursor
    ok.world.write(ok.world.post("Чужая", group="70000000000009"), CITIZEN, "Не нам")
    assert group.listen(cursor, 0).events == ()


def test_a_key_that_comes_later_brings_no_old_messages(ok, group):
    ok.world.message("chat:C3ecb9d02a600", CITIZEN, "Давно")
    cursor = ok_connector(ok, "bot_token").listen({}, 0).cursor
    first = group.listen(cursor, 0)
    assert first.events == ()
    ok.world.message("chat:C3ecb9d02a600", CITIZEN, "Сейчас")
    assert [one.text for one in group.listen(first.cursor, 0).events] == ["Сейчас"]

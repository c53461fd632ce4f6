"""OK beyond the contract: its signature, its messages, its errors, shapes of its answers."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from osm.connectors.contract import Act, Kind, Picture, Target, Written
from osm.connectors.ok.client import ERRORS, LONGEST_COMMENT, code_of, signature, written
from osm.connectors.ok.reading import Reader
from osm.connectors.transport import CannotLook, Fault, NetworkError
from osm.networks.addresses import canonical_url
from tests.connectors.networks import OK_CITIZEN as CITIZEN
from tests.connectors.networks import ok_connector
from tests.emulators.ok import KEYS, SHAPES, ok_network
from tests.emulators.serving import Trouble

BEGINNING = datetime(2020, 1, 1, tzinfo=UTC)


@pytest.fixture
def asked(ok):
    """A citizen's comment, and where it was written."""
    topic = ok.world.post("Пост")
    return Target(Kind.COMMENT, ok.world.write(topic, CITIZEN, "Вопрос"), topic, author=CITIZEN)


VECTORS = {
    "b1bed9e864d318f56bf075be5b797ca5": {
        "method": "discussions.getComments",
        "count": 20,
        "discussionId": "66001",
        "discussionType": "GROUP_TOPIC",
    },
    "06037998ebb5286746930f2a73b05cb1": {
        "method": "discussions.addDiscussionComment",
        "comment": "Здравствуйте, Анна!",
        "entityId": "66001",
        "entityType": "GROUP_TOPIC",
        "as_admin": True,
        "reply_to_comment_id": "MTIz",
    },
}


@pytest.mark.parametrize("sig", VECTORS)
def test_the_signature_is_right_to_the_byte(sig):
    parameters = {name: written(value) for name, value in VECTORS[sig].items()}
    parameters |= {"application_key": "CTESTAPPKEY", "format": "json"}
    assert signature(parameters, "tkn1TESTTOKEN", "TESTSECRET") == sig


def test_a_wrong_secret_is_refused_and_no_address_has_a_key(ok, group, asked):
    assert group.now(asked).text == "Вопрос"
    assert not any(key in str(one.query) for one in ok.serving.asked for key in KEYS.values())
    wrong = ok_connector(ok)
    wrong._client.page.keys["application_secret"] = "other"
    with pytest.raises(NetworkError, match="проверьте его ключ") as refused:
        wrong.now(asked)
    assert (refused.value.fault, refused.value.code) == (Fault.RIGHTS, "104")
    with pytest.raises(NetworkError, match="секретный ключ приложения"):
        ok_connector(ok, "application_secret").now(asked)


def test_messages_come_by_the_groups_key_with_their_whole_numbers(ok, group):
    cursor = group.listen({}, 0).cursor
    ok.world.message("chat:C3ecb9d02a600", CITIZEN, "Здравствуйте")
    one = ok.world.message("chat:C3ecb9d02a600", CITIZEN, "Вопрос")
    batch = group.listen(cursor, 0)
    assert [(event.text, event.author.name) for event in batch.events] == [
        ("Здравствуйте", "Анна Тестова"),
        ("Вопрос", "Анна Тестова"),
    ]
    target = batch.events[1].target
    assert (target.kind, target.id) == (Kind.COMMUNITY_MESSAGE, one["message"]["mid"])
    placed = group.reply(target, "Ответ", [], "key-1")
    assert group.find_reply(target, "Ответ", ()).target.id == placed.target.id
    assert [event.is_own for event in group.listen(batch.cursor, 0).events] == [True]
    del one["message"]["mid"]
    assert Reader(ok.world.group).message(one).target.id == "98211023614189661"
    blind = ok_connector(ok, "bot_token")
    with pytest.raises(CannotLook):
        blind.now(target)
    with pytest.raises(NetworkError, match="нет ключа"):
        blind.reply(target, "Ответ", [], "key-2")


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("name_of_list", ["comments", "commentss"])
def test_answers_of_any_shape_are_understood(ok, group, asked, shape, name_of_list):
    ok.shape, ok.name_of_list = shape, name_of_list
    placed = group.reply(asked, "Ответ", [], "key-1")
    assert group.now(placed.target).text == "Ответ"
    form = next(one.form for one in ok.serving.asked if "addDiscussion" in one.query["method"])
    assert (form["as_admin"], form["reply_to_comment_id"]) == ("true", asked.id)


def test_an_answer_without_a_number_is_unclear_and_then_found(ok, group, asked, monkeypatch):
    monkeypatch.setitem(SHAPES, "id", lambda _number: {"success": True})
    with pytest.raises(NetworkError) as ended:
        group.reply(asked, "Ответ", [], "key-1")
    assert ended.value.unclear
    assert group.find_reply(asked, "Ответ", ()) is not None
    assert [one["text"] for one in ok.world.comments[asked.place]] == ["Вопрос", "Ответ"]


def test_a_deletion_also_bans_the_author_if_asked_for(ok, group, asked):
    group.delete(asked)
    assert not group.is_banned(CITIZEN, None)
    other = Target(Kind.COMMENT, ok.world.write(asked.place, CITIZEN, "Спам"), asked.place, author=CITIZEN)
    assert group.delete_with_author(other)
    assert group.is_banned(CITIZEN, None)
    assert group.delete_with_author(other)
    assert not group.delete_with_author(Target(Kind.COMMENT, asked.id, asked.place, author="570000000002"))


def test_what_is_too_long_or_too_deep_is_left_to_people(ok, group, asked, monkeypatch):
    with pytest.raises(NetworkError) as refused:
        group.reply(asked, "я" * (LONGEST_COMMENT + 1), [], "key-1")
    assert refused.value.fault is Fault.PERSON
    monkeypatch.setattr("osm.connectors.ok.client.COMMENTS_AT_ONCE", 1)
    for number in range(25):
        ok.world.write(asked.place, CITIZEN, f"Ещё {number}")
    with pytest.raises(CannotLook):
        group.now(asked)


@pytest.mark.parametrize("code", sorted(ERRORS))
def test_each_error_of_the_table_is_what_the_table_says(ok, group, asked, code):
    meaning = ERRORS[code]
    ok.refuse["discussions.deleteDiscussionComment"].append(code)
    if Act.DELETE in meaning.done:
        group.delete(asked)
        return
    with pytest.raises(NetworkError) as refused:
        group.delete(asked)
    error = refused.value
    assert (error.fault, error.unclear, error.pause) == (meaning.fault, meaning.unclear, meaning.pause)
    assert (error.code, error.said) == (str(code), "as the test asks")
    assert str(error) == meaning.words


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        ({"error_code": "103", "error_msg": "as text"}, 103),
        ({"error_msg": "no number"}, 0),
        ({"error_code": "errors.io.not-found"}, 0),
        ({"error": {"message": "another shape"}}, 0),
        ({"comments": []}, None),
        (["MTIz"], None),
    ],
)
def test_an_error_is_known_in_any_shape(answer, code):
    assert code_of(answer) == code


def test_readings_are_tried_again_and_acts_are_not(ok, group, asked, monkeypatch):
    monkeypatch.setattr("osm.connectors.transport.LONGEST_PAUSE", 0)
    ok.refuse["discussions.getList"].extend([2, 9999])
    assert [one.text for one in group.catch_up(BEGINNING)] == ["Вопрос"]
    ok.refuse["discussions.addDiscussionComment"].append(2)
    with pytest.raises(NetworkError):
        group.reply(asked, "Ответ", [], "key-1")
    assert [one["text"] for one in ok.world.comments[asked.place]] == ["Вопрос"]


def test_the_check_names_what_is_missing_dead_or_of_another_group(ok):
    bot = ok_connector(ok, "access_token").check()
    assert (bot.title, set(bot.can)) == ("Администрация", {Act.READ, Act.REPLY, Act.LOOK_UP})
    assert "Нужен ключ администратора" in next(one.why for one in bot.cannot if one.what is Act.DELETE)
    assert bot.url == ""
    ok.world.profile["shortname"] = "priozerny"
    whole = ok_connector(ok).check()
    assert whole.url == "https://ok.ru/priozerny"
    assert whole.whose == {"access_token": "Ирина Сотова", "bot_token": "Администрация"}
    ok.lost.add("discussions.getList")
    weak = ok_connector(ok, "bot_token").check()
    assert weak.can == ()
    assert "api-support@ok.ru" in next(one.why for one in weak.cannot if one.what == "ключ администратора")
    other = ok_connector(ok, "access_token")
    ok.world.group = "70000000000002"
    (stranger,) = [one for one in other.check().cannot if one.what == "ключ сообщений группы"]
    assert "другой группы" in stranger.why


def test_addresses_are_those_that_an_import_knows(ok, group, asked):
    (found,) = group.catch_up(BEGINNING)
    assert found.place_url == f"https://ok.ru/group/{ok.world.group}/topic/{asked.place}"
    assert canonical_url(found.url) == found.url
    assert found.author.url == f"https://ok.ru/profile/{CITIZEN}"
    dated = {"id": 1, "author_id": 2, "text": "", "date": "2026-01-12 10:11:12"}
    assert Reader("1").comment(dated, Kind.COMMENT, "3").at == datetime(2026, 1, 12, 7, 11, 12, tzinfo=UTC)


def test_the_emulator_refuses_by_kind_of_key_and_counts_fast_calls():
    with ok_network() as ok:
        wrong = ok_connector(ok)
        wrong._client.page.keys["access_token"] = KEYS["bot_token"]
        wrong._client.page.keys["bot_token"] = KEYS["access_token"]
        with pytest.raises(NetworkError) as refused:
            wrong._client._call("users.getCurrentUser", {})
        assert refused.value.code == "103"
        with pytest.raises(NetworkError) as refused:
            wrong._client.read_messages("me/info")
        assert refused.value.code == "401"
        quick = ok_connector(ok)
        with pytest.raises(NetworkError) as refused:
            for _ in range(4):
                quick._client._call("users.getCurrentUser", {})
        assert (refused.value.fault, refused.value.code, ok.over) == (Fault.PAUSE, "8", 1)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=8,
)
FIELDS = st.sampled_from(
    ["id", "author_id", "author_ref", "date_ms", "date", "text", "attachments", "message", "sender", "recipient"]
)


@given(st.dictionaries(FIELDS, JSON, max_size=8) | JSON)
def test_reading_never_fails_for_any_content_of_an_answer(thing):
    reader = Reader("1")
    for answer in (thing, [thing], {"comments": [thing], "messages": [thing]}):
        found = [*reader.comments(answer, Kind.COMMENT, "2"), *reader.messages(answer)]
        assert all(isinstance(one, Written) for one in found)


@pytest.mark.parametrize("told", [{}, {"photos": {}}, {"photos": {"1": {}}}, [], {"photos": []}], ids=str)
def test_a_photo_that_was_not_taken_leaves_the_post_to_a_person(ok, group, told, monkeypatch):
    monkeypatch.setattr(type(ok), "_upload", lambda _ok, _asked: told)
    with pytest.raises(NetworkError) as refused:
        group.post("С фото", [Picture("a.jpg", "image/jpeg", b"x")], "key")
    assert (refused.value.fault, refused.value.unclear) == (Fault.PERSON, False)
    assert ok.world.topics == {}


def test_an_upload_that_ends_unclear_is_no_unclear_post(ok, group):
    ok.serving.always = lambda asked: Trouble.CUT_AFTER if asked.path.startswith("/upload/") else None
    with pytest.raises(NetworkError) as ended:
        group.post("С фото", [Picture("a.jpg", "image/jpeg", b"x")], "key")
    assert (ended.value.fault, ended.value.unclear) == (Fault.TEMPORARY, False)
    assert ok.world.topics == {}

"""For every kind of reply, a link that leads away from the page of the message has to be confirmed once."""

from __future__ import annotations

from html import unescape

import pytest

from osm.networks.pages import elsewhere
from osm.regulation.words import Status

VK = "https://vk.com/wall-1_1"
ASKED = [
    ("vk", VK, "https://ok.ru/group/55/topic/66", "из сети «ВКонтакте», а ссылка ведёт в сеть «Одноклассники»"),
    ("ok", "https://ok.ru/group/55/topic/66", "vk.com/wall-1_1", "из сети «Одноклассники», а ссылка ведёт в сеть"),
    ("vk", "", "https://t.me/kanal/12", "из сети «ВКонтакте», а ссылка ведёт в сеть «Telegram»"),
    ("vk", VK, "https://example.ru/a/1", "ведёт на сайт example.ru"),
    ("vk", VK, "https://127.0.0.1/a", "ведёт на сайт 127.0.0.1"),
    ("site", "https://forum.example.ru/t/5", VK, "с сайта forum.example.ru, а ссылка ведёт в сеть «ВКонтакте»"),
    ("site", "https://forum.example.ru/t/5", "https://example.com/5", "ведёт на сайт example.com"),
    (
        "vk",
        VK,
        "https://vk.com/wall-2_1?reply=4",
        "на странице vk.com/wall-1, а ссылка ведёт на страницу vk.com/wall-2",
    ),
    ("vk", VK, "https://m.vk.com/feed?w=wall-2_1_r4", "vk.com/wall-2"),
    ("vk", "https://vk.com/club1", "https://vk.com/photo1_7", "ведёт на страницу vk.com/wall1"),
    ("ok", "https://ok.ru/group/55/topic/66", "https://m.ok.ru/group/56/topic/1", "ok.ru/group/56"),
    ("ok", "https://ok.ru/gorod/topic/66", "https://ok.ru/selo/topic/1", "ok.ru/selo"),
    ("telegram", "https://t.me/gorod/12", "https://t.me/selo/12?comment=1", "t.me/selo"),
    ("telegram", "https://t.me/c/12/3", "https://t.me/c/13/3", "t.me/c/13"),
]
NOT_ASKED = [
    ("vk", VK, "https://vk.com/wall-1_1?reply=77"),
    ("vk", VK, "https://m.vk.com/wall-1_20?reply=77&thread=5"),
    ("vk", VK, "https://vk.ru/gorod?w=wall-1_1_r7"),
    ("vk", "https://vk.com/public1", VK),
    ("vk", VK, "https://vk.cc/abc"),
    ("vk", "", "https://vk.com/wall-9_1"),
    ("ok", "https://ok.ru/gorod/topic/66", "https://ok.ru/group/55/topic/66"),
    ("telegram", "https://t.me/gorod/12", "https://telegram.me/s/Gorod/12?comment=5"),
    ("telegram", "https://t.me/gorod/12", "https://t.me/c/12/3"),
    ("site", "https://forum.example.ru/t/5", "https://www.forum.example.ru/t/6"),
    ("site", "", "https://example.com/5"),
]


NO_PLACE = [
    "https://vk.com/feed", "https://vk.com/", "vk.com/gorod_online", "https://m.vk.com/club12", "https://vk.com/id7",
    "https://vk.com/im?sel=5", "https://ok.ru/", "https://ok.ru/feed", "https://ok.ru/group/55", "https://ok.ru/gorod",
    "https://ok.ru/profile/55", "https://t.me/gorod", "https://t.me/s/gorod", "https://max.ru/gorod",
    "https://instagram.com/gorod/", "https://dzen.ru/gorod", "https://rutube.ru/channel/5/", "https://x.com/gorod",
    "https://www.youtube.com/@gorod", "https://www.tiktok.com/@gorod", "https://facebook.com/groups/gorod",
]  # fmt: skip
PLACES = [
    *(f"https://vk.com/{place}" for place in (
        "wall-1", "wall-1_2", "wall-1_2?reply=3&thread=4", "feed?w=wall-1_2_r3", "gorod?w=wall-1_2", "topic-1_2?post=3",
        "board1", "photo-1_2?reply=3", "photo1_2", "album-1_0", "albums-1", "video-1_2", "clip-1_2", "videos-1",
        "story-1_2", "market-1", "product-1_2", "poll-1_2", "note1_2", "doc1_2", "event-1_2", "feed?z=photo-1_2%2Fall",
        "@gorod-novosti-nedeli", "video/@gorod", "clips/gorod",
    )),
    "https://vkvideo.ru/video-1_2", "https://vk.cc/abc", "https://vk.me/gorod", "https://ok.ru/gorod/topic/66",
    "https://ok.ru/group/55/topic/66", "https://ok.ru/group/55/album/1/2", "https://ok.ru/profile/5/statuses/6",
    "https://ok.ru/profile/5/pphotos/6", "https://ok.ru/video/7", "https://ok.ru/dk?st.cmt=5", "https://ok.ru/gorod/topics",
    "https://t.me/gorod/12", "https://t.me/c/12/3", "https://t.me/gorod/12?comment=5", "https://t.me/gorod/5/12",
    "https://web.telegram.org/k/#-12", "https://max.ru/gorod/AZ-5", "https://max.ru/c/-12/AZ-5", "https://web.max.ru/-12",
    "https://instagram.com/p/Cx", "https://instagram.com/reel/Cx", "https://instagram.com/gorod/p/Cx",
    "https://facebook.com/gorod/posts/5", "https://facebook.com/permalink.php?story_fbid=5&id=6",
    "https://facebook.com/groups/5/posts/6", "https://facebook.com/photo?fbid=5", "https://x.com/gorod/status/5",
    "https://youtu.be/abc", "https://youtube.com/watch?v=abc&lc=5", "https://youtube.com/shorts/abc",
    "https://rutube.ru/video/5/", "https://dzen.ru/a/abc", "https://dzen.ru/video/watch/5", "https://dzen.ru/b/abc",
    "https://tiktok.com/@gorod/video/5", "https://vm.tiktok.com/abc", "https://example.ru/",
]  # fmt: skip


@pytest.mark.words
@pytest.mark.parametrize("url", NO_PLACE)
def test_a_page_as_a_whole_is_no_place_of_an_answer(url):
    assert "скопируйте ссылку на сам ответ" in elsewhere("", url, url)


@pytest.mark.words
@pytest.mark.parametrize("url", PLACES)
def test_every_family_of_places_is_taken_without_a_question(url):
    assert elsewhere("", url, url) == ""


@pytest.mark.parametrize(("network", "message", "url", "said"), ASKED)
def test_another_network_or_page_is_reported(network, message, url, said):
    assert said in elsewhere(network, message, url)


@pytest.mark.parametrize(("network", "message", "url"), NOT_ASKED)
def test_the_same_page_or_one_that_cannot_be_compared_is_not(network, message, url):
    assert elsewhere(network, message, url) == ""


@pytest.mark.words
@pytest.mark.parametrize("kind", ["final", "interim", "clarification"])
@pytest.mark.parametrize(
    "wrong", ["https://ok.ru/group/55/topic/66", "vk.com/wall-2_1?reply=4", " <https://ok.ru/group/5>"]
)
def test_it_is_asked_once_and_what_was_typed_is_kept(desk, anna, kind, wrong):
    message = desk.in_status(Status.IN_WORK)
    desk.submitted(message, "25.11 10:20", "Ответ", kind=kind)
    desk.approved(message, "25.11 10:30")
    form = {"version": message.version, "url": wrong, "published_at": "2026-11-25T10:45"}
    answer = anna.submit(f"/messages/{message.id}/publish", form)
    page = unescape(answer.text)
    assert answer.status_code == 422
    assert "а ссылка ведёт" in page
    assert f'value="{wrong}"' in page
    assert 'value="2026-11-25T10:45"' in page
    assert desk.again(message).status is Status.APPROVED
    # Another wrong link has to be confirmed again; the same one, once confirmed, is accepted.
    other = anna.submit(f"/messages/{message.id}/publish", form | {"elsewhere": "https://ok.ru/group/9/topic/9"})
    assert other.status_code == 422
    assert anna.submit(f"/messages/{message.id}/publish", form | {"elsewhere": wrong}).status_code == 303
    assert desk.again(message).replies[0].published_url.endswith(wrong.strip(" <>"))


def test_a_link_to_the_page_of_the_message_needs_one_press(desk, anna):
    message = desk.in_status(Status.APPROVED)
    form = {"version": message.version, "url": "https://vk.com/wall-1_1?reply=9", "published_at": ""}
    assert anna.submit(f"/messages/{message.id}/publish", form).status_code == 303

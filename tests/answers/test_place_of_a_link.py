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

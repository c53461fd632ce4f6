"""What the form says about the link while it is typed: its network, and earlier messages from there."""

from __future__ import annotations

import re

import pytest

from .conftest import URL, send


@pytest.mark.words
@pytest.mark.parametrize(
    ("url", "said"),
    [
        (URL, "ВКонтакте"),
        ("https://m.ok.ru/group/1/topic/2", "Одноклассники"),
        ("https://forum.example.ru/t/5", "По ссылке соцсеть не узнать"),
        ("m.ok.ru/group/1/topic/2", "Одноклассники"),
        ("что-то", "Вставьте ссылку целиком и без других слов"),
        ("<b>", "Вставьте ссылку целиком и без других слов"),
        ("forum.example.ru/t/5", "Вставьте ссылку целиком и без других слов"),
        (f"{URL} спасибо", "Вставьте ссылку целиком и без других слов"),
    ],
)
def test_its_network(anna, url, said):
    answer = anna.htmx("/messages/new/link", method="GET", query_string={"url": url})
    assert answer.status_code == 200
    assert said in answer.text
    assert "<html" not in answer.text
    assert "<b>" not in answer.text


@pytest.mark.parametrize(
    "url",
    [
        URL,
        "vk.com/wall-1_2",
        "vk.com",
        "lesozavodsk.example/5",
        f"{URL} спасибо",
        "8 914 700 12 34",
        "@maria",
        "www.example.ru",
    ],
)
def test_what_is_said_while_one_types_is_what_saving_does(anna, stored, url):
    said = anna.htmx("/messages/new/link", method="GET", query_string={"url": url}).text
    answer = send(anna, url=url)
    assert ("Соцсеть по ссылке" in said) == (answer.status_code == 303)
    if answer.status_code != 303:
        refusal = re.search(r'id="(?:url|network)-error">(?:<svg.*?</svg>)?(?:<span>)?([^<]+)', answer.text, re.DOTALL)
        assert refusal[1] in said


def test_a_network_that_was_chosen_is_asked_for_no_more(anna, stored):
    asked = {"url": "https://forum.example.ru/t/5", "network": "ok"}
    said = anna.htmx("/messages/new/link", method="GET", query_string=asked).text
    assert ("Соцсеть, как выбрано" in said, "выберите её" in said) == (True, False)
    assert send(anna, **asked).status_code == 303
    said = anna.htmx("/messages/new/link", method="GET", query_string={**asked, "url": URL}).text
    assert "Соцсеть по ссылке: <strong>ВКонтакте" in said, "the link is stronger, as in saving"


def test_an_empty_field_has_no_hint(anna):
    assert anna.htmx("/messages/new/link?url=", method="GET").text.strip() == ""


@pytest.mark.parametrize("host", ["vk.com", "m.vk.com"])
@pytest.mark.parametrize("asked", ["vk.com", "m.vk.com"])
def test_messages_with_the_same_link(anna, stored, host, asked):
    send(anna, url=URL.replace("vk.com", host))
    answer = anna.htmx("/messages/new/link", method="GET", query_string={"url": URL.replace("vk.com", asked)})
    assert 'href="/messages/1"' in answer.text
    assert "№ ОСМ-1" in answer.text
    assert "Новое" in answer.text


@pytest.mark.words
@pytest.mark.parametrize("login", ["boris", "gleb", "dina", "efim"])
def test_others_may_not_ask(request, cast, login):
    assert request.getfixturevalue(login).get("/messages/new/link").status_code == 403


def test_a_link_that_is_none_asks_for_a_link_alone(anna, stored):
    answer = send(anna, url="что-то", network="")
    assert answer.status_code == 422
    assert "Выберите соцсеть или вставьте ссылку" not in answer.text

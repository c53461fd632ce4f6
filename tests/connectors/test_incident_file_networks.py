"""Networks by word and by host; one canonical address for all spellings of one message."""

from __future__ import annotations

import pytest

from osm.networks.addresses import MAX_URL, address, canonical_url, network_of_url
from osm.networks.catalogue import NETWORKS, network_of_word

WORDS = {
    "vk": [
        "ВКонтакте",
        "Вконтакте",
        "вконтакте ",
        "ВК",
        "ВК\u00a0",
        "VK",
        "vk.com",
        "vk.ru",
        "В контакте",
        "Группа ВК",
        "VKontakte",
    ],
    "ok": ["Одноклассники", "ОК", "OK", "ok.ru", "ОДНОКЛАССНИКИ", "Социальная сеть «Одноклассники»"],
    "telegram": ["Telegram", "Телеграм", "телеграмм", "TG", "тг", "Telegram-канал", "Чат Telegram", "t.me"],
    "instagram": ["Instagram", "instagram", "Инстаграм", "инста"],
    "max": ["MAX", "Макс", "Мессенджер MAX", "max.ru"],
    "site": ["Сайт", "Официальный сайт", "форум"],
    "youtube": ["YouTube", "Ютуб"],
    None: ["Тик и Ток", "Сплетник.инфо", "соседи", "", "соцсеть", "123"],
}

HOSTS = {
    "vk": [
        "https://vk.com/wall1_2",
        "http://m.vk.com/wall1_2",
        "vk.ru/wall1_2",
        "https://www.vk.ru/wall1_2",
        "https://vk.cc/abc",
    ],
    "ok": ["https://ok.ru/group/1/topic/2", "https://m.ok.ru/group/1", "https://www.odnoklassniki.ru/group/1"],
    "telegram": ["https://t.me/primer/5", "https://telegram.me/primer/5", "https://web.telegram.org/k/#1"],
    "instagram": ["https://www.instagram.com/p/PRIMER/"],
    "max": ["https://max.ru/primer/1", "https://web.max.ru/1"],
    None: [
        "https://primer.example/vk.com/wall1_2",
        "https://vk.com.primer.example/wall1_2",
        "https://notvk.com/wall1_2",
    ],
}

SAME = [
    (
        "https://vk.com/wall-77_5?reply=9&thread=7",
        "https://m.vk.com/wall-77_5?thread=7&reply=9",
        "http://VK.ru/wall-77_5?reply=9&thread=7&utm_source=mail",
        " vk.com/wall-77_5?reply=9&thread=7#top",
        "https://vk.com/feed?w=wall-77_5_r9&thread=7",
        "Ссылка: https://www.vk.com/wall-77_5?reply=9&thread=7",
    ),
    ("https://vk.com/wall-77_5?reply=9", "https://vk.com/club77?w=wall-77_5_r9", "https://vk.com/wall-77_5_r9"),
    ("https://vk.com/topic-77_5?post=3", "https://m.vk.com/topic-77_5?offset=20&post=3"),
    ("https://vk.com/id501", "https://m.vk.com/id501/", "https://vk.ru/id501?from=search"),
    (
        "https://ok.ru/group/1/topic/2",
        "http://m.ok.ru/group/1/topic/2/",
        "https://www.odnoklassniki.ru/group/1/topic/2",
    ),
    (
        "https://t.me/primer/5?comment=6",
        "https://t.me/s/primer/5?single&comment=6",
        "https://telegram.me/primer/5?comment=6",
    ),
    (
        "https://instagram.com/p/PRIMER/c/7",
        "https://www.instagram.com/p/PRIMER/c/7/?igsh=abc",
        "https://instagram.com/p/PRIMER/c/7#x",
    ),
    (
        "https://primer.example/news?id=5#comment-12",
        "https://primer.example/news/?id=5&utm_campaign=a&ysclid=b#comment-12",
    ),
    ("https://xn--e1afmkfd.xn--p1ai/a", "https://пример.рф/a", "http://www.Пример.рф/a/"),
]

DIFFERENT = [
    (
        "https://vk.com/wall-77_5",
        "https://vk.com/wall-77_5?reply=9",
        "https://vk.com/wall-77_5?reply=10",
        "https://vk.com/wall77_5",
    ),
    ("https://t.me/primer/5", "https://t.me/primer/5?comment=6", "https://t.me/primer/5?thread=6"),
    ("https://primer.example/a#comment-1", "https://primer.example/a#comment-2", "https://primer.example/a?page=2"),
    ("https://instagram.com/p/PRIMER", "https://instagram.com/p/primer"),
    ("https://vk.com/feed?w=product-1_2", "https://vk.com/feed?w=product-1_3", "https://vk.com/feed?z=photo-1_2"),
    ("https://web.telegram.org/k/#-100_5", "https://web.telegram.org/k/#-100_6"),
    ("https://dzen.ru/a/1", "https://dzen.ru/a/1#comment-5", "https://dzen.ru/a/1#comment-6"),
]

GARBAGE = [
    "ссылка удалена, см. http:/vk,com/wall",
    "http:/vk.com/wall1_2",
    "https://",
    "https://vk",
    "Перейти",
    "см. снимок экрана",
    "ул.Мира",
    "1.2",
    "05.09.2026",
    "javascript:alert(1)",
    "ftp://vk.com/wall1_2",
    "https://vk.com:порт/wall1_2",
    "https://лида@vk.com/wall1_2",
    "https://[::1/",
    "https://a..b/",
    "https://vk.com/" + "a" * MAX_URL,
    "",
]


@pytest.mark.parametrize(("code", "word"), [(code, word) for code, words in WORDS.items() for word in words])
def test_a_network_is_known_by_every_spelling(code, word):
    assert network_of_word(word) == code


@pytest.mark.parametrize(("code", "url"), [(code, url) for code, urls in HOSTS.items() for url in urls])
def test_a_network_is_known_by_the_host(code, url):
    assert network_of_url(url) == code


@pytest.mark.parametrize("urls", SAME)
def test_spellings_of_one_address_are_one(urls):
    assert {canonical_url(url) for url in urls} == {urls[0]}


@pytest.mark.parametrize("urls", DIFFERENT)
def test_addresses_of_different_messages_stay_different(urls):
    assert len({canonical_url(url) for url in urls}) == len(urls)


@pytest.mark.parametrize("text", GARBAGE)
def test_what_is_no_address_is_refused(text):
    for read in (address, canonical_url, network_of_url):
        with pytest.raises(ValueError):
            read(text)


def test_no_word_and_no_host_belongs_to_two_networks():
    words = [word for network in NETWORKS.values() for word in network.words]
    hosts = [host for network in NETWORKS.values() for host in network.hosts + network.other_hosts]
    assert len(set(words)) == len(words)
    assert len(set(hosts)) == len(hosts)

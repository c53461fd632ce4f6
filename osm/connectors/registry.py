"""The networks that the program can use: connector, address, keys; one entry each."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from osm.connectors import hearing, instagram, max, ok, telegram, transport, vk
from osm.connectors.contract import Act, Connector, Kind, Page, PerHour, Traits, WaitTurn, Ways


class MakesConnector(Protocol):
    """The class of a connector."""

    ways: Ways
    traits: Traits

    def __call__(self, page: Page, wait_turn: WaitTurn, transport: transport.Transport, /) -> Connector: ...


@dataclass(frozen=True, slots=True)
class Network:
    """`keys`: name → what people call it; `where_to_get`: name → where it is to be found."""

    connector: MakesConnector
    base: str
    page_id: re.Pattern[str]
    keys: Mapping[str, str]
    where_to_get: Mapping[str, str]
    page_url: str  # with the page's id in place of {}
    hosts: tuple[str, ...]  # where its pictures may lie
    keys_at: str  # where keys are made; with the page's id in place of {}
    enough: str  # with which keys a page can be connected, in words
    person_url: str = ""  # where a browser opens a person; with his number in place of {}
    national_roots: bool = False
    """Its certificate is signed by a root of the state, which the office has to name (OSM_NATIONAL_ROOTS)."""
    through_proxy: bool = False
    """It is asked through the proxy that the office names (OSM_NETWORKS_PROXY), where it names one."""
    poll_every: int = 0
    """Seconds between two looks at a page; 0: the network holds its answer back until something happens."""
    per_hour: tuple[PerHour, PerHour] | None = None
    """Requests for reading and for acts, where it counts them by the hour."""
    warning: str = ""  # the text that a person confirms when he connects a page
    asks_ground: bool = False
    """Instead he enters on which ground the office uses this network in spite of the warning."""
    callback: hearing.Callback | None = None  # how it calls us, where it can


def traits_of(network: str) -> Traits:
    """What its connector says of it; of a network without one that people work by hand nothing holds."""
    return CONNECTED[network].connector.traits if network in CONNECTED else Traits(tells_gone=False)


def looks_up(network: str) -> bool:
    """Whether it can be asked, after an unclear end, if an answer stands there."""
    return (Kind.COMMENT, Act.LOOK_UP) in CONNECTED[network].connector.ways


def has(network: str, method: str) -> bool:
    """Whether its connector has what not every one has: `administrators`, `renew`, `confirmation`, `open_picture`."""
    return network in CONNECTED and hasattr(CONNECTED[network].connector, method)


BESIDE_KEYS = ("refresh", "expires_at")
"""What may stand among the keys of any network: how they are renewed, and the ISO instant of their end."""

_NUMBER = re.compile(r"[1-9]\d{0,18}")

CONNECTED: dict[str, Network] = {
    "vk": Network(
        connector=vk.VkConnector,
        base=vk.client.BASE,
        page_id=_NUMBER,
        keys=vk.client.KEY_WORDS,
        where_to_get=vk.client.WHERE_TO_GET,
        page_url="https://vk.com/club{}",
        person_url="https://vk.com/id{}",
        hosts=vk.client.HOSTS,
        keys_at="https://vk.com/club{}?act=tokens",
        enough="Достаточно одного ключа: чего он не может, останется делать руками.",
        callback=vk.events.CALLBACK,
    ),
    "ok": Network(
        connector=ok.OkConnector,
        base=ok.client.BASE,
        page_id=_NUMBER,
        keys=ok.client.KEY_WORDS,
        where_to_get=ok.client.WHERE_TO_GET,
        page_url="https://ok.ru/group/{}",
        hosts=ok.client.HOSTS,
        keys_at="https://apiok.ru",
        enough="Для комментариев нужны первые три ключа вместе, для сообщений — только последний.",
        poll_every=ok.client.POLL_EVERY,
    ),
    "instagram": Network(
        connector=instagram.InstagramConnector,
        base=instagram.client.BASE,
        page_id=_NUMBER,
        keys=instagram.client.KEY_WORDS,
        where_to_get=instagram.client.WHERE_TO_GET,
        page_url="https://www.instagram.com/",
        hosts=instagram.client.HOSTS,
        keys_at="https://developers.facebook.com/apps/",
        enough="Instagram ничего не исправляет, не возвращает и не блокирует через программу: это делается на сайте.",
        poll_every=instagram.client.POLL_EVERY,
        per_hour=(instagram.client.READING, instagram.client.ACTING),
        warning=instagram.client.WARNING,
        callback=instagram.client.CALLBACK,
    ),
    "max": Network(
        connector=max.MaxConnector,
        base=max.client.BASE,
        page_id=_NUMBER,
        keys=max.client.KEY_WORDS,
        where_to_get=max.client.WHERE_TO_GET,
        page_url="https://web.max.ru/-{}",
        hosts=max.client.HOSTS,
        keys_at="https://business.max.ru",
        enough="Номер канала стоит в адресе web.max.ru/-123…. Блокировку MAX не снимает через программу.",
        national_roots=True,
        poll_every=max.client.POLL_EVERY,
    ),
    "telegram": Network(
        connector=telegram.TelegramConnector,
        base=telegram.client.BASE,
        page_id=re.compile(r"[1-9]\d{4,11}"),
        keys=telegram.client.KEY_WORDS,
        where_to_get=telegram.client.WHERE_TO_GET,
        page_url="https://t.me/c/{}",
        hosts=(),
        keys_at="https://t.me/BotFather",
        enough="Номер канала стоит в адресе web.telegram.org/a/#-100123…: без «-100» в начале.",
        through_proxy=True,
        warning=telegram.client.WARNING,
        asks_ground=True,
    ),
}

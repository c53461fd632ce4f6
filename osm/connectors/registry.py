"""The networks that the program can use: connector, address, keys; one entry each."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from osm.connectors import calls, instagram, ok, transport, vk
from osm.connectors.contract import Connector, Page, PerHour, Traits, WaitTurn
from osm.connectors.instagram import client as instagram_keys
from osm.connectors.instagram import client as instagram_limits
from osm.connectors.instagram import events as instagram_callback
from osm.connectors.max import MaxConnector
from osm.connectors.max import client as max_keys
from osm.connectors.ok import client as ok_keys
from osm.connectors.ok import client as ok_limits
from osm.connectors.telegram import TelegramConnector
from osm.connectors.telegram import client as telegram_keys
from osm.connectors.vk import client as vk_keys
from osm.connectors.vk import client as vk_limits
from osm.connectors.vk import events as vk_callback
from osm.connectors.ways import Act, Kind, Ways


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
    callback: calls.Callback | None = None  # how it calls us, where it can


def traits_of(network: str) -> Traits:
    """What its connector says of it; of a network without one that people work by hand nothing holds."""
    return CONNECTED[network].connector.traits if network in CONNECTED else Traits(tells_gone=False)


def looks_up(network: str) -> bool:
    """Whether it can be asked, after an unclear end, if an answer stands there."""
    return (Kind.COMMENT, Act.LOOK_UP) in CONNECTED[network].connector.ways


def names_administrators(network: str) -> bool:
    """Whether this network says who manages a page."""
    return network in CONNECTED and hasattr(CONNECTED[network].connector, "administrators")


def renews_keys(network: str) -> bool:
    """Whether this network gives a new key for one that ends."""
    return network in CONNECTED and hasattr(CONNECTED[network].connector, "renew")


def gives_confirmation(network: str) -> bool:
    """Whether this network wants a certain line as an answer before it calls us."""
    return network in CONNECTED and hasattr(CONNECTED[network].connector, "confirmation")


BESIDE_KEYS = ("refresh", "expires_at")
"""What may stand among the keys of any network: how they are renewed, and the ISO instant of their end."""

_NUMBER = re.compile(r"[1-9]\d{0,18}")

CONNECTED: dict[str, Network] = {
    "vk": Network(
        connector=vk.VkConnector,
        base=vk_limits.BASE,
        page_id=_NUMBER,
        keys=vk_keys.KEY_WORDS,
        where_to_get=vk_keys.WHERE_TO_GET,
        page_url="https://vk.com/club{}",
        person_url="https://vk.com/id{}",
        hosts=vk_limits.HOSTS,
        keys_at="https://vk.com/club{}?act=tokens",
        enough="Достаточно одного ключа: чего он не может, останется делать руками.",
        callback=vk_callback.CALLBACK,
    ),
    "ok": Network(
        connector=ok.OkConnector,
        base=ok_limits.BASE,
        page_id=_NUMBER,
        keys=ok_keys.KEY_WORDS,
        where_to_get=ok_keys.WHERE_TO_GET,
        page_url="https://ok.ru/group/{}",
        hosts=ok_limits.HOSTS,
        keys_at="https://apiok.ru",
        enough="Для комментариев нужны первые три ключа вместе, для сообщений — только последний.",
        poll_every=ok_limits.POLL_EVERY,
    ),
    "instagram": Network(
        connector=instagram.InstagramConnector,
        base=instagram_limits.BASE,
        page_id=_NUMBER,
        keys=instagram_keys.KEY_WORDS,
        where_to_get=instagram_keys.WHERE_TO_GET,
        page_url="https://www.instagram.com/",
        hosts=instagram_limits.HOSTS,
        keys_at="https://developers.facebook.com/apps/",
        enough="Instagram ничего не исправляет, не возвращает и не блокирует через программу: это делается на сайте.",
        poll_every=instagram_limits.POLL_EVERY,
        per_hour=(instagram_limits.READING, instagram_limits.ACTING),
        warning=instagram_limits.WARNING,
        callback=instagram_callback.CALLBACK,
    ),
    "max": Network(
        connector=MaxConnector,
        base=max_keys.BASE,
        page_id=_NUMBER,
        keys=max_keys.KEY_WORDS,
        where_to_get=max_keys.WHERE_TO_GET,
        page_url="https://web.max.ru/-{}",
        hosts=max_keys.HOSTS,
        keys_at="https://business.max.ru",
        enough="Номер канала стоит в адресе web.max.ru/-123…. Блокировку MAX не снимает через программу.",
        national_roots=True,
        poll_every=max_keys.POLL_EVERY,
    ),
    "telegram": Network(
        connector=TelegramConnector,
        base=telegram_keys.BASE,
        page_id=re.compile(r"[1-9]\d{4,11}"),
        keys=telegram_keys.KEY_WORDS,
        where_to_get=telegram_keys.WHERE_TO_GET,
        page_url="https://t.me/c/{}",
        hosts=(),
        keys_at="https://t.me/BotFather",
        enough="Номер канала стоит в адресе web.telegram.org/a/#-100123…: без «-100» в начале.",
        through_proxy=True,
        warning=telegram_keys.WARNING,
        asks_ground=True,
    ),
}

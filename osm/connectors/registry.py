"""The networks that the program can speak to by itself: connector, address, keys; one line each."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from osm.connectors.contract import Connector, Page, WaitTurn
from osm.connectors.vk import VkConnector
from osm.connectors.vk.capabilities import KEY_WORDS, WHERE_TO_GET
from osm.connectors.vk.limits import BASE, HOSTS


@dataclass(frozen=True, slots=True)
class Network:
    """`keys`: name → what people call it; `where_to_get`: name → where it is to be found."""

    connector: Callable[[Page, WaitTurn], Connector]
    base: str
    page_id: re.Pattern[str]
    keys: Mapping[str, str]
    where_to_get: Mapping[str, str]
    page_url: str
    """With the page's id in place of {}."""
    hosts: tuple[str, ...]
    """Where its pictures may lie."""


CONNECTED: dict[str, Network] = {
    "vk": Network(
        VkConnector, BASE, re.compile(r"[1-9]\d{0,18}"), KEY_WORDS, WHERE_TO_GET, "https://vk.com/club{}", HOSTS
    ),
}

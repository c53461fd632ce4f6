"""The page or wall of an address, and whether an answer is in the place of its message."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from osm.networks.addresses import canonical_url, network_of_url
from osm.networks.catalogue import NETWORKS

_VK = re.compile(r"/(?:wall|photo|video|clip|topic|album|market|product|story)(?P<id>-?[0-9]+)(?:_|$)")
_VK_PAGE = re.compile(r"/(?P<kind>id|club|public|event)(?P<id>[0-9]+)$")
_BY_ID = {"ok": re.compile(r"/(?:group|profile)/(?P<id>[0-9]+)"), "telegram": re.compile(r"/c/(?P<id>-?[0-9]+)")}
_BY_NAME = {
    "ok": re.compile(r"/(?P<id>[\w.]+)/(?:topic|statuses|album)/"),
    "telegram": re.compile(r"/(?P<id>\w{3,})/[0-9]"),
    "max": re.compile(r"/(?P<id>\w{3,})/\w"),
}
"""Paths that say whose page it is. A page with a name has an id too, so that one is never compared with the other."""


def elsewhere(network: str, message_url: str, url: str) -> str:
    """How the place of an answer differs from that of its message, for a person to judge; empty where it does not.

    `network`: the code that the message has.
    """
    home = network if network in NETWORKS and NETWORKS[network].hosts else _network(message_url)
    there = _network(url)
    if home != there:
        return f"Сообщение {_origin(home, message_url)}, а ссылка ведёт {_target(there, url)}."
    if home is None and message_url and _host(message_url) != _host(url):
        return f"Сообщение с сайта {_host(message_url)}, а ссылка ведёт на сайт {_host(url)}."
    own, other = _page(message_url), _page(url)
    if own and other and own[0] == other[0] and own[1] != other[1]:
        return f"Сообщение стоит на странице {own[2]}, а ссылка ведёт на страницу {other[2]}."
    return ""


def _page(url: str) -> tuple[str, str, str] | None:
    """What kind of name it is, the name, and the page as people know it; None where the address does not say it."""
    code = _network(url)
    if code is None:
        return None
    parts = urlsplit(canonical_url(url))
    if code == "vk":
        if found := _VK.match(parts.path):
            return "id", found["id"], f"{parts.netloc}/wall{found['id']}"
        if found := _VK_PAGE.match(parts.path):
            owner = found["id"] if found["kind"] == "id" else f"-{found['id']}"
            return "id", owner, f"{parts.netloc}/wall{owner}"
        return None
    for kind, patterns in (("id", _BY_ID), ("name", _BY_NAME)):
        if code in patterns and (found := patterns[code].match(parts.path)):
            return kind, found["id"].casefold(), f"{parts.netloc}{parts.path[: found.end('id')]}"
    return None


def _network(url: str) -> str | None:
    try:
        return network_of_url(url)
    except ValueError:
        return None


def _host(url: str) -> str:
    try:
        return urlsplit(canonical_url(url)).netloc
    except ValueError:
        return urlsplit(url).hostname or ""


def _origin(network: str | None, url: str) -> str:
    if network:
        return f"из сети «{NETWORKS[network].label}»"
    return f"с сайта {_host(url)}" if _host(url) else "с сайта"


def _target(network: str | None, url: str) -> str:
    return f"в сеть «{NETWORKS[network].label}»" if network else f"на сайт {_host(url)}"

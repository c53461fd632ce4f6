"""The address of an official page: of which network it is, and by which name its network knows it."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from osm.networks.addresses import PROFILES, canonical_url, network_of_url
from osm.networks.catalogue import NETWORKS

_NUMBERED = {
    "vk": re.compile(r"/(?:club|public|event)([0-9]+)"),
    "ok": re.compile(r"/(?:group|profile)/([0-9]+)"),
}
"""Where the address tells the number of the page."""
_PAGES = PROFILES | {
    "facebook": re.compile(
        r"/(?:(?:groups|p|pages/[^/]+|people/[^/]+)/)?(?!(?:watch|(?:photo|story|permalink)\.php)$)[^/]+"
    ),
    "twitter": re.compile(r"/(?!(?:home|search|explore)$)\w+"),
    "youtube": re.compile(r"/(?:(?:channel|c|user)/)?(?!(?:watch|playlist|results|shorts|feed)$)[^/]+"),
    "rutube": re.compile(r"/(?:(?:channel|u)/)?(?!(?:video|shorts|feeds)$)[^/]+"),
    "dzen": re.compile(r"/(?:id/)?(?!(?:video|news|shorts)$)[^/]+"),
    "tiktok": re.compile(r"/@[^/]+"),
}
"""What the path of a page is like; a post, a film or a topic has other parts."""
_ANY_CASE = frozenset(("vk", "ok", "telegram", "instagram", "max"))
"""Networks in which a name is the same in small and in capital letters."""


def name_of(url: str) -> str:
    """The name by which an address calls its page; empty where it tells the number, or is no address of a page."""
    try:
        code, name, one = page_of(url)
    except ValueError:
        return ""
    is_number = code in _NUMBERED and _NUMBERED[code].fullmatch(urlsplit(one).path)
    return "" if is_number else name[:200]


def page_of(url: str) -> tuple[str, str, str]:
    """Code of the network, the name of the page there (its number, where the address tells it), the one address.

    ValueError where it is no address, of no network that we know, or names no page.
    """
    code = network_of_url(url)
    one = canonical_url(url)
    path = urlsplit(one).path
    if code is None or code not in NETWORKS or not path.strip("/"):
        raise ValueError(url)
    if code in _ANY_CASE:
        path = path.lower()
    numbered = _NUMBERED[code].fullmatch(path) if code in _NUMBERED else None
    query = urlsplit(one).query
    is_page = numbered or (code in _PAGES and _PAGES[code].fullmatch(path))
    if not is_page or (query and code != "facebook"):
        raise ValueError(url)
    name = numbered[1] if numbered else path.strip("/").removeprefix("@") + (f"?{query}" if query else "")
    return code, name, one

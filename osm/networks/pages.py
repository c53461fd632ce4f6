"""Addresses of pages, which thread an address belongs to, and on which page it is."""

import re
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import parse_qsl, urlsplit

from osm.base.numbers import is_number
from osm.networks.addresses import PROFILES, canonical_url, network_of_url, one_spelling
from osm.networks.catalogue import CLIENTS, HOSTS, NETWORKS

# --- The address of an official page: of which network it is, and by which name its network knows it
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
    """The name of the page in its address; empty where the address has the number, or is no address of a page."""
    try:
        code, name, one = page_of(url)
    except ValueError:
        return ""
    is_number = code in _NUMBERED and _NUMBERED[code].fullmatch(urlsplit(one).path)
    return "" if is_number else name[:200]


def page_of(url: str) -> tuple[str, str, str]:
    """Code of the network, the name of the page there (its number, where the address has it), the one address.
    ValueError where it is no address, of an unknown network, or names no page."""
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


# --- Which comment of which page an address leads to, as far as the address itself says so
_VK = re.compile(r"/(?P<kind>wall|topic|photo|video)(?P<owner>-?[0-9]+)_(?P<place>[0-9]+)")
_VK_KINDS = {"wall": ("comment", "reply"), "topic": ("discussion", "post"), "photo": ("photo_comment", "reply"),
             "video": ("video_comment", "reply")}  # fmt: skip
"""Part of the path → the kind of comment, and the parameter that names it."""
_OK = re.compile(r"/(?:group/(?P<page>[0-9]+)|(?P<name>[\w.-]+))/(?P<kind>topic|album/photo)/(?P<place>[0-9]+)")
_OK_KINDS = {"topic": "comment", "album/photo": "photo_comment"}
_INSTAGRAM = re.compile(r"(?:/[\w.]+)?/(?:p|reel|tv)/(?P<post>[\w-]+)(?:/c/(?P<top>[0-9]+)(?:/r/(?P<reply>[0-9]+))?)?")
_OK_NAMES = ("comment", "commentid", "reply", "st.cmt")


@dataclass(frozen=True, slots=True)
class At:
    """One comment. `page`: the community, its number without a sign or its name in the address; `owner`: the owner of
    the wall, with the network's sign."""

    network: str
    page: str
    kind: str
    place: str
    id: str
    owner: str = ""
    thread: str = ""  # the comment at the top of its thread; empty where the address does not say it

    @property
    def target(self) -> dict[str, str]:
        """As connectors and the outbox name it (`osm.connectors.contract.Target`)."""
        told = {"kind": self.kind, "id": self.id, "place": self.place, "owner": self.owner, "thread": self.thread}
        return {name: value for name, value in told.items() if value or name in ("kind", "id")}


def comment_at(url: str) -> At | None:
    """None where the address names no comment under something that a community has published."""
    one = one_spelling(url)
    return comment_in(one) if one else None


@lru_cache(maxsize=1024)
def comment_in(one: str) -> At | None:
    """The same for an address in its one spelling. Kept, because an import asks for each link several times."""
    parts = urlsplit(one)
    network, query = HOSTS.get(parts.hostname or ""), dict(parse_qsl(parts.query))
    if network == "vk" and (found := _VK.match(parts.path)):
        kind, names = _VK_KINDS[found["kind"]]
        number, owner = query.get(names, ""), found["owner"]
        if not is_number(number) or not owner.startswith("-"):
            return None
        thread = query.get("thread", "") if query.get("thread") != number else ""
        return At("vk", owner[1:], kind, found["place"], number, owner, thread)
    if network == "ok" and (found := _OK.match(parts.path)):
        number = next((query[name] for name in _OK_NAMES if query.get(name)), "")
        page = found["page"] or found["name"].lower()
        return At("ok", page, _OK_KINDS[found["kind"]], found["place"], number) if number else None
    return None


def coded_comment(url: str) -> tuple[str, str, str] | None:
    """The network, the post and the comment of an address of Instagram. An address names the post by another code than
    the API: only what was read there connects the two."""
    try:
        network, parts = network_of_url(url), urlsplit(canonical_url(url))
    except ValueError:
        return None
    found = _INSTAGRAM.fullmatch(parts.path) if network == "instagram" else None
    if found is None:
        return None
    number = found["reply"] or found["top"] or dict(parse_qsl(parts.query)).get("comment_id", "")
    return ("instagram", found["post"], number) if is_number(number) else None


# --- The page or wall of an address
_VK_OWNER = re.compile(r"/(?:wall|photo|video|clip|topic|album|market|product|story)(?P<id>-?[0-9]+)(?:_|$)")
_VK_PAGE = re.compile(r"/(?P<kind>id|club|public|event)(?P<id>[0-9]+)$")
_BY_ID = {"ok": re.compile(r"/(?:group|profile)/(?P<id>[0-9]+)"), "telegram": re.compile(r"/c/(?P<id>-?[0-9]+)")}
_BY_NAME = {
    "ok": re.compile(r"/(?P<id>[\w.]+)/(?:topic|statuses|album)/"),
    "telegram": re.compile(r"/(?P<id>\w{3,})/[0-9]"),
    "max": re.compile(r"/(?P<id>\w{3,})/\w"),
}
"""Paths that say whose page it is. A page with a name has an id too, so that one is never compared with the other."""


def elsewhere(network: str, message_url: str, url: str) -> str:
    """How the place of an answer differs from that of its message, or why it is none, for a person to judge; empty
    where nothing is wrong. `network`: the code that the message has."""
    home = network if network in NETWORKS and NETWORKS[network].hosts else _network(message_url)
    there = _network(url)
    if home != there:
        return f"Сообщение {_origin(home, message_url)}, а ссылка ведёт {_target(there, url)}."
    if home is None and message_url and _host(message_url) != _host(url):
        return f"Сообщение с сайта {_host(message_url)}, а ссылка ведёт на сайт {_host(url)}."
    own, other = _page(message_url), _page(url)
    if own and other and own[0] == other[0] and own[1] != other[1]:
        return f"Сообщение стоит на странице {own[2]}, а ссылка ведёт на страницу {other[2]}."
    if there and _is_whole(there, url):
        return "Ссылка ведёт на страницу целиком. Откройте ответ в соцсети и скопируйте ссылку на сам ответ."
    return ""


_ITEM = re.compile(r"/(?!(?:id|club|public|event)[0-9]+$)(?:[a-z]+-?[0-9]|[0-9]|@?[^/]*-)")
"""An item of VK of which the path has one part only."""


def _is_whole(network: str, url: str) -> bool:
    """Whether it is surely a page, a feed or another section: it names no single item, so it is no answer."""
    parts = urlsplit(canonical_url(url))
    if parts.hostname in CLIENTS or parts.query or parts.fragment:
        return False
    if network == "vk" and _ITEM.match(parts.path):
        return False
    return parts.path.count("/") <= 1 or bool(network in _PAGES and _PAGES[network].fullmatch(parts.path))


def _page(url: str) -> tuple[str, str, str] | None:
    """What kind of name it is, the name, and the page as people know it; None where the address does not say it."""
    code = _network(url)
    if code is None:
        return None
    parts = urlsplit(canonical_url(url))
    if code == "vk":
        if found := _VK_OWNER.match(parts.path):
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

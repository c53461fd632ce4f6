"""Social networks by their many spellings and by the host of an address; canonical addresses."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from osm.connectors.incident_file.cells import plain


@dataclass(frozen=True, slots=True)
class Network:
    """`hosts`: the first is the canonical one, the others mean the same place; subdomains www and m are understood."""

    label: str
    words: tuple[str, ...]
    hosts: tuple[str, ...] = ()
    other_hosts: tuple[str, ...] = ()
    """Belong to the network, but their paths are of another kind (short links, web clients)."""
    query: frozenset[str] = frozenset()
    """Parameters that tell one message from another; all others are noise."""


NETWORKS: dict[str, Network] = {
    "vk": Network(
        "ВКонтакте",
        words=("вконтакте", "в контакте", "вк", "vk", "bk", "vkontakte", "vk com", "vk ru", "вк видео", "vk видео"),
        hosts=("vk.com", "vk.ru", "vkontakte.ru", "new.vk.com", "vkvideo.ru"),
        other_hosts=("vk.cc", "vk.me"),
        query=frozenset(("reply", "thread", "post", "w", "z")),
    ),
    "ok": Network(
        "Одноклассники",
        words=("одноклассники", "однокласники", "ок", "ok", "ok ru", "odnoklassniki", "odnoklassniki ru"),
        hosts=("ok.ru", "odnoklassniki.ru"),
        other_hosts=("ok.me",),
        query=frozenset(("comment", "commentid", "reply", "st.cmt", "st.themeid")),
    ),
    "telegram": Network(
        "Telegram",
        words=("telegram", "телеграм", "телеграмм", "телега", "тг", "tg", "t me"),
        hosts=("t.me", "telegram.me", "telegram.dog"),
        other_hosts=("web.telegram.org",),
        query=frozenset(("comment", "thread")),
    ),
    "instagram": Network(
        "Instagram",
        words=("instagram", "инстаграм", "инстаграмм", "инста", "insta", "instagram com"),
        hosts=("instagram.com", "instagr.am"),
        query=frozenset(("comment_id",)),
    ),
    "max": Network(
        "MAX",
        words=("max", "макс", "max ru", "мессенджер max", "мессенджер макс"),
        hosts=("max.ru",),
        other_hosts=("web.max.ru",),
        query=frozenset(("comment", "message")),
    ),
    "facebook": Network(
        "Facebook",
        words=("facebook", "фейсбук", "fb", "facebook com"),
        hosts=("facebook.com", "fb.com"),
        query=frozenset(("comment_id", "reply_comment_id", "story_fbid", "fbid", "id", "v")),
    ),
    "twitter": Network(
        "X (Twitter)", words=("twitter", "твиттер", "x twitter", "twitter com"), hosts=("x.com", "twitter.com")
    ),
    "youtube": Network(
        "YouTube",
        words=("youtube", "ютуб", "ютьюб", "youtube com"),
        hosts=("youtube.com",),
        other_hosts=("youtu.be",),
        query=frozenset(("v", "lc")),
    ),
    "rutube": Network("RuTube", words=("rutube", "рутуб"), hosts=("rutube.ru",)),
    "dzen": Network(
        "Дзен", words=("дзен", "яндекс дзен", "dzen", "zen"), hosts=("dzen.ru",), other_hosts=("zen.yandex.ru",)
    ),
    "tiktok": Network(
        "TikTok", words=("tiktok", "тикток", "тик ток"), hosts=("tiktok.com",), other_hosts=("vm.tiktok.com",)
    ),
    "site": Network(
        "Сайт",
        words=(
            "сайт",
            "веб сайт",
            "официальный сайт",
            "сайт администрации",
            "интернет сайт",
            "портал",
            "форум",
            "сми",
            "site",
        ),
    ),
}
"""Code → what we know of the network. A word or a host that is not here is an unknown network."""

WORDS = {word: code for code, network in NETWORKS.items() for word in network.words}
HOSTS = {host: code for code, network in NETWORKS.items() for host in network.hosts + network.other_hosts}
CLIENTS = frozenset(host for network in NETWORKS.values() for host in network.other_hosts)
"""Hosts that say in the fragment what they show."""
AROUND = frozenset(
    (
        "социальная",
        "сеть",
        "соцсеть",
        "мессенджер",
        "комментарий",
        "группа",
        "сообщество",
        "паблик",
        "канал",
        "чат",
        "пост",
    )
)
"""Words beside the name of a network that change nothing: «Группа ВК», «Telegram-канал»."""
MAX_URL = 1000
EDGES = "<>()[]\"'«»,;"
"""What surrounds an address in a sentence."""

NOISE = re.compile(r"utm_|^(?:from|ref|ysclid|yclid|gclid|fbclid|igsh|igshid|_openstat|rhash|si|feature|hl)$")
"""Parameters that say how a person came to the page, on sites that we do not know."""
COMMENT_MARK = re.compile(r"[\w-]*(?:comment|reply|answer|message|post|c)[\w-]*?\d+", re.IGNORECASE)
"""A fragment that names a comment; other fragments are noise."""
_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*://", re.IGNORECASE)
_HOST = re.compile(r"(?:[\w](?:[\w-]*[\w])?\.)+(?:xn--[a-z0-9-]+|[^\W\d_]{2,})\.?")
_VK_WALL = re.compile(r"wall(-?\d+_\d+)(?:_r(\d+))?")


@lru_cache(maxsize=1024)
def network_of_word(word: str) -> str | None:
    """The code of a network by its name in any spelling; None for an unknown one."""
    words = plain(word)
    return WORDS.get(words) or WORDS.get(" ".join(part for part in words.split() if part not in AROUND))


@lru_cache(maxsize=4096)
def network_of_url(url: str) -> str | None:
    """The code of a network by the host of an address; None for an unknown host. Raises ValueError for no address."""
    return HOSTS.get(_host(address(url)))


def is_address(text: str) -> bool:
    try:
        address(text)
    except ValueError:
        return False
    return True


@lru_cache(maxsize=4096)
def address(text: str) -> str:
    """The address in a cell: «vk.com/wall1_2» gets its https, words around an address are left out.

    Raises ValueError where there is none, or it is longer than MAX_URL.
    """
    words = text.split() if len(text) <= 2 * MAX_URL else []
    for word in (word.strip(EDGES) for word in words):
        found = _checked(word) if len(words) == 1 or _SCHEME.match(word) else None
        if found:
            return found
    raise ValueError("это не ссылка")


def _checked(word: str) -> str | None:
    """The word as an address; without a scheme only where it begins with a host that we know, or with www."""
    named = bool(_SCHEME.match(word))
    url = word if named else f"https://{word}"
    if len(url) > MAX_URL:
        return None
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname or "", parts.port
        known = _host(url) in HOSTS
    except ValueError:  # UnicodeError of a bad host is one of them
        return None
    if parts.scheme not in ("http", "https") or parts.username or not _HOST.fullmatch(host):
        return None
    return url if named or known or host.startswith("www.") else None


@lru_cache(maxsize=4096)
def canonical_url(text: str) -> str:
    """One spelling for all addresses of one message or profile. Raises ValueError where there is no address.

    https, small host without www and m, the network's main host, no utm and the like; ids of a reply, a thread and a
    comment stay, sorted.
    """
    parts = urlsplit(address(text))
    host = _host(address(text))
    code = HOSTS.get(host)
    path = parts.path.rstrip("/" + EDGES)
    query = [(name.lower(), value) for name, value in parse_qsl(parts.query)]
    fragment = parts.fragment if COMMENT_MARK.fullmatch(parts.fragment) or host in CLIENTS else ""
    if code and host in NETWORKS[code].hosts:
        host = NETWORKS[code].hosts[0]
        query = [pair for pair in query if pair[0] in NETWORKS[code].query]
        path, query = PATHS.get(code, _as_is)(path, query)
    else:
        query = [pair for pair in query if not NOISE.search(pair[0])]
    return urlunsplit(("https", host, path, urlencode(sorted(query)), fragment))


def spellings(text: str) -> tuple[str, ...]:
    """A link as a stored message may have it: as it stands here, in its one spelling, and in that of a telephone.

    Empty where there is none.
    """
    try:
        one = canonical_url(text)
    except ValueError:
        return ()
    return tuple(dict.fromkeys((text.strip(), address(text), one, one.replace("://", "://m.", 1))))


def _host(url: str) -> str:
    return _main_name(urlsplit(url).hostname or "")


@lru_cache(maxsize=1024)
def _main_name(hostname: str) -> str:
    host = hostname.rstrip(".").encode("idna").decode()
    for prefix in ("www.", "m.", "mobile."):
        if host.startswith(prefix) and "." in host.removeprefix(prefix):
            return host.removeprefix(prefix)
    return host


Query = list[tuple[str, str]]


def _as_is(path: str, query: Query) -> tuple[str, Query]:
    return path, query


def _vk(path: str, query: Query) -> tuple[str, Query]:
    """A window over another page (`?w=wall-1_2_r3`) is the address of the post or comment itself."""
    places = [value for name, value in query if name == "w"] + [path.removeprefix("/")]
    wall = next(filter(None, map(_VK_WALL.fullmatch, places)), None)
    if not wall:
        return path, query
    query = [pair for pair in query if pair[0] not in ("w", "z")]
    if wall[2] and "reply" not in dict(query):
        query.append(("reply", wall[2]))
    return f"/wall{wall[1]}", query


def _telegram(path: str, query: Query) -> tuple[str, Query]:
    """`/s/channel/12` is the same post as `/channel/12`, seen in a browser."""
    return path.removeprefix("/s") if path.startswith("/s/") else path, query


PATHS = {"vk": _vk, "telegram": _telegram}

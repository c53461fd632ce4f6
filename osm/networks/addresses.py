"""Addresses of profiles, posts and comments in the networks."""

import re
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from osm.networks.catalogue import CLIENTS, HOSTS, NETWORKS, plain
from osm.regulation.errors import MissingInput, refuse

# --- Addresses in networks: found in a text, brought into one spelling
MAX_URL = 1000
ASKED_ADDRESS = {
    "url": "Вставьте ссылку целиком и без других слов, например https://vk.com/wall-1_2?reply=3.",
    "author_url": "Вставьте ссылку на профиль целиком, например https://vk.com/id1. "
    "Телефон, почту и другие слова перенесите в текст сообщения.",
}
"""What is asked for at a field with an address, by its name."""
EDGES = "<>()[]\"'«»,;"  # what surrounds an address in a sentence

NOISE = re.compile(r"utm_|^(?:from|ref|ysclid|yclid|gclid|fbclid|igsh|igshid|_openstat|rhash|si|feature|hl)$")
"""Parameters that say how a person came to the page, on sites that we do not know."""
COMMENT_MARK = re.compile(r"[\w-]*(?:comment|reply|answer|message|post|c)[\w-]*?\d+", re.IGNORECASE)
"""A fragment that names a comment; other fragments are noise."""
_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*://", re.IGNORECASE)
_HOST = re.compile(r"(?:[\w](?:[\w-]*[\w])?\.)+(?:xn--[a-z0-9-]+|[^\W\d_]{2,})\.?")
_VK_WALL = re.compile(r"wall(-?[0-9]+_[0-9]+)(?:_r([0-9]+))?")


@lru_cache(maxsize=4096)
def network_of_url(url: str) -> str | None:
    """The code of a network by the host of an address; None for an unknown host. Raises ValueError for no address."""
    return HOSTS.get(_main_name(urlsplit(address(url)).hostname or ""))


def is_address(text: str) -> bool:
    try:
        address(text)
    except ValueError:
        return False
    return True


def is_web(text: str | None) -> bool:
    """Whether a stored address may be shown as a link: one from outside could hold a script."""
    try:
        parts = urlsplit(text or "")
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname)


def is_profile(text: str) -> bool:
    """Whether the text is the address of a page of a person or a community: no post, comment, photo or short link."""
    try:
        parts = urlsplit(canonical_url(text))
    except ValueError:
        return False
    code = HOSTS.get(parts.hostname or "")
    if code not in PROFILES or parts.hostname not in NETWORKS[code].hosts or parts.query or parts.fragment:
        return False
    return PROFILES[code].fullmatch(parts.path) is not None


@lru_cache(maxsize=4096)
def address(text: str) -> str:
    """The address in a cell: «vk.com/wall1_2» gets its https, words around an address are left out. Raises ValueError
    where there is none, or it is longer than MAX_URL."""
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
        known = _main_name(host) in HOSTS
    except ValueError:  # UnicodeError of a bad host is one of them
        return None
    if parts.scheme not in ("http", "https") or parts.username or not _HOST.fullmatch(host):
        return None
    return url if named or known or host.startswith("www.") else None


@lru_cache(maxsize=4096)
def canonical_url(text: str) -> str:
    """One spelling for all addresses of one message or profile. Raises ValueError where there is no address. https,
    small host without www and m, the network's main host, no utm or other tracking; ids of a reply, a thread and a
    comment stay, sorted."""
    parts = urlsplit(address(text))
    host = _main_name(parts.hostname or "")
    code = HOSTS.get(host)
    path = parts.path.rstrip("/" + EDGES)
    query = [(name.lower(), value) for name, value in parse_qsl(parts.query)] if parts.query else []
    fragment = parts.fragment if COMMENT_MARK.fullmatch(parts.fragment) or host in CLIENTS else ""
    if code and host in NETWORKS[code].hosts:
        host = NETWORKS[code].hosts[0]
        query = [pair for pair in query if pair[0] in NETWORKS[code].query]
        if code in PATHS:
            path, query = PATHS[code](path, query)
    else:
        query = [pair for pair in query if not NOISE.search(pair[0])]
    return urlunsplit(("https", host, path, urlencode(sorted(query)) if query else "", fragment))


def spellings(text: str) -> tuple[str, ...]:
    """A link as a stored message may have it: as written, in its one spelling, and in that of a telephone. Empty where
    there is none."""
    try:
        one = canonical_url(text)
    except ValueError:
        return ()
    return tuple(dict.fromkeys((text.strip(), address(text), one, one.replace("://", "://m.", 1))))


@lru_cache(maxsize=1024)
def _main_name(hostname: str) -> str:
    host = hostname.rstrip(".").encode("idna").decode()
    for prefix in ("www.", "m.", "mobile."):
        if host.startswith(prefix) and "." in host.removeprefix(prefix):
            return host.removeprefix(prefix)
    return host


def web_address(url: str, field: str = "url") -> str:
    """A full address of a page; one of a network that we know gets its https. Raises MissingInput at the field: an
    answer without its link proves nothing, and further words would be lost."""
    stripped = url.strip()
    refuse(field, len(stripped) > MAX_URL, f"Ссылка длиннее {MAX_URL} знаков. Вставьте только адрес страницы.")
    try:
        found = stripped if any(character.isspace() for character in stripped) else address(stripped)
    except ValueError:
        found = stripped
    try:
        parts = urlsplit(found)
        well_formed = parts.scheme in ("http", "https") and "." in (parts.hostname or "") and parts.port != 0
    except ValueError:
        well_formed = False
    if not well_formed or parts.username is not None or any(character.isspace() for character in found):
        raise MissingInput(field, ASKED_ADDRESS[field])
    return found


def one_spelling(url: str) -> str:
    """The one spelling of an address; empty where it is none."""
    try:
        return canonical_url(url)
    except ValueError:
        return ""


Query = list[tuple[str, str]]


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

PROFILES = {
    "vk": re.compile(
        r"/(?!(?:wall|photo|video|clip|topic|album|doc|market|product|story|audio|note|poll|event)s?-?\d)"
        r"(?!(?:feed|im|friends|groups|search|away\.php)$)@?[\w.]+"
    ),
    "ok": re.compile(r"/(?:profile|group)/\w+|/(?!(?:feed|groups|search|video|dk)$)[\w.-]+"),
    "telegram": re.compile(r"/(?!(?:joinchat|share|c|s|addstickers)$)@?\w+"),
    "instagram": re.compile(r"/(?!(?:p|reel|reels|explore|stories|tv)$)[\w.]+"),
    "max": re.compile(r"/(?:(?:u|profile|id)/)?@?[\w.-]+"),
}
"""Paths of profiles, where it is known how they look; everything that is an item of its own has more or other parts."""

_CHOSEN = {"t.me": re.compile(r"/([A-Za-z]\w+)"), "max.ru": re.compile(r"/([A-Za-z][\w.]+)")}


def profile_words(url: str) -> str:
    """How the link to a profile is called: by the name that its owner has chosen, where people are known by it. Empty
    where it leads nowhere: a number in Telegram is ours to tell people by."""
    parts = urlsplit(url)
    chosen = _CHOSEN.get(parts.hostname or "")
    if chosen and (found := chosen.fullmatch(parts.path)):
        return f"@{found[1]}"
    return "" if parts.hostname == "t.me" else "профиль"


# --- Whether two profiles are one author: surely by the address, likely by the name (П.15)
NAMELESS = frozenset((
    "автор", "аноним", "анонимно", "анонимный автор", "анонимный пользователь", "без имени", "гость", "житель",
    "имя не указано", "имя скрыто", "не указан", "не указано", "неизвестен", "неизвестно", "неизвестный",
    "неизвестный автор", "пользователь", "пользователь удален", "скрыто", "страница удалена", "удаленный аккаунт",
    "удаленный пользователь", "anonymous", "deleted", "deleted account", "deleted user", "dleted", "unknown", "user",
))  # fmt: skip
"""What stands for a name that nobody has told, as `plain` leaves it."""
SHORTEST = 3  # Letters and digits: «А.», «И. П.» are no names.


class Sameness(StrEnum):
    """Why two authors are taken for one."""

    PROFILE = "profile"
    NAME = "name"  # a likelihood for proposals alone: a decision on an author rests on his profile


@dataclass(frozen=True, slots=True)
class AuthorKey:
    """An author as far as he is compared with others."""

    author_id: int
    network: str
    name_key: str  # of `name_key`; empty where the name says nothing
    has_address: bool


def name_key(name: str) -> str:
    """The name as names are compared; empty where it is none."""
    key = plain(name)
    return "" if key in NAMELESS or sum(map(str.isalnum, key)) < SHORTEST else key


def sameness(one: AuthorKey | None, other: AuthorKey | None) -> Sameness | None:
    """Two addresses are two authors; without one of them the same name in the same network is likely the same."""
    if one is None or other is None:
        return None
    if one.author_id == other.author_id:
        return Sameness.PROFILE
    same_name = one.name_key != "" and (one.network, one.name_key) == (other.network, other.name_key)
    return Sameness.NAME if same_name and not (one.has_address and other.has_address) else None


def is_other(profile: str, other_profile: str, name: str, other_name: str) -> bool:
    """Whether two authors surely differ: by their profiles where both are known, else by their keys of names."""
    if profile and other_profile:
        return profile != other_profile
    return bool(name and other_name) and name != other_name

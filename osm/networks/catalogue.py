"""The networks, and their restrictions in Russia."""

import re
import tomllib
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import cache, lru_cache
from pathlib import Path

# --- How networks are restricted in Russia on a day: facts with dates, kept as data (`restrictions.toml`)
FILE = Path(__file__).with_name("restrictions.toml")


class Limit(StrEnum):
    """What a restriction means for a reader of a page."""

    SLOWED = "slowed"
    BLOCKED = "blocked"
    FORBIDDEN = "forbidden"


_CLOSED = frozenset({Limit.BLOCKED, Limit.FORBIDDEN})


@dataclass(frozen=True, slots=True)
class Restriction:
    """One fact, from `since` until the day before `until`."""

    networks: frozenset[str]
    since: date
    until: date | None
    kind: Limit
    words: str

    def holds(self, network: str, day: date) -> bool:
        return network in self.networks and self.since <= day and (self.until is None or day < self.until)

    def told(self) -> str:
        """«Работа соцсети в России замедлена Роскомнадзором с 10.02.2026.»"""
        return f"{self.words} {self.since:%d.%m.%Y}."


@cache
def all_restrictions() -> tuple[Restriction, ...]:
    """Oldest first."""
    rows = tomllib.loads(FILE.read_text(encoding="utf-8"))["restriction"]
    found = [
        Restriction(frozenset(row["networks"]), row["since"], row.get("until"), Limit(row["kind"]), row["words"])
        for row in rows
    ]
    return tuple(sorted(found, key=lambda one: one.since))


def note_on(network: str, day: date) -> str:
    """What has to be said of the network on this day, with dates; empty where nothing restricts it."""
    return " ".join(one.told() for one in all_restrictions() if one.holds(network, day))


def is_closed_on(network: str, day: date) -> bool:
    """Whether it is blocked or forbidden then; one that is only slowed is not."""
    return any(one.holds(network, day) and one.kind in _CLOSED for one in all_restrictions())


def changed_on(day: date) -> date:
    """The last day up to this one on which a restriction began or ended."""
    turns = [turn for one in all_restrictions() for turn in (one.since, one.until) if turn and turn <= day]
    return max(turns, default=date.min)


# --- The catalogue of networks: what they are called, where they live, how long a reply in them may be
LONGEST_POST = 4000  # characters of a post, where nothing else is known of a network
LONGEST_REPLY = 1500  # characters, where nothing else is known of a network
_PUNCTUATION = re.compile(r"[^\w№+✓]+|_")


@dataclass(frozen=True, slots=True)
class Network:
    """`hosts`: the first is the canonical one, the others mean the same place; subdomains www and m are understood."""

    label: str
    words: tuple[str, ...]
    hosts: tuple[str, ...] = ()
    other_hosts: tuple[str, ...] = ()
    """Belong to the network, but their paths are of another kind (short links, web clients)."""
    query: frozenset[str] = frozenset()  # parameters that tell one message from another; all others are noise
    longest_reply: int = LONGEST_REPLY
    """Characters up to which a reply is read in this network (П.16); longer ones are advised to be cut."""
    longest_post: int = LONGEST_POST  # characters that the network takes in one post (Пр.2.3)


NETWORKS: dict[str, Network] = {
    "vk": Network(
        "ВКонтакте",
        words=("вконтакте", "в контакте", "вк", "vk", "bk", "vkontakte", "vk com", "vk ru", "вк видео", "vk видео"),
        hosts=("vk.com", "vk.ru", "vkontakte.ru", "new.vk.com", "vkvideo.ru"),
        other_hosts=("vk.cc", "vk.me"),
        query=frozenset(("reply", "thread", "post", "w", "z")),
        longest_post=15_895,
    ),
    "ok": Network(
        "Одноклассники",
        words=("одноклассники", "однокласники", "ок", "ok", "ok ru", "odnoklassniki", "odnoklassniki ru"),
        hosts=("ok.ru", "odnoklassniki.ru"),
        other_hosts=("ok.me",),
        query=frozenset(("comment", "commentid", "reply", "st.cmt", "st.themeid")),
        longest_post=16_000,
    ),
    "telegram": Network(
        "Telegram",
        words=("telegram", "телеграм", "телеграмм", "телега", "тг", "tg", "t me"),
        hosts=("t.me", "telegram.me", "telegram.dog"),
        other_hosts=("web.telegram.org",),
        query=frozenset(("comment", "thread")),
        longest_post=4096,
    ),
    "instagram": Network(
        "Instagram",
        words=("instagram", "инстаграм", "инстаграмм", "инста", "insta", "instagram com"),
        hosts=("instagram.com", "instagr.am"),
        query=frozenset(("comment_id",)),
        longest_post=2200,
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
AROUND = frozenset((
    "социальная", "сеть", "соцсеть", "мессенджер", "комментарий", "группа", "сообщество", "паблик", "канал", "чат",
    "пост",
))  # fmt: skip
"""Words beside the name of a network that change nothing: «Группа ВК», «Telegram-канал»."""


@lru_cache(maxsize=1024)
def network_of_word(word: str) -> str | None:
    """The code of a network by its name in any spelling; None for an unknown one."""
    words = plain(word)
    return WORDS.get(words) or WORDS.get(" ".join(part for part in words.split() if part not in AROUND))


def longest_reply(network: str) -> int:
    """Characters up to which a reply is read there (П.16)."""
    return NETWORKS[network].longest_reply if network in NETWORKS else LONGEST_REPLY


def longest_post(network: str) -> int:
    """Characters that it takes in one post."""
    return NETWORKS[network].longest_post if network in NETWORKS else LONGEST_POST


def plain(text: str) -> str:
    """For comparing words: small letters, ё as е, punctuation as a space, single spaces."""
    return " ".join(_PUNCTUATION.sub(" ", text.lower().replace("ё", "е")).split())

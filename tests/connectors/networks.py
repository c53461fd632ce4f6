"""The networks that the contract suite runs against: each with its emulator and a connector to it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from osm.connectors.contract import Connector, Kind, Page, Target
from osm.connectors.instagram import InstagramConnector
from osm.connectors.max import MaxConnector
from osm.connectors.ok import OkConnector
from osm.connectors.telegram import TelegramConnector
from osm.connectors.transport import Transport
from osm.connectors.vk import VkConnector
from tests.emulators import instagram as instagram_emulator
from tests.emulators import max as max_emulator
from tests.emulators import ok as ok_emulator
from tests.emulators import telegram as telegram_emulator
from tests.emulators.instagram import Instagram, instagram_network
from tests.emulators.max import Max, max_network
from tests.emulators.ok import Ok, ok_network
from tests.emulators.serving import Asked, Serving
from tests.emulators.telegram import Telegram, telegram_network
from tests.emulators.vk import KEYS, Vk, vk_network
from tests.emulators.vk_world import ADMIN


def no_wait(_key: str, _per_second: float) -> None:
    """Do not wait for turns: the emulator counts them instead."""


@dataclass
class Network:
    """One emulated network and what a citizen and a moderator do in it by hand."""

    connector: Callable[..., Connector]
    serving: Serving
    write: Callable[..., Target]
    """A citizen comments: text → where it stands."""
    delete_as: Callable[[Target, str], None]
    """`citizen` (its author) or `moderator` deletes it."""
    change: Callable[[Target, str], None]
    texts: Callable[[], list[str]]
    """What stands there now, our answers too."""
    banned: Callable[[], set[str]]
    effects: Callable[[], dict[Any, int]]
    clock: Callable[[], datetime]
    writes_answer: Callable[[Asked], bool]
    """Whether this request writes an answer."""
    readers: tuple[str, ...]
    """Keys without any of which nothing can be looked up."""
    tells: bool = True
    """It tells of all that happens, and who did it; else two looks are compared, and what came and went between them
    is not known."""
    tells_bans: bool = True
    """Where it tells, of bans too."""
    takes_photos: bool = True
    posts: Callable[[], list[str]] = list
    """What the page has published, oldest first."""
    writes_post: Callable[[Asked], bool] = lambda _asked: False


def vk_connector(vk: Vk, *without: str, transport: Transport | None = None) -> VkConnector:
    """A connector with all keys but those named."""
    keys = {name: key for name, key in KEYS.items() if name not in without}
    page = Page(str(vk.world.group), vk.base, keys)
    return VkConnector(page, no_wait, transport or Transport(whole=1))


@contextmanager
def _vk() -> Iterator[Network]:
    with vk_network(limits=False) as vk:
        world = vk.world
        citizen = world.person(100500, "Анна", "Тестова")
        post = world.post("График вывоза мусора")

        def write(text: str, under: Target | None = None) -> Target:
            number = world.write(post, citizen, text, int(under.id) if under else None)
            top = str(world.comments[number]["parents_stack"][0]) if under else ""
            return Target(Kind.COMMENT, str(number), str(post), str(world.owner), str(citizen), top)

        yield Network(
            connector=lambda *without: vk_connector(vk, *without),
            serving=vk.serving,
            write=write,
            delete_as=lambda target, who: world.delete(int(target.id), citizen if who == "citizen" else ADMIN),
            change=lambda target, text: world.change(int(target.id), text),
            texts=lambda: [one["text"] for one in world.comments.values()],
            banned=lambda: {str(who) for who in world.bans},
            effects=lambda: dict(world.effects),
            clock=lambda: datetime.fromtimestamp(world.now).astimezone(),
            writes_answer=lambda asked: "createComment" in asked.path,
            readers=("user", "service"),
            posts=lambda: [one["text"] for one in world.posts.values()],
            writes_post=lambda asked: "wall.post" in asked.path,
        )


OK_CITIZEN = "570000000001"


def ok_connector(ok: Ok, *without: str, transport: Transport | None = None) -> OkConnector:
    """A connector with all keys but those named."""
    keys = {name: key for name, key in ok_emulator.KEYS.items() if name not in without}
    return OkConnector(Page(ok.world.group, ok.base, keys), no_wait, transport or Transport(whole=1))


@contextmanager
def _ok() -> Iterator[Network]:
    with ok_network(limits=False) as ok:
        world = ok.world
        citizen = world.person(OK_CITIZEN, "Анна Тестова")
        topic = world.post("График вывоза мусора")

        def write(text: str, under: Target | None = None) -> Target:
            number = world.write(topic, citizen, text, under.id if under else "")
            return Target(Kind.COMMENT, number, topic, author=citizen)

        def change(target: Target, text: str) -> None:
            world.comment(topic, target.id)["text"] = text

        yield Network(
            connector=lambda *without: ok_connector(ok, *without),
            serving=ok.serving,
            write=write,
            delete_as=lambda target, _who: world.delete(topic, target.id),
            change=change,
            texts=lambda: [one["text"] for one in world.comments[topic]],
            banned=lambda: set(world.banned),
            effects=lambda: dict(world.effects),
            clock=lambda: datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=world.now),
            writes_answer=lambda asked: asked.query.get("method") == "discussions.addDiscussionComment",
            readers=("access_token",),
            tells=False,
            takes_photos=False,
            posts=lambda: [one["title"] for one in world.topics.values()],
            writes_post=lambda asked: asked.query.get("method") == "mediatopic.post",
        )


def instagram_connector(instagram: Instagram, *without: str) -> InstagramConnector:
    """A connector with the key, or without."""
    keys = {name: key for name, key in instagram_emulator.KEYS.items() if name not in without}
    page = Page(instagram_emulator.PAGE, instagram.base, keys)
    return InstagramConnector(page, no_wait, Transport(whole=1))


@contextmanager
def _instagram() -> Iterator[Network]:
    with instagram_network() as world:
        media = world.post("График вывоза мусора")

        def write(text: str, under: Target | None = None) -> Target:
            number = world.write(media, OK_CITIZEN, "Анна Тестова", text, under.id if under else "")
            return Target(Kind.COMMENT, number, media, author=OK_CITIZEN, thread=world.comments[number]["parent"])

        def change(target: Target, text: str) -> None:
            world.comments[target.id]["text"] = text

        yield Network(
            connector=lambda *without: instagram_connector(world, *without),
            serving=world.serving,
            write=write,
            delete_as=lambda target, _who: world.delete(target.id),
            change=change,
            texts=lambda: [one["text"] for one in world.comments.values()],
            banned=set,
            effects=lambda: dict(world.effects),
            clock=lambda: datetime.fromtimestamp(world.now, UTC),
            writes_answer=lambda asked: asked.verb == "POST" and asked.path.endswith("/replies"),
            readers=("access_token",),
            tells=False,
            takes_photos=False,
        )


def max_connector(world: Max, *without: str) -> MaxConnector:
    """A connector with the token, or without."""
    keys = {name: key for name, key in max_emulator.KEYS.items() if name not in without}
    return MaxConnector(Page(str(-max_emulator.CHANNEL), world.base, keys), no_wait, Transport(whole=1))


@contextmanager
def _max() -> Iterator[Network]:
    with max_network(limits=False) as world:
        post = world.post("График вывоза мусора")

        def write(text: str, under: Target | None = None) -> Target:
            mid = world.write(post, 100500, "Анна Тестова", text, under.id if under else "")
            return Target(Kind.COMMENT, mid, post, author="100500")

        def change(target: Target, text: str) -> None:
            world.comments[target.id]["text"] = text

        yield Network(
            connector=lambda *without: max_connector(world, *without),
            serving=world.serving,
            write=write,
            delete_as=lambda target, _who: world.delete(target.id),
            change=change,
            texts=lambda: [one["text"] for one in world.comments.values()],
            banned=lambda: {str(who) for who in world.blocked},
            effects=lambda: dict(world.effects),
            clock=lambda: datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=world.now),
            writes_answer=lambda asked: asked.verb == "POST" and asked.path.endswith("/comments"),
            readers=("access_token",),
            tells=False,
            takes_photos=False,
            posts=lambda: [one["text"] for one in world.posts.values()],
            writes_post=lambda asked: (asked.verb, asked.path) == ("POST", "/messages"),
        )


TELEGRAM_PAGE, TELEGRAM_GROUP = "1700000001", "2700000001"


def telegram_connector(world: Telegram, *without: str, transport: Transport | None = None) -> TelegramConnector:
    """A connector with the token, or without."""
    keys = {name: key for name, key in telegram_emulator.KEYS.items() if name not in without}
    return TelegramConnector(Page(TELEGRAM_PAGE, world.base, keys), no_wait, transport or Transport(whole=1))


def telegram_comment(number: int, author: str = "100500", post: str = "gorod/1") -> Target:
    """A message in the group as the connector names it."""
    return Target(Kind.COMMENT, f"{TELEGRAM_GROUP}/{number}", post, TELEGRAM_PAGE, author)


@contextmanager
def _telegram() -> Iterator[Network]:
    with telegram_network(limits=False) as world:
        thread = world.post("График вывоза мусора")

        def write(text: str, under: Target | None = None) -> Target:
            above = int(under.id.partition("/")[2]) if under else 0
            return telegram_comment(world.write(thread, 100500, "Анна Тестова", text, above))

        yield Network(
            connector=lambda *without: telegram_connector(world, *without),
            serving=world.serving,
            write=write,
            delete_as=lambda target, _who: world.delete(int(target.id.partition("/")[2])),
            change=lambda target, text: world.change(int(target.id.partition("/")[2]), text),
            texts=world.texts,
            banned=lambda: {str(who) for _group, who in world.banned},
            effects=lambda: dict(world.effects),
            clock=lambda: datetime.fromtimestamp(world.now, UTC),
            writes_answer=lambda asked: asked.path.endswith("/sendMessage"),
            readers=("access_token",),
            tells_bans=False,
            posts=lambda: world.texts(telegram_emulator.CHANNEL),
            writes_post=lambda asked: asked.path.endswith("/sendMessage"),
        )


NETWORKS: dict[str, Callable[[], AbstractContextManager[Network]]] = {
    "vk": _vk,
    "ok": _ok,
    "instagram": _instagram,
    "max": _max,
    "telegram": _telegram,
}

"""A page in the browser where you write as a citizen of an emulated network and see what the office answers."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from html import escape

from tests.emulators.max import BOT, Max
from tests.emulators.serving import Answer, Asked, Serving
from tests.emulators.telegram import GROUP, TOKEN, Telegram
from tests.emulators.vk import Vk

_PAGE = """<!doctype html><html lang="ru"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<meta http-equiv="refresh" content="5"><title>{network} для пробы</title>
<style>body{{font:16px/1.5 sans-serif;max-width:42rem;margin:1rem auto;padding:0 1rem}}
.own{{border-left:3px solid #1d5fa8;padding-left:.75rem}} form{{margin:1rem 0}} li{{margin:.5rem 0}}</style>
<h1>{network} для пробы</h1>
<ol><li>Напишите здесь как житель.</li><li>Откройте <a href="{product}/moderation">очередь комментариев</a>
(логин vera, пароль demo-vera): комментарий там {soon}. Удалите его или возьмите в работу.</li>
<li>Ответьте, согласуйте и нажмите «Опубликовать» (anna, demo-anna): через минуту ответ появится здесь.</li></ol>
<h2>{post}</h2>
<form method="post" action="/write"><input name="text" size="50" required autofocus autocomplete="off">
<button>Написать</button></form><ul>{comments}</ul><p>Заблокированы: {banned}</p></html>"""
CITIZEN = 100500
NAME = "Анна Тестова"
POST = "График вывоза мусора на эту неделю"


@dataclass(frozen=True)
class Wall:
    """One post of a network. `comments`: whether the page wrote it, who did, the text."""

    network: str
    soon: str
    serving: Serving
    comments: Callable[[], list[tuple[bool, str, str]]]
    banned: Callable[[], list[str]]
    write: Callable[[str], object]
    tick: Callable[[int], None]
    """The network's clock is set to this second."""

    def open(self, product: str) -> None:
        """From now on "/" and "/write" are this page; all else is the network."""
        network = self.serving.answer

        def answered(asked: Asked) -> Answer:
            self.tick(int(time.time()))
            return self._page(product, asked) if asked.path in ("/", "/write") else network(asked)

        self.serving.answer = answered

    def _page(self, product: str, asked: Asked) -> Answer:
        if asked.path == "/write" and asked.verb == "POST":
            if NAME not in self.banned():
                self.write(asked.form.get("text", ""))
            return Answer('<!doctype html><meta http-equiv="refresh" content="0; url=/">')
        rows = "".join(
            f'<li class="{"own" if is_own else ""}"><strong>{escape(name)}</strong>: {escape(text)}</li>'
            for is_own, name, text in self.comments()
        )
        banned = escape(", ".join(self.banned()) or "никто")
        about = {"network": self.network, "soon": self.soon, "product": product, "post": POST}
        return Answer(_PAGE.format(**about, comments=rows, banned=banned))


def of_vk(vk: Vk) -> Wall:
    world = vk.world
    world.now = int(time.time())
    world.person(CITIZEN, *NAME.split())
    post = world.post(POST)
    names = lambda: {number: " ".join(name) for number, name in world.people.items()}  # noqa: E731

    def comments() -> list[tuple[bool, str, str]]:
        found = sorted(world.comments.values(), key=lambda one: (one["parents_stack"] or [one["id"]], one["id"]))
        told = [(one["from_id"], one["text"]) for one in found]
        return [(who == world.owner, names().get(who, "Администрация"), text) for who, text in told]

    def tick(now: int) -> None:
        world.now = now

    banned = lambda: [names().get(number, str(number)) for number in world.bans]  # noqa: E731
    write = lambda text: world.write(post, CITIZEN, text)  # noqa: E731
    return Wall("ВКонтакте", "через секунды", vk.serving, comments, banned, write, tick)


def of_max(world: Max) -> Wall:
    world.now = int(time.time()) * 1000
    post = world.post(POST)

    def comments() -> list[tuple[bool, str, str]]:
        return [
            (one["author"] == BOT, "Администрация" if one["author"] == BOT else one["name"], one["text"])
            for one in world.comments.values()
        ]

    def tick(now: int) -> None:
        world.now = max(world.now, now * 1000)

    banned = lambda: [NAME] if CITIZEN in world.blocked else []  # noqa: E731
    write = lambda text: world.write(post, CITIZEN, NAME, text)  # noqa: E731
    return Wall("MAX", "через минуту", world.serving, comments, banned, write, tick)


def of_telegram(world: Telegram) -> Wall:
    thread, bot = world.post(POST), world.bots[TOKEN].id

    def comments() -> list[tuple[bool, str, str]]:
        told = [one for (chat, _), one in world.messages.items() if chat == GROUP and "message_thread_id" in one]
        return [
            (one["from"]["id"] == bot, "Администрация" if one["from"]["id"] == bot else NAME, one.get("text", ""))
            for one in told
        ]

    def tick(now: int) -> None:
        world.now = max(world.now, now)

    banned = lambda: [NAME] if (GROUP, CITIZEN) in world.banned else []  # noqa: E731
    write = lambda text: world.write(thread, CITIZEN, NAME, text)  # noqa: E731
    return Wall("Telegram", "через секунды", world.serving, comments, banned, write, tick)

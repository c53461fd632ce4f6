"""A busy hour: all comments of ten pages reach the queue, each once; what an idle page costs its network."""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from concurrent.futures import wait
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import func, select

from osm.base.database import db
from osm.listening.acts import hearing
from osm.listening.acts.hearing import LONG_POLL, Listening
from osm.models import Author, Comment
from osm.pages.acts.connecting import connect_page
from tests.desk import NOW
from tests.emulators.max import CHANNEL, max_network
from tests.emulators.max import KEYS as MAX_KEYS
from tests.emulators.telegram import CHANNEL as TELEGRAM_CHANNEL
from tests.emulators.telegram import GROUP, Bot, telegram_network

MOST = 300
"""Requests of an idle page in an hour."""
POSTS = 35  # of each page, more than are looked at
BURST = 30  # the minute in which a third of the comments is written


@pytest.fixture
def asked_at(app, desk):
    """`asked_at(name, base)`: the emulator that the product asks from now on."""
    kept = app.extensions["osm"].settings

    def asked_at(name: str, base: str) -> None:
        app.extensions["osm"].settings = replace(kept, network_urls={name: base})

    yield asked_at
    app.extensions["osm"].settings = kept


def look(listening: Listening, now: datetime) -> None:
    """A round of the worker asks the pages, the next one enters what they have answered."""
    db.session.rollback()
    hearing._listen(listening, now, 0)
    wait(listening.futures)
    hearing._collect(listening, now)


def minutes(chance: random.Random, comments: int) -> list[list[int]]:
    """The comments that are written in each minute of the hour."""
    found: list[list[int]] = [[] for _ in range(60)]
    for number in range(comments):
        found[BURST if number % 3 == 0 else chance.randrange(1, 60)].append(number)
    return found


def in_queue() -> Counter[str]:
    db.session.rollback()
    return Counter(db.session.scalars(select(Comment.text)))


def test_max_tells_of_all_comments_within_half_an_hour(asked_at, desk, often):
    chance, pages, comments = random.Random(215), often(2, 10), often(320, 1000)
    busy, idle = [CHANNEL - number for number in range(pages)], CHANNEL - pages
    channels = {channel: {"link": f"https://max.ru/gorod{channel}"} for channel in (*busy, idle)}
    given = {"limits": False, "names_people": False, "channels": channels, "now": int(NOW.timestamp() * 1000)}
    with max_network(**given) as world:
        asked_at("max", world.base)
        posts = {one: [world.post(f"Запись {number}", one) for number in range(POSTS)][::-1] for one in channels}
        for channel in channels:
            connect_page("max", str(-channel), MAX_KEYS, actor=desk.anna, now=NOW)
        listening = Listening()
        look(listening, NOW)
        world.asked_of.clear()
        looked_at, wanted = defaultdict(list), Counter[str]()
        for minute, written in enumerate(minutes(chance, comments)):
            for number in written:
                channel = busy[0] if minute == BURST else busy[number % pages]
                place = 0 if minute == BURST else chance.choice((0, 0, 0, 1, 2, 3, 4, chance.randrange(5, 30)))
                world.write(posts[channel][place], number, "Житель", f"Комментарий {number}")
                wanted[f"Комментарий {number}"] += 1
            before = Counter(world.asked_of)
            look(listening, NOW + timedelta(minutes=minute))
            for place, post in enumerate(posts[idle]):
                looked_at[place] += [minute] * (world.asked_of[post] - before[post])
        hour = sum(world.asked_of[one] for one in (idle, *posts[idle]))
        assert world.asked_of["me"] == 0, "the first look asks whose token it is"
        changed = world.comments[[*world.comments][-1]]
        wanted -= Counter([changed["text"]])
        changed["text"] = "Исправлен"
        for minute in range(60, 90):
            look(listening, NOW + timedelta(minutes=minute))
        assert in_queue() == wanted + Counter(["Исправлен"])
        assert db.session.scalar(select(func.count()).select_from(Author)) == 0
    longest = {place: max(map(int.__sub__, at[1:], at)) for place, at in looked_at.items() if len(at) > 1}
    print(f"{comments} comments on {pages} pages; an idle page costs {hour} requests an hour")
    assert hour <= MOST
    assert longest[0] == 1
    assert all(longest[place] <= 4 for place in range(1, 5))
    assert all(longest[place] <= 30 for place in range(5, 30))
    assert not any(looked_at[place] for place in range(30, POSTS))


def test_telegram_tells_of_all_comments_at_once(asked_at, desk, often):
    chance, pages, comments = random.Random(215), often(2, 10), often(320, 1000)
    bots = [Bot(f"{7000001 + one}:key", TELEGRAM_CHANNEL - one, GROUP - one, f"gorod{one}") for one in range(pages)]
    given = {"limits": False, "bots": {one.token: one for one in bots}, "now": int(NOW.timestamp())}
    with telegram_network(**given) as world:
        asked_at("telegram", world.base)
        for bot in bots:
            about = {"ground": "Распоряжение № 12", "actor": desk.anna, "now": NOW}
            connect_page("telegram", str(bot.channel)[4:], {"access_token": bot.token}, **about)
        listening = Listening()
        look(listening, NOW)
        threads = {bot.token: [world.post(f"Запись {number}", bot) for number in range(12)] for bot in bots}
        wanted = Counter[str]()
        for minute, written in enumerate(minutes(chance, comments)):
            for number in written:
                bot = bots[0] if minute == BURST else bots[number % pages]
                author = -1001800000000 - number if number % 50 == 0 else 1000 + number  # some write as a channel
                thread = chance.choice(threads[bot.token])
                last = world.write(thread, author, f"Житель {number}", f"Комментарий {number}", bot=bot)
                wanted[f"Комментарий {number}"] += 1
            for _ in range(1 + len(written) // 100):  # a hundred come at once
                look(listening, NOW + timedelta(minutes=minute))
        world.change(last, "Исправлен", bot)
        wanted -= Counter([f"Комментарий {number}"])
        look(listening, NOW + timedelta(hours=1))
        assert in_queue() == wanted + Counter(["Исправлен"])

        # While nothing happens, Telegram holds its answer back: one request lasts as long as it may.
        before = Counter(world.asked_of)
        hearing._listen(listening, NOW + timedelta(hours=2), 2)
        wait(listening.futures)
        assert {world.asked_of[bot.token] - before[bot.token] for bot in bots} == {1}
    print(f"{comments} comments on {pages} pages; an idle page costs {3600 // LONG_POLL} requests an hour")
    assert 3600 // LONG_POLL <= MOST

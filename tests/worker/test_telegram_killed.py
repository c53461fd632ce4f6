"""SIGKILL at random moments while acts go to a Telegram that cuts a third of the connections: none twice.

Nothing can be looked up there but bans, so an answer or a post with an unclear end waits for a person; a deletion is
tried until it is done.
"""

from __future__ import annotations

import os
import random
from collections import Counter
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from osm.answers.acts import ordering
from osm.base.application import SystemClock
from osm.base.database import db
from osm.base.transaction import WHOLE
from osm.listening.acts import hearing
from osm.models import Comment, OutboxAction
from osm.pages.acts.connecting import connect_page
from osm.plan.acts import posting
from osm.regulation.blacklist import OutboxState
from tests.emulators.telegram import CHANNEL, GROUP, Bot, telegram_network
from tests.office import hire

from .killing import cuts, kill_at_random, order, schedule

pytestmark = [
    pytest.mark.skipif(os.name != "posix", reason="SIGKILL"),
    pytest.mark.xdist_group("worker"),
    pytest.mark.nightly(on="postgresql"),
]

PAGES = 3
KINDS = ("publish", "delete", "ban", "post")
BOTS = [Bot(f"{7000001 + one}:access-key", CHANNEL - one, GROUP - one, f"gorod{one}") for one in range(PAGES)]


@pytest.fixture
def world(app):
    with telegram_network(limits=False, bots={one.token: replace(one) for one in BOTS}) as found:
        kept = app.extensions["osm"].settings
        app.extensions["osm"].settings = replace(kept, network_urls={"telegram": found.base})
        yield found
        app.extensions["osm"].settings = kept


def connected(world, bot: Bot, number: int, office, now) -> list[Comment]:
    """A connected channel with so many comments, each by another person."""
    given = {"publish": "auto", "ground": "Распоряжение № 12", "actor": office.anna, "now": now - ordering.UNDO}
    account = connect_page("telegram", str(bot.channel)[4:], {"access_token": bot.token}, **given).account_id
    hearing.run(now, WHOLE)
    thread = world.post("Пост", bot)
    for one in range(number):
        world.write(thread, 1000 * (bot.id % 1000) + one, f"Житель {one}", f"Комментарий {one}", bot=bot)
    for _ in range(2):  # a hundred at once
        hearing.run(now, WHOLE)
    there = select(Comment).where(Comment.account_id == account)
    return list(db.session.scalars(there.order_by(Comment.id)))


def wanted_effect(action: OutboxAction) -> tuple[str, str]:
    """As the emulator counts what this act does."""
    if action.kind == "post":
        return "post", action.placement.publication.text
    number = action.comment.target["id"] if action.comment else ""
    if action.kind == "ban":
        return "ban", action.author.profile_url.rpartition("/")[2]
    return {"publish": "reply"}.get(action.kind, action.kind), f"-100{number}"


def test_killed_and_cut_no_act_in_telegram_is_done_twice(app, world, tmp_path, often):
    acts, kills, chance = often(12, 300), often(3, 60), random.Random(30)
    with app.app_context():
        office, now = hire(), SystemClock().now() - timedelta(minutes=2)
        bots = list(world.bots.values())
        found = [one for bot in bots for one in connected(world, bot, acts // PAGES, office, now)]
        assert len(found) == acts
        for place, one in enumerate(found):
            kind = KINDS[place % len(KINDS)]
            if kind == "post":
                schedule(f"Запись {place}", one.account_id, office, now)
            else:
                order(kind, one, office, now)
        for _ in range(1 + acts // 40):  # some at once
            posting.run_posts(now + timedelta(minutes=1))
        rows = select(OutboxAction).execution_options(populate_existing=True)
        assert Counter(one.kind for one in db.session.scalars(rows).unique()) == dict.fromkeys(KINDS, acts // 4)
        world.serving.always = cuts(chance)
        world.refuse.extend([(429, "Too Many Requests: retry after 1")] * 3)
        told = kill_at_random(app, world, tmp_path, chance, kills=kills, acts=acts, OSM_TELEGRAM_URL=world.base)
        waits = Counter[str]()
        effects = Counter(world.effects)
        for row in db.session.scalars(rows).unique():
            times = effects.pop(wanted_effect(row), 0)
            if row.state is OutboxState.DONE:
                assert times == 1, (row.kind, row.id)
                continue
            assert (row.state, row.for_person) == (OutboxState.PENDING, True), row.error
            assert times <= 1
            waits[f"{row.kind}, {'stands' if times else 'not there'}"] += 1
        assert not effects
        assert all(kind.startswith(("publish", "post")) for kind in waits)
    print(f"{told}, wait for a person: {sorted(waits.items())}; {world.over} too fast")

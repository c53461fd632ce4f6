"""SIGKILL at random moments while acts go to a MAX that cuts a third of the connections: none lost, none twice.

MAX knows no keys of acts: only the look before a second try keeps an answer from appearing twice. Whether somebody is
banned cannot be looked up, so a ban with an unclear end waits for a person.
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
from osm.outbox.acts import rounds
from osm.pages.acts.connecting import connect_page
from osm.plan.acts import posting
from osm.regulation.blacklist import OutboxState
from tests.emulators.max import KEYS, max_network
from tests.office import hire

from .killing import cuts, kill_at_random, order, schedule
from .test_outbox_killed import RIGHT, correct

pytestmark = [
    pytest.mark.skipif(os.name != "posix", reason="SIGKILL"),
    pytest.mark.xdist_group("worker"),
    pytest.mark.nightly(on="postgresql"),
]

PAGES = 3
KINDS = ("publish", "delete", "ban", "post", "edit")
CHANNELS = [-(70000000000001 + number) for number in range(PAGES)]


@pytest.fixture
def world(app):
    given = {channel: {"link": f"https://max.ru/gorod{channel}"} for channel in CHANNELS}
    with max_network(limits=False, channels=given) as found:
        kept = app.extensions["osm"].settings
        app.extensions["osm"].settings = replace(kept, network_urls={"max": found.base})
        yield found
        app.extensions["osm"].settings = kept


def comments_on(world, channel: int, number: int, office, now) -> list[Comment]:
    """A connected channel with so many comments, each by another person."""
    world.now = int(now.timestamp() * 1000)
    connect_page("max", str(-channel), KEYS, publish="auto", actor=office.anna, now=now - ordering.UNDO)
    post = world.post("Пост", channel)
    hearing.run(now, WHOLE)
    names = {
        f"{post}_{world.write(post, 1000 * (1 + CHANNELS.index(channel)) + one, f'Житель {one}', f'Комментарий {one}')}"
        for one in range(number)
    }
    hearing.run(now + timedelta(seconds=60), WHOLE)
    return list(db.session.scalars(select(Comment).where(Comment.external_id.in_(names)).order_by(Comment.id)))


def test_killed_and_cut_no_act_in_max_is_lost_or_done_twice(app, world, tmp_path, often):
    acts, kills, chance = often(15, 300), often(3, 60), random.Random(30)
    with app.app_context():
        office, now = hire(), SystemClock().now() - timedelta(minutes=2)
        found = [one for channel in CHANNELS for one in comments_on(world, channel, acts // PAGES, office, now)]
        assert len(found) == acts
        ordered = [(KINDS[place % len(KINDS)], one) for place, one in enumerate(found)]
        stands = [one for kind, one in ordered if kind == "edit"]
        for one in stands:
            order("publish", one, office, now)
        assert rounds.run("before the proof", now, WHOLE) == len(stands)
        for one in stands:
            correct(one, office, now)
        for place, (kind, one) in enumerate(ordered):
            if kind == "post":
                schedule(f"Запись {place}", one.account_id, office, now)
            elif kind != "edit":
                order(kind, one, office, now)
        for _ in range(1 + acts // 40):  # some at once
            posting.run_posts(now + timedelta(minutes=1))
        wanted = Counter(kind for kind, _one in ordered) + Counter(publish=len(stands))
        world.serving.always = cuts(chance)
        told = kill_at_random(app, world, tmp_path, chance, kills=kills, acts=acts, OSM_MAX_URL=world.base)
        by_kind = {kind: Counter[OutboxState]() for kind in KINDS}
        for row in db.session.scalars(select(OutboxAction).execution_options(populate_existing=True)).unique():
            by_kind[row.kind][row.state] += 1
        happened: Counter[str] = Counter()
        for (act, what), times in world.effects.items():
            assert times == 1, (act, what, times)
            happened["publish" if act == "reply" else act] += 1
        for kind in ("publish", "delete", "post", "edit"):
            assert by_kind[kind] == {OutboxState.DONE: wanted[kind]}, kind
            assert happened[kind] == wanted[kind], kind
        waits = by_kind["ban"][OutboxState.PENDING]
        assert by_kind["ban"][OutboxState.DONE] + waits == wanted["ban"]
        assert by_kind["ban"][OutboxState.DONE] <= happened["ban"] <= wanted["ban"]
        placed = [one for one in world.posts.values() if one["text"].startswith("Запись")]
        assert [len(one["attachments"]) for one in placed] == [1] * wanted["post"]
        right = Counter(one["text"] for one in world.comments.values() if one["text"].startswith("Здравствуйте"))
        assert right >= Counter(RIGHT.format(one.id) for one in stands)
    print(f"{told}, {waits} bans wait for a person")

"""SIGKILL at random moments while a network calls: each comment and each change of it comes in once and in order."""

from __future__ import annotations

import os
import random
import time
from dataclasses import replace

import pytest
from sqlalchemy import func, select

from osm.base.application import SystemClock
from osm.base.database import db
from osm.base.transaction import WHOLE
from osm.listening.acts import called, hearing
from osm.models import Comment, CommentEdit, Connection, ReceivedEvent
from osm.pages.acts.connecting import connect_page
from tests.emulators.calling import VkCalls
from tests.emulators.vk import KEYS, vk_network
from tests.office import hire
from tests.serving import serving

from .processes import holds, wait_for, workers

pytestmark = [
    pytest.mark.skipif(os.name != "posix", reason="SIGKILL"),
    pytest.mark.xdist_group("worker"),
    pytest.mark.nightly(on="postgresql"),
]

KILLS, COMMENTS = 4, 40
CITIZEN = 100500


@pytest.fixture
def vk(app):
    with vk_network(limits=False) as found:
        kept = app.extensions["osm"].settings
        app.extensions["osm"].settings = replace(kept, network_urls={"vk": found.base})
        yield found
        app.extensions["osm"].settings = kept


def waiting() -> int:
    left = db.session.scalar(select(func.count()).where(ReceivedEvent.worked_at.is_(None))) or 0
    db.session.rollback()
    return left


def test_killed_at_random_moments_nothing_is_lost_and_nothing_twice(app, vk, tmp_path, often):
    kills = often(2, KILLS)
    chance = random.Random(17)
    with app.app_context(), serving(app) as url:
        office, now = hire(), SystemClock().now()
        vk.world.now = int(now.timestamp())
        vk.world.person(CITIZEN, "Анна", "Тестова")
        keys = {"community": KEYS["community"]}  # without a key that can read, nothing could be looked up again
        page = connect_page("vk", str(vk.world.group), keys, actor=office.anna, now=now).account_id
        version = db.session.scalars(select(Connection.version)).one()
        secret = called.arrange_hearing(page, version, by="callback", actor=office.anna, now=now)
        hearing.run(now, WHOLE)
        calls, post = VkCalls(vk.world, f"{url}/callback/vk", secret), vk.world.post("Пост")
        with workers(app, tmp_path, OSM_VK_URL=vk.base) as start:
            left = []
            for kill in range(kills):
                for number in range(COMMENTS):
                    written = vk.world.write(post, CITIZEN, f"Комментарий {kill}-{number}")
                    vk.world.change(written, f"Исправлено {kill}-{number}")
                while calls.at < len(vk.world.events):
                    calls.deliver()  # calls that came too fast are sent again
                worker = start()
                wait_for(lambda one=worker: holds(one, {"networks"}), worker)
                time.sleep(chance.uniform(0.9, 2.2))  # the second round enters what the first has read
                worker.kill()
                left.append(waiting())
            last = start()
            wait_for(lambda: waiting() == 0, last)
        print(f"waiting after each kill: {left}")
        texts = [f"Исправлено {kill}-{number}" for kill in range(kills) for number in range(COMMENTS)]
        assert db.session.scalars(select(Comment.text).order_by(Comment.id)).all() == texts
        assert db.session.scalar(select(func.count()).select_from(ReceivedEvent)) == 2 * len(texts)
        assert (db.session.scalar(select(func.count()).select_from(CommentEdit)) or 0) <= len(texts)

"""SIGKILL at random moments while acts go out into a network that cuts a third of the connections: each act once.

VK's own mark against doubles (`guid`) is not honoured here: what keeps an answer from standing twice is the look before
a second try. OSM_TEST_ACTS, OSM_TEST_PAGES, OSM_TEST_KILLS: `benchmarks/bench_outbox.py` asks for more of each.
"""

from __future__ import annotations

import os
import random
import time
from collections import Counter
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from osm.clock import SystemClock
from osm.extensions import db
from osm.regulation.words import OutboxKind, OutboxState, Status
from osm.services.accounts import hearing
from osm.services.accounts.connecting import connect_page
from osm.services.pace import WHOLE
from osm.store.models import Comment, Message, OutboxAction
from osm.store.transaction import transaction
from tests.emulators.serving import Trouble
from tests.emulators.vk import vk_network
from tests.emulators.vk_world import World
from tests.office import hire

from .processes import wait_for, workers

pytestmark = [pytest.mark.skipif(os.name != "posix", reason="SIGKILL"), pytest.mark.xdist_group("worker")]

ACTS, PAGES = int(os.environ.get("OSM_TEST_ACTS", "16")), int(os.environ.get("OSM_TEST_PAGES", "2"))
KILLS = int(os.environ.get("OSM_TEST_KILLS", "4"))
FIRST = 300_000_001
TEXT = "Здравствуйте! Мусор вывезут завтра, № {}."


@pytest.fixture
def vk(app):
    with vk_network(limits=True) as found:
        kept = app.extensions["osm_settings"]
        app.extensions["osm_settings"] = replace(kept, network_urls={"vk": found.base})
        yield found
        app.extensions["osm_settings"] = kept


def comments_on(vk, page: int, office, now) -> list[Comment]:
    """A connected page with as many comments as acts, each by another person."""
    world = World(group=FIRST + page, now=int(now.timestamp()), honours_guid=False)
    keys = vk.add(world)
    connect_page("vk", str(world.group), keys, publish="auto", actor=office.anna, now=now)
    hearing.take_up(now, WHOLE)
    post = world.post("Пост")
    for number in range(ACTS // PAGES):
        world.write(post, world.person(1000 * (page + 1) + number, "Житель", str(number)), f"Комментарий {number}")
    hearing.take_up(now, WHOLE)
    there = Comment.external_id.startswith(f"{world.owner}_")
    return list(db.session.scalars(select(Comment).where(there).order_by(Comment.id)))


def order(comments: list[Comment], office, now) -> Counter[str]:
    """Acts of all kinds in turn; what must have happened in the end, by kind."""
    wanted: Counter[str] = Counter()
    for number, comment in enumerate(comments):
        kind = ("delete", "publish", "ban", "unban")[number % 4]
        answered = office.routed("17.03 09:00", "17.03 09:10") if kind == "publish" else None
        if answered is not None:
            office.submitted(answered, "17.03 10:00", TEXT.format(comment.id))
            office.approved(answered, "17.03 11:00")
        with transaction() as session:
            about = {"network": "vk", "author_id": comment.author_id, "not_before": now, "created_at": now}
            if answered is not None:
                comment.message_id = answered.id
                about |= {"message_id": answered.id, "draft_id": answered.replies[-1].approved_draft.id}
            kinds = ("ban", "unban") if kind == "unban" else (kind,)
            for one in kinds:
                wanted[one] += 1
                of = {} if one in ("ban", "unban") else {"comment_id": comment.id}
                by = {"created_by_id": office.ids["anna"], "idempotency_key": f"{one}:{comment.id}"}
                session.add(OutboxAction(kind=OutboxKind(one), **about, **of, **by))
    return wanted


def pending() -> int:
    left = db.session.scalar(select(func.count()).where(OutboxAction.state == OutboxState.PENDING)) or 0
    db.session.rollback()
    return left


def test_killed_and_cut_at_random_moments_every_act_happens_once_and_in_order(app, vk, tmp_path):
    chance = random.Random(17)
    with app.app_context():
        office, now = hire(), SystemClock().now() - timedelta(minutes=1)
        wanted: Counter[str] = Counter()
        for page in range(PAGES):
            wanted += order(comments_on(vk, page, office, now), office, now)
        cuts = {0: Trouble.CUT_BEFORE, 1: Trouble.CUT_AFTER}
        vk.serving.always = lambda asked: cuts.get(chance.randrange(6)) if "/method/" in asked.path else None
        kills = 0
        with workers(app, tmp_path, OSM_VK_URL=vk.base) as start:
            while pending() and kills < KILLS:
                worker = start()
                asked = len(vk.serving.asked)
                wait_for(lambda seen=asked: len(vk.serving.asked) > seen + 2 or not pending(), worker)
                time.sleep(chance.uniform(0.0, 0.5))
                worker.kill()
                kills += 1
            last = start()
            try:
                wait_for(lambda: pending() == 0, last, seconds=60 + 5 * ACTS)
            except AssertionError:
                left = select(OutboxAction).where(OutboxAction.state == OutboxState.PENDING)
                pytest.fail("\n".join(_told(one) for one in db.session.scalars(left)))
        happened: Counter[str] = Counter()
        for world in vk.others.values():
            assert max(world.effects.values()) == 1, world.effects
            happened += Counter(dict.fromkeys(wanted, 0))
            for (act, _what), times in world.effects.items():
                happened["publish" if act == "reply" else act] += times
            told = [event["type"] for event in world.events if event["type"].startswith("user_")]
            for author, ended in _ends(world).items():
                assert ended == ["user_block", "user_unblock"][: len(ended)], author
            assert told
        assert happened == wanted
        states = Counter(db.session.scalars(select(OutboxAction.state)))
        assert states == {OutboxState.DONE: sum(wanted.values())}
        answered = db.session.scalar(select(func.count()).where(Message.status == Status.ANSWERED))
        assert answered == wanted["publish"]
    acts, requests = sum(wanted.values()), len(vk.serving.asked)
    print(f"{acts} acts on {PAGES} pages, {kills} kills, {requests} requests, {vk.over} too fast")


def _told(one: OutboxAction) -> str:
    return f"{one.kind} {one.attempts} tries, for a person: {one.for_person}, again {one.try_at}: {one.error}"


def _ends(world: World) -> dict[int, list[str]]:
    """Of each person the bans and their ends, in the order in which they happened."""
    found: dict[int, list[str]] = {}
    for event in world.events:
        if event["type"].startswith("user_"):
            found.setdefault(event["object"]["user_id"], []).append(event["type"])
    return found

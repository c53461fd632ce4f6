"""SIGKILL at random moments while acts are sent to a network that cuts a third of the connections: each act once.

VK's own protection against doubles (`guid`) is switched off here: only the look before a second try keeps an answer
from appearing twice. OSM_TEST_ACTS, OSM_TEST_PAGES, OSM_TEST_KILLS, OSM_TEST_WORKERS, OSM_TEST_CUTS:
`benchmarks/bench_outbox.py` sets more of each.
"""

from __future__ import annotations

import os
import random
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from osm.answers.acts import ordering
from osm.approvals import acts as corrections
from osm.base.application import SystemClock
from osm.base.database import db
from osm.base.transaction import WHOLE, transaction
from osm.listening.acts import hearing
from osm.models import Comment, Message, OutboxAction
from osm.outbox.acts import rounds
from osm.pages.acts.connecting import connect_page
from osm.regulation.blacklist import OutboxKind, OutboxState
from osm.regulation.words import Status
from tests.emulators.serving import Asked, Trouble
from tests.emulators.vk import vk_network
from tests.emulators.vk_world import World
from tests.office import hire

from .processes import wait_for, workers

pytestmark = [
    pytest.mark.skipif(os.name != "posix", reason="SIGKILL"),
    pytest.mark.xdist_group("worker"),
    pytest.mark.nightly(on="postgresql"),
]

ACTS, PAGES = int(os.environ.get("OSM_TEST_ACTS", "12")), int(os.environ.get("OSM_TEST_PAGES", "2"))
KILLS, WORKERS = int(os.environ.get("OSM_TEST_KILLS", "3")), int(os.environ.get("OSM_TEST_WORKERS", "1"))
CUTS = int(os.environ.get("OSM_TEST_CUTS", "1"))
FIRST = 300_000_001
TEXT, RIGHT = "Здравствуйте! Мусор вывезут завтра, № {}.", "Здравствуйте! Мусор вывезут в среду, № {}."
KINDS = ("delete", "publish", "ban", "unban", "restore", "edit")
"""What is ordered for the comments in turn: an end of a ban follows its ban, what comes back was deleted before."""
ACTING = ("wall.deleteComment", "wall.restoreComment", "wall.createComment", "wall.editComment", "groups.ban",
          "groups.unban")  # fmt: skip
STEPS = {"unban": ("ban", "unban"), "restore": ("delete", "restore")}


@pytest.fixture
def vk(app):
    with vk_network(limits=False) as found:
        kept = app.extensions["osm"].settings
        app.extensions["osm"].settings = replace(kept, network_urls={"vk": found.base})
        yield found
        app.extensions["osm"].settings = kept


def comments_on(vk, page: int, office, now) -> list[Comment]:
    """A connected page with as many comments as acts, each by another person."""
    world = World(group=FIRST + page, now=int(now.timestamp()), honours_guid=False)
    keys = vk.add(world)
    connect_page("vk", str(world.group), keys, publish="auto", actor=office.anna, now=now - ordering.UNDO)
    hearing.run(now, WHOLE)
    post = world.post("Пост")
    for number in range(ACTS // PAGES):
        world.write(post, world.person(1000 * (page + 1) + number, "Житель", str(number)), f"Комментарий {number}")
    hearing.run(now, WHOLE)
    there = Comment.external_id.startswith(f"{world.owner}_")
    return list(db.session.scalars(select(Comment).where(there).order_by(Comment.id)))


def order(kind: str, comment: Comment, office, now) -> Counter[str]:
    """Order acts for this comment; return what must have happened in the end, by kind."""
    if kind in ("publish", "edit"):
        message = answered(comment, office)
        ordering.order(message.id, message.version, actor=office.anna, now=now - ordering.UNDO)
        return Counter((kind,))
    about = {"network": "vk", "author_id": comment.author_id, "not_before": now, "created_at": now}
    with transaction() as session:
        for one in STEPS.get(kind, (kind,)):
            of = {} if one in ("ban", "unban") else {"comment_id": comment.id}
            by = {"created_by_id": office.ids["anna"], "idempotency_key": f"{one}:{comment.id}"}
            session.add(OutboxAction(kind=OutboxKind(one), **about, **of, **by))
    return Counter(STEPS.get(kind, (kind,)))


def correct(comment: Comment, office, now) -> None:
    message = db.session.get_one(Message, comment.message_id, populate_existing=True)
    given = {"text": RIGHT.format(comment.id), "reason": "Не тот день", "actor": office.anna}
    corrections.correct_answer(message.id, message.version, **given, now=now - ordering.UNDO)


def answered(comment: Comment, office) -> Message:
    """The message that was made of the comment, with an approved answer."""
    message = office.routed("17.03 09:00", "17.03 09:10")
    office.submitted(message, "17.03 10:00", TEXT.format(comment.id))
    office.approved(message, "17.03 11:00")
    with transaction():
        message = db.session.get_one(Message, message.id)
        comment.message_id, message.text = message.id, comment.text
    return db.session.get_one(Message, message.id, populate_existing=True)


def pending() -> int:
    left = db.session.scalar(select(func.count()).where(OutboxAction.state == OutboxState.PENDING)) or 0
    db.session.rollback()
    return left


def test_killed_and_cut_at_random_moments_every_act_happens_once_and_in_order(app, vk, tmp_path):
    chance = random.Random(17)
    with app.app_context():
        office, now = hire(), SystemClock().now() - timedelta(minutes=1)
        found = [one for page in range(PAGES) for one in comments_on(vk, page, office, now)]
        kinds = [(KINDS[place % len(KINDS)], one) for place, one in enumerate(found)]
        stands = [one for kind, one in kinds if kind == "edit"]
        wanted = sum((order("edit", one, office, now) for one in stands), Counter[str]())
        before = len(stands)
        assert rounds.run("before the proof", now, WHOLE) == before
        for one in stands:
            correct(one, office, now)
        wanted += sum((order(kind, one, office, now) for kind, one in kinds if kind != "edit"), Counter[str]())
        vk.serving.always = cuts(chance)
        # Only now: this process does not wait for the turn of a key (tests/conftest.py), the workers do.
        vk.limits, vk.over = True, 0
        seconds = kill_at_random(app, vk, tmp_path, chance)
        happened: Counter[str] = Counter()
        for world in vk.others.values():
            assert max(world.effects.values()) == 1, world.effects
            for (act, _what), times in world.effects.items():
                happened["publish" if act == "reply" else act] += times
            for author, ended in _ends(world).items():
                assert ended == ["user_block", "user_unblock"][: len(ended)], author
            back = {what for act, what in world.effects if act == "restore"}
            assert back <= {str(number) for number in world.comments}, "deleted after it had come back"
        assert happened == wanted + Counter(publish=before)
        states = Counter(db.session.scalars(select(OutboxAction.state)))
        assert states == {OutboxState.DONE: sum(wanted.values()) + before}
        answers = db.session.scalar(select(func.count()).where(Message.status == Status.ANSWERED))
        assert answers == wanted["publish"] + before
    acts, requests = sum(wanted.values()), len(vk.serving.asked)
    print(f"{acts} acts on {PAGES} pages, {WORKERS} workers, {requests} requests, {vk.over} too fast; {seconds}")


def cuts(chance: random.Random) -> Callable[[Asked], Trouble | None]:
    """A third of the connections, half of them after the network has acted; one request at most CUTS times."""
    ends, times = {0: Trouble.CUT_BEFORE, 1: Trouble.CUT_AFTER}, Counter[tuple[str, str]]()

    def cut(asked: Asked) -> Trouble | None:
        end = ends.get(chance.randrange(6)) if "/method/" in asked.path else None
        same = asked.path, str(sorted(asked.form.items()))
        if end is None or times[same] >= CUTS:
            return None
        times[same] += 1
        return end

    return cut


def acts_asked(vk) -> int:
    """Requests that change something; listening and looking up are left out."""
    return sum(asked.path.rpartition("/")[2] in ACTING for asked in list(vk.serving.asked))


def kill_at_random(app, vk, tmp_path, chance: random.Random) -> str:
    """Kill workers while they send, let the last ones finish everything; return how long that took."""
    began, kills, left = time.monotonic(), 0, 0
    with workers(app, tmp_path, OSM_VK_URL=vk.base) as start:
        alive = [start() for _ in range(WORKERS)]
        while pending() and kills < KILLS:
            asked = acts_asked(vk)
            wait_for(lambda seen=asked: acts_asked(vk) > seen or not pending(), *alive)
            time.sleep(chance.uniform(0.0, 0.5))
            alive.pop(chance.randrange(WORKERS)).kill()
            kills += 1
            alive.append(start())
        killed, left = time.monotonic(), pending()
        try:
            wait_for(lambda: pending() == 0, *alive, seconds=60 + 5 * ACTS)
        except AssertionError:
            rows = select(OutboxAction).where(OutboxAction.state == OutboxState.PENDING)
            pytest.fail("\n".join(_told(one) for one in db.session.scalars(rows)))
    ended = time.monotonic()
    return f"{kills} kills, in {killed - began:.0f} s; {left} acts left then, done {ended - killed:.0f} s later"


def _told(one: OutboxAction) -> str:
    return f"{one.kind} {one.attempts} tries, for a person: {one.for_person}, again {one.try_at}: {one.error}"


def _ends(world: World) -> dict[int, list[str]]:
    """The bans of each person and their ends, in the order in which they happened."""
    found: dict[int, list[str]] = {}
    for event in world.events:
        if event["type"].startswith("user_"):
            found.setdefault(event["object"]["user_id"], []).append(event["type"])
    return found

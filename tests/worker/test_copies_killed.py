"""SIGKILL at random moments while copies are grouped: each text is in one group, once; the sizes are right."""

from __future__ import annotations

import os
import random
import time

import pytest
from sqlalchemy import func, select

from osm.base.database import db, draw_ids, write_rows
from osm.base.transaction import transaction
from osm.check.acts import due
from osm.check.acts.verdicts import digest
from osm.models import Comment, CopyGroup, CopyKey, CopyText, DueCommentReading, ReadingKind
from tests.likeness.wave import BAIT, CIVIL, changed
from tests.office import at, hire

from .processes import wait_for, workers

pytestmark = [
    pytest.mark.skipif(os.name != "posix", reason="SIGKILL"),
    pytest.mark.xdist_group("worker"),
    pytest.mark.nightly(on="postgresql"),
]

KILLS = max(3, int(os.environ.get("OSM_TEST_KILLS", "8")) // 2)
NOW = at("17.03 11:00")
MORE = 400
"""Comments between two kills: variants of seven texts."""


def store(chance: random.Random) -> None:
    texts = [changed((BAIT, *CIVIL)[n % 7], 0.02, chance) for n in range(MORE)]
    with transaction():
        ids = list(draw_ids(Comment, MORE))
        write_rows(
            Comment,
            [
                {"id": n, "network": "vk", "external_id": str(n), "text": text, "text_digest": digest(text),
                 "stored_at": NOW, "waiting_since": NOW}
                for n, text in zip(ids, texts, strict=True)
            ],
        )  # fmt: skip
        due.enqueue_comments(ids, [ReadingKind.COPIES])


def number(what: object) -> int:
    found = db.session.scalar(select(func.count()).select_from(what)) or 0
    db.session.rollback()
    return found


def test_killed_at_random_moments_no_text_is_left_out_and_none_stands_twice(app, tmp_path, often):
    wanted = often(2, KILLS)
    chance = random.Random(16)
    kills = in_the_middle = 0
    with app.app_context():
        hire()
        with workers(app, tmp_path, OSM_NOW=NOW.isoformat()) as start:
            # On a busy machine a worker may finish before it can be killed.
            while kills < wanted or (not in_the_middle and kills < 5 * wanted):
                store(chance)
                before = number(CopyText)
                worker = start()
                wait_for(lambda before=before: number(CopyText) > before, worker)
                time.sleep(chance.uniform(0.0, 0.3))
                worker.kill()
                kills += 1
                in_the_middle += number(DueCommentReading) > 0
            last = start()  # its clock is stopped too, so no lease of the killed workers would ever end
            wait_for(lambda: number(DueCommentReading) == 0, last)
        texts = db.session.execute(select(CopyText.comment_id, CopyText.group_id)).all()
        assert len(texts) == len({row.comment_id for row in texts}) == kills * MORE
        sizes = dict(db.session.execute(select(CopyGroup.id, CopyGroup.size)).all())
        assert len(sizes) == 7
        assert sizes == {group: sum(row.group_id == group for row in texts) for group in sizes}
        assert sum(sizes.values()) == kills * MORE
        keys = db.session.execute(select(CopyKey.text_id).distinct()).scalars().all()
        assert len(keys) < 7 * 12
        assert in_the_middle

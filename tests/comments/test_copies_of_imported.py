"""An imported comment is compared with others for copies once, and again after its author has changed it."""

from __future__ import annotations

from osm.base.database import db
from osm.check.acts import copies
from osm.models import CopyGroup, CopyText, DueCommentReading, ReadingKind
from tests.likeness.wave import BAIT

from .conftest import CIVIL, NOW, line, read, the


def queued() -> list[int]:
    db.session.rollback()
    of_copies = db.select(DueCommentReading.comment_id).where(DueCommentReading.kind == ReadingKind.COPIES)
    return list(db.session.scalars(of_copies.order_by(DueCommentReading.comment_id)))


def test_a_comment_is_read_for_copies_once_and_again_after_edits(office):
    lines = [line(id=1, text=BAIT), line(id=2, text=BAIT)]
    read(*lines)
    ids = [the("1").id, the("2").id]
    assert queued() == ids
    assert copies.read_due(NOW) == 2
    read(*lines)
    assert queued() == []
    read(line(id=2, text=CIVIL))
    assert queued() == ids[1:]
    copies.read_due(NOW)
    assert db.session.scalars(db.select(CopyText.comment_id).where(CopyText.group_id.isnot(None))).all() == ids[:1]
    assert db.session.scalars(db.select(CopyGroup.size)).all() == [1]

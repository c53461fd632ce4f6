"""Comments whose check was still to be done before it was owed like other readings are owed it by the migration."""

from __future__ import annotations

from flask_migrate import downgrade, upgrade

from osm.check.acts import due
from osm.extensions import db
from osm.store.models import Comment, DueCommentReading, ReadingKind
from osm.store.schema import MIGRATIONS, set_up
from osm.store.transaction import transaction
from tests.office import at


def test_checks_that_were_waiting_are_owed(make_app):
    app = make_app()
    set_up(app)
    with app.app_context():
        with transaction() as session:
            for rules in ("", "of-before", "of-today"):
                session.add(
                    Comment(
                        network="vk", external_id=rules, text="Яма", text_digest="0" * 64, rules=rules,
                        stored_at=at("25.11 10:00"),
                    )
                )  # fmt: skip
            session.flush()
            new, before, _ = ids = session.scalars(db.select(Comment.id).order_by(Comment.id)).all()
            due.enqueue_comments(ids, [ReadingKind.COPIES])
            due.enqueue_comments([new, before], [ReadingKind.VERDICT])
        db.session.remove()
        downgrade(str(MIGRATIONS), revision="0027")
        marks = db.session.execute(db.text("SELECT rules FROM comment ORDER BY id")).scalars().all()
        assert marks == ["", "anew", "of-today"]
        db.session.remove()
        upgrade(str(MIGRATIONS))
        owed = db.select(DueCommentReading.comment_id).where(DueCommentReading.kind == ReadingKind.VERDICT)
        assert db.session.scalars(owed.order_by(DueCommentReading.comment_id)).all() == [new, before]

"""Messages and comments of an installation of before are owed the reading that counts bursts; older ones are not."""

from __future__ import annotations

from flask_migrate import downgrade, upgrade

from osm.check.acts import due
from osm.extensions import db
from osm.store.models import Comment, DueCommentReading, DueReading, Message, ReadingKind
from osm.store.schema import MIGRATIONS, set_up
from osm.store.transaction import transaction
from tests.office import at


def test_what_came_lately_is_owed_and_what_was_owed_stays(make_app):
    app = make_app()
    set_up(app)
    with app.app_context():
        with transaction() as session:
            for key, stored in (("old", "25.05 10:00"), ("new", "25.11 10:00")):
                session.add(
                    Message(
                        number=key, key=key, origin="incident", network="vk", text="Яма", received_at=at(stored),
                        stored_at=at(stored),
                    )
                )  # fmt: skip
            session.add(
                Comment(network="vk", external_id="1", text="Яма", text_digest="-", stored_at=at("25.11 10:00"))
            )
            session.flush()
            ids = dict(session.execute(db.select(Message.number, Message.id)).tuples().all())
            due.enqueue([ids["old"]], [ReadingKind.SEARCH])
        db.session.remove()
        downgrade(str(MIGRATIONS), revision="0044")
        upgrade(str(MIGRATIONS))
        rows = db.session.execute(db.select(DueReading.kind, DueReading.message_id)).tuples().all()
        assert set(rows) == {(ReadingKind.SEARCH, ids["old"]), (ReadingKind.BURSTS, ids["new"])}
        assert list(db.session.scalars(db.select(DueCommentReading.kind))) == [ReadingKind.BURSTS]

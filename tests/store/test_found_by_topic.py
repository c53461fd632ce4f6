"""Messages of an installation of before are owed the reading by which their topic finds them."""

from __future__ import annotations

from flask_migrate import downgrade, upgrade

from osm.check.acts import due
from osm.extensions import db
from osm.store.models import DueReading, Message, ReadingKind
from osm.store.schema import MIGRATIONS, set_up
from osm.store.transaction import transaction
from tests.office import at


def test_messages_with_a_topic_are_owed_anew(make_app):
    app = make_app()
    set_up(app)
    with app.app_context():
        with transaction() as session:
            for key, topic in (("with", "Дороги"), ("without", ""), ("owed", "Дороги")):
                session.add(
                    Message(
                        number=key, key=key, origin="incident", network="vk", text="Яма", source_topic=topic,
                        received_at=at("25.11 10:00"), stored_at=at("25.11 10:00"),
                    )
                )  # fmt: skip
            session.flush()
            ids = dict(session.execute(db.select(Message.number, Message.id)).tuples().all())
            due.enqueue([ids["owed"]], [ReadingKind.SEARCH])
        db.session.remove()
        downgrade(str(MIGRATIONS), revision="0032")
        upgrade(str(MIGRATIONS))
        search = DueReading.kind == ReadingKind.SEARCH
        rows = db.session.execute(db.select(DueReading.message_id, DueReading.generation).where(search)).tuples().all()
        assert dict(rows) == {ids["with"]: 1, ids["owed"]: 2}

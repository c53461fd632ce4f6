"""What happened before there were reminders causes none."""

from __future__ import annotations

from flask_migrate import downgrade, upgrade

from osm.extensions import db
from osm.log.acts.record import record
from osm.store.models import ReminderMark
from osm.store.schema import MIGRATIONS, set_up
from osm.store.transaction import transaction
from tests.office import at


def test_the_log_of_before_is_read_already(make_app):
    app = make_app()
    set_up(app)
    with app.app_context():
        assert db.session.scalars(db.select(ReminderMark)).all() == []
        with transaction():
            last = record("log_in", at=at("25.11 10:00"), actor=None)
        read = last.id
        db.session.remove()
        downgrade(str(MIGRATIONS), revision="0036")
        upgrade(str(MIGRATIONS))
        assert db.session.scalar(db.select(ReminderMark.event_id)) == read

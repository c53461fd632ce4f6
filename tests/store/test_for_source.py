"""The migration marks for older replies whether the source waits for them."""

from __future__ import annotations

import pytest
from flask_migrate import downgrade, upgrade

from osm.extensions import db
from osm.store.models import Message, Origin, Reply
from osm.store.schema import MIGRATIONS, set_up
from osm.store.transaction import transaction
from tests.office import at


@pytest.mark.parametrize("origin", Origin)
def test_replies_of_before_follow_the_origin_of_their_message(make_app, origin):
    app = make_app()
    set_up(app)
    with app.app_context():
        when = at("25.11 10:00")
        with transaction() as session:
            message = Message(
                number="1", key="1", origin=origin, network="vk", text="Яма", received_at=when, stored_at=when
            )
            session.add(Reply(message=message, opened_at=when))
        db.session.remove()
        downgrade(str(MIGRATIONS), revision="0011")
        upgrade(str(MIGRATIONS))
        assert db.session.scalars(db.select(Reply.for_source)).one() is (origin is Origin.INCIDENT)

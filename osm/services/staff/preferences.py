"""What a person sets for himself."""

from __future__ import annotations

from datetime import datetime

from osm.extensions import db
from osm.services.log.log import record
from osm.store.models import User
from osm.store.transaction import transaction


def set_single_keys(on: bool, *, actor: User, now: datetime) -> None:
    """Whether a bare key acts in lists and in the queue of comments (WCAG 2.1.4)."""
    person = actor.id
    with transaction():
        row = db.session.get_one(User, person, with_for_update={"of": User})
        if row.single_keys is on:
            return
        row.single_keys = on
        record(
            "single_keys", at=now, actor=row, object_kind="user", object_id=person,
            changes={"single_keys": (not on, on)},
        )  # fmt: skip

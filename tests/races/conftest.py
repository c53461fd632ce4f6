"""The desk at 11:00 with a second curator, Galina, so that two people can do the same at once."""

from __future__ import annotations

import pytest

from osm.regulation.words import Role
from osm.store.models import User, UserRole
from osm.store.transaction import transaction
from tests.desk import RECEIVED, Desk


@pytest.fixture
def two_curators(desk: Desk) -> Desk:
    """The desk; Galina has Anna's password."""
    with transaction() as session:
        galina = User(
            login="galina",
            name="Галина Второва",
            password_hash=desk.anna.password_hash,
            created_at=RECEIVED,
            role_rows=[UserRole(role=Role.CURATOR)],
        )
        session.add(galina)
        session.flush()
        desk.ids["galina"] = galina.id
    return desk

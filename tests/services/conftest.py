"""The office, hired anew for each test, and one with a third executor."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from osm.regulation.words import Role
from osm.store.models import Department, User, UserRole
from osm.store.transaction import transaction

from .office import Office, at, hire


@pytest.fixture
def office(app) -> Iterator[Office]:
    with app.app_context():
        yield hire()


@pytest.fixture
def three(office: Office) -> Office:
    """The office with a third executor, Oleg of the roads department."""
    with transaction() as session:
        oleg = User(
            login="office-oleg",
            name="Oleg",
            password_hash="-",
            created_at=at("01.01 00:00"),
            department=Department(name="Дорожное хозяйство (проверка)", short_name="Дороги"),
            role_rows=[UserRole(role=Role.EXECUTOR)],
        )
        session.add(oleg)
        session.flush()
        office.ids["oleg"] = oleg.id
    return office

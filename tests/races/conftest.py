"""The desk at 11:00 with a second curator, Galina, so that two people can do the same at once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from osm.base.transaction import transaction
from osm.models import User, UserRole
from osm.regulation.words import Role
from tests.desk import RECEIVED, Desk


@pytest.fixture(autouse=True)
def _fewer_rounds(
    request: pytest.FixtureRequest, often: Callable[[Any, Any], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """By day each race is run twice, at night as often as its file says."""
    if rounds := getattr(request.module, "ROUNDS", 0):
        monkeypatch.setattr(request.module, "ROUNDS", often(2, rounds))


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

"""Passwords of the demonstration are hashed quickly in its tests: there are twelve of them in each seed."""

from __future__ import annotations

import pytest
from argon2 import PasswordHasher

from osm.services.staff import users


@pytest.fixture(scope="package", autouse=True)
def _quick_hashes():
    """Cheap parameters; they are kept in the hash itself, so that checking stays the product's own code."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(users, "_hasher", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
        yield

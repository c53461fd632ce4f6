"""A page of the register that came into the program this morning."""

from __future__ import annotations

import pytest

from osm.base.transaction import transaction
from osm.models import Account
from osm.regulation.own_pages import Finding, Question

GOOD = dict.fromkeys(map(str, Question), str(Finding.GOOD))
"""Everything in order."""
SECRET = "пароль: Zima-2026"


@pytest.fixture
def page(app, cast, now):
    """Its id."""
    with app.app_context(), transaction() as session:
        account = Account(
            network="vk", external_id="200000001", title="Администрация", url="https://vk.com/gorod", created_at=now
        )
        session.add(account)
        session.flush()
        return account.id


@pytest.fixture
def at(page):
    """The address of its security."""
    return f"/admin/pages/{page}/security"

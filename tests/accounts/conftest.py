"""The emulated VK beside the application: its page is connected as an administrator would do it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from osm.services.accounts.connecting import connect_page
from tests.emulators.vk import KEYS, vk_network

CITIZEN = 100500


@pytest.fixture
def vk(app, now):
    with vk_network(limits=False) as found:
        found.world.now = int(now.timestamp())
        found.world.person(CITIZEN, "Анна", "Тестова")
        kept = app.extensions["osm_settings"]
        app.extensions["osm_settings"] = replace(kept, network_urls={"vk": found.base})
        try:
            yield found
        finally:
            app.extensions["osm_settings"] = kept


@pytest.fixture
def connect(vk, office, now):
    """Connect the page with all keys but those named."""

    def connect(*without, when=now, **given):
        keys = {name: key for name, key in KEYS.items() if name not in without}
        return connect_page("vk", str(vk.world.group), keys, actor=office.anna, now=when, **given).account_id

    return connect

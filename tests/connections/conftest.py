"""The application with an emulated VK; its page is connected the way an administrator does it."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace

import pytest

from osm.base.transaction import WHOLE
from osm.listening.acts import hearing
from osm.pages.acts.connecting import connect_page
from tests.emulators import ok as ok_emulator
from tests.emulators.instagram import instagram_network
from tests.emulators.ok import ok_network
from tests.emulators.vk import KEYS, vk_network

CITIZEN = 100500


@pytest.fixture
def vk(app, now):
    with vk_network(limits=False) as found:
        found.world.now = int(now.timestamp())
        found.world.person(CITIZEN, "Анна", "Тестова")
        with _asked_at(app, "vk", found.base):
            yield found


@pytest.fixture
def ok(app, now):
    with ok_network(limits=False) as found:
        found.world.now = int(now.timestamp()) * 1000
        found.world.person(str(CITIZEN), "Анна Тестова")
        with _asked_at(app, "ok", found.base):
            yield found


@pytest.fixture
def instagram(app, now):
    with instagram_network(now=int(now.timestamp())) as found, _asked_at(app, "instagram", found.base):
        yield found


@contextmanager
def _asked_at(app, network, base):
    kept = app.extensions["osm"].settings
    app.extensions["osm"].settings = replace(kept, network_urls={**kept.network_urls, network: base})
    try:
        yield
    finally:
        app.extensions["osm"].settings = kept


@pytest.fixture
def group(ok, office, now):
    """The page of OK, connected, asked once: from here on it is heard."""
    keys = ok_emulator.KEYS
    number = connect_page("ok", ok.world.group, keys, actor=office.anna, now=now).account_id
    hearing.run(now, WHOLE)
    return number


@pytest.fixture
def connect(vk, office, now):
    """Connect the page with all keys but those named."""

    def connect(*without, when=now, **given):
        keys = {name: key for name, key in KEYS.items() if name not in without}
        return connect_page("vk", str(vk.world.group), keys, actor=office.anna, now=when, **given).account_id

    return connect

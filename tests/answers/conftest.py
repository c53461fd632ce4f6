"""The desk of the tests of this folder: Wednesday, 11:00."""

from __future__ import annotations

import io

import pytest
from flask import Flask
from PIL import Image

from osm.store.transaction import transaction
from tests.desk import Desk
from tests.people import Browser


@pytest.fixture
def lidia(app: Flask, desk: Desk) -> Browser:
    """The browser of Boris' colleague in the same department; she has his password."""
    with transaction():
        desk.lidia.password_hash = desk.boris.password_hash
    browser = app.test_client()
    assert isinstance(browser, Browser)
    assert browser.log_in("lidia", "пароль-boris").status_code == 303
    browser.login, browser.user_id = "lidia", desk.ids["lidia"]
    return browser


def photo(name: str = "яма.jpg", colour: str = "#884400", kind: str = "JPEG") -> tuple[io.BytesIO, str]:
    """A small picture as a form sends it."""
    content = io.BytesIO()
    Image.new("RGB", (64, 48), colour).save(content, kind)
    content.seek(0)
    return content, name

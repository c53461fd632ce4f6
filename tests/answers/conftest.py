"""The desk of the tests of this folder: Wednesday, 11:00."""

from __future__ import annotations

import io

import pytest
from flask import Flask
from PIL import Image

from tests.cast import Browser, browser_of
from tests.desk import Desk


@pytest.fixture
def lidia(app: Flask, desk: Desk) -> Browser:
    """The browser of Boris' colleague in the same department."""
    return browser_of(app, desk.ids, "lidia")


def photo(name: str = "яма.jpg", colour: str = "#884400", kind: str = "JPEG") -> tuple[io.BytesIO, str]:
    """A small picture as a form sends it."""
    content = io.BytesIO()
    Image.new("RGB", (64, 48), colour).save(content, kind)
    content.seek(0)
    return content, name

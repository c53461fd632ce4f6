"""The form of a new message, as the browser sends it."""

from __future__ import annotations

import io
from typing import Any

import pytest
from flask import Flask
from PIL import Image
from werkzeug.test import TestResponse

from osm.base.database import db
from osm.base.transaction import transaction
from osm.models import Message, Topic
from tests.cast import Browser

URL = "https://vk.com/wall-77_15?reply=9"
TYPED = {
    "text": "Во дворе на Тестовой, 7 третий вечер\r\nне горит фонарь.",
    "url": URL,
    "network": "",
    "author_name": "Лидия Пробная",
    "author_url": "https://m.vk.com/id9007001",
    "place": "ул. Тестовая,  7",
    "published_at": "2026-11-25T08:40",
    "high": "1",
}


def photo(name: str = "фонарь.jpg", kind: str = "JPEG", colour: str = "#884400") -> tuple[io.BytesIO, str]:
    """A small picture as a form sends it."""
    content = io.BytesIO()
    Image.new("RGB", (64, 48), colour).save(content, kind)
    content.seek(0)
    return content, name


def send(browser: Browser, *files: Any, **changes: Any) -> TestResponse:
    """Fill in the form and press «Внести»; without files the field is empty, as browsers send it."""
    data = {**TYPED, **changes, "files": list(files) or [(io.BytesIO(b""), "")]}
    return browser.submit("/messages/new", data, content_type="multipart/form-data")


@pytest.fixture
def stored(app: Flask):
    """The messages that are stored, inside a context in which their parts can be read."""
    with app.app_context():
        yield lambda: list(db.session.scalars(db.select(Message).order_by(Message.id)))


@pytest.fixture
def topic(app: Flask, cast: dict[str, int]) -> int:
    with app.app_context(), transaction() as session:
        row = Topic(name="Освещение")
        session.add(row)
        session.flush()
        return row.id

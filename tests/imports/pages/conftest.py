"""Files during their import, as the browser and the worker handle them."""

from __future__ import annotations

import html
import io
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from osm.imports.acts import work as acts_work
from osm.models import ImportRun
from tests.cast import Browser
from tests.connectors.conftest import reader_inside
from tests.connectors.files import HEADER, incident, xlsx

__all__ = ["reader_inside"]

GOOD = xlsx([HEADER, *(incident(501 + number) for number in range(3))])
MIXED = xlsx([HEADER, incident(501), incident(502, Важность="чрезвычайная"), incident(501), incident(503, Текст="")])


@pytest.fixture(autouse=True)
def folder(app: Flask, reader_inside: None) -> Path:
    """Where uploaded files are kept, empty."""
    path: Path = app.extensions["osm"].settings.data_dir / "imports"
    for file in path.glob("*"):
        file.unlink()
    return path


def send(browser: Browser, content: bytes = GOOD, name: str = "выгрузка.xlsx") -> TestResponse:
    """Choose a file."""
    return browser.submit("/imports", {"file": (io.BytesIO(content), name)}, content_type="multipart/form-data")


def upload(browser: Browser, content: bytes = GOOD, name: str = "выгрузка.xlsx") -> str:
    """The address of the run's page."""
    answer = send(browser, content, name)
    assert answer.status_code == 303, answer.text
    return str(answer.location)


def form_of(browser: Browser, page: str) -> dict[str, str]:
    """What the form of the columns would send unchanged: the source, the selected columns and time."""
    text = browser.get(page).text
    source = html.unescape(re.search(r'name="source" list="sources".*?value="([^"]*)"', text, re.DOTALL)[1])
    selects = re.findall(r'<select[^>]*name="(field-\w+)".*?</select>', text, re.DOTALL)
    values = {}
    for name in selects:
        select = re.search(rf'<select[^>]*name="{name}".*?</select>', text, re.DOTALL)[0]
        chosen = re.search(r'<option value="(\d*)" selected', select)
        values[name] = chosen[1] if chosen else ""
    marked = re.search(r'name="times"[^>]*value="(\w+)" required checked', text)
    return {**values, "source": source, "times": marked[1]}


@pytest.fixture
def worker(app: Flask) -> Callable[[], int]:
    """One round of the worker's imports."""

    def work() -> int:
        with app.app_context():
            return acts_work.run("worker:1", app.extensions["osm"].clock.now)

    return work


@pytest.fixture
def runs(app: Flask) -> Callable[[], list[ImportRun]]:
    """The runs as they are now, with the relations that a test reads."""
    from osm.base.database import db

    def read() -> list[ImportRun]:
        with app.app_context():
            return list(db.session.scalars(db.select(ImportRun).order_by(ImportRun.id)))

    return read


def words(answer: TestResponse) -> str:
    """The text of a page in one line, as it is read."""
    body = re.sub(r"<head>.*?</head>|<script.*?</script>", " ", answer.text, flags=re.DOTALL)
    body = re.sub(r"</?time\b[^>]*>", "", body)
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", body)).split())

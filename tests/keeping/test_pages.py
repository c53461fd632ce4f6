"""«Управление» → «Копии»: what an administrator must know about the backups, without access to the server."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from html import unescape
from pathlib import Path

import pytest
from flask import Flask

from osm.base.application import current_settings
from osm.base.transaction import Pace
from osm.keeping.acts import nightly
from osm.keeping.acts.nightly import STEPS
from tests.cast import Browser


@pytest.fixture
def folder(app: Flask, tmp_path: Path) -> Iterator[Path]:
    settings = app.extensions["osm"].settings
    app.extensions["osm"].settings = replace(settings, backup_dir=tmp_path / "copies")
    with app.app_context():
        yield tmp_path / "copies"
    app.extensions["osm"].settings = settings
    STEPS.forget(app)


def page(browser: Browser) -> str:
    return " ".join(unescape(browser.get("/admin/backups").text).split())


def test_where_there_are_none_it_says_how_to_have_them(dina):
    assert "Ночные копии выключены" in page(dina)


def test_it_says_what_was_made_and_tried(folder, dina, clock):
    assert "Копии ещё нет" in page(dina)
    assert "Ещё не было" in page(dina)
    nightly.run(clock.now(), Pace(), current_settings())
    shown = page(dina)
    assert "<code>osm-2026-11-25.zip</code>" in shown
    assert "Удалось" in shown
    assert "копия <code>osm-2026-11-25.zip</code> восстановлена" in shown
    assert "Копии не зашифрованы" in shown
    assert "notice-danger" not in shown


def test_it_says_what_failed(folder, dina, clock, monkeypatch):
    monkeypatch.setattr("osm.keeping.acts.nightly.missing_files", lambda *_: 3)
    nightly.run(clock.now(), Pace(), current_settings())
    shown = page(dina)
    assert "Последнюю копию восстановить не удалось." in shown
    assert "Не хватает файлов, которые названы в базе: 3." in shown
    nightly._note(nightly.FAILED, clock.now(), {"reason": "Копия не записана: на диске нет места."})
    assert "Копия не получилась" in page(dina)
    assert "на диске нет места" in page(dina)

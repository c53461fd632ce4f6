"""Fixtures of the import's tests: an office, and for tests of rows alone a reader that runs in the same process."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from osm.imports.acts import publishing, staging
from tests.connectors.conftest import reader_inside
from tests.office import Office, hire

__all__ = ["reader_inside"]


@pytest.fixture
def folder(app) -> Path:
    """Where uploaded files are kept, empty."""
    path: Path = app.extensions["osm"].settings.data_dir / "imports"
    for file in path.glob("*"):
        file.unlink()
    return path


@pytest.fixture
def office(app, folder, reader_inside) -> Iterator[Office]:
    with app.app_context():
        yield hire()


@pytest.fixture
def small_steps(monkeypatch):
    """Batches of ten rows, slices of one, so that there are many steps to interrupt."""
    monkeypatch.setattr(staging, "BATCH", 10)
    monkeypatch.setattr(publishing, "TOGETHER", 1)
    monkeypatch.setattr(publishing, "SLICE_SECONDS", 0.0)

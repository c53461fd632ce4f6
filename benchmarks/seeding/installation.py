"""An installation with N messages on a separate database, for one benchmark."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from flask import Flask

from benchmarks.seeding.seeder import IN_HAND, fill
from osm import create_app
from osm.base.application import current_now
from osm.base.database import db
from osm.settings import load_settings
from osm.store.schema import set_up
from tests.databases import fresh_database


@contextmanager
def installation(backend: str, count: int, in_hand: int = IN_HAND) -> Iterator[Flask]:
    """The application on `backend` ("sqlite", "postgresql"), filled; everything is deleted afterwards."""
    with tempfile.TemporaryDirectory(prefix="osm-bench-") as name:
        folder = Path(name)
        with fresh_database(backend, folder) as url:
            app = create_app(load_settings({"OSM_DATA_DIR": str(folder / "data"), "OSM_DATABASE_URL": url}))
            set_up(app)
            with app.app_context():
                fill(count, current_now(), in_hand=in_hand)
            try:
                yield app
            finally:
                with app.app_context():
                    db.engine.dispose()

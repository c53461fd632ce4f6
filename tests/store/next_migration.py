"""The migration that comes next, as `make migration` writes it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import flask_migrate
import pytest
from flask import Flask
from sqlalchemy import Column, Integer, Table

from osm.base.database import db
from osm.store.schema import MIGRATIONS, known_revisions


@contextmanager
def next_migration(app: Flask, folder: Path) -> Iterator[Path]:
    """Inside, the models have one more table, `tomorrow`, and a copy of the migrations in `folder` one more file, which
    is given. The database of `app` has its newest form before.
    """
    with pytest.MonkeyPatch.context() as patch:
        copied = folder / "migrations"
        shutil.copytree(MIGRATIONS, copied, ignore=shutil.ignore_patterns("__pycache__"))
        before = set(copied.glob("versions/*.py"))
        patch.setattr("osm.store.schema.MIGRATIONS", copied)
        table = Table("tomorrow", db.metadata, Column("id", Integer, primary_key=True))
        try:
            with app.app_context():
                flask_migrate.Migrate(app, db)
                flask_migrate.migrate(str(copied), message="A table of tomorrow")
            known_revisions.cache_clear()
            (made,) = set(copied.glob("versions/*.py")) - before
            yield made
        finally:
            db.metadata.remove(table)
            known_revisions.cache_clear()

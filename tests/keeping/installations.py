"""Installations of the tests, filled with real work: each has its own data directory and database."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from flask import Flask
from sqlalchemy import create_engine, insert
from sqlalchemy.pool import NullPool

from osm import create_app, models
from osm.base.application import current_settings
from osm.base.database import db
from osm.base.transaction import Lease, WorkerBeat, transaction
from osm.check.acts import index
from osm.demo.office import seed
from osm.jobs.lease import is_gone
from osm.keeping.acts.backup import Report, make_backup
from osm.keeping.acts.restore import Restored, restore
from osm.log.acts import audit
from osm.log.acts.record import record
from osm.register.queries.filter import matching
from osm.settings import load_settings
from osm.store.portable import rows_of, tables_of
from tests.conftest import MORNING
from tests.databases import fresh_database, let_go, set_for_tests

KEY = "k" * 40
Contents = dict[str, list[list[Any]]]


@dataclass
class Installation:
    """One data directory with its database."""

    app: Flask
    folder: Path
    url: str

    @property
    def environ(self) -> dict[str, str]:
        return environ(self.folder, self.url)

    def contents(self) -> Contents:
        """Every row of every table."""
        # A new engine, since the caller may be another thread or another process.
        engine = create_engine(self.app.extensions["osm"].settings.database_url, poolclass=NullPool)
        with engine.connect() as connection:
            return {table.name: list(rows_of(connection, table)) for table in tables_of(connection)}

    def files(self) -> dict[str, bytes]:
        """Every uploaded file."""
        found = [path for name in ("uploads", "imports") for path in (self.folder / name).rglob("*") if path.is_file()]
        return {path.relative_to(self.folder).as_posix(): path.read_bytes() for path in found}

    def let_go(self) -> None:
        """Close the connections of this process, so that another process is alone with the database."""
        let_go(self.app)

    def leftovers(self) -> list[str]:
        return [path.name for path in self.folder.iterdir() if path.name.startswith("restoring-")]

    def backup(self, path: Path) -> Report:
        with self.app.app_context():
            return make_backup(path, MORNING, current_settings())

    def restore(self, path: Path, *, force: bool = True, now: datetime = MORNING) -> Restored:
        with self.app.app_context():
            return restore(path, now, force=force, is_gone=is_gone)

    def fill(self) -> None:
        """A working day, after which every table in the backup has rows."""
        with self.app.app_context():
            seed(MORNING)
            index.read_due(MORNING)
            audit.seal_events(MORNING)
            _fill_the_rest()

    def found(self, word: str) -> set[int]:
        """The messages that the search finds by one word form."""
        with self.app.app_context():
            return set(db.session.scalars(matching([[word]])))

    def write(self, number: int) -> None:
        """One transaction that adds a row to each of three tables."""
        with self.app.app_context(), transaction() as session:
            session.execute(insert(models.Author).values(network="load", name=f"Н{number}"))
            session.execute(insert(models.Topic).values(name=f"Тема {number}"))
            record("load", at=MORNING, actor=None, changes={"number": (None, number)}, note=f"load {number}")


def environ(folder: Path, url: str) -> dict[str, str]:
    return {
        "OSM_DATA_DIR": str(folder),
        "OSM_DATABASE_URL": url,
        "OSM_SECRET_KEY": KEY,
        "OSM_ENCRYPTION_KEY": KEY,
    }


def installed(stack: ExitStack, backend: str, folder: Path, template: str) -> Installation:
    """An empty installation, ready to work; removed when the stack ends."""
    folder.mkdir(parents=True)
    return opened(stack, folder, stack.enter_context(fresh_database(backend, folder, template)))


def opened(stack: ExitStack, folder: Path, url: str) -> Installation:
    """An installation that is there already; its connections are closed when the stack ends."""
    app = create_app(load_settings(environ(folder, url)), with_web=False)
    with app.app_context():
        set_for_tests(db.engine)
    installation = Installation(app, folder, url)
    stack.callback(installation.let_go)
    return installation


def _fill_the_rest() -> None:
    """Rows for tables that the demonstration leaves empty, with values that are easily lost in a copy."""
    with transaction() as session:
        source = models.ImportSource(name="Выгрузка «ИМ»", mapping={"ё": [1, 2.5, None, {"а": "\\ \" \n\t'"}]})
        run = models.ImportRun(
            source=source, filename="день.xlsx", sha256="0" * 64, created_at=MORNING, state=models.ImportState.DONE
        )
        session.add_all([run, models.LoginAttempt(login="\\N", address="::1", at=MORNING.replace(microsecond=7))])
        session.flush()
        session.add(models.ImportRow(run_id=run.id, row_no=2, payload={"текст": "две\nстроки\\"}))
        session.add(WorkerBeat(name="worker", at=MORNING, detail=""))
        session.add(Lease(name="long ago", owner="x:1", taken_at=MORNING, until=MORNING))
        session.add(models.WebSession(id_hash="1" * 64, created_at=MORNING, expires_at=MORNING))

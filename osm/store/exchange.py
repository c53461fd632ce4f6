"""The one instant in which a whole database takes the place of another."""

import sqlite3
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Connection, Engine, text

from osm.base.database import APPLICATION, keep_private, make_engine
from osm.store.refill import Source, refill

_WAIT_SECONDS = 5.0


class DatabaseInUse(Exception):
    """Other processes of this program are connected; `str(error)` says so in Russian."""


def exchange(
    engine: Engine, folder: Path, revision: str, counts: dict[str, int], source: Source,
    mark: Callable[[Connection], None],
) -> None:  # fmt: skip
    """Fill the database again (`osm.store.refill`) in one transaction; nothing else may be connected. SQLite: the new
    database is built in `folder`, then its pages are copied over the old ones as one transaction. PostgreSQL: one
    transaction. Raises DatabaseInUse."""
    if engine.dialect.name != "sqlite":
        check_nobody_is_connected(engine)
        for _ in refill(engine, revision, counts, source, mark):
            pass
        return
    engine.dispose()  # our other connections would block it
    with _alone(Path(str(engine.url.database))) as old:
        path = folder / "new.sqlite3"
        for _ in build(path, revision, counts, source, mark):
            pass
        with sqlite3.connect(path) as new:
            new.backup(old)
        new.close()


def build(
    path: Path, revision: str, counts: dict[str, int], source: Source, mark: Callable[[Connection], None]
) -> Generator[None, None, None]:
    """A new database of SQLite at `path`, filled in the same way, with the turn given back from time to time."""
    building = make_engine(f"sqlite:///{path}")
    try:
        yield from refill(building, revision, counts, source, mark)
    finally:
        building.dispose()


@contextmanager
def _alone(path: Path) -> Iterator[sqlite3.Connection]:
    """The database with everybody else shut out until the end of the block."""
    keep_private(path)
    connection = sqlite3.connect(path, timeout=_WAIT_SECONDS, isolation_level=None)
    try:
        try:
            connection.execute("PRAGMA locking_mode = EXCLUSIVE")
            connection.execute("PRAGMA synchronous = FULL")
            connection.execute("BEGIN EXCLUSIVE")
            connection.execute("COMMIT")  # the lock stays
        except sqlite3.OperationalError as error:
            raise _in_use() from error
        yield connection
    finally:
        connection.close()


def check_nobody_is_connected(engine: Engine) -> None:
    """Whether another process of this program has the database open. Raises DatabaseInUse."""
    if engine.dialect.name == "sqlite":
        engine.dispose()
        with _alone(Path(str(engine.url.database))):
            return
    query = text(
        "SELECT count(*) FROM pg_stat_activity "
        "WHERE datname = current_database() AND application_name LIKE 'osm:%' AND application_name <> :own"
    )
    with engine.connect() as connection:
        if connection.execute(query, {"own": APPLICATION}).scalar_one():
            raise _in_use()


def _in_use() -> DatabaseInUse:
    return DatabaseInUse("С базой работает другой процесс ОСМ. Остановите ОСМ (systemctl stop osm) и повторите.")

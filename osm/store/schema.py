"""The form of the database: brought to the newest migration, one process at a time; and its snapshots."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from flask import Flask
from sqlalchemy import Connection, Engine, inspect, text
from sqlalchemy.exc import DatabaseError, OperationalError

from osm.base.database import WRITE, db
from osm.base.supervised import NO_ROOM
from osm.base.transaction import is_no_room
from osm.settings import SettingsError

MIGRATIONS = Path(__file__).resolve().parent / "migrations"

FIRST = "r0001"

LAST_BEFORE_1_0 = "0089"
"""The migration of the last version before 1.0. It made the same database as `FIRST`: only the name changes."""

#: Any number that no other program uses on this PostgreSQL database.
_LOCK = 2150_0402


@cache
def known_revisions() -> frozenset[str]:
    """Every migration that this code knows: what its file begins with, as r0001."""
    return frozenset(path.name.split("_")[0] for path in MIGRATIONS.glob("versions/r[0-9]*.py"))


def newest_revision() -> str:
    """The single head of the migrations in this code."""
    return max(known_revisions())


def name_now(revision: str) -> str:
    """The name that a migration of the last version before 1.0 has here."""
    return FIRST if revision == LAST_BEFORE_1_0 else revision


def is_older(revision: str) -> bool:
    """Whether a database or a backup is too old: the last version before 1.0 has to bring it to its own form first."""
    return revision < LAST_BEFORE_1_0


def stored_revision(connection: Connection) -> str | None:
    """The migration of the database; None for an empty one."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    found: str | None = connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar()
    return found


def set_up(app: Flask) -> None:
    """Create or upgrade the tables where needed. Never adds data; a second process waits for the first. SettingsError
    when the database cannot be reached, or is older or newer than this code can take."""
    with app.app_context():
        try:
            with db.engine.connect() as connection:
                stored = stored_revision(connection)
        except DatabaseError as error:
            raise SettingsError(_why_not(error)) from error
        if stored == newest_revision():
            return
        check_known(stored)
        with migration_connection(db.engine) as connection:
            migrate(connection)


def check_known(stored: str | None) -> None:
    """Whether this code can work with a database at this migration. Raises SettingsError."""
    if stored is None or name_now(stored) in known_revisions():
        return
    if is_older(stored):
        raise SettingsError(
            f"База данных от слишком старой версии ОСМ ({stored}). Ничего не изменено. Сначала запустите на ней "
            "последнюю версию до 1.0: она обновит базу. Затем запустите эту."
        )
    raise SettingsError(
        "База данных новее этой программы: её уже обновила другая версия. Ничего не изменено. "
        "Запустите ту же или более новую версию программы."
    )


def take_over(connection: Connection) -> None:
    """Call the migration of the last version before 1.0 by its name of today, inside `migration_connection`."""
    if stored_revision(connection) == LAST_BEFORE_1_0:
        connection.execute(text("UPDATE alembic_version SET version_num = :first"), {"first": FIRST})


def _why_not(error: DatabaseError) -> str:
    """Why the database cannot be used, in Russian."""
    address = db.engine.url.render_as_string(hide_password=True)
    if is_no_room(error):
        return NO_ROOM
    if isinstance(error, OperationalError):
        return f"База данных недоступна ({address}). Проверьте, что она запущена и что адрес в OSM_DATABASE_URL верен."
    return (
        f"Файл базы данных повреждён ({address}). Ничего не изменено. Отложите его в сторону вместе с файлами -wal и "
        "-shm и восстановите базу из копии: osm restore ФАЙЛ --force."
    )


def is_of_models(name: str | None) -> bool:
    """Whether a table, column or index is described by the models; the index of words is the migrations' alone."""
    return not (name or "").startswith("message_fts")


def migrate(connection: Connection, revision: str = "head") -> None:
    """Bring the database of this connection to a revision, in the transaction that `migration_connection` has begun.
    `base` takes all tables away; data goes with them."""
    from alembic import command  # a tenth of the memory of a process, for a minute after an update
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["connection"] = connection
    if revision == "base":
        command.downgrade(config, revision)
    else:
        command.upgrade(config, revision)


class BrokenReferences(RuntimeError):
    """Rows refer to others that are not there; nothing was changed."""


@contextmanager
def migration_connection(engine: Engine) -> Iterator[Connection]:
    """A connection inside one transaction that holds out every other migration; all of it happens or nothing. SQLite:
    BEGIN IMMEDIATE is the lock, and foreign keys are off, because a rebuilt table is dropped for a moment and would
    take its children along; they are checked before the end. PostgreSQL: an advisory lock."""
    sqlite = engine.dialect.name == "sqlite"
    with engine.connect().execution_options(**{WRITE: True}) as connection:
        driver = connection.connection.driver_connection
        if sqlite and driver is not None:
            driver.execute("PRAGMA foreign_keys = OFF")  # has no effect once a transaction has begun
        try:
            with connection.begin():
                if not sqlite:
                    connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_LOCK})")
                yield connection
                if sqlite and (broken := connection.exec_driver_sql("PRAGMA foreign_key_check").all()):
                    raise BrokenReferences(f"the migration leaves rows without their parents: {broken[:5]}")
        finally:
            if sqlite and driver is not None:
                driver.execute("PRAGMA foreign_keys = ON")


# --- The whole database as it was at one instant
@contextmanager
def snapshot(engine: Engine) -> Iterator[Connection]:
    """A connection that does not see later commits. It blocks no other. SQLite in WAL: a reading transaction keeps its
    view from its first read on. PostgreSQL: REPEATABLE READ."""
    with engine.connect() as connection:
        if connection.dialect.name == "postgresql":
            connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
        with connection.begin():
            stored_revision(connection)  # the first read
            yield connection

"""The form of the database: brought to the newest migration, one process at a time."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import Flask
from flask_migrate import upgrade
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DatabaseError, OperationalError

from osm.extensions import db
from osm.settings import SettingsError
from osm.store.engine import WRITE

MIGRATIONS = Path(__file__).resolve().parent / "migrations"

#: Any number that no other program uses on this PostgreSQL database.
_LOCK = 2150_0402


def newest_revision() -> str | None:
    """The single head of the migrations in this code."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    return ScriptDirectory.from_config(config).get_current_head()


def stored_revision(connection: Connection) -> str | None:
    """The migration that the database stands at; None for an empty one."""
    return MigrationContext.configure(connection).get_current_revision()


def set_up(app: Flask) -> None:
    """Create or upgrade the tables where needed. Never adds data; a second process waits for the first.

    SettingsError when the database cannot be reached or is newer than this code.
    """
    with app.app_context():
        try:
            with db.engine.connect() as connection:
                stored = stored_revision(connection)
        except OperationalError as error:
            raise SettingsError(
                f"База данных недоступна ({db.engine.url.render_as_string(hide_password=True)}). "
                "Проверьте, что она запущена и что адрес в OSM_DATABASE_URL верен."
            ) from error
        except DatabaseError as error:
            raise SettingsError(
                f"Файл базы данных повреждён ({db.engine.url.render_as_string(hide_password=True)}). "
                "Ничего не изменено. Отложите его в сторону вместе с файлами -wal и -shm и восстановите базу из копии: "
                "osm restore ФАЙЛ --force."
            ) from error
        if stored == newest_revision():
            return
        if stored is not None and not (known_revisions() >= {stored}):
            raise SettingsError(
                "База данных новее этой программы: её уже обновила другая версия. Ничего не изменено. "
                "Запустите ту же или более новую версию программы."
            )
        upgrade(directory=str(MIGRATIONS))


def known_revisions() -> set[str]:
    """Every migration that this code knows."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    return {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}


def is_of_models(name: str | None) -> bool:
    """Whether a table or an index is described by the models; the index of words is the migration's alone."""
    return not (name or "").startswith("message_fts")


def migrate(connection: Connection, revision: str = "head") -> None:
    """Bring the database of this connection to a revision, in the transaction that `migration_connection` has begun.

    `base` takes all tables away; data goes with them.
    """
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["connection"] = connection
    if revision == "base":
        command.downgrade(config, revision)
    else:
        command.upgrade(config, revision)


@contextmanager
def migration_connection(engine: Engine) -> Iterator[Connection]:
    """A connection inside one transaction that holds out every other migration; all of it happens or nothing.

    SQLite: BEGIN IMMEDIATE is the lock, and foreign keys are off, because a rebuilt table is dropped for a moment
    and would take its children along; they are checked before the end. PostgreSQL: an advisory lock.
    """
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
                    raise RuntimeError(f"the migration leaves rows without their parents: {broken[:5]}")
        finally:
            if sqlite and driver is not None:
                driver.execute("PRAGMA foreign_keys = ON")

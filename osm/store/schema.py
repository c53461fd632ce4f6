"""The form of the database, brought to the newest migration; a database emptied and filled again, or exchanged."""

import sqlite3
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from flask import Flask
from sqlalchemy import Connection, Engine, inspect, text
from sqlalchemy.exc import DatabaseError, OperationalError

from osm.base.database import APPLICATION, WRITE, db, keep_private, make_engine
from osm.base.supervised import NO_ROOM
from osm.base.transaction import is_no_room
from osm.settings import SettingsError
from osm.store.portable import NOT_CARRIED, Row, RowsRefused, Table, add_rows, tables_of

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


# --- A database emptied and filled again in one transaction: all or nothing
Source = Callable[[Table], Iterator[Row]]  # the rows for a table; empty for one that the source does not have


def refill(
    engine: Engine, revision: str, counts: dict[str, int], source: Source, mark: Callable[[Connection], None]
) -> Generator[None, None, None]:
    """Bring the database to `revision`, exchange its rows for those of the source, and bring it to the newest form.

    `counts` are the rows to come by table. `mark` writes into the same transaction. Foreign keys are checked at the
    end, and counters continue after the highest number. It yields from time to time; a caller who closes it before
    its end finds everything unchanged. Raises RowsRefused and all errors of the database."""
    revision = name_now(revision)
    with migration_connection(engine) as connection:
        empty(connection, revision)
        migrate(connection, revision)
        tables = tables_of(connection)
        if unknown := counts.keys() - {table.name for table in tables}:
            raise RowsRefused(f"Таблиц {', '.join(sorted(unknown))} в базе этой версии ({revision}) нет.")
        if missing := {table.name for table in tables} - counts.keys() - NOT_CARRIED:
            raise RowsRefused(f"Нет таблиц: {', '.join(sorted(missing))}.")
        with without_rules(connection, tables):
            for table in tables:
                if (yield from add_rows(connection, table, source(table))) != counts.get(table.name, 0):
                    raise RowsRefused(f"Таблица {table.name}: пришли не все строки.")
        _index_words(connection)
        set_counters(connection, tables)
        migrate(connection)
        mark(connection)


def has_foreign_tables(connection: Connection) -> bool:
    """Whether the database belongs to another program: it has tables, but no migration of ours."""
    if connection.dialect.name == "sqlite":
        found = connection.exec_driver_sql("SELECT count(*) FROM sqlite_master WHERE type = 'table'").scalar_one()
    else:
        found = connection.exec_driver_sql(
            "SELECT count(*) FROM pg_tables WHERE schemaname = current_schema()"
        ).scalar_one()
    return bool(found) and stored_revision(connection) is None


def empty(connection: Connection, revision: str) -> None:
    """Take all rows out; the tables too where they are of another form. On SQLite the database is always a new one."""
    stored = stored_revision(connection)
    if stored is None:
        return
    tables = tables_of(connection)
    with _without_triggers(connection, tables):
        if tables:
            names = ", ".join(f'"{table.name}"' for table in tables)
            connection.exec_driver_sql(f"TRUNCATE {names} RESTART IDENTITY CASCADE")
    if stored != revision:
        migrate(connection, "base")


@contextmanager
def without_rules(connection: Connection, tables: list[Table]) -> Iterator[None]:
    """Inside, triggers are off, and foreign keys are not looked at: tables refer to one another in circles."""
    if connection.dialect.name == "sqlite":
        with _without_triggers(connection, tables):
            yield  # migration_connection has switched the keys off, and checks them
        return
    keys = connection.execute(
        text(
            "SELECT conrelid::regclass::text AS place, quote_ident(conname) AS name, "
            "pg_get_constraintdef(oid) AS words "
            "FROM pg_constraint WHERE contype = 'f' AND connamespace = current_schema()::regnamespace"
        )
    ).all()
    for key in keys:
        connection.exec_driver_sql(f"ALTER TABLE {key.place} DROP CONSTRAINT {key.name}")
    with _without_triggers(connection, tables):
        yield
    for key in keys:
        connection.exec_driver_sql(f"ALTER TABLE {key.place} ADD CONSTRAINT {key.name} {key.words}")


@contextmanager
def _without_triggers(connection: Connection, tables: list[Table]) -> Iterator[None]:
    """Inside, the log can be emptied, and rows are stored as they come."""
    if connection.dialect.name == "sqlite":
        triggers = connection.exec_driver_sql("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").all()
        off = [f'DROP TRIGGER "{trigger.name}"' for trigger in triggers]
        on = [str(trigger.sql) for trigger in triggers]
    else:
        off = [f'ALTER TABLE "{table.name}" DISABLE TRIGGER USER' for table in tables]
        on = [f'ALTER TABLE "{table.name}" ENABLE TRIGGER USER' for table in tables]
    for statement in off:
        connection.exec_driver_sql(statement)
    yield
    for statement in on:
        connection.exec_driver_sql(statement)


def _index_words(connection: Connection) -> None:
    """SQLite's full-text tables read their content again: their triggers were off. PostgreSQL's indexes follow."""
    if connection.dialect.name != "sqlite":
        return
    names = connection.exec_driver_sql(
        "SELECT name FROM sqlite_master WHERE type = 'table' AND sql LIKE 'CREATE VIRTUAL TABLE%USING fts5%'"
    ).scalars()
    for name in names.all():
        connection.exec_driver_sql(f'INSERT INTO "{name}" ("{name}") VALUES (\'rebuild\')')  # noqa: S608


def set_counters(connection: Connection, tables: list[Table]) -> None:
    """The next number of each table follows the highest; SQLite looks for itself."""
    if connection.dialect.name == "sqlite":
        return
    for table in tables:
        for column in table.columns:
            if column.kind != "whole":
                continue
            counter = connection.execute(
                text("SELECT pg_get_serial_sequence(:place, :name)"), {"place": f'"{table.name}"', "name": column.name}
            ).scalar()
            if counter:
                connection.exec_driver_sql(
                    f"SELECT setval('{counter}', coalesce(max(\"{column.name}\"), 0) + 1, false) "  # noqa: S608
                    f'FROM "{table.name}"'
                )


# --- The one instant in which a whole database takes the place of another
_WAIT_SECONDS = 5.0


class DatabaseInUse(Exception):
    """Other processes of this program are connected; `str(error)` says so in Russian."""


def exchange(
    engine: Engine, folder: Path, revision: str, counts: dict[str, int], source: Source,
    mark: Callable[[Connection], None],
) -> None:  # fmt: skip
    """Fill the database again (`osm.store.schema`) in one transaction; nothing else may be connected. SQLite: the new
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

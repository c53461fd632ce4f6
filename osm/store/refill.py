"""A database emptied and filled again in one transaction: all or nothing."""

from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, Engine, text

from osm.store.portable import NOT_CARRIED, Row, RowsRefused, Table, add_rows, tables_of
from osm.store.schema import migrate, migration_connection, name_now, stored_revision

Source = Callable[[Table], Iterator[Row]]  # the rows for a table; empty for one that the source does not have


def refill(
    engine: Engine, revision: str, counts: dict[str, int], source: Source, mark: Callable[[Connection], None]
) -> Generator[None, None, None]:
    """Bring the database to `revision`, exchange its rows for those of the source, and bring it to the newest form.

    `counts` are the rows to come by table. `mark` writes into the same transaction. Foreign keys are checked at the
    end, and counters continue after the highest number. It yields from time to time; a caller who closes it before
    its end finds everything unchanged. Raises RowsRefused and all errors of the database.
    """
    revision = name_now(revision)
    with migration_connection(engine) as connection:
        empty(connection, revision)
        migrate(connection, revision)
        tables = tables_of(connection)
        if unknown := counts.keys() - {table.name for table in tables}:
            raise RowsRefused(f"Таблиц {', '.join(sorted(unknown))} в базе этой версии ({revision}) нет.")
        if missing := {table.name for table in tables} - counts.keys() - NOT_CARRIED:
            raise RowsRefused(f"Нет таблиц: {', '.join(sorted(missing))}.")
        with without_rules(connection):
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
def without_rules(connection: Connection) -> Iterator[None]:
    """Inside, triggers are off, and foreign keys are not looked at: tables refer to one another in circles."""
    tables = tables_of(connection)
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

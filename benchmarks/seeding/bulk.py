"""Many rows into a database at once, past the ORM: executemany on SQLite, COPY on PostgreSQL."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from typing import Any

from sqlalchemy import Column, Connection, Table

from osm.base.database import db


class Rows:
    """Rows to be written, by table; ids are given here, so that rows can refer to each other."""

    def __init__(self) -> None:
        self.waiting: dict[Table, list[dict[str, Any]]] = defaultdict(list)
        self.last: dict[Table, int] = defaultdict(int)

    def begin_behind(self, connection: Connection) -> None:
        """Continue after the ids in use."""
        for table in db.metadata.sorted_tables:
            if "id" in table.c:
                self.last[table] = connection.exec_driver_sql(f"SELECT coalesce(max(id), 0) FROM {table.name}").scalar()

    def add(self, model: Any, **values: Any) -> dict[str, Any]:
        """One row with a new id; it can still change until it is written."""
        table = model.__table__
        if "id" in table.c:
            self.last[table] += 1
            values["id"] = self.last[table]
        self.waiting[table].append(values)
        return values

    @staticmethod
    def trust_keys(connection: Connection) -> None:
        """Until the end of the transaction rows may refer to later rows: a reply to its draft, a draft to its reply."""
        is_sqlite = connection.dialect.name == "sqlite"
        connection.exec_driver_sql(
            "PRAGMA defer_foreign_keys = ON" if is_sqlite else "SET LOCAL session_replication_role = replica"
        )

    def write(self, connection: Connection) -> int:
        """Write all rows, parents first; returns how many."""
        count = 0
        for table in db.metadata.sorted_tables:
            rows = self.waiting.pop(table, [])
            count += len(rows)
            if rows:
                _write(connection, table, rows)
        return count

    def end(self, connection: Connection) -> None:
        """Let the database continue after these ids."""
        if connection.dialect.name != "postgresql":
            return
        for table, last in self.last.items():
            if last:
                connection.exec_driver_sql(f"SELECT setval(pg_get_serial_sequence('{table.name}', 'id'), {last})")


def _write(connection: Connection, table: Table, rows: list[dict[str, Any]]) -> None:
    columns = list(table.columns)
    ready = [_ready(column, connection) for column in columns]
    tuples = ([make(row) for make in ready] for row in rows)
    names = ", ".join(f'"{column.name}"' for column in columns)
    driver: Any = connection.connection.driver_connection
    if connection.dialect.name == "sqlite":
        driver.executemany(f'INSERT INTO "{table.name}" ({names}) VALUES ({", ".join("?" * len(columns))})', tuples)
        return
    with driver.cursor() as cursor, cursor.copy(f'COPY "{table.name}" ({names}) FROM STDIN') as copy:
        for row in tuples:
            copy.write_row(row)


def _ready(column: Column[Any], connection: Connection) -> Callable[[dict[str, Any]], Any]:
    """The value of this column for the driver."""
    name, default = column.name, _default(column)
    process = column.type.dialect_impl(connection.dialect).bind_processor(connection.dialect)
    if process is None:
        return lambda row: row.get(name, default)

    def make(row: dict[str, Any]) -> Any:
        value = row.get(name, default)
        return None if value is None else process(value)

    return make


def _default(column: Column[Any]) -> Any:
    if column.default is None:
        return None
    if column.default.is_scalar:
        return column.default.arg
    return column.default.arg(None) if column.default.is_callable else None

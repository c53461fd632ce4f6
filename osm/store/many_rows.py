"""Many rows at once past the ORM: numbers drawn before they are written, and statements that want no answer."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, cast

from sqlalchemy import ARRAY, Column, Connection, Dialect, Table, bindparam, func, insert, select, text, update
from sqlalchemy import column as sql_column
from sqlalchemy.exc import DBAPIError

from osm.extensions import Base, db


def table_of(model: type[Base]) -> Table:
    """The table of a model, for statements that are to know nothing of the ORM."""
    return cast(Table, model.__table__)


def draw_ids(model: type[Base], count: int) -> Iterator[int]:
    """So many ids that nobody else gets, in rising order; inside a write transaction.

    A row whose id is known needs no answer when it is written: many go in by one statement that the database and its
    driver have prepared already.
    """
    if count == 0:
        return iter(())
    table = table_of(model)
    if db.engine.dialect.name == "sqlite":
        # The transaction holds the only write lock: nobody can take the next ones before its end.
        first = (db.session.scalar(select(func.max(table.c.id))) or 0) + 1
        return iter(range(first, first + count))
    drawn = db.session.scalars(
        text("SELECT nextval(pg_get_serial_sequence(:name, 'id')) FROM generate_series(1, :count)"),
        {"name": table.name, "count": count},
    )
    return iter(sorted(drawn))


def write_rows(model: type[Base], rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert rows that all have the same columns; what is left out takes its default.

    PostgreSQL takes several by COPY: an INSERT a row costs the import as much again as all its other work. Errors are
    those of SQLAlchemy either way.
    """
    if len(rows) > 1 and db.engine.dialect.name == "postgresql":
        _copy(db.session.connection(), table_of(model), rows)
    elif rows:
        db.session.execute(insert(table_of(model)), rows)


def update_rows(model: type[Base], rows: Sequence[Mapping[str, Any]]) -> None:
    """Change rows by their id; each names the same columns. One statement for all of them on PostgreSQL."""
    if not rows:
        return
    table = table_of(model)
    names = [name for name in rows[0] if name != "id"]
    if db.engine.dialect.name != "postgresql":
        values = [{"row_id": row["id"], **{name: row[name] for name in names}} for row in rows]
        db.session.execute(update(table).where(table.c.id == bindparam("row_id")), values)
        return
    columns = [table.c[name] for name in ("id", *names)]
    arrays = [bindparam(f"all_{column.name}", type_=ARRAY(column.type)) for column in columns]
    given = func.unnest(*arrays).table_valued(*(sql_column(column.name, column.type) for column in columns))
    given = given.render_derived("given")
    statement = update(table).where(table.c.id == given.c.id).values({name: given.c[name] for name in names})
    db.session.execute(statement, {f"all_{name}": [row[name] for row in rows] for name in ("id", *names)})


def _copy(connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    given = rows[0].keys()
    columns = [column for column in table.columns if column.name in given or column.default is not None]
    ready = [_ready(column, connection.dialect) for column in columns]
    names = ", ".join(map(connection.dialect.identifier_preparer.format_column, columns))
    statement = f"COPY {connection.dialect.identifier_preparer.format_table(table)} ({names}) FROM STDIN"
    driver: Any = connection.connection.driver_connection
    try:
        with driver.cursor() as cursor, cursor.copy(statement) as copy:
            for row in rows:
                copy.write_row([make(row) for make in ready])
    except connection.dialect.loaded_dbapi.Error as error:
        raise DBAPIError.instance(
            statement, None, error, connection.dialect.loaded_dbapi.Error, dialect=connection.dialect
        ) from error


def _ready(column: Column[Any], dialect: Dialect) -> Callable[[Mapping[str, Any]], Any]:
    """What COPY is to be given for this column of a row."""
    name, default = column.name, cast(Any, column.default)
    process = column.type.dialect_impl(dialect).bind_processor(dialect)

    def make(row: Mapping[str, Any]) -> Any:
        missing = name not in row
        value = row[name] if not missing else default.arg if default.is_scalar else default.arg(None)
        return value if process is None else process(value)

    return make

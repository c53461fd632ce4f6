"""Many rows at once past the ORM: numbers drawn before they are written, statements that want no answer."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from operator import itemgetter
from typing import Any, cast

from sqlalchemy import (
    ARRAY,
    Column,
    ColumnElement,
    Connection,
    Dialect,
    Table,
    TableValuedAlias,
    bindparam,
    func,
    insert,
    inspect,
    select,
    text,
    tuple_,
    update,
)
from sqlalchemy import column as sql_column
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DBAPIError

from osm.base.database import Base, db


def table_of(model: type[Base]) -> Table:
    """The table of a model, for statements that are to know nothing of the ORM."""
    return cast(Table, model.__table__)


def draw_ids(model: type[Base], count: int) -> Iterator[int]:
    """So many unused ids, in rising order; inside a write transaction. Rows with known ids need no answer when they are
    written: one prepared statement takes many."""
    if count == 0:
        return iter(())
    table = table_of(model)
    if db.engine.dialect.name == "sqlite":
        # The transaction holds the only write lock: the next ids are free until its end.
        first = (db.session.scalar(select(func.max(table.c.id))) or 0) + 1
        return iter(range(first, first + count))
    drawn = db.session.scalars(
        text("SELECT nextval(pg_get_serial_sequence(:name, 'id')) FROM generate_series(1, :count)"),
        {"name": table.name, "count": count},
    )
    return iter(sorted(drawn))


def write_rows(model: type[Base], rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert rows that all have the same columns; a missing column gets its default. PostgreSQL takes several by COPY:
    an INSERT a row costs the import as much as all its other work. SQLite gets one prepared statement and plain
    tuples: to let SQLAlchemy bind each row costs more than to write it. Errors are those of SQLAlchemy in all cases."""
    if not rows:
        return
    connection, table = db.session.connection(), table_of(model)
    if connection.dialect.name != "postgresql":
        columns, ready = _given_columns(table, rows[0], connection.dialect)
        marks = ", ".join("?" * len(columns))
        into = f"{_named(table, connection)} ({_named(columns, connection)})"
        statement = f"INSERT INTO {into} VALUES ({marks})"  # noqa: S608  names of our tables
        connection.exec_driver_sql(statement, [tuple([make(row) for make in ready]) for row in rows])
    elif len(rows) > 1:
        _copy(connection, table, rows)
    else:
        db.session.execute(insert(table), rows)


def update_rows(model: type[Base], rows: Sequence[Mapping[str, Any]]) -> None:
    """Change rows by their id; each names the same columns. One statement for all of them on PostgreSQL."""
    if not rows:
        return
    table, connection = table_of(model), db.session.connection()
    names = [name for name in rows[0] if name != "id"]
    if connection.dialect.name != "postgresql":
        columns = [table.c[name] for name in (*names, "id")]
        ready = [_ready(column, connection.dialect, is_given=True) for column in columns]
        changes = ", ".join(f"{_named([column], connection)} = ?" for column in columns[:-1])
        update_one = f"UPDATE {_named(table, connection)} SET {changes} WHERE id = ?"  # noqa: S608  names of our tables
        connection.exec_driver_sql(update_one, [tuple([make(row) for make in ready]) for row in rows])
        return
    given = _given([table.c[name] for name in ("id", *names)])
    statement = update(table).where(table.c.id == given.c.id).values({name: given.c[name] for name in names})
    db.session.execute(statement, {f"all_{name}": [row[name] for row in rows] for name in ("id", *names)})


def among(columns: Sequence[Column[Any]], rows: Collection[Sequence[Any]]) -> ColumnElement[bool]:
    """Whether these columns of one table together have the values of one of these rows. PostgreSQL is given the rows as
    a table. A list of values it holds against each row of what the rest of the question has left, one value after the
    other, as long as it knows nothing of the table (decision 019)."""
    together = tuple_(*columns)
    if db.engine.dialect.name != "postgresql":
        return together.in_(bindparam("rows", list(rows), expanding=True, unique=True))
    given = _given(columns, list(zip(*rows, strict=True)))
    return together.in_(select(*(given.c[column.name] for column in columns)))


def _given(columns: Sequence[Column[Any]], values: Sequence[Sequence[Any]] | None = None) -> TableValuedAlias:
    """A table of the parameters `all_<name>`, one list for each column; `values`: these lists."""
    arrays = [
        bindparam(f"all_{column.name}", values[n] if values else None, type_=ARRAY(column.type), unique=bool(values))
        for n, column in enumerate(columns)
    ]
    given = func.unnest(*arrays).table_valued(*(sql_column(column.name, column.type) for column in columns))
    return given.render_derived("given")


def _copy(connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    columns, ready = _given_columns(table, rows[0], connection.dialect)
    statement = f"COPY {_named(table, connection)} ({_named(columns, connection)}) FROM STDIN"
    driver: Any = connection.connection.driver_connection
    try:
        with driver.cursor() as cursor, cursor.copy(statement) as copy:
            for row in rows:
                copy.write_row([make(row) for make in ready])
    except connection.dialect.loaded_dbapi.Error as error:
        raise DBAPIError.instance(
            statement, None, error, connection.dialect.loaded_dbapi.Error, dialect=connection.dialect
        ) from error


def _named(what: Table | Sequence[Column[Any]], connection: Connection) -> str:
    """The name of a table, or of columns, as it is written in a statement."""
    preparer = connection.dialect.identifier_preparer
    return preparer.format_table(what) if isinstance(what, Table) else ", ".join(map(preparer.format_column, what))


def _given_columns(
    table: Table, row: Mapping[str, Any], dialect: Dialect
) -> tuple[list[Column[Any]], list[Callable[[Mapping[str, Any]], Any]]]:
    """The columns that rows like this one bring or that have a default, and how the value of each is made."""
    columns = [column for column in table.columns if column.name in row or column.default is not None]
    return columns, [_ready(column, dialect, is_given=column.name in row) for column in columns]


def _ready(column: Column[Any], dialect: Dialect, *, is_given: bool) -> Callable[[Mapping[str, Any]], Any]:
    name, default = column.name, cast(Any, column.default)
    process: Callable[[Any], Any] | None = column.type.dialect_impl(dialect).bind_processor(dialect)
    if is_given:
        return itemgetter(name) if process is None else lambda row: process(row[name])
    if default.is_scalar:
        same = default.arg if process is None else process(default.arg)
        return lambda _row: same
    return lambda _row: default.arg(None) if process is None else process(default.arg(None))


# --- INSERT … ON CONFLICT for both databases
_INSERT: dict[str, Any] = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}


def insert_into(model: type[Any]) -> Any:
    """An INSERT into the table of `model` that can handle an existing row."""
    return _INSERT[db.engine.dialect.name](model)


def put(model: type[Any], **values: object) -> None:
    """One row by its primary key, inserted or replaced; of two writers at the same moment the last one wins."""
    key = [column.key for column in inspect(model).primary_key]
    anew = {name: value for name, value in values.items() if name not in key}
    db.session.execute(insert_into(model).values(**values).on_conflict_do_update(index_elements=key, set_=anew))


# --- What PostgreSQL knows of its tables
LARGE = 1000  # Rows. What fewer of them change no plan notices.


def analyze(rows: int) -> None:
    """After so many new rows let PostgreSQL look at its tables now; its own round (autovacuum) comes within a minute.
    Between two transactions: inside one it would keep others from looking at the tables until the end."""
    if rows >= LARGE and db.engine.dialect.name == "postgresql":
        with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql("ANALYZE (SKIP_LOCKED)")

"""The database, the base of the models and its settings; many rows at once past the ORM."""

import os
import socket
import sqlite3
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import UTC
from operator import itemgetter
from pathlib import Path
from threading import Lock
from typing import Any, TypeVar, cast

from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import (
    ARRAY,
    Column,
    ColumnElement,
    Connection,
    Dialect,
    Engine,
    MetaData,
    Table,
    TableValuedAlias,
    bindparam,
    create_engine,
    event,
    func,
    insert,
    inspect,
    make_url,
    select,
    text,
    tuple_,
    update,
)
from sqlalchemy import column as sql_column
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from osm.base import application as clock


class Base(DeclarativeBase):
    """Base of the models. Constraints get predictable names, so that a migration can drop them on either database."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


class Numbered(Base):
    __abstract__ = True

    id: Mapped[int] = mapped_column(primary_key=True, sort_order=-1)


# `class Message(Base)` and `class Message(db.Model)` share one registry and metadata; mypy can read the former only.
db = SQLAlchemy(model_class=Base, disable_autonaming=True)
Row = TypeVar("Row", bound=Base)


def add_row(row: Row) -> Row:
    """Add the new row in the open transaction; it then has its id."""
    db.session.add(row)
    db.session.flush()
    return row


# --- How connections behave: SQLite in WAL with foreign keys and explicit BEGIN, PostgreSQL as it is
#: Execution option of a connection that is going to write; `osm.base.transaction` sets it.
WRITE = "osm_write"

#: Execution option: for how many seconds at most it waits for another one's lock, where that is not as usual.
LONGEST_WAIT = "osm_longest_wait"

#: How PostgreSQL knows this process; who restores a backup looks whether others are connected.
APPLICATION = f"osm:{socket.gethostname()[:40]}:{os.getpid()}"

#: How long a writer waits for another one before it gives up, milliseconds.
BUSY_TIMEOUT_MS = 15_000
_ASK_AGAIN = 0.01  # seconds until who has little time asks for the lock again


#: PostgreSQL plans for a few heavy questions: it starts processes to help with one statement and compiles expressions.
#: Here many people ask for a millisecond each: both would only add ten milliseconds and more.
_SHORT_STATEMENTS = "-c jit=off -c max_parallel_workers_per_gather=0"
#: A machine that is gone says nothing: each side notices within half a minute, and no lock outlives who held it.
_ALIVE = {"keepalives_idle": 10, "keepalives_interval": 5, "keepalives_count": 3, "tcp_user_timeout": 20_000}
_OTHER_SIDE_TOO = "-c tcp_keepalives_idle=10 -c tcp_keepalives_interval=5 -c tcp_keepalives_count=3"
_CONNECT_SECONDS = 10


_making = Lock()


def make_engine(url: str) -> Engine:
    """A second engine for one thread, with the behaviour of the application's."""
    engine = create_engine(url, **engine_options(url, 1))
    prepare(engine)
    return engine


def engine_options(url: str, threads: int) -> dict[str, Any]:
    """Options for create_engine: a connection for each web thread, and a few to spare for nested readers. However few
    threads the web has: the lanes of the worker and their leases need one each."""
    options: dict[str, Any] = {"pool_size": threads, "max_overflow": max(threads, 10), "pool_timeout": 30}
    options["hide_parameters"] = True  # an error would quote them: what people have written
    if not url.startswith("sqlite"):
        options["pool_pre_ping"] = True
        asked = make_url(url).query.get("options", ())
        options["connect_args"] = {
            "application_name": APPLICATION,
            "connect_timeout": _CONNECT_SECONDS,
            **_ALIVE,
            # The administrator's options in the address come last and win.
            "options": " ".join((_SHORT_STATEMENTS, _OTHER_SIDE_TOO, *((asked,) if isinstance(asked, str) else asked))),
        }
    return options


def prepare(engine: Engine) -> None:
    """Teach the engine of SQLite to begin transactions itself and to keep its file from other users of the computer;
    either one gives up early where that is asked."""
    if engine.dialect.name != "sqlite":
        event.listen(engine, "begin", _on_begin_elsewhere)
        return
    event.listen(engine, "do_connect", _before_connect)
    event.listen(engine, "connect", _on_connect)
    event.listen(engine, "begin", _on_begin)


def follow_clock(engine: Engine) -> None:
    """Let the clock of a database on a server be that of this process."""
    if engine.dialect.name != "sqlite":
        event.listen(engine, "connect", lambda *_: clock.ask_again())
        event.listen(engine, "begin", _look_at_clock)


def _look_at_clock(connection: Connection) -> None:
    if clock.is_unsure():
        driver: Any = connection.connection.driver_connection
        began = clock.running_seconds()
        (at,) = driver.execute("SELECT clock_timestamp()").fetchone()
        clock.go_by(at.astimezone(UTC), began, clock.running_seconds())


def _before_connect(_dialect: Any, _record: Any, arguments: Any, _named: Any) -> None:
    path = Path(arguments[0])
    if path.is_absolute():  # else a database in memory
        keep_private(path)


def keep_private(path: Path) -> None:
    """Let only its owner read a file of SQLite and the files around it, also one that SQLite is about to make."""
    # Closing a file drops the locks that SQLite holds on it for this process: only a new one is opened here.
    with _making, suppress(OSError):  # what cannot be made is said by SQLite itself
        path.touch(0o600, exist_ok=False)
    for file in (path, *(path.with_name(path.name + ending) for ending in ("-wal", "-shm", "-journal"))):
        with suppress(OSError):  # not there, or not ours
            if file.stat().st_mode & 0o077:
                file.chmod(0o600)


def _on_connect(dbapi_connection: Any, _record: Any) -> None:
    # The driver's own BEGIN comes only before the first write and is never IMMEDIATE: switch it off.
    dbapi_connection.isolation_level = None
    cursor = dbapi_connection.cursor()
    for pragma in (
        f"busy_timeout = {BUSY_TIMEOUT_MS}",
        "journal_mode = WAL",
        "synchronous = NORMAL",
        "foreign_keys = ON",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _on_begin(connection: Connection) -> None:
    # IMMEDIATE takes the write lock at once: a transaction that reads first and writes later could otherwise
    # fail in the middle, and waiting would not help it, because its snapshot is old.
    options = connection.get_execution_options()
    if not options.get(WRITE):
        connection.exec_driver_sql("BEGIN")
    elif (longest_wait := options.get(LONGEST_WAIT)) is None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")
    else:
        _begin_soon(connection, time.monotonic() + longest_wait)


def _begin_soon(connection: Connection, until: float) -> None:
    """Begin to write, or give up. SQLite itself asks ten times a second and misses locks that are free for less."""
    driver: Any = connection.connection.driver_connection
    driver.execute("PRAGMA busy_timeout = 0")  # asks no file anything
    try:
        while time.monotonic() < until:
            try:
                driver.execute("BEGIN IMMEDIATE")
            except sqlite3.OperationalError as error:
                if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY:
                    break  # asked once more below, where the error becomes one of SQLAlchemy
                time.sleep(_ASK_AGAIN)
            else:
                return
        connection.exec_driver_sql("BEGIN IMMEDIATE")
    finally:
        driver.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT_MS}")


def _on_begin_elsewhere(connection: Connection) -> None:
    if (longest_wait := connection.get_execution_options().get(LONGEST_WAIT)) is not None:
        connection.exec_driver_sql(f"SET LOCAL lock_timeout = {round(1000 * longest_wait)}")


# --- Many rows at once past the ORM
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

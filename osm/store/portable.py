"""Rows of any of our databases in one form that every other can read, and the manifest of an archive of them."""

import base64
import json
import re
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from itertools import islice
from typing import Any

from sqlalchemy import Connection, inspect, types
from sqlalchemy.dialects.postgresql import TSVECTOR
from sqlalchemy.engine.interfaces import ReflectedColumn, ReflectedPrimaryKeyConstraint

Row = list[Any]  # the values of a row in the order of `Table.columns`: None, bool, int, float, str

VERSION_TABLE = "alembic_version"

NOT_CARRIED = frozenset({"lease", "login_address", "remembered_browser", "web_session"})
"""Tables that say what goes on now: a session or a remembered browser that has ended since must not come to life again
(design §8), a lease would be that of a process which has long gone, and an address is known for a day."""

NOT_DATA = NOT_CARRIED | {"worker_beat", "login_attempt"}  # a database with rows in these alone is empty to a person

_CHUNK = 1000


@dataclass(frozen=True, slots=True)
class Column:
    """A column that is carried. `kind` says how its values look in JSON."""

    name: str
    kind: str


@dataclass(frozen=True, slots=True)
class Table:
    """A table with the columns that are carried, and those that order its rows."""

    name: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]

    @property
    def names(self) -> list[str]:
        return [column.name for column in self.columns]


def tables_of(connection: Connection) -> list[Table]:
    """All tables with data, by name, without derived data: indexes of words, and columns computed from others. Raises
    TypeError for a column of an unknown kind."""
    inspector = inspect(connection)
    names = sorted(set(inspector.get_table_names()) - {VERSION_TABLE} - _derived(connection))
    if not names:
        return []
    columns = inspector.get_multi_columns(filter_names=names)
    keys = inspector.get_multi_pk_constraint(filter_names=names)
    return [_table(name, columns[None, name], keys[None, name]) for name in names]


def has_data(connection: Connection) -> bool:
    """Whether there is anything that a person would miss."""
    return any(
        next(rows_of(connection, table), None) is not None
        for table in tables_of(connection)
        if table.name not in NOT_DATA
    )


def rows_of(connection: Connection, table: Table) -> Iterator[Row]:
    """The rows of a table in the order of its key, as a stream."""
    sqlite = connection.dialect.name == "sqlite"
    columns = ", ".join(_read(column, sqlite) for column in table.columns)
    order = ", ".join(map(_quoted, table.key or table.names))
    encoders = [(_FROM_SQLITE if sqlite else _FROM_POSTGRESQL).get(column.kind) for column in table.columns]
    found = connection.exec_driver_sql(
        f"SELECT {columns} FROM {_quoted(table.name)} ORDER BY {order}",  # noqa: S608  names from the catalogue
        execution_options={"stream_results": True, "yield_per": _CHUNK},
    )
    for row in found:
        yield [
            value if value is None or encode is None else encode(value)
            for value, encode in zip(row, encoders, strict=True)
        ]


class RowsRefused(Exception):
    """A database does not take the rows up, or gives them back otherwise; `str(error)` says in Russian which."""


def add_rows(connection: Connection, table: Table, rows: Iterator[Row]) -> Generator[None, None, int]:
    """Write rows as `rows_of` gives them, with the turn given back from time to time; how many. Raises RowsRefused with
    the place of the row: it may come from a file that somebody has made by hand."""
    names = ", ".join(map(_quoted, table.names))
    sqlite = connection.dialect.name == "sqlite"
    decoders = [(_INTO_SQLITE if sqlite else _INTO_POSTGRESQL).get(column.kind) for column in table.columns]
    driver: Any = connection.connection.driver_connection
    count = 0

    def decoded() -> Iterator[Sequence[Any]]:
        nonlocal count
        for row in rows:
            count += 1
            yield [
                value if _checked(table, count, column, value) is None or decode is None else decode(value)
                for value, decode, column in zip(row, decoders, table.columns, strict=True)
            ]

    values = decoded()
    try:
        if sqlite:
            marks = ", ".join("?" * len(table.columns))
            statement = f"INSERT INTO {_quoted(table.name)} ({names}) VALUES ({marks})"  # noqa: S608
            before = -1
            while before < count:
                before = count
                driver.executemany(statement, islice(values, _CHUNK))
                yield
        else:
            with driver.cursor() as cursor, cursor.copy(f"COPY {_quoted(table.name)} ({names}) FROM STDIN") as copy:
                for row in values:
                    copy.write_row(row)
                    if count % _CHUNK == 0:
                        yield
    except (connection.dialect.loaded_dbapi.Error, ValueError, OverflowError) as error:
        reason = str(error).splitlines()[0]
        raise RowsRefused(f"Таблица {table.name}, строка {count}: база её не принимает ({reason}).") from error
    return count


def _checked(table: Table, number: int, column: Column, value: Any) -> Any:
    """The value, if it is one of this column. SQLite would take anything, and a page would fail on it later."""
    if value is None:
        return None
    try:
        if type(value) not in _TYPES[column.kind]:
            raise TypeError(type(value))
        if column.kind in _FORMS:
            _FORMS[column.kind](value)
    except (TypeError, ValueError, RecursionError) as error:
        place = f"Таблица {table.name}, строка {number}"
        raise RowsRefused(f"{place}: значение столбца {column.name} не подходит.") from error
    return value


def _table(name: str, all_columns: list[ReflectedColumn], key: ReflectedPrimaryKeyConstraint) -> Table:
    columns = []
    for found in all_columns:
        if "computed" in found or isinstance(found["type"], TSVECTOR):
            continue
        columns.append(Column(found["name"], _kind(found["type"], f"{name}.{found['name']}")))
    return Table(name, tuple(columns), tuple(key["constrained_columns"]))


def _kind(type_: types.TypeEngine[Any], where: str) -> str:
    for kind, classes in _KINDS.items():
        if isinstance(type_, classes):
            return kind
    raise TypeError(f"{where}: say in osm.store.portable how a {type_!r} is carried to another database")


_KINDS: dict[str, Any] = {
    "json": types.JSON, "flag": types.Boolean, "instant": types.DateTime, "day": types.Date, "time": types.Time,
    "bytes": types._Binary, "whole": types.Integer, "number": types.Numeric, "text": types.String,
}  # fmt: skip
"""JSON is carried as the text that it is stored as: nothing is lost of it, nor of the difference between a JSON null
and no value."""


def _derived(connection: Connection) -> set[str]:
    """Full-text tables of SQLite and the tables behind them; a table that only looks like one of ours is none."""
    if connection.dialect.name != "sqlite":
        return set()
    listed = connection.exec_driver_sql("PRAGMA table_list").all()
    return {row.name for row in listed if row.type in ("virtual", "shadow")}


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _read(column: Column, sqlite: bool) -> str:
    return _quoted(column.name) if sqlite or column.kind != "json" else f"{_quoted(column.name)}::text"


def _instant(value: datetime) -> str:
    # SQLite has no zones: what lies there bare is UTC (osm.base.types).
    value = value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
    return value.isoformat(timespec="microseconds")


def _base64(value: bytes) -> str:
    return base64.b64encode(value).decode()


Coders = dict[str, Callable[[Any], Any]]

_FROM_SQLITE: Coders = {
    "flag": bool,
    "instant": lambda value: _instant(datetime.fromisoformat(value)),
    "bytes": _base64,
}
_INTO_SQLITE: Coders = {
    "flag": int, "instant": lambda value: value.removesuffix("+00:00").replace("T", " "), "bytes": base64.b64decode,
}  # fmt: skip
_FROM_POSTGRESQL: Coders = {
    "instant": _instant, "day": date.isoformat, "time": time.isoformat, "bytes": _base64, "number": float,
}  # fmt: skip
_INTO_POSTGRESQL: Coders = {"bytes": base64.b64decode}

_TYPES: dict[str, tuple[type, ...]] = {
    "json": (str, int, float),  # SQLite makes a number of a JSON value that is one
    "flag": (bool,),
    "instant": (str,),
    "day": (str,),
    "time": (str,),
    "bytes": (str,),
    "whole": (int,),
    "number": (int, float),
    "text": (str,),
}
"""What a value is in an archive, and below what it must look like."""
_FORMS: Coders = {
    "json": lambda value: json.loads(value) if type(value) is str else value, "instant": datetime.fromisoformat,
    "day": date.fromisoformat, "time": time.fromisoformat, "bytes": base64.b64decode,
}  # fmt: skip


# --- The manifest of an archive, read with suspicion: each field has its type and bounds, or the archive is refused
FORMAT, FORMAT_VERSION = "osm-backup", 1
MANIFEST = "manifest.json"

_TABLE = re.compile(r"[a-z_0-9]{1,63}")
_FILE = re.compile(r"((seals|purges)\.jsonl|(uploads|imports)(/[0-9A-Za-z_.-]{1,200}){1,4})")
_HASH = re.compile(r"[0-9a-f]{64}")
_WORD = re.compile(r"[0-9A-Za-z_.+-]{1,100}")


class BadArchive(Exception):
    """The file is no archive of ours, or not whole; `str(error)` is what to tell the person, in Russian."""


@dataclass(frozen=True, slots=True)
class TableEntry:
    """A table as the archive holds it: the names of its columns in their order, how many rows, their hash."""

    name: str
    columns: tuple[str, ...]
    rows: int
    sha256: str

    @property
    def member(self) -> str:
        return table_member(self.name)


@dataclass(frozen=True, slots=True)
class FileEntry:
    """A file as the archive holds it; `name` with the folder in which it lies, `size` in bytes."""

    name: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """What is known of an archive before any of its rows is read."""

    revision: str  # the migration of the database
    made_at: datetime
    key_id: str  # of the OSM_ENCRYPTION_KEY with which the installation worked
    missing_files: int
    tables: tuple[TableEntry, ...]
    files: tuple[FileEntry, ...]


def manifest_bytes(facts: Mapping[str, Any], tables: list[dict[str, Any]], files: list[dict[str, Any]]) -> bytes:
    manifest = {"format": FORMAT, "format_version": FORMAT_VERSION, **facts, "tables": tables, "files": files}
    return json.dumps(manifest, ensure_ascii=False, indent=1).encode()


def read_manifest(content: bytes) -> Manifest:
    try:
        facts = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise damaged(MANIFEST) from error
    if not isinstance(facts, dict) or facts.get("format") != FORMAT:
        raise BadArchive("Это не резервная копия ОСМ: в её описи названа другая программа.")
    version = facts.get("format_version")
    if type(version) is int and version > FORMAT_VERSION:
        raise BadArchive(
            f"Копия записана более новой программой (вид архива {version}). "
            "Восстановите её той же или более новой версией ОСМ."
        )
    try:
        if type(version) is not int or version != FORMAT_VERSION:
            raise ValueError(version)
        return _manifest(facts)
    except (LookupError, TypeError, ValueError, OverflowError) as error:
        raise damaged(MANIFEST) from error


def is_file_name(name: str) -> bool:
    """Whether a file of the data directory has a name under which an archive takes it up."""
    return bool(_FILE.fullmatch(name)) and all(part.strip(".") for part in name.split("/"))


def table_member(name: str) -> str:
    return f"tables/{name}.jsonl"


def damaged(member: str) -> BadArchive:
    return BadArchive(f"Резервная копия повреждена («{member}»): она изменилась после записи или скопирована не вся.")


def _manifest(facts: Mapping[str, Any]) -> Manifest:
    tables = tuple(
        TableEntry(
            _text(table["name"], _TABLE),
            _different(_text(name, _TABLE) for name, _kind in _list(table["columns"])),
            _count(table["rows"]),
            _text(table["sha256"], _HASH),
        )
        for table in _list(facts["tables"])
    )
    files = tuple(
        FileEntry(_text(file["name"], _FILE), _count(file["size"]), _text(file["sha256"], _HASH))
        for file in _list(facts["files"])
    )
    _different(table.name for table in tables)
    if not all(is_file_name(name) for name in _different(file.name for file in files)):
        raise ValueError("a name that leads elsewhere")
    return Manifest(
        _text(facts["revision"], _WORD), _made_at(facts["made_at"]), _text(facts["key_id"], _WORD),
        _count(facts.get("missing_files", 0)), tables, files,
    )  # fmt: skip


def _list(value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise ValueError(value)
    return value


def _text(value: Any, form: re.Pattern[str]) -> str:
    if not isinstance(value, str) or not form.fullmatch(value):
        raise ValueError(value)
    return value


def _count(value: Any) -> int:
    if type(value) is not int or not 0 <= value < 2**53:  # True is an int to isinstance
        raise ValueError(value)
    return value


def _made_at(value: Any) -> datetime:
    made_at = datetime.fromisoformat(value)
    if made_at.tzinfo is None or not 2000 <= made_at.year < 9000:
        raise ValueError(value)
    return made_at.astimezone(UTC)


def _different(names: Iterable[str]) -> tuple[str, ...]:
    found = tuple(names)
    if len(set(found)) != len(found):
        raise ValueError(found)
    return found

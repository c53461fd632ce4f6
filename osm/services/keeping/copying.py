"""The whole database into another one: from SQLite to PostgreSQL when the office has grown, or back."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection, create_engine, make_url
from sqlalchemy.exc import OperationalError, SQLAlchemyError

from osm.extensions import db
from osm.services.errors import ServiceError
from osm.services.keeping.restore import check_no_worker
from osm.services.keeping.scratch import scratch
from osm.settings import checked_url
from osm.store.engine import make_engine
from osm.store.exchange import DatabaseInUse, check_nobody_is_connected, exchange
from osm.store.portable import Row, RowsRefused, Table, has_data, rows_of, tables_of
from osm.store.refill import has_foreign_tables
from osm.store.schema import stored_revision
from osm.store.snapshot import snapshot

LEFT_BEHIND = frozenset({"lease"})
"""What holds only for processes at the old place."""


class CopyRefused(ServiceError):
    """The target is as it was."""


@dataclass(frozen=True, slots=True)
class Copied:
    """What stands in the target now."""

    tables: int
    rows: int


def copy_database(address: str, now: datetime, *, force: bool, is_gone: Callable[[str], bool]) -> Copied:
    """Copy every table to the database at `address`, in one transaction; every row is compared before it ends.

    Raises CopyRefused: nobody may work meanwhile, and the target is empty or `force` is given; SettingsError for an
    address that is none.
    """
    url = checked_url(address, "Адрес")
    target = make_engine(url)
    try:
        if make_url(url) == db.engine.url:
            raise CopyRefused("Это та же самая база. Ничего не изменено. Укажите адрес другой.")
        check_no_worker(now, is_gone)
        check_nobody_is_connected(db.engine)
        _check_target(url, force)
        with snapshot(db.engine) as source, scratch() as folder:
            counts = _counts(source)
            comparing = _Comparing(source, counts)
            exchange(target, folder, str(stored_revision(source)), counts, comparing.rows, comparing.check)
        return Copied(len(counts), sum(counts.values()))
    except (RowsRefused, DatabaseInUse) as error:
        raise CopyRefused(f"{error} Ничего не изменено.") from error
    except OperationalError as error:
        raise CopyRefused(
            f"База {make_url(url).render_as_string()} недоступна. Ничего не изменено. "
            "Проверьте, что она создана, запущена и что адрес верен."
        ) from error
    except (SQLAlchemyError, sqlite3.Error) as error:
        reason = str(getattr(error, "orig", error)).splitlines()[0]
        raise CopyRefused(f"База не приняла данные: {reason}. Ничего не изменено.") from error
    finally:
        target.dispose()


class _Comparing:
    """Rows on their way, summed up: afterwards the target must give the same sum, in whatever order it sorts."""

    def __init__(self, source: Connection, counts: dict[str, int]) -> None:
        self._source = source
        self._counts = counts
        self._sums: dict[str, int] = {}

    def rows(self, table: Table) -> Iterator[Row]:
        if table.name not in self._counts:
            return
        self._sums[table.name] = 0
        for row in rows_of(self._source, table):
            self._sums[table.name] += _hash(row)
            yield row

    def check(self, target: Connection) -> None:
        """Raises RowsRefused."""
        for table in tables_of(target):
            if sum(map(_hash, rows_of(target, table))) != self._sums.get(table.name, 0):
                raise RowsRefused(f"Таблица {table.name} после переноса читается иначе, чем до него.")


def _hash(row: Row) -> int:
    return int.from_bytes(hashlib.sha256(json.dumps(row).encode()).digest())


def _counts(source: Connection) -> dict[str, int]:
    return {
        table.name: source.exec_driver_sql(f'SELECT count(*) FROM "{table.name}"').scalar_one()  # noqa: S608
        for table in tables_of(source)
        if table.name not in LEFT_BEHIND
    }


def _check_target(url: str, force: bool) -> None:
    made = make_url(url)
    if made.get_backend_name() == "sqlite":
        path = Path(str(made.database))
        if not path.parent.is_dir():
            raise CopyRefused(f"Каталога {path.parent} нет. Создайте его и повторите.")
        if not path.exists():
            return
    engine = create_engine(url, hide_parameters=True)  # which changes nothing in it
    try:
        with engine.connect() as connection:
            if has_foreign_tables(connection):
                raise CopyRefused("В этой базе таблицы другой программы. Ничего не изменено. Создайте пустую базу.")
            if stored_revision(connection) is not None and has_data(connection) and not force:
                raise CopyRefused(
                    "В этой базе уже есть данные ОСМ, копирование заменит их все. Ничего не изменено. "
                    "Если это и нужно, повторите с --force."
                )
    finally:
        engine.dispose()

"""The nightly backup: the worker makes it in small steps, compares it, restores it as a trial, and removes old ones;
also copying the whole database."""

import hashlib
import json
import logging
import re
import shutil
import sqlite3
import time
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, create_engine, make_url
from sqlalchemy.exc import OperationalError, SQLAlchemyError

from osm.base import database
from osm.base.application import Memory
from osm.base.database import db, make_engine
from osm.base.durable import is_older
from osm.base.errors import ServiceError
from osm.base.supervised import why
from osm.base.transaction import Pace, WorkerBeat, give_up, transaction
from osm.keeping.acts import backup, restore
from osm.keeping.acts.backup import missing_files, write_backup
from osm.retention.queries import backup_days
from osm.settings import Settings, checked_url
from osm.store import portable, schema
from osm.store.archive import Archive
from osm.store.portable import Row, RowsRefused, Table, has_data, rows_of, tables_of
from osm.store.schema import DatabaseInUse, build, check_nobody_is_connected, exchange

# --- Copying the database
LEFT_BEHIND = frozenset({"lease"})  # only valid for processes at the old place


class CopyRefused(ServiceError):
    """The target is unchanged."""


@dataclass(frozen=True, slots=True)
class Copied:
    tables: int
    rows: int


def copy_database(address: str, now: datetime, *, force: bool, is_gone: Callable[[str], bool]) -> Copied:
    """Copy all tables to the database at `address` in one transaction, which compares all rows before it ends. Raises
    CopyRefused if a process is working, or if the target is not empty and `force` is not given; SettingsError if
    `address` is invalid or this code cannot use the target."""
    url = checked_url(address, "Адрес")
    target = make_engine(url)
    try:
        if make_url(url) == db.engine.url:
            raise CopyRefused("Это та же самая база. Ничего не изменено. Укажите адрес другой.")
        restore.check_no_worker(now, is_gone)
        check_nobody_is_connected(db.engine)
        _check_target(url, force)
        with schema.snapshot(db.engine) as source, backup.scratch() as folder:
            counts = _counts(source)
            comparing = _Comparing(source, counts)
            exchange(target, folder, str(schema.stored_revision(source)), counts, comparing.rows, comparing.check)
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
    """Sums the hashes of the rows on their way; the target must give the same sum, in any order."""

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
    engine = create_engine(url, hide_parameters=True)  # changes no data in it
    try:
        with engine.connect() as connection:
            if schema.has_foreign_tables(connection):
                raise CopyRefused("В этой базе таблицы другой программы. Ничего не изменено. Создайте пустую базу.")
            schema.check_known(stored := schema.stored_revision(connection))
            if stored is not None and has_data(connection) and not force:
                raise CopyRefused(
                    "В этой базе уже есть данные ОСМ, копирование заменит их все. Ничего не изменено. "
                    "Если это и нужно, повторите с --force."
                )
    finally:
        engine.dispose()


# --- Trial of a backup
_ROOM = 3  # a SQLite database and its journal take about twice the text of the rows; the rest is room for normal work


class TrialFailed(Exception):
    """`str(error)` says in Russian what does not fit."""


def try_restoring(archive: Archive, folder: Path) -> Generator[None, None, str]:
    """Restore an archive that has passed `checks` into `folder`, in steps. Returns in Russian why it failed, empty if
    it succeeded. A failed trial does not make the backup fail."""
    try:
        yield from _restored(archive, folder)
    except (TrialFailed, portable.BadArchive, RowsRefused) as error:
        return str(error)
    except OSError as error:
        return why(error)
    except Exception as error:  # any error of a database or a migration: the rows cannot be restored
        return f"{type(error).__name__}: {error}".splitlines()[0]
    return ""


def _restored(archive: Archive, folder: Path) -> Generator[None, None, None]:
    if backup.origin_of(archive) is not backup.Origin.OURS:
        raise TrialFailed(backup.origin_of(archive).value)
    backup.check_seals(archive)
    if shutil.disk_usage(folder).free < _ROOM * archive.size_of_tables:
        raise TrialFailed("Не хватает места на диске, чтобы восстановить копию для пробы.")
    path = folder / "trial.sqlite3"
    yield from build(
        path, archive.manifest.revision, archive.counts, archive.rows, lambda _: None
    )  # no mark: no step follows
    engine = make_engine(f"sqlite:///{path}")
    try:
        with engine.connect() as connection:
            missing = missing_files(connection, (file.sha256 for file in archive.manifest.files))
    finally:
        engine.dispose()
    if missing > archive.manifest.missing_files:
        raise TrialFailed(f"Не хватает файлов, которые названы в базе: {missing - archive.manifest.missing_files}.")


# --- The nightly backup
log = logging.getLogger(__name__)

BEGINS = timedelta(hours=2)  # After local midnight, outside working hours. A server switched on later begins then.
AGAIN_AFTER = timedelta(hours=1)  # the pause after a failure

GOOD, FAILED, BEGUN = "backup", "backup-failed", "backup-begun"
"""Names of the notes: the last good backup, a failure since, an attempt that has not ended."""
TRIED, TRIAL_FAILED = "backup-tried", "backup-trial-failed"
"""The last backup that was restored as a trial, and a failed trial since."""

Steps = Generator[None, None, None]

_NAME = re.compile(r"osm-(\d{4}-\d{2}-\d{2})\.zip(\.age)?")
_UNREAD = "osm-unread"
_UNFINISHED_FOR = timedelta(days=1)
STEPS: Memory[Steps | None] = Memory(lambda _: None)


@dataclass(frozen=True, slots=True)
class Copy:
    path: Path
    night: date


def run(now: datetime, pace: Pace, settings: Settings) -> int:
    """Continue tonight's backup within the pace; returns 1 while there is more to do, and when it is done."""
    if settings.backup_dir is None:
        return 0
    try:
        return _go_on(settings, settings.backup_dir, now, pace)
    except Exception as error:
        give_up()
        STEPS.forget()
        reason = _reason(error, settings.backup_dir)
        log.error("backup failed", extra={"reason": reason}, exc_info=None if _is_known(error) else error)
        _note(FAILED, now, {"reason": reason})
    return 1


def drop_unfinished() -> None:
    """What this process began before another one had the lane; its snapshot is old."""
    if steps := STEPS.get():
        steps.close()
    STEPS.forget()


def is_under_way() -> bool:
    return STEPS.get() is not None


def _is_known(error: Exception) -> bool:
    return isinstance(error, backup.BackupFailed | portable.BadArchive | OSError)


def _reason(error: Exception, folder: Path) -> str:
    if isinstance(error, OSError):
        return f"{error.filename or folder}: {why(error)}"
    return str(error) if _is_known(error) else f"ошибка самой программы ({type(error).__name__})"


def _go_on(settings: Settings, folder: Path, now: datetime, pace: Pace) -> int:
    steps = STEPS.get()
    if steps is None:
        if _was_tried_lately(now) or any(copy.night == _night(settings, now) for copy in copies(folder)):
            return 0
        _note(BEGUN, now, {})
        steps = _make(settings, folder, now)
        STEPS.set(steps)
    until = time.monotonic() + pace.seconds
    while next(steps, steps) is not steps:
        if not pace.may_continue():
            # The process must stop, or another one works now, so the unfinished backup is useless.
            steps.close()
            _forget(BEGUN)
            break
        if time.monotonic() >= until:
            return 1
    STEPS.forget()
    return 1


def copies(folder: Path) -> list[Copy]:
    """The nightly backups in the folder, newest first; files with other names are ignored."""
    try:
        found = [(path, _NAME.fullmatch(path.name)) for path in folder.iterdir()]
    except FileNotFoundError:
        return []
    kept = [Copy(path, date.fromisoformat(match[1])) for path, match in found if match]
    return sorted(kept, key=lambda copy: copy.night, reverse=True)


@dataclass(frozen=True, slots=True)
class State:
    """`overdue`: the last one is older than a day and two hours, or the last attempt failed."""

    made_at: datetime | None
    file: str
    size: int
    rows: int
    overdue: bool
    failure: str  # why the last attempt failed; else empty
    tried_at: datetime | None  # when a backup was last restored as a trial
    tried_file: str
    trial_failure: str


def state(now: datetime) -> State:
    good, failed, tried, trial = (_noted(name) for name in (GOOD, FAILED, TRIED, TRIAL_FAILED))
    made_at = good.get("at")
    return State(
        made_at, good.get("file", ""), good.get("size", 0), good.get("rows", 0),
        made_at is None or now - made_at > timedelta(days=1, hours=2) or bool(failed), failed.get("reason", ""),
        tried.get("at"), tried.get("file", ""), trial.get("reason", ""),
    )  # fmt: skip


def _noted(name: str) -> dict[str, Any]:
    beat = db.session.get(WorkerBeat, name)
    return json.loads(beat.detail) | {"at": beat.at} if beat else {}


def _was_tried_lately(now: datetime) -> bool:
    """Whether the last attempt, within the hour, failed or ended its process."""
    tried = (db.session.get(WorkerBeat, name) for name in (FAILED, BEGUN))
    return any(one is not None and timedelta() <= now - one.at < AGAIN_AFTER for one in tried)


def _night(settings: Settings, now: datetime) -> date:
    return (now.astimezone(settings.time_zone) - BEGINS).date()


def _make(settings: Settings, folder: Path, now: datetime) -> Steps:
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    _remove_unfinished(folder, now)
    encrypted = bool(settings.backup_recipients)
    ending = ".zip.age" if encrypted else ".zip"
    # It has another name until it was read and checked, so that a file with the name of a night is reliable.
    path, unread = folder / f"osm-{_night(settings, now)}{ending}", folder / f"{_UNREAD}{ending}"
    report = backup.Report()
    with backup.scratch() as place:
        plain = place / "osm.zip" if encrypted else unread
        yield from write_backup(plain, now, report, settings)
        with Archive(plain) as archive:
            yield from archive.checks()
            failure = yield from try_restoring(archive, place)
        if encrypted:
            report.size = backup.encrypt_copy(plain, unread, settings.backup_recipients)
    unread.replace(path)
    if failure:
        log.error("trial of the backup failed", extra={"file": path.name, "reason": failure})
        _note(TRIAL_FAILED, now, {"file": path.name, "reason": failure})
    else:
        _forget(TRIAL_FAILED)
        _note(TRIED, now, {"file": path.name})
    _remove_old(folder, settings.backup_copies, _night(settings, now) - timedelta(days=backup_days()))
    _forget(FAILED, BEGUN)
    _note(GOOD, now, {"file": path.name, "size": report.size, "rows": report.rows, "missing": report.missing})
    log.info("backup made", extra={"rows": report.rows, "files": report.files, "size": report.size})


def _remove_old(folder: Path, kept: int, before: date) -> None:
    """Keep the newest `kept` that are not past their term (152-ФЗ), and always the last one that could be restored."""
    safe = _noted(TRIED).get("file", "")
    for number, copy in enumerate(copies(folder)):
        if (number >= kept or copy.night < before) and copy.path.name != safe:
            copy.path.unlink(missing_ok=True)


def _remove_unfinished(folder: Path, now: datetime) -> None:
    for path in folder.glob(f"{_UNREAD}*"):
        path.unlink()
    for path in folder.glob(".osm-*"):
        if is_older(path, _UNFINISHED_FOR, now):
            path.unlink(missing_ok=True)


def _forget(*names: str) -> None:
    with transaction() as session:
        for name in names:
            if noted := session.get(WorkerBeat, name):
                session.delete(noted)


def _note(name: str, now: datetime, facts: dict[str, object]) -> None:
    with transaction():
        database.put(WorkerBeat, name=name, at=now, detail=json.dumps(facts, ensure_ascii=False))

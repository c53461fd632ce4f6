"""Restore a backup completely or not at all, even if the power fails.

The slow part changes no live data: the archive is read and compared, its files are unpacked into a folder of the data
directory, and for SQLite a new database is built there. Then one transaction replaces the database and stores the name
of that folder. From then on the new state is valid, and the rest (moving folders, updating the seals outside the
database) is finished by this process or by the next start."""

import os
import secrets
import shutil
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Connection, delete, insert, select
from sqlalchemy.exc import SQLAlchemyError

from osm.base.application import current_settings
from osm.base.database import db
from osm.base.durable import Busy, locked, renew_installation, sync_folder
from osm.base.errors import ServiceError
from osm.base.supervised import why
from osm.base.transaction import Lease, transaction
from osm.keeping.acts.backup import FOLDERS, Origin, check_seals, origin_of, readable, remove_scratch
from osm.log.acts.audit import current_key, note_restored
from osm.reminders.acts import mailing
from osm.retention.acts import purge
from osm.settings import SettingsError
from osm.store import portable, schema
from osm.store.archive import Archive, BadKey, NotDecrypted
from osm.store.portable import BadArchive
from osm.store.schema import DatabaseInUse, exchange

MARK = "restored"  # the lease that names the folder of restored files, until they are in place

_PREFIX = "restoring-"


class RestoreRefused(ServiceError):
    """No data was changed."""


class RestoreUnfinished(ServiceError):
    """The database is restored; the next start completes the rest."""


@dataclass(frozen=True, slots=True)
class Restored:
    made_at: datetime
    rows: int
    files: int
    missing: int  # uploads named in the archive but not in it: they were missing when it was made
    same_key: bool
    """Whether OSM_ENCRYPTION_KEY is that of the archive; with another key the seals of the log cannot be checked."""


def restore(
    path: Path, now: datetime, *, force: bool, is_gone: Callable[[str], bool], trust: bool = False,
    identity: Path | None = None,
) -> Restored:  # fmt: skip
    """Replace database and files by the archive. `identity`: the private key for an encrypted one. Raises
    RestoreRefused if the archive is damaged, newer, too old, or unsigned without `trust`, if there is data and no
    `force`, or if web or worker are running; RestoreUnfinished if the files could not be moved after the database."""
    try:
        with locked(_lock()), readable(path, identity) as archive:
            manifest = archive.manifest
            _check_origin(archive, trust)
            archive.verify()
            check_seals(archive)
            _check_fits(archive)
            _check_may_replace(force)
            check_no_worker(now, is_gone)
            _remove_leftovers()
            folder = _unpack(archive)
            # before the exchange: a restored installation must not write to citizens without a person
            renew_installation()
            try:
                exchange(db.engine, folder, manifest.revision, archive.counts, archive.rows, _mark(folder.name, now))
            except BaseException:
                shutil.rmtree(folder, ignore_errors=True)
                raise
            _put_in_place(folder)
            return Restored(
                manifest.made_at, sum(archive.counts.values()), len(manifest.files), manifest.missing_files,
                manifest.key_id == current_key().id,
            )  # fmt: skip
    except Busy as error:
        raise RestoreRefused("Восстановление уже идёт в другом окне. Это не начато.") from error
    except (BadArchive, BadKey, NotDecrypted, portable.RowsRefused, DatabaseInUse) as error:
        raise RestoreRefused(f"{error} Ничего не изменено.") from error
    except OSError as error:
        raise RestoreRefused(
            f"Восстановить не удалось: {error.filename or path}, {why(error)}. Ничего не изменено."
        ) from error
    except (SQLAlchemyError, sqlite3.Error) as error:
        reason = str(getattr(error, "orig", error)).splitlines()[0]
        raise RestoreRefused(f"База данных не приняла копию: {reason}. Ничего не изменено.") from error
    except (ServiceError, SettingsError):
        raise
    except Exception as error:  # a migration of rows that no version of the program has written
        raise RestoreRefused(f"Копия не подходит ({type(error).__name__}: {error}). Ничего не изменено.") from error


def _put_in_place(folder: Path) -> None:
    """From here on the restored database is valid."""
    try:
        finish(folder)
    except (OSError, SQLAlchemyError) as error:
        reason = why(error) if isinstance(error, OSError) else str(getattr(error, "orig", error)).splitlines()[0]
        raise RestoreUnfinished(
            f"База восстановлена, а файлы ещё не на месте: {reason}. Устраните причину и запустите ОСМ: "
            "при запуске она закончит сама."
        ) from error


def finish_interrupted() -> None:
    """Complete an interrupted restore and remove temporary folders, at each start of the program. Raises SettingsError
    while another process restores."""
    remove_scratch()
    if not _leftovers():
        return
    try:
        with locked(_lock()):
            mark = db.session.scalar(select(Lease.owner).where(Lease.name == MARK))
            db.session.rollback()
            if mark and (_root() / mark).is_dir():
                finish(_root() / mark)
            _remove_leftovers()
    except Busy as error:
        raise SettingsError("Сейчас восстанавливается резервная копия. Подождите, пока это закончится.") from error


def _check_origin(archive: Archive, trust: bool) -> None:
    origin = origin_of(archive)
    if origin is not Origin.OURS and not trust:
        raise RestoreRefused(
            f"{origin.value} Ничего не изменено. Если вы знаете, откуда этот файл, и уверены, что его не подменили, "
            "повторите с --trust."
        )


def _check_fits(archive: Archive) -> None:
    revision = archive.manifest.revision
    if schema.is_older(revision):
        raise RestoreRefused(
            f"Копия сделана слишком старой версией ОСМ (база {revision}). Ничего не изменено. Восстановите её "
            "последней версией до 1.0, запишите там новую копию (osm backup) и восстановите здесь новую."
        )
    if schema.name_now(revision) not in schema.known_revisions():
        raise RestoreRefused(
            f"Копия сделана более новой программой (база {revision}). Ничего не изменено. "
            "Сначала обновите ОСМ, затем восстановите копию."
        )
    needed, free = archive.size, shutil.disk_usage(_root()).free
    if needed > free:
        raise RestoreRefused(
            f"Чтобы восстановить копию, нужно {needed // 2**20 + 1} МБ места, а свободно {free // 2**20} МБ. "
            "Ничего не изменено. Освободите место и повторите."
        )


def _check_may_replace(force: bool) -> None:
    with db.engine.connect() as connection:
        full = portable.has_data(connection)
    if full and not force:
        raise RestoreRefused(
            "В базе уже есть данные, копия заменит их все. Ничего не изменено. "
            "Сделайте копию нынешнего состояния (osm backup) и повторите с --force."
        )


def check_no_worker(now: datetime, is_gone: Callable[[str], bool]) -> None:
    """Raises RestoreRefused if a worker holds its lease now."""
    holders = db.session.scalars(select(Lease.owner).where(Lease.name != MARK, Lease.until > now)).all()
    db.session.rollback()
    if any(not is_gone(holder) for holder in holders):
        raise RestoreRefused(
            "Фоновый процесс ОСМ работает. Ничего не изменено. Остановите ОСМ (systemctl stop osm) и повторите."
        )


def _unpack(archive: Archive) -> Path:
    """Unpack the files of the archive into a new folder, synced to the disk."""
    folder = _root() / f"{_PREFIX}{secrets.token_hex(8)}"
    folder.mkdir(mode=0o700)
    try:
        for name in FOLDERS:
            (folder / name).mkdir(mode=0o750)
        for entry in archive.manifest.files:
            path = folder / entry.name
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("xb") as file:
                archive.extract(entry.name, file)
                file.flush()
                os.fsync(file.fileno())
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    for place in [*(path for path in folder.rglob("*") if path.is_dir()), folder, folder.parent]:
        sync_folder(place)
    return folder


def _mark(name: str, now: datetime) -> Callable[[Connection], None]:
    def mark(connection: Connection) -> None:
        connection.execute(insert(Lease).values(name=MARK, owner=name, taken_at=now, until=now))

    return mark


def finish(folder: Path) -> None:
    """Move the files to their places. Each step can be repeated after a crash."""
    for name in FOLDERS:
        new, place, old = folder / name, _root() / name, folder / f"old-{name}"
        if not new.is_dir():
            continue
        if place.exists() and not old.exists():
            place.rename(old)
        new.rename(place)
    sync_folder(folder)
    sync_folder(_root())
    if (folder / "seals.jsonl").exists() and not current_settings().seals_file.exists():
        (folder / "seals.jsonl").rename(current_settings().seals_file)
    restored_at = db.session.scalar(select(Lease.taken_at).where(Lease.name == MARK))
    db.session.rollback()
    if restored_at is not None:
        note_restored(restored_at.astimezone(UTC))
        mailing.call_off_all()
        purge.join_list(folder / purge.list_file().name)
        purge.destroy_again(restored_at.astimezone(UTC))
    with transaction() as session:
        session.execute(delete(Lease).where(Lease.name == MARK))
    shutil.rmtree(folder, ignore_errors=True)


def _leftovers() -> list[Path]:
    return [path for path in _root().glob(f"{_PREFIX}*") if path.is_dir()]


def _remove_leftovers() -> None:
    for path in _leftovers():
        shutil.rmtree(path, ignore_errors=True)


def _lock() -> Path:
    return _root() / "restore.lock"


def _root() -> Path:
    return current_settings().data_dir

"""A backup takes the place of everything that is there: all of it or nothing, whenever the power fails.

What is slow happens beside the old state: the archive is read and compared, its files are unpacked into a folder of
the data directory, and on SQLite a new database is built there. Then one transaction exchanges the database; a row in
it says which folder belongs to it. From this instant on the new state holds: what is left (folders change places, the
seals outside the database learn of it) is finished by whoever starts next, if this process does not live to do it.
"""

from __future__ import annotations

import os
import secrets
import shutil
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from flask import current_app
from sqlalchemy import Connection, delete, insert, select
from sqlalchemy.exc import SQLAlchemyError

from osm.accounts.acts.keys import renew as renew_installation
from osm.extensions import db
from osm.failures import why
from osm.keeping.acts.backup import FOLDERS, Origin, check_seals, origin_of, readable, remove_scratch
from osm.log.acts.audit import current_key, note_restored
from osm.reminders.acts import mailing
from osm.services.errors import ServiceError
from osm.settings import Settings, SettingsError
from osm.store.age import BadKey, NotDecrypted
from osm.store.archive import Archive
from osm.store.durable import Busy, locked, sync_folder
from osm.store.exchange import DatabaseInUse, exchange
from osm.store.manifest import BadArchive
from osm.store.models import Lease
from osm.store.portable import RowsRefused, has_data
from osm.store.schema import is_older, known_revisions, name_now
from osm.store.transaction import transaction

MARK = "restored"
"""The lease that names the folder of the restored files; it stands in the database until they are in place."""

_PREFIX = "restoring-"


class RestoreRefused(ServiceError):
    """Nothing was changed."""


class RestoreUnfinished(ServiceError):
    """The database is the restored one; the next start carries the rest to its end."""


@dataclass(frozen=True, slots=True)
class Restored:
    """What is in place now."""

    made_at: datetime
    rows: int
    files: int
    missing: int
    """Uploads that the archive names but does not hold: they were not there when it was made."""
    same_key: bool
    """Whether OSM_ENCRYPTION_KEY is that of the archive: without it the seals of the log cannot be checked."""


def restore(
    path: Path,
    now: datetime,
    *,
    force: bool,
    is_gone: Callable[[str], bool],
    trust: bool = False,
    identity: Path | None = None,
) -> Restored:
    """Put the archive in the place of database and files. `identity`: the private key of an encrypted one.

    Raises RestoreRefused: a damaged, newer or too old archive; one without our signature unless `trust`; data in place
    unless `force`; web or worker at work. RestoreUnfinished where the files did not follow the database.
    """
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
            renew_installation()  # before the exchange: what is restored never speaks to citizens by itself
            try:
                exchange(db.engine, folder, manifest.revision, archive.counts, archive.rows, _mark(folder.name, now))
            except BaseException:
                shutil.rmtree(folder, ignore_errors=True)
                raise
            _put_in_place(folder)
            return Restored(
                manifest.made_at,
                sum(archive.counts.values()),
                len(manifest.files),
                manifest.missing_files,
                manifest.key_id == current_key().id,
            )
    except Busy as error:
        raise RestoreRefused("Восстановление уже идёт в другом окне. Это не начато.") from error
    except (BadArchive, BadKey, NotDecrypted, RowsRefused, DatabaseInUse) as error:
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
    except Exception as error:  # a migration that meets what no version of ours has written
        raise RestoreRefused(f"Копия не подходит ({type(error).__name__}: {error}). Ничего не изменено.") from error


def _put_in_place(folder: Path) -> None:
    """From here on the restored database is the one that holds."""
    try:
        finish(folder)
    except (OSError, SQLAlchemyError) as error:
        reason = why(error) if isinstance(error, OSError) else str(getattr(error, "orig", error)).splitlines()[0]
        raise RestoreUnfinished(
            f"База восстановлена, а файлы ещё не на месте: {reason}. Устраните причину и запустите ОСМ: "
            "при запуске она закончит сама."
        ) from error


def finish_interrupted() -> None:
    """Carry to its end what a restore that was cut off has left to do, and remove what other work has; for every start
    of the program. Raises SettingsError while another process restores.
    """
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
    if is_older(revision):
        raise RestoreRefused(
            f"Копия сделана слишком старой версией ОСМ (база {revision}). Ничего не изменено. Восстановите её "
            "последней версией до 1.0, запишите там новую копию (osm backup) и восстановите здесь новую."
        )
    if name_now(revision) not in known_revisions():
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
        full = has_data(connection)
    if full and not force:
        raise RestoreRefused(
            "В базе уже есть данные, копия заменит их все. Ничего не изменено. "
            "Сделайте копию нынешнего состояния (osm backup) и повторите с --force."
        )


def check_no_worker(now: datetime, is_gone: Callable[[str], bool]) -> None:
    """Whether a worker holds its lease now. Raises RestoreRefused."""
    holders = db.session.scalars(select(Lease.owner).where(Lease.name != MARK, Lease.until > now)).all()
    db.session.rollback()
    if any(not is_gone(holder) for holder in holders):
        raise RestoreRefused(
            "Фоновый процесс ОСМ работает. Ничего не изменено. Остановите ОСМ (systemctl stop osm) и повторите."
        )


def _unpack(archive: Archive) -> Path:
    """The files of the archive in a folder of their own, on the disk."""
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
    """Put the files in place. Each step can be repeated: whoever comes after a crash begins anew."""
    for name in FOLDERS:
        new, place, old = folder / name, _root() / name, folder / f"old-{name}"
        if not new.is_dir():
            continue
        if place.exists() and not old.exists():
            place.rename(old)
        new.rename(place)
    sync_folder(folder)
    sync_folder(_root())
    if (folder / "seals.jsonl").exists() and not _settings().seals_file.exists():
        (folder / "seals.jsonl").rename(_settings().seals_file)
    restored_at = db.session.scalar(select(Lease.taken_at).where(Lease.name == MARK))
    db.session.rollback()
    if restored_at is not None:
        note_restored(restored_at.astimezone(UTC))
        mailing.call_off_all()
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
    return _settings().data_dir


def _settings() -> Settings:
    settings: Settings = current_app.extensions["osm_settings"]
    return settings

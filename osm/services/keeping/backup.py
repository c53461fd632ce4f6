"""A backup of everything while people go on working: tables of one instant, files, seals, in one archive."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from flask import current_app
from sqlalchemy import Connection, inspect, select

from osm.extensions import db
from osm.failures import why
from osm.services.errors import ServiceError
from osm.services.keeping.encrypting import encrypt_copy
from osm.services.keeping.scratch import scratch
from osm.services.keeping.signing import sign
from osm.services.log.sealing import current_key
from osm.settings import Settings
from osm.store.archive import ArchiveWriter
from osm.store.durable import replacing
from osm.store.manifest import BadArchive, is_file_name
from osm.store.models import Attachment, PlanPhoto, ProfileCheck
from osm.store.portable import NOT_CARRIED, rows_of, tables_of
from osm.store.queries.files import screenshots
from osm.store.schema import stored_revision
from osm.store.snapshot import snapshot
from osm.version import VERSION

FOLDERS = ("uploads", "imports")
"""What of the data directory goes along."""


@dataclass
class Report:
    """What the archive holds."""

    rows: int = 0
    files: int = 0
    size: int = 0
    """Bytes of the archive."""
    missing: int = 0
    """Uploads that the tables name and the data directory has not, or not as they were when they came."""
    encrypted: bool = False


class BackupFailed(ServiceError):
    """The archive could not be written; what stood in its place is still there."""


def make_backup(path: Path, now: datetime) -> Report:
    """Write the archive from beginning to end, encrypted where the office has a public key. Raises BackupFailed."""
    report, recipients = Report(), _settings().backup_recipients
    with _failures_named(path), ExitStack() as stack:
        plain = stack.enter_context(scratch()) / "osm.zip" if recipients else path
        for _ in write_backup(plain, now, report):
            pass
        if recipients:
            path.parent.mkdir(parents=True, exist_ok=True)
            report.size, report.encrypted = encrypt_copy(plain, path, recipients), True
    return report


def write_backup(path: Path, now: datetime, report: Report) -> Iterator[None]:
    """The same in small steps, for a worker that has other things to do as well; `report` is filled on the way.

    The archive takes the place of `path` when it is complete and on the disk. Raises BackupFailed.
    """
    with _failures_named(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        with ExitStack() as stack:
            file = stack.enter_context(replacing(path))
            writer = stack.enter_context(ArchiveWriter(file))
            connection = stack.enter_context(snapshot(db.engine))
            for table in tables_of(connection):
                if table.name not in NOT_CARRIED:
                    yield from writer.add_table(table, rows_of(connection, table))
            yield from _add_files(writer)
            report.missing = missing_files(connection, (file["sha256"] for file in writer.files))
            writer.finish(
                {
                    "program": VERSION,
                    "revision": stored_revision(connection),
                    "database": connection.dialect.name,
                    "made_at": now.astimezone(UTC).isoformat(),
                    "key_id": current_key().id,
                    "missing_files": report.missing,
                },
                sign,
            )
            report.size = file.tell()
        report.rows = sum(table["rows"] for table in writer.tables)
        report.files = len(writer.files)


@contextmanager
def _failures_named(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise BackupFailed(
            f"Копия не записана: {path} ({why(error)}). Прежняя копия, если была, осталась на месте. "
            "Проверьте, есть ли каталог, место на диске и право на запись."
        ) from error
    except BadArchive as error:
        raise BackupFailed(f"Копия не записана: {path}. {error} Проверьте диск и повторите.") from error


def _add_files(writer: ArchiveWriter) -> Iterator[None]:
    """Every file after the snapshot: what the tables name was written before them, and stays."""
    root = _settings().data_dir
    seals = _settings().seals_file
    if seals.exists():
        yield from writer.add_file(seals.name, seals, size=seals.stat().st_size)
    for folder in FOLDERS:
        for path in sorted((root / folder).rglob("*")):
            name = path.relative_to(root).as_posix()
            if not path.is_file() or not is_file_name(name) or path.name.startswith("tmp"):
                continue  # an upload that is being written is no upload yet
            try:
                yield from writer.add_file(name, path)
            except FileNotFoundError:
                continue  # taken away since it was listed


_NAMES_OF_FILES = tuple(
    model.__table__.c[name]
    for model, name in ((Attachment, "sha256"), (PlanPhoto, "sha256"), (ProfileCheck, "photo_sha256"))
)
"""Where the tables name uploads by their hash."""


def missing_files(connection: Connection, hashes: Iterable[str]) -> int:
    """How many of the files that the tables name are not among these."""
    there = set(inspect(connection).get_table_names())  # a backup of an older version has fewer
    columns = [column for column in _NAMES_OF_FILES if column.table.name in there]
    named = {name for column in columns for name in connection.scalars(select(column)) if name}
    named.update(map(screenshots.hash_of, connection.scalars(screenshots.kept_hashes())))
    return len(named - set(hashes))


def _settings() -> Settings:
    settings: Settings = current_app.extensions["osm_settings"]
    return settings

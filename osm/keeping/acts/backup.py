"""A backup of all data during normal work: tables of one instant, files and seals in one signed archive, encrypted if
set."""

import hashlib
import hmac
import io
import json
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum
from hashlib import sha256
from pathlib import Path

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from sqlalchemy import Connection, inspect, select

from osm.base.application import current_settings
from osm.base.database import db
from osm.base.durable import Busy, locked, replacing
from osm.base.errors import ServiceError
from osm.base.supervised import why
from osm.files import queries
from osm.log.acts.audit import current_key
from osm.models import Attachment, NeighbourPhoto, PlanPhoto, ProfileCheck
from osm.retention.acts.purge import list_file
from osm.settings import Settings
from osm.store import portable, schema
from osm.store.archive import (
    Archive,
    ArchiveWriter,
    EncryptedArchive,
    NotDecrypted,
    decrypt,
    encrypt,
    identities,
    new_identity,
    recipient,
)
from osm.store.portable import BadArchive, damaged, is_file_name
from osm.version import VERSION

# --- The signature of a backup
PURPOSE = b"osm: backups"


class Origin(Enum):
    """Where an archive comes from; the value is the message to the person."""

    OURS = ""
    UNSIGNED = "У копии нет подписи: она сделана прежней версией программы или кем-то другим."
    FOREIGN = (
        "Копия подписана другим ключом: её сделала другая установка, или OSM_ENCRYPTION_KEY с тех пор сменили. "
        "Если прежний ключ сохранился, задайте его."
    )


def sign(manifest: bytes) -> str:
    """HMAC-SHA256 of the manifest, hexadecimal; its key is derived from OSM_ENCRYPTION_KEY by HKDF (RFC 5869)."""
    settings = current_settings()
    derived = HKDF(algorithm=SHA256(), length=32, salt=None, info=PURPOSE).derive(settings.encryption_key.encode())
    return hmac.new(derived, manifest, sha256).hexdigest()


def origin_of(archive: Archive) -> Origin:
    """Raises BadArchive if the signature names our key but does not match."""
    if not archive.signature:
        return Origin.UNSIGNED
    if hmac.compare_digest(archive.signature.encode(), sign(archive.signed).encode()):
        return Origin.OURS
    if archive.manifest.key_id == current_key().id:
        raise BadArchive("Резервная копия изменена после записи: её подпись не сходится.")
    return Origin.FOREIGN


def check_seals(archive: Archive) -> None:
    """Check that the program can read the seals in the archive; it reads one of them every second. Raises BadArchive. A
    line torn by a power cut is allowed."""
    name = "seals.jsonl"
    if all(file.name != name for file in archive.manifest.files):
        return
    lines = io.BytesIO()
    archive.extract(name, lines)
    for line in lines.getvalue().splitlines():
        try:
            seal = json.loads(line)
        except ValueError:
            continue
        except RecursionError as error:
            raise damaged(name) from error
        numbers = [seal.get(key) for key in ("number", "first_id", "last_id")] if isinstance(seal, dict) else []
        if any(type(number) is int and not 0 <= number < 2**63 for number in numbers):
            raise damaged(name)


# --- A temporary folder in the data directory
PREFIX = "scratch-"
_LOCK = "lock"


@contextmanager
def scratch() -> Iterator[Path]:
    """A folder that only its owner can read, deleted after the block; after a crash deleted at the next start or with
    the next such folder. Raises OSError."""
    remove_scratch()
    folder = Path(tempfile.mkdtemp(prefix=PREFIX, dir=_root()))
    try:
        with locked(folder / _LOCK):
            yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def remove_scratch() -> None:
    """Delete the folders of ended processes; those in use are locked and stay."""
    for folder in _root().glob(f"{PREFIX}*"):
        with suppress(Busy, OSError), locked(folder / _LOCK):
            shutil.rmtree(folder, ignore_errors=True)


def _root() -> Path:
    return current_settings().data_dir


# --- Encrypted backups in the format of the program `age` (decision 030)
class KeyNeeded(ServiceError):
    """The archive is encrypted, and no private key was given."""


def encrypt_copy(plain: Path, path: Path, recipients: tuple[str, ...]) -> int:
    """Write `plain` encrypted to `path`; returns the size in bytes. It is also encrypted for a temporary key known only
    to this process, to decrypt and compare the written file before it replaces `path`. Raises BadArchive, OSError."""
    once = new_identity()
    with replacing(path) as file:
        with plain.open("rb") as source:
            encrypt(source, file, [*map(recipient, recipients), once.to_public()])
            file.flush()
            source.seek(0)
            wanted = hashlib.file_digest(source, "sha256").digest()
        with open(file.name, "rb") as written:
            found = _Digest()
            try:
                decrypt(written, found, [once])
            except NotDecrypted as error:
                raise BadArchive(_OTHERWISE) from error
        if found.sum.digest() != wanted:
            raise BadArchive(_OTHERWISE)
        return file.tell()


@contextmanager
def readable(path: Path, identity: Path | None) -> Iterator[Archive]:
    """The archive, decrypted if needed; no decrypted data stays on disk. Raises BadArchive, BadKey, NotDecrypted,
    KeyNeeded, OSError."""
    try:
        archive = Archive(path)
    except EncryptedArchive as error:
        if identity is None:
            raise KeyNeeded(f"{error} Ничего не изменено. Укажите файл с закрытым ключом: --identity ФАЙЛ.") from error
        keys = identities(identity)
    else:
        with archive:
            yield archive
        return
    with scratch() as folder:
        plain = folder / "osm.zip"
        with path.open("rb") as source, plain.open("xb") as target:
            decrypt(source, target, keys)
        with Archive(plain) as archive:
            yield archive


_OTHERWISE = "Зашифрованная копия читается не так, как записана."


class _Digest:
    """A file that keeps only the hash of what is written to it."""

    def __init__(self) -> None:
        self.sum = hashlib.sha256()

    def write(self, piece: bytes) -> int:
        self.sum.update(piece)
        return len(piece)

    def flush(self) -> None:
        pass


# --- The backup
FOLDERS = ("uploads", "imports")  # the folders of the data directory to back up


@dataclass
class Report:
    rows: int = 0
    files: int = 0
    size: int = 0  # bytes of the archive
    missing: int = 0  # uploads named in the tables but missing or changed in the data directory
    encrypted: bool = False


class BackupFailed(ServiceError):
    """The archive could not be written; the previous file at its place is unchanged."""


def make_backup(path: Path, now: datetime, settings: Settings) -> Report:
    """Write the whole archive, encrypted if the office has a public key. Raises BackupFailed."""
    report, recipients = Report(), settings.backup_recipients
    with _failures_named(path), ExitStack() as stack:
        plain = stack.enter_context(scratch()) / "osm.zip" if recipients else path
        for _ in write_backup(plain, now, report, settings):
            pass
        if recipients:
            path.parent.mkdir(parents=True, exist_ok=True)
            report.size, report.encrypted = encrypt_copy(plain, path, recipients), True
    return report


def write_backup(path: Path, now: datetime, report: Report, settings: Settings) -> Iterator[None]:
    """The same in small steps, for the worker; `report` is filled meantime. The archive replaces `path` when it is
    complete and on the disk. Raises BackupFailed."""
    with _failures_named(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        with ExitStack() as stack:
            file = stack.enter_context(replacing(path))
            writer = stack.enter_context(ArchiveWriter(file))
            connection = stack.enter_context(schema.snapshot(db.engine))
            for table in portable.tables_of(connection):
                if table.name not in portable.NOT_CARRIED:
                    yield from writer.add_table(table, portable.rows_of(connection, table))
            yield from _add_files(writer, settings)
            report.missing = missing_files(connection, (file["sha256"] for file in writer.files))
            writer.finish(
                {
                    "program": VERSION, "revision": schema.stored_revision(connection),
                    "database": connection.dialect.name, "made_at": now.astimezone(UTC).isoformat(),
                    "key_id": current_key().id, "missing_files": report.missing,
                },
                sign,
            )  # fmt: skip
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


def _add_files(writer: ArchiveWriter, settings: Settings) -> Iterator[None]:
    """Add all files after the snapshot of the tables: files named in them were written earlier and stay."""
    root = settings.data_dir
    for lines in (settings.seals_file, list_file()):
        if lines.exists():
            yield from writer.add_file(lines.name, lines, size=lines.stat().st_size)
    for folder in FOLDERS:
        for path in sorted((root / folder).rglob("*")):
            name = path.relative_to(root).as_posix()
            if not path.is_file() or not is_file_name(name) or path.name.startswith("tmp"):
                continue  # an upload that is still being written
            try:
                yield from writer.add_file(name, path)
            except FileNotFoundError:
                continue  # removed since it was listed


_NAMES_OF_FILES = tuple(
    model.__table__.c[name]
    for model, name in (
        (Attachment, "sha256"), (PlanPhoto, "sha256"), (NeighbourPhoto, "sha256"), (ProfileCheck, "photo_sha256")
    )
)  # fmt: skip
"""The columns with hashes of uploads."""


def missing_files(connection: Connection, hashes: Iterable[str]) -> int:
    """The number of files named in the tables that are not among these."""
    there = set(inspect(connection).get_table_names())  # a backup of an older version has fewer
    columns = [column for column in _NAMES_OF_FILES if column.table.name in there]
    named = {name for column in columns for name in connection.scalars(select(column)) if name}
    named.update(map(queries.hash_of, connection.scalars(queries.kept_hashes())))
    return len(named - set(hashes))

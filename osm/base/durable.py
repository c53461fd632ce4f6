"""Files that survive a power cut, room for them, the mark of this installation; what is stored encrypted."""

from __future__ import annotations

import hashlib
import os
import secrets
import shutil
import tempfile
import time
from array import array
from base64 import urlsafe_b64encode
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import ModuleType
from typing import IO

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from itsdangerous import URLSafeSerializer
from sqlalchemy import make_url

from osm.base.application import Memory, current_settings
from osm.base.supervised import shared
from osm.settings import Settings

fcntl: ModuleType | None
try:
    import fcntl
except ImportError:  # a system without such locks
    fcntl = None

UNFINISHED = "tmp"


def write_whole(path: Path, content: bytes) -> None:
    """This content in the place of `path`, whole or not at all; its folder is made where there is none. Raises OSError.
    What a process that is killed leaves begins with UNFINISHED."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with replacing(path, UNFINISHED) as file:
        file.write(content)


@contextmanager
def replacing(path: Path, prefix: str = "") -> Iterator[IO[bytes]]:
    """A new file instead of `path`, whole or not at all; only its owner can read it. The old file stays until the block
    ends well. Raises OSError."""
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix=prefix or f".{path.name}-", delete=False) as file:
        unfinished = Path(file.name)
        try:
            yield file
            file.flush()
            os.fsync(file.fileno())
        except BaseException:
            unfinished.unlink(missing_ok=True)
            raise
    unfinished.replace(path)
    sync_folder(path.parent)


def is_older(path: Path, than: timedelta, now: datetime) -> bool:
    """Whether it was last written to longer ago; False where it is gone meanwhile."""
    try:
        return now - datetime.fromtimestamp(path.stat().st_mtime, UTC) > than
    except OSError:
        return False


class Busy(Exception):
    """Another process holds the lock."""


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold a lock that ends with this process, however it ends. Raises Busy at once where another holds it."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        if fcntl is not None:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError as error:
                raise Busy from error
        yield
    finally:
        os.close(descriptor)


def sync_folder(folder: Path) -> None:
    """Make names in a folder durable too, where the system can."""
    if os.name != "posix":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


# --- Room on the disk
LEAST_BYTES = 8 * 1024 * 1024  # with less no photo can be taken in, and a large import would fail in its middle
ASKED_AGAIN_SECONDS = 5.0  # more frequent questions get the last answer: anybody may ask
REMEMBERED_SECONDS = 30.0
"""For how long a write that was refused counts: the disk may be that of PostgreSQL, on another machine."""
_BYTES = bytes(64 * 1024)


class Disk:
    """The folders that this process writes to, and what is known of them."""

    def __init__(self, folders: Iterable[Path], refused_at: memoryview[float] | None = None) -> None:
        """`refused_at`: one number, 0 at first, that several processes may share."""
        self._folders = tuple(folders)
        self._refused_at: memoryview[float] = memoryview(array("d", [0])) if refused_at is None else refused_at
        self._answer, self._asked_at = True, float("-inf")

    def takes_something(self) -> bool:
        """Whether something can be written now."""
        now = time.monotonic()
        if now - self._asked_at >= ASKED_AGAIN_SECONDS:
            self._answer, self._asked_at = all(map(_takes, self._folders)), now
        refused_at = self._refused_at[0]
        return self._answer and not (refused_at and now - refused_at < REMEMBERED_SECONDS)

    def refused(self) -> None:
        """Something could not be written just now."""
        self._refused_at[0] = time.monotonic()


def folders_of(settings: Settings) -> list[Path]:
    """Where files are kept, and where the database is if it is a file."""
    url = make_url(settings.database_url)
    return [settings.data_dir, *([Path(str(url.database)).parent] if url.get_backend_name() == "sqlite" else [])]


def free_bytes(settings: Settings) -> int:
    """How much room is left where there is least."""
    return min(shutil.disk_usage(folder).free for folder in folders_of(settings))


DISK = Memory(lambda of: Disk(folders_of(of.settings), shared().part("disk")))  # the disk of this machine


def _takes(folder: Path) -> bool:
    try:
        if shutil.disk_usage(folder).free < LEAST_BYTES:
            return False
        with tempfile.TemporaryFile(dir=folder) as file:
            file.write(_BYTES)
            file.flush()
            os.fsync(file.fileno())
    except OSError:
        return False
    return True


# --- Which installation this is: a copy or a restored one sends nothing until a person says so
_FILE = "installation.id"
_MACHINE = Path("/etc/machine-id")


def this_installation() -> str:
    """The mark of this installation: other after a restore, on another machine, and where the folder was copied.
    Several machines of one installation have a common name in its settings."""
    file = _mark()
    if not file.exists():
        renew_installation()
    machine = current_settings().installation
    with suppress(OSError):
        machine = machine or _MACHINE.read_text("ascii").strip()
    # The number of the file on its disk: a copied folder has the same words in other files.
    told = f"{machine}\n{file.stat().st_ino}\n{file.read_text('ascii')}"
    return hashlib.sha256(told.encode()).hexdigest()


def renew_installation() -> None:
    """From now on it is another installation: every connection is off until a person switches it on."""
    with replacing(_mark()) as file:
        file.write(secrets.token_urlsafe(24).encode())


def _mark() -> Path:
    settings = current_settings()
    return settings.data_dir / _FILE


# --- What is stored encrypted, by a key derived from OSM_ENCRYPTION_KEY for one purpose
def derived_key(purpose: bytes) -> bytes:
    """32 bytes that differ for each purpose, by HKDF (RFC 5869)."""
    secret = current_settings().encryption_key.encode()
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=purpose).derive(secret)


def signer(purpose: str) -> URLSafeSerializer:
    """What a form takes along and nobody may change."""
    return URLSafeSerializer(current_settings().secret_key, salt=purpose)


def sealed(purpose: bytes, secret: str) -> str:
    return _cipher(purpose).encrypt(secret.encode()).decode()


def unsealed(purpose: bytes, stored: str) -> str:
    """Empty where OSM_ENCRYPTION_KEY is another than when it was sealed."""
    try:
        return _cipher(purpose).decrypt(stored.encode()).decode()
    except (InvalidToken, ValueError):
        return ""


def _cipher(purpose: bytes) -> Fernet:
    return Fernet(urlsafe_b64encode(derived_key(purpose)))

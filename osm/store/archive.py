"""One file with a whole installation: tables as lines of JSON, uploads, a manifest with hashes; encrypted with age."""

import errno
import hashlib
import json
import zipfile
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import IO, Any, Protocol, Self

import pyrage

from osm.store.portable import (
    MANIFEST,
    BadArchive,
    FileEntry,
    Row,
    Table,
    TableEntry,
    damaged,
    manifest_bytes,
    read_manifest,
    table_member,
)

_LONGEST_KEYS = 64 * 1024
_BEGINNINGS = (b"age-encryption.org/", b"-----BEGIN AGE")


class NotDecrypted(Exception):
    """The file is damaged or for another key; `str(error)` says so in Russian."""


class Target(Protocol):
    """What is written to: a file, or what only looks at the bytes."""

    def write(self, piece: bytes, /) -> int: ...

    def flush(self) -> None: ...


class BadKey(Exception):
    """A text that is no key of age; `str(error)` says so in Russian."""


def is_encrypted(file: IO[bytes]) -> bool:
    """By its first bytes; the caller reads the file from its beginning again."""
    found = file.read(max(map(len, _BEGINNINGS))).startswith(_BEGINNINGS)
    file.seek(0)
    return found


def recipient(text: str) -> pyrage.x25519.Recipient:
    """The public key «age1…». Raises BadKey."""
    try:
        return pyrage.x25519.Recipient.from_str(text)
    except pyrage.RecipientError as error:
        raise BadKey("Это не открытый ключ age. Он начинается с «age1», его печатает команда age-keygen.") from error


def identities(path: Path) -> list[pyrage.x25519.Identity]:
    """The private keys in a file of `age-keygen`. Raises BadKey, OSError."""
    refusal = BadKey(f"В файле {path} нет закрытого ключа age. Нужен файл, который записала команда age-keygen.")
    with path.open("rb") as file:
        lines = [line.strip() for line in file.read(_LONGEST_KEYS).decode("utf-8", "replace").splitlines()]
    try:
        found = [pyrage.x25519.Identity.from_str(line) for line in lines if line and not line.startswith("#")]
    except pyrage.IdentityError as error:
        raise refusal from error
    if not found:
        raise refusal
    return found


def new_identity() -> pyrage.x25519.Identity:
    """A private key that is not stored."""
    return pyrage.x25519.Identity.generate()


def encrypt(source: IO[bytes], target: IO[bytes], recipients: Iterable[pyrage.x25519.Recipient]) -> None:
    reader, writer = _Source(source), _Target(target)
    with _failures_of(reader, writer):
        pyrage.encrypt_io(reader, writer, list(recipients))


def decrypt(source: IO[bytes], target: Target, keys: Iterable[pyrage.x25519.Identity]) -> None:
    """Raises NotDecrypted, or what reading and writing raise; what was written until then is worth nothing."""
    reader, writer = _Source(source), _Target(target)
    try:
        with _failures_of(reader, writer):
            pyrage.decrypt_io(reader, writer, list(keys))
    except (pyrage.DecryptError, _Hidden) as error:
        raise NotDecrypted("Копия не расшифрована: она повреждена или зашифрована для другого ключа.") from error


class _Hidden(Exception):
    """An error of the library itself, which it raises as an OSError."""


class _Watched:
    """What one file raises: the library gives its failures other names, and forgets that of the last write."""

    def __init__(self) -> None:
        self.failure: BaseException | None = None

    @contextmanager
    def remembered(self) -> Iterator[None]:
        try:
            yield
        except BaseException as failure:
            self.failure = self.failure or failure
            raise


class _Source(_Watched):
    def __init__(self, file: IO[bytes]) -> None:
        super().__init__()
        self._file = file

    def read(self, size: int = -1) -> bytes:
        with self.remembered():
            return self._file.read(size)


class _Target(_Watched):
    def __init__(self, file: Target) -> None:
        super().__init__()
        self._file = file

    def write(self, piece: bytes) -> int:
        with self.remembered():
            return self._file.write(piece)

    def flush(self) -> None:
        with self.remembered():
            self._file.flush()


@contextmanager
def _failures_of(*files: _Watched) -> Iterator[None]:
    """What a file has raised inside is raised as it was; else an OSError is _Hidden."""
    hidden: Exception | None = None
    try:
        yield
    except (OSError, pyrage.EncryptError, pyrage.DecryptError) as error:
        hidden = error
    for file in files:
        if file.failure is not None:
            raise file.failure
    if isinstance(hidden, OSError):
        raise _Hidden from hidden
    if hidden is not None:
        raise hidden


# --- One file with a whole installation: every table as lines of JSON, every upload, and a manifest with their hashes
SIGNATURE = "manifest.sig"

_PIECE = 1024 * 1024
_LONGEST_MANIFEST = 256 * 1024 * 1024
_LONGEST_ROW = 64 * 1024 * 1024
_LONGEST_SIGNATURE = 1024


class EncryptedArchive(BadArchive):
    """It must be decrypted first."""


class ArchiveWriter:
    """Fills an open file: `with ArchiveWriter(file) as writer`. Without `finish` it is not accepted."""

    def __init__(self, file: IO[bytes]) -> None:
        self._zip = zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=3)
        self.tables: list[dict[str, Any]] = []
        self.files: list[dict[str, Any]] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        with suppress(OSError, ValueError):  # the file may be the reason why it is not finished
            self._zip.close()

    def add_table(self, table: Table, rows: Iterable[Row]) -> Iterator[None]:
        """Write the rows of a table; gives the turn back before the first and after each."""
        yield
        digest, count = hashlib.sha256(), 0
        with self._zip.open(table_member(table.name), "w", force_zip64=True) as member:
            for row in rows:
                line = json.dumps(row, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
                digest.update(line)
                member.write(line)
                count += 1
                yield
        columns = [[column.name, column.kind] for column in table.columns]
        self.tables.append({"name": table.name, "columns": columns, "rows": count, "sha256": digest.hexdigest()})

    def add_file(self, name: str, path: Path, size: int | None = None) -> Iterator[None]:
        """Copy a file, of one that grows its first `size` bytes. Pictures are packed already. Raises OSError."""
        info = zipfile.ZipInfo(name)
        digest, written = hashlib.sha256(), 0
        with path.open("rb") as source, self._zip.open(info, "w", force_zip64=True) as member:
            while piece := source.read(_PIECE if size is None else min(_PIECE, size - written)):
                digest.update(piece)
                member.write(piece)
                written += len(piece)
                yield
        self.files.append({"name": name, "size": written, "sha256": digest.hexdigest()})

    def finish(self, facts: Mapping[str, Any], sign: Callable[[bytes], str]) -> None:
        """Write the manifest with what else is to be known, and its signature; close the archive."""
        manifest = manifest_bytes(facts, self.tables, self.files)
        self._zip.writestr(MANIFEST, manifest)
        self._zip.writestr(SIGNATURE, sign(manifest))
        self._zip.close()


class Archive:
    """An archive to read: `with Archive(path) as archive`. Raises BadArchive, also from every method, and OSError."""

    def __init__(self, path: Path) -> None:
        with ExitStack() as stack:
            file = stack.enter_context(path.open("rb"))
            if is_encrypted(file):
                raise EncryptedArchive("Копия зашифрована, без закрытого ключа её не прочитать.")
            with _read_as(BadArchive(_NOT_OURS)):
                self._zip = stack.enter_context(zipfile.ZipFile(file))
            self.signed = self._small(MANIFEST, _LONGEST_MANIFEST)
            """The bytes of the manifest: what a signature holds for."""
            self.manifest = read_manifest(self.signed)
            self.signature = self._signature()
            self._check_members()
            self._close = stack.pop_all().close
        self._tables = {table.name: table for table in self.manifest.tables}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._close()

    @property
    def counts(self) -> dict[str, int]:
        return {table.name: table.rows for table in self.manifest.tables}

    @property
    def size(self) -> int:
        """Bytes that the members take when they are unpacked."""
        return sum(self._zip.getinfo(name).file_size for name in self._names())

    @property
    def size_of_tables(self) -> int:
        """Bytes of their rows as text."""
        return sum(self._zip.getinfo(table.member).file_size for table in self.manifest.tables)

    def verify(self) -> None:
        """Read everything once and compare it with the manifest."""
        for _ in self.checks():
            pass

    def checks(self) -> Iterator[None]:
        """The same, with the turn given back after each piece."""
        for table in self.manifest.tables:
            if (yield from self._check(table.member, table)) != table.rows:
                raise damaged(table.member)
        for file in self.manifest.files:
            yield from self._check(file.name, file)

    def rows(self, table: Table) -> Iterator[Row]:
        """The rows of a table, with their values in the order of its columns."""
        stored = self._tables.get(table.name)
        if stored is None:
            return
        places = {name: place for place, name in enumerate(stored.columns)}
        if places.keys() != set(table.names):
            raise BadArchive(f"В копии у таблицы {table.name} другие столбцы, чем должны быть в её версии базы.")
        order = [places[name] for name in table.names]
        with self._opened(stored.member) as member:
            while line := member.readline(_LONGEST_ROW):
                with _read_as(damaged(stored.member)):
                    row = json.loads(line)
                    if not isinstance(row, list) or len(row) != len(order):
                        raise ValueError(stored.member)
                yield [row[place] for place in order]

    def extract(self, name: str, target: IO[bytes]) -> None:
        with self._opened(name) as member:
            while piece := member.read(_PIECE):
                target.write(piece)

    def _opened(self, name: str) -> IO[bytes]:
        with _read_as(damaged(name)):
            return self._zip.open(name)

    def _check(self, name: str, entry: TableEntry | FileEntry) -> Generator[None, None, int]:
        """Compare a member with its hash; the answer is the number of its lines."""
        digest, lines = hashlib.sha256(), 0
        with self._opened(name) as member:
            while True:
                with _read_as(damaged(name)):
                    piece = member.read(_PIECE)
                if not piece:
                    break
                digest.update(piece)
                lines += piece.count(b"\n")
                yield
        if digest.hexdigest() != entry.sha256:
            raise damaged(name)
        return lines

    def _names(self) -> list[str]:
        return [table.member for table in self.manifest.tables] + [file.name for file in self.manifest.files]

    def _check_members(self) -> None:
        """Each member that is named is there, once, and as large as is said."""
        there = self._zip.namelist()
        if missing := set(self._names()) - set(there):
            raise damaged(min(missing))
        if len(set(there)) != len(there):
            raise damaged(next(name for name in there if there.count(name) > 1))
        for file in self.manifest.files:
            if self._zip.getinfo(file.name).file_size != file.size:
                raise damaged(file.name)

    def _signature(self) -> str:
        """Empty where there is none."""
        if SIGNATURE not in self._zip.namelist():
            return ""
        return self._small(SIGNATURE, _LONGEST_SIGNATURE).decode("ascii", "replace")

    def _small(self, name: str, longest: int) -> bytes:
        if name not in self._zip.namelist():
            raise BadArchive("Это не резервная копия ОСМ: в архиве нет её описи.")
        with _read_as(damaged(name)):
            if self._zip.getinfo(name).file_size > longest:
                raise ValueError(name)
            return self._zip.read(name)


_NOT_OURS = "Это не резервная копия ОСМ, или файл скопирован не до конца: он не открывается как архив."


@contextmanager
def _read_as(refusal: BadArchive) -> Iterator[None]:
    """Inside, every error of `zipfile` and `json` (a damaged archive raises nearly every exception) becomes this
    refusal. A disk that fails stays an OSError."""
    try:
        yield
    except OSError as error:
        if error.errno not in (None, errno.EINVAL):  # a place before the beginning of the file
            raise
        raise refusal from error
    except Exception as error:
        raise refusal from error

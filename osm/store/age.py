"""Files in the format age (age-encryption.org/v1): encrypted for a public key, opened by the program `age` as well."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Protocol

import pyrage

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
    """Raises what reading and writing raise."""
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

"""Backups that only the holder of a private key can read, in the format of the program `age` (decision 030)."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from osm.services.errors import ServiceError
from osm.services.keeping.scratch import scratch
from osm.store import age
from osm.store.archive import Archive, EncryptedArchive
from osm.store.durable import replacing
from osm.store.manifest import BadArchive


class KeyNeeded(ServiceError):
    """The archive is encrypted, and no private key was named."""


def encrypt_copy(plain: Path, path: Path, recipients: tuple[str, ...]) -> int:
    """Write `plain` encrypted to `path`; how many bytes.

    It is encrypted for one key more, which this process alone knows and forgets: with it the file is decrypted from the
    disk and compared before it takes its place. Raises BadArchive, OSError.
    """
    once = age.new_identity()
    with replacing(path) as file:
        with plain.open("rb") as source:
            age.encrypt(source, file, [*map(age.recipient, recipients), once.to_public()])
            file.flush()
            source.seek(0)
            wanted = hashlib.file_digest(source, "sha256").digest()
        with open(file.name, "rb") as written:
            found = _Digest()
            try:
                age.decrypt(written, found, [once])
            except age.NotDecrypted as error:
                raise BadArchive(_OTHERWISE) from error
        if found.sum.digest() != wanted:
            raise BadArchive(_OTHERWISE)
        return file.tell()


@contextmanager
def readable(path: Path, identity: Path | None) -> Iterator[Archive]:
    """The archive, decrypted where it must be; nothing of that stays.

    Raises BadArchive, BadKey, NotDecrypted, KeyNeeded, OSError.
    """
    try:
        archive = Archive(path)
    except EncryptedArchive as error:
        if identity is None:
            raise KeyNeeded(f"{error} Ничего не изменено. Укажите файл с закрытым ключом: --identity ФАЙЛ.") from error
        keys = age.identities(identity)
    else:
        with archive:
            yield archive
        return
    with scratch() as folder:
        plain = folder / "osm.zip"
        with path.open("rb") as source, plain.open("xb") as target:
            age.decrypt(source, target, keys)
        with Archive(plain) as archive:
            yield archive


_OTHERWISE = "Зашифрованная копия читается не так, как записана."


class _Digest:
    """Takes what is written and keeps the sum of it alone."""

    def __init__(self) -> None:
        self.sum = hashlib.sha256()

    def write(self, piece: bytes) -> int:
        self.sum.update(piece)
        return len(piece)

    def flush(self) -> None:
        pass

"""Backups that only the holder of a private key can open: what is written, who can open it, no plain copy stays."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pyrage
import pytest

from osm.base.errors import ServiceError
from osm.keeping.acts.backup import BackupFailed, encrypt_copy
from osm.keeping.acts.restore import restore
from osm.settings import SettingsError, load_settings
from osm.store.archive import Archive, encrypt
from osm.store.portable import BadArchive
from tests.conftest import MORNING

from .installations import Installation
from .test_backup_and_restore import carried

pytestmark = pytest.mark.nightly(on="postgresql")

IDENTITY = pyrage.x25519.Identity.generate()


@pytest.fixture
def key(tmp_path: Path) -> Path:
    """A file as `age-keygen` writes it."""
    path = tmp_path / "key.txt"
    path.write_text(f"# created: 2026-11-25\n# public key: {IDENTITY.to_public()}\n{IDENTITY}\n", encoding="utf-8")
    return path


@pytest.fixture
def encrypting(office: Installation) -> Iterator[Installation]:
    """The office with a public key."""
    settings = office.app.extensions["osm"].settings
    office.app.extensions["osm"].settings = replace(settings, backup_recipients=(str(IDENTITY.to_public()),))
    yield office
    office.app.extensions["osm"].settings = settings


def put_back(to: Installation, path: Path, identity: Path | None) -> None:
    with to.app.app_context():
        restore(path, MORNING, force=True, is_gone=lambda _: False, identity=identity)


def scratch(of: Installation) -> list[Path]:
    return list(of.folder.glob("scratch-*"))


def test_it_is_encrypted_and_comes_back_with_the_key(encrypting, install, key, tmp_path):
    path, new = tmp_path / "osm.zip.age", install("new")
    report = encrypting.backup(path)
    content = path.read_bytes()
    assert content.startswith(b"age-encryption.org/v1\n")
    assert (report.encrypted, report.size) == (True, len(content))
    assert b"tables/message.jsonl" not in content
    assert path.stat().st_mode & 0o077 == 0
    assert scratch(encrypting) == []
    put_back(new, path, key)
    assert carried(new.contents()) == carried(encrypting.contents())
    assert new.files() == encrypting.files()
    assert scratch(new) == []


def test_what_any_tool_of_the_format_takes_out_is_an_ordinary_backup(encrypting, install, tmp_path):
    encrypting.backup(tmp_path / "osm.zip.age")
    (tmp_path / "osm.zip").write_bytes(pyrage.decrypt((tmp_path / "osm.zip.age").read_bytes(), [IDENTITY]))
    with Archive(tmp_path / "osm.zip") as archive:
        archive.verify()
    assert install("new").restore(tmp_path / "osm.zip").rows > 0


def test_without_the_right_key_it_is_refused_in_words(encrypting, install, key, tmp_path):
    path, new = tmp_path / "osm.zip.age", install("new")
    encrypting.backup(path)
    before = new.contents()
    other, text = tmp_path / "other.txt", tmp_path / "text.txt"
    other.write_text(str(pyrage.x25519.Identity.generate()))
    text.write_bytes("это не ключ".encode("cp1251"))
    (tmp_path / "empty.txt").touch()
    for identity, words in (
        (None, "--identity"),
        (other, "для другого ключа"),
        (text, "нет закрытого ключа"),
        (tmp_path / "empty.txt", "нет закрытого ключа"),
    ):
        with pytest.raises(ServiceError, match=words) as refused:
            put_back(new, path, identity)
        assert "Ничего не изменено." in str(refused.value)
    assert (new.contents(), scratch(new)) == (before, [])


def test_damaged_it_is_refused_wherever_the_damage_is(encrypting, install, key, tmp_path):
    path, new = tmp_path / "osm.zip.age", install("new")
    encrypting.backup(path)
    whole, before = path.read_bytes(), new.contents()
    step = len(whole) // 25
    spoilt = [whole[:length] for length in range(0, len(whole), step)]
    spoilt += [whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :] for at in range(0, len(whole), step)]
    for content in [*spoilt, whole[:-1]]:
        path.write_bytes(content)
        with pytest.raises(ServiceError, match="Ничего не изменено"):
            put_back(new, path, key)
    assert (new.contents(), scratch(new)) == (before, [])


class Full(io.BytesIO):
    """A disk with room for so many bytes."""

    def __init__(self, room: int) -> None:
        super().__init__()
        self.room = room

    def write(self, piece: bytes) -> int:  # type: ignore[override]
        if self.tell() + len(piece) > self.room:
            raise OSError(28, "full")
        return super().write(piece)


@pytest.mark.parametrize("room", [0, 100, 300, 70_000, 100_000])
def test_a_disk_that_is_full_is_never_taken_for_a_written_copy(room):
    with pytest.raises(OSError, match="full"):
        encrypt(io.BytesIO(b"x" * 100_000), Full(room), [IDENTITY.to_public()])


def test_what_reads_otherwise_than_it_was_written_takes_no_place(tmp_path, monkeypatch):
    plain, path = tmp_path / "osm.zip", tmp_path / "osm.zip.age"
    plain.write_bytes(b"x" * 1000)
    real = encrypt

    def spoilt(source, target, recipients):
        real(source, target, recipients)
        target.seek(-1, 2)
        [last] = target.read(1)
        target.seek(-1, 2)
        target.write(bytes([last ^ 1]))

    monkeypatch.setattr("osm.keeping.acts.backup.encrypt", spoilt)
    with pytest.raises(BadArchive, match="не так, как записана"):
        encrypt_copy(plain, path, (str(IDENTITY.to_public()),))
    assert [file.name for file in tmp_path.iterdir()] == ["osm.zip"]


def test_what_cannot_be_written_leaves_no_plain_copy(encrypting, tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(BackupFailed, match="Копия не записана"):
        encrypting.backup(tmp_path / "file" / "osm.zip.age")
    assert scratch(encrypting) == []


def test_a_key_that_is_none_is_refused_at_the_start(tmp_path):
    def load(value: str) -> tuple[str, ...]:
        return load_settings({"OSM_DATA_DIR": str(tmp_path), "OSM_BACKUP_RECIPIENT": value}).backup_recipients

    one, two = (str(pyrage.x25519.Identity.generate().to_public()) for _ in range(2))
    assert load("") == ()
    assert load(f" {one}, {two} ") == (one, two)
    for wrong in ("age1", one[:-1], f"{one} x", str(IDENTITY)):
        with pytest.raises(SettingsError, match="OSM_BACKUP_RECIPIENT: Это не открытый ключ") as refused:
            load(wrong)
        assert str(IDENTITY) not in str(refused.value)

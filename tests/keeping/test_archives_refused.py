"""Anything but a whole backup of ours is refused in a clear sentence before any change."""

from __future__ import annotations

import hmac
import json
import shutil
import zipfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from sqlalchemy import create_engine

from osm.base import transaction
from osm.keeping.acts.restore import RestoreRefused
from osm.store.archive import SIGNATURE
from osm.store.portable import MANIFEST
from tests.conftest import MORNING

from .installations import KEY, Installation, installed


def repacked(source: Path, target: Path, change: Callable[[str, bytes], bytes | None], *, signed: bool = True) -> Path:
    """The archive again, with members changed or left out (None), signed by its office after the change."""
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w") as new:
        for name in old.namelist():
            content = change(name, old.read(name))
            if content is not None and name != SIGNATURE:
                new.writestr(name, content)
            if content is not None and name == MANIFEST and signed:
                new.writestr(SIGNATURE, signature(content))
    return target


def signature(manifest: bytes) -> str:
    """Signed by the product itself; such an archive is checked all the same."""
    key = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"osm: backups").derive(KEY.encode())
    return hmac.new(key, manifest, "sha256").hexdigest()


def with_facts(**changed: object) -> Callable[[str, bytes], bytes]:
    def change(name: str, content: bytes) -> bytes:
        return json.dumps(json.loads(content) | changed).encode() if name == "manifest.json" else content

    return change


def with_file(**changed: object) -> Callable[[str, bytes], bytes]:
    """Change the first file of the manifest."""

    def change(name: str, content: bytes) -> bytes:
        if name != "manifest.json":
            return content
        facts = json.loads(content)
        facts["files"][0] |= changed
        return json.dumps(facts).encode()

    return change


def without(part: str) -> Callable[[str, bytes], bytes | None]:
    return lambda name, content: None if part in name else content


def with_other_rows(name: str, content: bytes) -> bytes:
    return content + b"[]\n" if name == "tables/topic.jsonl" else content


def cut(source: Path, target: Path) -> Path:
    target.write_bytes(source.read_bytes()[:-1000])
    return target


def scratched(source: Path, target: Path) -> Path:
    """In the middle of the largest member, because readers ignore some bytes of local headers."""
    content = bytearray(source.read_bytes())
    with zipfile.ZipFile(source) as archive:
        largest = max(archive.infolist(), key=lambda member: member.compress_size)
    content[largest.header_offset + largest.compress_size // 2] ^= 0xFF
    target.write_bytes(content)
    return target


def text(_source: Path, target: Path) -> Path:
    target.write_text("это не архив")
    return target


def other_zip(_source: Path, target: Path) -> Path:
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
    return target


REFUSED = {
    "empty": (lambda _, target: shutil.copy("/dev/null", target), "не резервная копия"),
    "text": (text, "не резервная копия"),
    "another zip": (other_zip, "не резервная копия"),
    "cut off": (cut, "не до конца"),
    "a changed byte": (scratched, "повреждена|не открывается"),
    "another format": (lambda *paths: repacked(*paths, with_facts(format="backup")), "не резервная копия"),
    "a newer format": (lambda *paths: repacked(*paths, with_facts(format_version=2)), "более новой программой"),
    "a newer program": (lambda *paths: repacked(*paths, with_facts(revision="r9999")), "обновите ОСМ"),
    "a version long before 1.0": (lambda *paths: repacked(*paths, with_facts(revision="0001")), "слишком старой"),
    "one but last before 1.0": (
        lambda *paths: repacked(*paths, with_facts(revision="0087")),
        "последней версией до 1.0",
    ),
    "no revision": (lambda *paths: repacked(*paths, with_facts(revision=None)), "повреждена"),
    "no list of tables": (lambda *paths: repacked(*paths, with_facts(tables=3)), "повреждена"),
    "a table is missing": (lambda *paths: repacked(*paths, without("message.jsonl")), "повреждена"),
    "an upload is missing": (lambda *paths: repacked(*paths, without("uploads/")), "повреждена"),
    "other rows": (lambda *paths: repacked(*paths, with_other_rows), "повреждена"),
    "another hash": (lambda *paths: repacked(*paths, with_file(sha256="0" * 64)), "повреждена"),
    "another size": (lambda *paths: repacked(*paths, with_file(size=1)), "повреждена"),
    "out of the folder": (lambda *paths: repacked(*paths, with_file(name="uploads/../../x")), "повреждена"),
    "an absolute path": (lambda *paths: repacked(*paths, with_file(name="/etc/passwd")), "повреждена"),
    "the database itself": (lambda *paths: repacked(*paths, with_file(name="osm.sqlite3")), "повреждена"),
}


@pytest.fixture(scope="module")
def full(
    template: Callable[[str], str], backend: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Installation]:
    """An installation with data that a refusal must not change."""
    with ExitStack() as stack:
        full = installed(stack, backend, tmp_path_factory.mktemp("full") / "data", template(backend))
        full.write(1)
        yield full


@pytest.mark.sqlite
@pytest.mark.parametrize("name", REFUSED)
def test_bad_archives_are_refused_and_touch_nothing(name, full, archive, tmp_path):
    make, words = REFUSED[name]
    path = tmp_path / "bad.zip"
    make(archive, path)
    before = full.contents()
    with pytest.raises(RestoreRefused, match=words) as refused:
        full.restore(path)
    assert "Ничего не изменено." in str(refused.value)
    assert full.contents() == before
    assert (full.files(), full.leftovers()) == ({}, [])


def test_a_working_worker_is_not_disturbed(full, archive):
    with full.app.app_context():
        assert transaction.take("worker", "elsewhere:1", MORNING, timedelta(seconds=20))
    before = full.contents()
    with pytest.raises(RestoreRefused, match="Фоновый процесс ОСМ работает"):
        full.restore(archive)
    assert full.contents() == before
    with full.app.app_context():
        transaction.release("worker", "elsewhere:1")


def test_a_working_web_process_is_not_disturbed(full, archive, backend):
    """It holds no lease, but it is connected."""
    full.let_go()
    with connected(full, backend), pytest.raises(RestoreRefused, match="С базой работает другой процесс"):
        full.restore(archive)


@contextmanager
def connected(to: Installation, backend: str) -> Iterator[None]:
    """Another process of the program has the database open without using it."""
    named = {"application_name": "osm:elsewhere:1"} if backend == "postgresql" else {"timeout": 0.1}
    engine = create_engine(to.app.extensions["osm"].settings.database_url, connect_args=named)
    with engine.connect() as connection:
        connection.exec_driver_sql("SELECT count(*) FROM message")
        connection.rollback()
        yield
    engine.dispose()

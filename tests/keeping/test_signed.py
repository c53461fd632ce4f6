"""Which installation made a backup: our own is restored, another only with a word for it, a changed one never."""

from __future__ import annotations

import json
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest

from osm.keeping.acts.restore import RestoreRefused, restore
from osm.store.archive import SIGNATURE
from osm.store.portable import MANIFEST
from tests.conftest import MORNING
from tests.keys import KEYS

from .installations import Installation
from .test_archives_refused import repacked, with_facts
from .test_backup_and_restore import carried

pytestmark = pytest.mark.nightly(on="postgresql")


def with_key(of: Installation, key: str) -> None:
    of.app.extensions["osm"].settings = replace(of.app.extensions["osm"].settings, encryption_key=key)


def trusted(to: Installation, path: Path) -> bool:
    """Restore with the word; return whether the key is the same."""
    with to.app.app_context():
        return restore(path, MORNING, force=True, is_gone=lambda _: False, trust=True).same_key


def refused(to: Installation, path: Path, words: str) -> None:
    before = to.contents()
    with pytest.raises(RestoreRefused, match=words) as refusal:
        to.restore(path)
    assert "Ничего не изменено." in str(refusal.value)
    assert to.contents() == before


def test_our_own_needs_no_word(archive, install):
    assert install("new").restore(archive, force=False).same_key


def test_one_of_the_version_before_needs_a_word(office, archive, install, tmp_path):
    """It has no signature, and is otherwise the same."""
    new, unsigned = install("new"), tmp_path / "old.zip"
    repacked(archive, unsigned, lambda name, content: content, signed=False)
    refused(new, unsigned, "нет подписи.*--trust")
    assert trusted(new, unsigned)
    assert carried(new.contents()) == carried(office.contents())


def test_one_of_another_office_needs_a_word(office, archive, install):
    new = install("new")
    with_key(new, KEYS["OSM_ENCRYPTION_KEY"])
    refused(new, archive, "другим ключом.*--trust")
    assert not trusted(new, archive)
    assert carried(new.contents()) == carried(office.contents())


@pytest.mark.parametrize(
    "spoilt",
    [
        lambda name, content: content.replace(b"2026", b"2025") if name == MANIFEST else content,
        lambda name, content: b"0" * 64 if name == SIGNATURE else content,
        lambda name, content: "подпись".encode() if name == SIGNATURE else content,
    ],
)
def test_one_that_was_changed_is_refused_with_any_word(spoilt, archive, install, tmp_path):
    new, path = install("new"), tmp_path / "changed.zip"
    with zipfile.ZipFile(archive) as old, zipfile.ZipFile(path, "w") as changed:
        for name in old.namelist():
            changed.writestr(name, spoilt(name, old.read(name)))
    refused(new, path, "подпись не сходится")
    with pytest.raises(RestoreRefused, match="подпись не сходится"):
        trusted(new, path)


def test_a_signature_holds_for_every_field(archive, install, tmp_path):
    new = install("new")
    for field, value in {"made_at": "2026-01-01T00:00:00+00:00", "missing_files": 3, "program": "0.0.1"}.items():
        path = tmp_path / f"{field}.zip"
        repacked(archive, path, with_facts(**{field: value}), signed=False)
        with_signature_of(archive, path)
        refused(new, path, "подпись не сходится")


def with_signature_of(archive: Path, path: Path) -> None:
    with zipfile.ZipFile(archive) as old, zipfile.ZipFile(path, "a") as changed:
        assert json.loads(old.read(MANIFEST)) != json.loads(changed.read(MANIFEST))
        changed.writestr(SIGNATURE, old.read(SIGNATURE))

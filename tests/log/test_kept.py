"""Seals that are also kept elsewhere: a log that was sealed again is found by a backup, or by the system's journal."""

from __future__ import annotations

import json
import logging
from datetime import timedelta

import pyrage
import pytest
from sqlalchemy import select

from osm.base.application import current_settings
from osm.base.database import db
from osm.keeping.acts.backup import make_backup
from osm.log.acts import audit
from osm.models import EventSeal
from tests.log.test_forging import NO_SEALS, lines_of, restarted, verified


@pytest.fixture
def backup(sealed, tmp_path):
    make_backup(tmp_path / "osm.zip", sealed.now, current_settings())
    return str(tmp_path / "osm.zip")


def test_a_backup_holds_the_seals_and_the_log_continues_from_them(app, sealed, backup):
    sealed.add(12)
    sealed.seal()
    status, said = verified(app, "--against", backup)
    assert (status, said.splitlines()[0]) == (0, "Журнал цел.")
    assert "Сверено с печатями из копии: 5." in said


@pytest.mark.parametrize("cut", [0, 3])
def test_a_log_that_was_sealed_again_is_found_by_a_backup(app, sealed, outside, backup, cut):
    """Even if the worker was made to forget: here the only trace is in the backup."""
    sealed.tamper(f"{NO_SEALS} WHERE number > {cut}", "UPDATE event SET action = 'x' WHERE id = 42")
    outside.path.write_text("".join(lines_of(outside)[:cut]))
    restarted(sealed, timedelta(minutes=1))
    sealed.seal()
    assert sealed.faults() == []
    status, said = verified(app, "--against", backup)
    assert status == 1
    assert f"печатей из копии в журнале нет или они другие: {5 - cut}, первая № {cut + 1}." in said


def test_a_backup_that_was_restored_since_is_no_fault(app, sealed, outside, backup):
    sealed.tamper("DELETE FROM event WHERE id > 20", "DELETE FROM event_seal WHERE number > 2")
    audit.note_restored(sealed.now)
    sealed.add(12)
    sealed.seal()
    assert verified(app, "--against", backup)[0] == 0


def test_seals_go_to_the_system_journal_and_are_compared_from_there(app, sealed, outside, tmp_path, caplog):
    caplog.set_level(logging.INFO)
    sealed.add(12)
    sealed.seal()
    told = [record for record in caplog.records if record.message == "log sealed"]
    stored = db.session.scalars(select(EventSeal).where(EventSeal.number > 5).order_by(EventSeal.number)).all()
    assert [(record.number, record.mac) for record in told] == [(seal.number, seal.mac) for seal in stored]

    journal = tmp_path / "journal.txt"
    lines = [{"level": "INFO", "event": "log sealed", **audit.line_of(seal)} for seal in stored]
    journal.write_text("не JSON\n" + "".join(json.dumps(line) + "\n" for line in lines))
    assert verified(app, "--against", str(journal))[0] == 0
    sealed.tamper(f"{NO_SEALS} WHERE number > 6")
    status, said = verified(app, "--against", str(journal))
    assert status == 1
    assert "печатей из копии в журнале нет или они другие: 1, первая № 7." in said


@pytest.mark.parametrize("content", [b"", b"not a backup", b"{}\n"])
def test_a_file_without_seals_is_refused_with_words(app, sealed, tmp_path, content):
    path = tmp_path / "file"
    path.write_bytes(content)
    status, said = verified(app, "--against", str(path))
    assert status == 1
    assert "Журнал не сверен." in said
    assert "Журнал цел" not in said


def test_an_encrypted_backup_is_compared_with_its_key(app, sealed, backup, tmp_path):
    private, encrypted = pyrage.x25519.Identity.generate(), tmp_path / "osm.zip.age"
    pyrage.encrypt_file(backup, str(encrypted), [private.to_public()])
    key = tmp_path / "key.txt"
    key.write_text(str(private))
    status, said = verified(app, "--against", str(encrypted))
    assert (status, "--identity" in said) == (1, True)
    status, said = verified(app, "--against", str(encrypted), "--identity", str(key))
    assert (status, said.splitlines()[0]) == (0, "Журнал цел.")
    assert "Сверено с печатями из копии: 5." in said
    key.write_text(str(pyrage.x25519.Identity.generate()))
    assert verified(app, "--against", str(encrypted), "--identity", str(key))[0] == 1

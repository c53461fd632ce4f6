"""A worker that is killed at any step of its night leaves whole backups or none, and the next start cleans up.

`make test` kills it before some kinds of steps, `make nightly` before every call of each.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Iterable
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pyrage
import pytest

from osm.keeping.acts.backup import PREFIX
from osm.serve.start import prepare
from osm.store.archive import Archive
from tests.forks import FORKS

from .installations import Installation
from .killed import work_and_be_killed

pytestmark = [pytest.mark.sqlite, pytest.mark.skipif(os.name != "posix", reason="SIGKILL")]

#: In the last night it is not killed.
BY_DAY = ("write_backup", "set_counters", "encrypt", "replace", "_remove_old", "")
TONIGHT = datetime(2026, 11, 25, 2, 0, tzinfo=ZoneInfo("Asia/Vladivostok"))
IDENTITY = pyrage.x25519.Identity.generate()


def opened(path: Path, folder: Path) -> None:
    """Whole and readable, or the test fails here."""
    plain = folder / "plain.zip"
    content = path.read_bytes()
    plain.write_bytes(pyrage.decrypt(content, [IDENTITY]) if path.suffix == ".age" else content)
    with Archive(plain) as archive:
        archive.verify()


def test_killed_before_some_kinds_of_steps(install, tmp_path):
    assert kills(str(IDENTITY.to_public()), install("place"), tmp_path, BY_DAY) == len(BY_DAY) - 1


@pytest.mark.nightly
@pytest.mark.parametrize("recipient", ["", str(IDENTITY.to_public())], ids=["plain", "encrypted"])
def test_killed_at_every_step(recipient, install, tmp_path):
    assert kills(recipient, install("place"), tmp_path, range(100)) > 10


def kills(recipient: str, place: Installation, tmp_path: Path, steps: Iterable[int | str]) -> int:
    """How often it was killed before a night came to its end."""
    place.write(1)
    copies = tmp_path / "copies"
    environ = place.environ | {
        "OSM_BACKUP_DIR": str(copies),
        "OSM_BACKUP_COPIES": "2",
        "OSM_BACKUP_RECIPIENT": recipient,
    }
    before = place.contents()
    for killed, at in enumerate(steps):
        process = FORKS.Process(target=work_and_be_killed, args=(environ, TONIGHT + killed * timedelta(days=1), at))
        place.let_go()
        process.start()
        process.join(120)
        whole = list(copies.glob("osm-2*")) if copies.exists() else []
        for path in whole:
            opened(path, tmp_path)
        prepare(place.app)  # the next start
        assert list(place.folder.glob(f"{PREFIX}*")) == []
        if process.exitcode == 0:
            break
        assert process.exitcode == -signal.SIGKILL
    assert len(whole) == 2
    assert [path.name for path in copies.glob("osm-unread*")] == []
    after = place.contents()
    assert {name for name in before if after[name] != before[name]} == {"worker_beat"}
    return killed

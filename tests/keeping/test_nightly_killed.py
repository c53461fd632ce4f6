"""A worker that is killed at any step of its night leaves whole backups or none, and the next start finds no rest."""

from __future__ import annotations

import os
import signal
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pyrage
import pytest

from osm.services.keeping.scratch import PREFIX
from osm.start import prepare
from osm.store.archive import Archive

from .installations import Installation
from .test_killed import _forks, _found

pytestmark = [pytest.mark.sqlite, pytest.mark.skipif(os.name != "posix", reason="SIGKILL")]

TONIGHT = datetime(2026, 11, 25, 2, 0, tzinfo=ZoneInfo("Asia/Vladivostok"))
IDENTITY = pyrage.x25519.Identity.generate()

STEPS = (
    ("osm.services.keeping.nightly", "write_backup"),
    ("osm.services.keeping.nightly", "Archive"),
    ("osm.services.keeping.trial", "build"),
    ("osm.store.refill", "set_counters"),
    ("osm.services.keeping.trial", "missing_files"),
    ("osm.store.age", "encrypt"),
    ("osm.store.age", "decrypt"),
    ("pathlib.Path", "replace"),
    ("shutil", "rmtree"),
    ("osm.services.keeping.nightly", "_note_trial"),
    ("osm.services.keeping.nightly", "_remove_old"),
    ("osm.services.keeping.nightly", "_note"),
)
"""Where the process is killed: before each call of these, one after another."""


def work_and_be_killed(environ: dict[str, str], night: datetime, at: int) -> None:
    """In a process of its own: the backup of a night."""
    os.environ.update(environ)
    from osm import create_app
    from osm.services.keeping import nightly
    from osm.services.pace import Pace

    app = create_app(with_web=False)
    prepare(app)
    calls = 0

    def killing(real: Any) -> Any:
        def call(*arguments: Any, **named: Any) -> Any:
            nonlocal calls
            if calls == at:
                os.kill(os.getpid(), signal.SIGKILL)
            calls += 1
            return real(*arguments, **named)

        return call

    with pytest.MonkeyPatch.context() as patch, app.app_context():
        for module, name in STEPS:
            patch.setattr(f"{module}.{name}", killing(_found(f"{module}.{name}")))
        nightly.take_up(night, Pace())


def opened(path: Path, folder: Path) -> None:
    """Whole and readable, or the test fails here."""
    plain = folder / "plain.zip"
    content = path.read_bytes()
    plain.write_bytes(pyrage.decrypt(content, [IDENTITY]) if path.suffix == ".age" else content)
    with Archive(plain) as archive:
        archive.verify()


@pytest.mark.parametrize("recipient", ["", str(IDENTITY.to_public())], ids=["plain", "encrypted"])
def test_killed_at_every_step(recipient, install, tmp_path):
    place: Installation = install("place")
    place.write(1)
    copies = tmp_path / "copies"
    environ = place.environ | {
        "OSM_BACKUP_DIR": str(copies),
        "OSM_BACKUP_COPIES": "2",
        "OSM_BACKUP_RECIPIENT": recipient,
    }
    before = place.contents()
    for at in range(100):
        process = _forks.Process(target=work_and_be_killed, args=(environ, TONIGHT + at * timedelta(days=1), at))
        place.let_go()
        process.start()
        process.join(120)
        whole = list(copies.glob("osm-2*")) if copies.exists() else []
        for path in whole:
            opened(path, tmp_path)
        prepare(place.app)  # whoever starts next
        assert list(place.folder.glob(f"{PREFIX}*")) == []
        if process.exitcode == 0:
            break
        assert process.exitcode == -signal.SIGKILL
    assert at > 10
    assert len(whole) == 2
    assert [path.name for path in copies.glob("osm-unread*")] == []
    after = place.contents()
    assert {name for name in before if after[name] != before[name]} == {"worker_beat"}

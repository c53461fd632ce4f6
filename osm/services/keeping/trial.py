"""A trial of a backup: it is restored into a new database of SQLite that nobody opens and that goes at once.

Files are not unpacked, `Archive.checks` has compared each of them with its hash; here it is asked whether those that
the restored tables name are among them. Nothing of a trial is sent or shown but whether it succeeded.
"""

from __future__ import annotations

import shutil
from collections.abc import Generator
from pathlib import Path

from sqlalchemy import Connection

from osm.failures import why
from osm.services.keeping.backup import missing_files
from osm.services.keeping.signing import Origin, check_seals, origin_of
from osm.store.archive import Archive
from osm.store.engine import make_engine
from osm.store.exchange import build
from osm.store.manifest import BadArchive
from osm.store.portable import RowsRefused

_ROOM = 3
"""A database of SQLite and its journal take about twice the text of its rows; the office must have room meanwhile."""


class TrialFailed(Exception):
    """`str(error)` says in Russian what does not fit."""


def try_restoring(archive: Archive, folder: Path) -> Generator[None, None, str]:
    """Restore an archive whose `checks` have passed into `folder`, with the turn given back from time to time.

    The answer is why it failed, in Russian; empty where it succeeded. A trial is no reason for the backup to fail.
    """
    try:
        yield from _restored(archive, folder)
    except (TrialFailed, BadArchive, RowsRefused) as error:
        return str(error)
    except OSError as error:
        return why(error)
    except Exception as error:  # whatever a database or a migration raises: the rows are not to be restored
        return f"{type(error).__name__}: {error}".splitlines()[0]
    return ""


def _restored(archive: Archive, folder: Path) -> Generator[None, None, None]:
    if origin_of(archive) is not Origin.OURS:
        raise TrialFailed(origin_of(archive).value)
    check_seals(archive)
    if shutil.disk_usage(folder).free < _ROOM * archive.size_of_tables:
        raise TrialFailed("Не хватает места на диске, чтобы восстановить копию для пробы.")
    path = folder / "trial.sqlite3"
    yield from build(path, archive.manifest.revision, archive.counts, archive.rows, _nothing)
    engine = make_engine(f"sqlite:///{path}")
    try:
        with engine.connect() as connection:
            missing = missing_files(connection, (file.sha256 for file in archive.manifest.files))
    finally:
        engine.dispose()
    if missing > archive.manifest.missing_files:
        raise TrialFailed(f"Не хватает файлов, которые названы в базе: {missing - archive.manifest.missing_files}.")


def _nothing(_connection: Connection) -> None:
    """No mark is needed: nothing follows."""

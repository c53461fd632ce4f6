"""The backup of every night: made by the worker in small steps, compared after it was written, old ones removed."""

from __future__ import annotations

import json
import logging
import re
import time
from collections.abc import Generator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from flask import current_app

from osm.extensions import db
from osm.failures import why
from osm.services.keeping.backup import BackupFailed, Report, write_backup
from osm.services.pace import Pace
from osm.settings import Settings
from osm.store.archive import Archive, BadArchive
from osm.store.models import WorkerBeat
from osm.store.transaction import transaction

log = logging.getLogger(__name__)

BEGINS = timedelta(hours=2)
"""After local midnight, when nobody works. A server that is switched on later makes it then."""
AGAIN_AFTER = timedelta(hours=1)
"""How long after a failure it is tried again."""

GOOD, FAILED = "backup", "backup-failed"
"""Names of the signs of life: the last good backup, and the failure since."""

Steps = Generator[None, None, None]

_NAME = re.compile(r"osm-(\d{4}-\d{2}-\d{2})\.zip")
_UNFINISHED_FOR = timedelta(days=1)
_KEY = "osm_nightly"


@dataclass(frozen=True, slots=True)
class Copy:
    """A backup in the folder."""

    path: Path
    night: date


def take_up(now: datetime, pace: Pace) -> int:
    """Go on with tonight's backup for as long as the pace allows; 1 while there is more to do, and when it is done."""
    settings: Settings = current_app.extensions["osm_settings"]
    if settings.backup_dir is None:
        return 0
    try:
        return _go_on(settings, settings.backup_dir, now, pace)
    except (BackupFailed, BadArchive, OSError) as error:
        current_app.extensions.pop(_KEY, None)
        reason = str(error) if not isinstance(error, OSError) else f"{settings.backup_dir}: {why(error)}"
        log.error("backup failed", extra={"reason": reason})
        _note(FAILED, now, {"reason": reason})
    return 1


def _go_on(settings: Settings, folder: Path, now: datetime, pace: Pace) -> int:
    steps: Steps | None = current_app.extensions.get(_KEY)
    if steps is None:
        if _failed_lately(now) or any(copy.night == _night(settings, now) for copy in copies(folder)):
            return 0
        steps = current_app.extensions[_KEY] = _make(settings, folder, now)
    until = time.monotonic() + pace.seconds
    while next(steps, steps) is not steps:
        if not pace.goes_on():
            # The process is to stop, or another one works now: what was begun is of no use to anybody.
            steps.close()
            break
        if time.monotonic() >= until:
            return 1
    current_app.extensions.pop(_KEY)
    return 1


def copies(folder: Path) -> list[Copy]:
    """The nightly backups that are kept, newest first; files of other names are left alone."""
    try:
        found = [(path, _NAME.fullmatch(path.name)) for path in folder.iterdir()]
    except FileNotFoundError:
        return []
    kept = [Copy(path, date.fromisoformat(match[1])) for path, match in found if match]
    return sorted(kept, key=lambda copy: copy.night, reverse=True)


def last_good(now: datetime) -> tuple[datetime | None, bool]:
    """When the last backup succeeded, and whether one is overdue: none for a day and two hours, or the last failed."""
    good, failed = db.session.get(WorkerBeat, GOOD), db.session.get(WorkerBeat, FAILED)
    overdue = good is None or now - good.at > timedelta(days=1, hours=2) or failed is not None
    return (good.at if good else None), overdue


def _failed_lately(now: datetime) -> bool:
    failed = db.session.get(WorkerBeat, FAILED)
    return failed is not None and timedelta() <= now - failed.at < AGAIN_AFTER


def _night(settings: Settings, now: datetime) -> date:
    return (now.astimezone(settings.time_zone) - BEGINS).date()


def _make(settings: Settings, folder: Path, now: datetime) -> Steps:
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    _remove_unfinished(folder, now)
    # Under another name until it has been read again: what bears the name of a night can be relied on.
    path, unread = folder / f"osm-{_night(settings, now)}.zip", folder / "osm-unread.zip"
    report = Report()
    yield from write_backup(unread, now, report)
    with Archive(unread) as archive:
        yield from archive.checks()
    unread.replace(path)
    for copy in copies(folder)[settings.backup_copies :]:
        copy.path.unlink(missing_ok=True)
    with transaction() as session:
        if failed := session.get(WorkerBeat, FAILED):
            session.delete(failed)
    _note(GOOD, now, {"file": path.name, "size": report.size, "rows": report.rows, "missing": report.missing})
    log.info("backup made", extra={"rows": report.rows, "files": report.files, "size": report.size})


def _remove_unfinished(folder: Path, now: datetime) -> None:
    """What a worker that was killed has left."""
    for path in folder.glob(".osm-*"):
        if now - datetime.fromtimestamp(path.stat().st_mtime, UTC) > _UNFINISHED_FOR:
            path.unlink(missing_ok=True)


def _note(name: str, now: datetime, facts: dict[str, object]) -> None:
    with transaction() as session:
        session.merge(WorkerBeat(name=name, at=now, detail=json.dumps(facts, ensure_ascii=False)))

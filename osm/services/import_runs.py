"""Import of a file, from the upload to its report. The state of a run says how far it has come (design §6)."""

from __future__ import annotations

import hashlib
import logging
import os
import tempfile
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from flask import current_app
from sqlalchemy import delete, func, or_, select, update

from osm.connectors.base import ConnectorError
from osm.extensions import db
from osm.regulation.errors import MissingInput
from osm.services import import_publishing, import_staging
from osm.services.errors import NotFound, ServiceError
from osm.services.log import record
from osm.store.models import ImportRow, ImportRun, ImportSource, ImportState, RowOutcome, User
from osm.store.transaction import transaction

log = logging.getLogger(__name__)

DEFAULT_SOURCE = "Инцидент Менеджмент"
TIMES = ("local", "moscow")
LEASE = timedelta(seconds=60)
MAX_BYTES = 64 * 1024 * 1024

Clock = Callable[[], datetime]


def upload_file(
    filename: str, content: bytes, *, source: str, actor: User | None, now: datetime, times: str | None = None
) -> ImportRun:
    """Keep the file, find its columns, and wait for a person. A file that cannot be read leaves nothing (FileRefused)."""
    if len(content) > MAX_BYTES:
        raise MissingInput("file", f"Файл больше {MAX_BYTES // 1024 // 1024} МБ. Разделите выгрузку по датам.")
    digest = hashlib.sha256(content).hexdigest()
    path = _folder() / digest
    known = path.exists()
    if not known:
        _keep(content, path)
    saved = db.session.scalars(select(ImportSource).where(ImportSource.name == _source_name(source))).one_or_none()
    try:
        # Read before the transaction: the reader may take seconds, and nobody shall wait for it.
        mapping = import_staging.detect_mapping(path, saved.mapping if saved else {})
    except ConnectorError:
        if not known:
            path.unlink(missing_ok=True)
        raise
    with transaction() as session:
        row = _source(source)
        run = ImportRun(
            source=row,
            filename=Path(filename.replace("\\", "/")).name[:300] or "выгрузка",
            sha256=digest,
            times=times or row.times,
            mapping=mapping,
            created_at=now,
            created_by=actor,
        )
        session.add(run)
        session.flush()
        return run


def start_run(
    run_id: int,
    *,
    columns: Mapping[str, str],
    times: str,
    history: bool,
    dry_run: bool,
    actor: User | None,
    now: datetime,
    owner: str = "",
) -> ImportRun:
    """Hand the run to the worker: first rows go to the staging table, then (unless `dry_run`) into the register.

    `columns`: what a person corrected, field → number of the column from 0, "" for none. With an `owner` the run
    is that process's own, which carries it out itself.
    """
    if times not in TIMES:
        raise MissingInput("times", "Выберите, по какому времени даты в файле: местному или московскому.")
    with transaction():
        run = _get(run_id, ImportState.UPLOADED, ImportState.CHECKED)
        run.mapping = import_staging.corrected(run.mapping, columns)
        run.times, run.history, run.dry_run = times, history, dry_run
        run.state = ImportState.STAGING
        run.counts, run.error = {}, ""
        if owner:
            run.lease_owner, run.lease_until = owner, now + LEASE
        run.source.mapping, run.source.times = run.mapping, times
        record("import_start", at=now, actor=actor, object_kind="import_run", object_id=run.id)
        return run


def publish_run(run_id: int, *, actor: User | None, now: datetime) -> ImportRun:
    """After a dry run: let the staged rows in."""
    with transaction():
        run = _get(run_id, ImportState.CHECKED)
        run.state, run.dry_run = ImportState.PUBLISHING, False
        record("import_publish", at=now, actor=actor, object_kind="import_run", object_id=run.id)
        return run


def discard_run(run_id: int, *, actor: User | None, now: datetime) -> None:
    """Throw away a run that has not touched the register: file, rows and all."""
    with transaction() as session:
        run = _get(run_id, ImportState.UPLOADED, ImportState.CHECKED, ImportState.FAILED)
        record("import_discard", at=now, actor=actor, object_kind="import_run", object_id=run.id)
        session.execute(delete(ImportRow).where(ImportRow.run_id == run.id))
        session.delete(run)
        session.flush()
        if session.scalar(select(func.count(ImportRun.id)).where(ImportRun.sha256 == run.sha256)) == 0:
            file_of(run).unlink(missing_ok=True)


def take_up(owner: str, clock: Clock) -> int:
    """Work on every run that waits and is nobody else's; returns how many. Called by the worker, again and again."""
    count = 0
    while (run_id := _claim(owner, clock())) is not None:
        carry_out(run_id, owner, clock)
        count += 1
    return count


def carry_out(run_id: int, owner: str, clock: Clock) -> None:
    """Stage and publish one claimed run. A failure before publication leaves nothing but the reason."""
    try:
        if db.session.get_one(ImportRun, run_id).state is ImportState.STAGING:
            _stage(run_id, owner, clock)
        while db.session.get_one(ImportRun, run_id).state is ImportState.PUBLISHING:
            renew(run_id, owner, clock())
            if import_publishing.publish_slice(run_id, now=clock()) == 0:
                _finish(run_id, ImportState.DONE, clock())
    except ConnectorError as error:
        _fail(run_id, str(error), clock())
    except LeaseLost:
        log.warning("import run taken over by another worker", extra={"run": run_id})


class LeaseLost(ServiceError):
    """Another worker holds the run now."""


def renew(run_id: int, owner: str, now: datetime) -> None:
    """Hold the run for another while; LeaseLost where somebody else took it."""
    with transaction() as session:
        held = session.execute(
            update(ImportRun)
            .where(ImportRun.id == run_id, ImportRun.lease_owner == owner)
            .values(lease_until=now + LEASE)
        )
        if held.rowcount == 0:
            raise LeaseLost("Загрузку ведёт другой процесс.")


def count_outcomes(run_id: int) -> dict[str, int]:
    """Rows of the run by outcome, staged ones included."""
    query = select(ImportRow.outcome, func.count()).where(ImportRow.run_id == run_id).group_by(ImportRow.outcome)
    found = {outcome.value: number for outcome, number in db.session.execute(query)}
    return {outcome.value: found.get(outcome.value, 0) for outcome in RowOutcome}


def file_of(run: ImportRun) -> Path:
    """Where the uploaded file of a run lies; runs of the same file share it."""
    return _folder() / run.sha256


def _folder() -> Path:
    settings: Any = current_app.extensions["osm_settings"]
    return Path(settings.data_dir) / "imports"


def _claim(owner: str, now: datetime) -> int | None:
    """Take hold of the oldest run that is free. Looks first without the write lock: mostly there is none."""
    waiting = (
        select(ImportRun)
        .where(
            ImportRun.state.in_((ImportState.STAGING, ImportState.PUBLISHING)),
            or_(ImportRun.lease_until.is_(None), ImportRun.lease_until < now, ImportRun.lease_owner == owner),
        )
        .order_by(ImportRun.id)
        .limit(1)
    )
    if db.session.scalars(waiting).first() is None:
        return None
    with transaction() as session:
        run = session.scalars(waiting.with_for_update(of=ImportRun, skip_locked=True)).first()
        if run is None:
            return None
        run.lease_owner, run.lease_until = owner, now + LEASE
        return run.id


def _stage(run_id: int, owner: str, clock: Clock) -> None:
    with transaction() as session:
        # What an interrupted staging left is incomplete: begin anew.
        session.execute(delete(ImportRow).where(ImportRow.run_id == run_id))
    run = db.session.get_one(ImportRun, run_id)
    for rows in import_staging.staged_rows(file_of(run), run.mapping, run.times, run_id, clock()):
        renew(run_id, owner, clock())
        with transaction() as session:
            session.add_all(rows)
    counts = _predicted(run_id)
    with transaction() as session:
        run = session.get_one(ImportRun, run_id)
        run.counts = counts
        run.state = ImportState.CHECKED if run.dry_run else ImportState.PUBLISHING
        run.lease_owner, run.lease_until = ("", None) if run.dry_run else (run.lease_owner, run.lease_until)


def _predicted(run_id: int) -> dict[str, int]:
    counts = count_outcomes(run_id)
    for rows in _chunks(run_id, 500):
        for outcome, number in import_publishing.predict(rows).items():
            counts[outcome.value] += number
    return counts


def _chunks(run_id: int, size: int) -> Iterator[list[ImportRow]]:
    last = -1
    while True:
        rows = list(
            db.session.scalars(
                select(ImportRow)
                .where(ImportRow.run_id == run_id, ImportRow.outcome == RowOutcome.STAGED, ImportRow.row_no > last)
                .order_by(ImportRow.row_no)
                .limit(size)
            )
        )
        if not rows:
            return
        last = rows[-1].row_no
        yield rows


def _finish(run_id: int, state: ImportState, now: datetime, error: str = "") -> None:
    counts = count_outcomes(run_id)
    with transaction() as session:
        run = session.get_one(ImportRun, run_id)
        run.state, run.error, run.finished_at = state, error, now
        run.counts = counts
        run.lease_owner, run.lease_until = "", None
        changes = {name: (0, number) for name, number in counts.items() if number}
        record(f"import_{state}", at=now, actor=run.created_by, object_kind="import_run", object_id=run_id, changes=changes)


def _fail(run_id: int, error: str, now: datetime) -> None:
    with transaction() as session:
        session.execute(delete(ImportRow).where(ImportRow.run_id == run_id))
    _finish(run_id, ImportState.FAILED, now, error)


def _get(run_id: int, *states: ImportState) -> ImportRun:
    run = db.session.execute(
        select(ImportRun).where(ImportRun.id == run_id).with_for_update(of=ImportRun)
    ).unique().scalar_one_or_none()
    if run is None:
        raise NotFound("Загрузка")
    if run.state not in states:
        raise ServiceError("Эта загрузка уже запущена или закончена. Ничего не изменено: обновите страницу.")
    return run


def _source_name(name: str) -> str:
    return name.strip() or DEFAULT_SOURCE


def _source(name: str) -> ImportSource:
    name = _source_name(name)
    source = db.session.scalars(select(ImportSource).where(ImportSource.name == name)).one_or_none()
    if source is None:
        source = ImportSource(name=name, mapping={}, times=TIMES[0])
        db.session.add(source)
        db.session.flush()
    return source


def _keep(content: bytes, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as target:
        target.write(content)
        target.flush()
        os.fsync(target.fileno())
    os.replace(target.name, path)

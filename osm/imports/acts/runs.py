"""Acts of people on an import: upload a file, correct its columns, check, load, discard (design §6).

The state of a run says how far it is; the worker's part is `osm.imports.acts.work`.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import ColumnElement, delete, exists, func, select

from osm.base.database import add_row, db
from osm.base.errors import ServiceError, must_exist
from osm.base.transaction import transaction, unless_taken
from osm.connectors.base import ConnectorError
from osm.connectors.incident_file import Mapping as Columns
from osm.connectors.incident_file.book import FileRefused
from osm.flow.acts.moving import lock, locked
from osm.imports.acts import files, staging
from osm.imports.queries.runs import layouts, likeness, source_names
from osm.imports.rules import form_of
from osm.log.acts.record import Change, record
from osm.models import (
    Arrival,
    CameBy,
    ImportRow,
    ImportRun,
    ImportSource,
    ImportState,
    Integrator,
    Message,
    User,
)
from osm.regulation.errors import MissingInput, refuse
from osm.regulation.words import SourceKind

# --- Runs
DEFAULT_SOURCE = "Инцидент Менеджмент"
LONGEST_NAME = 200
TIMES = ("local", "moscow")
LEASE = timedelta(seconds=60)  # how long a run belongs to its process without a renewal

MOST_LAYOUTS = 20  # layouts of one source that are remembered; then the one that was not used longest is forgotten

WAITS_FOR_PERSON = (ImportState.UPLOADED, ImportState.CHECKED)
_READ = (ImportState.STAGING, ImportState.CHECKED, ImportState.PUBLISHING, ImportState.DONE)


class RunMovedOn(ServiceError):
    """Somebody else has started, finished or discarded this run since the page was opened."""

    words = "Эта загрузка уже запущена или закончена, второй раз она не начата. Её ход — ниже."


def upload_file(
    filename: str, content: bytes, *, source: str | None, actor: User | None, now: datetime, times: str | None = None,
    by_hand: bool = False, way: CameBy | None = None,
) -> ImportRun:  # fmt: skip
    """Store the file, find its columns, and wait for a person. An unreadable file is not stored. `source`: None for the
    source that had the most similar file. `by_hand`: the person will choose columns that are not found. `way`: it came
    by itself (`arrivals`). Raises ConnectorError, MissingInput."""
    name = None if source is None else source_name(source)
    if len(content) > files.MAX_BYTES:
        raise FileRefused("file_too_big", megabytes=files.MAX_BYTES // 1024 // 1024)
    digest = files.digest_of(content)
    known, last_used = layouts(name), next(iter(source_names()), DEFAULT_SOURCE)
    # Outside the transaction: reading a file may take seconds, and other people write.
    db.session.rollback()
    is_new = files.keep(content, digest)
    try:
        mapping, layout = staging.detect_mapping(files.path_of(digest), digest, known, by_hand=by_hand)
        with transaction():
            # While it was read its last run may have been discarded, and the file with it.
            files.keep(content, digest)
            row = source_of(name or (layout.source if layout else last_used))
            run = ImportRun(
                source=row, filename=Path(filename.replace("\\", "/")).name.replace("\0", "")[:300] or "выгрузка",
                sha256=digest, times=times or (layout.times if layout else row.times), mapping=mapping, created_at=now,
                created_by=actor,
            )  # fmt: skip
            add_row(run)
            if way is not None:
                add_row(Arrival(way=way, sha256=digest, run=run, arrived_at=now))
            return run
    except BaseException:
        if is_new and not _is_used(digest):
            files.remove(digest)
        raise


def check_at_once(run_id: int, *, actor: User | None, now: datetime, is_chosen: bool = False) -> None:
    """Check a file that is as the files before, as they were read. Otherwise a person checks the columns first.
    `is_chosen`: a person has chosen the source; other sources with such files do not matter."""
    run = db.session.get_one(ImportRun, run_id)
    found = likeness(run)
    if found.is_as_before and (is_chosen or not found.rivals):
        start_run(run_id, columns={}, times=run.times, history=False, dry_run=True, actor=actor, now=now)


def choose_source(run_id: int, *, source: str, actor: User | None, now: datetime) -> None:
    """Read the file as this source's; if it had such a file, check it at once. Raises MissingInput, RunMovedOn."""
    point_at_header(run_id, sheet=None, header_row=None, source=source)
    check_at_once(run_id, actor=actor, now=now, is_chosen=True)


def point_at_header(run_id: int, *, sheet: str | None, header_row: int | None, source: str | None = None) -> ImportRun:
    """Find the columns again on another sheet, under another row, or for another source. Raises MissingInput if there
    are none."""
    run = get_run(run_id, *WAITS_FOR_PERSON)
    digest, name = run.sha256, run.source.name if source is None else source_name(source)
    known = layouts(name)
    db.session.rollback()
    try:
        mapping, layout = staging.detect_mapping(
            files.path_of(digest), digest, known, sheet=sheet, header_row=header_row, by_hand=True
        )
    except ConnectorError as error:
        raise MissingInput("header_row", str(error)) from error
    with transaction() as session:
        run = get_run(run_id, *WAITS_FOR_PERSON)
        _move(run, name)
        run.times = layout.times if layout and source is not None else run.times
        run.mapping, run.state, run.counts, run.forecast = mapping, ImportState.UPLOADED, {}, {}
        session.execute(delete(ImportRow).where(ImportRow.run_id == run.id))
        return run


def start_run(
    run_id: int, *, columns: Mapping[str, str], times: str, history: bool, dry_run: bool, actor: User | None,
    now: datetime, owner: str = "", source: str | None = None, kind: str | None = None,
) -> ImportRun:  # fmt: skip
    """Give the run to the worker: rows are staged and then, unless `dry_run`, published.

    `columns`: corrections of a person, field → column number from 0, "" for none. `source`: its name, None for the one
    that was found; `kind`: its kind, None for the one that it has. With an `owner` that process carries the run out
    itself. Raises MissingInput, RunMovedOn.
    """
    refuse("times", times not in TIMES, "Выберите, по какому времени даты в файле: местному или московскому.")
    with transaction():
        run = get_run(run_id, *WAITS_FOR_PERSON)
        run.mapping = staging.corrected(run.mapping, columns)
        if source is not None:
            _move(run, source_name(source))
        if kind is not None:
            _set_kind(run, kind)
        missing = staging.of_regime(Columns.from_json(run.mapping), run.source.regime).missing
        refuse("mapping", missing, f"Укажите столбцы: {', '.join(missing)}. Без них загрузить нельзя.")
        run.times, run.history, run.dry_run = times, history, dry_run
        run.state = ImportState.STAGING
        run.counts, run.forecast, run.error = {}, {}, ""
        run.lease_owner, run.lease_until, run.attempts = owner, (now + LEASE if owner else None), 0
        if not dry_run:
            _remember(run)
        _log("import_check" if dry_run else "import_start", run, actor, now)
        return run


def publish_run(run_id: int, *, actor: User | None, now: datetime, history: bool | None = None) -> ImportRun:
    """After a dry run: publish the staged rows, as history or not (None: as they were checked). Raises RunMovedOn."""
    with transaction():
        run = get_run(run_id, ImportState.CHECKED)
        run.history = run.history if history is None else history
        run.state, run.dry_run = ImportState.PUBLISHING, False
        _remember(run)
        _log("import_publish", run, actor, now)
        return run


def discard_run(run_id: int, *, actor: User | None, now: datetime) -> None:
    """Delete a run that has not touched the register: file, rows, and its source if it has no other run. Raises
    RunMovedOn."""
    with transaction() as session:
        run = get_run(run_id, *WAITS_FOR_PERSON, ImportState.FAILED)
        _log("import_discard", run, actor, now)
        source = run.source
        session.execute(delete(ImportRow).where(ImportRow.run_id == run.id))
        session.delete(run)
        _drop_unused(source)
        if not _is_used(run.sha256):
            files.remove(run.sha256)


def source_name(name: str) -> str:
    """The name of a source as stored. Raises MissingInput."""
    name = " ".join(name.replace("\0", "").split()) or DEFAULT_SOURCE
    refuse("source", len(name) > LONGEST_NAME, f"Название источника длиннее {LONGEST_NAME} знаков. Сократите.")
    return name


def get_run(run_id: int, *states: ImportState) -> ImportRun:
    """The run, locked. Raises NotFound; RunMovedOn if it has another state than these. The lock lets acts on its
    messages refer to the run: they hold the message and note that the load made them late."""
    query = select(ImportRun).where(ImportRun.id == run_id).with_for_update(of=ImportRun, key_share=True)
    run = must_exist(db.session.scalars(query).one_or_none(), "Загрузка")
    if run.state not in states:
        raise RunMovedOn
    return run


def _remember(run: ImportRun) -> None:
    """Save the settings for the next file of this source with these headings; those for its other files are kept."""
    source, columns = run.source, Columns.from_json(run.mapping)
    kept = [layout for layout in layouts(source.name) if not columns.has_headings_of(layout.columns)]
    others = [layout.columns.to_json() | {"times": layout.times} for layout in kept[: MOST_LAYOUTS - 1]]
    mapping = run.mapping | ({"others": others} if others else {})
    if (source.mapping, source.times) != (mapping, run.times):
        source.mapping, source.times = mapping, run.times
        source.version += 1


def _move(run: ImportRun, name: str) -> None:
    """To another source; the one before is deleted if nothing else belongs to it."""
    if run.source.name != name:
        before, run.source = run.source, source_of(name)
        _drop_unused(before)


def _set_kind(run: ImportRun, kind: str) -> None:
    """The kind of a source of which no other run has read rows: they never change their regime. Raises MissingInput."""
    refuse("kind", kind not in set(SourceKind), "Выберите, что это за сообщения.")
    source = lock(ImportSource, run.source.id, "Источник")
    if source.kind == kind:
        return
    others = exists().where(ImportRun.source_id == source.id, ImportRun.id != run.id, ImportRun.state.in_(_READ))
    refuse(
        "kind",
        db.session.scalar(select(others | _systems_of(source))),
        f"Источник «{source.name}» уже загружали как «{source.kind.label}». Назовите другой источник.",
    )
    source.kind = SourceKind(kind)
    source.version += 1


def _systems_of(source: ImportSource) -> ColumnElement[bool]:
    return exists().where(Integrator.source_id == source.id)


def _drop_unused(source: ImportSource) -> None:
    db.session.flush()
    runs = exists().where(ImportRun.source_id == source.id)
    messages = exists().where(Message.source_id == source.id)
    if not (source.mapping or db.session.scalar(select(runs | messages | _systems_of(source)))):
        db.session.delete(source)


def _log(action: str, run: ImportRun, actor: User | None, now: datetime) -> None:
    """A command that only reads writes no row; a person's act, or a change of the register, does."""
    if actor or action in ("import_start", "import_publish"):
        record(action, at=now, actor=actor, about=run)


def _is_used(sha256: str) -> bool:
    return db.session.scalar(select(func.count(ImportRun.id)).where(ImportRun.sha256 == sha256)) != 0


def forget_file(run_id: int) -> None:
    """Delete a loaded file with names and contacts that are not taken, unless another load of it is under way."""
    run = db.session.get_one(ImportRun, run_id)
    others = select(ImportRun.id).where(
        ImportRun.sha256 == run.sha256, ImportRun.state.not_in((ImportState.DONE, ImportState.FAILED))
    )
    if run.source.regime.takes is not None and db.session.scalar(others.limit(1)) is None:
        files.remove(run.sha256)


def source_of(name: str) -> ImportSource:
    """The source of this name, made if there is none. In the caller's transaction."""
    source = db.session.scalars(select(ImportSource).where(ImportSource.name == name)).one_or_none()
    if source is None:
        source = add_row(ImportSource(name=name, mapping={}, times=TIMES[0]))
    return source


# --- Sources
def edit_source(
    source_id: int, version: int, *, name: str, times: str, columns: Mapping[str, str], form: str, actor: User | None,
    now: datetime,
) -> ImportSource:  # fmt: skip
    """Change name, time, columns or the form; `columns`: field → column number from 0, "" for none. Loaded files do not
    change. Raises MissingInput, StaleVersion."""
    refuse("name", not name.strip(), "Укажите название источника.")
    name = _free_name(name, source_id)
    refuse("times", times not in TIMES, "Выберите, по какому времени даты в файлах: местному или московскому.")
    form = form.strip()
    form_of(form)
    with unless_taken(_taken()), transaction():
        source = locked(ImportSource, source_id, version, "Источник")
        changes: dict[str, Change] = {"times": (source.times, times)}
        if source.name != name:
            changes["name"] = ("changed", True)
        if source.form != form:
            changes["form"] = ("changed", True)
        if source.mapping and columns:
            mapping = {**source.mapping, **staging.corrected(source.mapping, columns)}  # with `others`
            changes["columns"] = (_columns(source.mapping), _columns(mapping))
            source.mapping = mapping
        source.name, source.times, source.form = name, times, form
        _raise_version("edit_source", source, changes, actor, now)
        return source


def forget_columns(source_id: int, version: int, *, actor: User | None, now: datetime) -> ImportSource:
    """Find the columns of the next file as for a new source. Raises StaleVersion."""
    with transaction():
        source = locked(ImportSource, source_id, version, "Источник")
        changes: dict[str, Change] = {"columns": (_columns(source.mapping), [])}
        source.mapping = {}
        _raise_version("forget_columns", source, changes, actor, now)
        return source


def _free_name(name: str, source_id: int) -> str:
    try:
        name = source_name(name)
    except MissingInput as error:
        raise MissingInput("name", str(error)) from None
    if db.session.scalar(select(ImportSource.id).where(ImportSource.name == name, ImportSource.id != source_id)):
        raise _taken()
    return name


def _taken() -> MissingInput:
    return MissingInput("name", "Источник с таким названием уже есть. Назовите иначе.")


def _columns(mapping: Mapping[str, object]) -> list[str]:
    """Codes of fields with column numbers: headings are texts of other people and must not be in the log."""
    fields = mapping.get("fields", {})
    assert isinstance(fields, dict), "as Mapping.to_json makes it"
    return [f"{name}:{choice['column']}" for name, choice in sorted(fields.items()) if choice["column"] is not None]


def _raise_version(
    action: str, source: ImportSource, changes: Mapping[str, Change], actor: User | None, now: datetime
) -> None:
    source.version += 1
    record(
        action, at=now, actor=actor, changes={"version": (source.version - 1, source.version), **changes}, about=source
    )

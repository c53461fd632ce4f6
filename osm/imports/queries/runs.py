"""Imports for their pages: runs, progress, outcomes of rows, failed loads, sources, files that came by themselves."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, ScalarSelect, func, literal, or_, select
from sqlalchemy.orm import defer, joinedload, lazyload, selectinload

from osm.base.database import db
from osm.base.types import OfRow, is_code, of_rows, with_columns
from osm.connectors.incident_file import Mapping as Columns
from osm.connectors.incident_file.fields import given_names
from osm.models import Arrival, Event, ImportRow, ImportRun, ImportSource, ImportState, Message, RowOutcome, User
from osm.regulation.words import Role, SourceKind

# --- Runs
LIST_ROWS = 50
IMPORTS_SHOWN = 200  # rows in one part of the report; one click shows all
CELL_LENGTH = 60  # characters of one cell of a refused row

ACTIONS: dict[str, str] = {
    "import_check": "проверка запущена",
    "import_start": "загрузка запущена",
    "import_publish": "загрузка запущена",
    "import_recall": "загрузка отозвана",
    "import_mend": "строка исправлена",
}
"""Events of a run in words, for a person who came too late."""


@dataclass(frozen=True, slots=True)
class ReportRow:
    """One row of the file in a report. `message_id`: its message."""

    number: int
    reason: str
    message_id: int | None = None
    message_number: str = ""
    contents: str = ""  # the beginning of the contents of a refused row, which can be corrected


@dataclass(frozen=True, slots=True)
class RunReport:
    """Outcomes of the rows of a run, each list in the order of the sheet and perhaps cut; `counts` are complete."""

    counts: Mapping[str, int]
    rejected: tuple[ReportRow, ...]
    duplicates: tuple[ReportRow, ...]
    warnings: tuple[ReportRow, ...]  # a row with two warnings is listed twice
    warned: int  # rows with a warning, shown or not
    created: tuple[ReportRow, ...]
    updated: tuple[ReportRow, ...]  # with links to the messages; empty for a command, which shows none
    held: tuple[ReportRow, ...] = ()  # rows that wait for a person: their number belongs to another message
    changes: Mapping[str, int] = field(default_factory=dict)
    """For a run that was only checked: text, url, author, published_at → number of messages that would change."""


@dataclass(frozen=True, slots=True)
class Step:
    """Who started the run last, and when."""

    words: str
    actor: str
    at: datetime


def latest_runs(before: int | None = None) -> Sequence[ImportRun]:
    """Newest first; `before`: the id of the last run already seen."""
    query = select(ImportRun).options(
        joinedload(ImportRun.created_by), selectinload(ImportRun.arrivals), defer(ImportRun.forecast)
    )
    query = query.order_by(ImportRun.id.desc()).limit(LIST_ROWS)
    if before is not None:
        query = query.where(ImportRun.id < before)
    return db.session.scalars(query).all()


def source_names() -> tuple[str, ...]:
    """Sources with a stored mapping, the last used first."""
    query = (
        select(ImportSource.name)
        .outerjoin(ImportRun, ImportRun.source_id == ImportSource.id)
        .group_by(ImportSource.id, ImportSource.name)
        .order_by(func.max(ImportRun.id).desc(), ImportSource.name)
    )
    return tuple(db.session.scalars(query))


@dataclass(frozen=True, slots=True)
class Layout:
    """The columns and the time of former files of a source that all had the same headings."""

    source: str
    times: str
    columns: Columns


def layouts(source: str | None = None) -> list[Layout]:
    """Of this source, or of all, the last used first; `others` of a stored mapping are its layouts before."""
    query = select(ImportSource.name, ImportSource.times, ImportSource.mapping)
    if source is not None:
        query = query.where(ImportSource.name == source)
    stored = {name: (times, mapping) for name, times, mapping in db.session.execute(query) if mapping}
    names = [name for name in source_names() if name in stored]
    return [
        Layout(name, mapping.get("times", stored[name][0]), columns)
        for name in names
        for mapping in (stored[name][1], *stored[name][1].get("others", ()))
        if (columns := columns_of(mapping)) is not None
    ]


def columns_of(mapping: Mapping[str, Any]) -> Columns | None:
    """None if there is none, or if it is in a form that is no longer read."""
    try:
        return Columns.from_json(mapping) if mapping else None
    except ValueError:
        return None


@dataclass(frozen=True, slots=True)
class Likeness:
    """How the file of a run compares with former files."""

    is_as_before: bool
    """Its source had a file with these headings, which was read with these columns and by this time."""
    rivals: tuple[str, ...]  # other sources with a file with these headings
    added: tuple[str, ...]
    """Headings that the most similar file of its source did not have; empty if the file is like none."""
    lost: tuple[str, ...]  # headings that this file had and the run lacks


def likeness(run: ImportRun) -> Likeness:
    """How the file of this run compares with the former files of all sources."""
    columns, known = Columns.from_json(run.mapping), layouts()
    own = [layout for layout in known if layout.source == run.source.name]
    same = dict.fromkeys(one.source for one in known if one not in own and columns.has_headings_of(one.columns))
    names = given_names(columns.headings)
    before = [given_names(layout.columns.headings) for layout in own]
    near = max(before, key=lambda one: len(one & names), default=names)
    if len(near & names) * 2 < len(names):
        near = names  # a new kind of file: what it lacks of another one says nothing
    return Likeness(
        is_as_before=any(columns.is_like(layout.columns) and layout.times == run.times for layout in own),
        rivals=tuple(same),
        added=tuple(name for name in columns.headings if name in names - near),
        lost=tuple(sorted(near - names)),
    )


def portals_among(sources: Collection[str]) -> Sequence[str]:
    """Those of these names that are ПОС."""
    of_portal = ImportSource.kind == SourceKind.PORTAL
    return db.session.scalars(select(ImportSource.name).where(ImportSource.name.in_(sources), of_portal)).all()


def loaded_before(run: ImportRun) -> datetime | None:
    """When the same content was last loaded, before this run."""
    query = select(func.max(ImportRun.finished_at)).where(
        ImportRun.sha256 == run.sha256,
        ImportRun.id < run.id,
        is_code(ImportRun.state, ImportState.DONE),
        ImportRun.recalled_at.is_(None),
    )
    return db.session.scalar(query)


def last_step(run_id: int) -> Step | None:
    """The last start, for a second person who wanted to start it."""
    query = (
        select(Event.action, func.coalesce(User.name, ""), Event.at)
        .outerjoin(User, User.id == Event.actor_id)
        .where(Event.object_kind == "import_run", Event.object_id == run_id, Event.action.in_(ACTIONS))
        .order_by(Event.id.desc())
        .limit(1)
        .options(lazyload("*"))
    )
    found = db.session.execute(query).first()
    return Step(ACTIONS[found[0]], found[1], found[2]) if found else None


def progress(run_id: int) -> tuple[int, int]:
    """Number of rows staged, and of these the rows published."""
    counts = count_outcomes(run_id)
    return sum(counts.values()), sum(counts.values()) - counts[RowOutcome.STAGED]


def run_report(run_id: int, limit: int | None = None, *, links: bool = False) -> RunReport:
    """Outcomes, at most `limit` rows in each list. For a run that was only checked they are a forecast."""
    run = db.session.get_one(ImportRun, run_id)
    return RunReport(
        counts=dict.fromkeys((outcome.value for outcome in RowOutcome), 0) | run.counts,
        rejected=_read(run_id, RowOutcome.REJECTED, limit),
        duplicates=_read(run_id, RowOutcome.DUPLICATE, limit),
        warnings=tuple(_warnings(run_id, limit)),
        warned=db.session.scalar(select(func.count()).where(ImportRow.run_id == run_id, ImportRow.warning != "")) or 0,
        created=_read(run_id, RowOutcome.CREATED, limit) if links else (),
        updated=_read(run_id, RowOutcome.UPDATED, limit) if links else (),
        held=_held(run, limit),
        changes=run.forecast.get("changes", {}),
    )


def _held(run: ImportRun, limit: int | None) -> tuple[ReportRow, ...]:
    """From the forecast if the run was only checked."""
    if run.state is ImportState.DONE:
        return _read(run.id, RowOutcome.HELD, limit)
    return tuple(ReportRow(row["row"], row["reason"]) for row in run.forecast.get("held", ())[:limit])


def count_outcomes(run_id: int) -> dict[str, int]:
    """Number of rows by outcome, staged ones included."""
    query = select(ImportRow.outcome, func.count()).where(ImportRow.run_id == run_id).group_by(ImportRow.outcome)
    found = dict(db.session.execute(query).all())
    return {outcome.value: found.get(outcome, 0) for outcome in RowOutcome}


def _read(run_id: int, outcome: RowOutcome, limit: int | None) -> tuple[ReportRow, ...]:
    query = (
        select(
            ImportRow.row_no,
            ImportRow.reason,
            ImportRow.message_id,
            func.coalesce(Message.number, ""),
            ImportRow.payload if outcome is RowOutcome.REJECTED else literal(None),
        )
        .outerjoin(Message, Message.id == ImportRow.message_id)
        .where(ImportRow.run_id == run_id, ImportRow.outcome == outcome)
        .order_by(ImportRow.row_no)
        .limit(limit)
    )
    rows = db.session.execute(query)
    return tuple(
        ReportRow(number, reason, message, name, _contents(payload)) for number, reason, message, name, payload in rows
    )


def _contents(payload: Mapping[str, Any] | None) -> str:
    cells = [" ".join(cell.split()) for cell in (payload or {}).get("cells", ())]
    return " · ".join(cell if len(cell) <= CELL_LENGTH else cell[: CELL_LENGTH - 1] + "…" for cell in cells if cell)


def _warnings(run_id: int, limit: int | None) -> Iterator[ReportRow]:
    query = (
        select(ImportRow.row_no, ImportRow.warning, ImportRow.message_id, func.coalesce(Message.number, ""))
        .outerjoin(Message, Message.id == ImportRow.message_id)
        .where(ImportRow.run_id == run_id, ImportRow.warning != "")
        .order_by(ImportRow.row_no)
        .limit(limit)
    )
    for number, text, message_id, message_number in db.session.execute(query):
        yield from (ReportRow(number, line, message_id, message_number) for line in text.splitlines())


# --- Failed loads
FAILED_SHOWN = 3


def failed_since(since: datetime) -> Sequence[ImportRun]:
    """The latest first, at most FAILED_SHOWN."""
    failed = select(ImportRun).where(is_code(ImportRun.state, ImportState.FAILED), ImportRun.created_at >= since)
    return db.session.scalars(
        failed.order_by(ImportRun.created_at.desc(), ImportRun.id.desc()).limit(FAILED_SHOWN)
    ).all()


# --- Sources
@dataclass(frozen=True, slots=True)
class SourceLine(OfRow):
    """One source. `runs`: number of its loads."""

    row: ImportSource
    runs: int
    last_run: datetime | None


def sources(source_id: int | None = None) -> list[SourceLine]:
    """All sources, the last used first, or only this one."""
    query = (
        select(*with_columns(ImportSource, runs=func.count(ImportRun.id), last_run=func.max(ImportRun.created_at)))
        .outerjoin(ImportRun, ImportRun.source_id == ImportSource.id)
        .group_by(ImportSource.id)
        .order_by(func.max(ImportRun.id).desc(), ImportSource.name)
    )
    if source_id is not None:
        query = query.where(ImportSource.id == source_id)
    return of_rows(SourceLine, db.session.execute(query))


# --- Files that came by themselves
LOADERS = frozenset({Role.CURATOR, Role.ADMIN})  # who may load exports
_OVER = (ImportState.DONE, ImportState.FAILED)


def arrival_waits() -> ColumnElement[bool]:
    """Condition on Arrival: a person decides on its load."""
    decided = select(ImportRun.id).where(
        ImportRun.id == Arrival.run_id, ImportRun.state.in_((ImportState.UPLOADED, ImportState.CHECKED))
    )
    return Arrival.settled_at.is_(None) & Arrival.waits_since.is_not(None) & decided.exists()


def waiting(run_ids: Collection[int]) -> Sequence[Arrival]:
    """Of these runs."""
    return db.session.scalars(select(Arrival).where(Arrival.run_id.in_(run_ids), Arrival.settled_at.is_(None))).all()


def open_arrivals() -> Sequence[Arrival]:
    """Not put away yet, the oldest first."""
    return db.session.scalars(select(Arrival).where(Arrival.settled_at.is_(None)).order_by(Arrival.id)).all()


def is_open(sha256: str) -> bool:
    """Whether this content is on its way already."""
    found = select(Arrival.id).where(Arrival.sha256 == sha256, Arrival.settled_at.is_(None))
    return db.session.scalar(found) is not None


def run_of(sha256: str) -> ImportRun | None:
    """The newest run with this content that was loaded, or is still on its way."""
    counts = or_(
        ImportRun.state.not_in(_OVER), is_code(ImportRun.state, ImportState.DONE) & ImportRun.recalled_at.is_(None)
    )
    return db.session.scalar(
        select(ImportRun).where(ImportRun.sha256 == sha256, counts).order_by(ImportRun.id.desc()).limit(1)
    )


def last_load() -> ScalarSelect[datetime | None]:
    """When the newest load ended that was not recalled; a system that hands messages over is a load of its day."""
    done = (is_code(ImportRun.state, ImportState.DONE), ImportRun.recalled_at.is_(None), of_networks())
    return select(func.max(ImportRun.finished_at)).where(*done).scalar_subquery()


def of_networks() -> ColumnElement[bool]:
    """Condition on ImportRun: its messages are under the Положение."""
    return ImportRun.source_id.in_(select(ImportSource.id).where(is_code(ImportSource.kind, SourceKind.NETWORKS)))

"""The page of an import: columns and how they were found, the two readings of a date, progress, report."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from osm.base.database import db
from osm.base.errors import must_exist
from osm.base.numbers import whole
from osm.base.types import OfRow
from osm.connectors.base import ConnectorError
from osm.flow.acts.clocks import in_force
from osm.imports.acts import files, staging
from osm.imports.acts.recall import NAMED, worked_on
from osm.imports.acts.work import OLD, ChangedRow, Told, changed_rows, told
from osm.imports.queries import runs
from osm.jobs.lanes import FILES, is_late, last_beat
from osm.models import ImportRun, ImportState, RowOutcome, User
from osm.people.views import READERS
from osm.regulation.errors import MissingInput
from osm.shell.access import may
from osm.shell.form_values import Typed
from osm.topics.views import TopicHint, hints_for

MAIN = ("number", "text", "url", "network", "published_at", "received_at", "author", "author_url", "place", "topic",
        "status", "important")  # fmt: skip
"""Fields that are always shown, in this order; the others are shown on demand, and those without a column last."""

RUNNING = (ImportState.STAGING, ImportState.PUBLISHING)
OPEN = (ImportState.UPLOADED, ImportState.CHECKED)


@dataclass(frozen=True, slots=True)
class ProgressView(OfRow):
    """Progress of the run. `rows`: of the file, as far as known; `staged` of them, and `done` of these."""

    row: ImportRun
    rows: int
    staged: int
    done: int
    worker_silent_since: datetime | None
    worker_is_silent: bool
    put_off_until: datetime | None  # the database or the server was busy: the worker continues at this instant

    @property
    def is_running(self) -> bool:
        return self.row.state in RUNNING


@dataclass(frozen=True, slots=True)
class ColumnRow:
    """One field in the form: the chosen column, how it was found, and an example."""

    choice: staging.FieldChoice
    value: str
    example: str
    error: str


@dataclass(frozen=True, slots=True)
class RunPage:
    """The page of one run, ready for its templates; parts that its state does not need are empty."""

    run: ImportRun
    main: tuple[ColumnRow, ...] = ()
    others: tuple[ColumnRow, ...] = ()
    preview: staging.Preview | None = None
    fields_of_columns: tuple[str, ...] = ()
    """Above each column of the first rows: the field that it fills, or nothing."""
    times: staging.TimesExample | None = None
    loaded_before: datetime | None = None
    likeness: runs.Likeness | None = None
    sources: Sequence[str] = ()
    progress: ProgressView | None = None
    report: runs.RunReport | None = None
    hints: Mapping[int, TopicHint] = field(default_factory=dict)
    """Topics that the words of new messages without a topic suggest, by message; of the first rows only."""
    whole: bool = False
    reads_cards: bool = False
    last_step: runs.Step | None = None
    forecast: Told | None = None  # what the rows do if they are loaded now
    changed: Sequence[ChangedRow] = ()  # rows that would change what people read of a message, with old and new
    worked_on: Sequence[str] | None = None
    """Numbers of messages that people have worked on since the load; None if nothing can be recalled."""
    is_old: bool = False  # most dates among the first rows are old
    notice: str = ""
    typed: Mapping[str, str] = field(default_factory=dict)
    errors: Mapping[str, str] = field(default_factory=dict)
    unreadable: str = ""  # why the columns cannot be shown

    @property
    def rows(self) -> int:
        """Rows of the file that were read."""
        return sum(self.run.counts.values())

    @property
    def shown_source(self) -> str:
        return self.typed.get("source", self.run.source.name)

    @property
    def shown_kind(self) -> str:
        return self.typed.get("kind", self.run.source.kind)

    @property
    def is_of_networks(self) -> bool:
        return self.run.source.regime.by_regulation

    @property
    def shown_times(self) -> str:
        return self.typed.get("times", self.run.times)

    @property
    def hidden_changes(self) -> int:
        return max(len(self.forecast.changed) - len(self.changed), 0) if self.forecast and not self.whole else 0

    @property
    def shown_history(self) -> bool:
        return bool(self.typed.get("history")) if self.typed else self.run.history

    @property
    def limit(self) -> int:
        return runs.IMPORTS_SHOWN


def run_page(run_id: int, person: User, now: datetime, *, whole: bool = False, typed: Typed | None = None) -> RunPage:
    """Read what the state of the run needs; `typed`: its form was refused. Raises NotFound."""
    mistake = typed is not None and isinstance(typed.why, MissingInput)
    notice = typed.words if typed and not mistake else ""
    run = must_exist(db.session.get(ImportRun, run_id), "Загрузка")
    page = RunPage(
        run, whole=whole, notice=notice, typed=typed.values if typed and mistake else {},
        errors=typed.errors if typed and mistake else {},
        last_step=runs.last_step(run_id) if notice or run.recalled_at or run.state in RUNNING else None,
        forecast=told(run.forecast, run.finished_at or now), reads_cards=may(frozenset(READERS), person),
    )  # fmt: skip
    if run.state in RUNNING:
        return replace(page, progress=progress_view(run_id, now))
    if run.state is not ImportState.UPLOADED:
        limit = None if whole else runs.IMPORTS_SHOWN
        report = runs.run_report(run_id, limit, links=run.state is ImportState.DONE and not run.recalled_at)
        first = () if run.history else report.created[: runs.IMPORTS_SHOWN]
        page = replace(page, worked_on=_worked_on(run), changed=_changed(page, now))
        page = replace(page, report=report, hints=hints_for(row.message_id for row in first if row.message_id))
    return _with_columns(page, now) if run.state in OPEN else page


def _changed(page: RunPage, now: datetime) -> Sequence[ChangedRow]:
    """For a run that was only checked: compared with the present register."""
    if page.run.state is not ImportState.CHECKED or page.forecast is None:
        return ()
    rows = page.forecast.changed if page.whole else page.forecast.changed[: runs.IMPORTS_SHOWN]
    return changed_rows(page.run, rows, now)


def _worked_on(run: ImportRun) -> Sequence[str] | None:
    touched = any(run.counts.get(one) for one in (RowOutcome.CREATED, RowOutcome.UPDATED, RowOutcome.HELD))
    if run.state is not ImportState.DONE or run.recalled_at or not touched:
        return None
    return db.session.scalars(worked_on(run.id).limit(NAMED + 1)).all()


def progress_view(run_id: int, now: datetime) -> ProgressView | None:
    """Progress of the run; None for an unknown run."""
    run = db.session.get(ImportRun, run_id)
    if run is None:
        return None
    seen, (staged, done) = last_beat(FILES), runs.progress(run_id)
    try:
        rows = staging.preview(files.glance(run.sha256), run.mapping).count
    except ConnectorError:
        rows = staged
    return ProgressView(
        run, rows=max(rows, staged), staged=staged, done=done, worker_silent_since=seen,
        worker_is_silent=is_late(seen, now),
        put_off_until=run.lease_until if not run.lease_owner and run.lease_until and run.lease_until > now else None,
    )  # fmt: skip


def _with_columns(page: RunPage, now: datetime) -> RunPage:
    """The form of the columns with the first rows of the file."""
    like = runs.likeness(page.run)
    page = replace(page, loaded_before=runs.loaded_before(page.run), likeness=like, sources=runs.source_names())
    try:
        preview = staging.preview(files.glance(page.run.sha256), page.run.mapping)
    except ConnectorError as error:
        return replace(page, unreadable=str(error))
    rows = {choice.name: _row(choice, preview, page) for choice in preview.choices}
    others = [row for name, row in rows.items() if name not in MAIN]
    filled = {choice.column: choice.label for choice in preview.choices if choice.column is not None}
    return replace(
        page,
        preview=preview,
        main=tuple(rows[name] for name in MAIN),
        others=tuple(sorted(others, key=lambda row: not row.value)),
        fields_of_columns=tuple(filled.get(column, "") for column in range(len(preview.headings))),
        times=staging.times_example(preview, in_force().calendar.tz, now),
        is_old=staging.is_old(preview, in_force().calendar.tz, now - OLD),
    )


def _row(choice: staging.FieldChoice, preview: staging.Preview, page: RunPage) -> ColumnRow:
    stored = "" if choice.column is None else str(choice.column)
    value = page.typed.get(f"field-{choice.name}", stored)
    if value != stored:  # a person's choice that was refused: nobody found it
        choice = replace(choice, column=whole(value), how="")
    return ColumnRow(choice, value, preview.example(choice.column), page.errors.get(choice.name, ""))

"""The work on an import: a process takes a run under a lease, stages its file and publishes its rows in slices (design
§6).

Each step renews the lease in its own transaction, so a process that lost the lease can no longer write.
"""

import logging
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from statistics import median_high
from typing import Any

from sqlalchemy import delete, select, update

from osm.base import database
from osm.base.database import db
from osm.base.errors import ServiceError
from osm.base.transaction import Pace, give_up, is_passing, transaction
from osm.connectors.base import ConnectorError, SourceState
from osm.imports.acts import files, mending, publishing, recall, staging
from osm.imports.acts.held import route_due
from osm.imports.acts.runs import LEASE, forget_file
from osm.imports.queries.runs import count_outcomes
from osm.log.acts.record import record
from osm.models import EditionKind, ImportRow, ImportRun, ImportState, RowOutcome

# --- The forecast of a load
OLD = timedelta(days=3)  # a deadline missed by more is not the backlog of a morning or a weekend: the row is old
MOST = 500  # changed rows shown before the load


@dataclass
class Forecast:
    """The forecast for the staged rows of a run."""

    outcomes: dict[RowOutcome, int] = field(default_factory=dict)
    opened: int = 0  # new messages that would start a clock of П.7
    received: list[datetime] = field(default_factory=list)  # receipt of the new messages
    missed: list[datetime] = field(default_factory=list)  # deadlines of П.7 that have passed

    changes: Counter[str] = field(default_factory=Counter)
    """Name in TOLD → number of messages that would change."""
    changed: list[int] = field(default_factory=list)  # numbers of rows that would change a message in any way
    held: list[dict[str, Any]] = field(default_factory=list)
    """Rows with the number of another message, each with the reason."""
    first: set[str] = field(default_factory=set)  # keys of the new messages

    def add(self, one: recall.Prediction, now: datetime, *, has_clocks: bool) -> None:
        incoming, outcome = one.incoming, one.outcome
        self.outcomes[outcome] = self.outcomes.get(outcome, 0) + 1
        if outcome is RowOutcome.HELD:
            self.held.append({"row": one.row.number, "reason": one.reason})
        if one.found is not None and one.found.told:
            self.changed.append(one.row.number)
            self.changes.update(one.found.changes)
        if outcome is not RowOutcome.CREATED:
            return
        received = incoming.received_at or incoming.published_at or now
        self.received.append(received)
        if has_clocks and incoming.state is SourceState.OPEN:
            self.opened += 1
            due = route_due(received)
            if due is not None and due < now:
                self.missed.append(due)

    def as_json(self, now: datetime) -> dict[str, Any]:
        told: dict[str, Any] = {"opened": self.opened}
        told |= {"changes": dict(self.changes), "changed": self.changed[:MOST], "held": self.held}
        if self.received:
            told |= {"first": min(self.received).isoformat(), "last": max(self.received).isoformat()}
        if self.missed:
            # Of two in the middle the later one.
            told |= {"overdue": len(self.missed), "most_due": min(self.missed).isoformat()}
            told["usual_due"] = median_high(self.missed).isoformat()
            told["old"] = sum(due < now - OLD for due in self.missed)
        return told


@dataclass(frozen=True, slots=True)
class Told:
    """The stored forecast of a run, for its page."""

    rows: int
    profiles: int  # rows with the address of their author
    opened: int
    first: datetime | None
    last: datetime | None
    overdue: int
    most_late: timedelta  # how long ago the first was due when the file was read
    usually_late: timedelta
    changes: Mapping[str, int]  # text, url, author, published_at → number of messages that would change
    changed: Sequence[int]  # the first MOST rows that change a message
    expected: Mapping[str, int]
    """Outcome → rows, as the check has found it; empty if there was none, and after a load that did just that."""
    proposes_history: bool  # whether most new messages would be late by more than OLD: an old file


@dataclass(frozen=True, slots=True)
class ChangedRow:
    """A row of the sheet and its changes to the message, old and new."""

    number: int
    message_id: int
    message_number: str
    told: Mapping[str, tuple[str, str]]
    kind: EditionKind


def told(forecast: Mapping[str, Any], now: datetime) -> Told | None:
    """The forecast for the page; None for a run that was read by a version without forecasts."""
    if not forecast:
        return None
    moments = {name: datetime.fromisoformat(forecast[name]) for name in _MOMENTS if name in forecast}
    opened = forecast.get("opened", 0)
    return Told(
        rows=forecast["rows"], profiles=forecast["profiles"], opened=opened, first=moments.get("first"),
        last=moments.get("last"), overdue=forecast.get("overdue", 0), most_late=now - moments.get("most_due", now),
        usually_late=now - moments.get("usual_due", now), changes=forecast.get("changes", {}),
        changed=forecast.get("changed", ()), expected=forecast.get("expected", {}),
        proposes_history=forecast.get("old", 0) * 2 > opened,
    )  # fmt: skip


_MOMENTS = ("first", "last", "most_due", "usual_due")


def changed_rows(run: ImportRun, numbers: Sequence[int], now: datetime) -> list[ChangedRow]:
    """The changes that these staged rows would make now, in the order of the sheet."""
    rows, by_link = recall.staged_at(run.id, numbers), mending.entered_by_hand(now)
    regime = run.source.regime
    predicted = recall.predict(rows, by_link, history=run.history, first=set(), regime=regime, now=now)
    return [
        ChangedRow(one.row.number, one.message.id, one.message.number, one.found.told, one.found.kind)
        for one in predicted
        if one.message is not None and one.found is not None and one.found.told
    ]


# --- The work
log = logging.getLogger(__name__)

READING = timedelta(seconds=180)
"""The lease while the file is read: the reader may take two minutes before the first row comes."""
PUT_OFF = timedelta(seconds=60)  # how long a run rests after an error that its file did not cause
MOST_TRIES = 5  # tries without progress, after an error of ours or the end of a process; then the run fails

_UNEXPECTED = (
    "Загрузка остановлена ошибкой программы, ничего не загружено. "
    "Повторите; если не поможет, сообщите администратору время."
)
_NOT_REACHED = (
    "До этой строки загрузка не дошла: её остановила ошибка программы. Загрузите файл ещё раз: загруженное не "
    "повторится. Если не поможет, сообщите администратору время."
)

_IS_UNDER_WAY = ImportRun.state.in_((ImportState.STAGING, ImportState.PUBLISHING))

Clock = Callable[[], datetime]


class LeaseLost(ServiceError):
    """Another worker holds the run now."""


class Stopped(Exception):
    """The process is to end; the next one repeats what it had begun."""


def run(owner: str, clock: Clock, pace: Pace | None = None) -> int:
    """Work on every run that waits and that no other process holds; returns how many. The worker calls it repeatedly.
    An unexpected error puts its run off and is raised after the other runs."""
    pace = pace or Pace()
    seen: set[int] = set()
    failed: Exception | None = None
    while pace.may_continue() and (run_id := _claim(owner, clock(), pace, seen)) is not None:
        seen.add(run_id)
        try:
            if not _given_up(run_id, owner, clock()):
                carry_out(run_id, owner, clock, pace)
        except Exception as error:
            failed = failed or error
    if failed:
        raise failed
    return len(seen)


def is_under_way() -> bool:
    """Whether any process reads or publishes an import."""
    return db.session.scalar(select(ImportRun.id).where(_IS_UNDER_WAY).limit(1)) is not None


def carry_out(run_id: int, owner: str, clock: Clock, pace: Pace | None = None) -> None:
    """Stage and publish one claimed run. A failure before publication stores only the reason."""
    pace = pace or Pace()
    try:
        if _state(run_id) is ImportState.STAGING:
            _stage(run_id, owner, clock, pace)
        if _state(run_id) is ImportState.PUBLISHING:
            publish_staged(run_id, owner, clock, pace)
    except LeaseLost:
        log.warning("import run taken over by another worker", extra={"run": run_id})
    except Stopped:
        _let_go(run_id, owner, clock(), attempts=0)
    except ConnectorError as error:
        _fail(run_id, owner, clock(), str(error))
    except Exception as error:
        give_up()
        if _state(run_id) is ImportState.STAGING and not is_passing(error):
            log.exception("import run failed", extra={"run": run_id})
            _fail(run_id, owner, clock(), _UNEXPECTED)
        else:
            # A passing error does not count as a try.
            _let_go(run_id, owner, clock(), rest=PUT_OFF, attempts=0 if is_passing(error) else None)
            raise


@contextmanager
def held(run_id: int, owner: str, now: datetime, lease: timedelta = LEASE) -> Iterator[ImportRun]:
    """A transaction on a run that we hold, which renews the lease. Raises LeaseLost."""
    with transaction() as session:
        ours = session.scalar(
            update(ImportRun)
            .where(ImportRun.id == run_id, ImportRun.lease_owner == owner)
            .values(lease_until=now + lease)
            .returning(ImportRun.id)
        )
        if ours is None:
            raise LeaseLost("Загрузку ведёт другой процесс.")
        yield session.get_one(ImportRun, run_id)


def _claim(owner: str, now: datetime, pace: Pace, seen: set[int]) -> int | None:
    """Claim the oldest free run. Checks first without the write lock, because mostly there is none."""
    waiting = (
        select(ImportRun.id, ImportRun.lease_owner, ImportRun.lease_until).where(_IS_UNDER_WAY).order_by(ImportRun.id)
    )
    for run_id, holder, until in db.session.execute(waiting).all():
        is_held = until is not None and until >= now and holder != owner and not (holder and pace.is_gone(holder))
        if run_id in seen or is_held:
            continue
        with transaction() as session:
            taken: int | None = session.scalar(
                update(ImportRun)
                .where(
                    ImportRun.id == run_id,
                    _IS_UNDER_WAY,
                    ImportRun.lease_owner == holder,
                    ImportRun.lease_until.is_not_distinct_from(until),
                )
                .values(lease_owner=owner, lease_until=now + LEASE, attempts=ImportRun.attempts + 1)
                .returning(ImportRun.id)
            )
        if taken is not None:
            return taken
    return None


def _stage(run_id: int, owner: str, clock: Clock, pace: Pace) -> None:
    with held(run_id, owner, clock(), READING) as run:
        # An interrupted staging is incomplete: start again.
        db.session.execute(delete(ImportRow).where(ImportRow.run_id == run_id))
        regime, history = run.source.regime, run.history
        batches = staging.staged_rows(files.path_of(run.sha256), run.mapping, run.times, run_id, clock(), regime)
        is_forecast = run.dry_run or run.created_by_id is not None  # a command that loads shows none
    seen: dict[str, Any] = {"rows": 0, "profiles": 0}
    found, now = Forecast(), clock()
    by_link = mending.entered_by_hand(now)
    with closing(batches):
        for rows in batches:
            if not pace.may_continue():
                raise Stopped
            with held(run_id, owner, clock()):
                database.write_rows(ImportRow, rows)
            staged = [
                publishing.Staged(0, row["row_no"], row["warning"], row["payload"])
                for row in rows
                if row["outcome"] is RowOutcome.STAGED
            ]
            seen["rows"] += len(staged)
            seen["profiles"] += sum(bool(row.payload["author_url"]) for row in staged)
            if is_forecast:
                for one in recall.predict(staged, by_link, history=history, first=found.first, regime=regime, now=now):
                    found.add(one, now, has_clocks=regime.by_regulation)
    with held(run_id, owner, clock()) as run:
        counts = count_outcomes(run_id)
        if run.dry_run:
            counts |= {outcome.value: counts[outcome] + number for outcome, number in found.outcomes.items()}
            counts[RowOutcome.STAGED.value] = 0
            seen["expected"] = counts
        run.counts, run.forecast = counts, seen | found.as_json(now)
        run.state = ImportState.CHECKED if run.dry_run else ImportState.PUBLISHING
        if run.dry_run:
            run.lease_owner, run.lease_until = "", None


def publish_staged(run_id: int, owner: str, clock: Clock, pace: Pace) -> None:
    until = time.monotonic() + pace.seconds
    behind = -1
    while pace.may_continue() and time.monotonic() < until:
        now = clock()
        with held(run_id, owner, now) as run:
            last = publishing.publish_slice(run, now=now, behind=behind)
            run.attempts = 1  # progress was made
            if last is None:
                _finish(run, ImportState.DONE, now)
        if last is None:
            database.analyze(sum(count_outcomes(run_id).values()))
            forget_file(run_id)
            return
        behind = last
    raise Stopped


def _finish(run: ImportRun, state: ImportState, now: datetime, error: str = "") -> None:
    """Called inside the transaction of the last step."""
    db.session.flush()
    run.state, run.error, run.finished_at = state, error, now
    run.counts = count_outcomes(run.id)
    if run.forecast.get("expected") == run.counts:
        run.forecast = {name: value for name, value in run.forecast.items() if name != "expected"}
    run.lease_owner, run.lease_until = "", None
    changes = {name: (0, number) for name, number in run.counts.items() if number}
    record(f"import_{state}", at=now, actor=run.created_by, about=run, changes=changes)


def _given_up(run_id: int, owner: str, now: datetime) -> bool:
    """Whether it had MOST_TRIES without progress; the remaining rows are then refused."""
    run = db.session.get_one(ImportRun, run_id)
    if run.attempts <= MOST_TRIES:
        return False
    if run.state is ImportState.STAGING:
        _fail(run_id, owner, now, _UNEXPECTED)
        return True
    with held(run_id, owner, now) as run:
        left = update(ImportRow).where(ImportRow.run_id == run_id, ImportRow.outcome == RowOutcome.STAGED)
        db.session.execute(left.values(outcome=RowOutcome.REJECTED, reason=_NOT_REACHED, payload={}))
        _finish(run, ImportState.DONE, now)
    return True


def _fail(run_id: int, owner: str, now: datetime, error: str) -> None:
    with held(run_id, owner, now) as run:
        db.session.execute(delete(ImportRow).where(ImportRow.run_id == run_id))
        _finish(run, ImportState.FAILED, now, error)


def _let_go(
    run_id: int, owner: str, now: datetime, *, rest: timedelta | None = None, attempts: int | None = None
) -> None:
    """Release the run, for the next process at once or for all after a rest."""
    values = {"lease_owner": "", "lease_until": now + rest if rest else None}
    with transaction() as session:
        session.execute(
            update(ImportRun)
            .where(ImportRun.id == run_id, ImportRun.lease_owner == owner)
            .values(values | ({} if attempts is None else {"attempts": attempts}))
        )


def _state(run_id: int) -> ImportState | None:
    return db.session.scalar(select(ImportRun.state).where(ImportRun.id == run_id))

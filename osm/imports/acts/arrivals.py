"""Exports that come by themselves: a known layout is loaded as after three presses of a person, the rest waits for one.

Each step is read from the state of the run, so a process that is killed between two steps is followed by the next one.
"""

import tempfile
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import update
from sqlalchemy.exc import IntegrityError

from osm.base.database import db
from osm.base.errors import ServiceError
from osm.base.transaction import transaction
from osm.connectors.incident_file.book import READING_PREFIX
from osm.files.acts.files import shown_name
from osm.files.acts.scanning import refuse_infected
from osm.imports.acts import files, runs
from osm.imports.queries.runs import is_open, last_step, likeness, open_arrivals, run_of, waiting
from osm.log.acts.record import record
from osm.models import Arrival, CameBy, ImportRun, ImportState

WAITS, REFUSED = "arrival_waits", "arrival_refused"  # acts of the log that the curators are reminded of

UNSCANNED = "проверка на вирусы (OSM_SCAN_COMMAND) не отвечает, выгрузки ждут"

_DISCARDED = "Загрузку отменил человек. Чтобы загрузить файл, положите его снова."


@dataclass(frozen=True, slots=True)
class End:
    """How it ended. `run`: the load that is done; without one `reason` says why."""

    arrival_id: int
    way: CameBy
    sha256: str
    reason: str
    run: ImportRun | None = None


class Known(ServiceError):
    """The same content is loaded or on its way. `run`: its load; None if it was just discarded, or has failed."""

    def __init__(self, run: ImportRun | None) -> None:
        super().__init__("Этот файл уже есть.")
        self.run = run


def take(content: bytes, filename: str, way: CameBy, *, now: datetime, source: str | None = None) -> ImportRun:
    """Begin the load of a file. Raises ConnectorError, MissingInput, NotClean, ScannerDown; Known: nothing was done."""
    digest = files.digest_of(content)
    _must_be_new(digest)
    name = shown_name(filename, "выгрузка")
    with tempfile.NamedTemporaryFile(prefix=READING_PREFIX, dir=files.room()) as kept:
        kept.write(content)
        kept.flush()
        refuse_infected(Path(kept.name), name)
    try:
        return runs.upload_file(name, content, source=source, actor=None, now=now, by_hand=True, way=way)
    except IntegrityError:  # the same file came twice at once
        _must_be_new(digest)
        raise


def _must_be_new(digest: str) -> None:
    run = run_of(digest)
    if run is not None or is_open(digest):
        raise Known(run)


def what_follows(run: ImportRun) -> str:
    """What becomes of a load, in words for who handed its file over."""
    if run.state is ImportState.DONE:
        return "Загружено."
    arrival = next(iter(waiting([run.id])), None)
    if arrival is None:
        return "Этот файл загружает человек."
    reason = arrival.reason
    if run.state is ImportState.UPLOADED and not likeness(run).is_as_before:
        reason = reason or _why_unknown(run)
    return f"Ждёт человека. {reason}" if reason else "Загрузится само, если среди строк нет спорных."


def advance(now: datetime) -> tuple[list[End], int]:
    """Do the next step of each open arrival; those that have ended, and the number of steps."""
    ends, steps = [], 0
    for arrival in open_arrivals():
        run, waits = arrival.run, arrival.waits_since is not None
        by_hand = run_of(arrival.sha256) if run is None or waits else None
        if by_hand is not None and by_hand != run and by_hand.state is ImportState.DONE:
            ends.append(End(arrival.id, arrival.way, arrival.sha256, "", by_hand))
            if run is not None:
                with suppress(runs.RunMovedOn):
                    runs.discard_run(run.id, actor=None, now=now)
        elif run is None:
            ends.append(End(arrival.id, arrival.way, arrival.sha256, _DISCARDED))
        elif run.state is ImportState.DONE:
            ends.append(End(arrival.id, arrival.way, arrival.sha256, "", run))
        elif run.state is ImportState.FAILED:
            ends.append(End(arrival.id, arrival.way, arrival.sha256, run.error))
        elif run.state in runs.WAITS_FOR_PERSON and not waits:
            steps += 1
            with suppress(runs.RunMovedOn):  # a person was quicker; the next round sees what he did
                _step(arrival, run, now)
    return ends, steps


def settle(ends: list[End], now: datetime) -> None:
    """They are put away: the same content is a new arrival from now on."""
    if ends:
        with transaction() as session:
            done = update(Arrival).where(Arrival.id.in_([end.arrival_id for end in ends]))
            session.execute(done.values(settled_at=now))


def note_refused(now: datetime) -> None:
    """In the log, by which the curators are told: the reason is beside the file."""
    with transaction():
        record(REFUSED, at=now, actor=None, object_kind="import_arrival")


def _step(arrival: Arrival, run: ImportRun, now: datetime) -> None:
    step = last_step(run.id)
    if step is not None and step.actor:
        _hand_over(arrival.id, "Столбцы уже проверяет человек.", now)
    elif run.state is ImportState.UPLOADED:
        runs.check_at_once(run.id, actor=None, now=now, is_chosen=arrival.way is CameBy.API)
        run = db.session.get_one(ImportRun, run.id)
        if run.state is ImportState.UPLOADED:
            _hand_over(arrival.id, _why_unknown(run), now)
    elif reason := _conflict(run):
        _hand_over(arrival.id, reason, now)
    else:
        runs.publish_run(run.id, actor=None, now=now)


def _why_unknown(run: ImportRun) -> str:
    found = likeness(run)
    if found.is_as_before:
        return "Такие файлы есть у нескольких источников: выберите свой."
    if found.added or found.lost:
        return "Столбцы изменились: проверьте их."
    return "Таких столбцов ещё не было: проверьте их."


def _conflict(run: ImportRun) -> str:
    """Why a person looks before it is loaded; empty: nothing speaks against it."""
    if run.forecast.get("held"):
        return "Под номерами файла уже есть другие сообщения."
    if run.counts.get("rejected"):
        return "Часть строк не принята."
    if run.forecast.get("old", 0) * 2 > run.forecast.get("opened", 0):
        return "Сообщения старые: решите, история ли это."
    return ""


def _hand_over(arrival_id: int, reason: str, now: datetime) -> None:
    with transaction() as session:
        free = (Arrival.id == arrival_id, Arrival.waits_since.is_(None), Arrival.run_id.is_not(None))
        waits = update(Arrival).where(*free).values(waits_since=now, reason=reason).returning(Arrival.run_id)
        run_id = session.scalar(waits.execution_options(synchronize_session=False))
        if run_id is not None:
            record(WAITS, at=now, actor=None, about=session.get_one(ImportRun, run_id))

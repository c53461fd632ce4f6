"""The worker's rounds: every job claims the rows that are due and leaves the rest; a round can be repeated at will."""

from __future__ import annotations

import logging
import os
import socket
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from math import isinf

from osm.clock import SystemClock, current_now
from osm.extensions import db
from osm.services.blacklist import decisions
from osm.services.clocks import breaches, recomputing
from osm.services.files import waiting_files
from osm.services.imports import files, work
from osm.services.keeping import nightly
from osm.services.log import sealing
from osm.services.pace import Pace
from osm.services.reading import comment_checks, copies, repeats, rules_in_force, search_index, verdicts
from osm.services.staff import logins
from osm.store.models import WorkerBeat
from osm.store.transaction import transaction

log = logging.getLogger(__name__)

WORKER = "worker"
"""The name under which the worker shows that it lives; /readyz reads it."""

PROCESS = f"{socket.gethostname()}:{os.getpid()}"
"""Who holds a lease: another process never has the same name while this one lives."""

INDEX_SECONDS = 0.5
"""What search, repeats and copies each take of a round: an import of thousands goes on meanwhile and is read later."""

BESIDE_AN_IMPORT_SECONDS = 0.15
"""The same in a round that has gone on with an import: what it enters is to be read anyway, after the last row."""

BEAT_SECONDS = 15
"""The beat is written no more often than this: a row a second would only wear the disk."""


@dataclass(frozen=True)
class Job:
    """`run(now, pace)` does what is due and returns how many rows it took up; `pace` is for what may take long."""

    name: str
    run: Callable[[datetime, Pace], int]


def is_gone(owner: str) -> bool:
    """Whether the process with this name has surely ended: it was one of this machine, and there is none now."""
    host, _, number = owner.rpartition(":")
    if host != socket.gethostname() or not number.isdigit() or os.name != "posix":
        return False
    try:
        os.kill(int(number), 0)
    except ProcessLookupError:
        return True
    except OSError:
        return False
    return False


def _terms(now: datetime, pace: Pace) -> int:
    return recomputing.recompute_outdated(now, pace.goes_on)


def _breaches(now: datetime, _pace: Pace) -> int:
    return breaches.record_breaches(now)


def _imports(_now: datetime, pace: Pace) -> int:
    # An import may outlast its round: its lease is renewed by the clock, not by the instant of the round.
    return work.take_up(PROCESS, current_now, pace)


def index_seconds(pace: Pace) -> float:
    return min(pace.seconds, BESIDE_AN_IMPORT_SECONDS if pace.beside_import else INDEX_SECONDS)


def _search(now: datetime, pace: Pace) -> int:
    return search_index.read_due(now, goes_on=pace.goes_on, seconds=index_seconds(pace))


def _rules(_now: datetime, _pace: Pace) -> int:
    return rules_in_force.follow()


def _verdicts(now: datetime, pace: Pace) -> int:
    return verdicts.read_due(now, goes_on=pace.goes_on, seconds=index_seconds(pace))


def _comments(now: datetime, pace: Pace) -> int:
    seconds = pace.seconds if isinf(pace.seconds) else INDEX_SECONDS
    return comment_checks.read_due(now, owner=PROCESS, is_gone=pace.is_gone, goes_on=pace.goes_on, seconds=seconds)


def _blacklist(now: datetime, _pace: Pace) -> int:
    return decisions.take_up(now)


def _repeats(now: datetime, pace: Pace) -> int:
    return repeats.read_due(now, goes_on=pace.goes_on, seconds=index_seconds(pace))


def _copies(now: datetime, pace: Pace) -> int:
    return copies.read_due(now, goes_on=pace.goes_on, seconds=index_seconds(pace))


def _sessions(now: datetime, _pace: Pace) -> int:
    return logins.remove_expired_sessions(now)


def _waiting_files(_now: datetime, _pace: Pace) -> int:
    # Files bear the time of the computer: by OSM_NOW another process's folder, in use, could look old.
    now = SystemClock().now()
    return waiting_files.remove_old(now) + files.remove_leftovers(now)


def _backup(now: datetime, pace: Pace) -> int:
    return nightly.take_up(now, pace)


def _seals(now: datetime, _pace: Pace) -> int:
    return sealing.seal_events(now)


JOBS: tuple[Job, ...] = (
    Job("terms", _terms),  # before the breaches: nobody is judged by a calendar that is no longer in force
    Job("breaches", _breaches),
    Job("imports", _imports),
    Job("rules", _rules),  # before the checks: what other words have judged is judged anew in the same round
    Job("comments", _comments),
    Job("verdicts", _verdicts),
    Job("search", _search),
    Job("repeats", _repeats),
    Job("blacklist", _blacklist),
    Job("copies", _copies),
    Job("sessions", _sessions),
    Job("files", _waiting_files),
    Job("backup", _backup),
    Job("seals", _seals),  # last: what the round itself has logged is sealed with it
)


def run_due(now: datetime, pace: Pace | None = None) -> dict[str, int]:
    """One round of all jobs, in their order: job → rows. A job that fails is logged and does not stop the others.

    `pace` bounds what a long job may take of the round; without it each is carried to its end.
    Raises the first error after the round, so that the command `osm tick` ends with it.
    """
    pace = pace or Pace(is_gone=is_gone)
    done: dict[str, int] = {}
    failed: Exception | None = None
    for job in JOBS:
        try:
            done[job.name] = job.run(now, pace)
            if job.name == "imports" and done[job.name]:
                pace = replace(pace, beside_import=True)
        except Exception as error:
            db.session.rollback()
            log.exception("job failed", extra={"job": job.name})
            failed = failed or error
    beat(now)
    if failed is not None:
        raise failed
    return done


def beat(now: datetime) -> None:
    """Say that the worker lives."""
    last = db.session.get(WorkerBeat, WORKER)
    if last is not None and 0 <= (now - last.at).total_seconds() < BEAT_SECONDS:
        return
    with transaction() as session:
        session.merge(WorkerBeat(name=WORKER, at=now))

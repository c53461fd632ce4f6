"""The worker's rounds: every job claims the rows that are due and leaves the rest; a round can be repeated at will."""

from __future__ import annotations

import logging
import os
import socket
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from osm.clock import current_now
from osm.extensions import db
from osm.services import import_runs, logins
from osm.store.models import WorkerBeat
from osm.store.transaction import transaction

log = logging.getLogger(__name__)

WORKER = "worker"
"""The name under which the worker shows that it lives; /readyz reads it."""

PROCESS = f"{socket.gethostname()}:{os.getpid()}"
"""Who holds a lease: another process never has the same name while this one lives."""

BEAT_SECONDS = 15
"""The beat is written no more often than this: a row a second would only wear the disk."""


@dataclass(frozen=True)
class Job:
    """`run(now)` does what is due and returns how many rows it took up."""

    name: str
    run: Callable[[datetime], int]


def _imports(_now: datetime) -> int:
    # An import may outlast its round: its lease is renewed by the clock, not by the instant of the round.
    return import_runs.take_up(PROCESS, current_now)


JOBS: tuple[Job, ...] = (Job("imports", _imports), Job("sessions", logins.remove_expired_sessions))


def run_due(now: datetime) -> dict[str, int]:
    """One round of all jobs, in their order: job → rows. A job that fails is logged and does not stop the others.

    Raises the first error after the round, so that the command `osm tick` ends with it.
    """
    done: dict[str, int] = {}
    failed: Exception | None = None
    for job in JOBS:
        try:
            done[job.name] = job.run(now)
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

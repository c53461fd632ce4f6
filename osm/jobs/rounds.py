"""Rounds: the jobs of one lane in its thread, or of all lanes in `osm tick`, one after the other."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from datetime import datetime

from osm.jobs import lanes
from osm.jobs.beats import beat
from osm.jobs.lanes import LANES, Job, Lane
from osm.jobs.lease import is_gone
from osm.reminders.acts import mailing
from osm.services.pace import Pace
from osm.store.transaction import give_up

log = logging.getLogger(__name__)


def run_due(now: datetime) -> dict[str, int]:
    """For `osm tick`: one complete round of all jobs in their order; job → rows.

    Raises the first error after the round, so that the command fails.
    """
    done, failed = _run(lanes.JOBS, LANES, now, Pace(is_gone=is_gone))
    if failed is not None:
        raise failed
    return done


def run_lane(lane: Lane, now: datetime, pace: Pace) -> dict[str, int]:
    """One round of the jobs of this lane: job → rows. `pace` limits each job."""
    done, _failed = _run([job for job in lanes.JOBS if job.lane is lane], [lane], now, pace)
    return done


def _run(jobs: Iterable[Job], of: Iterable[Lane], now: datetime, pace: Pace) -> tuple[dict[str, int], Exception | None]:
    """Job → rows, and the first error: a failing job is logged and does not stop the others."""
    done: dict[str, int] = {}
    failed: Exception | None = None
    for job in jobs:
        try:
            rows = job.run_if_due(now, pace)
            done[job.name] = rows or 0
            if rows is not None:  # a job that did not run says nothing about its trouble
                mailing.end_trouble(job.name)
        except Exception as error:
            give_up()
            log.exception("job failed", extra={"job": job.name})
            failed = failed or error
            _note(job, now)
    for lane in of:
        beat(lane, now)
    return done, failed


def _note(job: Job, now: datetime) -> None:
    """Note the trouble; if that fails too (a full disk), only the technical log has it."""
    try:
        mailing.note_trouble(job.name, now)
    except Exception:
        give_up()
        log.exception("trouble not noted", extra={"job": job.name})

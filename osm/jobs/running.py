"""The worker process: each lane in its own thread, until the process is stopped; and one round of all."""

import logging
import signal
import sys
import time
from collections.abc import Iterable
from datetime import datetime
from threading import Event, Thread

from flask import Flask

from osm.base import supervised
from osm.base.application import application, current_now
from osm.base.supervised import TIME_TO_STOP, Stop, end_with_supervisor
from osm.base.transaction import Pace, give_up, in_background, put_away
from osm.jobs import lanes
from osm.jobs.lanes import LANES, Job, Lane, beat
from osm.jobs.lease import LaneLease, is_gone
from osm.reminders.acts import mailing


# --- Rounds
def run_due(now: datetime) -> dict[str, int]:
    """For `osm tick`: one complete round of all jobs in their order; job → rows. Raises the first error after the
    round, so that the command fails."""
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


log = logging.getLogger(__name__)

PAUSE_SECONDS = 1.0  # between two rounds of a lane without further work
REST = 9  # a lane that gives way rests so many times as long as it has worked
LOOK_SECONDS = 0.2


def run(app: Flask) -> None:
    """Run all lanes until a signal stops the process; if a lane ends without that, the process ends with status 1. The
    supervisor then starts it again."""
    end_with_supervisor()
    supervised.configure(logging.INFO if application(app).settings.is_production else logging.WARNING)
    asked = Stop()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, asked.on_signal)
    log.info("worker started")
    stop = Event()
    threads = [Thread(target=keep_going, args=(app, lane, stop), name=lane.name, daemon=True) for lane in LANES]
    for thread in threads:
        thread.start()
    while all(thread.is_alive() for thread in threads) and not asked.wait(LOOK_SECONDS):
        pass
    stop.set()
    # A lane that does not end in time ends with the process, before the supervisor kills it.
    until = time.monotonic() + TIME_TO_STOP - 3
    for thread in threads:
        thread.join(max(0.0, until - time.monotonic()))
    log.info("worker stopped")
    if not asked.asked:
        sys.exit(1)


def keep_going(app: Flask, lane: Lane, stop: Event) -> None:
    try:
        with in_background(), app.app_context(), LaneLease(app, lane.name) as lease:
            work(lane, lease, stop)
    except BaseException:
        log.exception("lane ended", extra={"lane": lane.name})


def work(lane: Lane, lease: LaneLease, stop: Event) -> None:
    """Run rounds while the lease is held."""

    def may_continue() -> bool:
        beat(lane, current_now())
        return lease.held and not stop.is_set()

    pace = Pace(may_continue=may_continue, is_gone=is_gone, seconds=lane.seconds)
    had = False
    while not stop.is_set():
        begun, pause = time.monotonic(), PAUSE_SECONDS
        try:
            has = lease.held  # asked once, because its thread may renew it in between
            if has and not had:
                mailing.forget_troubles()  # another worker may have noted or ended some
                lane.begin()
            had = has
            if has and any(run_lane(lane, current_now(), pace).values()) and lane.seconds < float("inf"):
                pause = REST * (time.monotonic() - begun) if lane.gives_way() else 0
        except Exception:
            log.exception("round failed", extra={"lane": lane.name})  # the next round tries again
        finally:
            put_away()
        stop.wait(pause)
    if had:
        lane.end()
        put_away()

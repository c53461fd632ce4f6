"""The worker process: each lane in its own thread, until the process is stopped."""

from __future__ import annotations

import logging
import signal
import sys
import time
from threading import Event, Thread

from flask import Flask

from osm import logs
from osm.clock import current_now
from osm.jobs.beats import beat
from osm.jobs.lanes import LANES, Lane
from osm.jobs.lease import LaneLease, is_gone
from osm.jobs.rounds import run_lane
from osm.services.pace import Pace
from osm.store.transaction import in_background, put_away
from osm.supervised import TIME_TO_STOP, Stop, end_with_supervisor

log = logging.getLogger(__name__)

PAUSE_SECONDS = 1.0
"""Between two rounds of a lane without further work."""
REST = 4
"""A lane that gives way rests so many times as long as it has worked."""
LOOK_SECONDS = 0.2


def run(app: Flask) -> None:
    """Run all lanes until a signal stops the process; if a lane ends without that, the process ends with status 1.

    The supervisor then starts it again.
    """
    end_with_supervisor()
    logs.configure(logging.INFO if app.extensions["osm_settings"].is_production else logging.WARNING)
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
    """The thread of a lane, with its own session."""
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
                lane.begin()
            had = has
            if has and any(run_lane(lane, current_now(), pace).values()) and lane.seconds < float("inf"):
                pause = REST * (time.monotonic() - begun) if lane.gives_way() else 0
        except Exception:
            log.exception("round failed", extra={"lane": lane.name})  # the next round tries again
        finally:
            put_away()
        stop.wait(pause)

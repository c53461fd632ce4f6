"""The lease of the worker: of several that were started, one works; the others wait until it ends or falls silent."""

from __future__ import annotations

import logging
import threading
import time
from datetime import timedelta
from types import TracebackType

from flask import Flask

from osm.clock import SystemClock
from osm.extensions import db
from osm.jobs import PROCESS, WORKER, is_gone
from osm.services import leases

log = logging.getLogger(__name__)

LENGTH = timedelta(seconds=20)
RENEW_SECONDS = 5.0
ASK_SECONDS = 1.0
"""How often one that waits looks whether it may begin."""


class WorkerLease:
    """`with WorkerLease(app) as lease`: takes the lease and renews it in a thread, whatever the worker is busy with.

    It is about processes, so it goes by the computer's clock also where OSM_NOW lets that of the office stand.
    """

    def __init__(self, app: Flask) -> None:
        self._app = app
        self._clock = SystemClock()
        self._until = 0.0
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._keep, name="lease", daemon=True)
        self._waits = False

    @property
    def held(self) -> bool:
        """Whether this process may work. A renewal that is late (a slow disk) ends it before another could begin."""
        return time.monotonic() < self._until

    def __enter__(self) -> WorkerLease:
        self._renew()
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Give it back at once, so that the next process need not wait for it to run out."""
        self._stop.set()
        self._thread.join(ASK_SECONDS)
        self._until = 0.0
        with self._app.app_context():
            leases.release(WORKER, PROCESS)

    def _keep(self) -> None:
        while not self._stop.wait(RENEW_SECONDS if self.held else ASK_SECONDS):
            try:
                self._renew()
            except Exception:
                log.exception("lease not renewed")

    def _renew(self) -> None:
        begun = time.monotonic()
        with self._app.app_context():
            try:
                mine = leases.take(WORKER, PROCESS, self._clock.now(), LENGTH, is_gone=is_gone)
            finally:
                db.session.remove()
        self._until = begun + LENGTH.total_seconds() if mine else 0.0
        if not mine and not self._waits:
            log.warning("another worker holds the lease, waiting")
        self._waits = not mine

"""The lease of a lane: of several workers that were started, one works in it; the others wait until that one ends."""

from __future__ import annotations

import logging
import os
import socket
import threading
import time
from datetime import timedelta
from secrets import token_hex
from types import TracebackType

from flask import Flask

from osm.clock import SystemClock
from osm.numbers import whole
from osm.services import leases
from osm.store.transaction import put_away

log = logging.getLogger(__name__)

PROCESS = f"{socket.gethostname()[:60]}:{os.getpid()}:{token_hex(6)}"
"""Who holds a lease: no other process has the same name, not even one of a container that is called alike."""

LENGTH = timedelta(seconds=20)
RENEW_SECONDS = 5.0
ASK_SECONDS = 1.0
"""How often one that waits looks whether it may begin."""


class LaneLease:
    """`with LaneLease(app, lane) as lease`: takes the lease and renews it in a thread, whatever the lane is busy with.

    It is about processes, so it goes by the computer's clock also where OSM_NOW lets that of the office stand.
    """

    def __init__(self, app: Flask, lane: str) -> None:
        self._app, self._lane = app, lane
        self._clock = SystemClock()
        self._until = 0.0
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._keep, name=f"lease of {lane}", daemon=True)
        self._waits = False

    @property
    def held(self) -> bool:
        """Whether this process may work. A renewal that is late (a slow disk) ends it before another could begin."""
        return time.monotonic() < self._until

    def __enter__(self) -> LaneLease:
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
            leases.release(self._lane, PROCESS)

    def _keep(self) -> None:
        while not self._stop.wait(RENEW_SECONDS if self.held else ASK_SECONDS):
            try:
                self._renew()
            except Exception:
                log.exception("lease not renewed", extra={"lane": self._lane})

    def _renew(self) -> None:
        begun = time.monotonic()
        with self._app.app_context():
            try:
                mine = leases.take(self._lane, PROCESS, self._clock.now(), LENGTH, is_gone=is_gone)
            finally:
                put_away()
        self._until = begun + LENGTH.total_seconds() if mine else 0.0
        if not mine and not self._waits:
            log.warning("another worker holds the lease, waiting", extra={"lane": self._lane})
        self._waits = not mine


def is_gone(owner: str) -> bool:
    """Whether the process with this name has surely ended: it was one of this machine, and there is none now."""
    host, _, number = owner.rpartition(":")[0].rpartition(":")
    process = whole(number)
    if host != PROCESS.partition(":")[0] or process is None or os.name != "posix":
        return False
    if process == os.getpid():
        return owner != PROCESS  # it had our number before us
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return True
    except OSError:
        return False
    return False

"""The lease of a lane: of several workers one runs the lane, the others wait until it ends."""

from __future__ import annotations

import hashlib
import logging
import os
import socket
import threading
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from secrets import token_hex
from types import TracebackType

from flask import Flask

from osm.base import transaction
from osm.base.application import SystemClock, running_seconds
from osm.base.numbers import whole
from osm.base.transaction import put_away

log = logging.getLogger(__name__)


def _machine() -> str:
    """The host name, and what tells machines and containers with the same name apart: this run of the kernel, and
    the space of process numbers."""
    known = ""
    with suppress(OSError):
        known = Path("/proc/sys/kernel/random/boot_id").read_text("ascii") + str(Path("/proc/self/ns/pid").readlink())
    return f"{socket.gethostname()[:40]}-{hashlib.sha256(known.encode()).hexdigest()[:8]}"


PROCESS = f"{_machine()}:{os.getpid()}:{token_hex(6)}"  # the name of the holder of a lease

LENGTH = timedelta(seconds=20)
RENEW_SECONDS = 5.0
ASK_SECONDS = 1.0  # seconds between two tries of a waiting process


class LaneLease:
    """`with LaneLease(app, lane) as lease`: take the lease and renew it in a thread, also while the lane is busy. Not
    by the clock of the office, which OSM_NOW may stop."""

    def __init__(self, app: Flask, lane: str) -> None:
        self._app, self._lane = app, lane
        self._clock = SystemClock()
        self._until = 0.0
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._keep, name=f"lease of {lane}", daemon=True)
        self._waits = False

    @property
    def held(self) -> bool:
        """Whether this process may work. A late renewal (slow disk, a machine that slept) ends
        it before another process can begin."""
        return running_seconds() < self._until

    def __enter__(self) -> LaneLease:
        self._renew()
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Release the lease, so that the next process need not wait until it expires."""
        self._stop.set()
        self._thread.join(ASK_SECONDS)
        self._until = 0.0
        with self._app.app_context():
            transaction.release(self._lane, PROCESS)

    def _keep(self) -> None:
        while not self._stop.wait(RENEW_SECONDS if self.held else ASK_SECONDS):
            try:
                self._renew()
            except Exception:
                log.exception("lease not renewed", extra={"lane": self._lane})

    def _renew(self) -> None:
        begun = running_seconds()
        with self._app.app_context():
            try:
                mine = transaction.take(self._lane, PROCESS, self._clock.now(), LENGTH, is_gone=is_gone)
            finally:
                put_away()
        self._until = begun + LENGTH.total_seconds() if mine else 0.0
        if not mine and not self._waits:
            log.warning("another worker holds the lease, waiting", extra={"lane": self._lane})
        self._waits = not mine


def is_gone(owner: str) -> bool:
    """Whether the process with this name has surely ended: it ran on this machine and no longer exists."""
    host, _, number = owner.rpartition(":")[0].rpartition(":")
    process = whole(number)
    if host != PROCESS.partition(":")[0] or process is None or os.name != "posix":
        return False
    if process == os.getpid():
        return owner != PROCESS  # an earlier process with our number
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return True
    except OSError:
        return False
    return False

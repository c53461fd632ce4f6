"""Real worker processes on the database of a test."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Set
from contextlib import contextmanager
from multiprocessing.process import BaseProcess
from pathlib import Path

from flask import Flask
from sqlalchemy import select

from osm.base.database import db
from osm.base.transaction import Lease
from osm.jobs import lanes
from tests.forks import FORKS


class Worker:
    """`osm worker` in a separate process."""

    def __init__(self, environ: dict[str, str], words: Path) -> None:
        self.words = words
        words.touch()
        self.process: BaseProcess = FORKS.Process(target=_work, args=(environ, str(words)), daemon=True)
        self.process.start()

    @property
    def pid(self) -> int:
        assert self.process.pid
        return self.process.pid

    def kill(self) -> None:
        """SIGKILL: the process ends at once, without any handler."""
        self.process.kill()
        self.process.join(120)

    def end(self) -> int | None:
        """SIGTERM; returns the exit status."""
        self.process.terminate()
        self.process.join(120)
        return self.process.exitcode


def _work(environ: dict[str, str], words: str) -> None:
    os.environ.update(environ)
    descriptor = os.open(words, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.dup2(descriptor, 2)

    from flask.cli import ScriptInfo

    from osm import create_app
    from osm.cli import osm

    info = ScriptInfo(create_app=lambda: create_app(with_web=False))
    osm.main(args=["worker"], obj=info, standalone_mode=False)


@contextmanager
def workers(app: Flask, folder: Path, **environ: str) -> Iterator[Callable[[], Worker]]:
    """`start()` starts a worker on the database of `app`; those still running are killed afterwards."""
    settings = app.extensions["osm"].settings
    known = {
        "OSM_DATA_DIR": str(settings.data_dir),
        "OSM_DATABASE_URL": settings.database_url,
        "OSM_SECRET_KEY": settings.secret_key,
        "OSM_ENCRYPTION_KEY": settings.encryption_key,
    }
    started: list[Worker] = []

    def start() -> Worker:
        started.append(Worker({**known, **environ}, folder / f"worker-{len(started)}.txt"))
        return started[-1]

    try:
        yield start
    finally:
        for worker in started:
            if worker.process.is_alive():
                worker.kill()


LANES = {lane.name for lane in lanes.LANES}


def holds(worker: Worker, wanted: Set[str] = LANES) -> bool:
    """Whether this worker has the leases of the wanted lanes."""
    mine = select(Lease.name).where(Lease.owner.contains(f":{worker.pid}:"))
    found = set(db.session.scalars(mine))
    db.session.rollback()
    return found >= wanted


def wait_for(condition: Callable[[], bool], *of: Worker, seconds: float = 180) -> None:
    """Wait until the condition holds; if it does not, show the output of the workers."""
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until, [worker.words.read_text() for worker in of]
        time.sleep(0.02)

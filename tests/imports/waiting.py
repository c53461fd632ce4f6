"""Runs that wait for a worker or are held by one, and a worker that is stopped."""

from __future__ import annotations

from datetime import timedelta

from osm.base.database import db
from osm.models import ImportRun

from .desk import NOON, export, rows, start, upload


def waiting(count: int = 30, **how: object) -> int:
    run_id = upload(export(*rows(count)))
    start(run_id, **how)
    return run_id


def hold(run_id: int, owner: str, minutes: float = 1) -> None:
    """From noon on this worker holds it for so many minutes."""
    run = db.session.get_one(ImportRun, run_id)
    run.lease_owner, run.lease_until = owner, NOON + timedelta(minutes=minutes)
    db.session.commit()


class Stopping:
    """Called between two steps; says «stop» from the given time on."""

    def __init__(self, after: int) -> None:
        self.left = after

    def __call__(self) -> bool:
        self.left -= 1
        return self.left >= 0

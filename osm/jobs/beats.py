"""Signs of life of the lanes: each says from time to time that it goes on; one that is silent for long is late."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select

from osm.extensions import db
from osm.jobs.lanes import LANES, Lane
from osm.store.models import WorkerBeat
from osm.store.transaction import transaction
from osm.store.upsert import put

LONGEST_SILENCE = timedelta(minutes=2)
"""A lane that has been silent for longer is taken for dead: nobody shall wait for it in vain."""

BEAT_SECONDS = 15
"""The beat is written no more often than this: a row a second would only wear the disk."""


def beat(lane: Lane, now: datetime) -> None:
    """Say that the lane lives."""
    last = db.session.get(WorkerBeat, lane.name)
    if last is not None and 0 <= (now - last.at).total_seconds() < BEAT_SECONDS:
        return
    with transaction():
        put(WorkerBeat, name=lane.name, at=now, detail="")


def last_beat(lane: Lane) -> datetime | None:
    """The last sign of life of the lane."""
    return db.session.scalar(select(WorkerBeat.at).where(WorkerBeat.name == lane.name))


def is_late(at: datetime | None, now: datetime) -> bool:
    """Whether a lane whose last sign of life is this one has been silent for too long."""
    return at is None or now - at > LONGEST_SILENCE


def late_lanes(now: datetime) -> list[str]:
    """The names of the lanes that are late."""
    return [lane.name for lane in LANES if is_late(last_beat(lane), now)]

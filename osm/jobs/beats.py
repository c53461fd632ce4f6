"""Beats of the lanes: a lane without a beat for LONGEST_SILENCE is late."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select

from osm.extensions import db
from osm.jobs.lanes import LANES, Lane
from osm.store.models import WorkerBeat
from osm.store.transaction import transaction
from osm.store.upsert import put

LONGEST_SILENCE = timedelta(minutes=2)
"""After this time a lane is considered dead."""

BEAT_SECONDS = 15
"""Seconds between two beats: more often would only wear the disk."""


def beat(lane: Lane, now: datetime) -> None:
    last = db.session.get(WorkerBeat, lane.name)
    if last is not None and 0 <= (now - last.at).total_seconds() < BEAT_SECONDS:
        return
    with transaction():
        put(WorkerBeat, name=lane.name, at=now, detail="")


def last_beat(lane: Lane) -> datetime | None:
    return db.session.scalar(select(WorkerBeat.at).where(WorkerBeat.name == lane.name))


def is_late(at: datetime | None, now: datetime) -> bool:
    """Whether a lane with this last beat has been silent for too long."""
    return at is None or now - at > LONGEST_SILENCE


def late_lanes(now: datetime) -> list[str]:
    return [lane.name for lane in LANES if is_late(last_beat(lane), now)]

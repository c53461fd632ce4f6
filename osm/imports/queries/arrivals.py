"""Files that came by themselves: which wait for a person, what is known of a content, when the last load was."""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, ScalarSelect, func, or_, select

from osm.base.database import db
from osm.base.types import is_code
from osm.models import Arrival, ImportRun, ImportSource, ImportState
from osm.regulation.words import Role, SourceKind

LOADERS = frozenset({Role.CURATOR, Role.ADMIN})  # who may load exports
_OVER = (ImportState.DONE, ImportState.FAILED)


def arrival_waits() -> ColumnElement[bool]:
    """Condition on Arrival: a person decides on its load."""
    decided = select(ImportRun.id).where(ImportRun.id == Arrival.run_id, ImportRun.state.in_(
        (ImportState.UPLOADED, ImportState.CHECKED)
    ))  # fmt: skip
    return Arrival.settled_at.is_(None) & Arrival.waits_since.is_not(None) & decided.exists()


def waiting(run_ids: Collection[int]) -> Sequence[Arrival]:
    """Of these runs."""
    return db.session.scalars(select(Arrival).where(Arrival.run_id.in_(run_ids), Arrival.settled_at.is_(None))).all()


def open_arrivals() -> Sequence[Arrival]:
    """Not put away yet, the oldest first."""
    return db.session.scalars(select(Arrival).where(Arrival.settled_at.is_(None)).order_by(Arrival.id)).all()


def is_open(sha256: str) -> bool:
    """Whether this content is on its way already."""
    found = select(Arrival.id).where(Arrival.sha256 == sha256, Arrival.settled_at.is_(None))
    return db.session.scalar(found) is not None


def run_of(sha256: str) -> ImportRun | None:
    """The newest run with this content that was loaded, or is still on its way."""
    counts = or_(ImportRun.state.not_in(_OVER), (ImportRun.state == ImportState.DONE) & ImportRun.recalled_at.is_(None))
    return db.session.scalar(
        select(ImportRun).where(ImportRun.sha256 == sha256, counts).order_by(ImportRun.id.desc()).limit(1)
    )


def last_load() -> ScalarSelect[datetime | None]:
    """When the newest load ended that was not recalled; a system that hands messages over is a load of its day."""
    done = (is_code(ImportRun.state, ImportState.DONE), ImportRun.recalled_at.is_(None), of_networks())
    return select(func.max(ImportRun.finished_at)).where(*done).scalar_subquery()


def of_networks() -> ColumnElement[bool]:
    """Condition on ImportRun: its messages are under the Положение."""
    return ImportRun.source_id.in_(select(ImportSource.id).where(is_code(ImportSource.kind, SourceKind.NETWORKS)))

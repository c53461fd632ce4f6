"""One act upon one publication: under the version that the person saw, allowed by the table, recorded (Пр.1.2.4)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from flask import current_app

from osm.regulation.errors import MissingInput
from osm.regulation.plan.steps import next_state
from osm.regulation.plan.words import PlanAct, PublicationState
from osm.regulation.words import Role
from osm.services.edits import locked
from osm.services.log.log import Change, record
from osm.settings import Settings
from osm.store.models import Publication, User
from osm.store.transaction import transaction

CLAUSE = "Пр.1.2.4"
SYSTEM = frozenset({Role.SYSTEM})


@dataclass
class PlanStep:
    """What a use case works with; `row.state` has its new value already unless the table keeps it."""

    row: Publication
    act: PlanAct
    actor: User | None
    now: datetime
    before: PublicationState
    changes: dict[str, Change] = field(default_factory=dict)
    note: str = ""


@contextmanager
def publication(publication_id: int, version: int) -> Iterator[Publication]:
    """The row under the version that the person saw, in one transaction. Raises NotFound, StaleVersion."""
    with transaction() as session:
        row = locked(Publication, publication_id, version, "Публикация")
        with session.no_autoflush:
            yield row


@contextmanager
def step_upon(row: Publication, act: PlanAct, actor: User | None, now: datetime) -> Iterator[PlanStep]:
    """One step upon a row that the caller has locked; `row.state` is the new one already. Raises StepNotAllowed."""
    before = row.state
    row.state = next_state(before, act, actor.roles if actor else SYSTEM)
    step = PlanStep(row, act, actor, now, before)
    yield step
    _finish(step)


@contextmanager
def plan_step(act: PlanAct, publication_id: int, version: int, *, actor: User, now: datetime) -> Iterator[PlanStep]:
    """Both of the above."""
    with publication(publication_id, version) as row, step_upon(row, act, actor, now) as step:
        yield step


def _finish(step: PlanStep) -> None:
    """The version rises and the act stands in the log."""
    row = step.row
    row.version += 1
    changes = {
        "publication_state": (step.before, row.state),
        **step.changes,
        "version": (row.version - 1, row.version),
    }
    record(
        f"plan_{step.act}", at=step.now, actor=step.actor, clause=CLAUSE, changes=changes, note=step.note,
        object_kind="publication", object_id=row.id,
    )  # fmt: skip


def zone() -> ZoneInfo:
    """The zone in which the days of the plan are."""
    settings: Settings = current_app.extensions["osm_settings"]
    return settings.time_zone


def local_time(instant: datetime | None) -> time | None:
    """The hour of the plan's day."""
    return instant.astimezone(zone()).time() if instant else None


def instant_of(day: date, at: time | None) -> datetime | None:
    """That hour of that day."""
    return datetime.combine(day, at, zone()) if at else None


def not_past(field_name: str, day: date, at: datetime | None, now: datetime) -> None:
    """A publication cannot be put into the past. Raises MissingInput."""
    if day < now.astimezone(zone()).date():
        raise MissingInput(field_name, "Этот день уже прошёл. Выберите сегодняшний или более поздний.")
    if at is not None and at <= now:
        raise MissingInput(field_name, "Это время уже прошло. Выберите более позднее.")

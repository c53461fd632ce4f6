"""A short list of the plan that the press centre keeps: added to, changed under the version seen, taken away from."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar

from osm.regulation.words import PRESS_CENTRE
from osm.services.edits import locked, settle
from osm.services.errors import NotYours
from osm.services.log.log import record
from osm.store.models import MemorableDay, User, WeeklyHeading
from osm.store.transaction import transaction

Row = TypeVar("Row", WeeklyHeading, MemorableDay)
Given = TypeVar("Given")


@dataclass(frozen=True, slots=True)
class KeptList(Generic[Row, Given]):
    """`kind`: what the log calls a row, `acts`: how its acts begin there; `what`, `whose`: words for people.

    `fill` puts what was given into the row; it raises MissingInput where that cannot be.
    """

    model: type[Row]
    kind: str
    acts: str
    what: str
    whose: str
    fill: Callable[[Row, Given], None]

    def add(self, given: Given, *, actor: User, now: datetime) -> Row:
        """A new one. NotYours, MissingInput."""
        self.check(actor)
        row = self.model(made_by=actor, made_at=now)
        self.fill(row, given)
        with transaction() as session:
            session.add(row)
            session.flush()
            record(f"{self.acts}_added", at=now, actor=actor, object_kind=self.kind, object_id=row.id)
            return row

    def change(self, row_id: int, version: int, given: Given, *, actor: User, now: datetime) -> Row:
        """NotYours, NotFound, StaleVersion, MissingInput."""
        self.check(actor)
        with transaction() as session:
            row = locked(self.model, row_id, version, self.what)
            with session.no_autoflush:
                self.fill(row, given)
            settle(f"{self.acts}_changed", self.kind, row, {}, actor=actor, now=now)
            return row

    def remove(self, row_id: int, version: int, *, actor: User, now: datetime) -> None:
        """It is there no more; what was made of it stays. NotYours, NotFound, StaleVersion."""
        self.check(actor)
        with transaction() as session:
            row = locked(self.model, row_id, version, self.what)
            record(f"{self.acts}_removed", at=now, actor=actor, object_kind=self.kind, object_id=row.id)
            session.delete(row)

    def check(self, actor: User) -> None:
        """Whether he keeps it. NotYours."""
        if actor.roles.isdisjoint(PRESS_CENTRE):
            raise NotYours(f"{self.whose} ведёт пресс-центр. Ничего не изменено.")

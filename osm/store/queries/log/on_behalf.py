"""For whom people acted upon a message (П.3), as the log has it: most rows keep only who did something and when."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from osm.extensions import db
from osm.regulation.substitution import acting_words
from osm.regulation.words import Action
from osm.store.models import Assignment, Event
from osm.store.models.log import FOR_WHOM
from osm.store.queries.log.history_words import LogEntry

Names = Mapping[int | None, str]


@dataclass(frozen=True, slots=True)
class OnBehalf:
    """The acts upon one message that were done for an absent colleague."""

    acts: Mapping[tuple[str, datetime, int | None], int]
    """Action, instant and actor → for whom."""
    parts: Mapping[tuple[datetime, int], int]
    """Instant of sending and who answers for the information (П.14, П.18) → whom he stood in for."""

    @property
    def people(self) -> frozenset[int]:
        """The absent colleagues themselves."""
        return frozenset({*self.acts.values(), *self.parts.values()})

    def named(self, names: Names, person_id: int | None, at: datetime | None, *actions: str) -> str:
        """Who did one of these `actions` at that instant and, where he stood in for somebody, for whom."""
        keys = [(action, at, person_id) for action in actions] if at else []
        absent = next((self.acts[key] for key in keys if key in self.acts), None)
        return acting_words(names.get(person_id, ""), names.get(absent, ""))

    def author_of_part(self, names: Names, person_id: int, at: datetime) -> str:
        """Who answers for what was sent then; the curator may have entered it for him."""
        return acting_words(names.get(person_id, ""), names.get(self.parts.get((at, person_id)), ""))


def on_behalf(log: Collection[LogEntry], assignments: Collection[Assignment]) -> OnBehalf:
    """`assignments`: all that the message ever had; the parts follow the work, the log does not."""
    stood_in = {row.id: row for row in assignments if row.for_id is not None}
    return OnBehalf(
        acts={(row.action, row.at, row.actor_id): row.new(FOR_WHOM) for row in log if FOR_WHOM in row.changes},
        parts={
            (row.at, whose.executor_id): whose.for_id
            for row in log
            if row.action == Action.SUBMIT_PART and (whose := stood_in.get(row.object_id or 0)) and whose.for_id
        },
    )


def promises_on_behalf(promise_ids: Collection[int]) -> Mapping[tuple[int, datetime, int | None], int]:
    """Promise, instant and actor of what was done to promises for absent colleagues → for whom; one statement."""
    rows = db.session.execute(
        select(Event.object_id, Event.at, Event.actor_id, Event.changes).where(
            Event.object_kind == "promise",
            Event.object_id.in_(promise_ids),
            Event.changes[FOR_WHOM].as_string().is_not(None),
        )
    )
    return {(row.object_id or 0, row.at, row.actor_id): row.changes[FOR_WHOM][1] for row in rows}

"""Who is reminded, as things stand now: executors, curators, whose clock it is; with those who stand in (П.3)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime

from sqlalchemy import select

from osm.extensions import db
from osm.regulation.clocks import ClockKind
from osm.regulation.parts import PartState
from osm.regulation.substitution import passed_on
from osm.regulation.words import Role, Status
from osm.services.assignments import active_assignments, is_shared
from osm.services.clocks.clocks import in_force
from osm.store.models import Assignment, Deadline, Message, User, UserRole
from osm.store.queries.staff.substitutes import roster_on
from osm.store.queries.staff.visibility import may_see

_PREPARED = (Status.IN_WORK, Status.REWORK, Status.AWAITING_FINAL)
"""Where the answer, or the final one, is with its executor."""


class Recipients:
    """The people of this day; asked of the database once."""

    def __init__(self, now: datetime) -> None:
        self._roster = roster_on(in_force().calendar.local(now).date())
        self._holders: dict[Role, frozenset[int]] = {}

    def holders(self, role: Role) -> frozenset[int]:
        """Whoever has this role, and whoever has its rights today as somebody's substitute."""
        if role not in self._holders:
            found = set(
                db.session.scalars(
                    select(User.id)
                    .join(UserRole, UserRole.user_id == User.id)
                    .where(User.is_active, UserRole.role == role)
                )
            )
            absent = [one for one in found if self._roster.is_away(one)] if passed_on([role]) else []
            found.update(there for one in absent if (there := self._roster.stand_in(one)))
            self._holders[role] = frozenset(found)
        return self._holders[role]

    def working(self, rows: Iterable[Assignment]) -> Iterator[int]:
        """The executors of these assignments, and whoever stands in for one of them and may open the card."""
        for row in rows:
            yield row.executor_id
            if self._roster.is_away(row.executor_id) and (there := self._roster.stand_in(row.executor_id)):
                person = db.session.get(User, there)
                if person is not None and may_see(person, row.message_id):
                    yield there

    def executors(self, message: Message, assignment_id: int | None = None) -> set[int]:
        """Of this assignment, else of all that prepare the answer."""
        rows = active_assignments(message)
        return set(self.working(row for row in rows if assignment_id in (None, row.id)))

    def newly_asked(self, message: Message) -> Iterator[tuple[int, Assignment]]:
        """Whose turn it is to prepare something, with the assignment that says so."""
        for row in active_assignments(message):
            if row.part_state in (None, PartState.ASKED):
                for person in self.working([row]):
                    yield person, row

    def writers(self, message: Message) -> set[int]:
        """Who writes the answer itself: of several executors none does, the curator writes the common draft (П.14)."""
        return set(self.holders(Role.CURATOR)) if is_shared(message) else self.executors(message)

    def owing(self, deadline: Deadline) -> set[int]:
        """Whose work this clock measures; the term of an answer that is being prepared is the curator's too."""
        message, curators = deadline.message, set(self.holders(Role.CURATOR))
        if deadline.assignment_id is not None:
            return self.executors(message, deadline.assignment_id)
        match deadline.kind:
            case ClockKind.ROUTE | ClockKind.APPROVE:
                return curators
            case ClockKind.DRAFT | ClockKind.REWORK:
                return self.writers(message) or curators
            case _:
                return curators | self.writers(message) if message.status in _PREPARED else curators

"""One act of one person on one message.

Every use case that changes a message goes through `act`; the one exception is `osm.imports.acts.publishing`, where a
file of the source contradicts what people have read.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, select, text
from sqlalchemy.orm import contains_eager, lazyload, load_only, selectinload

from osm.base.database import db
from osm.base.errors import AnsweredTogether, NotFound, NotYours, WordsDestroyed
from osm.base.transaction import transaction
from osm.base.types import is_code
from osm.flow.acts import clocks, moving, terms
from osm.groups.queries import group_of
from osm.log.acts.record import Change, record
from osm.models import Deadline, Message, Reply, User
from osm.regulation import errors, transitions
from osm.regulation.words import Action, DeadlineState, Role, Status


@dataclass
class Act:
    """What a use case works with. It sets the fields of `message`; the clocks follow from the row and `facts`. `texts`:
    what the row needs, stripped. `note` and `changes` go to the log."""

    message: Message
    transition: transitions.Transition
    by: User | None  # none if the program acts (П.3: the system)
    now: datetime
    before: Status
    texts: Mapping[str, str]
    facts: moving.Facts
    note: str = ""
    origin: Status | None = None
    changes: dict[str, Change] = field(default_factory=dict)
    object_kind: str = ""
    object_id: int | None = None
    for_id: int | None = None  # the absent colleague that the person replaces (П.3)

    @property
    def actor(self) -> User:
        """The person; raises ValueError if the program acts. Use `by` where both may act."""
        if self.by is None:
            raise ValueError("nobody acts here")
        return self.by

    @property
    def target(self) -> Status:
        return self.transition.target_from(self.before, self.origin)


@contextmanager
def act(
    action: Action, message_id: int, seen_version: int | None, actor: User | None, now: datetime, *,
    texts: Mapping[str, str] | None = None, given: Collection[transitions.Condition] = (),
    roles: Collection[Role] | None = None,
) -> Iterator[Act]:  # fmt: skip
    """Run the body of a use case in one transaction, then write the clocks, the status, the version and the log.

    `seen_version` is None if the caller has checked the version of the changed row (a part) himself. `texts`:
    what the row needs, as given by the person. `given`: conditions that hold. `roles`: the roles for a step that
    follows from another act, not from the person's own right; only then may `actor` be None. Raises NotFound,
    WordsDestroyed, NotYours, StaleVersion, TransitionNotAllowed, MissingInput; then the database is unchanged.
    """
    with transaction():
        message = load_message(message_id, seen_version)
        if action in _OF_THE_GROUP and not db.session().info.get(_TOGETHER) and (group_id := group_of(message.id)):
            raise AnsweredTogether(group_id)
        own = actor.roles if actor else frozenset()
        transition = transitions.find_transition(message.status, action, own if roles is None else roles, given)
        if roles is None and actor is not None:
            _check_own(message, actor, transition)
        needed = {name: required(name, (texts or {}).get(name, ""), asked) for name, asked in transition.needs.items()}
        step = Act(message, transition, actor, now, message.status, needed, moving.Facts(at=now))
        step.for_id = _absent(message, actor, transition) if actor else None
        yield step
        _finish(step)


_TOGETHER = "osm_together"
_OF_THE_GROUP = frozenset({
    Action.SUBMIT_DRAFT, Action.WITHDRAW_DRAFT, Action.APPROVE_DRAFT, Action.CORRECT_AND_APPROVE,
    Action.RETURN_DRAFT, Action.REVOKE_APPROVAL, Action.TAKE_ROUTING_BACK, Action.REROUTE, Action.ADD_EXECUTOR,
})  # fmt: skip
"""Done to all messages of a common answer at once, never to a single one of them."""


@contextmanager
def together() -> Iterator[None]:
    """Allow acts of a common answer on its own messages."""
    info = db.session().info
    before, info[_TOGETHER] = info.get(_TOGETHER, False), True
    try:
        yield
    finally:
        info[_TOGETHER] = before


def load_message(message_id: int, seen_version: int | None = None, *, also_destroyed: bool = False) -> Message:
    """The message, locked until the end of the transaction if the database locks rows. It is always read from the
    database: the previous holder of the lock may have changed it. Raises NotFound, and WordsDestroyed unless the act is
    only about what a person has seen (`also_destroyed`); StaleVersion if it was changed since `seen_version`."""
    wanted = select(Message).where(Message.id == message_id).with_for_update(of=Message)
    found = db.session.execute(wanted.execution_options(populate_existing=True)).unique().scalar_one_or_none()
    if found is None or found.recalled_at is not None:
        raise NotFound
    if found.purged_at is not None and not also_destroyed:
        raise WordsDestroyed
    if seen_version is not None:
        errors.StaleVersion.unless_seen(seen_version, found.version)
    return found


def _check_own(message: Message, actor: User, transition: transitions.Transition) -> None:
    """An executor acts on his own messages; the other roles act on all."""
    if not actor.roles.isdisjoint(transition.roles - {Role.EXECUTOR}):
        return
    if not any(row.executor_id == actor.id for row in moving.active_assignments(message)):
        raise NotYours("Сообщение направлено не вам. Ничего не изменено; передать его вам может куратор.")


def _absent(message: Message, actor: User, transition: transitions.Transition) -> int | None:
    """The absent colleague that this person replaces here: by the assignment, or by the rights that he uses."""
    if Role.EXECUTOR in transition.roles:
        for row in moving.active_assignments(message):
            if row.executor_id == actor.id and row.for_id is not None:
                return row.for_id
    return actor.absent_for(transition.roles)


def for_the_curator(actor: User) -> int | None:
    """The absent colleague that this person replaces when he uses a curator's rights (П.3)."""
    return actor.absent_for(frozenset({Role.CURATOR}))


def _finish(step: Act) -> None:
    message, before = step.message, step.before
    message.status = step.target
    message.version += 1
    step.changes |= moving.move_clocks(message, step.transition, step.now, step.facts)
    changes: Mapping[str, Change] = {
        "status": (before, message.status), "version": (message.version - 1, message.version), **step.changes,
    }  # fmt: skip
    record(
        step.transition.action, at=step.now, actor=step.by, message=message, clause=step.transition.clause,
        changes=changes, note=step.note, object_kind=step.object_kind, object_id=step.object_id, for_id=step.for_id,
    )  # fmt: skip


def current_reply(message: Message) -> Reply | None:
    """The reply being worked on; None before routing and after publication."""
    return next((reply for reply in message.replies if reply.published_at is None), None)


def required(field_name: str, value: str, sentence: str) -> str:
    """The text without blanks around it. Blanks and control characters alone, also of zero width, are no text."""
    stripped = moving.plain(value).strip()
    errors.refuse(field_name, all(unicodedata.category(character)[0] in "CZ" for character in stripped), sentence)
    return stripped


def from_the_minute(typed: datetime, earliest: datetime) -> datetime:
    """A time typed by hand has no seconds, so the minute of `earliest` counts as `earliest`."""
    return earliest if typed == earliest.replace(second=0, microsecond=0) else typed


# --- Missed terms
BATCH = 200  # clocks in one transaction, few enough that others need not wait


def record_breaches(now: datetime) -> int:
    """Mark all running clocks with a term before `now` and log each as an act of the program; returns how many. Work
    done exactly at the term is in time, hence «before». The version of the message does not change. A term of an older
    calendar is recomputed first, so it is no breach yet."""
    missed = (
        is_code(Deadline.state, DeadlineState.OPEN), Deadline.due_at < now, Deadline.breached_at.is_(None),
        Deadline.blameless.is_(False), Deadline.calendar_version == clocks.in_force().calendar.version,
    )  # fmt: skip
    claim = _claim(missed)
    count = 0
    # Look first without the write lock: there is seldom something to do.
    while db.session.scalar(select(Deadline.id).where(*missed).limit(1)) is not None:
        with transaction() as session:
            rows = session.execute(claim).all()
            clocks.breach_all(rows, now)
        count += len(rows)
        if not rows:
            break
    return count


def _claim(missed: tuple[ColumnElement[bool], ...]) -> Select[*tuple[Any, ...]]:
    """The next of them, locked with their messages. One that somebody acts on is left: his act may end the clock."""
    return (
        select(*(getattr(Deadline, name) for name in terms.Missed._fields))
        .join(Deadline.message)
        .where(*missed)
        .order_by(Deadline.due_at, Deadline.id)
        .limit(BATCH)
        .with_for_update(of=[Deadline, Message], skip_locked=True)
    )


# --- Running clocks of an older calendar are recomputed
SLICE = 200  # clocks in one transaction of the worker, few enough that others need not wait


@dataclass(frozen=True, slots=True)
class Recomputed:
    """How many clocks were recomputed, and how many of them have another term now."""

    clocks: int
    moved: int


def recompute_outdated(now: datetime, may_continue: Callable[[], bool] = lambda: True) -> int:
    """Recompute clocks of an older calendar in slices while `may_continue()`; returns how many. A message that somebody
    is acting on is left for the next round; his act recomputes its clock. Looks first without the write lock: there is
    seldom something to do."""
    count = 0
    while left_behind() and may_continue():
        with transaction():
            part = recompute_slice(now, SLICE)
        count += part.clocks
        if not part.clocks:
            break
    return count


def recompute_slice(now: datetime, limit: int, actor: User | None = None) -> Recomputed:
    """Recompute up to `limit` clocks in the caller's transaction."""
    claim = (
        select(Deadline)
        .where(
            is_code(Deadline.state, DeadlineState.OPEN), Deadline.calendar_version != terms.in_force().calendar.version
        )
        .join(Deadline.message)
        .options(
            contains_eager(Deadline.message).options(
                load_only(Message.id, Message.importance, Message.origin),
                lazyload(Message.author),
                selectinload(Message.closures),
            )
        )
        .order_by(Deadline.id)
        .limit(limit)
        .with_for_update(of=[Deadline, Message], skip_locked=True)
    )
    count = moved = 0
    for deadline in db.session.scalars(claim).unique().all():
        old = deadline.due_at
        moved += clocks.recompute(deadline, now, actor).due_at != old
        count += 1
    db.session.flush()
    return Recomputed(count, moved)


def left_behind() -> bool:
    """Whether running clocks still wait for the calendar in force."""
    look = _LOOK_IN_SQLITE if db.engine.dialect.name == "sqlite" else _LOOK
    return db.session.execute(look, {"version": terms.in_force().calendar.version}).first() is not None


_LOOK = text(
    "SELECT id FROM deadline WHERE state = 'open' AND calendar_version < :version UNION ALL "
    "SELECT id FROM deadline WHERE state = 'open' AND calendar_version > :version LIMIT 1"
)
"""Asked every second: two ranges of the partial index, which only a literal state selects."""
_LOOK_IN_SQLITE = text(str(_LOOK).replace("FROM deadline", "FROM deadline INDEXED BY ix_deadline_open_calendar"))
"""Without the hint SQLite takes the index of states and reads every running clock."""

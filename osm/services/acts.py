"""One act of one person upon one message: loaded under the version that the person saw, checked, recorded.

Every use case that changes a message goes through `act`. Only a file of the source that says something else than people
have read raises a version too (`osm.services.imports.updating`).
"""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import select

from osm.extensions import db
from osm.regulation.errors import MissingInput, StaleVersion
from osm.regulation.workflow import Action, Condition, Role, Status, Transition, find_transition
from osm.services.assignments import active_assignments
from osm.services.clocks.moving import Facts, move_clocks
from osm.services.errors import AnsweredTogether, NotFound, NotYours
from osm.services.log.log import Change, record
from osm.store.models import Message, Reply, User
from osm.store.queries.groups.groups import group_of
from osm.store.transaction import transaction


@dataclass
class Act:
    """What a use case works with. It sets the fields of `message`; the clocks follow from the row and `facts`.

    `said`: the texts that the row needs, without the blanks around them. `note` and `changes` go to the log.
    """

    message: Message
    transition: Transition
    by: User | None
    """Empty where the program itself acts (П.3: the system)."""
    now: datetime
    before: Status
    said: Mapping[str, str]
    facts: Facts
    note: str = ""
    origin: Status | None = None
    changes: dict[str, Change] = field(default_factory=dict)
    object_kind: str = ""
    object_id: int | None = None
    for_id: int | None = None
    """The absent colleague for whom the person acts (П.3)."""

    @property
    def actor(self) -> User:
        """The person. Acts that the program may do by itself ask for `by`."""
        if self.by is None:
            raise ValueError("nobody acts here")
        return self.by

    @property
    def target(self) -> Status:
        return self.transition.target_from(self.before, self.origin)


@contextmanager
def act(
    action: Action,
    message_id: int,
    seen_version: int | None,
    actor: User | None,
    now: datetime,
    *,
    said: Mapping[str, str] | None = None,
    given: Collection[Condition] = (),
    roles: Collection[Role] | None = None,
) -> Iterator[Act]:
    """Run the body of a use case in one transaction; then the clocks, the status, the version and the log are written.

    `seen_version` is None where the caller has checked the version of the row that is changed (a part) himself.
    `said`: what the person gave of the texts that the row needs. `given`: conditions that hold.
    `roles`: those under which the step is taken where it is not the person's own right but follows of another act; only
    then there may be no actor.
    Raises NotFound, NotYours, StaleVersion, TransitionNotAllowed, MissingInput; then nothing has happened.
    """
    with transaction():
        message = load_message(message_id)
        if seen_version is not None and message.version != seen_version:
            raise StaleVersion(seen_version, message.version)
        _check_alone(message, action)
        own = actor.roles if actor else frozenset()
        transition = find_transition(message.status, action, own if roles is None else roles, given)
        if roles is None and actor is not None:
            _check_own(message, actor, transition)
        needed = {name: required(name, (said or {}).get(name, ""), asked) for name, asked in transition.needs.items()}
        step = Act(message, transition, actor, now, message.status, needed, Facts(at=now))
        step.for_id = _absent(message, actor, transition) if actor else None
        yield step
        _finish(step)


_TOGETHER = "osm_together"
_OF_THE_GROUP = frozenset(
    {
        Action.SUBMIT_DRAFT,
        Action.WITHDRAW_DRAFT,
        Action.APPROVE_DRAFT,
        Action.CORRECT_AND_APPROVE,
        Action.RETURN_DRAFT,
        Action.REVOKE_APPROVAL,
        Action.TAKE_ROUTING_BACK,
        Action.REROUTE,
        Action.ADD_EXECUTOR,
    }
)
"""What is done to all messages of a common answer at once, and to none of them alone."""


@contextmanager
def together() -> Iterator[None]:
    """Acts inside are those of a common answer upon its own messages."""
    info = db.session().info
    before, info[_TOGETHER] = info.get(_TOGETHER, False), True
    try:
        yield
    finally:
        info[_TOGETHER] = before


def _check_alone(message: Message, action: Action) -> None:
    """Raises AnsweredTogether."""
    if action in _OF_THE_GROUP and not db.session().info.get(_TOGETHER) and (group_id := group_of(message.id)):
        raise AnsweredTogether(group_id)


def load_message(message_id: int) -> Message:
    """The message as it stands now, locked until the end of the transaction where the database locks rows.

    What was loaded of it before is read anew: whoever held the lock meanwhile may have changed it.
    """
    wanted = select(Message).where(Message.id == message_id).with_for_update(of=Message)
    found = db.session.execute(wanted.execution_options(populate_existing=True)).unique().scalar_one_or_none()
    if found is None or found.recalled_at is not None:
        raise NotFound
    return found


def _check_own(message: Message, actor: User, transition: Transition) -> None:
    """An executor acts on what is assigned to him; the other roles act on every message."""
    if not actor.roles.isdisjoint(transition.roles - {Role.EXECUTOR}):
        return
    if not any(row.executor_id == actor.id for row in active_assignments(message)):
        raise NotYours("Сообщение направлено не вам. Ничего не изменено; передать его вам может куратор.")


def _absent(message: Message, actor: User, transition: Transition) -> int | None:
    """For whom this person acts: the one whose message he prepares, or the one whose rights he uses."""
    if Role.EXECUTOR in transition.roles:
        for row in active_assignments(message):
            if row.executor_id == actor.id and row.for_id is not None:
                return row.for_id
    return actor.absent_for(transition.roles)


def for_the_curator(actor: User) -> int | None:
    """Whom this person stands in for where he uses a curator's rights (П.3)."""
    return actor.absent_for(frozenset({Role.CURATOR}))


def _finish(step: Act) -> None:
    message, before = step.message, step.before
    message.status = step.target
    message.version += 1
    step.changes |= move_clocks(message, step.transition, step.now, step.facts)
    changes: Mapping[str, Change] = {
        "status": (before, message.status),
        "version": (message.version - 1, message.version),
        **step.changes,
    }
    record(
        step.transition.action,
        at=step.now,
        actor=step.by,
        message=message,
        clause=step.transition.clause,
        changes=changes,
        note=step.note,
        object_kind=step.object_kind,
        object_id=step.object_id,
        for_id=step.for_id,
    )


def current_reply(message: Message) -> Reply | None:
    """The reply that is being worked on; None before routing and after publication."""
    return next((reply for reply in message.replies if reply.published_at is None), None)


def required(field_name: str, value: str, sentence: str) -> str:
    """A text that must be there; MissingInput names the field."""
    stripped = value.strip()
    if not any(_is_visible(character) for character in stripped):
        raise MissingInput(field_name, sentence)
    return stripped


def from_the_minute(typed: datetime, earliest: datetime) -> datetime:
    """A time typed by hand has no seconds: the minute of `earliest` itself is not before it."""
    return earliest if typed == earliest.replace(second=0, microsecond=0) else typed


def _is_visible(character: str) -> bool:
    """Zero-width and other control characters and all kinds of blanks are nothing to read."""
    return unicodedata.category(character)[0] not in "CZ"

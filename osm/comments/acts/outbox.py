"""Actions in the networks: written with a decision, cancelled with it, or marked as done by hand. Functions run in the
caller's transaction, except those for buttons."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from types import MappingProxyType

from sqlalchemy import select

from osm.extensions import db
from osm.flow.acts.edits import is_being_sent
from osm.log.acts.record import record
from osm.messages.acts.executors import check_not_held
from osm.regulation.comment_words import OutboxKind, OutboxState
from osm.regulation.errors import MissingInput, StaleVersion
from osm.services.errors import ServiceError, must_exist
from osm.store.models import Comment, OutboxAction, User
from osm.store.transaction import transaction

UNDO = timedelta(seconds=10)
"""Actions wait this long, so that a wrong click can be undone without a trace in the network."""

_NOT_HERE = (OutboxKind.PUBLISH, OutboxKind.POST)
"""Handled on the message or the publication, where their links and times are."""


class GoneOut(ServiceError):
    """It has already happened in the network, so the decision cannot be undone here."""

    def __init__(self, action: OutboxAction) -> None:
        self.kind, self.at = action.kind, action.settled_at or action.sent_at
        what = "это уже выполнено" if action.settled_at else "это сейчас выполняется"
        super().__init__(f"В соцсети {what}, отменить здесь нельзя. Ничего не изменено.")


def delete_comment(comment: Comment, *, actor: User, now: datetime) -> OutboxAction:
    """Order the deletion of the comment. The key contains the version, so a new decision is a new action."""
    forget_restoring(comment.id, actor=actor, now=now)
    return _order(OutboxKind.DELETE, comment, actor, now)


def restore_comment(comment: Comment, *, actor: User, now: datetime) -> OutboxAction:
    """Order the restoring of a comment deleted in the network (`Deletion.comes_back`)."""
    return _order(OutboxKind.RESTORE, comment, actor, now)


def _order(kind: OutboxKind, comment: Comment, actor: User, now: datetime) -> OutboxAction:
    action = OutboxAction(
        kind=kind,
        network=comment.network,
        comment_id=comment.id,
        author_id=comment.author_id,
        not_before=now + UNDO,
        created_at=now,
        created_by_id=actor.id,
        idempotency_key=f"{kind}:{comment.id}:{comment.version}",
    )
    db.session.add(action)
    return action


def forget_restoring(comment_id: int, *, actor: User, now: datetime) -> None:
    """The comment is to be deleted after all: cancel a restoring that was not sent yet."""
    waiting = select(OutboxAction).where(
        OutboxAction.comment_id == comment_id,
        OutboxAction.kind == OutboxKind.RESTORE,
        OutboxAction.state == OutboxState.PENDING,
        OutboxAction.sent_at.is_(None),
    )
    for action in db.session.scalars(waiting.with_for_update()):
        cancel(action, actor=actor, now=now)


def cancel(action: OutboxAction, *, actor: User | None, now: datetime) -> None:
    """Cancel the action because its decision was undone. Raises GoneOut."""
    if action.state is OutboxState.CANCELLED:
        return
    has_failed = action.state is OutboxState.FAILED or (action.state is OutboxState.PENDING and action.for_person)
    if is_being_sent(action, now):
        raise GoneOut(action)
    if not has_failed and (action.state is not OutboxState.PENDING or action.sent_at is not None):
        raise GoneOut(action)
    action.state, action.settled_at, action.settled_by_id = OutboxState.CANCELLED, now, actor.id if actor else None
    action.version += 1


def of_comment(comment_id: int) -> OutboxAction | None:
    """The current deletion of this comment, locked; None if there is no deletion or only cancelled ones."""
    return db.session.scalar(
        select(OutboxAction)
        .where(
            OutboxAction.comment_id == comment_id,
            OutboxAction.kind == OutboxKind.DELETE,
            OutboxAction.state != OutboxState.CANCELLED,
        )
        .order_by(OutboxAction.id.desc())
        .limit(1)
        .with_for_update()
    )


def mark_done_by_hand(action_id: int, version: int, *, at: datetime | None, actor: User, now: datetime) -> OutboxAction:
    """A person has done it in the network at `at` (now, if None). Raises NotFound, StaleVersion, and MissingInput for a
    time before the decision or in the future."""
    with transaction():
        action = _seen(action_id, version)
        if action.state not in (OutboxState.PENDING, OutboxState.FAILED) or action.kind in _NOT_HERE:
            raise StaleVersion(version, action.version)
        was = action.state
        done = at or now
        if not action.created_at.replace(second=0, microsecond=0) <= done <= now:
            raise MissingInput("at", "Время выполнения — не раньше решения и не позже текущего времени.")
        action.state, action.settled_at, action.settled_by_id = OutboxState.DONE_BY_HAND, done, actor.id
        _record("outbox_by_hand", action, was, actor, now, done)
        return action


def mark_several_done(
    seen: Sequence[tuple[int, int]], *, at: datetime | None, actor: User, now: datetime
) -> list[OutboxAction]:
    """The same for several actions, (id, version) each: all or no action, each in the log. Raises as
    `mark_done_by_hand`, and MissingInput if the list is empty."""
    if not seen:
        raise MissingInput("row", "Отметьте хотя бы одно действие.")
    with transaction():
        return [mark_done_by_hand(one, version, at=at, actor=actor, now=now) for one, version in sorted(seen)]


def try_again(
    action_id: int,
    version: int,
    *,
    actor: User,
    now: datetime,
    message_id: int | None = None,
    in_spite: bool = False,
) -> OutboxAction:
    """Let the program do it again after a person has checked. `message_id`: for an answer. `in_spite`: send the answer
    although the comment has changed since approval; this holds only for the text shown at this `version`, also in later
    tries. Raises NotFound, StaleVersion."""
    with transaction():
        action = _seen(action_id, version)
        waits = action.state is OutboxState.PENDING and action.for_person
        if is_being_sent(action, now):
            raise GoneOut(action)
        # An answer belongs to the page of its message, a post to the plan, all others (also corrections) to the list.
        owner = action.message_id if action.kind is OutboxKind.PUBLISH else None
        is_other = action.kind is OutboxKind.POST or message_id != owner
        if (not waits and action.state is not OutboxState.FAILED) or is_other:
            raise StaleVersion(version, action.version)
        if action.kind is OutboxKind.PUBLISH and action.draft_id is not None:
            check_not_held(action.draft_id)
        was = action.state
        action.state, action.settled_at, action.settled_by_id = OutboxState.PENDING, None, None
        action.for_person, action.try_at, action.attempts = False, None, 0
        action.in_spite = action.stands_text is not None and (in_spite or action.in_spite)
        action.stands_text = action.stands_text if action.in_spite else None
        _record("outbox_again", action, was, actor, now, None, {"under_changed": (None, True)} if in_spite else {})
        return action


def reopen(action_id: int, version: int, *, actor: User, now: datetime) -> OutboxAction:
    """Undo a wrong «выполнено вручную»: the action waits again. Raises NotFound, StaleVersion."""
    with transaction():
        action = _seen(action_id, version)
        if action.state is not OutboxState.DONE_BY_HAND:
            raise StaleVersion(version, action.version)
        action.state, action.settled_at, action.settled_by_id = OutboxState.PENDING, None, None
        _record("outbox_reopen", action, OutboxState.DONE_BY_HAND, actor, now, None)
        return action


def _seen(action_id: int, version: int) -> OutboxAction:
    action = must_exist(db.session.get(OutboxAction, action_id, with_for_update=True), "Действие")
    if action.version != version:
        raise StaleVersion(version, action.version)
    return action


def _record(
    code: str,
    action: OutboxAction,
    was: OutboxState,
    actor: User,
    now: datetime,
    done: datetime | None,
    more: Mapping[str, tuple[object, object]] = MappingProxyType({}),
) -> None:
    action.version += 1
    record(
        code, at=now, actor=actor, clause="Пр.2.6", about=action,
        changes={"outbox_state": (was, action.state), "done_at": (None, done), **more},
    )  # fmt: skip

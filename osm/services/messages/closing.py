"""Closing a message without an answer (П.6, П.17) and opening it again."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from osm.extensions import db
from osm.regulation.workflow import Action, Ground, Role
from osm.services.acts import Act, act, current_reply, load_message
from osm.services.assignments import end_assignments
from osm.services.files import attachments
from osm.services.files.attachments import Upload
from osm.services.reading import verdicts
from osm.services.reading.evidence import evidence_digest
from osm.store.models import Closure, DeadlineState, Draft, DraftState, Evidence, Message, Purpose, User
from osm.store.transaction import transaction

ASIDE = "Взято в работу по ошибке: возвращено в комментарии."
"""The reason of a closure by `close_own_entry`."""


def dismiss_message(message_id: int, version: int, *, reason: str, actor: User, now: datetime) -> Message:
    """No reaction is needed (П.6)."""
    with act(Action.DISMISS, message_id, version, actor, now, said={"reason": reason}) as step:
        _close(step, reason=step.said["reason"])
        return step.message


def close_own_entry(message_id: int, *, actor: User, now: datetime) -> Message:
    """What a comment was taken into work as is laid aside again, by a moderator too, while nobody has worked on it.

    Raises StaleVersion where somebody has, be it that he closed and restored it.
    """
    with transaction():
        version, said = untouched(load_message(message_id)), {"reason": ASIDE}
        with act(Action.DISMISS, message_id, version, actor, now, said=said, roles=(Role.CURATOR,)) as step:
            _close(step, reason=ASIDE)
            return step.message


def untouched(message: Message) -> int:
    """The version of a message that nobody has worked on: as entered; laid aside and taken up again adds two."""
    return 1 + 2 * sum(one.reason == ASIDE for one in message.closures)


def reopen_own_entry(message_id: int, *, reason: str, actor: User, now: datetime) -> Message:
    """What was laid aside by `close_own_entry` is taken into work after all, by a moderator too."""
    with transaction():
        message = restore_message(message_id, None, reason=reason, actor=actor, now=now, roles=(Role.CURATOR,))
        message.by_comment = True
        return message


def redirect_message(
    message_id: int, version: int, *, recipient: str, reason: str, actor: User, now: datetime
) -> Message:
    """The matter is another body's competence (П.6); `recipient` says whose."""
    with act(Action.REDIRECT, message_id, version, actor, now, said={"recipient": recipient}) as step:
        _close(step, reason=reason.strip(), recipient=step.said["recipient"])
        return step.message


def exclude_message(
    message_id: int,
    version: int,
    *,
    ground: str,
    note: str,
    actor: User,
    now: datetime,
    screenshots: Sequence[Upload] = (),
) -> Evidence:
    """The message is not to be processed (П.17). What it says now is kept as evidence, with screenshots if any."""
    ground = ground if ground in set(Ground) else ""
    files = attachments.checked(screenshots)
    with act(Action.EXCLUDE, message_id, version, actor, now, said={"ground": ground}) as step:
        closure = _close(step, reason=note.strip(), ground=Ground(ground))
        evidence = _evidence(step, closure)
        step.changes["ground"] = (None, closure.ground)
        step.object_kind, step.object_id = "evidence", evidence.id
        verdicts.reply_by_exclusion(step.message, Ground(ground), actor=step.actor, now=now)
        if files:
            attachments.store(
                files,
                message=step.message,
                evidence=evidence,
                purpose=Purpose.EVIDENCE,
                actor=step.actor,
                now=now,
            )
        return evidence


def mark_withdrawn(message_id: int, version: int, *, note: str, actor: User, now: datetime) -> Message:
    """The author has deleted his message."""
    with act(Action.MARK_WITHDRAWN, message_id, version, actor, now) as step:
        _close(step, reason=note.strip())
        return step.message


def mark_unanswerable(message_id: int, version: int, *, reason: str, actor: User, now: datetime) -> Message:
    """The answer cannot be placed: a closed page, or the administration is banned there."""
    with act(Action.MARK_UNANSWERABLE, message_id, version, actor, now, said={"reason": reason}) as step:
        _close(step, reason=step.said["reason"])
        return step.message


def close_without_answer(message_id: int, version: int, *, reason: str, actor: User, now: datetime) -> Message:
    """The author did not answer the clarification."""
    with act(Action.CLOSE_WITHOUT_ANSWER, message_id, version, actor, now, said={"reason": reason}) as step:
        _close(step, reason=step.said["reason"])
        return step.message


def restore_message(
    message_id: int,
    version: int | None,
    *,
    reason: str,
    actor: User,
    now: datetime,
    roles: Collection[Role] | None = None,
) -> Message:
    """Back to `new`: anchors stay, the closed interval is not counted, recorded breaches stay (design §3)."""
    with act(Action.RESTORE, message_id, version, actor, now, said={"reason": reason}, roles=roles) as step:
        step.note = step.said["reason"]
        message = step.message
        verdicts.reopen_findings(message)
        if message.closed_at is not None:
            step.facts.stopped = (message.closed_at, DeadlineState.CLOSED)
        closure = next((row for row in message.closures if row.restored_at is None), None)
        if closure is not None:
            closure.restored_at, closure.restored_by_id, closure.restore_reason = now, actor.id, step.note
            # From here on a person wants it in work, not the comment that was taken back.
            message.by_comment = message.by_comment and closure.reason != ASIDE
        message.closed_at = None
        return message


def _close(step: Act, *, reason: str, recipient: str = "", ground: Ground | None = None) -> Closure:
    """Nobody works on the message any more; its texts stay."""
    message, now = step.message, step.now
    end_assignments(message, now)
    _lay_aside(step)
    message.closed_at = now
    step.note = reason or recipient
    closure = Closure(
        message=message,
        status=step.target,
        ground=ground,
        reason=reason,
        recipient=recipient,
        closed_at=now,
        closed_by_id=step.actor.id,
    )
    db.session.add(closure)
    return closure


def _lay_aside(step: Act) -> None:
    """A version that was waiting or approved is so no longer; its text stays in the reply."""
    reply = current_reply(step.message)
    if reply is None or not reply.drafts:
        return
    draft: Draft = reply.drafts[-1]
    if draft.state in (DraftState.SUBMITTED, DraftState.APPROVED):
        draft.state, draft.decided_at, draft.decided_by_id = DraftState.REVOKED, step.now, step.actor.id
        draft.decided_for_id = step.for_id
    reply.approved_draft = None


def _evidence(step: Act, closure: Closure) -> Evidence:
    message = step.message
    evidence = Evidence(
        closure=closure,
        text=message.text,
        url=message.url,
        author_name=message.author.name if message.author else "",
        author_url=(message.author.profile_url or "") if message.author else "",
        published_at=message.published_at,
        taken_at=step.now,
    )
    evidence.sha256 = evidence_digest(evidence)
    db.session.add(evidence)
    db.session.flush()
    return evidence

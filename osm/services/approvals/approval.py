"""The curator's decision on a version (П.11, П.12). It is bound to the version that he saw: any change voids it."""

from __future__ import annotations

import secrets
from datetime import datetime

from flask import current_app

from osm.extensions import db
from osm.regulation.errors import MissingInput
from osm.regulation.workflow import Action, Condition
from osm.services.acts import Act, act, current_reply
from osm.services.answers import interim
from osm.services.answers.drafting import checked_text, next_number, submitted_draft
from osm.services.approvals import criteria_exceptions
from osm.services.approvals.criteria_exceptions import InSpite
from osm.services.assignments import is_shared
from osm.services.errors import NotFound, NotYours
from osm.services.outgoing import withdraw_publication
from osm.services.reading import due
from osm.settings import Settings
from osm.store.models import Draft, DraftState, Message, ReadingKind, User


def second_person_approves() -> bool:
    """Whether this office wants a common draft approved by another curator than the one who wrote it (П.14)."""
    settings: Settings = current_app.extensions["osm_settings"]
    return settings.second_person_approves


def approve_draft(
    message_id: int, version: int, *, draft_id: int, in_spite: InSpite | None = None, actor: User, now: datetime
) -> Draft:
    """This version may be published as it stands.

    `in_spite`: the curator's reason; where a criterion is unmet MissingInput demands it.
    """
    with act(Action.APPROVE_DRAFT, message_id, version, actor, now) as step:
        draft = _seen(step, draft_id)
        _approve(step, draft, in_spite)
        return draft


def correct_and_approve(
    message_id: int,
    version: int,
    *,
    draft_id: int,
    text: str,
    in_spite: InSpite | None = None,
    actor: User,
    now: datetime,
) -> Draft:
    """The curator corrects the text himself: a new version of his, approved; the executor is shown what changed."""
    with act(Action.CORRECT_AND_APPROVE, message_id, version, actor, now, said={"text": text}) as step:
        given = _seen(step, draft_id)
        corrected = checked_text(text)
        if corrected == given.text:
            _approve(step, given, in_spite)
            return given
        _decide(step, given, DraftState.CORRECTED)
        draft = Draft(
            reply=given.reply,
            number=next_number(given.reply),
            text=corrected,
            came_from=given.came_from,
            author_id=given.author_id,
            author_for_id=given.author_for_id,
            submitted_by=step.actor,
            submitted_at=now,
            is_correction=True,
        )
        db.session.add(draft)
        db.session.flush()
        due.owe([step.message.id], [ReadingKind.SEARCH])
        _approve(step, draft, in_spite)
        return draft


def return_draft(message_id: int, version: int, *, draft_id: int, remarks: str, actor: User, now: datetime) -> Draft:
    """Back to the executor with remarks; he has an hour (П.12)."""
    with act(Action.RETURN_DRAFT, message_id, version, actor, now, said={"remarks": remarks}) as step:
        draft = _seen(step, draft_id)
        draft.remarks = step.said["remarks"]
        _decide(step, draft, DraftState.RETURNED)
        step.note = draft.remarks
        return draft


def revoke_approval(message_id: int, version: int, *, reason: str, actor: User, now: datetime) -> Message:
    """The approval is taken back before anything went out; the executor reworks."""
    said, given = {"reason": reason}, {Condition.SENDING_NOT_BEGUN}
    with act(Action.REVOKE_APPROVAL, message_id, version, actor, now, said=said, given=given) as step:
        withdraw_publication(message_id, actor=actor, now=now)  # SendingBegun: then the condition does not hold
        reply = current_reply(step.message)
        if reply is None or reply.approved_draft is None:
            raise NotFound("Согласованный ответ")
        draft = reply.approved_draft
        draft.remarks = step.said["reason"]
        _decide(step, draft, DraftState.REVOKED)
        reply.approved_draft = None
        step.note = draft.remarks
        return step.message


def _seen(step: Act, draft_id: int) -> Draft:
    """The waiting version, if it is the one that the curator had before him."""
    draft = submitted_draft(step.message)
    if draft.id != draft_id:
        raise MissingInput("draft_id", "На согласовании уже другая версия. Откройте её: решение не записано.")
    return draft


def _approve(step: Act, draft: Draft, in_spite: InSpite | None) -> None:
    """Every way to approve comes by here: this very version passes what a submission must, as things are now."""
    if is_shared(step.message) and second_person_approves() and step.actor.id == draft.author_id:
        raise NotYours("Сводный ответ, который вы подготовили, согласует другой куратор: так решено настройкой.")
    checked_text(draft.text)
    interim.check_kept(draft.reply)
    if kept := criteria_exceptions.demand(draft, in_spite, actor=step.actor, now=step.now):
        step.changes |= {"unmet": (None, kept.criteria), "in_spite": (None, kept.reason)}
    _decide(step, draft, DraftState.APPROVED)
    draft.salt = draft.salt or secrets.token_hex(16)  # of before drafts had one: no digest of it exists yet
    step.changes["text_digest"] = (None, draft.digest)
    draft.reply.approved_draft = draft


def _decide(step: Act, draft: Draft, state: DraftState) -> None:
    draft.state, draft.decided_at, draft.decided_by_id = state, step.now, step.actor.id
    draft.decided_for_id = step.for_id
    step.object_kind, step.object_id = "draft", draft.id

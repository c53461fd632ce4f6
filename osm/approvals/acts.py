"""The curator's decision on a version (П.11, П.12), valid only for the version that he saw; corrections of a published
answer, here and in the network.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, update

from osm.answers.acts import promises, publication, templates
from osm.answers.acts.drafting import checked_text, next_number, submitted_draft
from osm.answers.acts.ordering import UNDO
from osm.base.application import current_settings
from osm.base.database import add_row, db
from osm.base.errors import NotFound, NotYours
from osm.base.transaction import transaction
from osm.check.acts import due
from osm.connectors import contract
from osm.flow.acts.act import Act, act, current_reply, load_message
from osm.flow.acts.moving import is_shared, plain
from osm.models import (
    Comment,
    Connection,
    CriteriaException,
    Draft,
    DraftState,
    Message,
    OutboxAction,
    OverrideReason,
    Promise,
    PromiseState,
    Publishing,
    ReadingKind,
    Reply,
    User,
)
from osm.outbox.acts.orders import SendingBegun, being_sent, withdraw_publication
from osm.outbox.queries import is_on, page_of_act
from osm.regulation import transitions
from osm.regulation.blacklist import OutboxKind, OutboxState
from osm.regulation.errors import MissingInput, TransitionNotAllowed, refuse
from osm.regulation.words import Action
from osm.wording.criteria import LABELS, Key

# --- Approval in spite of an unmet criterion (П.16, П.15)
MAX_TEXT = 1000  # characters of the curator's words


@dataclass(frozen=True, slots=True)
class Override:
    """The curator's reason. Words are required if the code does not explain it."""

    reason: OverrideReason
    text: str = ""


def override_of(reason: str, text: str) -> Override | None:
    if reason not in set(OverrideReason):
        return None
    return Override(OverrideReason(reason), plain(text).strip())


def unmet(draft: Draft) -> tuple[Key, ...]:
    reply = draft.reply
    checked = templates.check(
        draft.text, network=reply.message.network, kind=reply.kind, is_repeat=reply.message.is_repeat,
        attachments=len(reply.attachments),
    )  # fmt: skip
    return tuple(criterion.key for criterion in checked.criteria if criterion.is_missing)


def demand(draft: Draft, given: Override | None, *, actor: User, now: datetime) -> CriteriaException | None:
    """Store the reason with the version being approved; None if all criteria are met. Every approval calls this. Raises
    MissingInput (`in_spite`, `in_spite_text`)."""
    keys = unmet(draft)
    if not keys:
        return None
    if given is None:
        labels = ", ".join(LABELS[key] for key in keys)
        raise MissingInput("in_spite", f"Не хватает: {labels}. Исправьте ответ или выберите, почему согласуете так.")
    refuse("in_spite_text", len(given.text) > MAX_TEXT, f"Причина длиннее {MAX_TEXT} знаков. Сократите.")
    refuse("in_spite_text", given.reason is OverrideReason.OTHER and not given.text, "Напишите причину своими словами.")
    row = CriteriaException(
        draft_id=draft.id, criteria=",".join(keys), reason=given.reason, text=given.text, decided_at=now,
        decided_by_id=actor.id,
    )  # fmt: skip
    db.session.add(row)
    return row


# --- The decision on a version (П.11, П.12)
def second_person_approves() -> bool:
    """Whether this office demands that a common draft is approved by another curator than its author (П.14)."""
    return current_settings().second_person_approves


def approve_draft(
    message_id: int, version: int, *, draft_id: int, override: Override | None = None, actor: User, now: datetime
) -> Draft:
    """Approve this version. Without `override`, the curator's reason, an unmet criterion raises MissingInput."""
    with act(Action.APPROVE_DRAFT, message_id, version, actor, now) as step:
        draft = _seen(step, draft_id)
        _approve(step, draft, override)
        return draft


def correct_and_approve(
    message_id: int, version: int, *, draft_id: int, text: str, override: Override | None = None, actor: User,
    now: datetime,
) -> Draft:  # fmt: skip
    """The curator corrects the text: a new approved version of his; the executor is shown the changes."""
    with act(Action.CORRECT_AND_APPROVE, message_id, version, actor, now, texts={"text": text}) as step:
        given = _seen(step, draft_id)
        corrected = checked_text(text)
        if corrected == given.text:
            _approve(step, given, override)
            return given
        _decide(step, given, DraftState.CORRECTED)
        draft = Draft(
            reply=given.reply, number=next_number(given.reply), text=corrected, came_from=given.came_from,
            author_id=given.author_id, author_for_id=given.author_for_id, submitted_by=step.actor, submitted_at=now,
            is_correction=True,
        )  # fmt: skip
        add_row(draft)
        due.enqueue([step.message.id], [ReadingKind.SEARCH])
        _approve(step, draft, override)
        return draft


def return_draft(message_id: int, version: int, *, draft_id: int, remarks: str, actor: User, now: datetime) -> Draft:
    """Return it to the executor with remarks; he has an hour (П.12)."""
    with act(Action.RETURN_DRAFT, message_id, version, actor, now, texts={"remarks": remarks}) as step:
        draft = _seen(step, draft_id)
        draft.remarks = step.texts["remarks"]
        _decide(step, draft, DraftState.RETURNED)
        step.note = draft.remarks
        return draft


def revoke_approval(message_id: int, version: int, *, reason: str, actor: User, now: datetime) -> Message:
    """Take the approval back before anything was sent; the executor reworks."""
    texts, given = {"reason": reason}, {transitions.Condition.SENDING_NOT_BEGUN}
    with act(Action.REVOKE_APPROVAL, message_id, version, actor, now, texts=texts, given=given) as step:
        withdraw_publication(message_id, actor=actor, now=now)  # SendingBegun: then the condition is not met
        reply = current_reply(step.message)
        if reply is None or reply.approved_draft is None:
            raise NotFound("Согласованный ответ")
        draft = reply.approved_draft
        draft.remarks = step.texts["reason"]
        _decide(step, draft, DraftState.REVOKED)
        reply.approved_draft = None
        step.note = draft.remarks
        return step.message


def _seen(step: Act, draft_id: int) -> Draft:
    """The waiting version, if the curator saw exactly this one."""
    draft = submitted_draft(step.message)
    refuse("draft_id", draft.id != draft_id, "На согласовании уже другая версия. Откройте её: решение не записано.")
    return draft


def _approve(step: Act, draft: Draft, override: Override | None) -> None:
    """Every approval calls this: the version is checked again as at its submission."""
    if is_shared(step.message) and second_person_approves() and step.actor.id == draft.author_id:
        raise NotYours("Сводный ответ, который вы подготовили, согласует другой куратор: так решено настройкой.")
    checked_text(draft.text)
    templates.check_kept(draft.reply)
    if kept := demand(draft, override, actor=step.actor, now=step.now):
        step.changes |= {"unmet": (None, kept.criteria), "in_spite": (None, kept.reason)}
    _decide(step, draft, DraftState.APPROVED)
    draft.salt = draft.salt or secrets.token_hex(16)  # drafts from before this column: they have no digest yet
    step.changes["text_digest"] = (None, draft.digest)
    draft.reply.approved_draft = draft


def _decide(step: Act, draft: Draft, state: DraftState) -> None:
    draft.state, draft.decided_at, draft.decided_by_id = state, step.now, step.actor.id
    draft.decided_for_id = step.for_id
    step.object_kind, step.object_id = "draft", draft.id


# --- «Исправить ответ»
def correct_text(message_id: int, version: int, *, text: str, reason: str, actor: User, now: datetime) -> Draft:
    """Correct the last published reply with a new version approved by the curator; no clock moves. An unmet criterion
    of П.16 needs no reason but that of the correction. If the answer was entered in «Инцидент Менеджмент», it has to be
    entered again. Raises MissingInput, StaleVersion, TransitionNotAllowed."""
    with act(Action.CORRECT_ANSWER, message_id, version, actor, now, texts={"reason": reason}) as step:
        reply = publication.last_published(step.message)
        stood = reply.approved_draft if reply else None
        if reply is None or stood is None:
            raise TransitionNotAllowed(step.before, step.transition.action, actor.roles)
        corrected = checked_text(text)
        refuse("text", corrected == stood.text, "Текст тот же, что опубликован. Исправьте то, что неверно.")
        draft = Draft(
            reply=reply, number=next_number(reply), text=corrected, came_from=stood.came_from,
            author_id=stood.author_id, author_for_id=stood.author_for_id, submitted_by=step.actor, submitted_at=now,
            is_correction=True, salt=secrets.token_hex(16), state=DraftState.APPROVED, decided_at=now,
            decided_by_id=actor.id, decided_for_id=step.for_id,
        )  # fmt: skip
        add_row(draft)
        override = Override(OverrideReason.OTHER, step.texts["reason"][:MAX_TEXT])
        demand(draft, override, actor=actor, now=now)
        due.enqueue([step.message.id], [ReadingKind.SEARCH])
        reply.approved_draft = draft
        step.changes["text_digest"] = (stood.digest, draft.digest)
        if reply.entered_in_source_at is not None:
            step.changes["entered_in_source_at"] = (reply.entered_in_source_at, None)
            reply.entered_in_source_at = reply.entered_in_source_by_id = None
        step.object_kind, step.object_id = "draft", draft.id
        step.note = step.texts["reason"]
        return draft


# --- A corrected answer says the same in the network
_TAKEN_BACK = "Исправление отменено раньше, чем ушло в соцсеть."
_UNKNOWN = "Ответ размещала не программа: исправьте его на сайте и нажмите «Выполнено»."
_OFF = "Страница выключена, остановлена или отключена: исправьте ответ на сайте и нажмите «Выполнено»."
_BY_HAND = "На этой странице ответы размещают руками: исправьте ответ на сайте и нажмите «Выполнено»."
_CANNOT = "Исправлять ответы на этой странице программа не может: исправьте на сайте и нажмите «Выполнено»."


def correct_answer(message_id: int, version: int, *, text: str, reason: str, actor: User, now: datetime) -> Draft:
    """The answer says this from now on, here and in the network; another promised day is controlled too. Raises as
    `correct_text` does."""
    with transaction() as session:
        draft = correct_text(message_id, version, text=text, reason=reason, actor=actor, now=now)
        promises.create(draft.reply.message, draft.reply, None, actor=actor, now=now, for_id=draft.decided_for_id)
        _forget_earlier(message_id, actor, now)
        session.add(_order(draft, actor, now))
        return draft


def take_back(message_id: int, version: int, *, actor: User, now: datetime) -> Draft:
    """«Отменить исправление»: back to the published text. StaleVersion; SendingBegun once the network was asked."""
    with transaction() as session:
        load_message(message_id)
        waits = (OutboxAction.message_id == message_id, OutboxAction.kind == OutboxKind.EDIT)
        unsent = (OutboxAction.state == OutboxState.PENDING, OutboxAction.sent_at.is_(None))
        action = session.scalar(select(OutboxAction).where(*waits, *unsent).with_for_update())
        stands = _stands(action) if action is not None and not action.for_person else None
        if action is None or stands is None:
            raise SendingBegun
        draft = correct_text(message_id, version, text=stands, reason=_TAKEN_BACK, actor=actor, now=now)
        _forget_earlier(message_id, actor, now)
        made = (Promise.reply_id == draft.reply_id, Promise.created_at == action.created_at)
        for promise in session.scalars(select(Promise).where(*made, Promise.state == PromiseState.OPEN)).all():
            promises.drop(promise.id, promise.version, reason=_TAKEN_BACK, actor=actor, now=now)
        return draft


def _stands(correction: OutboxAction) -> str | None:
    """What the answer says in the network: the text of the last act that happened there."""
    reply = select(Draft.reply_id).where(Draft.id == correction.draft_id).scalar_subquery()
    happened = (OutboxState.DONE, OutboxState.DONE_BY_HAND)
    return db.session.scalar(
        select(Draft.text)
        .join(OutboxAction, OutboxAction.draft_id == Draft.id)
        .where(Draft.reply_id == reply, OutboxAction.state.in_(happened))
        .order_by(OutboxAction.id.desc())
        .limit(1)
    )


def _order(draft: Draft, actor: User, now: datetime) -> OutboxAction:
    reply = draft.reply
    published = _publication_of(reply)
    why = _UNKNOWN if published is None else _left_to_people(_connection_of(published))
    return OutboxAction(
        kind=OutboxKind.EDIT, network=reply.message.network, comment_id=published.comment_id if published else None,
        author_id=reply.message.author_id, account_id=published.account_id if published else None,
        target=published.placed if published else None, message_id=reply.message_id, draft_id=draft.id,
        url=reply.published_url, not_before=now + UNDO, created_at=now, created_by_id=actor.id,
        idempotency_key=f"edit:{draft.id}", for_person=bool(why), error=why,
    )  # fmt: skip


def _publication_of(reply: Reply) -> OutboxAction | None:
    placed = (
        select(OutboxAction)
        .join(Draft, Draft.id == OutboxAction.draft_id)
        .where(Draft.reply_id == reply.id, OutboxAction.kind == OutboxKind.PUBLISH)
        .where(OutboxAction.state == OutboxState.DONE)
        .order_by(OutboxAction.id.desc())
        .limit(1)
    )
    found = db.session.scalar(placed)
    return found if found is not None and found.placed else None


def _left_to_people(connection: Connection | None) -> str:
    """Why the program does not put it right on this page, in words; empty where it does."""
    if connection is None or not is_on(connection):
        return _OFF
    if connection.publish is Publishing.HAND:
        return _BY_HAND
    return "" if contract.Act.EDIT in connection.can else _CANNOT


def _connection_of(published: OutboxAction) -> Connection | None:
    of_act = select(Connection).select_from(OutboxAction).outerjoin(Comment, Comment.id == OutboxAction.comment_id)
    on_page = of_act.join(Connection, Connection.account_id == page_of_act())
    return db.session.scalar(on_page.where(OutboxAction.id == published.id))


def _forget_earlier(message_id: int, actor: User, now: datetime) -> None:
    """An earlier correction that has not gone out yet says nothing any more."""
    db.session.execute(
        update(OutboxAction)
        .where(
            OutboxAction.message_id == message_id,
            OutboxAction.kind == OutboxKind.EDIT,
            OutboxAction.state == OutboxState.PENDING,
            ~being_sent(now),
        )
        .values(state=OutboxState.CANCELLED, settled_at=now, settled_by_id=actor.id, version=OutboxAction.version + 1)
    )

"""An approved answer as it goes into a network, under the citizen's comment, and its correction there (П.8)."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

from sqlalchemy import select

from osm.answers.acts import publication
from osm.base.database import db
from osm.connectors import contract, hearing
from osm.connectors.contract import Connector, Placed, Target
from osm.connectors.transport import CannotLook, Fault, NetworkError
from osm.files.acts.files import stored_path
from osm.flow.acts.act import current_reply
from osm.imports.queries import editions
from osm.messages.acts.executors import WHY_HELD
from osm.models import Draft, Message, OutboxAction, Reply
from osm.outbox.acts.kinds import Errand, IsOther, KindOfAct, Photos, Result, Try, opened_photos
from osm.outbox.queries import placed_by_others
from osm.regulation import errors, words
from osm.regulation.blacklist import WITHOUT_WORDS, OutboxKind, OutboxState

_IS_GONE = "Комментария в соцсети больше нет. Посмотрите, нужен ли ещё ответ."
_IS_OTHER = "Комментарий изменён после согласования ответа. Сверьте и решите: отправить всё равно или снять с отправки."


@dataclass(frozen=True, slots=True)
class Answer:
    """An approved version. `asked`: the comment as it was when it was approved."""

    text: str
    photos: Photos
    key: str
    asked: str
    seen: str | None
    """What the comment said when a person pressed «Отправить всё равно»; no other words are meant by that."""
    is_by_link: bool  # only its address is known: it was never received, and its text came by another way
    known: frozenset[str] | None = None
    """What answers other messages. None: it is not looked for, since no try before and no order that a person has taken
    back may have placed it."""


def reply(answer: Answer, errand: Errand, connector: Connector) -> Result:
    """Put the answer under the comment, once. Raises NetworkError."""
    target = errand.target
    if answer.is_by_link:
        target = _seen(answer, target, connector)  # its thread is not known before it has been looked at
    if found := _found(answer, errand.again, target, connector):
        return found
    if not answer.is_by_link:
        target = _seen(answer, target, connector)
    placed = connector.reply(target, answer.text, opened_photos(answer.photos), answer.key)
    try:
        stands = connector.now(placed.target) if placed.at is None else None
    except NetworkError:
        return placed  # when it was written is not worth a second try
    return replace(placed, at=stands.at) if stands else placed


def _found(answer: Answer, again: bool, target: Target, connector: Connector) -> Placed | None:
    """Our answer, if it was placed already. CannotLook."""
    if answer.known is None:
        return None
    try:
        return connector.find_reply(target, answer.text, answer.known)
    except CannotLook:
        if again:
            raise
        return None  # a person who took the earlier order back has looked


def edit(answer: Answer, errand: Errand, connector: Connector) -> Result:
    """Our answer says this from now on; said twice it is the same."""
    connector.edit(errand.target, answer.text, opened_photos(answer.photos))
    return None


def _seen(answer: Answer, target: Target, connector: Connector) -> Target:
    """The present comment; if it has changed or is gone, a person decides. Not checked where no key can read."""
    try:
        stands = connector.now(target)
    except CannotLook:
        return target
    if stands is None:
        raise NetworkError(_IS_GONE, Fault.PERSON)
    is_same = _is_same(_plain(stands.text), _plain(answer.asked), is_cut=answer.is_by_link)
    is_seen = answer.seen is not None and _plain(stands.text) == _plain(answer.seen)
    if answer.asked and not is_same and not is_seen:
        raise IsOther(_IS_OTHER, stands.text)
    return stands.target if answer.is_by_link else target


def _is_same(text: str, asked: str, *, is_cut: bool) -> bool:
    """`is_cut`: a comment from a link was copied by hand or cut; it is enough that one text is a part of the other."""
    if is_cut and text and (text in asked or asked in text):
        return True
    return text == asked or (not text and asked.startswith(WITHOUT_WORDS))


def _plain(text: str) -> str:
    return " ".join(text.split())


_NOT_APPROVED = "Согласование этого ответа больше не действует: он не размещён."


def _lock_messages(action_ids: Collection[int], skip: bool) -> frozenset[int]:
    of_acts = select(OutboxAction.id).join(Message, Message.id == OutboxAction.message_id)
    of_acts = of_acts.where(OutboxAction.id.in_(action_ids)).order_by(Message.id)
    return frozenset(db.session.scalars(of_acts.with_for_update(of=Message, skip_locked=skip)))


def _is_not_approved(action: OutboxAction, _now: datetime) -> str:
    """If the message was changed since (excluded, taken back, approved again), this version is not published."""
    message = db.session.get(Message, action.message_id)
    if message is None or message.status is not words.Status.APPROVED or message.recalled_at is not None:
        return _NOT_APPROVED
    reply = current_reply(message)
    is_it = reply is not None and reply.approved_draft is not None and reply.approved_draft.id == action.draft_id
    return "" if is_it else _NOT_APPROVED


def _is_said_anew(action: OutboxAction, _now: datetime) -> str:
    """The answer was corrected once more since."""
    draft = db.session.get_one(Draft, action.draft_id)
    return "" if draft.reply.approved_draft_id == draft.id else "Ответ исправлен ещё раз: уходит последний текст."


def _held(action: OutboxAction) -> str:
    return WHY_HELD if action.draft_id is not None and editions.is_held(action.draft_id) else ""


def _reply(action: OutboxAction, _now: datetime) -> Try:
    may_be_there = action.sent_at is not None or _was_tried_before(action)
    return partial(reply, _answer(action, _known_answers(action) if may_be_there else None))


def _was_tried_before(action: OutboxAction) -> bool:
    """Whether an earlier order that was taken back may have placed the answer."""
    of_message = (OutboxAction.message_id == action.message_id, OutboxAction.kind == OutboxKind.PUBLISH)
    taken_back = (OutboxAction.state == OutboxState.CANCELLED, OutboxAction.sent_at.is_not(None))
    return db.session.scalar(select(OutboxAction.id).where(*of_message, *taken_back).limit(1)) is not None


def _edit(action: OutboxAction, _now: datetime) -> Try:
    return partial(edit, _answer(action))


def _answer(action: OutboxAction, known: frozenset[str] | None = None) -> Answer:
    draft = db.session.get_one(Draft, action.draft_id)
    photos = tuple((one.filename, one.content_type, stored_path(one.sha256)) for one in draft.reply.attachments)
    message = db.session.get_one(Message, action.message_id)
    comment, approved_at = action.comment, draft.decided_at
    # An edit that was received after the approval is what a person is asked about.
    is_known = comment is not None and (approved_at is None or comment.waiting_since <= approved_at)
    asked = comment.text if comment is not None and is_known else message.text
    seen = action.stands_text if action.in_spite else None
    return Answer(draft.text, photos, action.idempotency_key, asked, seen, is_by_link=comment is None, known=known)


def _published(action: OutboxAction, placed: Result, now: datetime) -> None:
    """The answer is in the network: the message is answered, unless a person has noted it already."""
    ordered_by = action.created_by
    if not isinstance(placed, Placed) or action.message_id is None or action.draft_id is None or ordered_by is None:
        return
    try:
        publication.note_published(
            action.message_id, draft_id=action.draft_id, url=placed.url, at=placed.at or now, ordered_by=ordered_by,
            now=now,
        )  # fmt: skip
    except errors.TransitionNotAllowed:
        action.error = "Ответ размещён, но у сообщения уже другой ответ: сверьте на странице."


def _known_answers(action: OutboxAction) -> frozenset[str]:
    """What answers other messages, by the program or by hand."""
    by_hand = select(Reply.published_url).join(Message, Message.id == Reply.message_id)
    by_hand = by_hand.where(Message.network == action.network, Reply.message_id != action.message_id)
    links = map(hearing.name_of_link, db.session.scalars(by_hand.where(Reply.published_url != "")))
    return frozenset(filter(None, links)) | placed_by_others(action)


KINDS_OF_ACTS = (
    KindOfAct(
        OutboxKind.PUBLISH, contract.Act.REPLY, _reply, unwanted=_is_not_approved, held=_held, done=_published,
        lock=_lock_messages, places=True, code="publication", clause="П.8",
    ),
    KindOfAct(
        OutboxKind.EDIT, contract.Act.EDIT, _edit, unwanted=_is_said_anew, held=_held,
        lock=_lock_messages, code="correction", clause="П.8",
    ),
)  # fmt: skip

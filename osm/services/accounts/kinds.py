"""What may go out, a row each: what the network is asked for, whether it is still wanted, what it takes along.

Whatever is a row here is claimed, tried, looked up, held and left to people by the same rules; which kinds are about a
person and which obey «Удаляет и блокирует» stands in `osm.store.queries.outgoing.stops`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from sqlalchemy import select

from osm.connectors.contract import Connector, Placed
from osm.connectors.finding import name_of_link
from osm.connectors.ways import Act
from osm.extensions import db
from osm.regulation.comment_words import OutboxKind, OutboxState
from osm.regulation.errors import TransitionNotAllowed
from osm.regulation.plan.words import PublicationState
from osm.regulation.words import Status
from osm.services.accounts import errands
from osm.services.accounts.errands import Answer, Errand, Post, Result
from osm.services.acts import current_reply
from osm.services.answers import publication
from osm.services.files.attachments import stored_path
from osm.services.plan import outgoing
from osm.store.models import Draft, Message, OutboxAction, Placement, Publication, Reply

_NOT_BEFORE = timedelta(hours=12)
"""A post of the same text that is older by so much is another one; no clock is wrong by that."""
_OTHERWISE = "Решение о блокировке изменено: действует последнее."
_NOT_APPROVED = "Согласование этого ответа больше не действует: он не размещён."


def _is_wanted(_action: OutboxAction, _now: datetime) -> str:
    """A decision on a comment or a person that is undone takes its act along: what is there is wanted."""
    return ""


def _is_decided_anew(action: OutboxAction, _now: datetime) -> str:
    """The curator changed the decision while this ban was being sent: the later order says how it ends."""
    if action.proposal_id is None:
        return ""
    later = (OutboxAction.proposal_id == action.proposal_id, OutboxAction.id > action.id)
    waits = select(OutboxAction.id).where(*later, OutboxAction.state == OutboxState.PENDING)
    return _OTHERWISE if db.session.scalar(waits.limit(1)) is not None else ""


def _no_answer(_action: OutboxAction) -> Answer | None:
    return None


def _no_post(_action: OutboxAction, _now: datetime) -> Post | None:
    return None


def _nothing_known(_action: OutboxAction, _now: datetime) -> frozenset[str]:
    return frozenset()


def _locks_nothing(_action_id: int) -> None:
    return None


def _lock_message(action_id: int) -> None:
    message = select(Message.id).join(OutboxAction, OutboxAction.message_id == Message.id)
    db.session.execute(message.where(OutboxAction.id == action_id).with_for_update(of=Message))


def _lock_publication(action_id: int) -> None:
    outgoing.lock_of([action_id])


def _nothing_more(_action: OutboxAction, _result: Result, _now: datetime) -> None:
    return None


@dataclass(frozen=True, slots=True)
class KindOfAct:
    """`act`: what the network is asked for; `run`: how, in a thread that asks no database."""

    act: Act
    run: Callable[[Errand, Connector], Result]
    unwanted: Callable[[OutboxAction, datetime], str] = _is_wanted
    """Why it is not to happen after all, in words: asked in the transaction that claims it."""
    answer: Callable[[OutboxAction], Answer | None] = _no_answer
    post: Callable[[OutboxAction, datetime], Post | None] = _no_post
    done: Callable[[OutboxAction, Result, datetime], None] = _nothing_more
    """What follows here once it has happened in the network."""
    known: Callable[[OutboxAction, datetime], frozenset[str]] = _nothing_known
    """What other acts have placed: asked where this one is looked for."""
    first: Callable[[int], None] = _locks_nothing
    """Locks what else it changes, before the act itself is locked: people lock in this order too."""


def _is_not_approved(action: OutboxAction, _now: datetime) -> str:
    """Whatever was done to the message since (excluded, taken back, approved anew): this version goes out or none."""
    message = db.session.get(Message, action.message_id)
    if message is None or message.status is not Status.APPROVED or message.recalled_at is not None:
        return _NOT_APPROVED
    reply = current_reply(message)
    is_it = reply is not None and reply.approved_draft is not None and reply.approved_draft.id == action.draft_id
    return "" if is_it else _NOT_APPROVED


def _is_said_anew(action: OutboxAction, _now: datetime) -> str:
    """The answer was corrected once more meanwhile."""
    draft = db.session.get_one(Draft, action.draft_id)
    return "" if draft.reply.approved_draft_id == draft.id else "Ответ исправлен ещё раз: уходит последний текст."


def _answer(action: OutboxAction) -> Answer | None:
    """What goes out: read here, since the thread that sends it asks no database."""
    draft = db.session.get_one(Draft, action.draft_id)
    photos = tuple((one.filename, one.content_type, stored_path(one.sha256)) for one in draft.reply.attachments)
    message = db.session.get_one(Message, action.message_id)
    comment, approved_at = action.comment, draft.decided_at
    # An edit that was heard after the approval is what a person is asked about.
    is_known = comment is not None and (approved_at is None or comment.waiting_since <= approved_at)
    asked = comment.text if comment is not None and is_known else message.text
    seen = action.stands_text if action.in_spite else None
    return Answer(draft.text, photos, action.idempotency_key, asked, seen)


def _stands_again(action: OutboxAction, _result: Result, _now: datetime) -> None:
    """The comment is there; the network may tell of it later or never."""
    if action.comment is not None:
        action.comment.gone_at, action.comment.gone_by = None, ""


def _keep_place(action: OutboxAction, placed: Placed) -> None:
    action.url, action.placed, action.placed_name = placed.url[:1000], asdict(placed.target), placed.target.name


def _published(action: OutboxAction, placed: Result, now: datetime) -> None:
    """The answer stands there: the message is answered, unless somebody has noted so meanwhile."""
    ordered_by = action.created_by
    if not isinstance(placed, Placed):
        return
    _keep_place(action, placed)
    if action.message_id is None or action.draft_id is None or ordered_by is None:
        return
    try:
        publication.note_published(
            action.message_id,
            draft_id=action.draft_id,
            url=placed.url,
            at=placed.at or now,
            ordered_by=ordered_by,
            now=now,
        )
    except TransitionNotAllowed:
        action.error = "Ответ размещён, но у сообщения уже другой ответ: сверьте на странице."


def _post(action: OutboxAction, now: datetime) -> Post | None:
    """What goes out on this page, as it is approved now."""
    placement = action.placement
    if placement is None:
        return None
    row = placement.publication
    photos = tuple((one.filename, "image/jpeg", stored_path(one.sha256)) for one in row.photos)
    is_late = not action.in_spite and outgoing.is_too_late(row, now)
    about = (row.text_of(placement), photos, action.idempotency_key, _since(action, now))
    return Post(*about, is_late=is_late, in_spite=action.in_spite, said_last=outgoing.said_last(action))


def _since(action: OutboxAction, now: datetime) -> datetime:
    return (action.sent_at or now) - _NOT_BEFORE


def _known_posts(action: OutboxAction, now: datetime) -> frozenset[str]:
    """Others of this page, which may say the same."""
    if action.placement is None:
        return frozenset()
    others = select(Placement.url).join(Publication, Publication.id == Placement.publication_id)
    here = (Placement.account_id == action.placement.account_id, Placement.id != action.placement.id)
    others = others.where(*here, Placement.placed_at >= _since(action, now))
    # What was found on the page may be this very post.
    others = others.where(Placement.url != "", Publication.state != PublicationState.FOUND)
    return frozenset(db.session.scalars(others)) | _placed_by_others(action)


def _known_answers(action: OutboxAction, _now: datetime) -> frozenset[str]:
    """What answers other messages, by the program or by hand."""
    by_hand = select(Reply.published_url).join(Message, Message.id == Reply.message_id)
    by_hand = by_hand.where(Message.network == action.network, Reply.message_id != action.message_id)
    links = map(name_of_link, db.session.scalars(by_hand.where(Reply.published_url != "")))
    return frozenset(filter(None, links)) | _placed_by_others(action)


def _placed_by_others(action: OutboxAction) -> frozenset[str]:
    others = (OutboxAction.network == action.network, OutboxAction.id != action.id)
    names = select(OutboxAction.placed_name).where(*others, OutboxAction.placed_name.is_not(None))
    return frozenset(name for name in db.session.scalars(names) if name)


def _post_stands(action: OutboxAction, placed: Result, now: datetime) -> None:
    if not isinstance(placed, Placed):
        return
    _keep_place(action, placed)
    outgoing.stands(action, placed.url, placed.at or now, now)


KINDS: Mapping[OutboxKind, KindOfAct] = {
    OutboxKind.DELETE: KindOfAct(Act.DELETE, errands.delete),
    OutboxKind.RESTORE: KindOfAct(Act.RESTORE, errands.restore, done=_stands_again),
    OutboxKind.BAN: KindOfAct(Act.BAN, errands.ban, unwanted=_is_decided_anew),
    OutboxKind.UNBAN: KindOfAct(Act.UNBAN, errands.unban),
    OutboxKind.PUBLISH: KindOfAct(
        Act.REPLY,
        errands.reply,
        unwanted=_is_not_approved,
        answer=_answer,
        done=_published,
        known=_known_answers,
        first=_lock_message,
    ),
    OutboxKind.POST: KindOfAct(
        Act.POST,
        errands.post,
        unwanted=outgoing.unwanted,
        post=_post,
        done=_post_stands,
        known=_known_posts,
        first=_lock_publication,
    ),
    OutboxKind.EDIT: KindOfAct(Act.EDIT, errands.edit, unwanted=_is_said_anew, answer=_answer, first=_lock_message),
}

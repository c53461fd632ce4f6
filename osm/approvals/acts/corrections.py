"""A corrected answer says the same in the network."""

from datetime import datetime

from sqlalchemy import select, update

from osm.answers.acts.ordering import UNDO
from osm.approvals.acts import approval
from osm.base.database import db
from osm.base.transaction import transaction
from osm.connectors.contract import Act
from osm.flow.acts.act import load_message
from osm.models import Comment, Connection, Draft, OutboxAction, Publishing, Reply, User
from osm.outbox.acts.orders import SendingBegun, being_sent
from osm.outbox.queries import is_on, page_of_act
from osm.regulation.blacklist import OutboxKind, OutboxState

# --- A corrected answer says the same in the network
_TAKEN_BACK = "Исправление отменено раньше, чем ушло в соцсеть."
_UNKNOWN = "Ответ размещала не программа: исправьте его на сайте и нажмите «Выполнено»."
_OFF = "Страница выключена, остановлена или отключена: исправьте ответ на сайте и нажмите «Выполнено»."
_BY_HAND = "На этой странице ответы размещают руками: исправьте ответ на сайте и нажмите «Выполнено»."
_CANNOT = "Исправлять ответы на этой странице программа не может: исправьте на сайте и нажмите «Выполнено»."


def correct_answer(message_id: int, version: int, *, text: str, reason: str, actor: User, now: datetime) -> Draft:
    """The answer says this from now on, here and in the network. Raises as `corrections.correct_text` does."""
    with transaction() as session:
        draft = approval.correct_text(message_id, version, text=text, reason=reason, actor=actor, now=now)
        _forget_earlier(message_id, actor, now)
        session.add(_order(draft, actor, now))
        return draft


def take_back(message_id: int, version: int, *, actor: User, now: datetime) -> Draft:
    """«Отменить исправление»: the answer gets its published text again. Raises StaleVersion; SendingBegun after the
    network was asked."""
    with transaction() as session:
        load_message(message_id)
        waits = (OutboxAction.message_id == message_id, OutboxAction.kind == OutboxKind.EDIT)
        unsent = (OutboxAction.state == OutboxState.PENDING, OutboxAction.sent_at.is_(None))
        action = session.scalar(select(OutboxAction).where(*waits, *unsent).with_for_update())
        stands = _stands(action) if action is not None and not action.for_person else None
        if stands is None:
            raise SendingBegun
        draft = approval.correct_text(message_id, version, text=stands, reason=_TAKEN_BACK, actor=actor, now=now)
        _forget_earlier(message_id, actor, now)
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
    """The act that placed this answer, where the program did."""
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
    return "" if Act.EDIT in connection.can else _CANNOT


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

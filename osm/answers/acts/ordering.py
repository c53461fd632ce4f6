"""An approved answer is published where the program can, automatically or by one press (П.8)."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import contains_eager, joinedload

from osm.answers.acts.publication import check_may_publish
from osm.base.database import db
from osm.base.errors import ServiceError
from osm.base.transaction import transaction
from osm.base.types import is_code
from osm.connectors.contract import Act
from osm.connectors.registry import traits_of
from osm.flow.acts.act import current_reply, load_message
from osm.imports.queries.editions import is_held
from osm.log.acts.record import record
from osm.messages.acts.executors import check_not_held
from osm.models import Account, Comment, Connection, Deadline, Message, OutboxAction, Publishing, User
from osm.networks.pages import At, coded_comment, comment_at
from osm.outbox.acts import orders
from osm.outbox.queries import is_on
from osm.regulation import blacklist, words
from osm.regulation.words import DeadlineState

# --- Where the program itself can answer a message


@dataclass(frozen=True, slots=True)
class Way:
    """How one message is answered. Without `comment` its link alone is known: `target`, as the network names it."""

    connection: Connection
    comment: Comment | None = None
    target: Mapping[str, str] | None = None


def way_of(message_id: int) -> Way | None:
    """How the program itself could answer this message; None: by hand."""
    return ways_of([message_id]).get(message_id)


def ways_of(message_ids: Collection[int]) -> dict[int, Way]:
    """How the program itself could answer each of these; without those answered by hand. A handful of statements."""
    own = _of_own(message_ids)
    found = {number: [way] for number, way in own.items()} | _by_link([one for one in message_ids if one not in own])
    able = {number: [way for way in ways if _able(way.connection)] for number, ways in found.items()}
    return {number: ways[0] for number, ways in able.items() if ways}


def _able(connection: Connection) -> bool:
    return is_on(connection) and Act.REPLY in connection.can and connection.publish is not Publishing.HAND


def _of_own(message_ids: Collection[int]) -> dict[int, Way]:
    """The comment that a message was made of."""
    rows = db.session.execute(_comments().where(Comment.message_id.in_(message_ids)))
    # In reverse: of several the first stays.
    return {row.message_id: Way(connection, row) for row, connection in reversed(rows.all()) if row.message_id}


def _by_link(message_ids: Collection[int]) -> dict[int, list[Way]]:
    """The comment that the link of a message names, known to us or not."""
    urls = db.session.execute(select(Message.id, Message.url).where(Message.id.in_(message_ids))).all()
    named = {number: at for number, url in urls if (at := comment_at(url)) is not None}
    coded = {number: code for number, url in urls if (code := coded_comment(url)) is not None}
    return _by_name(named) | _received_by_code(coded)


def _by_name(named: Mapping[int, At]) -> dict[int, list[Way]]:
    if not named:
        return {}
    names = {_name(at) for at in named.values()}
    of_these = (Comment.network.in_({at.network for at in named.values()}), Comment.external_id.in_(names))
    rows = db.session.execute(_comments().where(*of_these))
    received = {(row.network, row.external_id): Way(connection, row) for row, connection in reversed(rows.all())}
    query = select(Connection).join(Connection.account).options(contains_eager(Connection.account))
    ids = {at.page for at in named.values()}
    either = Account.external_id.in_(ids) | Connection.page_name.in_(ids) | Connection.elsewhere
    connections = db.session.scalars(query.where(either).order_by(Connection.id)).all()
    return {number: _ways_to(at, received, connections) for number, at in named.items()}


def _ways_to(at: At, received: Mapping[tuple[str, str], Way], connections: Sequence[Connection]) -> list[Way]:
    if known := received.get((at.network, _name(at))):
        return [known]
    in_network = [one for one in connections if one.account.network == at.network]
    for one in in_network:
        if at.page in (one.account.external_id, one.page_name):
            return [Way(one, target=at.target)]
    if at.kind not in traits_of(at.network).elsewhere:
        return []
    return [Way(guest, target=at.target) for guest in in_network if guest.elsewhere]


def _received_by_code(coded: Mapping[int, tuple[str, str, str]]) -> dict[int, list[Way]]:
    """As far as they were received: their addresses do not say how a program names them."""
    if not coded:
        return {}
    of_these = (
        (Comment.network == network) & Comment.external_id.endswith(f"_{comment}", autoescape=True)
        for network, _post, comment in coded.values()
    )
    rows = db.session.execute(_comments().where(or_(*of_these)))
    received = {coded_comment(row.url): Way(connection, row) for row, connection in rows}
    return {number: [received[code]] for number, code in coded.items() if code in received}


def _comments() -> Select[Comment, Connection]:
    joined = select(Comment, Connection).join(Connection, Connection.account_id == Comment.account_id)
    with_page = joined.options(joinedload(Connection.account))
    return with_page.where(Comment.target.is_not(None)).order_by(Comment.id)


def _name(at: At) -> str:
    """By what a comment is known again in its network (`Target.name`)."""
    return f"{at.owner or at.place}_{at.id}" if at.kind == "comment" else f"{at.kind}:{at.owner}_{at.place}_{at.id}"


# --- Publishing the answer
UNDO = timedelta(seconds=60)
"""For so long citizens do not see the answer, so that it can be stopped; less where the term would be missed."""

PACE = timedelta(seconds=20)  # between two answers of one common text on one page

Approved = TypeVar("Approved")


class NotByItself(ServiceError):
    """The program cannot place this answer: it is placed by hand."""


def order(message_id: int, version: int, *, actor: User, now: datetime) -> OutboxAction:
    """Publish the approved version under the comment. Pressed twice it is published once. StaleVersion; NotYours;
    AnswerHeld; NotByItself where the page is not connected, or no version is approved."""
    with transaction():
        message = _seen(message_id, version, actor)
        waiting = orders.publication_of(message_id)
        if waiting is not None:
            return waiting
        return _order(message, way_of(message_id), actor, now)


def approve_and_order(approve: Callable[[], Approved], message_id: int, *, actor: User, now: datetime) -> Approved:
    """Approve, and where the page says «сразу» the answer goes out with the approval, in one transaction."""
    with transaction():
        done = approve()
        way = way_of(message_id)
        if way is not None and way.connection.publish is Publishing.AUTO:
            _order(load_message(message_id), way, actor, now)
        return done


def order_all(messages: Sequence[Message], *, actor: User, now: datetime) -> int:
    """The approved answers of these messages go out one after the other, in the caller's transaction; how many.

    First those with a term that has passed, then by the next term. A page is not flooded with like texts: PACE lies
    between two of one page, after those that wait there already, unless a term would be missed by it. Those that wait
    already, those that the program cannot place, and those that are held are left as they are.
    """
    approved = (one for one in messages if one.status is words.Status.APPROVED and not _is_held(one))
    ready = [(_terms_of(message.id), message) for message in approved]
    ways = ways_of([message.id for _due, message in ready])
    turns, free = 0, _free_from({way.connection.account_id for way in ways.values()}, now)
    for terms, message in sorted(ready, key=lambda one: (not one[0], one[0][:1], one[1].id)):
        way = ways.get(message.id)
        if way is None or orders.publication_of(message.id) is not None:
            continue
        later, turns = free[way.connection.account_id], turns + 1
        free[way.connection.account_id] = later + PACE
        _order(message, way, actor, now, not_before=_in_time(later, terms, now))
    return turns


def stop(message_id: int, version: int, *, actor: User, now: datetime) -> bool:
    """Take back the order to publish. StaleVersion, NotYours, SendingBegun."""
    with transaction():
        message = _seen(message_id, version, actor)
        if not orders.withdraw_publication(message_id, actor=actor, now=now):
            return False
        record("stop_publication", at=now, actor=actor, message=message, clause="П.8")
        return True


def _is_held(message: Message) -> bool:
    reply = current_reply(message)
    return reply is not None and reply.approved_draft_id is not None and is_held(reply.approved_draft_id)


def try_again(
    message_id: int, version: int, *, action_id: int, action_version: int, in_spite: bool, actor: User, now: datetime
) -> OutboxAction:
    """The network has refused, or a person has looked: once more (`outbox.try_again`). StaleVersion, NotYours."""
    with transaction():
        _seen(message_id, version, actor)
        action = orders.try_again(
            action_id, action_version, message_id=message_id, in_spite=in_spite, actor=actor, now=now
        )
        if action.draft_id is not None:
            check_not_held(action.draft_id)
        return action


def _seen(message_id: int, version: int, actor: User) -> Message:
    message = load_message(message_id, version)
    check_may_publish(message, actor)
    return message


def _free_from(account_ids: Collection[int], now: datetime) -> dict[int, datetime]:
    """When the next answer may go out on each of these pages: after the last that waits there."""
    waiting = (
        select(OutboxAction.account_id, func.max(OutboxAction.not_before))
        .where(
            OutboxAction.account_id.in_(account_ids),
            OutboxAction.kind == blacklist.OutboxKind.PUBLISH,
            OutboxAction.state == blacklist.OutboxState.PENDING,
            OutboxAction.for_person.is_(False),
        )
        .group_by(OutboxAction.account_id)
    )
    last = {number: at + PACE for number, at in db.session.execute(waiting) if number}
    return {number: max(now + UNDO, last.get(number, now)) for number in account_ids}


def _order(
    message: Message, way: Way | None, actor: User, now: datetime, not_before: datetime | None = None
) -> OutboxAction:
    reply = current_reply(message)
    if message.status is not words.Status.APPROVED or reply is None or reply.approved_draft is None:
        raise NotByItself("Публиковать нечего: согласованного ответа нет. Ничего не изменено.")
    if way is None:
        raise NotByItself("Программа не может ответить на этой странице сама. Разместите ответ и вставьте ссылку.")
    check_not_held(reply.approved_draft.id)
    draft = reply.approved_draft
    tried = db.session.scalar(select(func.count()).where(OutboxAction.draft_id == draft.id)) or 0
    action = OutboxAction(
        kind=blacklist.OutboxKind.PUBLISH,
        network=way.connection.account.network,
        comment_id=way.comment.id if way.comment else None,
        author_id=way.comment.author_id if way.comment else message.author_id,
        account_id=way.connection.account_id,
        target=dict(way.target) if way.target else None,
        message_id=message.id,
        draft_id=draft.id,
        not_before=not_before or _in_time(now + UNDO, _terms_of(message.id), now),
        created_at=now,
        created_by_id=actor.id,
        # One version goes out once; stopped and ordered again it is another order.
        idempotency_key=f"publish:{draft.id}:{tried}",
    )
    db.session.add(action)
    record("order_publication", at=now, actor=actor, message=message, clause="П.8")
    return action


def _in_time(planned: datetime, terms: Sequence[datetime], now: datetime) -> datetime:
    """As planned, or earlier where a term would be missed by that. What has been missed is in no such hurry."""
    due = next((one for one in terms if one > now), None)
    return planned if due is None else min(planned, max(now, due - UNDO))


def _terms_of(message_id: int) -> Sequence[datetime]:
    """The terms of the message that run, those that have passed first."""
    open_terms = (Deadline.message_id == message_id, is_code(Deadline.state, DeadlineState.OPEN))
    return sorted(due for due in db.session.scalars(select(Deadline.due_at).where(*open_terms)) if due)

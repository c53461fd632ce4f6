"""Kinds of acts in networks, a row each: the request, whether it is still wanted, what it needs.

Every row is claimed, tried, looked up, held and left to people by the same rules. `osm.flow.queries.stops` says which
kinds are about a person and which obey «Удаляет и блокирует».
"""

import json
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, wait
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from sqlalchemy import delete, select

from osm.accounts.acts import hearing, received, stopping
from osm.accounts.acts.keys import UNREAD, Unforeseen, in_thread, note_ours
from osm.accounts.acts.stopping import Answer, Errand, Post, Result
from osm.accounts.acts.ways import connector_of
from osm.answers.acts import publication
from osm.connectors.calls import ReadsCalls
from osm.connectors.contract import Connector, Event, Placed
from osm.connectors.faults import NetworkError
from osm.connectors.looking import name_of_link
from osm.connectors.ways import Act
from osm.extensions import db
from osm.files.acts.files import stored_path
from osm.flow.acts.act import current_reply
from osm.plan.acts import outgoing
from osm.plan.rules.words import PublicationState
from osm.regulation.comment_words import OutboxKind, OutboxState
from osm.regulation.errors import TransitionNotAllowed
from osm.regulation.words import Status
from osm.services.pace import Pace
from osm.store.models import Connection, Draft, Message, OutboxAction, Placement, Publication, ReceivedEvent, Reply
from osm.store.transaction import transaction

# --- What was received is worked off like what the worker hears itself
AT_ONCE = 5
"""Events that are stored in one transaction: it keeps the write lock of SQLite for about 30 ms."""
SOON = 0.05
"""Seconds that a round waits for events that are read without asking the network."""
MOST_TRIES = 5
"""To read one event, before it is left out."""
KEPT = timedelta(days=7)
"""How long an id is remembered: no network delivers the same event later."""
AGAIN = timedelta(seconds=30)
"""After a network did not answer what we ask it about its event."""
_LEFT_OUT = (
    "Одно событие соцсети программа прочитать не смогла (ошибка {}): оно пропущено, его ищут на самой странице. "
    "Посмотрите сами, всё ли дошло, и покажите это сообщение администратору."
)


@dataclass
class Reading:
    """What is being read: connection → the rows, and their events; which pages wait after a failure.

    `tried`: events that an error of ours kept from being read, by page; such a page is read event by event.
    """

    busy: dict[int, tuple[list[int], Future[Any]]] = field(default_factory=dict)
    again: dict[int, datetime] = field(default_factory=dict)
    tried: dict[int, Counter[int]] = field(default_factory=dict)


_reading = Reading()


def run(now: datetime, pace: Pace) -> int:
    """Work off what was received; how many comments came in. A round of the worker never waits for a network."""
    is_whole = pace.seconds == float("inf")
    reading = Reading() if is_whole else _reading
    until, came = time.monotonic() + pace.seconds, _collect(reading, now)
    while True:
        _begin(reading, now)
        if not reading.busy:
            return came
        done = wait([events for _rows, events in reading.busy.values()], None if is_whole else SOON).done
        came += _collect(reading, now)
        if not done or time.monotonic() > until:
            return came


def _begin(reading: Reading, now: datetime) -> None:
    waiting = select(ReceivedEvent.connection_id).where(ReceivedEvent.worked_at.is_(None)).distinct()
    query = select(Connection).where(Connection.id.in_(waiting)).order_by(Connection.id)
    for connection in db.session.scalars(query).all():
        rests = timedelta() < reading.again.get(connection.id, now) - now <= AGAIN
        full = len(reading.busy) >= hearing.MOST_AT_ONCE
        if connection.id in reading.busy or rests or full or not received.is_on(connection):
            continue
        number = connection.id
        try:
            connector = connector_of(connection)
            if not isinstance(connector, ReadsCalls):
                continue
            rows = _waiting_of(number, 1 if number in reading.tried else AT_ONCE)
            events = in_thread(partial(_received, connector, [row.body for row in rows]))
        except Exception as error:
            note_ours(error, "calls not begun", connection=number)
            reading.again[number] = now + AGAIN
            hearing.failed(number, Unforeseen(error, words=UNREAD), now)
            continue
        reading.busy[number] = ([row.id for row in rows], events)
    db.session.rollback()


def _received(connector: ReadsCalls, bodies: list[str]) -> Sequence[Event]:
    return connector.received([json.loads(body) for body in bodies])


def _waiting_of(connection_id: int, at_most: int) -> list[ReceivedEvent]:
    of_page = (ReceivedEvent.connection_id == connection_id, ReceivedEvent.worked_at.is_(None))
    return list(db.session.scalars(select(ReceivedEvent).where(*of_page).order_by(ReceivedEvent.id).limit(at_most)))


def _collect(reading: Reading, now: datetime) -> int:
    came = 0
    for number, (rows, answer) in [one for one in reading.busy.items() if one[1][1].done()]:
        del reading.busy[number]
        reading.again.pop(number, None)
        try:
            came += _enter(number, rows, answer.result(), now)
            reading.tried.pop(number, None)
        except NetworkError as error:
            reading.again[number] = now + AGAIN
            hearing.failed(number, error, now)
        except Exception as error:
            note_ours(error, "call not read", connection=number, events=rows)
            reading.again[number] = now + AGAIN
            _count(reading, number, rows, error, now)
    return came


def _count(reading: Reading, number: int, rows: list[int], error: Exception, now: datetime) -> None:
    """An error of ours is a try of the one event that it is about; after a few that event is left out."""
    tried = reading.tried.setdefault(number, Counter())
    if len(rows) != 1:
        return
    tried.update(rows)
    if tried[rows[0]] >= MOST_TRIES:
        del reading.tried[number]
        _leave_out(number, rows[0], _LEFT_OUT.format(type(error).__name__), now)


def _leave_out(connection_id: int, event_id: int, words: str, now: datetime) -> None:
    """Skip the event and read on; catching up looks for its content on the page itself."""
    with transaction() as session:
        connection = session.get(Connection, connection_id, with_for_update=received.LOCK)
        row = session.get(ReceivedEvent, event_id, with_for_update=True)
        if connection is None or row is None or row.worked_at is not None:
            return
        row.worked_at, row.body, connection.said = now, "", words
        connection.gap_since = connection.gap_since or row.received_at


def _enter(connection_id: int, ids: list[int], events: Sequence[Event], now: datetime) -> int:
    """The events, and that they are worked off, in one transaction; nothing where another process was quicker."""
    with transaction() as session:
        connection = session.get(Connection, connection_id, with_for_update=received.LOCK)
        if connection is None or not received.is_on(connection):
            return 0
        query = select(ReceivedEvent).where(ReceivedEvent.id.in_(ids), ReceivedEvent.worked_at.is_(None))
        rows = session.scalars(query.with_for_update().execution_options(populate_existing=True)).all()
        if len(rows) != len(ids):
            return 0
        for row in rows:
            row.worked_at, row.body = now, ""
        connection.told_at = max(row.received_at for row in rows)
        hearing.calls_came(connection)
        session.execute(delete(ReceivedEvent).where(ReceivedEvent.worked_at < now - KEPT))
        return received.enter(connection.account, events, now)


# --- What may go out, a row each
_NOT_BEFORE = timedelta(hours=12)
"""A post of the same text that is older by so much is another one; no clock is wrong by that."""
_OTHERWISE = "Решение о блокировке изменено: действует последнее."
_NOT_APPROVED = "Согласование этого ответа больше не действует: он не размещён."


def _is_decided_anew(action: OutboxAction, _now: datetime) -> str:
    """The curator changed the decision while this ban was being sent: the later order says how it ends."""
    if action.proposal_id is None:
        return ""
    later = (OutboxAction.proposal_id == action.proposal_id, OutboxAction.id > action.id)
    waits = select(OutboxAction.id).where(*later, OutboxAction.state == OutboxState.PENDING)
    return _OTHERWISE if db.session.scalar(waits.limit(1)) is not None else ""


def _lock_message(action_id: int) -> None:
    message = select(Message.id).join(OutboxAction, OutboxAction.message_id == Message.id)
    db.session.execute(message.where(OutboxAction.id == action_id).with_for_update(of=Message))


def _lock_publication(action_id: int) -> None:
    outgoing.lock_of([action_id])


@dataclass(frozen=True, slots=True)
class KindOfAct:
    """`act`: what the network is asked for; `run`: how, in a thread that asks no database."""

    act: Act
    run: Callable[[Errand, Connector], Result]
    unwanted: Callable[[OutboxAction, datetime], str] = lambda _action, _now: ""
    """Why it is not to happen after all, in words: asked in the transaction that claims it."""
    answer: Callable[[OutboxAction], Answer | None] = lambda _action: None
    post: Callable[[OutboxAction, datetime], Post | None] = lambda _action, _now: None
    done: Callable[[OutboxAction, Result, datetime], None] = lambda _action, _result, _now: None
    """What follows here once it has happened in the network."""
    known: Callable[[OutboxAction, datetime], frozenset[str]] = lambda _action, _now: frozenset()
    """What other acts have placed: asked where this one is looked for."""
    first: Callable[[int], None] = lambda _action_id: None
    """Locks what else it changes, before the act itself is locked: people lock in this order too."""


def _is_not_approved(action: OutboxAction, _now: datetime) -> str:
    """If the message was changed since (excluded, taken back, approved again), this version is not published."""
    message = db.session.get(Message, action.message_id)
    if message is None or message.status is not Status.APPROVED or message.recalled_at is not None:
        return _NOT_APPROVED
    reply = current_reply(message)
    is_it = reply is not None and reply.approved_draft is not None and reply.approved_draft.id == action.draft_id
    return "" if is_it else _NOT_APPROVED


def _is_said_anew(action: OutboxAction, _now: datetime) -> str:
    """The answer was corrected once more since."""
    draft = db.session.get_one(Draft, action.draft_id)
    return "" if draft.reply.approved_draft_id == draft.id else "Ответ исправлен ещё раз: уходит последний текст."


def _answer(action: OutboxAction) -> Answer | None:
    """What goes out: read here, since the thread that sends it asks no database."""
    draft = db.session.get_one(Draft, action.draft_id)
    photos = tuple((one.filename, one.content_type, stored_path(one.sha256)) for one in draft.reply.attachments)
    message = db.session.get_one(Message, action.message_id)
    comment, approved_at = action.comment, draft.decided_at
    # An edit that was received after the approval is what a person is asked about.
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
    """The answer is in the network: the message is answered, unless a person has noted it already."""
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
    outgoing.note_posted(action, placed.url, placed.at or now, now)


KINDS: Mapping[OutboxKind, KindOfAct] = {
    OutboxKind.DELETE: KindOfAct(Act.DELETE, stopping.delete),
    OutboxKind.RESTORE: KindOfAct(
        Act.RESTORE, lambda errand, connector: connector.restore(errand.target), done=_stands_again
    ),
    OutboxKind.BAN: KindOfAct(Act.BAN, stopping.ban, unwanted=_is_decided_anew),
    OutboxKind.UNBAN: KindOfAct(Act.UNBAN, lambda errand, connector: connector.unban(errand.target.author)),
    OutboxKind.PUBLISH: KindOfAct(
        Act.REPLY,
        stopping.reply,
        unwanted=_is_not_approved,
        answer=_answer,
        done=_published,
        known=_known_answers,
        first=_lock_message,
    ),
    OutboxKind.POST: KindOfAct(
        Act.POST,
        stopping.post,
        unwanted=outgoing.unwanted,
        post=_post,
        done=_post_stands,
        known=_known_posts,
        first=_lock_publication,
    ),
    OutboxKind.EDIT: KindOfAct(Act.EDIT, stopping.edit, unwanted=_is_said_anew, answer=_answer, first=_lock_message),
}

"""Due publications: ordered once from the networks, or left to people with a reminder (Пр.1.2.4).

The order is written in the same transaction as the note that it was begun: a worker that is killed orders nothing
twice.
"""

import logging
from collections import defaultdict
from collections.abc import Callable, Collection, Sequence
from datetime import datetime, timedelta
from functools import partial

from sqlalchemy import Select, exists, func, or_, select, update
from sqlalchemy.orm import contains_eager

from osm.accounts.acts.keys import Unforeseen, this_installation
from osm.accounts.acts.publishing import UNDO
from osm.accounts.acts.received import is_on
from osm.accounts.acts.ways import MOST_AT_ONCE, Asking
from osm.approvals.acts import approval
from osm.connectors.contract import Connector, Posts, Written
from osm.connectors.faults import NetworkError
from osm.connectors.ways import Act
from osm.extensions import db
from osm.flow.acts.act import load_message
from osm.flow.acts.edits import SendingBegun, being_sent
from osm.flow.queries.stops import page_of_act
from osm.log.acts.record import record
from osm.plan.acts import planning
from osm.plan.acts.outgoing import TOO_LATE, fail, is_too_late, lock, lock_of, too_late, waiting_actions
from osm.plan.acts.texts import CLAUSE
from osm.plan.rules.week import GRACE
from osm.plan.rules.words import BY_PROGRAM, PublicationState
from osm.regulation.comment_words import OutboxKind, OutboxState
from osm.store.models import (
    Comment,
    Connection,
    ConnectionState,
    Draft,
    OutboxAction,
    Placement,
    Publication,
    Publishing,
    Reply,
    Stop,
    User,
)
from osm.store.transaction import is_passing, transaction

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
        session.add(_corrections_order(draft, actor, now))
        return draft


def take_back(message_id: int, version: int, *, actor: User, now: datetime) -> Draft:
    """«Отменить исправление»: the answer gets its published text again.

    Raises StaleVersion; SendingBegun after the network was asked.
    """
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


def _corrections_order(draft: Draft, actor: User, now: datetime) -> OutboxAction:
    reply = draft.reply
    published = _publication_of(reply)
    why = _UNKNOWN if published is None else _left_to_people(_connection_of(published))
    return OutboxAction(
        kind=OutboxKind.EDIT,
        network=reply.message.network,
        comment_id=published.comment_id if published else None,
        author_id=reply.message.author_id,
        account_id=published.account_id if published else None,
        target=published.placed if published else None,
        message_id=reply.message_id,
        draft_id=draft.id,
        url=reply.published_url,
        not_before=now + UNDO,
        created_at=now,
        created_by_id=actor.id,
        idempotency_key=f"edit:{draft.id}",
        for_person=bool(why),
        error=why,
    )


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


# --- Due publications
log = logging.getLogger(__name__)

BATCH = 20
_UNSETTLED = (OutboxState.PENDING, OutboxState.FAILED)


def run_posts(now: datetime) -> int:
    """Order what is due, leave the rest to people; returns how many publications were looked at."""
    return _order_due(now) + _remind(now) + _leave(now) + _too_late(now)


def _order_due(now: datetime) -> int:
    is_scheduled = Publication.state == PublicationState.SCHEDULED
    due = (is_scheduled, Publication.at <= now, Publication.ordered_at.is_(None))
    # Looks first without the write lock: mostly there is nothing to do.
    if db.session.scalar(select(Publication.id).where(*due).limit(1)) is None:
        return 0
    with transaction() as session:
        query = select(Publication).where(*due).order_by(Publication.at, Publication.id).limit(BATCH)
        rows = session.scalars(query.with_for_update(of=Publication, skip_locked=True)).unique().all()
        for row in rows:
            _taken(row, now)
        return len(rows)


def _taken(row: Publication, now: datetime) -> None:
    """One that an error of ours keeps from being ordered is its author's, and stops no other."""
    number = row.id
    try:
        with transaction():
            _take(row, now)
            db.session.flush()
    except Exception as error:
        if is_passing(error):
            raise
        log.exception("publication not ordered", extra={"publication": number})
        row.ordered_at = now
        fail(row, [one for one in row.placements if one.placed_at is None], str(Unforeseen(error)), now)


def _take(row: Publication, now: datetime) -> None:
    row.ordered_at = now
    asked = {one.placement_id for one in waiting_actions(row)}  # before an emergency that has ended
    waiting = [one for one in row.placements if one.placed_at is None and one.id not in asked]
    if is_too_late(row, now):
        fail(row, waiting, TOO_LATE, now)
        return
    ordered = [one for one in waiting if _posting_order(row, one, now)]
    if row.at is not None and now > row.at + GRACE and ordered and len(waiting) == len(row.placements):
        _tell("plan_late", row, now, to_author=True)


def _remind(now: datetime) -> int:
    """A publication without an order is placed by hand: people are reminded once, not during a stop of the page."""
    by_hand = (
        Publication.state == PublicationState.SCHEDULED,
        Publication.ordered_at.is_not(None),
        Placement.placed_at.is_(None),
        Placement.left_out_at.is_(None),
        Placement.told_at.is_(None),
        Placement.error == "",
        ~exists().where(OutboxAction.placement_id == Placement.id, OutboxAction.state.in_(_UNSETTLED)),
        ~exists().where(Stop.account_id.is_(None) | (Stop.account_id == Placement.account_id)),
    )
    query = select(Placement.publication_id).join(Publication, Publication.id == Placement.publication_id)
    ids = db.session.scalars(query.where(*by_hand).distinct().limit(BATCH)).all()
    if not ids:
        return 0
    with transaction() as session:
        held = lock(ids, skip=True)
        places = select(Placement).join(Publication, Publication.id == Placement.publication_id)
        found: defaultdict[Publication, list[Placement]] = defaultdict(list)
        for one in session.scalars(places.where(*by_hand, Publication.id.in_(held))).unique():
            found[one.publication].append(one)
        for row, waiting in found.items():
            if is_too_late(row, now):
                fail(row, waiting, TOO_LATE, now)
                continue
            for one in waiting:
                one.told_at = now
            _tell("plan_by_hand", row, now)
        return len(found)


def _posting_order(row: Publication, placement: Placement, now: datetime) -> bool:
    """Whether the program does it. One that was tried before is looked for before it is sent."""
    connection = placement.account.connection
    if connection is None or row.format not in BY_PROGRAM or not is_on(connection):
        return False
    if Act.POST not in connection.can or connection.publish is Publishing.HAND:
        return False
    sent_at = db.session.scalar(select(func.min(OutboxAction.sent_at)).where(OutboxAction.placement_id == placement.id))
    db.session.add(
        OutboxAction(
            kind=OutboxKind.POST, network=placement.account.network, account_id=placement.account_id,
            placement_id=placement.id, target={"kind": "post", "id": ""}, not_before=now, created_at=now,
            created_by_id=row.approver_id, sent_at=sent_at, idempotency_key=f"post:{placement.id}:{row.version}",
        )
    )  # fmt: skip
    return True


def _leave(now: datetime) -> int:
    """What the network has refused, or what was left to people otherwise, is its author's from now on."""
    left = (
        OutboxAction.kind == OutboxKind.POST,
        (OutboxAction.state == OutboxState.FAILED)
        | ((OutboxAction.state == OutboxState.PENDING) & OutboxAction.for_person.is_(True)),
        Placement.placed_at.is_(None),
        Placement.left_out_at.is_(None),
        Placement.error == "",
    )
    query = select(OutboxAction).join(Placement, Placement.id == OutboxAction.placement_id).where(*left)
    ids = [one.id for one in db.session.scalars(query.limit(BATCH)).unique()]
    if not ids:
        return 0
    with transaction():
        actions = _locked(query, ids)
        for action in actions:
            placement = action.placement
            if placement is not None:
                words = action.error or "Программа не смогла разместить публикацию."
                fail(placement.publication, [placement], words, now)
        return len(actions)


def _too_late(now: datetime) -> int:
    """What is held, or finds no network, past the term that its author set."""
    query = select(OutboxAction).where(
        OutboxAction.kind == OutboxKind.POST,
        OutboxAction.state == OutboxState.PENDING,
        OutboxAction.for_person.is_(False),
        OutboxAction.leased_until.is_(None),
        OutboxAction.sent_at.is_(None),
        OutboxAction.in_spite.is_(False),
    )
    ids = [one.id for one in db.session.scalars(query).unique() if _is_late(one, now)]
    if not ids:
        return 0
    with transaction():
        late = [one for one in _locked(query, ids) if _is_late(one, now)]
        for action in late:
            words = too_late(action)
            action.state, action.settled_at, action.error = OutboxState.CANCELLED, now, words
            action.version += 1
            if action.placement is not None:
                fail(action.placement.publication, [action.placement], words, now)
        return len(late)


def _locked(query: Select[OutboxAction], ids: Collection[int]) -> Sequence[OutboxAction]:
    """Those of these posts that nobody else works on."""
    query = query.where(OutboxAction.id.in_(lock_of(ids, skip=True)))
    return db.session.scalars(query.with_for_update(of=OutboxAction, skip_locked=True)).unique().all()


def _is_late(action: OutboxAction, now: datetime) -> bool:
    placement = action.placement
    return placement is not None and is_too_late(placement.publication, now)


def _tell(action: str, row: Publication, now: datetime, *, to_author: bool = False) -> None:
    changes = {"to_id": (None, row.author_id)} if to_author else {}
    record(action, at=now, actor=None, clause=CLAUSE, changes=changes, about=row)


# --- Posts that were placed without the plan are looked for every hour and enter it (Пр.2.2)
_UNSEEN = "Записи, размещённые мимо плана, программа сейчас не видит."

EVERY = timedelta(hours=1)
SPAN = timedelta(days=28)
"""So far back a page is compared with the plan; it is one request, and the plan shows four weeks before its own."""

Seen = tuple[Sequence[Written], datetime | None]
"""Posts; since when these are all that are there, None where the network does not say."""


def _due(now: datetime) -> list[Connection]:
    query = (
        select(Connection)
        .join(Connection.account)
        .options(contains_eager(Connection.account))
        .where(
            Connection.state == ConnectionState.WORKING,
            Connection.installation == this_installation(),
            or_(Connection.posts_read_at.is_(None), Connection.posts_read_at <= now - EVERY),
        )
        .order_by(Connection.id)
        .limit(MOST_AT_ONCE * 4)
    )
    return list(db.session.scalars(query))


def _ask(connection: Connection, connector: Connector, now: datetime) -> Callable[[], Seen] | None:
    if not isinstance(connector, Posts):
        return None
    since = min(now - SPAN, connection.posts_read_at or now)
    return partial(_read, connector, since)


def _read(connector: Posts, since: datetime) -> Seen:
    return connector.posts(since), since if connector.tells_all_posts else None


def _store(account_id: int, seen: Seen, now: datetime) -> None:
    posts, all_since = seen
    with transaction():
        if _noted(account_id, now):
            planning.enter(account_id, posts, all_since=all_since, now=now)


def _failed(account_id: int, error: NetworkError, now: datetime) -> None:
    """In an hour again: what is wrong with the page its reading says, of an error of ours this alone."""
    with transaction():
        connection = _noted(account_id, now)
        if connection is not None and isinstance(error, Unforeseen):
            connection.said = f"{_UNSEEN} {error}"


def _noted(account_id: int, now: datetime) -> Connection | None:
    """Locks the page: of two who have looked at the same time the second sees what the first has entered."""
    query = select(Connection).where(Connection.account_id == account_id).with_for_update(of=Connection)
    connection = db.session.scalar(query.execution_options(populate_existing=True))
    if connection is not None:
        connection.posts_read_at = now
        if connection.said.startswith(_UNSEEN):
            connection.said = ""
    return connection


run_past_plan = Asking(_due, _ask, _store, _failed).run

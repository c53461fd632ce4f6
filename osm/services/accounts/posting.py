"""Publications whose time has come: ordered once from the networks, or left to people with a reminder (Пр.1.2.4).

The order stands in the transaction that notes that it was taken up: a worker that is killed orders nothing twice.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from datetime import datetime

from sqlalchemy import exists, select

from osm.connectors.ways import Act
from osm.extensions import db
from osm.regulation.comment_words import OutboxKind, OutboxState
from osm.regulation.plan.formats import BY_PROGRAM
from osm.regulation.plan.steps import GRACE
from osm.regulation.plan.words import PublicationState
from osm.services.accounts.heard import is_on
from osm.services.accounts.unforeseen import Unforeseen
from osm.services.log.log import record
from osm.services.plan.outgoing import TOO_LATE, fail, is_too_late, lock, lock_of, said_last
from osm.services.plan.steps import CLAUSE
from osm.store.models import OutboxAction, Placement, Publication, Publishing, Stop
from osm.store.passing import is_passing
from osm.store.transaction import transaction

log = logging.getLogger(__name__)

BATCH = 20
_UNSETTLED = (OutboxState.PENDING, OutboxState.FAILED)


def take_up(now: datetime) -> int:
    """Order what is due, leave to people what cannot go out by itself; how many publications were looked at."""
    return _order_due(now) + _remind(now) + _leave(now) + _too_late(now)


def _order_due(now: datetime) -> int:
    due = (
        Publication.state == PublicationState.SCHEDULED, Publication.at <= now, Publication.ordered_at.is_(None)
    )  # fmt: skip
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
    waiting = [one for one in row.placements if one.placed_at is None]
    if is_too_late(row, now):
        fail(row, waiting, TOO_LATE, now)
        return
    ordered = [one for one in waiting if _order(row, one, now)]
    if row.at is not None and now > row.at + GRACE and ordered:
        _tell("plan_late", row, now, to_author=True)


def _remind(now: datetime) -> int:
    """What no network has an order for is placed by hand: people are told once, and not while a stop holds the page."""
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


def _order(row: Publication, placement: Placement, now: datetime) -> bool:
    """Whether the program does it. One that was tried before is looked for before it is sent."""
    connection = placement.account.connection
    if connection is None or row.format not in BY_PROGRAM or not is_on(connection):
        return False
    if Act.POST not in connection.can or connection.publish is Publishing.HAND:
        return False
    tried = select(OutboxAction.sent_at).where(
        OutboxAction.placement_id == placement.id, OutboxAction.sent_at.is_not(None)
    )
    sent_at = db.session.scalar(tried.order_by(OutboxAction.sent_at).limit(1))
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
    with transaction() as session:
        query = query.where(OutboxAction.id.in_(lock_of(ids, skip=True)))
        actions = session.scalars(query.with_for_update(of=OutboxAction, skip_locked=True)).unique().all()
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
    with transaction() as session:
        query = query.where(OutboxAction.id.in_(lock_of(ids, skip=True)))
        actions = session.scalars(query.with_for_update(of=OutboxAction, skip_locked=True)).unique().all()
        late = [one for one in actions if _is_late(one, now)]
        for action in late:
            words = f"{TOO_LATE} {said_last(action)}".strip()
            action.state, action.settled_at, action.error = OutboxState.CANCELLED, now, words
            action.version += 1
            if action.placement is not None:
                fail(action.placement.publication, [action.placement], words, now)
        return len(late)


def _is_late(action: OutboxAction, now: datetime) -> bool:
    placement = action.placement
    return placement is not None and is_too_late(placement.publication, now)


def _tell(action: str, row: Publication, now: datetime, *, to_author: bool = False) -> None:
    changes = {"to_id": (None, row.author_id)} if to_author else {}
    record(
        action, at=now, actor=None, clause=CLAUSE, changes=changes, object_kind="publication", object_id=row.id
    )  # fmt: skip

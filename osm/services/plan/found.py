"""What stands on a page and no publication of the plan has placed: entered once, and counted like the rest (Пр.2.2).

What the program itself has placed is known by its address, and what it may have placed by its words.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from osm.connectors.contract import Written
from osm.connectors.titles import titled
from osm.extensions import db
from osm.regulation.comment_words import OutboxKind, OutboxState
from osm.regulation.plan.words import Format, PublicationState
from osm.services.plan.joining import NEAR, is_alike, join, note, plain, which
from osm.services.plan.outgoing import lock, stands
from osm.services.plan.steps import zone
from osm.store.models import OutboxAction, Placement, Publication

LONGEST = 16_000
"""The longest post of any network (VK)."""
_FORMATS = {"poll": Format.POLL, "video": Format.VIDEO, "photo": Format.PHOTO}


def enter(account_id: int, posts: Sequence[Written], *, all_since: datetime | None, now: datetime) -> int:
    """What stands on this page now, in the caller's transaction, which has locked the page; how many were new.

    `all_since`: since then nothing else stands there; None where the network does not tell so much.
    """
    under_way = _under_way(account_id)  # locks their publications, before anything is read
    of_page = select(Placement).where(Placement.account_id == account_id).options(joinedload(Placement.publication))
    here = db.session.scalars(of_page).unique().all()
    known = {which(one.url): one for one in here if one.url}
    strangers = {which(one.url) for one in here if one.url and one.publication.state is PublicationState.FOUND}
    new = 0
    for post in posts:
        placement = known.get(which(post.url)) or _without_link(here, post)
        if placement is None:
            action = next((one for one in under_way if _may_be(one, post)), None)
            if action is not None:
                _found_at_last(action, post, now)
                continue
            placement = _entered(account_id, post, now)
            new += 1
        placement.url, placement.posted_at, placement.gone_at = placement.url or post.url, post.at, None
    if all_since is not None:
        _gone(known.values(), {which(post.url) for post in posts}, all_since, now)
    for one in here:
        is_planned = one.publication.state is not PublicationState.FOUND
        if is_planned and which(one.url) in strangers:
            join(one, now)  # noted by somebody while the page was being asked
    return new


def _entered(account_id: int, post: Written, now: datetime) -> Placement:
    """A publication of its own, by nobody of the office: the table of steps leads nowhere from it."""
    text = post.text.replace("\0", "").strip()[:LONGEST]
    form = next((form for kind, form in _FORMATS.items() if kind in post.holds), Format.TEXT)
    row = Publication(
        state=PublicationState.FOUND, title=titled(text) or "Запись без текста", text=text, format=form,
        day=post.at.astimezone(zone()).date(), at=post.at, created_at=now,
    )  # fmt: skip
    placement = Placement(account_id=account_id, url=post.url, placed_at=post.at)
    row.placements.append(placement)
    db.session.add(row)
    db.session.flush()
    note("plan_found", row.id, now)
    return placement


def _gone(placements: Iterable[Placement], seen: Collection[str], all_since: datetime, now: datetime) -> None:
    """Only of what has been seen there nobody doubts that it was deleted."""
    for one in placements:
        was_there = one.posted_at is not None and one.posted_at >= all_since and one.gone_at is None
        if was_there and which(one.url) not in seen:
            one.gone_at = now
            note("plan_gone", one.publication_id, now)


def _under_way(account_id: int) -> Sequence[OutboxAction]:
    """Posts that the program may have placed without knowing so; their publications are held from now on."""
    query = (
        select(OutboxAction)
        .join(Placement, Placement.id == OutboxAction.placement_id)
        .where(
            OutboxAction.kind == OutboxKind.POST,
            OutboxAction.sent_at.is_not(None),
            Placement.account_id == account_id,
            Placement.placed_at.is_(None),
            Placement.left_out_at.is_(None),
        )
    )
    found = db.session.scalars(query).unique().all()
    lock({one.placement.publication_id for one in found if one.placement})
    return db.session.scalars(query.execution_options(populate_existing=True)).unique().all() if found else ()


def _may_be(action: OutboxAction, post: Written) -> bool:
    """By its words; while the network is being asked, whatever its words are."""
    placement = action.placement
    if placement is None or action.sent_at is None or post.at < action.sent_at - NEAR:
        return False
    return _is_asked_now(action) or plain(placement.publication.text_of(placement)) == plain(post.text)


def _is_asked_now(action: OutboxAction) -> bool:
    return action.state is OutboxState.PENDING and action.leased_until is not None


def _found_at_last(action: OutboxAction, post: Written, now: datetime) -> None:
    """What was left to a person, since nobody saw whether it stands there, is settled; the rest the outbox does."""
    if action.state is OutboxState.PENDING and action.for_person:
        action.state, action.settled_at, action.error, action.url = OutboxState.DONE, now, "", post.url[:1000]
        action.version += 1
        stands(action, post.url, post.at, now)


def _without_link(here: Sequence[Placement], post: Written) -> Placement | None:
    """What was placed by hand without a link is known by its words."""
    for one in here:
        is_near = one.placed_at is not None and not one.url and abs(one.placed_at - post.at) <= NEAR
        if is_near and is_alike(one.publication.text_of(one), post.text):
            return one
    return None

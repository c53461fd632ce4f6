"""A ban that somebody has laid in the network himself, or lifted there, stands in the black list as well.

What the program or a person did at our order comes back as the same event: it is known by the order and changes
nothing. Each function works in the transaction of its caller.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import or_, select

from osm.extensions import db
from osm.regulation.blacklist import ListState, term_until
from osm.regulation.comment_words import CommentGround, OutboxKind, OutboxState
from osm.services.blacklist import bans
from osm.services.blacklist.rows import settle
from osm.services.clocks.clocks import in_force
from osm.services.messages.entry import find_author
from osm.store.models import Author, BlacklistProposal, Comment, OutboxAction
from osm.store.queries.outgoing.stops import page_of_act

_NOBODY = "не названо"
_STANDING = (ListState.PENDING, ListState.APPROVED, ListState.APPLIED)
_SAME = timedelta(minutes=1)


def note_ban(
    network: str,
    *,
    name: str,
    url: str,
    until: datetime | None,
    reason: str,
    by: str,
    account_id: int,
    now: datetime,
) -> BlacklistProposal | None:
    """Heard on the page `account_id`. `until` None: for ever. `reason`: a code of CommentGround, empty where the
    network names none of ours.
    """
    if not url or (until is not None and until <= now):
        return None
    author = find_author(network, name, url)
    if author is None:
        return None
    db.session.flush()
    known = _standing(author)
    if known is not None and _is_ours(author, known, until):
        return None
    if known is None:
        known = _new(author, reason, until, by, now)
    elif known.applied_at is not None and _is_same(known.expires_at, until):
        return None
    _done_there(author, OutboxKind.BAN, account_id, now)
    before = known.expires_at
    known.laid_by = known.laid_by or by or _NOBODY
    known.applied_at, known.expires_at = known.applied_at or now, until
    if known.state is ListState.APPROVED:
        known.state = ListState.APPLIED
    settle("blacklist_heard", known, {"expires_at": (before, until)}, actor=None, now=now)
    return known


def note_lifted(
    network: str, *, url: str, by: str, by_end: bool, account_id: int, now: datetime
) -> BlacklistProposal | None:
    """`by_end`: its term was over there."""
    author = db.session.scalar(select(Author).where(Author.network == network, Author.profile_url == url))
    if author is None or not url:
        return None
    known = _standing(author)
    if known is None:
        _done_there(author, OutboxKind.UNBAN, account_id, now)
        return None
    if known.applied_at is None or _is_under_way(author):
        return None
    bans.forget_orders(known, now=now)
    if by_end:
        known.state = ListState.EXPIRED
        settle("blacklist_expired", known, {}, actor=None, now=now)
        return known
    known.lift_reason = f"Снято в самой соцсети, кем: {by or _NOBODY}"
    known.lifted_at, known.state = now, ListState.LIFTED
    settle("blacklist_lifted_there", known, {}, actor=None, now=now)
    return known


def _standing(author: Author) -> BlacklistProposal | None:
    """The latest of this author that still says something, locked."""
    return db.session.scalar(
        select(BlacklistProposal)
        .where(BlacklistProposal.author_id == author.id, BlacklistProposal.state.in_(_STANDING))
        .order_by(BlacklistProposal.id.desc())
        .limit(1)
        .with_for_update(of=BlacklistProposal)
        .execution_options(populate_existing=True)
    )


def _new(author: Author, reason: str, until: datetime | None, by: str, now: datetime) -> BlacklistProposal:
    ground = CommentGround(reason) if reason in set(CommentGround) else CommentGround.NETWORK_RULES
    term = term_until(until, in_force().calendar.local(now))
    proposal = BlacklistProposal(
        author_id=author.id,
        network=author.network,
        author_name=author.name,
        author_url=author.profile_url or "",
        ground=ground,
        proposed_term=term,
        term=term,
        proposed_at=now,
        laid_by=by or _NOBODY,
        applied_at=now,
        state=ListState.APPLIED,
        version=1,
    )
    db.session.add(proposal)
    db.session.flush()
    return proposal


def _is_ours(author: Author, known: BlacklistProposal, until: datetime | None) -> bool:
    """Whether the program is laying a ban now, or this one was laid at our order."""
    if _is_under_way(author):
        return True
    done = select(OutboxAction.ban_until).where(
        OutboxAction.author_id == author.id,
        OutboxAction.kind == OutboxKind.BAN,
        OutboxAction.state.in_((OutboxState.DONE, OutboxState.DONE_BY_HAND)),
        OutboxAction.created_at >= known.proposed_at,
    )
    ordered = db.session.scalars(done).all()
    # Before the list has learnt of it any end is ours: it learns of it in the next round.
    return any(known.applied_at is None or _is_same(one, until) for one in ordered)


def _is_under_way(author: Author) -> bool:
    asked = select(OutboxAction.id).where(
        OutboxAction.author_id == author.id,
        OutboxAction.kind == OutboxKind.BAN,
        OutboxAction.state == OutboxState.PENDING,
        OutboxAction.sent_at.is_not(None),
        OutboxAction.for_person.is_(False),
    )
    return db.session.scalar(asked.limit(1)) is not None


def _done_there(author: Author, kind: OutboxKind, account_id: int, now: datetime) -> None:
    """What waited for somebody to do it on this page has been done; on another one it waits on."""
    page = page_of_act()
    waiting = (
        select(OutboxAction)
        .outerjoin(Comment, Comment.id == OutboxAction.comment_id)
        .where(
            OutboxAction.author_id == author.id,
            OutboxAction.kind == kind,
            OutboxAction.state == OutboxState.PENDING,
            # What the program has asked for itself it looks up and settles itself.
            or_(OutboxAction.sent_at.is_(None), OutboxAction.for_person),
            or_(page.is_(None), page == account_id),
        )
    )
    for order in db.session.scalars(waiting.with_for_update(of=OutboxAction)):
        order.state, order.settled_at, order.version = OutboxState.DONE_BY_HAND, now, order.version + 1


def _is_same(known: datetime | None, told: datetime | None) -> bool:
    if known is None or told is None:
        return known is told
    return abs(known - told) < _SAME

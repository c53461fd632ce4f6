"""Bans in the networks and their end, ordered as outbox rows in the caller's transaction, and bans noticed there."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial

from sqlalchemy import ColumnElement, and_, or_, select, update

from osm.base.application import current_settings
from osm.base.database import add_row, db
from osm.base.types import is_code
from osm.blacklist.acts.rows import settle
from osm.connectors.contract import Act, Connector
from osm.connectors.registry import traits_of
from osm.flow.acts.clocks import in_force
from osm.messages.acts.entry import find_author
from osm.models import Author, BlacklistProposal, Comment, OutboxAction, User
from osm.outbox.acts.kinds import Errand, KindOfAct, Result, Try
from osm.outbox.acts.orders import being_sent
from osm.outbox.queries import page_of_act
from osm.regulation.blacklist import (
    IN_FORCE,
    CommentGround,
    ListState,
    OutboxKind,
    OutboxState,
    ban_ends,
    counts_terms_by_hand,
    term_until,
)
from osm.regulation.errors import MissingInput, refuse

# --- Ordering bans
_DONE = (OutboxState.DONE, OutboxState.DONE_BY_HAND)
_A_MINUTE = timedelta(minutes=1)  # times typed by people have no seconds


def check_at_once(ground: CommentGround) -> None:
    """Raises MissingInput if the ban must wait for the curator: the setting is off, or this is no spam."""
    if not current_settings().ban_spam_at_once:
        raise MissingInput("at_once", "Заблокировать сразу нельзя: сначала решает куратор (так настроено).")
    refuse("at_once", not may_ban_at_once(ground), "Сразу блокируются только спам-боты; по остальным решает куратор.")


def may_ban_at_once(ground: str) -> bool:
    """Whether a moderator may have the author banned before the curator decides: only for spam bots, if the setting
    allows it."""
    return current_settings().ban_spam_at_once and ground == CommentGround.SPAM


def order(proposal: BlacklistProposal, *, actor: User | None, now: datetime) -> None:
    """Order a ban until the end of the term, or the later one of another ban in force; it replaces a waiting order of
    this proposal. If the author is already banned and the network has no terms, a changed term needs no order."""
    cancel(proposal, actor, now)
    earlier = _ban_order(proposal)
    if earlier is not None and not _counts_terms(earlier):
        return
    others = db.session.scalars(select(BlacklistProposal).where(*_others_in_force(proposal)))
    ends = [one.expires_at if one.applied_at else ban_ends(one.term, _local(now)) for one in others]
    ends.append(ban_ends(proposal.term, _local(proposal.applied_at or now)))
    _add(proposal, OutboxKind.BAN, actor, now, ban_until=None if None in ends else max(filter(None, ends)))


def take_back(proposal: BlacklistProposal, *, actor: User | None, now: datetime) -> None:
    """Unban the author: cancel a waiting order; if the ban was carried out, or may have been, order its removal."""
    has_begun = _has_begun(proposal)
    cancel(proposal, actor, now)
    if (has_begun or is_banned(proposal)) and not _is_listed_again(proposal):
        _add(proposal, OutboxKind.UNBAN, actor, now)


def end(proposal: BlacklistProposal, *, now: datetime) -> None:
    """The term has ended: tell a network that does not know this end, unless the author is banned again by now."""
    cancel(proposal, None, now)
    if not _ends_by_itself(proposal) and not _is_listed_again(proposal):
        _add(proposal, OutboxKind.UNBAN, None, now)


def done_by_hand(proposal: BlacklistProposal, *, actor: User, now: datetime) -> None:
    """A person has banned the author himself: the waiting order is done."""
    its_ban = (OutboxAction.proposal_id == proposal.id, OutboxAction.kind == OutboxKind.BAN)
    _settle_waiting(OutboxState.DONE_BY_HAND, actor, now, *its_ban)


def keep(proposal: BlacklistProposal, *, now: datetime) -> None:
    """The author is banned again: what waited to free him after an earlier ban is not wanted any more."""
    ends = (OutboxAction.author_id == proposal.author_id, OutboxAction.kind == OutboxKind.UNBAN)
    _settle_waiting(OutboxState.CANCELLED, None, now, *ends, ~being_sent(now))


def set_end(proposal: BlacklistProposal) -> None:
    """Set the end of a running term."""
    applied = proposal.applied_at
    proposal.expires_at = None if applied is None else ban_ends(proposal.term, _local(applied))


def is_banned(proposal: BlacklistProposal) -> bool:
    """Whether the author is banned in the network because of this proposal, even if its term has not begun."""
    return proposal.applied_at is not None or _ban_order(proposal) is not None


def unstarted_terms() -> Sequence[tuple[int, datetime, int | None]]:
    """Proposals with a ban carried out and no running term, with the instant of the ban and who marked it."""
    rows = db.session.execute(
        select(BlacklistProposal.id, OutboxAction.settled_at, OutboxAction.settled_by_id)
        .join(OutboxAction, _of_proposal())
        .where(
            BlacklistProposal.applied_at.is_(None),
            or_(is_code(BlacklistProposal.state, ListState.APPROVED), _banned_at_once()),
            OutboxAction.state.in_(_DONE),
        )
        .order_by(BlacklistProposal.id, OutboxAction.settled_at, OutboxAction.id)
    )
    first: dict[int, tuple[int, datetime, int | None]] = {}
    for proposal_id, since, by_id in rows:
        if since is not None:  # a settled order has its instant (settled_has_time)
            first.setdefault(proposal_id, (proposal_id, since, by_id))
    return tuple(first.values())


def unmarked() -> Sequence[int]:
    """Proposals with a running term, although the mark «выполнено вручную» was removed from their only ban. Not those
    banned in the network itself, where an order only changes the end."""
    done = select(OutboxAction.id).where(_of_proposal(), OutboxAction.state.in_(_DONE)).correlate(BlacklistProposal)
    return db.session.scalars(
        select(BlacklistProposal.id)
        .join(OutboxAction, _of_proposal())
        .where(
            OutboxAction.state == OutboxState.PENDING,
            BlacklistProposal.applied_at.is_not(None),
            BlacklistProposal.laid_by == "",
            BlacklistProposal.state.in_((ListState.APPLIED, ListState.PENDING)),
            ~done.exists(),
        )
        .order_by(BlacklistProposal.id)
    ).all()


def _has_begun(proposal: BlacklistProposal) -> bool:
    """Whether the network was asked for the ban and the result is unknown, also before a person had it repeated."""
    db.session.flush()
    asked = select(OutboxAction.id).where(
        OutboxAction.proposal_id == proposal.id,
        OutboxAction.kind == OutboxKind.BAN,
        OutboxAction.state == OutboxState.PENDING,
        OutboxAction.sent_at.is_not(None) | OutboxAction.leased_until.is_not(None) | (OutboxAction.version > 1),
    )
    return db.session.scalar(asked.limit(1)) is not None


def _banned_at_once() -> ColumnElement[bool]:
    """The ban was ordered at once and the decision is still to come."""
    return and_(is_code(BlacklistProposal.state, ListState.PENDING), BlacklistProposal.applied_at_once)


def _of_proposal() -> ColumnElement[bool]:
    """An order to ban from this proposal."""
    return and_(OutboxAction.proposal_id == BlacklistProposal.id, OutboxAction.kind == OutboxKind.BAN)


def _add(
    proposal: BlacklistProposal, kind: OutboxKind, actor: User | None, now: datetime, ban_until: datetime | None = None
) -> None:
    db.session.add(
        OutboxAction(
            kind=kind,
            network=proposal.network,
            author_id=proposal.author_id,
            proposal_id=proposal.id,
            ban_until=ban_until,
            state=OutboxState.PENDING,
            not_before=now,
            created_at=now,
            created_by_id=actor.id if actor else None,
            # With the version, because one proposal may order several bans, but each only once.
            idempotency_key=f"{kind}:{proposal.id}:{proposal.version}",
        )
    )


def cancel(proposal: BlacklistProposal, actor: User | None, now: datetime) -> None:
    """An order being sent is not cancelled; the order that replaces it is sent after it."""
    _settle_waiting(OutboxState.CANCELLED, actor, now, OutboxAction.proposal_id == proposal.id, ~being_sent(now))


def _settle_waiting(state: OutboxState, actor: User | None, now: datetime, *which: ColumnElement[bool]) -> None:
    db.session.flush()
    db.session.execute(
        update(OutboxAction)
        .where(OutboxAction.state == OutboxState.PENDING, *which)
        .values(
            state=state, settled_at=now, settled_by_id=actor.id if actor else None, version=OutboxAction.version + 1
        )
    )


def _ban_order(proposal: BlacklistProposal, *, of_author: bool = False) -> OutboxAction | None:
    """The last order of this proposal that was carried out; `of_author`: or of another one since this ban began."""
    which = OutboxAction.proposal_id == proposal.id
    if of_author and proposal.applied_at is not None:
        others = and_(OutboxAction.author_id == proposal.author_id, OutboxAction.settled_at >= proposal.applied_at)
        which = or_(which, others)
    return db.session.scalar(
        select(OutboxAction)
        .where(which, OutboxAction.kind == OutboxKind.BAN, OutboxAction.state.in_(_DONE))
        .order_by(OutboxAction.settled_at.desc(), OutboxAction.id.desc())
        .limit(1)
    )


def _counts_terms(ban: OutboxAction) -> bool:
    by_hand = ban.state is OutboxState.DONE_BY_HAND
    return counts_terms_by_hand(ban.network) if by_hand else traits_of(ban.network).ends_bans


def _ends_by_itself(proposal: BlacklistProposal) -> bool:
    """Whether the network ends the ban: it knows this end or an earlier one. It does not know a term shortened only
    here, or it knows that of a later ban, which was lifted."""
    ban, ends = _ban_order(proposal, of_author=True), proposal.expires_at
    if proposal.laid_by and ban is None:  # banned in the network, with this end unless another was ordered here
        ordered = select(OutboxAction.id).where(OutboxAction.proposal_id == proposal.id).limit(1)
        return counts_terms_by_hand(proposal.network) and db.session.scalar(ordered) is None
    if ban is None or ban.ban_until is None or ends is None:
        return False
    return _counts_terms(ban) and ban.ban_until - ends < _A_MINUTE


def _is_listed_again(proposal: BlacklistProposal) -> bool:
    return db.session.scalar(select(BlacklistProposal.id).where(*_others_in_force(proposal)).limit(1)) is not None


def _others_in_force(proposal: BlacklistProposal) -> tuple[ColumnElement[bool], ...]:
    """The other bans of this author, decided or ordered at once."""
    return (
        BlacklistProposal.author_id == proposal.author_id,
        BlacklistProposal.id != proposal.id,
        or_(BlacklistProposal.state.in_(IN_FORCE), _banned_at_once()),
    )


def _local(instant: datetime) -> datetime:
    return in_force().calendar.local(instant)


# --- Bans that a person has set or lifted in the network itself, noted in the black list
_NOBODY = "не названо"


def note_ban(
    network: str, *, name: str, url: str, until: datetime | None, reason: str, by: str, account_id: int, now: datetime
) -> None:
    """Note a ban seen on the page `account_id`. `until` None: for ever. `reason`: a code of CommentGround, empty if the
    network gives none that we know."""
    if not url or (until is not None and until <= now):
        return
    if (author := find_author(network, name, url)) is None:
        return
    db.session.flush()
    known = next(iter(_standing(author)), None)
    if _is_ours(author, known, until):
        return
    if known is None:
        known = _new(author, reason, until, by, now)
    elif known.applied_at is not None and _is_same(known.expires_at, until):
        return
    _done_there(author, OutboxKind.BAN, account_id, now)
    before = known.expires_at
    known.laid_by = known.laid_by or by or _NOBODY
    known.applied_at, known.expires_at = known.applied_at or now, until
    if known.state is ListState.APPROVED:
        known.state = ListState.APPLIED
    keep(known, now=now)
    settle("blacklist_heard", known, {"expires_at": (before, until)}, actor=None, now=now)


def note_lifted(network: str, *, url: str, by: str, by_end: bool, account_id: int, now: datetime) -> None:
    """Note that all bans of an author were lifted; `by_end`: their term was over there."""
    author = db.session.scalar(select(Author).where(Author.network == network, Author.profile_url == url))
    if author is None or not url:
        return
    banned = [one for one in _standing(author) if one.applied_at is not None]
    if not banned:
        _done_there(author, OutboxKind.UNBAN, account_id, now)
    if _is_under_way(author):
        return
    for known in banned:
        cancel(known, None, now)
        if by_end:
            known.state = ListState.EXPIRED
            settle("blacklist_expired", known, {}, actor=None, now=now)
            continue
        known.lift_reason = f"Снято в самой соцсети, кем: {by or _NOBODY}"
        known.lifted_at, known.state = now, ListState.LIFTED
        settle("blacklist_lifted_there", known, {}, actor=None, now=now)


def _standing(author: Author) -> Sequence[BlacklistProposal]:
    """The proposals of this author that are in force or open, locked: the latest first, after them what bans nobody
    yet."""
    is_open = and_(is_code(BlacklistProposal.state, ListState.PENDING), ~BlacklistProposal.applied_at_once)
    return db.session.scalars(
        select(BlacklistProposal)
        .where(BlacklistProposal.author_id == author.id, BlacklistProposal.state.in_((ListState.PENDING, *IN_FORCE)))
        .order_by(and_(is_open, BlacklistProposal.applied_at.is_(None)), BlacklistProposal.id.desc())
        .with_for_update(of=BlacklistProposal)
        .execution_options(populate_existing=True)
    ).all()


def _new(author: Author, reason: str, until: datetime | None, by: str, now: datetime) -> BlacklistProposal:
    ground = CommentGround(reason) if reason in set(CommentGround) else CommentGround.NETWORK_RULES
    term = term_until(until, in_force().calendar.local(now))
    proposal = BlacklistProposal(
        author_id=author.id, network=author.network, author_name=author.name, author_url=author.profile_url or "",
        ground=ground, proposed_term=term, term=term, proposed_at=now, laid_by=by or _NOBODY, applied_at=now,
        state=ListState.APPLIED, version=1,
    )  # fmt: skip
    return add_row(proposal)


def _is_ours(author: Author, known: BlacklistProposal | None, until: datetime | None) -> bool:
    """Whether the program is setting a ban now, or this one was set by our order; of an author who is not listed any
    more by one that is to be lifted."""
    if _is_under_way(author):
        return True
    of_author = OutboxAction.author_id == author.id
    done = select(OutboxAction.ban_until).where(
        of_author, OutboxAction.kind == OutboxKind.BAN, OutboxAction.state.in_(_DONE)
    )
    if known is None:
        waits = (of_author, OutboxAction.kind == OutboxKind.UNBAN, OutboxAction.state == OutboxState.PENDING)
        ordered = db.session.scalars(done.where(select(OutboxAction.id).where(*waits).exists())).all()
    else:
        ordered = db.session.scalars(done.where(OutboxAction.created_at >= known.proposed_at)).all()
    # Until the list knows of the ban (in the next round), any end is ours.
    return any((known and known.applied_at is None) or _is_same(one, until) for one in ordered)


def _is_under_way(author: Author) -> bool:
    waits = {"author_id": author.id, "kind": OutboxKind.BAN, "state": OutboxState.PENDING, "for_person": False}
    asked = select(OutboxAction.id).filter_by(**waits).where(OutboxAction.sent_at.is_not(None))
    return db.session.scalar(asked.limit(1)) is not None


def _done_there(author: Author, kind: OutboxKind, account_id: int, now: datetime) -> None:
    """Settle orders that waited for a person to do them on this page; those for other pages still wait."""
    page = page_of_act()
    waiting = (
        select(OutboxAction)
        .outerjoin(Comment, Comment.id == OutboxAction.comment_id)
        .where(
            OutboxAction.author_id == author.id,
            OutboxAction.kind == kind,
            OutboxAction.state == OutboxState.PENDING,
            # Orders that the program has sent it checks and settles itself.
            or_(OutboxAction.sent_at.is_(None), OutboxAction.for_person),
            or_(page.is_(None), page == account_id),
        )
    )
    for order in db.session.scalars(waiting.with_for_update(of=OutboxAction)):
        order.state, order.settled_at, order.version = OutboxState.DONE_BY_HAND, now, order.version + 1


def _is_same(known: datetime | None, told: datetime | None) -> bool:
    if known is None or told is None:
        return known is told
    return abs(known - told) < _A_MINUTE


# --- A ban as it goes into a network, and its end
def ban(until: datetime | None, ground: str, errand: Errand, connector: Connector) -> Result:
    """A second try looks first, so that the author is banned once; a ban to another end is not this one."""
    author = errand.target.author
    if not (errand.again and connector.is_banned(author, until)):
        connector.ban(author, until, ground, "")
    return None


_OTHERWISE = "Решение о блокировке изменено: действует последнее."


def _is_decided_anew(action: OutboxAction, _now: datetime) -> str:
    """The curator changed the decision while this ban was being sent: the later order says how it ends."""
    if action.proposal_id is None:
        return ""
    later = (OutboxAction.proposal_id == action.proposal_id, OutboxAction.id > action.id)
    waits = select(OutboxAction.id).where(*later, OutboxAction.state == OutboxState.PENDING)
    return _OTHERWISE if db.session.scalar(waits.limit(1)) is not None else ""


def _ban(action: OutboxAction, _now: datetime) -> Try:
    return partial(ban, action.ban_until, str(action.comment.ground or "") if action.comment else "")


KINDS_OF_ACTS = (
    KindOfAct(OutboxKind.BAN, Act.BAN, _ban, unwanted=_is_decided_anew),
    KindOfAct(OutboxKind.UNBAN, Act.UNBAN, lambda _action, _now: lambda errand, to: to.unban(errand.target.author)),
)

"""Due publications: ordered once from the networks, or left to people with a reminder (Пр.1.2.4); posts past the plan.

The order is written in the same transaction as the note that it was begun: a worker that is killed orders nothing
twice.
"""

import logging
from collections import defaultdict
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from sqlalchemy import Select, exists, func, or_, select

from osm.base.database import db
from osm.base.transaction import is_passing, transaction
from osm.connectors import contract, hearing
from osm.connectors.contract import Connector, Placed, Posts, Written
from osm.connectors.transport import CannotLook, Fault, NetworkError
from osm.files.acts.files import stored_path
from osm.log.acts.record import record
from osm.models import Connection, OutboxAction, Placement, Publication, Publishing, Stop
from osm.outbox.acts.asking import MOST_ASKED, Asking, Unforeseen
from osm.outbox.acts.kinds import Errand, KindOfAct, Photos, Result, Try, opened_photos
from osm.outbox.queries import is_on, pages_read, placed_by_others
from osm.plan.acts import outgoing, planning, texts
from osm.plan.acts.outgoing import CLOSED, TOO_LATE, fail, is_too_late, lock, lock_of, too_late, waiting_actions
from osm.plan.queries.card import question_of
from osm.plan.queries.week import pages
from osm.plan.rules import BY_PROGRAM, GRACE, PublicationState
from osm.regulation.blacklist import OutboxKind, OutboxState

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
    if words := TOO_LATE if is_too_late(row, now) else question_of(row):
        fail(row, waiting, words, now)
        return
    ordered = [one for one in waiting if _posting_order(row, one, now)]
    if row.at is not None and now > row.at + GRACE and ordered and len(waiting) == len(row.placements):
        _tell("plan_late", row, now, to_author=True)


def _remind(now: datetime) -> int:
    """A publication without an order is placed by hand: people are reminded once, not during a stop of the page."""
    by_hand = (
        Publication.state == PublicationState.SCHEDULED, Publication.ordered_at.is_not(None),
        Placement.placed_at.is_(None), Placement.left_out_at.is_(None), Placement.told_at.is_(None),
        Placement.error == "",
        ~exists().where(OutboxAction.placement_id == Placement.id, OutboxAction.state.in_(_UNSETTLED)),
        ~exists().where(Stop.account_id.is_(None) | (Stop.account_id == Placement.account_id)),
    )  # fmt: skip
    query = select(Placement.publication_id).join(Publication, Publication.id == Placement.publication_id)
    ids = db.session.scalars(query.where(*by_hand).distinct().limit(BATCH)).all()
    if not ids:
        return 0
    with transaction() as session:
        held, open_pages = lock(ids, skip=True), {page.id for page in pages()}
        places = select(Placement).join(Publication, Publication.id == Placement.publication_id)
        found: defaultdict[Publication, list[Placement]] = defaultdict(list)
        for one in session.scalars(places.where(*by_hand, Publication.id.in_(held))).unique():
            found[one.publication].append(one)
        for row, waiting in found.items():
            if is_too_late(row, now):
                fail(row, waiting, TOO_LATE, now)
                continue
            if closed := [one for one in waiting if one.account_id not in open_pages]:
                fail(row, closed, CLOSED, now)
            if left := [one for one in waiting if one not in closed]:
                for one in left:
                    one.told_at = now
                _tell("plan_by_hand", row, now)
        return len(found)


def _posting_order(row: Publication, placement: Placement, now: datetime) -> bool:
    """Whether the program does it. One that was tried before is looked for before it is sent."""
    connection = placement.account.connection
    if connection is None or row.format not in BY_PROGRAM or not is_on(connection):
        return False
    if contract.Act.POST not in connection.can or connection.publish is Publishing.HAND:
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
        OutboxAction.kind == OutboxKind.POST, OutboxAction.state == OutboxState.PENDING,
        OutboxAction.for_person.is_(False), OutboxAction.leased_until.is_(None), OutboxAction.sent_at.is_(None),
        OutboxAction.in_spite.is_(False),
    )  # fmt: skip
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
    query = query.where(OutboxAction.id.in_(lock_of(ids, skip=True)))
    return db.session.scalars(query.with_for_update(of=OutboxAction, skip_locked=True)).unique().all()


def _is_late(action: OutboxAction, now: datetime) -> bool:
    placement = action.placement
    return placement is not None and is_too_late(placement.publication, now)


def _tell(action: str, row: Publication, now: datetime, *, to_author: bool = False) -> None:
    changes = {"to_id": (None, row.author_id)} if to_author else {}
    record(action, at=now, actor=None, clause=texts.CLAUSE, changes=changes, about=row)


# --- How a post goes out
_NO_POSTS = "В эту соцсеть программа записей не публикует: разместите руками."
_TOO_LATE = "Опоздать можно было меньше, публикации на странице нет. Разместите или назначьте новое время. {}"
_MAY_STAND = (
    "Связь прервалась, и неизвестно, вышла ли запись: эта соцсеть показывает новое не сразу. Посмотрите на странице: "
    "есть — вставьте ссылку, нет — нажмите «Повторить программой»."
)


@dataclass(frozen=True, slots=True)
class Post:
    """An approved publication. `since`: no earlier one is meant."""

    text: str
    photos: Photos
    key: str
    since: datetime
    is_late: bool  # its author does not want it to go out any more; whether it did is looked at all the same
    in_spite: bool = False  # a person has looked on the page and says: once more
    said_last: str = ""  # the result of the last try, in words
    known: frozenset[str] = frozenset()  # other posts of this page, by name or address


def put_on_page(post: Post, errand: Errand, connector: Connector) -> Result:
    """Put the publication on the page, once: a second try looks first. Raises NetworkError."""
    if not isinstance(connector, Posts):
        raise NetworkError(_NO_POSTS, Fault.PERSON)
    if errand.again and (found := _found_on_page(post, connector)):
        return found
    if post.is_late:
        raise NetworkError(_TOO_LATE.format(post.said_last).strip(), Fault.PERSON)
    return connector.post(post.text, opened_photos(post.photos), post.key)


def _found_on_page(post: Post, connector: Posts) -> Placed | None:
    """Our post of this text, the newest not known as another one. NetworkError: it may be there unseen."""
    if not post.text.strip():
        if post.in_spite:
            return None
        raise CannotLook
    for one in connector.posts(post.since):
        if hearing.same_words(one.text, post.text) and not {one.url, one.target.name} & post.known:
            return Placed(one.target, one.url, one.at)
    if not connector.tells_all_posts and not post.in_spite:
        raise NetworkError(_MAY_STAND, Fault.PERSON)
    return None


_AGO = timedelta(hours=12)
"""A post of the same text that is older by so much is another one; no clock is wrong by that."""


def _post(action: OutboxAction, now: datetime) -> Try:
    """What goes out on this page, as it is approved now."""
    placement = action.placement
    if placement is None:
        raise ValueError("a publication goes out without its page")
    row = placement.publication
    photos = tuple((one.filename, "image/jpeg", stored_path(one.sha256)) for one in row.photos)
    is_late = not action.in_spite and outgoing.is_too_late(row, now)
    since = (action.sent_at or now) - _AGO
    known = _known_posts(action, placement, since) if action.sent_at is not None else frozenset()
    about = (row.text_of(placement), photos, action.idempotency_key, since)
    said_last = outgoing.said_last(action)
    post = Post(*about, is_late=is_late, in_spite=action.in_spite, said_last=said_last, known=known)
    return partial(put_on_page, post)


def _known_posts(action: OutboxAction, placement: Placement, since: datetime) -> frozenset[str]:
    """Others of this page, which may say the same."""
    others = select(Placement.url).join(Publication, Publication.id == Placement.publication_id)
    here = (Placement.account_id == placement.account_id, Placement.id != placement.id)
    others = others.where(*here, Placement.placed_at >= since)
    # What was found on the page may be this very post.
    others = others.where(Placement.url != "", Publication.state != PublicationState.FOUND)
    return frozenset(db.session.scalars(others)) | placed_by_others(action)


def _post_stands(action: OutboxAction, placed: Result, now: datetime) -> None:
    if isinstance(placed, Placed):
        outgoing.note_posted(action, placed.url, placed.at or now, now)


KINDS_OF_ACTS = (
    KindOfAct(
        OutboxKind.POST, contract.Act.POST, _post, unwanted=outgoing.unwanted, done=_post_stands,
        lock=outgoing.lock_of, places=True, code="post", clause="Пр.1.2.4",
    ),
)  # fmt: skip

# --- Posts that were placed without the plan are looked for every hour and enter it (Пр.2.2)
_UNSEEN = "Записи, размещённые мимо плана, программа сейчас не видит."

EVERY = timedelta(hours=1)
SPAN = timedelta(days=28)
"""So far back a page is compared with the plan; it is one request, and the plan shows four weeks before its own."""

Seen = tuple[Sequence[Written], datetime | None]
"""Posts; since when these are all that are there, None where the network does not say."""


def _due(now: datetime) -> Sequence[Connection]:
    is_due = or_(Connection.posts_read_at.is_(None), Connection.posts_read_at <= now - EVERY)
    return db.session.scalars(pages_read().where(is_due).limit(MOST_ASKED * 4)).all()


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

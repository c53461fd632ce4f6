"""What was received becomes comments of the queue: stored with the cursor in one transaction, nothing twice."""

import logging
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import select, update

from osm.answers.acts import publication
from osm.base.database import db
from osm.base.transaction import is_passing, transaction
from osm.blacklist.acts import bans
from osm.comments.acts.importing import store_received
from osm.connectors import comments_file, contract
from osm.connectors.contract import Barred, Batch, Event, Gone, Liked, Thing, Written
from osm.log.acts.record import record
from osm.models import Account, Answering, Comment, Connection, ConnectionState, OutboxAction
from osm.networks.addresses import is_web, one_spelling
from osm.outbox.acts import keys
from osm.outbox.queries import is_on
from osm.regulation import blacklist
from osm.threads import acts

log = logging.getLogger(__name__)

MOST_PICTURES, MOST_THINGS, LONGEST_ADDRESS, LONGEST_TITLE = 10, 10, 2000, 200  # of one comment that are remembered
_SOMEBODY = "администратор страницы"
LOCK = {"key_share": True}
"""How a connection is held while its events are stored: what a network tells meanwhile names its row, and is stored."""


def store(connection_id: int, seen: object, now: datetime, batch: Batch) -> int:
    """Store the events after the cursor `seen`; returns how many comments are new or changed. If a person has switched
    the page off, or another process was quicker, it stores nothing: the next reader gets the events again."""
    with transaction() as session:
        connection = session.get(Connection, connection_id, with_for_update=LOCK)
        if connection is None or not is_on(connection) or connection.cursor != seen:
            return 0
        if batch.has_gap:
            connection.gap_since = connection.gap_since or connection.read_at or connection.switched_on_at
        connection.cursor, connection.read_at = dict(batch.cursor), now
        works_again(connection)
        return enter(connection.account, batch.events, now)


def works_again(connection: Connection) -> None:
    """The network has answered: what was said of its silence is over; other words stay until somebody has looked."""
    if connection.state is ConnectionState.FAILING:
        connection.said = ""
    connection.state, connection.failed_at, connection.rest_until = ConnectionState.WORKING, None, None


def enter(account: Account, events: Sequence[Event], now: datetime) -> int:
    """Store events in their order, in the caller's transaction; returns how many comments are new or changed. One that
    cannot be stored is logged and left out: otherwise the network would send it again and again, and the page would get
    no further events."""
    return sum(_enter_one(account, event, now) for event in events)


def _enter_one(account: Account, event: Event, now: datetime) -> int:
    account_id = account.id
    try:
        with transaction():
            return _entered(account, event, now)
    except Exception as error:
        if is_passing(error):
            raise  # it says nothing of the event: all of them are received again
        log.exception("event not stored", extra={"account_id": account_id, "kind": type(event).__name__})
        return 0


def _entered(account: Account, event: Event, now: datetime) -> int:
    if isinstance(event, Written) and _is_ours(account, event):
        acts.note_own(account, event, now, "" if event.is_own else event.author.name or event.author.id)
    elif isinstance(event, Written):
        return _written(account, event, now)
    elif isinstance(event, Gone):
        _gone(account, event, now)
    elif isinstance(event, Liked):
        acts.note_like(account.network, event, now)
    elif isinstance(event, Barred):
        keys.knows(account, event.by)
        _barred(account, event, now)
    return 0


def _is_ours(account: Account, event: Written) -> bool:
    """The page wrote it, or an administrator of it answers somebody under his own name."""
    if event.is_own:
        return True
    known = account.connection.administrators if account.connection else []
    answers = bool(event.answers or event.target.thread) and event.target.kind is not contract.Kind.COMMUNITY_MESSAGE
    return (answers and event.author.id in known) or acts.is_own(account.network, event.target)


def _barred(account: Account, event: Barred, now: datetime) -> None:
    """A ban made or lifted in the network appears in the black list too."""
    network, url = account.network, one_spelling(event.author.url)
    by = event.by_name[:200] or (_SOMEBODY if event.by.strip("0") else "")
    if event.lifted:
        bans.note_lifted(network, url=url, by=by, by_end=event.by_end, account_id=account.id, now=now)
    else:
        name, until, reason = event.author.name, event.until, event.reason
        bans.note_ban(network, name=name, url=url, until=until, reason=reason, by=by, account_id=account.id, now=now)


def _written(account: Account, event: Written, now: datetime) -> int:
    text = event.text.replace("\0", "").strip()[: comments_file.MAX_TEXT] or _without_words(event)
    target, author = event.target, event.author
    number = author.id[:100] if author.id != author.name else ""  # Instagram may tell the name alone
    comment = comments_file.IncomingComment(
        row=0, network=account.network, external_id=target.name, kind=blacklist.CommentKind(target.kind), text=text,
        post_url=one_spelling(event.place_url), post_title=event.place_title, url=one_spelling(event.url),
        parent_external_id=target.named(event.answers) if event.answers else "",
        author_name=" ".join(author.name.split())[:300], author_url=one_spelling(author.url),
        published_at=event.at, author_number=number,
    )  # fmt: skip
    report = store_received([comment], now=now)
    told = {"account_id": account.id, "target": asdict(target), "gone_at": None, "gone_by": ""}
    told["pictures"] = [url for url in event.pictures if len(url) <= LONGEST_ADDRESS][:MOST_PICTURES]
    told["things"] = [_told(one) for one in event.things[:MOST_THINGS]]
    told["thread_key"] = acts.thread_of(account.network, event)
    same = (Comment.network == account.network, Comment.external_id == target.name)
    db.session.execute(update(Comment).where(*same).values(told))
    if report.created:
        _may_answer(account, db.session.scalars(select(Comment).where(*same)).one(), now)
    return report.created + report.updated


def _may_answer(account: Account, comment: Comment, now: datetime) -> None:
    """It may be in the register already; in the thread of his own message it may be the author's answer to us."""
    if acts.join_comment(comment, now):
        return
    offered = acts.note_of_author(comment, now)
    if len(offered) == 1 and account.connection and account.connection.answers is Answering.AUTO:
        publication.take_automatically(offered[0], now)


def _without_words(event: Written) -> str:
    """The text of a comment without words: its attachments, as far as the network names them."""
    pictures = ["изображение"] if any(map(is_web, event.pictures)) else []
    said = ", ".join([*pictures, *(blacklist.thing_words(_told(one)) for one in event.things[:MOST_THINGS])])
    return f"{blacklist.WITHOUT_WORDS}: {said or blacklist.UNKNOWN_THING}]"


def _told(one: Thing) -> dict[str, Any]:
    """As it is stored; without an address that is too long or no web page."""
    url = one.url if is_web(one.url) and len(one.url) <= LONGEST_ADDRESS else ""
    title = " ".join(one.title.replace("\0", "").split())[:LONGEST_TITLE]
    return {"kind": one.kind.value, "title": title, "url": url, "seconds": one.seconds}


def _gone(account: Account, event: Gone, now: datetime) -> None:
    """It is marked, never decided: «удалено автором» only where the network names the author as who deleted."""
    query = select(Comment).where(Comment.network == account.network, Comment.external_id == event.target.name)
    comment = db.session.scalar(query.with_for_update(of=Comment))
    acts.own_is_gone(account.network, event.target, now)
    if comment is None or comment.gone_at is not None:
        return
    by = _whose_hand(comment, event)
    if by == "page":
        keys.knows(account, event.by)
    comment.gone_at, comment.gone_by = now, by
    record(
        "comment_gone", at=now, actor=None, clause="Пр.2.6", about=comment, changes={"gone_by": (None, by or "unknown")}
    )


def _whose_hand(comment: Comment, event: Gone) -> str:
    """`author` only where the network names him as who deleted; what we have deleted ourselves comes back too."""
    asked = (OutboxAction.comment_id == comment.id, OutboxAction.kind == blacklist.OutboxKind.DELETE)
    ours = select(OutboxAction.id).where(
        *asked, OutboxAction.sent_at.is_not(None) | OutboxAction.settled_at.is_not(None)
    )
    not_cancelled = OutboxAction.state != blacklist.OutboxState.CANCELLED
    author = (comment.target or {}).get("author", "")
    if event.by and event.by == author:
        return "author"
    if db.session.scalar(ours.where(not_cancelled).limit(1)) is not None:
        return "office"
    return "page" if event.by and author else ""  # perhaps deleted by its author, where the network does not say

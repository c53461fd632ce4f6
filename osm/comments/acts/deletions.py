"""Deletions in the networks: ordered with a decision, forgotten with it; and the pictures that are kept before.

A deletion waits a minute at most until the pictures of its comment are kept as evidence (П.16, П.17), as its
screenshots are. Missing ones are asked for during an hour, in growing pauses: networks serve pictures for some time
after the comment is gone. Each comment is fetched in its own thread, from the connector's hosts.
"""

from collections.abc import Callable
from concurrent.futures import Future, wait
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO
from urllib.parse import urljoin, urlsplit

from sqlalchemy import select

from osm.base.application import current_settings
from osm.base.database import db
from osm.base.transaction import Pace, transaction
from osm.connectors.contract import Act, BansByDeleting, Connector, OpensPictures
from osm.connectors.registry import CONNECTED, has
from osm.connectors.transport import Fault, NetworkError, Transport, is_ours_to_fetch
from osm.files import queries
from osm.files.acts import files as acts_files
from osm.log.acts.record import record
from osm.models import Comment, Connection, OutboxAction, User
from osm.outbox.acts.asking import connector_of, in_thread, note_ours
from osm.outbox.acts.kinds import Errand, KindOfAct, Result
from osm.outbox.acts.orders import cancel
from osm.regulation.blacklist import OutboxKind, OutboxState
from osm.regulation.errors import MissingInput

# --- Orders, in the caller's transaction
UNDO = timedelta(seconds=10)
"""Actions wait this long, so that a wrong click can be undone without a trace in the network."""


def order(kind: OutboxKind, comment: Comment, *, actor: User, now: datetime) -> None:
    """Its deletion, or its return (`Deletion.comes_back`). The key contains the version, so a new decision is a new
    action."""
    if kind is OutboxKind.DELETE:
        forget_restoring(comment.id, actor=actor, now=now)
    db.session.add(OutboxAction(
        kind=kind, network=comment.network, comment_id=comment.id, author_id=comment.author_id, not_before=now + UNDO,
        created_at=now, created_by_id=actor.id, idempotency_key=f"{kind}:{comment.id}:{comment.version}",
    ))  # fmt: skip


def forget_restoring(comment_id: int, *, actor: User, now: datetime) -> None:
    """The comment is to be deleted after all: cancel a restoring that was not sent yet."""
    waiting = select(OutboxAction).where(
        OutboxAction.comment_id == comment_id,
        OutboxAction.kind == OutboxKind.RESTORE,
        OutboxAction.state == OutboxState.PENDING,
        OutboxAction.sent_at.is_(None),
    )
    for action in db.session.scalars(waiting.with_for_update()):
        cancel(action, actor=actor, now=now)


def of_comment(comment_id: int) -> OutboxAction | None:
    """The current deletion of this comment, locked; None if there is no deletion or only cancelled ones."""
    deletions = (OutboxAction.kind == OutboxKind.DELETE, OutboxAction.state != OutboxState.CANCELLED)
    query = select(OutboxAction).where(OutboxAction.comment_id == comment_id, *deletions)
    return db.session.scalar(query.order_by(OutboxAction.id.desc()).limit(1).with_for_update())


# --- How they are carried out
def delete(errand: Errand, connector: Connector) -> Result:
    """Gone already is done; where the author was to be banned with it, whether he is."""
    if errand.bans and isinstance(connector, BansByDeleting):
        return connector.delete_with_author(errand.target)
    connector.delete(errand.target)
    return None


def _stands_again(action: OutboxAction, _result: Result, _now: datetime) -> None:
    """The comment is there; the network may tell of it later or never."""
    if action.comment is not None:
        action.comment.gone_at, action.comment.gone_by = None, ""


KINDS_OF_ACTS = (
    KindOfAct(OutboxKind.DELETE, Act.DELETE, lambda _action, _now: delete),
    KindOfAct(
        OutboxKind.RESTORE, Act.RESTORE, lambda _action, _now: lambda errand, to: to.restore(errand.target),
        done=_stands_again,
    ),
)  # fmt: skip

# --- Before our own deletion the pictures of the comment are kept as evidence (П.16, П.17), as its screenshots are
MOST_AT_ONCE = 4
_SECONDS = 15  # for one picture, however slowly it drips
SHORTEST, STILL = timedelta(seconds=10), timedelta(hours=1)
"""The first pause, each later one twice as long; and for how long a picture is asked for after the deletion may go."""
LAST = timedelta(days=1)  # after that no question is asked, even if the hour was never noted


@dataclass(frozen=True, slots=True)
class Fetched:
    """What one try has brought. `files`: by address, on the disk, since several comments' would not fit into memory;
    `missed`: those that another try may have."""

    files: dict[str, IO[bytes]] = field(default_factory=dict)
    missed: frozenset[str] = frozenset()


@dataclass(slots=True)
class Tried:
    """What is known of a comment between two tries. After the death of a worker it is empty; an equal picture is kept
    once."""

    kept: set[str] = field(default_factory=set)
    lost: set[str] = field(default_factory=set)
    pause: timedelta = SHORTEST
    again_at: datetime | None = None


_Wanted = tuple[int, datetime]
"""Comment, and until when its deletion waits: decided anew, its pictures are wanted anew."""


@dataclass(frozen=True, slots=True)
class Fetching:
    """What this process is fetching, and what it remembers until the next try."""

    under_way: dict[_Wanted, Future[Fetched]] = field(default_factory=dict)
    tried: dict[_Wanted, Tried] = field(default_factory=dict)


_fetching = Fetching()


def keep_pictures(now: datetime, pace: Pace) -> int:
    """Keep what has been fetched and begin what is wanted; of how many comments the pictures were settled. A round of
    the worker never waits; without a limit of time (`osm tick`) what is wanted is done to its end."""
    if pace.seconds < float("inf"):
        done = _collect(_fetching, now)
        _begin(_fetching, now)
        return done
    once, settled = Fetching(), 0
    while _begin(once, now):
        wait(once.under_way.values())
        settled += _collect(once, now)
    return settled


def _begin(fetching: Fetching, now: datetime) -> int:
    """Those that are still to be had; how many are begun."""
    wanted = select(Comment).where(Comment.pictures_until.is_not(None)).order_by(Comment.pictures_until)
    settings = current_settings()
    begun, late = 0, list[tuple[_Wanted, int]]()
    for row in db.session.scalars(wanted):
        one = (row.id, row.pictures_until or now)
        if len(fetching.under_way) >= MOST_AT_ONCE or one in fetching.under_way or row.network not in CONNECTED:
            continue
        tried = fetching.tried.setdefault(one, Tried())
        if tried.again_at is not None and now < tried.again_at:
            continue
        if now >= one[1] + LAST:  # every try since has ended its process, or could not be noted
            late.append((one, len(fetching.tried.pop(one).kept)))
            continue
        left = tuple(url for url in row.pictures if url not in tried.kept | tried.lost)
        fetching.under_way[one] = in_thread(partial(_fetch, left, _opener(row), settings.data_dir))
        begun += 1
    db.session.rollback()
    for one, kept in late:
        _settle(one, kept, now)
    return begun


def _opener(comment: Comment) -> Callable[[str], bytes]:
    """How the pictures of this network are opened; one whose pictures have no addresses needs the page for it."""
    known = CONNECTED[comment.network]
    page = select(Connection).where(Connection.account_id == comment.account_id)
    if has(comment.network, "open_picture") and (connection := db.session.scalar(page)) is not None:
        connector = connector_of(connection)
        if isinstance(connector, OpensPictures):
            return connector.open_picture
    base = current_settings().network_urls.get(comment.network, known.base)
    return partial(_fetch_picture, hosts=known.hosts, base=base)


def _fetch_picture(url: str, hosts: tuple[str, ...], base: str) -> bytes:
    """The picture as it lies there; at most one redirect, within the same host. NetworkError, TEMPORARY where another
    try may have it."""
    transport = Transport(whole=_SECONDS)
    for _ in range(2):
        if not is_ours_to_fetch(url, hosts, base):
            raise NetworkError("Изображение лежит не на сервере соцсети: не сохранено.", Fault.PERMANENT)
        status, headers, body = transport.ask_whole("GET", url)
        if status == 200 and body:
            return body
        if status not in (301, 302, 303, 307, 308):
            break
        there = urljoin(url, headers.get("Location", ""))
        if urlsplit(there).netloc != urlsplit(url).netloc:
            break
        url = there
    fault = Fault.TEMPORARY if status == 429 or status >= 500 else Fault.PERMANENT
    raise NetworkError(f"Соцсеть не отдала изображение (ответ {status}).", fault)


def _fetch(pictures: tuple[str, ...], opened: Callable[[str], bytes], folder: Path) -> Fetched:
    files: dict[str, IO[bytes]] = {}
    missed: set[str] = set()
    for url in pictures:
        try:
            content = opened(url)
            file = TemporaryFile(dir=folder)  # noqa: SIM115  (closed when it is kept, gone with the process)
            file.write(content)
            files[url] = file
        except NetworkError as error:
            if error.fault is not Fault.PERMANENT:
                missed.add(url)
        except OSError:
            missed.add(url)
    return Fetched(files, frozenset(missed))


def _collect(fetching: Fetching, now: datetime) -> int:
    settled = 0
    for one in [one for one, answer in fetching.under_way.items() if answer.done()]:
        answer, tried = fetching.under_way.pop(one), fetching.tried.pop(one)
        try:
            settled += _note(fetching, one, answer.result(), tried, now)
        except Exception as error:
            note_ours(error, "pictures not kept", comment=one[0])
            settled += _later(fetching, one, tried, now)
    return settled


def _later(fetching: Fetching, one: _Wanted, tried: Tried, now: datetime) -> int:
    """They are asked for again after a pause, while there is time for it."""
    if now >= one[1] + STILL:
        return _settle(one, len(tried.kept), now)
    tried.again_at, tried.pause = now + tried.pause, 2 * tried.pause
    fetching.tried[one] = tried
    return 0


def _note(fetching: Fetching, one: _Wanted, found: Fetched, tried: Tried, now: datetime) -> int:
    kept = {url for url, file in found.files.items() if _keep(one, file, now)}
    tried.kept |= kept
    tried.lost |= found.files.keys() - kept
    return _later(fetching, one, tried, now) if found.missed else _settle(one, len(tried.kept), now)


def _settle(one: _Wanted, kept: int, now: datetime) -> bool:
    """Nothing more is to be had of this comment: all are kept, or the log says how many are."""
    with transaction() as session:
        comment = session.get(Comment, one[0], with_for_update=True)
        if comment is None or comment.pictures_until != one[1]:
            return False
        comment.pictures_until = None
        if kept < len(comment.pictures):
            counted = {"pictures_kept": (len(comment.pictures), kept)}
            record(queries.NOT_KEPT, at=now, actor=None, about=comment, changes=counted)
        return True


def _keep(one: _Wanted, file: IO[bytes], now: datetime) -> bool:
    """Whether it was kept with the comment: only pictures, and only while the decision holds."""
    with file:
        file.seek(0)
        content = file.read()
    with transaction() as session:
        comment = session.get(Comment, one[0], with_for_update=True)
        if comment is None or comment.pictures_until != one[1]:
            return False
        try:
            upload = acts_files.Upload("из соцсети", content)
            acts_files.attach_to_comment(comment.id, [upload], actor=None, now=now)
        except MissingInput:
            return False
    return True

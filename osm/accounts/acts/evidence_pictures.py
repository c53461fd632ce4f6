"""Before we delete a comment its pictures are kept as evidence (П.16, П.17), as its screenshots are.

A deletion waits for them a minute at most. Missing ones are asked for during an hour, in growing pauses: networks serve
pictures for some time after the comment is gone. Each comment is fetched in its own thread, from the connector's hosts.
"""

from collections.abc import Sequence
from concurrent.futures import Future, wait
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO

from sqlalchemy import Select, select

from osm.accounts.acts import stopping
from osm.accounts.acts.keys import in_thread, note_ours
from osm.accounts.acts.stopping import Hold
from osm.connectors.faults import Fault, NetworkError
from osm.connectors.registry import CONNECTED
from osm.connectors.transport import fetch_picture
from osm.extensions import current_settings, db
from osm.files import queries
from osm.files.acts import files as acts_files
from osm.files.acts.files import Upload
from osm.log.acts.record import record
from osm.regulation.comment_words import OutboxKind, OutboxState
from osm.regulation.errors import MissingInput
from osm.services.pace import Pace
from osm.store.models import Comment, Connection, OutboxAction
from osm.store.transaction import transaction

# --- Networks that ban only together with a deletion
_WITH_DELETION = "Будет выполнено вместе с удалением комментария."
_NOT_BANNED = "Вместе с удалением комментария заблокировать не вышло: заблокируйте на сайте."


def taken_along(deletion: OutboxAction, connection: Connection, now: datetime) -> Sequence[OutboxAction]:
    """Orders to ban the author of the comment that is deleted: this act does them too.

    An order that another thread holds at this moment is skipped: waiting for it could be a circle.
    """
    if deletion.kind is not OutboxKind.DELETE or deletion.author_id is None:
        return ()
    bans = db.session.scalars(
        _waiting()
        .with_for_update(of=OutboxAction, skip_locked=True)
        .where(OutboxAction.author_id == deletion.author_id, OutboxAction.created_at >= connection.switched_on_at)
        .order_by(OutboxAction.id)
    ).all()
    for ban in bans:
        ban.for_person, ban.error, ban.sent_at = True, _WITH_DELETION, ban.sent_at or now
    return bans


def of_try(orders: tuple[int, ...], hold: Hold) -> Sequence[OutboxAction]:
    """The orders that this try still holds, locked and let go."""
    theirs = (OutboxAction.id.in_(orders), OutboxAction.lease_token == hold.token)
    bans = db.session.scalars(_waiting().where(*theirs)).all() if orders else ()
    stopping.let_go(bans)
    return bans


def settled(bans: Sequence[OutboxAction], *, is_banned: bool) -> Sequence[OutboxAction]:
    """The orders that are done, when the author is banned; else a person bans him."""
    if not is_banned:
        for ban in bans:
            ban.error = _NOT_BANNED
        return ()
    for ban in bans:
        ban.for_person, ban.error = False, ""
    return bans


def not_banned_with(deletion: OutboxAction) -> None:
    """The program gives this deletion up: the orders that an earlier try took along are a person's."""
    if deletion.kind is OutboxKind.DELETE and deletion.author_id is not None:
        of_author = (OutboxAction.author_id == deletion.author_id, OutboxAction.error == _WITH_DELETION)
        settled(db.session.scalars(_waiting().where(*of_author)).all(), is_banned=False)


def _waiting() -> Select[OutboxAction]:
    of_bans = (OutboxAction.kind == OutboxKind.BAN, OutboxAction.state == OutboxState.PENDING)
    return select(OutboxAction).where(*of_bans).with_for_update(of=OutboxAction)


# --- Before our own deletion the pictures of the comment are kept as evidence (П.16, П.17), as its screenshots are
MOST_AT_ONCE = 4
SHORTEST, STILL = timedelta(seconds=10), timedelta(hours=1)
"""The first pause, each later one twice as long; and for how long a picture is asked for after the deletion may go."""
LAST = timedelta(days=1)
"""After that nothing is asked for, whatever kept the hour from being noted."""


@dataclass(frozen=True, slots=True)
class Fetched:
    """What one try has brought. `files`: by address, on the disk, since several comments' would not fit into memory;
    `missed`: those that another try may have.
    """

    files: dict[str, IO[bytes]] = field(default_factory=dict)
    missed: frozenset[str] = frozenset()


@dataclass(slots=True)
class Tried:
    """What is known of a comment between two tries. After the death of a worker it is empty; an equal picture is kept
    once.
    """

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


def run(now: datetime, pace: Pace) -> int:
    """Keep what has been fetched and begin what is wanted; of how many comments the pictures were settled.

    A round of the worker never waits; without a limit of time (`osm tick`) what is wanted is done to its end.
    """
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
        known = CONNECTED[row.network]
        base = settings.network_urls.get(row.network, known.base)
        fetching.under_way[one] = in_thread(partial(_fetch, left, known.hosts, base, settings.data_dir))
        begun += 1
    db.session.rollback()
    for one, kept in late:
        _settle(one, kept, now)
    return begun


def _fetch(pictures: tuple[str, ...], hosts: tuple[str, ...], base: str, folder: Path) -> Fetched:
    files: dict[str, IO[bytes]] = {}
    missed: set[str] = set()
    for url in pictures:
        try:
            content = fetch_picture(url, hosts, base)
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
            upload = Upload("из соцсети", content)
            acts_files.attach_to_comment(comment.id, [upload], actor=None, now=now)
        except MissingInput:
            return False
    return True

"""What the worker reads of messages and comments later: owed in the transaction that entered or changed them.

A reader of a kind calls `work_through` from a job; to have new messages read too, its kind stands in ON_ENTRY. A
reading may be done twice (a crash, a lease that ran out), never left out: it must bear to be repeated.
"""

from __future__ import annotations

import hashlib
import json
import logging
import secrets
import time
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, case, delete, or_, select, tuple_, update

from osm.extensions import db
from osm.services.pace import Pace
from osm.store.many_rows import write_rows
from osm.store.models import (
    BlacklistEvidence,
    Comment,
    Decision,
    DueCommentReading,
    DueReading,
    Evidence,
    Message,
    ReadingKind,
    VerdictChange,
)
from osm.store.transaction import transaction
from osm.store.upsert import insert_into

# --- What the worker reads of messages and comments later
log = logging.getLogger(__name__)

ON_ENTRY: frozenset[ReadingKind] = frozenset(
    {ReadingKind.SEARCH, ReadingKind.REPEATS, ReadingKind.VERDICT, ReadingKind.COPIES, ReadingKind.BURSTS}
)
"""What every new message is owed: the kinds that somebody reads."""
ON_COMMENT: frozenset[ReadingKind] = frozenset({ReadingKind.VERDICT, ReadingKind.COPIES, ReadingKind.BURSTS})
"""What every new or edited comment is owed."""

LEASE = timedelta(seconds=60)
"""How long a reading may take before another process tries it; doubled with every attempt, up to LONGEST_LEASE."""
LONGEST_LEASE = timedelta(hours=1)
MOST_TRIES = 12
"""To read one message or comment, before it is left unread (about six hours); its next change is read again."""
_FREED_TRIES = 3
"""What was taken up so often waits for the end of its lease: it may be what ends the process each time."""
_RANDOM = 2**30
TOGETHER = 50
"""Messages that are read and written together."""

Due = type[DueReading] | type[DueCommentReading]
"""Whose reading it is: a message's or a comment's."""

Reader = Callable[[Sequence[int]], Callable[[], None]]
"""Reads these (messages or comments) outside any write transaction and returns what writes the result inside one."""


class NotOwed(Exception):
    """Of some that were read together one is owed no more, or is being owed anew."""


@dataclass(frozen=True, slots=True)
class Taken:
    """A reading under lease. `generation`: a random number that changes with each taking and each new request."""

    subject_id: int
    generation: int


def owe_new(messages: Sequence[Message]) -> None:
    """New messages of this transaction, already flushed, are owed every reading of ON_ENTRY."""
    rows = [
        {"kind": kind, "message_id": message.id, "generation": 1, "attempts": 0}
        for kind in sorted(ON_ENTRY)
        for message in messages
    ]
    write_rows(DueReading, rows)


def owe(message_ids: Collection[int], kinds: Collection[ReadingKind]) -> None:
    """These messages have changed: each is owed these readings (anew), in the caller's transaction."""
    _owe(DueReading, message_ids, kinds)


def owe_comments(comment_ids: Collection[int], kinds: Collection[ReadingKind]) -> None:
    """These comments are new or have changed: each is owed these readings (anew), in the caller's transaction."""
    _owe(DueCommentReading, comment_ids, kinds)


def _owe(of: Due, ids: Collection[int], kinds: Collection[ReadingKind]) -> None:
    # In one order: two transactions that owe the same rows wait for each other, never in a circle.
    subject = _subject(of).key
    rows = [
        {"kind": kind, subject: subject_id, "generation": 1, "attempts": 0}
        for kind in sorted(kinds)
        for subject_id in sorted(set(ids))
    ]
    if not rows:
        return
    statement = insert_into(of)
    anew = {"generation": of.generation + 1, "attempts": 0, "leased_until": None}
    db.session.execute(statement.on_conflict_do_update(index_elements=[of.kind, _subject(of)], set_=anew), rows)


def owe_in_slices(ids: Select[int], kind: ReadingKind, *, of: Due = DueReading) -> int:
    """These messages or comments are owed this reading anew, a thousand in a transaction; how many."""
    found = list(db.session.scalars(ids))
    for start in range(0, len(found), 1000):
        with transaction():
            _owe(of, found[start : start + 1000], [kind])
    return len(found)


def claim(
    kind: ReadingKind, limit: int, *, now: datetime, newest_first: bool = False, of: Due = DueReading
) -> list[Taken]:
    """Up to `limit` readings that are due and nobody else's, leased in a transaction of its own."""
    subject = _subject(of)
    free = (
        select(subject, of.attempts)
        .where(of.kind == kind, _free(of, now))
        .order_by(subject.desc() if newest_first else subject.asc())
        .with_for_update(skip_locked=True)
    )
    with transaction() as session:
        found = session.execute(free.where(of.attempts == 0).limit(limit)).all()
        # One that was taken before may have ended its process: were it with others, none of them would be read.
        found = found or session.execute(free.where(of.attempts.between(1, MOST_TRIES - 1)).limit(1)).all()
        if not found:
            return []
        taken = 2 + secrets.randbelow(_RANDOM)
        lengths = {attempts: min(LEASE * 2 ** min(attempts, 10), LONGEST_LEASE) for _, attempts in found}
        until = case(*((of.attempts == count, now + length) for count, length in lengths.items()))
        session.execute(
            update(of)
            .where(of.kind == kind, subject.in_([subject_id for subject_id, _ in found]))
            .values(attempts=of.attempts + 1, leased_until=until, generation=taken)
            .execution_options(synchronize_session=False)
        )
        return [Taken(subject_id, taken) for subject_id, _ in found]


def release_all() -> int:
    """Whoever had taken a reading up has ended: nearly all are anybody's at once; how many.

    For the worker that has just been given its lease. Leases go by the office's clock, which may stand (OSM_NOW), so
    that they would never run out; and where it runs nobody need wait for a process that was killed.
    """
    freed = 0
    for of in (DueReading, DueCommentReading):
        leased = (of.leased_until.is_not(None), of.attempts < _FREED_TRIES)
        if db.session.execute(select(of.kind).where(*leased).limit(1)).first() is None:
            continue
        with transaction() as session:
            done = session.execute(
                update(of).where(*leased).values(leased_until=None).execution_options(synchronize_session=False)
            )
            freed += int(done.rowcount)  # type: ignore[attr-defined]
    db.session.rollback()
    return freed


def settle(kind: ReadingKind, taken: Sequence[Taken], *, of: Due = DueReading) -> None:
    """These were read; what was owed anew meanwhile stays owed. In the caller's transaction."""
    subject = _subject(of)
    # A row that is being owed anew is left to it: waiting for it could become waiting in a circle.
    ours = select(subject).where(of.kind == kind, _as_taken(taken, of))
    settled = db.session.scalars(ours.with_for_update(skip_locked=True)).all()
    db.session.execute(
        delete(of).where(of.kind == kind, subject.in_(settled)).execution_options(synchronize_session=False)
    )


def work_through(
    kind: ReadingKind,
    reader: Reader,
    *,
    limit: int,
    now: datetime,
    pace: Pace,
    newest_first: bool = False,
    of: Due = DueReading,
) -> int:
    """Carry out what is owed, `limit` at a time, for as long as `pace` allows; how many readings were settled."""
    until = time.monotonic() + pace.seconds
    done = 0
    while pace.goes_on() and (count := work_off(kind, reader, limit=limit, now=now, newest_first=newest_first, of=of)):
        done += count
        if time.monotonic() >= until:
            break
    return done


def work_off(
    kind: ReadingKind,
    reader: Reader,
    *,
    limit: int,
    now: datetime,
    newest_first: bool = False,
    of: Due = DueReading,
) -> int:
    """Take up to `limit` readings and carry them out; how many were settled.

    Where all together fail, each is tried alone: one that cannot be read holds up no other, is logged and rests.
    """
    taken = claim(kind, limit, now=now, newest_first=newest_first, of=of)
    if not taken:
        return 0
    try:
        _carry_out(kind, reader, taken, of)
        return len(taken)
    except Exception:
        db.session.rollback()
        if len(taken) == 1:
            _log_failure(kind, taken[0], of)
            return 0
    return sum(_alone(kind, reader, one, of) for one in taken)


def given_up() -> list[ReadingKind]:
    """Readings of these kinds are left undone after MOST_TRIES."""
    left = {kind for of in (DueReading, DueCommentReading)
            for kind in db.session.scalars(select(of.kind).where(of.attempts >= MOST_TRIES).distinct())}  # fmt: skip
    return sorted(left)


def count_owed(kind: ReadingKind, at_most: int = 1000) -> int:
    """How many readings of a kind are owed; counting ends at `at_most`."""
    owed = select(DueReading.message_id).where(DueReading.kind == kind).limit(at_most).subquery()
    return db.session.scalar(select(db.func.count()).select_from(owed)) or 0


def _alone(kind: ReadingKind, reader: Reader, one: Taken, of: Due) -> bool:
    try:
        _carry_out(kind, reader, [one], of)
    except Exception:
        db.session.rollback()
        _log_failure(kind, one, of)
        return False
    return True


def _log_failure(kind: ReadingKind, one: Taken, of: Due) -> None:
    log.exception("reading failed", extra={"kind": kind.value, _subject(of).key: one.subject_id})


def _carry_out(kind: ReadingKind, reader: Reader, taken: Sequence[Taken], of: Due) -> None:
    write = reader([one.subject_id for one in taken])
    with transaction():
        if _are_owed(kind, taken, of):
            write()
            settle(kind, taken, of=of)
            return
    if len(taken) > 1:
        raise NotOwed  # each alone: those that are still owed are read


def _are_owed(kind: ReadingKind, taken: Sequence[Taken], of: Due) -> bool:
    """Whether all are still there and ours, held until they are written: a message may have been taken back, a lease
    may have run out.
    """
    held = select(_subject(of)).where(of.kind == kind, _as_taken(taken, of)).order_by(_subject(of))
    return len(db.session.scalars(held.with_for_update(skip_locked=True)).all()) == len(taken)


def _as_taken(taken: Sequence[Taken], of: Due) -> ColumnElement[bool]:
    """Readings that this taking still holds: not taken again, not requested again."""
    return tuple_(_subject(of), of.generation).in_([(one.subject_id, one.generation) for one in taken])


def _subject(of: Due) -> Any:
    return of.message_id if issubclass(of, DueReading) else of.comment_id


def _free(of: Due, now: datetime) -> Any:
    # A lease further in the future than any may be was given by a clock that was wrong.
    until = of.leased_until
    return or_(until.is_(None), until <= now, until > now + LONGEST_LEASE)


# --- What changed after other rules or words
@dataclass(frozen=True, slots=True)
class Verdict:
    """A verdict as it is stored."""

    decision: Decision
    findings: Sequence[dict[str, Any]]

    @property
    def says(self) -> tuple[Decision, frozenset[str]]:
        """The proposal and its grounds: a rule that finds the same elsewhere in the text has changed nothing."""
        return self.decision, frozenset(str(finding["category"]) for finding in self.findings)


def note_change(
    before: Verdict,
    after: Verdict,
    rules: str,
    now: datetime,
    *,
    message_id: int | None = None,
    comment_id: int | None = None,
) -> None:
    """List the change where it is one, in the caller's transaction."""
    if before.says == after.says:
        return
    db.session.add(
        VerdictChange(
            at=now,
            message_id=message_id,
            comment_id=comment_id,
            rules_after=rules,
            before=before.decision,
            after=after.decision,
            findings_before=list(before.findings),
            findings_after=list(after.findings),
        )
    )


# --- What a text said when it was judged, as one digest
STATED = ("text", "url", "author_name", "author_url", "published_at", "taken_at")
"""What evidence states, of whichever kind it is."""


def evidence_digest(evidence: Evidence | BlacklistEvidence) -> str:
    """SHA-256 over everything the evidence states, as hexadecimal; equal content gives an equal digest."""
    return _digest([getattr(evidence, name) for name in STATED])


def comment_digest(comment: Comment) -> str:
    """The same of a deleted comment; `taken_at` is the time of the decision."""
    author = comment.author
    whose = (author.name, author.profile_url or "") if author else ("", "")
    return _digest([comment.text, comment.url, *whose, comment.published_at, comment.decided_at])


def _digest(stated: list[str | datetime | None]) -> str:
    """Instants count in UTC: the database gives them back so, whatever zone they came in with."""
    plain = [value.astimezone(UTC).isoformat() if isinstance(value, datetime) else value for value in stated]
    return hashlib.sha256(json.dumps(plain, ensure_ascii=False).encode()).hexdigest()

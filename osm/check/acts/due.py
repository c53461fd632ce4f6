"""Queues of messages and comments that the worker has to read after they were entered or changed."""

import hashlib
import json
import logging
import secrets
import time
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Select,
    case,
    delete,
    insert,
    literal,
    or_,
    select,
    true,
    tuple_,
    union_all,
    update,
)

from osm.base.database import db, insert_into, table_of
from osm.base.transaction import Pace, transaction
from osm.models import (
    BlacklistEvidence,
    Comment,
    CommentFindingAnswer,
    Decision,
    DueCommentReading,
    DueReading,
    Evidence,
    FindingAnswer,
    FindingReply,
    Message,
    MessageVerdict,
    ReadingKind,
    VerdictChange,
)
from osm.regulation.words import Ground

# --- Due readings. A reading may be done twice (crash, expired lease), so a reader must allow that.
log = logging.getLogger(__name__)

ON_ENTRY: frozenset[ReadingKind] = frozenset(
    {ReadingKind.SEARCH, ReadingKind.REPEATS, ReadingKind.VERDICT, ReadingKind.COPIES, ReadingKind.BURSTS}
)
"""Kinds due for each new message."""
ON_COMMENT: frozenset[ReadingKind] = frozenset({ReadingKind.VERDICT, ReadingKind.COPIES, ReadingKind.BURSTS})
"""Kinds due for each new or edited comment."""

LEASE = timedelta(seconds=60)
"""Length of a lease, after which another process may try; doubled with each attempt up to LONGEST_LEASE."""
LONGEST_LEASE = timedelta(hours=1)
MOST_TRIES = 12  # attempts (about six hours), then it stays unread; its next change is read again
_FREED_TRIES = 3  # after this many attempts the lease is not ended early: the reading may be what kills the process
_RANDOM = 2**30
TOGETHER = 50  # messages read and written together

Queue = type[DueReading] | type[DueCommentReading]  # the queue: of messages or of comments

Reader = Callable[[Sequence[int]], Callable[[], None]]
"""Reads these messages or comments outside a write transaction and returns a function that writes the result inside
one."""


class NotQueued(Exception):
    """One of the readings is no longer due, or was made due again."""


@dataclass(frozen=True, slots=True)
class Taken:
    """A reading under lease. `generation`: a random number, new for each lease and each request."""

    subject_id: int
    generation: int


def enqueue_new(messages: Sequence[Message]) -> None:
    """Make new messages of this transaction (already flushed) due for ON_ENTRY."""
    kinds = union_all(*(select(literal(kind.value).label("kind")) for kind in sorted(ON_ENTRY))).subquery()
    rows = select(kinds.c.kind, Message.id, literal(1), literal(0)).join(Message, true())
    rows = rows.where(Message.id.in_([one.id for one in messages]))
    columns = ["kind", "message_id", "generation", "attempts"]
    db.session.execute(insert(table_of(DueReading)).from_select(columns, rows))


def enqueue(message_ids: Collection[int], kinds: Collection[ReadingKind]) -> None:
    """Make these messages due for these kinds, in the caller's transaction."""
    _enqueue(DueReading, message_ids, kinds)


def enqueue_comments(comment_ids: Collection[int], kinds: Collection[ReadingKind]) -> None:
    _enqueue(DueCommentReading, comment_ids, kinds)


def _enqueue(queue: Queue, ids: Collection[int], kinds: Collection[ReadingKind]) -> None:
    # Sorted, so that two transactions on the same rows cannot deadlock.
    subject = _subject(queue).key
    rows = [
        {"kind": kind, subject: subject_id, "generation": 1, "attempts": 0}
        for kind in sorted(kinds)
        for subject_id in sorted(set(ids))
    ]
    if not rows:
        return
    statement = insert_into(queue)
    anew = {"generation": queue.generation + 1, "attempts": 0, "leased_until": None}
    db.session.execute(statement.on_conflict_do_update(index_elements=[queue.kind, _subject(queue)], set_=anew), rows)


def enqueue_in_slices(ids: Select[int], kind: ReadingKind, *, queue: Queue = DueReading) -> int:
    """Make these messages or comments due for this kind, a thousand in a transaction; return how many."""
    found = list(db.session.scalars(ids))
    for start in range(0, len(found), 1000):
        with transaction():
            _enqueue(queue, found[start : start + 1000], [kind])
    return len(found)


def claim(
    kind: ReadingKind, limit: int, *, now: datetime, newest_first: bool = False, queue: Queue = DueReading
) -> list[Taken]:
    """Lease up to `limit` free readings, in its own transaction."""
    subject = _subject(queue)
    free = (
        select(subject, queue.attempts)
        .where(queue.kind == kind, _free(queue, now))
        .order_by(subject.desc() if newest_first else subject.asc())
        .with_for_update(skip_locked=True)
    )
    with transaction() as session:
        found = session.execute(free.where(queue.attempts == 0).limit(limit)).all()
        # Only one that was tried before: it may have killed its process, and then others with it would not be read.
        found = found or session.execute(free.where(queue.attempts.between(1, MOST_TRIES - 1)).limit(1)).all()
        if not found:
            return []
        taken = 2 + secrets.randbelow(_RANDOM)
        lengths = {attempts: min(LEASE * 2 ** min(attempts, 10), LONGEST_LEASE) for _, attempts in found}
        until = case(*((queue.attempts == count, now + length) for count, length in lengths.items()))
        session.execute(
            update(queue)
            .where(queue.kind == kind, subject.in_([subject_id for subject_id, _ in found]))
            .values(attempts=queue.attempts + 1, leased_until=until, generation=taken)
            .execution_options(synchronize_session=False)
        )
        return [Taken(subject_id, taken) for subject_id, _ in found]


def release_all() -> int:
    """The process that held the leases has ended: release nearly all; return how many. Called by a worker that has just
    got its own lease. Leases use the office's clock, which may be fixed (OSM_NOW), so they might never expire;
    otherwise this saves the wait after a killed process."""
    freed = 0
    for queue in (DueReading, DueCommentReading):
        leased = (queue.leased_until.is_not(None), queue.attempts < _FREED_TRIES)
        if db.session.execute(select(queue.kind).where(*leased).limit(1)).first() is None:
            continue
        with transaction() as session:
            done = session.execute(
                update(queue).where(*leased).values(leased_until=None).execution_options(synchronize_session=False)
            )
            freed += int(done.rowcount)  # type: ignore[attr-defined]
    db.session.rollback()
    return freed


def settle(kind: ReadingKind, taken: Sequence[Taken], *, queue: Queue = DueReading) -> None:
    """Delete these readings, except those made due again. In the caller's transaction."""
    subject = _subject(queue)
    # A row that is being made due again is skipped; waiting for it could be a deadlock.
    ours = select(subject).where(queue.kind == kind, _as_taken(taken, queue))
    settled = db.session.scalars(ours.with_for_update(skip_locked=True)).all()
    db.session.execute(
        delete(queue).where(queue.kind == kind, subject.in_(settled)).execution_options(synchronize_session=False)
    )


def work_through(
    kind: ReadingKind, reader: Reader, *, limit: int, now: datetime, pace: Pace, newest_first: bool = False,
    queue: Queue = DueReading,
) -> int:  # fmt: skip
    """Work off due readings, `limit` at a time, while `pace` allows; return how many were settled."""
    until = time.monotonic() + pace.seconds
    done = 0
    while pace.may_continue() and (
        count := work_off(kind, reader, limit=limit, now=now, newest_first=newest_first, queue=queue)
    ):
        done += count
        if time.monotonic() >= until:
            break
    return done


def work_off(
    kind: ReadingKind, reader: Reader, *, limit: int, now: datetime, newest_first: bool = False,
    queue: Queue = DueReading,
) -> int:  # fmt: skip
    """Claim up to `limit` readings and carry them out; return how many were settled. If the batch fails, each is tried
    alone: one that fails is logged and waits, without holding up others."""
    taken = claim(kind, limit, now=now, newest_first=newest_first, queue=queue)
    if not taken:
        return 0
    try:
        _carry_out(kind, reader, taken, queue)
        return len(taken)
    except Exception:
        db.session.rollback()
        if len(taken) == 1:
            _log_failure(kind, taken[0], queue)
            return 0
    return sum(_alone(kind, reader, one, queue) for one in taken)


def given_up() -> list[ReadingKind]:
    """Kinds with readings left undone after MOST_TRIES."""
    left: set[ReadingKind] = set()
    for queue in (DueReading, DueCommentReading):
        left.update(db.session.scalars(select(queue.kind).where(queue.attempts >= MOST_TRIES).distinct()))
    return sorted(left)


def count_queued(kind: ReadingKind, at_most: int = 1000) -> int:
    """Number of due readings of a kind, at most `at_most`."""
    due = select(DueReading.message_id).where(DueReading.kind == kind).limit(at_most).subquery()
    return db.session.scalar(select(db.func.count()).select_from(due)) or 0


def _alone(kind: ReadingKind, reader: Reader, one: Taken, queue: Queue) -> bool:
    try:
        _carry_out(kind, reader, [one], queue)
    except Exception:
        db.session.rollback()
        _log_failure(kind, one, queue)
        return False
    return True


def _log_failure(kind: ReadingKind, one: Taken, queue: Queue) -> None:
    log.exception("reading failed", extra={"kind": kind.value, _subject(queue).key: one.subject_id})


def _carry_out(kind: ReadingKind, reader: Reader, taken: Sequence[Taken], queue: Queue) -> None:
    write = reader([one.subject_id for one in taken])
    with transaction():
        if _are_queued(kind, taken, queue):
            write()
            settle(kind, taken, queue=queue)
            return
    if len(taken) > 1:
        raise NotQueued  # then each alone, so that those still due are read


def _are_queued(kind: ReadingKind, taken: Sequence[Taken], queue: Queue) -> bool:
    """Whether all are still due and leased by us, locked until written: a message may have been removed, a lease may
    have expired."""
    held = select(_subject(queue)).where(queue.kind == kind, _as_taken(taken, queue)).order_by(_subject(queue))
    return len(db.session.scalars(held.with_for_update(skip_locked=True)).all()) == len(taken)


def _as_taken(taken: Sequence[Taken], queue: Queue) -> ColumnElement[bool]:
    """Condition: readings not leased or requested again since."""
    return tuple_(_subject(queue), queue.generation).in_([(one.subject_id, one.generation) for one in taken])


def _subject(queue: Queue) -> Any:
    return queue.message_id if issubclass(queue, DueReading) else queue.comment_id


def _free(queue: Queue, now: datetime) -> Any:
    # A lease longer than possible comes from a wrong clock.
    until = queue.leased_until
    return or_(until.is_(None), until <= now, until > now + LONGEST_LEASE)


# --- Verdicts changed by other rules or words
@dataclass(frozen=True, slots=True)
class Verdict:
    decision: Decision
    findings: Sequence[dict[str, Any]]

    @property
    def says(self) -> tuple[Decision, frozenset[str]]:
        """The proposal and its grounds. The same finding at another place is not a change."""
        return self.decision, frozenset(str(finding["category"]) for finding in self.findings)


def note_change(
    before: Verdict, after: Verdict, rules: str, now: datetime, *, message_id: int | None = None,
    comment_id: int | None = None,
) -> None:  # fmt: skip
    """Store the change if there is one, in the caller's transaction."""
    if before.says == after.says:
        return
    db.session.add(
        VerdictChange(
            at=now, message_id=message_id, comment_id=comment_id, rules_after=rules, before=before.decision,
            after=after.decision, findings_before=list(before.findings), findings_after=list(after.findings),
        )
    )  # fmt: skip


# --- Answers to findings
def answer_findings(
    row: MessageVerdict | Comment, reply: FindingReply, person: int, now: datetime, *, only: str | None = None
) -> None:
    """Answer every finding of `row`, or those of the category `only`; in the caller's transaction."""
    for finding in row.findings:
        if only is not None and finding["category"] != only:
            continue
        given = {
            "rules": row.rules, "rule": finding["rule"], "lemma": finding["lemma"][:200],
            "category": Ground(finding["category"]), "start": finding["start"], "end": finding["end"], "reply": reply,
            "replied_at": now, "replied_by_id": person,
        }  # fmt: skip
        if isinstance(row, Comment):
            db.session.add(CommentFindingAnswer(comment_id=row.id, **given))
        else:
            db.session.add(FindingAnswer(message_id=row.message_id, **given))


# --- Digest of a judged text
STATED = ("text", "url", "author_name", "author_url", "published_at", "taken_at")
"""Columns in the digest, for both kinds of evidence."""


def evidence_digest(evidence: Evidence | BlacklistEvidence) -> str:
    """SHA-256 over all values of the evidence, hexadecimal; equal values give an equal digest."""
    return _digest([getattr(evidence, name) for name in STATED])


def comment_digest(comment: Comment) -> str:
    """The same for a deleted comment; `taken_at` is the time of the decision."""
    author = comment.author
    whose = (author.name, author.profile_url or "") if author else ("", "")
    return _digest([comment.text, comment.url, *whose, comment.published_at, comment.decided_at])


def _digest(stated: list[str | datetime | None]) -> str:
    """Times are converted to UTC, as the database returns them."""
    plain = [value.astimezone(UTC).isoformat() if isinstance(value, datetime) else value for value in stated]
    return hashlib.sha256(json.dumps(plain, ensure_ascii=False).encode()).hexdigest()

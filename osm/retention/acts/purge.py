"""Runs of the purge: ordered by a person the first time, then each night; what was destroyed is listed outside the
database too, so that a restored backup loses it again."""

import json
import logging
import os
import time
from collections.abc import Iterable, Iterator
from contextlib import closing, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import delete, func, select, text, true

from osm.base.application import Memory, current_settings, local_zone
from osm.base.database import add_row, db
from osm.base.durable import is_older
from osm.base.errors import ServiceError
from osm.base.transaction import Pace, transaction
from osm.blacklist.acts import entries
from osm.files.queries import hash_of, kept_hashes
from osm.imports.acts import files as import_files
from osm.log.acts.record import record
from osm.messages.acts.closing import mark_withdrawn
from osm.models import (
    Attachment,
    ImportRun,
    Message,
    NeighbourPhoto,
    PlanPhoto,
    ProfileCheck,
    Purged,
    PurgeRun,
    ReportForm,
    User,
)
from osm.regulation.errors import RegulationError
from osm.regulation.transitions import OPEN
from osm.regulation.words import Role
from osm.retention import queries
from osm.retention.acts.destroying import destroy
from osm.retention.rules import DESTROYED, ENTERED, SWEPT, Kept

log = logging.getLogger(__name__)

BEGINS = timedelta(hours=3)  # after local midnight, when the backup of the night is made
_BATCH = 100
_LOOKED: Memory[datetime | None] = Memory(lambda _: None)  # for which night this process has looked
_YOUNG = timedelta(days=1)  # a file without a row may be of a form that is being sent


class NothingToDestroy(ServiceError):
    def __init__(self) -> None:
        super().__init__("Уничтожать нечего: сроки хранения ещё не истекли. Ничего не изменено.")


class RunUnderWay(ServiceError):
    def __init__(self) -> None:
        super().__init__("Уничтожение уже идёт. Дождитесь конца: акт появится на этой странице.")


def order(*, actor: User, now: datetime) -> PurgeRun:
    """Begin a run by order of a person; the worker does it. Raises NothingToDestroy, RunUnderWay."""
    with transaction():
        if queries.open_run() is not None:
            raise RunUnderWay
        if not queries.due_counts(now):
            raise NothingToDestroy
        return begin(now, actor)


def run(now: datetime, pace: Pace) -> int:
    """Destroy within the pace what has outlived its term; returns how much, or 1 when the run ends."""
    found = queries.open_run() or _tonight(now)
    if found is None:
        return 0
    run_id, terms, began_at, of_terms = found.id, dict(found.terms), found.began_at, found.request_id is None
    until = time.monotonic() + pace.seconds
    count = 0
    for kept, subject in DESTROYED if of_terms else ():
        before = began_at - timedelta(days=terms[kept])
        while ids := _next(kept, subject, before):
            for object_id in ids:
                still = queries.outlived(kept, subject, before).whereclause
                assert still is not None
                purged = destroy(kept, subject, object_id, condition=still, run_id=run_id, now=now)
                if purged is not None:
                    append([line_of(purged)])
                count += 1
                if time.monotonic() >= until or not pace.may_continue():
                    return count
    _end(run_id, began_at - timedelta(days=terms[Kept.LOGINS]), now)
    return count + 1


def _next(kept: Kept, subject: str, before: datetime) -> list[int]:
    found = list(db.session.scalars(queries.outlived(kept, subject, before).limit(_BATCH)))
    db.session.rollback()
    return found


def _tonight(now: datetime) -> PurgeRun | None:
    """The run of this night: once, after a person has agreed to the first one, and where there is something to do."""
    zone = local_zone()
    local = now.astimezone(zone)
    begins = local.replace(hour=0, minute=0, second=0, microsecond=0) + BEGINS
    last = queries.last_run()
    if local < begins or not queries.is_agreed() or (last is not None and last.began_at >= begins):
        return None
    if _LOOKED.get() == begins:
        return None
    _LOOKED.set(begins)
    if not queries.due_counts(now):
        return None
    with transaction():
        return begin(now, None)


def begin(now: datetime, actor: User | None, request_id: int | None = None) -> PurgeRun:
    """A new run, in the caller's transaction."""
    terms = {kept.value: days for kept, days in queries.terms().items()}
    row = PurgeRun(
        began_at=now, ordered_by_id=actor.id if actor else None, terms=terms, counts={}, request_id=request_id
    )
    add_row(row)
    record("purge_begun", at=now, actor=actor, about=row)
    return row


def _end(run_id: int, logins_before: datetime, now: datetime) -> None:
    """Files after rows, then the free pages of the database; a kill before the last step repeats them all, as does a
    reader who is in the way."""
    files = sweep(now)
    with transaction() as session:
        for name, since in SWEPT.items():
            table = db.metadata.tables[name]
            session.execute(delete(table).where(table.c[since] < logins_before))
    publish()
    if not clean():
        return
    with transaction() as session:
        row = session.get_one(PurgeRun, run_id)
        counted = select(Purged.kept, func.count()).where(Purged.run_id == run_id).group_by(Purged.kept)
        row.counts = {kept.value: count for kept, count in session.execute(counted)} | {"files": files}
        row.ended_at = now
        total = sum(row.counts.values()) - files
        record("purge_ended", at=now, actor=None, about=row, changes={"members": (None, total)})
        log.info("purge ended", extra={"run": run_id, "counts": row.counts})


# --- Files that no row names any more
def sweep(now: datetime, young: timedelta = _YOUNG) -> int:
    """Delete uploads, their small pictures and loaded files that no row names; returns how many."""
    columns = (Attachment.sha256, PlanPhoto.sha256, NeighbourPhoto.sha256, ProfileCheck.photo_sha256, ReportForm.sha256)
    named = {name for column in columns for name in db.session.scalars(select(column))}
    named.update(map(hash_of, db.session.scalars(kept_hashes())))
    living = select(ImportRun.sha256).where(
        ~select(Purged.id).where(Purged.subject == "import_run", Purged.object_id == ImportRun.id).exists()
    )
    loads = set(db.session.scalars(living))
    db.session.rollback()
    uploads = current_settings().uploads_dir
    count = 0
    for path in [*uploads.glob("??/*"), *uploads.glob("small/??/*")]:
        if path.stem not in named and path.is_file() and is_older(path, young, now):
            path.unlink(missing_ok=True)
            count += "small" not in path.parts
    for path in import_files.path_of("-").parent.glob("*"):
        if len(path.stem) == 64 and path.stem not in loads and path.is_file() and is_older(path, young, now):
            path.unlink(missing_ok=True)
            count += not path.suffix
    return count


# --- The database itself
def clean() -> bool:
    """Leave no words in free pages, in the index of words, or in the journal of SQLite; PostgreSQL frees its rows.
    False while another reader still needs the journal: to be repeated."""
    db.session.rollback()
    if db.engine.dialect.name != "sqlite":
        with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("VACUUM"))
        return True
    with closing(db.engine.raw_connection()) as raw:
        driver: Any = raw.driver_connection
        # Merging its parts («optimize») leaves words in it whose rows have gone.
        driver.execute("INSERT INTO message_fts (message_fts) VALUES ('rebuild')")
        driver.execute("VACUUM")
        is_busy: int = driver.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
        return not is_busy


# --- The list outside the database
def list_file() -> Path:
    return current_settings().data_dir / "purges.jsonl"


Line = dict[str, Any]


def line_of(purged: Purged) -> Line:
    """Codes, ids and times: no words."""
    table = db.metadata.tables[purged.subject]
    entered = db.session.scalar(select(table.c[ENTERED[purged.subject]]).where(table.c.id == purged.object_id))
    return {
        "kept": purged.kept.value, "subject": purged.subject, "id": purged.object_id,
        "entered_at": entered.astimezone(UTC).isoformat() if entered else "",
        "at": purged.at.astimezone(UTC).isoformat(),
    }  # fmt: skip


def append(lines: Iterable[Line]) -> None:
    """Add to the list and wait for the disk."""
    words = "".join(json.dumps(line) + "\n" for line in lines)
    if not words:
        return
    with open(list_file(), "a", opener=lambda path, flags: os.open(path, flags, 0o600)) as file:
        file.write(words)
        file.flush()
        os.fsync(file.fileno())


def listed(path: Path) -> Iterator[Line]:
    """The complete lines of a list; a missing file has none."""
    try:
        content = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return
    for words in content.splitlines():
        try:
            line = json.loads(words)
        except ValueError:
            continue  # torn by a power cut
        if isinstance(line, dict) and line.keys() >= {"kept", "subject", "id", "entered_at", "at"}:
            yield line


def publish() -> None:
    """Add what is missing in the list: a killed process may not have written its last line."""
    known = {_name(line) for line in listed(list_file())}
    lines = [line_of(row) for row in db.session.scalars(select(Purged).order_by(Purged.id)).all()]
    db.session.rollback()
    append(line for line in lines if _name(line) not in known)


def join_list(restored: Path) -> None:
    """Add the lines of a list that came with a backup; each step can be repeated after a crash."""
    known = {_name(line) for line in listed(list_file())}
    append(line for line in listed(restored) if _name(line) not in known)


def destroy_again(now: datetime) -> int:
    """After a restore: destroy what was destroyed before and came back with the backup; returns how much."""
    count = 0
    for line in listed(list_file()):
        kept, subject = Kept(line["kept"]), line["subject"]
        if (kept, subject) not in DESTROYED or not _is_back(line):
            continue
        _end_again(kept, subject, line["id"], now)
        if destroy(kept, subject, line["id"], condition=true(), run_id=None, now=now) is not None:
            count += 1
    if count:
        sweep(now, timedelta(days=-1))  # the files came back a moment ago
        clean()
    return count


def _end_again(kept: Kept, subject: str, object_id: int, now: datetime) -> None:
    """What had ended before it was destroyed ends again, if the backup is older: nobody can work on it without its
    words."""
    if subject == "blacklist_proposal":
        entries.end_again(object_id, now=now)
    elif (kept, subject) == (Kept.MESSAGES, "message"):
        message = db.session.get_one(Message, object_id)
        if message.status in OPEN and message.recalled_at is None:
            with suppress(ServiceError, RegulationError):  # destroyed all the same: a restore goes to its end
                mark_withdrawn(object_id, None, note="", actor=None, now=now, roles=(Role.CURATOR,))


def _is_back(line: Line) -> bool:
    """Whether the same row is there again with its words."""
    table = db.metadata.tables[line["subject"]]
    entered = db.session.scalar(select(table.c[ENTERED[line["subject"]]]).where(table.c.id == line["id"]))
    done = select(Purged.id).where(
        Purged.subject == line["subject"], Purged.object_id == line["id"], Purged.kept == Kept(line["kept"])
    )
    is_there = entered is not None and entered.astimezone(UTC).isoformat() == line["entered_at"]
    back = is_there and db.session.scalar(done.limit(1)) is None
    db.session.rollback()
    return back


def _name(line: Line) -> tuple[str, str, int, str]:
    return line["kept"], line["subject"], line["id"], line["entered_at"]

"""Import of comments into the queue: known ones are not stored twice, edited ones are checked again."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any

from sqlalchemy import exists, select, update
from sqlalchemy.exc import IntegrityError

from osm.base import database
from osm.base.application import local_zone
from osm.base.database import db
from osm.base.transaction import transaction
from osm.check.acts import due
from osm.check.acts.verdicts import digest
from osm.comments.models import purged_name
from osm.connectors.base import Rejected
from osm.connectors.comments_file import FoundColumn, IncomingComment, is_jsonl, lines_of, read_comments, read_table
from osm.connectors.incident_file.cells import MOSCOW
from osm.imports.acts import files, runs
from osm.log.acts.record import record
from osm.messages.acts.entry import known_authors, new_author, told_author
from osm.models import UNMARKED, Author, Comment, CommentEdit, Decision, Message, User
from osm.regulation.blacklist import CommentState
from osm.regulation.errors import refuse

_START = 4096  # bytes read to see whether a file is JSONL or a table
TOGETHER = 500
"""Lines in one transaction. A killed import keeps what it has stored; importing the file again adds the rest."""
GIVE_UP_AFTER = 1_000  # after this many bad lines without a good one, the file is not a file of comments


@dataclass
class CommentReport:
    """Result of an import. `updated`: comments whose text was edited in the network."""

    created: int = 0
    updated: int = 0
    unchanged: int = 0
    duplicates: int = 0
    rejected: list[Rejected] = field(default_factory=list)
    columns: tuple[FoundColumn, ...] = ()  # how the columns of a table were understood

    def as_dict(self) -> dict[str, Any]:
        """The stable form (design §9)."""
        return {
            "created": self.created, "updated": self.updated, "unchanged": self.unchanged,
            "duplicates": self.duplicates,
            "rejected": [{"row": one.row, "reason": one.reason} for one in self.rejected],
        }  # fmt: skip


def import_file(path: Path, times: str, *, actor: User | None, now: datetime) -> CommentReport:
    """Import a JSONL file or a table. `times`: time zone of the dates in a table. Raises MissingInput, ConnectorError
    if the whole file is unusable, OSError if it cannot be read."""
    with path.open("rb") as stream:
        if is_jsonl(stream.read(_START)):
            stream.seek(0)
            return import_comments(lines_of(stream), actor=actor, now=now)
    refuse("times", times not in runs.TIMES, "Выберите, по какому времени даты в файле: местному или московскому.")
    with read_table(path, MOSCOW if times == "moscow" else local_zone(), files.room()) as table:
        report = _import(table.rows, actor, now)
        report.columns = table.columns
        return report


def import_comments(lines: Iterable[bytes], *, actor: User | None, now: datetime) -> CommentReport:
    """Import a JSONL file; the worker checks the comments in its next round."""
    return _import(read_comments(lines), actor, now)


def _import(read: Iterator[IncomingComment | Rejected], actor: User | None, now: datetime) -> CommentReport:
    report = CommentReport()
    seen: set[tuple[str, str]] = set()
    while some := list(islice(read, TOGETHER)):
        good: list[IncomingComment] = []
        for one in some:
            if isinstance(one, Rejected):
                report.rejected.append(one)
            elif (one.network, one.external_id) in seen:
                report.duplicates += 1
            else:
                seen.add((one.network, one.external_id))
                good.append(one)
        if good:
            _store_or_again(good, report, actor, now)
        elif not seen and len(report.rejected) >= GIVE_UP_AFTER:
            words = f"эта и следующие строки не прочитаны: среди первых {GIVE_UP_AFTER} нет ни одного комментария"
            report.rejected.append(Rejected(report.rejected[-1].row + 1, words))
            break
    database.analyze(report.created)
    with transaction():
        counts = {"created": report.created, "updated": report.updated, "rejected": len(report.rejected)}
        record("comments_import", at=now, actor=actor, clause="Пр.2.6", changes={k: (0, n) for k, n in counts.items()})
    return report


def store_received(comments: Sequence[IncomingComment], *, now: datetime) -> CommentReport:
    """Store comments read from a page, in the caller's transaction."""
    report = CommentReport()
    _store(comments, report, None, now)
    return report


def _store_or_again(
    comments: Sequence[IncomingComment], report: CommentReport, actor: User | None, now: datetime
) -> None:
    try:
        _store(comments, report, actor, now)
    except IntegrityError:
        # Another import has just stored one of these comments or authors; now it is visible.
        _store(comments, report, actor, now)


def _store(comments: Sequence[IncomingComment], report: CommentReport, actor: User | None, now: datetime) -> None:
    with transaction():
        known = _known(comments)
        fresh = [one for one in comments if (one.network, one.external_id) not in known]
        _insert(fresh, now)
        living = {key: row for key, row in known.items() if row.purged_at is None}
        _name_posts(comments, living)
        updated = sum(
            _edited(living[key], one, actor, now)
            for one in comments
            if (key := (one.network, one.external_id)) in living
        )
    report.created += len(fresh)
    report.updated += updated
    report.unchanged += len(comments) - len(fresh) - updated


def _known(comments: Sequence[IncomingComment]) -> dict[tuple[str, str], Any]:
    """(Network, id) → row, also of those whose words were destroyed."""
    names = {
        (one.network, name): (one.network, one.external_id)
        for one in comments
        for name in (one.external_id, purged_name(one.network, one.external_id))
    }
    columns = (
        Comment.id, Comment.network, Comment.external_id, Comment.text_digest, Comment.state, Comment.version,
        Comment.post_title, Comment.purged_at, exists().where(CommentEdit.comment_id == Comment.id).label("was_edited"),
    )  # fmt: skip
    # Both conditions: the index begins with the network. Ids that also exist in another network are filtered by the
    # pair.
    same = (
        Comment.network.in_({network for network, _ in names}),
        Comment.external_id.in_([name for _, name in names]),
    )
    found = db.session.execute(select(*columns).where(*same).with_for_update())
    return {names[row.network, row.external_id]: row for row in found if (row.network, row.external_id) in names}


def _insert(comments: Sequence[IncomingComment], now: datetime) -> None:
    authors = _authors(comments)
    rows: list[dict[str, Any]] = []
    for one, number in zip(comments, database.draw_ids(Comment, len(comments)), strict=True):
        author = authors.get((one.network, one.author_url, one.author_name))
        rows.append(
            {
                "id": number, "network": one.network, "external_id": one.external_id, "kind": one.kind,
                "post_url": one.post_url, "post_title": one.post_title, "url": one.url,
                "parent_external_id": one.parent_external_id, "author_id": author, "text": one.text,
                "text_digest": digest(one.text), "published_at": one.published_at, "stored_at": now,
                "waiting_since": now,
            }
        )  # fmt: skip
    database.write_rows(Comment, rows)
    due.enqueue_comments([row["id"] for row in rows], due.ON_COMMENT)


def _authors(comments: Sequence[IncomingComment]) -> dict[tuple[str, str, str], int]:
    """(Key of the author) → id, new ones are created. The key is the profile; without one, the same name in a file is
    the same person."""
    known = known_authors({(one.network, one.author_url) for one in comments})
    found: dict[tuple[str, str, str], Author] = {}
    for one in comments:
        profile = (one.network, one.author_url)
        author = known.get(profile) if one.author_url else None
        if one.author_url and one.author_number:
            author = told_author(one.network, one.author_number, one.author_url, author)
        author = author or found.get((*profile, one.author_name))
        author = author or new_author(one.network, one.author_name, one.author_url, one.author_number)
        if author is None:
            continue
        found[*profile, one.author_name] = author
        if one.author_url:
            known[profile] = author
        db.session.add(author)
    db.session.flush()
    return {key: author.id for key, author in found.items()}


def _name_posts(comments: Sequence[IncomingComment], known: Mapping[tuple[str, str], Any]) -> None:
    """Fill in the first words of the post in comments stored before they were known."""
    for one in comments:
        row = known.get((one.network, one.external_id))
        if row is not None and one.post_title and row.post_title != one.post_title:
            db.session.execute(update(Comment).where(Comment.id == row.id).values(post_title=one.post_title))


def _edited(row: Any, one: IncomingComment, actor: User | None, now: datetime) -> bool:
    """The author has edited the text: keep the old one, wait and check again. A deleted or taken comment keeps its
    decision; the new text is stored next to it, also if the edit was reverted."""
    stays = row.state in (CommentState.DELETED, CommentState.TAKEN)
    if (row.text_digest == digest(one.text) and not (stays and row.was_edited)) or not _keep_edit(row, one.text, now):
        return False
    if stays:
        _log_on_message(row, now)
        return False
    anew = {
        "text": one.text, "text_digest": digest(one.text), "rules": "", "decision": Decision.PASS, "findings": [],
        "category": None, "rank": UNMARKED, "state": CommentState.WAITING, "waiting_since": now, "decided_at": None,
        "decided_by_id": None, "reason": "", "version": row.version + 1,
    }  # fmt: skip
    db.session.execute(update(Comment).where(Comment.id == row.id).values(anew))
    due.enqueue_comments([row.id], due.ON_COMMENT)
    record(
        "comment_edited", at=now, actor=actor, clause="Пр.2.6", object_kind="comment", object_id=row.id,
        changes={"comment_state": (row.state, CommentState.WAITING), "version": (row.version, row.version + 1)},
    )  # fmt: skip
    return True


def _keep_edit(row: Any, text: str, now: datetime) -> bool:
    """Save the edit; return False if it is known already, because a decided comment is read again with each look."""
    last = select(CommentEdit.after).where(CommentEdit.comment_id == row.id).order_by(CommentEdit.id.desc()).limit(1)
    before: str = db.session.scalar(select(Comment.text).where(Comment.id == row.id)) or ""
    if row.state in (CommentState.DELETED, CommentState.TAKEN):
        before = db.session.scalar(last) or before
    if before == text:
        return False
    db.session.add(CommentEdit(comment_id=row.id, before=before, after=text, heard_at=now))
    return True


def _log_on_message(row: Any, now: datetime) -> None:
    """Write to the history of its message that the author has edited it."""
    message_id = db.session.scalar(select(Comment.message_id).where(Comment.id == row.id))
    message = db.session.get(Message, message_id) if message_id is not None else None
    if message is not None:
        record("author_changed", at=now, actor=None, message=message, object_kind="comment", object_id=row.id)

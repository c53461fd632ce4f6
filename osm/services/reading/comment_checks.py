"""Comments are checked for the grounds of П.17 by the worker; what is worst comes first in the queue."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from sqlalchemy import bindparam, select, update

from osm.extensions import db
from osm.regulation.comment_words import CommentState
from osm.regulation.words import Ground
from osm.services.pace import WHOLE, Pace
from osm.services.reading import due, mailings, verdict_changes
from osm.services.reading.office_rules import moderator
from osm.services.reading.verdict_changes import Verdict
from osm.store.many_rows import table_of
from osm.store.models import UNMARKED, WEAK, Comment, Decision, DueCommentReading, ReadingKind
from osm.store.queries.reading.proved import Records, records

TOGETHER = 500
"""Comments that are checked and written together."""

#: The worst first: a threat before all, even a veiled one; then what is sure, then what a person must look at.
_ORDER: tuple[tuple[Ground, str], ...] = (
    (Ground.THREAT, "high"),
    (Ground.THREAT, "medium"),
    *((ground, "high") for ground in (Ground.PROFANITY, Ground.INSULT, Ground.SPAM, Ground.AD)),
    *((ground, "medium") for ground in (Ground.PROFANITY, Ground.INSULT, Ground.SPAM, Ground.AD)),
)
_PLACE = {key: place for place, key in enumerate(_ORDER)}
_STEPS = 8
"""Of each place: what proves right here most often comes first."""


def read_due(now: datetime, pace: Pace = WHOLE) -> int:
    """Check what is owed, the newest first, for as long as `pace` allows; how many comments that was."""
    read = partial(reader, now=now)
    return due.work_through(
        ReadingKind.VERDICT, read, limit=TOGETHER, now=now, pace=pace, newest_first=True, of=DueCommentReading
    )


def check(comment_ids: Sequence[int], now: datetime) -> None:
    """Check these at once, in the caller's transaction."""
    _write(_judge(comment_ids), records(), now)


def reader(comment_ids: Sequence[int], *, now: datetime) -> Callable[[], None]:
    """Check these texts; what is returned writes what was found, in the transaction of the caller."""
    judged, proved = _judge(comment_ids), records()
    db.session.rollback()  # no snapshot is held while the write waits its turn
    return partial(_write, judged, proved, now)


def owe_outdated() -> int:
    """Waiting comments that other rules have checked are owed their check anew; how many. Till then they stay."""
    rules = moderator().rules_version
    outdated = select(Comment.id).where(Comment.state == CommentState.WAITING, Comment.rules.not_in(["", rules]))
    return due.owe_in_slices(outdated.order_by(Comment.id), ReadingKind.VERDICT, of=DueCommentReading)


def worst(findings: list[dict[str, Any]], proved: Records) -> tuple[int, Ground | None]:
    """The place in the queue and the category that gives it; what proves wrong in this office comes last."""
    return min(((_rank(one, proved), Ground(one["category"])) for one in findings), default=(UNMARKED, None))


def _rank(finding: dict[str, Any], proved: Records) -> int:
    if proved.is_weak(finding):
        return WEAK
    step = int(_STEPS * (1 - proved.of(finding).share))
    return _STEPS * _PLACE[Ground(finding["category"]), finding["severity"]] + min(step, _STEPS - 1)


@dataclass(frozen=True, slots=True)
class _Judged:
    """A comment's text as it was read, and what the library says of it."""

    comment_id: int
    text: str
    text_digest: str
    verdict: Mapping[str, Any]
    rules: str


def _judge(comment_ids: Sequence[int]) -> list[_Judged]:
    library = moderator()
    rows = db.session.execute(select(Comment.id, Comment.text, Comment.text_digest).where(Comment.id.in_(comment_ids)))
    return [_Judged(*row, library.judge(row.text).as_dict(), library.rules_version) for row in rows.all()]


def _write(judged: Sequence[_Judged], proved: Records, now: datetime) -> None:
    ids = [one.comment_id for one in judged]
    mailed = mailings.among(ids)
    columns = (Comment.id, Comment.text_digest, Comment.rules, Comment.decision, Comment.findings)
    stored = {row.id: row for row in db.session.execute(select(*columns).where(Comment.id.in_(ids)))}
    rows = []
    for one in judged:
        row = stored.get(one.comment_id)
        if row is None or row.text_digest != one.text_digest:
            continue  # gone or edited meanwhile: what was edited is owed anew
        values = _values(mailings.raised(one.verdict, one.text) if row.id in mailed else one.verdict, proved)
        rows.append({"of": row.id, "rules": one.rules, **values})
        if row.rules not in ("", one.rules):
            before, after = Verdict(row.decision, row.findings), Verdict(values["decision"], values["findings"])
            verdict_changes.note(before, after, one.rules, now, comment_id=row.id)
    if rows:
        table = table_of(Comment)
        names = ("rules", "decision", "findings", "category", "rank")
        change = update(table).where(table.c.id == bindparam("of")).values({name: bindparam(name) for name in names})
        db.session.execute(change, rows)


def _values(verdict: Mapping[str, Any], proved: Records) -> dict[str, Any]:
    findings = [{name: value for name, value in one.items() if name != "fragment"} for one in verdict["findings"]]
    rank, category = worst(findings, proved)
    return {"decision": Decision(verdict["verdict"]), "findings": findings, "category": category, "rank": rank}

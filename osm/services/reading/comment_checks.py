"""Comments are checked for the grounds of П.17 by the worker; what is worst comes first in the queue."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, select, update

from moderation import Moderator
from osm.extensions import db
from osm.regulation.words import CommentState, Ground
from osm.services.dictionary.own_words import moderator
from osm.services.reading import mailings, verdict_changes
from osm.services.reading.verdict_changes import Verdict
from osm.store.many_rows import table_of
from osm.store.models import UNMARKED, Comment, Decision
from osm.store.transaction import transaction

TOGETHER = 500
"""Comments that are checked and written together."""
ANEW = "anew"
"""In the place of the rules: checked before, to be checked by other rules; what changes by that is listed."""

#: The worst first: a threat before all, even a veiled one; then what is sure, then what a person must look at.
_ORDER: tuple[tuple[Ground, str], ...] = (
    (Ground.THREAT, "high"),
    (Ground.THREAT, "medium"),
    *((ground, "high") for ground in (Ground.PROFANITY, Ground.INSULT, Ground.SPAM, Ground.AD)),
    *((ground, "medium") for ground in (Ground.PROFANITY, Ground.INSULT, Ground.SPAM, Ground.AD)),
)
_PLACE = {key: place for place, key in enumerate(_ORDER)}


def read_due(now: datetime, *, goes_on: Callable[[], bool] = lambda: True, seconds: float = float("inf")) -> int:
    """Check what has not been checked, the newest first, for so long at most; how many comments that was."""
    until = time.monotonic() + seconds
    done = 0
    while goes_on() and time.monotonic() < until and (some := _owed(TOGETHER)):
        library = moderator()
        db.session.rollback()  # no snapshot is held while the texts are judged and the write waits its turn
        done += _check(some, library, now)
    return done


def check_all(now: datetime) -> None:
    """Check what has not been checked, in the caller's transaction."""
    library = moderator()
    while some := _owed(TOGETHER):
        _check(some, library, now)


def owe_outdated() -> int:
    """Waiting comments that other rules have checked are checked anew; how many. What they show until then stays."""
    with transaction() as session:
        outdated = (Comment.state == CommentState.WAITING, Comment.rules.not_in(["", ANEW, moderator().rules_version]))
        found = list(session.scalars(select(Comment.id).where(*outdated)))
        session.execute(update(Comment).where(*outdated).values(rules=ANEW))
        return len(found)


def worst(findings: list[dict[str, Any]]) -> tuple[int, Ground | None]:
    """The place in the queue and the category that gives it."""
    places = [(_PLACE[Ground(one["category"]), one["severity"]], Ground(one["category"])) for one in findings]
    return min(places, default=(UNMARKED, None))


def _owed(limit: int) -> list[Any]:
    columns = (Comment.id, Comment.text, Comment.text_digest, Comment.decision, Comment.findings)
    query = select(*columns).where(Comment.rules.in_(["", ANEW]))
    return list(db.session.execute(query.order_by(Comment.id.desc()).limit(limit)).all())


def _check(some: list[Any], library: Moderator, now: datetime) -> int:
    rules = library.rules_version
    verdicts = [(row, library.judge(row.text).as_dict()) for row in some]
    table = table_of(Comment)
    # A text that was edited meanwhile stays unchecked, and its turn comes again.
    same = (table.c.id == bindparam("of")) & (table.c.text_digest == bindparam("was"))
    names = ("rules", "decision", "findings", "category", "rank")
    with transaction() as session:
        ids = [row.id for row in some]
        mailed = mailings.among(ids)
        # Asked here: what another process has checked meanwhile it has listed too.
        anew = set(session.scalars(select(Comment.id).where(Comment.id.in_(ids), Comment.rules == ANEW)))
        rows = [
            {
                "of": row.id,
                "was": row.text_digest,
                "rules": rules,
                **_values(mailings.raised(verdict, row.text) if row.id in mailed else verdict),
            }
            for row, verdict in verdicts
        ]
        session.execute(update(table).where(same).values({name: bindparam(name) for name in names}), rows)
        for row, values in zip(some, rows, strict=True):
            if row.id in anew:
                before, after = Verdict(row.decision, row.findings), Verdict(values["decision"], values["findings"])
                verdict_changes.note(before, after, rules, now, comment_id=row.id)
    return len(some)


def _values(verdict: Mapping[str, Any]) -> dict[str, Any]:
    findings = [{name: value for name, value in one.items() if name != "fragment"} for one in verdict["findings"]]
    rank, category = worst(findings)
    return {"decision": Decision(verdict["verdict"]), "findings": findings, "category": category, "rank": rank}

"""The rules of the check as they are shown: how often each proved right here, its words, whether it is off; lessons."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, union

from osm.extensions import db
from osm.regulation.shares import half_up
from osm.regulation.words import Ground
from osm.store.models import CommentFindingAnswer, FindingAnswer, OfficeLesson, RuleSwitch, User
from osm.store.queries.reading.proved import Proved, Records, records

WORDS_SHOWN = 12
LESSONS_SHOWN = 30


@dataclass(frozen=True, slots=True)
class Switch:
    """Since when a rule is off, and by whom."""

    at: datetime
    by: str


@dataclass(frozen=True, slots=True)
class RuleRecord:
    """One rule that people have answered to, or that is off. `words`: those that erred most come first."""

    rule: str
    category: Ground | None
    proved: Proved
    words: tuple[tuple[str, Proved], ...]
    off: Switch | None

    @property
    def percent(self) -> int:
        """An estimate, not the share of the right answers among these: hence without a fraction."""
        return half_up(100 * self.proved.share)

    @property
    def advice(self) -> str:
        """What to think of a rule that errs four times in five."""
        if not self.proved.is_weak:
            return ""
        if self.category is Ground.THREAT:
            return "Почти всегда ошибается. Угрозы остаются первыми в очереди; если правило мешает, выключите его."
        return "Почти всегда ошибается. Что только просят посмотреть, показывается серым и последним."


@dataclass(frozen=True, slots=True)
class Lesson:
    """What one night has taught."""

    row: OfficeLesson
    taken_back_by: str
    is_in_force: bool


def rule_records() -> list[RuleRecord]:
    """The least right first; what is off but unanswered comes last."""
    proved, off = records(), switched_off()
    words = _words(proved)
    found = [
        RuleRecord(rule, category, proved.by_key[rule, ""], words[rule], off.get(rule))
        for rule, category in _answered().items()
    ]
    found.sort(key=lambda one: (one.proved.share, -one.proved.wrong, one.rule))
    answered = {one.rule for one in found}
    return [*found, *(RuleRecord(rule, None, Proved(), (), off[rule]) for rule in sorted(off.keys() - answered))]


def switched_off() -> dict[str, Switch]:
    """Rule → since when it is off, and by whom."""
    rows = db.session.execute(
        select(RuleSwitch.rule, RuleSwitch.off_at, User.name).join(User, User.id == RuleSwitch.off_by_id)
    )
    return {rule: Switch(at, name) for rule, at, name in rows}


def lessons() -> list[Lesson]:
    """The newest first; of those that were not taken back the newest is in force."""
    rows = db.session.execute(
        select(OfficeLesson, User.name)
        .outerjoin(User, User.id == OfficeLesson.taken_back_by_id)
        .order_by(OfficeLesson.id.desc())
        .limit(LESSONS_SHOWN)
    ).all()
    in_force = next((row.id for row, _ in rows if row.taken_back_at is None), None)
    return [Lesson(row, name or "", row.id == in_force) for row, name in rows]


def _answered() -> dict[str, Ground]:
    pairs = union(*(select(table.rule, table.category) for table in (FindingAnswer, CommentFindingAnswer)))
    return {rule: Ground(category) for rule, category in db.session.execute(pairs)}


def _words(proved: Records) -> dict[str, tuple[tuple[str, Proved], ...]]:
    found: dict[str, list[tuple[str, Proved]]] = defaultdict(list)
    for (rule, lemma), counted in proved.by_key.items():
        if lemma:
            found[rule].append((lemma, counted))
    return defaultdict(
        tuple,
        {
            rule: tuple(sorted(words, key=lambda one: (-one[1].wrong, one[1].right, one[0]))[:WORDS_SHOWN])
            for rule, words in found.items()
        },
    )

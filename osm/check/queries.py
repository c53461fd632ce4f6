"""Verdicts for cards and commands, rules with their records, switches and lessons, and the dictionary."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import pairwise
from typing import Any

from sqlalchemy import Row, case, func, select, union, union_all
from sqlalchemy.orm import aliased

from osm import models
from osm.base.database import db
from osm.base.types import among_codes
from osm.regulation.words import Ground, Status
from osm.regulation.working_time.worktime import half_up

MOST_UNREAD = 1000


_WAITS = (
    select(models.DueReading.message_id)
    .join(models.Message, models.Message.id == models.DueReading.message_id)
    .where(
        among_codes(models.Message.status, (Status.NEW, Status.SELECTED)),
        among_codes(models.DueReading.kind, (models.ReadingKind.REPEATS, models.ReadingKind.VERDICT)),
    )
    .limit(MOST_UNREAD)
    .subquery()
)
_UNREAD = select(func.count(_WAITS.c.message_id.distinct()))


def count_unread() -> int:
    """The number of messages to route that are not yet compared with others or not checked; at most MOST_UNREAD."""
    return db.session.scalar(_UNREAD) or 0


# --- Verdict on a text
@dataclass(frozen=True, slots=True)
class Found:
    """A finding: `text[start:end] == fragment`."""

    category: Ground
    rule: str
    severity: str
    start: int
    end: int
    fragment: str
    lemma: str
    why: str


@dataclass(frozen=True, slots=True)
class Checked:
    decision: models.Decision
    findings: tuple[Found, ...]
    reply: models.FindingReply | None
    version: int

    @property
    def is_open(self) -> bool:
        """There are marks and no answer yet."""
        return bool(self.findings) and self.reply is None

    @property
    def grounds(self) -> tuple[Ground, ...]:
        """Grounds found, the surest first."""
        ranked = sorted(self.findings, key=lambda found: found.severity != "high")
        return tuple(dict.fromkeys(found.category for found in ranked))

    @property
    def proposed(self) -> Ground | None:
        """The surest ground from the words. Many copies alone are not a ground: they may be one complaint."""
        by_words = replace(self, findings=tuple(found for found in self.findings if found.rule != models.MAILING_RULE))
        return next(iter(by_words.grounds), None)

    @property
    def words(self) -> str:
        """Marked words for the note of an exclusion: «слова: …»."""
        return ", ".join(dict.fromkeys(found.fragment for found in self.findings))


@dataclass(frozen=True, slots=True)
class Piece:
    text: str
    found: tuple[Found, ...]


def verdict_on(row: models.MessageVerdict | None, text: str, text_digest: str) -> Checked | None:
    """This verdict if it is on this text; None if the text has not been checked yet."""
    if row is None or row.text_digest != text_digest:
        return None
    return Checked(row.decision, found_in(text, row.findings), row.reply, row.version)


def found_in(text: str, findings: Sequence[dict[str, Any]]) -> tuple[Found, ...]:
    """Stored findings with the words of the text."""
    return tuple(
        Found(fragment=text[one["start"] : one["end"]], **{**one, "category": Ground(one["category"])})
        for one in findings
    )


def surest_ground(findings: Sequence[Mapping[str, Any]]) -> Ground:
    return Ground(min(findings, key=lambda one: one["severity"] != "high")["category"])


def pieces(text: str, checked: Checked | None) -> tuple[Piece, ...]:
    """The text cut at the findings; marks that a person called wrong are left out."""
    if checked is None or checked.reply is models.FindingReply.WRONG:
        return (Piece(text, ()),)
    bounds = sorted({0, len(text), *(f.start for f in checked.findings), *(f.end for f in checked.findings)})
    return tuple(
        Piece(text[start:end], tuple(f for f in checked.findings if f.start <= start and end <= f.end))
        for start, end in pairwise(bounds)
    ) or (Piece(text, ()),)


# --- How often a rule was right in this office
USUALLY, PRIOR = 0.8, 5
"""Assumed share of right marks for a rule without answers, and the number of answers this counts as."""
ENOUGH, SELDOM_RIGHT = 30, 0.2  # after this many answers a mark with a smaller share of right ones is weak


@dataclass(frozen=True, slots=True)
class Proved:
    """Answers to the marks of a rule, or of one word of it."""

    right: int = 0
    wrong: int = 0
    usually: float = USUALLY

    @property
    def answers(self) -> int:
        return self.right + self.wrong

    @property
    def share(self) -> float:
        """Share of right ones, with the prior: three answers change little."""
        return (self.right + PRIOR * self.usually) / (self.answers + PRIOR)

    @property
    def is_weak(self) -> bool:
        """Right less than one time in five, after enough answers."""
        return self.answers >= ENOUGH and self.right < SELDOM_RIGHT * self.answers


Key = tuple[str, str]  # a rule and its word; the word is empty for the whole rule


@dataclass(frozen=True, slots=True)
class Records:
    by_key: Mapping[Key, Proved]

    def of(self, finding: Mapping[str, Any]) -> Proved:
        """Record of the word if it has answers, weighted with its rule; otherwise of the rule."""
        rule, lemma = finding["rule"], finding["lemma"]
        whole = self.by_key.get((rule, ""), Proved())
        word = self.by_key.get((rule, lemma)) if lemma else None
        return Proved(word.right, word.wrong, whole.share) if word else whole

    def is_weak(self, finding: Mapping[str, Any]) -> bool:
        """Whether it is shown last: never a threat or a proposal to exclude."""
        if finding["severity"] == "high" or finding["category"] == Ground.THREAT:
            return False
        word = self.of(finding)
        whole = self.by_key.get((finding["rule"], ""), Proved())
        return word.is_weak if word.answers >= ENOUGH else whole.is_weak


def records() -> Records:
    by_key: dict[Key, Proved] = {}
    for rule, lemma, right, wrong in db.session.execute(_COUNTS):
        for key in {(rule, ""), (rule, lemma)}:
            before = by_key.get(key, Proved())
            by_key[key] = Proved(before.right + right, before.wrong + wrong)
    return Records(by_key)


def _counts() -> Any:
    tables = (models.FindingAnswer, models.CommentFindingAnswer)
    answers = union_all(*(select(table.rule, table.lemma, table.reply) for table in tables)).subquery()
    wrong = func.sum(case((answers.c.reply == models.FindingReply.WRONG, 1), else_=0))
    of_word = (answers.c.rule, answers.c.lemma)
    return select(*of_word, func.count() - wrong, wrong).group_by(*of_word)


_COUNTS = _counts()


# --- Rules
WORDS_SHOWN = 12
LESSONS_SHOWN = 30


@dataclass(frozen=True, slots=True)
class RuleRecord:
    """A rule with answers, or one that is off. `words`: those with the most errors first."""

    rule: str
    category: Ground | None
    proved: Proved
    words: tuple[tuple[str, Proved], ...]
    off: Row[str, datetime, str] | None

    @property
    def percent(self) -> int:
        """An estimate and not the exact share, so without decimals."""
        return half_up(100 * self.proved.share)

    @property
    def advice(self) -> str:
        """Advice on a rule that is wrong four times in five."""
        if not self.proved.is_weak:
            return ""
        if self.category is Ground.THREAT:
            return "Почти всегда ошибается. Угрозы остаются первыми в очереди; если правило мешает, выключите его."
        return "Почти всегда ошибается. Что только просят посмотреть, показывается серым и последним."


@dataclass(frozen=True, slots=True)
class Lesson:
    row: models.OfficeLesson
    taken_back_by: str
    is_in_force: bool


def rule_records() -> list[RuleRecord]:
    """Least right first; unanswered ones that are off at the end."""
    proved, off = records(), switched_off()
    words = _words(proved)
    found = [
        RuleRecord(rule, category, proved.by_key[rule, ""], words[rule], off.get(rule))
        for rule, category in _answered().items()
    ]
    found.sort(key=lambda one: (one.proved.share, -one.proved.wrong, one.rule))
    answered = {one.rule for one in found}
    return [*found, *(RuleRecord(rule, None, Proved(), (), off[rule]) for rule in sorted(off.keys() - answered))]


def switched_off() -> dict[str, Row[str, datetime, str]]:
    """Rule → when it was switched off (`at`) and by whom (`by`)."""
    query = select(models.RuleSwitch.rule, models.RuleSwitch.off_at.label("at"), models.User.name.label("by"))
    rows = db.session.execute(query.join(models.User, models.User.id == models.RuleSwitch.off_by_id))
    return {row.rule: row for row in rows}


def lessons() -> list[Lesson]:
    """Newest first; the newest that was not withdrawn is in force."""
    rows = db.session.execute(
        select(models.OfficeLesson, models.User.name)
        .outerjoin(models.User, models.User.id == models.OfficeLesson.taken_back_by_id)
        .order_by(models.OfficeLesson.id.desc())
        .limit(LESSONS_SHOWN)
    ).all()
    in_force = next((row.id for row, _ in rows if row.taken_back_at is None), None)
    return [Lesson(row, name or "", row.id == in_force) for row, name in rows]


def _answered() -> dict[str, Ground]:
    pairs = (select(table.rule, table.category) for table in (models.FindingAnswer, models.CommentFindingAnswer))
    return {rule: Ground(category) for rule, category in db.session.execute(union(*pairs))}


def _words(proved: Records) -> dict[str, tuple[tuple[str, Proved], ...]]:
    found: dict[str, list[tuple[str, Proved]]] = defaultdict(list)
    for (rule, lemma), counted in proved.by_key.items():
        if lemma:
            found[rule].append((lemma, counted))
    for words in found.values():
        words.sort(key=lambda one: (-one[1].wrong, one[1].right, one[0]))
    return defaultdict(tuple, {rule: tuple(words[:WORDS_SHOWN]) for rule, words in found.items()})


# --- The dictionary for its screens
SHOWN = 100  # changes on a page


@dataclass(frozen=True, slots=True)
class Change:
    row: models.DictionaryChange
    actor: str
    is_undone: bool
    added: Sequence[str]
    removed: Sequence[str]


def entries() -> Sequence[Row[models.OwnEntry, datetime, str]]:
    """Entries in force, when and by whom they were added, by category, in alphabetical order."""
    added = models.DictionaryChange
    query = select(models.OwnEntry, added.at, models.User.name)
    query = query.join(added, added.id == models.OwnEntry.added_id).join(models.User, models.User.id == added.actor_id)
    in_force = models.OwnEntry.removed_id.is_(None)
    return db.session.execute(query.where(in_force).order_by(models.OwnEntry.category, models.OwnEntry.text)).all()


def entry(entry_id: int) -> models.OwnEntry | None:
    """The entry, None if it is not in force."""
    found = db.session.get(models.OwnEntry, entry_id)
    return found if found and found.removed_id is None else None


def changes() -> list[Change]:
    """Latest changes, newest first."""
    change, other = models.DictionaryChange, aliased(models.DictionaryChange)
    undone = select(other.id).where(other.undoes_id == change.id).exists()
    query = select(change, models.User.name, undone).join(models.User, models.User.id == change.actor_id)
    rows = db.session.execute(query.order_by(change.id.desc()).limit(SHOWN)).all()
    ids = [row.id for row, _, _ in rows]
    added, removed = _texts(models.OwnEntry.added_id, ids), _texts(models.OwnEntry.removed_id, ids)
    return [Change(row, name, is_undone, added[row.id], removed[row.id]) for row, name, is_undone in rows]


def changed_verdicts() -> Sequence[Row[models.VerdictChange, str, str, str]]:
    """Verdicts changed by other rules or words, newest first; number of the message, address of the comment, text."""
    text = func.coalesce(models.Message.text, models.Comment.text)
    return db.session.execute(
        select(models.VerdictChange, models.Message.number, models.Comment.url, text)
        .outerjoin(models.Message, models.Message.id == models.VerdictChange.message_id)
        .outerjoin(models.Comment, models.Comment.id == models.VerdictChange.comment_id)
        .order_by(models.VerdictChange.id.desc())
        .limit(SHOWN)
    ).all()


def changed_count() -> int:
    return db.session.scalar(select(func.count()).select_from(models.VerdictChange)) or 0


def _texts(column: Any, change_ids: Collection[int]) -> dict[int, list[str]]:
    found: dict[int, list[str]] = defaultdict(list)
    query = select(column, models.OwnEntry.text).where(column.in_(change_ids)).order_by(models.OwnEntry.text)
    for change_id, text in db.session.execute(query):
        found[change_id].append(text)
    return found

"""Checks of texts for the grounds of П.17 by the worker, and the answers of people. Texts are never removed."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from sqlalchemy import bindparam, select, update

from moderation import Finding, Moderator, Verdict
from moderation.office import NOTHING, Learned, mark_of, why_raised
from moderation.verdict import decide
from osm.base.database import db, table_of
from osm.base.errors import NotFound
from osm.base.transaction import WHOLE, Pace, transaction
from osm.check.acts import copies, dictionary, due, index
from osm.check.queries import Records, records
from osm.flow.acts.act import required
from osm.log.acts.record import record
from osm.models import (
    UNMARKED,
    WEAK,
    Closure,
    Comment,
    Danger,
    Decision,
    DueCommentReading,
    Evidence,
    FindingReply,
    Message,
    MessageVerdict,
    OfficeLesson,
    ReadingKind,
    RuleSwitch,
    User,
)
from osm.people.queries.handovers import may_answer_marked
from osm.regulation.blacklist import CommentState
from osm.regulation.errors import MissingInput, StaleVersion, refuse
from osm.regulation.transitions import CLOSED
from osm.regulation.words import Ground, Status

# --- The library with the office's rules
LEARNED_RULE = "office.learned"  # rule of findings from the office's lessons
LEARNING = "office.lessons"  # switch of the learning; lessons already learned stay in force
_DIGITS = 6


@dataclass(frozen=True, slots=True)
class OfficeRules:
    """The library with the office's switches and lesson. `lesson`: its number, 0 if there is none."""

    library: Moderator
    off: frozenset[str] = frozenset()
    lesson: int = 0
    learned: Learned = NOTHING

    @property
    def rules_version(self) -> str:
        """The same string gives the same verdict for the same text."""
        off = hashlib.sha256(" ".join(sorted(self.off)).encode()).hexdigest()[:_DIGITS]
        return self.library.rules_version + (f"-{off}" if self.off else "") + (f"~{self.lesson}" if self.lesson else "")

    def judge(self, text: str) -> Verdict:
        verdict = self.library.judge(text)
        left = [one for one in verdict.findings if not self._is_left_out(one)]
        raised = self._raised(text, left) if self.learned.deleted else []
        return decide([*left, *raised]) if raised or len(left) < len(verdict.findings) else verdict

    def _is_left_out(self, finding: Finding) -> bool:
        return finding.rule in self.off or self.learned.is_silenced(mark_of(finding))

    def _raised(self, text: str, found: list[Finding]) -> list[Finding]:
        marked = {one.category for one in found}
        findings = []
        for category, word in self.learned.raised(index.words_of(text)).items():
            if category not in marked and LEARNED_RULE not in self.off:
                start, end = index.place_of(text, word)
                why = why_raised(category, word)
                findings.append(Finding(category, LEARNED_RULE, "medium", start, end, text[start:end], word, why))
        return findings


def moderator() -> OfficeRules:
    off = frozenset(db.session.scalars(select(RuleSwitch.rule)))
    lesson = lesson_in_force()
    learned = Learned.from_dict(lesson.learned) if lesson else NOTHING
    library = dictionary.library_with(tuple(dictionary.words_in_force()))
    return OfficeRules(library, off - {LEARNING}, lesson.id if lesson else 0, learned)


def lesson_in_force() -> OfficeLesson | None:
    """The newest one that was not withdrawn."""
    newest = select(OfficeLesson).where(OfficeLesson.taken_back_at.is_(None)).order_by(OfficeLesson.id.desc())
    return db.session.scalar(newest.limit(1))


# --- Check of comments (П.17)
TOGETHER = 500  # comments checked and written together

# Worst first: threats (also veiled), then the sure findings, then those a person must judge.
_ORDER: tuple[tuple[Ground, str], ...] = (
    (Ground.THREAT, "high"),
    (Ground.THREAT, "medium"),
    *((ground, "high") for ground in (Ground.PROFANITY, Ground.INSULT, Ground.SPAM, Ground.AD)),
    *((ground, "medium") for ground in (Ground.PROFANITY, Ground.INSULT, Ground.SPAM, Ground.AD)),
)
_PLACE = {key: place for place, key in enumerate(_ORDER)}
_STEPS = 8  # steps of each place: rules that are most often right come first


def read_due_comments(now: datetime, pace: Pace = WHOLE) -> int:
    """Check due comments, newest first, while `pace` allows; return how many."""
    read = partial(reader_of_comments, now=now)
    return due.work_through(
        ReadingKind.VERDICT, read, limit=TOGETHER, now=now, pace=pace, newest_first=True, queue=DueCommentReading
    )


def check(comment_ids: Sequence[int], now: datetime) -> None:
    """Check these comments now, in the caller's transaction."""
    _write(_judge_comment(comment_ids), records(), now)


def reader_of_comments(comment_ids: Sequence[int], *, now: datetime) -> Callable[[], None]:
    """Check these comments and return a function that writes the result in the caller's transaction."""
    judged, proved = _judge_comment(comment_ids), records()
    db.session.rollback()  # no snapshot while waiting for the write lock
    return partial(_write, judged, proved, now)


def enqueue_outdated_comments() -> int:
    """Make waiting comments checked by other rules due again; return how many. They keep their verdict until then."""
    rules = moderator().rules_version
    outdated = select(Comment.id).where(Comment.state == CommentState.WAITING, Comment.rules.not_in(["", rules]))
    return due.enqueue_in_slices(outdated.order_by(Comment.id), ReadingKind.VERDICT, queue=DueCommentReading)


def worst(findings: list[dict[str, Any]], proved: Records) -> tuple[int, Ground | None]:
    """The rank in the queue and its category; findings that are usually wrong in this office come last."""
    return min(((_rank(one, proved), Ground(one["category"])) for one in findings), default=(UNMARKED, None))


def _rank(finding: dict[str, Any], proved: Records) -> int:
    if proved.is_weak(finding):
        return WEAK
    step = int(_STEPS * (1 - proved.of(finding).share))
    return _STEPS * _PLACE[Ground(finding["category"]), finding["severity"]] + min(step, _STEPS - 1)


@dataclass(frozen=True, slots=True)
class _Judged:
    comment_id: int
    text: str
    text_digest: str
    verdict: Mapping[str, Any]
    rules: str


def _judge_comment(comment_ids: Sequence[int]) -> list[_Judged]:
    library = moderator()
    rows = db.session.execute(select(Comment.id, Comment.text, Comment.text_digest).where(Comment.id.in_(comment_ids)))
    return [_Judged(*row, library.judge(row.text).as_dict(), library.rules_version) for row in rows.all()]


def _write(judged: Sequence[_Judged], proved: Records, now: datetime) -> None:
    ids = [one.comment_id for one in judged]
    mailed = copies.in_mailings(ids)
    columns = (Comment.id, Comment.text_digest, Comment.rules, Comment.decision, Comment.findings)
    stored = {row.id: row for row in db.session.execute(select(*columns).where(Comment.id.in_(ids)))}
    rows = []
    for one in judged:
        row = stored.get(one.comment_id)
        if row is None or row.text_digest != one.text_digest:
            continue  # deleted or edited; an edited one is due again
        values = _values(copies.with_mailing(one.verdict, one.text) if row.id in mailed else one.verdict, proved)
        rows.append({"of": row.id, "rules": one.rules, **values})
        if row.rules not in ("", one.rules):
            before, after = (
                due.Verdict(row.decision, row.findings),
                due.Verdict(values["decision"], values["findings"]),
            )
            due.note_change(before, after, one.rules, now, comment_id=row.id)
    if rows:
        table = table_of(Comment)
        names = ("rules", "decision", "findings", "category", "rank")
        change = update(table).where(table.c.id == bindparam("of")).values({name: bindparam(name) for name in names})
        db.session.execute(change, rows)


def _values(verdict: Mapping[str, Any], proved: Records) -> dict[str, Any]:
    findings = [{name: value for name, value in one.items() if name != "fragment"} for one in verdict["findings"]]
    rank, category = worst(findings, proved)
    return {"decision": Decision(verdict["verdict"]), "findings": findings, "category": category, "rank": rank}


# --- Check of messages (П.17)
SLICE = 50
_SETTLED = frozenset({*CLOSED, Status.ANSWERED})  # statuses without more work; their verdicts stay
_BY_THE_LETTER = (
    "Здесь на такие сообщения не отвечают (п. 17, так настроено). Исключите сообщение: доложить главе и передать "
    "сведения отделу можно и потом. Если это ошибка, нажмите «Отметка ошибочна»."
)
_NO_REASON = "Напишите, почему отвечаем: основание отмечено верно (п. 17)."


_EXCLUDE_FIRST = (
    "Проверка предлагает исключить сообщение, а на такие здесь не отвечают (п. 17, так настроено). "
    "Нажмите на карточке «Исключить»: потом можно доложить главе и передать сведения отделу без ответа автору; "
    "или, если это ошибка, «Отметка ошибочна». Ничего не изменено."
)


class StillMarked(MissingInput):
    """By the letter of П.17, a message proposed for exclusion must be judged by a person before any work."""

    def __init__(self) -> None:
        super().__init__("executor_id", _EXCLUDE_FIRST)  # a field of every routing form, also of the list


class MarkedFirst(MissingInput):
    """The check proposes exclusion and there is no decision: the router has to confirm that he has seen the mark."""

    def __init__(self, words: str) -> None:
        super().__init__("marked_seen", f"{words} Нажмите ещё раз, если всё равно направляете.")


def read_due(now: datetime, pace: Pace = WHOLE) -> int:
    """Check due messages, newest first, while `pace` allows; return how many."""
    read = partial(reader, now=now)
    return due.work_through(ReadingKind.VERDICT, read, limit=SLICE, now=now, pace=pace, newest_first=True)


def enqueue_outdated() -> int:
    """Make open messages checked by other rules or words due again; return how many."""
    outdated = (
        select(MessageVerdict.message_id)
        .join(Message, Message.id == MessageVerdict.message_id)
        .where(MessageVerdict.rules != moderator().rules_version, Message.status.not_in(_SETTLED))
    )
    return due.enqueue_in_slices(outdated.order_by(MessageVerdict.message_id), ReadingKind.VERDICT)


def reader(message_ids: Sequence[int], *, now: datetime) -> Callable[[], None]:
    """Check these messages and return a function that writes the verdicts in the caller's transaction."""
    library = moderator()
    texts = db.session.execute(select(Message.id, Message.text).where(Message.id.in_(message_ids))).all()
    found = {row.id: (digest(row.text), library.judge(row.text).as_dict()) for row in texts}
    signs = {row.id: index.found_in(row.text) for row in texts}
    rules = library.rules_version
    db.session.rollback()  # all is read; no snapshot while waiting for the write lock

    def write() -> None:
        stored = {
            row.message_id: row
            for row in db.session.scalars(
                select(MessageVerdict).where(MessageVerdict.message_id.in_(list(found))).with_for_update()
            )
        }
        fresh = {one: MessageVerdict(message_id=one, version=0) for one in found.keys() - stored.keys()}
        db.session.add_all(fresh.values())
        for message_id, (text_digest, verdict) in found.items():
            _judge(stored.get(message_id) or fresh[message_id], rules, text_digest, verdict, now)
        _reply_for_excluded(list(fresh.values()), now)
        index.note_danger(signs, now)

    return write


def _reply_for_excluded(rows: Sequence[MessageVerdict], now: datetime) -> None:
    """Messages excluded before the check: an exclusion with the same ground is the person's answer."""
    closures = db.session.execute(
        select(Closure.message_id, Closure.ground, Closure.closed_by_id, Evidence.text)
        .join(Evidence, Evidence.closure_id == Closure.id)
        .where(Closure.message_id.in_([row.message_id for row in rows]), Closure.restored_at.is_(None))
    )
    excluded = {closure.message_id: closure for closure in closures}
    for row in rows:
        closure = excluded.get(row.message_id)
        if closure is None or closure.closed_by_id is None or digest(closure.text) != row.text_digest:
            continue
        if any(finding["category"] == closure.ground for finding in row.findings):
            _answer(row, FindingReply.EXCLUDED, closure.closed_by_id, now, only=closure.ground)


def digest(text: str) -> str:
    """SHA-256 of the text; a verdict is valid only for the same text."""
    return hashlib.sha256(text.encode()).hexdigest()


def _judge(row: MessageVerdict, rules: str, text_digest: str, verdict: dict[str, Any], now: datetime) -> None:
    """Store the new verdict; an answer stays if the findings and the text are the same."""
    findings = [{name: value for name, value in one.items() if name != "fragment"} for one in verdict["findings"]]
    if row.text_digest == text_digest and row.rules != rules:
        after = due.Verdict(Decision(verdict["verdict"]), findings)
        due.note_change(due.Verdict(row.decision, row.findings), after, rules, now, message_id=row.message_id)
    row.rules = rules
    if (row.text_digest, row.decision, row.findings) == (text_digest, verdict["verdict"], findings):
        return
    row.text_digest, row.decision, row.findings = text_digest, Decision(verdict["verdict"]), findings
    row.version += 1
    row.reply = row.replied_at = row.replied_by_id = None


def reply_to_findings(
    message_id: int, version: int, *, reply: FindingReply, reason: str = "", actor: User, now: datetime
) -> MessageVerdict:
    """Answer «Отметка ошибочна» or «верно, но отвечаем» under the version that the person saw. The second must be
    allowed by a setting and needs a reason; excluding is another act. Raises NotFound, StaleVersion, MissingInput."""
    if reply is FindingReply.ANSWERED:
        refuse("reply", not may_answer_marked(), _BY_THE_LETTER)
        reason = required("reason", reason, _NO_REASON)
    elif reply is not FindingReply.WRONG:
        raise MissingInput("reply", "Исключение оформляется с основанием: откройте шаг «Исключить».")
    with transaction():
        row = db.session.scalar(select(MessageVerdict).where(MessageVerdict.message_id == message_id).with_for_update())
        if row is None:
            raise NotFound
        StaleVersion.unless_seen(version, row.version)
        _answer(row, reply, actor.id, now)
        message = db.session.get_one(Message, message_id)
        record(
            f"findings_{reply.value}", at=now, actor=actor, message=message, clause="П.17", note=reason.strip(),
            changes={"reply": (None, reply)}, object_kind="message_verdict", object_id=message_id,
        )  # fmt: skip
        return row


def check_may_be_answered(message: Message, *, marked_seen: bool) -> None:
    """For a message proposed for exclusion without a decision: raise StillMarked if the office follows the letter,
    otherwise MarkedFirst until the person confirms that he has seen the mark."""
    row = db.session.get(MessageVerdict, message.id)
    if row is None or row.reply is not None or row.text_digest != digest(message.text):
        return
    if row.decision is not Decision.EXCLUDE:
        return
    if not may_answer_marked():
        raise StillMarked
    if not marked_seen:
        grounds = dict.fromkeys(Ground(one["category"]).label.lower() for one in row.findings)
        raise MarkedFirst(f"Проверка предлагает исключить сообщение: {'; '.join(grounds)} (п. 17).")


def reply_by_exclusion(message: Message, ground: Ground, *, actor: User, now: datetime) -> None:
    """The message is excluded, so marks with this ground were right. In the caller's transaction."""
    row = db.session.get(MessageVerdict, message.id, with_for_update=True)
    if row is None or row.text_digest != digest(message.text):
        return
    if any(finding["category"] == ground for finding in row.findings):
        _answer(row, FindingReply.EXCLUDED, actor.id, now, only=ground)


def reopen_findings(message: Message, now: datetime) -> None:
    """The message is back in work: its marks wait for an answer again, by the current rules. In the caller's
    transaction. People who were not called about danger to life while it was closed are called now."""
    due.enqueue([message.id], [ReadingKind.VERDICT])
    danger = db.session.get(Danger, message.id, with_for_update=True)
    if danger is not None and danger.reply is None and danger.seen_at is None:
        danger.tell_at = danger.tell_at or now
    row = db.session.get(MessageVerdict, message.id, with_for_update=True)
    if row is not None and row.reply is FindingReply.EXCLUDED:
        row.reply = row.replied_at = row.replied_by_id = None
        row.version += 1


def _answer(
    row: MessageVerdict, reply: FindingReply, person: int, now: datetime, *, only: Ground | None = None
) -> None:
    row.reply, row.replied_at, row.replied_by_id = reply, now, person
    row.version += 1
    due.answer_findings(row, reply, person, now, only=only)

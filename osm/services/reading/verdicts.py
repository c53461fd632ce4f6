"""Texts are checked for the grounds of П.17 by the worker; a person answers what was marked. No text disappears."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial
from typing import Any

from sqlalchemy import select

from osm.extensions import db
from osm.regulation.errors import MissingInput, StaleVersion
from osm.regulation.words import GROUND_LABELS, Ground, Status
from osm.regulation.workflow import CLOSED
from osm.services.acts import required
from osm.services.errors import NotFound
from osm.services.log.log import record
from osm.services.pace import WHOLE, Pace
from osm.services.reading import dangers, due, verdict_changes
from osm.services.reading.finding_answers import answer_findings
from osm.services.reading.office_rules import moderator
from osm.services.reading.verdict_changes import Verdict
from osm.store.models import (
    Closure,
    Decision,
    Evidence,
    FindingReply,
    Message,
    MessageVerdict,
    ReadingKind,
    User,
)
from osm.store.queries.staff.office_settings import may_answer_marked
from osm.store.transaction import transaction

SLICE = 50
_SETTLED = frozenset({*CLOSED, Status.ANSWERED})
"""Nobody works on these: what they were judged by stays."""
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
    """By the letter of П.17 nothing is done with what the check proposes to exclude before a person has judged it."""

    def __init__(self) -> None:
        super().__init__("executor_id", _EXCLUDE_FIRST)  # what every form of routing has, the one in the list too


class MarkedFirst(MissingInput):
    """The check proposes to exclude it and nobody has judged: whoever directs it says that he has seen the mark."""

    def __init__(self, words: str) -> None:
        super().__init__("marked_seen", f"{words} Нажмите ещё раз, если всё равно направляете.")


def read_due(now: datetime, pace: Pace = WHOLE) -> int:
    """Check what is owed, the newest first, for as long as `pace` allows; how many messages that was."""
    read = partial(reader, now=now)
    return due.work_through(ReadingKind.VERDICT, read, limit=SLICE, now=now, pace=pace, newest_first=True)


def owe_outdated() -> int:
    """Open messages that other rules or words have judged are owed their check anew; how many."""
    outdated = (
        select(MessageVerdict.message_id)
        .join(Message, Message.id == MessageVerdict.message_id)
        .where(MessageVerdict.rules != moderator().rules_version, Message.status.not_in(_SETTLED))
    )
    return due.owe_in_slices(outdated.order_by(MessageVerdict.message_id), ReadingKind.VERDICT)


def reader(message_ids: Sequence[int], *, now: datetime) -> Callable[[], None]:
    """Check these texts; what is returned writes the verdicts in the transaction of the caller."""
    library = moderator()
    texts = db.session.execute(select(Message.id, Message.text).where(Message.id.in_(message_ids))).all()
    found = {row.id: (digest(row.text), library.judge(row.text).as_dict()) for row in texts}
    signs = {row.id: dangers.found_in(row.text) for row in texts}
    rules = library.rules_version
    db.session.rollback()  # all is read: no snapshot is to be held while the write waits its turn

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
        dangers.note(signs, now)

    return write


def _reply_for_excluded(rows: Sequence[MessageVerdict], now: datetime) -> None:
    """Messages that were excluded before they were checked: with the same ground the person has answered already."""
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
    """SHA-256 of a text: a verdict is kept for exactly this text."""
    return hashlib.sha256(text.encode()).hexdigest()


def _judge(row: MessageVerdict, rules: str, text_digest: str, verdict: dict[str, Any], now: datetime) -> None:
    """The new verdict; an answer stays where the same is marked in the same text."""
    findings = [{name: value for name, value in one.items() if name != "fragment"} for one in verdict["findings"]]
    if row.text_digest == text_digest and row.rules != rules:
        after = Verdict(Decision(verdict["verdict"]), findings)
        verdict_changes.note(Verdict(row.decision, row.findings), after, rules, now, message_id=row.message_id)
    row.rules = rules
    if (row.text_digest, row.decision, row.findings) == (text_digest, verdict["verdict"], findings):
        return
    row.text_digest, row.decision, row.findings = text_digest, Decision(verdict["verdict"]), findings
    row.version += 1
    row.reply = row.replied_at = row.replied_by_id = None


def reply_to_findings(
    message_id: int, version: int, *, reply: FindingReply, reason: str = "", actor: User, now: datetime
) -> MessageVerdict:
    """«Отметка ошибочна» or «верно, но отвечаем», under the version that the person saw.

    Raises NotFound, StaleVersion, MissingInput (the second is a setting and wants a reason; excluding has its own act).
    """
    if reply is FindingReply.ANSWERED:
        if not may_answer_marked():
            raise MissingInput("reply", _BY_THE_LETTER)
        reason = required("reason", reason, _NO_REASON)
    elif reply is not FindingReply.WRONG:
        raise MissingInput("reply", "Исключение оформляется с основанием: откройте шаг «Исключить».")
    with transaction():
        row = db.session.scalar(select(MessageVerdict).where(MessageVerdict.message_id == message_id).with_for_update())
        if row is None:
            raise NotFound
        if row.version != version:
            raise StaleVersion(version, row.version)
        _answer(row, reply, actor.id, now)
        message = db.session.get_one(Message, message_id)
        record(
            f"findings_{reply.value}", at=now, actor=actor, message=message, clause="П.17", note=reason.strip(),
            changes={"reply": (None, reply)}, object_kind="message_verdict", object_id=message_id,
        )  # fmt: skip
        return row


def check_may_be_answered(message: Message, *, marked_seen: bool) -> None:
    """Of what the check proposes to exclude and nobody has judged: raises StillMarked, where this office goes by the
    letter, else MarkedFirst until the person says that he has seen the mark.
    """
    row = db.session.get(MessageVerdict, message.id)
    if row is None or row.reply is not None or row.text_digest != digest(message.text):
        return
    if row.decision is not Decision.EXCLUDE:
        return
    if not may_answer_marked():
        raise StillMarked
    if not marked_seen:
        grounds = dict.fromkeys(GROUND_LABELS[Ground(one["category"])].lower() for one in row.findings)
        raise MarkedFirst(f"Проверка предлагает исключить сообщение: {'; '.join(grounds)} (п. 17).")


def reply_by_exclusion(message: Message, ground: Ground, *, actor: User, now: datetime) -> None:
    """The message is being excluded: what was marked with this ground was right. In the caller's transaction."""
    row = db.session.get(MessageVerdict, message.id, with_for_update=True)
    if row is None or row.text_digest != digest(message.text):
        return
    if any(finding["category"] == ground for finding in row.findings):
        _answer(row, FindingReply.EXCLUDED, actor.id, now, only=ground)


def reopen_findings(message: Message) -> None:
    """The message is back in work: what was marked waits for an answer again, judged by the rules of today.

    In the caller's transaction.
    """
    due.owe([message.id], [ReadingKind.VERDICT])
    row = db.session.get(MessageVerdict, message.id, with_for_update=True)
    if row is not None and row.reply is FindingReply.EXCLUDED:
        row.reply = row.replied_at = row.replied_by_id = None
        row.version += 1


def _answer(
    row: MessageVerdict, reply: FindingReply, person: int, now: datetime, *, only: Ground | None = None
) -> None:
    row.reply, row.replied_at, row.replied_by_id = reply, now, person
    row.version += 1
    answer_findings(row, reply, person, now, only=only)

"""Texts are checked for the grounds of П.17 by the worker; a person answers what was marked. No text disappears."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import select

from moderation import Moderator
from osm.extensions import db
from osm.regulation.errors import MissingInput, StaleVersion
from osm.regulation.words import Ground
from osm.services import readings
from osm.services.acts import required
from osm.services.errors import NotFound
from osm.services.log import record
from osm.store.models import (
    Decision,
    FindingAnswer,
    FindingReply,
    Message,
    MessageVerdict,
    ReadingKind,
    User,
)
from osm.store.transaction import transaction

SLICE = 50
_NO_REASON = "Напишите, почему отвечаем: основание отмечено верно (п. 17)."


def read_due(now: datetime, *, goes_on: Callable[[], bool] = lambda: True, seconds: float = float("inf")) -> int:
    """Check what is owed, the newest first, for so long at most; how many messages that was."""
    until = time.monotonic() + seconds
    done = 0
    while goes_on() and time.monotonic() < until:
        count = readings.work_off(ReadingKind.VERDICT, reader, limit=SLICE, now=now, newest_first=True)
        done += count
        if not count:
            break
    return done


def owe_outdated() -> int:
    """Texts that other rules have judged are owed their check anew; how many."""
    outdated = select(MessageVerdict.message_id).where(MessageVerdict.rules != _moderator().rules_version)
    return readings.owe_in_slices(outdated.order_by(MessageVerdict.message_id), ReadingKind.VERDICT)


def reader(message_ids: Sequence[int]) -> Callable[[], None]:
    """Check these texts; what is returned writes the verdicts in the transaction of the caller."""
    moderator = _moderator()
    texts = db.session.execute(select(Message.id, Message.text).where(Message.id.in_(message_ids))).all()
    found = {row.id: (digest(row.text), moderator.judge(row.text).as_dict()) for row in texts}
    rules = moderator.rules_version
    db.session.rollback()  # all is read: no snapshot is to be held while the write waits its turn

    def write() -> None:
        stored = {
            row.message_id: row
            for row in db.session.scalars(
                select(MessageVerdict).where(MessageVerdict.message_id.in_(list(found))).with_for_update()
            )
        }
        for message_id, (text_digest, verdict) in found.items():
            row = stored.get(message_id)
            if row is None:
                row = MessageVerdict(message_id=message_id, version=0)
                db.session.add(row)
            _judge(row, rules, text_digest, verdict)

    return write


@cache
def _moderator() -> Moderator:
    # Its lists take a second to read; it keeps no texts.
    return Moderator()


def digest(text: str) -> str:
    """SHA-256 of a text, by which a verdict belongs to it."""
    return hashlib.sha256(text.encode()).hexdigest()


def _judge(row: MessageVerdict, rules: str, text_digest: str, verdict: dict[str, Any]) -> None:
    """The new verdict; an answer stays where the same is marked in the same text."""
    findings = [{name: value for name, value in one.items() if name != "fragment"} for one in verdict["findings"]]
    row.rules = rules
    if (row.text_digest, row.decision, row.findings) == (text_digest, verdict["verdict"], findings):
        return
    row.text_digest, row.decision, row.findings = text_digest, Decision(verdict["verdict"]), findings
    row.version += 1
    row.reply = row.replied_at = row.replied_by_id = None


def reply_to_findings(
    message_id: int, version: int, *, reply: FindingReply, reason: str = "", actor: User, now: datetime
) -> MessageVerdict:
    """«Отмечено зря» or «верно, но отвечаем», under the version that the person saw.

    Raises NotFound, StaleVersion, MissingInput (the second wants a reason; excluding has its own act).
    """
    if reply is FindingReply.ANSWERED:
        reason = required("reason", reason, _NO_REASON)
    elif reply is not FindingReply.WRONG:
        raise MissingInput("reply", "Исключение оформляется с основанием: откройте шаг «Исключить».")
    with transaction():
        row = db.session.scalar(select(MessageVerdict).where(MessageVerdict.message_id == message_id).with_for_update())
        if row is None:
            raise NotFound
        if row.version != version:
            raise StaleVersion(version, row.version)
        _answer(row, reply, actor, now)
        message = db.session.get_one(Message, message_id)
        record(
            f"findings_{reply.value}", at=now, actor=actor, message=message, clause="П.17", note=reason.strip(),
            changes={"reply": (None, reply)}, object_kind="message_verdict", object_id=message_id,
        )  # fmt: skip
        return row


def reply_by_exclusion(message: Message, ground: Ground, *, actor: User, now: datetime) -> None:
    """The message is being excluded: what was marked with this ground was right. In the caller's transaction."""
    row = db.session.get(MessageVerdict, message.id, with_for_update=True)
    if row is None or row.text_digest != digest(message.text):
        return
    if any(finding["category"] == ground for finding in row.findings):
        _answer(row, FindingReply.EXCLUDED, actor, now, only=ground)


def reopen_findings(message: Message) -> None:
    """The message is back in work: what was marked waits for an answer again. In the caller's transaction."""
    row = db.session.get(MessageVerdict, message.id, with_for_update=True)
    if row is not None and row.reply is FindingReply.EXCLUDED:
        row.reply = row.replied_at = row.replied_by_id = None
        row.version += 1


def _answer(
    row: MessageVerdict, reply: FindingReply, actor: User, now: datetime, *, only: Ground | None = None
) -> None:
    person = actor.id
    row.reply, row.replied_at, row.replied_by_id = reply, now, person
    row.version += 1
    for finding in row.findings:
        if only is None or finding["category"] == only:
            db.session.add(
                FindingAnswer(
                    message_id=row.message_id,
                    rules=row.rules,
                    rule=finding["rule"],
                    category=Ground(finding["category"]),
                    start=finding["start"],
                    end=finding["end"],
                    reply=reply,
                    replied_at=now,
                    replied_by_id=person,
                )
            )

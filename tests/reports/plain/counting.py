"""Messages, replies, versions, clocks, comments, bans, promises of some days (§2, §3, §5)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from .clocks import OWN, Clocks, codes_of
from .scope import EVERYTHING, Scope
from .tables import Days, Tables, local_day

REMARKS = (
    "Нет ответа на вопрос автора",
    "Не названы меры: что сделано или будет сделано",
    "Не назван срок",
    "Не сказано, кто отвечает",
    "Проверьте факты: данные расходятся",
    "Напишите проще, без канцелярита",
    "Нет приветствия или обращения",
    "Приложите фото работ",
    "Смягчите тон: есть грубые или фамильярные слова",
    "Напишите как комментарий: без бланка, номера и подписи с должностью, короче",
)


@dataclass(frozen=True)
class Thing:
    """A thing that is counted. `holder`: for an own clock, the person who did the work."""

    message_id: int | None
    holder: Any = None


class Report:
    """What was counted: code → things."""

    def __init__(self, tables: Tables, clocks: Clocks, days: Days, scope: Scope = EVERYTHING) -> None:
        self.tables, self.clocks, self.days, self.scope = tables, clocks, days, scope
        self.found: dict[str, list[Thing]] = defaultdict(list)
        mine = {message_id for message_id in tables.messages if scope.has_message(tables, message_id)}
        for things in (self.messages, self.closures, self.replies, self.echoes, self.versions, self.promises):
            for code, message_id in things():
                if message_id in mine:
                    self.found[code].append(Thing(message_id))
        for row in tables.deadlines:
            self.count_clock(row)
        if scope.is_everything:
            for code in self.comments_and_bans():
                self.found[code].append(Thing(None))

    def number(self, code: str) -> int:
        return len(self.found.get(code, ()))

    def message_ids(self, code: str) -> set[int]:
        return {thing.message_id for thing in self.found.get(code, ()) if thing.message_id is not None}

    def messages(self) -> Iterator[tuple[str, int]]:
        for row in self.tables.messages.values():
            if self.days.has(row.received_at):
                yield "received", row.id
                if row.is_repeat:
                    yield "repeats", row.id

    def closures(self) -> Iterator[tuple[str, int]]:
        for row in self.tables.closures:
            if row.status == "excluded" and row.restored_at is None and self.days.has(row.closed_at):
                yield "excluded", row.message_id
                yield f"excluded-{row.ground}", row.message_id

    def replies(self) -> Iterator[tuple[str, int]]:
        names = {"final": "answered", "interim": "interim", "clarification": "clarification"}
        for row in self.tables.replies.values():
            if self.days.has(row.published_at):
                yield names[row.kind], row.message_id

    def echoes(self) -> Iterator[tuple[str, int]]:
        for row in self.tables.offers:
            if row.echo is not None and self.days.has(row.heard_at):
                yield "echoed", row.message_id
                yield f"echoed-{row.echo}", row.message_id

    def versions(self) -> Iterator[tuple[str, int]]:
        for row in self.tables.drafts.values():
            if not self.days.has(row.decided_at):
                continue
            reply = self.tables.replies[row.reply_id]
            if row.state == "approved" and (reply.published_at is None or row.submitted_at <= reply.published_at):
                yield "approved", reply.message_id
                states = {one.state for one in self.tables.drafts_of(reply.id)}
                if not states & {"returned", "corrected", "revoked"}:
                    yield "first-sight", reply.message_id
            if row.state == "returned":
                yield "returned", reply.message_id
                numbers = [number for number, remark in enumerate(REMARKS, 1) if remark in row.remarks]
                for number in numbers or [0]:
                    yield f"returned-{number}", reply.message_id

    def count_clock(self, row: Any) -> None:
        verdict = self.clocks.verdicts[row.id]
        if verdict is None:
            return
        word, instant = verdict
        if self.days.has(instant) and self.scope.has_clock(self.clocks, row):
            holder = self.clocks.holder(row) if row.kind in OWN else None
            for code in codes_of(row):
                self.found[f"{word}-{code}"].append(Thing(row.message_id, holder))

    def comments_and_bans(self) -> Iterator[str]:
        for row in self.tables.comments:
            if row.state == "deleted" and self.days.has(row.decided_at):
                yield "deleted"
                yield f"deleted-{row.ground}"
        for row in self.tables.banned:
            if self.days.has(row.applied_at):
                yield "banned"

    def promises(self) -> Iterator[tuple[str, int]]:
        for row in self.tables.promises:
            state = became(row, self.clocks.now)
            if state is not None and self.days.first <= row.due_on <= self.days.last:
                yield "promised", row.message_id
                yield f"promised-{state}", row.message_id


def became(promise: Any, now: datetime) -> str | None:
    """kept, late, reported, open; None: left out. The first line that fits."""

    def in_its_day(instant: datetime) -> bool:
        return local_day(instant) <= promise.due_on

    if promise.state == "dropped":
        return None
    if promise.state == "moved":
        return None if in_its_day(promise.decided_at) else "late"
    if promise.state == "done":
        return "kept" if in_its_day(promise.reported_at) else "late"
    if promise.state == "not_kept":
        return "late"
    if promise.state == "reported":
        return "reported" if in_its_day(promise.reported_at) else "late"
    return "open" if promise.due_on >= local_day(now) else "late"

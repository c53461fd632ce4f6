"""Acts of one person on one message, ready to run in a thread, and the stored message afterwards."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from osm.answers.acts import drafting, publication
from osm.approvals import acts as approval
from osm.base.database import db
from osm.messages.acts import closing, executors, routing
from osm.models import Assignment, Closure, Deadline, Draft, Event, Followup, Message, Reply, User
from tests.desk import NOW
from tests.office import OVERRIDE

LINK = "https://vk.com/wall-1_1?reply=77"


@dataclass(frozen=True)
class Seen:
    """What a person saw: the message, its version, the draft, and everybody's id."""

    message_id: int
    version: int
    draft_id: int
    people: dict[str, int]


Service = Callable[..., Any]


@dataclass(frozen=True)
class Act:
    """`given`: the values of the form, computed from what was seen."""

    name: str
    actor: str
    service: Service
    given: Callable[[Seen], dict[str, Any]] = lambda _seen: {}

    def __str__(self) -> str:
        return f"{self.name} by {self.actor}"

    def run(self, seen: Seen) -> None:
        """In the session of the thread that runs it."""
        actor = db.session.get_one(User, seen.people[self.actor])
        self.service(seen.message_id, seen.version, **self.given(seen), actor=actor, now=NOW)


def _draft(**more: Any) -> Callable[[Seen], dict[str, Any]]:
    return lambda seen: {"draft_id": seen.draft_id, **more}


def _typed(text: str) -> Callable[[Seen], dict[str, Any]]:
    return lambda _seen: {"text": text, "kind": "final", "confirmed": True}


def _from_executor(seen: Seen) -> dict[str, Any]:
    return {"text": "По телефону", "kind": "final", "executor_id": seen.people["boris"], "received_by": "по телефону"}


def _to(login: str) -> Callable[[Seen], dict[str, Any]]:
    return lambda seen: {"executor_id": seen.people[login], "task": login}


def _words(**words: Any) -> Callable[[Seen], dict[str, Any]]:
    return lambda _seen: words


def approve(actor: str) -> Act:
    return Act("approve", actor, approval.approve_draft, _draft(override=OVERRIDE))


def correct(actor: str) -> Act:
    return Act("correct", actor, approval.correct_and_approve, _draft(text="Исправлено", override=OVERRIDE))


def give_back(actor: str) -> Act:
    return Act("return", actor, approval.return_draft, _draft(remarks=f"Замечания, {actor}"))


def revoke(actor: str) -> Act:
    return Act("revoke", actor, approval.revoke_approval, _words(reason=f"Причина, {actor}"))


def withdraw(actor: str = "boris") -> Act:
    return Act("withdraw", actor, drafting.withdraw_draft)


def submit(actor: str = "boris") -> Act:
    return Act("submit", actor, drafting.submit_draft, _typed("Отправлено"))


def submit_for(actor: str) -> Act:
    return Act("submit for the executor", actor, drafting.submit_for_executor, _from_executor)


def publish(actor: str) -> Act:
    link = _words(url=f"{LINK}{actor}", published_at=None)
    return Act("publish", actor, publication.publish_by_hand, link)


def select(actor: str) -> Act:
    return Act("select", actor, routing.select_message)


def route(actor: str, to: str) -> Act:
    return Act(f"route to {to}", actor, routing.route_message, _to(to))


def reroute(actor: str, to: str) -> Act:
    return Act(f"reroute to {to}", actor, routing.reroute_message, _to(to))


def exclude(actor: str) -> Act:
    return Act("exclude", actor, closing.exclude_message, _words(ground="insult", note=actor))


def dismiss(actor: str) -> Act:
    return Act("dismiss", actor, closing.dismiss_message, _words(reason=actor))


def restore(actor: str) -> Act:
    return Act("restore", actor, closing.restore_message, _words(reason=actor))


def close_unanswered(actor: str) -> Act:
    return Act("close without answer", actor, closing.close_without_answer, _words(reason=actor))


def author_answered(actor: str) -> Act:
    return Act("author answered", actor, publication.author_answered, _words(text=actor, url=""))


def reopen(actor: str) -> Act:
    return Act("reopen", actor, publication.reopen_message, _words(text=actor, url=""))


def prepare_final(actor: str) -> Act:
    return Act("prepare final", actor, publication.prepare_final)


def more_important(actor: str) -> Act:
    return Act("raise importance", actor, executors.raise_importance, _words(reason=actor, detected_at=None))


def snapshot(message_id: int) -> dict[str, Any]:
    """All that is stored about the message, without ids, so that two messages can be compared."""

    def rows(table: type, *columns: str, by: Any) -> list[tuple[Any, ...]]:
        found = db.session.scalars(db.select(table).where(by).order_by(table.id))  # type: ignore[attr-defined]
        return [tuple(getattr(row, column) for column in columns) for row in found]

    db.session.rollback()
    message = db.session.get_one(Message, message_id, populate_existing=True)
    of_replies = Draft.reply_id.in_(db.select(Reply.id).where(Reply.message_id == message_id))
    numbers = {draft.id: draft.number for draft in db.session.scalars(db.select(Draft).where(of_replies))}
    return {
        "message": (message.status, message.version, message.importance, message.selected_at, message.closed_at),
        "replies": [
            (
                row.kind,
                numbers.get(row.approved_draft_id or 0),
                row.published_at,
                row.published_url,
                row.published_by_id,
            )
            for row in message.replies
        ],
        "drafts": rows(
            Draft, "number", "text", "state", "author_id", "submitted_by_id", "remarks", "decided_by_id", by=of_replies
        ),
        "assignments": rows(
            Assignment, "executor_id", "task", "assigned_by_id", "ended_at", by=Assignment.message_id == message_id
        ),
        "deadlines": rows(
            Deadline,
            "kind",
            "state",
            "started_at",
            "due_at",
            "ended_at",
            "breached_at",
            "blameless",
            by=Deadline.message_id == message_id,
        ),
        "closures": rows(
            Closure, "status", "ground", "reason", "closed_by_id", "restored_at", by=Closure.message_id == message_id
        ),
        "followups": rows(Followup, "text", by=Followup.message_id == message_id),
        "events": [
            (event.action, event.actor_id, event.at, event.changes.get("version"), event.changes.get("status"))
            for event in db.session.scalars(db.select(Event).where(Event.message_id == message_id).order_by(Event.id))
        ],
    }

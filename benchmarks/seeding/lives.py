"""The life of one message as rows: what came in, who worked on it, every clock, every version, every event."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from random import Random
from typing import Any

from benchmarks.seeding.bulk import Rows
from benchmarks.seeding.texts import Texts
from osm.regulation.clocks import ClockKind
from osm.regulation.deadlines import compute_clock
from osm.regulation.words import Action, Ground, Importance, ReplyKind, Status
from osm.regulation.workflow import CLOSED
from osm.services.clocks import InForce
from osm.services.search_words import words_of
from osm.store.models import (
    Assignment,
    Author,
    Closure,
    Deadline,
    DeadlineState,
    Draft,
    DraftState,
    Event,
    EventNote,
    Evidence,
    Followup,
    Message,
    MessageSearch,
    Origin,
    Reply,
)

NETWORKS = (("vk", "https://vk.com/wall-77{0}_{1}", "https://vk.com/id77{0}"),) * 5 + (
    ("ok", "https://ok.ru/group/77{0}/topic/{1}", "https://ok.ru/profile/77{0}"),
    ("ok", "https://ok.ru/group/77{0}/topic/{1}", "https://ok.ru/profile/77{0}"),
    ("telegram", "https://t.me/osm_bench/{1}", "https://t.me/osm_bench_{0}"),
)

#: How far each status has come; the number of steps of `PATH` that were made.
PATH = (Action.ROUTE, Action.SUBMIT_DRAFT, Action.APPROVE_DRAFT, Action.PUBLISH_FINAL)
STEPS: dict[Status, int] = {
    Status.NEW: 0, Status.SELECTED: 0, Status.IN_WORK: 1, Status.ON_APPROVAL: 2, Status.REWORK: 2, Status.APPROVED: 3,
    Status.AWAITING_AUTHOR: 4, Status.AWAITING_FINAL: 4, Status.ANSWERED: 4, Status.UNANSWERABLE: 1,
}  # fmt: skip
MINUTES = {Action.ROUTE: 25, Action.SUBMIT_DRAFT: 160, Action.APPROVE_DRAFT: 40, Action.PUBLISH_FINAL: 25}
"""Working minutes that a step takes on average; it is exponential, so that some are late."""
KIND = {Status.AWAITING_AUTHOR: ReplyKind.CLARIFICATION, Status.AWAITING_FINAL: ReplyKind.INTERIM}
PUBLISHED = {
    ReplyKind.CLARIFICATION: Action.PUBLISH_CLARIFICATION,
    ReplyKind.INTERIM: Action.PUBLISH_INTERIM,
    ReplyKind.FINAL: Action.PUBLISH_FINAL,
}
CLOSING = {
    Status.DISMISSED: Action.DISMISS, Status.REDIRECTED: Action.REDIRECT, Status.EXCLUDED: Action.EXCLUDE,
    Status.WITHDRAWN: Action.MARK_WITHDRAWN, Status.UNANSWERABLE: Action.MARK_UNANSWERABLE,
}  # fmt: skip


@dataclass(frozen=True)
class Office:
    """Who works here: ids, and what is asked about what."""

    curators: Sequence[int]
    executors: Sequence[tuple[int, int, str]]
    """Person, department, its name."""
    topics: Sequence[tuple[int, str, int | None]]
    """Topic, its name, its department."""


class Lives:
    """Makes lives, one after another, into `rows`."""

    def __init__(self, rows: Rows, office: Office, rules: InForce, chance: Random, now: datetime) -> None:
        self.rows, self.office, self.rules, self.chance, self.now = rows, office, rules, chance, now
        self.texts = Texts(chance)
        self.authors: list[dict[str, Any]] = []
        self.topics = [topic for topic in office.topics if topic[1] in self.texts.words["topics"]]

    def steps(self, status: Status) -> list[tuple[Action, float]]:
        """The steps of the path that this status has behind it, each with the working minutes that it took."""
        return [(step, self.chance.expovariate(1 / MINUTES[step])) for step in PATH[: STEPS.get(status, 0)]]

    def live(self, number: int, status: Status, received_at: datetime, steps: list[tuple[Action, float]]) -> None:
        """One message with everything that belongs to it."""
        life = _Life(self, number, status, received_at)
        for step, minutes in steps:
            life.pass_time(minutes)
            life.step(step)
        life.come_to_rest()


class _Life:
    """One message on its way; `at` is the instant that it has reached."""

    def __init__(self, of: Lives, number: int, status: Status, received_at: datetime) -> None:
        self.of, self.status, self.at = of, status, received_at
        self.chance, self.texts, self.add = of.chance, of.texts, of.rows.add
        self.deadlines: list[dict[str, Any]] = []
        self.reply: dict[str, Any] = {}
        self.draft: dict[str, Any] = {}
        self.curator = self.chance.choice(of.office.curators)
        topic_id, topic, department_id = self.chance.choice(of.topics)
        mine = [executor for executor in of.office.executors if executor[1] == department_id] or of.office.executors
        self.executor, self.department_id, self.department = self.chance.choice(mine)
        self.place = self.texts.place()
        network, url, _ = kind = self.chance.choice(NETWORKS)
        author = self._author(kind)
        self.author_name = author["name"]
        high = self.chance.random() < 0.06
        self.message = self.add(
            Message,
            number=str(number),
            key=f"number:{number}",
            origin=Origin.INCIDENT,
            status=status,
            importance=Importance.HIGH if high else Importance.NORMAL,
            network=network,
            url=url.format(number % 400, number),
            text=self.texts.message(topic, *self.place),
            place=f"ул. {self.place[0]}, {self.place[1]}",
            author_id=author["id"],
            topic_id=topic_id,
            is_repeat=self.chance.random() < 0.05,
            published_at=received_at - timedelta(minutes=self.chance.randint(5, 900)),
            received_at=received_at,
            detected_at=received_at if high else None,
            stored_at=received_at,
            source_status="Новый",
            source_topic=topic,
            source_raw={"municipality": "Лесозаводск", "curator": "Пресс-центр"},
        )
        self.message["version"] = 1
        self.event("enter", changes={"status": [None, "new"]})
        self.clock(ClockKind.ROUTE, received_at)
        if high:
            self.clock(ClockKind.ANSWER, received_at)
            self.clock(ClockKind.DRAFT, received_at)

    def _author(self, kind: tuple[str, str, str]) -> dict[str, Any]:
        authors = self.of.authors
        if authors and self.chance.random() < 0.65:
            return self.chance.choice(authors)
        network, _, profile = kind
        made = self.add(Author, network=network, name=self.texts.author(), profile_url="")
        made["profile_url"] = profile.format(made["id"])
        authors.append(made)
        return made

    def pass_time(self, minutes: float) -> None:
        self.at = self.of.rules.calendar.add(self.at, minutes)

    def event(self, action: str, *, actor: int | None = None, note: str = "", **values: Any) -> dict[str, Any]:
        row = self.add(
            Event, at=self.at, actor_id=actor, action=str(action), message_id=self.message["id"],
            **{"changes": {}, **values},
        )  # fmt: skip
        if note:
            made = EventNote(text=note)
            row["note_digest"] = made.digest
            self.add(EventNote, event_id=row["id"], text=note, salt=made.salt)
        return row

    def act(self, action: Action, actor: int, clause: str, before: Status, after: Status, **values: Any) -> None:
        """The event of an act that raises the version."""
        version = self.message["version"] = self.message["version"] + 1
        changes = {"version": [version - 1, version], **values.pop("changes", {})}
        if before is not after:
            changes["status"] = [before.value, after.value]
        self.event(action, actor=actor, clause=clause, changes=changes, **values)

    def clock(self, kind: ClockKind, anchor: datetime) -> None:
        rules = self.of.rules
        clock = compute_clock(
            kind, anchor, self.message["importance"], parameters=rules.parameters, calendar=rules.calendar
        )
        row = self.add(
            Deadline, message_id=self.message["id"], kind=kind, clause=clock.clause, unit=clock.unit.value,
            started_at=anchor, due_at=clock.due_at, explanation=clock.explanation,
            calendar_version=rules.calendar.version, state=DeadlineState.OPEN,
        )  # fmt: skip
        self.deadlines.append(row)

    def end(self, *kinds: ClockKind, state: DeadlineState = DeadlineState.MET) -> None:
        for row in self.deadlines:
            if row["state"] is DeadlineState.OPEN and (not kinds or row["kind"] in kinds):
                row["state"], row["ended_at"] = state, self.at
                if state is DeadlineState.MET and row["due_at"] < self.at:
                    self.breach(row, self.at)

    def breach(self, row: dict[str, Any], at: datetime) -> None:
        row["breached_at"] = row["due_at"]
        event = self.event(
            "breach", clause=row["clause"], object_kind="deadline", object_id=row["id"],
            changes={"kind": [None, row["kind"].value], "breached_at": [None, row["due_at"].isoformat()]},
        )  # fmt: skip
        event["at"] = at

    def step(self, step: Action) -> None:
        {
            Action.ROUTE: self.route,
            Action.SUBMIT_DRAFT: self.submit,
            Action.APPROVE_DRAFT: self.approve,
            Action.PUBLISH_FINAL: self.publish,
        }[step]()

    def select(self) -> None:
        self.message["selected_at"] = self.at
        if self.message["importance"] is not Importance.HIGH:
            self.clock(ClockKind.ANSWER, self.at)
            self.clock(ClockKind.DRAFT, self.at)

    def route(self) -> None:
        self.select()
        self.end(ClockKind.ROUTE)
        self.reply = self.add(
            Reply, message_id=self.message["id"], kind=ReplyKind.FINAL, opened_at=self.at, for_source=True,
        )  # fmt: skip
        assignment = self.add(
            Assignment, message_id=self.message["id"], executor_id=self.executor, department_id=self.department_id,
            task=self.texts.one_of("tasks"), assigned_at=self.at, assigned_by_id=self.curator, opened_at=self.at,
        )  # fmt: skip
        self.assignment = assignment
        self.act(
            Action.ROUTE, self.curator, "П.7", Status.NEW, Status.IN_WORK,
            changes={"executor_id": [None, self.executor]}, object_kind="assignment", object_id=assignment["id"],
        )  # fmt: skip
        self.event("open", actor=self.executor, object_kind="assignment", object_id=assignment["id"])

    def submit(self, before: Status = Status.IN_WORK) -> None:
        self.reply["kind"] = KIND.get(self.status, ReplyKind.FINAL)
        self.end(ClockKind.DRAFT, ClockKind.REWORK)
        self.draft = self.add(
            Draft, reply_id=self.reply["id"], number=self.draft.get("number", 0) + 1,
            text=self.texts.answer(self.department, *self.place), state=DraftState.SUBMITTED, came_from=before,
            author_id=self.executor, submitted_by_id=self.executor, submitted_at=self.at,
        )  # fmt: skip
        self.clock(ClockKind.APPROVE, self.at)
        self.act(
            Action.SUBMIT_DRAFT, self.executor, "П.10", before, Status.ON_APPROVAL,
            object_kind="draft", object_id=self.draft["id"],
        )  # fmt: skip
        if before is Status.IN_WORK and STEPS[self.status] > 2 and self.chance.random() < 0.15:
            self.send_back()
            self.pass_time(20)
            self.submit(Status.REWORK)

    def send_back(self) -> None:
        self.pass_time(15)
        self.end(ClockKind.APPROVE)
        self.clock(ClockKind.REWORK, self.at)
        self.decide(DraftState.RETURNED, remarks=self.texts.one_of("remarks"))
        self.act(
            Action.RETURN_DRAFT, self.curator, "П.11", Status.ON_APPROVAL, Status.REWORK,
            object_kind="draft", object_id=self.draft["id"],
        )  # fmt: skip

    def decide(self, state: DraftState, **values: Any) -> None:
        self.draft.update(state=state, decided_at=self.at, decided_by_id=self.curator, **values)

    def approve(self) -> None:
        self.end(ClockKind.APPROVE)
        self.decide(DraftState.APPROVED)
        self.reply["approved_draft_id"] = self.draft["id"]
        self.act(
            Action.APPROVE_DRAFT, self.curator, "П.11", Status.ON_APPROVAL, Status.APPROVED,
            object_kind="draft", object_id=self.draft["id"],
        )  # fmt: skip

    def publish(self) -> None:
        kind = self.reply["kind"]
        self.end(ClockKind.ANSWER)
        self.reply.update(
            published_at=self.at, published_by_id=self.curator,
            published_url=f"{self.message['url']}?reply={self.reply['id']}",
        )  # fmt: skip
        if kind is ReplyKind.INTERIM:
            self.clock(ClockKind.FINAL, self.at)
        if kind is ReplyKind.FINAL:
            self.message["closed_at"] = self.at
            if self.at < self.of.now - timedelta(days=2):
                self.reply["entered_in_source_at"] = self.at + timedelta(hours=1)
                self.reply["entered_in_source_by_id"] = self.curator
            if self.chance.random() < 0.04:
                self.add(Followup, message_id=self.message["id"], text="Спасибо, увидели.", entered_at=self.at)
        self.act(
            PUBLISHED[kind], self.curator, "П.8", Status.APPROVED, self.status,
            object_kind="reply", object_id=self.reply["id"],
        )  # fmt: skip

    def come_to_rest(self) -> None:
        """What the last status asks for, and the terms that were missed meanwhile."""
        if self.status is Status.SELECTED:
            self.select()
            self.act(Action.SELECT, self.curator, "П.6", Status.NEW, Status.SELECTED)
        if self.status is Status.REWORK:
            self.send_back()
        if self.status in CLOSED:
            self.close()
        for row in self.deadlines:
            if row["state"] is DeadlineState.OPEN and row["due_at"] < self.of.now:
                self.breach(row, row["due_at"])
        said = self.message["number"], self.message["text"], self.message["place"]
        parts = (*said, self.author_name, self.draft.get("text", ""))
        self.add(MessageSearch, message_id=self.message["id"], words=" ".join(sorted(words_of(" ".join(parts)))))

    def close(self) -> None:
        self.pass_time(self.chance.expovariate(1 / 60))
        self.end(state=DeadlineState.CLOSED)
        self.message["closed_at"] = self.at
        if hasattr(self, "assignment"):
            self.assignment["ended_at"] = self.at
        excluded, redirected = self.status is Status.EXCLUDED, self.status is Status.REDIRECTED
        recipient = self.texts.one_of("recipients") if redirected else ""
        reason = self.texts.one_of("reasons")
        closure = self.add(
            Closure, message_id=self.message["id"], status=self.status, reason=reason, recipient=recipient,
            ground=self.chance.choice(list(Ground)) if excluded else None,
            closed_at=self.at, closed_by_id=self.curator,
        )  # fmt: skip
        if excluded:
            text = self.message["text"]
            self.add(
                Evidence, closure_id=closure["id"], text=text, url=self.message["url"], taken_at=self.at,
                sha256=sha256(text.encode()).hexdigest(),
            )  # fmt: skip
        self.act(
            CLOSING[self.status], self.curator, "П.17" if excluded else "П.6", Status.NEW, self.status,
            note=recipient or reason,
        )  # fmt: skip

"""A message from its routing to the answer: executor, versions, decisions, publication."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from benchmarks.seeding.life import Life
from osm.models import Assignment, Draft, DraftState, Followup, Reply
from osm.regulation.words import Action, ClockKind, Importance, ReplyKind, Status

#: The number of steps of `PATH` done in each status.
PATH = (Action.ROUTE, Action.SUBMIT_DRAFT, Action.APPROVE_DRAFT, Action.PUBLISH_FINAL)
STEPS: dict[Status, int] = {
    Status.NEW: 0, Status.SELECTED: 0, Status.IN_WORK: 1, Status.ON_APPROVAL: 2, Status.REWORK: 2, Status.APPROVED: 3,
    Status.AWAITING_AUTHOR: 4, Status.AWAITING_FINAL: 4, Status.ANSWERED: 4, Status.UNANSWERABLE: 1,
}  # fmt: skip
MINUTES = {Action.ROUTE: 25, Action.SUBMIT_DRAFT: 160, Action.APPROVE_DRAFT: 40, Action.PUBLISH_FINAL: 25}
"""Mean working minutes of a step, exponentially distributed, so that some are late."""
KIND = {Status.AWAITING_AUTHOR: ReplyKind.CLARIFICATION, Status.AWAITING_FINAL: ReplyKind.INTERIM}
PUBLISHED = {
    ReplyKind.CLARIFICATION: Action.PUBLISH_CLARIFICATION,
    ReplyKind.INTERIM: Action.PUBLISH_INTERIM,
    ReplyKind.FINAL: Action.PUBLISH_FINAL,
}


class WorkedLife(Life):
    """On the path of an answer as far as its status."""

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
        self.assignment = self.add(
            Assignment, message_id=self.message["id"], executor_id=self.executor, department_id=self.department_id,
            task=self.texts.one_of("tasks"), assigned_at=self.at, assigned_by_id=self.curator, opened_at=self.at,
        )  # fmt: skip
        self.act(
            Action.ROUTE, self.curator, "П.7", Status.NEW, Status.IN_WORK,
            changes={"executor_id": [None, self.executor]}, object_kind="assignment", object_id=self.assignment["id"],
        )  # fmt: skip
        self.event("open", actor=self.executor, object_kind="assignment", object_id=self.assignment["id"])

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
            published_at=self.at,
            published_by_id=self.curator,
            published_url=f"{self.message['url']}?reply={self.reply['id']}",
        )
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
        """Effects of the last status."""
        if self.status is Status.SELECTED:
            self.select()
            self.act(Action.SELECT, self.curator, "П.6", Status.NEW, Status.SELECTED)
        if self.status is Status.REWORK:
            self.send_back()
        super().come_to_rest()

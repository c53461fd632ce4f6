"""A message closed without an answer: its ground, its reason, the evidence."""

from __future__ import annotations

from hashlib import sha256

from benchmarks.seeding.worked import WorkedLife
from osm.models import Closure, Evidence
from osm.regulation.words import Action, DeadlineState, Ground, Status

CLOSING = {
    Status.DISMISSED: Action.DISMISS, Status.REDIRECTED: Action.REDIRECT, Status.EXCLUDED: Action.EXCLUDE,
    Status.WITHDRAWN: Action.MARK_WITHDRAWN, Status.UNANSWERABLE: Action.MARK_UNANSWERABLE,
}  # fmt: skip


class ClosedLife(WorkedLife):
    """Dismissed, redirected, excluded, withdrawn, or given up by an executor."""

    def come_to_rest(self) -> None:
        self.close()
        super().come_to_rest()

    def close(self) -> None:
        self.pass_time(self.chance.expovariate(1 / 60))
        self.end(state=DeadlineState.CLOSED)
        self.message["closed_at"] = self.at
        if self.assignment:
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

"""The figures once more, slow and plain: row after row of the store, by the words of the definitions."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import date, datetime, timedelta

from osm.extensions import db
from osm.regulation.return_reasons import REASONS
from osm.store.models import (
    Assignment,
    BlacklistProposal,
    Closure,
    Comment,
    Deadline,
    Draft,
    Message,
    Promise,
    Reply,
)
from osm.store.queries.figures.definitions import CLAUSES
from tests.office import VLADIVOSTOK
from tests.oracle.facts import FACTS
from tests.oracle.minutes import Calendar

OFFICE = Calendar(FACTS)
OWN = ("draft", "rework", "part")


class Plain:
    """Which messages each figure counts: code → their ids, one for each thing that is counted."""

    def __init__(self, first: date, last: date, now: datetime, executor=None, department=None):
        self.first, self.last, self.now = first, last, now
        self.executor, self.department = executor, department
        self.assignments = defaultdict(list)
        for one in all_of(Assignment):
            self.assignments[one.message_id].append(one)
        self.messages = {one.id: one for one in all_of(Message) if one.recalled_at is None}
        self.found, self.spent = defaultdict(list), defaultdict(list)
        self.people = defaultdict(Counter)
        self.count_messages()
        self.count_replies()
        self.count_closures()
        self.count_clocks()
        if not (executor or department):
            self.count_others()

    def inside(self, instant):
        return instant is not None and self.first <= instant.astimezone(VLADIVOSTOK).date() <= self.last

    def is_whose(self, assignment):
        if self.executor:
            return assignment.executor_id == self.executor
        return not self.department or assignment.department_id == self.department

    def mine(self, message):
        """Whether it is counted for whom is asked: whoever was replaced on the way is not."""
        if message.id not in self.messages:
            return False
        if not (self.executor or self.department):
            return True
        return any(
            self.is_whose(one) and (one.ended_at is None or one.ended_at == message.closed_at)
            for one in self.assignments[message.id]
        )

    def add(self, code, message):
        if self.mine(message):
            self.found[code].append(message.id)

    def add_once(self, code, message):
        if message.id not in self.found[code]:
            self.add(code, message)

    def count_messages(self):
        for message in all_of(Message):
            if self.inside(message.received_at):
                self.add("received", message)
                if message.is_repeat:
                    self.add("repeats", message)

    def count_replies(self):
        codes = {"final": "answered", "interim": "interim", "clarification": "clarification"}
        for reply in all_of(Reply):
            drafts = [draft for draft in all_of(Draft) if draft.reply_id == reply.id]
            sent_back = any(draft.state in ("returned", "corrected", "revoked") for draft in drafts)
            if self.inside(reply.published_at):
                self.add_once(codes[reply.kind], reply.message)
                self.spend("publish", reply.message, reply.approved_draft.decided_at, reply.published_at)
            for draft in drafts:
                if not self.inside(draft.decided_at):
                    continue
                if draft.state == "approved":
                    self.add_once("approved", reply.message)
                    if not sent_back:
                        self.add_once("first-sight", reply.message)
                if draft.state == "returned":
                    self.add_once("returned", reply.message)
                    lines = draft.remarks.split("\n")
                    numbers = [number for number, reason in enumerate(REASONS, 1) if reason in lines]
                    for number in numbers or [0]:
                        self.add_once(f"returned-{number}", reply.message)

    def count_closures(self):
        for closure in all_of(Closure):
            if closure.status == "excluded" and closure.restored_at is None and self.inside(closure.closed_at):
                self.add("excluded", closure.message)
                self.add(f"excluded-{closure.ground}", closure.message)

    def count_clocks(self):
        numbers = {clause: number for number, (clause, _) in CLAUSES.items()}
        for clock in all_of(Deadline):
            late = clock.breached_at is not None or (
                clock.state == "open" and clock.due_at is not None and clock.due_at < self.now and not clock.blameless
            )
            kept = clock.state == "met" and not late and clock.due_at is not None and clock.ended_at <= clock.due_at
            ended = clock.state in ("met", "closed") and self.inside(clock.ended_at)
            own = clock.kind in OWN
            whose = self.workers(clock, clock.due_at if late else clock.ended_at) if own else []
            if clock.message_id not in self.messages or not (
                any(map(self.is_whose, whose))
                if own and (self.executor or self.department)
                else self.mine(clock.message)
            ):
                continue
            if (late or kept) and (ended or self.inside(clock.due_at)):
                word = "late" if late else "kept"
                if clock.clause in numbers:
                    self.found[f"{word}-{numbers[clock.clause]}"].append(clock.message_id)
                if own:
                    self.found[f"{word}-own"].append(clock.message_id)
                    for one in whose:
                        if self.is_whose(one):
                            self.people[one.executor_id][word] += 1
                if clock.kind in ("answer", "final"):
                    self.found[f"{word}-given"].append(clock.message_id)
            if clock.state == "met" and self.inside(clock.ended_at):
                self.found[f"stage-{clock.kind}"].append(clock.message_id)
                self.spent[clock.kind].append(working_minutes(clock.started_at, clock.ended_at))

    def workers(self, clock, at):
        """Whose part it is, or who prepared the answer alone at that instant."""
        if at is None:
            return []
        if clock.assignment_id:
            return [clock.assignment]
        return [
            one
            for one in self.assignments[clock.message_id]
            if one.part_state is None and one.assigned_at <= at and (one.ended_at is None or one.ended_at > at)
        ]

    def spend(self, stage, message, begin, end):
        if self.mine(message):
            self.found[f"stage-{stage}"].append(message.id)
            self.spent[stage].append(working_minutes(begin, end))

    def count_others(self):
        today = self.now.astimezone(VLADIVOSTOK).date()
        for promise in all_of(Promise):
            passed = promise.state == "open" and promise.due_on < today
            if self.first <= promise.due_on <= self.last and (passed or promise.state in ("done", "not_kept")):
                self.add("promised", promise.message)
                if promise.state == "done":
                    self.add("promised-kept", promise.message)
        for comment in all_of(Comment):
            if comment.state == "deleted" and self.inside(comment.decided_at):
                self.found["deleted"].append(comment.id)
                self.found[f"deleted-{comment.ground}"].append(comment.id)
        self.found["banned"] = [one.id for one in all_of(BlacklistProposal) if self.inside(one.applied_at)]

    def stage(self, code):
        """How many, the median, the least within which nine of ten are; by counting, not by an index."""
        times = sorted(self.spent[code])
        if not times:
            return 0, None, None
        below = [one for one in times if sum(other <= one for other in times) * 10 >= len(times) * 9]
        half = len(times) / 2
        lower = min(one for one in times if sum(other <= one for other in times) >= half)
        upper = max(one for one in times if sum(other >= one for other in times) >= half)
        return len(times), (lower + upper) / 2, min(below)


def all_of(model):
    return db.session.scalars(db.select(model)).all()


def working_minutes(begin, end):
    """Minute by minute."""
    at, end, count = begin.astimezone(VLADIVOSTOK), end.astimezone(VLADIVOSTOK), 0
    while at < end:
        count += OFFICE.is_working(at)
        at += timedelta(minutes=1)
    return count

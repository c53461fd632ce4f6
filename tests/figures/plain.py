"""The figures once more, slow and plain: row after row of the store, by the words of `docs/figures.md`."""

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
    Shortcoming,
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
        self.waived = {one.deadline_id for one in all_of(Shortcoming) if one.state == "waived"}
        self.found, self.spent = defaultdict(list), defaultdict(list)
        self.people, self.departments = defaultdict(Counter), defaultdict(Counter)
        self.count_messages()
        self.count_replies()
        self.count_closures()
        self.count_clocks()
        self.count_promises()
        if not (executor or department):
            self.count_comments()

    def inside(self, instant):
        return instant is not None and self.first <= instant.astimezone(VLADIVOSTOK).date() <= self.last

    def mine(self, message):
        """Whether it is counted for whom is asked: whoever was replaced on the way is not."""
        if message.id not in self.messages:
            return False
        if self.executor:
            return any(one.executor_id == self.executor for one in self.in_the_end(message))
        return not self.department or self.department_of(message) == self.department

    def in_the_end(self, message):
        there = [one for one in self.assignments[message.id] if one.ended_at in (None, message.closed_at)]
        return sorted(there, key=lambda one: (one.order_no, one.id))

    def department_of(self, message):
        """Of the first who works on it or did so in the end."""
        return department_of(next(iter(self.in_the_end(message)), None))

    def add(self, code, message):
        if self.mine(message):
            self.found[code].append(message.id)
            if code in ("received", "answered", "returned"):
                self.departments[self.department_of(message)][code] += 1

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
                self.add(codes[reply.kind], reply.message)
                self.spend("publish", reply.message, reply.approved_draft.decided_at, reply.published_at)
            for draft in drafts:
                if not self.inside(draft.decided_at):
                    continue
                if draft.state == "approved":
                    self.add("approved", reply.message)
                    if not sent_back:
                        self.add("first-sight", reply.message)
                if draft.state == "returned":
                    self.add("returned", reply.message)
                    numbers = [number for number, reason in enumerate(REASONS, 1) if reason in draft.remarks]
                    for number in numbers or [0]:
                        self.add(f"returned-{number}", reply.message)

    def count_closures(self):
        for closure in all_of(Closure):
            if closure.status == "excluded" and closure.restored_at is None and self.inside(closure.closed_at):
                self.add("excluded", closure.message)
                self.add(f"excluded-{closure.ground}", closure.message)

    def verdict(self, clock):
        """«kept» or «late» with the instant that decided it, or nothing."""
        if clock.id in self.waived or self.repeats_a_missed_term(clock):
            return None, None
        if clock.breached_at is not None:
            return "late", clock.breached_at
        if clock.state == "open" and clock.due_at is not None and clock.due_at < self.now and not clock.blameless:
            return "late", clock.due_at
        if clock.state == "met" and clock.due_at is not None and clock.ended_at <= clock.due_at:
            return "kept", clock.ended_at
        return None, None

    def repeats_a_missed_term(self, clock):
        return any(
            one.state == "replaced" and one.breached_at is not None and one.id not in self.waived
            for one in self.clocks[key_of(clock)]
            if one.id < clock.id
        )

    def count_clocks(self):
        numbers = {clause: number for number, (clause, _) in CLAUSES.items()}
        self.clocks = defaultdict(list)
        for clock in all_of(Deadline):
            self.clocks[key_of(clock)].append(clock)
        for clock in all_of(Deadline):
            word, at = self.verdict(clock)
            own = clock.kind in OWN
            if clock.message_id not in self.messages:
                continue
            if self.inside(at) and self.is_counted(clock, at):
                if clock.clause in numbers:
                    self.found[f"{word}-{numbers[clock.clause]}"].append(clock.message_id)
                if own:
                    doer = self.doer(clock, at)
                    self.found[f"{word}-own"].append(clock.message_id)
                    self.departments[self.department_at(clock, at)][word] += 1
                    if doer:
                        self.people[doer.executor_id][word] += 1
                if clock.kind in ("answer", "final"):
                    self.found[f"{word}-given"].append(clock.message_id)
            done_at = clock.breached_at or clock.ended_at
            if clock.state == "met" and self.inside(clock.ended_at) and self.is_counted(clock, done_at):
                self.found[f"stage-{clock.kind}"].append(clock.message_id)
                self.spent[clock.kind].append(working_minutes(clock.started_at, clock.ended_at))

    def is_counted(self, clock, at):
        if clock.kind not in OWN or not (self.executor or self.department):
            return self.mine(clock.message)
        if self.executor:
            doer = self.doer(clock, at)
            return doer is not None and doer.executor_id == self.executor
        return self.department_at(clock, at) == self.department

    def there(self, clock, at):
        rows = sorted(self.assignments[clock.message_id], key=lambda one: (one.order_no, one.id))
        return [one for one in rows if one.assigned_at <= at and (one.ended_at is None or one.ended_at > at)]

    def doer(self, clock, at):
        """Whose part it is, or who prepared the answer alone at that instant."""
        if clock.assignment_id:
            return clock.assignment
        return next((one for one in self.there(clock, at) if one.part_state is None), None)

    def department_at(self, clock, at):
        doer = self.doer(clock, at)
        return "common" if doer is None and self.there(clock, at) else department_of(doer)

    def spend(self, stage, message, begin, end):
        if self.mine(message):
            self.found[f"stage-{stage}"].append(message.id)
            self.spent[stage].append(working_minutes(begin, end))

    def count_promises(self):
        for promise in all_of(Promise):
            standing = self.standing(promise)
            if standing and self.first <= promise.due_on <= self.last:
                self.add("promised", promise.message)
                self.add(f"promised-{standing}", promise.message)

    def count_comments(self):
        for comment in all_of(Comment):
            if comment.state == "deleted" and self.inside(comment.decided_at):
                self.found["deleted"].append(comment.id)
                self.found[f"deleted-{comment.ground}"].append(comment.id)
        self.found["banned"] = [one.id for one in all_of(BlacklistProposal) if self.inside(one.applied_at)]

    def standing(self, promise):
        reported, decided = (
            instant and instant.astimezone(VLADIVOSTOK).date() for instant in (promise.reported_at, promise.decided_at)
        )
        match promise.state:
            case "dropped":
                return None
            case "moved":
                return "late" if decided > promise.due_on else None
            case "done":
                return "kept" if reported <= promise.due_on else "late"
            case "reported":
                return "reported" if reported <= promise.due_on else "late"
            case "open":
                return "open" if promise.due_on >= self.now.astimezone(VLADIVOSTOK).date() else "late"
        return "late"

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


def department_of(assignment):
    return "none" if assignment is None else assignment.department_id or "unnamed"


def key_of(clock):
    return clock.message_id, clock.kind, clock.clause, clock.started_at, clock.assignment_id


def all_of(model):
    return db.session.scalars(db.select(model)).all()


def working_minutes(begin, end):
    """Minute by minute."""
    at, end, count = begin.astimezone(VLADIVOSTOK), end.astimezone(VLADIVOSTOK), 0
    while at < end:
        count += OFFICE.is_working(at)
        at += timedelta(minutes=1)
    return count

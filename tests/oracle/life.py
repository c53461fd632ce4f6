"""The life of one message: its status and its clocks (design §3). R-numbers refer to READINGS.md."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from .minutes import add, end_of_working_day, next_working, subtract

ANSWER, RESERVE = {"normal": 420, "high": 180}, {"normal": 180, "high": 120}  # П.8, П.9; П.10 (before the answer)
ROUTE, APPROVE, REWORK, PART, FINAL_DAYS = 60, 30, 60, 120, 3  # П.7, П.11, П.12, П.14, П.13

SHUT = ["dismissed", "redirected", "excluded", "withdrawn", "unanswerable"]
OPEN = ["new", "selected", "in_work", "on_approval", "rework", "approved", "awaiting_author", "awaiting_final"]
KINDS = {"clarification": "awaiting_author", "interim": "awaiting_final", "final": "answered"}

TABLE = {  # the statuses in which the table of design §3 has each act
    "select": ["new"],
    "restore": SHUT,
    "route": ["new", "selected"],
    "take_routing_back": ["in_work"],
    "dismiss": OPEN,
    "redirect": OPEN,
    "exclude": OPEN,
    "mark_withdrawn": OPEN,
    "unanswerable": OPEN,
    "reroute": OPEN,
    "add_executor": OPEN,
    "remove_executor": OPEN,
    "substitute": OPEN,
    "submit_part": ["in_work"],
    "return_part": ["in_work"],
    "submit_draft": ["in_work", "rework"],
    "withdraw_draft": ["on_approval"],
    "approve": ["on_approval"],
    "correct_and_approve": ["on_approval"],
    "return_draft": ["on_approval"],
    "revoke": ["approved"],
    "publish": ["approved"],
    "author_answered": ["awaiting_author"],
    "close_without_answer": ["awaiting_author"],
    "reopen": ["answered"],
    "prepare_final": ["awaiting_final"],
    "correct_time": ["answered", "awaiting_author", "awaiting_final"],
    "raise_importance": OPEN,
    "lower_importance": OPEN,
    "judge": ["new", "selected"],  # what the check has marked (R44)
    "tell_facts": ["excluded"],
}


class NotAllowed(ValueError):
    """The act does not fit the status, or its instant or person is wrong. Nothing has changed."""


@dataclass(frozen=True)
class Clock:
    kind: str  # route, answer, draft, approve, rework, part, final
    whose: object  # the co-executor of a part or of the rework of a part, else None
    started_at: datetime  # the first working minute that counts
    due_at: datetime
    state: str = "running"  # running, met (the work came), closed (not needed any more), replaced
    ended_at: datetime | None = None
    breached_at: datetime | None = None
    blameless: bool = False  # only a recomputation put the due instant into the past
    internal: bool = False  # route of a message that П.7 does not bind
    anchor: datetime | None = None  # the event that the clock counts from
    minutes: int | None = None

    def seen_at(self, now):
        """A running clock is breached at its due instant once that has passed; exactly at that instant is in time."""
        late = self.state == "running" and now > self.due_at and not self.breached_at and not self.blameless
        return replace(self, breached_at=self.due_at) if late else self


@dataclass
class Executor:
    order: int = 1
    minutes: int = PART
    part: str = "waiting"  # waiting for his turn, asked, returned, in; or free: he works alone and sends no part


class Life:
    def __init__(self, calendar, received_at, origin="incident", importance="normal", marked=False, letter=True):
        """marked: the text has a ground of П.17; letter: the office does not answer such messages at all."""
        if not _whole(received_at):
            raise NotAllowed(received_at)
        self.calendar, self.received_at, self.importance, self.status = calendar, received_at, importance, "new"
        self.executors, self.pauses, self._clocks, self._last_act = {}, [], [], received_at
        self.marked, self.letter, self.judged = marked, letter, None
        self.selected_at, self.detected_at, self.round_start, self._routing = None, None, received_at, None
        self._open("route", received_at, ROUTE, internal=origin != "incident")  # П.7
        if importance == "high":  # П.9 counts from the detection, not from the selection
            self.detected_at = received_at
            self._open_answer(received_at)

    def clocks(self, now=None):
        """Every clock in the order of opening, with its state at `now` (by default at the last act)."""
        return tuple(clock.seen_at(now or self._last_act) for clock in self._clocks)

    def allowed(self, now=None):
        """The names of the acts that the table permits now."""
        parts = [executor.part for executor in self.executors.values() if executor.part != "free"]
        routed_for = (now or self._last_act) - self._routing[0] if self._routing else timedelta.max
        may_begin = not (self.letter and self.must_be_judged)  # П.17: neither processed nor answered
        also = {
            "select": may_begin,
            "route": may_begin,
            "judge": self.must_be_judged,
            "tell_facts": self.marked,
            "reroute": self.executors,
            "add_executor": self.executors,
            "substitute": self.executors,
            "remove_executor": len(self.executors) > 1,  # П.3: there must always be an executor
            "submit_part": set(parts) - {"in"},
            "return_part": "in" in parts,
            "raise_importance": self.importance == "normal",
            "lower_importance": self.importance == "high",
            "take_routing_back": routed_for <= timedelta(seconds=10),
        }
        return [act for act, statuses in TABLE.items() if self.status in statuses and also.get(act, True)]

    @property
    def must_be_judged(self):
        return self.marked and self.judged is None

    def judge(self, at, reply):
        self._begin("judge", at, reply == "wrong" or not self.letter)
        self.judged = reply

    def tell_facts(self, at):
        self._begin("tell_facts", at)  # no processing: no clock, the message stays excluded (reading 15)

    def select(self, at):
        self._begin("select", at)
        self._select(at)
        self.status = "selected"

    def _select(self, at):
        if self._running("answer", "final"):  # high, or restored: the anchors stay (R14)
            self.selected_at = self.selected_at or at
        else:
            self._new_round(at)

    def _new_round(self, at):
        """The clocks of П.8 or П.9 start at this instant."""
        if self.selected_at:  # not the first round: no detection can come before it (R31)
            self.round_start = at
        self.selected_at, self.detected_at = at, at if self.importance == "high" else None
        self._open_answer(at)

    def dismiss(self, at):
        self._close("dismiss", at, "dismissed")  # П.6

    def redirect(self, at):
        self._close("redirect", at, "redirected")

    def exclude(self, at):
        self._close("exclude", at, "excluded")  # П.17
        self.judged = "excluded" if self.marked else None

    def mark_withdrawn(self, at):
        self._close("mark_withdrawn", at, "withdrawn")

    def unanswerable(self, at):
        self._close("unanswerable", at, "unanswerable")

    def close_without_answer(self, at):
        self._close("close_without_answer", at, "dismissed")

    def _close(self, act, at, status):
        self._begin(act, at)
        self._closed = at, self._stop("closed", at)  # no new breach
        self.executors, self.status = {}, status

    def restore(self, at):
        self._begin("restore", at)
        self.judged = None if self.judged == "excluded" else self.judged
        closed_at, stopped = self._closed
        self.pauses.append((closed_at, at))  # only the closed interval is not counted
        for number in stopped:  # the clocks of an assignment or of a draft end with it (R12)
            if self._clocks[number].kind in ("route", "answer", "draft", "final"):
                self._recompute(number, at, in_time_at=closed_at)
        self.status = "new"

    def route(self, at, executors):
        """executors: a list of (id, order number, minutes or None)."""
        self._begin("route", at, 0 < len(executors) == len({name for name, _, _ in executors}))
        if self.status == "new":
            self._select(at)
        self._routing, self.status = (at, self._stop("met", at, "route")), "in_work"
        part = "waiting" if len(executors) > 1 else "free"
        self.executors = {name: Executor(order, minutes or PART, part) for name, order, minutes in executors}
        self._take_turns(at)

    def take_routing_back(self, at):
        self._begin("take_routing_back", at)
        self._stop("closed", at, whose=self.executors)
        for number in self._routing[1]:  # route runs on as before
            self._recompute(number, at, in_time_at=at)
        self.executors, self._routing, self.status = {}, None, "selected"

    def reroute(self, at, executor):
        self._begin("reroute", at)
        self._stop("replaced", at, whose=self.executors)
        self.executors = {executor: Executor(part="free")}

    def add_executor(self, at, executor, order=1, minutes=None):
        self._begin("add_executor", at, executor not in self.executors)
        for other in self.executors.values():  # now П.14 binds the first one too (R21)
            other.part = "waiting" if other.part == "free" else other.part
        self.executors[executor] = Executor(order, minutes or PART)
        self._take_turns(at)

    def remove_executor(self, at, executor):
        self._begin("remove_executor", at, executor in self.executors)
        self._stop("closed", at, whose=[executor])
        self.executors.pop(executor)  # an executor who remains alone still sends his part (R22)
        self._take_turns(at)

    def substitute(self, at, old, new):
        self._begin("substitute", at, old in self.executors and new not in self.executors)
        self.executors = {new if name == old else name: executor for name, executor in self.executors.items()}
        if self.status == "on_approval":  # clocks stopped by a submission run again only for people who were asked
            status, stopped = self._submission
            self._submission = status, [number for number in stopped if self._clocks[number].whose != old]
        for number in self._stop("closed", at, whose=[old]):
            clock = self._clocks[number]  # the absence moves no term; one that has passed begins again (R19)
            self._open(clock.kind, clock.anchor if clock.due_at > at else at, clock.minutes, new)
        self._take_turns(at)

    def _take_turns(self, at):
        """П.14: equal numbers work at the same time; the next number begins when everything before it is in."""
        for name, executor in self.executors.items():
            before = [other.part for other in self.executors.values() if other.order < executor.order]
            if executor.part == "asked" and {"waiting", "asked"} & set(before):
                executor.part = "waiting"
                self._stop("closed", at, whose=[name])
        for name, executor in self.executors.items() if self.status == "in_work" else ():
            before = [other.part for other in self.executors.values() if other.order < executor.order]
            if executor.part == "waiting" and set(before) <= {"in"}:
                executor.part = "asked"
            if executor.part in ("asked", "returned") and name not in [self._clocks[n].whose for n in self._running()]:
                kind, minutes = ("part", executor.minutes) if executor.part == "asked" else ("rework", REWORK)
                self._open(kind, at, minutes, name)

    def submit_part(self, at, executor):
        mine = self.executors.get(executor)
        self._begin("submit_part", at, mine and mine.part not in ("in", "free"))
        self._stop("met", at, whose=[executor])
        mine.part = "in"
        self._take_turns(at)

    def return_part(self, at, executor):
        his = self.executors.get(executor)
        self._begin("return_part", at, his and his.part == "in")
        his.part = "returned"
        self._open("rework", at, REWORK, executor)  # П.12

    def submit_draft(self, at, kind):
        self._begin("submit_draft", at, kind in KINDS)
        stopped = self._stop("closed", at, whose=self.executors) + self._stop("met", at, "draft", "rework")  # R24
        self._submission, self.kind, self.status = (self.status, stopped), kind, "on_approval"
        self._open("approve", at, APPROVE)  # П.11

    def withdraw_draft(self, at):
        self._begin("withdraw_draft", at)
        self._stop("closed", at, "approve")
        self.status, stopped = self._submission
        for number in stopped:  # the old due times return
            asked = [name for name, executor in self.executors.items() if executor.part in ("asked", "returned")]
            if self._clocks[number].whose in [None, *asked]:
                self._recompute(number, at, in_time_at=at)
        self._take_turns(at)

    def correct_and_approve(self, at):
        self.approve(at, act="correct_and_approve")

    def revoke(self, at):
        self.return_draft(at, act="revoke")

    def approve(self, at, act="approve"):  # П.11
        self._begin(act, at)
        self._stop("met", at, "approve")
        self.approved_at, self.status = at, "approved"

    def return_draft(self, at, act="return_draft"):
        self._begin(act, at)
        self._stop("met", at, "approve")  # П.11: approve or return
        self._open("rework", at, REWORK)  # П.12
        self.status = "rework"

    def publish(self, at, kind, published_at=None):
        published_at = published_at or at
        self._begin(
            "publish",
            at,
            self.status == "approved"
            and kind == self.kind
            and _whole(published_at)
            and self.approved_at <= published_at <= at,
        )
        stopped = self._stop("met", published_at, "answer", *(["final"] if kind == "final" else []))
        first = kind == "interim" and not self._running("final")  # a second interim one does not move it
        opened = self._open("final", published_at) if first else None  # П.13
        self._publication, self.status = (stopped, opened), KINDS[kind]

    def correct_time(self, at, published_at):
        self._begin(
            "correct_time",
            at,
            self.status in TABLE["correct_time"] and _whole(published_at) and self.approved_at <= published_at <= at,
        )
        stopped, opened = self._publication
        for number in stopped:  # met at the corrected instant; a recorded breach stays
            clock = replace(self._clocks[number], state="running").seen_at(published_at)
            self._clocks[number] = replace(clock, state="met", ended_at=published_at)
        if opened in self._running("final"):  # П.13 counts from the day of sending (R28)
            self._clocks[opened] = replace(self._clocks[opened], anchor=published_at)
            self._recompute(opened, at, in_time_at=at)

    def author_answered(self, at):
        self._work_on("author_answered", at, again=True)  # clauses.md, reading 5

    def reopen(self, at):
        self._work_on("reopen", at, again=True)  # as for a new message, but in work at once

    def prepare_final(self, at):
        self._work_on("prepare_final", at, again=False)  # the final term stays

    def _work_on(self, act, at, again):
        self._begin(act, at)
        if again:
            self._new_round(at)
        for executor in self.executors.values():  # R37: all are asked again; for a final answer only who has not sent
            if executor.part != "free" and (again or executor.part != "in"):
                executor.part = "waiting"
            if not again:  # three working days: times that were shortened for the old term no longer count
                executor.minutes = max(executor.minutes, PART)
        self.status = "in_work"
        self._take_turns(at)

    def raise_importance(self, at, detected_at=None):
        detected_at = detected_at or at
        self._begin("raise_importance", at, _whole(detected_at) and self.received_at <= detected_at <= at)
        self.importance, self.detected_at = "high", max(detected_at, self.round_start)
        if self._running("answer"):
            self._replace_answer(at, self.detected_at)
        elif self.status == "new" and not self._running("final"):  # opens answer and draft at once
            self._open_answer(self.detected_at, judged_at=at)

    def lower_importance(self, at):
        self._begin("lower_importance", at)
        self.importance, self.detected_at = "normal", None
        if self.selected_at is None:  # П.8 counts from the selection, and there was none yet
            self._stop("closed", at, "answer", "draft")
        else:
            self._replace_answer(at, self.selected_at)

    def _replace_answer(self, at, anchor):
        stopped = {self._clocks[number].kind for number in self._stop("replaced", at, "answer", "draft")}
        for kind in sorted(stopped):  # the answer first: the draft is counted back from it
            self._open(kind, anchor, judged_at=at)

    def set_calendar(self, at, edition):
        """Running clocks are recomputed, the others stay as they are."""
        self._begin(None, at)
        self.calendar = edition
        for number in sorted(self._running(), key=lambda number: self._clocks[number].kind):  # answer before draft
            clock = self._clocks[number]
            if self._due(clock.kind, clock.anchor, clock.minutes) != clock.due_at:  # a breach stays with the old term
                self._clocks[number] = replace(clock, state="replaced", ended_at=at)
                self._open(clock.kind, clock.anchor, clock.minutes, clock.whose, clock.internal, judged_at=at)

    def _begin(self, act, at, fits=True):
        if not _whole(at) or at < self._last_act or not fits or (act and act not in self.allowed(at)):
            raise NotAllowed(f"{act} at {at} in {self.status}")
        self._clocks, self._last_act = [clock.seen_at(at) for clock in self._clocks], at
        self._routing = self._routing if act in (None, "take_routing_back") else None

    def _due(self, kind, anchor, minutes):
        if kind == "final":
            return end_of_working_day(self.calendar, anchor, FINAL_DAYS, self.pauses)
        if kind == "draft":
            answer = [clock for clock in self._clocks if clock.kind == "answer"][-1]
            return subtract(self.calendar, answer.due_at, RESERVE[self.importance])
        return add(self.calendar, anchor, ANSWER[self.importance] if kind == "answer" else minutes, self.pauses)

    def _open(self, kind, anchor, minutes=None, whose=None, internal=False, judged_at=None):
        due, start = self._due(kind, anchor, minutes), next_working(self.calendar, anchor, self.pauses)
        self._clocks.append(
            Clock(
                kind,
                whose,
                start,
                due,
                internal=internal,
                anchor=anchor,
                minutes=minutes,
                blameless=judged_at is not None and due <= judged_at,
            )
        )
        return len(self._clocks) - 1

    def _open_answer(self, anchor, judged_at=None):
        for kind in ("answer", "draft"):  # in this order: the draft is counted back from the answer
            self._open(kind, anchor, judged_at=judged_at)

    def _running(self, *kinds):
        return [
            number
            for number, clock in enumerate(self._clocks)
            if clock.state == "running" and (not kinds or clock.kind in kinds)
        ]

    def _stop(self, state, at, *kinds, whose=None):
        """Stops running clocks, of these kinds or all, of these co-executors or all; notes the breach of a late one."""
        stopped = [number for number in self._running(*kinds) if whose is None or self._clocks[number].whose in whose]
        for number in stopped:
            clock = self._clocks[number].seen_at(at)
            breached_at = clock.breached_at and (clock.breached_at if clock.breached_at < at else None)  # R26
            self._clocks[number] = replace(clock, state=state, ended_at=at, breached_at=breached_at)
        return stopped

    def _recompute(self, number, at, in_time_at):
        """Runs (again) with a new due instant. If only this puts it into the past, it counts as blameless (R4)."""
        clock = replace(self._clocks[number], state="running", ended_at=None)
        due = self._due(clock.kind, clock.anchor, clock.minutes)
        alone = clock.blameless or due != clock.due_at >= in_time_at
        self._clocks[number] = replace(
            clock,
            started_at=next_working(self.calendar, clock.anchor, self.pauses),
            due_at=due,
            blameless=alone and due <= at and not clock.breached_at,
        )


def _whole(instant):
    return instant.tzinfo is not None and not instant.second and not instant.microsecond

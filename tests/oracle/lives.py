"""Random lives of a message, lived by the services and by the second model in parallel."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from random import Random

import pytest

from osm.answers.acts import drafting, publication
from osm.answers.acts.templates import Explained
from osm.approvals import acts as approval
from osm.base.database import db
from osm.base.transaction import transaction
from osm.calendar import acts as calendar_acts
from osm.check.acts import verdicts
from osm.check.acts.verdicts import StillMarked
from osm.flow.acts.act import record_breaches
from osm.flow.acts.moving import active_assignments, is_shared
from osm.groups.acts import members
from osm.messages.acts import bulk, closing, entry, executors, routing
from osm.messages.acts.executors import PartOrder
from osm.models import FindingReply, Message, MessageVerdict, OfficeSettings, Origin
from osm.people.acts import absences
from osm.people.acts import office as acts_office
from osm.people.acts.absences import Given
from osm.people.queries.handovers import offers_on
from osm.regulation.words import DeadlineState, Importance, InterimReason
from osm.regulation.working_time.office_calendar import Act as CalendarAct
from osm.regulation.working_time.production_calendar import Layer, parse_hours
from osm.urgent.queries.instructions import departments_that_help, is_open
from tests.office import OVERRIDE, VLADIVOSTOK, Office

from .facts import FACTS
from .life import Life, NotAllowed
from .minutes import Calendar

BEGIN = datetime(2026, 4, 27, 8, 30, tzinfo=VLADIVOSTOK)
"""Before the May holidays: shortened days, a transfer, long week-ends."""
EXECUTORS = ("boris", "nina", "oleg", "pavel")
STATES = {
    DeadlineState.OPEN: "running",
    DeadlineState.MET: "met",
    DeadlineState.CLOSED: "closed",
    DeadlineState.REPLACED: "replaced",
}


class Differs(AssertionError):
    """The services and the model disagree."""


@dataclass
class Pair:
    """One message in the database and its life in the model; `told`: the acts so far, to be read if they differ."""

    office: Office
    message: Message
    life: Life
    calendars: Calendars
    random: Random
    now: datetime
    told: list[str] = field(default_factory=list)

    # --- One step

    def step(self) -> None:
        if "take_routing_back" in self.life.allowed(self.now) and self.random.random() < 0.2:
            self.take_routing_back()  # seconds after the routing: random pauses would never hit them
            self.compare()
            return
        self.now += pause(self.random)
        if self.random.random() < 0.3:
            record_breaches(self.now)
        for _ in range(20):
            more = ("set_calendar", "begin_in_spite") if self.life.marked else ("set_calendar",)
            name = self.random.choice((*more, *self.life.allowed(self.now)))
            doing = getattr(self, name, None)
            if doing is not None and doing():
                break
        self.compare()

    def compare(self, *, breaches: bool = False) -> None:
        db.session.expire_all()
        clocks = list(self.life.clocks(self.now))
        model = (
            self.life.status,
            Counter((c.kind, c.whose, c.due_at) for c in clocks if c.state == "running"),
        )
        real = (
            self.message.status.value,
            Counter(
                (d.kind.value, whose(d), d.due_at.astimezone(VLADIVOSTOK))
                for d in self.message.deadlines
                if d.state is DeadlineState.OPEN
            ),
        )
        same(self, model, real)
        if breaches:
            record_breaches(self.now)
            db.session.expire_all()
            same(
                self,
                Counter((c.kind, c.whose, c.breached_at) for c in clocks if c.breached_at),
                Counter(
                    (d.kind.value, whose(d), d.breached_at.astimezone(VLADIVOSTOK))
                    for d in self.message.deadlines
                    if d.breached_at
                ),
            )

    def both(self, name: str, service: Callable[..., object], model: tuple[object, ...] = (), **given: object) -> bool:
        """The act in the model first: if the model refuses it, it is not tried."""
        actor = given.pop("actor", None) or self.office.anna
        try:
            getattr(self.life, name)(self.now, *model)
        except NotAllowed:
            return False
        words = " ".join(f"{key}={value}" for key, value in given.items() if key in ("kind", "published_at", "orders"))
        self.told.append(f"{self.now:%d.%m %H:%M} {name} {model or ''} {words}".strip())
        service(self.message.id, self.message.version, **given, actor=actor, now=self.now)
        return True

    def some(self, names: list[str]) -> str | None:
        return self.random.choice(sorted(names)) if names else None

    @property
    def working(self) -> list[str]:
        return [login_of(row) for row in active_assignments(self.message)]

    # --- Acts, by the names of the model

    def select(self) -> bool:
        return self.both("select", routing.select_message)

    def dismiss(self) -> bool:
        return self.rarely() and self.both("dismiss", closing.dismiss_message, reason="Не наше")

    def redirect(self) -> bool:
        return self.rarely() and self.both("redirect", closing.redirect_message, recipient="Полиция", reason="")

    def exclude(self) -> bool:
        ground = "insult" if self.life.marked else "spam"
        return self.rarely() and self.both("exclude", closing.exclude_message, ground=ground, note="")

    def mark_withdrawn(self) -> bool:
        return self.rarely() and self.both("mark_withdrawn", closing.mark_withdrawn, note="")

    def unanswerable(self) -> bool:
        return self.rarely() and self.both("unanswerable", closing.mark_unanswerable, reason="Закрыто")

    def close_without_answer(self) -> bool:
        return self.rarely() and self.both("close_without_answer", closing.close_without_answer, reason="Молчит")

    def restore(self) -> bool:
        return self.both("restore", closing.restore_message, reason="Ошиблись")

    def route(self) -> bool:
        chosen = self.random.sample(EXECUTORS, self.random.choice((1, 1, 2, 3)))
        if len(chosen) == 1:
            given = {"executor_id": self.office.ids[chosen[0]], "task": "", "marked_seen": True}
            return self.both("route", routing.route_message, ([(chosen[0], 1, None)],), **given)
        rows = [(name, self.random.randint(1, 2), self.random.choice((None, None, 45, 240))) for name in chosen]
        orders = [PartOrder(self.office.ids[name], number, "", minutes) for name, number, minutes in rows]
        return self.both("route", routing.route_to_several, (rows,), orders=orders, marked_seen=True)

    def begin_in_spite(self) -> bool:
        """By the letter of П.17 a marked message waits until a person has judged it."""
        if self.life.status not in ("new", "selected") or not (self.life.letter and self.life.must_be_judged):
            return False
        boris, given = self.office.ids["boris"], {"actor": self.office.anna, "now": self.now}
        with pytest.raises(StillMarked):
            routing.route_message(
                self.message.id, self.message.version, executor_id=boris, task="", marked_seen=True, **given
            )
        return True

    def judge(self) -> bool:
        reply = FindingReply(self.random.choice(("wrong", "answered")))
        if reply is FindingReply.ANSWERED and self.life.letter:
            return False
        row = db.session.get_one(MessageVerdict, self.message.id)
        judged = {"reply": reply, "reason": "Беда у людей", "actor": self.office.anna, "now": self.now}
        self.life.judge(self.now, reply.value)
        self.told.append(f"{self.now:%d.%m %H:%M} judge {reply}")
        verdicts.reply_to_findings(self.message.id, row.version, **judged)
        return True

    def tell_facts(self) -> bool:
        free = [one.id for one in departments_that_help() if not is_open(self.message.id, one.id)]
        given = {"department_id": self.random.choice(free or [0]), "facts": "Лазо, 7", "asked": "Проверьте"}
        return bool(free) and self.both("tell_facts", routing.tell_facts, **given)

    def take_routing_back(self) -> bool:
        return self.both("take_routing_back", bulk.take_routing_back)

    def reroute(self) -> bool:
        others = [name for name in EXECUTORS if is_shared(self.message) or name not in self.working]
        chosen = self.some(others)
        given = {"executor_id": self.office.ids[chosen], "task": ""}
        return self.both("reroute", routing.reroute_message, (chosen,), **given)

    def add_executor(self) -> bool:
        chosen = self.some([name for name in EXECUTORS if name not in self.working])
        number = self.random.randint(1, 2)
        order = PartOrder(self.office.ids[chosen], number) if chosen else None
        return chosen is not None and self.both(
            "add_executor", executors.add_executor, (chosen, number, None), order=order
        )

    def remove_executor(self) -> bool:
        row = self.random.choice(active_assignments(self.message))
        return self.both("remove_executor", executors.remove_executor, (login_of(row),), assignment_id=row.id)

    def substitute(self) -> bool:
        """An absence of one day: the work is handed over by one press, then the absence is cancelled."""
        old, new = self.some(self.working), self.some([name for name in EXECUTORS if name not in self.working])
        if old is None or new is None:
            return False
        try:
            self.life.substitute(self.now, old, new)
        except NotAllowed:
            return False
        self.told.append(f"{self.now:%d.%m %H:%M} substitute {old} {new}")
        day, office = self.now.date(), self.office
        absence = absences.enter_absence(
            office.ids[old], Given("leave", day, day, office.ids[new]), actor=office.anna, now=self.now
        )
        for offer in offers_on(day):
            if offer.owner_id == office.ids[old]:
                acts_office.hand_over(
                    offer.holder_id, offer.owner_id, offer.seen, target_id=None, actor=office.anna, now=self.now
                )
        absences.end_absence(absence.id, absence.version, actor=office.anna, now=self.now)
        for row in active_assignments(self.message):
            row.for_id = None  # no hand-back is offered
        db.session.commit()
        return True

    def submit_part(self) -> bool:
        row = self.random.choice(active_assignments(self.message))
        name = login_of(row)
        try:
            self.life.submit_part(self.now, name)
        except NotAllowed:
            return False
        self.told.append(f"{self.now:%d.%m %H:%M} submit_part {name}")
        person = getattr(self.office, name)
        members.submit_part(row.id, row.version, text="Заявка 14", confirmed=True, actor=person, now=self.now)
        return True

    def return_part(self) -> bool:
        row = self.random.choice(active_assignments(self.message))
        try:
            self.life.return_part(self.now, login_of(row))
        except NotAllowed:
            return False
        self.told.append(f"{self.now:%d.%m %H:%M} return_part {login_of(row)}")
        members.return_part(row.id, row.version, remarks="Когда?", actor=self.office.anna, now=self.now)
        return True

    def submit_draft(self) -> bool:
        kind = self.random.choice(("final", "final", "interim", "clarification"))
        given = {"text": "Здравствуйте! Засыпали.", "kind": kind, "interim": Explained(InterimReason.WORK_GOES_ON)}
        if is_shared(self.message):
            return self.both("submit_draft", members.submit_common, (kind,), **given)
        executor = getattr(self.office, self.working[0])
        return self.both("submit_draft", drafting.submit_draft, (kind,), confirmed=True, actor=executor, **given)

    def withdraw_draft(self) -> bool:
        actor = self.message.replies[-1].drafts[-1].submitted_by
        if actor.id != self.office.ids["anna"] and actor.login.removeprefix("office-") not in self.working:
            return False  # a former executor takes nothing back
        return self.both("withdraw_draft", drafting.withdraw_draft, actor=actor)

    def approve(self) -> bool:
        return self.both("approve", approval.approve_draft, draft_id=self.waiting, override=OVERRIDE)

    def correct_and_approve(self) -> bool:
        given = {"draft_id": self.waiting, "text": f"Засыпали {len(self.told)}.", "override": OVERRIDE}
        return self.both("correct_and_approve", approval.correct_and_approve, **given)

    def return_draft(self) -> bool:
        return self.both("return_draft", approval.return_draft, draft_id=self.waiting, remarks="Когда?")

    def revoke(self) -> bool:
        return self.both("revoke", approval.revoke_approval, reason="Не та улица")

    def publish(self) -> bool:
        reply = self.message.replies[-1]
        approved_at = reply.approved_draft.decided_at.astimezone(VLADIVOSTOK)
        waited = int((self.now - approved_at).total_seconds() // 60)
        at = approved_at + timedelta(minutes=self.random.choice((waited, waited, self.random.randint(0, waited))))
        given = {"url": "https://vk.com/wall-1_1?reply=2", "published_at": at}
        return self.both("publish", publication.publish_by_hand, (reply.kind.value, at), **given)

    def correct_time(self) -> bool:
        reply = max((one for one in self.message.replies if one.published_at), key=lambda one: one.id)
        approved_at = reply.approved_draft.decided_at.astimezone(VLADIVOSTOK)
        at = approved_at + timedelta(
            minutes=self.random.randint(0, int((self.now - approved_at).total_seconds() // 60))
        )
        given = {"url": f"https://vk.com/wall-1_1?reply={len(self.told)}", "published_at": at, "reason": "Не то время"}
        return self.both("correct_time", publication.correct_publication, (at,), **given)

    def author_answered(self) -> bool:
        return self.both("author_answered", publication.author_answered, text="Калининская, 12", url="")

    def prepare_final(self) -> bool:
        return self.both("prepare_final", publication.prepare_final)

    def reopen(self) -> bool:
        return self.both("reopen", publication.reopen_message, text="Снова яма", url="")

    def raise_importance(self) -> bool:
        earliest = self.message.received_at.astimezone(VLADIVOSTOK)
        ago = int((self.now - earliest).total_seconds() // 60)
        at = self.now - timedelta(minutes=self.random.choice((0, 0, self.random.randint(0, min(ago, 600)))))
        return self.both("raise_importance", executors.raise_importance, (at,), detected_at=at, reason="")

    def lower_importance(self) -> bool:
        return self.both("lower_importance", executors.lower_importance, reason="")

    def set_calendar(self) -> bool:
        """A day of the near future becomes free, or a working day with other hours."""
        if self.random.random() > 0.15:
            return False
        day = (self.now + timedelta(days=self.random.randint(0, 5))).date()
        hours = self.random.choice(("", "09:00-13:00", "10:00-16:00"))
        edition = self.calendars.decide(day, hours, self.office, self.now)
        if edition is None:
            return False
        self.life.set_calendar(self.now, edition)
        self.told.append(f"{self.now:%d.%m %H:%M} set_calendar {day} {hours or 'free'}")
        return True

    @property
    def waiting(self) -> int:
        return self.message.replies[-1].drafts[-1].id

    def rarely(self) -> bool:
        return self.random.random() < 0.2


class Calendars:
    """The editions of the office's calendar in the database and in the model."""

    def __init__(self) -> None:
        self.days: dict[date, str | list[tuple[str, str]]] = {}

    def now(self) -> Calendar:
        return Calendar(FACTS, overrides=dict(self.days))

    def decide(self, day: date, hours: str, office: Office, now: datetime) -> Calendar | None:
        if day in self.days:
            return None
        number, _ = calendar_acts.decided_now()
        act = CalendarAct(0, (day,), parse_hours("hours", hours), Layer.LOCAL, "распоряжение", date(2026, 4, 1))
        calendar_acts.decide(calendar_acts.enter_act(act), number, actor=office.anna, now=now)
        self.days[day] = [tuple(hours.split("-"))] if hours else "off"  # type: ignore[list-item]
        return self.now()


def whose(deadline: object) -> str | None:
    return login_of(deadline.assignment) if deadline.assignment else None


def login_of(assignment: object) -> str:
    return assignment.executor.login.removeprefix("office-")


def pause(random: Random) -> timedelta:
    """Minutes, hours, a night or a week-end between two acts."""
    most = random.choice((3, 30, 30, 120, 120, 400, 1500, 4500))
    return timedelta(minutes=random.randint(0, most))


def same(pair: Pair, model: object, real: object) -> None:
    if model != real:
        raise Differs("\n".join([*pair.told, f"at {pair.now:%d.%m %H:%M}", f"model: {model}", f"real:  {real}"]))


def begin(office: Office, calendars: Calendars, random: Random, number: int, marked: bool) -> Pair:
    """A message that has just come in, of either importance; `marked`: the check proposes to exclude it (П.17)."""
    received = BEGIN + timedelta(minutes=random.randint(0, 3 * 24 * 60))
    high = random.random() < 0.3
    letter = not marked or random.random() < 0.6
    message = Message(
        number=f"life-{number}",
        key=f"life-{number}",
        origin=Origin.INCIDENT,
        importance=Importance.HIGH if high else Importance.NORMAL,
        network="vk",
        url=f"https://vk.com/wall-2_{number}",
        text="Вы там все сволочи, яма на Калининской, 12" if marked else "Яма на Калининской, 12",
        received_at=received.astimezone(UTC),
        stored_at=received.astimezone(UTC),
    )
    with transaction():
        entry.register(message, now=received.astimezone(UTC), actor=None)
        db.session.merge(OfficeSettings(id=1, publishing_networks=[], answer_marked=not letter))
    if marked:
        verdicts.read_due(received.astimezone(UTC))
    importance_ = "high" if high else "normal"
    life = Life(calendars.now(), received, importance=importance_, marked=marked, letter=letter)
    return Pair(office, message, life, calendars, random, received)


def live(office: Office, seed: int, *, acts: int = 30, marked: bool = False) -> Iterator[str]:
    """One life; yields what was done. Raises Differs."""
    random, calendars = Random(seed), Calendars()
    pair = begin(office, calendars, random, seed, marked)
    for _ in range(acts):
        pair.step()
    pair.compare(breaches=True)
    yield from pair.told

"""Random weeks of an office: the ways of messages, and what else the figures depend on."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from random import Random

from osm.approvals import acts as approval
from osm.base.database import db
from osm.base.transaction import transaction
from osm.flow.acts.act import record_breaches
from osm.messages.acts import closing
from osm.models import BlacklistProposal, Comment, Deadline, Department, Message, Promise, Reply, Shortcoming, Topic
from osm.regulation.errors import TransitionNotAllowed
from osm.regulation.words import Ground, Post
from tests.office import Office
from tests.oracle.lives import BEGIN, Calendars, Pair, begin, pause
from tests.oracle.minutes import Calendar

from .plain.counting import REMARKS
from .plain.tables import local_day

PLACES = {
    "ул. Калининская, 12": "ул. Калининская",
    "г. Лесозаводск, ул. Калининская, д. 3, кв. 8": "ул. Калининская",
    "за домом по ул. Калининской, 5": "ул. Калининская",
    "улица Калининская": "ул. Калининская",
    "пер. Тихий 4": "пер. Тихий",
    "напротив дома 7 по переулку Тихому": "пер. Тихий",
    "ул. 9 Января, 14": "ул. 9 Января",
    "школа № 3": None,
    "с. Невское": None,
    "": None,
}
"""How a person reads these places: the street, or none."""
STATES = ("open", "reported", "done", "moved", "not_kept", "dropped")
FORWARD = (
    "route", "submit_part", "submit_draft", "approve", "return_draft", "publish", "author_answered", "prepare_final",
)  # fmt: skip
GROUNDS = ("profanity", "insult", "threat", "spam", "ad", "network_rules")


class Life(Pair):
    """One life by the services. The second model only says which acts are allowed; clocks are compared elsewhere."""

    def step(self) -> None:
        """A step of a life, but half of the time towards an answer: else few would be published."""
        self.now += pause(self.random)
        if self.random.random() < 0.3:
            record_breaches(self.now)
        for _ in range(20):
            allowed = self.life.allowed(self.now)
            names = [name for name in FORWARD if name in allowed]
            if not names or self.random.random() < 0.5:
                names = ["set_calendar", *allowed]
            doing = getattr(self, self.random.choice(names), None)
            if doing is not None and doing():
                break
        self.compare()

    def compare(self, *, breaches: bool = False) -> None:
        db.session.expire_all()

    def return_draft(self) -> bool:
        remarks = self.random.sample([*REMARKS, "Позвоните мне"], self.random.randint(1, 2))
        return self.both("return_draft", approval.return_draft, draft_id=self.waiting, remarks="\n".join(remarks))

    def exclude(self) -> bool:
        ground = self.random.choice(list(Ground))
        return self.rarely() and self.both("exclude", closing.exclude_message, ground=ground, note="")

    def end(self) -> None:
        """What a life restores again and again is sometimes excluded for good."""
        if self.random.random() < 0.3 and "exclude" in self.life.allowed(self.now):
            self.both("exclude", closing.exclude_message, ground=self.random.choice(list(Ground)), note="")

    def correct_answer(self) -> None:
        """Improve the text of a published answer: one version more, which is no approval."""
        db.session.expire_all()
        given = {"text": f"Здравствуйте! Исправлено {self.now}.", "reason": "Не та улица"}
        try:
            approval.correct_text(self.message.id, self.message.version, **given, actor=self.office.anna, now=self.now)
        except TransitionNotAllowed:
            db.session.rollback()


def lead(office: Office, random: Random, *, lives: int, acts: int) -> tuple[datetime, Calendar]:
    """The instant of the last act, and the calendar in force then."""
    calendars, latest = Calendars(), BEGIN
    for number in range(lives):
        number += random.randint(0, 10**6) * lives
        life = Life(**vars(begin(office, calendars, random, number, marked=False)))
        for _ in range(acts):
            life.step()
            if random.random() < 0.1:
                life.correct_answer()
        life.end()
        latest = max(latest, life.now)
    if random.random() < 0.5:
        record_breaches(latest)
    furnish(office, random, latest)
    db.session.expire_all()
    return latest, calendars.now()


def furnish(office: Office, random: Random, latest: datetime) -> None:
    """Add what a life has no act for: topics, networks, places, repeats, waivers, promises, comments, bans, recalls."""
    with transaction() as session:
        topics = [Topic(name="Дороги"), Topic(name="Отопление"), Topic(name="Ёлки")]
        session.add_all(topics)
        session.flush()
        messages = list(session.scalars(db.select(Message).order_by(Message.id)))
        for message in messages:
            message.topic_id = random.choice([None, *(topic.id for topic in topics)])
            message.is_repeat = random.random() < 0.3
            message.network = random.choice(("vk", "ok"))
            message.place = random.choice(list(PLACES))
        random.choice(messages).recalled_at = latest.astimezone(UTC)
        supervise(session, office)
        waive(session, office, random, latest)
        promise(session, office, random, latest)
        moderate(session, office, random, latest)
        for message in messages:
            for row in message.assignments:
                if random.random() < 0.15:
                    row.department_id = None


def supervise(session, office: Office) -> None:
    """Gleb, a deputy, is responsible for the roads."""
    roads = session.scalar(db.select(Department).where(Department.short_name == "Дороги"))
    roads.supervisor_id, office.gleb.post = office.gleb.id, Post.DEPUTY_HEAD


def waive(session, office: Office, random: Random, latest: datetime) -> None:
    for row in list(session.scalars(db.select(Shortcoming).where(Shortcoming.deadline_id.is_not(None)))):
        if random.random() < 0.3:
            row.state, row.waiver, row.reason, row.decided_at = "waived", "other", "Стихия", latest.astimezone(UTC)
    if random.random() < 0.5:  # a term that reaches before the first year of the calendar
        met = session.scalars(db.select(Deadline).where(Deadline.state == "met").order_by(Deadline.id)).first()
        met.started_at = datetime(1999, 3, 1, tzinfo=UTC)


def instant(random: Random, latest: datetime) -> datetime:
    """One of the days of these lives, also about midnight."""
    days = (latest.date() - date(2026, 4, 27)).days
    day = datetime(2026, 4, 27, tzinfo=latest.tzinfo) + timedelta(days=random.randint(0, days))
    return (day + timedelta(minutes=random.choice((0, 1439, random.randint(0, 1439))))).astimezone(UTC)


def promise(session, office: Office, random: Random, latest: datetime) -> None:
    """Promises in every state, reported and decided around their days."""
    for reply in list(session.scalars(db.select(Reply).where(Reply.published_at.is_not(None)))):
        for _ in range(random.randint(1, 3)):
            state, due = random.choice(STATES), instant(random, latest)
            given = {"message_id": reply.message_id, "reply_id": reply.id, "state": state, "reason": "Так"}
            given |= {"created_at": reply.published_at, "created_by_id": office.ids["anna"]}
            given["due_on"] = local_day(due) + timedelta(days=random.choice((0, 0, 0, 5)))
            if state in ("reported", "done"):
                given |= {"result": "Сделано", "reported_at": due + timedelta(hours=random.randint(-20, 20))}
            if state in ("moved", "done", "not_kept", "dropped"):
                given["decided_at"] = due + timedelta(hours=random.randint(-20, 60))
            session.add(Promise(**given))


def moderate(session, office: Office, random: Random, latest: datetime) -> None:
    """Comments in every state and entries of the black list."""
    for number in range(8):
        given = {"network": "vk", "external_id": str(number), "text": "Текст", "text_digest": "-"}
        given["stored_at"] = instant(random, latest)
        state = random.choice(("waiting", "kept", "deleted", "deleted"))
        if state != "waiting":
            given["decided_at"] = instant(random, latest)
        if state == "deleted":
            given |= {"ground": random.choice(GROUNDS), "evidence_sha256": "-"}
        session.add(Comment(state=state, **given))
    for state in ("pending", "approved", "applied", "expired", "lifted", "rejected"):
        given = {"network": "vk", "ground": "spam", "proposed_term": "month", "term": "month", "state": state}
        given |= {"proposed_at": instant(random, latest), "proposed_by_id": office.ids["anna"], "lift_reason": "Так"}
        given |= {"decided_at": instant(random, latest), "decision_reason": "Так"}
        if state in ("applied", "expired", "lifted"):
            given["applied_at"] = instant(random, latest)
        if state == "lifted":
            given["lifted_at"] = instant(random, latest)
        session.add(BlacklistProposal(**given))

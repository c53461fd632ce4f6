"""An office with a curator, two executors and a moderator, and the shortest way to a message in any status."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from osm.answers.acts import drafting, publication
from osm.approvals import acts as approval
from osm.approvals.acts import Override
from osm.base.database import db
from osm.base.transaction import transaction
from osm.messages.acts import entry, routing
from osm.models import Deadline, Department, Draft, Event, Message, Origin, OverrideReason, User, UserRole
from osm.regulation.words import ClockKind, DeadlineState, Importance, Role

OVERRIDE = Override(OverrideReason.IS_THERE)
"""Short texts of tests name no body and no term."""

VLADIVOSTOK = ZoneInfo("Asia/Vladivostok")


def at(text: str) -> datetime:
    """«17.03 09:30» of 2026, local time."""
    return datetime.strptime(f"2026 {text}", "%Y %d.%m %H:%M").replace(tzinfo=VLADIVOSTOK).astimezone(UTC)


@dataclass
class Office:
    """People by their ids, so that each use loads them in the current session."""

    ids: dict[str, int]
    count: int = 0

    def __getattr__(self, name: str) -> User:
        try:
            return db.session.get_one(User, self.ids[name])
        except KeyError:
            raise AttributeError(name) from None

    def incident(self, received: str, *, high: bool = False, text: str = "Яма на Калининской, 12") -> Message:
        """A row of the export, stored at the instant of its receipt."""
        self.count += 1
        now = at(received)
        with transaction():
            message = Message(
                number=f"74110{self.count:02}",
                key=f"number:74110{self.count:02}",
                origin=Origin.INCIDENT,
                importance=Importance.HIGH if high else Importance.NORMAL,
                network="vk",
                url=f"https://vk.com/wall-1_{self.count}",
                text=text,
                received_at=now,
                stored_at=now,
            )
            entry.register(message, now=now, actor=None)
        return message

    def routed(self, received: str, routed: str, *, high: bool = False) -> Message:
        message = self.incident(received, high=high)
        return routing.route_message(
            message.id, message.version, executor_id=self.boris.id, task="", actor=self.anna, now=at(routed)
        )

    def submitted(
        self, message: Message, when: str, text: str = "Здравствуйте! Яму засыпали вчера.", **more: Any
    ) -> Draft:
        """By Boris; `more`: another kind, and the arguments it needs."""
        given = {"kind": "final", "confirmed": True, "actor": self.boris, "now": at(when), **more}
        return drafting.submit_draft(message.id, message.version, text=text, **given)

    def approved(self, message: Message, when: str) -> Draft:
        draft = message.replies[-1].drafts[-1]
        return approval.approve_draft(
            message.id, message.version, draft_id=draft.id, override=OVERRIDE, actor=self.anna, now=at(when)
        )

    def published(self, message: Message, when: str) -> None:
        """By hand, entered at the instant of publication."""
        publication.publish_by_hand(
            message.id,
            message.version,
            url="https://vk.com/wall-1_1?reply=2",
            published_at=None,
            actor=self.anna,
            now=at(when),
        )

    def answered(self, received: str = "17.03 09:00") -> Message:
        """From receipt to the published answer within three hours of one morning."""
        start = at(received)
        minutes = [f"{start.astimezone(VLADIVOSTOK) + timedelta(minutes=m):%d.%m %H:%M}" for m in (10, 60, 80, 90)]
        message = self.routed(received, minutes[0])
        self.submitted(message, minutes[1])
        self.approved(message, minutes[2])
        self.published(message, minutes[3])
        return message


def hire() -> Office:
    """Store the people of the office in an empty database."""
    roles = {
        "anna": Role.CURATOR,
        "boris": Role.EXECUTOR,
        "nina": Role.EXECUTOR,
        "vera": Role.MODERATOR,
        "gleb": Role.HEAD,
    }
    with transaction() as session:
        people = {}
        department = Department(name="Управление ЖКХ (проверка)", short_name="ЖКХ", phone="2-00-00")
        for login, role in roles.items():
            people[login] = User(
                login=f"office-{login}",
                name=login.title(),
                password_hash="-",
                created_at=at("01.01 00:00"),
                department=department if role is Role.EXECUTOR else None,
                role_rows=[UserRole(role=role)],
            )
        session.add_all(people.values())
        session.flush()
        ids = {login: person.id for login, person in people.items()}
    return Office(ids)


def running(message: Message) -> dict[str, str]:
    """The running clocks, kind → term in local time."""
    return {
        d.kind.value: f"{d.due_at.astimezone(VLADIVOSTOK):%d.%m %H:%M}"
        for d in message.deadlines
        if d.state is DeadlineState.OPEN and d.due_at
    }


def breached(message: Message) -> set[ClockKind]:
    """The kinds of clocks that were breached."""
    return {d.kind for d in message.deadlines if d.breached_at is not None}


def last_deadline(message: Message, kind: ClockKind) -> Deadline:
    return [d for d in message.deadlines if d.kind is kind][-1]


def events(message: Message) -> list[Event]:
    return list(db.session.scalars(db.select(Event).where(Event.message_id == message.id).order_by(Event.id)))


def add_executor(office: Office, login: str) -> None:
    """Another executor, of the roads department."""
    with transaction() as session:
        roads = session.scalar(db.select(Department).where(Department.short_name == "Дороги"))
        person = User(
            login=f"office-{login}",
            name=login.title(),
            password_hash="-",
            created_at=at("01.01 00:00"),
            department=roads or Department(name="Дорожное хозяйство (проверка)", short_name="Дороги"),
            role_rows=[UserRole(role=Role.EXECUTOR)],
        )
        session.add(person)
        session.flush()
        office.ids[login] = person.id

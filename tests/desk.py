"""Messages in any status on the desks of the cast, brought there in one morning by the product's own acts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from osm.answers.acts import drafting, publication
from osm.approvals import acts as approval
from osm.base.database import db
from osm.base.transaction import transaction
from osm.messages.acts import closing, routing
from osm.models import Department, Event, Message, Topic, User, UserRole
from osm.regulation.words import Role, Status
from tests.office import OVERRIDE, Office, at

URL = "https://vk.com/wall-1_1?reply=2"
RECEIVED, NOW = at("25.11 10:05"), at("25.11 11:00")


@dataclass
class Desk(Office):
    """The office of the cast at 11:00; everything happened to its messages between 10:05 and 10:50."""

    topics: dict[str, int] = field(default_factory=dict)

    def in_status(self, status: Status, *, high: bool = False, text: str = "Яма на Калининской, 12") -> Message:
        """A message that came to this status by the acts of people."""
        message = self.incident("25.11 10:05", high=high, text=text)
        for step in WAYS[status]:
            step(self, message)
        assert message.status is status
        return message

    def first_in(self, status: Status) -> int:
        return db.session.scalars(db.select(Message.id).where(Message.status == status).order_by(Message.id)).first()

    def log(self, message: Message) -> list[Event]:
        return list(db.session.scalars(db.select(Event).where(Event.message_id == message.id).order_by(Event.id)))

    def again(self, message: Message) -> Message:
        """The message as the database has it now."""
        db.session.rollback()
        return db.session.get_one(Message, message.id, populate_existing=True)

    def give_topic(self, message: Message, name: str) -> None:
        with transaction():
            message.topic_id = self.topics[name]


Way = Callable[[Desk, Message], None]


def _select(desk: Desk, m: Message) -> None:
    routing.select_message(m.id, m.version, actor=desk.anna, now=at("25.11 10:07"))


def _route(desk: Desk, m: Message) -> None:
    routing.route_message(
        m.id, m.version, executor_id=desk.boris.id, task="Узнать сроки", actor=desk.anna, now=at("25.11 10:10")
    )


def _submit(kind: str) -> Way:
    def submit(desk: Desk, m: Message) -> None:
        text, when = "Здравствуйте! Яму засыпали.", at("25.11 10:20")
        drafting.submit_draft(m.id, m.version, text=text, kind=kind, confirmed=True, actor=desk.boris, now=when)

    return submit


def _approve(desk: Desk, m: Message) -> None:
    draft = drafting.submitted_draft(m)
    approval.approve_draft(
        m.id, m.version, draft_id=draft.id, override=OVERRIDE, actor=desk.anna, now=at("25.11 10:30")
    )


def _return(desk: Desk, m: Message) -> None:
    draft, when = drafting.submitted_draft(m), at("25.11 10:30")
    approval.return_draft(m.id, m.version, draft_id=draft.id, remarks="Назовите срок", actor=desk.anna, now=when)


def _publish(desk: Desk, m: Message) -> None:
    publication.publish_by_hand(m.id, m.version, url=URL, published_at=None, actor=desk.anna, now=at("25.11 10:40"))


def _close(service: Callable[..., object], **given: str) -> Way:
    def close(desk: Desk, m: Message) -> None:
        service(m.id, m.version, **given, actor=desk.anna, now=at("25.11 10:50"))

    return close


WAYS: dict[Status, tuple[Way, ...]] = {
    Status.NEW: (),
    Status.SELECTED: (_select,),
    Status.IN_WORK: (_route,),
    Status.ON_APPROVAL: (_route, _submit("final")),
    Status.REWORK: (_route, _submit("final"), _return),
    Status.APPROVED: (_route, _submit("final"), _approve),
    Status.AWAITING_AUTHOR: (_route, _submit("clarification"), _approve, _publish),
    Status.AWAITING_FINAL: (_route, _submit("interim"), _approve, _publish),
    Status.ANSWERED: (_route, _submit("final"), _approve, _publish),
    Status.DISMISSED: (_close(closing.dismiss_message, reason="Не о нас"),),
    Status.REDIRECTED: (_close(closing.redirect_message, recipient="ГИБДД", reason=""),),
    Status.EXCLUDED: (_close(closing.exclude_message, ground="ad", note="продают окна"),),
    Status.WITHDRAWN: (_close(closing.mark_withdrawn, note=""),),
    Status.UNANSWERABLE: (_close(closing.mark_unanswerable, reason="Страница закрыта"),),
}


def furnish(cast: dict[str, int]) -> Desk:
    """Two more executors, and topics of two departments."""
    with transaction() as session:
        housing = session.scalars(db.select(Department).where(Department.name == "ЖКХ")).one()
        housing.phone = "8 (000) 111-11-11"
        roads = Department(name="Управление дорог", short_name="Дороги")
        topics = [Topic(name="Отопление", department=housing), Topic(name="Ремонт дорог", department=roads)]
        more = [
            User(
                login=login,
                name=name,
                password_hash="-",
                created_at=RECEIVED,
                department=department,
                role_rows=[UserRole(role=Role.EXECUTOR)],
            )
            for login, name, department in (
                ("lidia", "Лидия Журавлёва", housing),
                ("roman", "Роман Соболев", roads),
            )
        ]
        session.add_all([roads, *topics, *more])
        session.flush()
        ids = cast | {user.login: user.id for user in more}
        return Desk(ids, topics={topic.name: topic.id for topic in topics})

"""Late messages on the desks of the office, and what this has recorded."""

from __future__ import annotations

from osm.base.database import db
from osm.base.transaction import transaction
from osm.flow.acts.act import record_breaches
from osm.models import Message, Shortcoming, User, UserRole
from osm.regulation.words import Post, Role
from tests.office import Office, at

PERSON = {"osm": "office-"}


def late_draft(office: Office) -> Message:
    """Routed to Boris on Tuesday 17.03; the draft (13:48) and then the answer (17:00) were late; it is 18:00."""
    message = office.routed("17.03 09:00", "17.03 09:12")
    record_breaches(at("17.03 17:30"))
    return message


def rows(message: Message | None = None) -> list[Shortcoming]:
    found = db.select(Shortcoming).order_by(Shortcoming.occurred_at, Shortcoming.id)
    return list(db.session.scalars(found.where(Shortcoming.message_id == message.id) if message else found))


def recorded(office: Office) -> list[tuple[str, str, str]]:
    """Clock, person, and the clock of which it is the consequence."""
    names = {user_id: login for login, user_id in office.ids.items()}
    clocks = {row.id: str(row.clock) for row in rows()}
    return [(str(row.clock), names.get(row.person_id, ""), clocks.get(row.root_id, "")) for row in rows()]


def appoint(office: Office, login: str, post: Post) -> None:
    with transaction() as session:
        session.get_one(User, office.ids[login]).post = post


def hire_one(office: Office, login: str, *roles: Role) -> None:
    with transaction() as session:
        person = User(
            login=f"office-{login}", name=login.title(), password_hash="-", created_at=at("01.01 00:00"),
            role_rows=[UserRole(role=role) for role in roles],
        )  # fmt: skip
        session.add(person)
        session.flush()
        office.ids[login] = person.id

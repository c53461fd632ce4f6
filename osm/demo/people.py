"""The invented office: departments with their topics, and people with their roles."""

from __future__ import annotations

from datetime import datetime

from osm.demo.story import read_texts
from osm.extensions import db
from osm.people.acts.users import create_user
from osm.people.queries.people import OFFICE_ID
from osm.regulation.words import Post, Role
from osm.store.models import Account, Department, Deputy, Office, Topic, User
from osm.store.transaction import transaction
from osm.topics.acts import add_starter_topics


def password_of(login: str) -> str:
    """Demonstration passwords are known to everybody; production refuses these users."""
    return f"demo-{login}"


def create_office(now: datetime) -> dict[str, User]:
    """Departments, topics, people; login → user, in the order of the file."""
    office = read_texts("office")
    departments = {}
    with transaction() as session:
        for raw in office["department"]:
            departments[raw["key"]] = department = Department(
                name=raw["name"],
                short_name=raw["short"],
                phone=raw["phone"],
                other_phones=raw.get("other_phones", ""),
            )
            department.topics = [Topic(name=name) for name in raw["topics"] + raw.get("quiet_topics", [])]
            session.add(department)
        session.flush()
        add_starter_topics(actor=None, now=now)
    people = {
        raw["login"]: create_user(
            raw["login"],
            raw["name"],
            [Role(role) for role in raw["roles"]],
            password_of(raw["login"]),
            department=departments[raw["department"]].name if "department" in raw else None,
            position=raw["position"],
            post=Post(raw["post"]) if "post" in raw else None,
            phone=raw.get("phone", ""),
            is_demo=True,
            now=now,
        )
        for raw in office["person"]
    }
    with transaction():
        for raw in office["department"]:
            department = db.session.get_one(Department, departments[raw["key"]].id)
            department.supervisor_id = people[raw["supervisor"]].id if "supervisor" in raw else None
            department.duty_officer = people.get(raw.get("duty", ""))
            department.deputies = [
                Deputy(user_id=people[login].id, place=place)
                for place, login in enumerate(raw.get("deputies", []), start=1)
            ]
        db.session.add(Office(id=OFFICE_ID, **office["office"]))
        db.session.add_all(Account(**page, created_at=now) for page in office["page"])
    return people

"""Who «глава» is at an instant (П.3, П.20, reading 14): the head, or the person who acts for him by an act."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import exists, select

from osm.extensions import db
from osm.regulation.words import POST_LABELS, Post
from osm.store.models import User
from osm.store.queries.staff.substitutes import Roster


@dataclass(frozen=True, slots=True)
class HeadOfDay:
    """`act`, `in_place_of`, `last_day`: of a person who acts for the head; empty of the head himself."""

    id: int
    name: str
    position: str
    phone: str
    act: str = ""
    in_place_of: str = ""
    last_day: date | None = None

    @property
    def title(self) -> str:
        """«Глава», «И. о. главы»."""
        return "И. о. главы" if self.act else POST_LABELS[Post.HEAD]


def is_head(person: User, roster: Roster) -> bool:
    """Whether his reading is the head's on the roster's day. Asks the database for nothing."""
    if person.post is Post.HEAD:
        return roster.acting_for(person.id) is None
    return any(roster.people[absent].post is Post.HEAD for absent in roster.acts_for(person.id))


def head_on(roster: Roster) -> HeadOfDay | None:
    """«Глава» on the roster's day; None while no account has the post. One statement, two with an acting head."""
    head = db.session.scalar(select(User).where(User.post == Post.HEAD))
    if head is None:
        return None
    acting = roster.acting_for(head.id)
    if acting is None:
        return HeadOfDay(head.id, head.name, head.position, head.phone)
    person, rule = db.session.get_one(User, acting), roster.away[head.id].rule
    return HeadOfDay(person.id, person.name, person.position, person.phone, rule.act, head.name, rule.last_day)


def is_head_named() -> bool:
    """Whether somebody has said who the head is."""
    return bool(db.session.scalar(select(exists().where(User.post == Post.HEAD))))

"""Who decides about whose shortcomings (П.19, п. 5 of the act), asked of the database."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, false, or_, select
from sqlalchemy.orm import aliased

from osm.extensions import db
from osm.regulation.control.responsibility import Side
from osm.regulation.words import LEADERS, Post, Role
from osm.store.models import Shortcoming, User
from osm.store.types import is_code


def may_enter(person: User) -> bool:
    """Whether he may enter a shortcoming by hand: the curator, and the leaders."""
    return person.has(Role.CURATOR) or person.post in LEADERS


def rules_on_curators(person: User, about: int | None) -> bool:
    """The chief of staff; the head while there is none, and where it is the chief's own."""
    if person.post is not Post.HEAD:
        return person.post is Post.CHIEF_OF_STAFF
    return db.session.scalar(select(User.id).where(User.post == Post.CHIEF_OF_STAFF)) in (None, about)


def decided_by(person_id: Any, roles: Collection[Role]) -> ColumnElement[bool]:
    """The same as a condition on Shortcoming; nobody decides about himself. `person_id`: also as a parameter."""
    who, chief = aliased(User), aliased(User)
    other_chief = exists().where(
        is_code(chief.post, Post.CHIEF_OF_STAFF),
        or_(Shortcoming.person_id.is_(None), chief.id != Shortcoming.person_id),
    )
    leads = or_(is_code(who.post, Post.CHIEF_OF_STAFF), and_(is_code(who.post, Post.HEAD), ~other_chief))
    mine: list[ColumnElement[bool]] = []
    if Role.CURATOR in roles:
        mine.append(is_code(Shortcoming.side, Side.EXECUTOR))
    if Role.HEAD in roles:
        mine.append(and_(is_code(Shortcoming.side, Side.CURATOR), exists().where(who.id == person_id, leads)))
    others = or_(Shortcoming.person_id.is_(None), Shortcoming.person_id != person_id)
    return and_(others, or_(*mine)) if mine else false()

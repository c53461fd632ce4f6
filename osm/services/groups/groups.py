"""A common answer as one row that people act upon, each act under the version that he saw."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import select

from osm.extensions import db
from osm.regulation.errors import StaleVersion
from osm.services.acts import current_reply, for_the_curator, together
from osm.services.errors import NotFound
from osm.services.log.log import Change, record
from osm.store.models import AnswerGroup, GroupMember, Message, User
from osm.store.transaction import transaction


@dataclass
class GroupAct:
    """An act upon a common answer. `changes`, `note`, `for_id` (for whom, П.3) go to its row in the log."""

    group: AnswerGroup
    actor: User
    now: datetime
    changes: dict[str, Change] = field(default_factory=dict)
    note: str = ""
    for_id: int | None = None


@contextmanager
def act_on_group(action: str, group_id: int, seen_version: int, actor: User, now: datetime) -> Iterator[GroupAct]:
    """One transaction upon the group under the version that the person saw. Raises NotFound, StaleVersion."""
    with transaction() as session, together():
        group = session.get(AnswerGroup, group_id, with_for_update=True, populate_existing=True)
        if group is None:
            raise NotFound("Общий ответ")
        if group.version != seen_version:
            raise StaleVersion(seen_version, group.version)
        step = GroupAct(group, actor, now, for_id=for_the_curator(actor))
        yield step
        group.version += 1
        record(
            action,
            at=now,
            actor=actor,
            changes={"version": (group.version - 1, group.version), **step.changes},
            note=step.note,
            object_kind="answer_group",
            object_id=group.id,
            for_id=step.for_id,
        )


def open_members(group: AnswerGroup) -> list[GroupMember]:
    """Those whose reply does not stand in the network yet, in one order for everybody."""
    rows = db.session.scalars(
        select(GroupMember).where(GroupMember.group_id == group.id, GroupMember.left_at.is_(None))
    ).all()
    return sorted((row for row in rows if row.reply.published_at is None), key=lambda row: row.message_id)


def add_member(group: AnswerGroup, message: Message, actor: User, now: datetime) -> None:
    """The reply of this message that is being worked on is given by the common answer. Raises NotFound without one."""
    reply = current_reply(message)
    if reply is None:
        raise NotFound("Ответ")
    db.session.add(GroupMember(group_id=group.id, message=message, reply=reply, joined_at=now, joined_by_id=actor.id))
    db.session.flush()
    log_of_group("joined_group", group, actor, now, message)


def log_of_group(action: str, group: AnswerGroup, actor: User, now: datetime, message: Message | None = None) -> None:
    """A row of the log about the common answer; with `message` it stands in the history of that message too."""
    record(
        action,
        at=now,
        actor=actor,
        message=message,
        object_kind="answer_group",
        object_id=group.id,
        for_id=for_the_curator(actor),
    )
